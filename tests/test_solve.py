"""Solving: held against plain loops over integer analysis, which know nothing of bounds and halves."""

from __future__ import annotations

import itertools
import json
import shlex
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archcalc import dims
from archcalc.analysis import Analysis
from archcalc.domains import domain
from archcalc.errors import ArchcalcError, UsageError
from archcalc.graph import build
from archcalc.intervals import OPEN, Interval, ends
from archcalc.loading import load
from archcalc.measures import Measures
from archcalc.spec.figures import figure

# -- an independent answer: every size, one after the other


@cache
def everything(name, domains):
    """Every choice of sizes that is a network, one after the other, with its figures."""
    spec = load(name).spec
    found = []
    for sizes in itertools.product(*(list(domain(text, "x")) for _, text in domains)):
        try:
            net = Analysis(build(spec, dict(zip(dict(domains), sizes, strict=True)), hints=False))
        except ArchcalcError:
            continue
        found.append((sizes, Measures(net, "int8")))
    return found


def brute(name, domains, claims, wanted="params"):
    """Every choice of sizes that fits, with the figure that is wanted there."""
    return [
        (sizes, measures.of(*split(wanted)))
        for sizes, measures in everything(name, domains)
        if all(figure(claim).holds(measures.of(*split(word))) for word, claim in claims)
    ]


def largest(fits):
    points = [sizes for sizes, _ in fits]
    return sorted(
        p
        for p in points
        if not any(q != p and all(a >= b for a, b in zip(q, p, strict=True)) for q in points)
    )


def smallest(fits):
    points = [sizes for sizes, _ in fits]
    return sorted(
        p
        for p in points
        if not any(q != p and all(a <= b for a, b in zip(q, p, strict=True)) for q in points)
    )


def texts(claims):
    return [f"{word} {claim}" for word, claim in claims]


def found(solution):
    return sorted(tuple(sizes.values()) for sizes in solution.sizes)


TWISTED = """
archcalc: 1
name: nothing rises
symbols: {n: 4, k: 2}
input: [4, 24, 24]
layers:
  - {name: a, op: conv2d, out_channels: "k * (n % 5 + 1)", kernel_size: 3, padding: 1}
  - {name: b, op: conv2d, out_channels: "max(2, 30 - k*n)", kernel_size: 3, when: n % 3 != 1}
  - {name: c, op: conv2d, out_channels: 12, kernel_size: n, groups: k}
  - {name: d, op: conv2d, out_channels: "n // 2 + 1", kernel_size: 1, repeat: k}
"""
ASKED = [
    (TWISTED, {"n": "1:30"}, ["params", "macs", "peak", "output.H", "output.C"]),
    (TWISTED, {"n": "1:24", "k": "1:4"}, ["params", "macs", "flops", "d.macs"]),
    ("lenet5", {"H": "20:70"}, ["params", "macs", "peak", "connections", "C5.H", "S2.macs", "training"]),
    ("lenet5", {"H": "28:40", "W": "29:37"}, ["params", "macs", "kept", "C5.W"]),
    ("person", {"width": "0.1:0.9:0.05"}, ["params", "weights", "macs", "peak", "stage4.macs"]),
    ("person", {"width": "0.25:0.75:0.25", "H": "32:112:16"}, ["macs", "peak"]),
    ("bert-base", {"d": "12:100", "L": "1:2"}, ["params", "macs", "weights", "training_macs", "enc.peak"]),
    ("gpt2", {"T": "1015:1030,3,7,5", "heads": "1:4"}, ["macs", "flops", "peak"]),
    ("gpt2", {"d": "12:60:12", "L": "1:3"}, ["params", "macs", "weights"]),
    ("resnet20", {"n": "1:4", "H": "8:16:4"}, ["params", "macs", "layers", "kept"]),
    ("vit_b_16", {"patch": "3:40"}, ["macs", "params", "patches.H"]),
    ("unet", {"H": "184:236:4"}, ["macs", "output.H", "up1.convs.peak"]),
    ("resnet50", {"width": "4:24:4"}, ["params", "macs"]),
    ("resnet50", {"n3": "1:5", "H": "32:64:16"}, ["params", "macs", "layer3.macs", "layer3.0.conv2.macs"]),
    ("densenet121", {"k": "4:12:4"}, ["params", "macs"]),
    ("mobilenet_v2", {"width": "0.2,0.75,0.35,1.4"}, ["params", "receptive_field"]),
]  # fmt: skip
"""A network, the values of each size, and figures that claims are made of."""


