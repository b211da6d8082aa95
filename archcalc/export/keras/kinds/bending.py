"""Activations, gates and functions of each number in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.keras.framework import writes
from archcalc.export.source.kinds.bending import reduced, scaled_tanh, share
from archcalc.export.source.parts import Arg, Make, Part, Verbatim
from archcalc.export.source.rules import dim, does, field, module

if TYPE_CHECKING:
    from archcalc.graph import Node

PLAIN = {
    "sigmoid": "sigmoid",
    "log_sigmoid": "log_sigmoid",
    "hard_sigmoid": "hard_sigmoid",
    "hard_swish": "hard_silu",
    "silu": "silu",
    "softsign": "softsign",
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
}
"""What has no fields, and what `ops` calls it."""


def _activation(name: str) -> Part:
    """A function of `ops`, which as a layer is `layers.Activation`."""
    return does(f"ops.{name}({{0}})", as_module=Make("layers.Activation", (Arg(name),)))


@writes(*PLAIN)
def plain(node: Node) -> Part:
    """A function of `ops`."""
    return _activation(PLAIN[node.layer.op])


@writes("mish")
def mish(_node: Node) -> Part:
    """keras.activations.mish."""
    return does("keras.activations.mish({0})", as_module=Make("layers.Activation", (Arg("mish"),)))


@writes("tanh")
def tanh(node: Node) -> Part:
    """ops.tanh, scaled where it says so."""
    found = scaled_tanh(node, "ops.tanh")
    return found if found.args else _activation("tanh")


@writes("leaky_relu")
def leaky_relu(node: Node) -> Part:
    """ops.leaky_relu."""
    slope = field(node, "negative_slope")
    made = Make("layers.LeakyReLU", (slope,))
    return does("ops.leaky_relu({0}, {slope})", as_module=made, slope=slope)


@writes("elu", "celu")
def elu(node: Node) -> Part:
    """ops.elu, ops.celu."""
    word = node.layer.op
    if node.layer.alpha == 1:  # type: ignore[attr-defined]
        return _activation(word)
    return does(f"ops.{word}({{0}}, {{alpha}})", alpha=field(node, "alpha"))


@writes("hard_tanh")
def hard_tanh(node: Node) -> Part:
    """ops.clip."""
    return does("ops.clip({0}, {low}, {high})", low=field(node, "min_val"), high=field(node, "max_val"))


@writes("softplus")
def softplus(node: Node) -> Part:
    """ops.softplus."""
    if node.layer.beta == 1:  # type: ignore[attr-defined]
        return _activation("softplus")
    return does("ops.softplus({beta} * {0}) / {beta}", beta=field(node, "beta"))


@writes("gelu")
def gelu(node: Node) -> Part:
    """ops.gelu."""
    approximate = node.layer.approximate == "tanh"  # type: ignore[attr-defined]
    return does(f"ops.gelu({{0}}, approximate={approximate})")


@writes("prelu")
def prelu(node: Node) -> Part:
    """layers.PReLU, shared along every axis but the channels."""
    axes, at = range(1, len(node.xs[0]) + 1), dim(node)
    shared = [i for i in axes if node.layer.num_parameters == 1 or i != at]  # type: ignore[attr-defined]
    made = Arg(Verbatim(str(shared) if shared else "None"), usual=None)
    return module("layers.PReLU", shared_axes=made, tensors="weight=alpha")


@writes("softmax", "log_softmax")
def softmax(node: Node) -> Part:
    """ops.softmax along an axis."""
    at = dim(node, node.layer.axis)  # type: ignore[attr-defined]
    if at == len(node.xs[0]):
        return does(f"ops.{node.layer.op}({{0}})")
    return does(f"ops.{node.layer.op}({{0}}, axis={at})")


@writes("glu")
def glu(node: Node) -> Part:
    """ops.glu."""
    return does(f"ops.glu({{0}}, axis={dim(node)})")


@writes("spatial_dropout")
def spatial_dropout(node: Node) -> Part:
    """layers.Dropout of whole channels."""
    x = node.xs[0]
    if "C" not in x.axes or len(x) == 1:
        return module("layers.Dropout", share(node))
    noise = (None, *(int(size) if axis == "C" else 1 for axis, size in x.named()))  # type: ignore[call-overload]
    return module("layers.Dropout", share(node), noise_shape=noise)


@writes("drop_path")
def drop_path(node: Node) -> Part:
    """A branch that is skipped by chance."""
    noise = (None, *(1 for _ in node.xs[0]))
    return module("layers.Dropout", Arg(float(node.layer.p), "p"), noise_shape=noise)  # type: ignore[attr-defined]


@writes("reduce")
def reduce(node: Node) -> Part:
    """The mean, the sum, the largest or the smallest along some axes."""
    layer: Any = node.layer
    keep = ", keepdims=True" if layer.keep else ""
    return does(f"ops.{layer.function}({{0}}, axis={reduced(node)}{keep})")


@writes("constant")
def constant(node: Node) -> Part:
    """A tensor that is neither trained nor stored."""
    value = float(node.layer.value)  # type: ignore[attr-defined]
    return does(f"ops.full({(1, *map(int, node.y))}, {value})")
