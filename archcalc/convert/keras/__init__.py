"""Keras models: read from their configuration alone, without Keras, and as a draft.

A `.keras` archive holds a `config.json`, and `model.to_json()` gives the same text. Both forms are
read, that of Keras 3 and that of Keras 2. Nothing in it is run, and its weights are not opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.convert.draft import Draft


def read(path: str, sizes: Mapping[str, int] | None = None) -> Draft:
    """The draft of a Keras file, sizes that it leaves open set, or left at what is usual.

    Raises ConvertError for what is no Keras model, is broken, or cannot be said.
    """
    from archcalc.collector import paused
    from archcalc.convert.keras.file import opened
    from archcalc.convert.keras.reader import draft_of

    with paused():
        return draft_of(opened(path), path, sizes or {})
