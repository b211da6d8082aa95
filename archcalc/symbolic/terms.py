"""An expression as a sum of products: the one normal form that dividing and writing both read.

A product keeps its brackets, with their numbers taken out: (120·h − 840)·(w − 7) is 120 times
(h − 7)·(w − 7). SymPy itself pushes numbers into a bracket and never takes them out again.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from itertools import islice
from math import gcd, lcm
from numbers import Rational
from typing import TYPE_CHECKING, Any, TypeAlias

import sympy

from archcalc.expressions import round_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Expr: TypeAlias = Any
"""A SymPy expression (SymPy has no stubs)."""
Factors: TypeAlias = frozenset[tuple[Expr, int]]
"""Bases with their exponents; empty for a plain number."""
Terms: TypeAlias = "Mapping[Factors, Fraction]"
"""Products with their coefficients, none of them 0."""

ONE: Factors = frozenset()


class Gcd(sympy.Function):  # type: ignore[misc]
    """The greatest common divisor, left open: `sympy.gcd` takes H for a polynomial, and says 1."""

    nargs = 2
    is_integer = True
    is_positive = True
    # dims asks a size's package which world answers for it, and this one lives in SymPy's
    __module__ = "sympy.archcalc"

    @classmethod
    def eval(cls, a: Expr, b: Expr) -> Expr | None:
        """A number where both are numbers, as after a letter was put in."""
        return sympy.igcd(a, b) if a.is_Integer and b.is_Integer else None


class RoundTo(sympy.Function):  # type: ignore[misc]
    """A size rounded to a multiple, as `archcalc.expressions.round_to` does it, left open."""

    nargs = 2
    is_integer = True
    is_positive = True
    __module__ = "sympy.archcalc"

    @classmethod
    def eval(cls, size: Expr, multiple: Expr) -> Expr | None:
        """A number where both are numbers, as after a letter was put in."""
        if not (size.is_Rational and multiple.is_Rational):
            return None
        return expression(
            round_to(Fraction(int(size.p), int(size.q)), Fraction(int(multiple.p), int(multiple.q)))
        )


@cache
def letter(name: str) -> Expr:
    """A size left open, under this name: a plain symbol, also where SymPy knows E, I, N, S or pi."""
    if type(name) is not str or not name:
        raise TypeError(f"{name!r} cannot name a letter")
    return sympy.Symbol(name, integer=True, positive=True)


def expression(size: Any) -> Expr:
    """A size as an expression: never from text, and never from a float."""
    if isinstance(size, sympy.Expr) and not isinstance(size, sympy.Float):
        return size
    if isinstance(size, Rational):
        return sympy.Rational(int(size.numerator), int(size.denominator))
    raise TypeError(f"{size!r} is not a size in letters")


_PARTS = 1000  # of a formula that a spec writes for a size
_HIGHEST = 64  # power, those of powers and of rounded powers multiplied
_DEEPEST = 64  # parts one inside another


@lru_cache(maxsize=8192)
def is_readable(expr: Expr, bits: int) -> bool:
    """Whether an expression has few parts, low powers, and numbers of few bits; a tower has none of these."""
    parts = list(islice(sympy.preorder_traversal(expr), _PARTS + 1))
    power, depth = _reach(expr)
    numbers = (part for part in parts if part.is_Rational)
    return (
        len(parts) <= _PARTS
        and power <= _HIGHEST
        and depth <= _DEEPEST
        and all(max(abs(int(n.p)), int(n.q)).bit_length() <= bits for n in numbers)
    )


@lru_cache(maxsize=8192)
def _reach(expr: Expr) -> tuple[int, int]:
    """The highest power of letters in an expression, over or under a line, and how deep it is."""
    if not expr.args:
        return int(expr.is_Symbol), 0
    powers, depths = zip(*map(_reach, expr.args), strict=True)
    if expr.is_Pow:
        return powers[0] * abs(int(expr.exp)), depths[0] + 1
    return sum(powers) if expr.is_Mul else max(powers), max(depths) + 1


def total(sizes: Iterable[Any]) -> Expr:
    """The sum of sizes, all at once: one after the other SymPy sorts what it has again each time."""
    return sympy.Add(*map(expression, sizes))


@lru_cache(maxsize=8192)
def terms(expr: Expr) -> Terms:
    """The expression as a sum of products, equal products collected."""
    found: dict[Factors, Fraction] = {}
    for arg in sympy.Add.make_args(expr):
        number, factors = product(arg)
        found[factors] = found.get(factors, Fraction(0)) + number
    return {factors: number for factors, number in found.items() if number}


def product(expr: Expr) -> tuple[Fraction, Factors]:
    """A product as its number and its bases; brackets give up what divides all they hold."""
    number = Fraction(1)
    powers: dict[Expr, int] = {}
    for arg in sympy.Mul.make_args(expr):
        base, exponent = (arg.base, int(arg.exp)) if arg.is_Pow and arg.exp.is_Integer else (arg, 1)
        content = Fraction(1)
        if base.is_Rational:
            content, base = Fraction(int(base.p), int(base.q)), None
        elif base.is_Add:
            content, base = primitive(base)
        number *= content**exponent
        if base is not None:
            powers[base] = powers.get(base, 0) + exponent
    return number, frozenset((base, exponent) for base, exponent in powers.items() if exponent)


@lru_cache(maxsize=8192)
def primitive(expr: Expr) -> tuple[Fraction, Expr]:
    """The number that divides every term of a sum, and the sum without it."""
    parts = terms(expr)
    numbers = parts.values()
    content = Fraction(gcd(*(n.numerator for n in numbers)), lcm(*(n.denominator for n in numbers)))
    if all(number < 0 for factors, number in parts.items() if factors):
        content = -content
    if not parts:
        return Fraction(1), sympy.Integer(0)
    return content, rebuilt({factors: number / content for factors, number in parts.items()})


def rebuilt(parts: Terms) -> Expr:
    """The expression of a sum of products."""
    return sympy.Add(
        *(
            sympy.Mul(expression(number), *(base**e for base, e in factors))
            for factors, number in parts.items()
        )
    )


def times(parts: Terms, number: Fraction, factors: Factors = ONE) -> dict[Factors, Fraction]:
    """Every term times one product."""
    return {_multiplied(own, factors): n * number for own, n in parts.items()}


def plus(a: Terms, b: Terms) -> dict[Factors, Fraction]:
    """Both sums together."""
    found = dict(a)
    for factors, number in b.items():
        found[factors] = found.get(factors, Fraction(0)) + number
    return {factors: number for factors, number in found.items() if number}


def _multiplied(a: Factors, b: Factors) -> Factors:
    if not a or not b:
        return a or b
    powers = dict(a)
    for base, exponent in b:
        powers[base] = powers.get(base, 0) + exponent
    return frozenset((base, exponent) for base, exponent in powers.items() if exponent)


def denominator(parts: Terms) -> tuple[int, Factors]:
    """What the sum must be multiplied by to have no quotient left: a number, and bases."""
    powers: dict[Expr, int] = {}
    for factors in parts:
        for base, exponent in factors:
            if exponent < 0:
                powers[base] = max(powers.get(base, 0), -exponent)
    return lcm(*(n.denominator for n in parts.values())), frozenset(powers.items())


def is_whole(factors: Factors, number: Fraction) -> bool:
    """Whether a term is a whole number for all sizes: sizes are, and so are floors of anything."""
    return number.denominator == 1 and all(e > 0 and _whole_base(base) for base, e in factors)


def _whole_base(base: Expr) -> bool:
    if base.is_Add:
        return all(is_whole(factors, number) for factors, number in terms(base).items())
    if isinstance(base, (sympy.Min, sympy.Max)):
        return all(_whole_base(arg) for arg in base.args)
    return isinstance(base, (sympy.Symbol, sympy.Integer, sympy.floor, sympy.ceiling, Gcd, RoundTo))
