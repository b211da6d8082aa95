"""Explanations as Markdown with LaTeX and as HTML with MathML: whole, escaped, and the same numbers."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import archcalc
from archcalc.render.lesson import html, markdown
from archcalc.render.notation import latex, mathml, read

NETWORKS = ("lenet5", "resnet18", "t5-small", "mobilenet_v3_small", "lstm-zaremba", "googlenet")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16·10·10  =  1,600", r"16 \cdot 10 \cdot 10 = 1{,}600"),
        ("(14 − 5 + 2·0)/1 + 1  =  10", r"\frac{14 - 5 + 2 \cdot 0}{1} + 1 = 10"),
        ("⌊(W − F + 2P)/S⌋ + 1", r"\left\lfloor \frac{W - F + 2 \cdot P}{S} \right\rfloor + 1"),
        ("−3 + gcd(4, 6)", r"-3 + \operatorname{gcd}\left(4, 6\right)"),
        ("maps · height · width", r"\text{maps} \cdot \text{height} \cdot \text{width}"),
        ("63 rows  =  25,557,032", r"\text{63 rows} = 25{,}557{,}032"),
        ("14x14 pixels of the input", ""),
        ("Σ over maps: its weights", ""),
        ("a & b_c  =  3", ""),
    ],
)
def test_the_house_notation_is_read_as_latex(text, expected):
    assert latex(text) == expected


@pytest.mark.parametrize(
    "text", ["", "(", "3 +", "3 4", "(" * 400 + "3" + ")" * 400, "3 # 4", "⌊3", "a(1", "x" * 10_000]
)
def test_what_is_no_formula_stays_text(text):
    assert read(text) is None or text == "x" * 10_000
    assert "<math" not in mathml(text) or text == "x" * 10_000


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_is_a_page_that_a_browser_reads(name):
    net = archcalc.load(name)
    for row in [*net.rows[:40], net.analysis.total]:
        explanation = net.explain(row.name)
        page = html(explanation)
        root = ElementTree.fromstring(re.sub(r"^<!DOCTYPE html>\n|<meta charset=\"utf-8\">", "", page))
        text = "".join(root.itertext())
        lesson = markdown(explanation)
        assert lesson.count("{") == lesson.count("}")
        assert lesson.count(r"\left") == lesson.count(r"\right")
        for step in explanation.steps:
            for line, _ in step.lines:
                result = line.rpartition("  =  ")[2]
                assert result in text
                assert result.replace(",", "{,}") in lesson or result in lesson


def test_a_product_of_two_words_keeps_its_sign_between_them(browser):
    # between elements that count as spaces a browser would put the room of the sign before and after them
    page = browser.new_page()
    page.set_content(mathml("params · places"))
    whole, first = (page.locator(name).first.bounding_box() for name in ("math", "mrow > *"))
    page.close()
    assert first["x"] == whole["x"]


def test_remarks_stand_under_what_they_are_about():
    page = html(archcalc.load("lenet5").explain("C3"))
    formula, remark = page.index("1,516</mn>"), page.index("reading all 6 maps it would be")
    assert formula < remark < page.index(">connections</th>")


def test_names_of_a_file_are_escaped():
    name = '<b>$x$ `a` & "q" | _e_'
    spec = {
        "archcalc": 1,
        "name": name,
        "input": [3],
        "layers": [{"name": "a", "op": "linear", "out_features": 2}],
    }
    explanation = archcalc.load(spec).explain()
    page, lesson = html(explanation), markdown(explanation)
    assert "<b>" not in page
    assert "&lt;b&gt;$x$ `a` &amp; &quot;q&quot; | _e_" in page
    assert r"&lt;b&gt;&#36;x&#36; \`a\` &amp; " in lesson


def test_the_ending_of_a_file_says_the_format(archcalc, inside):
    assert archcalc("explain", "lenet5", "C3", "-o", "C3.html").status == 0
    assert "<math" in (inside / "C3.html").read_text(encoding="utf-8")
    assert archcalc("explain", "lenet5", "C3", "params", "-o", "C3.md").status == 0
    assert "$$" in (inside / "C3.md").read_text(encoding="utf-8")
    ran = archcalc("explain", "lenet5", "C3", "-f", "htm")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("there is no format 'htm'")
