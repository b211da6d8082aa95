"""Activations.

Source   the operators of the ONNX project, opsets 9 and later
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx import joins
from archcalc.convert.onnx.norms import channels_named
from archcalc.convert.onnx.reader import Unsaid

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader
    from archcalc.convert.onnx.values import Flow

_SAME = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Mish": "mish",
    "HardSwish": "hard_swish",
    "HardSigmoid": "hard_sigmoid",
    "Selu": "selu",
    "Swish": "silu",
    "Dropout": "dropout",
}


def activation(reader: Reader, node: Node) -> None:
    """An activation without fields, but for a tanh between two constants."""
    given = node.attributes if node.op == "Tanh" else {}
    fields: dict[str, Any] = {key: f"{given[key]:.6g}" for key in ("slope", "amplitude") if key in given}
    reader.same(node, _SAME[node.op], fields, reader.flow(node.inputs[0]))


def sloped(reader: Reader, node: Node) -> None:
    """LeakyRelu, Elu and Celu."""
    op, field, default = {
        "LeakyRelu": ("leaky_relu", "negative_slope", 0.01),
        "Elu": ("elu", "alpha", 1.0),
        "Celu": ("celu", "alpha", 1.0),
    }[node.op]
    alpha = node.attributes.get("alpha", default)
    fields = {} if abs(alpha - default) < 1e-6 else {field: f"{alpha:.6g}"}
    reader.same(node, op, fields, reader.flow(node.inputs[0]))


def gelu(reader: Reader, node: Node) -> None:
    """Gelu."""
    fields = {"approximate": "tanh"} if node.attributes.get("approximate") == "tanh" else {}
    reader.same(node, "gelu", fields, reader.flow(node.inputs[0]))


def clip(reader: Reader, node: Node) -> None:
    """Clip: relu6, or a straight line that is cut off."""
    low, high = node.attributes.get("min"), node.attributes.get("max")
    if len(node.inputs) > 1:
        found = [const.scalar if (const := reader.const(node, i)) else None for i in (1, 2)]
        low, high = found
    flow = reader.flow(node.inputs[0])
    if low == 0 and high == 6:
        reader.same(node, "relu6", {}, flow)
    elif low == 0 and (high is None or high > 1e30):
        reader.same(node, "relu", {}, flow)
    elif low is None or high is None or low >= high:
        limited(reader, node, flow, low, high)
    else:
        reader.same(node, "hard_tanh", {"min_val": f"{low:.6g}", "max_val": f"{high:.6g}"}, flow)


def limited(reader: Reader, node: Node, flow: Flow, low: Any, high: Any) -> None:
    """A limit on one side: the larger or the smaller of a number and a constant."""
    if (low is None) == (high is None):
        raise Unsaid("a clip between limits that are computed")
    scope, _ = reader.scopes.of(node)
    fields = {"shape": dict.fromkeys(flow.named, 1), "value": joins.exact(high if low is None else low)}
    limit = reader.out.add(scope, "constant", fields, word="limit")
    item = reader.put(node, "minimum" if low is None else "maximum", {}, flow, limit)
    reader.give(node, flow._replace(source=item))


def prelu(reader: Reader, node: Node) -> None:
    """PRelu: one slope for each channel, or one for all."""
    flow = channels_named(reader, node)
    slope = reader.const(node, 1)
    if slope is None or slope.dims is None:
        raise Unsaid("its slopes are computed")
    fields = {"num_parameters": prod(slope.dims)}
    item = reader.put(node, "prelu", fields, flow)
    if prod(item.layer.weights(*item.xs)["weight"]) != prod(slope.dims):
        raise Unsaid(f"slopes of {slope.dims}")
    reader.shared(node, item, ("weight",))
    reader.give(node, flow._replace(source=item))


def softmax(reader: Reader, node: Node) -> None:
    """Softmax and LogSoftmax; before opset 13 over all axes from one on, which the others here are not."""
    flow = reader.flow(node.inputs[0])
    old = reader.model.opset < 13
    place = flow.place(node.attributes.get("axis", 1 if old else -1))
    if not 0 <= place < len(flow.dims) or (old and any(size != 1 for size in flow.dims[place + 1 :])):
        raise Unsaid("a softmax over several axes")
    if flow.axes[place] is None:
        raise Unsaid("a softmax over the batch")
    axis = flow.axes[place]
    op = "softmax" if node.op == "Softmax" else "log_softmax"
    reader.same(node, op, {} if axis == "C" else {"axis": axis}, flow)


OPS: dict[str, Callable[[Reader, Node], None]] = {
    **dict.fromkeys(_SAME, activation),
    "LeakyRelu": sloped,
    "Elu": sloped,
    "Celu": sloped,
    "Gelu": gelu,
    "Clip": clip,
    "PRelu": prelu,
    "Softmax": softmax,
    "LogSoftmax": softmax,
}
