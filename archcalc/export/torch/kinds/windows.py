"""Convolutions and pools: windows in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.kinds.windows import by_unit, exact, stride, window
from archcalc.export.source.parts import Arg, Part
from archcalc.export.source.rules import applied, does, field, full, given, module, one, rank, size
from archcalc.export.torch.framework import writes

if TYPE_CHECKING:
    from archcalc.graph import Node
    from archcalc.window import Axis


def sides(axes: list[Axis]) -> tuple[tuple[int, int], ...] | None:
    """Padding before and after on each axis; None where it is what the size takes."""
    found = [axis.padding for axis in axes]
    return None if any(isinstance(pair, str) for pair in found) else tuple(found)  # type: ignore[arg-type]


def flat(pairs: Any) -> tuple[int, ...]:
    """Padding as `F.pad` takes it: the last axis first."""
    return tuple(cells for pair in reversed(list(pairs)) for cells in pair)


# -- convolutions


@writes("conv1d", "conv2d", "conv3d")
def convolution(node: Node) -> Part:
    """nn.Conv2d, or a convolution by a table."""
    layer: Any = node.layer
    more = given(node, groups=1)
    function, first = f"nn.Conv{rank(node)}d", (size(node), field(node, "out_channels"))
    if layer.table is not None:
        function = "TableConv"
        first = (size(node), Arg([list(maps) for maps in layer.table]))
    return convolved(node, function, first, more)


@writes("depthwise_conv1d", "depthwise_conv2d")
def depthwise(node: Node) -> Part:
    """A convolution with a group for each map."""
    channels, each = size(node), node.layer.depth_multiplier  # type: ignore[attr-defined]
    out = channels if each == 1 else Arg(channels.value * each)
    return convolved(node, f"nn.Conv{rank(node)}d", (channels, out), {"groups": channels})


def convolved(node: Node, function: str, first: tuple[Arg, ...], more: dict[str, Any]) -> Part:
    """A convolution whose padding PyTorch has, or which is padded before; a bias for each unit is added."""
    layer: Any = node.layer
    table = function == "TableConv"
    per_unit = layer.bias == "per_unit"
    options = given(node, stride=1, dilation=1)
    kernel = Arg(full(layer.kernel_size)) if table else field(node, "kernel_size")
    before, template = _padded(node, "0.0")
    named = {**options, **before, **more}
    named["bias"] = Arg(bool(layer.bias) and not per_unit, "bias", usual=True)
    tensors = "weight bias" if layer.bias and not per_unit else "weight"
    found = module(function, *first, kernel, tensors=tensors, **named)
    if per_unit:
        sizes = ", ".join(map(str, node.y))
        return by_unit(found, template or "{this}({0})", f"nn.Parameter(torch.zeros({sizes}))")
    return applied(found, template) if template else found


def _padded(node: Node, fill: str) -> tuple[dict[str, Any], str]:
    """Padding as an option, or a template that pads first."""
    axes = node.layer.window()
    assert axes is not None
    pairs = sides(axes)
    if pairs is None:
        return _same(node, fill)
    if all(before == after for before, after in pairs):
        return {"padding": Arg(one(before for before, _ in pairs), "padding", usual=0)}, ""
    return {}, f"{{this}}(F.pad({{0}}, {flat(pairs)}))"


def _same(node: Node, fill: str) -> tuple[dict[str, Any], str]:
    """As much padding as keeps ceil(size/stride)."""
    layer: Any = node.layer
    axes = node.layer.window()
    assert axes is not None
    spans = tuple(int(axis.span) for axis in axes)  # type: ignore[call-overload]
    if all(axis.stride == 1 for axis in axes) and all(span % 2 for span in spans) and fill == "0.0":
        return {"padding": Arg("same", "padding")}, ""
    strides = full(layer.stride or layer.default_stride())
    value = "" if fill == "0.0" else f", {fill}"
    return {}, f"{{this}}(pad_same({{0}}, {spans}, {strides}{value}))"


@writes("locally_connected1d", "locally_connected2d")
def local(node: Node) -> Part:
    """Weights of its own at each place."""
    layer: Any = node.layer
    axes = node.layer.window()
    assert axes is not None
    found = module(
        "LocallyConnected",
        size(node),
        field(node, "out_channels"),
        full(layer.kernel_size),
        tuple(node.y[1:]),
        full(layer.stride),
        tensors="weight bias" if layer.bias else "weight",
        bias=Arg(layer.bias, "bias", usual=True),
    )
    pads = flat(exact(node))
    return applied(found, f"{{this}}(F.pad({{0}}, {pads}))") if any(pads) else found


@writes("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(node: Node) -> Part:
    """nn.ConvTranspose2d; what its padding cannot cut off is cut off behind it."""
    layer: Any = node.layer
    options = given(node, stride=1, output_padding=0, groups=1, dilation=1)
    options["bias"] = Arg(bool(layer.bias), "bias", usual=True)
    tensors = "weight bias" if layer.bias else "weight"
    pads = layer.padding
    if not isinstance(pads, str) and all(before == after for before, after in pads):
        more, template = {"padding": Arg(one(before for before, _ in pads), "padding", usual=0)}, ""
    else:
        more, template = _cut(node, options)
    function = f"nn.ConvTranspose{rank(node)}d"
    made = (size(node), field(node, "out_channels"), field(node, "kernel_size"))
    found = module(function, *made, tensors=tensors, **{**options, **more})
    return applied(found, template) if template else found


def _cut(node: Node, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The slices that keep the cells of an uneven, or same, padding."""
    layer: Any = node.layer
    kept, more = [], []
    for axis, cells in zip(layer.spread(), node.xs[0][1:], strict=True):
        span = int(axis.dilation) * (int(axis.kernel) - 1) + 1
        end = (cells - 1) * int(axis.stride) + span
        if isinstance(axis.padding, str):
            before = max(span - int(axis.stride), 0) // 2
            stop = before + cells * int(axis.stride)
        else:
            before, after = axis.padding
            stop = end + int(axis.more) - after
        more.append(max(stop - end, 0))
        kept.append(f"{before}:{stop}")
    if isinstance(layer.padding, str) and any(more):
        options["output_padding"] = Arg(one(more), usual=0)
    return {}, f"{{this}}({{0}})[:, :, {', '.join(kept)}]"


