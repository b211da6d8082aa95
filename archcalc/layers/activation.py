"""Activations: each output is one input, bent. They refine units and compute none."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING, Any

from archcalc.arrays import erf, exp, larger, log, power, smaller, tanh
from archcalc.fields import number
from archcalc.layer import Rule, Work
from archcalc.layers.bases.pointwise import Activation, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.dims import Shape


DECLARED: Any = None


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


class HardTanh(Activation, op="hard_tanh", also=("nn.Hardtanh", "hardtanh", "clamp", "clip")):
    """min(max(a, min_val), max_val): the straight line through 0, cut off on both sides.

    Shapes   any -> the same
    Counts   two comparisons
    Source   Collobert 2004; torch.nn.Hardtanh
    """

    min_val: Any = number("lowest output", default="-1", also=("min_value", "low"))
    max_val: Any = number("highest output", default="1", also=("max_value", "high"))
    cost = Work(compare=2)

    def requires(self, x: Shape) -> Iterable[Rule]:
        """The lowest output is below the highest."""
        yield Rule(
            self.min_val < self.max_val,
            lambda: f"min_val is {self.min_val}, and must be below max_val, {self.max_val}",
            field="min_val",
        )

    def forward(self, x: Array, **tensors: Array) -> Array:
        """min(max(a, min_val), max_val)."""
        return smaller(larger(x, float(self.min_val)), float(self.max_val))


class Sigmoid(Activation, op="sigmoid", also=("logistic", "nn.Sigmoid")):
    """1/(1 + exp(−a)).

    Shapes   any -> the same
    Counts   one exponential, one addition, one division; the change of sign is free
    Source   Goodfellow, Bengio and Courville 2016, Deep Learning, 3.10
    """

    cost = Work(add=1, div=1, special=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """1/(1 + exp(−a))."""
        return 1.0 / (1.0 + exp(-x))


class LogSigmoid(Activation, op="log_sigmoid", also=("nn.LogSigmoid",)):
    """−ln(1 + exp(−a)), the logarithm of the sigmoid.

    Shapes   any -> the same
    Counts   an exponential, an addition, a logarithm; the changes of sign are free
    Source   torch.nn.LogSigmoid, ln(1/(1 + exp(−a))), with the quotient under the logarithm as a sign
    """

    keeps = "inputs"
    cost = Work(add=1, special=2)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """−ln(1 + exp(−a))."""
        return -log(1.0 + exp(-x))


class HardSigmoid(Activation, op="hard_sigmoid", also=("nn.Hardsigmoid",)):
    """min(max(0, a + 3), 6)/6: a sigmoid of three straight lines.

    Shapes   any -> the same
    Counts   an addition, two comparisons, a division
    Source   Howard et al. 2019, MobileNetV3, 5.2; torch.nn.Hardsigmoid
    """

    keeps = "inputs"
    cost = Work(add=1, compare=2, div=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """min(max(0, a + 3), 6)/6."""
        return smaller(larger(x + 3.0, 0.0), 6.0) / 6.0


class HardSwish(Activation, op="hard_swish", also=("nn.Hardswish", "hard_silu", "h_swish")):
    """a · min(max(0, a + 3), 6)/6: a times its hard sigmoid.

    Shapes   any -> the same
    Counts   an addition, two comparisons, a multiplication, a division
    Source   Howard et al. 2019, MobileNetV3, 5.2
    """

    keeps = "inputs"
    cost = Work(add=1, compare=2, mul=1, div=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """a · min(max(0, a + 3), 6)/6."""
        return x * smaller(larger(x + 3.0, 0.0), 6.0) / 6.0


class Silu(Activation, op="silu", also=("swish", "nn.SiLU")):
    """a/(1 + exp(−a)): a times its sigmoid, also called swish.

    Shapes   any -> the same
    Counts   an exponential, an addition, a division; the change of sign is free
    Source   Elfwing, Uchibe and Doya 2018; Ramachandran, Zoph and Le 2017
    """

    keeps = "inputs"
    cost = Work(add=1, div=1, special=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """a/(1 + exp(−a))."""
        return x / (1.0 + exp(-x))


class Mish(Activation, op="mish", also=("nn.Mish",)):
    """a · tanh(ln(1 + exp(a))).

    Shapes   any -> the same
    Counts   an exponential, an addition, a logarithm, a tanh, a multiplication
    Source   Misra 2020
    """

    keeps = "inputs"
    cost = Work(add=1, mul=1, special=3)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """a · tanh(ln(1 + exp(a)))."""
        return x * tanh(log(1.0 + exp(x)))


class Gelu(Activation, op="gelu", also=("nn.GELU",)):
    """½ · a · (1 + erf(a/√2)): a times the share of a normal distribution that lies below it.

    Shapes   any -> the same
    Counts   two multiplications, an addition, a division, an erf; with tanh four, two, a power, a tanh
    Source   Hendrycks and Gimpel 2016; ½·a·(1 + tanh(√(2/π)·(a + 0.044715·a³))) is theirs too
    """

    keeps = "inputs"
    approximate: Any = word("how erf is found", ("none", "tanh"), default="none", also=("approximation",))

    def each(self) -> Work:
        """By erf, or by tanh of a cubic."""
        if self.approximate == "tanh":
            return Work(mul=4, add=2, special=2)
        return Work(mul=2, add=1, div=1, special=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """½ · a · (1 + erf(a/√2)), or with tanh for erf."""
        if self.approximate == "tanh":
            return 0.5 * x * (1.0 + tanh(sqrt(2 / pi) * (x + 0.044715 * power(x, 3.0))))
        return 0.5 * x * (1.0 + erf(x / sqrt(2)))


class Softplus(Activation, op="softplus", also=("nn.Softplus",)):
    """ln(1 + exp(β·a))/β: a rectifier with a round corner.

    Shapes   any -> the same
    Counts   an exponential, an addition, a logarithm; a multiplication and a division unless β is 1
    Source   Dugas et al. 2001; β as in torch.nn.Softplus
    """

    keeps = "inputs"
    beta: Any = number("β, the sharpness of the corner", default=1, also=("sharpness",))

    def requires(self, x: Shape) -> Iterable[Rule]:
        """β is no zero."""
        yield Rule(self.beta != 0, lambda: "beta is 0, and the logarithm is divided by it", field="beta")

    def each(self) -> Work:
        """An exponential, an addition, a logarithm, and the scalings."""
        scaled = 0 + (self.beta != 1)
        return Work(add=1, special=2, mul=scaled, div=scaled)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """ln(1 + exp(β·a))/β."""
        if self.beta == 1:
            return log(1.0 + exp(x))
        return log(1.0 + exp(float(self.beta) * x)) / float(self.beta)


class Softsign(Activation, op="softsign", also=("nn.Softsign",)):
    """a/(1 + |a|).

    Shapes   any -> the same
    Counts   a comparison for |a|, which is the larger of a and −a, an addition, a division
    Source   Bergstra et al. 2009
    """

    keeps = "inputs"
    cost = Work(compare=1, add=1, div=1)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """a/(1 + |a|)."""
        return x / (1.0 + larger(x, -x))
