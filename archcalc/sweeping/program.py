"""Closed forms as steps on integer arrays: each common part once, each step's interval known beforehand.

int64 wraps without a word. So before the steps run on a box of sizes, an interval is worked out for
every one of them; where all lie below 2^62 the arrays are int64, and else they hold Python's ints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SAFE = 2**62
"""What no part of a formula may reach in int64."""


class Step(NamedTuple):
    """One operation on earlier steps, or a number, or a letter."""

    op: str
    args: tuple[Any, ...]


class Program:
    """Steps in order, and which of them are results, by name. It is made of plain values, and travels."""

    def __init__(self, steps: Sequence[Step], results: Mapping[str, int]) -> None:
        self.steps = list(steps)
        self.results = dict(results)
        self.plans: dict[tuple[str, ...], list[int]] = {}  # for some results, the step that reads each last

    def letters(self, names: Iterable[str]) -> set[str]:
        """The letters that some results depend on."""
        needed = {self.results[name] for name in names}
        found = set()
        for i in range(len(self.steps) - 1, -1, -1):
            if i in needed:
                op, args = self.steps[i]
                if op == "letter":
                    found.add(args[0])
                elif op != "number":
                    needed.update(args)
        return found

    def only(self, names: Iterable[str]) -> Program:
        """The program of some results alone."""
        kept = {name: self.results[name] for name in names}
        last = self._last(kept.values())
        places: dict[int, int] = {}
        steps: list[Step] = []
        for i, (op, args) in enumerate(self.steps):
            if last[i] >= 0:
                places[i] = len(steps)
                own = args if op in ("number", "letter") else tuple(places[arg] for arg in args)
                steps.append(Step(op, own))
        return Program(steps, {name: places[i] for name, i in kept.items()})

    def bounds(self, box: Mapping[str, tuple[int, int]]) -> list[tuple[int, int]]:
        """The interval of every step where each letter lies in its own."""
        found: list[tuple[int, int]] = []
        for op, args in self.steps:
            if op == "number":
                found.append((args[0], args[0]))
            elif op == "letter":
                found.append(box[args[0]])
            else:
                found.append(_BOUNDS[op](*(found[arg] for arg in args)))
        return found

    def fits(self, box: Mapping[str, tuple[int, int]]) -> bool:
        """Whether nothing in it reaches 2^62 on a box, so that int64 is exact."""
        return all(low > -SAFE and high < SAFE for low, high in self.bounds(box))

    def run(self, letters: Mapping[str, Any], wanted: Iterable[str], *, exact: bool) -> dict[str, Any]:
        """The results asked for: arrays that broadcast over the box, or ints where no letter varies.

        `letters` are integer arrays, each along an axis of its own; `exact` is for boxes that do not fit.
        """
        names = tuple(wanted)
        last = self.plans.get(names)
        if last is None:
            last = self.plans[names] = self._last([self.results[name] for name in names])
        values: list[Any] = [None] * len(self.steps)
        with np.errstate(all="raise"):
            for i, (op, args) in enumerate(self.steps):
                if last[i] < 0:
                    continue
                if op == "number":
                    values[i] = args[0]
                elif op == "letter":
                    values[i] = _plain(letters[args[0]], exact=exact)
                else:
                    own = [values[arg] for arg in args]
                    done = [k for k, arg in enumerate(args) if last[arg] == i]
                    values[i] = _over(op, own, done) if op in _UFUNCS and done else _RUN[op](*own)
                    for k in done:
                        values[args[k]] = None
        return {name: values[self.results[name]] for name in names}

    def _last(self, kept: Iterable[int]) -> list[int]:
        """The step that reads each last: -1 where nothing needs it, beyond the end for results."""
        last = [-1] * len(self.steps)
        for i in kept:
            last[i] = len(self.steps)
        for i in range(len(self.steps) - 1, -1, -1):
            op, args = self.steps[i]
            if last[i] >= 0 and op not in ("number", "letter"):
                for arg in args:
                    last[arg] = max(last[arg], i)
        return last


def _plain(array: Any, *, exact: bool) -> Any:
    """An axis of sizes; one size alone is a Python int, which spares its steps the arrays."""
    if array.size == 1:
        return int(array.flat[0])
    if exact:
        return array.astype(object)
    array = array.view()
    array.flags.writeable = False  # the next structure reads it too
    return array


_UFUNCS = {"add": np.add, "mul": np.multiply}


def _over(op: str, args: list[Any], done: list[int]) -> Any:
    """A sum or a product, written over an argument that nothing else reads: a new array costs time."""
    a, b = args
    if type(a) is np.ndarray and type(b) is np.ndarray:
        wide = np.broadcast_shapes(a.shape, b.shape) if a.shape != b.shape else a.shape
    else:
        wide = a.shape if type(a) is np.ndarray else getattr(b, "shape", ())
    for k in done:
        spare = args[k]
        if type(spare) is np.ndarray and spare.shape == wide and spare.flags.writeable:
            return _UFUNCS[op](a, b, out=spare)
    return _RUN[op](a, b)


# -- what a step does, on arrays and ints alike


def _floor(a: Any, b: Any) -> Any:
    """a // b; where b is 0 there is no network, and a 1 stands in for it."""
    if isinstance(b, int):
        return a // (b or 1)
    return a // np.where(b == 0, 1, b) if np.any(b == 0) else a // b


def _choose(ints: Any, arrays: Any) -> Any:
    return lambda a, b: ints(a, b) if isinstance(a, int) and isinstance(b, int) else arrays(a, b)


def _gcd(a: Any, b: Any) -> Any:
    from math import gcd

    return gcd(a, b) if isinstance(a, int) and isinstance(b, int) else np.gcd(a, b)


def _less(a: Any, b: Any) -> Any:
    found = a < b
    return int(found) if isinstance(found, bool) else found.astype(np.int64)


def _truth(found: Any) -> Any:
    return found if isinstance(found, bool) else np.asarray(found, dtype=bool)


_RUN: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "floor": _floor,
    "min": _choose(min, np.minimum),
    "max": _choose(max, np.maximum),
    "gcd": _gcd,
    "less": _less,  # 1 where a < b, else 0
    "at_least_0": lambda a: _truth(a >= 0),
    "is_0": lambda a: _truth(a == 0),
    "not_0": lambda a: _truth(a != 0),
    "not": lambda a: not a if isinstance(a, bool) else ~a,
    "and": lambda a, b: a & b,
}


# -- between what it lies

Interval = tuple[int, int]


def _corners(values: Iterable[int]) -> Interval:
    found = list(values)
    return min(found), max(found)


def _floors(a: Interval, b: Interval) -> Interval:
    """Of a // b: at the corners, with the divisors next to 0 where 0 lies between."""
    below = [n for n in (*b, 1, -1) if n and b[0] <= n <= b[1]] or [1]
    return _corners(n // m for n in a for m in below)


_BOUNDS: dict[str, Any] = {
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "mul": lambda a, b: _corners(n * m for n in a for m in b),
    "floor": _floors,
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "gcd": lambda a, b: (0, max(map(abs, (*a, *b)))),
    "less": lambda a, b: (int(a[1] < b[0]), int(a[0] < b[1])),
    "at_least_0": lambda a: (int(a[0] >= 0), int(a[1] >= 0)),
    "is_0": lambda a: (int(a == (0, 0)), int(a[0] <= 0 <= a[1])),
    "not_0": lambda a: (int(not a[0] <= 0 <= a[1]), int(a != (0, 0))),
    "not": lambda a: (1 - a[1], 1 - a[0]),
    "and": lambda a, b: (a[0] & b[0], a[1] & b[1]),
}
