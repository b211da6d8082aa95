"""Layers that act in training only, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.fields import number
from archcalc.layer import Layer

if TYPE_CHECKING:
    from archcalc.arrays import Array


class Through(Layer):
    """A layer that gives back what it reads."""

    in_place = True

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The same numbers."""
        return x


class Dropout(Through, op="dropout", also=("nn.Dropout",)):
    """In training, numbers are put to zero by chance; what is counted and run here is inference.

    Shapes   any -> the same
    Counts   nothing
    Source   Srivastava et al. 2014, in the inverted form of torch.nn.Dropout
    """

    keeps = "mask"
    p: Any = number("share that is put to zero", default="0.5", also=("rate", "dropout_ratio"), low=0, high=1)


class SpatialDropout(
    Through,
    op="spatial_dropout",
    also=("spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d", "nn.Dropout2d", "dropout2d"),
):
    """In training, whole channels are put to zero by chance; inference leaves them alone.

    Shapes   any with channels and places -> the same
    Counts   nothing
    Source   Tompson et al. 2015, Efficient Object Localization; torch.nn.Dropout2d
    """

    p: Any = number("share of channels put to zero", default="0.5", also=("rate",), low=0, high=1)


class DropPath(Through, op="drop_path", also=("stochastic_depth", "DropConnectPath")):
    """In training, a whole example skips this branch by chance; inference takes it always.

    Shapes   any -> the same
    Counts   nothing
    Source   Huang et al. 2016, Deep Networks with Stochastic Depth, in the scaled form of torchvision
    """

    p: Any = number("share of examples that skip it", default="0", also=("drop_prob", "rate"), low=0, high=1)


class Identity(Through, op="identity", also=("nn.Identity", "no_op", "pass_through")):
    """What it reads: a name for a branch that does nothing.

    Shapes   any -> the same
    Counts   nothing
    Source   torch.nn.Identity
    """
