"""Recurrence: the nodes that ONNX has for it; a projected LSTM step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.kinds.dense import project
from archcalc.export.onnx.rules import writes
from archcalc.lazy import np

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part

_ORDER = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}
"""Our gates in the order of ONNX: input, output, forget, cell; update, reset, hidden."""


@writes("rnn", "gru", "lstm")
def recurrent(part: Part, layer: Any, x: str) -> str:
    """The layers, one on the steps of the other, each in its directions."""
    steps = part.xs[0][0]
    ways = ["", "_reverse"] if layer.bidirectional else [""]
    last = ""
    for depth in range(layer.num_layers):
        names = [f"_l{depth}{way}" for way in ways]
        if getattr(layer, "proj_size", None) is not None:
            x, last = projected(part, layer, x, names)
            continue
        every, end = one(part, layer, part("Transpose", x, perm=[1, 0, 2]), names)
        x = part.reshape(part("Transpose", every, perm=[2, 0, 1, 3]), steps, int(layer.width()))
        last = part.reshape(part("Transpose", end, perm=[1, 0, 2]), int(layer.width()))
    return last if layer.last else x


def one(part: Part, layer: Any, x: str, names: list[str]) -> list[str]:
    """One layer in its directions: what it gives at every step, and at the last."""
    tensors = [stacked(part, layer, f"weight_{word}", names) for word in ("ih", "hh")]
    if layer.bias:
        tensors.append(biases(part, layer, names))
    fields: dict[str, Any] = {"hidden_size": int(layer.hidden_size)}
    if len(names) > 1:
        fields["direction"] = "bidirectional"
    if layer.op == "gru":
        fields["linear_before_reset"] = 1
    if layer.op == "rnn" and layer.relu:
        fields["activations"] = ["Relu"] * len(names)
    outputs = 3 if layer.op == "lstm" else 2
    return part.many(outputs, layer.op.upper(), x, *tensors, **fields)[:2]


def ordered(part: Part, layer: Any, tensor: str) -> str:
    """A tensor with its gates in ONNX's order."""
    order = _ORDER[layer.op]
    if len(order) == 1:
        return tensor
    gates = part.many(len(order), "Split", tensor, axis=0, num_outputs=len(order))
    return part("Concat", *(gates[i] for i in order), axis=0)


def stacked(part: Part, layer: Any, word: str, names: list[str]) -> str:
    """A tensor of every direction, one behind the other."""
    each = [part("Unsqueeze", ordered(part, layer, part[word + name]), part.whole(0)) for name in names]
    return each[0] if len(each) == 1 else part("Concat", *each, axis=0)


def biases(part: Part, layer: Any, names: list[str]) -> str:
    """The biases beside the input, then those beside the state, which may be none."""
    rows = layer.gates * int(layer.hidden_size)
    each = []
    for name in names:
        beside = ordered(part, layer, part[f"bias_ih{name}"])
        state = part.get(f"bias_hh{name}")
        state = ordered(part, layer, state) if state else part.constant(np.zeros(rows))
        each.append(part("Unsqueeze", part("Concat", beside, state, axis=0), part.whole(0)))
    return each[0] if len(each) == 1 else part("Concat", *each, axis=0)


# -- a projection, which ONNX's LSTM has not


def projected(part: Part, layer: Any, x: str, names: list[str]) -> tuple[str, str]:
    """One layer in its directions, and its last states."""
    ways = [one_way(part, layer, x, name, back=bool(i)) for i, name in enumerate(names)]
    parts = [part("Concat", *steps, axis=1) for steps in ways]
    ends = [steps[-1 if i == 0 else 0] for i, steps in enumerate(ways)]
    every = parts[0] if len(parts) == 1 else part("Concat", *parts, axis=2)
    last = ends[0] if len(ends) == 1 else part("Concat", *ends, axis=2)
    return every, part.reshape(last, int(layer.width()))


def one_way(part: Part, layer: Any, x: str, name: str, *, back: bool) -> list[str]:
    """What one direction gives at each step, from the first to the last."""
    count = part.xs[0][0]
    read = project(part, x, part[f"weight_ih{name}"], part.get(f"bias_ih{name}"))
    turned = [part.turned(part[f"weight_{word}{name}"]) for word in ("hh", "hr")]
    bias = part.get(f"bias_hh{name}")
    state, cell = "", ""
    given = []
    for t in reversed(range(count)) if back else range(count):
        sums = part("Gather", read, part.whole(t), axis=1)
        if state:
            sums = part("Add", sums, part("MatMul", state, turned[0]))
        if bias:
            sums = part("Add", sums, bias)
        i, f, g, o = part.many(4, "Split", sums, axis=2, num_outputs=4)
        new = part("Mul", part("Sigmoid", i), part("Tanh", g))
        cell = part("Add", new, part("Mul", part("Sigmoid", f), cell)) if cell else new
        state = part("MatMul", part("Mul", part("Sigmoid", o), part("Tanh", cell)), turned[1])
        given.append(state)
    return given[::-1] if back else given
