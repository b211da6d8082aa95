"""What kinds need in any framework, a module for each family: rules that all share, and parts of others."""

from __future__ import annotations

from archcalc.export.source.kinds import bending, features, moving, sequences, windows

__all__ = ["bending", "features", "moving", "sequences", "windows"]
