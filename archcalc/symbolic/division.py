"""Where formulas leave polynomials: quotients rounded, exact quotients, extremes, common divisors.

Every rounding is kept as a floor in one normal form, so that equal sizes are equal expressions:
whole parts stand outside, what is added inside is from 0 to n − 1, and nested floors are joined.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy

from archcalc.symbolic.terms import (
    ONE,
    Expr,
    Factors,
    Gcd,
    RoundTo,
    Terms,
    denominator,
    expression,
    is_readable,
    is_whole,
    plus,
    product,
    rebuilt,
    terms,
    times,
)
from archcalc.symbolic.values import bounds


def floor_div(a: Any, b: Any) -> Expr:
    """a / b rounded down, nested floors joined: ⌊(⌊a/m⌋ + b)/n⌋ = ⌊(a + b·m)/(m·n)⌋."""
    return _floor(_quotient(a, b))


def ceil_div(a: Any, b: Any) -> Expr:
    """a / b rounded up: ⌈a/n⌉ = ⌊(a + n − 1)/n⌋ for whole a and positive n."""
    if not (_is_whole(a) and _is_whole(b)):
        return -floor_div(-expression(a), b)
    parts = _quotient(a, b)
    number, bases = denominator(parts)
    last = times({_inverse(bases): Fraction(-1, number)}, Fraction(1))
    return _floor(plus(plus(parts, {ONE: Fraction(1)}), last))


def _is_whole(size: Any) -> bool:
    """Whether a size is surely whole."""
    return isinstance(size, int) or expression(size).is_integer is True


def exact_div(a: Any, b: Any) -> Expr:
    """a / b, where a condition beside it says that b divides a."""
    quotient = rebuilt(_quotient(a, b))
    if denominator(terms(quotient))[1] and is_readable(expression(a) * expression(b), 512):
        # (S·H + S·W)/(H + W): no single term shows that it goes in
        cancelled = sympy.cancel(expression(a) / expression(b))
        if not denominator(terms(cancelled))[1]:
            return cancelled
    return quotient


def _quotient(a: Any, b: Any) -> Terms:
    """a / b term by term, unrounded."""
    below = expression(b)
    if below == 0:
        raise ZeroDivisionError("a size divided by 0")
    number, factors = product(below)
    return times(terms(expression(a)), 1 / number, _inverse(factors))


def _inverse(factors: Factors) -> Factors:
    return frozenset((base, -exponent) for base, exponent in factors)


def _floor(parts: Terms) -> Expr:
    """The normal form of a sum rounded down."""
    while True:
        outside = {f: n for f, n in parts.items() if is_whole(f, n)}
        inside = {f: n for f, n in parts.items() if f not in outside}
        joined = _join(inside)
        if joined is None:
            break
        parts = plus(outside, joined)
    spread = _spread(inside)
    if spread is not None:
        return rebuilt(outside) + spread
    carried, rest = _carry(inside)
    whole = rebuilt(plus(outside, {ONE: carried}))
    return whole + sympy.floor(rebuilt(rest), evaluate=False) if rest else whole


def _join(inside: Terms) -> Terms | None:
    """The sum with the one floor that stands in it opened; None where there is none to open.

    ⌊(⌊u⌋ + v)/n⌋ = ⌊(u + v)/n⌋ for every u, whole v, and n a positive whole number.
    """
    number, bases = denominator(inside)
    over = times(inside, Fraction(number), bases)
    if not all(is_whole(f, n) for f, n in over.items()):
        return None
    found = [f for f, n in over.items() if n == 1 and _is_floor(f)]
    if len(found) != 1:
        return None
    (((floor, _),),) = found
    rest = {f: n for f, n in over.items() if f != found[0]}
    return times(plus(rest, terms(floor.args[0])), Fraction(1, number), _inverse(bases))


def _spread(inside: Terms) -> Expr | None:
    """⌊(min(a, b) + c)/n⌋ as the smaller of two floors; None where the sum is not of that form.

    Rounding keeps the order, and only bare floors can be joined or compared: without this, every
    layer in ceil mode would double the expression.
    """
    bare = [(f, n) for f, n in inside.items() if f]
    if len(bare) != 1 or len(bare[0][0]) != 1:
        return None
    ((factors, number),) = bare
    ((base, exponent),) = factors
    if exponent != 1 or number < 0 or not isinstance(base, (sympy.Min, sympy.Max)):
        return None
    rest = {f: n for f, n in inside.items() if not f}
    each = [_floor(plus(times(terms(arg), number), rest)) for arg in base.args]
    return _extreme(type(base), each, sign=1 if isinstance(base, sympy.Min) else -1)


def _is_floor(factors: Factors) -> bool:
    return len(factors) == 1 and all(e == 1 and isinstance(base, sympy.floor) for base, e in factors)


def _carry(inside: Terms) -> tuple[Fraction, Terms]:
    """What the constant of a sum carries out of its floor, and the sum with the rest of it.

    ⌊(g·a + r)/(g·n)⌋ = ⌊(a + ⌊r/g⌋)/n⌋.
    """
    number, bases = denominator(inside)
    if bases or not inside:
        return Fraction(0), inside
    over = times(inside, Fraction(number))
    carried, rest = divmod(over.pop(ONE, Fraction(0)).numerator, number)
    common = math.gcd(number, *(n.numerator for n in over.values()))
    kept = plus(over, {ONE: Fraction(rest // common * common)})
    return Fraction(carried), times(kept, Fraction(1, number))


def smallest(a: Any, b: Any) -> Expr:
    """The smaller of two sizes, decided where the letters allow it."""
    return _extreme(sympy.Min, [a, b], sign=1)


def largest(a: Any, b: Any) -> Expr:
    """The larger of two sizes, decided where the letters allow it."""
    return _extreme(sympy.Max, [a, b], sign=-1)


def _extreme(function: Any, sizes: list[Any], sign: int) -> Expr:
    """Min or Max of sizes, flat, without those that another one beats for all letters."""
    flat = [choice for size in sizes for choice in _choices(function, expression(size))]
    kept: list[Expr] = []
    for size in dict.fromkeys(flat):
        if any(bounds(sign * (size - other))[0] >= 0 for other in kept):
            continue
        kept = [other for other in kept if bounds(sign * (other - size))[0] < 0]
        kept.append(size)
    # evaluated, SymPy would ask its own assumptions of each pair, at great length
    return kept[0] if len(kept) == 1 else function(*kept, evaluate=False)


def _choices(function: Any, size: Expr) -> list[Expr]:
    """The sizes that one of Min or Max, with something added to it, chooses from."""
    found = [arg for arg in sympy.Add.make_args(size) if isinstance(arg, function)]
    return [arg + size - found[0] for arg in found[0].args] if len(found) == 1 else [size]


def round_to(a: Any, multiple: Any) -> Expr:
    """A size rounded to a multiple: itself where it is one for all letters, and else left open."""
    size, step = expression(a), expression(multiple)
    even = all(is_whole(factors, number) for factors, number in _quotient(size, step).items())
    return size if even and bounds(size - step)[0] >= 0 else RoundTo(size, step)


def gcd(a: Any, b: Any) -> Expr:
    """The greatest common divisor; decided on numbers, left open on letters."""
    a, b = expression(a), expression(b)
    if a.is_Integer and b.is_Integer:
        return sympy.Integer(math.gcd(int(a), int(b)))
    if b in (a, 0):
        return a
    if 1 in (a, b):
        return sympy.Integer(1)
    return b if a == 0 else Gcd(*sorted((a, b), key=sympy.default_sort_key))
