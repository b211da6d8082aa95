"""Graph -> Analysis: every figure of every row, and the totals, each derived in one place."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from archcalc import familiar
from archcalc.collector import paused
from archcalc.dims import Shape, literally, product, total
from archcalc.errors import MissingError, Problem, likely, quote
from archcalc.graph.values import ACTIVATION
from archcalc.layer import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archcalc.dims import Dim
    from archcalc.graph import Graph, Node
    from archcalc.spec import Spec


NOTHING = Work()


class Row:
    """The figures of a layer, of a layer with what folds into it, or of the whole network.

    Units: params and fixed in scalars, connections in links, neurons in units, macs in
    multiply-accumulates, flops in floating-point operations; all for one example.
    """

    __slots__ = (
        "connections", "fixed", "input", "name", "neurons", "nodes", "output", "params", "unknown", "work",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        nodes: list[Node],
        params: Any = 0,
        fixed: Any = 0,
        connections: Any = 0,
        neurons: Any = 0,
        work: Any = NOTHING,
        *,
        unknown: bool = False,
    ) -> None:
        self.name = name
        self.nodes = nodes
        self.input = nodes[0].xs[0] if nodes and nodes[0].xs else Shape(())
        self.output = nodes[-1].y if nodes else Shape(())
        self.params = params
        self.fixed = fixed
        self.connections = connections
        self.neurons = neurons
        self.work = work
        self.unknown = unknown  # whether nobody knows its MACs and FLOPs

    @property
    def macs(self) -> Any:
        """Multiply-accumulates; None where they are unknown."""
        return None if self.unknown else self.work.mac

    @property
    def flops(self) -> Any:
        """Floating-point operations: 2 for each multiply-accumulate, 1 for each other; None if unknown."""
        return None if self.unknown else self.work.flops

    @property
    def op(self) -> str:
        """What one would say aloud: the layer, then its activation."""
        return ", ".join(label(node) for node in self.main)

    @property
    def family(self) -> str:
        """What sort of layer it is, such as conv or pool."""
        return self.main[0].layer.family

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
    if node.owner and ACTIVATION not in node.name and node.layer.weights(*node.xs):
        text += f", tensors of {node.owner}"
    of = {tie.node for tie in node.ties.values()}
    whole = len(of) == 1 and all(word == tie.tensor for word, tie in node.ties.items())
    if whole and len(node.ties) > 1 and node.ties.keys() >= node.layer.weights(*node.xs).keys():
        return f"{text}, tensors of {of.pop()}"
    for word, tie in node.ties.items():
        text += f", {word} of {tie.node}"
    return text


class Stated(NamedTuple):
    """What a kind states of one layer, each figure asked for once."""

    params: Dim
    fixed: Dim
    connections: Dim | None
    neurons: Dim
    work: Work


def stated(node: Node) -> Stated:
    """What the kind of a node states of it, apart from how it stands in its network."""
    layer, xs, y = node.layer, node.xs, node.y
    buffers = layer.buffers(*xs)
    fixed: Dim = total(product(shape) for shape in buffers.values()) if buffers else 0
    return Stated(
        layer.params(*xs), fixed, layer.connections(*xs, y=y), layer.neurons(y), layer.work(*xs, y=y)
    )


def stored(node: Node, found: Stated) -> tuple[Dim, Dim]:
    """A node's own scalars, trained and not: tensors of other layers left out."""
    params, fixed = found.params, found.fixed
    if node.owner:
        return 0, 0
    if node.ties:
        params = _left(node.layer.weights(*node.xs), node)
        fixed = _left(node.layer.buffers(*node.xs), node)
    return (params, fixed) if node.trainable else (0, params + fixed)


def _left(tensors: Mapping[str, Shape], node: Node) -> Dim:
    """Scalars of tensors that are no other layer's."""
    return total(product(shape) for word, shape in tensors.items() if word not in node.ties)


def figures(node: Node, found: Stated) -> Row:
    """A node's figures: what its kind states, tensors of other layers left out."""
    params, fixed, links, neurons, work = found
    if node.owner or node.ties or not node.trainable:
        params, fixed = stored(node, found)
    if not literally(node.times, 1):
        params, fixed = params * node.held, fixed * node.held
        links = links if links is None else links * node.times
        neurons, work = neurons * node.times, work.times(node.times)
    unknown = node.layer.has_unknown_work()
    return Row(node.name, [node], params, fixed, links, neurons, work, unknown=unknown)


