"""Joins: sums and products of tensors that flow, of one with a constant, and of matrices."""

from __future__ import annotations

from math import isnan, prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx.constants import broadcast
from archcalc.convert.onnx.reader import Unsaid, isindex
from archcalc.convert.onnx.values import Const, Flow, unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader

_JOINS = {"Add": "add", "Sub": "subtract", "Mul": "multiply", "Max": "maximum", "Min": "minimum",
          "Sum": "add", "Mean": "average", "Div": "divide"}  # fmt: skip


def join(reader: Reader, node: Node) -> None:
    """A join of what flows; of constants a parameter, a gain, or a number."""
    if id(node) in reader.done:
        return
    values = [reader.values[word] for word in node.inputs if word]
    flows = [value for value in values if isinstance(value, Flow)]
    if len(values) == 1:
        reader.give(node, values[0])
        return
    if len(flows) < len(values):
        if len(values) != 2:
            raise Unsaid("several with a constant among them")
        with_constant(reader, node, flows[0], next(value for value in values if isinstance(value, Const)))
        return
    plain = [flow for flow in flows if not isindex(flow)]
    if len(plain) == 1 < len(flows):
        masked(reader, node, plain[0], next(flow for flow in flows if isindex(flow)).dims)
        return
    made = together(reader, node, *flows) if len(flows) == 2 else all_of(reader, node, flows)
    reader.give(node, made)


def all_of(reader: Reader, node: Node, flows: list[Flow]) -> Flow:
    """Several of one shape as one."""
    first = flows[0]
    if any(flow.dims != first.dims for flow in flows):
        raise Unsaid("several of unlike shapes")
    flows = [reader.laid(node, flow, first.axes) for flow in flows]
    return first._replace(source=reader.put(node, _JOINS[node.op], {}, *flows))


def together(reader: Reader, node: Node, a: Flow, b: Flow) -> Flow:
    """Two that are spread to one shape."""
    dims = broadcast(a.dims, b.dims)
    if dims is None:
        raise Unsaid(f"{a.dims} and {b.dims} do not go together")
    rank = len(dims)
    wide = [_widened(flow, rank) for flow in (a, b)]
    axes = shared_axes(*wide)
    left, right = (reader.laid(node, flow, axes) for flow in wide)
    return Flow(reader.put(node, _JOINS[node.op], {}, left, right), dims, axes)


def _widened(flow: Flow, rank: int) -> Flow:
    """The same with dimensions of 1 before."""
    more = rank - len(flow.dims)
    return Flow(flow.source, (*[1] * more, *flow.dims), (*[None] * more, *flow.axes))


def shared_axes(a: Flow, b: Flow) -> tuple[str | None, ...]:
    """Names for the axes that either has: those of the one that has more."""
    first, second = (a, b) if len(a.named) >= len(b.named) else (b, a)
    names = [one or other for one, other in zip(first.axes, second.axes, strict=True)]
    own = [name for name in first.axes if name]
    found: list[str | None] = []
    for one, other in zip(first.axes, names, strict=True):
        if other is not None and one is None:
            own.append(unlike([*own, other])[-1])
            found.append(own[-1])
        else:
            found.append(other)
    return tuple(found)


def with_constant(reader: Reader, node: Node, flow: Flow, const: Const) -> None:
    """What flows and a constant: a number, a gain for each channel, a table of places, a parameter."""
    first = isinstance(reader.values[node.inputs[0]], Flow)
    scalar = const.scalar
    if scalar is not None and (const.dims is None or prod(const.dims) == 1 or not const.weight):
        scaled(reader, node, flow, scalar, first=first)
        return
    if const.rows and node.op == "Add":
        places(reader, node, flow, const)
        return
    if not const.weight:
        if const.dims is None or broadcast(const.dims, flow.dims) == flow.dims:
            masked(reader, node, flow, const.dims or (1,))  # or what an exporter computed
            return
        raise Unsaid("a constant that spreads it")
    if const.dims is None:
        const = const._replace(dims=flow.dims)  # what is looked up, spread to what it is added to
    dims = const.dims or ()
    if node.op == "Mul" and is_gain(flow, dims):
        item = reader.put(node, "layer_scale", {}, flow)
        reader.used(item, "weight", const)
        reader.give(node, flow._replace(source=item))
        return
    if node.op not in ("Add", "Mul", "Sub", "Div"):
        raise Unsaid("a stored tensor in this join")
    rank = max(len(dims), len(flow.dims))
    wide = _widened(flow, rank)
    padded = const._replace(dims=(*[1] * (rank - len(dims)), *dims))
    assert padded.dims is not None
    own = reader.parameter(node, padded, wide.axes)
    pair = (wide, own) if first else (own, wide)
    reader.give(node, together(reader, node, *pair))


