"""Products with a stored matrix, and sums of products as Einsum spells them.

Source   the operators of the ONNX project, opsets 9 and later
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx import joins
from archcalc.convert.onnx.reader import Unsaid
from archcalc.convert.onnx.values import Const, Flow, unlike

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader


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
    "Gemm": gemm,
    "MatMul": matmul,
    "MatMulNBits": few_bits,
    "Einsum": einsum,
}
