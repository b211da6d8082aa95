"""NumPy and SymPy as names that import on first use: an integer report needs neither."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


class _Late(ModuleType):
    """A module that imports itself when one of its names is first asked for."""

    def __getattr__(self, name: str) -> Any:
        module = sys.modules.get(self.__name__) or import_module(self.__name__)
        return getattr(module, name)


if TYPE_CHECKING:
    import numpy as np
    import sympy
else:
    np = _Late("numpy")
    sympy = _Late("sympy")

__all__ = ["np", "sympy"]
