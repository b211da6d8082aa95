"""A network as a file of PyTorch source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.analysis import Analysis
from archcalc.export.source.code import statement
from archcalc.export.source.file import Source, indexed
from archcalc.export.torch.framework import TORCH
from archcalc.export.torch.kinds.features import transposed

if TYPE_CHECKING:
    from archcalc.export.source.file import Held
    from archcalc.export.source.parts import Part
    from archcalc.graph import Node

_LARGE = 500_000_000  # parameters that a trial run does not allocate


class TorchSource(Source):
    """The text of a network in PyTorch, and the way back from it."""

    framework = TORCH
    shared = "modules of PyTorch share a tensor as it is, and turned over only the weights of a linear layer"

    def made(self, node: Node) -> Part:
        found = super().made(node)
        turned = [word for word, held in self.ties(node).items() if held.turned and _turns(node, word)]
        return transposed(found) if turned else found

    def repeated(self, name: str, size: str, rank: int) -> str:
        return f"{name}.expand({size}{', -1' * rank})"

    def imports(self, code: str) -> list[str]:
        lines = ["import math", ""] if re.search(r"\bmath\.", code) else []
        lines.append("import torch")
        if re.search(r"\bF\.", code):
            lines.append("import torch.nn.functional as F")
        return [*lines, "from torch import Tensor, nn"]

    def sharing(self, node: Node, word: str, held: Held) -> str | None:
        if held.turned and not _turns(node, word):
            return None
        return f"self.{self.tensor(node.name, word)} = self.{self.tensor(held.node.name, held.word)}"

    def tensor(self, node: str, word: str) -> str:
        """The path of a tensor, as code."""
        owner = self.graph.by_name[node].owner or node
        place, _, _ = self.plan.made[owner].tensors[word].partition("@")
        return indexed(f"{self.modules[owner]}.{place}".strip("."))

    def example(self, sizes: str, rows: int | None) -> str:
        return f"torch.randn{sizes}" if rows is None else f"torch.randint(0, {rows}, {sizes})"

    def trial(self) -> list[str]:
        large = Analysis(self.graph).total.params > _LARGE
        indent = 8 if large else 4
        examples, shapes = self.examples(indent=indent)
        meta = ['    with torch.device("meta"):  # sizes alone: it takes no memory'] if large else []
        return [
            'if __name__ == "__main__":',
            *meta,
            *statement("model = ", f"{self.name}().eval()", indent=indent),
            *examples,
            "    count = sum(p.numel() for p in model.parameters() if p.requires_grad)",
            '    print(f"{count:,} trained parameters")',
            f"    print({shapes})",
        ]


def _turns(node: Node, word: str) -> bool:
    """Whether there is a layer that has this tensor turned over."""
    return node.layer.op == "linear" and word == "weight"
