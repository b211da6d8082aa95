"""Joins: number by number, end to end, as matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.rules import writes

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


@writes("average", "maximum", "minimum")
def together(part: Part, layer: Any, *inputs: str) -> str:
    """One node for any number of inputs."""
    return part({"average": "Mean", "maximum": "Max", "minimum": "Min"}[layer.op], *inputs)


@writes("add", "subtract", "multiply", "divide")
def pairs(part: Part, layer: Any, first: str, *others: str) -> str:
    """A node for each input after the first."""
    op = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"}[layer.op]
    for other in others:
        first = part(op, first, other)
    return first


@writes("concat")
def concat(part: Part, layer: Any, *inputs: str) -> str:
    """End to end along an axis."""
    return part("Concat", *inputs, axis=1 + part.y.axes.index(layer.axis))


@writes("matmul")
def matmul(part: Part, layer: Any, a: str, b: str) -> str:
    """The product of the last two axes."""
    if layer.transpose_b:
        rank = len(part.y)
        b = part.permute(b, [*range(rank - 2), rank - 1, rank - 2])
    return part("MatMul", a, b)
