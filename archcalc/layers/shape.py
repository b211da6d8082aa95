"""Layers that only re-arrange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.dims import Shape, product
from archcalc.layer import Layer

if TYPE_CHECKING:
    from archcalc.arrays import Array


class Flatten(Layer, op="flatten", also=("nn.Flatten", "reshape_to_vector", "view")):
    """All numbers as one vector, channels first, then rows, then columns.

    Shapes   any -> (C), as long as everything together
    Counts   nothing
    Source   torch.nn.Flatten for the order
    """

    rearranges = True
    formulas = {"output": "maps · height · width"}

    def output(self, x: Shape) -> Shape:
        """The product of the sizes."""
        return Shape((product(x),), "C")

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The same numbers in a row."""
        return x.reshape(-1)
