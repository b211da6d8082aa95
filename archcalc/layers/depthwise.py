"""Depthwise convolutions: each map is filtered on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.dims import Dim, Shape, literally
from archcalc.fields import dim, pads, sides
from archcalc.layers.bases.windowed import DECLARED, Filters, biases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.arrays import Array
    from archcalc.window import Pads, Sides


class Depthwise(Filters):
    """Each input map has filters of its own, in any number of axes."""

    family = "conv"
    if TYPE_CHECKING:
        depth_multiplier = DECLARED

    def maps(self, x: Shape) -> Dim:
        """C · multiplier."""
        channels: Dim = x[0]
        return channels if literally(self.depth_multiplier, 1) else channels * self.depth_multiplier

    def reads(self, x: Shape) -> list[tuple[Dim, Dim]]:
        """Every output map sees one input map."""
        return [(self.maps(x), 1)]

    def seen_word(self) -> str:
        """One map, of which one does not speak."""
        return ""

    def filters(self, weight: Array, channels: int) -> Iterator[tuple[slice, list[int], Array]]:
        """The output maps of one input map after those of another."""
        each = int(self.depth_multiplier)
        for c in range(channels):
            maps = slice(c * each, (c + 1) * each)
            yield maps, [c], weight[maps]


class DepthwiseConv1d(Depthwise, op="depthwise_conv1d", takes="C T", also=("DepthwiseConv1D",)):
    """Each input map is filtered on its own along the signal, by `depth_multiplier` filters.

    Shapes   (C, T) -> (C·depth_multiplier, T')
    Counts   taps that fall on padding count as connections and as MACs
    Source   keras.layers.DepthwiseConv1D
    """

    kernel_size: Sides = sides("window length", rank=1, also=("kernel", "filter_size", "size"))
    stride: Sides = sides("step of the window", rank=1, default=1, also=("strides",))
    padding: Pads = pads(
        "cells of zeros before and after; same: as many as keep ceil(size/stride)",
        rank=1,
        default=0,
        also=("pad", "pads"),
    )
    depth_multiplier: Dim = dim("filters for each input map", default=1, also=("multiplier",))
    dilation: Sides = sides("step between taps", rank=1, default=1, also=("dilation_rate", "dilations"))
    bias: bool | str = biases()


class DepthwiseConv2d(
    Depthwise, op="depthwise_conv2d", takes="C H W", also=("depthwise", "depthwise_conv", "DepthwiseConv2D")
):
    """Each input map is filtered on its own, by `depth_multiplier` filters.

    Shapes   (C, H, W) -> (C·depth_multiplier, H', W')
    Counts   taps that fall on padding count as connections and as MACs
    Source   Howard et al. 2017, section 3.1; keras.layers.DepthwiseConv2D
    """

    kernel_size: Sides = sides("window height and width", also=("kernel", "filter_size", "size"))
    stride: Sides = sides("step of the window", default=1, also=("strides",))
    padding: Pads = pads(
        "cells of zeros around the maps; same: as many as keep ceil(size/stride)",
        default=0,
        also=("pad", "pads"),
    )
    depth_multiplier: Dim = dim("filters for each input map", default=1, also=("multiplier",))
    dilation: Sides = sides("step between taps", default=1, also=("dilation_rate", "dilations"))
    bias: bool | str = biases()
