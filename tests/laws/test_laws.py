"""Every law for every registered kind. Nobody writes a test here to get one for a new kind."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcalc.register import kinds
from archcalc.testing import LAWS, layer_and_inputs
from archcalc.testing.laws import WITNESSED

KINDS = {kind.op: kind for kind in kinds()}


def kept(law):
    """A test of one law over every kind.

    Hypothesis wraps a test's settings again for each of its cases, and looks them up through all wrappings:
    one test of every law and kind would have a thousand.
    """

    @pytest.mark.parametrize("op", KINDS)
    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(data=st.data())
    def holds(op, data):
        if KINDS[op].declared and law in WITNESSED:
            pytest.skip("its figures are declared, and it has no forward")
        law(*data.draw(layer_and_inputs(op)))

    return holds


for each in LAWS:
    globals()[f"test_every_kind_keeps_{each.__name__}"] = kept(each)


def test_there_is_a_test_for_each_law():
    assert {f"test_every_kind_keeps_{law.__name__}" for law in LAWS} <= globals().keys()


@pytest.mark.parametrize("op", [op for op, kind in KINDS.items() if list(kind.examples())])
def test_what_a_kind_gives_as_an_example_can_be_read(op):
    for given_fields, *xs in KINDS[op].examples():
        layer = KINDS[op](**given_fields)
        assert layer.refusal(*xs) == "", (layer, xs)
        assert [rule.what() for rule in layer.requires(*xs) if rule.holds is not True] == [], (layer, xs)
