"""Blocks, repeats, conditions, shared and tied tensors, several inputs and outputs: what they come to."""

from __future__ import annotations

import numpy as np
import pytest

import archcalc

HEAD = "archcalc: 1\nname: small\n"


def load(body: str, **sizes):
    return archcalc.load(HEAD + body, sizes=sizes)


def names(net):
    return [node.name for node in net.graph.nodes]


BLOCK = """
symbols: {n: 2}
input: [3, 8, 8]
blocks:
  pair:
    args: {out: required, k: 3, act: relu}
    layers:
      - {name: conv, op: conv2d, out_channels: out, kernel_size: k, padding: k // 2, activation: act}
      - {name: bn, op: batch_norm}
layers:
  - {name: stem, block: pair, with: {out: 4}}
  - {name: body, block: pair, with: {out: 2*n, act: tanh}, repeat: n}
  - {name: last, block: pair, with: {out: 5, k: 1, act: none}}
"""


# -- blocks


def test_a_block_is_its_layers_under_its_name():
    net = load(BLOCK)
    assert names(net)[:3] == ["stem.conv", "stem.conv:activation", "stem.bn"]
    assert net["stem.conv"].params == 4 * (3 * 9 + 1)
    assert net["stem"].params == 4 * (3 * 9 + 1) + 8
    assert net["last.conv"].op == "conv2d 1x1"


def test_copies_count_from_nought_and_read_one_another():
    net = load(BLOCK, n=3)
    assert [name for name in names(net) if name.startswith("body") and name.endswith("conv")] == [
        "body.0.conv", "body.1.conv", "body.2.conv",
    ]  # fmt: skip
    inputs = {node.name: node.inputs for node in net.graph.nodes}
    assert inputs["body.0.conv"] == ("stem.bn",)
    assert inputs["body.1.conv"] == ("body.0.bn",)
    assert inputs["last.conv"] == ("body.2.bn",)
    # 4 -> 6 maps, then 6 -> 6 twice; a gain and a bias for each of 6 maps in each
    assert net["body"].params == 6 * (4 * 9 + 1) + 2 * 6 * (6 * 9 + 1) + 3 * 12


def test_what_a_block_gives_is_what_its_last_layer_makes():
    net = load(BLOCK)
    assert net["body"].output == net["body.1.bn"].output == (4, 8, 8)


def test_a_repeat_of_plain_layers_has_copies_too():
    net = load(
        "input: [2, 9, 9]\nlayers:\n  - {name: c, op: conv2d, out_channels: 2, kernel_size: 3, repeat: 3}\n"
    )
    assert names(net) == ["c.0", "c.1", "c.2"]
    assert [row.output for row in net] == [(2, 7, 7), (2, 5, 5), (2, 3, 3)]
    assert net["c"].params == 3 * 2 * (2 * 9 + 1)


def test_copies_that_are_alike_are_what_copies_built_one_by_one_are():
    repeated = load("input: [2, 9, 9]\nblocks:\n  b:\n    layers:\n"
                    "      - {name: c, op: conv2d, out_channels: 2, kernel_size: 3, padding: 1, activation: relu}\n"
                    "      - {name: sum, op: add, from: [c, input]}\n"
                    "layers:\n  - {name: s, block: b, repeat: 4}\n  - {name: flat, op: flatten}\n"
                    "  - {name: fc, op: linear, out_features: 3}\n")  # fmt: skip
    lines = []
    for i in range(4):
        before = "input" if i == 0 else f"s{i - 1}"
        lines.append(
            f"  - {{name: c{i}, op: conv2d, out_channels: 2, kernel_size: 3, padding: 1, activation: relu, from: {before}}}"
        )
        lines.append(f"  - {{name: s{i}, op: add, from: [c{i}, {before}]}}")
    plain = load("input: [2, 9, 9]\nlayers:\n" + "\n".join(lines) + "\n  - {name: flat, op: flatten}\n"
                 "  - {name: fc, op: linear, out_features: 3}\n")  # fmt: skip
    assert [(row.output, row.params, row.work) for row in repeated] == [
        (row.output, row.params, row.work) for row in plain
    ]
    assert repeated.verify().ok


def test_overrides_are_for_their_copy_alone():
    net = load("input: [3, 8, 8]\nblocks:\n  down:\n    args: {s: 1}\n    layers:\n"
               "      - {name: c, op: conv2d, out_channels: 3, kernel_size: 3, stride: s, padding: 1}\n"
               "layers:\n  - {name: stage, block: down, repeat: [{s: 2}, {}, {s: 2}]}\n")  # fmt: skip
    assert [row.output[1] for row in net] == [4, 4, 2]