def split(word):
    at, _, quantity = word.rpartition(".")
    return ("total" if at in {"", "output"} else at), quantity


def draw_claim(data, name, domains, word, relations):
    """A claim that holds about as often as not."""
    values = [measures.of(*split(word)) for _, measures in everything(name, domains)]
    value = data.draw(st.sampled_from(values))
    value = value[-1] if isinstance(value, tuple) else value
    return word, f"{data.draw(st.sampled_from(relations))} {value}"


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_found_is_what_every_size_one_by_one_gives(data):
    name, domains, words = data.draw(st.sampled_from(ASKED))
    chosen = data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True))
    pairs = tuple(domains.items())
    claims = [draw_claim(data, name, pairs, word, ["<=", "<=", "<", ">=", ">", "="]) for word in chosen]
    try:
        solution = load(name).solve(domains, *texts(claims), dtype="int8")
    except UsageError as error:
        assert "depend" in str(error)
        return
    fits = brute(name, pairs, claims)
    assert solution.ok is bool(fits)
    if solution.kind == "every":
        assert found(solution) == sorted(sizes for sizes, _ in fits)[:20]
        assert len(solution.answers) + solution.more == len(fits)
        assert not solution.stretches or sum(each.length for each in solution.stretches) == len(fits)
    else:
        expected = {"largest": largest, "smallest": smallest}[solution.kind](fits)
        assert found(solution) == expected[:20]
        assert len(solution.answers) + solution.more == len(expected)
    for answer in solution.answers:
        assert answer.look.fits
        assert all(each.look is None or each.binding for each in answer.beside), "a neighbour that fits"


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_most_and_the_least_of_a_figure_are_those_of_all_that_fit(data):
    name, domains, words = data.draw(st.sampled_from(ASKED[:10]))
    usual = [w for w in words if "." not in w and w != "layers"]
    first, wanted = data.draw(st.permutations(usual))[:2]
    most = data.draw(st.booleans())
    pairs = tuple(domains.items())
    claims = [draw_claim(data, name, pairs, first, ["<="] if most else [">="])]
    try:
        solution = load(name).solve(
            domains, *texts(claims), dtype="int8", **{"most" if most else "least": wanted}
        )
    except UsageError as error:
        assert "depend" in str(error)
        return
    fits = brute(name, pairs, claims, wanted)
    best = (max if most else min)(value for _, value in fits)
    assert found(solution) == sorted(sizes for sizes, value in fits if value == best)[:20]


# -- bounds enclose


SIZES = st.integers(-6, 12)
PAIRS = st.tuples(SIZES, SIZES).map(sorted)
OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "floor": dims.floor_div,
    "ceil": dims.ceil_div,
    "smallest": dims.smallest,
    "largest": dims.largest,
    "gcd": dims.gcd,
    "/": lambda a, b: a / b if isinstance(a, Interval) or isinstance(b, Interval) else Fraction(a, b),
}


@given(st.sampled_from(sorted(OPERATIONS)), PAIRS, PAIRS, st.booleans(), st.booleans(), st.booleans())
def test_an_interval_holds_what_its_numbers_give(word, one, other, below, above, single):
    """Ends may be missing, and the second may be a number."""
    if word in {"floor", "ceil", "/"}:
        other = [max(1, n) for n in other]
    if word == "gcd":
        one, other = ([max(1, n) for n in pair] for pair in (one, other))
    operation = OPERATIONS[word]
    a = Interval(None if below else one[0], None if above else one[1])
    b = other[0] if single else Interval(other[0], None if above else other[1])
    low, high = ends(operation(a, b))
    numbers = range(one[0] - 5 * below, one[1] + 1 + 5 * above)
    if word == "gcd":
        numbers = [n for n in numbers if n > 0]
    for x in numbers:
        for y in [other[0]] if single else range(other[0], other[1] + 1 + 5 * above):
            exact = operation(x, y)
            assert low is None or low <= exact
            assert high is None or exact <= high


