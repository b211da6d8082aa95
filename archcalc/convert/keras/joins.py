"""Layers of Keras that read several tensors: sums, concatenations, products, attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.features import features
from archcalc.convert.keras.fields import Broken
from archcalc.convert.keras.model import Tensor
from archcalc.convert.keras.rules import Unsaid, rule
from archcalc.convert.keras.values import Flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.draft import Source
    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader

_MERGES = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Average": "average",
    "Maximum": "maximum",
    "Minimum": "minimum",
}


@rule(*_MERGES)
def merge(reader: Reader, call: Call) -> Flow:
    """Number by number."""
    flows = reader.reads(call)
    if len(flows) == 1:
        return flows[0]
    return together(reader, _MERGES[call.entry.kind], flows)


def together(reader: Reader, op: str, flows: Sequence[Flow]) -> Flow:
    """A join of tensors number by number: all along the same axes in one order."""
    whole = max(flows, key=lambda flow: len(flow.axes))
    sources = standing(reader, flows, whole)
    return Flow(reader.put(op, {}, *sources), whole.axes)


def standing(reader: Reader, flows: Sequence[Flow], whole: Flow) -> list[Source]:
    """What makes some tensors, each with the axes of one of them in the order in which that has them."""
    order = whole.source.y.axes
    found = []
    for flow in flows:
        flow = widened(reader, flow, whole.axes)  # noqa: PLW2901  (the same tensor with more axes)
        if set(flow.axes) != set(order) or flow.axes != whole.axes:
            flow = reader.named(flow, whole.axes)  # noqa: PLW2901  (the same tensor with other names)
        found.append(reader.turned(flow, order))
    return found


def widened(reader: Reader, flow: Flow, axes: tuple[str, ...], *, front: bool = True) -> Flow:
    """A tensor with as many axes as there are names, those that it lacks in front and of size 1."""
    more = len(axes) - len(flow.axes)
    if more <= 0:
        return flow
    names = axes[more:] if front else axes[: len(flow.axes)]
    own = dict.fromkeys(axes, 1) | dict(zip(names, flow.dims, strict=True))
    return reader.shaped(flow, {axis: own[axis] for axis in axes})


@rule("Concatenate")
def concatenate(reader: Reader, call: Call) -> Flow:
    """End to end along one axis."""
    flows = reader.reads(call)
    if len(flows) == 1:
        return flows[0]
    return end_to_end(reader, flows, call.entry.fields.axes("axis", -1)[0])


def end_to_end(reader: Reader, flows: Sequence[Flow], at: int) -> Flow:
    """Tensors laid end to end along an axis as Keras counts it."""
    first = flows[0]
    if any(len(flow.axes) != len(first.axes) for flow in flows):
        raise Broken("it joins tensors of different ranks")
    axis = first.axis(at)
    own = {} if axis == "C" else {"axis": axis}
    sources = standing(reader, flows, first)
    return first._replace(source=reader.put("concat", own, *sources))


@rule("Dot")
def dot(reader: Reader, call: Call) -> Flow:
    """Products summed along an axis of each."""
    flows = reader.reads(call)
    if len(flows) != 2:
        raise Broken(f"it reads {len(flows)} tensors, and multiplies two")
    fields = call.entry.fields
    if fields.flag("normalize", otherwise=False):
        raise Unsaid("products of what is normed first")
    axes = fields.axes("axes") * 2
    one, other = flows
    if len(one.axes) == len(other.axes) == 1:
        rows = [reader.shaped(flow, {"T": 1, "C": flow.dims[0]}) for flow in flows]
        item = reader.put("matmul", {"transpose_b": True}, *rows, part="product", alone=True)
        return Flow(reader.put("flatten", {}, item), ("C",))
    if len(one.axes) != 2 or len(other.axes) != 2:
        raise Unsaid("products along axes of more than matrices")
    a, b = one.place(axes[0]), other.place(axes[1])
    first = one if a == 1 else Flow(one.source, one.axes[::-1])
    second = other if b == 1 else Flow(other.source, other.axes[::-1])
    return product(reader, first, second, turned=True)


def product(reader: Reader, one: Flow, other: Flow, *, turned: bool, part: str = "") -> Flow:
    """The product of two matrices, or stacks of them; the second turned over first, or not."""
    one = Flow(reader.turned(one, one.axes), one.axes)
    other = Flow(reader.turned(other, other.axes), other.axes)
    own = {"transpose_b": True} if turned else {}
    return one._replace(source=reader.put("matmul", own, one, other, part=part))


# -- attention


def _arguments(reader: Reader, call: Call, names: Sequence[str]) -> dict[str, Flow]:
    """What a layer is given by place or by name, as tensors; masks are index work."""
    args = call.args if isinstance(call.args, list) else [call.args]
    if len(args) == 1 and isinstance(args[0], list):
        args = args[0]
    given = dict(zip(names, args, strict=False)) | {
        name: call.kwargs[name] for name in names if call.kwargs.get(name) is not None
    }
    return {name: reader.needed(tensor) for name, tensor in given.items() if isinstance(tensor, Tensor)}


@rule("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention")
def attention(reader: Reader, call: Call) -> Flow:
    """Attention with its projections."""
    given = _arguments(reader, call, ("query", "value", "key"))
    if "query" not in given or "value" not in given:
        raise Broken("it is not given a query and a value")
    query, value = (features(reader, given[name]) for name in ("query", "value"))
    key = features(reader, given["key"]) if "key" in given else value
    own = _heads(call, query)
    if call.kwargs.get("use_causal_mask") is True:
        own["causal"] = True
    if any(flow.axes != ("T", "C") for flow in (query, value, key)):
        raise Unsaid(
            "attention along more than one axis", _params(reader, own, query, key, value), like=query
        )
    reads = [query, key, value]
    if key.source is value.source:
        reads = [query] if query.source is key.source else [query, key]
    made = query._replace(source=reader.put("attention", own, *reads))
    return [made, made] if 1 in call.outputs else made  # type: ignore[return-value]  # the second are its scores


def _heads(call: Call, query: Flow) -> dict[str, Any]:
    """The fields of an attention, as far as they are not what they would be anyway."""
    fields, kind = call.entry.fields, call.entry.kind
    own: dict[str, Any] = {}
    if kind == "MultiHeadAttention":
        own["num_heads"], size = fields.whole("num_heads"), fields.whole("key_dim")
        width = fields.given.get("value_dim")
        if width is not None and width != size:
            raise Unsaid("values of another size than keys", _wide(call, query), like=query)
        out = fields.given.get("output_shape")
        out = out[0] if isinstance(out, list) and len(out) == 1 else out
        if out is not None and out != query.dims[-1]:
            if type(out) is not int:
                raise Unsaid("an output of several axes")
            own["out_features"] = out
    else:
        own["num_heads"], size = fields.whole("num_query_heads"), fields.whole("head_dim")
        pairs = fields.whole("num_key_value_heads")
        if pairs != own["num_heads"]:
            own["num_kv_heads"] = pairs
    if own["num_heads"] * size != query.dims[-1]:
        own["head_dim"] = size
    if not fields.flag("use_bias", otherwise=True):
        own["bias"] = False
    return own


def _wide(call: Call, query: Flow) -> int:
    """Parameters where values are of another size than keys, all of them read from one sequence."""
    fields = call.entry.fields
    heads, size, width = (fields.whole(name) for name in ("num_heads", "key_dim", "value_dim"))
    read, bias = query.dims[-1], int(fields.flag("use_bias", otherwise=True))
    if len({id(tensor) for tensor in call.tensors()}) > 1:
        raise Broken("it reads two sequences, and its values are of another size than its keys")
    return heads * (2 * size + width) * (read + bias) + read * (heads * width + bias)


def _params(reader: Reader, own: dict[str, Any], *flows: Flow) -> int:
    """Parameters of an attention along several axes: as many as along one."""
    from archcalc.dims import Shape

    layer = reader.out.bound("attention", own)
    return int(layer.params(*(Shape((1, flow.dims[-1]), "T C") for flow in flows)))  # type: ignore[call-overload,no-any-return]


@rule("Attention", "AdditiveAttention")
def scores(reader: Reader, call: Call) -> Flow | list[Flow]:
    """Means of values, weighted by the products of queries and keys, without projections."""
    fields = call.entry.fields
    given = _arguments(reader, call, ("query", "value", "key"))
    if "query" not in given or "value" not in given:
        raise Broken("it is not given a query and a value")
    query, value = given["query"], given["value"]
    key = given.get("key", value)
    scaled = fields.flag("use_scale", otherwise=call.entry.kind == "AdditiveAttention")
    if call.entry.kind == "AdditiveAttention":
        sizes = dict(zip(query.axes, (*query.dims[:-1], value.dims[-1]), strict=True))
        told = {"num_params": query.dims[-1] if scaled else 0, "output_shape": sizes}
        item = reader.put("opaque", told, query, value, *([key] if key is not value else []))
        item.lacks = call.entry.kind
        return Flow(item, query.axes)
    if fields.text("score_mode", "dot") != "dot":
        raise Unsaid("scores by sums", params=1 + scaled)
    if any(len(flow.axes) != 2 for flow in (query, value, key)):
        raise Unsaid("attention of more than one sequence", params=int(scaled))
    found = product(reader, query, key, turned=True, part="scores")
    if scaled:
        scale = reader.put("parameter", {"shape": dict.fromkeys(found.source.y.axes, 1)}, part="scale")
        found = found._replace(source=reader.put("multiply", {}, found, scale, part="scaled"))
    last = found.source.y.axes[-1]
    own = {} if last == "C" else {"axis": last}
    soft = found._replace(source=reader.put("softmax", own, found, part="softmax"))
    made = product(reader, soft, value, turned=False, part="mix")
    return [made, soft] if 1 in call.outputs else made
