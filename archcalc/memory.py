"""Memory: bytes of weights, and the most that the activations of one example take at once."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import literally, product, total
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.quantities import ALIASES, BITS
from archcalc.window import ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis import Row
    from archcalc.dims import Dim
    from archcalc.graph import Graph, Node

INDEX = 64  # bits of an index, such as a token's: int64, as PyTorch has them


class Dtype(NamedTuple):
    """A type of number: what it is called, and its bits."""

    name: str
    bits: int

    @staticmethod
    def of_input(graph: Graph, name: str, usual: Dtype) -> Dtype:
        """The type of a tensor: indices have one of their own."""
        return Dtype("int64", INDEX) if name in graph.indices else usual


def dtype_of(name: str) -> Dtype:
    """The dtype called so.

    Raises UsageError with those that there are.
    """
    word = ALIASES.get(name.lower(), name.lower())
    if word not in BITS:
        why = (f"dtypes: {', '.join(BITS)}",)
        raise UsageError(Problem(f"there is no dtype {quote(name)}", why, likely(word, [*BITS, *ALIASES])))
    return Dtype(word, BITS[word])


def bytes_of(scalars: Any, dtype: Dtype) -> Any:
    """Bytes of so many numbers; two of 4 bits share one."""
    from archcalc.dims import ceil_div

    if dtype.bits % 8:
        return ceil_div(scalars * dtype.bits, 8)
    return scalars * (dtype.bits // 8)


def weights(row: Row, dtype: str = "float32") -> Any:
    """Bytes of what a row, a block or a network stores: trained and fixed, a shared tensor once."""
    return bytes_of(row.params + row.fixed, dtype_of(dtype))


def storages(graph: Graph, *, train: bool = False) -> dict[str, str]:
    """For each tensor, by its node or input, the one in whose memory it lies.

    What only re-arranges is a view of its input. At inference an activation, a norm or a dropout
    writes over its input, where nothing else reads that any more.
    """
    found = {name: name for name in graph.inputs}
    last = {} if train else last_read(graph)
    root_last: dict[str, int] = {}
    for i, node in enumerate(graph.nodes):
        layer = node.layer
        root = found.get(node.inputs[0], "") if node.inputs else ""
        alone = len(node.inputs) == 1 and bool(root)
        # a view of a view keeps alive what the first one reads
        here = max(root_last.get(root, -1), last.get(root, -1))
        over = not train and layer.in_place and node.x == node.y and here <= i
        found[node.name] = root if alone and (layer.rearranges or over) else node.name
        if not train:
            kept = found[node.name]
            root_last[kept] = max(root_last.get(kept, -1), last.get(node.name, -1))
    return found


def last_read(graph: Graph) -> dict[str, int]:
    """The place of each tensor's last reader; behind the last node for what the network gives."""
    last: dict[str, int] = {}
    for i, node in enumerate(graph.nodes):
        for name in node.inputs:
            last[name] = i
    for name in graph.outputs.values():
        last[name] = len(graph.nodes)
    return last


class Live(NamedTuple):
    """What is in memory while a node runs, in bytes."""

    node: str
    row: str
    inputs: int
    output: int  # 0 where it is written over the input, or is a view of it
    held: int  # for a later node
    names: tuple[str, ...] = ()  # of what is held

    @property
    def total(self) -> int:
        """All of it."""
        return self.inputs + self.output + self.held

    def terms(self) -> str:
        """`18,432 in + 36,864 out`."""
        parts = [(self.inputs, "in"), (self.output, "out"), (self.held, "held")]
        text = " + ".join(f"{size:,} {word}" for size, word in parts if size) or "0"
        return f"{text} for {', '.join(self.names)}" if self.held and len(self.names) < 4 else text

    def __str__(self) -> str:
        return f"at {self.row}: {self.terms()}"


