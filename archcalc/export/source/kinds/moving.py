"""What moves numbers, and what joins several inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.code import Bracket, chained, listed
from archcalc.export.source.framework import shared
from archcalc.export.source.parts import Part
from archcalc.export.source.rules import dim, does, field, joins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.export.source.code import Code
    from archcalc.export.source.framework import Framework
    from archcalc.graph import Node


@shared("select")
def select(node: Node, to: Framework) -> Part:
    """One place of an axis."""
    layer: Any = node.layer
    return does(f"{{0}}[{':, ' * dim(node, layer.axis)}{{index}}]", index=int(layer.index))


@shared("slice")
def slice_(node: Node, to: Framework) -> Part:
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


# -- joins


@shared("add", "subtract", "multiply", "divide")
def chain(node: Node, to: Framework) -> Part:
    """a + b, a − b, a · b, a / b."""
    operator = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}[node.layer.op]
    return joins(node, lambda inputs: chained(operator, inputs))


@shared("maximum", "minimum")
def extreme(node: Node, to: Framework) -> Part:
    """The larger, or the smaller, of two at a time."""
    function = f"{to.functions}{node.layer.op}"

    def join(inputs: list[str]) -> Code:
        first, *rest = inputs
        for other in rest:
            first = f"{function}({first}, {other})"
        return first

    return joins(node, join)


@shared("average")
def average(node: Node, to: Framework) -> Part:
    """The sum over how many there are."""
    return joins(node, lambda inputs: Bracket("(", inputs, f") / {len(inputs)}", "+"))


def together(node: Node, function: str, axis: str) -> Part:
    """A function of a list of all inputs, and of the axis along which they are put."""
    at = dim(node, node.layer.axis)  # type: ignore[attr-defined]
    return joins(node, lambda inputs: Bracket(f"{function}(", [listed(inputs), f"{axis}={at}"]))
