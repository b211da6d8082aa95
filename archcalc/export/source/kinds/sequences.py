"""Embeddings and attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.framework import shared
from archcalc.export.source.parts import Arg, Part
from archcalc.export.source.rules import applied, field, given, module, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.export.source.framework import Framework
    from archcalc.graph import Node


@shared("embedding")
def embedding(node: Node, to: Framework) -> Part:
    """A table of vectors, scaled where it says so."""
    layer: Any = node.layer
    made = (field(node, "num_embeddings"), field(node, "embedding_dim"))
    found = module(f"{to.layers}Embedding", *made, tensors=f"weight={to.table}")
    if not layer.scale:
        return found
    return applied(found, f"{{this}}({{0}}) * math.sqrt({int(layer.embedding_dim)})")


@shared("position_embedding")
def position(node: Node, to: Framework) -> Part:
    """A table of places."""
    made = (field(node, "num_embeddings"), _width(node))
    return module("PositionEmbedding", *made, tensors=f"weight={to.table}")


@shared("sinusoidal_position")
def sinusoidal(node: Node, to: Framework) -> Part:
    """Sines and cosines."""
    return module("SinusoidalPosition", _width(node))


def _width(node: Node) -> Arg:
    """How many numbers a place has."""
    if node.layer.embedding_dim is None:  # type: ignore[attr-defined]
        return size(node)
    return field(node, "embedding_dim")


def projections(node: Node, to: Framework, weight: str, sizes: Mapping[str, Arg] | None = None) -> Part:
    """Attention with a layer for each projection.

    `weight` is where a projection has its weights, a text of `{word}`; `sizes` are further arguments.
    """
    layer: Any = node.layer
    named = given(node, num_kv_heads=None, head_dim=None, out_features=None) | dict(sizes or {})
    biases = {name: getattr(layer, name) for name in ("qkv_bias", "out_bias")}
    biases = {name: layer.bias if own is None else own for name, own in biases.items()}
    named |= {name: Arg(own, name, usual=True) for name, own in biases.items()}
    named["scale"] = Arg(None if layer.scale else 1.0, usual=None)
    named["causal"] = Arg(layer.causal, "causal", usual=False)
    placed = {}
    if layer.rotary or layer.window_size is not None or layer.relative_buckets is not None:
        placed = given(node, window_size=None, relative_buckets=None, max_distance=128, rotary=False)
    words = {"q": "qkv_bias", "k": "qkv_bias", "v": "qkv_bias", "out": "out_bias"}
    kept = [f"{word}_weight={weight.format(word=word)}" for word in words]
    kept += [f"{word}_bias={word}.bias" for word, bias in words.items() if biases[bias]]
    if layer.relative_buckets is not None:
        kept.append(f"relative_weight=relative.{to.table}")
    made = (size(node), field(node, "num_heads"))
    return module(
        "PlacedAttention" if placed else "Attention", *made, tensors=" ".join(kept), **named, **placed
    )
