"""Softmax and its logarithm: numbers against the others along one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import exp, log, total
from archcalc.dims import product
from archcalc.layer import Work
from archcalc.layers.bases.along import Along, axis_field
from archcalc.layers.bases.named import has
from archcalc.layers.bases.pointwise import Activation
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.dims import Dim, Shape
    from archcalc.layer import Rule
    from archcalc.window import Tap


class AlongAxis(Activation, Along):
    """An activation along an axis that a field names."""

    axis: Any = axis_field("the axis whose numbers are held against one another")

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There is such an axis."""
        yield has(self.axis, xs[0], "axis")

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """All of the axis that it sums over."""
        return None if axis == self.axis else super().reach(axis, *xs, y=y, of=of)

    def rows(self, x: Shape) -> Dim:
        """How many sums there are."""
        return product(size for axis, size in x.named() if axis != self.axis)

    def sums(self, powers: Array) -> Array:
        """Sums along the axis, which stays with size 1."""
        axis = self.spelled(powers).index(self.axis)
        return np.expand_dims(total(powers, (axis,)), axis)


class Softmax(AlongAxis, op="softmax", also=("nn.Softmax", "soft_max")):
    """exp(a_i) / Σ_j exp(a_j), along the channels or another axis.

    Shapes   any -> the same
    Counts   for n channels n exponentials, n − 1 additions, n divisions
    Source   Goodfellow, Bengio and Courville 2016, Deep Learning, 6.2.2.3
    """

    def work(self, x: Shape, y: Shape) -> Work:
        """Along n channels: n exponentials, n − 1 additions, n divisions."""
        every = product(y)
        return Work(add=every - self.rows(y), div=every, special=every)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Exponentials over their sum."""
        powers = exp(x)
        return powers / self.sums(powers)


class LogSoftmax(AlongAxis, op="log_softmax", also=("nn.LogSoftmax",)):
    """a_i − ln Σ_j exp(a_j), along the channels or another axis.

    Shapes   any -> the same
    Counts   for n channels n exponentials, n − 1 additions, a logarithm, n subtractions
    Source   Goodfellow, Bengio and Courville 2016, Deep Learning, 6.2.2.3
    """

    def work(self, x: Shape, y: Shape) -> Work:
        """Along n channels: n exponentials and a logarithm, n − 1 additions and n subtractions."""
        every, rows = product(y), self.rows(y)
        return Work(add=2 * every - rows, special=every + rows)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Each less the logarithm of the sum of exponentials."""
        return x - log(self.sums(exp(x)))
