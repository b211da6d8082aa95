"""A sliding window over 1, 2 or 3 axes: what it spans, where it fits, how many places it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archcalc.dims import (
    Dim,
    Truth,
    at_least,
    ceil_div,
    divides,
    equal,
    floor_div,
    gcd,
    largest,
    literally,
    smallest,
    surely,
)
from archcalc.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Sides: TypeAlias = tuple[Dim, ...]
"""One size for each axis that the window slides along."""
Pads: TypeAlias = "tuple[tuple[Dim, Dim], ...] | str"
"""Cells before and after each axis, or `"same"`."""


_MOST_TAPS = 1_000_000  # that are walked one by one


class Axis(NamedTuple):
    """A window along one axis: kernel F, stride S, padding before and after, dilation D."""

    kernel: Dim
    stride: Dim = 1
    padding: tuple[Dim, Dim] | str = (0, 0)
    dilation: Dim = 1
    ceil: bool = False

    @property
    def span(self) -> Dim:
        """Cells from the window's first tap to its last: F, or D·(F − 1) + 1."""
        if literally(self.dilation, 1):
            return self.kernel
        return self.dilation * (self.kernel - 1) + 1

    @property
    def sides(self) -> tuple[Dim, Dim]:
        """Cells of padding before and after, where they are numbers."""
        assert not isinstance(self.padding, str)
        return self.padding

    def padded(self, size: Dim) -> Dim:
        """The axis with its padding, less the window: W − F + 2P."""
        if isinstance(self.padding, str):
            return size - 1  # as much padding as it takes: only the stride counts
        before, after = self.sides
        if literally(before, 0) and literally(after, 0):
            return size - self.span
        if surely(equal(before, after)):
            return size - self.span + 2 * before
        return size - self.span + before + after

    def tap(self, size: Dim) -> Tap:
        """What a unit sees of the axis."""
        return Tap(self.stride, -1 * self.pads(size)[0], self.span)

    def places(self, size: Dim) -> Dim:
        """How many places the window has: (W − F + 2P)/S + 1, rounded down, or up in ceil mode."""
        if self.padding == "same":
            return ceil_div(size, self.stride)
        if not self.ceil:
            return floor_div(self.padded(size), self.stride) + 1
        places = ceil_div(self.padded(size), self.stride) + 1
        before, after = self.sides
        if surely(at_least(self.span - after, self.stride)):
            return places
        # the last window must begin inside the input or its leading padding
        return smallest(places, ceil_div(size + before, self.stride))

    def divides(self, size: Dim) -> Truth:
        """Whether the stride divides what the window slides over, so that nothing is rounded."""
        if self.padding == "same":
            return True
        return divides(self.stride, self.padded(size))

    def fits(self, size: Dim) -> Truth:
        """Whether the window has a place at all."""
        if self.padding == "same":
            return at_least(size, 1)
        return at_least(self.padded(size), 0)

    def leaves_no_gaps(self, size: Dim) -> Truth:
        """Whether no cell lies between one window and the next."""
        if surely(at_least(self.span, self.stride)):
            return True
        return at_least(0, (self.places(size) - 1) * (self.stride - self.span))

    def leaves_no_holes(self) -> Truth:
        """Whether the taps of a dilated window, moved by the stride, come to every cell in time."""
        if literally(self.dilation, 1):
            return True
        return at_least(1, gcd(self.stride, self.dilation))

    def reaches_the_end(self, size: Dim) -> Truth:
        """Whether the last window covers the last cell of the input; beyond it is padding."""
        if self.ceil or self.padding == "same":
            return True
        _, after = self.sides
        if literally(after, 0):
            return divides(self.stride, self.padded(size))
        return at_least(after, self.padded(size) - (self.places(size) - 1) * self.stride)

    def pads(self, size: Dim) -> tuple[Dim, Dim]:
        """Cells to put before and after, so that every window is full."""
        if not self.ceil and self.padding != "same":
            return self.sides
        need = (self.places(size) - 1) * self.stride + self.span - size
        if self.padding == "same":  # the odd cell goes behind (TensorFlow, Keras, PyTorch)
            need = largest(need, 0)
            before = floor_div(need, 2)
        else:
            before = self.sides[0]
        return before, largest(need - before, 0)


