"""What sizes a network is built at: set, given, left free, changed; and what its windows read of them."""

from __future__ import annotations

import numpy as np
import pytest

import archcalc
from archcalc import Net, layers
from archcalc.errors import ArchcalcError, LayerError, SpecError, UsageError
from archcalc.window import Axis, left_unread

DERIVED = """
archcalc: 1
name: derived
symbols: {H: 28, K: H // 2}
input: [1, H, H]
layers:
  - {name: c, op: conv2d, out_channels: K, kernel_size: 5}
"""


def test_what_follows_from_a_given_input_follows_it():
    given = archcalc.load(DERIVED, input=(1, 30, 30))
    set_ = archcalc.load(DERIVED, sizes={"H": 30})
    assert given["c"].output == set_["c"].output == (15, 26, 26)
    assert given.params == 15 * 26


def test_a_later_size_overrides_an_earlier_one():
    net = archcalc.load("lenet5", sizes={"H": 64})
    assert net.at(input=(1, 36, 36)).input == (1, 36, 36)
    assert archcalc.load("lenet5", input=(1, 64, 64)).at(H=36).input == (1, 36, 64)
    assert archcalc.load(net).input == (1, 64, 32)
    assert archcalc.load(net, sizes={"W": 36}).input == (1, 64, 36)


@pytest.mark.parametrize(
    "how",
    [
        {"input": (1, 64, 64), "sizes": {"H": 32}},
        {"sizes": {"H": 64}, "symbolic": ["H"]},
        {"input": (1, 64, 64), "symbolic": ["H"]},
    ],
)
def test_one_call_cannot_say_two_things(how):
    with pytest.raises(UsageError):
        archcalc.load("lenet5", **how)


def test_no_letter_is_no_symbolic_network():
    net = archcalc.load("lenet5", symbolic=[])
    assert not net.symbolic
    assert net.params == 60_000


def test_numpy_integers_become_ints_that_do_not_wrap():
    side = np.int64(3_000_000_000)
    net = archcalc.load("lenet5", input=(1, side, side))
    assert type(net.macs) is int
    plain = archcalc.load("lenet5", input=(1, int(side), int(side)))
    assert net.macs == plain.macs > 2**63
    assert type(layers.Conv2d(np.int8(120), 5).out_channels) is int


@pytest.mark.parametrize("size", [np.float64(2.5), np.True_, 2.5, True, None, "2x", (1, 2)])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(LayerError):
        layers.Linear(size)


def test_a_size_below_its_range_is_refused_in_every_world():
    with pytest.raises(LayerError):
        layers.Conv2d(np.int64(0), 3)
    with pytest.raises(UsageError):
        archcalc.load("lenet5", sizes={"H": np.array([32, 64])})


def test_letters_carry_the_conditions_of_their_fields():
    text = DERIVED.replace("out_channels: K", "out_channels: K/2 - 4").replace("K: H // 2", "K: 14")
    net = archcalc.load(text, symbolic=["K"])
    from archcalc.notes import conditions

    assert conditions(net.analysis) == ["K ≥ 10", "2 divides K"]


def test_a_spec_of_a_network_has_its_sizes():
    net = archcalc.load("lenet5", sizes={"H": 64})
    again = archcalc.load(net.to_yaml())
    assert again.input == (1, 64, 32)
    assert [row.params for row in again] == [row.params for row in net]
    assert archcalc.load(archcalc.load("lenet5").to_yaml()).check().ok
    with pytest.raises(UsageError):
        archcalc.load("lenet5", symbolic=True).to_yaml()


def test_layers_are_written_as_they_are():
    for layer in (
        layers.Conv2d(1, 3, padding=[[1, 2], [1, 2]]),
        layers.Conv2d(2, 1, table=[[0, 1], [0, 1]]),
        layers.Conv2d(4, [3, 5], stride=[1, 2], groups=2),
        layers.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
    ):
        assert type(layer)(**layer.given()) == layer
        shape = (2, 8, 8)
        net = Net([layer], input=shape)
        assert net.output == archcalc.calc(layer.op, shape, **layer.given()).output
    codes = layers.Rbf(2, codes=["X.", ".X"])
    assert Net([codes], input=(2,)).fixed == 0
    assert layers.Rbf(**codes.given()) == codes


def test_a_spec_read_twice_is_not_shared():
    first = archcalc.load("lenet5")
    first.spec.layers.pop()
    assert len(archcalc.load("lenet5")) == 7


def test_rows_by_name_and_by_place():
    net = archcalc.load("lenet5")
    assert "C3" in net
    assert "flat" in net
    assert "C9" not in net
    assert net[2] == net["C3"]


