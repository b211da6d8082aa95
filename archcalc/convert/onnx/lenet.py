"""What LeNet-5 is made of, where it is written out: tanh, tables of maps, subsampling, distances."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.convert.onnx.values import Flow

if TYPE_CHECKING:
    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.patterns import Patterns
    from archcalc.convert.onnx.reader import Reader


def tanh(found: Patterns, node: Node) -> None:
    """A tanh between two constants: A·tanh(S·a)."""
    before, after = found.made(node.inputs[0], "Mul"), found.reader(node, "Mul")
    x, slope = _constant(found, before)
    _, amplitude = _constant(found, after)
    if after is not None and x and slope is not None and amplitude is not None:
        found.put(after, [before, node], "Tanh", (x,), slope=slope, amplitude=amplitude)


def _constant(found: Patterns, node: Node | None) -> tuple[str, Any]:
    """Of a product what is multiplied, and the one number that multiplies it; None where there is none."""
    if node is None or len(node.inputs) != 2:
        return "", None
    for x, other in (node.inputs, node.inputs[::-1]):
        if (number := found.number(other)) is not None:
            return x, number
    return "", None


def subsampling(found: Patterns, pool: Node) -> None:
    """The mean of a window, or its sum, times a coefficient for each map, plus a bias for each."""
    after = found.reader(pool, "Mul")
    inner: list[Node | None] = [pool]
    if after is not None and _constant(found, after)[1] is not None:  # a mean times its cells is a sum
        inner.append(after)
        after = found.reader(after, "Mul")
    plus = found.reader(after, "Add") if after is not None else None
    if after is None or plus is None:
        return
    coefficient, bias = _per_map(found, after, inner[-1]), _per_map(found, plus, after)
    if coefficient and bias:
        inputs = (pool.inputs[0], coefficient, bias)
        found.put(plus, [*inner, after], "Subsample", inputs, **pool.attributes)


def _per_map(found: Patterns, node: Node, before: Node | None) -> str:
    """The stored vector that a node lays along the maps of what stands before it, or nothing."""
    word = found.split(node, lambda word: before is not None and word == before.outputs[0]) or ""
    laid = found.made(word, "Unsqueeze")
    if laid is not None and found.axes(laid) == [1, 2]:
        word = laid.inputs[0]
        return word if word in found.graph.tensors and len(found.graph.tensors[word].dims) == 1 else ""
    dims = found.graph.tensors[word].dims if word in found.graph.tensors else ()
    return word if len(dims) == 3 and dims[1:] == (1, 1) else ""


def distances(found: Patterns, total: Node) -> None:
    """The sum of the squares of what a vector and each of some stored codes differ by."""
    square = found.made(total.inputs[0], "Mul")
    away = found.made(square.inputs[0], "Sub") if square is not None else None
    if square is None or away is None or square.inputs[0] != square.inputs[1]:
        return
    apart, codes = found.made(away.inputs[0], "Unsqueeze"), found.graph.tensors.get(away.inputs[1])
    if apart is None or codes is None or len(codes.dims) != 2 or found.axes(apart) != [1]:
        return
    if found.axes(total) in ([2], [-1]) and not total.attributes.get("keepdims", 1):
        found.put(total, [apart, away, square], "Rbf", (apart.inputs[0], away.inputs[1]))


def table(found: Patterns, node: Node) -> None:
    """Convolutions of copies of some maps, with parts of one tensor, end to end: one that goes by a table."""
    convs = [found.made(word, "Conv") for word in node.inputs] if node.op == "Concat" else [node]
    runs = [_run(found, conv) for conv in convs if conv is not None]
    whole = [run for run in runs if run is not None]
    if len(whole) < len(node.inputs if node.op == "Concat" else [node]):
        return
    x, weight, bias = whole[0].reads
    ends = [end for run in whole for end in (run.first, run.last)]
    tensor = found.graph.tensors.get(weight)
    joined = ends[::2] == [0, *ends[1:-1:2]] and tensor is not None and tensor.dims[0] == ends[-1]
    alike = all(run.reads == whole[0].reads and run.fields == whole[0].fields for run in whole)
    if not joined or not alike or (node.op == "Conv" and found.reader(node, "Concat") is not None):
        return
    reads = (x, weight, bias) if bias else (x, weight)
    inner = [part for run in whole for part in run.nodes]
    maps = [list(seen) for run in whole for seen in run.table]
    found.put(node, inner, "TableConv", reads, **whole[0].fields, table=maps)


class _Run(NamedTuple):
    """Output maps that see as many input maps: what they read, the part of the weights, who sees whom."""

    reads: tuple[str, str, str]
    first: int
    last: int
    table: list[list[int]]
    fields: dict[str, Any]
    nodes: list[Node]


def _run(found: Patterns, conv: Node) -> _Run | None:
    """One convolution of copies of maps; None where it is another."""
    copies, shaped = found.made(conv.inputs[0], "Gather"), found.made(conv.inputs[1], "Reshape")
    part = found.made(shaped.inputs[0], "Slice") if shaped is not None else None
    maps = found.whole(copies.inputs[1]) if copies is not None else None
    sizes = found.whole(shaped.inputs[1]) if shaped is not None else None
    if copies is None or shaped is None or part is None or not maps or not sizes or len(sizes) < 3:
        return None
    ends = [found.whole(word) for word in part.inputs[1:3]]
    count, seen = sizes[:2]
    groups = conv.attributes.get("group", 1)
    if copies.attributes.get("axis", 0) != 1 or groups != count or len(maps) != count * seen or None in ends:
        return None
    own = found.made(conv.inputs[2], "Slice") if len(conv.inputs) > 2 else None
    if (len(conv.inputs) > 2) != (own is not None):
        return None
    fields = {key: value for key, value in conv.attributes.items() if key != "group"}
    reads = (copies.inputs[0], part.inputs[0], own.inputs[0] if own is not None else "")
    rows = [maps[i : i + seen] for i in range(0, len(maps), seen)]
    (first, *_), (last, *_) = ends  # type: ignore[misc]  # none is None
    nodes = [copies, shaped, part, conv, *([own] if own is not None else [])]
    return _Run(reads, first, last, rows, fields, nodes)


# -- as layers


def by_table(reader: Reader, node: Node) -> None:
    """A convolution that goes by a table."""
    from archcalc.convert.onnx.reader import Unsaid
    from archcalc.convert.onnx.windows import maps, per_axis, placed, window

    weight = reader.const(node, 1)
    if weight is None or weight.dims is None:
        raise Unsaid("its weights are computed")
    flow, rank = maps(reader, node, len(weight.dims) - 1)
    seen = node.attributes["table"]
    fields = {"out_channels": len(seen), **window(node, rank, list(weight.dims[1:])), "table": seen}
    fields |= {"bias": len(node.inputs) > 2, "dilation": per_axis(node, "dilations", rank)}
    item = reader.put(node, f"conv{rank}d", fields, flow)
    reader.shared(node, item, ("weight", "bias"))
    reader.give(node, placed(flow, item))


def subsample(reader: Reader, node: Node) -> None:
    """Subsampling, of maps and without padding."""
    from archcalc.convert.onnx.reader import Unsaid
    from archcalc.convert.onnx.windows import maps, placed, window

    flow, rank = maps(reader, node, 2)
    kernel = node.attributes["kernel_shape"]
    fields = window(node, rank, kernel)
    padding = fields.pop("padding")
    tensors = [reader.const(node, place) for place in (1, 2)]
    sizes = [prod(const.dims) for const in tensors if const is not None and const.dims is not None]
    if padding != [[0, 0]] * rank or sizes != [flow.source.y[0]] * 2:
        raise Unsaid("subsampling with padding, or with other than a coefficient and a bias for each map")
    if fields["stride"] == kernel:
        del fields["stride"]
    item = reader.put(node, "subsample2d", fields, flow)
    reader.shared(node, item, ("coefficient", "bias"))
    reader.give(node, placed(flow, item))


def rbf(reader: Reader, node: Node) -> None:
    """Distances to codes."""
    from archcalc.convert.onnx.products import last_is_c
    from archcalc.convert.onnx.reader import Unsaid

    flow, codes = reader.flow(node.inputs[0]), reader.const(node, 1)
    flow = last_is_c(reader, node, flow)
    if codes is None or codes.dims is None or len(flow.dims) != 2 or flow.dims[1] != codes.dims[1]:
        raise Unsaid("distances to codes of another length")
    item = reader.put(node, "rbf", {"out_features": codes.dims[0]}, flow)
    reader.shared(node, item, ("codes",))
    reader.give(node, Flow(item, (flow.dims[0], codes.dims[0]), flow.axes))


OPS = {"Subsample": subsample, "Rbf": rbf, "TableConv": by_table}
