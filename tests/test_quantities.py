"""Receptive fields, memory and training: figures from sources, or worked by hand beside them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcalc import load
from archcalc.errors import UsageError
from archcalc.forward import run, seeded, step
from archcalc.memory import Traffic, live, peak
from archcalc.quantities import COUNTED, NAMES, TABLE
from archcalc.receptive import fields
from archcalc.register import kinds
from archcalc.testing import layer_and_inputs
from archcalc.training import kept, macs

HEAD = "archcalc: 1\nname: n\n"


def net(layers: str, input: str = "[2, 24, 20]", **sizes):
    return load(f"{HEAD}input: {input}\nlayers:\n" + "".join(f"  - {line.strip()}\n" for line in filter(str.strip, layers.splitlines())), **sizes)  # fmt: skip


# -- receptive fields: Araujo, Norris and Sim 2019, where effective padding is at 224x224

VGG = net("\n".join(
    f"{{name: {name}, op: conv2d, out_channels: {maps}, kernel_size: 3, padding: 1}}" if name[0] == "c"
    else f"{{name: {name}, op: max_pool2d, kernel_size: 2}}"
    for name, maps in (
        ("c11", 64), ("c12", 64), ("pool1", 0), ("c21", 128), ("c22", 128), ("pool2", 0),
        ("c31", 256), ("c32", 256), ("c33", 256), ("pool3", 0), ("c41", 512), ("c42", 512), ("c43", 512), ("pool4", 0),
        ("c51", 512), ("c52", 512), ("c53", 512), ("pool5", 0),
    )
), "[3, 224, 224]")  # fmt: skip


ALEXNET = net(
    """
    {name: conv1, op: conv2d, out_channels: 64, kernel_size: 11, stride: 4}
    {name: pool1, op: max_pool2d, kernel_size: 3, stride: 2}
    {name: conv2, op: conv2d, out_channels: 192, kernel_size: 5, padding: 2}
    {name: pool2, op: max_pool2d, kernel_size: 3, stride: 2}
    {name: conv3, op: conv2d, out_channels: 384, kernel_size: 3, padding: 1}
    {name: conv4, op: conv2d, out_channels: 384, kernel_size: 3, padding: 1}
    {name: conv5, op: conv2d, out_channels: 256, kernel_size: 3, padding: 1}
    {name: pool5, op: max_pool2d, kernel_size: 3, stride: 2}
""",
    "[3, 224, 224]",
)

MOBILENET = """
archcalc: 1
name: MobileNet v1
symbols: {width: 1, side: 224, classes: 1000}
input: [3, side, side]
blocks:
  separable:
    args: {out: required, s: 1}
    layers:
      - {name: dw, op: depthwise_conv2d, kernel_size: 3, stride: s, padding: same, bias: false}
      - {name: bn1, op: batch_norm}
      - {name: relu1, op: relu6}
      - {name: pw, op: conv2d, out_channels: out*width, kernel_size: 1, bias: false}
      - {name: bn2, op: batch_norm}
      - {name: relu2, op: relu6}
layers:
  - {name: conv, op: conv2d, out_channels: 32*width, kernel_size: 3, stride: 2, padding: same, bias: false}
  - {name: bn, op: batch_norm}
  - {name: relu, op: relu6}
  - {name: b1, block: separable, with: {out: 64}}
  - {name: b2, block: separable, with: {out: 128, s: 2}}
  - {name: b3, block: separable, with: {out: 128}}
  - {name: b4, block: separable, with: {out: 256, s: 2}}
  - {name: b5, block: separable, with: {out: 256}}
  - {name: b6, block: separable, with: {out: 512, s: 2}}
  - {name: b7, block: separable, with: {out: 512}, repeat: 5}
  - {name: b12, block: separable, with: {out: 1024, s: 2}}
  - {name: b13, block: separable, with: {out: 1024}}
  - {name: gap, op: global_avg_pool2d}
  - {name: fc, op: linear, out_features: classes}
