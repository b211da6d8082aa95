"""Deep networks in few rows: whatever is folded, sorted or left out, the rows add up to the totals."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import archcalc as library
from archcalc.drawing.graph import draw
from archcalc.errors import ArchcalcError
from archcalc.explanation import QUANTITIES
from archcalc.folding import MOST, Choice, Folded, number, view
from archcalc.register import kinds
from archcalc.spec.values import SUMS
from archcalc.spec.write import bare
from archcalc.testing import strategies

TOWER = """
archcalc: 1
name: Tower
symbols: {S: 32}
input: [3, S, S]
blocks:
  unit:
    args: {out: required, k: 3}
    layers:
      - {name: conv, op: conv2d, out_channels: out, kernel_size: k, padding: k // 2, bias: false}
      - {name: act, op: relu}
  basic:
    args: {out: required}
    layers:
      - {name: a, block: unit, with: {out: out}}
      - {name: b, block: unit, with: {out: out}}
      - {name: short, block: unit, from: input, with: {out: out, k: 1}}
      - {name: sum, op: add, from: [b, short]}
layers:
  - {name: stem, block: unit, with: {out: 4}}
  - {name: one, block: basic, with: {out: 4}, repeat: 3}
  - {name: two, block: basic, with: {out: 8}, repeat: 3}
  - {name: tail, op: conv2d, out_channels: 8, kernel_size: 3, padding: 1, repeat: 4}
  - {name: pool, op: global_avg_pool2d}
  - {name: fc, op: linear, out_features: 10}
"""
TEXT = """
archcalc: 1
name: Text
symbols: {T: 12, d: 8, L: 3}
inputs: {tokens: {shape: [T], dtype: int}, segments: {shape: [T], dtype: int}}
blocks:
  encoder:
    layers:
      - {name: attn, op: attention, num_heads: 2}
      - {name: res, op: add, from: [input, attn]}
      - {name: up, op: linear, out_features: 4*d, activation: gelu}
      - {name: down, op: linear, out_features: d}
layers:
  - {name: tok, op: embedding, num_embeddings: 50, embedding_dim: d, from: tokens}
  - {name: seg, op: embedding, num_embeddings: 2, embedding_dim: d, from: segments}
  - {name: sum, op: add, from: [tok, seg]}
  - {name: enc, block: encoder, repeat: L}
  - {name: head, op: linear, out_features: 50, tie: {weight: tok.weight}}
  - {name: aux, op: linear, out_features: 2, from: enc}
outputs: [head, aux]
"""
PARTLY = """
archcalc: 1
name: Partly
input: [3, 8, 8]
layers:
  - {name: conv, op: conv2d, out_channels: 4, kernel_size: 3}
  - {name: head, op: opaque, num_params: 4, num_macs: 100}
"""


@pytest.fixture(scope="module")
def tower():
    return library.load(TOWER)


@pytest.fixture(scope="module")
def text():
    return library.load(TEXT)


@pytest.mark.parametrize("source", [TOWER, TEXT], ids=["tower", "text"])
@given(
    depth=st.sampled_from([None, "all", 1, 2, 3, 9]),
    only=st.sampled_from(["", "enc", "enc.1", "one", "one.0.a", "fc", "head"]),
    sort=st.sampled_from(["", *SUMS]),
    top=st.sampled_from([None, 1, 3, 1000]),
    few=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_chosen_the_rows_add_up_to_the_totals(source, depth, only, sort, top, few):
    net = library.load(source).analysis
    if only and not any(row.name == only or row.name.startswith(f"{only}.") for row in net.rows):
        only = ""
    shown = view(net, Choice(depth, only, sort, top), few=few)
    every = [*shown.rows, *([shown.others] if shown.others else [])]
    for quantity in SUMS:
        assert sum(row[quantity] or 0 for row in every) == (net.total[quantity] or 0)
    held = sum(len(row.rows) if isinstance(row, Folded) else 1 for row in shown.rows)
    if top is None:
        assert held + (number(shown.others) if shown.others else 0) == len(net.rows)
    if sort:
        figures = [row[sort] or 0 for row in shown.rows]
        assert figures == sorted(figures, reverse=True)


def test_a_folded_row_is_its_block_with_its_copies(tower):
    rows = {row.name: row for row in view(tower.analysis, Choice(1)).rows}
    assert list(rows) == ["stem", "one", "two", "tail", "pool", "fc"]
    assert (rows["one"].op, rows["one"].copies, repr(rows["one"].output)) == ("basic", 3, "4@32x32")
    assert (rows["tail"].op, rows["tail"].copies) == ("conv2d 3x3 pad 1", 4)
    cells = re.findall(r"^ (\w+) +(.+?) {2,}", str(tower.report(depth=1)), re.MULTILINE)
    assert ("one", "basic x 3") in cells
    assert ("tail", "conv2d 3x3 pad 1 x 4") in cells
    assert ("stem", "unit") in cells


def test_a_long_table_is_folded_as_little_as_keeps_it_short_and_says_so(tower):
    assert len(tower.rows) > MOST
    shown = view(tower.analysis, few=True)
    assert shown.depth == 3
    assert len(shown.rows) <= MOST < len(view(tower.analysis, Choice(4)).rows)
    table = str(tower.report())
    assert "50 layers, input 3@32x32, blocks folded to depth 3" in table
    assert table.rstrip().endswith("unfold: --depth all, --only one.0.a")
    assert str(tower.report(depth=1)).rstrip().endswith("unfold: --depth 2, --only one")
    assert "folded" not in str(tower.report(depth="all"))
    assert "folded" not in str(library.load("lenet5").report())


def test_file_formats_have_every_row_unless_asked(tower):
    rows = list(csv.reader(io.StringIO(tower.report(format="csv"))))
    assert len(rows) == len(tower.rows) + 2
    assert len(list(csv.reader(io.StringIO(tower.report(format="csv", depth=1))))) == 8
    found = json.loads(tower.report(format="json", depth=1, sort="macs", top=2))
    assert [row["name"] for row in found["layers"]] == ["two", "tail"]
    assert found["layers"][0] | {"op": "basic", "copies": 3, "layers": 21} == found["layers"][0]
    assert found["others"]["layers"] == 4
    macs = [row["macs"] for row in found["layers"]]
    assert sum(macs) + found["others"]["macs"] == found["total"]["macs"]


def test_what_stands_under_a_path(tower):
    table = str(tower.report(only="two.1"))
    assert "7 of 50 layers, under two.1" in table
    shown = view(tower.analysis, Choice(only="two.1"))
    assert shown.part.params == sum(row.params for row in shown.rows)
    assert number(shown.outside) == 43


def test_a_depth_counts_from_the_block_that_is_chosen(tower):
    def names(depth, only):
        return [row.name for row in view(tower.analysis, Choice(depth, only=only)).rows]

    assert names(1, "two.1") == ["two.1.a", "two.1.b", "two.1.short", "two.1.sum"]
    assert names(2, "two.1") == names("all", "two.1")
    assert names(1, "two") == ["two.0", "two.1", "two.2"]
    table = str(tower.report(depth=1, only="two"))
    assert "blocks folded to depth 1" in table
    assert table.rstrip().endswith("unfold: --depth 2, --only two.0")
    assert str(tower.report(depth=2, only="two")).rstrip().endswith("unfold: --depth all, --only two.0.a")


def test_terms_that_are_alike_are_one(tower):
    # a copy of `one` has 2 windows of 3x3 and one of 1x1, each from 4 maps to 4
    assert str(tower.explain("one", "params")) == "3·304  =  912"
    assert str(tower.explain("one.0", "params")) == "2·144 + 16  =  304"
    assert str(tower.explain("two", "params")) == "896 + 2·1,216  =  3,328"


def test_a_projection_beside_a_path_that_reads_everything_is_no_reason_to_beware():
    assert "unread" not in str(library.load("resnet18").report())
    assert "unread" in str(library.load("resnet50-v1").report())  # both paths step over every other cell
    assert "unread" in str(library.load(ALONE).report())


ALONE = """
archcalc: 1
name: Alone
input: [3, 8, 8]
layers:
  - {name: conv, op: conv2d, out_channels: 4, kernel_size: 1, stride: 2}
"""


def test_the_dearest_layers(tower):
    lines = str(tower.report(top=3)).splitlines()
    body = [line for line in lines if "█" in line]
    assert [line.split()[0] for line in body[:3]] == ["two.0.b.conv", "two.1.a.conv", "two.1.b.conv"]
    assert body[3].split()[:2] == ["47", "others"]
    shares = [float(re.search(r"([\d.]+)%", line)[1]) for line in body]
    assert sum(shares) == pytest.approx(100, abs=0.2)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"only": "twoo"}, "no layer or block 'twoo'"),
        ({"depth": 0}, "depth takes a whole number from 1, or all"),
        ({"depth": True}, "depth takes"),
        ({"top": 0}, "top takes a whole number from 1"),
        ({"sort": "mac"}, "no figure 'mac' to sort by"),
    ],
)
def test_what_cannot_be_chosen_is_said(tower, asked, says):
    with pytest.raises(ArchcalcError, match=re.escape(says)):
        tower.report(**asked)


def test_the_commands_say_the_same(archcalc, inside):
    (inside / "tower.yaml").write_text(TOWER)
    ran = archcalc("report", "tower.yaml", "--only", "towo")
    assert (ran.status, "two" in ran.err) == (2, True)
    assert (
        "--depth takes a whole number from 1, or all, not '0'"
        in archcalc("report", "tower.yaml", "--depth", "0").err
    )
    assert "--top takes a whole number from 1, not 'x'" in archcalc("report", "tower.yaml", "--top", "x").err
    assert archcalc("report", "tower.yaml", "lenet5", "--depth", "1").status == 2
    assert "one" in archcalc("draw", "tower.yaml", "--depth", "1").out


def test_several_inputs_and_outputs_are_named(text):
    table = str(text.report())
    assert "inputs tokens 12, segments 12, outputs head 12 x 50, aux 12 x 2" in table
    found = json.loads(text.report(format="json"))
    assert found["inputs"] == {"tokens": [12], "segments": [12]}
    assert found["outputs"] == {"head": [12, 50], "aux": [12, 2]}
    assert "input" not in found
    assert found["layers"][2]["inputs"] == [[12, 8], [12, 8]]


def test_connections_that_are_not_defined_are_left_out_and_named(text):
    table = str(text.report(["connections"]))
    assert re.search(r"enc\.0\.attn +attention +-$", table, re.MULTILINE)
    assert "connections leave out attention (3 layers), where they are not defined." in " ".join(
        table.split()
    )
    rows = list(csv.DictReader(io.StringIO(text.report(["connections"], "csv"))))
    assert [row["connections"] for row in rows if row["op"] == "attention"] == [""] * 3
    assert json.loads(text.report(format="json"))["layers"][3]["connections"] is None


def test_what_is_not_defined_is_neither_right_nor_wrong(text):
    lines = str(text.verify().page()).splitlines()
    row = next(line for line in lines if line.startswith(" enc.0.attn "))
    assert row.count("✓") == 2
    assert " - " in row


def test_a_repeat_by_a_letter_is_marked():
    net = library.load(TEXT, symbolic=["L", "T"])
    cells = re.findall(r"^ ([\w.]+) +(.+?) {2,}", str(net.report()), re.MULTILINE)
    assert ("enc.attn", "attention x L") in cells
    assert ("enc.up", "linear, gelu x L") in cells
    assert ("enc", "encoder x L") in re.findall(
        r"^ ([\w.]+) +(.+?) {2,}", str(net.report(depth=1)), re.MULTILINE
    )
    found = json.loads(net.report(format="json"))
    assert [row.get("times") for row in found["layers"]] == [None] * 3 + ["L"] * 4 + [None] * 2
    with pytest.raises(ArchcalcError, match="depends on the sizes"):
        net.report(sort="macs")
    with pytest.raises(ArchcalcError, match="depend on the sizes"):
        net.report(["share"])


def test_a_tied_tensor_says_whose_it_is(text):
    assert re.search(r"^ head +linear, weight of tok +12 x 50 +50 ", str(text.report()), re.MULTILINE)
    assert "weight is that of tok, counted there" in str(text.explain("head").page())


def test_figures_declared_by_hand_are_marked_in_every_view():
    net = library.load(PARTLY)
    assert net.params == 116
    assert net.macs == 3988
    said = "! 96.5 % of the parameters and 97.4 % of the MACs are derived, the rest declared by hand: head."
    for shown in (str(net), net._repr_html_()):
        assert "opaque, declared !" in shown
    assert said in " ".join(str(net).split())
    assert "opaque, declared !" in net.report(format="markdown")
    assert "opaque, declared !" in net.report(format="csv")
    assert "opaque, declared !" in net.draw().dot
    found = json.loads(net.report(format="json"))
    assert [row.get("declared") for row in found["layers"]] == [None, True]
    assert any("declared by hand: head" in note for note in found["notes"])


def test_large_columns_are_in_millions_on_a_terminal_only():
    net = library.load(TOWER, sizes={"S": 512})
    wide, exact = str(net.report(depth=1, width=120)), str(net.report(depth=1, width=160, exact=True))
    assert "MACs, M" in wide
    assert f"exactly {net.connections:,} connections, {net.macs:,} MACs, {net.flops:,} FLOPs" in wide
    for page in (exact, str(net.report(depth=1))):
        assert "MACs, M" not in page
        assert re.search(rf"^ total .*{net.macs:,}", page, re.MULTILINE)
    assert "GMACs; FLOPs" in exact


def test_bars_are_drawn_where_a_stream_has_no_blocks(tower):
    from archcalc.cli.out import spell

    assert "?" not in spell(str(tower.report(top=3)), "ascii")
    assert "####" in spell(str(tower.report(top=3)), "ascii")


@pytest.mark.parametrize("width", [100, 70, 40])
@pytest.mark.parametrize("asked", [{}, {"depth": 1}, {"top": 4}, {"only": "one.0"}, {"depth": "all"}])
def test_nothing_is_wider_than_the_terminal(tower, width, asked):
    for line in str(tower.report(width=width, **asked)).splitlines():
        assert len(line) <= width


def test_a_diagram_shows_branches_and_both_ends(text):
    dot = draw(text.analysis, depth=1).dot
    assert re.findall(r'^\t"?([\w ]*\w)"? -> "?([\w ]*\w)"?', dot, re.MULTILINE) == [
        ("input tokens", "tok"),
        ("input segments", "seg"),
        ("tok", "sum"),
        ("seg", "sum"),
        ("sum", "enc"),
        ("enc", "head"),
        ("enc", "aux"),
        ("head", "output head"),
        ("aux", "output aux"),
    ]
    assert "<svg" in draw(text.analysis).svg


def test_a_block_is_explained_by_what_it_is_the_sum_of(tower):
    page = str(tower.explain("one").page())
    assert "Σ over one.0, one.1 and one.2" in page
    assert f"=  {tower['one'].params:,}" in page
    inner = str(tower.explain("one.0").page())
    assert "Σ over a.conv, b.conv and short.conv" in inner
    assert str(tower.explain("one", "params")).endswith(f"=  {tower['one'].params:,}")


def test_params_of_every_node_of_a_row_are_explained():
    net = library.load(
        {
            "archcalc": 1,
            "name": "n",
            "input": [3, 8, 8],
            "layers": [
                {
                    "name": "c",
                    "op": "conv2d",
                    "out_channels": 4,
                    "kernel_size": 3,
                    "activation": {"op": "prelu", "num_parameters": 4},
                }
            ],
        }
    )
    assert net["c"].params == 4 * (3 * 9 + 1) + 4
    assert str(net.explain("c", "params")) == "4·(3·3·3 + 1) + 4  =  116"


@pytest.mark.parametrize("op", sorted(kind.op for kind in kinds()))
@given(data=st.data())
@settings(
    max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_every_kind_is_explained_in_every_quantity(op, data):
    layer, *xs = data.draw(strategies.layer_and_inputs(op))
    assume(all(rule.holds is True for rule in layer.requires(*xs)))
    fields = {key: bare(value) for key, value in layer.given().items()}
    found = library.calc(op, *(dict(x.named()) for x in xs), **fields)
    row = found.net.rows[0]
    page = str(found.page())
    assert page.count("output") >= 1
    for quantity in QUANTITIES:
        shown = str(found.net.explain("layer", quantity))
        if quantity in SUMS and row[quantity]:
            assert shown.endswith(f"{row[quantity]:,}"), quantity


UNKNOWN = """archcalc: 1
name: part of it
input: [16]
layers:
  - {name: a, op: linear, out_features: 32}
  - {name: odd, op: opaque, num_params: 7, output_shape: [17]}
  - {name: b, op: linear, out_features: 10}
"""


def test_work_that_nobody_declared_is_unknown_and_not_nothing(archcalc, inside):
    (inside / "part.yaml").write_text(UNKNOWN)
    net = library.load("part.yaml")
    assert (net["odd"].params, net["odd"].macs, net["odd"].flops) == (7, None, None)
    assert (net.params, net.macs) == (16 * 32 + 32 + 7 + 17 * 10 + 10, 16 * 32 + 170)
    shown = archcalc("report", "part.yaml").out
    assert "opaque, work unknown !" in shown
    assert "! MACs and FLOPs leave out odd, whose work is unknown: there are at least these." in " ".join(
        shown.split()
    )
    claim = archcalc("check", "part.yaml", "odd.macs = 0")
    assert (claim.status, claim.err) == (2, "claim 'odd.macs = 0': the layer has no such figure\n")


@pytest.mark.parametrize("args", [
    ["report", "--sort", "macs"], ["report", "--sort", "macs", "--top", "1"], ["report", "--convention", "fvcore"],
    ["report", "--convention", "all"], ["report", "-f", "json"], ["report", "-f", "csv"], ["report", "--train", "adam"],
    ["report", "--dtype", "int8"], ["explain"], ["draw", "-o", "a.svg"], ["report", "-f", "latex"],
    ["report", "--columns", "share,macs"], ["formula", "macs"], ["sweep", "--set", "C=16:32:16"],
])  # fmt: skip
def test_every_view_takes_a_layer_whose_work_is_unknown(args, archcalc, inside):
    (inside / "part.yaml").write_text(UNKNOWN)
    ran = archcalc(args[0], "part.yaml", *args[1:])
    assert "a bug in archcalc" not in ran.err
