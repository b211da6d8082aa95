"""Ops that re-arrange, take parts, look up, and mean over axes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.draft import Item
from archcalc.convert.onnx.constants import reshaped, slices
from archcalc.convert.onnx.reader import Unsaid
from archcalc.convert.onnx.values import Const, Flow, unlike

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.draft import Source
    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader


def reshape(reader: Reader, node: Node) -> None:
    """Reshape."""
    flow = reader.flow(node.inputs[0])
    wanted = reader.known(node, 1) if len(node.inputs) > 1 else node.attributes.get("shape")
    if wanted is None:
        raise Unsaid("a shape that is computed")
    dims = reshaped(flow.dims, wanted, zero=bool(node.attributes.get("allowzero")))
    if dims is None:
        raise Unsaid(f"{flow.dims} cannot be {wanted}")
    reader.give(node, reader.counted(node, flow, dims))


def flatten(reader: Reader, node: Node) -> None:
    """Flatten: two dimensions, the batch and the rest."""
    flow = reader.flow(node.inputs[0])
    axis = flow.place(node.attributes.get("axis", 1))
    dims = [prod(flow.dims[:axis]), prod(flow.dims[axis:])]
    reader.give(node, reader.counted(node, flow, dims))


def transpose(reader: Reader, node: Node) -> None:
    """Transpose."""
    flow = reader.flow(node.inputs[0])
    perm = node.attributes.get("perm") or list(reversed(range(len(flow.dims))))
    if sorted(perm) != list(range(len(flow.dims))):
        raise Unsaid(f"an order {perm}")
    dims = tuple(flow.dims[i] for i in perm)
    axes = tuple(flow.axes[i] for i in perm)
    order = [axis for axis in axes if axis is not None]
    source = reader.permute(node, flow, order) if order else flow.source
    reader.give(node, Flow(source, dims, axes))


def unsqueeze(reader: Reader, node: Node) -> None:
    """Unsqueeze: dimensions of 1, which no layer has."""
    flow = reader.flow(node.inputs[0])
    given = node.attributes.get("axes") or reader.known(node, 1)
    if given is None:
        raise Unsaid("axes that are computed")
    rank = len(flow.dims) + len(given)
    dims, axes = list(flow.dims), list(flow.axes)
    for place in sorted(axis + rank if axis < 0 else axis for axis in given):
        dims.insert(place, 1)
        axes.insert(place, None)
    reader.give(node, Flow(flow.source, tuple(dims), tuple(axes)))


def squeeze(reader: Reader, node: Node) -> None:
    """Squeeze."""
    flow = reader.flow(node.inputs[0])
    given = node.attributes.get("axes") or reader.known(node, 1)
    places = (
        [flow.place(axis) for axis in given]
        if given
        else [i for i, size in enumerate(flow.dims) if size == 1]
    )
    if any(not 0 <= i < len(flow.dims) or flow.dims[i] != 1 for i in places):
        raise Unsaid("a dimension that is not 1")
    reader.give(node, without(reader, node, flow, places))


def without(reader: Reader, node: Node, flow: Flow, places: list[int]) -> Flow:
    """The same without some dimensions of 1."""
    axes = [None if i in places else axis for i, axis in enumerate(flow.axes)]
    if not any(axes):
        raise Unsaid("a number alone")
    flow = reader.laid(node, flow, axes)
    kept = [i for i in range(len(flow.dims)) if i not in places]
    return Flow(flow.source, tuple(flow.dims[i] for i in kept), tuple(flow.axes[i] for i in kept))


def concat(reader: Reader, node: Node) -> None:
    """Concat; a stored tensor among what flows is a parameter."""
    values = [reader.values[word] for word in node.inputs]
    model = next(value for value in values if isinstance(value, Flow))
    place = model.place(node.attributes.get("axis", 0))
    if not 0 <= place < len(model.dims):
        raise Unsaid("an axis that there is not")
    most = max((value for value in values if isinstance(value, Flow)), key=lambda flow: len(flow.named))
    axes = list(most.axes)
    if axes[place] is None:
        axes[place] = unlike([*most.named, "T" if "T" not in most.named else "N"])[-1]
    flows = []
    for value in values:
        flow = value
        if isinstance(flow, Const):
            if flow.dims is None or len(flow.dims) != len(axes):
                raise Unsaid("a constant of unknown shape among what flows")
            flow = reader.parameter(node, flow, axes)
        if len(flow.dims) != len(axes):
            raise Unsaid("unlike numbers of dimensions")
        flows.append(reader.laid(node, flow, axes))
    if len(flows) == 1:
        reader.give(node, flows[0])
        return
    axis = axes[place]
    item = reader.put(node, "concat", {} if axis == "C" else {"axis": axis}, *flows)
    total = sum(flow.dims[place] for flow in flows)
    reader.give(node, Flow(item, (*model.dims[:place], total, *model.dims[place + 1 :]), tuple(axes)))


def part(reader: Reader, node: Node, flow: Flow, place: int, start: int, stop: int, step: int = 1) -> Flow:
    """The places of one axis from one to before another."""
    size = flow.dims[place]
    if start == 0 and stop >= size and step == 1:
        return flow
    axis = flow.axes[place]
    if axis is None:
        raise Unsaid("part of the batch")
    if step < 1 or start >= stop:
        raise Unsaid(f"places from {start} to {stop} by {step}")
    fields: dict[str, Any] = {"axis": axis}
    if start:
        fields["start"] = start
    if stop < size:
        fields["stop"] = stop
    if step != 1:
        fields["step"] = step
    item = reader.put(node, "slice", fields, flow)
    taken = len(range(start, min(stop, size), step))
    return Flow(item, (*flow.dims[:place], taken, *flow.dims[place + 1 :]), flow.axes)


def slice_(reader: Reader, node: Node) -> None:
    """Slice."""
    flow = reader.flow(node.inputs[0])
    spans = slices(node, [reader.values[word] if word else None for word in node.inputs], flow.dims)
    if spans is None:
        raise Unsaid("places that are computed")
    for place, (start, stop, step) in spans.items():
        flow = part(reader, node, flow, place, start, stop, step)
    reader.give(node, flow)


def split(reader: Reader, node: Node) -> None:
    """Split: a slice for each part."""
    flow = reader.flow(node.inputs[0])
    place = flow.place(node.attributes.get("axis", 0))
    sizes = node.attributes.get("split") or reader.known(node, 1)
    if not 0 <= place < len(flow.dims):
        raise Unsaid("an axis that there is not")
    whole, count = flow.dims[place], len(node.outputs)
    if not sizes:
        each = -(-whole // count)
        sizes = [min(each, whole - i * each) for i in range(count)]
    if sum(sizes) != whole or len(sizes) != count:
        raise Unsaid(f"parts of {sizes} of {whole}")
    start = 0
    for output, size in enumerate(sizes):
        reader.give(node, part(reader, node, flow, place, start, start + size), output)
        start += size


def gather(reader: Reader, node: Node) -> None:
    """Gather: a row of a table for each index, one place of an axis, or some."""
    data, at = (reader.values[word] for word in node.inputs[:2])
    axis = node.attributes.get("axis", 0)
    if isinstance(data, Const):
        if isinstance(at, Const) or data.dims is None or len(data.dims) != 2 or axis:
            raise Unsaid("a look-up in a constant")
        embedding(reader, node, data, at)
        return
    place = data.place(axis)
    if not isinstance(at, Const) or not at.ints or at.dims is None or not 0 <= place < len(data.dims):
        raise Unsaid("places that are computed")
    if not at.dims:
        found = chosen(reader, node, data, place, at.ints[0])
    elif len(at.dims) == 1:
        found = some(reader, node, data, place, at.ints)
    elif at.ints == list(range(data.dims[place])):  # all, along other axes: as_strided is written so
        found = reader.counted(node, data, [*data.dims[:place], *at.dims, *data.dims[place + 1 :]])
    else:
        raise Unsaid("places along several axes")
    reader.give(node, found)


def some(reader: Reader, node: Node, flow: Flow, place: int, ints: list[int]) -> Flow:
    """Some places of an axis: one after another, or in any order."""
    if ints == list(range(ints[0], ints[0] + len(ints))) and ints[0] >= 0:
        return part(reader, node, flow, place, ints[0], ints[0] + len(ints))
    axis = flow.axes[place]
    if axis is None:
        if flow.dims[place] != 1 or not place:
            raise Unsaid("copies of the batch")
        axis = unlike([*flow.named, "G"])[-1]
        flow = reader.laid(node, flow, (*flow.axes[:place], axis, *flow.axes[place + 1 :]))
    item = reader.put(node, "gather", {"axis": axis, "count": len(ints)}, flow)
    return flow._replace(source=item, dims=(*flow.dims[:place], len(ints), *flow.dims[place + 1 :]))


def chosen(reader: Reader, node: Node, flow: Flow, place: int, index: int) -> Flow:
    """One place of an axis."""
    if flow.axes[place] is None or flow.dims[place] == 1:
        if flow.dims[place] != 1:
            raise Unsaid("one example of the batch")
        return without(reader, node, flow, [place])
    if len(flow.named) == 1:
        raise Unsaid("a number alone")
    item = reader.put(node, "select", {"axis": flow.axes[place], "index": index}, flow)
    kept = [i for i in range(len(flow.dims)) if i != place]
    return Flow(item, tuple(flow.dims[i] for i in kept), tuple(flow.axes[i] for i in kept))


def embedding(reader: Reader, node: Node, table: Const, at: Flow) -> None:
    """A row of a stored table for each index."""
    assert table.dims is not None
    if len(at.named) != 1:
        raise Unsaid("indices along several axes")
    at = reader.laid(node, at, tuple(axis and "T" for axis in at.axes))
    if at.reckoned and table.dims[0] < at.source.y[0]:  # a row for a kind of token, reckoned from tokens
        at = at._replace(source=index_input(at.source))
    elif at.reckoned:
        item = reader.put(
            node, "position_embedding", {"num_embeddings": table.dims[0], "embedding_dim": table.dims[1]}, at
        )
        reader.used(item, "weight", table)
        reader.give(node, Flow(item, (*at.dims, table.dims[1]), (*at.axes, "C")))
        return
    fields = {"num_embeddings": table.dims[0], "embedding_dim": table.dims[1]}
    item = reader.put(node, "embedding", fields, at)
    reader.used(item, "weight", table)
    reader.give(node, Flow(item, (*at.dims, table.dims[1]), (*at.axes, "C")))


def index_input(source: Source) -> Source:
    """The input that indices were reckoned from."""
    while isinstance(source, Item):
        source = source.reads[0]
    return source


def norm(reader: Reader, node: Node) -> None:
    """ReduceL2: the root of the sum of squares."""
    flow = reader.flow(node.inputs[0])
    reader.give(node, flow._replace(source=reader.put(node, "power", {"exponent": 2}, flow)))
    reader.values["\0"] = reader.values[node.outputs[0]]
    reduced(reader, node._replace(op="ReduceSum", inputs=("\0", *node.inputs[1:])))
    made = reader.flow(node.outputs[0])
    reader.give(node, made._replace(source=reader.put(node, "power", {"exponent": "1/2"}, made)))


def reduced(reader: Reader, node: Node) -> None:
    """ReduceMean, ReduceSum, ReduceMax and ReduceMin."""
    flow = reader.flow(node.inputs[0])
    given = node.attributes.get("axes")
    if given is None and len(node.inputs) > 1 and node.inputs[1]:
        given = reader.known(node, 1)
        if given is None:
            raise Unsaid("axes that are computed")
    places = sorted(flow.place(axis) for axis in given) if given else list(range(len(flow.dims)))
    gone = [flow.axes[i] for i in places if 0 <= i < len(flow.dims) and flow.axes[i] is not None]
    kept = [axis for axis in flow.named if axis not in gone]
    if any(flow.axes[i] is None and flow.dims[i] != 1 for i in places) or not kept:
        raise Unsaid("a mean over everything, or over the batch")
    source = flow.source
    if gone:
        source = pooled(reader, node, flow, [axis for axis in gone if axis], kept)
    keep = node.attributes.get("keepdims", 1)
    axes = [None if i in places else axis for i, axis in enumerate(flow.axes)]
    dims = [1 if i in places else size for i, size in enumerate(flow.dims)]
    if not keep:
        axes = [axis for i, axis in enumerate(axes) if i not in places]
        dims = [size for i, size in enumerate(dims) if i not in places]
    reader.give(node, Flow(source, tuple(dims), tuple(axes)))


_REDUCED = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "min"}


def pooled(reader: Reader, node: Node, flow: Flow, gone: list[str], kept: list[str]) -> Any:
    """A mean, a sum, or the largest or smallest over some axes: of all places of maps a global pool."""
    function = _REDUCED[node.op]
    if kept == ["C"] and flow.named == ("C", "H", "W") and function in ("mean", "max"):
        return reader.put(node, "global_avg_pool2d" if function == "mean" else "global_max_pool2d", {}, flow)
    fields: dict[str, Any] = {"over": gone if len(gone) > 1 else gone[0]}
    if function != "mean":
        fields["function"] = function
    return reader.put(node, "reduce", fields, flow)


def pad(reader: Reader, node: Node) -> None:
    """Pad, with a constant."""
    if node.attributes.get("mode", "constant") != "constant":
        raise Unsaid("padding by what is there")
    flow = reader.flow(node.inputs[0])
    cells = node.attributes.get("pads") or reader.known(node, 1)
    rank = len(flow.dims)
    if cells is None or len(cells) != 2 * rank:
        raise Unsaid("padding that is computed")
    around: dict[str, list[int]] = {}
    for i, axis in enumerate(flow.axes):
        both = [cells[i], cells[i + rank]]
        if min(both) < 0:
            raise Unsaid("padding that cuts off")
        if any(both):
            if axis is None:
                raise Unsaid("padding of the batch")
            around[axis] = both
    if not around:
        reader.give(node, flow)
        return
    item = reader.put(node, "pad", {"padding": around}, flow)
    sizes = dict(item.y.named())
    dims: tuple[Any, ...] = tuple(
        size if axis is None else sizes[axis] for size, axis in zip(flow.dims, flow.axes, strict=True)
    )
    reader.give(node, Flow(item, dims, flow.axes))


def resize(reader: Reader, node: Node) -> None:
    """Resize and Upsample, of maps."""
    flow = reader.flow(node.inputs[0])
    if len(flow.dims) != 4:
        raise Unsaid("a resize of other than maps")
    flow = reader.laid(node, flow, (None, "C", "H", "W"))
    mode = {"nearest": "nearest", "linear": "bilinear"}.get(node.attributes.get("mode", "nearest"))
    sizes = reader.known(node, 3)
    scales = reader.const(node, 1 if node.op == "Upsample" or len(node.inputs) == 2 else 2)
    height, width = flow.dims[2:]
    if sizes and len(sizes) == 4:
        wanted = sizes[2:]
    elif scales is not None and scales.data and len(scales.data) == 4:
        wanted = [int(height * scales.data[2]), int(width * scales.data[3])]
    else:
        raise Unsaid("a size that is computed")
    if mode is None:
        raise Unsaid(f"a resize that is {node.attributes.get('mode')}")
    if [height, width] == wanted:
        reader.give(node, flow)
        return
    whole = wanted[0] % height == 0 and wanted[1] % width == 0
    fields: dict[str, Any] = (
        {"scale_factor": [wanted[0] // height, wanted[1] // width]} if whole else {"size": wanted}
    )
    if mode == "bilinear":
        fields["mode"] = mode
    item = reader.put(node, "upsample", fields, flow)
    reader.give(node, Flow(item, (flow.dims[0], *item.y), (None, "C", "H", "W")))


def depth_to_space(reader: Reader, node: Node) -> None:
    """DepthToSpace and SpaceToDepth."""
    flow = reader.laid(node, reader.flow(node.inputs[0]), (None, "C", "H", "W"))
    size = node.attributes.get("blocksize", 1)
    if node.op == "DepthToSpace":
        item = reader.put(node, "pixel_shuffle", {"upscale_factor": size}, flow)
    else:
        item = reader.put(node, "pixel_unshuffle", {"downscale_factor": size}, flow)
    reader.give(node, Flow(item, (flow.dims[0], *item.y), (None, "C", "H", "W")))


def expand(reader: Reader, node: Node) -> None:
    """Expand, where it changes nothing, or what follows spreads it anyway."""
    from archcalc.convert.onnx.constants import broadcast

    flow = reader.flow(node.inputs[0])
    shape = reader.known(node, 1)
    dims = None if shape is None else broadcast(flow.dims, tuple(shape))
    if dims is None:
        raise Unsaid("a shape that is computed")
    if dims != flow.dims:
        copied(reader, node, flow, dims)
        return
    reader.give(node, flow)


def copied(reader: Reader, node: Node, flow: Flow, dims: tuple[int, ...]) -> None:
    """Copies along dimensions of 1."""
    more = len(dims) - len(flow.dims)
    flow = Flow(flow.source, (*[1] * more, *flow.dims), (*[None] * more, *flow.axes))
    for place, (size, whole) in enumerate(zip(flow.dims, dims, strict=True)):
        if size == whole:
            continue
        axes = list(flow.axes)
        if axes[place] is None:
            axes[place] = unlike([*flow.named, "G"])[-1]
        flow = reader.laid(node, flow, axes)
        axis = axes[place]
        item = reader.put(node, "tile", {"axis": axis, "times": whole}, flow)
        flow = Flow(item, (*flow.dims[:place], whole, *flow.dims[place + 1 :]), tuple(axes))
    reader.give(node, flow)


OPS: dict[str, Callable[[Reader, Node], None]] = {
    "Reshape": reshape,
    "Flatten": flatten,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Concat": concat,
    "Slice": slice_,
    "Split": split,
    "Gather": gather,
    **dict.fromkeys(_REDUCED, reduced),
    "ReduceL2": norm,
    "Pad": pad,
    "Resize": resize,
    "Upsample": resize,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": depth_to_space,
    "Expand": expand,
}
