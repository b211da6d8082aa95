"""Tables of learned vectors, places as sines, and tensors that stand on their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.kinds.convolutions import cut
from archcalc.export.onnx.rules import writes
from archcalc.lazy import np

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


@writes("embedding")
def embedding(part: Part, layer: Any, x: str) -> str:
    """A row for each index."""
    rows = part("Gather", part["weight"], x, axis=0)
    return part.times(rows, math.sqrt(int(layer.embedding_dim))) if layer.scale else rows


@writes("position_embedding")
def position(part: Part, layer: Any, x: str) -> str:
    """The first rows of the table, one for each place."""
    return part.spread(cut(part, part["weight"], 0, part.y[0]), part.y)


@writes("sinusoidal_position")
def sines(part: Part, layer: Any, x: str) -> str:
    """Sines of each place at even numbers, cosines at odd ones."""
    i = np.arange(part.y[1])
    angles = part("Mul", places(part, part.y[0]), part.constant(10000.0 ** -((i - i % 2) / part.y[1])))
    both = part("Mul", part("Sin", angles), part.constant(1.0 - i % 2))
    return part.spread(part("Add", both, part("Mul", part("Cos", angles), part.constant(i % 2))), part.y)


def places(part: Part, count: int) -> str:
    """The numbers of the places of a sequence, one under the other."""
    ends = (part.constant(float(n)) for n in (0, count, 1))
    return part("Unsqueeze", part("Range", *ends), part.whole(1))


@writes("parameter")
def parameter(part: Part, layer: Any) -> str:
    """The tensor, for each example."""
    return part.spread(part["weight"], part.y)


@writes("constant")
def constant(part: Part, layer: Any) -> str:
    """One value everywhere."""
    return part.spread(part.constant(float(layer.value)), part.y)
