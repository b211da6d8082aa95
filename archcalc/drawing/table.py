"""The style *table*: who reads whom between maps, group by group in colour; the first maps; fixed codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.drawing.colours import INK, LINE, PAPER, RULE, SOFT
from archcalc.drawing.lettering import shortened, width
from archcalc.drawing.matrix import HEAD, HUES, MARGIN, WORDS, Columns, Panel, heading, matrix, stretches
from archcalc.drawing.picture import Drawing
from archcalc.drawing.scene import Grid, Group, Scene, Words, rectangle
from archcalc.drawing.wiring import Codes, Wiring, found
from archcalc.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archcalc.analysis import Analysis
    from archcalc.drawing.scene import Area, Mark

_TITLE = 13.0
_BETWEEN = 26.0  # panels
_ROOM = 560.0  # points of a line of codes
_TOLD = 64  # maps whose maps are told in words
_FIRST, _MOST_READ = 6, 16  # maps whose maps are drawn, and how many these may be
_PIXEL = 4.0  # points of a cell of a code


def draw(net: Analysis, *, layer: str = "") -> Drawing:
    """The tables and codes of a network, or of one of its layers.

    Raises UsageError where it has none, MissingError for a layer that there is not.
    """
    from archcalc.drawing.svg import svg
    from archcalc.drawing.tikz import tikz

    drawn = scene(net, layer)
    return Drawing(net.name, lambda: svg(drawn), tex=tikz(drawn))


def scene(net: Analysis, layer: str = "") -> Scene:
    """The whole picture, before it is written in a format."""
    parts = found(net, layer)
    title = shortened(printable(net.name), 560.0, _TITLE, bold=True)
    marks: list[Mark] = [Words(MARGIN, MARGIN + 8.0, title, _TITLE, bold=True)]
    wide, y = width(title, _TITLE, bold=True), MARGIN + 8.0
    for part in parts:
        for panel in _panels(part):
            drawn = panel(part, y + _BETWEEN)
            marks.append(Group("panel", tuple(drawn.marks), part.said))
            wide = max(wide, drawn.width)
            y += _BETWEEN + drawn.height
    about = printable(". ".join(told for part in parts for told in _told(part)) + ".")
    return Scene(wide + 2 * MARGIN, y + MARGIN, f"{title}: who reads whom", about, tuple(marks))


def _panels(part: Wiring | Codes) -> list[Callable[[Any, float], Panel]]:
    """What is drawn of a layer."""
    if isinstance(part, Codes):
        return [_codes]
    return [matrix, _first] if part.kind == "table" and part.inputs <= _MOST_READ else [matrix]


def _told(part: Wiring | Codes) -> Iterator[str]:
    """The picture in words, for those who do not see it."""
    yield part.said
    if isinstance(part, Wiring) and part.kind == "table":
        for o, reads in enumerate(part.reads[:_TOLD]):
            yield f"Map {o} reads {', '.join(map(str, reads))}"


# -- the first maps, and the maps that they read

_SMALL, _STEP, _LARGE = 10.0, 13.0, 22.0  # points of a map that is read, to the next, and of one that reads
_ACROSS, _PITCH = 40.0, 88.0  # points from the one to the other, and to the next


def _first(part: Wiring, y: float) -> Panel:
    """The first maps of a layer, each with the maps that it reads."""
    columns = Columns(part)
    said = f"The first maps of {part.name}, and the maps of {part.source} that they read"
    top, high = y + 22.0, max(columns.inputs * _STEP - _STEP + _SMALL, _LARGE)
    left = MARGIN + 14.0
    marks: list[Mark] = [heading(said, y)]
    marks += [
        Words(left - 5.0, top + i * _STEP + 8.5, str(i), 8.0, SOFT, "end") for i in range(columns.inputs)
    ]
    shown = min(_FIRST, len(columns.reads))
    for o in range(shown):
        marks += _one(columns, o, left + o * _PITCH, top, top + high / 2)
    wide = 14.0 + (shown - 1) * _PITCH + _ACROSS + _LARGE
    return Panel(max(wide, width(said, HEAD, bold=True)), top + high - y, marks)


def _one(columns: Columns, o: int, left: float, top: float, middle: float) -> Iterator[Mark]:
    """A map, and beside it the maps that there are to read, with lines from those that it reads."""
    fill, line = HUES[columns.hue[o]]
    x = left + _ACROSS
    ways = []
    for i in range(columns.inputs):
        at = top + i * _STEP
        box = left, at, left + _SMALL, at + _SMALL
        yield rectangle(box, fill, line) if i in columns.reads[o] else rectangle(box, PAPER, RULE)
        if i in columns.reads[o]:
            ways.append(((left + _SMALL, at + _SMALL / 2), (x, middle)))
    yield Grid(tuple(ways), LINE, 0.6)
    yield rectangle((x, middle - _LARGE / 2, x + _LARGE, middle + _LARGE / 2), fill, line)
    yield Words(x + _LARGE / 2, middle + 3.0, str(o), WORDS, anchor="middle")


# -- codes


def _codes(part: Codes, y: float) -> Panel:
    """Each code as a picture, ink where it is +1."""
    marks: list[Mark] = [heading(part.said, y)]
    top = y + 22.0
    high, wide = len(part.pictures[0]) * _PIXEL, len(part.pictures[0][0]) * _PIXEL
    pitch = wide + 18.0
    across = max(1, int(_ROOM // pitch))
    lines = -(-len(part.pictures) // across)
    for n, picture in enumerate(part.pictures):
        left, at = MARGIN + n % across * pitch, top + n // across * (high + 26.0)
        marks.append(rectangle((left, at, left + wide, at + high), PAPER, RULE))
        marks += _ink(picture, left, at)
        marks.append(Words(left + wide / 2, at + high + 13.0, str(n), WORDS, SOFT, "middle"))
    room = min(len(part.pictures), across) * pitch - 18.0
    room = max(room, width(part.said, HEAD, bold=True))
    return Panel(room, 22.0 + lines * (high + 26.0) - 10.0, marks)


def _ink(picture: Sequence[Sequence[int]], left: float, top: float) -> Iterator[Area]:
    """The cells that are +1, a row's neighbours as one."""
    for r, row in enumerate(picture):
        inked = [c for c, sign in enumerate(row) if sign > 0]
        for a, b in stretches(inked) if inked else ():
            y = top + r * _PIXEL
            yield rectangle((left + a * _PIXEL, y, left + b * _PIXEL, y + _PIXEL), INK, INK, 0.6)
