"""The spec language: what YAML means, how specs extend one another, and that nothing is lost on the way back."""

from __future__ import annotations

import pytest

import archcalc as library
from archcalc import Net, layers, load
from archcalc.errors import SpecError, UsageError
from archcalc.spec import bundled, parse
from archcalc.spec.node import Document

HEAD = "archcalc: 1\nname: Small\ninput: [1, 28, 28]\n"


def net(layer_lines: str, head: str = HEAD):
    return load(f"{head}layers:\n{layer_lines}\n")


def conv(**fields):
    given = {"out_channels": "6", "kernel_size": "5"} | {k: str(v) for k, v in fields.items()}
    return "  - {name: C1, op: conv2d, " + ", ".join(f"{k}: {v}" for k, v in given.items()) + "}"


# -- YAML 1.2's core types


@pytest.mark.parametrize(
    ("written", "maps"),
    [
        ("6", 6),
        ("012", 12),
        ("0o12", None),
        ("1e1", 10),
        ("+6", 6),
        ("'6'", 6),
        ("6.0", 6),
        ("2*3", 6),
        ("1_0", None),
    ],
)
def test_numbers(written, maps):
    if maps is None:
        with pytest.raises(SpecError):
            net(conv(out_channels=written))
    else:
        assert net(conv(out_channels=written)).output[0] == maps


@pytest.mark.parametrize("word", ["no", "on", "off", "yes", "null", "~", "2001-01-01", "1:30"])
def test_words_that_yaml_1_1_turned_into_something_else_are_text(word):
    spec = parse(
        Document("x", f"archcalc: 1\nname: {word}\ninput: [1]\nlayers:\n  - {{name: {'a'}, op: relu}}\n")
    )
    assert spec.name == word


@pytest.mark.parametrize("word", ["no", "on", "y", "null", "012", "1e9", "true"])
def test_a_layer_may_be_called_what_yaml_1_1_would_have_changed(word):
    assert net(f"  - {{name: {word}, op: flatten}}")[word].name == word


def test_true_and_false():
    assert net(conv(bias="true")).params == 6 * (25 + 1)
    assert net(conv(bias="false")).params == 6 * 25


# -- positions


def test_every_key_and_value_knows_its_place():
    text = "archcalc: 1\nname: Small\ninput: [1, 28, 28]\nlayers:\n  - name: C1\n    op: conv2d\n    out_channels: 6\n"
    text += '    kernel_size: "5"\n'
    (layer,) = parse(Document("here.yaml", text)).layers
    key, value = layer.fields["kernel_size"]
    assert str(layer.at.place) == "here.yaml:5:5"
    assert str(key.place) == "here.yaml:8:5"
    assert (str(value.place), value.place.width) == ("here.yaml:8:18", 3)
    assert value.place.text == '    kernel_size: "5"'


# -- symbols and axes


def test_symbols_name_sizes_and_later_ones_read_earlier_ones():
    head = (
        'archcalc: 1\nname: S\nsymbols: {width: 1/2, C: "round_to(width*64, 8)", H: 28}\ninput: [1, H, H]\n'
    )
    assert net(conv(out_channels="C"), head).output == (32, 24, 24)


def test_a_symbol_may_be_a_fraction_where_a_size_comes_out_whole():
    head = "archcalc: 1\nname: S\nsymbols: {width: 0.25, H: 28}\ninput: [1, H, H]\n"
    assert net(conv(out_channels="24*width"), head).output[0] == 6


def test_expressions_read_axes_of_the_input_and_of_layers_above():
    lines = conv(out_channels="input.H // 4", padding="input.W - 26") + "\n"
    lines += "  - {name: C2, op: conv2d, out_channels: 2*C1.C, kernel_size: C1.H}"
    # C1: 28 // 4 = 7 maps of 28 - 5 + 2*2 + 1 = 28; C2: 14 maps, a window as high as C1
    assert net(lines).output == (14, 1, 1)


def test_quotes_never_change_a_meaning():
    assert net(conv(out_channels='"6"', kernel_size="'5'")).rows == net(conv()).rows


def test_set_input_and_defaults():
    assert load("lenet5", sizes={"H": 64, "W": 36})["C5"].output == (120, 9, 2)
    assert load("lenet5", input=(1, 64, 36))["C5"].output == (120, 9, 2)
    assert load("lenet5", input=(3, 32, 32))["C1"].params == 6 * (3 * 25 + 1)


# -- extends


BASE = """\
archcalc: 1
name: Base
symbols: {H: 28}
input: [1, H, H]
cite:
  a: {authors: A, year: 2000}
layers:
  - {name: C1, op: conv2d, out_channels: 6, kernel_size: 5, activation: tanh}
  - {name: P2, op: max_pool2d, kernel_size: 2}
  - {name: flat, op: flatten}
  - {name: F3, op: linear, out_features: 10}
"""


@pytest.fixture
def variant(inside):
    (inside / "base.yaml").write_text(BASE)

    def build(text: str):
        (inside / "variant.yaml").write_text(f"archcalc: 1\nname: Variant\nextends: base.yaml\n{text}")
        return load("variant.yaml")

    return build


