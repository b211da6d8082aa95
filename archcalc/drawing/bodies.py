"""What a station looks like, to scale: maps as stacked planes, a sequence as a band, a vector as a bar."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from archcalc.drawing.colours import FAMILIES, OTHER, PAPER, SOFT
from archcalc.drawing.scene import Grid, rectangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.drawing.scene import Box, Mark, Point
    from archcalc.drawing.stations import Station

SPREAD = 16
"""Times between the least and the most up to which sides are in proportion; past it their roots are."""
_ALL = 16  # maps up to which, in a picture that has no more, every one is drawn
_BAR = 9.0  # points across a vector
_LEAST = 3.0  # points of a side, however small
_CELL = 3.0  # points from which cells are told apart
_STEPS = ((5.0, 3.4), (3.4, 2.1), (2.6, 1.7))
"""From a plane to the one before it: where all are drawn, where not, and among many stations."""


class Law(NamedTuple):
    """How long a number of cells is drawn."""

    points: float = 0.0
    most: int = 1
    least: int = 1

    @property
    def root(self) -> bool:
        """Whether lengths are as the roots of the numbers."""
        return self.most > SPREAD * self.least

    def __call__(self, cells: int) -> float:
        share = cells / self.most
        return max(self.points * (sqrt(share) if self.root else share), _LEAST)


def law(points: float, cells: Iterable[int]) -> Law:
    """The law by which the most of some numbers takes so many points."""
    found = list(cells)
    return Law(points, max(found), min(found)) if found else Law()


class Scale:
    """The laws of one picture: for the sides of maps, for places, for features, and for units."""

    def __init__(self, stations: Sequence[Station], points: float, *, few: bool = True) -> None:
        bands = [s.band for s in stations if s.band]
        self.side = law(points, (side for s in stations if s.plane for side in s.plane))
        self.length = law(points * 0.8, (length for length, _ in bands))
        self.features = law(points * 0.5, (features for _, features in bands))
        self.units = law(points * 0.8, (s.count for s in stations if not s.plane and not s.band))
        many = [s.count for s in stations if s.plane] + [length for length, _ in bands]
        self.every = all(count <= _ALL for count in many)
        self.step = _STEPS[0 if self.every else 1 if few else 2]

    def drawn(self, count: int) -> int:
        """How many of so many planes, or places, are drawn: all, or as many as twice the logarithm."""
        return count if self.every else max(1, min(count, (count * count - 1).bit_length()))

    def said(self) -> str:
        """The laws in words."""
        laws = {"sides": self.side, "sequences": self.length, "features": self.features, "bars": self.units}
        used = {word: law for word, law in laws.items() if law.points}
        even = [word for word, law in used.items() if not law.root]
        roots = [word for word, law in used.items() if law.root]
        parts = [f"{_and(even)} to scale"] if even else []
        parts += [f"{_and(roots)} as the square root of the size"] if roots else []
        if not self.every:
            parts.append("of n maps or places ⌈2·log₂ n⌉ are drawn")
        text = "; ".join(parts)
        return text[:1].upper() + text[1:]


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


class Body:
    """A station drawn at the origin: how much room it takes, and where wires meet it."""

    def __init__(self, station: Station, scale: Scale) -> None:
        self.fill, self.line = FAMILIES.get(station.family, OTHER) if station.made else (PAPER, SOFT)
        self.dx, self.dy = scale.step
        self.planes = 1
        self.cells = 1  # along its height, told apart
        if station.plane:
            self.planes = scale.drawn(station.count)
            high, wide = (scale.side(side) for side in station.plane)
        elif station.band:
            high, wide = scale.length(station.band[0]), scale.features(station.band[1])
            self.cells = scale.drawn(station.band[0])
        else:
            high, wide = scale.units(station.count), _BAR
            self.cells = station.count if high / station.count >= _CELL else 1
        self.high, self.wide = high, wide
        self.width = wide + (self.planes - 1) * self.dx
        self.height = high + (self.planes - 1) * self.dy

    def plane(self, i: int, at: Point) -> Box:
        """The plane i, the last one in front, of the body whose left top is at a point."""
        x, y = at[0] + i * self.dx, at[1] + i * self.dy
        return x, y, x + self.wide, y + self.high

    def front(self, at: Point) -> Box:
        """The plane in front."""
        return self.plane(self.planes - 1, at)

    def ends(self, at: Point) -> tuple[float, float]:
        """Where its outline begins and ends, from left to right, half-way down."""
        middle = at[1] + self.height / 2
        planes = [self.plane(i, at) for i in range(self.planes)]
        crossed = [box for box in planes if box[1] <= middle <= box[3]]
        return crossed[0][0], crossed[-1][2]

    def marks(self, at: Point) -> tuple[Mark, ...]:
        """The planes, from the back to the front, or the band or bar with its cells."""
        planes: list[Mark] = [rectangle(self.plane(i, at), self.fill, self.line) for i in range(self.planes)]
        left, top, right, _ = self.front(at)
        if self.cells > 1:
            steps = (top + self.high * i / self.cells for i in range(1, self.cells))
            planes.append(Grid(tuple(((left, y), (right, y)) for y in steps), self.line, 0.4))
        return tuple(planes)