def add(name: str, rows: Iterable[Row]) -> Row:
    """The sum of rows, under a name."""
    rows = list(rows)
    defined = [row.connections for row in rows if row.connections is not None]
    connections: Dim | None = total(defined)
    if len(defined) < len(rows) and literally(connections, 0):
        connections = None
    work = type(rows[0].work)(*map(_sum, zip(*[row.work for row in rows], strict=True))) if rows else NOTHING
    nodes = [node for row in rows for node in row.nodes]
    params, fixed = _sum([row.params for row in rows]), _sum([row.fixed for row in rows])
    neurons = _sum([row.neurons for row in rows])
    unknown = any(row.unknown for row in rows) and all(part is None or literally(part, 0) for part in work)
    return Row(name, nodes, params, fixed, connections, neurons, work, unknown=unknown)


def _sum(figures: Sequence[Dim | None]) -> Dim | None:
    """The sum of figures, all at once; None where one of them is not counted."""
    if NoneType in map(type, figures):
        return None
    return total(cast("Sequence[Dim]", figures))


def _parts(graph: Graph) -> dict[str, Row]:
    """Every node's figures; what is alike, as the copies of a block are, is asked for once."""
    known: dict[Any, Stated] = {}
    parts = {}
    for node in graph.nodes:
        layer, xs = node.layer, node.xs
        found = familiar.recall("states", layer, xs) if graph.plain else known.get(familiar.alike(layer, xs))
        if found is None:
            found = stated(node)
            if graph.plain:
                familiar.remember("states", layer, xs, found)
            else:
                known[familiar.alike(layer, xs)] = found
        parts[node.name] = figures(node, found)
    return parts


def _grouped(nodes: Iterable[Node], parts: dict[str, Row]) -> dict[str, list[Row]]:
    """Figures by row, in the order of the layers that the rows are named after."""
    grouped: dict[str, list[Row]] = {}
    early: dict[str, list[Row]] = {}  # what re-arranges for a layer that comes later
    for node in nodes:
        part = parts[node.name]
        if node.row in grouped:
            grouped[node.row].append(part)
        elif node.row == node.name:
            grouped[node.row] = [*early.pop(node.row, ()), part]
        else:
            early.setdefault(node.row, []).append(part)
    return grouped


class Analysis:
    """Every row in order, and the totals, which are sums of the rows."""

    convention: Any = None  # the way of counting, where it is not the reference rule

    def __init__(self, graph: Graph, parts: dict[str, Row] | None = None) -> None:
        self.graph = graph
        with paused():
            self.parts = _parts(graph) if parts is None else parts
            self.rows = [
                add(name, parts) if len(parts) > 1 else parts[0]
                for name, parts in _grouped(graph.nodes, self.parts).items()
            ]
        self.by_name = {row.name: row for row in self.rows}
        self.total = add("total", self.rows)
        self.total.unknown = False  # it is a sum of what is known

    @property
    def reference(self) -> Analysis:
        """The same network by the reference rule."""
        return self

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
        if name in self.graph.groups:
            return self.group(name)
        names = [row.name for row in self.rows]
        mend = likely(name, [*names, "total"])
        why = f"layers: {', '.join(names[:30])}{' …' if len(names) > 30 else ''}, and total"
        what = f"{quote(self.graph.spec.name)} has no layer {quote(name)}"
        raise MissingError(Problem(what, (why,), mend))

    def group(self, path: str) -> Row:
        """A block, or a repeated layer: the sum of what stands under its path, the output of its last."""
        row = add(path, [self.parts[node.name] for node in self.graph.within(path)])
        shape = self.graph.shape(self.graph.groups[path].node)
        if shape is not None:
            row.output = shape
        return row

    def terms(self) -> dict[str, Dim]:
        """FLOPs beside the multiply-accumulates, by what does them, in the order met."""
        found: dict[str, Dim] = {}
        for node in self.graph.nodes:
            beside = self.parts[node.name].work.beside
            if not (type(beside) is int and beside == 0):
                term = node.layer.term()
                found[term] = found.get(term, 0) + beside
        return found