@given(PAIRS, st.integers(-4, 4), SIZES, st.integers(-4, 4), SIZES)
def test_multiples_of_one_interval_are_told_apart_exactly(pair, times, more, other, plus):
    d = Interval(*pair)
    a, b = times * d + more, d * other + plus
    exact = [times * n + more - other * n - plus for n in range(pair[0], pair[1] + 1)]
    assert ends(a - b) == (min(exact), max(exact))
    assert (dims.at_least(a, b) is True) is all(n >= 0 for n in exact)
    assert (dims.equal(a, b) is True) is all(n == 0 for n in exact)


@given(PAIRS, PAIRS)
def test_what_holds_of_intervals_holds_of_their_numbers(one, other):
    a, b = Interval(*one), Interval(*other)
    pairs = list(itertools.product(range(one[0], one[1] + 1), range(other[0], other[1] + 1)))
    for truth, each in (
        (dims.at_least(a, b), [x >= y for x, y in pairs]),
        (dims.equal(a, b), [x == y for x, y in pairs]),
    ):
        assert truth is OPEN or {truth} == set(each)


@given(st.fractions(0, 60, max_denominator=20), st.fractions(0, 60, max_denominator=20))
def test_rounding_channels_never_falls_where_its_size_rises(a, b):
    from archcalc.expressions import round_to

    low, high = sorted((a, b))
    assert round_to(low, 8) <= round_to(high, 8)


def test_an_interval_has_no_truth_of_its_own():
    with pytest.raises(TypeError):
        bool(Interval(1, 2))
    with pytest.raises(TypeError):
        bool(OPEN)


# -- without a domain


def test_a_size_without_a_domain_rises_from_the_smallest_as_far_as_claims_let_it():
    assert load("lenet5").solve("H", "params <= 100k").sizes == [{"H": 47}]  # 49,920 + 10,080·4 at 44 to 47
    assert load("lenet5").solve("H", "C5.H == 1").sizes == [{"H": n} for n in range(32, 36)]
    bert = load("bert-base").solve("d", "params <= 50M")
    # d²(12·12 + 1) + d(12·13 + 512 + 30,522 + 5), d a multiple of the 12 heads
    fits = [d for d in range(12, 2000, 12) if d * d * 145 + d * 31195 <= 50_000_000]
    assert bert.sizes == [{"d": fits[-1]}]


def test_a_domain_of_which_all_sizes_are_alike_is_no_mistake():
    assert [s["H"] for s in load("lenet5").solve({"H": "32:35"}, "C5.H == 1").sizes] == [32, 33, 34, 35]
    assert load("lenet5").solve({"H": 32}, "params <= 1M").sizes == [{"H": 32}]
    assert load("lenet5").solve({"H": [40, 32]}, "params <= 60k").sizes == [{"H": 32}]


def test_a_multiplier_goes_in_hundredths():
    assert load("person").solve("width", "macs <= 7M").sizes == [{"width": Fraction(24, 100)}]
    assert load("mobilenet_v1").solve("width", "params <= 1M").sizes[0]["width"].denominator > 1


def test_sizes_that_all_fit_have_no_end():
    solution = load("lenet5").solve("H", "C5.H >= 2")
    assert (solution.kind, solution.sizes) == ("smallest", [{"H": 36}])


def test_what_a_condition_of_a_layer_ends_is_not_endless():
    solution = load("gpt2").solve("T", "macs <= 1T")
    assert solution.sizes == [{"T": 1024}]
    assert "1024 position embeddings" in str(solution)


def test_width_and_depth_together_have_bounds():
    found = load("bert-base").solve({"d": None, "L": "1:8"}, "params <= 20M")
    # a vocabulary of 30,522 alone is too much from a width of 655 on
    fits = [((d, n), 0) for n in range(1, 9) for d in range(12, 655, 12)
            if d * d * (12 * n + 1) + d * (13 * n + 31039) <= 20_000_000]  # fmt: skip
    assert [tuple(sizes.values()) for sizes in found.sizes] == largest(fits)


