"""TensorFlow's functions in a model, as Keras 2 wrote them: each is one of `keras.ops` under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.joins import product
from archcalc.convert.keras.model import Call, Entry, flattened
from archcalc.convert.keras.moves import get_item
from archcalc.convert.keras.rules import OPERATIONS, Unsaid, rule

if TYPE_CHECKING:
    from archcalc.convert.keras.reader import Reader
    from archcalc.convert.keras.values import Flow

_TF = {
    "math.add": "Add",
    "__operators__.add": "Add",
    "math.subtract": "Subtract",
    "math.multiply": "Multiply",
    "math.truediv": "TrueDivide",
    "math.divide": "TrueDivide",
    "math.maximum": "Maximum",
    "math.minimum": "Minimum",
    "math.negative": "Negative",
    "math.square": "Square",
    "math.sqrt": "Sqrt",
    "math.rsqrt": "Rsqrt",
    "math.exp": "Exp",
    "math.log": "Log",
    "math.sin": "Sin",
    "math.cos": "Cos",
    "math.abs": "Absolute",
    "math.erf": "Erf",
    "math.pow": "Power",
    "math.tanh": "Tanh",
    "math.sigmoid": "Sigmoid",
    "nn.sigmoid": "Sigmoid",
    "nn.relu": "Relu",
    "nn.relu6": "Relu6",
    "nn.silu": "Silu",
    "nn.swish": "Silu",
    "nn.gelu": "Gelu",
    "nn.elu": "Elu",
    "nn.selu": "Selu",
    "nn.leaky_relu": "LeakyRelu",
    "nn.softmax": "Softmax",
    "math.reduce_mean": "Mean",
    "math.reduce_sum": "Sum",
    "math.reduce_max": "Max",
    "math.reduce_min": "Min",
    "reshape": "Reshape",
    "transpose": "Transpose",
    "expand_dims": "ExpandDims",
    "squeeze": "Squeeze",
    "concat": "Concatenate",
    "stack": "Stack",
    "cast": "Cast",
    "stop_gradient": "StopGradient",
    "identity": "Identity",
    "linalg.matmul": "Matmul",
    "nn.depth_to_space": "DepthToSpace",
    "nn.space_to_depth": "SpaceToDepth",
    "split": "Split",
}
_SPELLED = {
    "perm": "axes",
    "shape": "newshape",
    "num_or_size_splits": "indices_or_sections",
    "alpha": "negative_slope",
}
_TENSORS = ("x", "y", "x1", "x2", "b")


@rule(
    "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod", "InstanceProperty"
)
def tf_function(reader: Reader, call: Call) -> Any:
    """A function of TensorFlow that a model calls, by its name."""
    function = call.entry.fields.text("function")
    if function == "__operators__.getitem":
        keys = call.kwargs.get("slice_spec")
        return _sliced(reader, call, keys if isinstance(keys, list) else [])
    kind = _TF.get(function)
    if kind is None:
        raise Unsaid(f"tf.{function}")
    if any(call.kwargs.get(name) for name in ("transpose_a", "adjoint_a", "adjoint_b")):
        raise Unsaid("a product of a matrix that is turned")
    given = {_SPELLED.get(name, name): value for name, value in call.kwargs.items() if name not in _TENSORS}
    args = call.args if isinstance(call.args, list) else [call.args]
    args = [*args, *(call.kwargs[name] for name in _TENSORS if name in call.kwargs)]
    if kind in ("Concatenate", "Stack"):
        args = list(flattened(args))
    entry = Entry({"class_name": kind, "name": call.entry.name, "config": given})
    if kind == "Gelu":
        entry.fields.given["approximate"] = bool(given.get("approximate"))
    inner = Call(entry, call.path, args, {}, call.scope)
    inner.outputs = call.outputs
    flows = OPERATIONS[kind](reader, inner)
    if kind == "Matmul" and call.kwargs.get("transpose_b"):
        one, other = (reader.needed(operand) for operand in args[:2])
        return product(reader, one, other, turned=True)
    return flows


def _sliced(reader: Reader, call: Call, keys: list[Any]) -> Flow:
    """Places of some axes, as Keras 2 writes them: maps of start, stop and step."""
    found: list[Any] = []
    for key in keys:
        if isinstance(key, dict) and {"start", "stop", "step"} <= key.keys():
            found.append(slice(key["start"], key["stop"], key["step"]))
        elif key in ({}, {"class_name": "__ellipsis__", "config": {}}):
            found.append(Ellipsis)
        else:
            found.append(key)
    args = call.args if isinstance(call.args, list) else [call.args]
    inner = Call(call.entry, call.path, [args[0], found], {}, call.scope)
    inner.outputs = call.outputs
    return get_item(reader, inner)
