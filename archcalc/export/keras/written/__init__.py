"""Classes and functions that are written into a file, where Keras has none: texts, never run here.

Each stands on its own, but for those that it names. Maps come first.
"""

from __future__ import annotations

PARTS = ("functions", "convolutions", "pools", "features", "sequences")
"""The modules that have them, in the order that a file has."""
