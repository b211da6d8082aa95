"""Closed forms: each equals the integer analysis at every size at which it says that it holds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import pairwise
from random import Random
from typing import Any

import pytest

import archcalc
from archcalc import ArchcalcError
from archcalc.analysis import Analysis
from archcalc.graph import build
from archcalc.render.code import legal
from archcalc.spec import find, parse

# network: letters, each from the smallest size tried to the largest, and how many points
NETWORKS = {
    "lenet5": ({"H": (31, 120), "W": (31, 120)}, 1000),
    "bert-base": ({"d": 1500, "L": 40, "T": 600, "V": 50_000, "P": (500, 900), "heads": 16}, 1000),
    "gpt2": ({"d": 1500, "L": 40, "T": 600, "V": 50_000, "P": (500, 900), "heads": 16}, 1000),
    "mobilenet_v1": ({"width": 6, "H": 300, "W": 300, "classes": 2000}, 1000),
    "resnet50": ({"H": 300, "W": 300, "width": 80, "classes": 2000}, 1000),
    "t5-small": ({"V": 900, "S": 300, "T": 300, "L": 9, "d": 600, "heads": 9, "kv": 70, "ff": 999}, 1000),
    "vit_b_16": ({"H": 300, "W": 300, "patch": 30, "L": 9, "d": 500, "heads": 9, "classes": 99}, 1000),
    "llama-2-7b": ({"V": 900, "T": 300, "L": 9, "d": 600, "heads": 9, "kv": 9, "ff": 999}, 1000),
    "unet": ({"H": (180, 700), "W": (180, 700)}, 1000),
}
QUANTITIES = ("params", "macs", "flops", "connections", "neurons")


def points(name: str, count: int):
    """Random sizes of a network's letters."""
    random = Random(name)
    for _ in range(count):
        ends = NETWORKS[name][0].items()
        sizes = {
            letter: random.randint(*(end if isinstance(end, tuple) else (1, end))) for letter, end in ends
        }
        if "heads" in sizes and random.random() < 0.9:  # else hardly any width is divided by its heads
            heads = sizes["kv"] * random.randint(1, 4) if name.startswith("llama") else sizes["heads"]
            sizes |= {"heads": heads, "d": 2 * heads * random.randint(1, 60)}
        yield sizes


def formulas(name: str) -> dict[str, Any]:
    net = archcalc.load(name, symbolic=list(NETWORKS[name][0]))
    return {quantity: net.formula(quantity) for quantity in QUANTITIES}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_closed_form_equals_the_integer_analysis_wherever_it_holds(name):
    made, spec, held = formulas(name), parse(find(name)), 0
    for sizes in points(name, NETWORKS[name][1]):
        try:
            whole = Analysis(build(spec, sizes)).total
        except ArchcalcError:
            assert not made["params"].holds(sizes), sizes
            continue
        held += 1
        for quantity, formula in made.items():
            assert formula.holds(sizes), sizes
            assert formula.at(sizes) == whole[quantity], (quantity, sizes)
    assert held > NETWORKS[name][1] / 4


# -- programs


@pytest.mark.parametrize("name", NETWORKS)
def test_the_function_in_python_gives_the_same_numbers(name):
    for quantity, formula in formulas(name).items():
        scope: dict[str, Any] = {}
        exec(formula.python, scope)
        for sizes in points(name, 30):
            if formula.holds(sizes):
                assert scope[quantity](**sizes) == formula.at(sizes), (quantity, sizes)
        assert formula.value == scope[quantity]()  # its defaults are the sizes of the file


