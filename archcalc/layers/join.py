"""Joins: several inputs become one, number by number, end to end, or as a matrix product."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar

from archcalc.arrays import contract, larger, smaller
from archcalc.dims import Shape, equal, largest, product, total
from archcalc.fields import flag
from archcalc.layer import Layer, Rule, Work
from archcalc.layers.bases.along import Along, axis_field
from archcalc.layers.bases.named import has
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.arrays import Array
    from archcalc.dims import Dim
    from archcalc.window import Tap


def _listed(axes: tuple[str, ...]) -> str:
    return f"[{', '.join(axes)}]"


class Join(Layer):
    """A layer of several inputs on the same axes."""

    inputs: ClassVar[tuple[int, int | None]] = (2, None)

    def refusal(self, *xs: Shape) -> str:
        """All inputs have the axes of the first."""
        refused = super().refusal(*xs)
        other = next((x for x in xs if x.axes != xs[0].axes), None)
        if refused or other is None:
            return refused
        return f"{self.op} reads inputs on the same axes, not {_listed(xs[0].axes)} and {_listed(other.axes)}"


def joined(a: Shape, b: Shape) -> Shape:
    """The shape that two become whose sizes are equal, or 1."""
    return Shape(map(largest, a, b), a.axes)


class Elementwise(Join):
    """Number by number; an axis of size 1 goes with any, and nothing else is stretched."""

    verb: ClassVar[str] = "go together"
    each: ClassVar[Work] = Work()  # operations to take one more input in
    formulas = {"output": "the inputs' shape; an axis of size 1 takes the other's"}

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Shapes that are alike, and some with axes of size 1."""
        yield {}, Shape((3,)), Shape((3,))
        yield {}, Shape((2, 4)), Shape((2, 4))
        yield {}, Shape((3, 4), "C T"), Shape((3, 1), "C T")
        yield {}, Shape((3, 4, 5)), Shape((3, 4, 5))
        yield {}, Shape((3, 4, 5)), Shape((3, 1, 1))
        yield {}, Shape((1, 4, 5)), Shape((3, 1, 1))
        yield {}, Shape((2, 1, 2, 3)), Shape((2, 3, 2, 1))
        if cls.inputs[1] is None:
            yield {}, Shape((4,)), Shape((4,)), Shape((4,))
            yield {}, Shape((2, 3, 3)), Shape((2, 1, 1)), Shape((1, 3, 3)), Shape((2, 3, 3))

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """Along each axis sizes are equal, or 1."""
        sofar = xs[0]
        for x in xs[1:]:
            for a, b in zip(sofar, x, strict=True):
                yield Rule(
                    equal((a - b) * (a - 1) * (b - 1), 0),
                    lambda one=sofar, other=x: f"{one!r} and {other!r} do not {self.verb}",  # type: ignore[misc]
                    lambda a=a, b=b: f"{a} is not {b}, and only a size of 1 goes with another",  # type: ignore[misc]
                )
            sofar = joined(sofar, x)

    def output(self, *xs: Shape) -> Shape:
        """Their shape, where 1 takes the other's size."""
        return reduce(joined, xs)

    def work(self, *xs: Shape, y: Shape) -> Work:
        """The same for each input after the first, at each number of the output."""
        return self.each.times(len(xs[1:]) * product(y))

    def pair(self, a: Array, b: Array) -> Array:
        """Two inputs of one shape as one."""
        raise NotImplementedError

    def forward(self, *xs: Array, **tensors: Array) -> Array:
        """All inputs, spread to one shape, from the first to the last."""
        return reduce(self.pair, np.broadcast_arrays(*xs))


class Add(Elementwise, op="add", also=("sum", "plus", "residual", "eltwise", "nn.Add")):
    """The sum of its inputs, number by number.

    Shapes   any, several of one shape or with axes of size 1 -> that shape
    Counts   for n inputs n − 1 additions at each number
    Source   He et al. 2016, equation 1
    """

    verb = "add up"
    each = Work(add=1)

    def pair(self, a: Array, b: Array) -> Array:
        """a + b."""
        return a + b


