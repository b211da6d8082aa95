"""Embeddings, attention and recurrence in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.keras.framework import KERAS, writes
from archcalc.export.source.kinds.sequences import projections
from archcalc.export.source.parts import Arg, Make, Part, Verbatim
from archcalc.export.source.rules import field, given, module, turned

if TYPE_CHECKING:
    from archcalc.graph import Node


@writes("parameter")
def parameter(node: Node) -> Part:
    """A weight of the class's own, with a batch of one."""
    shape = (1, *(int(cells) for cells in node.y))
    made = Make("self.add_weight", (), {"shape": Arg(shape), "initializer": Arg("random_normal")})
    return Part(made, lambda this, _inputs, _args: this, tensors={"weight": ""})


@writes("attention")
def attention(node: Node) -> Part:
    """Attention, its weights turned over."""
    return projections(node, KERAS, turned("{word}.kernel", 1, 0))


@writes("rnn", "gru", "lstm")
def recurrent(node: Node) -> Part:
    """Keras's layers where they have the same tensors, else one that is written out."""
    layer: Any = node.layer
    if (
        layer.op == "lstm"
        and layer.bias in ("single", False)
        and layer.proj_size is None
        and layer.num_layers == 1
    ):
        return _plain(node)
    named = given(node, num_layers=1, bidirectional=False, last=False)
    named["bias"] = Arg({True: 2, "single": 1, False: 0}[layer.bias], "bias", usual=2)
    if layer.op == "lstm":
        named["proj_size"] = field(node, "proj_size")._replace(usual=None)
    if layer.op == "rnn":
        named["relu"] = Arg(layer.relu, "relu", usual=False)
    words = " ".join(layer.weights(node.xs[0]))
    return module(
        {"rnn": "Rnn", "gru": "Gru", "lstm": "Lstm"}[layer.op],
        field(node, "hidden_size"),
        tensors=words,
        **named,
    )


def _plain(node: Node) -> Part:
    """layers.LSTM."""
    layer: Any = node.layer
    named: dict[str, Any] = {
        "return_sequences": Arg(not layer.last, usual=False),
        "use_bias": Arg(bool(layer.bias), usual=True),
    }
    ends = (("_l0", "forward_layer."), ("_l0_reverse", "backward_layer."))
    kept = []
    for word, lead in ends if layer.bidirectional else (("_l0", ""),):
        kept += [
            f"weight_ih{word}={turned(f'{lead}cell.kernel', 1, 0)}",
            f"weight_hh{word}={turned(f'{lead}cell.recurrent_kernel', 1, 0)}",
        ]
        kept += [f"bias_ih{word}={lead}cell.bias"] if layer.bias else []
    if not layer.bidirectional:
        return module("layers.LSTM", field(node, "hidden_size"), tensors=" ".join(kept), **named)
    text = "".join(f", {name}={arg.value}" for name, arg in named.items() if arg.value != arg.usual)
    made = Arg(Verbatim(f"layers.LSTM({int(layer.hidden_size)}{text})"))
    return module("layers.Bidirectional", made, tensors=" ".join(kept))
