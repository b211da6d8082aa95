"""Expressions over sizes, evaluated by our own walker: exact, bounded, and never by `eval`.

`4*d`, `k // 2`, `round_to(width*32, 8)`, `s != 1 or input.C != out`. Numbers are exact: decimals
become fractions, `/` is exact division.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from operator import add, eq, ge, gt, le, lt, mul, ne, sub
from typing import TYPE_CHECKING, Any

from archcalc.dims import at_least, ceil_div, equal, floor_div, largest, smallest
from archcalc.errors import likely, quote

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from fractions import Fraction

    from archcalc.graph.choices import Choices

LONGEST = 500  # characters of an expression
_DIGITS = 40  # of a number
_BITS = 512  # of a result
_GUESSES = 20  # misspelt names that are looked up; a search among 10,000 names takes 0.1 s
_DEEPEST = 100  # levels, one inside another
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?(\d+))?\Z", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+\Z", re.ASCII)
_NAMES = re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z_][A-Za-z0-9_]*(\s*[.(])?", re.ASCII)
_TUPLE = re.compile(r"\(?\s*(\d+(?:\s*,\s*\d+)+)\s*,?\s*\)?\Z", re.ASCII)
_TIMES = re.compile(r"\d+(?:[x×]\d+)+\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
WORDS = frozenset(
    "and or not if else in is lambda True False None true false min max ceil_div round_to input output total"
    " as assert async await break class continue def del elif except finally for from global import nonlocal"
    " pass raise return try while with yield".split()
)
"""Words that mean something in an expression, and so cannot name a symbol."""


class ExpressionError(ValueError):
    """An expression that has no value: a short sentence, and the likely mend."""

    def __init__(self, sentence: str, fix: str = "") -> None:
        super().__init__(sentence)
        self.fix = fix


def is_name(text: str) -> bool:
    """Whether a symbol may bear this name."""
    return _NAME.match(text) is not None and text not in WORDS and len(text) <= _DIGITS


def names(text: str) -> list[str]:
    """The names of symbols that an expression uses, each once; none of its words, functions and layers."""
    found = (match[0] for match in _NAMES.finditer(text) if not match[1])
    return list(dict.fromkeys(name for name in found if is_name(name)))


def integer(text: str) -> int | None:
    """The whole number that the text is, in the digits 0 to 9 alone; None where it is not one."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= _DIGITS else None


def sizes(text: str) -> str:
    """The list of sizes that a tuple or `3x3` means, as `[3, 3]`; nothing where it is neither."""
    if match := _TUPLE.match(text):
        return f"[{', '.join(part.strip() for part in match[1].split(','))}]"
    return f"[{', '.join(re.split('[x×]', text))}]" if _TIMES.match(text) else ""


def whole(value: Any) -> Any:
    """The value, as an int where it is a whole fraction."""
    return value.numerator if getattr(value, "denominator", 0) == 1 else value


@lru_cache(maxsize=1024)
def number(text: str) -> int | Fraction | None:
    """The number that the text is, exactly; None where it is not one."""
    match = _NUMBER.match(text)
    if not match:
        return None
    if len(text) > _DIGITS:
        msg = f"a number of {len(text):,} characters; {_DIGITS} are allowed"
        raise ExpressionError(msg)
    if _INTEGER.match(text):
        return int(text)
    if match[4] and int(match[4]) >= 100:
        msg = f"{quote(text)} has an exponent of more than two digits"
        raise ExpressionError(msg)
    from fractions import Fraction

    value: int | Fraction = whole(Fraction(text))
    return value


def evaluate(
    text: str, names: Mapping[str, Any] | Scope, attribute: Callable[[str, str], Any] | None = None
) -> Any:
    """The value of an expression over `names`; `attribute("C1", "C")` answers for `C1.C`.

    Raises ExpressionError with a sentence that quotes the part at fault.
    """
    text = text.strip()
    value = number(text)
    if value is not None:
        return value
    if text in names:
        return names[text]
    return _Walker(text, names, attribute).value


@lru_cache(maxsize=256)
def _parsed(text: str) -> ast.expr:
    """The syntax of an expression; blocks have the same ones wherever they are used."""
    import ast
    import warnings

    if len(text) > LONGEST:
        msg = f"an expression of {len(text):,} characters; {LONGEST} are allowed"
        raise ExpressionError(msg)
    if not text.isascii():
        msg = f"{quote(text)} is not an expression: those are written in ASCII, digits 0 to 9"
        raise ExpressionError(msg, sizes(text))
    try:
        with warnings.catch_warnings():  # Python's advice on its own syntax is not for the author of a spec
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        msg = f"{quote(text)} is not an expression"
        raise ExpressionError(msg, sizes(text)) from None


