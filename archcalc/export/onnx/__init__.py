"""ONNX: a model with seeded weights, or with their shapes alone; and ONNX Runtime as a witness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.export.onnx.model import NONE, SEEDED, check, model
from archcalc.export.onnx.witness import Runtime, witness

if TYPE_CHECKING:
    from archcalc.graph import Graph

__all__ = ["NONE", "SEEDED", "Runtime", "check", "file", "model", "witness"]


def file(graph: Graph, seed: int = 0, weights: str = SEEDED) -> bytes:
    """A network as the bytes of an ONNX file, the same ones each time, after ONNX has checked it.

    Raises ConvertError for a kind that ONNX cannot say, ForwardError where sizes are letters, UsageError
    for weights that no file holds, MissingError without the package.
    """
    made = model(graph, seed, weights=weights)
    check(made)
    return made.SerializeToString(deterministic=True)  # type: ignore[no-any-return]
