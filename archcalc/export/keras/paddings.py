"""How convolutions are padded in Keras: by a word of its own, where that says it for all of one text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.export.source.parts import Part
    from archcalc.graph import Graph, Node


def paddings(graph: Graph) -> dict[str, Any]:
    """The word that says how a convolution is padded, by its name; none where numbers do."""
    alike: dict[tuple[str, str], list[Node]] = {}
    for node in graph.nodes:
        if re.match(r"(depthwise_)?conv\d", node.layer.op):
            alike.setdefault(_text_of(graph, node), []).append(node)
    found: dict[str, Any] = {}
    for nodes in alike.values():
        word = _word([node.layer for node in nodes])
        found.update({node.name: word for node in nodes if word})
    return found


def _text_of(graph: Graph, node: Node) -> tuple[str, str]:
    """The block that a layer stands in, and what it is called there."""
    path = node.name
    while "." in path:
        path = path.rpartition(".")[0]
        group = graph.groups.get(path)
        if group is not None and group.block:
            return group.block, re.sub(r"\.\d+", "", node.name[len(path) :])
    return "", re.sub(r"\.\d+", "", node.name)


def _word(layers: Sequence[Any]) -> str:
    """`valid` or `same`, where it says how all of some layers are padded; nothing where numbers do."""
    if all(layer.padding == "same" for layer in layers):
        return "same"
    if any(layer.padding == "same" for layer in layers):
        return ""
    if not any(any(map(any, layer.padding)) for layer in layers):
        return "valid"
    return "same" if all(map(_keeps, layers)) else ""


def _keeps(layer: Any) -> bool:
    """Whether its padding is what keeps the size of the maps."""
    axes = zip(layer.kernel_size, layer.stride, layer.dilation, layer.padding, strict=True)
    return all(a == b and 2 * a == (k - 1) * d and (s == 1 or k == 1) for k, s, d, (a, b) in axes)


def padded(found: Part, word: str) -> Part:
    """A convolution whose padding is a word of Keras's."""
    make = found.make
    assert make is not None
    arg = make.named["padding"]._replace(value=word, usual="valid")
    function = make.function if make.function == "TableConv" else make.function.replace("Padded", "layers.")
    if make.function == "TableConv" and word == "valid":
        arg = arg._replace(value=0, usual=0)
    return found._replace(make=make._replace(function=function, named={**make.named, "padding": arg}))
