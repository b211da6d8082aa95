"""Rectifiers: activations that keep what is above zero and press down what is below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import exp, larger, smaller
from archcalc.dims import Shape, equal
from archcalc.fields import FieldError, number, read_size, special
from archcalc.layer import Rule, Work
from archcalc.layers.bases.along import Along, channels
from archcalc.layers.bases.named import has
from archcalc.layers.bases.pointwise import Activation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.expressions import Scope


class Relu(Activation, op="relu", also=("rectifier", "rectified_linear", "nn.ReLU")):
    """max(0, a).

    Shapes   any -> the same
    Counts   one comparison
    Source   Nair and Hinton 2010
    """

    cost = Work(compare=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """max(0, a)."""
        return larger(x, 0.0)


class Relu6(Activation, op="relu6", also=("nn.ReLU6", "clipped_relu")):
    """min(max(0, a), 6).

    Shapes   any -> the same
    Counts   two comparisons
    Source   Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10; torch.nn.ReLU6
    """

    cost = Work(compare=2)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """min(max(0, a), 6)."""
        return smaller(larger(x, 0.0), 6.0)


class LeakyRelu(Activation, op="leaky_relu", also=("nn.LeakyReLU", "lrelu")):
    """max(0, a) + s · min(0, a): below zero a slope s that is fixed.

    Shapes   any -> the same
    Counts   two comparisons, one multiplication, one addition
    Source   Maas, Hannun and Ng 2013; written as in torch.nn.LeakyReLU
    """

    negative_slope: Any = number("slope s below zero", default="0.01", also=("alpha", "slope", "leak"))
    cost = Work(compare=2, mul=1, add=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """max(0, a) + s · min(0, a)."""
        return larger(x, 0.0) + float(self.negative_slope) * smaller(x, 0.0)


def read_slopes(given: Any, scope: Scope) -> Any:
    """1, `channels`, or a number."""
    if given == "channels":
        return given
    try:
        return read_size(given, scope)
    except FieldError as error:
        error.why = error.why or "1 for a slope that all share, channels for one each"
        raise


class Prelu(Activation, Along, op="prelu", also=("nn.PReLU", "parametric_relu")):
    """max(0, a) + s · min(0, a), where the slope s is learned.

    Shapes   any -> the same
    Counts   two comparisons, one multiplication, one addition
    Source   He et al. 2015, Delving Deep into Rectifiers, equation 1
    """

    num_parameters: Any = special(
        "slopes: 1 that all share, or one for each channel",
        read_slopes,
        "1, channels, or their number",
        default=1,
        also=("slopes",),
        examples=(1, "channels", 2),
    )
    cost = Work(compare=2, mul=1, add=1)
    formulas = {"params": "slopes"}

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """One slope, or as many as channels."""
        if self.num_parameters == 1:
            return
        yield has("C", xs[0], "num_parameters")
        if self.num_parameters == "channels":
            return
        slopes, maps = self.num_parameters, channels(xs[0])
        yield Rule(
            equal(slopes, maps),
            lambda: f"num_parameters is {slopes}, and there are {maps} channels",
            lambda: "1 for a slope that all share, channels for one each",
            "num_parameters",
        )

    def weights(self, x: Shape) -> dict[str, Shape]:
        """The slopes."""
        return {"weight": Shape((channels(x) if self.num_parameters == "channels" else self.num_parameters,))}

    def forward(self, x: Array, **tensors: Array) -> Array:
        """max(0, a) + s · min(0, a)."""
        slopes: Array = tensors["weight"] if self.num_parameters == 1 else self.laid(tensors["weight"], x)
        below: Array = slopes * smaller(x, 0.0)
        return larger(x, 0.0) + below


class Exponential(Activation):
    """outer · (max(0, a) + α · (exp(min(0, a)) − 1)), for kinds that say which."""

    alpha: Any = 1.0
    outer: Any = 1.0
    soft = False  # the exponent is divided by α as well

    def each(self) -> Work:
        """Two comparisons, an exponential, two additions, and each scaling that is not 1."""
        scalings = (self.alpha != 1) + (self.outer != 1)
        return Work(compare=2, special=1, add=2, mul=scalings, div=0 + (self.soft and self.alpha != 1))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """outer · (max(0, a) + α · (exp(min(0, a)) − 1))."""
        alpha, outer = float(self.alpha), float(self.outer)
        below = smaller(x, 0.0)
        below = exp(below / alpha if self.soft and alpha != 1 else below) - 1.0
        y = larger(x, 0.0) + (alpha * below if alpha != 1 else below)
        return outer * y if outer != 1 else y


class Elu(Exponential, op="elu", also=("nn.ELU",)):
    """max(0, a) + α · (exp(min(0, a)) − 1).

    Shapes   any -> the same
    Counts   two comparisons, an exponential, two additions, and a multiplication unless α is 1
    Source   Clevert, Unterthiner and Hochreiter 2016
    """

    alpha: Any = number("α, the depth below zero", default=1, also=("depth",))


class Selu(Exponential, op="selu", also=("nn.SELU",)):
    """λ · (max(0, a) + α · (exp(min(0, a)) − 1)), with λ = 1.0507 and α = 1.6733.

    Shapes   any -> the same
    Counts   two comparisons, an exponential, two additions, two multiplications
    Source   Klambauer et al. 2017, Self-Normalizing Neural Networks, equation 2
    """

    alpha = 1.6732632423543772
    outer = 1.0507009873554805


class Celu(Exponential, op="celu", also=("nn.CELU",)):
    """max(0, a) + α · (exp(min(0, a)/α) − 1).

    Shapes   any -> the same
    Counts   two comparisons, an exponential, two additions; unless α is 1 a multiplication and a division
    Source   Barron 2017; torch.nn.CELU
    """

    alpha: Any = number("α, the depth below zero", default=1, also=("depth",))
    soft = True

    def requires(self, x: Shape) -> Iterable[Rule]:
        """α is no zero."""
        yield Rule(self.alpha != 0, lambda: "alpha is 0, and exponents are divided by it", field="alpha")
