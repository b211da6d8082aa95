"""Closed forms: each equals the integer analysis at every size at which it says that it holds."""

from __future__ import annotations

from random import Random

import pytest

import archcalc
from archcalc import ArchcalcError
from archcalc.analysis import Analysis
from archcalc.graph import build
from archcalc.spec import find, parse

# network: letters, each from the smallest size tried to the largest, and how many points
NETWORKS = {
    "lenet5": ({"H": (31, 120), "W": (31, 120)}, 1000),
    "bert-base": ({"d": 1500, "L": 40, "T": 600, "V": 50_000, "P": (500, 900), "heads": 16}, 1000),
    "gpt2": ({"d": 1500, "L": 40, "T": 600, "V": 50_000, "P": (500, 900), "heads": 16}, 1000),
    "mobilenet_v1": ({"width": 6, "H": 300, "W": 300, "classes": 2000}, 200),
    "resnet50": ({"H": 300, "W": 300, "classes": 2000}, 60),
    "t5-small": ({"V": 900, "S": 300, "T": 300, "L": 9, "d": 600, "heads": 9, "kv": 70, "ff": 999}, 200),
    "vit_b_16": ({"H": 300, "W": 300, "patch": 30, "L": 9, "d": 500, "heads": 9, "classes": 99}, 200),
    "llama-2-7b": ({"V": 900, "T": 300, "L": 9, "d": 600, "heads": 9, "kv": 9, "ff": 999}, 200),
    "unet": ({"H": (180, 700), "W": (180, 700)}, 100),
}
QUANTITIES = ("params", "macs", "flops", "connections", "neurons")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_closed_form_equals_the_integer_analysis_wherever_it_holds(name):
    largest, points = NETWORKS[name]
    net = archcalc.load(name, symbolic=list(largest))
    formulas = {quantity: net.formula(quantity) for quantity in QUANTITIES}
    spec, random, held = parse(find(name)), Random(name), 0
    for _ in range(points):
        sizes = {
            letter: random.randint(*(ends if isinstance(ends, tuple) else (1, ends)))
            for letter, ends in largest.items()
        }
        if "heads" in sizes and random.random() < 0.9:  # else hardly any width is divided by its heads
            heads = sizes["kv"] * random.randint(1, 4) if name.startswith("llama") else sizes["heads"]
            sizes |= {"heads": heads, "d": 2 * heads * random.randint(1, 60)}
        try:
            whole = Analysis(build(spec, sizes)).total
        except ArchcalcError:
            assert not formulas["params"].holds(sizes), sizes
            continue
        held += 1
        for quantity, formula in formulas.items():
            assert formula.holds(sizes), sizes
            assert formula.at(sizes) == whole[quantity], (quantity, sizes)
    assert held > points / 4


def test_the_closed_form_of_bert_is_the_polynomial_worked_out_by_hand():
    # 12 d² of four projections and two dense layers; 13 d of their biases and of two norms
    assert archcalc.formula("bert-base", "params", "d,L,V,P").text == "d²·(12·L + 1) + d·(P + V + 13·L + 5)"