def test_an_argument_is_read_where_the_block_is_used():
    net = load("symbols: {d: 4}\ninput: [3, 8, 8]\nblocks:\n  inner:\n    args: {out: required}\n    layers:\n"
               "      - {name: c, op: conv2d, out_channels: out, kernel_size: 1}\n"
               "  outer:\n    args: {out: required, half: out // 2}\n    layers:\n"
               "      - {name: first, block: inner, with: {out: half}}\n"
               "      - {name: second, block: inner, with: {out: out + d}}\n"
               "layers:\n  - {name: x, block: outer, with: {out: 10}}\n")  # fmt: skip
    assert net["x.first"].output[0] == 5
    assert net["x.second"].output[0] == 14


def test_lists_words_and_truths_may_be_arguments():
    net = load("input: [3, 8, 8]\nblocks:\n  c:\n    args: {size: 3, pad: 0, bias: true}\n    layers:\n"
               "      - {name: c, op: conv2d, out_channels: 2, kernel_size: size, padding: pad, bias: bias}\n"
               "layers:\n  - {name: x, block: c, with: {size: [1, 3], pad: same, bias: false}}\n")  # fmt: skip
    assert net["x.c"].output == (2, 8, 8)
    assert net["x.c"].params == 2 * 3 * 3


def test_a_list_that_is_given_is_read_where_the_block_is_used():
    net = load("symbols: {s: 5}\ninput: [1, 8, 8]\nblocks:\n  inner:\n    args: {k: 3}\n    layers:\n"
               "      - {name: c, op: conv2d, out_channels: 1, kernel_size: k}\n"
               "  outer:\n    args: {s: 1}\n    layers:\n      - {name: i, block: inner, with: {k: [s, s]}}\n"
               "layers:\n  - {name: o, block: outer}\n  - {name: p, op: max_pool2d, kernel_size: s}\n")  # fmt: skip
    assert net["o.i.c"].output == (1, 8, 8)


def test_overrides_that_are_equal_make_what_clones_are():
    text = ("input: [2, 9, 9]\nblocks:\n  b:\n    args: {z: 1}\n    layers:\n"
            "      - {name: c, op: conv2d, out_channels: 2*z, kernel_size: 3, padding: 1, activation: relu, repeat: 2}\n"
            "      - {name: again, share: c}\n      - {name: sum, op: add, from: [again, input]}\n"
            "layers:\n  - {name: s, block: b, repeat: REPEAT}\n")  # fmt: skip
    clones, built = (load(text.replace("REPEAT", r)) for r in ("3", "[{z: 1}, {z: 2/2}, {z: 3 - 2}]"))

    def told(net):
        return [(n.name, n.inputs, n.owner, n.row, n.y, n.times, n.trainable) for n in net.graph.nodes]

    assert told(clones) == told(built)
    assert clones.graph.groups == built.graph.groups
    assert clones.rows == built.rows


def test_layers_inside_a_block_are_read_from_outside_by_their_path():
    net = load("input: [3, 8, 8]\nblocks:\n  two:\n    layers:\n"
               "      - {name: a, op: conv2d, out_channels: 4, kernel_size: 3, padding: 1}\n"
               "      - {name: b, op: max_pool2d, kernel_size: 2}\n"
               "layers:\n  - {name: down, block: two, repeat: 2}\n  - {name: up, op: upsample, scale_factor: 2}\n"
               "  - {name: skip, op: concat, from: [up, down.1.a]}\n")  # fmt: skip
    assert net.output == (8, 4, 4)


def test_a_thousand_copies_cost_little_more_than_their_rows():
    text = ("symbols: {n: 2}\ninput: [2, 9, 9]\nblocks:\n  inner:\n    layers:\n"
            "      - {name: c, op: conv2d, out_channels: 2, kernel_size: 3, padding: 1, activation: relu}\n"
            "  outer:\n    layers:\n      - {name: a, block: inner, repeat: 2}\n"
            "      - {name: sum, op: add, from: [a, input]}\n"
            "layers:\n  - {name: s, block: outer, repeat: n}\n")  # fmt: skip
    few, many = load(text), load(text, n=500)
    assert len(many.graph.groups) == 250 * (len(few.graph.groups) - 1) + 1
    assert many.params == 250 * few.params
    assert many["s.499.a"].params == few["s.1.a"].params


