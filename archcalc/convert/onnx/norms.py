"""Norms, of channels and of the last axes.

Source   the operators of the ONNX project, opsets 9 and later
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx.products import last_is_c
from archcalc.convert.onnx.reader import Unsaid
from archcalc.convert.onnx.values import Flow, unlike
from archcalc.convert.onnx.windows import maps

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader


def channels_named(reader: Reader, node: Node) -> Flow:
    """What a norm of channels reads: its second dimension is C."""
    flow = reader.flow(node.inputs[0])
    if len(flow.dims) < 2:
        raise Unsaid("a norm of a number alone")
    if flow.axes[1] == "C":
        return flow
    others = unlike(["C", *(axis or "" for axis in flow.axes[2:])])[1:]
    return reader.laid(node, flow, (None, "C", *(axis or None for axis in others)))


def batch_norm(reader: Reader, node: Node) -> None:
    """BatchNormalization."""
    flow = channels_named(reader, node)
    item = reader.put(node, "batch_norm", {}, flow)
    reader.shared(node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def instance_norm(reader: Reader, node: Node) -> None:
    """InstanceNormalization."""
    flow, _ = maps(reader, node)
    item = reader.put(node, "instance_norm", {"affine": True}, flow)
    reader.shared(node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def group_norm(reader: Reader, node: Node) -> None:
    """GroupNormalization."""
    flow = channels_named(reader, node)
    fields = {"num_groups": node.attributes.get("num_groups", 1)}
    if len(node.inputs) < 2:
        fields["affine"] = False
    item = reader.put(node, "group_norm", fields, flow)
    reader.shared(node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def layer_norm(reader: Reader, node: Node) -> None:
    """LayerNormalization and RMSNormalization, over the last axes."""
    flow = reader.flow(node.inputs[0])
    first = node.attributes.get("axis", -1)
    given = node.attributes.get("axes") or list(range(flow.place(first), len(flow.dims)))
    over = [flow.place(axis) for axis in given]
    if over == [len(flow.dims) - 1]:
        flow = last_is_c(reader, node, flow)
    names = [flow.axes[i] for i in over if 0 <= i < len(flow.dims)]
    if None in names or not names:
        raise Unsaid("a norm over the batch")
    fields: dict[str, Any] = {} if names == ["C"] else {"over": names}
    op = "rms_norm" if "RMS" in node.op or "Simplified" in node.op else "layer_norm"
    weight = reader.const(node, 1)
    if weight is None:
        fields["elementwise_affine"] = False
    elif op == "layer_norm" and reader.const(node, 2) is None:
        fields["bias"] = False
    item = reader.put(node, op, fields, flow)
    reader.shared(node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def local_response(reader: Reader, node: Node) -> None:
    """LRN."""
    flow, _ = maps(reader, node)
    fields = {"size": node.attributes.get("size", 5)}
    reader.same(node, "local_response_norm", fields, flow)


OPS: dict[str, Callable[[Reader, Node], None]] = {
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "GroupNormalization": group_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": layer_norm,
    "SimplifiedLayerNormalization": layer_norm,
    "LRN": local_response,
}
