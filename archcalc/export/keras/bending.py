"""Activations, gates and functions of each number in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.keras.rules import rule
from archcalc.export.parts import Arg, Make, Part, Verbatim, whole
from archcalc.export.torch.rules import dim, does, field, module

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


def _activation(template: str, **args: Any) -> Part:
    """A function of each number, which as a layer is `layers.Activation`."""
    found = does(template, **args)
    named = template.partition("(")[0].removeprefix("ops.")
    if args or template.count("(") > 1 or not template.startswith("ops."):
        return found
    return found._replace(module=Make("layers.Activation", (Arg(named),)))


@rule(*PLAIN)
def plain(node: Node) -> Part:
    """A function of `ops`."""
    return _activation(f"ops.{PLAIN[node.layer.op]}({{0}})")


@rule("mish")
def mish(_node: Node) -> Part:
    """a · tanh(ln(1 + exp(a)))."""
    return does("{0} * ops.tanh(ops.softplus({0}))", as_module=Make("layers.Activation", (Arg("mish"),)))


@rule("tanh")
def tanh(node: Node) -> Part:
    """ops.tanh, scaled where it says so."""
    layer: Any = node.layer
    if (layer.slope, layer.amplitude) == (1, 1):
        return _activation("ops.tanh({0})")
    text = "ops.tanh({0})" if layer.slope == 1 else "ops.tanh({slope} * {0})"
    text = text if layer.amplitude == 1 else "{amplitude} * " + text
    args: dict[str, Any] = {w: field(node, w) for w in ("slope", "amplitude") if f"{{{w}}}" in text}
    return does(text, **args)


@rule("lecun_tanh")
def lecun_tanh(_node: Node) -> Part:
    """The tanh of 1998."""
    return does("lecun_tanh({0})")


@rule("leaky_relu")
def leaky_relu(node: Node) -> Part:
    """ops.leaky_relu."""
    slope = field(node, "negative_slope")
    made = Make("layers.LeakyReLU", (slope,))
    return does("ops.leaky_relu({0}, {slope})", as_module=made, slope=slope)


@rule("elu", "celu")
def elu(node: Node) -> Part:
    """ops.elu, ops.celu."""
    word = node.layer.op
    if node.layer.alpha == 1:  # type: ignore[attr-defined]
        return _activation(f"ops.{word}({{0}})")
    return does(f"ops.{word}({{0}}, {{alpha}})", alpha=field(node, "alpha"))


@rule("hard_tanh")
def hard_tanh(node: Node) -> Part:
    """ops.clip."""
    return does("ops.clip({0}, {low}, {high})", low=field(node, "min_val"), high=field(node, "max_val"))


@rule("softplus")
def softplus(node: Node) -> Part:
    """ops.softplus."""
    if node.layer.beta == 1:  # type: ignore[attr-defined]
        return _activation("ops.softplus({0})")
    return does("ops.softplus({beta} * {0}) / {beta}", beta=field(node, "beta"))


@rule("gelu")
def gelu(node: Node) -> Part:
    """ops.gelu."""
    approximate = node.layer.approximate == "tanh"  # type: ignore[attr-defined]
    return does(f"ops.gelu({{0}}, approximate={approximate})")


@rule("prelu")
def prelu(node: Node) -> Part:
    """layers.PReLU, shared along every axis but the channels."""
    axes, at = range(1, len(node.xs[0]) + 1), dim(node)
    shared = [i for i in axes if node.layer.num_parameters == 1 or i != at]  # type: ignore[attr-defined]
    made = Arg(Verbatim(str(shared) if shared else "None"), usual=None)
    return module("layers.PReLU", shared_axes=made, tensors="weight=alpha")


@rule("softmax", "log_softmax")
def softmax(node: Node) -> Part:
    """ops.softmax along an axis."""
    at = dim(node, node.layer.axis)  # type: ignore[attr-defined]
    if at == len(node.xs[0]):
        return does(f"ops.{node.layer.op}({{0}})")
    return does(f"ops.{node.layer.op}({{0}}, axis={at})")


@rule("glu", "reglu", "geglu", "swiglu")
def gated(node: Node) -> Part:
    """ops.glu, or one of its kin."""
    lead = "ops." if node.layer.op == "glu" else ""
    return does(f"{lead}{node.layer.op}({{0}}, axis={dim(node)})")


@rule("dropout", "spatial_dropout")
def dropout(node: Node) -> Part:
    """layers.Dropout; of whole channels where it says so."""
    share, x = Arg(whole(node.layer.p), "p"), node.xs[0]  # type: ignore[attr-defined]
    if node.layer.op == "dropout" or "C" not in x.axes or len(x) == 1:
        return module("layers.Dropout", share)
    noise = (None, *(int(size) if axis == "C" else 1 for axis, size in x.named()))  # type: ignore[call-overload]
    return module("layers.Dropout", share, noise_shape=noise)


@rule("drop_path")
def drop_path(node: Node) -> Part:
    """A branch that is skipped by chance."""
    noise = (None, *(1 for _ in node.xs[0]))
    return module("layers.Dropout", Arg(float(node.layer.p), "p"), noise_shape=noise)  # type: ignore[attr-defined]


@rule("identity")
def identity(_node: Node) -> Part:
    """layers.Identity."""
    return module("layers.Identity")


@rule("power")
def power(node: Node) -> Part:
    """A power, or the root that it is."""
    exponent = whole(node.layer.exponent)  # type: ignore[attr-defined]
    roots = {0.5: "ops.sqrt({0})", -0.5: "ops.rsqrt({0})", -1: "ops.reciprocal({0})"}
    if exponent in roots:
        return does(roots[exponent])
    return does("{0} ** {exponent}", exponent=Arg(exponent, "exponent"))


@rule("function")
def function(node: Node) -> Part:
    """A function by its name."""
    return does(f"ops.{node.layer.function}({{0}})")  # type: ignore[attr-defined]


@rule("reduce")
def reduce(node: Node) -> Part:
    """The mean, the sum, the largest or the smallest along some axes."""
    layer: Any = node.layer
    axes = tuple(dim(node, name) for name in layer.over)
    keep = ", keepdims=True" if layer.keep else ""
    return does(f"ops.{layer.function}({{0}}, axis={axes[0] if len(axes) == 1 else axes}{keep})")


@rule("constant")
def constant(node: Node) -> Part:
    """A tensor that is neither trained nor stored."""
    value = float(node.layer.value)  # type: ignore[attr-defined]
    return does(f"ops.full({(1, *map(int, node.y))}, {value})")