# -- conditions


def test_what_is_not_there_passes_its_input_through():
    text = ("symbols: {extra: 1}\ninput: [3, 8, 8]\nlayers:\n"
            "  - {name: c, op: conv2d, out_channels: 4, kernel_size: 3}\n"
            "  - {name: more, op: conv2d, out_channels: 4, kernel_size: 3, when: extra > 0 and input.C == 3}\n"
            "  - {name: p, op: max_pool2d, kernel_size: 2}\n")  # fmt: skip
    assert names(load(text)) == ["c", "more", "p"]
    assert names(load(text, extra=0)) == ["c", "p"]
    assert load(text, extra=0)["p"].input == (4, 6, 6)


# -- shared and tied


def test_a_shared_layer_has_its_tensors_once():
    net = load("input: [3, 8, 8]\nlayers:\n"
               "  - {name: c, op: conv2d, out_channels: 3, kernel_size: 3, padding: 1, activation: relu}\n"
               "  - {name: again, share: c}\n")  # fmt: skip
    assert (net.params, net["again"].params) == (3 * 28, 0)
    assert net["again"].macs == net["c"].macs
    assert "c" in net["again"].op
    values = net.forward()
    twice = net.forward(values["c"])
    assert np.array_equal(twice["c"], values["again"])
    assert net.verify().ok


def test_copies_that_share_have_one_set_of_tensors():
    text = "input: [3, 8, 8]\nlayers:\n  - {name: c, op: conv2d, out_channels: 3, kernel_size: 3, padding: 1, repeat: 5, shared: true}\n"
    net = load(text)
    assert net.params == 3 * 28
    assert net.macs == 5 * 3 * 3 * 9 * 64
    assert [row.params for row in net] == [84, 0, 0, 0, 0]
    assert net.verify().ok


def test_a_block_can_be_shared():
    net = load("inputs: {left: [3, 8, 8], right: [3, 8, 8]}\nblocks:\n  tower:\n    layers:\n"
               "      - {name: c, op: conv2d, out_channels: 4, kernel_size: 3}\n"
               "      - {name: bn, op: batch_norm}\n"
               "layers:\n  - {name: a, block: tower, from: left}\n  - {name: b, share: a, from: right}\n"
               "  - {name: d, op: subtract, from: [a, b]}\n")  # fmt: skip
    assert net.params == 4 * 28 + 8
    assert net.fixed == 8
    values = net.forward({"left": np.ones((3, 8, 8)), "right": np.ones((3, 8, 8))})
    assert np.array_equal(values["d"], np.zeros((4, 6, 6)))


def test_copies_that_are_shared_again_use_their_own_copys_tensors():
    net = load(
        "input: [4]\nlayers:\n  - {name: a, op: linear, out_features: 4, repeat: 3}\n  - {name: b, share: a}\n"
    )
    assert [node.owner for node in net.graph.nodes[3:]] == ["a.0", "a.1", "a.2"]
    inner = load("input: [4]\nblocks:\n  x:\n    layers:\n      - {name: l, op: linear, out_features: 4, repeat: 3}\n"
                 "layers:\n  - {name: x, block: x, repeat: 3, shared: true}\n")  # fmt: skip
    assert [node.owner for node in inner.graph.nodes[3:]] == 2 * ["x.0.l.0", "x.0.l.1", "x.0.l.2"]


def test_a_layer_that_comes_in_later_among_shared_copies_is_counted_once():
    net = load("input: [4]\nblocks:\n  x:\n    args: {p: false}\n    layers:\n"
               "      - {name: a, op: linear, out_features: 4}\n      - {name: b, op: linear, out_features: 4, when: p}\n"
               "layers:\n  - {name: x, block: x, repeat: [{}, {p: true}, {p: true}], shared: true}\n")  # fmt: skip
    assert net.params == 2 * 20
    assert net.graph.by_name["x.2.b"].owner == "x.1.b"


def test_a_shared_layer_with_another_activation_has_that_ones_tensors():
    net = load("input: [4]\nlayers:\n  - {name: a, op: linear, out_features: 4, activation: relu}\n"
               "  - {name: b, share: a, activation: prelu}\n  - {name: c, share: b}\n")  # fmt: skip
    assert (net["a"].params, net["b"].params) == (20, 1)
    assert net.verify().ok


