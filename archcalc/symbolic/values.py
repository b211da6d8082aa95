"""Expressions at integer values, exactly: our own walk over the tree, no lambdify and no subs."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sympy

from archcalc.expressions import round_to, whole
from archcalc.symbolic.terms import Expr, Gcd, RoundTo, denominator, expression, rebuilt, terms, times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Evaluator = Callable[[Mapping[str, int]], Any]

_INFINITE = math.inf


def value(size: Any, sizes: Mapping[str, int]) -> Any:
    """The size where each letter has a value, by name: an int, or a Fraction where it is none.

    Raises KeyError for a letter without a value, ZeroDivisionError where a divisor is 0.
    """
    return whole(evaluator(expression(size))(sizes))


@lru_cache(maxsize=4096)
def symbols(expr: Expr) -> tuple[str, ...]:
    """The names of the letters in an expression, sorted."""
    return tuple(sorted(symbol.name for symbol in expr.free_symbols))


@lru_cache(maxsize=8192)
def evaluator(expr: Expr) -> Evaluator:
    """A function from the letters' values to the expression's, made once for many values."""
    if expr.is_Rational:
        constant = whole(Fraction(int(expr.p), int(expr.q)))
        return lambda _: constant
    if isinstance(expr, sympy.Symbol):
        name = expr.name
        return lambda sizes: sizes[name]
    if isinstance(expr, (sympy.floor, sympy.ceiling)):
        return _rounded(expr)
    if expr.is_Pow and expr.exp.is_Integer:
        base, exponent = evaluator(expr.base), int(expr.exp)
        if exponent < 0:
            return lambda sizes: Fraction(1) / base(sizes) ** -exponent
        return lambda sizes: base(sizes) ** exponent
    for kind, function in _FUNCTIONS.items():
        if isinstance(expr, kind):
            parts = [evaluator(arg) for arg in expr.args]
            return lambda sizes: function([part(sizes) for part in parts])
    raise TypeError(f"{type(expr).__name__} has no value as a size")


_FUNCTIONS: dict[Any, Callable[[list[Any]], Any]] = {
    sympy.Add: sum,
    sympy.Mul: math.prod,
    sympy.Min: min,
    sympy.Max: max,
    Gcd: lambda parts: math.gcd(*parts),
    RoundTo: lambda parts: round_to(*map(Fraction, parts)),
}


def fraction(expr: Expr) -> tuple[Expr, Expr]:
    """The argument of a floor as one quotient without quotients in it."""
    parts = terms(expr)
    number, bases = denominator(parts)
    return rebuilt(times(parts, Fraction(number), bases)), rebuilt({bases: Fraction(number)})


def _rounded(expr: Expr) -> Evaluator:
    """A floor or ceiling in ints alone: Fractions are ten times as slow."""
    above, below = map(evaluator, fraction(expr.args[0]))
    if isinstance(expr, sympy.floor):
        return lambda sizes: above(sizes) // below(sizes)
    return lambda sizes: -(-above(sizes) // below(sizes))


@lru_cache(maxsize=8192)
def bounds(expr: Expr) -> tuple[Any, Any]:
    """Numbers between which the expression surely lies where every letter is at least 1."""
    if expr.is_Rational:
        number = Fraction(int(expr.p), int(expr.q))
        return number, number
    if isinstance(expr, sympy.Symbol):
        return Fraction(1), _INFINITE
    if expr.is_Pow and expr.exp.is_Integer:
        return _power(bounds(expr.base), int(expr.exp))
    if expr.is_Add:
        return _floors(expr) or _sum([bounds(arg) for arg in expr.args])
    if expr.is_Mul:
        return _product([bounds(arg) for arg in expr.args])
    return _chosen(expr, [bounds(arg) for arg in expr.args])


def _chosen(expr: Expr, parts: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Bounds of a rounding, an extreme or a common divisor."""
    for kind, function in _ROUNDING.items():
        if isinstance(expr, kind):
            low, high = (side if side in _ENDS else Fraction(function(side)) for side in parts[0])
            return low, high
    lows, highs = zip(*parts, strict=True) if parts else ((), ())
    if isinstance(expr, (sympy.Min, sympy.Max)):
        pick = min if isinstance(expr, sympy.Min) else max
        return pick(lows), pick(highs)
    if isinstance(expr, RoundTo):  # at least a multiple, and no more than one above the size
        return max(Fraction(1), lows[1]), max(2 * highs[1], highs[0] + highs[1])
    return (Fraction(1), max(highs)) if isinstance(expr, Gcd) else (-_INFINITE, _INFINITE)


_ROUNDING = {sympy.floor: math.floor, sympy.ceiling: math.ceil}
_ENDS = (_INFINITE, -_INFINITE)


def _floors(expr: Expr) -> tuple[Any, Any] | None:
    """Bounds of a difference of two floors, which stays near u − v however large both are."""
    floors = [arg for arg in expr.args if isinstance(arg, sympy.floor)]
    negative = [arg for arg in expr.args if isinstance(-arg, sympy.floor)]
    if len(floors) != 1 or len(negative) != 1:
        return None
    u, v = floors[0], -negative[0]
    low, high = bounds(u.args[0] - v.args[0])
    # ⌊u⌋ − ⌊v⌋ lies from ⌊u − v⌋ to ⌈u − v⌉
    ends = (low if low in _ENDS else math.floor(low)), (high if high in _ENDS else math.ceil(high))
    return _sum([ends, bounds(expr - u + v)])


def _sum(parts: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    low, high = (_added(sides) for sides in zip(*parts, strict=True))
    return low, high


def _added(sides: tuple[Any, ...]) -> Any:
    # no infinity meets its opposite here, and a Fraction never becomes a float
    return next((side for side in sides if side in _ENDS), None) or sum(sides, Fraction(0))


def _product(parts: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    low, high = Fraction(1), Fraction(1)
    for part in parts:
        corners = [_times(a, b) for a in (low, high) for b in part]
        low, high = min(corners), max(corners)
    return low, high


def _times(a: Any, b: Any) -> Any:
    if a == 0 or b == 0:
        return Fraction(0)
    if a in _ENDS or b in _ENDS:
        return _INFINITE if (a > 0) == (b > 0) else -_INFINITE
    return a * b


def _power(base: tuple[Any, Any], exponent: int) -> tuple[Any, Any]:
    low, high = _product([base] * abs(exponent))
    if exponent > 0:
        return low, high
    if low <= 0:
        return -_INFINITE, _INFINITE
    return Fraction(0) if high == _INFINITE else 1 / high, 1 / low
