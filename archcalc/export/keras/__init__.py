"""Out to Keras: source code of a network, and Keras as a witness of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.graph import Graph


def exported(graph: Graph, seed: int = 0) -> str:  # noqa: ARG001  (as every format is called)
    """A network as a file of Keras source; its weights are Keras's own, so the seed is not read.

    Raises ConvertError for a layer that has no counterpart, and where sizes are letters.
    """
    from archcalc.export.keras.source import KerasSource

    return KerasSource(graph).text()