"""

RESNET = """
archcalc: 1
name: ResNet
symbols: {first: %s}
input: [3, 224, 224]
blocks:
  bottleneck:
    args: {width: required, s: 1}
    layers:
      - {name: a, op: conv2d, out_channels: width, kernel_size: 1, stride: "1 + first*(s - 1)"}
      - {name: b, op: conv2d, out_channels: width, kernel_size: 3, padding: 1, stride: "s - first*(s - 1)"}
      - {name: c, op: conv2d, out_channels: 4*width, kernel_size: 1}
      - {name: side, op: conv2d, out_channels: 4*width, kernel_size: 1, stride: s, from: input}
      - {name: sum, op: add, from: [c, side]}
layers:
  - {name: stem, op: conv2d, out_channels: 64, kernel_size: 7, stride: 2, padding: 3}
  - {name: pool, op: max_pool2d, kernel_size: 3, stride: 2, padding: same}
  - {name: s1, block: bottleneck, with: {width: 64}, repeat: [%s]}
  - {name: s2, block: bottleneck, with: {width: 128}, repeat: [%s]}
  - {name: s3, block: bottleneck, with: {width: 256}, repeat: [%s]}
  - {name: s4, block: bottleneck, with: {width: 512}, repeat: [%s]}
"""


def resnet(*, first: bool, third: int, ends: bool):
    """A bottleneck network; TF-slim has the stride in the last block of a stage, PyTorch in the first."""

    def copies(count: int, *, strided: bool) -> list[str]:
        found = ["{}"] * count
        if strided:
            found[-1 if ends else 0] = "{s: 2}"
        return found

    strided = (ends, True, True, not ends)
    stages = [copies(count, strided=own) for count, own in zip((3, 4, third, 3), strided, strict=True)]
    return load(RESNET % (int(first), *map(", ".join, stages)))


@pytest.mark.parametrize(
    ("made", "layer", "figures"),
    [
        (VGG, "pool5", (212, 32, 90)),
        (ALEXNET, "pool5", (195, 32, 64)),
        (load(MOBILENET), "b13.pw", (315, 32, 126)),
        (resnet(first=False, third=6, ends=True), "s4", (483, 32, 239)),
        (resnet(first=True, third=6, ends=False), "s4", (483, 32, 239)),
        (resnet(first=False, third=23, ends=True), "s4", (1027, 32, 511)),
    ],
    ids=["vgg16", "alexnet", "mobilenet", "resnet50 slim", "resnet50 as in the paper", "resnet101"],
)
def test_receptive_fields_of_araujo_norris_and_sim(made, layer, figures):
    found = made.receptive_field(layer), made.effective_stride(layer), made.effective_padding(layer)
    assert [tuple(shape) for shape in found] == [(n, n) for n in figures]


def test_the_stride_in_the_3x3_sees_less():
    # counted by hand: 11 + 2·4·3 = 35, + 4·2 + 8·2·3 = 91, + 8·2 + 16·2·5 = 267, + 16·2 + 32·2·2 = 427
    assert tuple(resnet(first=False, third=6, ends=False).receptive_field("s4")) == (427, 427)


def test_a_dilated_window_and_its_branch():
    # a 3x3 of dilation 4 spans 9; beside a 3x3 it begins 3 cells sooner and ends 3 later
    made = net("""
        {name: a, op: conv2d, out_channels: 3, kernel_size: 3, padding: same}
        {name: b, op: conv2d, out_channels: 3, kernel_size: 3, padding: same, dilation: 4, from: input}
        {name: c, op: add, from: [a, b]}
        {name: d, op: max_pool2d, kernel_size: 2}
    """)
    assert tuple(made.receptive_field("c")) == (9, 9)
    assert tuple(made.effective_padding("c")) == (4, 4)
    assert tuple(made.receptive_field("d")) == (10, 10)


def test_axes_that_end_keep_what_was_seen():
    made = net("""
        {name: a, op: conv2d, out_channels: 3, kernel_size: 3}
        {name: g, op: global_avg_pool2d}
        {name: f, op: linear, out_features: 5}
    """)
    assert tuple(made.receptive_field("g")) == tuple(made.receptive_field()) == (24, 20)


def test_a_gate_leaves_the_step_alone():
    gated = """
        {name: a%s, op: conv2d, out_channels: 2, kernel_size: 3, stride: 2, padding: 1}
        {name: g%s, op: global_avg_pool2d}
        {name: r%s, op: reshape, shape: {C: 2, H: 1, W: 1}}
        {name: m%s, op: multiply, from: [a%s, r%s]}
    """
    made = net(gated % (("1",) * 6) + gated % (("2",) * 6), "[2, 32, 32]")
    assert tuple(made.effective_stride()) == (4, 4)
    assert made.receptive_field("a1") == (3, 3)
    # a1 sees cells -1 to 31, and nothing behind the gate can see more than that
    assert made.receptive_field("m1") == made.receptive_field("a2") == made.receptive_field() == (33, 33)


def test_a_step_behind_an_upsampling_layer_is_a_fraction():
    made = net("{name: a, op: upsample, scale_factor: 2}")
    assert tuple(made.effective_stride()) == (Fraction(1, 2), Fraction(1, 2))
    assert repr(made.effective_stride()) == "1/2x1/2"
    assert made.check("effective_stride = 0.5").ok


def test_inputs_along_other_axes_are_kept_apart():
    made = load(f"""{HEAD}inputs: {{x: {{T: 6, C: 4}}, memory: {{T: 9, C: 4}}}}
