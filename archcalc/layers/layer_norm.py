"""Normalisation of each place over its channels, and gains on their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import sqrt
from archcalc.dims import Shape, product
from archcalc.errors import quote
from archcalc.fields import FieldError, flag, number, special
from archcalc.layer import Work
from archcalc.layers.bases.along import Along, channels
from archcalc.layers.bases.named import has
from archcalc.layers.bases.standard import mean, standardised, standardising

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.dims import Dim
    from archcalc.expressions import Scope
    from archcalc.layer import Rule
    from archcalc.window import Tap

DECLARED: Any = None


def read_over(given: Any, _scope: Scope) -> Any:
    """`all`, the name of an axis, or a list of names."""
    if given == "all":
        return given
    names = given if isinstance(given, list | tuple) else [given]
    odd = next((name for name in names if not (isinstance(name, str) and name.isidentifier())), None)
    if odd is not None or not names or len(set(names)) < len(names):
        why = "an axis is named: C for the channels of each place, all for everything together"
        raise FieldError(f"is {quote(str(given))}, and must name axes", why)
    return tuple(names)


def write_over(over: Any) -> Any:
    """Axes as an author writes them."""
    return list(over) if isinstance(over, tuple) and over[1:] else "".join(over)


class OverAxes(Along):
    """A layer that norms over some axes, mostly the channels of each place."""

    family = "norm"
    in_place = True
    over: Any = special(
        "axes that are normed together, with a gain for each number on them",
        read_over,
        "C, all, or a list of axes",
        default="C",
        also=("axis", "axes"),
        examples=("C", "all", ["T", "C"]),
        spell=write_over,
    )
    elementwise_affine: bool = flag("trained gains", default=True, also=("affine", "scale"))

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There are such axes."""
        if self.over == "all":
            return
        for axis in self.over:
            yield has(axis, xs[0], "over")

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        what = "channel" if self.over == ("C",) else "number that is normed together"
        found = "a gain and a bias" if self.__dict__.get("bias") else "a gain"
        return f"{found} for each {what}" if quantity == "params" and self.elementwise_affine else ""

    def gained(self, x: Shape) -> Shape:
        """The shape of the gains."""
        if self.over == "all":
            return x
        named = [(axis, size) for axis, size in x.named() if axis in self.over]
        return Shape([size for _, size in named], [axis for axis, _ in named])

    def rows(self, x: Shape) -> Dim:
        """How many sets of numbers are normed, each on its own."""
        if self.over == "all":
            return 1
        return product(size for axis, size in x.named() if axis not in self.over)

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """All of an axis that is normed over."""
        normed = self.over == "all" or axis in self.over
        return None if normed else super().reach(axis, *xs, y=y, of=of)

    def along(self, x: Array) -> tuple[int, ...]:
        """The axes that are normed over, by their places."""
        return tuple(i for i, axis in enumerate(self.spelled(x)) if self.over == "all" or axis in self.over)

    def gain(self, tensor: Array, x: Array) -> Array:
        """A tensor with an axis for each of the input's."""
        along = self.along(x)
        return tensor.reshape([size if i in along else 1 for i, size in enumerate(x.shape)])


class LayerNorm(
    OverAxes,
    op="layer_norm",
    also=("nn.LayerNorm", "layer_normalization", "layer_norm2d", "LayerNorm2d"),
):
    """At each place, the channels less their mean, over their deviation, times gains, plus biases.

    Shapes   any -> the same
    Counts   per place of n numbers 3n − 1 additions, n squares, n + 2 divisions, a root; gain and bias n each
    Source   Ba, Kiros and Hinton 2016, equation 4; over the channels of maps as in ConvNeXt
    """

    eps: Any = number("added to the variance", default="0.00001", also=("epsilon",), low=0)
    bias: bool = flag("a bias beside each gain", default=True, also=("center", "beta"))

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A gain and a bias for each number that is normed together."""
        if not self.elementwise_affine:
            return {}
        weight = self.gained(x)
        return {"weight": weight, "bias": weight} if self.bias else {"weight": weight}

    def work(self, x: Shape, y: Shape) -> Work:
        """Statistics of each place, then gains and biases."""
        work = standardising(product(y), self.rows(y))
        if not self.elementwise_affine:
            return work
        work = work.plus(Work(mul=product(y)))
        return work.plus(Work(add=product(y))) if self.bias else work

    def forward(self, x: Array, **tensors: Array) -> Array:
        """(x − mean)/√(variance + eps) at each place, then gain and bias."""
        y = standardised(x, self.along(x), float(self.eps))
        if self.elementwise_affine:
            y = y * self.gain(tensors["weight"], x)
            y = y + self.gain(tensors["bias"], x) if self.bias else y
        return y


class RmsNorm(OverAxes, op="rms_norm", also=("nn.RMSNorm", "root_mean_square_norm")):
    """At each place, the channels over the root of their mean square, times gains.

    Shapes   any -> the same
    Counts   per place of n numbers n squares, n additions, n + 1 divisions, a root; n for the gain
    Source   Zhang and Sennrich 2019, equation 4; eps under the root as in torch.nn.RMSNorm
    """

    eps: Any = number("added to the mean square", default="0.000001", also=("epsilon",), low=0)

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A gain for each number that is normed together."""
        return {"weight": self.gained(x)} if self.elementwise_affine else {}

    def work(self, x: Shape, y: Shape) -> Work:
        """The mean square of each place, then quotients and gains."""
        every, rows = product(y), self.rows(y)
        work = Work(add=every, mul=every, div=every + rows, special=rows)
        return work.plus(Work(mul=every)) if self.elementwise_affine else work

    def forward(self, x: Array, **tensors: Array) -> Array:
        """x/√(mean of x² + eps) at each place, then the gain."""
        y: Array = x / sqrt(mean(x * x, self.along(x)) + float(self.eps))
        return y * self.gain(tensors["weight"], x) if self.elementwise_affine else y


class LayerScale(Along, op="layer_scale", also=("channel_scale", "gamma")):
    """Each channel times a gain of its own, which is learned.

    Shapes   any -> the same
    Counts   a multiplication for each number, and no MAC, since nothing is added up
    Source   Touvron et al. 2021, Going Deeper with Image Transformers, equation 5; ConvNeXt
    """

    family = "norm"
    in_place = True
    formulas = {"params": "a gain for each channel"}

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A gain for each channel."""
        return {"weight": Shape((channels(x),))}

    def work(self, x: Shape, y: Shape) -> Work:
        """A multiplication for each number."""
        return Work(mul=product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """gain · x, channel by channel."""
        return x * self.laid(tensors["weight"], x)
