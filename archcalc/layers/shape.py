"""Layers that only re-arrange: as a vector, in other axes, in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, axes_of_rank, divides, equal, exact_div, product, shown
from archcalc.errors import quote
from archcalc.expressions import is_name
from archcalc.fields import REQUIRED, Field, FieldError, read_size, special
from archcalc.layer import Layer, Rule
from archcalc.layers.bases.named import BY_NAME, ByName, about, read_axis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.expressions import Scope
    from archcalc.window import Tap

REST = "rest"
"""The size of one axis that is what the others leave over; −1 in PyTorch and NumPy."""
_MOST_UNNAMED = 4  # axes that have usual names


def numbers(x: Shape) -> str:
    """`196·768 = 150,528 numbers`: everything in a shape."""
    from archcalc.written import commas

    count = f"{commas(product(x))} numbers"
    return count if len(x) == 1 else f"{'·'.join(map(shown, x))} = {count}"


class Flatten(Layer, op="flatten", also=("nn.Flatten", "reshape_to_vector", "view")):
    """All numbers as one vector, channels first, then rows, then columns.

    Shapes   any -> (C), as long as everything together
    Counts   nothing
    Source   torch.nn.Flatten for the order
    """

    rearranges = True
    formulas = {"output": "maps · height · width"}

    def output(self, x: Shape) -> Shape:
        """The product of the sizes."""
        return Shape((product(x),), "C")

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The same numbers in a row."""
        return x.reshape(-1)


Sizes = tuple[tuple[str, Any], ...]
"""Axes with their sizes, in order; None for the one that is what the others leave over."""


def read_sizes(given: Any, scope: Scope) -> Sizes:
    """A map of axes and sizes, or a list of sizes on the usual axes; one of them may be `rest`."""
    if isinstance(given, dict):
        pairs = list(given.items())
    elif isinstance(given, list | tuple) and 0 < len(given) <= _MOST_UNNAMED:
        pairs = list(zip(axes_of_rank(len(given)), given, strict=True))
    else:
        pairs = []
    if not pairs:
        raise FieldError(
            "is a size for each axis, as {T: 196, C: rest}", "rest is what the others leave over"
        )
    sizes = tuple((str(name), _size(str(name), size, scope)) for name, size in pairs)
    if sum(size is None for _, size in sizes) > 1:
        raise FieldError("has more than one rest, and only one can be what the others leave over")
    return sizes


def _size(name: str, given: Any, scope: Scope) -> Any:
    if not is_name(name):
        raise FieldError(f"names an axis {quote(name)}, and a letter or a word does", BY_NAME)
    if given in (REST, -1, "-1"):
        return None
    try:
        return read_size(given, scope)
    except FieldError as error:
        raise about(name, error) from None


