"""Keras, as its rules and its writer see it.

Maps come first throughout, as in a spec: a file sets `channels_first` once, at its top.
"""

from __future__ import annotations

from archcalc.export.keras.attributes import TAKEN
from archcalc.export.source.framework import Framework

KERAS = Framework(
    "keras",
    "Keras",
    functions="ops.",
    layers="layers.",
    axis="axis",
    table="embeddings",
    block="layers.Layer",
    network="keras.Model",
    forward="call",
    tensor="",
    chain="",
    several="",
    frozen="{this}.trainable = False",
    used="keras layers ops math layer watch i",
    taken=TAKEN,
)
writes = KERAS.writes