def ran(script: str) -> Any:
    """What a script prints as JSON, in Node.js."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_function_in_javascript_gives_the_same_numbers_past_2_to_the_53():
    parts, expected = ["const found = [];"], []
    for name in NETWORKS:
        for quantity, formula in formulas(name).items():
            held = [sizes for sizes in points(name, 20) if formula.holds(sizes)]
            # no network this large is built; the polynomial must be exact there all the same
            held += [{letter: size * 10**8 for letter, size in sizes.items()} for sizes in held[:3]]
            parts += ["{", formula.javascript]
            for sizes in held:
                parts.append(f"found.push(String({quantity}({json.dumps(sizes)})));")
                expected.append(str(formula.at(sizes)))
            parts.append("}")
    assert any(int(number) > 2**64 for number in expected)
    assert ran("\n".join([*parts, "console.log(JSON.stringify(found));"])) == expected


def test_a_size_that_javascript_has_rounded_already_is_refused():
    function = archcalc.formula("lenet5", "macs").javascript
    calls = ["{ H: 2 ** 53 }", "{ H: 32.5 }", '{ H: "32" }', "{ h: 32 }", "{ H: null }"]
    tried = [f"try {{ macs({call}); found.push(0) }} catch (e) {{ found.push(e.name) }}" for call in calls]
    script = [function, "const found = [];", *tried, "console.log(JSON.stringify(found));"]
    assert ran("\n".join(script)) == ["RangeError"] * len(calls)


# -- names that mean something elsewhere

NAMES = (
    "S E I N Q O pi beta gamma zeta oo nan __class__ __debug__ __proto__ __import__ let var new this typeof"
    " arguments eval function constructor toString valueOf undefined null void whole floor ceil gcd other others BigInt Number"
    " print exec self layer macs"
).split()


def hostile() -> Any:
    """A network whose symbols bear all of these names, each with a value of its own."""
    fields = " + ".join(f"{i + 2}*{name}" for i, name in enumerate(NAMES[: len(NAMES) // 2]))
    others = " + ".join(f"{name}//{i + 2}" for i, name in enumerate(NAMES[len(NAMES) // 2 :]))
    layers = [{"name": "a", "op": "linear", "out_features": fields}]
    layers += [{"name": "b", "op": "linear", "out_features": others}]
    symbols = {name: 100 + i for i, name in enumerate(NAMES)}
    return archcalc.load(
        {"archcalc": 1, "name": 'a"""\n*/\u2028${x}`\\', "symbols": symbols, "input": [3], "layers": layers}
    )


def test_names_of_python_sympy_and_javascript_are_plain_letters():
    net = hostile()
    formula = net.formula("macs")
    assert formula.value == net.macs
    assert formula(self=7, S=11) == net.at(self=7, S=11).macs
    scope: dict[str, Any] = {}
    exec(formula.python, scope)
    assert scope["macs"]() == net.macs
    assert scope["macs"](self=7, S=11) == net.at(self=7, S=11).macs
    script = [
        formula.javascript,
        "console.log(JSON.stringify([String(macs()), String(macs({ S: 11, self: 7 }))]));",
    ]
    assert ran("\n".join(script)) == [str(net.macs), str(net.at(self=7, S=11).macs)]


@pytest.mark.parametrize("name", ["lambda", "class", "None", "if", "min", "input", "a b", "é", "1a"])
def test_a_name_that_cannot_be_one_is_a_clear_error_everywhere(name):
    spec = {
        "archcalc": 1,
        "name": "x",
        "symbols": {name: 3},
        "input": [3],
        "layers": [{"name": "a", "op": "linear", "out_features": 2}],
    }
    with pytest.raises(ArchcalcError, match="cannot name a symbol"):
        archcalc.load(spec)
    with pytest.raises(ArchcalcError, match="there is no symbol"):
        archcalc.formula("lenet5", "params", [name])
    with pytest.raises(ArchcalcError, match="there is no symbol"):
        archcalc.load("lenet5", sizes={name: 3})


@pytest.mark.parametrize("words", [frozenset({"let", "let_"}), frozenset()])
def test_legal_names_never_clash(words):
    letters = ["let", "let_", "let__", "a b", "a_b", "a-b", "1", "_1", "é", "_"]
    found = legal(letters, words)
    assert len(set(found.values())) == len(letters)
    assert all(name.isidentifier() and name.isascii() and name not in words for name in found.values())


# -- formulas that would explode


def tower(count: int, step: str) -> dict[str, Any]:
    symbols = {"a": 2, "b": 1, "c": 1, "e": 1, "x0": "(a + b + c + e)*(a + b + c + e + 1)"}
    symbols |= {f"x{i}": step.format(x=f"x{i - 1}", i=i) for i in range(1, count)}
    layers = [{"name": name, "op": "linear", "out_features": f"x{count - 1}"} for name in ("p", "q")]
    return {"archcalc": 1, "name": "x", "symbols": symbols, "input": [4], "layers": layers}


@pytest.mark.parametrize("step", ["{x}*{x}", "{x}*({x} + {i})", "{x}//({x}//{i} + c)", "{x}*{x}//7"])
def test_a_tower_of_powers_ends_with_a_sentence(step):
    with pytest.raises(ArchcalcError, match="is too large a formula in letters"):
        archcalc.load(tower(40, step), symbolic=["a", "b", "c", "e"])


def test_millions_of_terms_end_with_a_sentence():
    net = archcalc.load(tower(6, "{x}*({x} + {i})"), symbolic=["a", "b", "c", "e"])
    with pytest.raises(ArchcalcError, match="more than 50,000 products of terms"):
        net.formula("params")


def test_thousands_of_letters_end_with_a_sentence():
    count = 10_000
    symbols = {f"s{i}": 1 for i in range(count)}
    layers = [{"name": f"l{i}", "op": "linear", "out_features": f"s{i}"} for i in range(count)]
    spec = {"archcalc": 1, "name": "x", "symbols": symbols, "input": [4], "layers": layers}
    with pytest.raises(ArchcalcError, match="10,000 symbols would be left as letters, and 100 may be"):
        archcalc.load(spec, symbolic=True)


# -- what it says


def test_the_closed_form_of_bert_is_the_polynomial_worked_out_by_hand():
    # 12 d² of four projections and two dense layers; 13 d of their biases and of two norms
    assert archcalc.formula("bert-base", "params", "d,L,V,P").text == "d²·(12·L + 1) + d·(P + V + 13·L + 5)"


def test_a_width_that_is_rounded_to_multiples_of_8_is_a_polynomial_where_it_is_one_already():
    # Howard et al. 2017, Table 1: a 3x3 on each map, then a 1x1 from the maps before to these, each normed
    maps = [32, 64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
    square = sum(a * b for a, b in pairwise(maps))
    single = 27 * 32 + 9 * sum(maps[:-1]) + 2 * (32 + sum(maps[:-1]) + sum(maps[1:])) + 1024 * 1000
    assert archcalc.formula("mobilenet_v1", "params", "width").text == (
        f"{square:,}·width² + {single:,}·width + 1,000"
    )


def test_a_block_in_letters_is_written_as_a_closed_form(archcalc):
    shown = archcalc("report", "bert-base", "--symbolic", "d,L", "--depth", "1").out
    (block,) = (line for line in shown.splitlines() if line.startswith(" enc "))
    # 12 d² of four projections and two dense layers; 13 d of their biases and of two norms
    assert "  12·L·d² + 13·L·d  " in block


def test_what_a_formula_says_of_its_growth_is_so():
    formula = archcalc.formula("bert-base", "macs", "d,L,T,P")
    sizes = {**formula.sizes, "P": 10**6}
    for growth in formula.growth:
        (name,) = growth.letters
        if growth.times is not None:
            assert (
                formula.at({**formula.sizes, name: 2 * formula.sizes[name]}) == growth.times * formula.value
            )
    (long,) = (growth for growth in formula.growth if growth.letters == ("T",))
    # 2 L T² d passes 12 L T d² + d² at T = 6 d + 1/(2 L T)
    assert (long.fastest, long.half) == ("2·L·T²·d", 6 * 768 + 1)
    assert long.barred == "P ≥ T"
    part = [2 * 12 * t**2 * 768 for t in (6 * 768, 6 * 768 + 1)]
    whole = [formula.at({**sizes, "T": t}) for t in (6 * 768, 6 * 768 + 1)]
    assert 2 * part[0] <= whole[0]
    assert 2 * part[1] > whole[1]


def test_sides_grow_together_at_the_rate_that_is_said():
    formula = archcalc.formula("lenet5", "macs")
    (sides,) = formula.growth
    # 150 + 1,500/4 + 58,080/16 for each cell of the input
    assert (sides.letters, sides.fastest) == (("H", "W"), "nearly 4,155·H·W")
    far = {"H": 10**9, "W": 10**9}
    assert abs(formula.at(far) / (4155 * 10**18) - 1) < 1e-6


def test_terms_add_up_and_name_their_layers():
    for group in ("", "L", "layer"):
        formula = archcalc.formula("bert-base", "params", "d,L", group=group)
        assert sum(term.value for term in formula.terms) == formula.value == 109_482_240
    by_layer = {term.rows[0]: term.value for term in formula.terms}
    assert by_layer["tok"] == 30_522 * 768
    first, _ = archcalc.formula("bert-base", "params", "d,L").terms
    assert first.rows == ("enc.attn", "enc.up", "enc.down", "pooler")


def test_a_formula_is_called_with_sizes_and_refuses_what_does_not_hold():
    formula = archcalc.formula("bert-base", "params", "d,L,V,P,heads")
    assert formula() == 109_482_240
    assert formula(d=1024, L=24, heads=16) == archcalc.load("bert-large").params
    for sizes, message in (
        ({"d": 100}, "does not hold at d = 100, heads = 12"),
        ({"P": 100}, "does not hold at P = 100"),
        ({"x": 3}, "'x' is no letter here"),
        ({"d": 0}, "d is a whole number from 1, not '0'"),
        ({"d": 1.5}, "d is a whole number from 1, not '1.5'"),
        ({"d": True}, "d is a whole number from 1, not 'True'"),
    ):
        with pytest.raises(ArchcalcError, match=re.escape(message)):
            formula(**sizes)


def test_a_repeat_by_a_letter_holds_from_one_copy():
    assert archcalc.formula("t5-small", "params", "L").valid == ("L ≥ 2",)
    assert archcalc.formula("resnet20", "macs", "n").valid == ("n ≥ 2",)


def test_a_letter_may_decide_what_is_the_same_for_all_its_sizes():
    # in.C != 4·width of a bottleneck holds in the first block of a layer, whatever the width
    assert (
        archcalc.formula("resnet50", "params", "width")(width=128)
        == archcalc.load("resnet50", sizes={"width": 128}).params
    )


def test_a_figure_in_bytes_says_so_in_every_format(archcalc):
    for form, said in (
        ("text", "weights of C3 in H, W, in bytes of int8"),
        ("latex", "% weights of C3 of LeNet-5, in bytes of int8, valid when"),
        ("python", "trainable and fixed scalars in memory, in bytes of int8."),
        ("javascript", "trainable and fixed scalars in memory, in bytes of int8."),
        ("json", '"dtype": "int8"'),
    ):
        assert said in archcalc("formula", "lenet5", "weights", "C3", "--dtype", "int8", "-f", form).out
    assert "bytes" not in archcalc("formula", "lenet5", "params", "--dtype", "int8").out


def test_a_formula_shows_itself():
    formula = archcalc.formula("lenet5", "params")
    assert str(formula) == formula.text
    assert formula._repr_latex_() == f"${formula.latex}$"
    assert "Valid when H ≥ 32 and W ≥ 32." in formula._repr_html_()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["parms"], "there is no quantity 'parms'"),
        (["peak"], "there is no formula of peak"),
        (["params", "C9"], "'LeNet-5' has no layer 'C9'"),
        (["--group", "d"], "there is no letter 'd' to group by"),
        (["--symbolic", "d"], "there is no symbol 'd' to free"),
        (["-f", "pyton"], "there is no format 'pyton'"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(archcalc, args, message):
    ran = archcalc("formula", "lenet5", *args)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(message)


def test_a_file_takes_the_format_of_its_ending(archcalc, inside):
    for name, first in (
        ("a.py", "def macs("),
        ("a.js", "// macs in"),
        ("a.tex", "% MACs of"),
        ("a.json", "{"),
    ):
        assert archcalc("formula", "lenet5", "macs", "-o", name).status == 0
        assert (inside / name).read_text(encoding="utf-8").startswith(first)