layers:
  - {{name: a, op: attention, num_heads: 2, from: [x, memory]}}
""")
    assert made.receptive_field().axes == ("T", "memory.T")
    assert tuple(made.receptive_field()) == (1, 9)


# -- a witness: a cell put to NaN makes every unit NaN that sees it

MAPS, STEPS = "[2, 24, 20]", "[12, 4]"
EXACT = {
    "strided, then stretched": (MAPS, """
        {name: b, op: upsample, scale_factor: 2}
        {name: c, op: conv2d, out_channels: 2, kernel_size: 3, dilation: 2}"""),
    "bilinear": (MAPS, """
        {name: b, op: upsample, scale_factor: 2, mode: bilinear}
        {name: c, op: conv2d, out_channels: 2, kernel_size: 4}"""),
    "bilinear by 3": (MAPS, "{name: b, op: upsample, scale_factor: 3, mode: bilinear}"),
    "to a size": (MAPS, "{name: b, op: upsample, size: [36, 31]}"),
    "transposed": (MAPS, """
        {name: b, op: conv_transpose2d, out_channels: 2, kernel_size: 4, stride: 2, padding: 1}
        {name: c, op: conv2d, out_channels: 2, kernel_size: 3}"""),
    "padded and cut": (MAPS, """
        {name: b, op: pad, padding: 2}
        {name: c, op: conv2d, out_channels: 2, kernel_size: 5}
        {name: s, op: slice, axis: W, start: 2, step: 3}"""),
    "adaptive": (MAPS, "{name: b, op: adaptive_avg_pool2d, output_size: [7, 5]}"),
    "branches": (MAPS, """
        {name: b, op: conv2d, out_channels: 2, kernel_size: 3, padding: same}
        {name: c, op: conv2d, out_channels: 2, kernel_size: 5, padding: same, from: input}
        {name: d, op: concat, from: [b, c]}
        {name: e, op: max_pool2d, kernel_size: 3, stride: 2}"""),
    "a gate over the whole map": (MAPS, """
        {name: b, op: conv2d, out_channels: 2, kernel_size: 3}
        {name: g, op: global_avg_pool2d}
        {name: r, op: reshape, shape: {C: 2, H: 1, W: 1}}
        {name: d, op: multiply, from: [b, r]}"""),
    "turned": (MAPS, """
        {name: p, op: permute, axes: [H, C, W]}
        {name: r, op: reshape, shape: {H: 24, C: 40}}
        {name: l, op: linear, out_features: 3}"""),
    "group norm": (MAPS, "{name: g, op: group_norm, num_groups: 2}"),
    "batch norm": (MAPS, "{name: g, op: batch_norm}"),
    "causal window": (STEPS, "{name: a, op: attention, num_heads: 2, window_size: 3, causal: true}"),
    "window": (STEPS, "{name: a, op: attention, num_heads: 2, window_size: 3}"),
    "attention": (STEPS, """
        {name: a, op: attention, num_heads: 2}
        {name: r, op: add, from: [input, a]}"""),
    "recurrent": (STEPS, "{name: a, op: lstm, hidden_size: 3}"),
    "one step": (STEPS, "{name: a, op: select, axis: T, index: 3}"),
    "norm of steps": (STEPS, "{name: a, op: layer_norm}"),
    "scores": (STEPS, """
        {name: m, op: matmul, from: [input, input], transpose_b: true}
        {name: s, op: softmax}"""),
}  # fmt: skip
BOUND = {
    "fields of stretched cells": (MAPS, """
        {name: a, op: conv2d, out_channels: 3, kernel_size: 3, stride: 2, padding: 1}
        {name: b, op: upsample, scale_factor: 2}
        {name: c, op: conv2d, out_channels: 2, kernel_size: 3, dilation: 2}"""),
    "shuffled": (MAPS, """
        {name: b, op: pixel_unshuffle, downscale_factor: 2}
        {name: c, op: conv2d, out_channels: 4, kernel_size: 3}
        {name: d, op: pixel_shuffle, upscale_factor: 2}"""),
}  # fmt: skip


def seen(made, axis: str) -> dict[int, list[int]]:
    """For each place along an axis of the output, the cells of the input that it sees."""
    shape, last = tuple(made.input), made.graph.nodes[-1]
    k = made.input.axes.index(axis)
    base = np.random.default_rng(0).normal(size=shape)
    found: dict[int, list[int]] = {}
    for cell in range(shape[k]):
        x = base.copy()
        x[(slice(None),) * k + (cell,)] = np.nan
        gone = np.isnan(run(made.graph, x)[last.name])
        if axis in last.y.axes:
            j = last.y.axes.index(axis)
            gone = gone.any(axis=tuple(i for i in range(gone.ndim) if i != j))
        for place in np.flatnonzero(gone if axis in last.y.axes else gone.any()):
            found.setdefault(int(place), []).append(cell)
    return found


@pytest.mark.parametrize("case", [*EXACT, *BOUND])
def test_units_see_what_the_forward_pass_says(case):
    made = net(*reversed({**EXACT, **BOUND}[case]))
    field = fields(made.graph)[made.graph.nodes[-1].name]
    for axis in (axis for axis in made.input.axes if axis != "C"):
        widest = max(max(cells) - min(cells) + 1 for cells in seen(made, axis).values())
        assert field[axis].size >= widest
        assert case in BOUND or field[axis].size == widest, axis


# -- memory


def test_the_peak_of_a_small_mobilenet_worked_by_hand():
    # b1.dw gives 8 maps of 48x48 = 18,432; b1.pw makes 16 of them = 36,864; norms and ReLU write over
    made = load(MOBILENET.replace("[3, side, side]", "[1, side, side]"), sizes={"width": Fraction(1, 4), "side": 96, "classes": 2})  # fmt: skip
    found = peak(made.graph, "int8")
    assert (found.row, found.inputs, found.output, found.held) == ("b1.pw", 18_432, 36_864, 0)
    assert made.peak("int8") == 55_296 <= 54 * 1024
    assert str(found) == "at b1.pw: 18,432 in + 36,864 out"
    assert made.weights("int8") == 213_442 + 5_472
    assert made.peak() == 4 * 55_296
    verdict = made.check("peak <= 128KiB", dtype="int8")[0]
    assert verdict.made_of == "at b1.pw: 18,432 in + 36,864 out"


def sizes(made, dtype="int8"):
    return [(each.node, each.inputs, each.output, each.held) for each in live(made.graph, dtype)]


def test_a_skip_holds_its_source_until_it_is_read():
    made = net(
        """
        {name: a, op: linear, out_features: 30}
        {name: b, op: relu}
        {name: c, op: linear, out_features: 10}
        {name: d, op: add, from: [input, c]}
    """,
        "[10]",
    )
    # the ReLU writes over a, the input waits for d
    assert sizes(made) == [("a", 10, 30, 0), ("b", 30, 0, 10), ("c", 30, 10, 10), ("d", 20, 10, 0)]
    assert live(made.graph, "int8")[1].names == ("d",)


def test_an_activation_does_not_write_over_what_is_read_later():
    made = net(
        """
        {name: a, op: linear, out_features: 30}
        {name: b, op: relu}
        {name: c, op: add, from: [a, b]}
    """,
        "[10]",
    )
    assert sizes(made)[1:] == [("b", 30, 30, 0), ("c", 60, 30, 0)]


def test_a_view_keeps_what_it_is_a_view_of():
    made = net(
        """
        {name: f, op: flatten}
        {name: r, op: relu}
        {name: l, op: linear, out_features: 4, from: f}
        {name: m, op: linear, out_features: 4, from: r}
        {name: s, op: add, from: [l, m]}
    """,
        "[2, 3, 5]",
    )
    # f is the input itself; the ReLU may not write over it, since l reads it
    assert sizes(made) == [
        ("f", 30, 0, 0),
        ("r", 30, 30, 0),
        ("l", 30, 4, 30),
        ("m", 30, 4, 4),
        ("s", 8, 4, 0),
    ]


def test_an_output_lives_to_the_end():
    made = load(f"""{HEAD}input: [10]
