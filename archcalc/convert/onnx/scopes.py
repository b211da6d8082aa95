"""Which module a node belongs to: as exporters write it into names, or as its tensors are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.convert.onnx.file import Graph, Node

_ENDING = re.compile(r"[._/](weight|bias|kernel|gamma|beta|w|b|W|B|bn_s|bn_b)(_\d+)?(_quantized)?\Z")
_NUMBERED = re.compile(r"_\d+\Z")


class Scopes:
    """The module path of each node, and what it is called among others there."""

    def __init__(self, nodes: Iterable[Node], graph: Graph, *, grouped: bool = False) -> None:
        self.tensors = graph.tensors
        self.grouped = grouped  # whether a node's name is its layer's, a slash, and a word
        self.found: dict[int, tuple[str, str]] = {}
        self.classes: dict[str, str] = {}
        made: dict[str, str] = {}  # a value -> the module of the node that makes it
        for node in nodes:
            scope, word = self.named(node, made)
            self.found[id(node)] = (scope, word)
            parent = scope.rpartition(".")[0]
            for output in node.outputs:
                made[output] = parent

    def of(self, node: Node) -> tuple[str, str]:
        """The module of a node, and its own word there."""
        return self.found.get(id(node), ("", ""))

    def named(self, node: Node, made: dict[str, str]) -> tuple[str, str]:
        if self.grouped and "/" in node.name:
            return _plain(node.name.rpartition("/")[0]), ""
        return self.by_words(node, made)

    def by_words(self, node: Node, made: dict[str, str]) -> tuple[str, str]:
        """By what an exporter wrote beside a node, its name, or those of its tensors."""
        if len(node.scopes) > 1:
            for path, kind in zip(node.scopes[:-1], node.classes[:-1], strict=False):
                if path and ".container." not in kind:  # a Sequential says nothing of what it holds
                    self.classes[path] = kind.rpartition(".")[2]
            own = node.inputs[1] if node.op == "Conv" and len(node.inputs) > 1 else ""
            if own.endswith(".weight") and own in self.tensors:
                return own.removesuffix(".weight"), ""
            return _plain(node.scopes[-2]), ""
        if node.name.startswith("/"):
            return path_of(node.name), ""
        weights = [word for word in node.inputs if word in self.tensors and _ENDING.search(word)]
        if weights:
            stem = _ENDING.sub("", weights[0])
            return (stem, "") if "." in stem else ("", _plain(_NUMBERED.sub("", stem)).replace(".", "_"))
        inside = [made[word] for word in node.inputs if made.get(word)]
        if inside and not node.name:
            return _common(inside), ""
        return (_common(inside) if inside else ""), _plain(node.name).replace(".", "_") if _told(
            node.name
        ) else ""

    def tensor(self, name: str, scope: str, word: str) -> tuple[str, str]:
        """The module of a stored tensor that is a layer of its own, and its word there."""
        path, dot, own = name.rpartition(".")
        if dot and "/" not in name and ":" not in name:
            return path, own
        if name and name.replace("_", "").isalnum():
            return "", name
        return scope, word


def path_of(name: str) -> str:
    """`/layer1/layer1.0/conv1/Conv` as layer1.0.conv1: each part repeats what it continues."""
    path: list[str] = []
    for part in name.strip("/").split("/")[:-1]:
        words = [word for word in _plain(part).split(".") if word]
        for count in range(len(words), -1, -1):
            if path[len(path) - count :] == words[:count] and count <= len(path):
                path += words[count:]
                break
    return ".".join(path)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", ".", text).strip(".")[:400]


def _told(name: str) -> bool:
    """Whether a node's name says something that its op does not."""
    return bool(name) and not re.match(r"(node_)?[A-Za-z]+_?\d+\Z", name)


def _common(paths: list[str]) -> str:
    """The module that all of some paths are in."""
    parts = [path.split(".") for path in paths]
    found = []
    for words in zip(*parts, strict=False):
        if len(set(words)) > 1:
            break
        found.append(words[0])
    return ".".join(found)
