"""Layers of Keras that slide windows over maps, and those that make maps smaller or larger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken, Fields
from archcalc.convert.keras.rules import Unsaid, rule
from archcalc.convert.keras.shapes import repeated
from archcalc.convert.keras.values import MAPS, Flow, windowed

if TYPE_CHECKING:
    from archcalc.convert.draft import Source
    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader


def _rank(call: Call) -> int:
    """In how many dimensions a layer slides, by its name: Conv2D, Conv2DTranspose."""
    return next(int(sign) for sign in call.entry.kind if sign in "123")


def over_maps(reader: Reader, call: Call, rank: int) -> Flow:
    """What a layer reads, with its maps and places called so."""
    first = call.entry.fields.text("data_format", "channels_last") == "channels_first"
    return reader.named(reader.one(call), windowed(rank, first=first))


def standing(reader: Reader, flow: Flow, rank: int) -> Source:
    """What makes it, with its maps first."""
    return reader.turned(flow, windowed(rank, first=True))


def _all(fields: dict[str, Any], name: str, sizes: list[int], usual: int | None = 1) -> None:
    """A field for each side, as one number where they are alike, left out where they are usual."""
    if any(size != usual for size in sizes):
        fields[name] = sizes[0] if len(set(sizes)) == 1 else sizes


def sliding(fields: Fields, rank: int) -> dict[str, Any]:
    """The window of a convolution."""
    own: dict[str, Any] = {}
    _all(own, "kernel_size", fields.wholes("kernel_size", rank), None)
    _all(own, "stride", fields.wholes("strides", rank, 1))
    _all(own, "dilation", fields.wholes("dilation_rate", rank, 1))
    return own


def padded(reader: Reader, fields: Fields, flow: Flow, own: dict[str, Any], rank: int) -> Flow:
    """The padding of a window: among its fields, or, where only what lies before is seen, cells put there."""
    padding = fields.text("padding", "valid").lower()
    if padding == "same":
        around = [1, 1] if not own.get("stride") and _odd(own) else []
        own["padding"] = "same"
        if around and not own.get("dilation") and isinstance(own["kernel_size"], int):
            own["padding"] = own["kernel_size"] // 2
            if not own["padding"]:
                del own["padding"]
    elif padding == "causal" and rank == 1:
        cells = (fields.wholes("kernel_size", 1)[0] - 1) * fields.wholes("dilation_rate", 1, 1)[0]
        if cells:
            item = reader.put("pad", {"padding": {"T": [cells, 0]}}, flow, part="before", alone=True)
            return flow._replace(source=item)
    elif padding != "valid":
        raise Broken(f"its padding is {padding!r}, and must be valid or same")
    return flow


def _odd(own: dict[str, Any]) -> bool:
    """Whether all sides of a window are odd, so that its padding is even."""
    sides = own["kernel_size"]
    return all(side % 2 for side in (sides if isinstance(sides, list) else [sides]))


def _bias(fields: Fields, own: dict[str, Any]) -> None:
    if not fields.flag("use_bias", otherwise=True):
        own["bias"] = False


@rule("Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D", "Convolution3D")
def conv(reader: Reader, call: Call) -> Flow:
    """A convolution."""
    rank, fields = _rank(call), call.entry.fields
    flow = over_maps(reader, call, rank)
    own = {"out_channels": fields.whole("filters"), **sliding(fields, rank)}
    flow = padded(reader, fields, flow, own, rank)
    _all(own, "groups", [fields.whole("groups", 1)])
    _bias(fields, own)
    item = reader.put(f"conv{rank}d", own, standing(reader, flow, rank))
    return reader.bent(flow._replace(source=item), fields.given.get("activation"))


@rule("DepthwiseConv1D", "DepthwiseConv2D")
def depthwise(reader: Reader, call: Call) -> Flow:
    """Each map filtered on its own."""
    rank, fields = _rank(call), call.entry.fields
    flow = over_maps(reader, call, rank)
    own = sliding(fields, rank)
    flow = padded(reader, fields, flow, own, rank)
    _all(own, "depth_multiplier", [fields.whole("depth_multiplier", 1)])
    _bias(fields, own)
    item = reader.put(f"depthwise_conv{rank}d", own, standing(reader, flow, rank))
    return reader.bent(flow._replace(source=item), fields.given.get("activation"))


@rule("SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D")
def separable(reader: Reader, call: Call) -> Flow:
    """Each map filtered on its own, then all of them mixed at each place."""
    rank, fields = _rank(call), call.entry.fields
    flow = over_maps(reader, call, rank)
    own = sliding(fields, rank)
    flow = padded(reader, fields, flow, own, rank)
    _all(own, "depth_multiplier", [fields.whole("depth_multiplier", 1)])
    own["bias"] = False
    each = reader.put(f"depthwise_conv{rank}d", own, standing(reader, flow, rank), part="depthwise")
    mix: dict[str, Any] = {"out_channels": fields.whole("filters"), "kernel_size": 1}
    _bias(fields, mix)
    item = reader.put(f"conv{rank}d", mix, each, part="pointwise")
    return reader.bent(flow._replace(source=item), fields.given.get("activation"))


@rule("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Deconvolution2D", "Convolution2DTranspose")
def transposed(reader: Reader, call: Call) -> Flow:
    """A transposed convolution."""
    rank, fields = _rank(call), call.entry.fields
    flow = over_maps(reader, call, rank)
    own = {"out_channels": fields.whole("filters"), **sliding(fields, rank)}
    _all(own, "groups", [fields.whole("groups", 1)])
    padding = fields.text("padding", "valid").lower()
    kernel, stride = fields.wholes("kernel_size", rank), fields.wholes("strides", rank, 1)
    dilation = fields.wholes("dilation_rate", rank, 1)
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if fields.given.get("output_padding") is not None:
        more = fields.wholes("output_padding", rank, least=0)
        cut = [span // 2 for span in spans] if padding == "same" else [0] * rank
        _all(own, "padding", cut, 0)
    elif padding == "same":
        own["padding"], more = "same", [0] * rank
    else:
        more = [max(s - span, 0) for s, span in zip(stride, spans, strict=True)]
    _all(own, "output_padding", more, 0)
    _bias(fields, own)
    item = reader.put(f"conv_transpose{rank}d", own, standing(reader, flow, rank))
    return reader.bent(flow._replace(source=item), fields.given.get("activation"))


@rule("LocallyConnected1D", "LocallyConnected2D")
def local(reader: Reader, call: Call) -> Flow:
    """A convolution with weights of its own at each place (Keras 2)."""
    rank, fields = _rank(call), call.entry.fields
    flow = over_maps(reader, call, rank)
    own = {"out_channels": fields.whole("filters"), **sliding(fields, rank)}
    own.pop("dilation", None)
    if fields.text("padding", "valid") != "valid":
        own["padding"] = "same"
    _bias(fields, own)
    item = reader.put(f"locally_connected{rank}d", own, standing(reader, flow, rank))
    return reader.bent(flow._replace(source=item), fields.given.get("activation"))


# -- pooling


@rule(*(f"{word}Pooling{rank}D" for word in ("Max", "Average") for rank in (1, 2, 3)))
def pool(reader: Reader, call: Call) -> Flow:
    """The largest number under a window, or their mean; padding is not part of a mean."""
    rank, fields = _rank(call), call.entry.fields
    flow = over_maps(reader, call, rank)
    own: dict[str, Any] = {}
    size = fields.wholes("pool_size", rank, 2)
    stride = fields.wholes("strides", rank) if fields.given.get("strides") is not None else size
    _all(own, "kernel_size", size, None)
    if stride != size:
        _all(own, "stride", stride, None)
    word = "max" if call.entry.kind.startswith("Max") else "avg"
    padding = fields.text("padding", "valid").lower()
    if padding == "same":
        own["padding"] = "same"
        if word == "avg":
            own["count_include_pad"] = False
    elif padding != "valid":
        raise Broken(f"its padding is {padding!r}, and must be valid or same")
    item = reader.put(f"{word}_pool{rank}d", own, standing(reader, flow, rank))
    return flow._replace(source=item)


@rule(*(f"Global{word}Pooling{rank}D" for word in ("Max", "Average") for rank in (1, 2, 3)))
def global_pool(reader: Reader, call: Call) -> Flow:
    """One number for each map; with `keepdims` a map of one cell."""
    rank, fields = _rank(call), call.entry.fields
    flow = over_maps(reader, call, rank)
    word = "max" if "Max" in call.entry.kind else "avg"
    source = standing(reader, flow, rank)
    if not fields.flag("keepdims", otherwise=False):
        return Flow(reader.put(f"global_{word}_pool{rank}d", {}, source), ("C",))
    item = reader.put(f"adaptive_{word}_pool{rank}d", {"output_size": 1}, source)
    return flow._replace(source=item)


@rule(*(f"Adaptive{word}Pooling{rank}D" for word in ("Max", "Average") for rank in (1, 2, 3)))
def adaptive_pool(reader: Reader, call: Call) -> Flow:
    """A map cut into as many parts as asked for, each pooled."""
    rank = _rank(call)
    flow = over_maps(reader, call, rank)
    own: dict[str, Any] = {}
    _all(own, "output_size", call.entry.fields.wholes("output_size", rank), None)
    word = "max" if "Max" in call.entry.kind else "avg"
    item = reader.put(f"adaptive_{word}_pool{rank}d", own, standing(reader, flow, rank))
    return flow._replace(source=item)


# -- smaller and larger


def _around(fields: Fields, name: str, rank: int, usual: int) -> list[tuple[int, int]]:
    """Cells before and after each axis: one number, one for each axis, or two."""
    given = fields.given.get(name, usual)
    given = [given] * rank if not isinstance(given, list) else given
    if rank == 1 and len(given) == 2:
        given = [given]
    if len(given) != rank:
        raise Broken(f"its {name} has {len(given)} parts, and there are {rank} axes")
    found = []
    for part in given:
        before, after = Fields({name: part}).wholes(name, 2, least=0)
        found.append((before, after))
    return found


@rule("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(reader: Reader, call: Call) -> Flow:
    """Cells of zeros around maps."""
    rank = _rank(call)
    flow = over_maps(reader, call, rank)
    sides = zip(MAPS[rank], _around(call.entry.fields, "padding", rank, 1), strict=True)
    around = {axis: list(both) for axis, both in sides if any(both)}
    if not around:
        return flow
    alike = len(around) == rank and len({tuple(both) for both in around.values()}) == 1
    one = next(iter(around.values()))
    whole = alike and one[0] == one[1] and flow.source.y.axes[0] == "C"
    return flow._replace(source=reader.put("pad", {"padding": one[0] if whole else around}, flow))


@rule("Cropping1D", "Cropping2D", "Cropping3D")
def cropping(reader: Reader, call: Call) -> Flow:
    """Cells cut off."""
    rank = _rank(call)
    flow = over_maps(reader, call, rank)
    usual = 1 if rank != 2 else 0
    for axis, (before, after) in zip(
        MAPS[rank], _around(call.entry.fields, "cropping", rank, usual), strict=True
    ):
        if before or after:
            own: dict[str, Any] = {"axis": axis, "start": before}
            if after:
                own["stop"] = -after
            flow = flow._replace(source=reader.put("slice", own, flow, part=axis, alone=True))
    return flow


@rule("CenterCrop")
def center_crop(reader: Reader, call: Call) -> Flow:
    """The middle of maps."""
    flow, fields = over_maps(reader, call, 2), call.entry.fields
    for axis, name in (("H", "height"), ("W", "width")):
        whole, wanted = flow.sizes[axis], fields.whole(name)
        if wanted > whole:
            raise Unsaid("a crop of what is smaller, which is made larger first")
        start = (whole - wanted) // 2
        if wanted < whole:
            own = {"axis": axis, "start": start, "stop": start + wanted}
            flow = flow._replace(source=reader.put("slice", own, flow, part=axis, alone=True))
    return flow


@rule("UpSampling1D", "UpSampling2D", "UpSampling3D", "Resizing")
def upsampling(reader: Reader, call: Call) -> Flow:
    """Maps on a finer grid."""
    fields = call.entry.fields
    rank = 2 if call.entry.kind == "Resizing" else _rank(call)
    flow = over_maps(reader, call, rank)
    if rank == 2:
        return _upsampled(reader, fields, flow, call.entry.kind)
    for axis, times in zip(MAPS[rank], fields.wholes("size", rank, 2), strict=True):
        flow = repeated(reader, flow, axis, times) if times > 1 else flow
    return flow


def _upsampled(reader: Reader, fields: Fields, flow: Flow, kind: str) -> Flow:
    mode = fields.text("interpolation", "nearest" if kind == "UpSampling2D" else "bilinear")
    if mode not in ("nearest", "bilinear"):
        raise Unsaid(f"maps on a finer grid by {mode}")
    own: dict[str, Any] = {}
    if kind == "Resizing":
        if any(
            fields.flag(name, otherwise=False) for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio")
        ):
            raise Unsaid("maps cut before they are resized")
        _all(own, "size", [fields.whole("height"), fields.whole("width")], None)
    else:
        _all(own, "scale_factor", fields.wholes("size", 2, 2), None)
    if mode == "bilinear":
        own["mode"] = mode
    return flow._replace(source=reader.put("upsample", own, standing(reader, flow, 2)))