outputs: [a, c]
layers:
  - {{name: a, op: linear, out_features: 30}}
  - {{name: b, op: linear, out_features: 7}}
  - {{name: c, op: relu}}
""")
    assert sizes(made) == [("a", 10, 30, 0), ("b", 30, 7, 0), ("c", 7, 0, 30)]


def test_indices_are_int64_whatever_the_dtype():
    made = net("{name: e, op: embedding, num_embeddings: 9, embedding_dim: 3}", "{shape: [5], dtype: int}")
    assert sizes(made, "float16") == [("e", 5 * 8, 15 * 2, 0)]


@pytest.mark.parametrize(
    ("dtype", "size"), [("float64", 8), ("fp32", 4), ("bfloat16", 2), ("half", 2), ("int8", 1)]
)
def test_bytes_by_dtype(dtype, size):
    assert load("lenet5").weights(dtype) == 60_840 * size


def test_two_numbers_of_four_bits_share_a_byte():
    assert net("{name: a, op: linear, out_features: 1, bias: false}", "[5]").weights("int4") == 3


def test_what_there_is_not_is_said():
    made = load("lenet5")
    with pytest.raises(UsageError, match="no dtype 'int9'"):
        made.weights("int9")
    with pytest.raises(UsageError, match="no optimizer 'adamm'"):
        made.training("adamm")
    with pytest.raises(UsageError, match="set the sizes that are letters"):
        load("lenet5", symbolic=True).peak()


def test_a_shared_tensor_is_stored_once():
    made = load(f"""{HEAD}input: {{shape: [5], dtype: int}}
