"""What moves numbers, and what joins several inputs, in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.kinds.moving import together
from archcalc.export.source.parts import Part, whole
from archcalc.export.source.rules import dim, does
from archcalc.export.torch.framework import writes
from archcalc.layers.parts import sides

if TYPE_CHECKING:
    from archcalc.graph import Node


@writes("flatten")
def flatten(_node: Node) -> Part:
    """torch.flatten behind the batch."""
    return does("torch.flatten({0}, 1)")


@writes("reshape")
def reshape(node: Node) -> Part:
    """The same numbers along other axes."""
    named = {}
    sizes = ["{0}.shape[0]"]
    for i, (_, cells) in enumerate(node.layer.shape):  # type: ignore[attr-defined]
        if cells is None:
            sizes.append("-1")
        else:
            named[f"size{i}"] = cells
            sizes.append(f"{{size{i}}}")
    return does(f"{{0}}.reshape({', '.join(sizes)})", **named)


@writes("permute")
def permute(node: Node) -> Part:
    """The axes in another order."""
    order = ", ".join(str(dim(node, name)) for name in node.layer.axes)  # type: ignore[attr-defined]
    return does(f"{{0}}.permute(0, {order})")


@writes("pad")
def pad(node: Node) -> Part:
    """F.pad."""
    layer: Any = node.layer
    around = list(reversed(sides(layer.padding, node.xs[0].axes)))
    while around and not any(around[-1]):
        around.pop()
    cells = tuple(int(side) for pair in around for side in pair) or (0, 0)
    value = whole(layer.value)
    return does(f"F.pad({{0}}, {cells}{f', value={value}' if value else ''})")


@writes("roll")
def roll(node: Node) -> Part:
    """torch.roll."""
    layer: Any = node.layer
    return does(f"torch.roll({{0}}, {int(layer.shift)}, dims={dim(node, layer.axis)})")


@writes("tile")
def tile(node: Node) -> Part:
    """The axis several times."""
    layer: Any = node.layer
    times = ["1"] * (len(node.xs[0]) + 1)
    times[dim(node, layer.axis)] = str(layer.times)
    return does(f"{{0}}.repeat({', '.join(times)})")


@writes("gather")
def gather(node: Node) -> Part:
    """Places in turn, where the spec does not say which."""
    layer: Any = node.layer
    at = dim(node, layer.axis)
    places = f"torch.arange({layer.count}, device={{0}}.device) % {{0}}.shape[{at}]"
    return does(f"{{0}}.index_select({at}, {places})")


@writes("matmul")
def matmul(node: Node) -> Part:
    """a @ b."""
    turned = node.layer.transpose_b  # type: ignore[attr-defined]
    return does("{0} @ {1}.transpose(-2, -1)" if turned else "{0} @ {1}")


@writes("concat")
def concat(node: Node) -> Part:
    """torch.cat."""
    return together(node, "torch.cat", "dim")