def test_tensors_are_given_where_they_are_counted():
    net = load("input: [4]\nlayers:\n  - {name: a, op: linear, out_features: 4}\n  - {name: b, share: a}\n"
               "  - {name: c, op: linear, out_features: 4, bias: false, tie: {weight: a.weight}}\n")  # fmt: skip
    own = {"weight": np.eye(4), "bias": np.zeros(4)}
    values = net.forward(np.arange(4.0), {"a": own})
    assert np.array_equal(values["c"], np.arange(4.0))
    with pytest.raises(archcalc.ArchcalcError, match="its tensors are those of a; give them there"):
        net.forward(np.arange(4.0), {"b": own})
    with pytest.raises(archcalc.ArchcalcError, match=r"weight is tied to a\.weight; give it there"):
        net.forward(np.arange(4.0), {"c": {"weight": np.eye(4)}})


@pytest.mark.parametrize("wrong", [[0, 1, 11], [0, 1, -1], [0, 1.5, 2]])
def test_an_index_is_one_that_can_be_looked_up(wrong):
    net = load(TIED, d=3)
    with pytest.raises(archcalc.ArchcalcError, match="an index is a whole number from 0 to 10"):
        net.forward(np.array([*wrong, 0, 0]))


TIED = """
symbols: {V: 11, d: 3}
input: {shape: [5], dtype: int}
layers:
  - {name: tok, op: embedding, num_embeddings: V, embedding_dim: d}
  - {name: head, op: linear, out_features: V, bias: false, tie: {weight: tok.weight}}
"""


def test_a_tied_tensor_is_counted_once_and_is_the_same_in_the_forward():
    net = load(TIED)
    assert (net.params, net["head"].params) == (33, 0)
    table = np.arange(33.0).reshape(11, 3)
    values = net.forward(np.array([0, 4, 10, 2, 2]), {"tok": {"weight": table}})
    assert np.allclose(values["head"], table[[0, 4, 10, 2, 2]] @ table.T)
    assert net.verify().ok


def test_a_frozen_block_has_nothing_to_train():
    net = load("input: [3, 8, 8]\nblocks:\n  c:\n    layers:\n      - {name: c, op: conv2d, out_channels: 4, kernel_size: 3}\n"
               "layers:\n  - {name: a, block: c, trainable: false}\n  - {name: b, block: c}\n")  # fmt: skip
    assert (net["a"].params, net["a"].fixed) == (0, 112)
    assert (net["b"].params, net["b"].fixed) == (4 * 37, 0)


# -- several inputs and outputs


def test_a_block_of_several_inputs_is_given_them_by_name():
    net = load("inputs: {x: [6, 4], memory: [9, 4]}\nblocks:\n  decoder:\n    inputs: [x, memory]\n    layers:\n"
               "      - {name: cross, op: attention, num_heads: 2, from: [x, memory]}\n"
               "      - {name: sum, op: add, from: [x, cross]}\n"
               "layers:\n  - {name: dec, block: decoder, from: {x: x, memory: memory}, repeat: 3}\n")  # fmt: skip
    inputs = {node.name: node.inputs for node in net.graph.nodes}
    assert inputs["dec.2.cross"] == ("dec.1.sum", "memory")
    assert net.output == (6, 4)


def test_outputs_are_named_and_their_layers_count():
    net = load("input: [3, 8, 8]\noutputs: [fc, aux]\nlayers:\n"
               "  - {name: c, op: conv2d, out_channels: 4, kernel_size: 3}\n"
               "  - {name: gap, op: global_avg_pool2d}\n"
               "  - {name: fc, op: linear, out_features: 10}\n"
               "  - {name: aux, op: linear, out_features: 5, from: gap}\n")  # fmt: skip
    assert net.graph.outputs == {"fc": "fc", "aux": "aux"}
    assert net.output == (10,)
    assert net["aux"].params == 25


def test_an_input_that_is_given_must_be_one_of_them():
    net = load("inputs: {a: [3], b: [4]}\nlayers:\n  - {name: x, op: linear, out_features: 4, from: a}\n"
               "  - {name: y, op: add, from: [x, b]}\n")  # fmt: skip
    with pytest.raises(archcalc.ArchcalcError, match="several inputs, a, b"):
        net.forward(np.ones(3))
    assert net.forward({"a": np.ones(3), "b": np.ones(4)})["y"].shape == (4,)


# -- letters


