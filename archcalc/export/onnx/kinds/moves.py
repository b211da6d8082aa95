"""Layers that only move numbers: other axes, parts of an axis, finer grids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.rules import writes
from archcalc.layers.parts import sides

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


@writes("flatten")
def flatten(part: Part, layer: Any, x: str) -> str:
    """A Flatten of each example."""
    return part("Flatten", x, axis=1)


@writes("reshape")
def reshape(part: Part, layer: Any, x: str) -> str:
    """The same numbers along other axes."""
    return part.reshape(x, *part.y)


@writes("permute")
def permute(part: Part, layer: Any, x: str) -> str:
    """The axes in their new order."""
    order = [part.xs[0].axes.index(name) for name in layer.axes]
    return part("Transpose", x, perm=[0, *(i + 1 for i in order)])


@writes("select")
def select(part: Part, layer: Any, x: str) -> str:
    """One place of an axis."""
    at = part.constant(int(layer.index), whole=True)
    return part("Gather", x, at, axis=1 + part.xs[0].axes.index(layer.axis))


@writes("slice")
def slice_(part: Part, layer: Any, x: str) -> str:
    """Places of an axis."""
    at = part.xs[0].axes.index(layer.axis)
    start, stop = map(int, layer.ends(part.xs[0][at]))
    return part("Slice", x, *(part.whole(n) for n in (start, stop, at + 1, int(layer.step))))


@writes("pad")
def pad(part: Part, layer: Any, x: str) -> str:
    """Cells around some axes."""
    around = sides(layer.padding, part.xs[0].axes)
    before, behind = ([int(pair[i]) for pair in around] for i in (0, 1))
    pads = part.whole(0, *before, 0, *behind)
    return part("Pad", x, pads, part.constant(float(layer.value)))


@writes("upsample")
def upsample(part: Part, layer: Any, x: str) -> str:
    """A Resize; of nearest cells to other than a whole multiple, their numbers written out."""
    cells, wanted = part.xs[0][1:], part.y[1:]
    whole = not any(size % n for n, size in zip(cells, wanted, strict=True))
    if layer.mode == "nearest" and not whole:
        for axis, (n, size) in enumerate(zip(cells, wanted, strict=True), 2):
            x = part("Gather", x, part.whole(*(i * n // size for i in range(size))), axis=axis)
        return x
    if layer.mode == "nearest":
        fields = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    else:
        fields = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    if whole:
        factors = [size / n for n, size in zip(cells, wanted, strict=True)]
        return part("Resize", x, "", part.constant([1.0, 1.0, *factors]), **fields)
    return part("Resize", x, "", "", part.whole(*wanted), axes=[2, 3], **fields)


@writes("pixel_shuffle")
def pixel_shuffle(part: Part, layer: Any, x: str) -> str:
    """A DepthToSpace, the columns of a block fastest."""
    return part("DepthToSpace", x, blocksize=int(layer.upscale_factor), mode="CRD")


@writes("pixel_unshuffle")
def pixel_unshuffle(part: Part, layer: Any, x: str) -> str:
    """Blocks as maps, the columns of a block fastest: a SpaceToDepth would have its channels fastest."""
    r = int(layer.downscale_factor)
    channels, height, width = part.xs[0]
    blocks = part.reshape(x, channels, height // r, r, width // r, r)
    return part.reshape(part.permute(blocks, [0, 2, 4, 1, 3]), *part.y)


@writes("channel_shuffle")
def channel_shuffle(part: Part, layer: Any, x: str) -> str:
    """Maps dealt out anew."""
    groups = int(layer.groups)
    channels, *plane = part.y
    dealt = part.reshape(x, groups, channels // groups, *plane)
    return part.reshape(part.permute(dealt, [1, 0, *range(2, 2 + len(plane))]), *part.y)


@writes("roll")
def roll(part: Part, layer: Any, x: str) -> str:
    """The end of the axis, then what stands before it."""
    at = part.y.axes.index(layer.axis)
    size = part.y[at]
    cut = (size - int(layer.shift)) % size
    if not cut:
        return part("Identity", x)
    spans = ((cut, size), (0, cut))
    ends = [
        part("Slice", x, part.whole(start), part.whole(stop), part.whole(at + 1)) for start, stop in spans
    ]
    return part("Concat", *ends, axis=at + 1)


@writes("tile")
def tile(part: Part, layer: Any, x: str) -> str:
    """Copies end to end."""
    repeats = [int(layer.times) if axis == layer.axis else 1 for axis in part.y.axes]
    return part("Tile", x, part.whole(1, *repeats))


@writes("gather")
def gather(part: Part, layer: Any, x: str) -> str:
    """Places of an axis in turn."""
    at = part.y.axes.index(layer.axis)
    places = (i % part.xs[0][at] for i in range(part.y[at]))
    return part("Gather", x, part.whole(*places), axis=at + 1)
