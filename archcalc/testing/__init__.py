"""Tests for free: strategies that make valid layers of any kind, and the laws that each must keep.

    @given(archcalc.testing.layer_and_input("conv2d"))
    def test_mine(pair):
        archcalc.testing.check_laws(*pair)

Needs Hypothesis: `pip install archcalc[test]`.
"""

from archcalc.testing.laws import LAWS, check_laws
from archcalc.testing.strategies import layer_and_input, layers, shapes

__all__ = ["LAWS", "check_laws", "layer_and_input", "layers", "shapes"]
