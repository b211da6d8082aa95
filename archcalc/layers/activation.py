"""Activations: each output is one input, bent. They refine units and compute none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import exp, larger, tanh, total
from archcalc.dims import Shape, product
from archcalc.fields import number
from archcalc.layer import Layer, Work

if TYPE_CHECKING:
    from archcalc.arrays import Array


DECLARED: Any = None


class Activation(Layer):
    """A layer that changes each number on its own, or against its neighbours along the channels."""

    bends = True
    in_place = True

    def each(self) -> Work:
        """Operations for one element."""
        return Work()

    def work(self, x: Shape, y: Shape) -> Work:
        """Operations for one element, times the elements."""
        return self.each().times(product(y))


class ScaledTanh(Activation):
    """amplitude · tanh(slope · a), for kinds that say which."""

    if TYPE_CHECKING:
        amplitude = slope = DECLARED

    def each(self) -> Work:
        """One tanh, and the scalings."""
        return Work(mul=(self.amplitude != 1) + (self.slope != 1), special=1)

    def label(self) -> str:
        """`tanh`; explain says how it is scaled."""
        return "tanh"

    def term(self) -> str:
        """tanh and how many scalings it counts."""
        return ("tanh", "tanh with its scaling", "tanh with its two scalings")[int(self.each().mul)]  # type: ignore[call-overload]

    def forward(self, x: Array, **tensors: Array) -> Array:
        """amplitude · tanh(slope · a)."""
        if self.slope != 1:
            x = x * float(self.slope)
        y = tanh(x)
        return y * float(self.amplitude) if self.amplitude != 1 else y


class Tanh(ScaledTanh, op="tanh", also=("hyperbolic_tangent", "nn.Tanh")):
    """amplitude · tanh(slope · a).

    Shapes   any -> the same
    Counts   1 for tanh, 1 for each scaling that is not 1
    Source   LeCun et al. 1998, equation 6, whose constants are lecun_tanh's
    """

    amplitude: Any = number("A in A·tanh(S·a)", default=1, also=("scale", "A"))
    slope: Any = number("S in A·tanh(S·a)", default=1, also=("S", "gain"))


class LecunTanh(ScaledTanh, op="lecun_tanh", also=("scaled_tanh", "lecuntanh")):
    """1.7159 · tanh(2/3 · a): near 1 at 1, and steepest there in its second derivative.

    Shapes   any -> the same
    Counts   1 for tanh and 1 for each of its two scalings
    Source   LeCun et al. 1998, II.B, equation 6, and appendix A
    """

    amplitude = 1.7159
    slope = 2 / 3


class Sigmoid(Activation, op="sigmoid", also=("logistic", "nn.Sigmoid")):
    """1/(1 + exp(−a)).

    Shapes   any -> the same
    Counts   one exponential, one addition, one division; the change of sign is free
    Source   Goodfellow, Bengio and Courville 2016, Deep Learning, 3.10
    """

    def each(self) -> Work:
        """An exponential, an addition, a division."""
        return Work(add=1, div=1, special=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """1/(1 + exp(−a))."""
        return 1.0 / (1.0 + exp(-x))


class Relu(Activation, op="relu", also=("rectifier", "rectified_linear", "nn.ReLU")):
    """max(0, a).

    Shapes   any -> the same
    Counts   one comparison
    Source   Nair and Hinton 2010
    """

    def each(self) -> Work:
        """A comparison."""
        return Work(compare=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """max(0, a)."""
        return larger(x, 0.0)


class Softmax(Activation, op="softmax", takes=("C", "T C", "C H W"), also=("nn.Softmax", "soft_max")):
    """exp(a_i) / Σ_j exp(a_j), along the channels.

    Shapes   any with channels -> the same
    Counts   for n channels n exponentials, n − 1 additions, n divisions
    Source   Goodfellow, Bengio and Courville 2016, Deep Learning, 6.2.2.3
    """

    def work(self, x: Shape, y: Shape) -> Work:
        """Along n channels: n exponentials, n − 1 additions, n divisions."""
        channels = y[y.axes.index("C")]
        rest = product(size for axis, size in y.named() if axis != "C")
        return Work(add=(channels - 1) * rest, div=product(y), special=product(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Exponentials over their sum."""
        axis = 1 if x.ndim == _SEQUENCE else 0
        powers = exp(x)
        over = total(powers, (axis,))
        return powers / (over[:, None] if axis else over[None])


_SEQUENCE = 2  # axes of [T, C], whose channels come last
