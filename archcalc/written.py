"""Numbers that remember how they were written: the world in which explanations are made.

SymPy would fold 3·5·5 + 1 to 76; here it stays as the formula says it, next to its value.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any

from archcalc.dims import register

if TYPE_CHECKING:
    from archcalc.dims import Dim, Truth

_SUM, _PRODUCT, _ATOM = 1, 2, 3  # how tightly an expression holds together


def commas(value: Any) -> str:
    """An int with thousands separated; anything else as it shows itself."""
    return f"{value:,}".replace("-", "−") if isinstance(value, int) else str(value)


class Written:
    """A value with the expression it came from: a number, a sum, a difference, a product, a quotient."""

    __slots__ = ("args", "op", "value")

    def __init__(self, value: int, op: str = "", args: tuple[Any, ...] = ()) -> None:
        self.value = value
        self.op = op
        self.args = args

    def __add__(self, other: Any) -> Written:
        return _make("+", self, other)

    def __radd__(self, other: Any) -> Written:
        # sum() starts at 0, which nobody would write down
        return self if other == 0 else _make("+", other, self)

    def __sub__(self, other: Any) -> Written:
        return _make("-", self, other)

    def __rsub__(self, other: Any) -> Written:
        return _make("-", other, self)

    def __mul__(self, other: Any) -> Written:
        return _make("*", self, other)

    def __rmul__(self, other: Any) -> Written:
        return _make("*", other, self)

    def __int__(self) -> int:
        return int(self.value)

    def __eq__(self, other: object) -> bool:
        return self.value == (other.value if isinstance(other, Written) else other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Written({self})"

    def __str__(self) -> str:
        return _text(self, fold=False)[0]

    def steps(self) -> list[str]:
        """The expression, the same with each quotient that is rounded shown, and the value."""
        texts = [str(self), _text(self, fold=True)[0], commas(self.value)]
        return [t for i, t in enumerate(texts) if i == 0 or t != texts[i - 1]]


def _make(op: str, a: Any, b: Any) -> Written:
    """The expression `a op b` with its value."""
    x, y = int(a), int(b)
    value = x + y if op == "+" else x - y if op == "-" else x * y
    return Written(value, op, (a, b))


def _text(node: Any, *, fold: bool) -> tuple[str, int]:
    """The expression as text and how tightly it holds; `fold` writes rounded quotients as decimals."""
    if not isinstance(node, Written) or not node.op:
        value = int(node)
        return commas(value), _ATOM if value >= 0 else _SUM
    if node.op in "+-":
        left, _ = _text(node.args[0], fold=fold)
        right = _held(node.args[1], _SUM if node.op == "+" else _PRODUCT, fold=fold)
        return f"{left} {'+' if node.op == '+' else '−'} {right}", _SUM
    if node.op == "*":
        left, right = (_held(arg, _PRODUCT, fold=fold) for arg in node.args)
        return f"{left}·{right}", _PRODUCT
    if node.op in {"min", "max", "gcd"}:
        inside = ", ".join(_text(arg, fold=fold)[0] for arg in node.args)
        return f"{node.op}({inside})", _ATOM
    return _quotient(node, fold=fold)


def _quotient(node: Written, *, fold: bool) -> tuple[str, int]:
    a, b = (int(arg) for arg in node.args)
    if a % b == 0:
        return f"{_held(node.args[0], _PRODUCT, fold=fold)}/{_held(node.args[1], _ATOM, fold=fold)}", _PRODUCT
    left, right = "⌊⌋" if node.op == "floor" else "⌈⌉"
    if fold:
        return f"{left}{_decimal(a, b)}{right}", _ATOM
    top = _held(node.args[0], _PRODUCT, fold=fold)
    return f"{left}{top}/{_held(node.args[1], _ATOM, fold=fold)}{right}", _ATOM


def _decimal(a: int, b: int) -> str:
    """a / b with two decimals at most, marked where it was cut."""
    whole, rest = divmod(100 * a, b)
    text = f"{whole // 100}.{whole % 100:02d}".rstrip("0").rstrip(".") if whole >= 0 else f"{whole / 100:g}"
    return text + ("…" if rest else "")


def _held(node: Any, tightness: int, *, fold: bool) -> str:
    """The text of a part, in parentheses where it would fall apart."""
    text, own = _text(node, fold=fold)
    return text if own >= tightness else f"({text})"


class _World:
    def floor_div(self, a: Dim, b: Dim) -> Written:
        return Written(int(a) // int(b), "floor", (a, b))  # type: ignore[call-overload]

    def ceil_div(self, a: Dim, b: Dim) -> Written:
        return Written(-(-int(a) // int(b)), "ceil", (a, b))  # type: ignore[call-overload]

    exact_div = floor_div

    def smallest(self, a: Dim, b: Dim) -> Written:
        return Written(min(int(a), int(b)), "min", (a, b))  # type: ignore[call-overload]

    def largest(self, a: Dim, b: Dim) -> Written:
        return Written(max(int(a), int(b)), "max", (a, b))  # type: ignore[call-overload]

    def gcd(self, a: Dim, b: Dim) -> Written:
        return Written(gcd(int(a), int(b)), "gcd", (a, b))  # type: ignore[call-overload]

    def at_least(self, a: Dim, b: Dim) -> Truth:
        return int(a) >= int(b)  # type: ignore[call-overload]

    def is_whole(self, size: Dim) -> Truth:
        return True

    def part(self, size: Dim) -> str:
        return str(size)

    def equal(self, a: Dim, b: Dim) -> Truth:
        return int(a) == int(b)  # type: ignore[call-overload]


register("archcalc.written", _World())
