"""Expressions as people write them: `10,080·(⌊H/4⌋ − 7)·(⌊W/4⌋ − 7) + 84`, and the same in LaTeX."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from numbers import Rational
from typing import TYPE_CHECKING, Any

import sympy

from archcalc.errors import printable
from archcalc.symbolic.terms import (
    ONE,
    Expr,
    Factors,
    Gcd,
    RoundTo,
    Terms,
    denominator,
    expression,
    terms,
    times,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.dims import Shape

_FUNCTIONS = {sympy.Min: "min", sympy.Max: "max", Gcd: "gcd"}


def text(size: Any) -> str:
    """A size, or a condition, in the house's look; numbers with thousands commas.

    A tuple of sizes is their sum, in the order given.
    """
    return _written(_PLAIN, size)


def latex(size: Any) -> str:
    """A size in LaTeX's mathematics, without the dollars."""
    return _written(_LATEX, size)


def part(size: Any) -> str:
    """A size as one axis of a shape: `(H − 4)`, `⌊H/2⌋`, and ints without commas."""
    if isinstance(size, int):
        return str(size)
    shown = text(size)
    return f"({shown})" if is_loose(shown, "+−·/") else shown


def shape(dims: Shape) -> str:
    """A shape in the house's look: `6@(H − 4)x(W − 4)`; a lone axis needs no brackets."""
    alone = len(dims) == 1 and not isinstance(dims[0], int)
    return dims.text(text if alone else part)


def is_loose(shown: str, operators: str = "+−") -> bool:
    """Whether a written size would fall apart in a product: it has a sum, or a sign, outside brackets."""
    depth = 0
    for character in shown:
        depth += (character in "(⌊⌈") - (character in ")⌋⌉")
        if depth == 0 and character in operators:
            return True
    return False


def degree(factors: Factors) -> int:
    """The degree of a product in its letters; a floor has that of what is in it."""
    return sum(exponent * _degree(base) for base, exponent in factors)


@lru_cache(maxsize=8192)
def _degree(base: Expr) -> int:
    if isinstance(base, sympy.Symbol):
        return 1
    if isinstance(base, (sympy.Min, sympy.Max, Gcd, RoundTo)):
        return max(_degree(arg) for arg in base.args)
    inner = base.args[0] if isinstance(base, (sympy.floor, sympy.ceiling)) else base
    return 0 if inner.is_Number else max((degree(factors) for factors in terms(inner)), default=0)


def natural(shown: str) -> list[tuple[str, int]]:
    """What a formula is sorted by, so that ⌊H/4⌋ stands before ⌊H/16⌋."""
    return [(word, int(digits or 0)) for word, digits in _DIGITS.findall(shown.replace(",", ""))]


_DIGITS = re.compile(r"([^0-9]*)([0-9]*)")


def _written(writer: Writer, size: Any) -> str:
    if isinstance(size, tuple):
        return writer.joined([terms(expression(part)) for part in size])
    if isinstance(size, bool) or not isinstance(size, (Rational, sympy.Expr)):
        return printable(str(size))
    return writer.sum(terms(expression(size)))


