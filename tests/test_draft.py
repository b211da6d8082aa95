"""Drafts: a network that was read elsewhere, and the spec that is written of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archcalc
from archcalc.convert.blocks import folded
from archcalc.convert.draft import Draft, Tied
from archcalc.convert.script import flat
from archcalc.convert.tree import grown
from archcalc.errors import LayerError, UsageError
from archcalc.graph import build


def conv(draft, scope, x, out, **fields):
    x = draft.add(
        f"{scope}.conv", "conv2d", {"out_channels": out, "kernel_size": 3, "padding": 1, **fields}, x
    )
    return draft.add(f"{scope}.bn", "batch_norm", {}, x)


def basic(draft, scope, x, out, stride):
    y = draft.add(f"{scope}.relu", "relu", {}, conv(draft, f"{scope}.a", x, out, stride=stride))
    y = conv(draft, f"{scope}.b", y, out)
    if x.y != y.y:
        x = conv(draft, f"{scope}.short", x, out, stride=stride)
    return draft.add(f"{scope}.relu", "relu", {}, draft.add(scope, "add", {}, y, x))


def residual(depths, widths, classes=10):
    draft = Draft("residual")
    x = conv(draft, "stem", draft.input("image", [("C", 3), ("H", 32), ("W", 32)]), widths[0])
    for stage, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        for block in range(depth):
            x = basic(draft, f"layer{stage + 1}.{block}", x, width, 2 if stage and not block else 1)
    x = draft.add("pool", "global_avg_pool2d", {}, x)
    draft.ends(draft.add("head", "linear", {"out_features": classes}, x))
    return draft


def test_stages_that_are_alike_are_one_block_with_arguments_and_repeats():
    text = residual([2, 2, 3], [8, 16, 32]).text()
    assert "layers:\n  - {name: stem, block: stem, with: {out: 8}}\n" in text
    assert "{name: layer1, block: layer, with: {out: 8}, repeat: 2}" in text
    assert "{name: layer2, block: layer, with: {out: 16}, repeat: [{stride: 2, short: true}, {}]}" in text
    assert "repeat: [{stride: 2, short: true}, {}, {}]" in text
    assert text.count("op: conv2d") == 1
    assert "{name: short, block: stem, from: input, with: {out: out, stride: 2}, when: short}" in text


def test_a_module_that_lacks_a_layer_of_one_is_not_taken_for_another():
    """As in MobileNetV3: norms with a relu, with another activation, and with none, all called alike."""
    draft = Draft("mobile")
    x = draft.input("image", [("C", 8), ("H", 8), ("W", 8)])
    for number, bend in enumerate(["relu", "hard_swish", "relu", "hard_swish"]):
        x = draft.add(f"features.{number}.0.act", bend, {}, conv(draft, f"features.{number}.0", x, 8))
        x = conv(draft, f"features.{number}.1", x, 8)
    draft.ends(x)
    text = draft.text()
    assert "\nblocks:\n" in text
    assert draft.same(draft.graph())


def test_arguments_are_called_by_what_they_are_and_where():
    """Layers that are numbered: the second width of a block bears the number of its layer."""
    draft = Draft("numbered")
    x = draft.input("x", [("T", 4), ("C", 8)])
    for number, (one, other) in enumerate([(16, 8), (24, 8), (24, 12)]):
        x = draft.add(f"list.{number}.0", "linear", {"out_features": one}, x)
        x = draft.add(f"list.{number}.1", "layer_norm", {}, x)
        x = draft.add(f"list.{number}.2", "linear", {"out_features": other}, x)
    draft.ends(x)
    assert "{name: 2, op: linear, out_features: out_2}" in draft.text()


def test_rows_bear_the_paths_of_modules():
    net = residual([2, 1], [8, 8]).net()
    assert [row.name for row in net.rows][:3] == ["stem.conv", "stem.bn", "layer1.0.a.conv"]
    assert net["layer2.0.short.conv"].params == 8 * 8 * 9 + 8


def rows(net):
    return [(row.op, row.output, row.params, row.fixed, row.connections, row.work) for row in net.rows]


@settings(max_examples=40)
@given(st.data())
def test_a_spec_with_blocks_has_the_rows_of_one_without(data):
    """The law that every import is held to."""
    draft = Draft("drawn")
    x = first = draft.input("x", [("T", 4), ("C", data.draw(st.sampled_from([4, 8])))])
    made = []
    for stage in range(data.draw(st.integers(1, 3))):
        for copy in range(data.draw(st.integers(1, 3))):
            scope = f"s{stage}.{copy}"
            start = x
            for part in range(data.draw(st.integers(1, 3))):
                out = data.draw(st.sampled_from([4, 8]))
                inner = f"{scope}.p{part}" if data.draw(st.booleans()) else scope
                x = draft.add(f"{inner}.lin", "linear", {"out_features": out}, x)
                if data.draw(st.booleans()):
                    x = draft.add(inner, data.draw(st.sampled_from(["relu", "gelu"])), {}, x)
                if data.draw(st.booleans()):
                    x = draft.add(f"{inner}.norm", "layer_norm", {}, x)
            if x.y == start.y and x is not start:
                x = draft.add(scope, "add", {}, x, start)
            made.append(x)
    if data.draw(st.booleans()):
        x = draft.add("cat", "concat", {}, x, data.draw(st.sampled_from(made)), first)
    draft.ends(x)
    text, graph = draft.text(), draft.graph()
    assert draft.same(graph), text
    net, plain = archcalc.load(text), archcalc.load(flat(draft, grown(draft)).text())
    assert rows(net) == rows(plain)
    assert net.params == plain.params == draft.params


def module(draft, draw, scope, x, depth):
    """Modules inside modules: lists of them, numbered names, and layers, some of which a norm or a bend follows."""
    start, kind = x, draw.randrange(5) if depth else 4
    if kind < 4:
        lead = {2: "layer_", 3: "abc"}.get(kind, "")
        for i in range(draw.randint(1, 3)):
            x = module(draft, draw, f"{scope}.{lead[i] if kind == 3 else f'{lead}{i}'}", x, depth - 1)
    else:
        x = draft.add(f"{scope}.lin", "linear", {"out_features": draw.choice([4, 8])}, x)
        if draw.random() < 0.5:
            x = draft.add(f"{scope}.norm", "layer_norm", {}, x)
        if draw.random() < 0.5:
            x = draft.add(f"{scope}.act", draw.choice(["relu", "gelu"]), {}, x)
    return draft.add(scope, "add", {}, x, start) if draw.random() < 0.3 and start.y == x.y else x


@settings(max_examples=150)
@given(st.randoms(use_true_random=False))
def test_modules_inside_modules_are_always_blocks(draw):
    draft = Draft("nested")
    x = draft.input("x", [("T", 4), ("C", 4)])
    for stage in range(draw.randint(1, 3)):
        x = module(draft, draw, f"s{stage}", x, 3)
    draft.ends(x)
    blocks = folded(draft, grown(draft))
    assert blocks is None or draft.same(build(blocks.spec())), blocks.text()


def test_tensors_of_another_layer_are_counted_once_and_named():
    draft = Draft("tied")
    x = draft.input("tokens", [("T", 5)], indices=True)
    table = draft.add("tok", "embedding", {"num_embeddings": 7, "embedding_dim": 3}, x)
    fields = {"out_features": 7, "bias": False}
    draft.ends(draft.add("head", "linear", fields, table, ties={"weight": Tied(table, "weight")}))
    assert draft.params == draft.net().params == 21
    assert "tie: {weight: tok.weight}" in draft.text()


def test_an_op_without_a_kind_is_opaque_and_said():
    draft = Draft("odd")
    x = draft.input("x", [("C", 6)])
    y = draft.add("a", "linear", {"out_features": 6}, x)
    z = draft.opaque("b", "Foo", y.y, 8, y)
    draft.coverage.ops["Gemm"] = 1
    draft.ends(z)
    assert draft.params == 50
    said = "84 % of the parameters, 1 of 2 kinds of ops; opaque, their work unknown: Foo (1)"
    assert draft.notes() == [said]
    assert f"{said}." in archcalc.load(draft.text()).spec.note


def test_what_does_not_fit_is_refused_where_it_is_added():
    draft = Draft("small")
    x = draft.input("x", [("C", 3), ("H", 2), ("W", 2)])
    with pytest.raises(LayerError, match="5"):
        draft.add("c", "conv2d", {"out_channels": 1, "kernel_size": 5}, x)
    with pytest.raises(LayerError, match="reads"):
        draft.add("l", "linear", {"out_features": 1}, x)
    with pytest.raises(UsageError, match="no layer"):
        draft.text()


def test_what_nothing_needs_is_left_out():
    draft = Draft("left")
    x, unread = draft.input("x", [("C", 3)]), draft.input("y", [("C", 3)])
    a = draft.add("a", "relu", {}, x)
    draft.add("b", "relu", {}, unread)
    draft.ends(draft.add("c", "relu", {}, a))
    assert [row.name for row in draft.net().rows] == ["a", "c"]


def test_a_module_that_runs_again_later_is_another_block():
    draft = Draft("again")
    x = draft.input("x", [("C", 4)])
    for scope in ("m.a", "m.b", "n", "m.a", "m.b"):
        x = draft.add(scope, "tanh", {}, x)
    draft.ends(x)
    assert [row.name for row in draft.net().rows] == ["m.a", "m.b", "n", "m_1.a", "m_1.b"]


def test_a_list_of_modules_with_layers_in_between_is_no_block():
    """A loop over a ModuleList that adds what it began with: each module keeps its name and number."""
    draft = Draft("looped")
    x = draft.input("image", [("C", 4), ("H", 8), ("W", 8)])
    for i in range(3):
        y = draft.add(f"blocks.{i}.0", "conv2d", {"out_channels": 4, "kernel_size": 3, "padding": 1}, x)
        y = draft.add(f"blocks.{i}.1", "batch_norm", {}, y)
        x = draft.add("", "add", {}, x, y)
    draft.ends(x)
    names = [row.name for row in draft.net().rows]
    assert names[:5] == ["blocks-0.0", "blocks-0.1", "add", "blocks-1.0", "blocks-1.1"]
    assert draft.text().count("conv2d") == 1  # one block, used three times