class _Walker:
    """One evaluation: an allow-list of node types, everything else refused."""

    def __init__(
        self, text: str, names: Mapping[str, Any] | Scope, attribute: Callable[[str, str], Any] | None
    ) -> None:
        self.text = text
        self.names = names
        self.attribute = attribute
        self.depth = 0
        self.value = self.walk(_parsed(text))

    def source(self, node: ast.expr) -> str:
        """The part of the text that a node came from."""
        return self.text.splitlines()[node.lineno - 1][node.col_offset : node.end_col_offset]

    def refuse(self, node: ast.expr, why: str) -> ExpressionError:
        return ExpressionError(f"{quote(self.source(node))} {why}")

    def walk(self, node: ast.expr) -> Any:
        method = getattr(self, f"on_{type(node).__name__}", None)
        if method is None:
            error = self.refuse(node, "is not allowed in an expression")
            error.fix = sizes(self.text)
            raise error
        self.depth += 1
        if self.depth > _DEEPEST:
            msg = f"{quote(self.text)} is more than {_DEEPEST} levels deep"
            raise ExpressionError(msg)
        try:
            value = method(node)
        except (TypeError, ZeroDivisionError, OverflowError):
            raise self.refuse(node, "has no value: no letter and no truth can stand here") from None
        self.depth -= 1
        if type(value) is int and value.bit_length() <= _BITS:
            return value
        if _exact(value) and max(value.numerator.bit_length(), value.denominator.bit_length()) > _BITS:
            raise self.refuse(node, "is too large a number")
        if type(value).__module__.startswith("sympy"):
            from archcalc.symbolic.terms import is_readable

            if not is_readable(value, _BITS):
                raise self.refuse(node, "is too large a formula in letters")
        return value

    def on_Constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise self.refuse(node, "is not a number")
        value = number(self.source(node))
        if value is None:
            raise self.refuse(node, "is not a decimal number")
        return value

    def on_Name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in {"true", "false"}:
            return node.id == "true"
        known = ", ".join(islice(self.names, 12)) or "none"
        msg = f"unknown symbol {quote(node.id)} (symbols here: {known})"
        raise ExpressionError(msg, self.names.likely(node.id) if isinstance(self.names, Scope) else "")

    def on_Attribute(self, node: ast.Attribute) -> Any:
        import ast

        path: list[str] = []
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            path.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name) or self.attribute is None or (inner.id == "input" and path):
            raise self.refuse(node, "is not a layer's axis")
        return self.attribute(".".join([inner.id, *reversed(path)]), node.attr)

    def on_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.walk(node.operand)
        name = type(node.op).__name__
        if name == "USub":
            return -value
        if name == "Not":
            return not self.known(node.operand, value)
        raise self.refuse(node, "is not allowed in an expression")

    def on_BinOp(self, node: ast.BinOp) -> Any:
        name = type(node.op).__name__
        if name not in {"Add", "Sub", "Mult", "Div", "FloorDiv", "Mod"}:
            raise self.refuse(node, "is not allowed in an expression: + - * / // % are")
        a, b = self.walk(node.left), self.walk(node.right)
        if name in _ARITHMETIC:
            value = _ARITHMETIC[name](a, b)
            return value if type(value) is int else whole(value)
        if isinstance(b, int) and b == 0:
            raise self.refuse(node, "divides by zero")
        return self.divide(name, a, b)

    def divide(self, name: str, a: Any, b: Any) -> Any:
        if name == "FloorDiv":
            return a // b if _exact(a, b) else floor_div(a, b)
        if name == "Mod":
            return whole(a % b) if _exact(a, b) else a - b * floor_div(a, b)
        if isinstance(a, int) and isinstance(b, int):
            from fractions import Fraction

            return whole(Fraction(a, b))
        return whole(a / b)

    def on_Compare(self, node: ast.Compare) -> bool:
        parts = (node.left, *node.comparators)
        values = [self.walk(part) for part in parts]
        names = [type(op).__name__ for op in node.ops]
        if not _COMPARE.keys() >= set(names):
            raise self.refuse(node, "is not allowed in an expression")
        pairs = list(zip(names, values[:-1], values[1:], strict=True))
        choices = getattr(self.names, "choices", None)
        if choices is not None and not _exact(*values):
            return all(choices.compares(name, a, b) for name, a, b in pairs)
        truths = [_COMPARE[n](a, b) if _exact(a, b) else _of_letters(n, a, b) for n, a, b in pairs]
        if None in truths:  # it holds for some sizes and not for others
            for part, value in zip(parts, values, strict=True):
                self.known(part, value)
        return all(truths)

    def on_BoolOp(self, node: ast.BoolOp) -> bool:
        truths = (bool(self.known(part, self.walk(part))) for part in node.values)
        return all(truths) if type(node.op).__name__ == "And" else any(truths)  # no further than it takes

    def on_Call(self, node: ast.Call) -> Any:
        import ast

        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _FUNCTIONS or node.keywords:
            raise self.refuse(node, "is not allowed: the functions are min, max, ceil_div, round_to")
        if not 2 <= len(node.args) <= (8 if name in {"min", "max"} else 2):
            raise self.refuse(node, "has the wrong number of arguments")
        args = [self.walk(arg) for arg in node.args]
        if name in {"ceil_div", "round_to"} and _exact(args[1]) and args[1] <= 0:
            raise self.refuse(node, "divides by zero or less")
        return _FUNCTIONS[name](*args)

    def known(self, node: ast.expr, value: Any) -> Any:
        """The value of what a condition tests, which must not be free."""
        if isinstance(value, int) or _exact(value, 1):
            return value
        raise self.refuse(node, "decides structure, so it must have a value and cannot stay a letter")


