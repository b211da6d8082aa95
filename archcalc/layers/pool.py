"""Pooling and subsampling: a window over each map on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.arrays import largest, patches, total
from archcalc.dims import Dim, Shape, at_least, product
from archcalc.fields import flag, pads, sides
from archcalc.layer import Rule, Work
from archcalc.layers.windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array


class Pooling(Windowed):
    """A window over each map, in any number of axes."""

    units = True
    formulas = {"connections": "F·F · maps · places"}

    def default_stride(self) -> tuple[Dim, ...]:
        """The window's own size: windows side by side."""
        return self.kernel_size  # type: ignore[no-any-return]

    def requires(self, x: Shape) -> Iterable[Rule]:
        """The window fits, and never lies in padding alone, where there is nothing to pool."""
        yield from super().requires(x)
        for axis in self.window():
            for side in () if isinstance(axis.padding, str) else axis.padding:
                yield Rule(
                    at_least(axis.kernel, side + 1),
                    lambda axis=axis, side=side: f"a window of {axis.kernel} has room in a padding of {side}",  # type: ignore[misc]
                    lambda: "a window that reads padding alone has nothing to pool",
                    "padding",
                )

    def output(self, x: Shape) -> Shape:
        """(W − F + 2P)/S + 1 along each axis; as many maps as before."""
        return Shape((x[0], *self.plane(x)), x.axes)

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Each unit reads its window."""
        return product(self.kernel_size) * product(y)


class Subsample2d(Pooling, op="subsample2d", takes="C H W", also=("subsample", "subsampling", "downsample")):
    """The sum of a window, times one trainable coefficient, plus one bias, for each map.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   the coefficient is a multiplication and no MAC; the bias is a connection
    Source   LeCun et al. 1998, II.B
    """

    kernel_size: tuple[Dim, Dim] = sides("window height and width", also=("kernel", "pool_size", "size"))
    stride: tuple[Dim, Dim] | None = sides(
        "step of the window; without it, the window's size", default=None, also=("strides",)
    )
    formulas = {
        "params": "a coefficient and a bias for each map",
        "connections": "(F·F + 1 bias) · maps · places",
    }

    def term(self) -> str:
        """The word of the 1998 paper."""
        return "subsampling"

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
        return coefficient * total(patches(x, self.window()), (1, 2)) + bias


class MaxPool2d(
    Pooling, op="max_pool2d", takes="C H W", also=("max_pool", "max_pooling", "max_pooling2d", "pool")
):
    """The largest input under the window.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   F·F − 1 comparisons for each unit; cells of padding are below every input
    Source   torch.nn.MaxPool2d for the rounding of ceil_mode
    """

    kernel_size: tuple[Dim, Dim] = sides("window height and width", also=("kernel", "pool_size", "size"))
    stride: tuple[Dim, Dim] | None = sides(
        "step of the window; without it, the window's size", default=None, also=("strides",)
    )
    padding: tuple[tuple[Dim, Dim], ...] | str = pads(
        "cells around the maps", default=0, also=("pad", "pads")
    )
    ceil_mode: bool = flag("round the output's size up", default=False, also=("ceil", "round_up"))

    def term(self) -> str:
        """What one calls it."""
        return "max pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """F·F − 1 comparisons for each unit."""
        return Work(compare=(product(self.kernel_size) - 1) * product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The maximum of each window."""
        return largest(patches(x, self.window(), fill=float("-inf")), (1, 2))


class AvgPool2d(
    Pooling,
    op="avg_pool2d",
    takes="C H W",
    also=("avg_pool", "average_pool2d", "average_pooling2d", "mean_pool2d", "average_pool"),
):
    """The mean of what is under the window.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   F·F − 1 additions and one division for each unit
    Source   torch.nn.AvgPool2d for count_include_pad and the rounding of ceil_mode
    """

    kernel_size: tuple[Dim, Dim] = sides("window height and width", also=("kernel", "pool_size", "size"))
    stride: tuple[Dim, Dim] | None = sides(
        "step of the window; without it, the window's size", default=None, also=("strides",)
    )
    padding: tuple[tuple[Dim, Dim], ...] | str = pads(
        "cells of zeros around the maps", default=0, also=("pad", "pads")
    )
    ceil_mode: bool = flag("round the output's size up", default=False, also=("ceil", "round_up"))
    count_include_pad: bool = flag(
        "divide by the whole window where it reaches into the padding", default=True
    )

    def term(self) -> str:
        """What one calls it."""
        return "average pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """F·F − 1 additions and one division for each unit."""
        return Work(add=(product(self.kernel_size) - 1) * product(y), div=product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The sum of each window over the number of cells that it counts."""
        return total(patches(x, self.window()), (1, 2)) / self.cells(x)

    def cells(self, x: Array) -> Array:
        """Cells that each window counts: inputs, and the declared padding where it counts."""
        from archcalc.lazy import np

        counts = self.count_include_pad and not isinstance(self.padding, str)
        return total(patches(np.ones((1, *x.shape[1:])), self.window(), float(counts), 0.0), (1, 2))
