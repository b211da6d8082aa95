"""Bézier curves, as chains of points that share their ends: a point, then three for each curve."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.drawing.layout import Bend
    from archcalc.drawing.scene import Point

_ROUND = 6.0  # of corners
_HALF = 2.6  # from an arrow's middle to its side


def split(points: Sequence[Point], y: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """A chain of curves that go down, cut at a height; a chain that is all on one side is left whole."""
    for i in range(0, len(points) - 3, 3):
        if points[i + 3][1] >= y:
            before, after = _halves(points[i : i + 4], y)
            return (*points[:i], *before), (*after, *points[i + 4 :])
    return tuple(points), (points[-1],) * 4


def _halves(curve: Sequence[Point], y: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """One curve cut at a height."""
    low, high = 0.0, 1.0
    halves = _at(curve, 0.5)
    for _ in range(30):
        middle = (low + high) / 2
        halves = _at(curve, middle)
        if halves[0][3][1] < y:
            low = middle
        else:
            high = middle
    return halves


def _at(curve: Sequence[Point], t: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """De Casteljau's halves of a curve."""
    rows = [list(curve)]
    while len(rows[-1]) > 1:
        row = rows[-1]
        rows.append([_between(a, b, t) for a, b in pairwise(row)])
    return tuple(row[0] for row in rows), tuple(row[-1] for row in reversed(rows))


def _between(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t


def rounded(corners: Sequence[Point]) -> list[Point]:
    """Straight from corner to corner, each rounded, as a chain of curves."""
    found = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        a, b = (_towards(corner, other) for other in (before, after))
        found += [*_straight(found[-1], a), _between(a, corner, 0.55), _between(b, corner, 0.55), b]
    return found + _straight(found[-1], corners[-1])


def _straight(a: Point, b: Point) -> list[Point]:
    """The three further points of a straight stretch."""
    return [_between(a, b, 1 / 3), _between(a, b, 2 / 3), b]


def _towards(corner: Point, other: Point) -> Point:
    """A little from a corner towards another."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    return _between(corner, other, min(_ROUND / length, 0.5)) if length else corner


def along(bend: Bend) -> Iterator[Point]:
    """Points along a wire, a point or two apart, and its arrow's."""
    for i in range(0, len(bend.points) - 3, 3):
        a, b, c, d = bend.points[i : i + 4]
        steps = max(2, int(abs(a[0] - d[0]) + abs(a[1] - d[1])) // 2)
        for n in range(steps):
            t = n / steps
            u = 1 - t
            weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
            yield (
                sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
            )
    yield bend.points[-1]
    yield bend.tip


def arrow(base: Point, tip: Point) -> tuple[Point, ...]:
    """The head of an arrow."""
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = hypot(dx, dy) or 1.0
    x, y = -dy / length * _HALF, dx / length * _HALF
    return tip, (base[0] + x, base[1] + y), (base[0] - x, base[1] - y)
