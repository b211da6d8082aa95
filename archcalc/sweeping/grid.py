"""The grid of a sweep: every combination of the values of its sizes, in boxes that fit a cache.

The last size varies fastest, as in the table. Points are numbered, and a box is a stretch of them,
so that results come in order and a box is done once, wherever it is done.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archcalc.errors import Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from archcalc.domains import Domain, Run

BOX = 2**16
"""Points of a box: some arrays of it lie in a cache."""
MOST = 10**15
"""Points of a grid, which even a thousand cores would not see the end of."""


class Box(NamedTuple):
    """A stretch of points: for each size a range of places in its domain."""

    start: int  # the number of its first point
    sides: tuple[range, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values of each size it has."""
        return tuple(map(len, self.sides))

    @property
    def points(self) -> int:
        """How many points it has."""
        return prod(self.shape)


class Letter(NamedTuple):
    """How a size is put for a whole number from 1: it is (letter − shift) / parts."""

    parts: int
    shift: int

    @classmethod
    def of(cls, domain: Domain) -> Letter:
        """The letter of a domain; where it can be the size itself, it is."""
        parts = domain.denominator
        return cls(parts, max(0, 1 - int(domain.low * parts)))

    def value(self, size: int | Fraction) -> int:
        """The letter's value at a size."""
        return int(size * self.parts) + self.shift


class Grid:
    """Sizes by name, each with its domain."""

    def __init__(self, domains: Mapping[str, Domain]) -> None:
        self.domains = dict(domains)
        self.names = tuple(self.domains)
        self.lengths = tuple(domain.length for domain in self.domains.values())
        self.points = prod(self.lengths)
        if self.points > MOST:
            named = " x ".join(f"{n:,} of {name}" for name, n in zip(self.names, self.lengths, strict=True))
            what = f"a sweep of {self.points:,} sizes; {MOST:,} are allowed"
            raise UsageError(Problem(what, (named,), "longer steps, as H=32:4096:32"))
        self.letters = {name: Letter.of(domain) for name, domain in self.domains.items()}
        self.axis, self.block = self._blocks()

    def _blocks(self) -> tuple[int, int]:
        """The size that boxes cut into blocks, and how long those are; sizes behind it are whole."""
        inner = 1
        for i in range(len(self.lengths) - 1, -1, -1):
            if inner * self.lengths[i] > BOX:
                return i, max(1, BOX // inner)
            inner *= self.lengths[i]
        return 0, self.lengths[0] if self.lengths else 1

    @property
    def boxes(self) -> int:
        """How many boxes there are."""
        if not self.lengths:
            return 1
        return prod(self.lengths[: self.axis]) * -(-self.lengths[self.axis] // self.block)

    def box(self, number: int) -> Box:
        """A box by its number."""
        if not self.lengths:
            return Box(0, ())
        length = self.lengths[self.axis]
        outer, turn = divmod(number, -(-length // self.block))
        places = self._places(outer, self.lengths[: self.axis])
        first = turn * self.block
        cut = range(first, min(first + self.block, length))
        sides = (*(range(p, p + 1) for p in places), cut, *map(range, self.lengths[self.axis + 1 :]))
        start = 0
        for side, n in zip(sides, self.lengths, strict=True):
            start = start * n + side[0]
        return Box(start, sides)

    def all(self) -> Box:
        """The whole grid as one box."""
        return Box(0, tuple(map(range, self.lengths)))

    @staticmethod
    def _places(number: int, lengths: tuple[int, ...]) -> list[int]:
        found = []
        for n in reversed(lengths):
            number, place = divmod(number, n)
            found.append(place)
        return found[::-1]

    def values(self, point: int) -> dict[str, int | Fraction]:
        """The sizes at a point, by its number."""
        places = self._places(point, self.lengths)
        pairs = zip(self.domains.items(), places, strict=True)
        return {name: domain[place] for (name, domain), place in pairs}

    def places(self, name: str, points: Any) -> Any:
        """The places that some points have in the domain of a size."""
        i = self.names.index(name)
        return points // prod(self.lengths[i + 1 :]) % self.lengths[i]

    def column(self, name: str, points: Any) -> Any:
        """The values of a size at some points: an integer array, or exact numbers as objects."""
        places = self.places(name, points)
        domain = self.domains[name]
        if len(domain.runs) == 1 and domain.whole and domain.high < 2**62:
            run = domain.runs[0]
            return (run.steps[0] + places * run.steps.step) * int(run.unit)
        own, turned = np.unique(places, return_inverse=True)
        return _array([domain[int(place)] for place in own])[turned]

    def letter(self, name: str, points: Any) -> Any:
        """The letter's values at some points: whole numbers in the order of the size's."""
        own, column = self.letters[name], self.column(name, points)
        if column.dtype != object:
            return column * own.parts + own.shift
        values, turned = np.unique(self.places(name, points), return_inverse=True)
        return _array([own.value(self.domains[name][int(place)]) for place in values])[turned]

    def ends(self, box: Box) -> dict[str, tuple[int, int]]:
        """Between what each letter lies in a box."""
        found = {}
        for (name, domain), side in zip(self.domains.items(), box.sides, strict=True):
            values = [self.letters[name].value(v) for run in domain.stretch(side) for v in run.ends]
            found[name] = (min(values), max(values))
        return found

    def axes(self, box: Box) -> Iterator[tuple[str, Any]]:
        """Each letter's values in a box, as an array along an axis of its own."""
        for i, ((name, domain), side) in enumerate(zip(self.domains.items(), box.sides, strict=True)):
            letter, shape = self.letters[name], [1] * len(box.sides)
            shape[i] = len(side)
            yield name, np.concatenate([_stretch(run, letter) for run in domain.stretch(side)]).reshape(shape)


def _stretch(run: Run, letter: Letter) -> Any:
    """The letter's values over even steps."""
    unit = int(run.unit * letter.parts)
    first, last = (letter.value(end) for end in run.ends)
    if first == last:
        return _array([first])
    if last < 2**62:
        return np.arange(first, last + 1, run.steps.step * unit, dtype=np.int64)
    return _array([step * unit + letter.shift for step in run.steps])


def _array(values: list[Any]) -> Any:
    """Integers as int64 where they all fit, and else as they are."""
    if all(isinstance(value, int) and -(2**62) < value < 2**62 for value in values):
        return np.array(values, dtype=np.int64)
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
