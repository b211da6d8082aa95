"""Layers that take part of their input, or put cells around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, at_least, ceil_div, is_whole, literally, shown
from archcalc.errors import quote
from archcalc.expressions import is_name
from archcalc.fields import REQUIRED, Field, FieldError, dim, number, read_size, special
from archcalc.layer import Rule
from archcalc.layers.bases.named import ByName, about, has, read_axis, read_place
from archcalc.window import Tap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array
    from archcalc.expressions import Scope

_PLACE = "a whole number; below 0 counted from the end"


def from_start(place: Any, size: Dim) -> Any:
    """A place counted from 0. A number below 0 is a way of writing; a letter is at least 1."""
    return size + place if type(place) is int and place < 0 else place


class Select(ByName, op="select", also=("take", "index_select", "get_item", "token")):
    """One slice across an axis, which is then gone.

    Shapes   any -> the same without the axis
    Counts   nothing
    Source   torch.select, by the axis's name
    """

    family = "shape"
    axis: str = special(
        "the axis that it takes one place of",
        read_axis,
        "the name of an axis",
        also=("dim",),
        examples=("T",),
    )
    index: Any = special(
        "the place that it takes, counted from 0", read_place, _PLACE, also=("position",), examples=(0, -1)
    )
    rearranges = True

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Each axis, from both ends."""
        for x in (Shape((4, 3), "T C"), Shape((2, 5), "C T"), Shape((2, 3, 4), "C H W")):
            for axis in x.axes:
                for index in (0, 1, -1, -2):
                    yield {"axis": axis, "index": index}, x

    def requires(self, x: Shape) -> Iterable[Rule]:
        """There is such an axis and such a place, and an axis is left."""
        yield has(self.axis, x, "axis")
        if self.axis not in x.axes:
            return
        size = x[x.axes.index(self.axis)]
        place = from_start(self.index, size)
        what = f"there is no place {shown(self.index)} on {self.axis} of {x}"
        why = f"{self.axis} has {shown(size)}, counted from 0; −1 is the last"
        yield Rule(at_least(size, place + 1), lambda: what, lambda: why, "index")
        yield Rule(at_least(place, 0), lambda: what, lambda: why, "index")
        yield Rule(is_whole(place), lambda: f"{shown(place)} is no whole number", field="index")
        yield Rule(
            len(x) > 1,
            lambda: f"{x} has one axis, and a place of it is a number alone",
            lambda: "a layer gives at least a vector; slice keeps the axis",
            "axis",
        )

    def output(self, x: Shape) -> Shape:
        """The sizes of the other axes."""
        left = [(name, size) for name, size in x.named() if name != self.axis]
        return Shape((size for _, size in left), (name for name, _ in left))

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """One place of its axis."""
        if axis != self.axis:
            return super().reach(axis, *xs, y=y, of=of)
        return Tap(0, from_start(self.index, xs[0][xs[0].axes.index(axis)]))

    def label(self) -> str:
        """`select T 0`."""
        return f"{self.op} {self.axis} {shown(self.index)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The numbers at one place of the axis."""
        before: tuple[Any, ...] = (slice(None),) * self.names.index(self.axis)
        taken: Array = x[(*before, int(self.index))]
        return taken


class Slice(ByName, op="slice", also=("crop", "narrow", "strided_slice", "cropping")):
    """The places of an axis from one to before another.

    Shapes   any -> the same, the axis shorter
    Counts   nothing
    Source   Python's slices, by the axis's name; a slice never reaches beyond the axis
    """

    family = "shape"
    axis: str = special(
        "the axis that it takes places of", read_axis, "the name of an axis", also=("dim",), examples=("T",)
    )
    start: Any = special("the first place, counted from 0", read_place, _PLACE, default=0, also=("begin",))
    stop: Any = special(
        "the place before which it ends; without it, the end", read_place, _PLACE, default=None, also=("end",)
    )
    step: Dim = dim("from one place to the next", default=1, also=("stride", "strides"))
    rearranges = True

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Each axis, whole and in part."""
        for x in (Shape((4, 5), "T C"), Shape((4, 6), "C T"), Shape((4, 5, 7), "C H W")):
            for axis in x.axes:
                for given in (
                    {},
                    {"start": 1},
                    {"stop": -1},
                    {"start": -4, "stop": 4},
                    {"start": 1, "step": 2},
                ):
                    yield {"axis": axis, **given}, x

    def ends(self, size: Dim) -> tuple[Dim, Dim]:
        """Where it begins, and before which place it ends, counted from 0."""
        return from_start(self.start, size), size if self.stop is None else from_start(self.stop, size)

    def requires(self, x: Shape) -> Iterable[Rule]:
        """There is such an axis, which holds the slice, and something is in it."""
        yield has(self.axis, x, "axis")
        if self.axis not in x.axes:
            return
        size = x[x.axes.index(self.axis)]
        start, stop = self.ends(size)
        what = f"{shown(start)} to {shown(stop)} is no slice of {self.axis} of {x}"
        why = f"{self.axis} has {shown(size)}, counted from 0, and a slice ends after it begins"
        rules = (
            (at_least(start, 0), "start"),
            (at_least(size, stop), "stop"),
            (at_least(stop, start + 1), "stop"),
        )
        for holds, field in rules:
            yield Rule(holds, lambda: what, lambda: why, field)
        for place, field in ((start, "start"), (stop, "stop")):
            yield Rule(is_whole(place), lambda place=place: f"{shown(place)} is no whole number", field=field)  # type: ignore[misc]

    def output(self, x: Shape) -> Shape:
        """(stop − start)/step, rounded up, on the axis."""
        return Shape((self.left(size) if name == self.axis else size for name, size in x.named()), x.axes)

    def left(self, size: Dim) -> Dim:
        """Places that it takes."""
        start, stop = self.ends(size)
        return stop - start if literally(self.step, 1) else ceil_div(stop - start, self.step)

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """Its own place, counted from the first and by the step."""
        if axis != self.axis:
            return super().reach(axis, *xs, y=y, of=of)
        return Tap(self.step, self.ends(xs[0][xs[0].axes.index(axis)])[0])

    def label(self) -> str:
        """`slice T 1:8`."""
        text = f"{self.op} {self.axis} {shown(self.start)}:{'' if self.stop is None else shown(self.stop)}"
        return text if literally(self.step, 1) else f"{text}:{shown(self.step)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The numbers at the places of the axis."""
        stop = None if self.stop is None else int(self.stop)
        taken = slice(int(self.start), stop, int(self.step))  # type: ignore[call-overload]
        return x[(*(slice(None),) * self.names.index(self.axis), taken)]


