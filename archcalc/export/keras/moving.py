"""What moves numbers, and what joins several inputs, in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.code import Bracket, chained, listed
from archcalc.export.keras.rules import rule
from archcalc.export.parts import Arg, Part, whole
from archcalc.export.torch.moving import slice_ as _slice
from archcalc.export.torch.rules import dim, does, module
from archcalc.layers.parts import sides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.export.code import Code
    from archcalc.graph import Node


@rule("flatten")
def flatten(_node: Node) -> Part:
    """Everything behind the batch as it lies: maps, then rows, then columns."""
    return module("layers.Flatten", "channels_last")


@rule("reshape")
def reshape(node: Node) -> Part:
    """The same numbers along other axes."""
    sizes = tuple(-1 if cells is None else int(cells) for _, cells in node.layer.shape)  # type: ignore[attr-defined]
    return module("layers.Reshape", Arg(sizes, "shape"))


@rule("permute")
def permute(node: Node) -> Part:
    """The axes in another order."""
    order = tuple(dim(node, name) for name in node.layer.axes)  # type: ignore[attr-defined]
    return module("layers.Permute", Arg(order))


@rule("select")
def select(node: Node) -> Part:
    """One place of an axis."""
    layer: Any = node.layer
    return does(f"{{0}}[{':, ' * dim(node, layer.axis)}{{index}}]", index=int(layer.index))


rule("slice")(_slice)


@rule("pad")
def pad(node: Node) -> Part:
    """ops.pad."""
    layer: Any = node.layer
    around = tuple((int(a), int(b)) for a, b in sides(layer.padding, node.xs[0].axes))
    value = whole(layer.value)
    return does(f"ops.pad({{0}}, {((0, 0), *around)}{f', constant_values={value}' if value else ''})")


@rule("roll")
def roll(node: Node) -> Part:
    """ops.roll."""
    layer: Any = node.layer
    return does(f"ops.roll({{0}}, {int(layer.shift)}, axis={dim(node, layer.axis)})")


@rule("tile")
def tile(node: Node) -> Part:
    """The axis several times."""
    layer: Any = node.layer
    times = [1] * (len(node.xs[0]) + 1)
    times[dim(node, layer.axis)] = int(layer.times)
    return does(f"ops.tile({{0}}, {tuple(times)})")


@rule("gather")
def gather(node: Node) -> Part:
    """Places in turn, where the spec does not say which."""
    layer: Any = node.layer
    at = dim(node, layer.axis)
    return does(f"ops.take({{0}}, ops.arange({int(layer.count)}) % {int(node.xs[0][at - 1])}, axis={at})")


# -- joins


def _joined(operator: str) -> Any:
    def found(node: Node) -> Part:
        count = len(node.inputs)
        return Part(None, lambda _this, inputs, _args: chained(operator, inputs[:count]))

    return found


for _op, _sign in (("add", "+"), ("subtract", "-"), ("multiply", "*"), ("divide", "/")):
    rule(_op)(_joined(_sign))


@rule("maximum", "minimum")
def extreme(node: Node) -> Part:
    """ops.maximum of two at a time."""
    name, count = node.layer.op, len(node.inputs)

    def applied(_this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
        first, *rest = inputs[:count]
        for other in rest:
            first = f"ops.{name}({first}, {other})"
        return first

    return Part(None, applied)


@rule("average")
def average(node: Node) -> Part:
    """The sum over how many there are."""
    count = len(node.inputs)

    def applied(_this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
        return Bracket("(", inputs[:count], f") / {count}", "+")

    return Part(None, applied)


@rule("matmul")
def matmul(node: Node) -> Part:
    """ops.matmul."""
    turned = node.layer.transpose_b  # type: ignore[attr-defined]
    return does("ops.matmul({0}, ops.swapaxes({1}, -2, -1))" if turned else "ops.matmul({0}, {1})")


@rule("concat")
def concat(node: Node) -> Part:
    """ops.concatenate."""
    layer: Any = node.layer
    at, count = dim(node, layer.axis), len(node.inputs)

    def applied(_this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
        return Bracket("ops.concatenate(", [listed(inputs[:count]), f"axis={at}"])

    return Part(None, applied)
