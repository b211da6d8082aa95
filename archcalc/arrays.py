"""The words that a reference forward is written in.

On floats they take NumPy's fast road. On object arrays, of scalars that count or remember, they
take the exact one: each multiplication and addition of the definition happens, in its order.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy

    from archcalc.window import Axis

    Array: TypeAlias = numpy.ndarray[Any, Any]


def is_exact(array: Array) -> bool:
    """Whether the array holds scalars of our own rather than floats."""
    return bool(array.dtype == object)


def contract(subscripts: str, a: Array, b: Array, start: Array | None = None) -> Array:
    """An einsum of two arrays, its sums begun at `start` (zero where none): n products, n additions.

    >>> contract("oi,i->o", np.ones((2, 3)), np.ones(3), start=np.array([1.0, 2.0]))
    array([4., 5.])
    """
    if not (is_exact(a) or is_exact(b)):
        y: Array = np.einsum(subscripts, a, b, optimize=True)
        return y if start is None else y + start
    left, right, out, sizes = _letters(subscripts, a, b)
    summed = [letter for letter in sizes if letter not in out]
    wide = [sizes[letter] for letter in (*out, *summed)]
    factors = [
        _spread(array, letters, [*out, *summed], wide).reshape(*wide[: len(out)], -1)
        for array, letters in ((a, left), (b, right))
    ]
    zero = (a if is_exact(a) else b).flat[0].constant(0.0)
    y = np.full(wide[: len(out)], zero, dtype=object)
    if start is not None:
        y = np.broadcast_to(start, y.shape)
    for k in range(factors[0].shape[-1]):
        y = y + factors[0][..., k] * factors[1][..., k]
    return y


def _letters(subscripts: str, a: Array, b: Array) -> tuple[str, str, str, dict[str, int]]:
    """The letters of both factors and the result, and the size that each letter stands for."""
    inputs, _, out = subscripts.partition("->")
    left, _, right = inputs.partition(",")
    sizes = dict(zip(left, a.shape, strict=True)) | dict(zip(right, b.shape, strict=True))
    return left, right, out, sizes


def _spread(array: Array, letters: str, wanted: list[str], shape: list[int]) -> Array:
    """The array with its axes in the wanted order, repeated along those that it lacks."""
    order = sorted(range(len(letters)), key=lambda i: wanted.index(letters[i]))
    spread = array.transpose(order)
    for i, letter in enumerate(wanted):
        if letter not in letters:
            spread = np.expand_dims(spread, i)
    return np.broadcast_to(spread, shape)


def patches(x: Array, window: Sequence[Axis], fill: float = 0.0) -> Array:
    """What the window sees at each place: (C, size...) to (C, kernel..., places...).

    Cells of padding hold `fill`.
    """
    plane = x.shape[1:]
    before_after = [axis.pads(size) for axis, size in zip(window, plane, strict=True)]
    padded = pad(x, [(0, 0), *before_after], fill)  # type: ignore[list-item]
    spans = [axis.span for axis in window]
    axes = tuple(range(1, x.ndim))
    view = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=axes)  # type: ignore[call-overload]
    places = [axis.places(size) for axis, size in zip(window, plane, strict=True)]
    steps = [slice(None, None, axis.stride) for axis in window]
    taps = [slice(None, None, axis.dilation) for axis in window]
    view = view[(slice(None), *steps, *taps)]
    view = view[(slice(None), *(slice(0, n) for n in places))]
    rank = len(axes)
    order = (0, *range(1 + rank, 1 + 2 * rank), *range(1, 1 + rank))
    return view.transpose(order)  # type: ignore[no-any-return]


def pad(x: Array, sides: Sequence[tuple[int, int]], fill: float = 0.0) -> Array:
    """The array with `fill` around it; on scalars that remember, each cell is a source of its own."""
    if not any(before or after for before, after in sides):
        return x
    if not is_exact(x):
        return np.pad(x, sides, constant_values=fill)
    shape = tuple(n + before + after for n, (before, after) in zip(x.shape, sides, strict=True))
    padded = np.empty(shape, dtype=object)
    padded.flat = [x.flat[0].cell(fill) for _ in range(padded.size)]
    inside = tuple(slice(before, before + n) for n, (before, _) in zip(x.shape, sides, strict=True))
    padded[inside] = x
    return padded


def _fold(function: Callable[[Any, Any], Any], a: Array, axes: Sequence[int]) -> Array:
    """The array's slices along some axes, joined one after the other."""
    last = np.moveaxis(a, axes, range(len(axes)))
    parts = last.reshape(-1, *last.shape[len(axes) :])
    return reduce(function, parts)


def total(a: Array, axes: Sequence[int]) -> Array:
    """The sum along axes: n terms, n − 1 additions."""
    if not is_exact(a):
        return np.asarray(a.sum(axis=tuple(axes)))
    return _fold(lambda p, q: p + q, a, axes)


def largest(a: Array, axes: Sequence[int]) -> Array:
    """The maximum along axes: n terms, n − 1 comparisons."""
    if not is_exact(a):
        return np.asarray(a.max(axis=tuple(axes)))
    return _fold(larger, a, axes)


def larger(a: Array, b: Any) -> Array:
    """The larger, element by element: one comparison, which reads both sides."""
    if not is_exact(a):
        return np.maximum(a, b)  # type: ignore[no-any-return]
    return np.frompyfunc(lambda p, q: p.larger(q), 2, 1)(a, b)  # type: ignore[no-any-return]


def exp(a: Array) -> Array:
    """The exponential, element by element."""
    return np.exp(a)  # type: ignore[no-any-return]


def tanh(a: Array) -> Array:
    """The hyperbolic tangent, element by element."""
    return np.tanh(a)  # type: ignore[no-any-return]


def stack(parts: Sequence[Array]) -> Array:
    """Arrays of one shape, one after another along a new first axis."""
    return np.stack(parts)


def join(parts: Sequence[Array]) -> Array:
    """Arrays end to end along their first axis."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
