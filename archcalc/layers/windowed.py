"""What kinds with a sliding window share: whether it fits, what it leaves unread, how it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, literally, shown
from archcalc.layer import Layer, Rule
from archcalc.window import Axis, axes, law, left_unread, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DECLARED: Any = None
"""Stands, for type checkers, for a field that each kind of a family declares for itself."""


class Windowed(Layer):
    """A layer that slides a window over its maps. Subclasses have `kernel_size`."""

    __slots__ = ("_window",)  # beside the fields, which alone make a layer equal to another

    if TYPE_CHECKING:  # a kind declares the fields that it has
        kernel_size = DECLARED

    def window(self) -> list[Axis]:
        """The window along each axis of the maps; fields that a kind lacks are as if left out."""
        try:
            kept: list[Axis] = self._window  # type: ignore[has-type]  # a slot, and no field
        except AttributeError:
            kept = self._window = self._axes()
        return kept

    def default_stride(self) -> tuple[Dim, ...]:
        """The step where none is given."""
        return (1,) * len(self.kernel_size)

    def _axes(self) -> list[Axis]:
        ones = (1,) * len(self.kernel_size)
        have = self.__dict__.get
        return axes(
            self.kernel_size,
            have("stride") or self.default_stride(),
            have("padding", tuple((0, 0) for _ in ones)),
            have("dilation", ones),
            ceil=bool(have("ceil_mode", False)),
        )

    def plane(self, x: Shape) -> Iterator[Dim]:
        """The output's size along each axis: (W − F + 2P)/S + 1."""
        _, *plane = x
        return places(self.window(), tuple(plane))

    def requires(self, x: Shape) -> Iterable[Rule]:
        """The window fits into the padded map."""
        sizes = tuple(x[1:])
        window = self.window()
        for axis, size in zip(window, sizes, strict=True):
            yield Rule(
                axis.fits(size),
                lambda: f"a {_by(a.span for a in window)} window does not fit into a {_by(sizes)} map",
                lambda axis=axis, size=size: _arithmetic(axis, size),  # type: ignore[misc]
                "kernel_size",
            )

    def unread(self, x: Shape) -> Iterable[Rule]:
        """Windows leave no gaps and no holes, and reach the last row and column."""
        for name, axis, size in zip(x.axes[1:], self.window(), x[1:], strict=True):
            word = {"H": "row", "W": "column"}.get(name, f"cell of {name}")
            for holds in (axis.leaves_no_gaps(size), axis.leaves_no_holes(), axis.reaches_the_end(size)):
                yield Rule(
                    holds,
                    lambda word=word, axis=axis, size=size: _counted(left_unread(axis, size), word),  # type: ignore[misc]
                )

    def label(self) -> str:
        """`conv2d 7x7/2 pad 3`: kernel, then stride and padding where they are not the default."""
        text = f"{self.op} {_by(self.kernel_size)}"
        stride = self.__dict__.get("stride") or self.default_stride()
        if stride != self.default_stride():
            text += f"/{_one(stride)}"
        padding = self.__dict__.get("padding")
        if isinstance(padding, str):
            text += f" {padding}"
        elif padding and any(not literally(side, 0) for pair in padding for side in pair):
            flat = [side for pair in padding for side in pair]
            uneven = f"[{', '.join(map(shown, flat))}]"
            text += f" pad {uneven if flat[::2] != flat[1::2] else _one(flat[::2])}"
        dilation = self.__dict__.get("dilation", ())
        if any(not literally(d, 1) for d in dilation):
            text += f" dilation {_one(dilation)}"
        return text + (" ceil" if self.__dict__.get("ceil_mode") else "")


def _by(sizes: Iterable[Dim]) -> str:
    """5x5."""
    return "x".join(map(shown, sizes))


def _one(sizes: Iterable[Dim]) -> str:
    """One size where all are the same, else all of them."""
    each = list(map(shown, sizes))
    return each[0] if len(set(each)) == 1 else "x".join(each)


def _arithmetic(axis: Axis, size: Dim) -> str:
    from archcalc.written import Written, commas

    pads = () if isinstance(axis.padding, str) else axis.padding
    if not all(isinstance(n, int) for n in (size, axis.kernel, axis.stride, axis.dilation, *pads)):
        return ""
    kernel, stride = Written(axis.kernel), Written(axis.stride)  # type: ignore[arg-type]
    padding = tuple(Written(p) for p in axis.padding)  # type: ignore[arg-type]
    pair = (padding[0], padding[0]) if padding[0] == padding[1] else padding
    written = Axis(kernel, stride, pair, axis.dilation, axis.ceil)  # type: ignore[arg-type]
    value = written.places(Written(size))  # type: ignore[arg-type]
    if axis.ceil:
        short = written.padded(Written(size))  # type: ignore[arg-type]
        return f"in ceil mode too a window fits once before the size is rounded, and {short} is below 0"
    result = commas(int(value))  # type: ignore[call-overload]
    return f"{law(written, exact=True)} = {value} = {result}, and a map needs at least 1"


def _counted(count: int | None, word: str) -> str:
    """`1 row`, `2 rows`, `3 cells of D`."""
    first, of, rest = word.partition(" of ")
    return f"{'some' if count is None else format(count, ',')} {first}{'s' * (count != 1)}{of}{rest}"
