"""How each kind is written in PyTorch, a module for each family."""

from __future__ import annotations

from archcalc.export.torch.kinds import bending, features, moving, sequences, windows

__all__ = ["bending", "features", "moving", "sequences", "windows"]