EVERY = "*"
"""Stands for every axis but the first where a number alone is given."""


def read_around(given: Any, scope: Scope) -> tuple[Any, ...]:
    """Cells before and after an axis, by its name; one number for all axes but the first."""
    if not isinstance(given, dict):
        if isinstance(given, list | tuple):
            raise FieldError(
                "is a list", "the axes are named: {H: [1, 2], W: 3}, or one number stands for all"
            )
        cells = read_size(given, scope, 0)
        return ((EVERY, (cells, cells)),)
    if not given:
        raise FieldError("is empty", "it holds cells before and after an axis, as {T: [3, 0]}")
    return tuple((name, _both(name, cells, scope)) for name, cells in given.items())


def _both(name: Any, given: Any, scope: Scope) -> tuple[Any, Any]:
    if not isinstance(name, str) or not is_name(name):
        raise FieldError(f"names an axis {quote(name)}, and a letter or a word does")
    both = given if isinstance(given, list | tuple) else (given, given)
    if len(both) != 2:
        raise FieldError(f"has {len(both)} numbers for {name}, and takes one, or [before, after]")
    try:
        before, after = (read_size(cells, scope, 0) for cells in both)
    except FieldError as error:
        raise about(name, error) from None
    return before, after


def write_around(around: tuple[Any, ...]) -> Any:
    """As an author writes it."""
    if around[0][0] == EVERY:
        return around[0][1][0]
    return {name: list(both) for name, both in around}


def sides(around: tuple[Any, ...], axes: tuple[str, ...]) -> list[tuple[Any, Any]]:
    """Cells before and after each axis."""
    if around[0][0] == EVERY:
        return [(0, 0), *(around[0][1],) * (len(axes) - 1)]
    given = dict(around)
    return [given.get(axis, (0, 0)) for axis in axes]


def beside(around: tuple[Any, ...], axes: tuple[str, ...]) -> list[str]:
    """Axes that are named and that there are not."""
    return [name for name, _ in around if name not in (*axes, EVERY)]


class Pad(
    ByName, op="pad", also=("zero_padding", "zero_pad", "constant_pad", "zero_padding2d", "zero_pad2d")
):
    """Cells of one value before and after some axes.

    Shapes   any -> the same, the axes longer
    Counts   nothing: cells are put there
    Source   torch.nn.ConstantPad2d, by the axes' names
    """

    family = "shape"
    padding: Any = Field(
        "cells before and after each axis that is named; one number: around every axis but the first",
        read_around,
        REQUIRED,
        ("pads", "paddings", "pad_width"),
        "a number from 0, or a map as {H: 3, T: [2, 0]}",
        sort="axes",
        low=0,
        examples=(1,),
        spell=write_around,
    )
    value: Any = number("what the cells hold", default=0, also=("constant", "fill", "constant_values"))

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Some axes, evenly and not."""
        for x in (Shape((3,), "C"), Shape((4, 3), "T C"), Shape((2, 5), "C T"), Shape((2, 3, 4), "C H W")):
            yield {"padding": 2}, x
            yield {"padding": 0, "value": 1}, x
            for axis in x.axes:
                yield {"padding": {axis: [0, 3]}}, x
                yield {"padding": {axis: 1, x.axes[0]: [2, 1]}, "value": "1/2"}, x

    def requires(self, x: Shape) -> Iterable[Rule]:
        """There are such axes."""
        for name in beside(self.padding, x.axes):
            yield has(name, x, "padding")

    def output(self, x: Shape) -> Shape:
        """Each size, and the cells on both sides of it."""
        pairs = zip(x, sides(self.padding, x.axes), strict=True)
        return Shape((_longer(size, before, after) for size, (before, after) in pairs), x.axes)

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """Its own place, counted from the cells before."""
        before, _ = sides(self.padding, xs[0].axes)[xs[0].axes.index(axis)]
        return Tap(1, -1 * before)

    def label(self) -> str:
        """`pad 3`, `pad T 1 + 0`."""
        if self.padding[0][0] == EVERY:
            return f"{self.op} {shown(self.padding[0][1][0])}"
        named = (f"{name} {shown(before)} + {shown(after)}" for name, (before, after) in self.padding)
        return f"{self.op} {', '.join(named)}"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """The same numbers with cells around them."""
        from archcalc.arrays import pad

        around = [(int(before), int(after)) for before, after in sides(self.padding, self.names)]
        return pad(x, around, float(self.value))


def _longer(size: Dim, before: Dim, after: Dim) -> Dim:
    """A size with cells on both sides; those that nobody asked for are not written."""
    for cells in (before, after):
        size = size if literally(cells, 0) else size + cells
    return size
