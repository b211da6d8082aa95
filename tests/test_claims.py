"""The claims files: they extend, cite and expect, and nothing else; their gaps are gaps."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import archcalc as package
from archcalc import load, receptive
from archcalc.cli import COMMANDS
from archcalc.errors import FOREIGN, SpecError, UsageError, likely
from archcalc.register import kinds
from archcalc.spec import bundled, find
from archcalc.spec.figures import FigureError, figure
from archcalc.spec.node import Document, read

KINDS = {kind.op: kind for kind in kinds()}
CLAIMS = [name for name in bundled() if name.startswith("claims/")]
SPECS = Path(find("lenet5").path).parent


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claims_file_only_extends_cites_and_expects(name):
    top, problems = read(Document(name, find(name).text))
    assert problems == []
    keys = [key for key, _, _ in top.pairs()]
    assert set(keys) <= {"archcalc", "name", "extends", "cite", "expect", "note", "symbols", "input"}
    assert keys[:3] == ["archcalc", "name", "extends"]
    assert {"cite", "expect"} <= set(keys)


@pytest.mark.parametrize("name", CLAIMS)
def test_it_claims_something_and_every_figure_has_its_source(name):
    found = load(name).check()
    assert len(found) > 0
    for verdict in found:
        assert verdict.source is not None, f"{verdict.place} has no source"


@pytest.mark.parametrize("name", bundled())
def test_a_known_gap_really_disagrees_and_says_why(name):
    for verdict in load(name).check():
        if verdict.known_gap:
            assert verdict.status == "gap", f"{verdict.place}: it agrees now"
            assert not verdict.figure.holds(verdict.computed)
            assert len(verdict.known_gap.split()) >= 4, "a reason is a sentence"


@pytest.mark.parametrize("name", bundled())
def test_a_figure_is_not_claimed_twice_from_one_source(name):
    seen = set()
    for verdict in load(name).check():
        key = (
            verdict.at,
            verdict.quantity,
            verdict.figure.text,
            verdict.source,
            tuple(verdict.sizes.items()),
        )
        assert key not in seen, f"{verdict.place} repeats {key[:3]}"
        seen.add(key)


def test_the_claims_hold_both_kinds_so_that_these_tests_test():
    statuses = {verdict.status for name in CLAIMS for verdict in load(name).check()}
    assert statuses == {"agrees", "gap"}


def test_every_file_of_the_folder_is_found_by_name():
    assert {path.stem for path in (SPECS / "claims").glob("*.yaml")} == {
        n.removeprefix("claims/") for n in CLAIMS
    }


# -- figures and claims of one's own


@pytest.mark.parametrize(
    "text", ["²", "６", "1²", "9" * 50, "9" * 5000 + "x3", "<= ²", "1e²", "", "[6]", "1.5.2"]
)
def test_what_is_no_figure_is_a_sentence_and_not_one_of_pythons(text):
    with pytest.raises(FigureError) as caught:
        figure(text)
    assert "is no figure" in str(caught.value) or "characters" in str(caught.value)


@pytest.mark.parametrize(("text", "relation"), [("≤ 60k", "<="), ("≥60000", ">="), ("== 3", "=")])
def test_relations_as_they_are_written_elsewhere(text, relation):
    assert figure(text).relation == relation
    assert load("lenet5").check(f"params {text}")[0].figure.relation == relation


@pytest.mark.parametrize("claim", ["connections<=5", "params=60000", "C1.output=6x28x28"])
def test_a_claim_on_formulas_is_refused_with_a_sentence(claim):
    with pytest.raises(UsageError, match="is a formula while sizes are letters"):
        load("lenet5", symbolic=True).check(claim)


@pytest.mark.parametrize(
    ("claim", "off"),
    [
        ("params=61706", "the claim is 1,706 too high"),
        ("params=59999", "the claim is 1 too low"),
        ("macs <= 1k", "the claim is 325,520 too low"),
        ("params=60000", ""),
        ("C1.output=6x24x24", ""),
    ],
)
def test_a_verdict_says_how_far_the_claim_is_off(claim, off):
    assert load("lenet5").check(claim)[0].off == off


def test_receptive_fields_are_found_once_in_a_check(monkeypatch):
    calls = []
    found = receptive.fields
    monkeypatch.setattr(receptive, "fields", lambda graph: calls.append(1) or found(graph))
    load("lenet5").check(*(f"{at}.receptive_field=5x5" for at in ("C1", "S2", "C3", "S4")))
    assert len(calls) == 1


SMALL = "archcalc: 1\nname: a|b\ninput: [1, 28, 28]\nlayers:\n  - {name: C1, op: conv2d, out_channels: 6, kernel_size: 5}\n"
EXPECT = "expect:\n  - {at: C1, params: 157}\n"


@pytest.fixture
def two(inside):
    """A spec that is wrong, and one with `=` in its name whose figure fails."""
    (inside / "wrong.yaml").write_text(SMALL.replace("kernel", "kernal"))
    (inside / "a=1.yaml").write_text(SMALL + EXPECT)
    return "wrong.yaml", "a=1.yaml"


def test_a_wrong_spec_is_annotated_and_the_others_are_checked(archcalc, two):
    ran = archcalc("check", *two, "-f", "github")
    assert (ran.status, ran.err) == (2, "")
    first, second, *_ = ran.out.splitlines()
    assert first.startswith(
        "::error file=wrong.yaml,line=5,col=45::layer C1: conv2d has no field 'kernal_size'"
    )
    assert second.startswith("::error file=a=1.yaml,line=7,col=14,title=C1 params::claimed 157, computed 156")


def test_a_wrong_spec_is_json(archcalc, two):
    ran = archcalc("check", *two, "-f", "json")
    found = json.loads(ran.out)
    assert (ran.status, ran.err, found["schema"], found["ok"]) == (2, "", 1, False)
    assert [(e["file"], e["line"], e["column"]) for e in found["errors"]] == [("wrong.yaml", 5, 45)]
    assert [net["ok"] for net in found["networks"]] == [False]
    assert "networks" not in json.loads(archcalc("check", two[0], "-f", "json").out)


def test_a_wrong_spec_is_an_error_in_junit(archcalc, two):
    ran = archcalc("check", *two, "-f", "junit")
    root = ElementTree.fromstring(ran.out)
    assert (ran.status, ran.err) == (2, "")
    assert root.attrib == {"tests": "2", "failures": "1", "skipped": "0", "errors": "1"}
    assert [e.get("message") for e in root.iter("error")] == ["conv2d has no field 'kernal_size'"]


def test_a_wrong_spec_keeps_no_other_from_being_checked(archcalc, two):
    ran = archcalc("check", *two)
    assert ran.status == 2
    assert "computed 156" in ran.out
    assert "wrong.yaml:5:45" in ran.err


def test_a_check_as_markdown(archcalc, two):
    ran = archcalc("check", two[1], "-f", "markdown")
    assert ran.status == 1
    assert "### a\\|b\n" in ran.out
    assert "| C1  | params   |     157 |      156 | ✗ fails | the claim is 1 too high |" in ran.out


# -- what is a misspelling


@pytest.mark.parametrize(
    "word", ["gelu", "elu", "selu", "silu", "conv3d", "import", "export", "solve", "diff"]
)
def test_a_name_of_something_else_is_no_misspelling(word):
    assert likely(word, KINDS.keys() - {word}) == likely(word, COMMANDS.keys() - {word}) == ""


@pytest.mark.parametrize(
    ("word", "meant"),
    [("conv2", "conv2d"), ("lienar", "linear"), ("flaten", "flatten"), ("tahn", "tanh"), ("rleu", "relu")],
)
def test_a_misspelling_is_mended(word, meant):
    assert likely(word, KINDS) == meant


@pytest.mark.parametrize(("word", "meant"), [("kernal_size", "kernel_size"), ("out_chanels", "out_channels")])
def test_a_misspelt_field_is_mended(word, meant):
    assert KINDS["conv2d"].meant(word) == meant


def test_a_name_of_ours_is_found_although_others_have_it_too():
    for word in FOREIGN:
        assert likely(word.upper(), [word]) == word


# -- calc


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["linear", "16x5x5", "out_features=120"], "fix: archcalc calc linear 400 out_features=120"),
        (["conv2d", "3x8x8", "64", "7"], "fix: out_channels=64 kernel_size=7"),
        (["conv2d", "3x8x8", "stride=1", "stride=2"], "'stride' is given twice"),
        (["conv2d", "3x8x8", "activation=relu"], "calc takes one layer"),
        (["conv2d", "3x8x8", "op=relu"], "calc takes one layer"),
        (["conv2d", "3x8x8", "out_channels=4", "kernel_size=3", "table=word"], "table is neither"),
        (["conv2d", "3x²x8"], "is no shape"),
    ],
)
def test_what_calc_refuses(archcalc, args, said):
    ran = archcalc("calc", *args)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


def test_names_inside_expressions_are_letters(archcalc):
    ran = archcalc("calc", "conv2d", "3x8x8", "out_channels=2*K", "kernel_size=3", "padding=same")
    assert ran.status == 0, ran.err
    assert "56·K" in ran.out


# -- the end of the line


def test_a_bug_is_told_as_one_and_debug_shows_where(archcalc, monkeypatch):
    from archcalc.cli.commands import conventions

    monkeypatch.setattr(conventions, "run", lambda _: {}["x"])
    ran = archcalc("conventions")
    assert (ran.status, ran.err) == (2, "a bug in archcalc: KeyError: 'x'; --debug shows where\n")
    ran = archcalc("conventions", "--debug")
    assert ran.status == 2
    assert "Traceback" in ran.err
    assert "MissingError" in archcalc("report", "nothing", "--debug").err


def test_options_of_every_command_are_on_the_screen(archcalc):
    assert "--debug " in archcalc().out
    assert "--version " in archcalc().out


def test_the_package_is_shown_and_its_laws_run_without_hypothesis():
    assert dir(package) == sorted(set(dir(package)))
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import archcalc, pydoc; pydoc.render_doc(archcalc); [getattr(archcalc, n) for n in dir(archcalc)]\n"
        "from archcalc.dims import Shape; from archcalc.testing import check_laws\n"
        "check_laws(archcalc.layers.Flatten(), Shape((2, 3, 3), ('C', 'H', 'W')))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_page_on_limits_has_the_limit_of_verify():
    from archcalc.verification import MOST

    page = Path(__file__).parents[1] / "docs" / "errors.md"
    assert f"| operations that `verify` counts one by one | {MOST:,};" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("claim", "ok"),
    [
        ("params=60,000", True),
        ("params=60_000", True),
        ("params=0.06M", True),
        ("params=6e4", True),
        ("C1.output=6x28x28", True),
        ("F6.output=84", True),
        ("params=60kB", True),
    ],
)
def test_a_figure_may_be_written_in_these_ways(claim, ok):
    assert package.check("lenet5", claim).ok is ok


@pytest.mark.parametrize(
    "claim",
    ["macs >= 1B", "params=6,00,00", "params=6_0000", "params=1,5", "C1.output=6@28@28", "params=1__0"],
)
def test_a_figure_that_could_mean_two_things_is_refused(claim):
    with pytest.raises(UsageError, match="is no figure"):
        package.check("lenet5", claim)


def test_a_claim_of_what_is_not_there_is_refused():
    net = package.Net([("fc", package.layers.Linear(3))], input=(5,))
    with pytest.raises(UsageError, match="no such figure"):
        net.check("fc.receptive_field=999")


# -- figures in bytes, and others that a network has to be asked for

FIGURES = """archcalc: 1
name: figures
extends: lenet5
expect:
"""


def expecting(*lines):
    return load(FIGURES + "".join(f"  - {line}\n" for line in lines))


def test_a_line_says_its_dtype():
    found = expecting(
        "{at: total, weights: 60840, peak: 5880, dtype: int8}",
        "{at: total, weights: 237.7KiB}",
        "{at: C3, peak: '<= 8KiB', dtype: i8}",
        "{at: S4, effective_stride: [4, 4], effective_padding: 0, receptive_field: 16}",
    ).check()
    assert found.ok
    assert [verdict.dtype for verdict in found] == ["int8", "int8", "float32", "int8", "", "", ""]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{at: total, weights: 1k, dtype: int9}", "there is no dtype 'int9'"),
        ("{at: total, params: 60000, dtype: int8}", "dtype beside figures that are not in bytes"),
        ("{at: total, params: 60000, convention: thob}", "there is no convention 'thob'"),
        ("{at: total, output: 10, convention: thop}", "convention beside output, which it does not count"),
        ("{at: total, macs: 1G, convention: keras}", "keras counts no MACs"),
        (
            "{at: total, macs: 1G, convention: /etc/passwd.yaml}",
            "convention takes a bundled name or a path beside",
        ),
        ("{at: total, params: '<= 64KiB'}", "is in bytes, and params counts scalars"),
        ("{at: total, dtype: int8}", "expect without a figure"),
    ],
)
def test_what_a_line_may_not_say(line, said):
    with pytest.raises(SpecError, match=said):
        expecting(line).check()


def test_a_convention_may_be_named():
    assert expecting("{at: total, params: 60000, convention: reference}").check().ok


def test_a_line_says_whose_way_of_counting_it_is():
    """LeNet-5 of 1998 by torchinfo's rule: a bias is a mult-add, and its fixed codes are no module's."""
    found = expecting("{at: C1, macs: 122304, convention: torchinfo}", "{at: C1, macs: 117600}").check()
    assert found.ok
    assert [verdict.header for verdict in found] == ["MACs as torchinfo", "MACs"]


def test_claims_may_be_in_the_words_of_another_tool(archcalc):
    ran = archcalc("check", "lenet5-pytorch", "macs=418096", "--convention", "thop")
    assert ran.status == 0
    assert "total MACs as thop" in ran.out
    assert archcalc("check", "lenet5-pytorch", "macs=418096").status == 1


def test_a_figure_of_another_tool_is_told_with_its_name():
    found = load("lenet5-pytorch").check("macs=1", convention="thop")
    assert [found.closing(verdict) for verdict in found] == [()]  # no reading of the reference rule closes it
    assert "total MACs as thop" in str(found)


def test_a_known_gap_that_closed_fails_in_bytes_too():
    found = expecting("{at: total, weights: 60840, dtype: int8, known_gap: they say it is otherwise}").check()
    assert [verdict.status for verdict in found] == ["closed"]
    assert not found.ok


def test_a_figure_of_a_block_and_of_a_layer_inside():
    made = load("resnet18")
    inside = [row for row in made if row.name.startswith("layer2.")]
    claims = [f"layer2.{q} = {sum(row[q] for row in inside)}" for q in ("params", "macs")]
    claims += [
        f"layer2.weights = {4 * sum(row.params + row.fixed for row in inside)}",
        "layer2.output = 128@28x28",
    ]
    assert made.check(*claims).ok
    inner = inside[0]
    assert made.check(f"{inner.name}.weights = {4 * (inner.params + inner.fixed)}").ok


def test_budgets_have_bars_and_say_what_they_consist_of(archcalc):
    ran = archcalc("check", "lenet5", "--dtype", "int8", "weights <= 64KiB", "peak <= 4KiB", "macs <= 1M")
    assert ran.status == 1
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    # 60,840 / 65,536 is 93 %, 18 5/8 of 20 characters; S2 reads 4,704 and writes 1,176; 326,520 of a million
    assert "✓ weights 59.4 KiB of 64KiB ██████████████████▋ 93% 60,000 params + 840 fixed" in lines
    assert "✗ peak 5.7 KiB of 4KiB ████████████████████████████▊ 144% 1,784 too many" in lines
    assert "✓ MACs 0.33 M of 1M ██████▌ 33%" in lines
    assert "2 of 3 budgets hold." in lines


def test_a_budget_at_other_sizes(archcalc):
    # 64x64: C1 makes 6 maps of 60x60 = 21,600, which S2 reads to write 5,400
    assert archcalc("check", "lenet5", "--input", "1x64x64", "--dtype", "int8", "peak <= 27000").status == 0
    assert (
        archcalc(
            "check", "lenet5", "--set", "H=64", "--set", "W=64", "--dtype", "int8", "peak < 27000"
        ).status
        == 1
    )


def test_a_dtype_without_a_claim_means_nothing(archcalc):
    ran = archcalc("check", "lenet5", "--dtype", "int8")
    assert (ran.status, ran.out) == (2, "")
    assert "--dtype without a claim" in ran.err


def test_a_tolerance_may_have_a_suffix():
    assert expecting("{at: total, params: {value: 55k, tol: 5k}}").check().ok
    assert not expecting("{at: total, params: {value: 54k, tol: 5k}}").check().ok


# -- what a newcomer types


@pytest.mark.parametrize(
    ("claim", "fix"),
    [
        ("params=36.5m", "params=36.5M"),
        ("params=267K", "params=267k"),
        ("params==25 million", "params=25M"),
        ("total.params <= 25 Billion", "'total.params <= 25G'"),
        ("weights<=64kib", "'weights <= 64KiB'"),
        ("params=~224K", "params=224k"),
        ("params=~224", ""),  # how far off it may be is not said
        ("params=7B", ""),  # bytes to some, billions to others
        ("params=64KB", ""),  # thousands to some, 1,024 to others
        ("params=1,5", ""),
    ],
)
def test_a_figure_that_is_nearly_one_is_mended_where_it_is_sure(claim, fix):
    with pytest.raises(UsageError, match="is no figure") as caught:
        package.check("lenet5", claim)
    assert caught.value.problems[0].fix == fix
    assert "'=" not in str(caught.value).partition(":")[2]


def test_a_b_alone_is_told_from_bytes():
    with pytest.raises(
        FigureError, match=r"'7\.5B' .* billions to some and bytes to others; 7\.5G or 7\.5 is"
    ):
        figure("7.5B")


def test_a_figure_of_a_line_is_mended_too():
    with pytest.raises(SpecError, match="params: '267K' is no figure") as caught:
        expecting("{at: total, params: 267K}")
    assert caught.value.problems[0].fix == "267k"


def test_a_symbol_that_is_claimed_is_to_be_set(archcalc):
    assert archcalc("check", "lenet5", "H=64").err.endswith("  fix: --set H=64\n")
    assert archcalc("check", "resnet20", "params=1k", "n=200").err.endswith("  fix: --set n=200\n")
    assert "fix:" not in archcalc("check", "lenet5", "Q=64").err
    assert "fix:" not in archcalc("check", "lenet5", "H <= 64").err
    assert "fix:" not in archcalc("check", "missing.yaml", "Q=64").err


def test_every_figure_that_agrees_is_in_the_table():
    found = expecting("{at: C1, params: 0.2k}", "{at: C1, params: 156, connections: 122k}").check()
    page = str(found.page())
    assert re.findall(r"^ C1 +(.+)$", page, re.MULTILINE) == ["✓ 156       ✓ 122k", "✓ 0.2k"]
    assert page.count("✓") == len(found) + 1
    assert "3 of 3 agree" in page


@pytest.mark.parametrize("name", bundled())
def test_a_check_shows_as_many_figures_as_it_counts(name):
    found = load(name).check()
    if found:
        signs = re.findall(r"[✓✗~]", str(found.page(width=200)))
        assert len(signs) == len(found) + 1 + (found.count("gap") > 0)


LAST = SMALL.replace("[1, 28, 28]", "[32, 32, 3]").replace("kernel_size: 5", "kernel_size: 3")


def test_channels_that_seem_to_come_last_are_told_by_a_check(archcalc, inside):
    (inside / "last.yaml").write_text(LAST + "expect:\n  - {at: C1, params: 1734}\n")
    # six 3x3 windows over 32 maps, and their biases
    said = "! 32x32x3 looks as if channels came last"
    for claims in ([], ["params=1734"], ["weights <= 64KiB"]):
        assert said in archcalc("check", "last.yaml", *claims).out
    found = json.loads(archcalc("check", "last.yaml", "-f", "json").out)
    assert [said.endswith(note.partition(",")[0]) for note in found["notes"]] == [True]
    assert "notes" not in json.loads(archcalc("check", "lenet5", "-f", "json").out)


def test_json_has_the_dtype_and_what_a_figure_consists_of(archcalc):
    ran = archcalc("check", "lenet5", "--dtype", "int8", "weights <= 64KiB", "params=60000", "-f", "json")
    first, second = json.loads(ran.out)["verdicts"]
    assert (first["dtype"], first["made_of"]) == ("int8", "60,000 params + 840 fixed")
    assert not {"dtype", "made_of"} & second.keys()


def test_one_mistake_at_one_place_is_told_once():
    with pytest.raises(SpecError) as caught:
        expecting("{at: C9, params: 1, macs: 2, connections: 3}", "{at: C9, params: 1}").check()
    assert [problem.place.line for problem in caught.value.problems] == [5, 6]


def test_a_report_builds_no_network_for_figures_at_other_sizes(archcalc, monkeypatch):
    from archcalc import graph

    text = " ".join(archcalc("report", "resnet20").out.split())
    assert "✓ 6 of 6 published figures agree at these sizes (" in text
    assert "), 1 more at others" in text
    assert "at others" not in archcalc("report", "lenet5").out
    net = load("resnet20")
    monkeypatch.setattr(graph, "build", lambda *_: pytest.fail("a network at other sizes"))
    assert str(net.report())
    assert str(net.explain("stage1").page())


def test_figures_at_other_sizes_alone_are_counted():
    net = expecting("{at: total, params: 1, set: {H: 64}}", "{at: total, macs: 1, set: {H: 64}}")
    assert " 2 expected figures at other sizes " in str(net.report())
