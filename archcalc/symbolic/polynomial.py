"""An expression multiplied out, its terms collected and grouped: what a closed form is made of.

Multiplying out is counted, not timed: past a number of products it stops with a sentence.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import sympy

from archcalc.errors import Problem, UsageError
from archcalc.symbolic.terms import (
    ONE,
    Expr,
    Factors,
    Terms,
    denominator,
    expression,
    plus,
    rebuilt,
    terms,
    times,
)
from archcalc.symbolic.values import symbols
from archcalc.symbolic.writing import degree, natural, text

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 50_000
"""Products of two terms that multiplying out may take."""


class _Work:
    """What is left of the products that may be made."""

    def __init__(self) -> None:
        self.left = MOST

    def take(self, count: int) -> None:
        """Make so many more."""
        self.left -= count
        if self.left < 0:
            why = (f"multiplied out it takes more than {MOST:,} products of terms",)
            fix = "leave fewer symbols as letters"
            raise UsageError(Problem("this formula is too large to write down", why, fix))


def is_nothing(expr: Expr) -> bool:
    """Whether an expression is 0 once it is multiplied out; where that is too much work, nobody knows."""
    try:
        return not expanded(expr)
    except UsageError:
        return False


@lru_cache(maxsize=2048)
def expanded(expr: Expr, kept: frozenset[str] = frozenset()) -> Terms:
    """The expression as a sum of products without brackets, but for those about the letters `kept` alone.

    >>> from archcalc.symbolic import letter
    >>> d, H = letter("d"), letter("H")
    >>> text(rebuilt(expanded(d * (d + 1) * (H - 4), frozenset("H"))))
    'd²·(H − 4) + d·(H − 4)'

    Raises UsageError where that would have too many terms.
    """
    return _sum(expr, kept, _Work())


def _sum(expr: Expr, kept: frozenset[str], work: _Work) -> dict[Factors, Fraction]:
    found: dict[Factors, Fraction] = {}
    for factors, number in terms(expr).items():
        for own, n in _product(factors, kept, work).items():
            found[own] = found.get(own, Fraction(0)) + n * number
    return {factors: number for factors, number in found.items() if number}


def _product(factors: Factors, kept: frozenset[str], work: _Work) -> dict[Factors, Fraction]:
    """A product, its brackets multiplied out one after the other."""
    whole = {(base, e) for base, e in factors if not base.is_Add or e < 0 or _stays(base, kept)}
    found = {frozenset(whole): Fraction(1)}
    for base, exponent in factors - whole:
        inner = _sum(base, kept, work)
        for _ in range(exponent):
            work.take(len(found) * len(inner))
            longer: dict[Factors, Fraction] = {}
            for own, number in inner.items():
                longer = plus(longer, times(found, number, own)) if longer else times(found, number, own)
            found = longer
    return found


def _stays(bracket: Expr, kept: frozenset[str]) -> bool:
    """Whether a bracket is a size of its own: the height H − 4 of a map, or ⌊H/p⌋·⌊W/p⌋ + 1 tokens."""
    parts = terms(bracket)
    return not denominator(parts)[1] and all(_is_side(base, kept) for factors in parts for base, _ in factors)


def _is_side(base: Expr, kept: frozenset[str]) -> bool:
    if base.is_Add:
        return _stays(base, kept)
    if isinstance(base, sympy.Symbol):
        return base.name in kept
    return not kept.isdisjoint(symbols(base))


def shorter(expr: Expr, sides: frozenset[str]) -> frozenset[str]:
    """The letters whose brackets should stay: those of the sides, where that makes less to read."""
    held = expanded(expr, sides)
    if not any(base.is_Add for factors in held for base, _ in factors):
        return frozenset()
    try:
        out = expanded(expr)
    except UsageError:
        return sides
    return sides if (len(held), _size(held)) <= (len(out), _size(out)) else frozenset()


def _size(parts: Terms) -> int:
    """How much there is to read."""
    return sum(1 + sum(1 + _length(base) for base, _ in factors) for factors in parts)


def _length(base: Expr) -> int:
    return 0 if isinstance(base, sympy.Symbol) else sum(1 for _ in sympy.preorder_traversal(base)) // 2


def power(factors: Factors, name: str) -> int:
    """The degree of a product in one letter; a floor, a bracket or an extreme has that of what is in it."""
    return sum(exponent * _power(base, name) for base, exponent in factors)


@lru_cache(maxsize=8192)
def _power(base: Expr, name: str) -> int:
    if name not in symbols(base):
        return 0
    if isinstance(base, sympy.Symbol):
        return 1
    return max(power(factors, name) for arg in _inner(base) for factors in terms(arg))


def _inner(base: Expr) -> tuple[Expr, ...]:
    return (base,) if base.is_Add else base.args


class Group(NamedTuple):
    """Terms that share their powers of a letter: what they share, and what it is multiplied by."""

    head: Factors
    rest: Terms

    @property
    def expression(self) -> Expr:
        """The group as one product; what all its terms have is taken out of the bracket."""
        common = _common(self.rest)
        inverse = frozenset((base, -e) for base, e in common)
        out = rebuilt(times({common: Fraction(1)}, Fraction(1), self.head))
        return out * rebuilt(times(self.rest, Fraction(1), inverse))


def _common(parts: Terms) -> Factors:
    """What every term of a sum has as a factor."""
    if len(parts) < 2:
        return ONE
    first, *others = (dict(factors) for factors in parts)
    found = {base: min(e, *(other.get(base, 0) for other in others)) for base, e in first.items() if e > 0}
    return frozenset((base, e) for base, e in found.items() if e > 0)


def grouped(parts: Terms, name: str = "") -> list[Group]:
    """The terms by their powers of a letter, the highest first; without one each on its own."""
    found: dict[Factors, dict[Factors, Fraction]] = {}
    for factors, number in parts.items():
        head = head_of(factors, name)
        found.setdefault(head, {})[factors - head] = number
    groups = [Group(head, rest) for head, rest in found.items()]
    return sorted(groups, key=_place)


def head_of(factors: Factors, name: str = "") -> Factors:
    """What a term has of a letter; all of it where no letter is named."""
    return frozenset(f for f in factors if name in symbols(f[0])) if name else factors


def _place(group: Group) -> tuple[bool, int, list[tuple[str, int]]]:
    return group.head == ONE, -degree(group.head), natural(text(rebuilt({group.head: Fraction(1)})))


def fastest(parts: Terms, name: str) -> dict[Factors, Fraction]:
    """The terms that grow fastest with a letter; none where none grows."""
    most = max((power(factors, name) for factors in parts), default=0)
    return {f: n for f, n in parts.items() if power(f, name) == most} if most > 0 else {}


def rate(parts: Terms, names: Iterable[str]) -> Expr:
    """What a sum is nearly for large values of some letters: `4,155·H·W`, its floors and shifts left out."""
    expr = rebuilt(parts)
    for name in names:
        kept = fastest(expanded(expr), name)
        if kept:
            expr = sympy.Add(*(_smooth(factors, name) * expression(n) for factors, n in kept.items()))
    return rebuilt(expanded(expr))


def _smooth(factors: Factors, name: str) -> Expr:
    """A product without the roundings of a letter, and without what they are shifted by."""
    found = sympy.Integer(1)
    for base, exponent in factors:
        found *= (_smoothed(base, name) if name in symbols(base) else base) ** exponent
    return found


def _smoothed(base: Expr, name: str) -> Expr:
    if isinstance(base, (sympy.floor, sympy.ceiling)) or base.is_Add:
        inner = expanded(base if base.is_Add else base.args[0])
        return sympy.Add(*(_smooth(f, name) * expression(n) for f, n in fastest(inner, name).items()))
    return base
