"""LeNet-5 and its variants to the unit, and every bundled claim.

The figures stand here as numbers, apart from the specs: LeCun, Bottou, Bengio and Haffner 1998, II.B
and Table I, for the original; for the variants, the layers of each one's own code counted by hand.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc import load
from archcalc.spec import bundled

QUANTITIES = ("neurons", "params", "connections", "macs")

LENET5 = {  # output, neurons, params, fixed, connections, macs, flops
    "C1": ((6, 28, 28), 4704, 156, 0, 122304, 117600, 249312),
    "S2": ((6, 14, 14), 1176, 12, 0, 5880, 0, 9408),
    "C3": ((16, 10, 10), 1600, 1516, 0, 151600, 150000, 304800),
    "S4": ((16, 5, 5), 400, 32, 0, 2000, 0, 3200),
    "C5": ((120, 1, 1), 120, 48120, 0, 48120, 48000, 96360),
    "F6": ((84,), 84, 10164, 0, 10164, 10080, 20412),
    "OUTPUT": ((10,), 10, 0, 840, 840, 840, 2520),
}

VARIANTS = {
    # Keras, 6-16-120-84-10 on 28x28
    "lenet5-keras": {
        "conv1": ((6, 24, 24), 3456, 156, 89856, 86400),
        "pool1": ((6, 12, 12), 864, 0, 3456, 0),
        "conv2": ((16, 8, 8), 1024, 2416, 154624, 153600),
        "pool2": ((16, 4, 4), 256, 0, 1024, 0),
        "dense1": ((120,), 120, 30840, 30840, 30720),
        "dense2": ((84,), 84, 10164, 10164, 10080),
        "dense3": ((10,), 10, 850, 850, 840),
        "total": (None, 5814, 44426, 290814, 281640),
    },
    # BVLC Caffe, examples/mnist/lenet.prototxt, 20-50-500-10 on 28x28
    "lenet-caffe": {
        "conv1": ((20, 24, 24), 11520, 520, 299520, 288000),
        "pool1": ((20, 12, 12), 2880, 0, 11520, 0),
        "conv2": ((50, 8, 8), 3200, 25050, 1603200, 1600000),
        "pool2": ((50, 4, 4), 800, 0, 3200, 0),
        "ip1": ((500,), 500, 400500, 400500, 400000),
        "ip2": ((10,), 10, 5010, 5010, 5000),
        "total": (None, 18910, 431080, 2322950, 2293000),
    },
    # Keras, 32-64-100-10 on 28x28
    "lenet-keras-32-64": {
        "conv1": ((32, 24, 24), 18432, 832, 479232, 460800),
        "pool1": ((32, 12, 12), 4608, 0, 18432, 0),
        "conv2": ((64, 8, 8), 4096, 51264, 3280896, 3276800),
        "pool2": ((64, 4, 4), 1024, 0, 4096, 0),
        "dense1": ((100,), 100, 102500, 102500, 102400),
        "dense2": ((10,), 10, 1010, 1010, 1000),
        "total": (None, 28270, 155606, 3886166, 3841000),
    },
    # Dive into Deep Learning, padding 2 and sigmoids on 28x28; taps on padding are connections
    "lenet5-d2l": {
        "conv1": ((6, 28, 28), 4704, 156, 122304, 117600),
        "pool1": ((6, 14, 14), 1176, 0, 4704, 0),
        "conv2": ((16, 10, 10), 1600, 2416, 241600, 240000),
        "pool2": ((16, 5, 5), 400, 0, 1600, 0),
        "fc1": ((120,), 120, 48120, 48120, 48000),
        "fc2": ((84,), 84, 10164, 10164, 10080),
        "fc3": ((10,), 10, 850, 850, 840),
        "total": (None, 8094, 61706, 429342, 416520),
    },
    # PyTorch, 32x32, C5 as a convolution, average pooling, all maps of S2 seen by all of C3
    "lenet5-pytorch": {
        "C1": ((6, 28, 28), 4704, 156, 122304, 117600),
        "S2": ((6, 14, 14), 1176, 0, 4704, 0),
        "C3": ((16, 10, 10), 1600, 2416, 241600, 240000),
        "S4": ((16, 5, 5), 400, 0, 1600, 0),
        "C5": ((120, 1, 1), 120, 48120, 48120, 48000),
        "F6": ((84,), 84, 10164, 10164, 10080),
        "OUTPUT": ((10,), 10, 850, 850, 840),
        "total": (None, 8094, 61706, 429342, 416520),
    },
}


@pytest.fixture(scope="module")
def lenet5():
    return load("lenet5")


@pytest.mark.parametrize("layer", LENET5)
def test_lenet5(lenet5, layer):
    row = lenet5[layer]
    found = (row.output, row.neurons, row.params, row.fixed, row.connections, row.macs, row.flops)
    assert found == LENET5[layer]


def test_lenet5_in_all(lenet5):
    assert [row.name for row in lenet5] == list(LENET5)
    assert lenet5.params == 60_000
    assert lenet5.fixed == 840
    assert lenet5.connections == 340_908
    assert lenet5.macs == 326_520
    assert lenet5.flops == 686_012
    assert lenet5.neurons == 8_094
    # what stands beside the products: tanh with its scalings, subsampling, the differences of the RBF units
    assert lenet5.analysis.terms() == {"tanh with its two scalings": 24_252, "subsampling": 7_880, "rbf": 840}


def test_c3_by_hand(lenet5):
    # Table I: six maps see 3, six and three see 4, one sees all 6
    assert (
        6 * (3 * 25 + 1) + 6 * (4 * 25 + 1) + 3 * (4 * 25 + 1) + (6 * 25 + 1) == lenet5["C3"].params == 1516
    )
    node = next(node for node in lenet5.graph.nodes if node.name == "C3")
    assert [len(maps) for maps in node.layer.table] == [3] * 6 + [4] * 9 + [6]
    assert node.layer.table[0] == (0, 1, 2)
    assert node.layer.table[5] == (0, 1, 5)
    assert node.layer.table[14] == (0, 2, 3, 5)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants(name):
    net = load(name)
    for layer, (output, *figures) in VARIANTS[name].items():
        row = net[layer]
        assert [row[q] for q in QUANTITIES] == figures, layer
        assert output is None or row.output == output, layer


def test_the_table_with_a_linear_head():
    # Table I kept, OUTPUT a full connection with a bias: 60,000 + 850
    text = "archcalc: 1\nname: Hybrid\nextends: lenet5\nreplace:\n  OUTPUT: {op: linear, out_features: 10}\n"
    net = load(text)
    assert (net.neurons, net.params, net.connections, net.macs) == (8094, 60850, 340918, 326520)
    assert net.fixed == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(32, 400), st.integers(32, 400))
def test_the_convolutional_form_keeps_its_parameters_at_any_size(high, wide):
    net = load("lenet5-conv", input=(1, high, wide))
    assert (net.params, net.fixed) == (60_000, 840)
    # each of C1, C3, C5 takes 4 off a side, S2 and S4 halve it
    assert net["OUTPUT"].output == (10, *(((side - 4) // 2 - 4) // 2 - 4 for side in (high, wide)))


def test_c5_as_a_full_connection_is_the_same_at_32_and_parts_at_36():
    conv, full = load("lenet5"), load("lenet5-c5-linear")
    quantities = ("neurons", "params", "fixed", "connections", "macs", "flops")
    assert [[row[q] for q in quantities] for row in conv] == [[row[q] for q in quantities] for row in full]
    assert full["C5"].output == (120,)
    conv, full = load("lenet5", input=(1, 36, 36)), load("lenet5-c5-linear", input=(1, 36, 36))
    # 36 -> 32 -> 16 -> 12 -> 6: C5 slides to 2x2 with the weights it has, or is connected to all 16·6·6
    assert (conv["C5"].output, conv["C5"].params) == ((120, 2, 2), 48_120)
    assert (full["C5"].output, full["C5"].params) == ((120,), 120 * (16 * 36 + 1))
    assert full["F6"].params == 10_164
    assert conv["F6"].params == 84 * (120 * 4 + 1)


@pytest.mark.parametrize("name", bundled())
def test_every_bundled_spec_passes_its_check(archcalc, name):
    ran = archcalc("check", name)
    assert (ran.status, ran.err) == (0, ""), ran.out
    assert "✗" not in ran.out
