"""Pooling: windows over each map, windows of a given number, and one over the whole map."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.arrays import patches
from archcalc.dims import ceil_div
from archcalc.export.onnx.kinds.convolutions import around
from archcalc.export.onnx.rules import writes
from archcalc.lazy import np

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


def sizes(part: Part, layer: Any) -> dict[str, Any]:
    """The attributes of a window over each map, with all the padding that it reads."""
    window = layer.window()
    return {
        "kernel_shape": [int(axis.kernel) for axis in window],
        "strides": [int(axis.stride) for axis in window],
        "pads": around(window, part.xs[0][1:]),
    }


@writes("max_pool1d", "max_pool2d", "max_pool3d")
def largest(part: Part, layer: Any, x: str) -> str:
    """A MaxPool; where ONNX's ceil mode has one window more, the cells behind it are written as padding."""
    return part("MaxPool", x, **rounded_up(part, layer))


def rounded_up(part: Part, layer: Any) -> dict[str, Any]:
    """The attributes of a window, in ceil mode where it says what ours does."""
    fields, window, plane = sizes(part, layer), layer.window(), part.xs[0][1:]
    sliding = [(axis.padded(n), axis.stride) for axis, n in zip(window, plane, strict=True)]
    places = [ceil_div(cells, stride) + 1 for cells, stride in sliding]
    if not layer.ceil_mode or places != list(part.y[1:]) or isinstance(layer.padding, str):
        return fields
    pairs = [tuple(map(int, pair)) for pair in layer.padding]
    return {**fields, "pads": [cells for side in zip(*pairs, strict=True) for cells in side], "ceil_mode": 1}


@writes("avg_pool1d", "avg_pool2d", "avg_pool3d")
def mean(part: Part, layer: Any, x: str) -> str:
    """An AveragePool; padding that counts is put there first where there are cells that do not count."""
    fields = sizes(part, layer)
    declared = not isinstance(layer.padding, str) and [int(side) for pair in layer.padding for side in pair]
    if not declared or not layer.count_include_pad:
        return part("AveragePool", x, **fields)
    given = [*declared[::2], *declared[1::2]]
    if given == fields["pads"]:
        counted = {"count_include_pad": 1} if any(given) else {}
        return part("AveragePool", x, **fields, **counted)
    if any(given):
        rank = len(given) // 2
        x = part("Pad", x, part.whole(0, 0, *given[:rank], 0, 0, *given[rank:]))
    fields["pads"] = [all_ - own for all_, own in zip(fields["pads"], given, strict=True)]
    return part("AveragePool", x, **fields)


@writes("subsample2d")
def subsample(part: Part, layer: Any, x: str) -> str:
    """The sum of each window, as its mean times its cells; then the coefficient and the bias of its map."""
    fields = sizes(part, layer)
    total = part.times(part("AveragePool", x, **fields), prod(fields["kernel_shape"]))
    scaled = part("Mul", total, part.laid(part["coefficient"], part.y.axes))
    return part("Add", scaled, part.laid(part["bias"], part.y.axes))


@writes("mixed_pool2d")
def mixed(part: Part, layer: Any, x: str) -> str:
    """mix · MaxPool + (1 − mix) · AveragePool."""
    fields = sizes(part, layer)
    mix = part.laid(part["mix"], part.y.axes)
    rest = part("Sub", part.constant(1.0), mix)
    high = part("Mul", part("MaxPool", x, **fields), mix)
    return part("Add", high, part("Mul", part("AveragePool", x, **fields), rest))


def seen(part: Part, layer: Any, x: str) -> str:
    """What every window sees: (maps, cells, places)."""
    plane = part.xs[0][1:]
    numbers = np.arange(1, prod(plane) + 1).reshape(1, *plane)
    return part.cells(x, patches(numbers, layer.window()).reshape(prod(layer.kernel_size), -1))


_LEAST = 1e-300  # the least that a window is divided by, as in the reference forward


@writes("stochastic_pool2d")
def stochastic(part: Part, layer: Any, x: str) -> str:
    """The mean of a window, each input weighted by its share of the sum."""
    window, over = seen(part, layer, x), part.whole(2)
    total = part("Max", part("ReduceSum", window, over, keepdims=1), part.constant(_LEAST))
    shares = part("Div", window, total)
    y = part("ReduceSum", part("Mul", shares, window), over, keepdims=0)
    return part.reshape(y, *part.y)


@writes("median_pool2d")
def median(part: Part, layer: Any, x: str) -> str:
    """The last of the lower half of a window's inputs, in order."""
    lower = (prod(layer.kernel_size) + 1) // 2
    low, _ = part.many(2, "TopK", seen(part, layer, x), part.whole(lower), axis=2, largest=0, sorted=1)
    return part.reshape(part("Gather", low, part.constant(lower - 1, whole=True), axis=2), *part.y)


@writes("global_avg_pool1d", "global_avg_pool2d", "global_avg_pool3d")
def global_mean(part: Part, layer: Any, x: str) -> str:
    """A GlobalAveragePool as a vector."""
    return part("Flatten", part("GlobalAveragePool", x), axis=1)


@writes("global_max_pool1d", "global_max_pool2d", "global_max_pool3d")
def global_largest(part: Part, layer: Any, x: str) -> str:
    """A GlobalMaxPool as a vector."""
    return part("Flatten", part("GlobalMaxPool", x), axis=1)


@writes(*(f"adaptive_{what}_pool{rank}d" for what in ("avg", "max") for rank in (1, 2, 3)))
def adaptive(part: Part, layer: Any, x: str) -> str:
    """A plain pool where windows are of one size; else the windows of one axis after the other."""
    cells, wanted = part.xs[0][1:], part.y[1:]
    largest = "_max_" in layer.op
    if not any(n % o for n, o in zip(cells, wanted, strict=True)):
        each = [n // o for n, o in zip(cells, wanted, strict=True)]
        return part("MaxPool" if largest else "AveragePool", x, kernel_shape=each, strides=each)
    for axis, (n, o) in enumerate(zip(cells, wanted, strict=True), 2):
        x = parts_of(part, x, axis, n, o, right=len(part.y) - axis, largest=largest)
    return x


def parts_of(part: Part, x: str, axis: int, n: int, o: int, *, right: int, largest: bool) -> str:
    """The largest, or the mean, of each of o parts of an axis; a shorter part holds its last cell twice."""
    spans = [range(i * n // o, -(-(i + 1) * n // o)) for i in range(o)]
    longest = max(map(len, spans))
    places = [[span[min(i, len(span) - 1)] for i in range(longest)] for span in spans]
    flat = [cell for row in places for cell in row]
    windows = part("Gather", x, part.whole(*flat), axis=axis)
    windows = part("Reshape", windows, part.whole(*[0] * axis, o, longest, *part.xs[0][axis:]))
    over = part.whole(axis + 1)
    if largest:
        return part("ReduceMax", windows, over, keepdims=0)
    shares = np.array([[1 / len(span) if i < len(span) else 0 for i in range(longest)] for span in spans])
    shared = part("Mul", windows, part.constant(shares.reshape(*shares.shape, *[1] * right)))
    return part("ReduceSum", shared, over, keepdims=0)
