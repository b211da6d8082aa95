"""Pictures of networks: what is drawn of them, and that nothing stands upon another, as a browser sees it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archcalc import load
from archcalc.drawing import STYLES
from archcalc.drawing.colours import FAMILIES, HEAT, INK, OTHER, PAPER, SHADE, SHADE_2, SOFT, themed
from archcalc.drawing.lettering import BOLD, REGULAR
from archcalc.drawing.paints import paints
from archcalc.drawing.parts import Card, diagram
from archcalc.drawing.rising import rising
from archcalc.errors import UsageError
from archcalc.folding import Choice, view

LOOKED_AT = ["lenet5", "resnet50", "resnet152", "unet", "googlenet", "vit_b_16"]

# every fault that an eye would find in a picture: what leaves it, what stands upon another, wires through
# cards that are not their ends and through words; by a little, as boxes of text are higher than its signs
FAULTS = """
() => {
  const svg = document.querySelector('svg'), view = svg.viewBox.baseVal, faults = []
  svg.setAttribute('width', 3 * view.width)  // else boxes of small text are rounded to whole pixels
  svg.setAttribute('height', 3 * view.height)
  const all = (what, e = svg) => [...e.querySelectorAll(what)]
  const box = e => { const b = e.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height] }
  const meet = (a, b, by) => a[0] + by < b[2] && b[0] + by < a[2] && a[1] + by < b[3] && b[1] + by < a[3]
  const texts = all('text').map(t => [t.textContent, box(t)]), cards = all('.card').map(box)
  const [left, top] = [view.x, view.y], [right, bottom] = [left + view.width, top + view.height]
  texts.forEach(([name, b], i) => {
    if (b[0] < left || b[1] < top || b[2] > right || b[3] > bottom) faults.push(`${name} leaves the page`)
    for (const [other, there] of texts.slice(i + 1))
      if (meet(b, there, 0.5)) faults.push(`${name} upon ${other}`)
  })
  for (const wire of all('.wire')) {
    const [path, head] = all('path', wire), length = path.getTotalLength()
    for (const label of all('text', wire))
      if (cards.some(card => meet(box(label), card, 0.5))) faults.push(`${label.textContent} upon a card`)
    const at = x => { const p = path.getPointAtLength(x); return [p.x, p.y, p.x, p.y] }
    const others = cards.filter(card => ![at(0), box(head)].some(end => meet(end, card, -2)))
    if (cards.length - others.length != 2) faults.push(`a wire with ${cards.length - others.length} ends`)
    for (let x = 0; x <= length; x += 4) {
      const here = at(x)
      if (others.some(card => meet(here, card, 1))) faults.push(`a wire through a card at ${here}`)
      for (const [name, b] of texts) if (meet(here, b, 1.5)) faults.push(`a wire through ${name} at ${here}`)
    }
  }
  return [texts.length, cards.length, [...new Set(faults)]]
}
"""


@pytest.fixture(scope="module")
def page(browser):
    """A page that has the shipped font."""
    return browser.new_page()


def faults(page, svg, *, shipped=True):
    """What a browser finds wrong with an SVG, in the shipped font or in one that it has."""
    faces = ""
    for weight, path in (("normal", REGULAR), ("bold", BOLD)) if shipped else ():
        data = base64.b64encode(Path(path).read_bytes()).decode()
        source = f"src:url(data:font/ttf;base64,{data})"
        faces += f"@font-face{{font-family:'Archcalc Sans';font-weight:{weight};{source}}}"
    page.set_content(f"<style>{faces}</style>{svg[svg.index('<svg') :]}")
    page.evaluate("() => document.fonts.ready")
    texts, cards, found = page.evaluate(FAULTS)
    assert min(texts, cards) > 2
    return found


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in LOOKED_AT),
        *((name, {"direction": "right"}) for name in ("lenet5", "resnet50", "t5-small")),
        *((name, {"page": "a4"}) for name in ("resnet152", "googlenet", "t5-small")),
        ("resnet50", {"only": "layer2", "expand": "layer2"}),
        ("densenet121", {}),
    ],
    ids=str,
)
def test_nothing_stands_upon_another(page, name, options):
    assert faults(page, load(name).draw(**options).svg) == []


@pytest.mark.parametrize("name", ["lenet5", "vit_b_16"])
def test_nor_does_it_in_a_font_of_other_widths(page, name):
    svg = load(name).draw().svg.replace("Archcalc Sans,", "DejaVu Sans,")
    assert faults(page, svg, shipped=False) == []


def test_a_fault_is_found(page):
    svg = load("lenet5").draw().svg
    moved = svg.replace(">16@10x10<", ' dx="-40"><').replace(">6@28x28<", ' dx="-30">6@28x28<')
    assert any("6@28x28 upon" in fault or "through 6@28x28" in fault for fault in faults(page, moved))
    wide = svg.replace(">C1</text>", ">C1 and much more than there is room for on its card</text>")
    assert faults(page, re.sub(r' textLength="[^"]*" lengthAdjust="[^"]*"', "", wide))


# -- what is drawn


SPLIT = """
archcalc: 1
name: Split
input: [8, 8, 8]
blocks:
  unit:
    args: {k: 3}
    layers:
      - {name: conv, op: conv2d, out_channels: 8, kernel_size: k, padding: k // 2}
      - {name: act, op: relu}
layers:
  - {name: alike, block: unit, repeat: 4}
  - {name: changed, block: unit, repeat: [{}, {}, {k: 5}, {}]}
  - {name: read, block: unit, repeat: 4}
  - {name: sum, op: add, from: [read, read.1]}
  - {name: wide, op: conv2d, out_channels: 8, kernel_size: 1, repeat: 3}
"""


def titles(items):
    """What blocks and cards are called, nested as they are."""
    for item in items:
        if isinstance(item, Card):
            yield item.title or item.lines[0].name
        else:
            yield (f"{item.title} {item.about}", list(titles(item.items)))


def split(**options):
    return diagram(load(SPLIT).analysis, "all", **options)


def test_copies_that_are_alike_are_drawn_once_and_others_by_themselves():
    assert list(titles(split().items)) == [
        "input",
        "alike",
        ("changed unit × 4", ["0 – 1", "2", "3"]),
        ("read unit × 4", ["0 – 1", "2 – 3"]),
        "sum",
        "wide × 3",
        "output",
    ]
    cards = {card.title: card for card in split().cards}
    assert cards["alike"].about == "unit × 4"
    assert [line.name for line in cards["alike"].lines] == ["conv", "act"]
    assert cards["2 – 3"].about == "unit × 2"


@pytest.mark.parametrize(
    ("expand", "count"), [((), 10), ("alike", 13), (["alike", "wide"], 15), (1, 18), ("all", 18)], ids=str
)
def test_repeats_are_expanded_by_name_to_a_depth_or_all(expand, count):
    assert len(split(expand=expand).cards) == count


@pytest.mark.parametrize("depth", ["all", 2])
@pytest.mark.parametrize("name", [*LOOKED_AT, "t5-small", "densenet121", "albert-base-v2", "mobilenet_v2"])
def test_every_row_of_the_report_is_drawn_on_one_card(name, depth):
    net = load(name).analysis
    found = diagram(net, depth)
    rows = view(net, Choice(depth)).rows
    lines = [line for card in found.cards for line in card.lines]
    assert sorted(place for line in lines for place in line.places) == list(range(len(rows)))
    for line in lines:
        assert [rows[place] for place in line.places] == list(line.rows)
        assert len({(row.op, row.params, row.macs) for row in line.rows if " of " not in row.op}) <= 1


def test_rows_are_marked_in_the_svg_by_their_places():
    svg = load("resnet50").draw(depth=2).svg
    places = [int(n) for found in re.findall(r'data-row="([\d ]+)"', svg) for n in found.split()]
    assert sorted(places) == list(range(len(view(load("resnet50").analysis, Choice(2)).rows)))


def test_skip_connections_are_the_wires_that_pass_others_by():
    skips = [(wire.source, wire.target) for wire in diagram(load("vit_b_16").analysis).wires if wire.skips]
    inner = [("embedded", "encoder.0.add_1"), ("encoder.0.add_1", "encoder.0.add_2")]
    assert skips == [("sequence", "embedded"), *inner]
    # branches are no skips: the first of an inception module has one layer, and no way goes around it
    assert not any(wire.skips for wire in diagram(load("googlenet").analysis).wires)


def test_the_way_up_of_a_u_net_is_drawn_upwards():
    up = rising(diagram(load("unet").analysis))
    assert {key.split(".")[0] for key in up} == {"up4", "up3", "up2", "up1", "segmentation", "output"}
    assert rising(diagram(load("resnet50").analysis)) == set()


def test_a_part_is_drawn_between_what_it_reads_and_what_reads_it():
    found = diagram(load("googlenet").analysis, only="inception3a")
    assert [card.title for card in found.cards if not card.lines] == ["from maxpool2", "to inception3b"]
    assert found.whole.params == load("googlenet").measure("inception3a", "params")


@pytest.mark.parametrize("by", ["params", "macs", "memory"])
def test_the_hottest_card_is_where_the_cost_sits(by):
    net = load("lenet5").analysis
    found = diagram(net)
    of = paints(net, found, by).of
    hot = {line.name for card in found.cards for line in card.lines if of(line)[0] == HEAT[-1]}
    # of 60,000 parameters C5 has 48,120; of 326,520 MACs C1 has 117,600 and C3 150,000; S2 reads 4,704 numbers
    # and makes 1,176, and C1 reads 1,024 and makes 4,704
    assert hot == {"params": {"C5"}, "macs": {"C1", "C3"}, "memory": {"C1", "S2"}}[by]


# -- as files


def size(png):
    return tuple(int.from_bytes(png[at : at + 4], "big") for at in (16, 20))


def test_pictures_are_as_large_as_the_page():
    drawing = load("resnet152").draw(page="a4")
    assert 'width="841.89pt" height="595.28pt"' in drawing.svg
    assert size(drawing.png(1)) == (1123, 794)
    assert size(load("lenet5").draw(page="letter").png(1)) == (816, 1056)


def test_a_pdf_has_the_page_its_text_and_the_font():
    pytest.importorskip("svg2pdf_py", reason="svg2pdf-py writes PDFs")
    drawing = load("resnet152").draw(page="a4")
    pdf = drawing.pdf()
    assert re.search(rb"/MediaBox \[0 0 841\.89 595\.28\]", pdf)
    assert sorted(re.findall(rb"/FontName /\w+\+(\w+-\w+)", pdf)) == [
        b"ArchcalcSans-Bold",
        b"ArchcalcSans-Regular",
    ]
    assert pdf.count(b"/FontFile2") == 2
    assert b"beginbfchar" in pdf  # from its signs back to text
    assert "ResNet-152".encode("utf-16-be").hex().upper().encode() in pdf
    assert not re.search(rb"/(CreationDate|ModDate|ID)\b", pdf)
    small = load("lenet5").draw()
    assert len({small.pdf() for _ in range(12)}) == 1  # its fonts come in four orders
    starts = [int(found) for found in re.findall(rb"\n(\d{10}) 00000 n", pdf)]
    assert all(re.match(rb"%d 0 obj\n" % n, pdf[at:]) for n, at in enumerate(starts, 1))


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_the_text_of_a_pdf_is_selected_as_text(inside):
    pytest.importorskip("svg2pdf_py", reason="svg2pdf-py writes PDFs")
    (inside / "x.pdf").write_bytes(load("lenet5").draw().pdf())
    text = subprocess.run(["pdftotext", "x.pdf", "-"], capture_output=True, check=True).stdout.decode()
    for words in ("LeNet-5", "conv2d 5x5, table, tanh", "1,516 params · 150k MACs", "16@10x10"):
        assert words in text


def test_without_its_package_a_pdf_is_one_sentence(archcalc, inside, monkeypatch):
    monkeypatch.setitem(sys.modules, "svg2pdf_py", None)
    ran = archcalc("draw", "lenet5", "-o", "x.pdf")
    assert (ran.status, ran.err) == (
        2,
        "a PDF is written by the package svg2pdf-py, which is not installed\n  fix: pip install 'archcalc[pdf]'\n",
    )
    assert not list(inside.iterdir())


def test_the_same_network_gives_the_same_bytes():
    code = (
        "import archcalc, hashlib; d = archcalc.load('t5-small').draw()\n"
        "print([hashlib.sha256(x).hexdigest() for x in (d.svg.encode(), d.png(), d.dot.encode())])"
    )
    ran = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert ran[0] == ran[1]


HOSTILE = "<script>alert(1)</script> & \" ' ]]> \\n \\l {|} \u202e <!-- -->"


def test_what_comes_from_a_spec_is_escaped(page):
    net = load(SPLIT.replace("name: Split", f"name: {json.dumps(HOSTILE)}"))
    drawing = net.draw()
    root = ElementTree.fromstring(drawing.svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "style", "title", "desc", "rect", "g", "path", "text"}
    words = [
        "".join(element.itertext()) for element in root.iter() if element.tag.endswith(("text", "title"))
    ]
    assert any(word.startswith("<script>alert(1)</script> & \" ' ]]> \\n") for word in words)
    assert "\u202e" not in drawing.svg + drawing.dot
    assert faults(page, drawing.svg) == []
    assert page.evaluate("() => document.querySelectorAll('script').length") == 0
    assert drawing.png(1)[:4] == b"\x89PNG"


@pytest.mark.parametrize("style", STYLES)
def test_every_colour_has_a_dark_one(style):
    drawing = load("lenet5").draw(style)
    light = set(re.findall(r"#[0-9a-f]{6}", drawing.themed("light")))
    dark = set(re.findall(r"#[0-9a-f]{6}", drawing.themed("dark")))
    assert light
    assert not light & dark
    assert "prefers-color-scheme:dark" in drawing.svg
    assert all(f'"{colour}"]' in drawing.svg for colour in light)


def brightness(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return sum(
        w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
        for w, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )


def contrast(a, b):
    """As the Web Content Accessibility Guidelines have it; text needs 4.5."""
    low, high = sorted((brightness(a), brightness(b)))
    return (high + 0.05) / (low + 0.05)


def test_words_stand_out_from_what_they_are_written_on():
    def dark(colour):
        return re.search(r"#\w+", themed(f'<svg fill="{colour}"/>', "dark"))[0]

    pairs = [(INK, fill) for fill in HEAT]
    pairs += [(ink, fill) for ink in (INK, SOFT) for fill, _ in [*FAMILIES.values(), OTHER]]
    pairs += [(ink, ground) for ink in (INK, SOFT) for ground in (PAPER, SHADE, SHADE_2)]
    for ink, ground in pairs:
        assert contrast(ink, ground) >= 4.5, (ink, ground)
        assert contrast(dark(ink), dark(ground)) >= 4.5, (ink, ground, "dark")


# -- what is not understood


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--style grpah", "there is no style 'grpah'"),
        ("--direction up", "there is no direction 'up'\n  why: directions: down, right\n"),
        ("--color-by mac", "there is no colouring by 'mac'\n  why: ways to colour: family, params, macs, memory\n  fix: macs\n"),
        ("--page a3", "there is no page 'a3'\n  why: pages: none, a4, letter\n"),
        ("--theme drak", "there is no theme 'drak'\n  why: themes: auto, light, dark\n  fix: dark\n"),
        ("--expand layr1", "'ResNet-50' has no repeat 'layr1'\n  why: repeats: layer1, layer2, layer3, layer4\n  fix: layer1\n"),
        ("--only layr1", "'ResNet-50' has no layer or block 'layr1'"),
        ("--style maps --color-by macs", "the style maps takes no 'color_by'"),
        ("-o x.tex", "this style gives no 'tex'\n"),
        ("-o x.gif", "'x.gif' has no ending of a diagram"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_said_in_one_sentence(archcalc, inside, options, said):
    args = options.split()
    ran = archcalc("draw", "resnet50", *args, *(() if "-o" in args else ("-o", "x.svg")))
    assert ran.status == 2
    assert ran.err.startswith(said)
    assert not list(inside.iterdir())


def test_letters_have_a_graph_but_no_place_where_the_cost_sits():
    net = load("lenet5-conv", symbolic=True)
    assert "⌊" in net.draw().svg
    with pytest.raises(UsageError, match="where the cost sits depends on the sizes"):
        net.draw(color_by="macs")


def test_figures_are_never_cut():
    for name, depth in (("resnet152", 1), ("llama-2-7b", 1), ("t5-small", "all")):
        svg = load(name).draw(depth=depth).svg
        assert not [text for text in re.findall(r">([^<]*)</text>", svg) if "…" in text and "param" in text]
