"""What kinds that act along the channels, or another axis by its name, share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import axes_of_rank, product
from archcalc.errors import quote
from archcalc.fields import FieldError, special
from archcalc.layer import Layer, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.dims import Dim, Shape
    from archcalc.expressions import Scope

_BY_NAME = "an axis goes by its name: C for the channels, T for the places of a sequence or signal"


def read_axis(given: Any, _scope: Scope) -> str:
    """The name of an axis."""
    if isinstance(given, str) and given.isidentifier():
        return given
    raise FieldError(f"is {quote(str(given))}, and must be the name of an axis", _BY_NAME)


def axis_field(about: str) -> Any:
    """A field that names one axis, the channels where nothing is said."""
    values = "the name of an axis"
    return special(about, read_axis, values, default="C", also=("dim", "over"), examples=("C", "T", "H"))


def has(axis: str, x: Shape, field: str = "") -> Rule:
    """The input has an axis of this name."""
    return Rule(
        axis in x.axes,
        lambda: f"there is no axis {axis} in {x!r}",
        lambda: f"its axes are {', '.join(x.axes)}",
        field,
    )


class Along(Layer):
    """A layer whose forward looks for the channels, or another axis, which an array does not name."""

    __slots__ = ("_names",)  # beside the fields, which alone make a layer equal to another

    def reading(self, *xs: Shape) -> Layer:
        """The same layer, told the axes that it reads."""
        told: Layer = self.bound(self.__dict__)
        object.__setattr__(told, "_names", xs[0].axes)
        return told

    def names(self, x: Array) -> tuple[str, ...]:
        """The axes that the forward reads: those told, or the usual ones of the rank."""
        return getattr(self, "_names", None) or axes_of_rank(x.ndim)

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There are channels."""
        yield has("C", xs[0])

    def place(self, x: Array) -> int:
        """Which axis the channels are."""
        return self.names(x).index("C")

    def laid(self, tensor: Array, x: Array) -> Array:
        """A vector with an entry for each channel, laid along the channels of the input."""
        return tensor.reshape([-1 if name == "C" else 1 for name in self.names(x)])


def channels(x: Shape) -> Dim:
    """The size of the channels' axis."""
    return x[x.axes.index("C")]  # type: ignore[no-any-return]


def places(x: Shape) -> Dim:
    """How many vectors of channels there are."""
    return product(size for axis, size in x.named() if axis != "C")
