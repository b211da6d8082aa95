"""Pooling as it is seldom seen: by chance, by rank, and by a mix of maximum and mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.arrays import contract, larger, largest, smaller, total
from archcalc.dims import Shape, floor_div, product
from archcalc.fields import flag
from archcalc.layer import Work
from archcalc.layers.bases.pooling import Plain2d

if TYPE_CHECKING:
    import numpy

    from archcalc.arrays import Array

_LEAST = 1e-300  # what an empty window is divided by, so that it gives 0


class StochasticPool2d(Plain2d, op="stochastic_pool2d", takes="C H W", also=("stochastic_pool",)):
    """The mean of a window, each input weighted by its share of the window's sum.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   inference: F·F − 1 additions, a comparison with 0, then F·F divisions and F·F MACs, for each unit
    Source   Zeiler and Fergus 2013, Stochastic Pooling: probabilistic weighting at test time
    """

    family = "pool"

    def term(self) -> str:
        """What one calls it."""
        return "stochastic pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """The window's sum, a share of it for each input, and the sum of shares times inputs."""
        area, units = product(self.kernel_size), product(y)
        return Work(mac=area * units, add=(area - 1) * units, div=area * units, compare=units)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Σ p·a with p = a/Σ a; a window of zeros gives 0."""
        window, axes = self.seen(x)
        shares = window / larger(total(window, axes), _LEAST)[:, None, None]
        return contract("cijxy,cijxy->cxy", shares, window)

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        return "F·F · maps · places" if quantity == "macs" else super().formula(quantity)


class MedianPool2d(Plain2d, op="median_pool2d", takes="C H W", also=("median_pool", "median_pooling2d")):
    """The middle of a window's inputs in the order of their size; of two, the lower.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   m·(2n − m − 1) + n − m − 1 minima and maxima for each unit, with n = F·F and m = ⌊n/2⌋
    Source   torch.median for the lower of two; selection by exchanges as in Knuth 1998, 5.2.2
    """

    family = "pool"

    def term(self) -> str:
        """What one calls it."""
        return "median pooling"

    def work(self, x: Shape, y: Shape) -> Work:
        """Passes that each carry the largest of the rest to its end, and in the last no more than that.

        Pass j, from 0, meets n − j numbers in n − j − 1 exchanges, each a minimum and a maximum.
        """
        n = product(self.kernel_size)
        half = floor_div(n, 2)
        return Work(compare=(half * (2 * n - half - 1) + n - half - 1) * product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The largest that is left when ⌊n/2⌋ larger ones have been carried away."""
        window, _ = self.seen(x)
        cells = list(window.swapaxes(0, 2).swapaxes(0, 1).reshape(-1, *window.shape[:1], *window.shape[3:]))
        for _ in range(len(cells) // 2):
            for i in range(len(cells) - 1):
                a, b = cells[i], cells[i + 1]
                cells[i], cells[i + 1] = smaller(a, b), larger(a, b)
            cells.pop()
        middle: Array = cells[0]
        for cell in cells[1:]:
            middle = larger(middle, cell)
        return middle


class MixedPool2d(Plain2d, op="mixed_pool2d", takes="C H W", also=("mixed_pool", "mixed_max_average_pool")):
    """A learned mix of the largest input under a window and the mean: a·max + (1 − a)·mean.

    Shapes   (C, H, W) -> (C, H', W')
    Counts   for each unit F·F − 1 comparisons, F·F additions, 1 division, 2 multiplications; and 1 − a once
    Source   Lee, Gallagher and Tu 2016, Generalizing Pooling Functions: mixed max-average pooling
    """

    family = "pool"
    per_channel: bool = flag(
        "a mix for each map, not one for all", default=False, also=("per_map", "channelwise")
    )

    def term(self) -> str:
        """What one calls it."""
        return "mixed pooling"

    def weights(self, x: Shape) -> dict[str, Shape]:
        """The share of the maximum, for all maps or for each."""
        return {"mix": Shape((x[0] if self.per_channel else 1,))}

    def work(self, x: Shape, y: Shape) -> Work:
        """The maximum, the mean, two products and their sum; the mean's share once for each mix."""
        area, units = product(self.kernel_size), product(y)
        mixes = x[0] if self.per_channel else 1
        return Work(add=area * units + mixes, mul=2 * units, div=units, compare=(area - 1) * units)

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        params = "one mix for each map" if self.per_channel else "one mix"
        return params if quantity == "params" else super().formula(quantity)

    def values(self, name: str, shape: tuple[int, ...], rng: numpy.random.Generator) -> Array | None:
        """A share, by chance."""
        return rng.uniform(0, 1, shape)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """a·max + (1 − a)·mean."""
        window, axes = self.seen(x)
        mix = tensors["mix"]
        rest = (1 - mix)[:, None, None]
        mean = total(window, axes) / float(product(map(int, self.kernel_size)))  # type: ignore[arg-type]
        mixed: Array = mix[:, None, None] * largest(window, axes) + rest * mean
        return mixed
