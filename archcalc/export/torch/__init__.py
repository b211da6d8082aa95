"""Out to PyTorch: source code of a network, and PyTorch as a witness of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.graph import Graph


def exported(graph: Graph, _seed: int = 0) -> str:
    """A network as a file of PyTorch source; its weights are PyTorch's own, so that no seed is read.

    Raises ConvertError for a layer that has no counterpart, and where sizes are letters.
    """
    from archcalc.export.torch.source import TorchSource

    return TorchSource(graph).text()
