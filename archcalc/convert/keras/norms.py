"""Norms and scales of Keras."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken, Fields, decimal
from archcalc.convert.keras.rules import Unsaid, rule
from archcalc.convert.keras.values import Flow, renamed

if TYPE_CHECKING:
    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader


def channelled(reader: Reader, flow: Flow, axis: int) -> Flow:
    """A tensor in which an axis is called the channels."""
    name = flow.axis(axis)
    return flow if name == "C" else reader.named(flow, renamed(flow.axes, name, "C"))


@rule("BatchNormalization", "SyncBatchNormalization", "BatchNormalizationV1")
def batch_norm(reader: Reader, call: Call) -> Flow:
    """A batch norm along one axis."""
    fields = call.entry.fields
    axes = fields.axes("axis", -1)
    if len(axes) > 1:
        flow = reader.one(call)
        count = prod(flow.sizes[flow.axis(axis)] for axis in axes)
        gains = fields.flag("scale", otherwise=True) + fields.flag("center", otherwise=True)
        raise Unsaid("a batch norm along several axes", gains * count, 2 * count, flow)
    flow = channelled(reader, reader.one(call), axes[0])
    own = {"eps": fields.number("epsilon", 0.001), **_gains(fields)}
    return flow._replace(source=reader.put("batch_norm", own, flow))


def _gains(fields: Fields) -> dict[str, Any]:
    """Which of a gain and a bias a norm has, as far as it lacks one."""
    scale, center = fields.flag("scale", otherwise=True), fields.flag("center", otherwise=True)
    if not scale and not center:
        return {"affine": False}
    return {**({} if scale else {"scale": False}), **({} if center else {"bias": False})}


@rule("GroupNormalization")
def group_norm(reader: Reader, call: Call) -> Flow:
    """A norm of each group of channels; with as many groups as channels of each map."""
    fields = call.entry.fields
    flow = channelled(reader, reader.one(call), fields.axes("axis", -1)[0])
    groups = fields.whole("groups", 32, least=-1)
    groups = flow.sizes["C"] if groups == -1 else groups
    own = {"num_groups": groups, "eps": fields.number("epsilon", 0.001), **_gains(fields)}
    return flow._replace(source=reader.put("group_norm", own, flow))


@rule("LayerNormalization", "RMSNormalization")
def layer_norm(reader: Reader, call: Call) -> Flow:
    """A norm over the last axis, or over several."""
    flow, fields = reader.one(call), call.entry.fields
    over = [flow.axis(axis) for axis in fields.axes("axis", -1)]
    own: dict[str, Any] = {"eps": fields.number("epsilon", 0.001)}
    if over != ["C"]:
        own["over"] = over if len(over) > 1 else over[0]
    if call.entry.kind == "RMSNormalization" or fields.flag("rms_scaling", otherwise=False):
        return flow._replace(source=reader.put("rms_norm", own, flow))
    scale, center = fields.flag("scale", otherwise=True), fields.flag("center", otherwise=True)
    if scale:
        return flow._replace(source=reader.put("layer_norm", own | ({} if center else {"bias": False}), flow))
    item = reader.put("layer_norm", own | {"elementwise_affine": False}, flow)
    if not center:
        return flow._replace(source=item)
    sizes = {axis: size if axis in over else 1 for axis, size in item.y.named()}
    bias = reader.put("parameter", {"shape": sizes}, part="beta", alone=True)
    return flow._replace(source=reader.put("add", {}, item, bias, part="add", alone=True))


@rule("UnitNormalization")
def unit_norm(reader: Reader, call: Call) -> Flow:
    """Each over the root of the sum of squares along some axes."""
    flow, fields = reader.one(call), call.entry.fields
    over = [flow.axis(axis) for axis in fields.axes("axis", -1)]
    square = reader.put("power", {"exponent": 2}, flow, part="square")
    sums = reader.put("reduce", {"over": over, "function": "sum", "keep": True}, square, part="sum")
    root = reader.put("power", {"exponent": "1/2"}, sums, part="root")
    return flow._replace(source=reader.put("divide", {}, flow, root, part="divide"))


@rule("Normalization")
def normalization(reader: Reader, call: Call) -> Flow:
    """Each less its mean, over its deviation: both stored, or numbers of the configuration."""
    flow, fields = reader.one(call), call.entry.fields
    axis = fields.given.get("axis", -1)
    mean, variance = fields.given.get("mean"), fields.given.get("variance")
    if fields.flag("invert", otherwise=False):
        raise Unsaid("a norm that is undone", fixed=0 if mean else 2 * flow.dims[-1], like=flow)
    if mean is None and variance is None:
        axes = [] if axis is None else fields.axes("axis", -1)
        if len(axes) != 1:
            count = prod(flow.sizes[flow.axis(own)] for own in axes)
            raise Unsaid("one mean for everything, or for several axes", fixed=2 * count, like=flow)
        flow = channelled(reader, flow, axes[0])
        reader.fact(
            f"{call.entry.name} has a mean and a variance that are stored; Keras counts one number more,"
            f" how many examples they are of."
        )
        return flow._replace(source=reader.put("batch_norm", {"affine": False, "eps": 0}, flow))
    shape = dict.fromkeys(flow.source.y.axes, 1)
    if isinstance(mean, list) and axis is not None:
        shape[flow.axis(fields.axes("axis", -1)[0])] = flow.sizes[flow.axis(fields.axes("axis", -1)[0])]
    means = reader.put("constant", {"shape": shape}, part="mean")
    apart = reader.put("subtract", {}, flow, means, part="subtract")
    deviations = reader.put("constant", {"shape": shape, "value": 1}, part="deviation")
    return flow._replace(source=reader.put("divide", {}, apart, deviations, part="divide"))


@rule("LayerScale")
def layer_scale(reader: Reader, call: Call) -> Flow:
    """A gain for each channel."""
    flow = reader.one(call)
    if flow.axes[-1] != "C":
        raise Unsaid("a gain along another axis", flow.dims[-1], like=flow)
    return flow._replace(source=reader.put("layer_scale", {}, flow))


@rule("CustomScaleLayer")
def custom_scale(reader: Reader, call: Call) -> Flow:
    """The first, and the second times a number (Inception-ResNet)."""
    one, other = (reader.needed(tensor) for tensor in call.tensors())
    scaled = reader.put("rescale", {"scale": call.entry.fields.number("scale")}, other, part="scale")
    other = other._replace(source=scaled)
    sources = (one.source, reader.turned(other, one.source.y.axes))
    return one._replace(source=reader.put("add", {}, *sources, part="add"))


@rule("Rescaling")
def rescaling(reader: Reader, call: Call) -> Flow:
    """scale · a + offset."""
    flow, fields = reader.one(call), call.entry.fields
    lists = [fields.given.get(name) for name in ("scale", "offset")]
    if not any(isinstance(given, list) for given in lists):
        own = {"scale": fields.number("scale", 1), "offset": fields.number("offset", 0)}
        return flow._replace(source=reader.put("rescale", own, flow))
    made: Any = flow.source
    for name, op in (("scale", "multiply"), ("offset", "add")):
        given = fields.given.get(name, 0)
        many = isinstance(given, list) and len(given) > 1
        if not many and decimal(given) in (0, 1):
            continue
        shape = {axis: size if many and axis == flow.axes[-1] else 1 for axis, size in flow.source.y.named()}
        if many and len(given) != flow.dims[-1]:
            raise Broken(f"its {name} has {len(given)} numbers, and there are {flow.dims[-1]} channels")
        numbers = reader.put("constant", {"shape": shape, "value": 1}, part=name)
        made = reader.put(op, {}, made, numbers, part=op)
    return flow._replace(source=made)
