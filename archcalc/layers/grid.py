"""Layers that change how fine a grid is: copies and means between cells, maps for cells and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, divides, exact_div, product, shown
from archcalc.errors import likely, quote
from archcalc.fields import FieldError, dim, sides, special
from archcalc.layer import Layer, Rule, Work
from archcalc.window import Tap, finer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.expressions import Scope

_MODES = ("nearest", "bilinear")


def read_mode(given: Any, _scope: Scope) -> str:
    """`nearest` or `bilinear`."""
    if given not in _MODES:
        raise FieldError(
            f"is {quote(given)}, and must be nearest or bilinear", fix=likely(str(given), _MODES)
        )
    return str(given)


class Upsample(
    Layer,
    op="upsample",
    takes="C H W",
    also=("up_sampling2d", "upsampling", "interpolate", "resize", "upsample2d", "resizing"),
):
    """Maps on a finer grid: each cell the nearest one of the input, or a mean of the four around it.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   nearest: nothing; bilinear: 2 multiplications and an addition for each cell, in W and then in H
    Source   torch.nn.Upsample with align_corners false for where cells lie
    """

    family = "shape"
    scale_factor: tuple[Dim, Dim] | None = sides(
        "how many times as high and as wide; or size", default=None, also=("scale", "factor")
    )
    size: tuple[Dim, Dim] | None = sides(
        "height and width of the output; or scale_factor", default=None, also=("output_size", "target_size")
    )
    mode: str = special(
        "whether a cell is the nearest one, or a mean of those around it",
        read_mode,
        "nearest or bilinear",
        default="nearest",
        also=("interpolation",),
        examples=_MODES,
    )

    def requires(self, x: Shape) -> Iterable[Rule]:
        """It is said once how large the output is."""
        both, neither = "one of scale_factor and size", "scale_factor or size"
        yield Rule(
            self.size is not None or self.scale_factor is not None,
            lambda: f"upsample takes {neither}",
            field="scale_factor",
        )
        yield Rule(
            self.size is None or self.scale_factor is None, lambda: f"upsample takes {both}", field="size"
        )

    def output(self, x: Shape) -> Shape:
        """The size that is asked for, or the input's times the factor."""
        channels, *plane = x
        if self.size is not None:
            return Shape((channels, *self.size), x.axes)
        factors = (1, 1) if self.scale_factor is None else self.scale_factor
        return Shape((channels, *(n * factor for n, factor in zip(plane, factors, strict=True))), x.axes)

    def work(self, x: Shape, y: Shape) -> Work:
        """A mean of two for each cell of the output, and before that for its columns in each row of x."""
        if self.mode == "nearest":
            return Work()
        channels, rows, _ = x
        _, _, columns = y
        means = channels * rows * columns + product(y)
        return Work(add=means, mul=2 * means)

    keeps = "nothing"

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """The nearest cell, or the two that a unit lies between."""
        i = xs[0].axes.index(axis)
        return finer(xs[0][i], y[i], between=self.mode == "bilinear")

    def label(self) -> str:
        """`upsample x2`, `upsample 56x56 bilinear`."""
        factors = [shown(n) for n in self.scale_factor or ()]
        wide = "x" + "x".join(dict.fromkeys(factors)) if factors else "x".join(map(shown, self.size or ()))
        return f"{self.op} {wide}" + ("" if self.mode == "nearest" else f" {self.mode}")

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Along W, then along H."""
        for axis in (2, 1):
            if self.scale_factor is not None:
                size = x.shape[axis] * int(self.scale_factor[axis - 1])  # type: ignore[call-overload]
            else:
                assert self.size is not None
                size = int(self.size[axis - 1])  # type: ignore[call-overload]
            x = self.along(x, axis, size)
        return x

    def along(self, x: Array, axis: int, size: int) -> Array:
        """As many cells on one axis: copies, or (1 − t)·a + t·b of the two cells on whose line they lie."""
        from archcalc.lazy import np

        n = x.shape[axis]
        if self.mode == "nearest":
            return x.take([i * n // size for i in range(size)], axis)
        at = np.maximum((np.arange(size) + 0.5) * (n / size) - 0.5, 0)
        low = at.astype(int)
        t = np.expand_dims(at - low, tuple(range(1, x.ndim - axis)))
        high = np.minimum(low + 1, n - 1)
        mean: Array = x.take(low, axis) * (1 - t) + x.take(high, axis) * t
        return mean


class PixelShuffle(
    Layer,
    op="pixel_shuffle",
    takes="C H W",
    also=("sub_pixel", "subpixel_conv", "depth_to_space", "nn.PixelShuffle"),
):
    """Every r·r maps as one that is r times as high and as wide.

    Shapes   (C·r·r, H, W) -> (C, r·H, r·W)
    Counts   nothing
    Source   Shi et al. 2016, section 3.2; torch.nn.PixelShuffle for the order of the maps
    """

    family = "shape"
    upscale_factor: Dim = dim(
        "how many times as high and as wide", also=("block_size", "blocksize", "r", "scale")
    )

    def requires(self, x: Shape) -> Iterable[Rule]:
        """r·r divides the maps."""
        r = self.upscale_factor
        yield Rule(
            divides(r * r, x[0]),
            lambda: f"{shown(r)}·{shown(r)} does not divide {shown(x[0])} maps",
            lambda: "each r·r maps become one",
            "upscale_factor",
        )

    def output(self, x: Shape) -> Shape:
        """Fewer maps, each r times as high and as wide."""
        channels, height, width = x
        r = self.upscale_factor
        return Shape((exact_div(channels, r * r), r * height, r * width), x.axes)

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """The cell that a block was made of."""
        return finer(1, self.upscale_factor)

    def label(self) -> str:
        """`pixel_shuffle x2`."""
        return f"{self.op} x{shown(self.upscale_factor)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Map c·r·r + i·r + j to row i and column j of each r by r block."""
        r = int(self.upscale_factor)  # type: ignore[call-overload]
        _, height, width = x.shape
        blocks = x.reshape(-1, r, r, height, width)
        return blocks.transpose(0, 3, 1, 4, 2).reshape(-1, r * height, r * width)


