"""Graph -> Analysis: every figure of every row, and the totals, each derived in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.collector import paused
from archcalc.dims import Shape, product, total
from archcalc.errors import MissingError, Problem, likely, quote
from archcalc.layer import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.dims import Dim
    from archcalc.graph import Graph, Node
    from archcalc.spec import Spec


NOTHING = Work()


class Row:
    """The figures of a layer, of a layer with what folds into it, or of the whole network.

    Units: params and fixed in scalars, connections in links, neurons in units, macs in
    multiply-accumulates, flops in floating-point operations; all for one example.
    """

    __slots__ = ("connections", "fixed", "input", "name", "neurons", "nodes", "output", "params", "work")

    def __init__(
        self,
        name: str,
        nodes: list[Node],
        params: Any = 0,
        fixed: Any = 0,
        connections: Any = 0,
        neurons: Any = 0,
        work: Work = NOTHING,
    ) -> None:
        self.name = name
        self.nodes = nodes
        self.input = nodes[0].x if nodes else Shape(())
        self.output = nodes[-1].y if nodes else Shape(())
        self.params = params
        self.fixed = fixed
        self.connections = connections
        self.neurons = neurons
        self.work = work

    @property
    def macs(self) -> Any:
        """Multiply-accumulates."""
        return self.work.mac

    @property
    def flops(self) -> Any:
        """Floating-point operations: 2 for each multiply-accumulate, 1 for each other."""
        return self.work.flops

    @property
    def op(self) -> str:
        """What one would say aloud: the layer, then its activation."""
        return ", ".join(label(node) for node in self.main)

    @property
    def main(self) -> list[Node]:
        """The nodes that the row is named by: without those that only re-arrange, unless alone."""
        return [node for node in self.nodes if not node.layer.rearranges] or self.nodes

    def __getitem__(self, quantity: str) -> Any:
        """A figure by its name."""
        return getattr(self, quantity)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row):
            return NotImplemented
        names = ("name", "op", "input", "output", "params", "fixed", "connections", "neurons", "work")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        figures = ", ".join(f"{q}={self[q]}" for q in ("params", "connections", "neurons", "macs", "flops"))
        return f"Row({self.name}: {self.op} -> {self.output!r}, {figures})"


def label(node: Node) -> str:
    """What one would say aloud of a node, frozen tensors included."""
    text = node.layer.label()
    if not node.trainable:
        names = list(node.layer.weights(*node.xs))
        text += f", fixed {names[0]}" if len(names) == 1 else ", fixed" if names else ""
    return text


def figures(node: Node) -> Row:
    """A node's figures, by its kind's formulas."""
    layer, xs, y = node.layer, node.xs, node.y
    params = layer.params(*xs)
    buffers = layer.buffers(*xs)
    fixed: Dim = total(product(shape) for shape in buffers.values()) if buffers else 0
    if not node.trainable:
        params, fixed = 0, params + fixed
    links, work = layer.connections(*xs, y=y), layer.work(*xs, y=y)
    return Row(node.name, [node], params, fixed, links, layer.neurons(y), work)


def add(name: str, rows: Iterable[Row]) -> Row:
    """The sum of rows, under a name."""
    work = Work()
    params: Dim = 0
    fixed: Dim = 0
    connections: Dim = 0
    neurons: Dim = 0
    nodes: list[Node] = []
    for row in rows:
        work = work.plus(row.work)
        params = params + row.params
        fixed = fixed + row.fixed
        connections = connections + row.connections
        neurons = neurons + row.neurons
        nodes += row.nodes
    return Row(name, nodes, params, fixed, connections, neurons, work)


class Analysis:
    """Every row in order, and the totals, which are sums of the rows."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        with paused():
            self.parts = {node.name: figures(node) for node in graph.nodes}
        grouped: dict[str, list[Row]] = {}
        for node in graph.nodes:
            grouped.setdefault(node.row, []).append(self.parts[node.name])
        self.rows = [add(name, parts) if len(parts) > 1 else parts[0] for name, parts in grouped.items()]
        self.by_name = {row.name: row for row in self.rows}
        self.total = add("total", self.rows)

    @property
    def spec(self) -> Spec:
        """What the author wrote."""
        return self.graph.spec

    @property
    def name(self) -> str:
        """The network's name."""
        return self.graph.spec.name

    @property
    def input(self) -> Shape:
        """The shape of one example."""
        return self.graph.input

    @property
    def output(self) -> Shape:
        """The shape of what the network gives for one example."""
        return self.graph.output

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Row:
        """The row called `name`, or of the folded layer called so.

        Raises MissingError with the likely spelling.
        """
        if name == "total":
            return self.total
        found = self.by_name.get(name) or self.parts.get(name)
        if found is not None:
            return found
        names = [row.name for row in self.rows]
        mend = likely(name, [*names, "total"])
        why = f"layers: {', '.join(names[:30])}{' …' if len(names) > 30 else ''}, and total"
        what = f"{quote(self.graph.spec.name)} has no layer {quote(name)}"
        raise MissingError(Problem(what, (why,), mend))

    def terms(self) -> dict[str, Dim]:
        """FLOPs beside the multiply-accumulates, by what does them, in the order met."""
        found: dict[str, Dim] = {}
        for node in self.graph.nodes:
            beside = self.parts[node.name].work.beside
            if not (type(beside) is int and beside == 0):
                term = node.layer.term()
                found[term] = found.get(term, 0) + beside
        return found
