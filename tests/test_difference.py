"""Two networks side by side: what differs, what it costs, and a saved report as one of them."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

import archcalc as package
from archcalc import alignment, load
from archcalc.difference import Difference
from archcalc.errors import UsageError
from archcalc.quantities import COUNTED
from archcalc.saved import Saved
from archcalc.testing import networks


def changes(left, right):
    return {change.names: change for change in package.diff(left, right).changes}


def test_lenet5_and_its_pytorch_form_differ_where_the_tutorial_differs():
    found = changes("lenet5", "lenet5-pytorch")
    # 2 x 6 and 2 x 16 trained numbers of pooling; 16 x (6 x 25 + 1) − 1516; 10 x 85 instead of 840 fixed
    assert found["S2",].by["params"] == -12
    assert found["S4",].by["params"] == -32
    assert found["C3",].by["params"] == 900
    assert found["OUTPUT",].by == found["OUTPUT",].by | {"params": 850, "fixed": -840, "connections": 10}
    assert found["C1",].what == "lecun_tanh → tanh"  # of one name in a table, and not one function


def test_copies_of_a_block_that_differ_alike_are_one_row():
    (attn,) = (change for names, change in changes("gpt2", "nanogpt").items() if "h.0.attn" in names)
    assert len(attn.names) == 12
    assert attn.by["params"] == -12 * 4 * 768  # biases of queries, keys, values and output
    assert attn.what == "bias: true → false"


def test_layers_of_other_names_are_found_by_op_and_shape():
    found = package.diff("vgg16", "vgg16_bn")
    signs = [change.sign for change in found.changes for _ in change.names]
    # 13 convolutions lose their activation to a row of its own, behind a norm: 2 x 13 are added
    assert (signs.count("~"), signs.count("+"), signs.count("-")) == (13, 26, 0)
    # a scale and a shift for each of 2·64 + 2·128 + 3·256 + 6·512 maps
    assert found.total("params")[2] == 2 * (2 * 64 + 2 * 128 + 3 * 256 + 6 * 512)


def saved(net, called=str):
    """A network as a report had it, its layers under other names."""
    body = json.loads(net.report(format="json"))
    for layer in body["layers"]:
        layer["name"] = called(layer["name"])
    return Saved("lock.json", json.dumps(body))


@settings(max_examples=30)
@given(networks(max_layers=8))
def test_a_network_whose_layers_are_called_otherwise_is_the_same(net):
    found = Difference(net.analysis, saved(net, "other_{}".format))
    assert found.same
    assert found.renamed == len(net.rows)


@settings(max_examples=30)
@given(networks(max_layers=6), networks(max_layers=6))
def test_each_layer_is_paired_once_and_in_order(left, right):
    pairs = Difference(left.analysis, saved(right, "other_{}".format)).pairs
    assert [pair.left.name for pair in pairs if pair.left] == [row.name for row in left.rows]
    assert [pair.right.name for pair in pairs if pair.right] == [f"other_{row.name}" for row in right.rows]


def test_networks_too_large_for_a_table_of_pairs_are_paired_by_runs(monkeypatch):
    monkeypatch.setattr(alignment, "_CELLS", 0)
    found = package.diff("lenet5", "lenet5-keras")
    assert found.changes[0].names == ("C1 → conv1",)
    assert len(found.pairs) == 7


def test_what_is_added_has_the_sign_of_what_is_added():
    found = package.diff("googlenet", "googlenet-aux")
    signs = {change.sign for change in found.changes}
    assert signs == {"", "+"}
    assert sum(change.by["params"] for change in found.changes) == 13_004_888 - 6_624_904
    assert {change.sign for change in package.diff("googlenet-aux", "googlenet").changes} == {"", "-"}


def test_a_network_does_not_differ_from_itself():
    found = package.diff("resnet18", "resnet18")
    assert found.same
    assert found.costs_the_same
    assert "no layer differs" in str(found)


def test_letters_are_refused():
    with pytest.raises(UsageError, match="set the sizes"):
        load("lenet5", symbolic=True).diff(load("lenet5"))


@settings(max_examples=30)
@given(networks(max_layers=6), networks(max_layers=6))
def test_the_rows_add_up_to_the_difference_of_the_totals(left, right):
    found = Difference(left.analysis, right.analysis)
    for quantity in COUNTED:
        a, b, by = found.total(quantity)
        if by is not None and None not in [row[quantity] for row in (*left.rows, *right.rows)]:
            assert sum(change.by[quantity] for change in found.changes) == by == b - a
    names = [name for change in found.changes for name in change.names]
    assert len(names) == len(found.pairs)


# -- on the command line


@pytest.mark.usefixtures("inside")
def test_a_saved_report_is_a_lock(archcalc):
    assert archcalc("report", "lenet5", "-f", "json", "-o", "lock.json").status == 0
    same = archcalc("diff", "lock.json", "lenet5", "--exit-code")
    assert same.status == 0
    assert "no layer differs" in same.out
    other = archcalc("diff", "lock.json", "lenet5-pytorch", "--exit-code")
    assert other.status == 1
    assert "+1,706" in other.out
    assert archcalc("diff", "lock.json", "lenet5-pytorch").status == 0


@pytest.mark.parametrize("name", ["t5-small", "resnet50", "bert-base", "lstm-zaremba"])
@pytest.mark.usefixtures("inside")
def test_a_report_that_was_saved_is_the_same_network(name, archcalc):
    archcalc("report", name, "-f", "json", "-o", "lock.json")
    ran = archcalc("diff", "lock.json", name, "--exit-code")
    assert ran.status == 0
    assert "no layer differs" in ran.out


def test_a_figure_that_changed_is_a_change_though_the_layer_reads_alike(archcalc, inside):
    archcalc("report", "lenet5", "-f", "json", "-o", "lock.json")
    text = (inside / "lock.json").read_text()
    (inside / "lock.json").write_text(text.replace('"params": 156', '"params": 157'))
    assert archcalc("diff", "lock.json", "lenet5", "--exit-code").status == 1


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"name": 1}', '{"name": "a", "layers": [{}], "total": {}}', "[" * 100_000, "{" * 2_000_000,
     '{"name": "a", "layers": 3, "total": {}}', '{"name": null, "layers": [], "total": null}',
     '{"name": "a", "layers": [], "total": {"params": "1", "fixed": 0, "connections": 0, "neurons": 0, "macs": 0, "flops": 0}}'],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_report_is_refused(text, archcalc, inside):
    (inside / "lock.json").write_text(text)
    ran = archcalc("diff", "lock.json", "lenet5")
    assert ran.status == 2
    assert ran.err.splitlines() == [
        "'lock.json' is no report of one network",
        "  why: a saved report has layers and a total",
        "  fix: archcalc report NETWORK -f json -o lock.json",
    ]


def test_json_says_what_changed(archcalc):
    body = json.loads(archcalc("diff", "lenet5", "lenet5-pytorch", "-f", "json").out)
    assert body["same"] is False
    assert (body["left"]["params"], body["right"]["params"]) == (60000, 61706)
    c3 = next(change for change in body["changes"] if change["layers"] == ["C3"])
    assert (c3["change"], c3["params"], c3["connections"]) == ("changed", 900, 90000)


def test_a_fragment_escapes_what_comes_from_a_spec(archcalc, inside):
    name = "<script>alert(1)</script>"
    (inside / "evil.yaml").write_text(
        f"archcalc: 1\nname: {name}\nextends: lenet5\npatch: {{C3: {{table: full}}}}\n"
    )
    out = archcalc("diff", "evil.yaml", "lenet5", "-f", "fragment").out
    assert "<script>" not in out
    root = ElementTree.fromstring(out)
    assert name in root.find("caption").text
    assert len(root.find("tbody")) == 3  # those before C3, C3, those behind it


def test_annotations_stand_at_lines_and_begin_with_words_of_ours(archcalc):
    lines = archcalc("diff", "lenet5", "lenet5-pytorch", "-f", "github").out.splitlines()
    assert all(line.startswith(("::warning file=", "archcalc diff: ")) for line in lines)
    assert (
        "::warning file=lenet5.yaml,line=12,title=C3::~ conv2d 5x5, table, tanh → conv2d 5x5, tanh: +900 params, +90,000 connections, +90,000 MACs"
        in lines
    )


def test_a_change_of_cost_fails_a_build_where_that_is_asked_for(archcalc):
    failed = archcalc("diff", "lenet5", "lenet5-pytorch", "-f", "github", "--exit-code")
    assert failed.status == 1
    assert "::error file=lenet5-pytorch.yaml,line=17,title=OUTPUT::" in failed.out
    same = archcalc("diff", "lenet5", "lenet5", "-f", "github", "--exit-code")
    assert (same.status, "::" in same.out) == (0, False)


def test_a_change_without_a_cost_is_a_notice(archcalc, inside):
    (inside / "b.yaml").write_text(
        "archcalc: 1\nextends: lenet5-d2l\npatch: {fc1: {activation: silu}, fc2: {activation: relu}}\n"
    )
    lines = archcalc("diff", "lenet5-d2l", "b.yaml", "-f", "github").out.splitlines()
    assert lines[0].startswith("::notice file=lenet5-d2l.yaml,")  # silu is what sigmoid is, divided otherwise
    assert lines[0].endswith(",title=fc1::~ linear, sigmoid → linear, silu")
    assert lines[1].startswith("::warning file=lenet5-d2l.yaml,")
    # a comparison for each of 84 units, where there were an exponential, an addition and a division
    assert lines[1].endswith(",title=fc2::~ linear, sigmoid → linear, relu: −168 FLOPs")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["lenet5"], "archcalc diff: the following arguments are required: right"),
        (["lenet5", "lenet6"], "no file and no bundled network is called 'lenet6'"),
        (["lenet5", "lenet5-d2l", "--columns", "parms"], "a difference has no column 'parms'"),
        (
            ["lenet5", "lenet5-d2l", "-f", "xml"],
            "there is no format 'xml'; formats: table, html, markdown, latex, fragment, json, github",
        ),
        (["no.json", "lenet5"], "no file and no bundled network is called 'no.json'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_mistakes_are_told(args, said, archcalc):
    ran = archcalc("diff", *args)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == said
