"""A network as a file of Keras source: a layer for each block, and a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from archcalc.analysis import Analysis
from archcalc.errors import ConvertError, Problem
from archcalc.export.code import Bracket, call, listed, literal, statement
from archcalc.export.keras.attributes import TAKEN
from archcalc.export.keras.rules import part
from archcalc.export.names import Names
from archcalc.export.source.library import texts
from archcalc.export.torch.classes import ClassText
from archcalc.export.torch.source import Source, indexed, looped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.export.code import Code
    from archcalc.export.parts import Part
    from archcalc.export.plan import Item
    from archcalc.graph import Graph, Node
    from archcalc.graph.values import Tie

_SHARED = {  # of a layer that uses another's tensor: where it holds what has it, and where that is found
    ("linear", "weight", "embedding", "weight"): ("source", ""),
    ("linear", "weight", "linear", "weight"): ("source", ""),
    ("attention", "relative_weight", "attention", "relative_weight"): ("relative", ".relative"),
}
_LONE = frozenset({"parameter", "constant", "position_embedding", "sinusoidal_position"})
_SPREAD = frozenset({"concat", "attention", "bilinear"})
_WHY = "in Keras the table of an embedding, of full weights or of distances is shared, and as it is"
_USED = frozenset({"keras", "layers", "ops", "math", "layer", "watch", "i"})
_TOP = 'keras.config.set_image_data_format("channels_first")  # maps before rows and columns'


def _written() -> dict[str, str]:
    """The texts of classes and functions that Keras lacks, by name."""
    return texts("keras")


class KerasText(ClassText):
    """The source of one class in Keras."""

    bases = ("layers.Layer", "keras.Model")
    taken = TAKEN

    @staticmethod
    def reserved() -> frozenset[str]:
        """Names that a file uses as they are."""
        return _USED | _written().keys()

    def copies(self, item: Item) -> Code:
        """Copies as a list: those that are made alike in one expression."""
        inside = self.listed(item)
        only = inside[0]
        if len(inside) == 1 and isinstance(only, Bracket) and only.head == "*[":
            return Bracket("[", only.items, "]", only.between)
        return listed(inside)

    def absent(self, item: Item) -> str:
        """What stands for a layer that a use does not have; of copies, what a loop goes through at once."""
        return "[]" if item.repeated and not item.single else "layers.Identity()"

    def sequential(self, item: Item) -> bool:
        """Never: copies are gone through in a loop."""
        return False

    def opening(self, inputs: Sequence[str], outputs: int) -> list[str]:
        """The first line of the forward pass."""
        return statement("", Bracket("def call(", ["self", *inputs], "):"), indent=4)


class KerasSource(Source):
    """The text of a network in Keras, and the way back from it."""

    writer = KerasText
    framework = "Keras"
    helpers = staticmethod(_written)

    def __init__(self, graph: Graph) -> None:
        self.around = paddings(graph)
        super().__init__(graph)

    def part(self, node: Node) -> Part:
        """A layer in Keras, its inputs spread to one batch where they are joined."""
        alone = [name in self.alone for name in node.inputs]
        if node.layer.op in _LONE or (alone and all(alone)):
            self.alone.add(node.name)
        found = part(node)
        if found.make is not None and node.name in self.around:
            found = _padded(found, self.around[node.name])
        if node.layer.op in _SPREAD and any(alone) and not all(alone):
            return _spread(found, alone)
        return found

    def places(self) -> set[str]:
        """The paths of all layers that are made."""
        return {*self.modules.values(), *self.placed.values(), *(spot.module for spot in self.spots.values())}

    def called(self, code: str) -> list[list[str]]:
        """The classes and functions that a text names, and those that they name, in the order of the file."""
        found: set[str] = set()
        for name, text in reversed(_written().items()):
            if re.search(rf"(?<![.\w\"]){name}\b", code):
                found.add(name)
                code += text
        return [text.splitlines() for name, text in _written().items() if name in found]

    def imports(self, code: str) -> list[str]:
        """The imports that a text needs, and where channels stand."""
        lines = ["import math", ""] if re.search(r"\bmath\.", code) else []
        words = [word for word in ("layers", "ops") if re.search(rf"\b{word}\.", code)]
        lines.append("import keras")
        if words:
            lines.append(f"from keras import {', '.join(words)}")
        return [*lines, "", _TOP]

    def tied(self) -> list[str]:
        """Statements that give a layer another one's table."""
        found = []
        for node in self.graph.nodes:
            for word, tie in node.ties.items() if not node.owner else ():
                other, word_there, turned = self.holder(tie)
                spots = _SHARED.get((node.layer.op, word, other.layer.op, word_there))
                if spots is None or turned:
                    what = f"{word} is tied to {tie.node}.{tie.tensor}{', turned over' * turned}"
                    raise ConvertError(Problem(what, (_WHY,), layer=node.name))
                own, theirs = (indexed(self.modules[each.name]) for each in (node, other))
                found.append(f"self.{own}.{spots[0]} = self.{theirs}{spots[1]}")
        return looped(found)

    def holder(self, tie: Tie) -> tuple[Node, str, bool]:
        """The layer that has a tied tensor as its own, what it calls it, and whether it is turned over."""
        other, word, turned = self.graph.by_name[tie.node], tie.tensor, tie.transposed
        while word in other.ties:
            tie = other.ties[word]
            other, word, turned = self.graph.by_name[tie.node], tie.tensor, turned != tie.transposed
        return other, word, turned

    def trial(self) -> list[str]:
        """A run on one example, where the file is run by itself."""
        words = Names({"model", "keras", "layers", "ops", "x"})
        inputs = {name: "x" if name == "input" else words.variable(name) for name in self.graph.inputs}
        lines = ['if __name__ == "__main__":', f"    model = {self.name}()"]
        for name, shape in self.graph.inputs.items():
            sizes = literal((1, *map(int, shape)))
            made = f"keras.random.normal({sizes})"
            if name in self.graph.indices:
                made = f"keras.random.randint({sizes}, 0, {self.vocabulary(name)})"
            lines += statement(f"{inputs[name]} = ", made, indent=4)
        called = f"model({', '.join(inputs.values())})"
        given = f"tuple({called}.shape)"
        if len(self.graph.outputs) > 1:
            given = f"[tuple(y.shape) for y in {called}]"
        total = Analysis(self.graph).total
        counted = f"{total.params + total.fixed:,}"
        return [
            *lines,
            f"    print({given})",
            f'    print(f"{{model.count_params():,}} parameters")  # {counted}',
        ]


# -- padding


def paddings(graph: Graph) -> dict[str, Any]:
    """How each convolution is padded: by a word of Keras's where it says it for all of one text."""
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


def _padded(found: Part, word: str) -> Part:
    """A convolution whose padding is a word of Keras's."""
    make = found.make
    assert make is not None
    arg = make.named["padding"]._replace(value=word, usual="valid")
    function = make.function if make.function == "TableConv" else make.function.replace("Padded", "layers.")
    if make.function == "TableConv" and word == "valid":
        arg = arg._replace(value=0, usual=0)
    return found._replace(make=make._replace(function=function, named={**make.named, "padding": arg}))


def _spread(found: Part, alone: Sequence[bool]) -> Part:
    """A layer of several inputs, those without a batch repeated for each example of another."""
    batched = alone.index(False)

    def used(this: str, inputs: Sequence[str], args: Mapping[str, str]) -> Code:
        size = f"{inputs[batched]}.shape[0]"
        each = [
            str(call("ops.repeat", name, size, axis="0")) if lonely else name
            for name, lonely in zip(inputs, alone, strict=False)
        ]
        return found.apply(this, each, args)

    return found._replace(apply=used, plain=False)
