"""Activations, gates and functions of each number in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.parts import Arg, Make, Part, Verbatim, whole
from archcalc.export.torch.rules import differ, dim, does, field, given, module, rule, size

if TYPE_CHECKING:
    from archcalc.graph import Node

PLAIN = {
    "sigmoid": ("torch.sigmoid({0})", "nn.Sigmoid"),
    "log_sigmoid": ("F.logsigmoid({0})", "nn.LogSigmoid"),
    "hard_sigmoid": ("F.hardsigmoid({0})", "nn.Hardsigmoid"),
    "hard_swish": ("F.hardswish({0})", "nn.Hardswish"),
    "silu": ("F.silu({0})", "nn.SiLU"),
    "mish": ("F.mish({0})", "nn.Mish"),
    "softsign": ("F.softsign({0})", "nn.Softsign"),
    "relu": ("torch.relu({0})", "nn.ReLU"),
    "relu6": ("F.relu6({0})", "nn.ReLU6"),
    "selu": ("F.selu({0})", "nn.SELU"),
}
"""What has no fields: as a function, and as a module."""


@rule(*PLAIN)
def plain(node: Node) -> Part:
    """A function of PyTorch's."""
    template, name = PLAIN[node.layer.op]
    return does(template, as_module=Make(name))


@rule("tanh")
def tanh(node: Node) -> Part:
    """torch.tanh, scaled where it says so."""
    layer: Any = node.layer
    text = "torch.tanh({0})" if layer.slope == 1 else "torch.tanh({slope} * {0})"
    text = text if layer.amplitude == 1 else "{amplitude} * " + text
    args = {name: field(node, name) for name in ("slope", "amplitude") if f"{{{name}}}" in text}
    return does(text, as_module=None if args else Make("nn.Tanh"), **args)


@rule("lecun_tanh")
def lecun_tanh(_node: Node) -> Part:
    """The tanh of 1998."""
    return does("lecun_tanh({0})")


def _with(node: Node, function: str, name: str, **usual: Any) -> Part:
    """A function with fields, those left out that are as usual."""
    every = given(node, **usual)
    args = differ(every)
    more = "".join(f", {word}={{{word}}}" for word in args)
    return does(f"{function}({{0}}{more})", as_module=Make(name, (), every), **args)


@rule("leaky_relu")
def leaky_relu(node: Node) -> Part:
    """F.leaky_relu."""
    return _with(node, "F.leaky_relu", "nn.LeakyReLU", negative_slope=0.01)


@rule("elu", "celu")
def elu(node: Node) -> Part:
    """F.elu, F.celu."""
    word = node.layer.op
    return _with(node, f"F.{word}", f"nn.{word.upper()}", alpha=1)


@rule("hard_tanh")
def hard_tanh(node: Node) -> Part:
    """F.hardtanh."""
    return _with(node, "F.hardtanh", "nn.Hardtanh", min_val=-1, max_val=1)


@rule("softplus")
def softplus(node: Node) -> Part:
    """F.softplus."""
    return _with(node, "F.softplus", "nn.Softplus", beta=1)


@rule("gelu")
def gelu(node: Node) -> Part:
    """F.gelu."""
    return _with(node, "F.gelu", "nn.GELU", approximate="none")


@rule("prelu")
def prelu(node: Node) -> Part:
    """nn.PReLU."""
    count = node.layer.num_parameters  # type: ignore[attr-defined]
    if count == 1:
        return module("nn.PReLU", tensors="weight")
    return module("nn.PReLU", size(node), tensors="weight", channels=dim(node))


@rule("softmax", "log_softmax")
def softmax(node: Node) -> Part:
    """torch.softmax along an axis."""
    at = dim(node, node.layer.axis)  # type: ignore[attr-defined]
    return does(f"torch.{node.layer.op}({{0}}, dim={at})")


@rule("glu", "reglu", "geglu", "swiglu")
def gated(node: Node) -> Part:
    """F.glu, or one of its kin."""
    op, at = node.layer.op, dim(node)
    if op == "glu":
        return does(f"F.glu({{0}}, dim={at})")
    return does(f"{op}({{0}}, dim={at})")


@rule("dropout")
def dropout(node: Node) -> Part:
    """nn.Dropout."""
    return module("nn.Dropout", Arg(whole(node.layer.p), "p"))  # type: ignore[attr-defined]


@rule("spatial_dropout")
def spatial_dropout(node: Node) -> Part:
    """nn.Dropout2d: whole channels."""
    places = min(max(1, len(node.xs[0]) - 1), 3)
    share = Arg(whole(node.layer.p), "p")  # type: ignore[attr-defined]
    if "C" not in node.xs[0].axes or len(node.xs[0]) not in {2, 3, 4}:
        return module("nn.Dropout", share)
    return module(f"nn.Dropout{places}d", share, channels=dim(node))


@rule("drop_path")
def drop_path(node: Node) -> Part:
    """A branch that is skipped by chance."""
    share = Arg(float(node.layer.p), "p")  # type: ignore[attr-defined]
    return module("DropPath", share)


@rule("identity")
def identity(_node: Node) -> Part:
    """nn.Identity."""
    return module("nn.Identity")


@rule("power")
def power(node: Node) -> Part:
    """A power, or the root that it is."""
    exponent = whole(node.layer.exponent)  # type: ignore[attr-defined]
    roots = {0.5: "torch.sqrt({0})", -0.5: "torch.rsqrt({0})", -1: "torch.reciprocal({0})"}
    if exponent in roots:
        return does(roots[exponent])
    return does("{0} ** {exponent}", exponent=Arg(exponent, "exponent"))


@rule("function")
def function(node: Node) -> Part:
    """A function by its name."""
    return does(f"torch.{node.layer.function}({{0}})")  # type: ignore[attr-defined]


@rule("reduce")
def reduce(node: Node) -> Part:
    """The mean, the sum, the largest or the smallest along some axes."""
    layer: Any = node.layer
    word = {"max": "amax", "min": "amin"}.get(layer.function, layer.function)
    axes = tuple(dim(node, name) for name in layer.over)
    keep = ", keepdim=True" if layer.keep else ""
    return does(f"{{0}}.{word}(dim={axes[0] if len(axes) == 1 else axes}{keep})")


@rule("constant")
def constant(node: Node) -> Part:
    """A tensor that is neither trained nor stored."""
    value = float(node.layer.value)  # type: ignore[attr-defined]
    full = Verbatim(f"torch.full({(1, *map(int, node.y))}, {value})")
    made = Make("nn.Buffer", (Arg(full),), {"persistent": Arg(False)})
    return Part(made, lambda this, _inputs, _args: this)
