"""Sizes as expressions of a class's own arguments: the author's, where they can be said in Python."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.expressions import ExpressionError, Scope, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_LONGEST = 60  # characters of an expression that is worth reading
ANY: Any = type("Any", (), {"__repr__": lambda _: "any"})()
"""The value in a use that does not have the layer: any will do."""


def alike(values: Sequence[Any]) -> bool:
    """Whether all uses have the same value, where they have one."""
    known = [value for value in values if value is not ANY]
    return all(value == known[0] and type(value) is type(known[0]) for value in known)


def some(values: Sequence[Any]) -> Any:
    """The first value that is one."""
    return next(value for value in values if value is not ANY)


def same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two have the same values in every use that has both."""
    pairs = zip(one, other, strict=True)
    return all(a is ANY or b is ANY or (a == b and type(a) is type(b)) for a, b in pairs)


class Term(NamedTuple):
    """A text of source, and what it comes to in each use of the class."""

    text: str
    values: tuple[Any, ...]


def translated(
    text: str, name: Callable[[str], str | None], axis: Callable[[str, str], str | None]
) -> str | None:
    """An author's expression as source: names and axes replaced; None where that cannot be said.

    The tree is read and written, and never run.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        spelled = _Spelling(name, axis).visit(tree)
        found = ast.unparse(ast.fix_missing_locations(spelled))
    except (SyntaxError, ValueError, RecursionError, MemoryError, _UnsaidError):
        return None
    return found if len(found) <= _LONGEST else None


def asking(text: object) -> tuple[str, list[tuple[str, str]]] | None:
    """An author's expression of nothing but axes: a template of their sizes, and which they are."""
    refs: list[tuple[str, str]] = []

    def axis(name: str, letter: str) -> str:
        refs.append((name, letter))
        return f"SIZE{len(refs) - 1}"

    found = translated(text, lambda _name: None, axis) if isinstance(text, str) else None
    if found is None or not refs or "{" in found:
        return None
    return re.sub(r"SIZE(\d+)", r"{\1}", found), refs


def holds(text: str, names: Mapping[str, Sequence[Any]], values: Sequence[Any]) -> bool:
    """Whether source of our own comes to the values in every use: found by our own evaluator."""
    for i, value in enumerate(values):
        if value is ANY:
            continue
        scope = Scope({name: each[i] for name, each in names.items()})
        try:
            found = evaluate(text, scope, None)
        except ExpressionError:
            return False
        if found != value or isinstance(found, bool) is not isinstance(value, bool):
            return False
    return True


class _UnsaidError(Exception):
    """Part of an expression has no counterpart."""


class _Spelling(ast.NodeTransformer):
    """Replaces names and axes; every other kind of node but those of arithmetic is refused."""

    _KEPT = (
        ast.BinOp,
        ast.UnaryOp,
        ast.Compare,
        ast.BoolOp,
        ast.operator,
        ast.unaryop,
        ast.cmpop,
        ast.boolop,
    )

    def __init__(self, name: Callable[[str], str | None], axis: Callable[[str, str], str | None]) -> None:
        self.name = name
        self.axis = axis

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node
        if not isinstance(node, self._KEPT):
            raise _UnsaidError
        return super().generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """`/` is exact, so that `//` says the same of what comes out whole."""
        if isinstance(node.op, ast.Div):
            node = ast.BinOp(node.left, ast.FloorDiv(), node.right)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The functions of the expression language: Python's, and one that is written into the file."""
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise _UnsaidError
        args = [self.visit(arg) for arg in node.args]
        if node.func.id in {"min", "max", "round_to"}:
            return ast.Call(ast.Name(node.func.id), args, [])
        if node.func.id == "ceil_div":
            down = ast.BinOp(ast.UnaryOp(ast.USub(), args[0]), ast.FloorDiv(), args[1])
            return ast.UnaryOp(ast.USub(), down)
        raise _UnsaidError

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._read(self.name(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if not isinstance(node.value, ast.Name):
            raise _UnsaidError
        return self._read(self.axis(node.value.id, node.attr))

    @staticmethod
    def _read(text: str | None) -> ast.AST:
        if text is None:
            raise _UnsaidError
        return ast.parse(text, mode="eval").body