def is_gain(flow: Flow, dims: tuple[int, ...]) -> bool:
    """Whether a tensor has a number for each channel."""
    wide = (*[1] * (len(flow.dims) - len(dims)), *dims)
    return len(wide) == len(flow.dims) and all(
        size == (whole if axis == "C" else 1)
        for size, whole, axis in zip(wide, flow.dims, flow.axes, strict=True)
    )


def places(reader: Reader, node: Node, flow: Flow, const: Const) -> None:
    """Rows of a stored table, looked up at places that are known beforehand, that are added."""
    if len(flow.named) != 2:
        raise Unsaid("rows of a table beside other than a sequence")
    flow = reader.laid(node, flow, (*(None if axis is None else "T" for axis in flow.axes[:-1]), "C"))
    scope, _ = reader.scopes.of(node)
    scope, word = reader.scopes.tensor(const.weight.removesuffix(".weight") + ".weight", scope, "position")
    word = word if word != "weight" else "position"
    op, fields, source = "position_embedding", {"num_embeddings": const.rows}, flow.source
    if const.rows < flow.source.y[0]:  # one row for many places, as of a kind of token
        indices = [given for given in reader.out.inputs if given.indices and given.y[0] == flow.source.y[0]]
        if not indices:
            raise Unsaid("rows of a table")
        op, source = "embedding", indices[0]
        fields["embedding_dim"] = flow.source.y[1]
    table = reader.out.add(scope, op, fields, source, word=word)
    reader.used(table, "weight", const)
    reader.give(node, flow._replace(source=reader.put(node, "add", {}, flow, table)))


def scaled(reader: Reader, node: Node, flow: Flow, number: Any, *, first: bool) -> None:
    """Every number by a constant one: nothing where that changes nothing."""
    op, turned = node.op, not first
    if op in ("Max", "Min"):
        op_of = {("Max", 0): "relu"}.get((op, number))
        if op_of is None:
            raise Unsaid("a limit on one side")
        reader.same(node, op_of, {}, flow)
        return
    if op == "Pow" and not turned:
        power(reader, node, flow, number)
        return
    if op not in ("Mul", "Div", "Add", "Sub") or (op == "Div" and not turned and not number):
        raise Unsaid("a constant in it")
    if op == "Div" and turned:
        flow = flow._replace(source=reader.put(node, "power", {"exponent": -1}, flow))
    scale = {"Mul": number, "Div": number if turned else 1 / (number or 1), "Sub": -1 if turned else 1}.get(
        op, 1
    )
    offset = {"Add": number, "Sub": number if turned else -number}.get(op, 0)
    fields = {
        key: exact(value)
        for key, value, plain in (("scale", scale, 1), ("offset", offset, 0))
        if value != plain
    }
    if fields:
        flow = flow._replace(source=reader.put(node, "rescale", fields, flow))
    reader.give(node, flow)


_HUGE = 1e30


def exact(number: Any) -> Any:
    """A float as a decimal that the language reads; what is no number is refused."""
    if isinstance(number, int):
        return int(number)
    if isnan(number) or abs(number) > _HUGE:
        return "1e30" if number > 0 else "-1e30"
    return f"{number:.9g}"


def power(reader: Reader, node: Node, flow: Flow, exponent: Any) -> None:
    """A power of each number by a constant."""
    if exponent == 1:
        reader.give(node, flow)
        return
    whole = int(exponent) if exponent == int(exponent) else exact(exponent)
    reader.same(node, "power", {"exponent": whole}, flow)


_FUNCTIONS = {"Exp": "exp", "Log": "log", "Sin": "sin", "Cos": "cos", "Erf": "erf", "Abs": "abs"}


def alone(reader: Reader, node: Node) -> None:
    """A function of each number."""
    flow = reader.flow(node.inputs[0])
    if node.op in _FUNCTIONS:
        reader.same(node, "function", {"function": _FUNCTIONS[node.op]}, flow)
    elif node.op == "Neg":
        reader.same(node, "rescale", {"scale": -1}, flow)
    else:
        reader.same(node, "power", {"exponent": "1/2" if node.op == "Sqrt" else -1}, flow)


