"""Activations, gates and functions of each number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.framework import shared
from archcalc.export.source.parts import Arg, Part, whole
from archcalc.export.source.rules import dim, does, field, module, one

if TYPE_CHECKING:
    from archcalc.export.source.framework import Framework
    from archcalc.graph import Node


def scaled_tanh(node: Node, function: str) -> Part:
    """The function tanh, scaled where the layer says so."""
    layer: Any = node.layer
    text = f"{function}({{0}})" if layer.slope == 1 else f"{function}({{slope}} * {{0}})"
    text = text if layer.amplitude == 1 else "{amplitude} * " + text
    args: dict[str, Any] = {
        name: field(node, name) for name in ("slope", "amplitude") if f"{{{name}}}" in text
    }
    return does(text, **args)


@shared("lecun_tanh")
def lecun_tanh(_node: Node, to: Framework) -> Part:
    """The tanh of 1998."""
    return does("lecun_tanh({0})")


@shared("reglu", "geglu", "swiglu")
def gated(node: Node, to: Framework) -> Part:
    """One half of the channels times a function of the other."""
    return does(f"{node.layer.op}({{0}}, {to.axis}={dim(node)})")


@shared("dropout")
def dropout(node: Node, to: Framework) -> Part:
    """Numbers that training sets to zero by chance."""
    return module(f"{to.layers}Dropout", share(node))


def share(node: Node) -> Arg:
    """How many are set to zero."""
    return Arg(whole(node.layer.p), "p")  # type: ignore[attr-defined]


@shared("identity")
def identity(_node: Node, to: Framework) -> Part:
    """The input as it is."""
    return module(f"{to.layers}Identity")


@shared("power")
def power(node: Node, to: Framework) -> Part:
    """A power, or the root that it is."""
    exponent = whole(node.layer.exponent)  # type: ignore[attr-defined]
    root = {0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal"}.get(exponent)
    if root:
        return does(f"{to.functions}{root}({{0}})")
    return does("{0}**{exponent}", exponent=Arg(exponent, "exponent"))


@shared("function")
def function(node: Node, to: Framework) -> Part:
    """A function by its name."""
    return does(f"{to.functions}{node.layer.function}({{0}})")  # type: ignore[attr-defined]


def reduced(node: Node) -> int | tuple[int, ...]:
    """The axes along which a mean, a sum or an extreme is taken."""
    return one(dim(node, name) for name in node.layer.over)  # type: ignore[attr-defined, no-any-return]