ENCODER = """
symbols: {L: 3, d: 8, T: 5}
input: [T, d]
blocks:
  layer:
    layers:
      - {name: attn, op: attention, num_heads: 2}
      - {name: res, op: add, from: [input, attn]}
      - {name: up, op: linear, out_features: 2*d, activation: gelu}
      - {name: down, op: linear, out_features: d}
layers:
  - {name: enc, block: layer, repeat: L}
"""


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_a_repeat_by_a_letter_is_one_block_of_rows_times_that_letter(depth):
    import sympy

    net = archcalc.load(HEAD + ENCODER, symbolic=["L"])
    assert [row.name for row in net] == ["enc.attn", "enc.res", "enc.up", "enc.down"]
    ints = archcalc.load(HEAD + ENCODER, sizes={"L": depth})
    for quantity in ("params", "macs", "flops", "neurons"):
        letter = next(iter(sympy.sympify(net.params).free_symbols))
        assert getattr(net, quantity).subs(letter, depth) == getattr(ints, quantity), quantity


def test_a_letter_for_shared_copies_multiplies_the_work_alone():
    text = ENCODER.replace("repeat: L", "repeat: L, shared: true")
    net = archcalc.load(HEAD + text, symbolic=["L"])
    ints = archcalc.load(HEAD + text, sizes={"L": 4})
    assert net.params == ints.params
    assert str(net.macs) == f"{ints.macs // 4}*L"


def test_a_letter_may_not_decide_what_is_there():
    with pytest.raises(archcalc.ArchcalcError, match="decides structure"):
        archcalc.load(HEAD + ENCODER.replace("repeat: L", "repeat: L, when: d > 4"), symbolic=["d"])


def test_a_repeat_that_changes_the_shape_cannot_be_a_letter():
    text = ("symbols: {n: 2}\ninput: [3, 8, 8]\nlayers:\n"
            "  - {name: c, op: conv2d, out_channels: 3, kernel_size: 3, repeat: n}\n")  # fmt: skip
    assert load(text).output == (3, 4, 4)
    with pytest.raises(archcalc.ArchcalcError, match="keeps its shape, and c makes 3@6x6 of 3@8x8"):
        archcalc.load(HEAD + text, symbolic=["n"])


def test_what_is_said_later_overrides_what_was_left_as_a_letter():
    free = archcalc.load("lenet5", symbolic=["H", "W"])
    assert free.at(H=32, W=32).params == 60_000
    assert free.at(input=(1, 32, 32)).params == 60_000


# -- round trips and variants


@pytest.mark.parametrize("text", [BLOCK, TIED, ENCODER], ids=["blocks", "tied", "encoder"])
def test_a_network_written_out_is_the_same_network(text):
    net = load(text)
    again = archcalc.load(net.to_yaml())
    assert list(again) == list(net)


def test_a_derived_size_that_was_set_is_written_out():
    net = load("symbols: {H: 32, W: 2*H}\ninput: [1, H, W]\nlayers:\n  - {name: r, op: relu}\n", W=50)
    assert archcalc.load(net.to_yaml()).input == net.input == (1, 32, 50)


def test_a_variant_changes_layers_of_blocks_before_they_are_used(tmp_path):
    (tmp_path / "base.yaml").write_text(HEAD + BLOCK)
    variant = tmp_path / "variant.yaml"
    variant.write_text(
        "archcalc: 1\nname: variant\nextends: base.yaml\n"
        "patch:\n  pair.conv: {bias: false}\n  body: {repeat: 1, with: {act: relu}}\n"
        "insert:\n  - {after: pair.bn, name: drop, op: dropout}\n"
    )
    net = archcalc.load(variant)
    assert net["stem.conv"].params == 4 * 27
    assert names(net)[-3:] == ["last.conv", "last.bn", "last.drop"]
    assert net["body.0.conv"].op == "conv2d 3x3 pad 1, relu"
    assert net["body.0.conv"].output == (4, 8, 8)


def test_an_activation_with_fields_may_be_an_argument():
    net = load("input: [4]\nblocks:\n  f:\n    args: {act: relu}\n    layers:\n"
               "      - {name: l, op: linear, out_features: 4, activation: act}\n"
               "layers:\n  - {name: a, block: f, with: {act: {op: leaky_relu, negative_slope: 0.2}}}\n")  # fmt: skip
    assert net["a.l"].op == "linear, leaky_relu"


def test_a_part_of_the_indices_can_be_looked_up():
    net = load("input: {shape: [6], dtype: int}\nlayers:\n  - {name: part, op: slice, axis: T, stop: 4}\n"
               "  - {name: tok, op: embedding, num_embeddings: 3, embedding_dim: 2}\n")  # fmt: skip
    assert net.output == (4, 2)
    assert net.verify().ok
