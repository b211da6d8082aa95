"""Transposed convolutions: each input cell spreads through the window over the output."""

from __future__ import annotations

from itertools import product as every
from typing import TYPE_CHECKING, Any

from archcalc.arrays import contract, is_exact, places
from archcalc.dims import Dim, Shape, at_least, divides, equal, exact_div, largest, literally, product, shown
from archcalc.fields import dim, flag, pads, sides
from archcalc.layer import Layer, Rule, Work
from archcalc.layers.bases.windowed import DECLARED, letters, window_label
from archcalc.lazy import np
from archcalc.window import Axis, Spread, law, spreads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.window import Pads, Sides, Tap


class Transposed(Layer):
    """The formulas of a transposed convolution in any number of axes.

    It has no `window`: what a unit sees of the input differs from unit to unit.
    """

    units = True
    family = "conv"
    if TYPE_CHECKING:
        out_channels = kernel_size = stride = padding = output_padding = dilation = groups = bias = DECLARED

    def spread(self) -> list[Spread]:
        """How a cell of the input spreads along each axis."""
        return spreads(self.kernel_size, self.stride, self.padding, self.dilation, self.output_padding)

    def requires(self, x: Shape) -> Iterable[Rule]:
        """Groups divide the maps, the output padding is below a step, and something is left of the output."""
        for maps, word in ((x[0], "input"), (self.out_channels, "output")):
            yield Rule(
                divides(self.groups, maps),
                lambda maps=maps, word=word: f"{self.groups} groups do not divide {maps} {word} maps",  # type: ignore[misc]
                field="groups",
            )
        for axis, size in zip(self.spread(), x[1:], strict=True):
            yield from _axis_rules(axis, size)

    def output(self, x: Shape) -> Shape:
        """(W − 1)·S + F − 2P along each axis."""
        plane = (axis.places(size) for axis, size in zip(self.spread(), x[1:], strict=True))
        return Shape((self.out_channels, *plane), x.axes)

    def seen(self, maps: Dim) -> Dim:
        """How many of the maps belong to one group."""
        return maps if literally(self.groups, 1) else exact_div(maps, self.groups)

    def params(self, x: Shape) -> Dim:
        """For each output map, the window for each input map that reaches it, and its bias."""
        weights = self.seen(x[0]) * product(self.kernel_size)
        return self.out_channels * (weights + 1 if self.bias else weights)  # type: ignore[no-any-return]

    def weights(self, x: Shape) -> dict[str, Shape]:
        """The window's weights for each pair of maps, then a bias for each output map."""
        sizes = (x[0], self.seen(self.out_channels), *self.kernel_size)
        weight = Shape(sizes, ("in", "out", *x.axes[1:]))
        return {"weight": weight, "bias": Shape((self.out_channels,))} if self.bias else {"weight": weight}

    def connections(self, x: Shape, y: Shape) -> Dim:
        """A link for each product, and one for the bias of each unit."""
        links = self.work(x, y).mac
        return links + product(y) if self.bias else links

    def work(self, x: Shape, y: Shape) -> Work:
        """Every weight is multiplied once for each cell of the input."""
        _, *plane = x
        pairs = self.out_channels * self.seen(x[0])
        return Work(mac=pairs * product(self.kernel_size) * product(plane))

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """The cells whose taps may fall on a unit: some see one more than others."""
        return self.spread()[xs[0].axes.index(axis) - 1].tap()

    def label(self) -> str:
        """`conv_transpose2d 4x4/2 pad 1`: the window, then groups."""
        groups = "" if literally(self.groups, 1) else f" groups {shown(self.groups)}"
        return window_label(self, (1,) * len(self.kernel_size)) + groups

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        window = letters(self.kernel_size)
        seen = f"inputs{'' if literally(self.groups, 1) else '/groups'} · {window}"
        return {
            "output": "; ".join(dict.fromkeys(law(axis) for axis in self.spread())),
            "params": f"maps · ({seen} + 1)" if self.bias else f"maps · {seen}",
            "connections": "MACs + units" if self.bias else "MACs",
            "macs": f"pairs of maps · {window} · cells of the input",
        }.get(quantity, "")

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Biases, and onto them every weight times every input cell, where the tap falls."""
        weight = tensors["weight"]
        taps = weight.reshape(*weight.shape[:2], -1)
        canvas, kept = self.canvas(x, weight, tensors.get("bias"))
        groups, rank = int(self.groups), len(self.kernel_size)
        inputs, outputs, plane = len(x) // groups, len(canvas) // groups, "xyz"[:rank]
        for g in range(groups):
            own = slice(g * inputs, (g + 1) * inputs)
            maps = slice(g * outputs, (g + 1) * outputs)
            for i, tap in enumerate(every(*map(range, self.kernel_size))):
                at = (maps, *map(_under, tap, self.spread(), x.shape[1:]))
                canvas[at] = contract(f"io,i{plane}->o{plane}", taps[own, :, i], x[own], canvas[at])
        return _cut(canvas, kept)

    def canvas(self, x: Array, weight: Array, bias: Array | None) -> tuple[Array, tuple[slice, ...]]:
        """The output before it is cut, each unit at its bias, and the part of it that is kept."""
        plane = [_kept(axis, size) for axis, size in zip(self.spread(), x.shape[1:], strict=True)]
        kept = (slice(None), *(part for _, part in plane))
        exact = next((array for array in (x, weight) if is_exact(array)), None)
        zero = 0.0 if exact is None else exact.flat[0].constant(0.0)
        dtype = x.dtype if exact is None else exact.dtype
        canvas = np.full((int(self.out_channels), *(cells for cells, _ in plane)), zero, dtype=dtype)
        if bias is not None:
            canvas[kept] = bias[(slice(None), *(None,) * len(plane))]
        return canvas, kept


def _kept(axis: Spread, size: int) -> tuple[int, slice]:
    """Cells that the taps, and the output padding, come to along an axis, and those that are kept.

    Found by placing windows and not by the formula of `Spread`, which this is a witness to.
    """
    end = _under(int(axis.kernel) - 1, axis, size).stop  # type: ignore[call-overload]
    if isinstance(axis.padding, str):  # kept are the cells that the convolution the other way reads
        stride = int(axis.stride)  # type: ignore[call-overload]
        before, _, _ = places(Axis(axis.kernel, stride, axis.padding, axis.dilation), size * stride)
        return max(end, before + size * stride), slice(before, before + size * stride)
    before, after, more = map(int, (*axis.padding, axis.more))  # type: ignore[arg-type]
    return end + more, slice(before, end + more - after)


def _under(tap: int, axis: Spread, size: int) -> slice:
    """The cells onto which a tap falls, one for each cell of the input."""
    first, stride = tap * int(axis.dilation), int(axis.stride)  # type: ignore[call-overload]
    return slice(first, first + (size - 1) * stride + 1, stride)


def _cut(canvas: Array, kept: tuple[slice, ...]) -> Array:
    """The part that is kept, or all where scalars remember.

    A link onto a cell that is cut off is a link, as one from a cell of padding is to a convolution.
    """
    remember = is_exact(canvas) and hasattr(canvas.flat[0], "sources")
    return canvas if remember else canvas[kept]


def _axis_rules(axis: Spread, size: Dim) -> Iterable[Rule]:
    if isinstance(axis.padding, str):
        yield Rule(
            equal(axis.more, 0),
            lambda: "same padding and an output padding both say how large the output is",
            lambda: "same padding leaves size·stride",
            "output_padding",
        )
    else:
        yield Rule(
            at_least(largest(axis.stride, axis.dilation), axis.more + 1),
            lambda: f"an output padding of {axis.more} is not below the stride, nor the dilation",
            lambda: (
                "it chooses among the sizes that a convolution of this stride makes one; there are no more"
            ),
            "output_padding",
        )
    yield Rule(
        at_least(axis.places(size), 1),
        lambda: f"the padding cuts off all that {size} cells spread over",
        lambda: _arithmetic(axis, size),
        "padding",
    )


def _arithmetic(axis: Spread, size: Dim) -> str:
    """`(W − 1)·S + F − 2P = (4 − 1)·1 + 1 − 2·3 = −2`; nothing where a size is no number."""
    from archcalc.written import Written, commas

    sizes: tuple[Any, ...] = (*axis.padding, axis.kernel, axis.stride, axis.dilation, axis.more, size)
    if not all(isinstance(n, int) for n in sizes):
        return ""
    before, after, kernel, stride, _, more, cells = (Written(n) if n else 0 for n in sizes)
    pads = (before, before) if sizes[0] == sizes[1] else (before, after)
    dilation = 1 if literally(axis.dilation, 1) else Written(sizes[4])
    value: Any = Spread(kernel, stride, pads, dilation, more).places(cells)
    return f"{law(axis)} = {value} = {commas(int(value))}, and an output needs at least 1"


class ConvTranspose1d(
    Transposed,
    op="conv_transpose1d",
    takes="C T",
    also=("Conv1DTranspose", "deconvolution1d", "deconv1d", "nn.ConvTranspose1d"),
):
    """Each input cell is spread along the signal by a window of weights, and what falls together is added.

    Shapes   (C, T) -> (out_channels, T')
    Counts   input cells times taps are connections and MACs, also those that fall on cells cut off
    Source   Dumoulin and Visin 2016, section 4; torch.nn.ConvTranspose1d
    """

    out_channels: Dim = dim("output maps", also=("filters", "num_output"))
    kernel_size: Sides = sides("window length", rank=1, also=("kernel", "filter_size", "size"))
    stride: Sides = sides("step in the output between input cells", rank=1, default=1, also=("strides",))
    padding: Pads = pads(
        "cells cut off before and after; same: as many as leave size·stride",
        rank=1,
        default=0,
        also=("pad", "pads"),
    )
    output_padding: Sides = sides("cells more at the end", rank=1, low=0, default=0, also=("out_pad",))
    groups: Dim = dim("groups of maps that reach only each other", default=1, also=("group", "num_groups"))
    bias: bool = flag("one bias for each output map", default=True, also=("use_bias", "bias_term"))
    dilation: Sides = sides("step between taps", rank=1, default=1, also=("dilation_rate", "dilations"))


class ConvTranspose2d(
    Transposed,
    op="conv_transpose2d",
    takes="C H W",
    also=("Conv2DTranspose", "conv_transpose", "deconvolution", "deconvolution2d", "deconv", "deconv2d",
          "transposed_conv2d", "nn.ConvTranspose2d"),
):  # fmt: skip
    """Each input cell is spread over the output by a window of weights, and what falls together is added.

    Shapes   (C, H, W) -> (out_channels, H', W')
    Counts   input cells times taps are connections and MACs, also those that fall on cells cut off
    Source   Dumoulin and Visin 2016, section 4; torch.nn.ConvTranspose2d
    """

    out_channels: Dim = dim("output maps", also=("filters", "num_output"))
    kernel_size: Sides = sides("window height and width", also=("kernel", "filter_size", "size"))
    stride: Sides = sides("step in the output between input cells", default=1, also=("strides",))
    padding: Pads = pads(
        "cells cut off at each side; same: as many as leave size·stride", default=0, also=("pad", "pads")
    )
    output_padding: Sides = sides("rows and columns more at the end", low=0, default=0, also=("out_pad",))
    groups: Dim = dim("groups of maps that reach only each other", default=1, also=("group", "num_groups"))
    bias: bool = flag("one bias for each output map", default=True, also=("use_bias", "bias_term"))
    dilation: Sides = sides("step between taps", default=1, also=("dilation_rate", "dilations"))


class ConvTranspose3d(
    Transposed,
    op="conv_transpose3d",
    takes="C D H W",
    also=("Conv3DTranspose", "deconvolution3d", "deconv3d", "nn.ConvTranspose3d"),
):
    """Each input cell is spread over the volume by a window of weights, and what falls together is added.

    Shapes   (C, D, H, W) -> (out_channels, D', H', W')
    Counts   input cells times taps are connections and MACs, also those that fall on cells cut off
    Source   Dumoulin and Visin 2016, section 4; torch.nn.ConvTranspose3d
    """

    out_channels: Dim = dim("output volumes", also=("filters", "num_output"))
    kernel_size: Sides = sides(
        "window depth, height and width", rank=3, also=("kernel", "filter_size", "size")
    )
    stride: Sides = sides("step in the output between input cells", rank=3, default=1, also=("strides",))
    padding: Pads = pads(
        "cells cut off at each side; same: as many as leave size·stride",
        rank=3,
        default=0,
        also=("pad", "pads"),
    )
    output_padding: Sides = sides("cells more at the end", rank=3, low=0, default=0, also=("out_pad",))
    groups: Dim = dim("groups of maps that reach only each other", default=1, also=("group", "num_groups"))
    bias: bool = flag("one bias for each output map", default=True, also=("use_bias", "bias_term"))
    dilation: Sides = sides("step between taps", rank=3, default=1, also=("dilation_rate", "dilations"))
