"""The style *maps*: feature maps as stacked planes, as the 1998 paper draws LeNet-5, windows and all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.drawing.bodies import Body, Scale
from archcalc.drawing.colours import INK, LINE, PAPER, SOFT
from archcalc.drawing.lettering import shortened, width
from archcalc.drawing.picture import Drawing
from archcalc.drawing.placing import place
from archcalc.drawing.scene import Grid, Group, Scene, Words, arrow, rectangle, visible
from archcalc.drawing.sheet import MARGIN, Cell, Sheet
from archcalc.drawing.stations import caption, sees_all, stations, window
from archcalc.errors import printable
from archcalc.render.figures import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis
    from archcalc.drawing.placing import Wire
    from archcalc.drawing.scene import Box, Mark
    from archcalc.receptive import Reach

_TITLE, _NOTE = 13.0, 8.5
_SIDE, _SMALL_SIDE = 140.0, 88.0  # points of the largest map, in a picture of few stations and of many
_FEW = 9
_LONGEST = 560.0  # points of a title
_PICKED = (0.24, 0.16)  # of a map's height and width, from its middle to a unit that is picked


def draw(net: Analysis, *, depth: Any = None, only: str = "") -> Drawing:
    """The maps of a network from left to right, and how each is made of those before.

    Blocks are folded to `depth` parts of their path, or so that a picture has room; `only` draws what
    stands under one path. Raises UsageError where sizes are letters, DrawingError where it is too much.
    """
    from archcalc.drawing.svg import svg
    from archcalc.drawing.tikz import tikz

    drawn = scene(net, depth, only)
    return Drawing(net.name, lambda: svg(drawn), tex=tikz(drawn))


def scene(net: Analysis, depth: Any = None, only: str = "") -> Scene:
    """The whole picture, before it is written in a format."""
    found = stations(net, depth, only)
    placing = place(found)
    few = len(found) <= _FEW and not placing.crowded
    scale = Scale(found, _SIDE if few else _SMALL_SIDE, few=few)
    cells = [Cell(station, Body(station, scale), only) for station in found]
    sheet = Sheet(cells, placing, MARGIN + 22.0)
    marks: list[Mark] = []
    texts: list[Mark] = []
    for cell in cells:
        about = f"{printable(cell.station.name)}: {caption(cell.station)}"
        about += f", {cell.station.words}" if cell.station.words else ""
        marks.append(Group("station", cell.body.marks(cell.at), about, tuple(cell.station.rows)))
        texts += cell.texts()
    marks += [Group("wire", _wire(sheet, wire)) for wire in placing.wires]
    title, note = _title(net, only), f"{scale.said()}."
    texts.insert(0, Words(MARGIN, MARGIN + 8.0, title, _TITLE, bold=True))
    texts.append(Words(MARGIN, sheet.height + 18.0, note, _NOTE, SOFT))
    wide = max(sheet.width, MARGIN * 2 + width(title, _TITLE, bold=True), MARGIN * 2 + width(note, _NOTE))
    about = f"{_told(cells)} {note}"
    return Scene(wide, sheet.height + 18.0 + MARGIN, f"{title}: its maps", about, (*marks, *texts))


def _title(net: Analysis, only: str) -> str:
    return shortened(printable(f"{net.name}, {only}" if only else net.name), _LONGEST, _TITLE, bold=True)


def _told(cells: list[Cell]) -> str:
    """The picture in words, for those who do not see it."""
    lines = []
    for cell in cells:
        station = cell.station
        made = f" by {station.words}" if station.words else ""
        read = f" from {', '.join(before.name for before in station.reads)}" if station.reads else ""
        lines.append(f"{station.name}: {write(station.shape)}{made}{read}.")
    return printable(" ".join(lines))


# -- how one station is made of another


def _wire(sheet: Sheet, wire: Wire) -> tuple[Mark, ...]:
    """A window and the lines from it to a unit, a fan where all is seen, or an arrow."""
    source, target = sheet.cells[wire.source], sheet.cells[wire.target]
    if sheet.beside(wire) and (seen := window(wire.target)):
        return _through(source, target, seen, low=sheet.placing.columns[wire.target] % 2 == 0)
    if sheet.beside(wire) and sees_all(wire.target):
        return _fan(source, target)
    return tuple(mark for way in sheet.ways(wire) for mark in arrow(way, LINE, 5.0))


def _fan(source: Cell, target: Cell) -> tuple[Mark, ...]:
    """From both ends of what is seen to both ends of what sees it."""
    _, top, right, bottom = source.body.front(source.at)
    left, high, _, low = target.body.plane(0, target.at)
    ends = (high, low)
    return (Grid(tuple(((right, y), (left, end)) for y in (top, bottom) for end in ends), LINE, 0.6),)


def _through(source: Cell, target: Cell, seen: tuple[Reach, Reach], *, low: bool) -> tuple[Mark, ...]:
    """The window of one unit, its lines, and the unit."""
    plane, places = source.station.plane, target.station.plane
    assert plane
    assert places
    sign = 1 if low else -1
    down = min(_PICKED[0], 0.45 * target.body.height / source.body.high)  # the caption stays free of lines
    wanted = (0.5 + sign * down, 0.5 + sign * _PICKED[1])
    cells = [min(int(part * size), size - 1) for part, size in zip(wanted, places, strict=True)]
    spans = [_span(*of) for of in zip(seen, cells, plane, strict=True)]
    pane = _pane(source.body.front(source.at), spans, plane)
    dot = _pane(target.body.front(target.at), [(cell, cell + 1) for cell in cells], places)
    corners = ((pane[0], pane[1]), (pane[2], pane[1]), (pane[0], pane[3]), (pane[2], pane[3]))
    middle = ((dot[0] + dot[2]) / 2, (dot[1] + dot[3]) / 2)
    lines = Grid(tuple((corner, middle) for corner in corners), LINE, 0.5)
    return lines, rectangle(pane, PAPER, INK), rectangle(dot, INK)


def _span(reach: Reach, cell: int, size: int) -> tuple[float, float]:
    """The cells that a unit sees along an axis, those in padding left out."""
    start = float(reach.start + cell * reach.step)
    return max(start, 0.0), min(start + float(reach.size), float(size))


def _pane(box: Box, spans: Sequence[tuple[float, float]], plane: tuple[int, int]) -> Box:
    """Some cells of a map as a rectangle on its plane, large enough to be seen."""
    left, top, right, bottom = box
    (y0, y1), (x0, x1) = ([end / size for end in span] for span, size in zip(spans, plane, strict=True))
    wide, high = right - left, bottom - top
    return visible((left + x0 * wide, top + y0 * high, left + x1 * wide, top + y1 * high))