class Subtract(Elementwise, op="subtract", also=("minus", "difference")):
    """The first input less the second, number by number.

    Shapes   any, two of one shape or with axes of size 1 -> that shape
    Counts   a subtraction at each number
    Source   keras.layers.Subtract
    """

    verb = "subtract"
    inputs = (2, 2)
    each = Work(add=1)

    def pair(self, a: Array, b: Array) -> Array:
        """a − b."""
        return a - b


class Multiply(Elementwise, op="multiply", also=("mul", "product", "gate", "times", "hadamard")):
    """The product of its inputs, number by number.

    Shapes   any, several of one shape or with axes of size 1 -> that shape
    Counts   for n inputs n − 1 multiplications at each number, and no MAC, since nothing is added up
    Source   Hu, Shen and Sun 2018, Squeeze-and-Excitation Networks, equation 4
    """

    verb = "multiply"
    each = Work(mul=1)

    def pair(self, a: Array, b: Array) -> Array:
        """a · b."""
        return a * b


class Divide(Elementwise, op="divide", also=("div", "quotient", "ratio")):
    """The first input over the second, number by number.

    Shapes   any, two of one shape or with axes of size 1 -> that shape
    Counts   a division at each number
    Source   torch.div
    """

    verb = "divide"
    inputs = (2, 2)
    each = Work(div=1)

    def pair(self, a: Array, b: Array) -> Array:
        """a / b."""
        return a / b


class Maximum(Elementwise, op="maximum", also=("max",)):
    """The largest of its inputs, number by number.

    Shapes   any, several of one shape or with axes of size 1 -> that shape
    Counts   for n inputs n − 1 comparisons at each number
    Source   Goodfellow et al. 2013, Maxout Networks
    """

    each = Work(compare=1)

    def pair(self, a: Array, b: Array) -> Array:
        """max(a, b)."""
        return larger(a, b)


class Minimum(Elementwise, op="minimum", also=("min",)):
    """The smallest of its inputs, number by number.

    Shapes   any, several of one shape or with axes of size 1 -> that shape
    Counts   for n inputs n − 1 comparisons at each number
    Source   keras.layers.Minimum
    """

    each = Work(compare=1)

    def pair(self, a: Array, b: Array) -> Array:
        """min(a, b)."""
        return smaller(a, b)


class Average(Elementwise, op="average", also=("mean",)):
    """The mean of its inputs, number by number.

    Shapes   any, several of one shape or with axes of size 1 -> that shape
    Counts   for n inputs n − 1 additions and a division at each number
    Source   keras.layers.Average
    """

    verb = "average"
    each = Work(add=1)

    def work(self, *xs: Shape, y: Shape) -> Work:
        """The sum, and a division."""
        return super().work(*xs, y=y).plus(Work(div=product(y)))

    def pair(self, a: Array, b: Array) -> Array:
        """a + b."""
        return a + b

    def forward(self, *xs: Array, **tensors: Array) -> Array:
        """The sum over how many there are."""
        return super().forward(*xs) / len(xs)


