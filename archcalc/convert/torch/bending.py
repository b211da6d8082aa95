"""Operations on one number at a time: activations, functions and masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call, Tensor, Unknown, places, plain, rule
from archcalc.convert.torch.shapes import axis_at
from archcalc.convert.torch.sketch import Value

if TYPE_CHECKING:
    from archcalc.convert.torch.reader import Reader

PLAIN = {
    "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "silu": "silu", "mish": "mish",
    "hardswish": "hard_swish", "hardsigmoid": "hard_sigmoid", "log_sigmoid": "log_sigmoid", "selu": "selu",
    "softsign": "softsign",
}  # fmt: skip


@rule(*PLAIN)
def activation(r: Reader, c: Call) -> Value:
    """An activation without fields."""
    return r.emit(c, PLAIN[c.op.removesuffix("_")], {}, [r.value(c["self"], c)])


@rule("gelu", "leaky_relu", "elu", "celu", "softplus", "hardtanh", "clamp", "clamp_min", "threshold")
def bent(r: Reader, c: Call) -> Value:
    """An activation with fields."""
    x = r.value(c["self"], c)
    op = c.op.removesuffix("_")
    fields: dict[str, Any] = {}
    if op == "gelu":
        fields = {} if c["approximate"] == "none" else {"approximate": c["approximate"]}
    elif op == "leaky_relu":
        fields = {} if c["negative_slope"] == 0.01 else {"negative_slope": c["negative_slope"]}
    elif op in ("elu", "celu"):
        if op == "elu" and (c["scale"], c["input_scale"]) != (1, 1):
            raise Unknown
        fields = {} if c["alpha"] == 1 else {"alpha": plain(c["alpha"])}
    elif op == "softplus":
        fields = {} if c["beta"] == 1 else {"beta": plain(c["beta"])}
    else:
        return clamped(r, c, x, op)
    return r.emit(c, op, fields, [x])


def clamped(r: Reader, c: Call, x: Value, op: str) -> Value:
    """Numbers cut off on one side, which is a rectifier where that is 0, or on both."""
    if op == "threshold":
        raise Unknown
    low, high = (c["min_val"], c["max_val"]) if op == "hardtanh" else (c["min"], c.get("max"))
    if isinstance(low, (Tensor, Value)) or isinstance(high, (Tensor, Value)):
        raise Unknown
    if low == 0 and high == 6:
        return r.emit(c, "relu6", {}, [x])
    if low == 0 and high is None:
        return r.emit(c, "relu", {}, [x])
    if low is None or high is None:
        bound = low if high is None else high
        edge = r.sketch.step(c.scope, "constant", *_scalar(x, bound), word="bound")
        return r.emit(c, "minimum" if low is None else "maximum", {}, [x, edge])
    return r.emit(c, "hard_tanh", {"min_val": plain(low), "max_val": plain(high)}, [x])


def _scalar(x: Value, bound: float) -> tuple[dict[str, Any], list[Value], Value]:
    sizes = (1,) * len(x.sizes)
    shape = dict(zip(x.axes, sizes, strict=True))
    return {"shape": shape, "value": plain(bound)}, [], Value(sizes, sizes, x.axes)


@rule("prelu")
def prelu(r: Reader, c: Call) -> Value:
    """A rectifier with a slope that is learned, for all channels or each."""
    x = r.value(c["self"], c)
    weight = c["weight"]
    if not isinstance(weight, Tensor):
        raise Unknown
    if weight.shape != (1,):
        place = places(x.shape)[1]
        if place is None or not x.axes[place].call("C"):
            raise Unknown
        return r.emit(c, "prelu", {"num_parameters": weight.shape[0]}, [x], tensors={"weight": weight})
    return r.emit(c, "prelu", {}, [x], tensors={"weight": weight})


@rule("softmax", "log_softmax", "_softmax", "_log_softmax", "special_softmax")
def softmax(r: Reader, c: Call) -> Value:
    """Numbers against the others along an axis."""
    x = r.value(c["self"], c)
    axis = axis_at(x, c["dim"])
    op = "log_softmax" if "log" in c.op else "softmax"
    return r.emit(c, op, {"axis": axis}, [x])


@rule("glu")
def glu(r: Reader, c: Call) -> Value:
    """One half of the channels times a sigmoid of the other."""
    x = r.value(c["self"], c)
    axis = axis_at(x, c["dim"])
    if not axis.call("C"):
        raise Unknown
    return r.emit(c, "glu", {}, [x])


FUNCTIONS = ("exp", "log", "sin", "cos", "erf", "abs")


@rule(*FUNCTIONS)
def function(r: Reader, c: Call) -> Value:
    """A function of each number."""
    return r.emit(c, "function", {"function": c.op.removesuffix("_")}, [r.value(c["self"], c)])


@rule("sqrt", "rsqrt", "reciprocal", "square")
def root(r: Reader, c: Call) -> Value:
    """A power by a name of its own."""
    exponent = {"sqrt": "1/2", "rsqrt": "-1/2", "reciprocal": -1, "square": 2}[c.op.removesuffix("_")]
    return r.emit(c, "power", {"exponent": exponent}, [r.value(c["self"], c)], word=c.op.removesuffix("_"))


@rule("pow")
def power(r: Reader, c: Call) -> Value:
    """A power with a constant exponent."""
    if not isinstance(c["exponent"], (int, float)) or not isinstance(c["self"], (Value, Tensor)):
        raise Unknown
    x = r.value(c["self"], c)
    if c["exponent"] == 1:
        return x
    return r.emit(c, "power", {"exponent": plain(c["exponent"])}, [x])


@rule("neg")
def negative(r: Reader, c: Call) -> Value:
    """The other sign."""
    return r.emit(c, "rescale", {"scale": -1}, [r.value(c["self"], c)], word="neg")
