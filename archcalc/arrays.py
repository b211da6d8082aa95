"""The words that a reference forward is written in.

On floats they take NumPy's fast road. On object arrays, of scalars that count or remember, they
take the exact one: each multiplication and addition of the definition happens, in its order.
"""

from __future__ import annotations

import math
from functools import reduce
from math import prod
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
        y = _product(subscripts, a, b)
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


def _product(subscripts: str, a: Array, b: Array) -> Array:
    """An einsum of floats as matrix products: one for each entry of what both factors and the result have."""
    left, right, out, sizes = _letters(subscripts, a, b)
    both = [letter for letter in left if letter in right]
    stacked, summed = [x for x in both if x in out], [x for x in both if x not in out]
    rows, columns = [x for x in left if x not in both], [x for x in right if x not in both]
    if len(set(left)) < len(left) or len(set(right)) < len(right) or not set(rows + columns) <= set(out):
        return np.asarray(np.einsum(subscripts, a, b, optimize=True))
    first = a.transpose([left.index(x) for x in (*stacked, *rows, *summed)])
    second = b.transpose([right.index(x) for x in (*stacked, *summed, *columns)])
    count, long, inner, wide = (prod(sizes[x] for x in part) for part in (stacked, rows, summed, columns))
    shape = [(count, long, inner), (count, inner, wide)] if stacked else [(long, inner), (inner, wide)]
    y = first.reshape(shape[0]) @ second.reshape(shape[1])
    made = [*stacked, *rows, *columns]
    return y.reshape([sizes[x] for x in made]).transpose([made.index(x) for x in out])


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


def patches(x: Array, window: Sequence[Axis], fill: float = 0.0, beyond: float | None = None) -> Array:
    """What the window sees at each place: (C, size...) to (C, kernel..., places...).

    Cells of padding hold `fill`; those that ceil mode reads behind the padding `beyond`, or `fill`.
    """
    sides, more, steps, taps = [(0, 0)], [(0, 0)], [slice(None)], []
    for axis, size in zip(window, x.shape[1:], strict=True):
        before, after, starts = places(axis, size)
        span = _cells(axis)[-1] + 1
        sides.append((before, after))
        more.append((0, max(starts[-1] + span - (before + size + after), 0)))
        steps.append(slice(starts[0], starts[-1] + 1, starts.step))
        taps.append((span, slice(None, None, axis.dilation)))
    padded = pad(pad(x, sides, fill), more, fill if beyond is None else beyond)
    rank = len(taps)
    spans = [span for span, _ in taps]
    view = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=tuple(range(1, 1 + rank)))
    view = view[(*steps, *(tap for _, tap in taps))]
    order = (0, *range(1 + rank, 1 + 2 * rank), *range(1, 1 + rank))
    return view.transpose(order)


def _cells(axis: Axis) -> range:
    """The cells under the window's taps, from its first."""
    kernel, dilation = int(axis.kernel), int(axis.dilation)  # type: ignore[call-overload]
    return range(0, kernel * dilation, dilation)


def places(axis: Axis, size: int) -> tuple[int, int, range]:
    """Padding before and after, and where windows begin, counted from the padding's first cell.

    Placed one after another and not by the formula of `window`, which this is a witness to.
    """
    stride, span = int(axis.stride), _cells(axis)[-1] + 1  # type: ignore[call-overload]
    if isinstance(axis.padding, str):  # a window for each stride-th cell, the odd cell of padding behind
        starts = range(0, size, stride)
        need = max(starts[-1] + span - size, 0)
        return need // 2, need - need // 2, starts
    before, after = axis.padding
    padded = before + size + after
    starts = range(0, padded - span + 1, stride)  # type: ignore[call-overload]
    if axis.ceil and starts[-1] + span < padded and starts[-1] + stride < before + size:
        # cells are left over, and one more window begins before the padding behind
        starts = range(0, starts[-1] + stride + 1, stride)
    return before, after, starts  # type: ignore[return-value]


def pad(x: Array, sides: Sequence[tuple[int, int]], fill: float = 0.0) -> Array:
    """The array with `fill` around it; on scalars that remember, each cell is a source of its own."""
    if not any(before or after for before, after in sides):
        return x
    if not is_exact(x):
        return np.pad(x, sides, constant_values=fill)
    shape = tuple(n + before + after for n, (before, after) in zip(x.shape, sides, strict=True))
    padded = np.array([x.flat[0].cell(fill) for _ in range(prod(shape))], dtype=object).reshape(shape)
    inside = tuple(slice(before, before + n) for n, (before, _) in zip(x.shape, sides, strict=True))
    padded[inside] = x
    return padded