class Tap(NamedTuple):
    """What a unit sees along an axis: unit p the cells from step·p + first, `width` of them.

    A layer that gives several units for a cell has a step that is a fraction, and a width that holds
    what any of them sees.
    """

    step: Any = 1
    first: Any = 0
    width: Any = 1


def ratio(a: Any, b: Any) -> Any:
    """a / b exactly: an int where it is whole, a fraction where it is not, a formula of letters."""
    if not hasattr(a, "denominator") or not hasattr(b, "denominator"):
        return a / b
    from fractions import Fraction

    found = Fraction(a) / Fraction(b)
    return found.numerator if found.denominator == 1 else found


def _slack(*steps: Any) -> Any:
    """How far a multiple of a step lies at most above the whole number below it."""
    from math import lcm

    if not all(hasattr(step, "denominator") for step in steps):
        return 1
    most = lcm(*(int(step.denominator) for step in steps))
    return ratio(most - 1, most)


def finer(cells: Dim, places: Dim, *, between: bool = False) -> Tap:
    """What a unit sees where `places` units are copies of `cells` cells, or lie between two of them."""
    step = ratio(cells, places)
    if not between:
        slack = _slack(step)
        return Tap(step, -slack, 1 + slack)
    middle = ratio(step - 1, 2)  # where the first unit lies: cells are areas, not corners
    slack = _slack(step, middle)
    return Tap(step, middle - slack, 1 + 2 * slack)


def parts(cells: Dim, places: Dim) -> Tap:
    """What a unit sees where an axis is cut into `places` parts, the longest where they differ."""
    step = ratio(cells, places)
    slack = _slack(step)
    return Tap(step, -slack, step + 2 * slack)


class Spread(NamedTuple):
    """A transposed window along one axis: each cell of the input spreads over the F cells under its taps.

    Stride S is the step from one input cell's window to the next, padding is cut off before and after, and
    `more` are cells added behind: the output padding.
    """

    kernel: Dim
    stride: Dim = 1
    padding: tuple[Dim, Dim] | str = (0, 0)
    dilation: Dim = 1
    more: Dim = 0

    @property
    def span(self) -> Dim:
        """Cells from the window's first tap to its last: F, or D·(F − 1) + 1."""
        return Axis(self.kernel, dilation=self.dilation).span

    def tap(self) -> Tap:
        """What a unit sees of the axis: the cells whose taps may fall on it."""
        if isinstance(self.padding, str):
            before = floor_div(largest(self.span - self.stride, 0), 2)
        else:
            before = self.padding[0]
        reach = ratio(self.span - 1, self.stride)
        return Tap(ratio(1, self.stride), ratio(before, self.stride) - reach, 1 + reach)

    def places(self, size: Dim) -> Dim:
        """Cells of the output: (W − 1)·S + D·(F − 1) + 1 − 2P, and the output padding."""
        if isinstance(self.padding, str):
            return size * self.stride
        before, after = self.padding
        cells = (size - 1) * self.stride + self.span
        if not (literally(before, 0) and literally(after, 0)):
            cells = cells - 2 * before if surely(equal(before, after)) else cells - before - after
        return cells if literally(self.more, 0) else cells + self.more


def law(axis: Axis | Spread, *, exact: bool = True) -> str:
    """The law of the places in the textbooks' letters, with bars unless the division is `exact`."""
    if isinstance(axis, Spread):
        return _law_of_spread(axis)
    if isinstance(axis.padding, str):
        return "⌈W/S⌉"
    span = "F" if literally(axis.dilation, 1) else "D·(F − 1) − 1"
    unpadded = all(literally(side, 0) for side in axis.sides)
    inside = f"W − {span}" if unpadded else f"W − {span} + 2P"
    if axis.ceil:
        return f"⌈({inside})/S⌉ + 1"
    return f"({inside})/S + 1" if exact else f"⌊({inside})/S⌋ + 1"


