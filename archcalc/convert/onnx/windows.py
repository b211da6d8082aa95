"""Windows over maps: convolutions and pools.

Source   the operators of the ONNX project, opsets 9 and later
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx.reader import Unsaid
from archcalc.convert.onnx.values import Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader

PLANE = {1: ("C", "T"), 2: ("C", "H", "W"), 3: ("C", "D", "H", "W")}


def maps(reader: Reader, node: Node, rank: int = 0) -> tuple[Flow, int]:
    """What a window looks at: channels first, and the axes of a plane."""
    flow = reader.flow(node.inputs[0])
    rank = rank or len(flow.dims) - 2
    if rank not in PLANE or len(flow.dims) != rank + 2:
        raise Unsaid(f"a window over {rank} axes")
    return reader.laid(node, flow, (None, *PLANE[rank])), rank


def pads(node: Node, rank: int) -> Any:
    """Cells around the maps, as the language writes them."""
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto == "SAME_UPPER":
        return "same"
    if auto == "SAME_LOWER":
        raise Unsaid("padding of more cells before than after")
    given = node.attributes.get("pads") if auto != "VALID" else None
    given = given or [0] * 2 * rank
    if len(given) != 2 * rank or any(cells < 0 for cells in given):
        raise Unsaid(f"pads {given}")
    return [[given[i], given[i + rank]] for i in range(rank)]


def per_axis(node: Node, name: str, rank: int, default: int = 1) -> list[int]:
    """A number for each axis of a plane."""
    found = node.attributes.get(name) or [default] * rank
    if len(found) != rank:
        raise Unsaid(f"{name} {found} for {rank} axes")
    return list(found)


def window(node: Node, rank: int, kernel: list[int]) -> dict[str, Any]:
    """Kernel, stride and padding of a window."""
    return {"kernel_size": kernel, "stride": per_axis(node, "strides", rank), "padding": pads(node, rank)}


def placed(flow: Flow, item: Any) -> Flow:
    """What a layer of maps gives."""
    return Flow(item, (flow.dims[0], *item.y), (None, *item.y.axes))


def conv(reader: Reader, node: Node) -> None:
    """Conv; one with a filter for each map on its own is depthwise."""
    weight = reader.const(node, 1)
    if weight is None or weight.dims is None or len(weight.dims) < 3:
        raise Unsaid("its weights are computed")
    flow, rank = maps(reader, node, len(weight.dims) - 2)
    bias = len(node.inputs) > 2 and bool(node.inputs[2])
    fields = {**window(node, rank, list(weight.dims[2:])), "bias": bias}
    dilation, groups = per_axis(node, "dilations", rank), node.attributes.get("group", 1)
    if set(dilation) != {1}:
        fields["dilation"] = dilation
    if 1 < groups == flow.dims[1] and rank < 3:
        op, each = f"depthwise_conv{rank}d", weight.dims[0] // groups
        if each != 1:
            fields["depth_multiplier"] = each
    else:
        op, fields = f"conv{rank}d", {"out_channels": weight.dims[0], **fields}
        if groups != 1:
            fields["groups"] = groups
    item = reader.put(node, op, fields, flow)
    if tuple(item.layer.weights(*item.xs)["weight"]) != weight.dims:
        raise Unsaid(f"its weights are {weight.dims}")
    told = bias and (weight.weight.startswith("onnx::Conv") or node.inputs[2] == f"{weight.weight}_bias")
    item.folded = node.folded or told
    reader.shared(node, item, ("weight", "bias"))
    reader.give(node, placed(flow, item))


def conv_transpose(reader: Reader, node: Node) -> None:
    """ConvTranspose."""
    weight = reader.const(node, 1)
    if weight is None or weight.dims is None or len(weight.dims) < 3:
        raise Unsaid("its weights are computed")
    flow, rank = maps(reader, node, len(weight.dims) - 2)
    if node.attributes.get("output_shape"):
        raise Unsaid("a transposed convolution to a given shape")
    groups = node.attributes.get("group", 1)
    fields = {
        "out_channels": weight.dims[1] * groups,
        **window(node, rank, list(weight.dims[2:])),
        "bias": len(node.inputs) > 2 and bool(node.inputs[2]),
        "groups": groups,
        "dilation": per_axis(node, "dilations", rank),
        "output_padding": per_axis(node, "output_padding", rank, 0),
    }
    item = reader.put(node, f"conv_transpose{rank}d", fields, flow)
    reader.shared(node, item, ("weight", "bias"))
    reader.give(node, placed(flow, item))


def pool(reader: Reader, node: Node) -> None:
    """MaxPool and AveragePool."""
    kernel = node.attributes.get("kernel_shape")
    if not isinstance(kernel, list):
        raise Unsaid("a pool without a window")
    flow, rank = maps(reader, node, len(kernel))
    if any(step != 1 for step in per_axis(node, "dilations", rank)):
        raise Unsaid("a pool with dilation")
    fields = window(node, rank, kernel)
    if fields["stride"] == kernel:
        del fields["stride"]
    if node.attributes.get("ceil_mode"):
        fields["ceil_mode"] = True
    op = "max_pool" if node.op == "MaxPool" else "avg_pool"
    if op == "avg_pool" and not node.attributes.get("count_include_pad", 0):
        fields["count_include_pad"] = False
    if fields["padding"] == [[0, 0]] * rank:
        del fields["padding"]
        fields.pop("count_include_pad", None)
    reader.give(node, placed(flow, reader.put(node, f"{op}{rank}d", fields, flow)))


def global_pool(reader: Reader, node: Node) -> None:
    """GlobalAveragePool and GlobalMaxPool."""
    flow, rank = maps(reader, node)
    op = "global_avg_pool" if "Average" in node.op else "global_max_pool"
    item = reader.put(node, f"{op}{rank}d", {}, flow)
    reader.give(node, Flow(item, (*flow.dims[:2], *[1] * rank), (None, "C", *[None] * rank)))


OPS: dict[str, Callable[[Reader, Node], None]] = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": pool,
    "AveragePool": pool,
    "GlobalAveragePool": global_pool,
    "GlobalMaxPool": global_pool,
}
