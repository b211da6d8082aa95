"""ONNX files: read without their weights, and as a draft.

No package is needed. The file is mapped and walked, weights are stepped over, so a file of many
gigabytes takes no longer than its graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.convert.draft import Draft


def read(path: str, sizes: Mapping[str, int] | None = None) -> Draft:
    """The draft of an ONNX file, sizes that it leaves open set, or left at what is usual.

    Raises ConvertError for what is no ONNX, is broken, or cannot be said.
    """
    from archcalc.collector import paused
    from archcalc.convert.onnx.file import opened
    from archcalc.convert.onnx.reader import Reader

    with paused():
        return Reader(opened(path), path, sizes or {}).draft()
