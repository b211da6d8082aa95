"""Layers of Keras that have a tensor from another: they hold the layer itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.export.source.file import Held
    from archcalc.export.source.parts import Part
    from archcalc.graph import Node

_PLACES = {
    ("linear", "weight", "embedding", "weight"): ("source", ""),
    ("linear", "weight", "linear", "weight"): ("source", ""),
    ("attention", "relative_weight", "attention", "relative_weight"): ("relative", ".relative"),
}


def holding(node: Node, word: str, held: Held) -> tuple[str, str] | None:
    """Where a layer holds the one that has its tensor, and where that is found; None where it cannot."""
    if held.turned and word == "relative_weight":
        return None
    return _PLACES.get((node.layer.op, word, held.node.layer.op, held.word))


def borrowing(found: Part, word: str, held: Held) -> Part:
    """What is made of a layer that has a tensor from another."""
    make = found.make
    assert make is not None
    tensors = {ours: theirs for ours, theirs in found.tensors.items() if ours != word}
    if word == "weight":
        make = make._replace(function="TransposedDense" if held.turned else "TiedDense")
    else:
        make = make._replace(named={name: a for name, a in make.named.items() if name != "relative_buckets"})
    return found._replace(make=make, tensors=tensors)
