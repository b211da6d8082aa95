"""Convolutions: shared weights, tables, transposed ones, and weights of each place's own."""

from __future__ import annotations

from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.arrays import patches, places
from archcalc.export.onnx.rules import writes
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.export.onnx.part import Part
    from archcalc.window import Axis

PER_UNIT = "per_unit"


def around(window: Sequence[Axis], plane: Sequence[int]) -> list[int]:
    """Cells of padding before each axis, then behind each; in ceil mode those behind that it reads too."""
    before, behind = [], []
    for axis, size in zip(window, plane, strict=True):
        first, after, starts = places(axis, size)
        span = (int(axis.kernel) - 1) * int(axis.dilation) + 1  # type: ignore[call-overload]
        before.append(first)
        behind.append(max(after, starts[-1] + span - first - size))
    return [*before, *behind]


def windowed(part: Part, layer: Any) -> dict[str, Any]:
    """The attributes of a window over the maps."""
    window = layer.window()
    return {
        "kernel_shape": [int(axis.kernel) for axis in window],
        "strides": [int(axis.stride) for axis in window],
        "dilations": [int(axis.dilation) for axis in window],
        "pads": around(window, part.xs[0][1:]),
    }


def biased(part: Part, layer: Any) -> tuple[str, str]:
    """The bias that the convolution adds, and the one that is each unit's own."""
    bias = part.get("bias")
    return ("", bias) if layer.bias == PER_UNIT else (bias, "")


@writes("conv1d", "conv2d", "conv3d", "depthwise_conv1d", "depthwise_conv2d")
def convolution(part: Part, layer: Any, x: str) -> str:
    """A Conv; by a table one for each run of maps that see as many; then the bias of each unit."""
    inside, own = biased(part, layer)
    if getattr(layer, "table", None) is not None:
        y = by_table(part, layer, x, inside)
    else:
        groups = int(part.xs[0][0]) if layer.op.startswith("depthwise") else int(layer.groups)
        inputs = (x, part["weight"], *([inside] if inside else []))
        y = part("Conv", *inputs, group=groups, **windowed(part, layer))
    return part("Add", y, own) if own else y


def by_table(part: Part, layer: Any, x: str, bias: str) -> str:
    """Output maps that see as many input maps as groups of one Conv, which reads copies of those maps."""
    runs, link, o = [], 0, 0
    for seen, run in groupby(layer.table, key=len):
        tables = list(run)
        maps = part("Gather", x, part.whole(*(i for reads in tables for i in reads)), axis=1)
        weight = cut(part, part["weight"], link, link + seen * len(tables))
        kernel = [int(size) for size in layer.kernel_size]
        inputs = [maps, part.counted(weight, len(tables), seen, *kernel)]
        if bias:
            inputs.append(cut(part, bias, o, o + len(tables)))
        runs.append(part("Conv", *inputs, group=len(tables), **windowed(part, layer)))
        link, o = link + seen * len(tables), o + len(tables)
    return runs[0] if len(runs) == 1 else part("Concat", *runs, axis=1)


def cut(part: Part, tensor: str, start: int, stop: int) -> str:
    """Some of a tensor, along its first axis."""
    return part("Slice", tensor, part.whole(start), part.whole(stop), part.whole(0))


@writes("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(part: Part, layer: Any, x: str) -> str:
    """A ConvTranspose; what same padding cuts off, or adds, is written as numbers."""
    before, behind, more = [], [], []
    for axis in layer.spread():
        span = (int(axis.kernel) - 1) * int(axis.dilation) + 1
        if isinstance(axis.padding, str):
            need = span - int(axis.stride)  # what windows side by side would not cover
            before.append(max(need, 0) // 2)
            behind.append(max(need, 0) - before[-1])
            more.append(max(-need, 0))
        else:
            before.append(int(axis.padding[0]))
            behind.append(int(axis.padding[1]))
            more.append(int(axis.more))
    fields: dict[str, Any] = {name: [int(n) for n in getattr(layer, field)] for name, field in _SIZES.items()}
    fields["group"] = int(layer.groups)
    bias = [part["bias"]] if layer.bias else []
    if all(cells < max(stride, 1) for cells, stride in zip(more, fields["strides"], strict=True)):
        fields |= {"output_padding": more, "pads": [*before, *behind]}
        return part("ConvTranspose", x, part["weight"], *bias, **fields)
    # as many cells more as a stride are more than ONNX Runtime takes: less is cut off, or zeros are put there
    cut_off = [max(own - cells, 0) for own, cells in zip(behind, more, strict=True)]
    y = part("ConvTranspose", x, part["weight"], **fields, pads=[*before, *cut_off])
    beyond = [max(cells - own, 0) for own, cells in zip(behind, more, strict=True)]
    y = part("Pad", y, part.whole(*[0] * (4 + len(beyond)), *beyond))
    return part("Add", y, part.laid(bias[0], part.y.axes)) if bias else y


_SIZES = {"kernel_shape": "kernel_size", "strides": "stride", "dilations": "dilation"}


@writes("locally_connected1d", "locally_connected2d")
def local(part: Part, layer: Any, x: str) -> str:
    """What every window sees, then an Einsum with the weights of its place, and the biases."""
    maps, *plane = part.xs[0]
    rank = len(plane)
    numbers = np.arange(1, prod(plane) + 1).reshape(1, *plane)
    seen = patches(numbers, layer.window()).reshape(prod(layer.kernel_size), -1)
    window = part.cells(x, seen)
    weight = part.counted(part["weight"], int(layer.out_channels), maps, *seen.shape)
    y = part("Einsum", window, weight, equation="ncfp,ocfp->nop")
    y = part.reshape(y, *part.y) if rank > 1 else y
    return part("Add", y, part["bias"]) if layer.bias else y
