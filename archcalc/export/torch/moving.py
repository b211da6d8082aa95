"""What moves numbers, and what joins several inputs, in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.code import Bracket, chained, listed
from archcalc.export.parts import Part, whole
from archcalc.export.torch.rules import dim, does, field, rule
from archcalc.layers.parts import sides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.export.code import Code
    from archcalc.graph import Node


@rule("flatten")
def flatten(_node: Node) -> Part:
    """torch.flatten behind the batch."""
    return does("torch.flatten({0}, 1)")


@rule("reshape")
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


@rule("permute")
def permute(node: Node) -> Part:
    """The axes in another order."""
    order = ", ".join(str(dim(node, name)) for name in node.layer.axes)  # type: ignore[attr-defined]
    return does(f"{{0}}.permute(0, {order})")


@rule("select")
def select(node: Node) -> Part:
    """One place of an axis."""
    layer: Any = node.layer
    return does(f"{{0}}[{_before(node)}{{index}}]", index=int(layer.index))


@rule("slice")
def slice_(node: Node) -> Part:
    """Places of an axis."""
    layer: Any = node.layer
    args = {}
    if layer.start != 0:
        args["start"] = field(node, "start")
    if layer.stop is not None:
        args["stop"] = field(node, "stop")
    step = "" if layer.step == 1 else f":{layer.step}"
    before = [":"] * dim(node, layer.axis)

    def applied(_this: str, inputs: Sequence[str], given: Mapping[str, str]) -> Code:
        start, stop = (given.get(word, "") for word in ("start", "stop"))
        gap = " " if " " in start + stop else ""
        return Bracket(f"{inputs[0]}[", [*before, f"{start}{gap}:{gap}{stop}{step}".strip()], "]")

    return Part(None, applied, args=args)


def _before(node: Node) -> str:
    """The axes before the one that is named, in an index."""
    layer: Any = node.layer
    return ":, " * dim(node, layer.axis)


@rule("pad")
def pad(node: Node) -> Part:
    """F.pad."""
    layer: Any = node.layer
    around = list(reversed(sides(layer.padding, node.xs[0].axes)))
    while around and not any(around[-1]):
        around.pop()
    cells = tuple(int(side) for pair in around for side in pair) or (0, 0)
    value = whole(layer.value)
    return does(f"F.pad({{0}}, {cells}{f', value={value}' if value else ''})")


@rule("roll")
def roll(node: Node) -> Part:
    """torch.roll."""
    layer: Any = node.layer
    return does(f"torch.roll({{0}}, {int(layer.shift)}, dims={dim(node, layer.axis)})")


@rule("tile")
def tile(node: Node) -> Part:
    """The axis several times."""
    layer: Any = node.layer
    times = ["1"] * (len(node.xs[0]) + 1)
    times[dim(node, layer.axis)] = str(layer.times)
    return does(f"{{0}}.repeat({', '.join(times)})")


@rule("gather")
def gather(node: Node) -> Part:
    """Places in turn, where the spec does not say which."""
    layer: Any = node.layer
    at = dim(node, layer.axis)
    places = f"torch.arange({layer.count}, device={{0}}.device) % {{0}}.shape[{at}]"
    return does(f"{{0}}.index_select({at}, {places})")


# -- joins


@rule("add")
def add(node: Node) -> Part:
    """a + b."""
    return _joined(node, "+")


@rule("subtract")
def subtract(node: Node) -> Part:
    """a − b."""
    return _joined(node, "-")


@rule("multiply")
def multiply(node: Node) -> Part:
    """a · b."""
    return _joined(node, "*")


@rule("divide")
def divide(node: Node) -> Part:
    """a / b."""
    return _joined(node, "/")


def _joined(node: Node, operator: str) -> Part:
    count = len(node.inputs)
    return Part(None, lambda _this, inputs, _args: chained(operator, inputs[:count]))


@rule("maximum", "minimum")
def extreme(node: Node) -> Part:
    """torch.maximum of two at a time."""
    name, count = node.layer.op, len(node.inputs)

    def applied(_this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
        first, *rest = inputs[:count]
        for other in rest:
            first = f"torch.{name}({first}, {other})"
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
    """a @ b."""
    turned = node.layer.transpose_b  # type: ignore[attr-defined]
    return does("{0} @ {1}.transpose(-2, -1)" if turned else "{0} @ {1}")


@rule("concat")
def concat(node: Node) -> Part:
    """torch.cat."""
    layer: Any = node.layer
    at, count = dim(node, layer.axis), len(node.inputs)

    def applied(_this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
        return Bracket("torch.cat(", [listed(inputs[:count]), f"dim={at}"])

    return Part(None, applied)
