"""Tests for free: strategies that make valid layers of any kind, and the laws that each must keep.

    @given(archcalc.testing.layer_and_inputs("conv2d"))
    def test_mine(drawn):
        archcalc.testing.check_laws(*drawn)

The strategies need Hypothesis, `pip install 'archcalc[test]'`; `check_laws` does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.testing.laws import LAWS, check_laws

if TYPE_CHECKING:
    from archcalc.testing.strategies import layer_and_inputs, layers, shapes

__all__ = ["LAWS", "check_laws", "layer_and_inputs", "layers", "shapes"]


def __getattr__(name: str) -> Any:
    """Import the strategies when one is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'archcalc.testing' has no attribute {name!r}")
    from archcalc.testing import strategies

    return getattr(strategies, name)


def __dir__() -> list[str]:
    return sorted(__all__)
