"""Convolutions and pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import places
from archcalc.export.source.framework import shared
from archcalc.export.source.parts import Arg, Part
from archcalc.export.source.rules import applied, does, field, full

if TYPE_CHECKING:
    from archcalc.export.source.framework import Framework
    from archcalc.graph import Node


def by_unit(found: Part, used: str, made: str) -> Part:
    """A convolution and a bias for each unit, which is a tensor of its own: how it is made."""
    after = (f"{{this}}.unit_bias = {made}",)
    again = applied(found, f"{used} + {{this}}.unit_bias")
    return again._replace(after=after, tensors={**found.tensors, "bias": "unit_bias"})


def window(node: Node) -> tuple[Arg, Arg]:
    """A window and its step, both in full."""
    layer: Any = node.layer
    return Arg(full(layer.kernel_size)), Arg(full(layer.stride or layer.kernel_size))


def stride(node: Node) -> Arg:
    """The step of a window, where it is not the window's size."""
    found = field(node, "stride")
    same = found.value == field(node, "kernel_size").value
    return found._replace(value=None if same else found.value, usual=None)


def exact(node: Node) -> tuple[tuple[int, int], ...]:
    """The padding that makes every window full and leaves nothing over; it may cut cells off."""
    found = []
    for axis, cells in zip(node.layer.window() or (), node.xs[0][1:], strict=True):
        before, _, starts = places(axis, cells)
        found.append((before, starts[-1] + int(axis.span) - before - cells))  # type: ignore[call-overload]
    return tuple(found)


@shared("stochastic_pool2d", "median_pool2d")
def rarer(node: Node, to: Framework) -> Part:
    """A function of the windows."""
    kernel, step = window(node)
    return does(f"{node.layer.op}({{0}}, {{kernel}}, {{stride}})", kernel=kernel, stride=step)