def names(net):
    return [node.name for node in net.graph.nodes if ":" not in node.name]


def test_a_variant_without_changes_is_its_base(variant):
    assert variant("").rows == load("base.yaml").rows


def test_patch_changes_the_fields_that_it_names_and_no_other(variant):
    net = variant("patch:\n  C1: {out_channels: 8, activation: relu}\n")
    assert net["C1"].output == (8, 24, 24)
    assert net["C1"].op == "conv2d 5x5, relu"


def test_remove(variant):
    net = variant("remove: [P2]\n")
    assert names(net) == ["C1", "flat", "F3"]
    assert net["F3"].params == 10 * (6 * 24 * 24 + 1)


def test_replace_keeps_the_place_and_the_name(variant):
    net = variant("replace:\n  P2: {op: avg_pool2d, kernel_size: 3}\n")
    assert names(net) == ["C1", "P2", "flat", "F3"]
    assert net["P2"].output == (6, 8, 8)


def test_insert_before_after_and_at_the_very_start(variant):
    lines = "insert:\n  - {after: F3, name: last, op: softmax}\n  - {before: C1, name: first, op: max_pool2d, kernel_size: 2}\n"
    lines += "  - {after: input, name: zeroth, op: relu}\n"
    assert names(variant(lines)) == ["zeroth", "first", "C1", "P2", "flat", "F3", "last"]


def test_a_variant_may_have_its_own_input_symbols_and_sources(variant):
    net = variant("symbols: {H: 32, k: 3}\npatch:\n  C1: {kernel_size: k}\n")
    assert net.input == (1, 32, 32)
    assert net["C1"].op.startswith("conv2d 3x3")
    assert variant("input: [3, 40, 40]\nsymbols: {H: 40}\npatch: {C1: {kernel_size: H // 8}}\n").input == (
        3,
        40,
        40,
    )


def test_a_base_beside_the_file_is_found_from_any_folder(variant, inside, monkeypatch):
    variant("")
    (inside / "elsewhere").mkdir()
    monkeypatch.chdir(inside / "elsewhere")
    assert load("../variant.yaml").params == load("../base.yaml").params


def test_figures_of_the_base_are_not_those_of_the_variant(inside):
    (inside / "base.yaml").write_text(BASE + "expect:\n  - {at: C1, params: 156}\n")
    (inside / "v.yaml").write_text(
        "archcalc: 1\nname: V\nextends: base.yaml\npatch: {C1: {out_channels: 8}}\n"
    )
    assert load("base.yaml").check().count("agrees") == 1
    assert len(load("v.yaml").check()) == 0


# -- the way back


@pytest.mark.parametrize("name", bundled())
def test_written_out_a_network_is_the_same(name):
    net = load(name)
    again = load(net.to_yaml())
    assert again.rows == net.rows
    assert again.name == net.name
    assert [v[:3] for v in again.check()] == [v[:3] for v in net.check()]
    assert again.to_yaml() == net.to_yaml()


def test_written_out_a_variant_stands_alone(variant):
    text = variant(
        "patch:\n  C1: {bias: false}\ninsert:\n  - {after: C1, name: d, op: dropout, p: 1/3}\n"
    ).to_yaml()
    assert "extends" not in text
    assert load(text)["C1"].params == 150


def test_a_dict_is_a_spec_too():
    content = {
        "archcalc": 1,
        "name": "Small",
        "input": [1, 28, 28],
        "layers": [
            {"name": "C1", "op": "conv2d", "out_channels": 6, "kernel_size": [5, 3], "bias": False},
            {"name": "flat", "op": "flatten"},
            {"name": "F2", "op": "linear", "out_features": 10, "activation": {"op": "tanh", "slope": "2/3"}},
        ],
    }
    net = load(content)
    assert net["C1"].output == (6, 24, 26)
    assert net["C1"].params == 6 * 15
    assert load(net.to_yaml()).rows == net.rows


def test_layers_as_objects_are_a_network_and_a_spec():
    net = Net(
        [layers.Conv2d(6, 5), layers.Flatten(), ("head", layers.Linear(10))], input=(1, 28, 28), name="Mine"
    )
    assert [row.name for row in net] == ["conv2d_1", "head"]
    assert net.params == 6 * 26 + 10 * (6 * 24 * 24 + 1)
    assert load(net.to_yaml()).rows == net.rows
    assert load([layers.Linear(10)], input=(4,)).params == 50


def test_a_list_needs_an_input_and_a_number_is_no_network():
    with pytest.raises(UsageError, match="needs input="):
        load([layers.Linear(10)])
    with pytest.raises(UsageError, match="not int"):
        load(5)


@pytest.mark.parametrize("value", [object(), {1, 2}, 1 + 2j])
def test_a_dict_that_no_spec_can_hold_is_refused(value):
    with pytest.raises(library.ArchcalcError):
        load(
            {
                "archcalc": 1,
                "name": "x",
                "input": [1],
                "layers": [{"name": "a", "op": "linear", "out_features": value}],
            }
        )
