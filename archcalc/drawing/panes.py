"""Maps side by side with what is seen of each, names above them, words below, and lines between."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from archcalc.drawing.bodies import law
from archcalc.drawing.colours import FAMILIES, INK, LINE, PAPER, RULE, SHADE, SOFT
from archcalc.drawing.lettering import shortened, width
from archcalc.drawing.scene import Grid, Group, Line, Scene, Words, broken, rectangle, visible
from archcalc.drawing.sight import Span, axes, sizes
from archcalc.errors import printable
from archcalc.render.figures import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.dims import Shape
    from archcalc.drawing.bodies import Law
    from archcalc.drawing.scene import Box, Mark, Point

_TITLE, _NAME, _SHAPE, _WORDS, _NOTE = 13.0, 10.5, 9.5, 9.0, 8.5
_MARGIN, _GAP, _LINE, _APART = 16.0, 40.0, 11.5, 14.0
_SIDE, _MOST = 190.0, 330.0  # points of the largest map, and of a field that reaches beyond it
_STRIP = 16.0  # points across a sequence
_CELL = 3.0  # points from which cells are told apart
_ACROSS = 130.0  # points of a line of words
_FILL, _EDGE = FAMILIES["conv"]


class Pane(NamedTuple):
    """A map, the part of it that is seen, and that part with what falls on padding."""

    name: str
    shape: Shape
    plane: tuple[int, int]
    seen: tuple[Span, Span]
    whole: tuple[Span, Span]
    words: list[str]
    rows: tuple[int, ...]

    @property
    def beyond(self) -> bool:
        """Whether some of what is seen is padding."""
        return self.whole != self.seen


def plane(shape: Shape) -> tuple[int, int]:
    """How high and wide a map is drawn; a sequence is a strip, a vector a point."""
    high, wide = [*sizes(shape), 1, 1][:2] if len(shape.axes) < 4 else sizes(shape)[-2:]
    return high, wide


class Panes:
    """The panes side by side on one line, names above them and words below."""

    def __init__(self, panes: list[Pane]) -> None:
        self.panes = panes
        sides = [side for pane in panes for side in pane.plane if side > 1] or [1]
        reach = max(
            span.size / size for pane in panes for span, size in zip(pane.whole, pane.plane, strict=True)
        )
        self.law: Law = law(min(_SIDE, _MOST / reach), sides)
        self.texts = [
            [w for said in pane.words for w in broken(printable(said), _ACROSS, _WORDS)] for pane in panes
        ]

    def cell(self, pane: Pane) -> tuple[float, float]:
        """How high and wide one unit is drawn."""
        high, wide = pane.plane
        strip = len(axes(pane.shape)) == 1
        return self.law(high) / high, _STRIP if strip else self.law(wide) / wide

    def extent(self, pane: Pane) -> Box:
        """What a pane covers around its map's left top, with what is seen beyond the map."""
        down, across = self.cell(pane)
        rows, columns = pane.whole
        high, wide = pane.plane
        return (
            min(columns.first, 0) * across,
            min(rows.first, 0) * down,
            max(columns.last + 1, wide) * across,
            max(rows.last + 1, high) * down,
        )

    def scene(self, title: str, notes: list[str]) -> Scene:
        """The whole picture."""
        title = shortened(printable(title), 560.0, _TITLE, bold=True)
        law = "as the square roots of their sizes" if self.law.root else "to scale"
        note = printable(" ".join([*notes, f"Sides of maps {law}."]))
        above = max(self.law(pane.plane[0]) / 2 - self.extent(pane)[1] for pane in self.panes)
        below = max(self.extent(pane)[3] - self.law(pane.plane[0]) / 2 for pane in self.panes)
        top = _MARGIN + 28.0
        middle = top + 22.0 + above
        bottom = middle + below + 8.0
        end = bottom + _LINE * max(map(len, self.texts)) + 6.0
        marks: list[Mark] = []
        texts: list[Mark] = [Words(_MARGIN, _MARGIN + 8.0, title, _TITLE, bold=True)]
        boxes: list[Box] = []
        right = _MARGIN + width(title, _TITLE, bold=True)
        for pane, words, (left, centre) in zip(self.panes, self.texts, self.columns(), strict=True):
            at = left, middle - self.law(pane.plane[0]) / 2
            marks.append(Group("station", self.marks(pane, at), "; ".join(pane.words), pane.rows))
            boxes.append(self.box(pane, pane.seen, at))
            texts += _texts(pane, words, centre, top, bottom)
            right = max(right, centre + self.room(pane) / 2)
        marks += [Group("wire", (_between(a, b),)) for a, b in pairwise(boxes)]
        lines = broken(note, right - _MARGIN, _NOTE)
        texts += [Words(_MARGIN, end + _LINE * (i + 0.8), line, _NOTE, SOFT) for i, line in enumerate(lines)]
        high = end + _LINE * len(lines) + _MARGIN
        return Scene(right + _MARGIN, high, title, note, (*marks, *texts))

    def room(self, pane: Pane) -> float:
        """How wide a pane is, with its texts."""
        left, _, right, _ = self.extent(pane)
        name, shape = _caption(pane)
        texts = self.texts[self.panes.index(pane)]
        said = (width(name, _NAME, bold=True), width(shape, _SHAPE), *(width(w, _WORDS) for w in texts))
        return max(right - left, *said)

    def columns(self) -> Iterator[tuple[float, float]]:
        """For each pane the left of its map, and the middle of its texts."""
        x, body_end = _MARGIN, -_GAP
        for pane in self.panes:
            left, _, right, _ = self.extent(pane)
            room = self.room(pane)
            x = max(x, body_end + _GAP - (room - right + left) / 2)
            yield x + (room - right + left) / 2 - left, x + room / 2
            body_end = x + (room + right - left) / 2
            x += room + _APART

    def box(self, pane: Pane, spans: tuple[Span, Span], at: Point) -> Box:
        """Some cells of a map, of its left top at a point."""
        down, across = self.cell(pane)
        rows, columns = spans
        return (
            at[0] + columns.first * across,
            at[1] + rows.first * down,
            at[0] + (columns.last + 1) * across,
            at[1] + (rows.last + 1) * down,
        )

    def marks(self, pane: Pane, at: Point) -> tuple[Mark, ...]:
        """The map, what is seen of it, its cells, and what is seen beyond it."""
        down, across = self.cell(pane)
        high, wide = pane.plane
        plane = self.box(pane, (Span(0, high - 1), Span(0, wide - 1)), at)
        seen, whole = self.box(pane, pane.seen, at), self.box(pane, pane.whole, at)
        found: list[Mark] = []
        if pane.beyond:
            found.append(rectangle(whole, SHADE))
        found += [rectangle(plane, PAPER), rectangle(seen, _FILL)]
        if min(down, across) >= _CELL:
            left, top, right, bottom = plane
            lines = [((left, top + i * down), (right, top + i * down)) for i in range(1, high)]
            lines += [((left + i * across, top), (left + i * across, bottom)) for i in range(1, wide)]
            found.append(Grid(tuple(lines), RULE, 0.4))
        found.append(_frame(plane, LINE))
        if pane.beyond:
            found.append(_frame(whole, SOFT, dashed=True))
        found.append(_frame(visible(seen), _EDGE, 1.4))
        return tuple(found)


def _frame(box: Box, colour: str, width: float = 0.8, *, dashed: bool = False) -> Line:
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    return Line(corners, colour, width, dashed=dashed)


def _caption(pane: Pane) -> tuple[str, str]:
    """The name and the shape."""
    name = shortened(printable(pane.name), _ACROSS, _NAME, bold=True)
    return name, shortened(write(pane.shape), _ACROSS, _SHAPE)


def _texts(pane: Pane, words: list[str], x: float, top: float, bottom: float) -> list[Mark]:
    """The name and the shape above, and the words below."""
    name, shape = _caption(pane)
    return [
        Words(x, top + 4.0, name, _NAME, anchor="middle", bold=True),
        Words(x, top + 15.0, shape, _SHAPE, anchor="middle"),
        *(Words(x, bottom + _LINE * (i + 0.8), w, _WORDS, SOFT, "middle") for i, w in enumerate(words)),
    ]


def _between(a: Box, b: Box) -> Grid:
    """From what is seen of one map to what is seen of the next."""
    return Grid((((a[2], a[1]), (b[0], b[1])), ((a[2], a[3]), (b[0], b[3]))), INK, 0.5)