def _law_of_spread(axis: Spread) -> str:
    if isinstance(axis.padding, str):
        return "W·S"
    span = "F" if literally(axis.dilation, 1) else "D·(F − 1) + 1"
    unpadded = all(literally(side, 0) for side in axis.padding)
    more = "" if literally(axis.more, 0) else " + output padding"
    return f"(W − 1)·S + {span}{'' if unpadded else ' − 2P'}{more}"


def left_unread(axis: Axis, size: Dim) -> int | None:
    """Cells of the input that no tap reads; None where a size is no int, or there are too many to count."""
    pads = () if isinstance(axis.padding, str) else axis.padding
    if not all(isinstance(n, int) for n in (size, axis.kernel, axis.stride, axis.dilation, *pads)):
        return None
    number: Callable[[Any], int] = int
    before, cells, places = number(axis.pads(size)[0]), number(size), number(axis.places(size))
    stride, span = number(axis.stride), number(axis.span)
    if literally(axis.dilation, 1):

        def read(end: int) -> int:
            """Cells under a window among the first of the padded input."""
            if span >= stride:
                return min(end, (places - 1) * stride + span)
            whole, rest = divmod(end, stride)
            return whole * span + min(rest, span) if whole < places else places * span

        return cells - (read(before + cells) - read(before))
    if places * number(axis.kernel) > _MOST_TAPS:
        return None
    taps = range(0, span, number(axis.dilation))
    found = {place * stride + tap - before for place in range(places) for tap in taps}
    return cells - sum(0 <= cell < cells for cell in found)


def axes(kernel: Sides, stride: Sides, padding: Pads, dilation: Sides, *, ceil: bool = False) -> list[Axis]:
    """The window axis by axis."""
    pads: Sequence[Any] = (padding,) * len(kernel) if isinstance(padding, str) else padding
    return [Axis(f, s, p, d, ceil) for f, s, p, d in zip(kernel, stride, pads, dilation, strict=True)]


def spreads(kernel: Sides, stride: Sides, padding: Pads, dilation: Sides, more: Sides) -> list[Spread]:
    """The transposed window axis by axis."""
    pads: Sequence[Any] = (padding,) * len(kernel) if isinstance(padding, str) else padding
    return [Spread(*parts) for parts in zip(kernel, stride, pads, dilation, more, strict=True)]


def places(window: list[Axis], plane: tuple[Dim, ...]) -> Iterator[Dim]:
    """The output's size along each axis."""
    return (axis.places(size) for axis, size in zip(window, plane, strict=True))


def output_size(W: Dim, F: Dim, P: Dim = 0, S: Dim = 1) -> Dim:
    """How many places a window of F cells has on W cells: (W − F + 2P)/S + 1, rounded down.

    W, F, P and S may be ints, SymPy expressions or NumPy integer arrays.

    >>> output_size(32, 5)
    28
    >>> output_size(224, 7, P=3, S=2)
    112

    Raises LayerError where all are ints and the window does not fit.
    Source: Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, section 2.
    """
    axis = Axis(F, S, (P, P))
    if literally(S, 0) or (isinstance(P, int) and P < 0):
        raise LayerError(f"a stride is at least 1 and padding at least 0, not {S} and {P}")
    if axis.fits(W) is False:
        from archcalc.written import Written

        gone = f"a window of {F} does not fit into {W} cells with {P} of padding on each side"
        width, kernel, padding, stride = (Written(n) for n in (W, F, P, S))  # type: ignore[arg-type]
        shown = Axis(kernel, stride, (padding, padding)).places(width)
        raise LayerError(f"{gone}: (W − F + 2P)/S + 1 = {shown} = {int(shown)}")  # type: ignore[call-overload]
    return axis.places(W)