def _of_letters(name: str, a: Any, b: Any) -> bool | None:
    """What a comparison says where it is the same for all letters, as of d and 4·d; None where it is not."""
    if name in {"Eq", "NotEq"}:
        truth = equal(a, b)
        return truth is (name == "Eq") if isinstance(truth, bool) else None
    more, less = at_least(a, b), at_least(b, a)
    truth = {"GtE": more, "LtE": less, "Lt": more, "Gt": less}[name]
    return truth is (name in {"GtE", "LtE"}) if isinstance(truth, bool) else None


_INTS = {int, bool}


def _exact(*values: Any) -> bool:
    """Whether all are ints or fractions."""
    if {*map(type, values)} <= _INTS:  # as nearly all are, and it is asked of every number
        return True
    return all(isinstance(v, int) or type(v).__name__ == "Fraction" for v in values)


def round_to(v: Any, multiple: Any) -> Any:
    """The nearest multiple of 8, say: at least 8, and one more where it fell below 90 % of v.

    Source: the channel rounding of MobileNet and EfficientNet (Sandler et al. 2018, released code).
    """
    if hasattr(v, "round_to"):
        return v.round_to(multiple)
    if not _exact(v, multiple):  # of a letter, which is rounded when it has a value
        from archcalc.symbolic import round_to as left_open

        return left_open(v, multiple)
    rounded = _FUNCTIONS["max"](multiple, (2 * v + multiple) // (2 * multiple) * multiple)
    return rounded + multiple if 10 * rounded < 9 * v else rounded


def _fold(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def over(first: Any, *rest: Any) -> Any:
        for value in rest:
            first = function(first, value)
        return first

    return over


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": _fold(lambda a, b: min(a, b) if _exact(a, b) else smallest(a, b)),
    "max": _fold(lambda a, b: max(a, b) if _exact(a, b) else largest(a, b)),
    "ceil_div": lambda a, b: -(-a // b) if _exact(a, b) else ceil_div(a, b),
    "round_to": round_to,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"Add": add, "Sub": sub, "Mult": mul}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Eq": eq,
    "NotEq": ne,
    "Lt": lt,
    "LtE": le,
    "Gt": gt,
    "GtE": ge,
}


class Scope:
    """What names mean where a layer stands: symbols, and the axes of layers above."""

    __slots__ = ("asked", "attribute", "choices", "guesses", "names", "used")

    def __init__(
        self, names: Mapping[str, Any] | None = None, attribute: Callable[[str, str], Any] | None = None
    ) -> None:
        self.names: Mapping[str, Any] = {} if names is None else names
        self.attribute = attribute
        self.used: set[str] = set()
        self.asked = 0  # how often a name was looked up
        self.guesses = _GUESSES
        self.choices: Choices | None = None  # what answers where a letter decides

    def value(self, given: Any) -> Any:
        """A text's value as an expression; anything else is a value already."""
        if type(given) is not str:
            return given
        if given in self.names:
            self.used.add(given)
            self.asked += 1
            return self.names[given]
        if given.isdigit() and len(given) < _DIGITS and given.isascii():
            return int(given)
        return evaluate(given, self, self.attribute)

    def likely(self, word: str, known: Iterable[str] | None = None) -> str:
        """The known name that this is a misspelling of, or nothing; past the first few nobody reads it."""
        if self.guesses == 0:
            return ""
        self.guesses -= 1
        return likely(word, self.names if known is None else known)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Any:
        self.used.add(name)
        self.asked += 1
        return self.names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)
