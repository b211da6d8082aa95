"""Who reads whom as a matrix: a column for each map, a row for each map to read, groups in colour."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archcalc.drawing.colours import FAMILIES, INK, PAPER, RULE, SOFT
from archcalc.drawing.lettering import shortened, width
from archcalc.drawing.scene import Grid, Line, Words, rectangle
from archcalc.errors import printable
from archcalc.tables import named, pattern, runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.drawing.scene import Area, Mark, Point
    from archcalc.drawing.wiring import Wiring

MARGIN, HEAD, WORDS = 16.0, 10.5, 9.0
"""Points around a picture, and sizes of type."""
_CELL = 18.0  # points of a cell at most
_ROOM, _SMALL_ROOM = 520.0, 300.0  # points of all cells, and where they are too small to be numbered
_APART = 10.0  # between groups
_FINE = 4.0  # points of a cell from which there are lines between cells
_LETTERED = 12.0  # points of a cell from which maps are numbered
_SHOWN, _ALONE = 12, 16  # maps of a layer that reads each on its own: those shown, where there are more
HUES = [FAMILIES[word] for word in ("conv", "pool", "dense", "activation", "attention", "recurrent", "norm")]
"""A fill and its line for each group, over again where there are more."""

_Rows: TypeAlias = tuple[int, int, int]
"""From a row to behind another, and the colour."""
_Block: TypeAlias = tuple[_Rows, tuple[float, float]]
"""Rows, and from where to where across."""
_Number: TypeAlias = tuple[str, float]
"""A text, and how far down or across it stands."""


class Panel(NamedTuple):
    """A part of a picture: how much room it takes, and what is on it."""

    width: float
    height: float
    marks: list[Mark]


def heading(text: str, y: float) -> Words:
    """What a panel shows."""
    return Words(MARGIN, y + 8.0, printable(text), HEAD, bold=True)


class Columns:
    """Where the maps of a layer stand, those of a group together, and in which colours."""

    def __init__(self, part: Wiring) -> None:
        cut = part.kind == "depthwise" and len(part.reads) > _ALONE
        self.reads = part.reads[: _SHOWN if cut else None]
        self.inputs = min(part.inputs, _SHOWN) if cut else part.inputs
        self.rest = f"the first {len(self.reads)} of {len(part.reads):,} are shown" if cut else ""
        self.words: list[str] = []
        self.sizes = [len(self.reads)]
        if part.kind == "table":
            self._by_pattern()
        else:
            each = len(part.reads) // part.groups if part.kind == "groups" else len(part.reads)
            self.hue = [o // each % len(HUES) for o in range(len(self.reads))]
        gaps = _APART * (len(self.sizes) - 1)
        most = max(len(self.reads), self.inputs)
        self.cell = min(_CELL, (_ROOM if _ROOM / most >= _LETTERED else _SMALL_ROOM) / most)
        starts = [0, *accumulate(self.sizes)]
        group = [next(g for g, end in enumerate(starts[1:]) if o < end) for o in range(len(self.reads))]
        self.x = [o * self.cell + g * _APART for o, g in enumerate(group)]
        self.spans = [(self.x[a], self.x[b - 1] + self.cell) for a, b in pairwise(starts)]
        self.width = len(self.reads) * self.cell + gaps

    def _by_pattern(self) -> None:
        """Maps of one pattern in one colour, and apart from the others where they stand together."""
        patterns = [pattern(reads, self.inputs) for reads in self.reads]
        order = list(dict.fromkeys(patterns))
        self.hue = [order.index(own) % len(HUES) for own in patterns]
        self.words = [named(group[0], self.inputs) for group in runs(self.reads, self.inputs)]
        if patterns == sorted(patterns, key=order.index):
            self.sizes = [patterns.count(own) for own in order]


def matrix(part: Wiring, y: float) -> Panel:
    """A column for each map, a row for each map that there is to read, a mark where it is read."""
    columns = Columns(part)
    numbers = _numbers(part, columns)
    names = [shortened(printable(name), 90.0, WORDS, bold=True) for name in (part.source, part.name)]
    lead = max(width(name, WORDS, bold=True) for name in names) + 12.0
    lead += max((width(text, WORDS) + 6.0 for text, _ in numbers[0]), default=0.0)
    left, top = MARGIN + lead, y + 36.0
    high = columns.inputs * columns.cell
    marks: list[Mark] = [
        heading(part.said, y),
        Words(MARGIN, top - 6.0, names[1], WORDS, bold=True),
        Words(MARGIN, top + 12.0, names[0], WORDS, bold=True),
    ]
    for start, end in columns.spans:
        marks.append(rectangle((left + start, top, left + end, top + high), PAPER))
        marks.append(Grid(tuple(_lines(columns, left, top, start, end)), RULE, 0.4))
    marks += _cells(columns, left, top)
    down, across = numbers
    marks += [Words(left - 6.0, top + at + 3.0, text, WORDS, SOFT, "end") for text, at in down]
    marks += [Words(left + at, top - 6.0, text, WORDS, SOFT, "middle") for text, at in across]
    words, below = _legend(columns, left, top + high)
    marks += words
    ends = [mark.box[2] for mark in marks if isinstance(mark, Words)]
    return Panel(max(left + columns.width, *ends) - MARGIN, top + high + below - y, marks)


def _numbers(part: Wiring, columns: Columns) -> tuple[list[_Number], list[_Number]]:
    """What stands beside rows and over columns: each map's number, or where there is no room, a group's."""
    cell = columns.cell
    if cell >= _LETTERED:
        return (
            [(str(i), (i + 0.5) * cell) for i in range(columns.inputs)],
            [(str(o), x + cell / 2) for o, x in enumerate(columns.x)],
        )
    found: list[list[_Number]] = []
    for count, least in ((part.inputs, WORDS), (len(part.reads), 0.0)):
        each = count // part.groups
        texts = [(f"{a} to {a + each - 1}", (a + each / 2) * cell) for a in range(0, count, each)]
        room = least or max(width(text, WORDS) for text, _ in texts) + 6.0
        found.append(texts if part.groups > 1 and each * cell >= room else [])
    return found[0], found[1]


def _lines(
    columns: Columns, left: float, top: float, start: float, end: float
) -> Iterator[tuple[Point, Point]]:
    """The lines between the cells of a group where they have room, else around it."""
    cell, high = columns.cell, columns.inputs * columns.cell
    fine = cell >= _FINE
    for i in range(columns.inputs + 1) if fine else (0, columns.inputs):
        yield (left + start, top + i * cell), (left + end, top + i * cell)
    count = round((end - start) / cell)
    for i in range(count + 1) if fine else (0, count):
        yield (left + start + i * cell, top), (left + start + i * cell, top + high)


def _cells(columns: Columns, left: float, top: float) -> Iterator[Area]:
    """What is read, cells one by one, or where they are small neighbours of one colour together."""
    cell = columns.cell
    alone = cell >= _LETTERED
    pad = cell * 0.14 if alone else 0.0
    for (a, b, hue), (start, end) in _alone(columns) if alone else _merged(columns):
        box = left + start + pad, top + a * cell + pad, left + end - pad, top + b * cell - pad
        yield rectangle(box, *HUES[hue], 0.8 if cell >= _FINE else 0.4)


def _alone(columns: Columns) -> Iterator[_Block]:
    for x, reads, hue in zip(columns.x, columns.reads, columns.hue, strict=True):
        for i in reads:
            yield (i, i + 1, hue), (x, x + columns.cell)


def _merged(columns: Columns) -> Iterator[_Block]:
    """Rows that are read and neighbours, as far across as the columns beside read them too."""
    begun: dict[_Rows, tuple[float, float]] = {}
    for x, reads, hue in zip(columns.x, columns.reads, columns.hue, strict=True):
        here = {(a, b, hue) for a, b in stretches(reads)}
        for rows in list(begun):
            if rows not in here or begun[rows][1] < x - columns.cell / 2:
                yield rows, begun.pop(rows)
        for rows in sorted(here):
            begun[rows] = begun.get(rows, (x, x))[0], x + columns.cell
    yield from begun.items()


def stretches(reads: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours together: from a first to behind a last."""
    ordered = sorted(reads)
    start = ordered[0]
    for one, after in pairwise([*ordered, ordered[-1] + 2]):
        if after != one + 1:
            yield start, one + 1
            start = after


