"""A network as a file of Keras source: a layer for each block, and a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.analysis import Analysis
from archcalc.errors import ConvertError, Problem
from archcalc.export.keras.framework import KERAS
from archcalc.export.keras.paddings import padded, paddings
from archcalc.export.source.file import Source, indexed, looped

if TYPE_CHECKING:
    from archcalc.export.source.parts import Part
    from archcalc.graph import Graph, Node
    from archcalc.graph.values import Tie

_SHARED = {  # of a layer that uses another's tensor: where it holds what has it, and where that is found
    ("linear", "weight", "embedding", "weight"): ("source", ""),
    ("linear", "weight", "linear", "weight"): ("source", ""),
    ("attention", "relative_weight", "attention", "relative_weight"): ("relative", ".relative"),
}
_WHY = "in Keras the table of an embedding, of full weights or of distances is shared, and as it is"
_TOP = 'keras.config.set_image_data_format("channels_first")  # maps before rows and columns'


class KerasSource(Source):
    """The text of a network in Keras, and the way back from it."""

    framework = KERAS

    def __init__(self, graph: Graph) -> None:
        self.around = paddings(graph)
        super().__init__(graph)

    def made(self, node: Node) -> Part:
        found = super().made(node)
        return padded(found, self.around[node.name]) if node.name in self.around else found

    def places(self) -> set[str]:
        """The paths of all layers that are made."""
        return {*self.modules.values(), *self.placed.values(), *(spot.module for spot in self.spots.values())}

    def repeated(self, name: str, size: str, rank: int) -> str:
        return f"ops.repeat({name}, {size}, axis=0)"

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

    def example(self, sizes: str, rows: int | None) -> str:
        if rows is None:
            return f"keras.random.normal({sizes})"
        return f"keras.random.randint({sizes}, 0, {rows})"

    def trial(self) -> list[str]:
        examples, shapes = self.examples(indent=4)
        total = Analysis(self.graph).total
        return [
            'if __name__ == "__main__":',
            f"    model = {self.name}()",
            *examples,
            f"    print({shapes})",
            f'    print(f"{{model.count_params():,}} parameters")  # {total.params + total.fixed:,}',
        ]