def _fold(function: Callable[[Any, Any], Any], a: Array, axes: Sequence[int]) -> Array:
    """The array's slices along some axes, joined one after the other."""
    last = np.moveaxis(a, axes, range(len(axes)))
    shape = last.shape[len(axes) :]
    folded = np.empty(shape, dtype=object)
    folded[...] = reduce(function, last.reshape(-1, *shape))  # a bare scalar where nothing is left
    return folded


_FEW = 64  # slices that are added or compared one by one
_LONG = 1024  # numbers of a slice, from which that is faster than to go along the axes


def _slices(a: Array, axes: Sequence[int]) -> list[Array]:
    """The array's slices along some axes, where they are few and long, as the cells under a window are."""
    last = np.moveaxis(a, axes, range(len(axes)))
    cells, rest = last.shape[: len(axes)], last.shape[len(axes) :]
    return [last[i] for i in np.ndindex(*cells)] if prod(cells) <= _FEW and prod(rest) >= _LONG else []


def _folded(function: Callable[..., Any], a: Array, axes: Sequence[int]) -> Array | None:
    """The slices of floats joined one after the other; None where the axes are gone along faster."""
    slices = _slices(a, axes)
    if not slices:
        return None
    found: Array = np.array(slices[0])
    for other in slices[1:]:
        function(found, other, out=found)
    return found


def total(a: Array, axes: Sequence[int]) -> Array:
    """The sum along axes: n terms, n − 1 additions."""
    if not is_exact(a):
        found = _folded(np.add, a, axes)
        return np.asarray(a.sum(axis=tuple(axes))) if found is None else found
    return _fold(lambda p, q: p + q, a, axes)


def largest(a: Array, axes: Sequence[int]) -> Array:
    """The maximum along axes: n terms, n − 1 comparisons."""
    if not is_exact(a):
        found = _folded(np.maximum, a, axes)
        return np.asarray(a.max(axis=tuple(axes))) if found is None else found
    return _fold(larger, a, axes)


def larger(a: Array, b: Any) -> Array:
    """The larger, element by element: one comparison, which reads both sides."""
    if not is_exact(a):
        return np.maximum(a, b)  # type: ignore[no-any-return]
    return np.frompyfunc(lambda p, q: p.larger(q), 2, 1)(a, b)  # type: ignore[no-any-return]


def smaller(a: Array, b: Any) -> Array:
    """The smaller, element by element: one comparison, which reads both sides."""
    if not is_exact(a):
        return np.minimum(a, b)  # type: ignore[no-any-return]
    return np.frompyfunc(lambda p, q: p.smaller(q), 2, 1)(a, b)  # type: ignore[no-any-return]


def exp(a: Array) -> Array:
    """The exponential, element by element."""
    return np.exp(a)


def tanh(a: Array) -> Array:
    """The hyperbolic tangent, element by element."""
    return np.tanh(a)


def log(a: Array) -> Array:
    """The natural logarithm, element by element."""
    return np.log(a)


def sqrt(a: Array) -> Array:
    """The square root, element by element."""
    return np.sqrt(a)


def erf(a: Array) -> Array:
    """The error function, element by element."""
    if is_exact(a):
        return np.frompyfunc(lambda p: p.erf(), 1, 1)(a)  # type: ignore[no-any-return]
    if a.dtype == np.float32:
        return _erf32(a)
    return np.asarray(np.frompyfunc(math.erf, 1, 1)(a), dtype=float)


def _erf32(a: Array) -> Array:
    """The error function to 1.5e-7, which 32 bits do not tell from it.

    Source   Abramowitz and Stegun 1964, 7.1.26
    """
    size = np.abs(a)
    t = 1 / (1 + 0.3275911 * size)
    sum_ = 1.061405429 * t - 1.453152027
    for constant in (1.421413741, -0.284496736, 0.254829592):
        sum_ *= t
        sum_ += constant
    return np.copysign(1 - sum_ * t * np.exp(-size * size), a)  # type: ignore[no-any-return]


def power(a: Array, exponent: float) -> Array:
    """a raised to a constant, element by element: one special function."""
    if is_exact(a):
        return np.frompyfunc(lambda p: p.power(exponent), 1, 1)(a)  # type: ignore[no-any-return]
    return np.power(a, exponent)


def stack(parts: Sequence[Array]) -> Array:
    """Arrays of one shape, one after another along a new first axis."""
    return np.stack(parts)


def join(parts: Sequence[Array]) -> Array:
    """Arrays end to end along their first axis."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
