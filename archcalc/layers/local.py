"""Locally connected layers: the wiring of a convolution, and weights that no two places share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.arrays import contract, patches
from archcalc.dims import Dim, Shape, product
from archcalc.fields import dim, flag, pads, sides
from archcalc.layer import Work
from archcalc.layers.bases.windowed import DECLARED, Windowed, letters

if TYPE_CHECKING:
    from archcalc.arrays import Array
    from archcalc.window import Pads, Sides


class LocallyConnected(Windowed):
    """Each unit has weights of its own for what its window sees, in any number of axes."""

    units = True
    family = "conv"
    if TYPE_CHECKING:
        out_channels = bias = DECLARED

    def output(self, x: Shape) -> Shape:
        """(W − F + 2P)/S + 1 along each axis."""
        return Shape((self.out_channels, *self.plane(x)), x.axes)

    def params(self, x: Shape) -> Dim:
        """For each unit, the window over every input map, and its bias."""
        seen: Dim = x[0] * product(self.kernel_size)
        units = product(self.output(x))
        return units * (seen + 1) if self.bias else units * seen

    def weights(self, x: Shape) -> dict[str, Shape]:
        """For each unit a window over every input map, then a bias for each unit."""
        y = self.output(x)
        channels, plane = x.axes[0], x.axes[1:]
        axes = ("out", channels, *(f"tap {axis}" for axis in plane), *plane)
        weight = Shape((self.out_channels, x[0], *self.kernel_size, *y[1:]), axes)
        return {"weight": weight, "bias": y} if self.bias else {"weight": weight}

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Every weight and bias is used once."""
        return self.params(x)

    def work(self, x: Shape, y: Shape) -> Work:
        """Every weight is multiplied once."""
        return Work(mac=product(y) * (x[0] * product(self.kernel_size)))

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        seen = f"inputs · {letters(self.kernel_size)}"
        return {
            "params": f"units · ({seen} + 1)" if self.bias else f"units · {seen}",
            "connections": "params",
            "macs": f"units · {seen}",
        }.get(quantity, "")

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Each unit: its bias, then its own weights times what its window sees."""
        rank = len(self.kernel_size)
        kernel, plane = "ijk"[:rank], "xyz"[:rank]
        subscripts = f"oc{kernel}{plane},c{kernel}{plane}->o{plane}"
        return contract(subscripts, tensors["weight"], patches(x, self.window()), tensors.get("bias"))


class LocallyConnected1d(
    LocallyConnected, op="locally_connected1d", takes="C T", also=("local1d", "LocallyConnected1D")
):
    """A convolution along a signal with weights of its own at each place.

    Shapes   (C, T) -> (out_channels, T')
    Counts   each weight is one connection and one MAC; those on padding are held and count too
    Source   keras.layers.LocallyConnected1D (Keras 2)
    """

    out_channels: Dim = dim("output maps", also=("filters", "num_output"))
    kernel_size: Sides = sides("window length", rank=1, also=("kernel", "filter_size", "size"))
    stride: Sides = sides("step of the window", rank=1, default=1, also=("strides",))
    padding: Pads = pads(
        "cells of zeros before and after; same: as many as keep ceil(size/stride)",
        rank=1,
        default=0,
        also=("pad", "pads"),
    )
    bias: bool = flag("one bias for each unit", default=True, also=("use_bias", "bias_term"))


class LocallyConnected2d(
    LocallyConnected,
    op="locally_connected2d",
    takes="C H W",
    also=("local", "local2d", "locally_connected", "LocallyConnected2D"),
):
    """A convolution with weights of its own at each place.

    Shapes   (C, H, W) -> (out_channels, H', W')
    Counts   each weight is one connection and one MAC; those on padding are held and count too
    Source   Taigman et al. 2014, section 3.1; keras.layers.LocallyConnected2D (Keras 2)
    """

    out_channels: Dim = dim("output maps", also=("filters", "num_output"))
    kernel_size: Sides = sides("window height and width", also=("kernel", "filter_size", "size"))
    stride: Sides = sides("step of the window", default=1, also=("strides",))
    padding: Pads = pads(
        "cells of zeros around the maps; same: as many as keep ceil(size/stride)",
        default=0,
        also=("pad", "pads"),
    )
    bias: bool = flag("one bias for each unit", default=True, also=("use_bias", "bias_term"))
