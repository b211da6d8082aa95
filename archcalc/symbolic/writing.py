"""Expressions as people write them: `10,080·(⌊H/4⌋ − 7)·(⌊W/4⌋ − 7) + 84`, and the same in LaTeX."""

from __future__ import annotations

from numbers import Rational
from typing import TYPE_CHECKING, Any

import sympy

from archcalc.errors import printable
from archcalc.symbolic.terms import ONE, Expr, Factors, Gcd, Terms, denominator, expression, product, terms, times

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from archcalc.dims import Shape

_ROUNDED = (sympy.floor, sympy.ceiling)


def text(size: Any) -> str:
    """A size, or a condition, in the house's look; ints with thousands commas."""
    return _written(_Plain(), size)


def latex(size: Any) -> str:
    """A size in LaTeX's mathematics, without the dollars."""
    return _written(_Latex(), size)


def part(size: Any) -> str:
    """A size as one axis of a shape: `(H − 4)`, `⌊H/2⌋`, and plain ints without commas."""
    if isinstance(size, int):
        return str(size)
    shown = text(size)
    return f"({shown})" if is_loose(shown, "+−·/") else shown


def shape(dims: Shape) -> str:
    """A shape in the house's look: `6@(H − 4)x(W − 4)`; a lone axis needs no brackets."""
    return dims.text(part) if len(dims) > 1 or isinstance(dims[0], int) else dims.text(text)


def is_loose(shown: str, operators: str = "+−") -> bool:
    """Whether a written size would fall apart in a product: a sum outside all brackets, or a sign."""
    depth = 0
    for character in shown:
        depth += (character in "(⌊⌈") - (character in ")⌋⌉")
        if depth == 0 and character in operators:
            return True
    return False


def _written(writer: _Plain, size: Any) -> str:
    if isinstance(size, (Rational, sympy.Expr)) and not isinstance(size, (bool, sympy.Float)):
        return writer.sum(terms(expression(size)))
    return printable(str(size))


class _Plain:
    """Text: every rule of form is here, every mark in the methods below the line of `marks`."""

    def sum(self, parts: Terms) -> str:
        """Terms by degree, letters before the constant, what is added before what is taken away."""
        shown = ""
        for _, number, bare in sorted(self.ordered(parts)):
            sign = self.minus if number < 0 else "+"
            shown = f"{shown} {sign} {bare}" if shown else bare if number > 0 else f"{self.minus}{bare}"
        return shown or "0"

    def ordered(self, parts: Terms) -> list[tuple[Any, Fraction, str]]:
        """Each term with what it is sorted by, its number, and its text without its sign."""
        found = []
        for factors, number in parts.items():
            bare = self.product(abs(number), factors)
            key = (factors == ONE, -_degree(factors), number < 0, abs(number) != 1, bare)
            found.append((key, number, bare))
        return found

    def product(self, number: Fraction, factors: Factors) -> str:
        """A number times bases, over what divides them."""
        above = [self.base(base, e) for base, e in sorted(factors, key=self.rank) if e > 0]
        below = [self.base(base, -e) for base, e in sorted(factors, key=self.rank) if e < 0]
        if number.numerator != 1 or not above:
            above.insert(0, self.number(number.numerator))
        if number.denominator != 1:
            below.insert(0, self.number(number.denominator))
        top = self.times.join(above)
        return self.quotient(top, self.times.join(below), len(below) > 1) if below else top

    def rank(self, factor: tuple[Expr, int]) -> tuple[int, str]:
        """Letters first, then roundings and functions, then brackets."""
        base, _ = factor
        kind = 0 if isinstance(base, sympy.Symbol) else 2 if base.is_Add else 1
        return kind, self.atom(base)

    def base(self, base: Expr, exponent: int) -> str:
        """A base in a product, with its exponent."""
        shown = self.brackets(self.atom(base)) if base.is_Add else self.atom(base)
        return shown if exponent == 1 else self.power(shown, exponent)

    def atom(self, base: Expr) -> str:
        """What a product is made of."""
        if isinstance(base, sympy.Symbol):
            return self.letter(base.name)
        if isinstance(base, _ROUNDED):
            return self.rounded(base)
        if isinstance(base, (sympy.Min, sympy.Max, Gcd)):
            return self.call(type(base).__name__.lower(), sorted(self.sum(terms(arg)) for arg in base.args))
        return self.sum(terms(base)) if base.is_Add else printable(str(base))

    def rounded(self, base: Expr) -> str:
        """A floor; and ⌈a/n⌉, which is kept as ⌊(a + n − 1)/n⌋."""
        parts = terms(base.args[0])
        number, bases = denominator(parts)
        over = times(parts, sympy_free(number), bases)
        up = isinstance(base, sympy.ceiling)
        if not up and not bases and over.get(ONE) == number - 1:
            up = True
            del over[ONE]
        below = self.product(sympy_free(number), bases)
        top = self.sum(over)
        loose = len(over) > 1
        return self.floor(self.over(top, below, loose, _count(number, bases) > 1) if below != "1" else top, up)

    def over(self, top: str, below: str, loose_top: bool, loose_below: bool) -> str:
        """A quotient of sums."""
        return self.quotient(self.brackets(top) if loose_top else top, below, loose_below)

    # marks

    minus = "−"
    times = "·"

    def number(self, n: int) -> str:
        """An int with its thousands."""
        return f"{n:,}"

    def letter(self, name: str) -> str:
        """A letter's name, made printable."""
        return printable(name)

    def power(self, shown: str, exponent: int) -> str:
        """A power of what holds together."""
        return shown + {2: "²", 3: "³"}.get(exponent, f"^{exponent}")

    def brackets(self, shown: str) -> str:
        """A sum held together."""
        return f"({shown})"

    def quotient(self, top: str, below: str, loose: bool) -> str:
        """A quotient of products."""
        return f"{top}/({below})" if loose else f"{top}/{below}"

    def floor(self, shown: str, up: bool) -> str:
        """Rounded down, or up."""
        return f"⌈{shown}⌉" if up else f"⌊{shown}⌋"

    def call(self, name: str, args: list[str]) -> str:
        """min, max or gcd."""
        return f"{name}({', '.join(args)})"
