"""Arithmetic with constants, functions of each number, and sums along axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import erf, exp, larger, largest, log, power, sqrt, total
from archcalc.dims import Shape, product
from archcalc.errors import quote
from archcalc.fields import FieldError, flag, number, special
from archcalc.layer import Rule, Work
from archcalc.layers.bases.named import ByName, has
from archcalc.layers.bases.pointwise import Activation, word
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.dims import Dim
    from archcalc.expressions import Scope
    from archcalc.window import Tap


class Rescale(Activation, op="rescale", also=("rescaling", "Rescaling", "scalar", "affine_constant")):
    """scale · a + offset, both constants.

    Shapes   any -> the same
    Counts   a multiplication where scale is not 1 or −1, an addition where offset is not 0
    Source   keras.layers.Rescaling; 1/√d in Vaswani et al. 2017, equation 1
    """

    family = "arithmetic"
    bends = False
    keeps = "nothing"
    scale: Any = number("what each number is multiplied by", default=1, also=("factor", "multiply"))
    offset: Any = number("what is added to it", default=0, also=("shift", "add"))

    def each(self) -> Work:
        """One for each constant that does something."""
        return Work(mul=0 + (self.scale not in (1, -1)), add=0 + (self.offset != 0))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """scale · a + offset."""
        y: Array = -x if self.scale == -1 else x if self.scale == 1 else x * float(self.scale)
        return y if self.offset == 0 else y + float(self.offset)


class Power(Activation, op="power", also=("pow", "square", "sqrt", "rsqrt", "reciprocal", "torch.pow")):
    """a raised to a constant.

    Shapes   any -> the same
    Counts   2: a multiplication; −1: a division; 1/2: a root; −1/2: a root and a division; else a power
    Source   torch.pow
    """

    family = "arithmetic"
    bends = False
    keeps = "inputs"
    exponent: Any = number("what it is raised to", also=("power", "p"))

    def each(self) -> Work:
        """As few operations as the exponent takes."""
        if self.exponent == 2:
            return Work(mul=1)
        return Work(special=0 + (self.exponent != -1), div=0 + (self.exponent in (-1, -0.5)))

    def label(self) -> str:
        """`power 2`."""
        return f"{self.op} {self.exponent}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """a·a, 1/a, √a, 1/√a, or a to the exponent."""
        if self.exponent == 2:
            return x * x
        if self.exponent in (-1, -0.5, 0.5):
            root = x if self.exponent == -1 else sqrt(x)
            return root if self.exponent > 0 else 1.0 / root
        return power(x, float(self.exponent))


_FUNCTIONS = ("exp", "log", "sin", "cos", "erf", "abs")


class Function(Activation, op="function", also=("math", "exp", "log", "sin", "cos", "erf", "abs")):
    """A function of each number, by its name.

    Shapes   any -> the same
    Counts   a special function; for abs a comparison, since |a| is the larger of a and −a
    Source   torch.exp, torch.log, torch.sin, torch.cos, torch.erf, torch.abs
    """

    family = "arithmetic"
    keeps = "inputs"
    function: Any = word("which one", _FUNCTIONS, also=("f", "of"))

    def each(self) -> Work:
        """One operation."""
        return Work(compare=1) if self.function == "abs" else Work(special=1)

    def label(self) -> str:
        """`exp`."""
        return str(self.function)

    term = label

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The function, number by number."""
        if self.function == "abs":
            return larger(x, -x)
        functions: dict[str, Any] = {"exp": exp, "log": log, "sin": np.sin, "cos": np.cos, "erf": erf}
        y: Array = functions[self.function](x)
        return y


def read_axes(given: Any, _scope: Scope) -> tuple[str, ...]:
    """The name of an axis, or a list of names."""
    names = given if isinstance(given, list | tuple) else [given]
    odd = next((name for name in names if not (isinstance(name, str) and name.isidentifier())), None)
    if odd is not None or not names or len(set(names)) < len(names):
        raise FieldError(f"is {quote(str(given))}, and must name axes, as T, or [H, W]")
    return tuple(names)


class Reduce(ByName, op="reduce", also=("mean", "reduce_mean", "reduce_sum", "torch.mean", "torch.sum")):
    """The mean, the sum, the largest or the smallest of all numbers along some axes.

    Shapes   any -> the same without these axes, or with size 1 on them where they are kept
    Counts   for n numbers n − 1 additions, and a division for a mean; or n − 1 comparisons
    Source   torch.mean, torch.sum, torch.amax and torch.amin, by the axes' names
    """

    family = "arithmetic"
    over: Any = special(
        "the axes along which it goes",
        read_axes,
        "the name of an axis, or a list of names",
        also=("axes", "axis", "dim"),
        examples=("T", ["H", "W"]),
        spell=lambda names: list(names) if names[1:] else names[0],
    )
    function: Any = word(
        "what is made of them", ("mean", "sum", "max", "min"), default="mean", also=("mode",)
    )
    keep: bool = flag("the axes stay, with size 1", default=False, also=("keepdim", "keepdims", "keep_dims"))

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """One axis and two, kept and not."""
        for x in (Shape((4, 3), "T C"), Shape((2, 5), "C T"), Shape((2, 3, 4), "C H W")):
            for over in (x.axes[0], x.axes[-1], [*x.axes[1:]], [*x.axes[:-1]]):
                for function in ("mean", "sum", "max", "min"):
                    yield {"function": function, "over": over}, x
            yield {"over": list(x.axes), "keep": True}, x

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There are such axes, and another one is left."""
        for axis in self.over:
            yield has(axis, xs[0], "over")
        yield Rule(
            self.keep or len(self.over) < len(xs[0]),
            lambda: f"nothing is left of {xs[0]} but one number",
            lambda: "a layer gives at least a vector; keep: true keeps the axes with size 1",
            "over",
        )

    def output(self, x: Shape) -> Shape:
        """The other axes; these with size 1 where they are kept."""
        left = [(name, 1 if name in self.over else size) for name, size in x.named()]
        left = [(name, size) for name, size in left if self.keep or name not in self.over]
        return Shape((size for _, size in left), (name for name, _ in left))

    def work(self, x: Shape, y: Shape) -> Work:
        """n − 1 operations for each output, and the division of a mean."""
        folded: Dim = product(x) - product(y)
        if self.function in ("max", "min"):
            return Work(compare=folded)
        return Work(add=folded, div=product(y)) if self.function == "mean" else Work(add=folded)

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """All of an axis that is gone."""
        return None if axis in self.over else super().reach(axis, *xs, y=y, of=of)

    def label(self) -> str:
        """`mean over T`."""
        return f"{self.function} over {', '.join(self.over)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """All numbers along the axes as one."""
        axes = tuple(i for i, name in enumerate(self.names) if name in self.over)
        if self.function in ("max", "min"):
            y = largest(x, axes) if self.function == "max" else -largest(-x, axes)
        else:
            y = total(x, axes)
        if self.function == "mean":
            y = y / (x.size // max(y.size, 1))
        return np.expand_dims(y, axes) if self.keep else y
