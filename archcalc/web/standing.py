"""A network in letters where they have their values: each size a number, and the formula that it came from.

So the formulas of kinds, which explanations run on numbers that remember how they were written, say
what in a derivation moves with the letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from archcalc.analysis import Analysis, Row
from archcalc.dims import Shape, literally
from archcalc.graph.values import Graph, Node
from archcalc.layer import Work

OPEN, CLOSE = "\ue000", "\ue001"
"""What stands around a place in a text; private characters, which no text of a spec keeps."""

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archcalc.layer import Layer
    from archcalc.web.letters import Lettered


class Standing(int):
    """A whole number with the formula that it is the value of."""

    formula: Any
    write: Callable[[Any], str]  # what stands for it in a text

    def __new__(cls, value: int, formula: Any, write: Callable[[Any], str]) -> Self:
        made = super().__new__(cls, value)
        made.formula, made.write = formula, write
        return made

    def __format__(self, spec: str) -> str:
        return self.write(self.formula)

    @property
    def plural(self) -> str:
        """What stands in a text for the s behind a word that it counts."""
        return self.write(self.formula).replace(OPEN, f"{OPEN}s")

    def __str__(self) -> str:
        return self.write(self.formula)

    __repr__ = __str__

    def __add__(self, other: Any) -> Any:
        return self._with(other, int.__add__, lambda a, b: a + b)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, int.__sub__, lambda a, b: a - b)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, int.__mul__, lambda a, b: a * b)

    def __rsub__(self, other: Any) -> Any:
        return self._with(other, int.__rsub__, lambda a, b: b - a)

    def __divmod__(self, other: Any) -> tuple[int, int]:
        each, rest = divmod(int(self), int(other))
        # what goes in without a rest here alone does not go in
        here_alone = self.formula - each * getattr(other, "formula", other) != 0
        return each, rest or int(here_alone)

    __radd__ = __add__
    __rmul__ = __mul__

    def _with(self, other: Any, reckon: Any, write: Any) -> Any:
        value = reckon(self, other)
        if value is NotImplemented:
            return value
        formula = write(self.formula, getattr(other, "formula", other))
        return Standing(value, formula, self.write)


def stand(own: Lettered, formula: Any, write: Callable[[Any], str]) -> Any:
    """A figure with its formula; what does not move, or is not defined, as it is."""
    from archcalc.symbolic import value

    if formula is None or isinstance(formula, int):
        return formula
    return Standing(value(formula, own.point), formula, write)


def plain(own: Lettered) -> Analysis:
    """The network where its letters have their values, in plain numbers."""
    return _stood(own.net, own.point, lambda value, _: value)


def standing(own: Lettered, write: Callable[[Any], str]) -> Analysis:
    """One copy of each layer where the letters have their values, in numbers with their formulas."""
    return _stood(_single(own.net), own.point, lambda value, formula: Standing(value, formula, write))


def _single(net: Analysis) -> Analysis:
    """A network without repeats: of copies that a letter counts there is one."""
    if all(literally(node.times, 1) for node in net.graph.nodes):
        return net
    graph = _copy(net.graph)
    for node in net.graph.nodes:
        graph.add(_node(node, node.layer, _same))
        graph.nodes[-1].times = graph.nodes[-1].held = 1
    return Analysis(graph)


def _same(size: Any) -> Any:
    return size


def _copy(graph: Graph) -> Graph:
    """A graph without its nodes."""
    made = Graph(graph.spec)
    made.__dict__.update({**graph.__dict__, "nodes": [], "by_name": {}})
    return made


def _stood(net: Analysis, point: Mapping[str, int], made: Callable[[int, Any], int]) -> Analysis:
    from archcalc.symbolic import value

    def at(size: Any) -> Any:
        if size is None or isinstance(size, int):
            return size
        return made(value(size, point), size)

    source, graph = net.graph, _copy(net.graph)
    graph.free = None
    graph.inputs = {name: _shape(shape, at) for name, shape in source.inputs.items()}
    graph.groups = {path: group._replace(copies=at(group.copies)) for path, group in source.groups.items()}
    layers: dict[int, Layer] = {}
    for node in source.nodes:
        layer = layers.setdefault(id(node.layer), node.layer.mapped(at))
        graph.add(_node(node, layer, at))
    parts = {name: _row(row, graph.by_name[name], at) for name, row in net.parts.items()}
    return Analysis(graph, parts)


def _shape(shape: Shape, at: Callable[[Any], Any]) -> Shape:
    return Shape(map(at, shape), shape.axes)


def _node(node: Node, layer: Layer, at: Callable[[Any], Any]) -> Node:
    made = Node(node.name, layer, node.inputs, tuple(_shape(x, at) for x in node.xs), _shape(node.y, at))
    made.row, made.trainable, made.entry = node.row, node.trainable, node.entry
    made.owner, made.ties = node.owner, node.ties
    made.times, made.held = at(node.times), at(node.held)
    return made


def _row(row: Row, node: Node, at: Callable[[Any], Any]) -> Row:
    params, fixed, links, neurons = (at(row[q]) for q in ("params", "fixed", "connections", "neurons"))
    work = Work(*map(at, row.work))
    return Row(row.name, [node], params, fixed, links, neurons, work, unknown=row.unknown)