class PixelUnshuffle(
    Layer, op="pixel_unshuffle", takes="C H W", also=("space_to_depth", "reorg", "nn.PixelUnshuffle")
):
    """Every block of r by r cells as one cell of r·r maps: pixel_shuffle undone.

    Shapes   (C, r·H, r·W) -> (C·r·r, H, W)
    Counts   nothing
    Source   torch.nn.PixelUnshuffle for the order of the maps
    """

    family = "shape"
    downscale_factor: Dim = dim("height and width of a block", also=("block_size", "blocksize", "r", "scale"))

    def requires(self, x: Shape) -> Iterable[Rule]:
        """r divides height and width."""
        r = self.downscale_factor
        for size, word in ((x[1], "rows"), (x[2], "columns")):
            yield Rule(
                divides(r, size),
                lambda size=size, word=word: f"{shown(r)} does not divide {shown(size)} {word}",  # type: ignore[misc]
                field="downscale_factor",
            )

    def output(self, x: Shape) -> Shape:
        """More maps, each with a cell for a block."""
        channels, height, width = x
        r = self.downscale_factor
        return Shape((channels * r * r, exact_div(height, r), exact_div(width, r)), x.axes)

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """A block."""
        return Tap(self.downscale_factor, 0, self.downscale_factor)

    def label(self) -> str:
        """`pixel_unshuffle /2`."""
        return f"{self.op} /{shown(self.downscale_factor)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Row i and column j of each block to map c·r·r + i·r + j."""
        r = int(self.downscale_factor)  # type: ignore[call-overload]
        channels, height, width = x.shape
        blocks = x.reshape(channels, height // r, r, width // r, r)
        return blocks.transpose(0, 2, 4, 1, 3).reshape(-1, height // r, width // r)


class ChannelShuffle(
    Layer, op="channel_shuffle", takes=("C T", "C H W", "C D H W"), also=("shuffle", "nn.ChannelShuffle")
):
    """Maps dealt out anew: the first of each group, then the second of each, and so on.

    Shapes   (C, ...) -> the same
    Counts   nothing
    Source   Zhang et al. 2018, ShuffleNet, section 3.1
    """

    family = "shape"
    groups: Dim = dim("groups that the maps stand in", also=("group", "num_groups"))

    def requires(self, x: Shape) -> Iterable[Rule]:
        """The groups are of one size."""
        yield Rule(
            divides(self.groups, x[0]),
            lambda: f"{shown(self.groups)} groups do not divide {shown(x[0])} maps",
            field="groups",
        )

    def label(self) -> str:
        """`channel_shuffle groups 3`."""
        return f"{self.op} groups {shown(self.groups)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Map g·n + i of n to a group to i·groups + g."""
        groups = int(self.groups)  # type: ignore[call-overload]
        dealt = x.reshape(groups, -1, *x.shape[1:]).swapaxes(0, 1)
        return dealt.reshape(x.shape)