class Reshape(Layer, op="reshape", also=("unflatten", "rearrange", "view_as")):
    """The same numbers in the same order, counted along other axes.

    Shapes   any -> the axes of `shape`, in its order
    Counts   nothing
    Source   torch.reshape for the order: the last axis runs fastest
    """

    shape: Sizes = Field(
        "the axes that it makes, each with its size; one size may be rest: what the others leave over",
        read_sizes,
        REQUIRED,
        ("target_shape", "dims", "new_shape"),
        "a map as {T: 196, C: rest}, or a list of sizes on the usual axes",
        sort="axes",
        low=1,
        examples=({"C": REST},),
        spell=lambda sizes: {name: REST if size is None else size for name, size in sizes},
    )  # type: ignore[assignment]
    rearranges = True

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Shapes with as many numbers on both sides."""
        for c, h, w in ((1, 1, 1), (2, 3, 4), (4, 2, 6), (3, 5, 1)):
            x = Shape((c, h, w), "C H W")
            yield {"shape": {"C": c, "T": h * w}}, x
            yield {"shape": {"C": c, "T": REST}}, x
            yield {"shape": {"heads": REST, "T": h, "C": w}}, x
            yield {"shape": [-1]}, x
            yield {"shape": [REST, h, w]}, Shape((c * h * w,), "C")

    def given_sizes(self) -> list[Dim]:
        """The sizes that are not left over."""
        return [size for _, size in self.shape if size is not None]

    def requires(self, x: Shape) -> Iterable[Rule]:
        """As many numbers as before."""
        known = product(self.given_sizes())
        wanted = " x ".join("rest" if size is None else shown(size) for _, size in self.shape)
        if self.rest() is not None:
            yield Rule(
                divides(known, product(x)),
                lambda: f"{numbers(x)} cannot be {wanted}: {shown(known)} does not divide them",
                field="shape",
            )
        else:
            yield Rule(
                equal(known, product(x)),
                lambda: f"{numbers(x)} cannot be {wanted}",
                lambda: f"that takes {numbers(Shape(self.given_sizes(), [n for n, _ in self.shape]))}",
                "shape",
            )

    def rest(self) -> str | None:
        """The axis whose size is what the others leave over."""
        return next((name for name, size in self.shape if size is None), None)

    def output(self, x: Shape) -> Shape:
        """The sizes as given, and what they leave over."""
        known = product(self.given_sizes())
        rest = 1 if self.rest() is None else exact_div(product(x), known)
        sizes = [rest if size is None else size for _, size in self.shape]
        return Shape(sizes, [name for name, _ in self.shape])

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """Its own place on an axis that is counted as before; all of one that is cut or joined."""
        (x,) = xs
        found = super().reach(axis, x, y=y)
        if found is None:
            return None
        before = [product(shape[: shape.axes.index(axis)]) for shape in (x, y)]
        return found if before[0] == before[1] else None

    def label(self) -> str:
        """`reshape T, C`: the axes that it makes."""
        return f"{self.op} {', '.join(name for name, _ in self.shape)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The same numbers, the last axis fastest."""
        return x.reshape([-1 if size is None else int(size) for _, size in self.shape])


def read_order(given: Any, scope: Scope) -> tuple[str, ...]:
    """The names of axes, each once."""
    if not isinstance(given, list | tuple) or not given:
        raise FieldError("is a list of the input's axes in their new order, as [T, C]")
    order = tuple(_named(i, name, scope) for i, name in enumerate(given))
    for i, name in enumerate(order):
        if name in order[:i]:
            raise FieldError(f"names {name} twice", path=(i,))
    return order


def _named(i: int, given: Any, scope: Scope) -> str:
    try:
        return read_axis(given, scope)
    except FieldError as error:
        sentence = f"names {quote(given)}, which is no axis"
        raise FieldError(sentence, error.why, path=(i,)) from None


def same_axes(order: tuple[str, ...], axes: tuple[str, ...]) -> bool:
    """Whether both have the same axes, in whatever order."""
    return sorted(order) == sorted(axes)


class Permute(ByName, op="permute", also=("transpose", "swap_axes", "transpose_axes")):
    """The same numbers with the axes in another order.

    Shapes   any -> the same axes in the order of `axes`
    Counts   nothing
    Source   torch.permute, by names
    """

    axes: tuple[str, ...] = special(
        "the input's axes in their new order",
        read_order,
        "a list of all the input's axes, as [T, C]",
        also=("dims", "order", "perm"),
        examples=(["T", "C"],),
        spell=list,
    )
    rearranges = True

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Every order of some axes."""
        from itertools import permutations

        for x in (
            Shape((3,), "C"),
            Shape((2, 5), "C T"),
            Shape((2, 3, 4), "C H W"),
            Shape((2, 1, 3, 2), "A C B D"),
        ):
            for order in permutations(x.axes):
                yield {"axes": list(order)}, x

    def requires(self, x: Shape) -> Iterable[Rule]:
        """Every axis of the input is named."""
        yield Rule(
            same_axes(self.axes, x.axes),
            lambda: f"[{', '.join(self.axes)}] is no order of the axes of {x}",
            lambda: f"its axes are {', '.join(x.axes)}, and each is named once",
            "axes",
        )

    def output(self, x: Shape) -> Shape:
        """The sizes in their new order."""
        sizes = dict(x.named())
        return Shape((sizes[name] for name in self.axes), self.axes)

    def label(self) -> str:
        """`permute T, C`."""
        return f"{self.op} {', '.join(self.axes)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The axes in their new order."""
        return x.transpose([self.names.index(name) for name in self.axes])