layers:
  - {{name: tok, op: embedding, num_embeddings: 9, embedding_dim: 4}}
  - {{name: out, op: linear, out_features: 9, bias: false, tie: {{weight: tok.weight}}}}
""")
    assert made.weights() == 9 * 4 * 4
    assert made.training("sgd").gradients == 9 * 4 * 4


def test_bytes_for_each_multiply_accumulate():
    # a vector of 10 through 30 units and biases: 10 in, 30 out, 330 weights, 300 products; 4 bytes each
    made = net("{name: a, op: linear, out_features: 30, activation: relu}", "[10]")
    assert Traffic(made.graph).per_mac(made["a"]) == Fraction(4 * (10 + 30 + 330), 300)
    assert Traffic(load("lenet5").graph).per_mac(load("lenet5")["S2"]) is None


# -- training: counted by torch.utils.flop_counter.FlopCounterMode of PyTorch 2.13, FLOPs over 2, forward
# and backward; and, beside them, bytes of storages that torch.autograd.graph.saved_tensors_hooks met

LENET = """
    {name: c1, op: conv2d, out_channels: 6, kernel_size: 5, padding: 2, activation: sigmoid%s}
    {name: p1, op: avg_pool2d, kernel_size: 2}
    {name: c2, op: conv2d, out_channels: 16, kernel_size: 5, activation: sigmoid%s}
    {name: p2, op: avg_pool2d, kernel_size: 2}
    {name: f, op: flatten}
    {name: d1, op: linear, out_features: 120, activation: sigmoid}
    {name: d2, op: linear, out_features: 84, activation: sigmoid}
    {name: d3, op: linear, out_features: 10}
