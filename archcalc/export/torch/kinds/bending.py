"""Activations, gates and functions of each number in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.kinds.bending import reduced, scaled_tanh, share
from archcalc.export.source.parts import Arg, Make, Part, Verbatim
from archcalc.export.source.rules import differ, dim, does, given, module, size
from archcalc.export.torch.framework import behind, writes

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


@writes(*PLAIN)
def plain(node: Node) -> Part:
    """A function of PyTorch's."""
    template, name = PLAIN[node.layer.op]
    return does(template, as_module=Make(name))


@writes("tanh")
def tanh(node: Node) -> Part:
    """torch.tanh, scaled where it says so."""
    found = scaled_tanh(node, "torch.tanh")
    return found if found.args else found._replace(module=Make("nn.Tanh"))


def _with(node: Node, function: str, name: str, **usual: Any) -> Part:
    """A function with fields, those left out that are as usual."""
    every = given(node, **usual)
    args = differ(every)
    more = "".join(f", {word}={{{word}}}" for word in args)
    return does(f"{function}({{0}}{more})", as_module=Make(name, (), every), **args)


@writes("leaky_relu")
def leaky_relu(node: Node) -> Part:
    """F.leaky_relu."""
    return _with(node, "F.leaky_relu", "nn.LeakyReLU", negative_slope=0.01)


@writes("elu", "celu")
def elu(node: Node) -> Part:
    """F.elu, F.celu."""
    word = node.layer.op
    return _with(node, f"F.{word}", f"nn.{word.upper()}", alpha=1)


@writes("hard_tanh")
def hard_tanh(node: Node) -> Part:
    """F.hardtanh."""
    return _with(node, "F.hardtanh", "nn.Hardtanh", min_val=-1, max_val=1)


@writes("softplus")
def softplus(node: Node) -> Part:
    """F.softplus."""
    return _with(node, "F.softplus", "nn.Softplus", beta=1)


@writes("gelu")
def gelu(node: Node) -> Part:
    """F.gelu."""
    return _with(node, "F.gelu", "nn.GELU", approximate="none")


@writes("prelu")
def prelu(node: Node) -> Part:
    """nn.PReLU."""
    count = node.layer.num_parameters  # type: ignore[attr-defined]
    if count == 1:
        return module("nn.PReLU", tensors="weight")
    return behind(module("nn.PReLU", size(node), tensors="weight"), dim(node))


@writes("softmax", "log_softmax")
def softmax(node: Node) -> Part:
    """torch.softmax along an axis."""
    at = dim(node, node.layer.axis)  # type: ignore[attr-defined]
    return does(f"torch.{node.layer.op}({{0}}, dim={at})")


@writes("glu")
def glu(node: Node) -> Part:
    """F.glu."""
    return does(f"F.glu({{0}}, dim={dim(node)})")


@writes("spatial_dropout")
def spatial_dropout(node: Node) -> Part:
    """nn.Dropout2d: whole channels."""
    places = min(max(1, len(node.xs[0]) - 1), 3)
    if "C" not in node.xs[0].axes or len(node.xs[0]) not in {2, 3, 4}:
        return module("nn.Dropout", share(node))
    return behind(module(f"nn.Dropout{places}d", share(node)), dim(node))


@writes("drop_path")
def drop_path(node: Node) -> Part:
    """A branch that is skipped by chance."""
    return module("DropPath", Arg(float(node.layer.p), "p"))  # type: ignore[attr-defined]


@writes("reduce")
def reduce(node: Node) -> Part:
    """The mean, the sum, the largest or the smallest along some axes."""
    layer: Any = node.layer
    word = {"max": "amax", "min": "amin"}.get(layer.function, layer.function)
    keep = ", keepdim=True" if layer.keep else ""
    return does(f"{{0}}.{word}(dim={reduced(node)}{keep})")


@writes("constant")
def constant(node: Node) -> Part:
    """A tensor that is neither trained nor stored."""
    value = float(node.layer.value)  # type: ignore[attr-defined]
    full = Verbatim(f"torch.full({(1, *map(int, node.y))}, {value})")
    made = Make("nn.Buffer", (Arg(full),), {"persistent": Arg(False)})
    return Part(made, lambda this, _inputs, _args: this)
