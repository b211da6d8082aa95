"""Where everything of a diagram is: as Graphviz has it, and in as many columns as suit the sheet."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from archcalc.drawing.columns import cuts, wrapped
from archcalc.drawing.dot import label
from archcalc.drawing.faces import SMALL
from archcalc.drawing.layout import places
from archcalc.drawing.lettering import width
from archcalc.drawing.rising import rising
from archcalc.drawing.straight import straightened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.drawing.layout import Places
    from archcalc.drawing.pages import Paper
    from archcalc.drawing.parts import Diagram
    from archcalc.drawing.scene import Box, Point

EDGE = 16.0  # white around everything
HEADING = 44.0  # points high
LEGEND = 16.0  # a line of it
_MUCH = 300  # cards
_MOST = 60  # columns
_TALL = 1100.0  # points from which on a diagram without a page goes on in another column


def arranged(source: str, diagram: Diagram, direction: str, sheet: Paper | None) -> Places:
    """Where everything is: in one column, or in as many as suit the sheet."""
    sizes = {
        (wire.source, wire.target): (width(label(wire), SMALL) + 2.0, SMALL + 2.0)
        for wire in diagram.wires
        if wire.named
    }
    found = places(source, sizes)
    across = direction == "right"
    found = straightened(found.turned if across else found)
    every = [] if not across and rising(diagram) else cuts(found)
    counts = _counts(found) if every else ()
    best = max(
        [found, *(wrapped(found, count, every, across=across) for count in counts)],
        key=lambda each: _suits(each, across, sheet),
    )
    return best.turned if across else best


def _counts(found: Places) -> Sequence[int]:
    """How many columns are tried: all that may do, or of much the one that makes it about square."""
    if len(found.cards) <= _MUCH:
        return range(2, 13)
    wide, high = _size(found)
    return [min(_MOST, max(2, round(sqrt(high / wide))))]


def _suits(found: Places, across: bool, sheet: Paper | None) -> float:
    """How large it can be on its sheet; without one, how near it is to a picture that one takes in."""
    wide, high = _size(found)
    if across:
        wide, high = high, wide
    wide, high = wide + 2 * EDGE, high + 2 * EDGE + HEADING + LEGEND
    if sheet:
        return scaled(wide, high, sheet)[0]
    least = min(1.0, _TALL / max(wide if across else high, 1.0))
    return least - 0.05 * (wide if not across else high) / _TALL


def scaled(wide: float, high: float, sheet: Paper) -> tuple[float, tuple[float, float]]:
    """How large a picture is on a page, never above its size, and which way the page lies."""
    room = 2 * sheet.margin
    ways = [(min(1.0, (x - room) / wide, (y - room) / high), (x, y)) for x, y in sheet.ways]
    return max(ways, key=lambda way: way[0])


def extent(found: Places) -> Box:
    """What everything covers."""
    boxes = [*found.cards.values(), *(box for boxes in found.blocks.values() for box in boxes)]
    for bend in found.wires.values():
        boxes += [(x, y, x, y) for x, y in bend.points]
        if bend.label:
            boxes.append(bend.label_box)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _size(found: Places) -> Point:
    left, top, right, bottom = extent(found)
    return right - left, bottom - top
