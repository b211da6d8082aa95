"""What a neural network costs, layer by layer, and why.

>>> import archcalc
>>> net = archcalc.load("lenet5")
>>> net.params, net.connections, net["C3"].output
(60000, 340908, 16@10x10)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.calculation import calc
    from archcalc.convert.torch import from_torch
    from archcalc.errors import ArchcalcError
    from archcalc.loading import load
    from archcalc.network import Net
    from archcalc.sweeping.result import sweep
    from archcalc.verbs import check, diff, draw, explain, formula, report, solve, verify
    from archcalc.window import output_size

__version__ = "0.1.0"
__all__ = [
    "ArchcalcError",
    "Net",
    "calc",
    "check",
    "diff",
    "draw",
    "explain",
    "formula",
    "from_torch",
    "load",
    "output_size",
    "report",
    "solve",
    "sweep",
    "verify",
]
_HOMES = {
    "ArchcalcError": "errors",
    "Net": "network",
    "calc": "calculation",
    "check": "verbs",
    "diff": "verbs",
    "draw": "verbs",
    "explain": "verbs",
    "from_torch": "convert.torch",
    "formula": "verbs",
    "load": "loading",
    "output_size": "window",
    "report": "verbs",
    "solve": "verbs",
    "sweep": "sweeping.result",
    "verify": "verbs",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that a start costs only what it uses."""
    from importlib import import_module

    if name in _HOMES:
        value = getattr(import_module(f"archcalc.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in {"layers", "testing"}:
        return import_module(f"archcalc.{name}")
    raise AttributeError(f"module 'archcalc' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names; `archcalc.testing` is not among them, since its strategies need Hypothesis."""
    return sorted({*__all__, "layers"})
