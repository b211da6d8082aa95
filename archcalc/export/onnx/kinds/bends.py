"""Activations, gates, and what acts in training only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.rules import writes

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part

_PLAIN = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "hard_swish": "HardSwish",
    "mish": "Mish",
    "softsign": "Softsign",
    "spatial_dropout": "Identity",
    "drop_path": "Identity",
    "identity": "Identity",
}


@writes(*_PLAIN)
def plain(part: Part, layer: Any, x: str) -> str:
    """One node without attributes."""
    return part(_PLAIN[layer.op], x)


@writes("dropout")
def dropout(part: Part, layer: Any, x: str) -> str:
    """A Dropout, which lets everything through unless one trains; one of all is none that ONNX has."""
    if layer.p == 1:
        return part("Identity", x)
    return part("Dropout", x, part.constant(float(layer.p)))


@writes("tanh", "lecun_tanh")
def tanh(part: Part, layer: Any, x: str) -> str:
    """A Tanh between its two scalings."""
    return part.times(part("Tanh", part.times(x, float(layer.slope))), float(layer.amplitude))


@writes("hard_tanh", "relu6")
def clipped(part: Part, layer: Any, x: str) -> str:
    """A Clip."""
    low, high = (0, 6) if layer.op == "relu6" else (layer.min_val, layer.max_val)
    return part("Clip", x, part.constant(float(low)), part.constant(float(high)))


@writes("log_sigmoid")
def log_sigmoid(part: Part, layer: Any, x: str) -> str:
    """−ln(1 + exp(−a))."""
    return part("Neg", part("Softplus", part("Neg", x)))


@writes("hard_sigmoid")
def hard_sigmoid(part: Part, layer: Any, x: str) -> str:
    """min(max(0, a/6 + 1/2), 1)."""
    return part("HardSigmoid", x, alpha=1 / 6, beta=0.5)


@writes("silu")
def silu(part: Part, layer: Any, x: str) -> str:
    """a times its sigmoid."""
    return part("Mul", x, part("Sigmoid", x))


@writes("gelu")
def gelu(part: Part, layer: Any, x: str) -> str:
    """A Gelu, by erf or by tanh."""
    return part("Gelu", x, approximate=layer.approximate)


@writes("softplus")
def softplus(part: Part, layer: Any, x: str) -> str:
    """ln(1 + exp(β·a))/β."""
    beta = float(layer.beta)
    y = part("Softplus", part.times(x, beta))
    return y if beta == 1 else part("Div", y, part.constant(beta))


@writes("leaky_relu", "elu", "celu", "selu")
def sloped(part: Part, layer: Any, x: str) -> str:
    """A node that says what is below zero."""
    op, fields = _SLOPED[layer.op]
    return part(op, x, **{key: float(getattr(layer, field)) for key, field in fields.items()})


_SLOPED = {
    "leaky_relu": ("LeakyRelu", {"alpha": "negative_slope"}),
    "elu": ("Elu", {"alpha": "alpha"}),
    "celu": ("Celu", {"alpha": "alpha"}),
    "selu": ("Selu", {"alpha": "alpha", "gamma": "outer"}),
}


@writes("prelu")
def prelu(part: Part, layer: Any, x: str) -> str:
    """A PRelu: one slope, or one for each channel."""
    slopes = part["weight"]
    return part("PRelu", x, slopes if layer.num_parameters == 1 else part.laid(slopes, part.y.axes))


@writes("softmax", "log_softmax")
def softmax(part: Part, layer: Any, x: str) -> str:
    """Along the axis that is named."""
    op = "Softmax" if layer.op == "softmax" else "LogSoftmax"
    return part(op, x, axis=1 + part.y.axes.index(layer.axis))


@writes("glu", "reglu", "geglu", "swiglu")
def gated(part: Part, layer: Any, x: str) -> str:
    """The first half of the channels times a function of the second."""
    a, b = part.many(2, "Split", x, axis=1 + part.y.axes.index("C"), num_outputs=2)
    if layer.op == "swiglu":
        gate = part("Mul", b, part("Sigmoid", b))
    else:
        gate = part({"glu": "Sigmoid", "reglu": "Relu", "geglu": "Gelu"}[layer.op], b)
    return part("Mul", a, gate)
