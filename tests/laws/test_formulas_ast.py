"""No formula branches on a size: `H % 3 == 0` is plain False on letters, and an `if` on an array raises.

Each method that states a figure is read as a syntax tree, with the methods of its own that it calls.
"""

import ast
import inspect
import textwrap

import pytest

import archcalc.layers  # noqa: F401  (declaring the kinds registers them)
from archcalc.layer import Layer
from archcalc.register import kinds
from archcalc.window import Axis

KINDS = {kind.op: kind for kind in kinds()}
STATED = ("output", "params", "weights", "buffers", "connections", "work", "requires", "unread", "neurons")
ARRANGE = {"window", "_axes"}  # choose between fields that are given and left out
ASKS = {"literally", "surely", "isinstance", "len", "type"}  # of how a layer is written, never of a size
WHOLE = {"min", "max", "int", "round", "abs", "divmod", "float", "bool"}  # break letters or arrays

# what is allowed although it looks like a decision about a size
ALLOWED = {
    ("table_rules", "max(max((reads for reads in table)))"): "a table holds ints in every world",
    ("table_rules", "max((max(reads) for reads in table))"): "a table holds ints in every world",
    ("table_rules", "max(reads)"): "a table holds ints in every world",
}


def plain_fields(kind):
    """Fields that hold no size: flags, numbers and those with a reader of their own."""
    sorts = {name: field.sort for name, field in getattr(kind, "fields", {}).items()}
    return {name for name, sort in sorts.items() if sort in {"flag", "number", "special"}} | {"ceil"}


class Reader(ast.NodeVisitor):
    """Collects what a method may not say, and the methods of its own that it calls."""

    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.found, self.calls = [], set()

    def complain(self, node):
        text = ast.unparse(node)
        if (self.name, text) not in ALLOWED:
            self.found.append(f"{self.kind.__name__}.{self.name}: {text}")

    def is_plain(self, node):  # noqa: PLR0911  (a row for each form of expression)
        """Whether a value is no size: a field without one, words, None, a question of writing."""
        match node:
            case ast.Constant(value=value):
                return value is None or isinstance(value, str | bool)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                own = plain_fields(self.kind)
                fixed = isinstance(getattr(self.kind, name, None), bool | str | float)
                return name in own or (fixed and name not in getattr(self.kind, "fields", {}))
            case ast.Call(func=ast.Name(id=name)):
                return name in ASKS
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.is_plain(operand)
            case ast.BoolOp(values=values):
                return all(self.is_plain(value) for value in values)
            case ast.Compare(left=left, ops=ops, comparators=right):
                if all(isinstance(op, ast.Is | ast.IsNot) for op in ops):
                    return True
                return any(self.is_plain(side) for side in (left, *right))
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return all(self.is_plain(part) for part in parts)
            case ast.Subscript(slice=ast.Slice()):
                return True  # a part of a shape: whether there are such axes
        return False

    def visit_Compare(self, node):
        if not self.is_plain(node):
            self.complain(node)
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        for value in node.values:
            if not self.is_plain(value):
                self.complain(node)
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.Not) and not self.is_plain(node.operand):
            self.complain(node)
        self.generic_visit(node)

    def visit_If(self, node):
        if not self.is_plain(node.test):
            self.complain(node.test)
        self.generic_visit(node)

    visit_IfExp = visit_If  # noqa: N815  (the names that ast calls)
    visit_While = visit_If  # noqa: N815

    def visit_comprehension(self, node):
        for test in node.ifs:
            if not self.is_plain(test):
                self.complain(test)
        self.generic_visit(node)

    def visit_BinOp(self, node):
        if isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
            self.complain(node)
        self.generic_visit(node)

    def visit_Call(self, node):
        match node.func:
            case ast.Name(id=name) if name in WHOLE:
                self.complain(node)
            case ast.Attribute(value=ast.Name(id="self") | ast.Call(func=ast.Name(id="super")), attr=name):
                self.calls.add(name)
        self.generic_visit(node)

    def visit_Lambda(self, node):
        """A sentence, made when a condition has failed on ints."""


def read(kind, method, name):
    """What a method says that it may not, and what else it calls."""
    reader = Reader(kind, name)
    function = method.fget if isinstance(method, property) else method
    reader.visit(ast.parse(textwrap.dedent(inspect.getsource(function))))
    return reader


def is_method(value):
    return inspect.isfunction(value) or isinstance(value, property)


def mistakes(kind, names):
    """What the formulas of a kind say that they may not, wherever in its family they stand."""
    found, waiting, seen = [], list(names), set(ARRANGE)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for cls in kind.__mro__:
            method = vars(cls).get(name)
            if cls.__module__.startswith("archcalc") and is_method(method):
                reader = read(kind, method, name)
                found += reader.found
                waiting += reader.calls
    return found


@pytest.mark.parametrize("op", KINDS)
def test_no_formula_decides_by_a_size(op):
    assert mistakes(KINDS[op], STATED) == []


def test_no_formula_of_a_window_decides_by_a_size():
    own = [name for name, value in vars(Axis).items() if is_method(value) and not name.startswith("_")]
    assert {"places", "span", "padded", "fits", "reaches_the_end", "pads"} <= set(own)
    assert mistakes(Axis, own) == []


WRONG = """
    return 0 if x[0] == 1 else x[0]
    return x[0] and y[0]
    return x[0] or 1
    return 1 if not x[0] else 2
    return min(x[0], 3)
    return max(x)
    return int(x[0])
    return x[0] // 2
    return x[0] / 2
    return x[0] ** 2
    return x[0] % 2
    return sum(size for size in x if size > 1)
    return self.kernel_size[0] != 1
    return 1 if self.out_channels else 2
"""


@pytest.mark.parametrize("line", WRONG.strip().splitlines())
def test_a_decision_by_a_size_is_refused(line):
    reader = Reader(KINDS["conv2d"], "connections")
    reader.visit(ast.parse("def connections(self, x, y):\n    " + line.strip()))
    assert reader.found


def test_every_method_that_states_a_figure_exists():
    assert all(hasattr(Layer, name) for name in STATED)