# -- pools


@writes("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(node: Node) -> Part:
    """nn.MaxPool2d."""
    return pooled(node, f"nn.MaxPool{rank(node)}d", {}) or _padded_pool(node)


def _padded_pool(node: Node) -> Part:
    """A maximum over cells of −∞ as well."""
    found = module(f"nn.MaxPool{rank(node)}d", field(node, "kernel_size"), stride=stride(node))
    return applied(found, f"{{this}}(F.pad({{0}}, {flat(exact(node))}, value=-torch.inf))")


def pooled(node: Node, function: str, more: dict[str, Any]) -> Part | None:
    """A pool with padding and rounding as PyTorch has them; None where it has not."""
    layer: Any = node.layer
    pairs = sides(layer.window())
    if pairs is None or any(before != after for before, after in pairs):
        return None
    each = tuple(before for before, _ in pairs)
    if any(2 * pad > kernel for pad, kernel in zip(each, layer.kernel_size, strict=True)):
        return None
    padding = Arg(one(each), "padding", usual=0)
    ceil_mode = Arg(layer.ceil_mode, "ceil_mode", usual=False)
    options = {"padding": padding, "ceil_mode": ceil_mode, **more}
    return module(function, field(node, "kernel_size"), stride=stride(node), **options)


@writes("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(node: Node) -> Part:
    """nn.AvgPool2d, or a mean that counts cells by itself."""
    layer: Any = node.layer
    pairs = sides(layer.window())
    counts = layer.count_include_pad or not pairs or not any(map(any, pairs))
    more = {"count_include_pad": Arg(counts, "count_include_pad", usual=True)}
    found = pooled(node, f"nn.AvgPool{rank(node)}d", more)
    if found:
        return found
    own, every = flat(pairs or [(0, 0)] * rank(node)), flat(exact(node))
    counted = layer.count_include_pad and not isinstance(layer.padding, str)
    return module(
        "AveragePool",
        *window(node),
        own,
        tuple(cells - had for cells, had in zip(every, own, strict=True)),
        counted=counted,
    )


@writes("global_avg_pool1d", "global_avg_pool2d", "global_avg_pool3d")
def global_avg(node: Node) -> Part:
    """The mean of each map."""
    return does(f"{{0}}.mean(dim={_plane(node)})")


@writes("global_max_pool1d", "global_max_pool2d", "global_max_pool3d")
def global_max(node: Node) -> Part:
    """The largest number of each map."""
    return does(f"{{0}}.amax(dim={_plane(node)})")


def _plane(node: Node) -> Any:
    return one(range(2, len(node.xs[0]) + 1))


@writes(*(f"adaptive_{what}_pool{n}d" for what in ("avg", "max") for n in (1, 2, 3)))
def adaptive(node: Node) -> Part:
    """nn.AdaptiveAvgPool2d."""
    word = "Avg" if "avg" in node.layer.op else "Max"
    return module(f"nn.Adaptive{word}Pool{rank(node)}d", field(node, "output_size"))


@writes("subsample2d")
def subsample(node: Node) -> Part:
    """The subsampling of 1998."""
    return module("Subsample2d", size(node), *window(node), tensors="coefficient bias")


@writes("mixed_pool2d")
def mixed(node: Node) -> Part:
    """A learned mix of maximum and mean."""
    per_channel = node.layer.per_channel  # type: ignore[attr-defined]
    mixes = size(node) if per_channel else Arg(1)
    return module("MixedPool2d", mixes, *window(node), tensors="mix")


@writes("upsample")
def upsample(node: Node) -> Part:
    """nn.Upsample."""
    layer: Any = node.layer
    named = {"size": layer.size} if layer.size is not None else {"scale_factor": field(node, "scale_factor")}
    named["mode"] = Arg(layer.mode, "mode", usual="nearest")
    return module("nn.Upsample", **named)


@writes("pixel_shuffle", "pixel_unshuffle")
def shuffled(node: Node) -> Part:
    """nn.PixelShuffle."""
    if node.layer.op == "pixel_shuffle":
        return module("nn.PixelShuffle", field(node, "upscale_factor"))
    return module("nn.PixelUnshuffle", field(node, "downscale_factor"))


@writes("channel_shuffle")
def dealt(node: Node) -> Part:
    """The first of each group, then the second of each."""
    groups = field(node, "groups")
    return does("{0}.unflatten(1, ({groups}, -1)).transpose(1, 2).flatten(1, 2)", groups=groups)
