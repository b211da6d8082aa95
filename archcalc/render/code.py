"""Closed forms as functions of a program: Python, and JavaScript that is exact past 2^53.

Letters become parameters. One that is a word of the language gets an underscore, so that no name
means anything there but a size.
"""

from __future__ import annotations

import keyword
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from archcalc.errors import printable
from archcalc.render.figures import parseable
from archcalc.symbolic.polynomial import expanded
from archcalc.symbolic.terms import ONE, denominator, terms, times
from archcalc.symbolic.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.closed_form import Formula
    from archcalc.symbolic.terms import Expr, Terms

_PYTHON = frozenset({*keyword.kwlist, "__debug__", "min", "max", "gcd", "round_to"})
_JAVASCRIPT = frozenset(
    "arguments async await break case catch class const continue debugger default delete do else enum eval"
    " export extends false finally for function if implements import in instanceof interface let new null"
    " package private protected public return static super switch this throw true try typeof undefined var"
    " void while with yield NaN Infinity"
    # what every object has already, so that a default would not be used
    " __proto__ constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf propertyIsEnumerable"
    " __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__"
    " BigInt Number RangeError other others whole floor ceil min max gcd round_to".split()
)
_LONGEST = 88  # columns of a line of code that is not broken


def python(formula: Formula) -> str:
    """A function of Python's, whole in itself."""
    names = legal(formula.letters, _PYTHON)
    sizes = formula.sizes
    body = _Python(names).body(formula, "    ")
    # a parameter without a default cannot follow one that has one
    ordered = sorted(formula.letters, key=sizes.__contains__)
    given = ", ".join(f"{names[n]}={sizes[n]}" if n in sizes else names[n] for n in ordered)
    first, *more = (line.replace("\\", "\\\\").replace('"', "'") for line in _said(formula, names))
    return "\n".join([
        *(["from math import gcd", "", ""] if "gcd(" in body else []),
        *([_ROUND_TO, "", ""] if "round_to(" in body else []),
        f"def {formula.quantity}({given}):",
        f'    """{first}',
        "",
        *(f"    {line}" for line in more),
        '    """',
        f"    return {body}",
    ])  # fmt: skip


def javascript(formula: Formula) -> str:
    """A function of JavaScript's, whole in itself: it takes an object of sizes and gives a BigInt."""
    names = legal(formula.letters, _JAVASCRIPT)
    sizes = formula.sizes
    body = _JavaScript(names).body(formula, "  ")
    parameters = [f"{names[n]} = {_literal(sizes[n])}" if n in sizes else names[n] for n in names]
    given = ", ".join([*parameters, "...others"])
    return "\n".join([
        *(f"// {line}" for line in _said(formula, names)),
        f"function {formula.quantity}({{ {given} }} = {{}}) {{",
        *(f"  {_HELPERS[name]}" for name in _needed(body)),
        "  for (const other in others) throw new RangeError(`no size here: ${other}`);",
        *(f"  {name} = whole({name});" for name in names.values()),
        f"  return {body};",
        "}",
    ])  # fmt: skip


def legal(letters: Iterable[str], words: frozenset[str]) -> dict[str, str]:
    """A name for each letter that is an identifier, no word of the language, and no other's."""
    letters = list(letters)
    found: dict[str, str] = {}
    for letter in letters:
        name = re.sub(r"[^A-Za-z0-9_]", "_", letter)
        name = f"_{name}" if name[:1].isdigit() else name
        while name in words or name in found.values() or (name != letter and name in letters):
            name += "_"
        found[letter] = name
    return found


def _literal(size: int) -> str:
    """A number of JavaScript's, as a BigInt where it would be rounded."""
    return f"{size}n" if size >= 2**53 else str(size)


def _said(formula: Formula, names: Mapping[str, str]) -> list[str]:
    """What is to be read above the code, in ASCII and without a line's end."""
    held = parseable(" and ".join(formula.valid))
    where = "" if formula.layer == "total" else f" of {formula.layer}"
    lines = [f"{formula.quantity}{where} in {formula.net.name}: {formula.about}."]
    lines.append(f"Valid when {held}." if held else "Valid for all whole sizes from 1.")
    lines += [f"{name} stands for {letter}." for letter, name in names.items() if name != letter]
    return [ascii(printable(line))[1:-1] for line in lines]


