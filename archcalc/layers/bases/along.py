"""What kinds that act along the channels, or another axis by its name, share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import axes_of_rank, product
from archcalc.fields import special
from archcalc.layers.bases.named import ByName, has, read_axis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.dims import Dim, Shape
    from archcalc.layer import Rule


def axis_field(about: str) -> Any:
    """A field that names one axis, the channels where nothing is said."""
    values = "the name of an axis"
    return special(about, read_axis, values, default="C", also=("dim", "over"), examples=("C", "T", "H"))


class Along(ByName):
    """A layer whose forward looks for the channels, or another axis that a field names."""

    def spelled(self, x: Array) -> tuple[str, ...]:
        """The axes that the forward reads: those told, or the usual ones of the rank."""
        return getattr(self, "_names", None) or axes_of_rank(x.ndim)

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There are channels."""
        yield has("C", xs[0], "")

    def place(self, x: Array) -> int:
        """Which axis the channels are."""
        return self.spelled(x).index("C")

    def laid(self, tensor: Array, x: Array) -> Array:
        """A vector with an entry for each channel, laid along the channels of the input."""
        return tensor.reshape([-1 if name == "C" else 1 for name in self.spelled(x)])


def channels(x: Shape) -> Dim:
    """The size of the channels' axis."""
    return x[x.axes.index("C")]  # type: ignore[no-any-return]


def places(x: Shape) -> Dim:
    """How many vectors of channels there are."""
    return product(size for axis, size in x.named() if axis != "C")
