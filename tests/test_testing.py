"""Drawn networks: they build, they shrink, and every room of archcalc agrees about them."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import archcalc
from archcalc import register, symbolic, testing
from archcalc.dims import Shape
from archcalc.errors import UsageError
from archcalc.testing import networks

QUANTITIES = ("params", "fixed", "connections", "neurons", "macs", "flops")
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def figures(row):
    return {quantity: row[quantity] for quantity in QUANTITIES}


def ops(net):
    return {node.layer.op for node in net.graph.nodes}


# -- laws of whole networks


@few
@given(networks())
def test_a_total_is_the_sum_of_its_rows(net):
    for quantity in QUANTITIES:
        known = [row[quantity] for row in net.rows if row[quantity] is not None]
        undefined = len(known) < len(net.rows) and sum(known) == 0
        assert getattr(net, quantity) == (None if undefined else sum(known))


@few
@given(networks())
def test_a_block_is_the_sum_of_its_layers(net):
    for entry in net.spec.layers:
        if entry.says == "block":
            inside = [net.analysis.parts[node.name] for node in net.graph.within(entry.name)]
            assert net[entry.name].params == sum(row.params for row in inside)
            assert net[entry.name].flops == sum(row.flops for row in inside)
            assert net[entry.name].output == inside[-1].output


@few
@given(networks())
def test_the_forward_pass_gives_the_shapes_that_were_announced(net):
    values = net.forward()
    for node in net.graph.nodes:
        if net.graph.layer_of(node.name) == node.name and f"{node.name}.before" not in values:
            assert values[node.name].shape == tuple(node.y)


@few
@given(networks(max_layers=5))
def test_every_network_is_verified_to_the_unit(net):
    found = net.verify()
    assert found.counted
    assert found.ok, str(found)


@few
@given(networks(), st.data())
def test_formulas_in_letters_give_the_figures_at_these_sizes(net, data):
    axes = [axis for axis in net.input.axes if axis != "C"]
    free = data.draw(st.lists(st.sampled_from(axes), min_size=1, unique=True)) if axes else []
    sizes = dict(net.input.named())
    for row, own in zip(archcalc.load(net, symbolic=free).rows, net.rows, strict=True):
        for quantity, figure in figures(own).items():
            value = row[quantity]
            assert (value if value is None else symbolic.value(value, sizes)) == figure, (
                f"{row.name} {quantity}"
            )


@few
@given(networks())
def test_a_network_written_out_and_read_again_has_the_same_rows(net):
    again = archcalc.load(net.to_yaml())
    assert again.rows == net.rows
    assert again.to_yaml() == net.to_yaml()


@few
@given(networks())
def test_every_view_can_be_shown(net):
    assert str(net).count("total") >= 1
    for depth in (1, "all"):
        assert net.report(format="markdown", depth=depth)


# -- what is drawn


def drawn(strategy, count):
    found = []

    @settings(max_examples=count, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(strategy)
    def collect(net):
        found.append(net)

    collect()
    return found


def test_networks_have_branches_joins_blocks_repeats_and_several_outputs():
    nets = drawn(networks(), 120)
    assert any(len(node.inputs) > 1 for net in nets for node in net.graph.nodes)
    assert any(len({node.inputs[:1] for node in net.graph.nodes}) < len(net.graph.nodes) for net in nets)
    for word in ("block:", "repeat:", "outputs:", "activation:", "trainable: false", "dtype: int"):
        share = sum(word in net.to_yaml() for net in nets) / len(nets)
        assert share > 0.02, word
    every = {kind.op for kind in register.kinds() if not kind.declared}
    seen = set().union(*map(ops, nets))
    assert seen <= every
    assert len(seen) > len(every) / 2


def test_nothing_is_drawn_in_vain(monkeypatch):
    from archcalc.testing import nets

    rejected = []
    monkeypatch.setattr(nets, "reject", lambda: rejected.append(1) or pytest.fail("rejected"))
    assert len(drawn(networks(kinds=["conv2d", "max_pool2d", "linear", "add"]), 100)) == 100
    assert rejected == []


def test_kinds_and_input_are_those_asked_for():
    for net in drawn(networks(3, kinds=["conv2d", "relu"], input=(1, 28, 28)), 30):
        assert net.input == (1, 28, 28)
        assert ops(net) <= {"conv2d", "relu"}
        assert len(net.spec.layers) <= 3
    for net in drawn(networks(kinds=[register.kind("embedding"), "add"], input={"T": 7}), 10):
        assert net.input == Shape((7,), "T")
        assert "embedding" in ops(net)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"max_layers": 0}, "at least one layer"),
        ({"kinds": ["conv2e"]}, "no kind 'conv2e'"),
        ({"kinds": ["add"]}, "none of add reads an input alone"),
        ({"kinds": ["conv2d"], "input": (5,)}, "none of conv2d reads axes C alone"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(arguments, sentence):
    with pytest.raises(UsageError, match=sentence):
        networks(**arguments)


# -- shrinking


@pytest.mark.parametrize(
    ("fails", "most"),
    [
        (lambda net: "conv2d" in ops(net), 1),
        (lambda net: any(len(node.inputs) > 1 for node in net.graph.nodes), 2),
        (lambda net: any(node.layer.given().get("bias") is False for node in net.graph.nodes), 1),
        (lambda net: len(net.graph.outputs) > 1, 2),
    ],
    ids=["an op", "a join", "a field", "two outputs"],
)
def test_a_failing_network_shrinks_to_one_or_two_layers(fails, most):
    kinds = ["conv2d", "max_pool2d", "linear", "flatten", "relu", "batch_norm", "add", "concat"]
    quick = settings(max_examples=1000, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    net = find(networks(kinds=kinds), fails, settings=quick, random=random.Random(0))
    assert len(net.spec.layers) <= most, net.to_yaml()


def test_a_failing_test_prints_the_spec():
    @settings(max_examples=100, database=None, deadline=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(networks(kinds=["linear"]))
    def test(net):
        assert net.params < 2

    with pytest.raises(AssertionError) as caught:
        test()
    notes = "\n".join(getattr(caught.value, "__notes__", []))
    assert notes.startswith("archcalc: 1\nname: drawn\ninput: [")
    assert "op: linear, out_features: 1}" in notes


def test_public_names_are_there():
    assert sorted(testing.__all__) == dir(testing)
    for name in testing.__all__:
        assert getattr(testing, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = testing.no_such_name
