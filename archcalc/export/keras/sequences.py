"""Embeddings, attention and recurrence in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.keras.rules import rule, turned
from archcalc.export.parts import Arg, Make, Part
from archcalc.export.torch.rules import applied, field, given, module, size

if TYPE_CHECKING:
    from archcalc.graph import Node


@rule("embedding")
def embedding(node: Node) -> Part:
    """layers.Embedding, scaled where it says so."""
    layer: Any = node.layer
    made = (field(node, "num_embeddings"), field(node, "embedding_dim"))
    found = module("layers.Embedding", *made, tensors="weight=embeddings")
    if not layer.scale:
        return found
    return applied(found, f"{{this}}({{0}}) * math.sqrt({int(layer.embedding_dim)})")


@rule("position_embedding")
def position(node: Node) -> Part:
    """A table of places."""
    made = (field(node, "num_embeddings"), _width(node))
    return module("PositionEmbedding", *made, tensors="weight=embeddings")


@rule("sinusoidal_position")
def sinusoidal(node: Node) -> Part:
    """Sines and cosines."""
    return module("SinusoidalPosition", _width(node))


def _width(node: Node) -> Arg:
    """How many numbers a place has."""
    if node.layer.embedding_dim is None:  # type: ignore[attr-defined]
        return size(node)
    return field(node, "embedding_dim")


@rule("parameter")
def parameter(node: Node) -> Part:
    """A weight of the class's own, with a batch of one."""
    shape = (1, *(int(cells) for cells in node.y))
    made = Make("self.add_weight", (), {"shape": Arg(shape), "initializer": Arg("random_normal")})
    return Part(made, lambda this, _inputs, _args: this, tensors={"weight": ""})


@rule("attention")
def attention(node: Node) -> Part:
    """Attention with a layer for each projection; a table of distances that is tied is another's."""
    layer: Any = node.layer
    tied = "relative_weight" in node.ties and not node.owner
    named = given(node, num_kv_heads=None, head_dim=None, out_features=None)
    biases = {name: getattr(layer, name) for name in ("qkv_bias", "out_bias")}
    biases = {name: layer.bias if own is None else own for name, own in biases.items()}
    named |= {name: Arg(own, name, usual=True) for name, own in biases.items()}
    named["scale"] = Arg(None if layer.scale else 1.0, usual=None)
    named["causal"] = Arg(layer.causal, "causal", usual=False)
    placed = {}
    if layer.rotary or layer.window_size is not None or layer.relative_buckets is not None:
        own = {} if tied else {"relative_buckets": None}
        placed = given(node, window_size=None, **own, max_distance=128, rotary=False)
    words = ("q", "k", "v", "out")
    kept = [f"{word}_weight={turned(f'{word}.kernel', 1, 0)}" for word in words]
    kept += [
        f"{word}_bias={word}.bias" for word in words if biases["out_bias" if word == "out" else "qkv_bias"]
    ]
    if layer.relative_buckets is not None and not tied:
        kept.append("relative_weight=relative.embeddings")
    function = "PlacedAttention" if placed else "Attention"
    return module(function, size(node), field(node, "num_heads"), tensors=" ".join(kept), **named, **placed)


@rule("rnn", "gru", "lstm")
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
    from archcalc.export.parts import Verbatim

    text = "".join(f", {name}={arg.value}" for name, arg in named.items() if arg.value != arg.usual)
    made = Arg(Verbatim(f"layers.LSTM({int(layer.hidden_size)}{text})"))
    return module("layers.Bidirectional", made, tensors=" ".join(kept))
