"""A network as a file of PyTorch source."""

from __future__ import annotations

import re

from archcalc.analysis import Analysis
from archcalc.errors import ConvertError, Problem
from archcalc.export.source.code import statement
from archcalc.export.source.file import Source, indexed, looped
from archcalc.export.torch.framework import TORCH

_LARGE = 500_000_000  # parameters that a trial run does not allocate


class TorchSource(Source):
    """The text of a network in PyTorch, and the way back from it."""

    framework = TORCH

    def repeated(self, name: str, size: str, rank: int) -> str:
        return f"{name}.expand({size}{', -1' * rank})"

    def imports(self, code: str) -> list[str]:
        lines = ["import math", ""] if re.search(r"\bmath\.", code) else []
        lines.append("import torch")
        if re.search(r"\bF\.", code):
            lines.append("import torch.nn.functional as F")
        return [*lines, "from torch import Tensor, nn"]

    def tied(self) -> list[str]:
        """Statements that make two modules share a tensor."""
        found: list[str] = []
        for node in self.graph.nodes:
            for word, tie in node.ties.items():
                if node.owner:
                    continue
                if tie.transposed:
                    what = f"{word} is tied to {tie.node}.{tie.tensor}, turned over"
                    why = ("modules of PyTorch share a tensor as it is",)
                    raise ConvertError(Problem(what, why, layer=node.name))
                own, other = self.tensor(node.name, word), self.tensor(tie.node, tie.tensor)
                found.append(f"self.{own} = self.{other}")
        return looped(found)

    def tensor(self, node: str, word: str) -> str:
        """The path of a tensor, as code."""
        owner = self.graph.by_name[node].owner or node
        return indexed(f"{self.modules[owner]}.{self.plan.made[owner].tensors[word]}".strip("."))

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
