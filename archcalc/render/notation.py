"""The house's notation read, and written as LaTeX and MathML: `⌊(224 − 7 + 2·3)/2⌋ + 1  =  112`.

Only sums, products, quotients, powers, roundings, names and numbers are read, by a reader of our own. What is
none of these, such as a remark, stays text.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from archcalc.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?…?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*(?:[ '][A-Za-z]+)*)|(?P<sign>[-+−·/()⌊⌋⌈⌉,²³^]))"
)
_CLOSED = {"(": ")", "⌊": "⌋", "⌈": "⌉"}
_POWERS = {"²": "2", "³": "3"}
_DEEPEST = 50  # brackets one inside another
Tree = Any
"""A number or a name as text with its kind, or an operation with its parts."""


class _UnreadError(ValueError):
    """A text that is no formula."""


class _Reader:
    """One formula, token by token."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    def whole(self) -> Tree:
        tree = self.sum()
        if self.at < len(self.tokens):
            raise _UnreadError
        return tree

    def next(self, *signs: str) -> str:
        """The next token if it is one of these signs; else nothing, and it stays."""
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind == "sign" and text in signs:
            self.at += 1
            return text
        return ""

    def sum(self) -> Tree:
        parts: list[Tree] = [("minus", self.product())] if self.next("−", "-") else [self.product()]
        while sign := self.next("+", "−", "-"):
            parts += ["+" if sign == "+" else "−", self.product()]
        return ("sum", parts) if len(parts) > 1 else parts[0]

    def product(self) -> Tree:
        parts = [self.factor()]
        while sign := self.next("·", "/"):
            right = self.factor()
            if sign == "·":
                parts.append(right)
            else:
                above = ("product", parts) if len(parts) > 1 else parts[0]
                parts = [("over", _bare(above), _bare(right))]
        return ("product", parts) if len(parts) > 1 else parts[0]

    def factor(self) -> Tree:
        tree = self.atom()
        while sign := self.next("²", "³", "^"):
            tree = ("power", tree, self.atom() if sign == "^" else ("number", _POWERS[sign]))
        return tree

    def atom(self) -> Tree:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "number":
            following = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
            if following[0] == "name" and len(following[1]) == 1 and following[1].isupper():
                self.at += 1  # 2P, as textbooks write 2·P
                return ("product", [("number", text), ("name", following[1])])
            return ("number", text)
        if kind == "name":
            return ("call", text, self.inside(")")) if self.next("(") else ("name", text)
        if text in _CLOSED:
            return ("held", text, self.inside(_CLOSED[text])[0], _CLOSED[text])
        raise _UnreadError

    def inside(self, end: str) -> list[Tree]:
        """What stands up to a closing bracket, its parts apart."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnreadError
        parts = [self.sum()]
        while self.next(","):
            parts.append(self.sum())
        if not self.next(end):
            raise _UnreadError
        self.depth -= 1
        return parts


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _UnreadError
        at = match.end()
        yield match.lastgroup or "", match[match.lastgroup or 0]


def _bare(tree: Tree) -> Tree:
    """What a line of a fraction holds together without its brackets."""
    return tree[2] if tree[0] == "held" and tree[1] == "(" else tree


def read(text: str) -> Tree | None:
    """The formula in a text; None where it is none."""
    try:
        return _Reader(text).whole()
    except _UnreadError:
        return None


# -- LaTeX

_ENDS = {"(": r"\left(", ")": r"\right)", "⌊": r"\left\lfloor ", "⌋": r" \right\rfloor",
         "⌈": r"\left\lceil ", "⌉": r" \right\rceil"}  # fmt: skip


_SIGNS = {"+": "+", "−": "-"}
_PLAIN = re.compile(r"[A-Za-z0-9 ,.:;'()-]+")


def latex(text: str) -> str:
    """A chain of equals in LaTeX's mathematics, without the dollars; nothing where it is a remark."""
    parts = text.split("  =  ")
    trees = [read(part) for part in parts]
    if trees == [None] or any(
        tree is None and not _PLAIN.fullmatch(part) for part, tree in zip(parts, trees, strict=True)
    ):
        return ""
    written = (_latex(tree) if tree else rf"\text{{{part}}}" for part, tree in zip(parts, trees, strict=True))
    return " = ".join(written)


def _latex(tree: Tree) -> str:
    kind, *rest = tree
    return _IN_LATEX[kind](*rest)


def _literal(name: str) -> str:
    return name.replace("_", r"\_")


_IN_LATEX: dict[str, Callable[..., str]] = {
    "number": lambda text: text.replace(",", "{,}").replace("…", r"\ldots"),
    "name": lambda text: text if len(text) == 1 else rf"\text{{{_literal(text)}}}",
    "power": lambda base, power: f"{{{_latex(base)}}}^{{{_latex(power)}}}",
    "call": lambda name, parts: rf"\operatorname{{{name}}}\left({', '.join(map(_latex, parts))}\right)",
    "held": lambda start, tree, end: f"{_ENDS[start]}{_latex(tree)}{_ENDS[end]}",
    "over": lambda above, below: rf"\frac{{{_latex(above)}}}{{{_latex(below)}}}",
    "minus": lambda tree: f"-{_latex(tree)}",
    "product": lambda parts: r" \cdot ".join(map(_latex, parts)),
    "sum": lambda parts: " ".join(_SIGNS[p] if isinstance(p, str) else _latex(p) for p in parts),
}
# -- MathML


def mathml(text: str) -> str:
    """A chain of equals as a `math` element; what is no formula as text in it, a remark as text alone."""
    parts = text.split("  =  ")
    trees = [read(part) for part in parts]
    if trees == [None]:
        return _text(text)
    written = (
        _mathml(tree) if tree else f"<mtext>{_text(part)}</mtext>"
        for part, tree in zip(parts, trees, strict=True)
    )
    row = f"<mrow>{_sign('=').join(written)}</mrow>"
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" displaystyle="true">{row}</math>'


def _mathml(tree: Tree) -> str:
    kind, *rest = tree
    return _IN_MATHML[kind](*rest)


_IN_MATHML: dict[str, Callable[..., str]] = {
    "number": lambda text: f"<mn>{_text(text)}</mn>",
    # mtext counts as a space: one sign between two of them would keep its own room outside of both
    "name": lambda text: f"<mi>{_text(text)}</mi>",
    "power": lambda base, power: f"<msup>{_row(base)}{_row(power)}</msup>",
    "call": lambda name, parts: f"<mi>{_text(name)}</mi>{_sign('(')}{_listed(parts)}{_sign(')')}",
    "held": lambda start, tree, end: f"<mrow>{_sign(start)}{_mathml(tree)}{_sign(end)}</mrow>",
    "over": lambda above, below: f"<mfrac>{_row(above)}{_row(below)}</mfrac>",
    "minus": lambda tree: _sign("−") + _mathml(tree),
    "product": lambda parts: _sign("·").join(map(_mathml, parts)),
    "sum": lambda parts: "".join(_sign(p) if isinstance(p, str) else _mathml(p) for p in parts),
}


def _listed(parts: list[Tree]) -> str:
    return _sign(",").join(map(_mathml, parts))


def _row(tree: Tree) -> str:
    return f"<mrow>{_mathml(tree)}</mrow>"


def _sign(sign: str) -> str:
    return f"<mo>{sign}</mo>"


def _text(text: str) -> str:
    return escape(printable(text))
