"""Gates without weights: one half of the channels lets the other half through."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from archcalc.arrays import erf, exp, larger
from archcalc.dims import Shape, divides, exact_div, product
from archcalc.layer import Rule, Work
from archcalc.layers.bases.along import Along, channels
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array


class Gated(Along):
    """The first half of the channels times a function of the second; kinds say which."""

    family = "activation"
    bends = True
    cost = Work()
    formulas = {"output": "half of the channels"}

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There are two halves."""
        yield from super().requires(*xs)
        x = xs[0]
        yield Rule(
            divides(2, channels(x)),
            lambda: f"{self.op} halves the channels, and there are {channels(x)}",
            lambda: "a gate needs as many channels again as it lets through",
        )

    def output(self, x: Shape) -> Shape:
        """Half of the channels."""
        halved = (exact_div(size, 2) if axis == "C" else size for axis, size in x.named())
        return Shape(halved, x.axes)

    def work(self, x: Shape, y: Shape) -> Work:
        """Operations for one output, times the outputs."""
        return self.cost.times(product(y))

    def gate(self, b: Array) -> Array:
        """What the first half is multiplied by."""
        raise NotImplementedError

    def forward(self, x: Array, **tensors: Array) -> Array:
        """a · gate(b)."""
        a, b = np.split(x, 2, axis=self.place(x))
        return a * self.gate(b)


class Glu(Gated, op="glu", also=("nn.GLU", "gated_linear_unit")):
    """a · 1/(1 + exp(−b)), where a and b are the halves of the channels.

    Shapes   any with 2·C channels -> the same with C
    Counts   for each output a sigmoid (exponential, addition, division) and a multiplication
    Source   Dauphin et al. 2017; the second half is the gate, as in torch.nn.GLU
    """

    cost = Work(mul=1, add=1, div=1, special=1)

    def gate(self, b: Array) -> Array:
        """1/(1 + exp(−b))."""
        return 1.0 / (1.0 + exp(-b))


class Reglu(Gated, op="reglu"):
    """a · max(0, b), where a and b are the halves of the channels.

    Shapes   any with 2·C channels -> the same with C
    Counts   for each output a comparison and a multiplication
    Source   Shazeer 2020, GLU Variants Improve Transformer, equation 5
    """

    cost = Work(mul=1, compare=1)

    def gate(self, b: Array) -> Array:
        """max(0, b)."""
        return larger(b, 0.0)


class Geglu(Gated, op="geglu"):
    """a · gelu(b), where a and b are the halves of the channels.

    Shapes   any with 2·C channels -> the same with C
    Counts   for each output a gelu by erf, which is 5, and a multiplication
    Source   Shazeer 2020, GLU Variants Improve Transformer, equation 5
    """

    cost = Work(mul=3, add=1, div=1, special=1)

    def gate(self, b: Array) -> Array:
        """½ · b · (1 + erf(b/√2))."""
        return 0.5 * b * (1.0 + erf(b / sqrt(2)))


class Swiglu(Gated, op="swiglu"):
    """a · b/(1 + exp(−b)), where a and b are the halves of the channels.

    Shapes   any with 2·C channels -> the same with C
    Counts   for each output a silu (exponential, addition, division) and a multiplication
    Source   Shazeer 2020, GLU Variants Improve Transformer, equation 5
    """

    cost = Work(mul=1, add=1, div=1, special=1)

    def gate(self, b: Array) -> Array:
        """b/(1 + exp(−b))."""
        return b / (1.0 + exp(-b))
