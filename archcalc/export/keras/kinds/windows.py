"""Convolutions and pools in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import ConvertError, Problem
from archcalc.export.keras.framework import writes
from archcalc.export.source.kinds.windows import by_unit, exact, stride, window
from archcalc.export.source.parts import Arg, Part
from archcalc.export.source.rules import applied, does, field, full, given, module, one, rank, turned

if TYPE_CHECKING:
    from archcalc.graph import Node


def _steps(node: Node) -> dict[str, Any]:
    """How far a window moves from place to place, and its taps stand from one another."""
    layer: Any = node.layer
    if max(layer.stride) > 1 and max(layer.dilation) > 1:
        what = f"it has a stride of {one(layer.stride)} and a dilation of {one(layer.dilation)}"
        raise ConvertError(Problem(what, ("Keras has no convolution with both",), layer=node.name))
    named = given(node, stride=1, dilation=1)
    return {"strides": named["stride"], "dilation_rate": named["dilation"]}


def _full_steps(node: Node) -> dict[str, Any]:
    """The same with a number for each axis."""
    layer: Any = node.layer
    return {"strides": Arg(full(layer.stride)), "dilation_rate": Arg(full(layer.dilation))}


# -- convolutions


@writes("conv1d", "conv2d", "conv3d")
def convolution(node: Node) -> Part:
    """layers.Conv2D; of a class of its own where zeros are put around, or a table says who sees whom."""
    layer: Any = node.layer
    if layer.table is not None:
        named = {"in_channels": Arg(int(node.xs[0][0])), "kernel_size": Arg(full(layer.kernel_size))}
        named = _full_steps(node) | named | {"padding": _pads(node)}
        return _biased(node, "TableConv", (Arg([list(maps) for maps in layer.table]),), named, "kernel")
    n = rank(node)
    made = (field(node, "out_channels"), field(node, "kernel_size"))
    named = _steps(node) | given(node, groups=1) | _around(node)
    return _biased(node, f"Conv{n}D", made, named, turned("kernel", *range(2, n + 2), 1, 0))


@writes("depthwise_conv1d", "depthwise_conv2d")
def depthwise(node: Node) -> Part:
    """layers.DepthwiseConv2D."""
    n = rank(node)
    named = _steps(node) | given(node, depth_multiplier=1) | _around(node)
    kernel = turned("kernel", *range(2, n + 2), 0, 1)  # ours is (maps, each, ...) once it is laid out so
    return _biased(node, f"DepthwiseConv{n}D", (field(node, "kernel_size"),), named, kernel)


def _biased(node: Node, function: str, made: tuple[Arg, ...], named: dict[str, Any], kernel: str) -> Part:
    """A convolution with a bias for each map, for each unit, or without."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    units = bias == "per_unit"
    padded = function == "TableConv" or named["padding"].value not in ("valid", "same")
    named["use_bias"] = Arg(bool(bias) and not units, "bias", usual=True)
    name = function if function == "TableConv" else f"{'Padded' if padded else 'layers.'}{function}"
    tensors = f"weight={kernel}" + (" bias" if bias and not units else "")
    found = module(name, *made, tensors=tensors, **named)
    if not units:
        return found
    shape = tuple(map(int, node.y))
    return by_unit(found, "{this}({0})", f'{{this}}.add_weight(shape={shape}, initializer="zeros")')


def _around(node: Node) -> dict[str, Arg]:
    return {"padding": _pads(node)._replace(usual="valid")}


def _pads(node: Node) -> Arg:
    """Cells around: a word of Keras's where it is the same in every use of the layer's text, or numbers."""
    layer: Any = node.layer
    if layer.padding == "same":
        return Arg("same", "padding")
    pairs = tuple((int(a), int(b)) for a, b in layer.padding)
    each = one(tuple(a if a == b else (a, b) for a, b in pairs))
    return Arg(each, "padding")


@writes("locally_connected1d", "locally_connected2d")
def local(node: Node) -> Part:
    """Weights of its own at each place."""
    layer: Any = node.layer
    found = module(
        "LocallyConnected",
        field(node, "out_channels"),
        full(layer.kernel_size),
        full(layer.stride),
        tensors="weight=kernel bias" if layer.bias else "weight=kernel",
        use_bias=Arg(layer.bias, "bias", usual=True),
    )
    pads = filled(node)
    return applied(found, f"{{this}}({padding(pads)})") if any(map(any, pads)) else found


def filled(node: Node) -> tuple[tuple[int, int], ...]:
    """The padding as it is given, or where it is not, what makes every window full."""
    layer: Any = node.layer
    if not isinstance(layer.padding, str) and not layer.__dict__.get("ceil_mode"):
        return tuple((int(a), int(b)) for a, b in layer.padding)
    return tuple((int(before), max(0, int(after))) for before, after in exact(node))


def padding(pads: Any, value: str = "") -> str:
    """The first input with cells around it."""
    each = one(tuple(a if a == b else (a, b) for a, b in pads))
    return f"around({{0}}, {each}{f', {value}' if value else ''})"


