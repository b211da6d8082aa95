"""Pooling to a given size: windows as long as that takes, or one over the whole map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import largest, total
from archcalc.dims import Dim, Shape, gcd, product, shown
from archcalc.fields import sides
from archcalc.layer import Layer, Work
from archcalc.window import Tap, parts

if TYPE_CHECKING:
    from archcalc.arrays import Array
    from archcalc.layers.bases.windowed import DECLARED

_ALSO = ("out_size", "output_shape", "target_size")


class Pool(Layer):
    """Each unit pools some cells of one map; a family says which."""

    family = "pool"
    units = True

    def join(self, cells: Array, axes: tuple[int, ...]) -> Array:
        """What is made of the cells along some axes."""
        raise NotImplementedError


class Mean(Pool):
    """The mean of the cells."""

    def term(self) -> str:
        """What one calls it."""
        return "average pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """One addition less than there are cells, and one division, for each unit."""
        links: Any = self.connections(x, y=y)
        return Work(add=links - product(y), div=product(y))

    def join(self, cells: Array, axes: tuple[int, ...]) -> Array:
        """The sum over the number of cells."""
        count = 1
        for axis in axes:
            count *= cells.shape[axis]
        return total(cells, axes) / count


class Largest(Pool):
    """The largest of the cells."""

    def term(self) -> str:
        """What one calls it."""
        return "max pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """One comparison less than there are cells, for each unit."""
        links: Any = self.connections(x, y=y)
        return Work(compare=links - product(y))

    def join(self, cells: Array, axes: tuple[int, ...]) -> Array:
        """The maximum."""
        return largest(cells, axes)


class Global(Pool):
    """One window over the whole of each map."""

    formulas = {"connections": "all inputs, once"}

    def output(self, x: Shape) -> Shape:
        """A vector: one number for each map."""
        return Shape((x[0],), "C")

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Each unit reads the whole of its map."""
        return product(x)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The mean, or the largest, of each map."""
        return self.join(x, tuple(range(1, x.ndim)))


class Adaptive(Pool):
    """As many windows along each axis as are asked for: the i-th of o covers ⌊i·n/o⌋ to ⌈(i + 1)·n/o⌉."""

    formulas = {"connections": "maps · (W + W' − gcd(W, W')) along each axis"}
    if TYPE_CHECKING:
        output_size = DECLARED

    def output(self, x: Shape) -> Shape:
        """The size that is asked for; as many maps as before."""
        return Shape((x[0], *self.output_size), x.axes)

    def connections(self, x: Shape, y: Shape) -> Dim:
        """The lengths of an axis's windows sum to n + o − gcd(n, o): each o-th part of n shares its end."""
        pairs = zip(x[1:], self.output_size, strict=True)
        return product((x[0], *(n + o - gcd(n, o) for n, o in pairs)))

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """The longest of its windows, which differ where the output's size does not divide the input's."""
        i = xs[0].axes.index(axis)
        return parts(xs[0][i], y[i])

    def label(self) -> str:
        """`adaptive_avg_pool2d 7x7`."""
        return f"{self.op} {'x'.join(map(shown, self.output_size))}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Each window pooled on its own."""
        from archcalc.lazy import np

        places = tuple(map(int, self.output_size))
        y = np.empty((x.shape[0], *places), dtype=x.dtype)
        axes = tuple(range(1, x.ndim))
        for place in np.ndindex(*places):
            sides = zip(place, x.shape[1:], places, strict=True)
            window = [slice(i * n // o, -(-(i + 1) * n // o)) for i, n, o in sides]
            y[(slice(None), *place)] = self.join(x[(slice(None), *window)], axes)
        return y


class GlobalAvgPool1d(
    Mean,
    Global,
    op="global_avg_pool1d",
    takes="C T",
    also=("global_average_pooling1d", "global_average_pool1d", "gap1d"),
):
    """The mean of each signal.

    Shapes   (C, T) -> (C)
    Counts   T − 1 additions and one division for each signal
    Source   Lin et al. 2014, Network in Network, 3.2, along one axis
    """


class GlobalAvgPool2d(
    Mean,
    Global,
    op="global_avg_pool2d",
    takes="C H W",
    also=(
        "global_average_pooling2d",
        "global_average_pool2d",
        "global_average_pool",
        "global_avg_pool",
        "gap",
    ),
):
    """The mean of each map.

    Shapes   (C, H, W) -> (C)
    Counts   H·W − 1 additions and one division for each map
    Source   Lin et al. 2014, Network in Network, 3.2
    """


class GlobalAvgPool3d(
    Mean,
    Global,
    op="global_avg_pool3d",
    takes="C D H W",
    also=("global_average_pooling3d", "global_average_pool3d", "gap3d"),
):
    """The mean of each volume.

    Shapes   (C, D, H, W) -> (C)
    Counts   D·H·W − 1 additions and one division for each volume
    Source   Lin et al. 2014, Network in Network, 3.2, along three axes
    """


class GlobalMaxPool1d(
    Largest,
    Global,
    op="global_max_pool1d",
    takes="C T",
    also=("global_max_pooling1d", "max_over_time", "gmp1d"),
):
    """The largest number of each signal.

    Shapes   (C, T) -> (C)
    Counts   T − 1 comparisons for each signal
    Source   Collobert et al. 2011, Natural Language Processing (Almost) from Scratch, max over time
    """


class GlobalMaxPool2d(
    Largest,
    Global,
    op="global_max_pool2d",
    takes="C H W",
    also=("global_max_pooling2d", "global_max_pool", "gmp"),
):
    """The largest number of each map.

    Shapes   (C, H, W) -> (C)
    Counts   H·W − 1 comparisons for each map
    Source   Oquab et al. 2015, Is object localization for free?
    """


class GlobalMaxPool3d(
    Largest, Global, op="global_max_pool3d", takes="C D H W", also=("global_max_pooling3d", "gmp3d")
):
    """The largest number of each volume.

    Shapes   (C, D, H, W) -> (C)
    Counts   D·H·W − 1 comparisons for each volume
    Source   Oquab et al. 2015, Is object localization for free?, along three axes
    """


class AdaptiveAvgPool1d(
    Mean,
    Adaptive,
    op="adaptive_avg_pool1d",
    takes="C T",
    also=("adaptive_average_pool1d", "adaptive_average_pooling1d"),
):
    """The mean of each part of a signal that is cut into as many as asked for.

    Shapes   (C, T) -> (C, output_size)
    Counts   an addition less than each window has cells, and a division; windows may share cells
    Source   torch.nn.AdaptiveAvgPool1d
    """

    output_size: tuple[Dim] = sides("length of the output", rank=1, also=_ALSO)


class AdaptiveAvgPool2d(
    Mean,
    Adaptive,
    op="adaptive_avg_pool2d",
    takes="C H W",
    also=("adaptive_avg_pool", "adaptive_average_pool2d", "adaptive_average_pooling2d"),
):
    """The mean of each part of a map that is cut into as many as asked for.

    Shapes   (C, H, W) -> (C, *output_size)
    Counts   an addition less than each window has cells, and a division; windows may share cells
    Source   torch.nn.AdaptiveAvgPool2d
    """

    output_size: tuple[Dim, Dim] = sides("height and width of the output", also=_ALSO)


class AdaptiveAvgPool3d(
    Mean,
    Adaptive,
    op="adaptive_avg_pool3d",
    takes="C D H W",
    also=("adaptive_average_pool3d", "adaptive_average_pooling3d"),
):
    """The mean of each part of a volume that is cut into as many as asked for.

    Shapes   (C, D, H, W) -> (C, *output_size)
    Counts   an addition less than each window has cells, and a division; windows may share cells
    Source   torch.nn.AdaptiveAvgPool3d
    """

    output_size: tuple[Dim, Dim, Dim] = sides("depth, height and width of the output", rank=3, also=_ALSO)


class AdaptiveMaxPool1d(
    Largest, Adaptive, op="adaptive_max_pool1d", takes="C T", also=("adaptive_max_pooling1d",)
):
    """The largest number in each part of a signal that is cut into as many as asked for.

    Shapes   (C, T) -> (C, output_size)
    Counts   a comparison less than each window has cells; windows may share cells
    Source   torch.nn.AdaptiveMaxPool1d
    """

    output_size: tuple[Dim] = sides("length of the output", rank=1, also=_ALSO)


class AdaptiveMaxPool2d(
    Largest,
    Adaptive,
    op="adaptive_max_pool2d",
    takes="C H W",
    also=("adaptive_max_pool", "adaptive_max_pooling2d"),
):
    """The largest number in each part of a map that is cut into as many as asked for.

    Shapes   (C, H, W) -> (C, *output_size)
    Counts   a comparison less than each window has cells; windows may share cells
    Source   torch.nn.AdaptiveMaxPool2d
    """

    output_size: tuple[Dim, Dim] = sides("height and width of the output", also=_ALSO)


class AdaptiveMaxPool3d(
    Largest, Adaptive, op="adaptive_max_pool3d", takes="C D H W", also=("adaptive_max_pooling3d",)
):
    """The largest number in each part of a volume that is cut into as many as asked for.

    Shapes   (C, D, H, W) -> (C, *output_size)
    Counts   a comparison less than each window has cells; windows may share cells
    Source   torch.nn.AdaptiveMaxPool3d
    """

    output_size: tuple[Dim, Dim, Dim] = sides("depth, height and width of the output", rank=3, also=_ALSO)