def test_layers_inserted_after_one_keep_their_order():
    text = (
        "archcalc: 1\nname: v\nextends: lenet5\ninsert:\n"
        "  - {after: F6, name: first, op: dropout}\n  - {after: F6, name: second, op: relu}\n"
    )
    assert [row.name for row in archcalc.load(text)] == [
        "C1",
        "S2",
        "C3",
        "S4",
        "C5",
        "F6",
        "first",
        "second",
        "OUTPUT",
    ]


def test_a_kind_may_be_declared_again_by_the_same_cell():
    from archcalc.layer import Layer
    from archcalc.register import KINDS

    def declare():
        class Same(Layer, op="declared_again"):
            """The same."""

        return Same

    declare()
    assert declare() is KINDS.pop("declared_again")
    with pytest.raises(ArchcalcError, match="there is a kind 'relu' already"):

        class Relu(Layer, op="relu"):
            """Not ours."""


# -- what windows read


def covered(axis: Axis, size: int) -> int:
    """Input cells under some tap, by walking every window."""
    before, after = axis.pads(size)
    cells = [None] * before + list(range(size)) + [None] * after
    read = set()
    start = 0
    while start + axis.span <= len(cells):
        read |= {cells[start + tap] for tap in range(0, axis.span, axis.dilation)}
        start += axis.stride
    return len(read - {None})


@pytest.mark.parametrize("size", range(5, 30))
@pytest.mark.parametrize(
    "axis",
    [
        Axis(7, 2, (3, 3)),
        Axis(3, 2, (1, 1)),
        Axis(3, 2, (0, 1)),
        Axis(2, 2),
        Axis(3, 3, (1, 0)),
        Axis(1, 2),
        Axis(2, 5),
    ],
    ids=str,
)
def test_a_window_leaves_unread_what_no_tap_comes_to(axis, size):
    unread = size - covered(axis, size)
    assert left_unread(axis, size) == unread
    assert bool(axis.leaves_no_gaps(size) and axis.reaches_the_end(size)) is (unread == 0)


def test_the_stem_of_a_residual_network_reads_every_pixel():
    net = Net([layers.Conv2d(64, 7, stride=2, padding=3)], input=(3, 224, 224))
    assert "unread" not in str(net)
    assert "unread" not in str(net.explain("conv2d_1"))
    assert "4 rows and 4 columns" in str(Net([layers.Conv2d(1, 1, stride=2)], input=(1, 9, 9)))


def test_a_problem_with_a_spec_is_still_one_of_the_spec():
    with pytest.raises(SpecError):
        archcalc.load(DERIVED.replace("kernel_size: 5", "kernel_size: 50"))


def test_a_size_of_any_length_is_counted_without_walking_it():
    huge = 10**15
    net = archcalc.load(
        f"archcalc: 1\nname: n\ninput: [1, {huge}, 9]\n"
        "layers:\n  - {name: a, op: max_pool2d, kernel_size: 2, stride: 5}\n"
    )
    # of every five rows the last three are not read: 2/5 of them are
    assert "leaves 600,000,000,000,000 rows and 5 columns unread" in str(net)


def test_rounding_up_fractions_is_the_same_in_letters():
    from archcalc.symbolic import value

    for formula, sizes, expected in (
        ("ceil_div(max(W - 30, 2/3), 7)", {"W": 28}, 1),
        ("ceil_div(2, max(3 - W, 1/2))", {"W": 28}, 4),
        ("ceil_div(W/2, 8)", {"W": 28}, 2),
    ):
        text = (
            "archcalc: 1\nname: n\nsymbols: {W: 28}\ninput: [9]\n"
            f'layers:\n  - {{name: a, op: linear, out_features: "{formula}"}}\n'
        )
        assert archcalc.load(text).output == (expected,)
        assert value(archcalc.load(text, symbolic=["W"]).output[0], sizes) == expected


def test_what_a_letter_cannot_do_is_said():
    text = "archcalc: 1\nname: n\nsymbols: {k: 20}\ninput: [9]\nlayers:\n  - {name: a, op: linear, out_features: F}\n"
    for formula in ("0.5 // k", "(1 < 2)*k", '"ceil_div(k, ceil_div(0, k))"'):
        with pytest.raises(SpecError):
            archcalc.load(text.replace("F}", f"{formula}}}"), symbolic=True)


def test_odd_names_survive_being_written():
    text = 'archcalc: 1\nname: "a\\x85b"\nnote: "-0"\ninput: [9]\nlayers:\n  - {name: a, op: relu}\n'
    again = archcalc.load(archcalc.load(text).to_yaml())
    assert again.name == "a\x85b"
    assert again.spec.note == "-0"
