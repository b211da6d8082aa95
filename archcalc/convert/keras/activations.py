"""Activations of Keras, as a word in another layer or as a layer of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken, Fields
from archcalc.convert.keras.rules import Unsaid, rule

if TYPE_CHECKING:
    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader
    from archcalc.convert.keras.values import Flow


_PLAIN = {
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "log_sigmoid": "log_sigmoid",
    "hard_tanh": "hard_tanh",
    "hard_silu": "hard_swish",
    "hard_swish": "hard_swish",
    "silu": "silu",
    "swish": "silu",
    "mish": "mish",
    "tanh": "tanh",
    "softsign": "softsign",
    "softplus": "softplus",
}
_CLASSES = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "Softmax": "softmax",
}
"""Layers that may stand where an activation does."""


def activation_of(given: Any) -> tuple[str, Fields]:
    """The name of an activation, and what it is given."""
    if given is None:
        return "linear", Fields({})
    if isinstance(given, str):
        return given, Fields({})
    if isinstance(given, dict):
        config, kind = given.get("config"), given.get("class_name")
        if ">" in str(given.get("registered_name") or ""):
            raise Unsaid("an activation of its author's")
        if isinstance(config, str):
            return config, Fields({})
        if isinstance(kind, str):
            return _CLASSES.get(kind, kind), Fields(config if isinstance(config, dict) else {})
    raise Broken("its activation is neither a name nor a map")


def activated(reader: Reader, flow: Flow, given: Any, *, part: str = "act") -> Flow:
    """A tensor with an activation on each of its numbers, or along its last axis."""
    name, fields = activation_of(given)
    if name == "linear":
        return flow
    if name == "hard_sigmoid" and not reader.is_newer:  # clip(0.2·a + 0.5, 0, 1) in Keras 2
        straight = reader.put(
            "rescale", {"scale": "0.2", "offset": "0.5"}, flow, part=f"{part}_line", alone=True
        )
        item = reader.put("hard_tanh", {"min_val": 0, "max_val": 1}, straight, part=part, alone=True)
        return flow._replace(source=item)
    op, own = _bend(name, fields, flow)
    return flow._replace(source=reader.put(op, own, flow, part=part, alone=True))


def _bend(name: str, fields: Fields, flow: Flow) -> tuple[str, dict[str, Any]]:
    """The op of an activation, and its fields. Raises Unsaid where there is none."""
    own: dict[str, Any] = {}
    op = {"exp": "function", "exponential": "function"}.get(name, _PLAIN.get(name, name))
    if name == "relu":
        op, own = _relu(fields, flow)
    elif name in ("softmax", "log_softmax"):
        axis = flow.axis(fields.axes("axis", -1)[0])
        own = {} if axis == "C" else {"axis": axis}
    elif name in ("elu", "celu"):
        alpha = fields.number("alpha", 1)
        own = {} if alpha == 1 else {"alpha": alpha}
    elif name == "leaky_relu":
        slope = fields.given.get("negative_slope", fields.given.get("alpha", 0.2))
        own = {"negative_slope": Fields({"slope": slope}).number("slope")}
    elif name == "gelu" and fields.flag("approximate", otherwise=False):
        own = {"approximate": "tanh"}
    elif op == "function":
        own = {"function": "exp"}
    elif name not in _PLAIN and name not in ("gelu", "hard_sigmoid", "glu"):
        raise Unsaid(f"the activation {name}", like=flow)
    return op, own


def _relu(fields: Fields, flow: Flow) -> tuple[str, dict[str, Any]]:
    """A rectifier, as far as it is one with a name."""
    most = fields.given.get("max_value")
    slope = fields.number("negative_slope", 0)
    if fields.number("threshold", 0) != 0 or (most is not None and slope != 0):
        raise Unsaid("a rectifier with a threshold", like=flow)
    if slope != 0:
        return "leaky_relu", {"negative_slope": slope}
    if most is None:
        return "relu", {}
    top = fields.number("max_value")
    return ("relu6", {}) if top == 6 else ("hard_tanh", {"min_val": 0, "max_val": top})


@rule("Activation")
def activation(reader: Reader, call: Call) -> Flow:
    """An activation by its name."""
    return _alone(reader, reader.one(call), call.entry.fields.given.get("activation"))


@rule("ReLU", "LeakyReLU", "ELU", "Softmax")
def activation_layer(reader: Reader, call: Call) -> Flow:
    """An activation that is a layer."""
    flow, fields = reader.one(call), call.entry.fields
    if call.entry.kind == "LeakyReLU" and not {"negative_slope", "alpha"} & fields.given.keys():
        fields = Fields({"negative_slope": 0.3})
    op, own = _bend(_CLASSES[call.entry.kind], fields, flow)
    return flow._replace(source=reader.put(op, own, flow))


def _alone(reader: Reader, flow: Flow, given: Any) -> Flow:
    """An activation that bears the name of the layer."""
    name, fields = activation_of(given)
    if name == "linear":
        return flow
    if name == "hard_sigmoid" and not reader.is_newer:
        return activated(reader, flow, given)
    op, own = _bend(name, fields, flow)
    return flow._replace(source=reader.put(op, own, flow))


@rule("PReLU")
def prelu(reader: Reader, call: Call) -> Flow:
    """A slope for each map where the others are shared; declared where each number has one."""
    flow = reader.one(call)
    shared = call.entry.fields.given.get("shared_axes")
    names = {flow.axis(axis) for axis in call.entry.fields.axes("shared_axes")} if shared else set()
    own = {axis: size for axis, size in flow.sizes.items() if axis not in names}
    if not own or set(own) == {"C"}:
        fields = {"num_parameters": own["C"]} if own and own["C"] > 1 else {}
        return flow._replace(source=reader.put("prelu", fields, flow))
    count = 1
    for size in own.values():
        count *= size
    every = 1
    for size in flow.dims:
        every *= size
    sizes = dict(flow.source.y.named())
    return reader.declared([flow], sizes, flow.axes, params=count, num_macs=0, num_flops=2 * every)  # type: ignore[arg-type]
