"""Classes and functions that are written into a file, where PyTorch has none: texts, never run here.

Each stands on its own, but for those that it names.
"""

from __future__ import annotations

PARTS = ("functions", "windows", "features", "sequences")
"""The modules that have them, in the order that a file has."""
