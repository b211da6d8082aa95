"""Conditions in one letter that repeat: the remainders at which they hold, by going once around."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import sympy

from archcalc.symbolic.terms import Expr, Gcd
from archcalc.symbolic.values import fraction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    At = Callable[[Mapping[str, int]], bool]

_LONGEST = 4096  # sizes of a period that is gone around
_AFAR = 997  # periods skipped before a last look


class Residues(NamedTuple):
    """The remainders, modulo the shortest period, at which conditions hold."""

    period: int
    rests: tuple[int, ...]

    @property
    def zero(self) -> bool:
        """Whether they hold at the multiples of the period alone."""
        return self.rests == (0,)


def residues(conditions: list[tuple[At, Expr]], name: str, start: int = 1) -> Residues | None:
    """Where conditions on one letter hold from `start` on; None where they do not repeat, or never hold.

    Each condition comes as a function of the letter's value and the expression that it looks at.
    """
    turns = [period(difference) for _, difference in conditions]
    around = lcm(*turns) if all(turns) else 0
    if not 0 < around <= _LONGEST:
        return None

    def held(first: int) -> list[bool]:
        return [all(at({name: n}) for at, _ in conditions) for n in range(first, first + around)]

    once = held(start)
    if not any(once) or once != held(start + around) or once != held(start + _AFAR * around):
        return None
    return _shortest(around, {(start + i) % around for i, ok in enumerate(once) if ok})


def _shortest(around: int, rests: set[int]) -> Residues:
    """The same remainders modulo the smallest divisor that tells them apart."""
    for m in (m for m in range(1, around + 1) if around % m == 0):
        kept = {r % m for r in rests}
        if len(kept) * (around // m) == len(rests):
            return Residues(m, tuple(sorted(kept)))
    raise AssertionError("a number divides itself")


def period(expr: Expr) -> int:
    """After how many steps of its letter the roundings in an expression repeat; 0 where unknown."""
    inner: list[int] = [period(arg) for arg in expr.args]
    if not all(inner):
        return 0
    if isinstance(expr, (sympy.floor, sympy.ceiling)):
        above, below = fraction(expr.args[0])
        return period(above) * int(below) if below.is_Integer else 0
    if isinstance(expr, Gcd):
        numbers: list[Any] = [arg for arg in expr.args if arg.is_Integer]
        return lcm(*inner) * int(numbers[0]) if numbers else 0
    return lcm(*inner)