def pow_(reader: Reader, node: Node) -> None:
    """Pow, by a constant."""
    exponent = reader.const(node, 1)
    if exponent is None or exponent.scalar is None:
        raise Unsaid("a power that is computed")
    power(reader, node, reader.flow(node.inputs[0]), exponent.scalar)


def free(reader: Reader, node: Node) -> None:
    """An op that changes no number."""
    reader.give(node, reader.values[node.inputs[0]])


def masked(reader: Reader, node: Node, flow: Flow, dims: tuple[int, ...]) -> None:
    """A join with numbers that are known beforehand, or that say which tokens there are."""
    rank = max(len(dims), len(flow.dims))
    wide = _widened(flow, rank)
    dims = (*[1] * (rank - len(dims)), *dims)
    if broadcast(dims, wide.dims) != wide.dims:
        raise Unsaid("a constant that spreads it")
    names = [axis for axis in wide.axes if axis is not None]
    shape = {axis: size for axis, size in zip(wide.axes, dims, strict=True) if axis is not None}
    scope, _ = reader.scopes.of(node)
    own = reader.out.add(scope, "constant", {"shape": shape}, word="mask")
    assert list(shape) == names
    item = reader.put(node, _JOINS[node.op], {}, wide, own)
    reader.give(node, wide._replace(source=item))


def where(_reader: Reader, _node: Node) -> None:
    """Where: of two, by a condition; there is no kind, and what is chosen keeps its shape."""
    raise Unsaid("a choice by a condition")


def matmul(reader: Reader, node: Node) -> None:
    """A product of two matrices that flow, or of stacks of them."""
    a, b = (reader.values[word] for word in node.inputs)
    if isinstance(a, Const):
        if a.dims is None or not isinstance(b, Flow):
            raise Unsaid("a product with a constant of unknown shape")
        a = reader.parameter(node, a, (*[None] * (len(a.dims) - 2), "T", "C"))
    if not isinstance(b, Flow) or min(len(a.dims), len(b.dims)) < 2:
        raise Unsaid("a product of a vector")
    rank = max(len(a.dims), len(b.dims))
    a, b = _widened(a, rank), _widened(b, rank)
    lead = broadcast(a.dims[:-2], b.dims[:-2])
    if lead is None or a.dims[-1] != b.dims[-2]:
        raise Unsaid(f"{a.dims} and {b.dims} do not multiply")
    names = stack_names(a, b)
    if a.dims[:-2] != b.dims[:-2]:
        raise Unsaid("a stack of matrices that is spread")
    a = reader.laid(node, a, names)
    own = tuple(name for name in names if name is not None)
    plain = turned_back(b, own)
    if plain is not None:
        item = reader.put(node, "matmul", {"transpose_b": True}, a, plain)
    else:
        item = reader.put(node, "matmul", {}, a, reader.laid(node, b, names))
    reader.give(node, Flow(item, (*lead, a.dims[-2], b.dims[-1]), names))


def stack_names(a: Flow, b: Flow) -> tuple[str | None, ...]:
    """Axes for two stacks of matrices: the last two always have names."""
    lead = [one or other for one, other in zip(a.axes[:-2], b.axes[:-2], strict=True)]
    rows = a.axes[-2] or "T"
    found = unlike(["C", *(name or "" for name in (*lead, rows if rows != "C" else "T"))])[1:]
    return (*(name if was else None for name, was in zip(found[:-1], lead, strict=True)), found[-1], "C")


def turned_back(flow: Flow, axes: Sequence[str]) -> Any:
    """What was turned over just before, if it has these axes; None where nothing was."""
    from archcalc.convert.draft import Item

    source = flow.source
    if not isinstance(source, Item) or source.layer.op != "permute" or len(axes) < 2:
        return None
    before = source.reads[0]
    swapped = (*flow.named[:-2], flow.named[-1], flow.named[-2]) if len(flow.named) >= 2 else ()
    order: tuple[str, ...] = before.y.axes
    return before if order == swapped and order == tuple(axes) else None


OPS: dict[str, Callable[[Reader, Node], None]] = {
    **dict.fromkeys(_JOINS, join),
    **dict.fromkeys(("Identity", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear"), free),
    **dict.fromkeys(("Sqrt", "Reciprocal", "Neg", *_FUNCTIONS), alone),
    "Pow": pow_,
    "Where": where,
}
