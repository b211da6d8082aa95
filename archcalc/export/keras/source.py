"""A network as a file of Keras source: a layer for each block, and a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.analysis import Analysis
from archcalc.export.keras.framework import KERAS
from archcalc.export.keras.paddings import padded, paddings
from archcalc.export.keras.ties import borrowing, holding
from archcalc.export.source.file import Source, indexed

if TYPE_CHECKING:
    from archcalc.export.source.file import Held
    from archcalc.export.source.parts import Part
    from archcalc.graph import Graph, Node

_TOP = 'keras.config.set_image_data_format("channels_first")  # maps before rows and columns'


class KerasSource(Source):
    """The text of a network in Keras, and the way back from it."""

    framework = KERAS
    shared = "in Keras the table of an embedding, full weights, and as it is a table of distances are shared"

    def __init__(self, graph: Graph) -> None:
        self.around = paddings(graph)
        super().__init__(graph)

    def made(self, node: Node) -> Part:
        found = super().made(node)
        if node.name in self.around:
            return padded(found, self.around[node.name])
        for word, held in self.ties(node).items():
            if holding(node, word, held):
                found = borrowing(found, word, held)
        return found

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

    def sharing(self, node: Node, word: str, held: Held) -> str | None:
        place = holding(node, word, held)
        if place is None:
            return None
        own, theirs = (indexed(self.modules[each.name]) for each in (node, held.node))
        return f"self.{own}.{place[0]} = self.{theirs}{place[1]}"

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