class Writer:
    """The rules of form, one set for all scripts; a script says what each mark looks like."""

    minus: str
    dot: str

    def __init__(self) -> None:
        # a base is asked for by its rank and again to be written: without this, twice a level
        self.atom = lru_cache(maxsize=8192)(self._atom)

    def sum(self, parts: Terms) -> str:
        """Terms by degree, the constant last, what is added before what is taken away."""
        return self.joined([parts])

    def joined(self, sums: Sequence[Terms]) -> str:
        """Sums one after the other, as one sum."""
        shown = ""
        for minus, bare in self.signed(sums):
            sign = self.minus if minus else "+"
            shown = f"{shown} {sign} {bare}" if shown else self.negative(bare) if minus else bare
        return shown or self.number(0)

    def negative(self, bare: str) -> str:
        """A product with its sign, where nothing stands before it."""
        return f"{self.minus}{bare}"

    def signed(self, sums: Sequence[Terms]) -> list[tuple[bool, str]]:
        """Each term of some sums: whether it is taken away, and its text without its sign."""
        ordered = (term for parts in sums for term in sorted(self._ordered(parts)))
        return [(number < 0, bare) for _, number, bare in ordered]

    def _ordered(self, parts: Terms) -> list[tuple[Any, Fraction, str]]:
        """Each term with what it is sorted by, its number, and its text without its sign."""
        found = []
        for factors, number in parts.items():
            # by the letters, not by the number before them, and alike in every script
            letters = natural(_PLAIN.product(Fraction(1), factors))
            key = (factors == ONE, -degree(factors), number < 0, abs(number) != 1, letters)
            found.append((key, number, self.product(abs(number), factors)))
        return found

    def product(self, number: Fraction, factors: Factors) -> str:
        """A number times bases, over what divides them."""
        ordered = sorted(factors, key=_rank)
        above = [self._power(base, e) for base, e in ordered if e > 0]
        below = [self._power(base, -e) for base, e in ordered if e < 0]
        if number.numerator != 1 or not above:
            above.insert(0, self.number(number.numerator))
        if number.denominator != 1:
            below.insert(0, self.number(number.denominator))
        top = self.dot.join(above)
        return self.quotient(top, self.dot.join(below)) if below else top

    def _power(self, base: Expr, exponent: int) -> str:
        shown = self.brackets(self.atom(base)) if base.is_Add else self.atom(base)
        return shown if exponent == 1 else self.power(shown, exponent)

    def _atom(self, base: Expr) -> str:
        """What products are made of: a letter, a floor, a function, the inside of brackets."""
        if isinstance(base, sympy.Symbol):
            return self.letter(base.name)
        if isinstance(base, (sympy.floor, sympy.ceiling)):
            return self._rounded(base)
        if type(base) in _FUNCTIONS:
            return self.call(_FUNCTIONS[type(base)], sorted(self.inside(arg) for arg in base.args))
        if isinstance(base, RoundTo):
            return self.nearest(*base.args)
        return self.sum(terms(base)) if base.is_Add else printable(str(base))

    def _rounded(self, base: Expr) -> str:
        """A floor; or ⌈a/n⌉, which is kept as ⌊(a + n − 1)/n⌋."""
        parts = self.opened(base.args[0])
        number, bases = denominator(parts)
        over = times(parts, Fraction(number), bases)
        up = isinstance(base, sympy.ceiling)
        if not up and not bases and number > 1 and over.get(ONE) == number - 1:
            up = bool(over.pop(ONE))
        below = self.product(Fraction(number), bases) if number > 1 or bases else ""
        return self.rounded(self.sum(over), below, loose=len(over) > 1, up=up)

    def inside(self, arg: Expr) -> str:
        """What a function is called with."""
        return self.sum(terms(arg))

    def opened(self, inner: Expr) -> Terms:
        """What stands in a floor, as a sum of products."""
        return terms(inner)

    def rounded(self, top: str, below: str, *, loose: bool, up: bool) -> str:
        """A quotient rounded, or a fraction that is none; `loose` says that the top is a sum."""
        top = self.quotient(top, below, loose=loose) if below else top
        return self.ceil(top) if up else self.floor(top)

    def nearest(self, size: Expr, multiple: Expr) -> str:
        """A size rounded to a multiple."""
        return self.call("round_to", [self.inside(size), self.inside(multiple)])

    def number(self, n: int) -> str:
        """An int with its thousands."""
        return f"{n:,}"

    def letter(self, name: str) -> str:
        raise NotImplementedError

    def power(self, shown: str, exponent: int) -> str:
        raise NotImplementedError

    def brackets(self, shown: str) -> str:
        raise NotImplementedError

    def quotient(self, top: str, below: str, *, loose: bool = False) -> str:
        raise NotImplementedError

    def floor(self, shown: str) -> str:
        raise NotImplementedError

    def ceil(self, shown: str) -> str:
        raise NotImplementedError

    def call(self, name: str, args: list[str]) -> str:
        raise NotImplementedError


class _Plain(Writer):
    minus = "−"
    dot = "·"

    def letter(self, name: str) -> str:
        return printable(name)

    def power(self, shown: str, exponent: int) -> str:
        return shown + {2: "²", 3: "³"}.get(exponent, f"^{exponent}")

    def brackets(self, shown: str) -> str:
        return f"({shown})"

    def quotient(self, top: str, below: str, *, loose: bool = False) -> str:
        return f"{f'({top})' if loose else top}/{f'({below})' if is_loose(below, '·') else below}"

    def floor(self, shown: str) -> str:
        return f"⌊{shown}⌋"

    def ceil(self, shown: str) -> str:
        return f"⌈{shown}⌉"

    def call(self, name: str, args: list[str]) -> str:
        return f"{name}({', '.join(args)})"


# a line feed or a control character has no place in mathematics either
_ESCAPES = {c: "\\" + c for c in "_{}$%&#"} | {
    "\\": r"\backslash ",
    "^": r"\hat{}",
    "~": r"\sim ",
    " ": r"\ ",
}


class _Latex(Writer):
    minus = "-"
    dot = r" \cdot "

    def number(self, n: int) -> str:
        # a bare comma would be set as punctuation, with a space after it
        return f"{n:,}".replace(",", "{,}")

    def letter(self, name: str) -> str:
        shown = "".join(_ESCAPES.get(c, c) for c in printable(name))
        # without this, a word would be set as a product of its letters
        return shown if len(name) == 1 else rf"\mathit{{{shown}}}"

    def power(self, shown: str, exponent: int) -> str:
        return f"{{{shown}}}^{{{exponent}}}" if len(shown) > 1 else f"{shown}^{{{exponent}}}"

    def brackets(self, shown: str) -> str:
        return rf"\left({shown}\right)"

    def quotient(self, top: str, below: str, *, loose: bool = False) -> str:
        return rf"\frac{{{top}}}{{{below}}}"

    def floor(self, shown: str) -> str:
        return rf"\left\lfloor {shown} \right\rfloor"

    def ceil(self, shown: str) -> str:
        return rf"\left\lceil {shown} \right\rceil"

    def call(self, name: str, args: list[str]) -> str:
        # LaTeX has min, max and gcd
        shown = rf"\operatorname{{{name.replace('_', chr(92) + '_')}}}" if "_" in name else f"\\{name}"
        return rf"{shown}\left({', '.join(args)}\right)"


_PLAIN, _LATEX = _Plain(), _Latex()


def _rank(factor: tuple[Expr, int]) -> tuple[int, str]:
    """Letters first, then floors and functions, then brackets."""
    base, _ = factor
    kind = 0 if isinstance(base, sympy.Symbol) else 2 if base.is_Add else 1
    return kind, _PLAIN.atom(base)