class Concat(Join, Along, op="concat", also=("cat", "concatenate", "concatenation", "merge")):
    """Its inputs end to end, along the channels or another axis.

    Shapes   several that differ along that axis alone -> sizes along it added up
    Counts   nothing
    Source   Szegedy et al. 2015; Huang et al. 2017, equation 2
    """

    axis: Any = axis_field("the axis along which they are laid end to end")
    formulas = {"output": "sizes along the axis added up"}

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Shapes that differ along one axis."""
        yield {}, Shape((3,)), Shape((4,))
        yield {}, Shape((2, 4)), Shape((2, 3)), Shape((2, 1))
        yield {"axis": "T"}, Shape((1, 4)), Shape((5, 4))
        yield {}, Shape((3, 4), "C T"), Shape((2, 4), "C T")
        yield {}, Shape((1, 4, 5)), Shape((3, 4, 5))
        yield {"axis": "W"}, Shape((3, 4, 5)), Shape((3, 4, 1))
        yield {}, Shape((2, 1, 2, 3)), Shape((4, 1, 2, 3))

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There is such an axis, and sizes along every other are equal."""
        yield has(self.axis, xs[0], "axis")
        for x in xs[1:]:
            for (axis, a), b in zip(xs[0].named(), x, strict=True):
                if axis == self.axis:
                    continue
                yield Rule(
                    equal(a, b),
                    lambda x=x: f"{xs[0]!r} and {x!r} do not concatenate along {self.axis}",  # type: ignore[misc]
                    lambda axis=axis, a=a, b=b: f"along {axis} {a} is not {b}",  # type: ignore[misc]
                )

    def output(self, *xs: Shape) -> Shape:
        """The sum of the sizes along the axis."""
        return Shape(self._sizes(xs), xs[0].axes)

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """Along its own axis a unit is of one input or of another: together they see all."""
        return None if axis == self.axis else super().reach(axis, *xs, y=y, of=of)

    def _sizes(self, xs: tuple[Shape, ...]) -> Iterator[Dim]:
        for (axis, size), *others in zip(xs[0].named(), *xs[1:], strict=True):
            yield total((size, *others)) if axis == self.axis else size

    def forward(self, *xs: Array, **tensors: Array) -> Array:
        """One after the other."""
        return np.concatenate(xs, axis=self.spelled(xs[0]).index(self.axis))


class Matmul(Join, op="matmul", also=("dot", "bmm", "matrix_product", "batch_matmul")):
    """The matrix product of the last two axes, for each index of those before them.

    Shapes   (.., n, k) and (.., k, m) -> (.., n, m), or (.., m, k) with transpose_b; axes as the first's
    Counts   k MACs for each output; connections are not defined, since a unit is a sum of products of units
    Source   torch.matmul; Vaswani et al. 2017, equation 1
    """

    transpose_b: bool = flag("the second is turned over first", default=False, also=("adj_y", "transpose_y"))
    inputs = (2, 2)
    units = True
    formulas = {"macs": "k for each output"}

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Matrices that fit, alone and in stacks."""
        yield {}, Shape((2, 3)), Shape((3, 4))
        yield {"transpose_b": True}, Shape((2, 3)), Shape((4, 3))
        yield {}, Shape((3, 4), "C T"), Shape((4, 1), "C T")
        yield {}, Shape((2, 3, 4)), Shape((2, 4, 2))
        yield {"transpose_b": True}, Shape((2, 3, 4)), Shape((2, 1, 4))
        yield {}, Shape((2, 2, 3, 1)), Shape((2, 2, 1, 4))

    def refusal(self, *xs: Shape) -> str:
        """Both are matrices, or stacks of them."""
        few = any(len(x) < 2 for x in xs)
        return "matmul reads inputs of two axes or more" if few else super().refusal(*xs)

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """The inner sizes are equal, and so are those before the matrices."""
        a, b = xs
        inner = b[-1] if self.transpose_b else b[-2]
        for one, other in ((a[-1], inner), *zip(a[:-2], b[:-2], strict=True)):
            yield Rule(
                equal(one, other),
                lambda: f"{a!r} and {b!r} do not multiply as matrices",
                lambda one=one, other=other: f"{one} is not {other}",  # type: ignore[misc]
            )

    def output(self, *xs: Shape) -> Shape:
        """Rows of the first, columns of the second."""
        a, b = xs
        return Shape((*a[:-1], b[-2] if self.transpose_b else b[-1]), a.axes)

    def connections(self, *xs: Shape, y: Shape) -> None:
        """Not defined: both sides are units."""

    def work(self, *xs: Shape, y: Shape) -> Work:
        """As many MACs for each output as the inner size."""
        return Work(mac=xs[0][-1] * product(y))

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """Its own place before the matrices, and its row of the first; all of the axes that are summed."""
        x = xs[of]
        own = x.axes.index(axis) < len(x) - (2 if of else 1)
        return super().reach(axis, *xs, y=y, of=of) if own else None

    def forward(self, *xs: Array, **tensors: Array) -> Array:
        """Σ_k a_nk · b_km."""
        before = "xyzw"[: xs[0].ndim - 2]
        second = "mk" if self.transpose_b else "km"
        return contract(f"{before}nk,{before}{second}->{before}nm", *xs)
