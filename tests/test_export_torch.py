"""Networks as PyTorch source: what it looks like, what PyTorch makes of it, and what no spec can make of it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcalc import load
from archcalc.export.testimony import hear, named
from archcalc.export.torch.source import Source
from archcalc.register import kinds
from archcalc.spec.write import bare, text
from archcalc.testing import layer_and_inputs, networks

KINDS = {kind.op: kind for kind in kinds() if not kind.declared}
DRAWN = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def torch():
    return pytest.importorskip("torch", reason="exported source is run where PyTorch is installed")


def source(net):
    return Source(net.graph).text()


def alone(layer, xs):
    """A network of one layer that reads inputs of these shapes."""
    entry = {"name": "a", "op": layer.op, **{key: bare(value) for key, value in layer.given().items()}}
    inputs = {f"x{i}": dict(x.named()) for i, x in enumerate(xs)} or {"x0": [3]}
    if layer.vocabulary() is not None or [x.axes for x in xs] == [("T",)]:
        inputs["x0"] = {"shape": inputs["x0"], "dtype": "int"}
    content = {"archcalc": 1, "name": "alone", "inputs": inputs}
    if xs:
        entry["from"] = list(inputs)
        return load(text({**content, "layers": [entry]}))
    beside = {"name": "beside", "op": "identity", "from": "x0"}
    return load(text({**content, "layers": [beside, entry], "outputs": ["beside", "a"]}))


def witnessed(net):
    """PyTorch agrees in every layer, and counts what we count, trained and stored."""
    torch()
    witness = named("torch", net.graph)
    found = hear(net.graph, witness)
    assert found.ok, str(found)
    assert found.unheard == []
    assert witness.stored == net.fixed
    return found


# -- every kind


@pytest.mark.parametrize("op", KINDS)
def test_every_kind_gives_the_same_numbers(op):
    @settings(max_examples=4, **DRAWN)
    @given(data=st.data())
    def holds(data):
        layer, *xs = data.draw(layer_and_inputs(op))
        witnessed(alone(layer, xs))

    holds()


@settings(max_examples=12, **DRAWN)
@given(net=networks())
def test_any_network_gives_the_same_numbers(net):
    witnessed(net)


@pytest.mark.parametrize("op", KINDS)
def test_every_kind_has_a_rule(op):
    from archcalc.export.torch import rules

    rules.load()
    assert op in rules.RULES
