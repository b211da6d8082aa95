"""The search: halves of what is left, each ruled out where its bounds say so, down to single sizes.

Bounds enclose every figure of a range, so what they rule out holds no answer, whether or not a figure
rises with a size. Where they say little, as of figures that go up and down, more is looked at, in the end
every size.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

from archcalc.errors import Problem, UsageError
from archcalc.intervals import ends
from archcalc.solution.looks import ANY

if TYPE_CHECKING:
    from archcalc.solution.looks import Bounds, Box, Look, Looks, Point

_FEW = 4  # sizes that are looked at sooner than bounds of theirs are made
_FAR = 2**60  # the place past which nothing is looked for


class Goal:
    """What a search is for: which answers it keeps, and what need not be looked at for their sake."""

    from_above = True  # looks at larger sizes first

    def __init__(self) -> None:
        self.found: list[Point] = []
        self.endless: Box | None = None  # all of a box without an end fits

    def passed(self, box: Box) -> bool:
        """Whether nothing in a box can add to what was found."""
        return False

    def beaten(self, bounds: Bounds) -> bool:
        """Whether nothing between these bounds can add to what was found."""
        return False

    def take(self, point: Point, look: Look) -> None:
        """Keep an answer."""
        self.found.append(point)

    def take_all(self, box: Box) -> Box | None:
        """Keep a box all of which fits, or say what of it is to be looked at."""
        return box


class Largest(Goal):
    """The choices that fit of which none can grow in one size without shrinking in another."""

    def passed(self, box: Box) -> bool:
        """Whether something at least as large as its top was found."""
        tops = [high for _, high in box]
        return self.endless is not None or any(
            all(top is not None and top <= i for top, i in zip(tops, point, strict=True))
            for point in self.found
        )

    def take(self, point: Point, look: Look) -> None:
        """Keep it in place of the smaller ones."""
        smaller = [old for old in self.found if all(a <= b for a, b in zip(old, point, strict=True))]
        self.found = [old for old in self.found if old not in smaller] + [point]

    def take_all(self, box: Box) -> Box | None:
        """Its top."""
        if any(high is None for _, high in box):
            self.endless = box
            return None
        return tuple((high, high) for _, high in box if high is not None)


class Smallest(Goal):
    """The choices that fit of which none can shrink in one size without growing in another."""

    from_above = False

    def passed(self, box: Box) -> bool:
        """Whether something at most as large as its bottom was found."""
        return any(all(low >= i for (low, _), i in zip(box, point, strict=True)) for point in self.found)

    def take(self, point: Point, look: Look) -> None:
        """Keep it in place of the larger ones."""
        larger = [old for old in self.found if all(a >= b for a, b in zip(old, point, strict=True))]
        self.found = [old for old in self.found if old not in larger] + [point]

    def take_all(self, box: Box) -> Box | None:
        """Its bottom."""
        return tuple((low, low) for low, _ in box)


class First(Goal):
    """Any choice that fits, small ones sooner."""

    from_above = False

    def passed(self, box: Box) -> bool:
        """Whether there is one."""
        return bool(self.found)

    def take_all(self, box: Box) -> Box | None:
        """Its bottom."""
        return tuple((low, low) for low, _ in box)


class Every(Goal):
    """All that fit."""

    from_above = False

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[Box] = []  # all of which fit

    def take(self, point: Point, look: Look) -> None:
        """Keep it as a box of its own."""
        self.boxes.append(tuple((i, i) for i in point))

    def take_all(self, box: Box) -> Box | None:
        """Keep the whole of it."""
        self.boxes.append(box)
        return None


class Best(Goal):
    """The choices that fit for which a figure is as large, or as small, as can be."""

    def __init__(self, *, most: bool) -> None:
        super().__init__()
        self.most = self.from_above = most
        self.best: int | None = None

    def beaten(self, bounds: Bounds) -> bool:
        """Whether the figure is sure to be worse than the best so far."""
        low, high = ends(bounds.wanted)
        if self.best is None:
            return False
        return (high is not None and high < self.best) if self.most else low is not None and low > self.best

    def take(self, point: Point, look: Look) -> None:
        """Keep it where it is as good as the best, and it alone where it is better."""
        if self.best is None or (look.wanted > self.best if self.most else look.wanted < self.best):
            self.best, self.found = look.wanted, [point]
        elif look.wanted == self.best:
            self.found.append(point)


def search(looks: Looks, goal: Goal, box: Box) -> None:
    """Find what a goal asks for among the choices of a box.

    Raises UsageError where that takes more than may be looked at, or has no end.
    """
    left = [box]
    while left:
        box = left.pop()
        if goal.passed(box):
            continue
        count = _count(box)
        if count is not None and count <= (1 if box in looks.bounds else _FEW):
            _look_at(looks, goal, box)
            continue
        bounds = looks.between(box)
        if bounds is None or looks.hopeless(bounds) or goal.beaten(bounds):
            continue
        if bounds.certain:  # one corner stands for all of it
            rest = goal.take_all(box)
            if rest != box:
                left += [rest] if rest else []
                continue
        low, high = _halves(box, looks, known=any(figure is not ANY for figure in bounds.figures))
        left += [low, high] if goal.from_above else [high, low]


def _look_at(looks: Looks, goal: Goal, box: Box) -> None:
    """Every choice of a small box."""
    points = list(product(*(range(low, (low if high is None else high) + 1) for low, high in box)))
    for point in reversed(points) if goal.from_above else points:
        if not goal.passed(tuple((i, i) for i in point)):
            look = looks.at(point)
            if look.fits:
                goal.take(point, look)


def _count(box: Box) -> int | None:
    """How many choices a box has; None for no end."""
    sides = [None if high is None else high - low + 1 for low, high in box]
    return None if None in sides else prod(side for side in sides if side is not None)


def _halves(box: Box, looks: Looks, *, known: bool) -> tuple[Box, Box]:
    """A box in two: along a side without an end, or else along the longest.

    Where nothing is known of it, along one of few values sooner, which may choose what layers there are.
    """
    lengths = {i: high - low for i, (low, high) in enumerate(box) if high is not None and high > low}
    open_ = [i for i, (_, high) in enumerate(box) if high is None]
    i = min(open_, key=lambda i: box[i][0]) if open_ else max(lengths, key=lengths.__getitem__)
    shortest = min(lengths, key=lengths.__getitem__, default=i)
    if not known and lengths.get(shortest, _FEW) < _FEW:
        i = shortest
    low, high = box[i]
    if low > _FAR:
        unknown = looks.unknowns[i]
        what = f"nothing shows from which {unknown.name} on there is no answer"
        why = ("what is claimed has no bounds over all sizes; up to a last one each can be looked at",)
        raise UsageError(Problem(what, why, f"--for {unknown.name}={looks.narrower(unknown)}"))
    middle = 2 * low + 1 if high is None else (low + high) // 2
    return (*box[:i], (low, middle), *box[i + 1 :]), (*box[:i], (middle + 1, high), *box[i + 1 :])
