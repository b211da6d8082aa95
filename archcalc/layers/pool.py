"""Pooling and subsampling: a window over each map on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.arrays import largest, patches, total
from archcalc.dims import Dim, Shape, product
from archcalc.fields import flag, pads, sides
from archcalc.layer import Work
from archcalc.layers.bases.pooling import KERNEL, STEP, Plain2d, Pooling

if TYPE_CHECKING:
    from archcalc.arrays import Array
    from archcalc.layers.bases.windowed import DECLARED

_CEIL = "round the output's size up"
_WHOLE = "divide by the whole window where it reaches into the padding"


class _Signals(Pooling):
    """The fields of a window over signals."""

    kernel_size: tuple[Dim] = sides("window length", rank=1, also=KERNEL)
    stride: tuple[Dim] | None = sides(STEP, rank=1, default=None, also=("strides",))
    padding: tuple[tuple[Dim, Dim], ...] | str = pads(
        "cells before and after the signals", rank=1, default=0, also=("pad", "pads")
    )
    ceil_mode: bool = flag(_CEIL, default=False, also=("ceil", "round_up"))


class _Maps(Plain2d):
    """The fields of a window over maps."""

    padding: tuple[tuple[Dim, Dim], ...] | str = pads(
        "cells around the maps", default=0, also=("pad", "pads")
    )
    ceil_mode: bool = flag(_CEIL, default=False, also=("ceil", "round_up"))


class _Volumes(Pooling):
    """The fields of a window over volumes."""

    kernel_size: tuple[Dim, Dim, Dim] = sides("window depth, height and width", rank=3, also=KERNEL)
    stride: tuple[Dim, Dim, Dim] | None = sides(STEP, rank=3, default=None, also=("strides",))
    padding: tuple[tuple[Dim, Dim], ...] | str = pads(
        "cells around the volumes", rank=3, default=0, also=("pad", "pads")
    )
    ceil_mode: bool = flag(_CEIL, default=False, also=("ceil", "round_up"))


class Subsample2d(Plain2d, op="subsample2d", takes="C H W", also=("subsample", "subsampling", "downsample")):
    """The sum of a window, times one trainable coefficient, plus one bias, for each map.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   the coefficient is a multiplication and no MAC; the bias is a connection
    Source   LeCun et al. 1998, II.B
    """

    formulas = {"params": "a coefficient and a bias for each map"}

    def term(self) -> str:
        """The word of the 1998 paper."""
        return "subsampling"

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        return "(F·F + 1 bias) · maps · places" if quantity == "connections" else super().formula(quantity)

    def params(self, x: Shape) -> Dim:
        """A coefficient and a bias for each map."""
        channels: Dim = x[0]
        return 2 * channels

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A coefficient and a bias for each map."""
        return {"coefficient": Shape((x[0],)), "bias": Shape((x[0],))}

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Each unit reads its window and its bias."""
        return (product(self.kernel_size) + 1) * product(y)

    def work(self, x: Shape, y: Shape) -> Work:
        """F·F − 1 additions and one for the bias, and one multiplication, for each unit."""
        return Work(add=product(self.kernel_size) * product(y), mul=product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """coefficient · (sum of the window) + bias."""
        coefficient, bias = (tensors[name][:, None, None] for name in ("coefficient", "bias"))
        return coefficient * total(*self.seen(x)) + bias


class MaxPooling(Pooling):
    """The largest input under the window, in any number of axes."""

    def term(self) -> str:
        """What one calls it."""
        return "max pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """One comparison less than the window has cells, for each unit."""
        return Work(compare=(product(self.kernel_size) - 1) * product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The maximum of each window."""
        return largest(*self.seen(x, float("-inf")))


class MaxPool1d(_Signals, MaxPooling, op="max_pool1d", takes="C T", also=("max_pooling1d", "pool1d")):
    """The largest input under a window over each signal.

    Shapes   (C, T) -> (C, T')
    Counts   F − 1 comparisons for each unit; cells of padding are below every input
    Source   torch.nn.MaxPool1d for the rounding of ceil_mode
    """


class MaxPool2d(
    _Maps,
    MaxPooling,
    op="max_pool2d",
    takes="C H W",
    also=("max_pool", "max_pooling", "max_pooling2d", "pool"),
):
    """The largest input under the window.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   F·F − 1 comparisons for each unit; cells of padding are below every input
    Source   torch.nn.MaxPool2d for the rounding of ceil_mode
    """


class MaxPool3d(_Volumes, MaxPooling, op="max_pool3d", takes="C D H W", also=("max_pooling3d", "pool3d")):
    """The largest input under a window over each volume.

    Shapes   (C, D, H, W) -> (C, D', H', W')
    Counts   F·F·F − 1 comparisons for each unit; cells of padding are below every input
    Source   torch.nn.MaxPool3d for the rounding of ceil_mode
    """


class AvgPooling(Pooling):
    """The mean of what is under the window, in any number of axes."""

    if TYPE_CHECKING:
        padding = count_include_pad = DECLARED

    def term(self) -> str:
        """What one calls it."""
        return "average pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """One addition less than the window has cells, and one division, for each unit."""
        return Work(add=(product(self.kernel_size) - 1) * product(y), div=product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The sum of each window over the number of cells that it counts."""
        return total(*self.seen(x)) / self.cells(x)

    def cells(self, x: Array) -> Array:
        """Cells that each window counts: inputs, and the declared padding where it counts."""
        from archcalc.lazy import np

        counts = self.count_include_pad and not isinstance(self.padding, str)
        ones = patches(np.ones((1, *x.shape[1:])), self.window(), float(counts), 0.0)
        return total(ones, tuple(range(1, x.ndim)))


class AvgPool1d(
    _Signals,
    AvgPooling,
    op="avg_pool1d",
    takes="C T",
    also=("average_pool1d", "average_pooling1d", "mean_pool1d"),
):
    """The mean of what is under a window over each signal.

    Shapes   (C, T) -> (C, T')
    Counts   F − 1 additions and one division for each unit
    Source   torch.nn.AvgPool1d for count_include_pad and the rounding of ceil_mode
    """

    count_include_pad: bool = flag(_WHOLE, default=True)


class AvgPool2d(
    _Maps,
    AvgPooling,
    op="avg_pool2d",
    takes="C H W",
    also=("avg_pool", "average_pool2d", "average_pooling2d", "mean_pool2d", "average_pool"),
):
    """The mean of what is under the window.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   F·F − 1 additions and one division for each unit
    Source   torch.nn.AvgPool2d for count_include_pad and the rounding of ceil_mode
    """

    count_include_pad: bool = flag(_WHOLE, default=True)


class AvgPool3d(
    _Volumes,
    AvgPooling,
    op="avg_pool3d",
    takes="C D H W",
    also=("average_pool3d", "average_pooling3d", "mean_pool3d"),
):
    """The mean of what is under a window over each volume.

    Shapes   (C, D, H, W) -> (C, D', H', W')
    Counts   F·F·F − 1 additions and one division for each unit
    Source   torch.nn.AvgPool3d for count_include_pad and the rounding of ceil_mode
    """

    count_include_pad: bool = flag(_WHOLE, default=True)
