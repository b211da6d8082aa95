"""Layers that move numbers along an axis: in a circle, or as copies one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, is_whole, shown
from archcalc.fields import dim, special
from archcalc.layer import Rule
from archcalc.layers.bases.named import ByName, has, read_axis, read_place
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.window import Tap


class Moved(ByName):
    """A layer that acts along one axis, which a field names."""

    family = "shape"
    axis: str = special(
        "the axis along which it goes", read_axis, "the name of an axis", also=("dim",), examples=("T",)
    )

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There is such an axis."""
        yield has(self.axis, xs[0], "axis")

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """All of its own axis, where numbers stand elsewhere; its place on any other."""
        return None if axis == self.axis else super().reach(axis, *xs, y=y, of=of)

    def place(self) -> int:
        """Which axis it is."""
        return self.names.index(self.axis)


class Roll(Moved, op="roll", also=("cyclic_shift", "shift", "torch.roll")):
    """Every number some places further along an axis; those beyond the end begin anew.

    Shapes   any -> the same
    Counts   nothing
    Source   torch.roll; Liu et al. 2021, Swin Transformer, 3.2
    """

    shift: Any = special(
        "places that each moves, back where below 0",
        read_place,
        "a whole number",
        also=("shifts",),
        examples=(1, -3),
    )

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Each axis, both ways, less and more than once around."""
        for x in (Shape((4, 3), "T C"), Shape((2, 3, 5), "C H W")):
            for axis in x.axes:
                for shift in (1, -2, 7):
                    yield {"axis": axis, "shift": shift}, x

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """There is such an axis, and it moves by whole places."""
        yield from super().requires(*xs)
        yield Rule(is_whole(self.shift), lambda: f"{shown(self.shift)} is no whole number", field="shift")

    def label(self) -> str:
        """`roll H -3`."""
        return f"{self.op} {self.axis} {shown(self.shift)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The end of the axis in front."""
        return np.roll(x, int(self.shift), self.place())


class Tile(Moved, op="tile", also=("expand", "broadcast_to", "repeat_vector", "torch.tile", "RepeatVector")):
    """The whole of an axis several times, one copy after the other; an axis of size 1 spread to more.

    Shapes   any -> the same, the axis as many times as long
    Counts   nothing: copies
    Source   torch.Tensor.repeat and torch.Tensor.expand, by the axis's name
    """

    times: Dim = dim("copies", also=("n", "repeats", "count"))

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Each axis, once and several times."""
        for x in (Shape((1, 3), "T C"), Shape((2, 3, 1), "C H W")):
            for axis in x.axes:
                for times in (1, 4):
                    yield {"axis": axis, "times": times}, x

    def output(self, x: Shape) -> Shape:
        """The axis as many times as long."""
        return Shape((size * self.times if name == self.axis else size for name, size in x.named()), x.axes)

    def label(self) -> str:
        """`tile T x3`."""
        return f"{self.op} {self.axis} x{shown(self.times)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Copies end to end."""
        return np.concatenate([x] * int(self.times), axis=self.place())  # type: ignore[call-overload]


class Gather(Moved, op="gather", also=("take_along_axis", "index_rows", "lookup", "torch.index_select")):
    """Places of an axis by indices that are known beforehand, each as often as it is asked for.

    Shapes   any -> the same, the axis as long as there are indices
    Counts   nothing: numbers are looked up
    Source   torch.index_select; no figure depends on which they are: the reference forward takes them in turn
    """

    count: Dim = dim("how many it takes", also=("size", "num_indices"))

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Each axis, fewer than it has and more."""
        for x in (Shape((4, 3), "T C"), Shape((2, 3, 5), "C H W")):
            for axis in x.axes:
                for count in (1, 7):
                    yield {"axis": axis, "count": count}, x

    def output(self, x: Shape) -> Shape:
        """The axis as long as there are indices."""
        return Shape((self.count if name == self.axis else size for name, size in x.named()), x.axes)

    def label(self) -> str:
        """`gather T 49`."""
        return f"{self.op} {self.axis} {shown(self.count)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """One after the other, and again from the first."""
        at = self.place()
        return x.take([i % x.shape[at] for i in range(int(self.count))], at)  # type: ignore[call-overload]
