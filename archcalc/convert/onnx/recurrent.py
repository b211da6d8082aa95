"""Recurrences.

Source   the operators of the ONNX project, opsets 9 and later
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.convert.onnx.reader import Unsaid
from archcalc.convert.onnx.values import Const, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader


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


OPS: dict[str, Callable[[Reader, Node], None]] = {
    **dict.fromkeys(("LSTM", "GRU", "RNN"), recurrent),
}
