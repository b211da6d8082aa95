"""What moves numbers, and what joins several inputs, in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.keras.framework import writes
from archcalc.export.source.kinds.moving import together
from archcalc.export.source.parts import Arg, Part, whole
from archcalc.export.source.rules import dim, does, module
from archcalc.layers.parts import sides

if TYPE_CHECKING:
    from archcalc.graph import Node


@writes("flatten")
def flatten(_node: Node) -> Part:
    """Everything behind the batch as it lies: maps, then rows, then columns."""
    return module("layers.Flatten", "channels_last")


@writes("reshape")
def reshape(node: Node) -> Part:
    """The same numbers along other axes."""
    sizes = tuple(-1 if cells is None else int(cells) for _, cells in node.layer.shape)  # type: ignore[attr-defined]
    return module("layers.Reshape", Arg(sizes, "shape"))


@writes("permute")
def permute(node: Node) -> Part:
    """The axes in another order."""
    order = tuple(dim(node, name) for name in node.layer.axes)  # type: ignore[attr-defined]
    return module("layers.Permute", Arg(order))


@writes("pad")
def pad(node: Node) -> Part:
    """ops.pad."""
    layer: Any = node.layer
    around = tuple((int(a), int(b)) for a, b in sides(layer.padding, node.xs[0].axes))
    value = whole(layer.value)
    return does(f"ops.pad({{0}}, {((0, 0), *around)}{f', constant_values={value}' if value else ''})")


@writes("roll")
def roll(node: Node) -> Part:
    """ops.roll."""
    layer: Any = node.layer
    return does(f"ops.roll({{0}}, {int(layer.shift)}, axis={dim(node, layer.axis)})")


@writes("tile")
def tile(node: Node) -> Part:
    """The axis several times."""
    layer: Any = node.layer
    times = [1] * (len(node.xs[0]) + 1)
    times[dim(node, layer.axis)] = int(layer.times)
    return does(f"ops.tile({{0}}, {tuple(times)})")


@writes("gather")
def gather(node: Node) -> Part:
    """Places in turn, where the spec does not say which."""
    layer: Any = node.layer
    at = dim(node, layer.axis)
    return does(f"ops.take({{0}}, ops.arange({int(layer.count)}) % {int(node.xs[0][at - 1])}, axis={at})")


@writes("matmul")
def matmul(node: Node) -> Part:
    """ops.matmul."""
    turned = node.layer.transpose_b  # type: ignore[attr-defined]
    return does("ops.matmul({0}, ops.swapaxes({1}, -2, -1))" if turned else "ops.matmul({0}, {1})")


@writes("concat")
def concat(node: Node) -> Part:
    """ops.concatenate."""
    return together(node, "ops.concatenate", "axis")
