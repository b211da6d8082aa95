"""Functions of `keras.ops` that move numbers: along other axes, parts of them, copies, other grids."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken, Fields
from archcalc.convert.keras.joins import end_to_end
from archcalc.convert.keras.model import Array, Call, Entry
from archcalc.convert.keras.rules import RULES, Unsaid, operation
from archcalc.convert.keras.shapes import counted, repeated, spelled
from archcalc.convert.keras.values import Flow, renamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.keras.reader import Reader


@operation("Reshape")
def reshape(reader: Reader, call: Call) -> Flow:
    """The same numbers along other axes, the batch in front."""
    target = call.entry.fields.given.get("newshape")
    if not isinstance(target, list) or len(target) < 2:
        raise Unsaid("a shape that is computed, or mixes the batch")
    if target[0] not in (-1, None, 1):
        raise Unsaid("a reshape that mixes the batch")
    return counted(reader, reader.one(call), [-1 if size is None else size for size in target[1:]])


@operation("Flatten")
def flat(reader: Reader, call: Call) -> Flow:
    """All numbers in a row."""
    return counted(reader, reader.one(call), [-1])


@operation("Transpose")
def transpose(reader: Reader, call: Call) -> Flow:
    """The axes in another order."""
    flow, order = reader.one(call), call.entry.fields.given.get("axes")
    if not isinstance(order, list) or order[:1] != [0]:
        raise Unsaid("a transpose that moves the batch")
    if sorted(map(repr, order)) != sorted(map(repr, range(len(flow.axes) + 1))):
        raise Broken(f"its axes are no order of {len(flow.axes)} axes and the batch")
    return flow._replace(axes=tuple(flow.axes[place - 1] for place in order[1:]))


@operation("Swapaxes")
def swapaxes(reader: Reader, call: Call) -> Flow:
    """Two axes changing places."""
    flow, fields = reader.one(call), call.entry.fields
    one, other = (flow.axis(fields.axes(name)[0]) for name in ("axis1", "axis2"))
    return flow._replace(axes=renamed(flow.axes, one, other))


@operation("ExpandDims")
def expand_dims(reader: Reader, call: Call) -> Flow:
    """One more axis, of size 1."""
    flow = reader.one(call)
    (axis,) = call.entry.fields.axes("axis")
    place = axis + len(flow.axes) + 1 if axis < 0 else axis - 1
    if not 0 <= place <= len(flow.axes):
        raise Unsaid("an axis before the batch")
    sizes = list(flow.dims)
    sizes.insert(place, 1)
    return spelled(reader, flow, sizes)


@operation("Squeeze")
def squeeze(reader: Reader, call: Call) -> Flow:
    """Axes of size 1 taken out."""
    flow, given = reader.one(call), call.entry.fields.given.get("axis")
    gone = {flow.place(axis) for axis in call.entry.fields.axes("axis")} if given is not None else None
    sizes = [size for i, size in enumerate(flow.dims) if not (size == 1 if gone is None else i in gone)]
    if prod(sizes) != prod(flow.dims):
        raise Broken("it takes out an axis that is longer than 1")
    return spelled(reader, flow, sizes or [1])


@operation("Concatenate")
def concatenate(reader: Reader, call: Call) -> Flow:
    """Tensors end to end."""
    return end_to_end(reader, reader.reads(call), call.entry.fields.axes("axis", -1)[0])


@operation("Stack")
def stack(reader: Reader, call: Call) -> Flow:
    """Tensors end to end along an axis of their own."""
    flows = reader.reads(call)
    (axis,) = call.entry.fields.axes("axis", 0)
    rank = len(flows[0].axes) + 1
    place = axis + rank if axis < 0 else axis - 1
    if not 0 <= place < rank or any(len(flow.axes) != rank - 1 for flow in flows):
        raise Unsaid("a stack along the batch")
    names = list(flows[0].axes)
    names.insert(place, next(name for name in ("S", "T", "A1") if name not in names))
    rows = [reader.shaped(flow, _with_one(names, place, flow)) for flow in flows]
    return end_to_end(reader, rows, place + 1)


def _with_one(names: Sequence[str], place: int, flow: Flow) -> dict[str, int]:
    sizes = list(flow.dims)
    sizes.insert(place, 1)
    return dict(zip(names, sizes, strict=True))


@operation("Split")
def split(reader: Reader, call: Call) -> list[Flow]:
    """Parts of an axis."""
    flow, fields = reader.one(call), call.entry.fields
    axis = flow.axis(fields.axes("axis", 0)[0])
    whole, given = flow.sizes[axis], fields.given.get("indices_or_sections")
    if isinstance(given, list):
        ends = [*fields.wholes("indices_or_sections", len(given)), whole]
    else:
        count = fields.whole("indices_or_sections")
        if whole % count or count > 1000:
            raise Broken(f"{count} parts of {whole}")
        ends = [whole // count * (i + 1) for i in range(count)]
    found, start = [], 0
    for i, end in enumerate(ends):
        own = {"axis": axis, "start": start, "stop": end}
        found.append(flow._replace(source=reader.put("slice", own, flow, part=str(i), alone=True)))
        start = end
    return found


@operation("GetItem")
def get_item(reader: Reader, call: Call) -> Flow:
    """Places of some axes."""
    args = call.args if isinstance(call.args, list) else [call.args]
    key = call.kwargs.get("key", args[1] if len(args) > 1 else None)
    keys = key if isinstance(key, list) else [key]
    flow = reader.needed(args[0])
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys = [*keys[:at], *[slice(None)] * (len(flow.axes) + 2 - len(keys)), *keys[at + 1 :]]
    if not keys or len(keys) > len(flow.axes) + 1 or keys[0] != slice(None):
        raise Unsaid("places of the batch")
    return taken(reader, flow, keys[1:])


def taken(reader: Reader, flow: Flow, keys: Sequence[Any]) -> Flow:
    """One place of each axis, or a slice of it."""
    for number, (axis, key) in enumerate(zip(flow.axes, keys, strict=False)):
        if key == slice(None):
            continue
        if type(key) is int:
            if len(flow.axes) == 1:
                raise Unsaid("a number alone")
            item = reader.put("select", {"axis": axis, "index": key}, flow, part=f"{number}", alone=True)
            flow = Flow(item, tuple(name for name in flow.axes if name != axis))
            continue
        if not isinstance(key, slice) or not all(
            part is None or type(part) is int for part in (key.start, key.stop, key.step)
        ):
            raise Unsaid("places that are computed")
        if (key.step or 1) < 1:
            raise Unsaid("an axis from its end")
        start, stop, step = key.indices(flow.sizes[axis])
        own: dict[str, Any] = {"axis": axis, "start": start}
        own |= {"stop": stop} if key.stop is not None else {}
        own |= {"step": step} if step != 1 else {}
        flow = flow._replace(source=reader.put("slice", own, flow, part=f"{number}", alone=True))
    return flow


@operation("Pad")
def pad(reader: Reader, call: Call) -> Flow:
    """Cells of one value around."""
    flow, fields = reader.one(call), call.entry.fields
    width = fields.given.get("pad_width")
    if fields.text("mode", "constant") != "constant" or not isinstance(width, list):
        raise Unsaid("padding by what is there")
    both = [Fields({"pad_width": part}).wholes("pad_width", 2, least=0) for part in width]
    if len(both) != len(flow.axes) + 1 or any(both[0]):
        raise Unsaid("padding of the batch")
    around = {axis: cells for axis, cells in zip(flow.axes, both[1:], strict=True) if any(cells)}
    return flow._replace(source=reader.put("pad", {"padding": around}, flow)) if around else flow


@operation("Tile")
def tile(reader: Reader, call: Call) -> Flow:
    """Axes several times."""
    flow, times = reader.one(call), call.entry.fields.given.get("repeats")
    if not isinstance(times, list) or len(times) != len(flow.axes) + 1 or times[0] != 1:
        raise Unsaid("copies of the batch")
    for axis, count in zip(flow.axes, times[1:], strict=True):
        if count != 1:
            own = {"axis": axis, "times": Fields({"repeats": count}).whole("repeats")}
            flow = flow._replace(source=reader.put("tile", own, flow, part=axis, alone=True))
    return flow


@operation("Repeat")
def repeat(reader: Reader, call: Call) -> Flow:
    """Each place of an axis several times."""
    flow, fields = reader.one(call), call.entry.fields
    if fields.given.get("axis") is None:
        raise Unsaid("copies of the batch")
    return repeated(reader, flow, flow.axis(fields.axes("axis")[0]), fields.whole("repeats"))


@operation("Flip", "Round", "Floor", "Ceil", "Sign", "Isnan", "LogicalNot", "Cumsum", "Nonzero")
def kept(reader: Reader, call: Call) -> Flow:
    """What keeps the shape, and has no kind."""
    raise Unsaid("no kind", like=reader.one(call))


@operation("BroadcastTo")
def broadcast_to(reader: Reader, call: Call) -> Flow:
    """Axes of size 1 spread to more."""
    flow, shape = reader.one(call), call.entry.fields.given.get("shape")
    if not isinstance(shape, list) or len(shape) != len(flow.axes) + 1 or shape[0] not in (1, -1, None):
        raise Unsaid("a shape that is computed")
    for axis, size, wanted in zip(flow.axes, flow.dims, shape[1:], strict=True):
        if size == 1 and type(wanted) is int and wanted > 1:
            own = {"axis": axis, "times": wanted}
            flow = flow._replace(source=reader.put("tile", own, flow, part=axis, alone=True))
    return flow


@operation("Roll")
def roll(reader: Reader, call: Call) -> Flow:
    """An axis in a circle."""
    flow, fields = reader.one(call), call.entry.fields
    own = {"axis": flow.axis(fields.axes("axis")[0]), "shift": fields.whole("shift", least=-(10**9))}
    return flow._replace(source=reader.put("roll", own, flow))


@operation("Take")
def take(reader: Reader, call: Call) -> Flow:
    """Places by indices that are known."""
    args = call.args if isinstance(call.args, list) else [call.args]
    at = args[1] if len(args) > 1 else call.kwargs.get("indices")
    flow = reader.needed(args[0])
    axis = flow.axis(call.entry.fields.axes("axis")[0])
    indices = at.value if isinstance(at, Array) else at
    if type(indices) is int:
        if len(flow.axes) == 1:
            raise Unsaid("a number alone")
        item = reader.put("select", {"axis": axis, "index": indices}, flow)
        return Flow(item, tuple(name for name in flow.axes if name != axis))
    if not isinstance(indices, list) or not all(type(index) is int for index in indices):
        raise Unsaid("places that are computed")
    return flow._replace(source=reader.put("gather", {"axis": axis, "count": len(indices)}, flow))


@operation("DepthToSpace", "SpaceToDepth")
def depth_to_space(reader: Reader, call: Call) -> Flow:
    """Maps as blocks of cells, and back; channels in TensorFlow's order, which no figure depends on."""
    from archcalc.convert.keras.maps import over_maps, standing

    flow, size = over_maps(reader, call, 2), call.entry.fields.whole("block_size")
    down = call.entry.kind == "SpaceToDepth"
    op, name = ("pixel_unshuffle", "downscale_factor") if down else ("pixel_shuffle", "upscale_factor")
    return flow._replace(source=reader.put(op, {name: size}, standing(reader, flow, 2)))


@operation("Resize")
def resize(reader: Reader, call: Call) -> Any:
    """Maps at another size."""
    fields = call.entry.fields
    height, width = fields.wholes("size", 2)
    config = {**fields.given, "height": height, "width": width}
    config["data_format"] = config.get("data_format") or (
        "channels_first" if reader.first else "channels_last"
    )
    return _as_layer(reader, call, "Resizing", config)


@operation("MaxPool", "AveragePool", "MaxPool2D")
def pool(reader: Reader, call: Call) -> Any:
    """A pool of maps."""
    rank = len(reader.one(call).axes) - 1
    word = "Average" if call.entry.kind.startswith("Average") else "Max"
    if rank not in (1, 2, 3):
        raise Unsaid("a pool of other than maps")
    return _as_layer(reader, call, f"{word}Pooling{rank}D", call.entry.fields.given)


def _as_layer(reader: Reader, call: Call, kind: str, config: dict[str, Any]) -> Any:
    """The same as a layer does it."""
    entry = Entry({"class_name": kind, "name": call.entry.name, "config": config})
    inner = Call(entry, call.path, call.args, call.kwargs, call.scope)
    inner.outputs = call.outputs
    return RULES[kind](reader, inner)