"""
MLP = """
    {name: a, op: linear, out_features: 256, activation: relu}
    {name: b, op: linear, out_features: 64, activation: relu}
    {name: c, op: linear, out_features: 10}
"""
BLOCK = """
    {name: e, op: embedding, num_embeddings: 50, embedding_dim: 32%s}
    {name: a, op: attention, num_heads: 4%s}
    {name: r, op: add, from: [e, a]}
    {name: n, op: layer_norm}
    {name: u, op: linear, out_features: 128, activation: gelu}
    {name: d, op: linear, out_features: 32}
    {name: s, op: add, from: [n, d]}
"""
FROZEN = ", trainable: false"
PICTURE, TOKENS = "[1, 28, 28]", "{shape: [10], dtype: int}"


@pytest.mark.parametrize(
    ("layers", "input", "forward", "backward"),
    [
        (LENET % ("", ""), PICTURE, 416_520, 715_440),
        (LENET % (FROZEN, ""), PICTURE, 416_520, 357_840),
        (LENET % (FROZEN, FROZEN), PICTURE, 416_520, 69_840),
        (LENET % ("", FROZEN), PICTURE, 416_520, 475_440),
        (MLP, "[784]", 217_728, 234_752),
        ("{name: a, op: attention, num_heads: 4}", "[10, 32]", 47_360, 64_000),
        (BLOCK % ("", ""), TOKENS, 129_280, 258_560),
        (BLOCK % (FROZEN, FROZEN), TOKENS, 129_280, 163_840),
    ],
)
def test_training_macs_as_pytorch_counts_them(layers, input, forward, backward):
    made = net(layers, input)
    found = macs(made.graph).values()
    assert sum(each.forward for each in found) == made.macs == forward
    assert sum(each.inputs + each.weights for each in found) == backward
    assert made.training_macs == forward + backward


def test_training_macs_by_hand():
    # 100 -> 20 -> 5: the first layer's input needs no gradient, so 3·(2000 + 100) − 2000
    made = net("{name: a, op: linear, out_features: 20}\n{name: b, op: linear, out_features: 5}", "[100]")
    assert made.training_macs == 3 * 2_100 - 2_000
    assert made.check("a.training_macs = 4000", "b.training_macs = 300").ok


@pytest.mark.parametrize(
    ("layers", "input", "size"),
    [
        (LENET % ("", ""), PICTURE, 35_472),
        (LENET % (FROZEN, FROZEN), PICTURE, 2_416),
        (MLP, "[784]", 4_416),
        # less the mean and deviation of each place, 80 bytes, that a norm keeps beside its input
        (BLOCK % ("", ""), TOKENS, 20_960 - 80),
    ],
)
def test_what_is_kept_for_the_backward_pass_as_pytorch_keeps_it(layers, input, size):
    assert kept(net(layers, input).graph) == size


def test_a_training_step_in_its_terms():
    made = load("lenet5-d2l")
    found = made.training("adam", batch=2)
    assert found.weights == found.gradients == 4 * 61_706
    assert found.optimizer == 2 * 4 * 61_706
    assert found.kept == 2 * 35_472
    assert found.total == 4 * 4 * 61_706 + 2 * 35_472
    assert made.training("sgd").optimizer == 0
    assert made.measure("total", "training") == made.training().total


def test_dropout_keeps_a_byte_for_each_number():
    plain = "{name: a, op: linear, out_features: 20}\n{name: b, op: linear, out_features: 5}"
    drop = plain.replace("\n", "\n{name: d, op: dropout}\n")
    assert kept(net(drop, "[100]").graph) - kept(net(plain, "[100]").graph) == 20


# -- the table of quantities


def test_figures_that_add_up_do():
    made = load(MOBILENET)
    for name in (name for name in NAMES if TABLE[name].adds):
        assert sum(made.measure(row.name, name) for row in made) == made.measure("total", name), name


def test_every_row_holds_what_is_counted():
    row = load("lenet5")["C1"]
    assert all(isinstance(row[name], int) for name in COUNTED)


def test_a_block_is_measured_as_one():
    made = load(MOBILENET)
    assert made.measure("b7", "weights") == sum(made.measure(f"b7.{i}", "weights") for i in range(5))
    assert made.measure("b7", "layers") == 30
    assert made.receptive_field("b7") == made.receptive_field("b7.4.pw")
    assert made.measure("b7", "peak", "int8") < made.peak("int8")


# -- for every kind: what it says of its reach and of its products, against its forward and its work

KINDS = {kind.op: kind for kind in kinds()}


@pytest.mark.parametrize("op", [op for op, kind in KINDS.items() if not kind.declared])
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_kind_reaches_what_its_forward_reads(op, data):
    layer, *xs = data.draw(layer_and_inputs(op))
    y = layer.output(*xs)
    rng, tensors, told = np.random.default_rng(0), seeded(layer, xs), layer.reading(*xs)
    inputs = [rng.normal(size=tuple(shape)) for shape in xs]
    if layer.vocabulary() is not None:
        inputs[0] = rng.integers(0, layer.vocabulary(), size=tuple(xs[0]))
    plain = step(told, inputs, tensors)
    for i, x in enumerate(xs):
        if inputs[i].dtype.kind == "i":
            continue
        for k, axis in enumerate(x.axes):
            tap = layer.reach(axis, *xs, y=y, of=i) if axis != "C" else None
            if tap is None:
                continue
            for cell in range(x[k]):
                other = [each.copy() for each in inputs]
                other[i][(slice(None),) * k + (cell,)] = 1e3
                changed = step(told, other, tensors)
                changed = (changed != plain) & ~np.isnan(plain)
                along = y.axes.index(axis) if axis in y.axes else None
                rest = tuple(j for j in range(len(y)) if j != along)
                places = (
                    np.flatnonzero(changed.any(axis=rest)) if along is not None else [0] * int(changed.any())
                )
                for place in map(int, places):
                    first = tap.first + tap.step * place
                    assert first <= cell <= first + tap.width - 1, (layer, xs, axis, place, cell, tap)


@pytest.mark.parametrize("op", KINDS)
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_products_of_every_kind_are_its_multiply_accumulates(op, data):
    layer, *xs = data.draw(layer_and_inputs(op))
    y = layer.output(*xs)
    found = list(layer.products(*xs, y=y))
    assert sum(each.macs for each in found) == layer.work(*xs, y=y).mac
    assert all(-3 <= side < len(xs) for each in found for side in each[1:])
    assert layer.inside(*xs, y=y) >= 0
    assert layer.keeps in {"inputs", "output", "mask", "nothing"}
