"""Tests for free: strategies that make valid layers and networks, and the laws that each must keep.

    @given(archcalc.testing.layer_and_inputs("conv2d"))
    def test_mine(drawn):
        archcalc.testing.check_laws(*drawn)

    @given(archcalc.testing.networks(max_layers=4))
    def test_ours(net):
        assert archcalc.load(net.to_yaml()).rows == net.rows

The strategies need Hypothesis, `pip install 'archcalc[test]'`; `check_laws` does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.testing.laws import LAWS, check_laws
    from archcalc.testing.nets import networks
    from archcalc.testing.strategies import layer_and_inputs, layers, shapes

__all__ = ["LAWS", "check_laws", "layer_and_inputs", "layers", "networks", "shapes"]
_HOMES = {
    "LAWS": "laws",
    "check_laws": "laws",
    "layer_and_inputs": "strategies",
    "layers": "strategies",
    "networks": "nets",
    "shapes": "strategies",
}


def __getattr__(name: str) -> Any:
    """Import what is first asked for: pytest imports this package at each start, for its plugin."""
    if name not in _HOMES:
        raise AttributeError(f"module 'archcalc.testing' has no attribute {name!r}")
    return getattr(import_module(f"archcalc.testing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