# sizes are quotients of whole numbers, so that nothing is rounded twice
_ROUND_TO = """def round_to(size, multiple, parts=1):
    rounded = max(multiple, (2 * size + multiple * parts) // (2 * multiple * parts) * multiple)
    return rounded + multiple if 10 * rounded * parts < 9 * size else rounded"""
# a number that is not whole, or that was rounded before it came here, is refused
_HELPERS = {
    "whole": """const whole = (n) => {
    if (typeof n !== "bigint" && !Number.isSafeInteger(n)) throw new RangeError(`no whole number: ${n}`);
    return BigInt(n);
  };""",
    # the quotient of two BigInts is cut towards 0
    "floor": "const floor = (a, b) => a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);",
    "ceil": "const ceil = (a, b) => -floor(-a, b);",
    "min": "const min = (...sizes) => sizes.reduce((a, b) => (b < a ? b : a));",
    "max": "const max = (...sizes) => sizes.reduce((a, b) => (b > a ? b : a));",
    "gcd": "const gcd = (a, b) => (b ? gcd(b, a % b) : a);",
    "round_to": """const round_to = (size, multiple, parts = 1n) => {
    const near = floor(2n * size + multiple * parts, 2n * multiple * parts) * multiple;
    const rounded = max(multiple, near);
    return 10n * rounded * parts < 9n * size ? rounded + multiple : rounded;
  };""",
}


def _needed(body: str) -> list[str]:
    """The helpers that a body calls, and those that they call."""
    called = {name for name in _HELPERS if f"{name}(" in body} | {"whole"}
    if "round_to" in called:
        called |= {"floor", "max"}
    return [name for name in _HELPERS if name in called or (name == "floor" and "ceil" in called)]


class _Code(Writer):
    """What programs have in common."""

    minus = "-"
    dot = " * "

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names

    def body(self, formula: Formula, indent: str) -> str:
        """The formula as an expression; what is not whole term by term is divided in the end."""
        if denominator(formula.flat) != (1, ONE):
            return self.divided(formula.flat)
        sums = [terms(part) for part in formula.sums]
        whole = self.joined(sums)
        if len(whole) <= _LONGEST:
            return whole
        first, *rest = self.signed(sums)
        lines = [self.negative(first[1]) if first[0] else first[1]]
        lines += [f"{'-' if minus else '+'} {bare}" for minus, bare in rest]
        inner = f"\n{indent}{indent}"
        return f"({inner}{inner.join(lines)}\n{indent})"

    def divided(self, parts: Terms) -> str:
        """A sum that is whole as a whole, though not term by term: it is divided in the end."""
        number, bases = denominator(parts)
        over = times(parts, Fraction(number), bases)
        return self.rounded(self.sum(over), self.product(Fraction(number), bases), loose=True, up=False)

    def inside(self, arg: Expr) -> str:
        parts = expanded(arg)
        return self.sum(parts) if denominator(parts) == (1, ONE) else self.divided(parts)

    def nearest(self, size: Expr, multiple: Expr) -> str:
        parts = expanded(size)
        number, bases = denominator(parts)
        args = [self.sum(times(parts, Fraction(number), bases)), self.inside(multiple)]
        below = self.product(Fraction(number), bases) if number > 1 or bases else ""
        return self.call("round_to", [*args, *filter(None, [below])])

    def opened(self, inner: Expr) -> Terms:
        """What stands in a floor, without brackets that may hide a quotient."""
        return expanded(inner)

    def number(self, n: int) -> str:
        return str(n)

    def letter(self, name: str) -> str:
        return self.names[name]

    def power(self, shown: str, exponent: int) -> str:
        return f"{shown} ** {self.number(exponent)}"

    def brackets(self, shown: str) -> str:
        return f"({shown})"

    def call(self, name: str, args: list[str]) -> str:
        return f"{name}({', '.join(args)})"


class _Python(_Code):
    def rounded(self, top: str, below: str, *, loose: bool, up: bool) -> str:
        if not below:
            return f"({top})"
        top = f"({top})" if loose or " " in top else top
        below = f"({below})" if " " in below else below
        return f"(-(-{top} // {below}))" if up else f"({top} // {below})"


class _JavaScript(_Code):
    def number(self, n: int) -> str:
        return f"{n}n"

    def rounded(self, top: str, below: str, *, loose: bool, up: bool) -> str:
        return f"{'ceil' if up else 'floor'}({top}, {below or '1n'})"

    def negative(self, bare: str) -> str:
        # a sign may not stand before a power
        return f"-{bare}" if bare[:1].isdigit() else f"-1n * {bare}"
