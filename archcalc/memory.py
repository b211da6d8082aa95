"""Memory: bytes of weights, and the most that the activations of one example take at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import literally, product
from archcalc.errors import Problem, UsageError, likely, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis import Row
    from archcalc.dims import Dim
    from archcalc.graph import Graph, Node

BITS = {
    "float64": 64, "float32": 32, "float16": 16, "bfloat16": 16, "float8": 8, "int32": 32, "int16": 16,
    "int8": 8, "uint8": 8, "int4": 4,
}  # fmt: skip
ALIASES = {
    "double": "float64", "fp64": "float64", "float": "float32", "fp32": "float32", "single": "float32",
    "half": "float16", "fp16": "float16", "bf16": "bfloat16", "fp8": "float8", "i8": "int8", "u8": "uint8",
}  # fmt: skip
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
    last = {} if train else _last_read(graph)
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


def _last_read(graph: Graph) -> dict[str, int]:
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
    start, an output to the end. Raises UsageError where sizes are letters.
    """
    kind = dtype_of(dtype)
    owner, last = storages(graph), _last_read(graph)
    sizes = {name: _size(graph, name, kind) for name in {*owner.values()}}
    ends: dict[str, int] = {}
    for name, root in owner.items():
        ends[root] = max(ends.get(root, -1), last.get(name, -1))
    alive = dict.fromkeys(graph.inputs)
    found = []
    for i, node in enumerate(graph.nodes):
        own = owner[node.name]
        read = {owner[name]: None for name in node.inputs if name in owner}
        made = own not in alive
        alive[own] = None
        held = [root for root in alive if root not in read and root != own]
        readers = tuple(dict.fromkeys(_reader(graph, root, owner, i) for root in held))
        out = sizes[own] if made else 0
        found.append(
            Live(node.name, node.row, _sum(sizes, read), out, _sum(sizes, held), tuple(filter(None, readers)))
        )
        alive = {root: None for root in alive if ends.get(root, -1) > i}
    return found


def _size(graph: Graph, name: str, kind: Dtype) -> int:
    size = bytes_of(product(graph.shape(name) or ()), Dtype.of_input(graph, name, kind))
    if not isinstance(size, int):
        raise UsageError("a peak is the largest of many figures; set the sizes that are letters")
    return size


def _sum(sizes: Mapping[str, int], names: Iterable[str]) -> int:
    return sum(sizes[name] for name in names)


def _reader(graph: Graph, root: str, owner: Mapping[str, str], after: int) -> str:
    """The row that will read a tensor next."""
    for node in graph.nodes[after + 1 :]:
        if any(owner.get(name) == root for name in node.inputs):
            return node.row
    return ""


def peak(graph: Graph, dtype: str = "float32", names: Iterable[str] | None = None) -> Live:
    """The most that is in memory at once, and where; of some nodes alone where they are named."""
    wanted = None if names is None else set(names)
    found = [each for each in live(graph, dtype) if wanted is None or each.node in wanted]
    return max(found, key=lambda each: each.total, default=Live("", "", 0, 0, 0))


def moved(graph: Graph, row: Row, dtype: str = "float32") -> Any:
    """Bytes that a row reads and writes: what comes in from other rows, what it gives, its tensors.

    A tensor of another layer is read here too. An embedding reads a row of its table for each index.
    """
    kind = dtype_of(dtype)
    inside = {node.name for node in row.nodes}
    read: dict[str, Node] = {}
    stored: Dim = 0
    numbers: Dim = 0
    for node in row.nodes:
        read |= dict.fromkeys((name for name in node.inputs if name not in inside), node)
        layer = node.layer
        tensors = {**layer.weights(*node.xs), **layer.buffers(*node.xs)}
        one = product(node.y) if layer.looks_up and tensors and not layer.units else None
        stored = stored + (sum(product(s) for s in tensors.values()) if one is None else one)  # type: ignore[operator]
    of_inputs: Any = 0
    for name in read:
        of_inputs = of_inputs + bytes_of(
            product(graph.shape(name) or ()), Dtype.of_input(graph, name, kind)
        )
    read_later = {name for node in graph.nodes if node.name not in inside for name in node.inputs}
    for node in row.nodes:
        if node.name in read_later or node.name in graph.outputs.values():
            numbers = numbers + product(node.y)
    times = row.nodes[0].times if row.nodes else 1
    whole = of_inputs + bytes_of(numbers, kind) + bytes_of(stored, kind)
    return whole if literally(times, 1) else whole * times


def per_mac(graph: Graph, row: Row, dtype: str = "float32") -> Any:
    """Bytes moved for each multiply-accumulate, the inverse of arithmetic intensity; None without MACs."""
    from archcalc.window import ratio

    return None if literally(row.macs, 0) else ratio(moved(graph, row, dtype), row.macs)