def _legend(columns: Columns, left: float, top: float) -> tuple[list[Mark], float]:
    """The words of the groups under them where they fit, else in a list; and how much room they take."""
    marks: list[Mark] = []
    if columns.rest:
        marks.append(Words(left, top + 14.0, columns.rest, WORDS, SOFT))
        return marks, 18.0
    if not columns.words:
        return [], 0.0
    spans = columns.spans
    fits = len(spans) == len(columns.words) and all(
        width(word, WORDS) <= end - start + _APART - 4.0
        for word, (start, end) in zip(columns.words, spans, strict=True)
    )
    if fits and len(spans) > 1:
        for i, (word, (start, end)) in enumerate(zip(columns.words, spans, strict=True)):
            line = HUES[i % len(HUES)][1]
            marks.append(Line(((left + start, top + 6.0), (left + end, top + 6.0)), line, 2.0))
            marks.append(Words(left + (start + end) / 2, top + 19.0, word, WORDS, INK, "middle"))
        return marks, 23.0
    for i, word in enumerate(columns.words):
        y = top + 8.0 + 14.0 * i
        swatch = rectangle((left, y, left + 9.0, y + 9.0), *HUES[i % len(HUES)])
        marks += [swatch, Words(left + 15.0, y + 8.0, word, WORDS)]
    return marks, 8.0 + 14.0 * len(columns.words)
