"""NumPy and SymPy as names that import on first use: an integer report needs neither."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


class _Late(ModuleType):
    """A module that imports itself when one of its names is first asked for."""

    def __getattr__(self, name: str) -> Any:
        # import_module waits for another thread that is still importing
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import numpy as np
    import sympy
else:
    np = _Late("numpy")
    sympy = _Late("sympy")

__all__ = ["np", "sympy"]
