"""How each kind is written in Keras, a module for each family."""

from __future__ import annotations

from archcalc.export.keras.kinds import bending, features, moving, sequences, windows

__all__ = ["bending", "features", "moving", "sequences", "windows"]
