"""What each ONNX op becomes: windows, products, norms and activations.

Source   the operators of the ONNX project, opsets 9 and later
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx import joins, lenet, shapes
from archcalc.convert.onnx.constants import broadcast
from archcalc.convert.onnx.reader import Unsaid
from archcalc.convert.onnx.values import Const, Flow, unlike

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader

PLANE = {1: ("C", "T"), 2: ("C", "H", "W"), 3: ("C", "D", "H", "W")}


def maps(reader: Reader, node: Node, rank: int = 0) -> tuple[Flow, int]:
    """What a window looks at: channels first, and the axes of a plane."""
    flow = reader.flow(node.inputs[0])
    rank = rank or len(flow.dims) - 2
    if rank not in PLANE or len(flow.dims) != rank + 2:
        raise Unsaid(f"a window over {rank} axes")
    return reader.laid(node, flow, (None, *PLANE[rank])), rank


def pads(node: Node, rank: int) -> Any:
    """Cells around the maps, as the language writes them."""
    auto = node.attributes.get("auto_pad", "NOTSET")
    if auto == "SAME_UPPER":
        return "same"
    if auto == "SAME_LOWER":
        raise Unsaid("padding of more cells before than after")
    given = node.attributes.get("pads") if auto != "VALID" else None
    given = given or [0] * 2 * rank
    if len(given) != 2 * rank or any(cells < 0 for cells in given):
        raise Unsaid(f"pads {given}")
    return [[given[i], given[i + rank]] for i in range(rank)]


def per_axis(node: Node, name: str, rank: int, default: int = 1) -> list[int]:
    """A number for each axis of a plane."""
    found = node.attributes.get(name) or [default] * rank
    if len(found) != rank:
        raise Unsaid(f"{name} {found} for {rank} axes")
    return list(found)


def window(node: Node, rank: int, kernel: list[int]) -> dict[str, Any]:
    """Kernel, stride and padding of a window."""
    return {"kernel_size": kernel, "stride": per_axis(node, "strides", rank), "padding": pads(node, rank)}


def placed(flow: Flow, item: Any) -> Flow:
    """What a layer of maps gives."""
    return Flow(item, (flow.dims[0], *item.y), (None, *item.y.axes))


def conv(reader: Reader, node: Node) -> None:
    """Conv."""
    weight = reader.const(node, 1)
    if weight is None or weight.dims is None or len(weight.dims) < 3:
        raise Unsaid("its weights are computed")
    flow, rank = maps(reader, node, len(weight.dims) - 2)
    bias = len(node.inputs) > 2 and bool(node.inputs[2])
    fields = {"out_channels": weight.dims[0], **window(node, rank, list(weight.dims[2:])), "bias": bias}
    dilation, groups = per_axis(node, "dilations", rank), node.attributes.get("group", 1)
    if set(dilation) != {1}:
        fields["dilation"] = dilation
    if groups != 1:
        fields["groups"] = groups
    item = reader.put(node, f"conv{rank}d", fields, flow)
    if tuple(item.layer.weights(*item.xs)["weight"]) != weight.dims:
        raise Unsaid(f"its weights are {weight.dims}")
    told = bias and (weight.weight.startswith("onnx::Conv") or node.inputs[2] == f"{weight.weight}_bias")
    item.folded = node.folded or told
    shared(reader, node, item, ("weight", "bias"))
    reader.give(node, placed(flow, item))


def shared(reader: Reader, node: Node, item: Any, words: tuple[str, ...], start: int = 1) -> None:
    """Note whose tensors these are."""
    for place, word in enumerate(words, start):
        reader.used(item, word, reader.const(node, place))


def conv_transpose(reader: Reader, node: Node) -> None:
    """ConvTranspose."""
    weight = reader.const(node, 1)
    if weight is None or weight.dims is None or len(weight.dims) < 3:
        raise Unsaid("its weights are computed")
    flow, rank = maps(reader, node, len(weight.dims) - 2)
    if node.attributes.get("output_shape"):
        raise Unsaid("a transposed convolution to a given shape")
    groups = node.attributes.get("group", 1)
    fields = {
        "out_channels": weight.dims[1] * groups,
        **window(node, rank, list(weight.dims[2:])),
        "bias": len(node.inputs) > 2 and bool(node.inputs[2]),
        "groups": groups,
        "dilation": per_axis(node, "dilations", rank),
        "output_padding": per_axis(node, "output_padding", rank, 0),
    }
    item = reader.put(node, f"conv_transpose{rank}d", fields, flow)
    shared(reader, node, item, ("weight", "bias"))
    reader.give(node, placed(flow, item))


def pool(reader: Reader, node: Node) -> None:
    """MaxPool and AveragePool."""
    kernel = node.attributes.get("kernel_shape")
    if not isinstance(kernel, list):
        raise Unsaid("a pool without a window")
    flow, rank = maps(reader, node, len(kernel))
    if any(step != 1 for step in per_axis(node, "dilations", rank)):
        raise Unsaid("a pool with dilation")
    fields = window(node, rank, kernel)
    if fields["stride"] == kernel:
        del fields["stride"]
    if node.attributes.get("ceil_mode"):
        fields["ceil_mode"] = True
    op = "max_pool" if node.op == "MaxPool" else "avg_pool"
    if op == "avg_pool" and not node.attributes.get("count_include_pad", 0):
        fields["count_include_pad"] = False
    if fields["padding"] == [[0, 0]] * rank:
        del fields["padding"]
        fields.pop("count_include_pad", None)
    reader.give(node, placed(flow, reader.put(node, f"{op}{rank}d", fields, flow)))


def global_pool(reader: Reader, node: Node) -> None:
    """GlobalAveragePool and GlobalMaxPool."""
    flow, rank = maps(reader, node)
    op = "global_avg_pool" if "Average" in node.op else "global_max_pool"
    item = reader.put(node, f"{op}{rank}d", {}, flow)
    reader.give(node, Flow(item, (*flow.dims[:2], *[1] * rank), (None, "C", *[None] * rank)))


# -- products


def last_is_c(reader: Reader, node: Node, flow: Flow) -> Flow:
    """The same with channels as its last axis."""
    axes = list(flow.axes)
    if not axes:
        raise Unsaid("a number alone")
    others = unlike(["C", *(axis for axis in axes[:-1] if axis is not None)])[1:]
    left = iter(others)
    return reader.laid(node, flow, (*(axis and next(left) for axis in axes[:-1]), "C"))


def linear(
    reader: Reader, node: Node, flow: Flow, weight: Const, *, rows_out: bool, bias: Const | None
) -> None:
    """A matrix that is stored, times what flows."""
    assert weight.dims is not None
    ins, outs = weight.dims[::-1] if rows_out else weight.dims
    flow = last_is_c(reader, node, flow)
    if flow.dims[-1] != ins:
        raise Unsaid(f"a matrix of {ins} rows, and {flow.dims[-1]} features")
    item = reader.put(node, "linear", {"out_features": outs, "bias": bias is not None}, flow)
    reader.used(item, "weight", weight, transposed=not rows_out)
    reader.used(item, "bias", bias)
    reader.give(node, Flow(item, (*flow.dims[:-1], outs), flow.axes))


def gemm(reader: Reader, node: Node) -> None:
    """Gemm."""
    weight, bias = reader.const(node, 1), reader.const(node, 2)
    if weight is None or weight.dims is None or len(weight.dims) != 2 or node.attributes.get("transA"):
        raise Unsaid("a product of two that flow")
    linear(
        reader,
        node,
        reader.flow(node.inputs[0]),
        weight,
        rows_out=bool(node.attributes.get("transB")),
        bias=bias,
    )


def matmul(reader: Reader, node: Node) -> None:
    """MatMul: of a stored matrix a linear layer, with the bias that is added after it."""
    if len(node.inputs) != 2:
        raise Unsaid("a product of two")
    weight = reader.const(node, 1)
    if weight is None:
        return joins.matmul(reader, node)
    if weight.dims is None or len(weight.dims) != 2:
        raise Unsaid("a product with a stack of stored matrices")
    bias, after = following_bias(reader, node, weight.dims[1])
    linear(reader, node, reader.flow(node.inputs[0]), weight, rows_out=False, bias=bias)
    if after is not None:
        reader.give(after, reader.values[node.outputs[0]])
        reader.done.add(id(after))
    return None


def few_bits(reader: Reader, node: Node) -> None:
    """MatMulNBits: a product with a matrix that is stored in few bits, in blocks."""
    ins, outs = node.attributes["K"], node.attributes["N"]
    if ins < 1 or outs < 1:
        raise Unsaid(f"a matrix of {ins} rows and {outs} columns")
    weight = Const((outs, ins), None, floats=True, weight=node.inputs[1])
    bias = reader.const(node, 5)
    linear(reader, node, reader.flow(node.inputs[0]), weight, rows_out=True, bias=bias)


def following_bias(reader: Reader, node: Node, size: int) -> tuple[Const | None, Node | None]:
    """The bias that the one reader of a product adds, and that reader."""
    users = reader.readers.get(node.outputs[0], [])
    if len(users) != 1 or users[0].op != "Add" or node.outputs[0] in reader.ends or len(users[0].inputs) != 2:
        return None, None
    after = users[0]
    other = after.inputs[1] if after.inputs[0] == node.outputs[0] else after.inputs[0]
    bias = reader.values.get(other)
    if isinstance(bias, Const) and bias.dims == (size,) and bias.weight:
        return bias, after
    return None, None


# -- norms


def channels_named(reader: Reader, node: Node) -> Flow:
    """What a norm of channels reads: its second dimension is C."""
    flow = reader.flow(node.inputs[0])
    if len(flow.dims) < 2:
        raise Unsaid("a norm of a number alone")
    if flow.axes[1] == "C":
        return flow
    others = unlike(["C", *(axis or "" for axis in flow.axes[2:])])[1:]
    return reader.laid(node, flow, (None, "C", *(axis or None for axis in others)))


def batch_norm(reader: Reader, node: Node) -> None:
    """BatchNormalization."""
    flow = channels_named(reader, node)
    item = reader.put(node, "batch_norm", {}, flow)
    shared(reader, node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def instance_norm(reader: Reader, node: Node) -> None:
    """InstanceNormalization."""
    flow, _ = maps(reader, node)
    item = reader.put(node, "instance_norm", {"affine": True}, flow)
    shared(reader, node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def group_norm(reader: Reader, node: Node) -> None:
    """GroupNormalization."""
    flow = channels_named(reader, node)
    fields = {"num_groups": node.attributes.get("num_groups", 1)}
    if len(node.inputs) < 2:
        fields["affine"] = False
    item = reader.put(node, "group_norm", fields, flow)
    shared(reader, node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def layer_norm(reader: Reader, node: Node) -> None:
    """LayerNormalization and RMSNormalization, over the last axes."""
    flow = reader.flow(node.inputs[0])
    first = node.attributes.get("axis", -1)
    given = node.attributes.get("axes") or list(range(flow.place(first), len(flow.dims)))
    over = [flow.place(axis) for axis in given]
    if over == [len(flow.dims) - 1]:
        flow = last_is_c(reader, node, flow)
    names = [flow.axes[i] for i in over if 0 <= i < len(flow.dims)]
    if None in names or not names:
        raise Unsaid("a norm over the batch")
    fields: dict[str, Any] = {} if names == ["C"] else {"over": names}
    op = "rms_norm" if "RMS" in node.op or "Simplified" in node.op else "layer_norm"
    weight = reader.const(node, 1)
    if weight is None:
        fields["elementwise_affine"] = False
    elif op == "layer_norm" and reader.const(node, 2) is None:
        fields["bias"] = False
    item = reader.put(node, op, fields, flow)
    shared(reader, node, item, ("weight", "bias"))
    reader.give(node, flow._replace(source=item))


def local_response(reader: Reader, node: Node) -> None:
    """LRN."""
    flow, _ = maps(reader, node)
    fields = {"size": node.attributes.get("size", 5)}
    reader.same(node, "local_response_norm", fields, flow)


# -- activations

_SAME = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Mish": "mish",
    "HardSwish": "hard_swish",
    "HardSigmoid": "hard_sigmoid",
    "Selu": "selu",
    "Swish": "silu",
    "Dropout": "dropout",
}


def activation(reader: Reader, node: Node) -> None:
    """An activation without fields, but for a tanh between two constants."""
    given = node.attributes if node.op == "Tanh" else {}
    fields: dict[str, Any] = {key: f"{given[key]:.6g}" for key in ("slope", "amplitude") if key in given}
    reader.same(node, _SAME[node.op], fields, reader.flow(node.inputs[0]))


def sloped(reader: Reader, node: Node) -> None:
    """LeakyRelu, Elu and Celu."""
    op, field, default = {
        "LeakyRelu": ("leaky_relu", "negative_slope", 0.01),
        "Elu": ("elu", "alpha", 1.0),
        "Celu": ("celu", "alpha", 1.0),
    }[node.op]
    alpha = node.attributes.get("alpha", default)
    fields = {} if abs(alpha - default) < 1e-6 else {field: f"{alpha:.6g}"}
    reader.same(node, op, fields, reader.flow(node.inputs[0]))


def gelu(reader: Reader, node: Node) -> None:
    """Gelu."""
    fields = {"approximate": "tanh"} if node.attributes.get("approximate") == "tanh" else {}
    reader.same(node, "gelu", fields, reader.flow(node.inputs[0]))


def clip(reader: Reader, node: Node) -> None:
    """Clip: relu6, or a straight line that is cut off."""
    low, high = node.attributes.get("min"), node.attributes.get("max")
    if len(node.inputs) > 1:
        found = [const.scalar if (const := reader.const(node, i)) else None for i in (1, 2)]
        low, high = found
    flow = reader.flow(node.inputs[0])
    if low == 0 and high == 6:
        reader.same(node, "relu6", {}, flow)
    elif low == 0 and (high is None or high > 1e30):
        reader.same(node, "relu", {}, flow)
    elif low is None or high is None or low >= high:
        limited(reader, node, flow, low, high)
    else:
        reader.same(node, "hard_tanh", {"min_val": f"{low:.6g}", "max_val": f"{high:.6g}"}, flow)


def limited(reader: Reader, node: Node, flow: Flow, low: Any, high: Any) -> None:
    """A limit on one side: the larger or the smaller of a number and a constant."""
    if (low is None) == (high is None):
        raise Unsaid("a clip between limits that are computed")
    scope, _ = reader.scopes.of(node)
    fields = {"shape": dict.fromkeys(flow.named, 1), "value": joins.exact(high if low is None else low)}
    limit = reader.out.add(scope, "constant", fields, word="limit")
    item = reader.put(node, "minimum" if low is None else "maximum", {}, flow, limit)
    reader.give(node, flow._replace(source=item))


def prelu(reader: Reader, node: Node) -> None:
    """PRelu: one slope for each channel, or one for all."""
    flow = channels_named(reader, node)
    slope = reader.const(node, 1)
    if slope is None or slope.dims is None:
        raise Unsaid("its slopes are computed")
    fields = {"num_parameters": prod(slope.dims)}
    item = reader.put(node, "prelu", fields, flow)
    if prod(item.layer.weights(*item.xs)["weight"]) != prod(slope.dims):
        raise Unsaid(f"slopes of {slope.dims}")
    shared(reader, node, item, ("weight",))
    reader.give(node, flow._replace(source=item))


def softmax(reader: Reader, node: Node) -> None:
    """Softmax and LogSoftmax; before opset 13 over all axes from one on, which the others here are not."""
    flow = reader.flow(node.inputs[0])
    old = reader.model.opset < 13
    place = flow.place(node.attributes.get("axis", 1 if old else -1))
    if not 0 <= place < len(flow.dims) or (old and any(size != 1 for size in flow.dims[place + 1 :])):
        raise Unsaid("a softmax over several axes")
    if flow.axes[place] is None:
        raise Unsaid("a softmax over the batch")
    axis = flow.axes[place]
    op = "softmax" if node.op == "Softmax" else "log_softmax"
    reader.same(node, op, {} if axis == "C" else {"axis": axis}, flow)


# -- recurrence


def recurrent(reader: Reader, node: Node) -> None:
    """LSTM, GRU and RNN, in both directions or in one."""
    flow = reader.flow(node.inputs[0])
    weight, state = reader.const(node, 1), reader.const(node, 2)
    if len(flow.dims) != 3 or weight is None or state is None or state.dims is None or len(state.dims) != 3:
        raise Unsaid("its weights are computed")
    batch = 0 if node.attributes.get("layout") else 1
    if flow.dims[batch] != reader.batch:
        raise Unsaid("a batch in another place")
    axes: list[str | None] = ["T", "C"]
    axes.insert(batch, None)
    flow = reader.laid(node, flow, axes)
    both = state.dims[0]
    hidden = state.dims[2]
    bias = reader.const(node, 3)
    said = {"bidirectional": both == 2, "relu": _bent_by_relu(node)}
    fields = {"hidden_size": hidden, **{key: True for key, is_so in said.items() if is_so}}
    if bias is None:
        fields["bias"] = False
    item = reader.put(node, node.op.lower(), fields, flow)
    steps = flow.dims[1 - batch]
    if bias is not None and bias.weight:
        reader.weights.setdefault(bias.weight, (item, "bias", False))
    source = item if both == 1 else reader.reshape(node, item, {"T": steps, "B": both, "C": hidden})
    if batch == 0:
        dims: tuple[int, ...] = (reader.batch, steps, both, hidden)
        names: tuple[str | None, ...] = (None, "T", "B" if both > 1 else None, "C")
    else:
        dims, names = (steps, both, reader.batch, hidden), ("T", "B" if both > 1 else None, None, "C")
    reader.give(node, Flow(source, dims, names))
    if any(node.outputs[1:]):
        used = [
            word for word in node.outputs[1:] if word and (word in reader.ends or reader.readers.get(word))
        ]
        if used and both == 1:
            last = reader.put(node, "select", {"axis": "T", "index": -1}, item)
            reader.give(node, Flow(last, (1, reader.batch, hidden), (None, None, "C")), 1)
            used = [word for word in used if word != node.outputs[1]]
        for word in used:
            reader.values[word] = Const(None, None, floats=True)


def _bent_by_relu(node: Node) -> bool:
    """Whether a recurrence has max(0, a) in place of tanh."""
    bends = set(node.attributes.get("activations") or ())
    if node.op == "RNN" and bends == {"Relu"}:
        return True
    if not bends <= {"Sigmoid", "Tanh"}:
        raise Unsaid(f"a recurrence that bends by {', '.join(sorted(bends)):.40}")
    return False


def einsum(reader: Reader, node: Node) -> None:
    """Einsum of two: what they share and the output has is a stack, what it has not is summed."""
    equation = str(node.attributes.get("equation", "")).replace(" ", "")
    inputs, _, out = equation.partition("->")
    left, comma, right = inputs.partition(",")
    if not comma or not out or not (left + right + out).isalpha() or len(node.inputs) != 2:
        raise Unsaid(f"einsum {equation:.40}")
    a, b = (reader.flow(word) for word in node.inputs)
    if (
        len(left) != len(a.dims)
        or len(right) != len(b.dims)
        or any(len(set(w)) < len(w) for w in (left, right, out))
    ):
        raise Unsaid(f"einsum {equation:.40}")
    sizes = {**dict(zip(left, a.dims, strict=True)), **dict(zip(right, b.dims, strict=True))}
    stack = [letter for letter in out if letter in left and letter in right and sizes[letter] != 1]
    summed = [letter for letter in left if letter in right and letter not in out]
    rows = [letter for letter in out if letter in left and letter not in right and sizes[letter] != 1]
    columns = [letter for letter in out if letter in right and letter not in left and sizes[letter] != 1]
    if set(left + right) - set(out) != set(summed) or not summed:
        raise Unsaid(f"einsum {equation:.40}")
    first = stacked(reader, node, a, left, [stack, rows, summed], sizes)
    second = stacked(reader, node, b, right, [stack, columns, summed], sizes)
    item: Any = reader.put(node, "matmul", {"transpose_b": True}, first, second)
    order = [*stack, *rows, *columns]
    if order:
        item = reader.reshape(node, item, {f"{letter}_": sizes[letter] for letter in order})
    flow = Flow(item, tuple(sizes[letter] for letter in order), tuple(f"{letter}_" for letter in order))
    wanted = [f"{letter}_" for letter in out if letter in order]
    source = reader.permute(node, flow, wanted) if wanted else item
    axes = tuple(f"{letter}_" if letter in order else None for letter in out)
    reader.give(node, Flow(source, tuple(sizes[letter] for letter in out), axes))


def stacked(
    reader: Reader, node: Node, flow: Flow, letters: str, parts: list[list[str]], sizes: dict[str, int]
) -> Any:
    """A tensor as a stack of matrices, by the letters of its axes."""
    names = dict(zip(letters, flow.axes, strict=True))
    order = [names[letter] for part in parts for letter in part if names[letter] is not None]
    if len(order) != len(flow.named):
        raise Unsaid("an axis of size 1 in an einsum")
    source = reader.permute(node, flow, [axis for axis in order if axis])
    counts = [prod(sizes[letter] for letter in part) for part in parts]
    return reader.reshape(node, source, dict(zip(("G", "T", "C"), counts, strict=True)))


OPS: dict[str, Callable[[Reader, Node], None]] = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": pool,
    "AveragePool": pool,
    "GlobalAveragePool": global_pool,
    "GlobalMaxPool": global_pool,
    "Gemm": gemm,
    "MatMul": matmul,
    "MatMulNBits": few_bits,
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "GroupNormalization": group_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": layer_norm,
    "SimplifiedLayerNormalization": layer_norm,
    "LRN": local_response,
    **dict.fromkeys(_SAME, activation),
    "LeakyRelu": sloped,
    "Elu": sloped,
    "Celu": sloped,
    "Gelu": gelu,
    "Clip": clip,
    "PRelu": prelu,
    "Softmax": softmax,
    "LogSoftmax": softmax,
    "LSTM": recurrent,
    "GRU": recurrent,
    "RNN": recurrent,
    "Einsum": einsum,
    **joins.OPS,
    **lenet.OPS,
    **shapes.OPS,
}
"""How each op is read."""

__all__ = ["OPS", "broadcast"]
