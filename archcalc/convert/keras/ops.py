"""Functions of `keras.ops` in a functional model: none has tensors of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.activations import activated, activation_of
from archcalc.convert.keras.fields import Broken, decimal
from archcalc.convert.keras.joins import product, together
from archcalc.convert.keras.model import Array, Call, flattened
from archcalc.convert.keras.rules import Unsaid, operation
from archcalc.convert.keras.values import Flow

if TYPE_CHECKING:
    from archcalc.convert.keras.reader import Reader

_PAIRS = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "TrueDivide": "divide",
    "Divide": "divide",
    "Maximum": "maximum",
    "Minimum": "minimum",
}
_BENDS = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Silu": "silu",
    "Swish": "silu",
    "Gelu": "gelu",
    "Elu": "elu",
    "Selu": "selu",
    "Celu": "celu",
    "LeakyRelu": "leaky_relu",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "HardSwish": "hard_silu",
    "HardTanh": "hard_tanh",
    "LogSigmoid": "log_sigmoid",
    "Mish": "mish",
    "Glu": "glu",
}
_FUNCTIONS = {
    "Exp": "exp",
    "Log": "log",
    "Sin": "sin",
    "Cos": "cos",
    "Erf": "erf",
    "Absolute": "abs",
    "Abs": "abs",
}
_POWERS: dict[str, Any] = {"Sqrt": "1/2", "Rsqrt": "-1/2", "Square": 2, "Reciprocal": -1}
_REDUCED = {"Mean": "mean", "Sum": "sum", "Max": "max", "Min": "min", "Amax": "max", "Amin": "min"}
_SAME = ("Cast", "StopGradient", "Identity", "Copy", "ConvertToTensor", "Real")


def _constant(value: Any) -> Any:
    """A number that stands in a call; None where it is none."""
    if isinstance(value, Array):
        value = value.value
    while isinstance(value, list) and len(value) == 1:
        (value,) = value
    return None if isinstance(value, bool) else decimal(value)


def _operands(call: Call) -> list[Any]:
    """What an operation of two is given."""
    args = call.args if isinstance(call.args, list) else [call.args]
    more = [call.kwargs[name] for name in ("x1", "x2", "x", "y", "a", "b") if name in call.kwargs]
    return [*args, *more][:2]


@operation(*_PAIRS)
def pair(reader: Reader, call: Call) -> Flow:
    """Number by number: of two tensors, or of one and a number."""
    op = _PAIRS[call.entry.kind]
    operands = _operands(call)
    if len(operands) != 2:
        raise Broken("it takes two tensors, or a tensor and a number")
    flows = [reader.flow(operand) for operand in operands]
    one, other = flows
    if one is not None and other is not None:
        return together(reader, op, [one, other])
    at = 0 if one is not None else 1
    flow = one or other
    if flow is None:
        raise Unsaid("two constants")
    number = _constant(operands[1 - at])
    if number is None:
        return _with_array(reader, op, flow, operands[1 - at], first=at == 0)
    return _with_number(reader, op, flow, number, first=at == 0)


def _with_number(reader: Reader, op: str, flow: Flow, number: Any, *, first: bool) -> Flow:
    """A tensor and a number."""
    from fractions import Fraction

    exact = Fraction(str(number))
    if op in ("add", "multiply"):
        own = {"offset" if op == "add" else "scale": number}
        return flow._replace(source=reader.put("rescale", own, flow))
    if op == "subtract":
        own = {"offset": str(-exact)} if first else {"scale": -1, "offset": number}
        return flow._replace(source=reader.put("rescale", own, flow))
    if op == "divide" and first and exact:
        return flow._replace(source=reader.put("rescale", {"scale": str(1 / exact)}, flow))
    if op == "divide":
        if exact == 1:
            return flow._replace(source=reader.put("power", {"exponent": -1}, flow))
        made = reader.put("power", {"exponent": -1}, flow, part="power", alone=True)
        return flow._replace(source=reader.put("rescale", {"scale": number}, made))
    return _with_array(reader, op, flow, number, first=first)


def _with_array(reader: Reader, op: str, flow: Flow, given: Any, *, first: bool) -> Flow:
    """A tensor and numbers that are known beforehand."""
    dims = _dims(given.value if isinstance(given, Array) else given)
    if dims is None or len(dims) > len(flow.axes) + 1 or (len(dims) > len(flow.axes) and dims[0] != 1):
        raise Unsaid("a constant of another shape")
    dims = dims[len(dims) > len(flow.axes) :]
    sizes = [1] * (len(flow.axes) - len(dims)) + dims
    own = dict(zip(flow.axes, sizes, strict=True))
    shape = {axis: own[axis] for axis in flow.source.y.axes}
    numbers = reader.put("constant", {"shape": shape, "value": 1}, part="constant", alone=True)
    sides = (flow.source, numbers) if first else (numbers, flow.source)
    return flow._replace(source=reader.put(op, {}, *sides))


def _dims(given: Any) -> list[int] | None:
    """The sizes of nested lists, which are as long at each place."""
    dims: list[int] = []
    while isinstance(given, list) and given and len(dims) < 12:
        dims.append(len(given))
        given = given[0]
    return dims if decimal(given) is not None else None


@operation("Power")
def power(reader: Reader, call: Call) -> Flow:
    """A tensor raised to a number."""
    operands = _operands(call)
    number = _constant(operands[1]) if len(operands) == 2 else None
    if number is None:
        raise Unsaid("a power that is computed")
    flow = reader.needed(operands[0])
    return flow._replace(source=reader.put("power", {"exponent": number}, flow))


@operation(*_POWERS)
def root(reader: Reader, call: Call) -> Flow:
    """A square, a root, a reciprocal."""
    flow = reader.one(call)
    return flow._replace(source=reader.put("power", {"exponent": _POWERS[call.entry.kind]}, flow))


@operation(*_FUNCTIONS)
def function(reader: Reader, call: Call) -> Flow:
    """A function of each number."""
    flow = reader.one(call)
    return flow._replace(source=reader.put("function", {"function": _FUNCTIONS[call.entry.kind]}, flow))


@operation("Negative")
def negative(reader: Reader, call: Call) -> Flow:
    """−a."""
    flow = reader.one(call)
    return flow._replace(source=reader.put("rescale", {"scale": -1}, flow))


@operation("Clip")
def clip(reader: Reader, call: Call) -> Flow:
    """min(max(a, low), high)."""
    flow, fields = reader.one(call), call.entry.fields
    own = {"min_val": fields.number("x_min"), "max_val": fields.number("x_max")}
    return flow._replace(source=reader.put("hard_tanh", own, flow))


@operation(*_BENDS)
def bend(reader: Reader, call: Call) -> Flow:
    """An activation."""
    flow = reader.one(call)
    given = {"class_name": _BENDS[call.entry.kind], "config": call.entry.fields.given}
    name, _ = activation_of(given)
    if name == "linear":
        return flow
    reader.inner = ()
    return activated(reader, flow, given, part="")


@operation(*_SAME)
def same(reader: Reader, call: Call) -> Flow:
    """The same numbers."""
    return reader.one(call)


# -- sums and products


@operation(*_REDUCED)
def reduced(reader: Reader, call: Call) -> Flow:
    """A mean, a sum, the largest or the smallest along some axes."""
    flow, fields = reader.one(call), call.entry.fields
    if fields.given.get("axis") is None:
        raise Unsaid("a mean over the batch")
    gone = [flow.axis(axis) for axis in fields.axes("axis")]
    keep = fields.flag("keepdims", otherwise=False)
    kept = flow.axes if keep else tuple(axis for axis in flow.axes if axis not in gone)
    if not kept:
        raise Unsaid("a number alone")
    word = _REDUCED[call.entry.kind]
    if kept == ("C",) and set(gone) == {"H", "W"} and word in ("mean", "max"):
        source = reader.turned(flow, ("C", "H", "W"))
        return Flow(reader.put(f"global_{'avg' if word == 'mean' else 'max'}_pool2d", {}, source), kept)
    own: dict[str, Any] = {"over": gone if len(gone) > 1 else gone[0]}
    own |= {"function": word} if word != "mean" else {}
    own |= {"keep": True} if keep else {}
    return Flow(reader.put("reduce", own, flow), kept)


@operation("Norm")
def norm(reader: Reader, call: Call) -> Flow:
    """The root of the sum of squares along some axes."""
    flow, fields = reader.one(call), call.entry.fields
    if fields.given.get("ord") not in (None, 2, "fro") or fields.given.get("axis") is None:
        raise Unsaid("another norm")
    gone = [flow.axis(axis) for axis in fields.axes("axis")]
    keep = fields.flag("keepdims", otherwise=False)
    kept = flow.axes if keep else tuple(axis for axis in flow.axes if axis not in gone)
    if not kept:
        raise Unsaid("a number alone")
    own: dict[str, Any] = {"over": gone, "function": "sum", **({"keep": True} if keep else {})}
    square = reader.put("power", {"exponent": 2}, flow, part="square", alone=True)
    item = reader.put("reduce", own, square, part="sum", alone=True)
    return Flow(reader.put("power", {"exponent": "1/2"}, item), kept)


@operation("Matmul", "Dot")
def matmul(reader: Reader, call: Call) -> Flow:
    """A product of matrices, or of stacks of them."""
    flows = [reader.needed(operand) for operand in _operands(call)]
    if len(flows) != 2 or len(flows[0].axes) != len(flows[1].axes) or len(flows[0].axes) < 2:
        raise Unsaid("a product of other than matrices")
    one, other = flows
    straight = Flow(reader.turned(one, one.axes), one.axes)
    other_axes = other.source.y.axes
    if other.axes != other_axes and other.axes == (*other_axes[:-2], other_axes[-1], other_axes[-2]):
        lying = other._replace(axes=other_axes)
        return product(reader, straight, lying, turned=True)
    return product(reader, straight, other, turned=False)


@operation("Einsum")
def einsum(reader: Reader, call: Call) -> Flow:
    """A product of two stacks of matrices, where it is one."""
    text = call.entry.fields.text("subscripts").replace(" ", "")
    sides = text.split("->")
    flows = [reader.needed(tensor) for tensor in flattened(call.args)]
    parts = sides[0].split(",")
    if len(sides) != 2 or len(parts) != 2 or len(flows) != 2:
        raise Unsaid("a product of other than two")
    (a, b), made = parts, sides[1]
    if (
        len(a) != len(flows[0].axes) + 1
        or len(b) != len(flows[1].axes) + 1
        or not (a[:1] == b[:1] == made[:1])
    ):
        raise Unsaid("a product that mixes the batch")
    a, b, made = a[1:], b[1:], made[1:]
    lead = a[:-2]
    if len(a) < 2 or b[:-2] != lead or made[:-2] != lead or a[-2] != made[-2:-1]:
        raise Unsaid("a product of other than matrices")
    if a[-1] == b[-1] and made[-1:] == b[-2]:
        return product(reader, flows[0], flows[1], turned=True)
    if a[-1] == b[-2] and made[-1:] == b[-1]:
        return product(reader, flows[0], flows[1], turned=False)
    raise Unsaid("a product of other than matrices")