@writes("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(node: Node) -> Part:
    """layers.Conv2DTranspose, whole; what its padding cuts off is cut off behind it."""
    layer: Any = node.layer
    n = rank(node)
    kept, more = _kept(node)
    bias = {"use_bias": Arg(bool(layer.bias), "bias", usual=True)}
    if layer.groups != 1 or (max(layer.stride) > 1 and max(layer.dilation) > 1):
        function, kernel, cells = "GroupedTranspose", "kernel", Arg(full(layer.kernel_size))
        named = _full_steps(node) | bias | {"groups": field(node, "groups")}
    else:
        function, kernel = f"layers.Conv{n}DTranspose", turned("kernel", *range(2, n + 2), 1, 0)
        cells, named = field(node, "kernel_size"), _steps(node) | bias
    tensors = f"weight={kernel}" + (" bias" if layer.bias else "")
    found = module(function, field(node, "out_channels"), cells, tensors=tensors, **named)
    read = padding(tuple((0, cells) for cells in more)) if any(more) else "{0}"
    return applied(found, f"{{this}}({read}){kept}") if kept or any(more) else found


def _kept(node: Node) -> tuple[str, list[int]]:
    """The slices of what the taps come to that are kept, and cells of zeros to spread more of."""
    layer: Any = node.layer
    slices, more = [], []
    for axis, cells, size in zip(layer.spread(), node.xs[0][1:], node.y[1:], strict=True):
        span, stride = int(axis.dilation) * (int(axis.kernel) - 1) + 1, int(axis.stride)
        before = max(span - stride, 0) // 2 if isinstance(axis.padding, str) else int(axis.padding[0])
        extra = 0
        while (cells + extra - 1) * stride + max(span, stride) < before + size:
            extra += 1
        more.append(extra)
        whole = (cells + extra - 1) * stride + max(span, stride)
        slices.append(":" if (before, size) == (0, whole) else f"{before}:{before + size}")
    return ("" if all(part == ":" for part in slices) else f"[:, :, {', '.join(slices)}]"), more


# -- pools


@writes("max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d")
def pool(node: Node) -> Part:
    """layers.MaxPooling2D and layers.AveragePooling2D, with cells put around where there are some."""
    layer: Any = node.layer
    largest = layer.op.startswith("max")
    pads = filled(node)
    plain = not any(map(any, pads))
    function = f"layers.{'Max' if largest else 'Average'}Pooling{rank(node)}D"
    if layer.padding == "same" and largest:
        return module(function, field(node, "kernel_size"), strides=stride(node), padding="same")
    found = module(function, field(node, "kernel_size"), strides=stride(node))
    if plain:
        return found
    if largest:
        return applied(found, f"{{this}}({padding(pads, '-math.inf')})")
    counted = ((0, 0),) * rank(node)
    if layer.count_include_pad and layer.padding != "same":
        counted = tuple((int(a), int(b)) for a, b in layer.padding)
    if counted == pads:
        return applied(found, f"{{this}}({padding(pads)})")
    beyond = tuple((a - c, b - d) for (a, b), (c, d) in zip(pads, counted, strict=True))
    return module("AveragePool", *window(node), counted, beyond)


@writes(*(f"global_{what}_pool{n}d" for what in ("avg", "max") for n in (1, 2, 3)))
def global_pool(node: Node) -> Part:
    """layers.GlobalAveragePooling2D."""
    word = "Average" if "avg" in node.layer.op else "Max"
    return module(f"layers.Global{word}Pooling{rank(node)}D")


@writes(*(f"adaptive_{what}_pool{n}d" for what in ("avg", "max") for n in (1, 2, 3)))
def adaptive(node: Node) -> Part:
    """layers.AdaptiveAveragePooling2D."""
    word = "Average" if "avg" in node.layer.op else "Max"
    return module(f"layers.Adaptive{word}Pooling{rank(node)}D", field(node, "output_size"))


@writes("subsample2d")
def subsample(node: Node) -> Part:
    """The subsampling of 1998."""
    return module("Subsample2D", *window(node), tensors="coefficient bias")


@writes("mixed_pool2d")
def mixed(node: Node) -> Part:
    """A learned mix of maximum and mean."""
    each = node.layer.per_channel  # type: ignore[attr-defined]
    return module("MixedPool2D", *window(node), per_channel=Arg(each, usual=False), tensors="mix")


@writes("upsample")
def upsample(node: Node) -> Part:
    """layers.UpSampling2D, or a size that is asked for."""
    layer: Any = node.layer
    if layer.scale_factor is not None:
        mode = Arg(layer.mode, "mode", usual="nearest")
        return module("layers.UpSampling2D", field(node, "scale_factor"), interpolation=mode)
    size = tuple(int(side) for side in layer.size)
    if layer.mode == "bilinear":
        return does(f'ops.image.resize({{0}}, {size}, "bilinear", data_format="channels_first")')
    return does(f"nearest_cells({{0}}, {size})")


@writes("pixel_shuffle", "pixel_unshuffle")
def shuffled(node: Node) -> Part:
    """Maps as blocks of cells, and back."""
    name = "upscale_factor" if node.layer.op == "pixel_shuffle" else "downscale_factor"
    return does(f"{node.layer.op}({{0}}, {{r}})", r=field(node, name))


@writes("channel_shuffle")
def dealt(node: Node) -> Part:
    """The first of each group, then the second of each."""
    return does("channel_shuffle({0}, {groups})", groups=field(node, "groups"))