def test_a_depth_that_changes_its_shape_once_needs_no_domain():
    found = load("resnet50").solve("n3", "params <= 40M")
    # a block more of layer3: 1,024·256 + 9·256² + 256·1,024 weights, and 2·(256 + 256 + 1,024) of norms
    more = 1024 * 256 + 9 * 256**2 + 256 * 1024 + 2 * (256 + 256 + 1024)
    assert found.sizes == [{"n3": 6 + (40_000_000 - 25_557_032) // more}]
    assert found.looked.sizes < 10


def test_a_choice_of_layers_is_settled_before_a_size_without_an_end():
    either = TWISTED.replace("n % 3 != 1", "k == 1").replace("n % 5", "n")
    found = load(either).solve({"k": "1:2", "n": None}, "a.params <= 1k")
    # k·(n + 1) filters of 4·3·3 weights and a bias; where b is there, a window n of c fits into 22 cells
    assert [tuple(sizes.values()) for sizes in found.sizes] == [(1, 22), (2, 12)]
    assert found.looked.sizes < 30


def test_tied_tensors_of_any_width_are_one_shape():
    found = load("gpt2").solve({"d": None, "L": "2:3"}, "params <= 20M")
    assert found.ok
    assert found.looked.ranges > found.looked.sizes


def test_an_equation_in_two_sizes_ends_without_domains():
    found = load("lenet5").solve(["H", "W"], "params == 60000")
    # (⌊H/4⌋ − 7)·(⌊W/4⌋ − 7) = 1
    assert [(s["H"], s["W"]) for s in found.sizes] == list(itertools.product(range(32, 36), repeat=2))
    assert found.looked.sizes < 100


def test_an_axis_that_is_no_symbol_can_be_looked_for():
    text = "archcalc: 1\nname: plain\ninput: [3, 32, 32]\nlayers:\n  - {name: c, op: conv2d, out_channels: 4, kernel_size: 3}\n"
    # 27·4 products at each of (H − 2)·30 places
    assert load(text).solve("H", "macs <= 100k").sizes == [{"H": 100_000 // (108 * 30) + 2}]
    assert load(text).solve({"C": "1:9"}, "params == 148").sizes == [{"C": 4}]  # 36·C + 4


# -- what is shown


def test_the_answer_comes_first_and_says_how_it_was_found(archcalc):
    ran = archcalc(
        "solve", "person", "--dtype", "int8", "--for", "width=0.05:1:0.05", "weights <= 512KiB", "macs <= 20M"
    )
    assert ran.status == 0
    assert ran.out.splitlines()[1] == " width = 0.35   the largest of 20 that meets both"
    assert "binds" in ran.out
    assert "sizes looked at" in ran.out


def test_nothing_that_fits_is_an_answer_too(archcalc):
    ran = archcalc("solve", "lenet5", "--for", "H", "params <= 100")
    assert ran.status == 1
    assert "no H meets it   not even the smallest" in ran.out
    assert "in the way" in ran.out
    ran = archcalc("solve", "lenet5", "--for", "H", "params == 61706")
    assert ran.status == 1
    assert "the nearest on either side" in ran.out
    ran = archcalc("solve", "lenet5", "--for", "H=1:20", "params <= 100k")
    assert ran.status == 1
    assert "no H gives a network" in ran.out


def test_json_has_the_answer_and_the_next_size(archcalc):
    ran = archcalc("solve", "lenet5", "--for", "H", "params <= 100k", "-f", "json")
    found = json.loads(ran.out)
    assert found["ok"] is True
    assert found["answers"][0]["sizes"] == {"H": 47}
    assert found["answers"][0]["next"]["H"]["sizes"] == {"H": 48}
    assert found["answers"][0]["binds"] == ["params <= 100k"]


def test_markdown_has_a_table(archcalc):
    out = archcalc("solve", "lenet5", "--for", "H=32:64", "params <= 100k", "-f", "markdown").out
    assert out.startswith("### H = 47\n")
    assert "| params | ✓ 90.24 k | ✗ 100.32 k | of 100k | binds |" in out


# -- mistakes, each with its mend

WRONG = [
    ([], "solve needs a size to look for\n  why: sizes: H, W\n  fix: --for H"),
    (["--for", "H"], "solve needs a claim that is to hold\n  fix: archcalc solve lenet5 --for H 'macs <= 10M'"),
    (["--for", "h", "params <= 5k"], "there is no size 'h' to look for\n  why: sizes of LeNet-5: H, W, C\n  fix: H"),
    (["--for", "H,W", "params <= 5k"], "each size to look for has an option of its own\n  why: sizes of LeNet-5: H, W, C\n  fix: --for H --for W"),
    (["--for", "H", "H <= 64"], "'H <= 64' is about H itself, which is what is looked for\n  why: its values are a range or a list\n  fix: --for H=1:64"),
    (["--for", "H", "C1.params <= 5M"], "'C1.params <= 5M' does not depend on H\n  why: C1 params is 156 at every size\n  fix: archcalc check lenet5 'C1.params <= 5M'"),
    (["--for", "params <= 5M", "H"], "--for takes a size to look for, not 'params <= 5M'\n  why: a symbol, or an axis of the input; claims stand by themselves\n  fix: --for H=32:512:32"),
    (["--for", "H", "--for", "H", "macs <= 1M"], "--for H is given twice"),
    (["--for", "H", "--set", "H=40", "macs <= 1M"], "H is both set to 40 and looked for"),
    (["--input", "1x64x64", "--for", "H", "macs <= 1M"], "the input is given as 1x64x64, and H, which is looked for, is an axis of it"),
    (["--for", "H", "macs <= 1M", "--most", "parms"], "there is no figure 'parms' to decide by"),
    (["--for", "H", "macs <= 1M", "--most", "macs", "--least", "macs"], "most and least are two wishes, and one can be granted"),
    (["--for", "H", "macs <= 1M", "-f", "yaml"], "there is no format 'yaml'; formats: table, markdown, latex, fragment, json"),
    (["--for", "H=64:32", "macs <= 1M"], "H=64:32: a range goes up, and 64 is above 32"),
    (["--for", "H", "C5.Q == 1"], "there is no figure 'Q', and C5 gives 120@1x1, which has no such axis\n  why: its axes are C, H, W"),
    (["--for", "H", "receptive_field <= 100"], "nothing shows from which H on there is no answer\n  why: what is claimed has no bounds over all sizes; up to a last one each can be looked at\n  fix: --for H=8:128:8"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "sentence"), WRONG, ids=lambda v: " ".join(v)[:40] if isinstance(v, list) else None
)
def test_a_question_without_a_meaning_is_told(archcalc, args, sentence):
    ran = archcalc("solve", "lenet5", *args)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(sentence)


def test_a_size_that_nothing_depends_on_is_told(archcalc):
    ran = archcalc("solve", "bert-base", "--for", "V", "--for", "T", "params <= 1M")
    assert ran.status == 2
    assert ran.err.startswith("nothing that is asked depends on T\n")


def test_a_search_that_is_too_long_says_how_to_narrow_it(monkeypatch):
    monkeypatch.setattr("archcalc.solution.looks.MOST", 60)
    with pytest.raises(UsageError) as told:
        load("gpt2").solve(["L", "d"], "params <= 150M")
    assert str(told.value).startswith("there are too many sizes to search\n")
    assert str(told.value).endswith("fix: --for L=3:48:3 --for d=192:3072:192")


# -- what a broken budget asks


def test_a_broken_budget_says_what_to_ask(archcalc):
    out = archcalc("check", "person", "--dtype", "int8", "peak <= 128KiB", "macs <= 7M").out
    line = next(line for line in out.splitlines() if "What would fit" in line)
    command = line.partition("archcalc ")[2]
    assert command == "solve person --for width 'macs <= 7M'"
    assert archcalc(*shlex.split(command)).status == 0


@pytest.mark.parametrize(
    ("name", "claims", "asked"),
    [
        ("bert-base", ["params <= 50M", "weights <= 100MiB"], "solve bert-base --for d 'params <= 50M' 'weights <= 100MiB'"),
        ("mobilenet_v3_large", ["macs <= 150M"], "solve mobilenet_v3_large --for H 'macs <= 150M'"),
        ("lenet5", ["params <= 20k"], ""),  # no smaller picture fits
    ],
)  # fmt: skip
def test_the_remedy_is_about_a_size_that_helps(name, claims, asked):
    assert load(name).check(*claims).remedy().removeprefix("archcalc ") == asked


# -- hostile


WORDS = st.sampled_from(
    "H W C width d 1 0 -1 : , = <= == >= < 1e9 1e99 0.5 5M 1KiB . .. C5.H params macs output 2/3 ~ ' \\ \x1b[2J é ×".split(" ")
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(WORDS, max_size=5),
    st.lists(WORDS, min_size=1, max_size=5),
    st.sampled_from(["lenet5", "person"]),
)
def test_no_question_is_a_bug(archcalc, sought, claimed, name):
    ran = archcalc("solve", name, "--for", "".join(sought), "".join(claimed))
    assert ran.status in {0, 1, 2}
    assert "bug" not in ran.err
    assert "\x1b" not in ran.err + ran.out