def live(graph: Graph, dtype: str = "float32") -> list[Live]:
    """What is in memory while each node runs, in the order of the nodes.

    A tensor lives from the node that makes it to its last reader, an input of the network from the
    start, an output to the end.
    """
    kind = dtype_of(dtype)
    owner, last = storages(graph), last_read(graph)
    sizes = {name: _size(graph, name, kind) for name in {*owner.values()}}
    ends: dict[str, int] = {}
    for name, root in owner.items():
        ends[root] = max(ends.get(root, -1), last.get(name, -1))
    read_by = _readers(graph, owner)
    alive = dict.fromkeys(graph.inputs)
    found = []
    for i, node in enumerate(graph.nodes):
        own = owner[node.name]
        read = {owner[name]: None for name in node.inputs if name in owner}
        made = own not in alive
        alive[own] = None
        held = [root for root in alive if root not in read and root != own]
        waiting = dict.fromkeys(_next(graph, read_by[root], i) for root in held if root in read_by)
        out = sizes[own] if made else 0
        found.append(
            Live(node.name, node.row, _sum(sizes, read), out, _sum(sizes, held), tuple(filter(None, waiting)))
        )
        alive = {root: None for root in alive if ends.get(root, -1) > i}
    return found


def _size(graph: Graph, name: str, kind: Dtype) -> Any:
    return bytes_of(product(graph.shape(name) or ()), Dtype.of_input(graph, name, kind))


def _sum(sizes: Mapping[str, int], names: Iterable[str]) -> int:
    return sum(sizes[name] for name in names)


def _readers(graph: Graph, owner: Mapping[str, str]) -> dict[str, list[int]]:
    """The places of the nodes that read each tensor."""
    found: dict[str, list[int]] = {}
    for i, node in enumerate(graph.nodes):
        for name in node.inputs:
            found.setdefault(owner.get(name, name), []).append(i)
    return found


def _next(graph: Graph, places: list[int], after: int) -> str:
    """The row that reads a tensor next; nothing where none does."""
    i = bisect_right(places, after)
    return graph.nodes[places[i]].row if i < len(places) else ""


def most(found: Iterable[Live]) -> Live:
    """Where the most is in memory; the first such place. Raises UsageError where sizes are letters."""
    found = list(found)
    if not all(type(each.total) is int or type(each.total).__name__ == "Interval" for each in found):
        raise UsageError("a peak is the largest of many figures; set the sizes that are letters")
    return max(found, key=lambda each: each.total, default=Live("", "", 0, 0, 0))


def peak(graph: Graph, dtype: str = "float32") -> Live:
    """The most that is in memory at once, and where."""
    return most(live(graph, dtype))


class Traffic:
    """Bytes that rows read and write: what comes in from other rows, what they give, their tensors.

    A tensor of another layer is read too. An embedding reads a row of its table for each index.
    """

    def __init__(self, graph: Graph, dtype: str = "float32") -> None:
        self.graph = graph
        self.dtype = dtype_of(dtype)
        self.readers: dict[str, list[str]] = {name: [""] for name in graph.outputs.values()}
        for node in graph.nodes:
            for name in node.inputs:
                self.readers.setdefault(name, []).append(node.name)

    def of(self, row: Row) -> Any:
        """Bytes moved by a row, or by a block."""
        own = {node.name for node in row.nodes}
        outside = dict.fromkeys(name for node in row.nodes for name in node.inputs if name not in own)
        parts = [self._bytes(name) for name in outside]
        parts += [
            self._bytes(node.name)
            for node in row.nodes
            if any(reader not in own for reader in self.readers.get(node.name, ()))
        ]
        parts += [bytes_of(_stored(node), self.dtype) for node in row.nodes]
        times = row.nodes[0].times if row.nodes else 1
        return total(parts) if literally(times, 1) else total(parts) * times

    def per_mac(self, row: Row) -> Any:
        """Bytes for each multiply-accumulate, the inverse of arithmetic intensity; None without MACs."""
        return None if row.macs is None or literally(row.macs, 0) else ratio(self.of(row), row.macs)

    def _bytes(self, name: str) -> Any:
        kind = Dtype.of_input(self.graph, name, self.dtype)
        return bytes_of(product(self.graph.shape(name) or ()), kind)


def _stored(node: Node) -> Dim:
    """Scalars of its tensors that a node reads."""
    layer = node.layer
    tensors = {**layer.weights(*node.xs), **layer.buffers(*node.xs)}
    if layer.looks_up and tensors and not layer.units:
        return product(node.y)
    return total(product(shape) for shape in tensors.values())
