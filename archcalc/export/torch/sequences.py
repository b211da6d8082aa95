"""Embeddings, attention and recurrence in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.parts import Arg, Make, Part, Verbatim
from archcalc.export.torch.rules import applied, field, given, module, rule, size

if TYPE_CHECKING:
    from archcalc.graph import Node


@rule("embedding")
def embedding(node: Node) -> Part:
    """nn.Embedding, scaled where it says so."""
    layer: Any = node.layer
    made = (field(node, "num_embeddings"), field(node, "embedding_dim"))
    found = module("nn.Embedding", *made, tensors="weight")
    if not layer.scale:
        return found
    return applied(found, f"{{this}}({{0}}) * math.sqrt({int(layer.embedding_dim)})")


@rule("position_embedding")
def position(node: Node) -> Part:
    """A table of places."""
    made = (field(node, "num_embeddings"), _width(node))
    return module("PositionEmbedding", *made, tensors="weight")


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
    """nn.Parameter, with a batch of one."""
    shape = (1, *(int(cells) for cells in node.y))
    made = Make("nn.Parameter", (Arg(Verbatim(f"0.02 * torch.randn{shape}")),))
    return Part(made, lambda this, _inputs, _args: this, tensors={"weight": ""})


@rule("attention")
def attention(node: Node) -> Part:
    """Attention with a module for each projection."""
    layer: Any = node.layer
    query, key, value = (*node.xs, node.xs[-1], node.xs[-1])[:3]
    last = len(node.xs) - 1
    named = given(node, num_kv_heads=None, head_dim=None, out_features=None)
    if key[1] != query[1]:
        named["key_features"] = size(node, of=min(1, last))
    if value[1] != key[1]:
        named["value_features"] = size(node, of=last)
    biases = {name: getattr(layer, name) for name in ("qkv_bias", "out_bias")}
    biases = {name: layer.bias if own is None else own for name, own in biases.items()}
    named |= {name: Arg(own, name, usual=True) for name, own in biases.items()}
    named["scale"] = Arg(None if layer.scale else 1.0, usual=None)
    named["causal"] = Arg(layer.causal, "causal", usual=False)
    placed = {}
    if layer.rotary or layer.window_size is not None or layer.relative_buckets is not None:
        placed = given(node, window_size=None, relative_buckets=None, max_distance=128, rotary=False)
    function = "PlacedAttention" if placed else "Attention"
    words = ("q", "k", "v", "out")
    kept = [f"{word}_weight={word}.weight" for word in words]
    kept += [
        f"{word}_bias={word}.bias" for word in words if biases["out_bias" if word == "out" else "qkv_bias"]
    ]
    if layer.relative_buckets is not None:
        kept.append("relative_weight=relative.weight")
    made = (size(node), field(node, "num_heads"))
    return module(function, *made, tensors=" ".join(kept), **named, **placed)


@rule("rnn", "gru", "lstm")
def recurrent(node: Node) -> Part:
    """nn.LSTM and its kin: all steps, or the state after the last."""
    layer: Any = node.layer
    named = given(node, num_layers=1, bidirectional=False)
    named["bias"] = Arg(bool(layer.bias), "bias", usual=True)
    if layer.op == "rnn":
        named["nonlinearity"] = Arg("relu" if layer.relu else "tanh", usual="tanh")
    if layer.op == "lstm":
        named["proj_size"] = Arg(layer.proj_size or 0, "proj_size", usual=0)
    named["batch_first"] = Arg(True)
    single = layer.bias == "single"
    found = module(
        f"nn.{layer.op.upper()}",
        size(node),
        field(node, "hidden_size"),
        tensors=" ".join(layer.weights(node.xs[0])),
        after=("single_bias({this})",) if single else (),
        **named,
    )
    return applied(found, _given(layer))


def _given(layer: Any) -> str:
    """All steps; or the state after the last, of both directions."""
    if not layer.last:
        return "{this}({0})[0]"
    state = "{this}({0})[1][0]" if layer.op == "lstm" else "{this}({0})[1]"
    return f"{state}[-2:].transpose(0, 1).flatten(1)" if layer.bidirectional else f"{state}[-1]"
