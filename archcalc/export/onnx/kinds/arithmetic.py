"""Arithmetic with constants, functions of each number, and sums along axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.rules import writes

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


@writes("rescale")
def rescale(part: Part, layer: Any, x: str) -> str:
    """scale · a + offset."""
    y = part("Neg", x) if layer.scale == -1 else part.times(x, float(layer.scale))
    return part.plus(y, float(layer.offset))


@writes("power")
def power(part: Part, layer: Any, x: str) -> str:
    """a·a, 1/a, a root, one over it, or a Pow."""
    exponent = float(layer.exponent)
    if exponent == 2:
        return part("Mul", x, x)
    if exponent not in (-1, -0.5, 0.5):
        return part("Pow", x, part.constant(exponent))
    root = x if exponent == -1 else part("Sqrt", x)
    return root if exponent > 0 else part("Reciprocal", root)


@writes("function")
def function(part: Part, layer: Any, x: str) -> str:
    """The node of that name."""
    return part(layer.function.capitalize(), x)


@writes("reduce")
def reduce(part: Part, layer: Any, x: str) -> str:
    """A mean, a sum, the largest or the smallest along some axes."""
    places = part.whole(*(1 + i for i, axis in enumerate(part.xs[0].axes) if axis in layer.over))
    return part(f"Reduce{layer.function.capitalize()}", x, places, keepdims=int(layer.keep))
