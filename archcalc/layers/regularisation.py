"""Layers that act in training only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.fields import number
from archcalc.layer import Layer

if TYPE_CHECKING:
    from archcalc.arrays import Array


class Dropout(Layer, op="dropout", also=("nn.Dropout",)):
    """In training, numbers are put to zero by chance; what is counted and run here is inference.

    Shapes   any -> the same
    Counts   nothing
    Source   Srivastava et al. 2014, in the inverted form of torch.nn.Dropout
    """

    in_place = True

    p: Any = number("share that is put to zero", default="0.5", also=("rate", "dropout_ratio"), low=0, high=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The same numbers."""
        return x
