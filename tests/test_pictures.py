"""Pictures of maps, tables and fields: to scale, nothing upon another, and the same for everybody."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

import archcalc as library
from archcalc.drawing import draw
from archcalc.drawing.colours import FAMILIES, INK, PAPER
from archcalc.drawing.matrix import HUES
from archcalc.testing import networks

STYLES = ("maps", "field", "table")
SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def parsed(drawing):
    """The root of a picture in the light theme."""
    return ET.fromstring(drawing.themed("light"))


def box(path):
    """What a path of straight lines covers: left, top, right, bottom."""
    numbers = [float(n) for n in _NUMBER.findall(path.get("d"))]
    xs, ys = numbers[::2], numbers[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def sides(path):
    """How wide and high a path is."""
    left, top, right, bottom = box(path)
    return right - left, bottom - top


def groups(drawing, kind):
    """The groups of one kind, each as its paths."""
    return [list(g.iter(f"{SVG}path")) for g in parsed(drawing).iter(f"{SVG}g") if g.get("class") == kind]


# -- nothing stands upon another

_LOOK = """() => {
    const box = e => { const b = e.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height]; };
    const texts = [...document.querySelectorAll('text')].map(e => [e.textContent, box(e)]);
    const stations = [...document.querySelectorAll('g.station')];
    const parts = stations.map(s => [box(s), [...s.querySelectorAll('path')]]);
    const inside = (p, b) => p.x > b[0] && p.x < b[2] && p.y > b[1] && p.y < b[3];
    const wires = [...document.querySelectorAll('g.wire')].map(g => {
        const met = new Set(), over = new Set();
        for (const path of g.querySelectorAll('path')) {
            const long = path.getTotalLength();
            for (let at = 0; at <= long; at += 2.5) {
                const p = path.getPointAtLength(at);
                parts.forEach(([b, planes], i) => {
                    if (!met.has(i) && inside(p, b) && planes.some(q => q.isPointInFill(p))) met.add(i);
                });
                for (const [text, b] of texts) if (inside(p, b)) over.add(text);
            }
        }
        return [met.size, [...over]];
    });
    const view = document.querySelector('svg').viewBox.baseVal;
    const marks = [...document.querySelectorAll('g.panel')].map(box);
    return {texts, stations: stations.map(box), wires, marks, view: [0, 0, view.width, view.height]};
}"""


def look(browser, drawing):
    """What a browser measures of a picture, in its own points."""
    page = browser.new_page()
    try:
        page.set_content(f"<!DOCTYPE html><body>{drawing.svg}</body>")
        return page.evaluate(_LOOK)
    finally:
        page.close()


def overlap(a, b, slack=0.6):
    """Whether two boxes share more than a hairline."""
    return a[0] + slack < b[2] and b[0] + slack < a[2] and a[1] + slack < b[3] and b[1] + slack < a[3]


def assert_apart(seen):
    """No text upon a text, no station upon a station, no text upon a station, nothing past the edge."""
    texts, stations = seen["texts"], seen["stations"]
    for i, (text, at) in enumerate(texts):
        for other, there in texts[:i]:
            assert not overlap(at, there), f"{text!r} lies upon {other!r}"
        for there in stations:
            assert not overlap(at, there), f"{text!r} lies upon a body"
        assert at[0] >= 0 <= at[1], f"{text!r} lies past the edge"
        assert at[2] <= seen["view"][2], f"{text!r} lies past the edge"
        assert at[3] <= seen["view"][3], f"{text!r} lies past the edge"
    for i, at in enumerate(stations):
        assert not any(overlap(at, there) for there in stations[:i])
    for met, over in seen["wires"]:
        assert met <= 2, "a wire crosses a body that it does not join"
        assert not over, f"a wire crosses {over}"


NETWORKS = [
    ("lenet5", {}),
    ("resnet50", {}),
    ("unet", {}),
    ("googlenet", {}),
    ("googlenet", {"only": "inception3a"}),
    ("googlenet-aux", {}),
    ("resnet50", {"only": "layer1.0"}),
    ("resnet50", {"only": "layer1.1"}),
    ("vit_b_16", {}),
    ("vit_b_16", {"only": "encoder.0"}),
    ("transformer-base", {}),
    ("bert-base", {}),
    ("alexnet-2012", {}),
    ("dcgan", {}),
    ("lstm-zaremba", {}),
    ("alexnet-v2", {}),  # lines to a short bar under a long caption
    ("mobilenet_v3_small", {"depth": 2}),  # four lines
    ("resnet20", {"depth": "all"}),  # wires that go on in the next line
]


@pytest.mark.parametrize(("name", "options"), NETWORKS, ids=str)
def test_nothing_of_a_picture_of_maps_lies_upon_another(browser, name, options):
    seen = look(browser, library.load(name).draw("maps", **options))
    assert len(seen["stations"]) > 2
    assert len(seen["wires"]) >= len(seen["stations"]) - 1
    assert_apart(seen)


def test_the_overlaps_that_the_browser_looks_for_are_found(browser):
    drawing = library.load("lenet5").draw("maps")
    moved = re.sub(r'y="[\d.]+" font-size="10.5"', 'y="150" font-size="10.5"', drawing.svg)
    drawing._make, drawing._light = lambda: moved, moved
    with pytest.raises(AssertionError, match="lies upon"):
        assert_apart(look(browser, drawing))


# -- to scale


def test_maps_bars_and_windows_of_lenet5_are_to_scale():
    drawing = library.load("lenet5").draw("maps")
    stations = groups(drawing, "station")
    assert [len(planes) for planes in stations[:5]] == [1, 6, 6, 16, 16]
    unit = sides(stations[0][0])[0] / 32
    for planes, side in zip(stations, (32, 28, 14, 10, 5), strict=False):
        for plane in planes:
            assert sides(plane) == pytest.approx((side * unit, side * unit), abs=0.02)
    bars = [sides(planes[0])[1] for planes in stations[5:]]
    assert [bar / bars[0] for bar in bars] == pytest.approx([1, 84 / 120, 10 / 120], abs=0.001)
    windows = groups(drawing, "wire")[:4]
    assert [sides(pane)[0] / unit for _, pane, _ in windows] == pytest.approx([5, 2, 5, 2], abs=0.02)
    assert [sides(dot)[0] / unit for *_, dot in windows[:2]] == pytest.approx([1, 1], abs=0.02)


def test_the_window_is_that_of_the_unit_beside_it():
    """Unit p of C1 reads pixels p to p + 4, and unit p of S2 units 2p and 2p + 1 of C1."""
    drawing = library.load("lenet5").draw("maps")
    stations, wires = groups(drawing, "station"), groups(drawing, "wire")
    for i, stride in enumerate((1, 2, 1, 2)):
        (left, top, _, _), (to_left, to_top, to_right, _) = box(stations[i][-1]), box(stations[i + 1][-1])
        cell = (to_right - to_left) / (28, 14, 10, 5)[i]  # of one scale
        _, pane, dot = (box(path) for path in wires[i])
        across = ((dot[0] + dot[2]) / 2 - to_left) / cell, ((dot[1] + dot[3]) / 2 - to_top) / cell
        units = [part - 0.5 for part in across]
        assert units == pytest.approx([round(part) for part in units], abs=0.02)
        assert [(pane[0] - left) / cell, (pane[1] - top) / cell] == pytest.approx(
            [stride * round(part) for part in units], abs=0.02
        )


def test_sides_that_differ_much_are_as_their_square_roots_and_the_picture_says_so():
    drawing = library.load("resnet50").draw("maps")
    widths = [sides(planes[-1])[0] for planes in groups(drawing, "station")[:7]]
    sizes = (224, 112, 56, 56, 28, 14, 7)
    squares = [wide**2 / size for wide, size in zip(widths, sizes, strict=True)]
    assert squares == pytest.approx([squares[0]] * 7, rel=0.005)
    assert "sides as the square root of the size" in drawing.svg
    planes = [len(planes) for planes in groups(drawing, "station")[:7]]
    assert planes == [3, 12, 12, 16, 18, 20, 22]  # 2·log₂ of 64, 64, 256, 512, 1024, 2048; all of 3


def test_u_net_stands_in_a_u():
    """Each level of resolution is lower than the one before, and the way up meets the way down."""
    root = parsed(library.load("unet").draw("maps"))
    said = [g for g in root.iter(f"{SVG}g") if g.get("class") == "station"]
    middle = {}
    for g in said:
        boxes = [box(path) for path in g.iter(f"{SVG}path")]
        name = g.find(f"{SVG}title").text.partition(":")[0]
        middle[name] = (min(b[1] for b in boxes) + max(b[3] for b in boxes)) / 2
    down = [middle[f"down{i}"] for i in range(1, 5)] + [middle["bottom"]]
    assert down == sorted(down)
    assert len(set(down)) == 5
    for i in range(1, 5):
        assert middle[f"up{i}"] == pytest.approx(middle[f"down{i}"], abs=0.05)


# -- the pictures of the docs

DOCS = Path(__file__).parents[1] / "docs"
DRAWN = {
    "lenet5-maps": ("lenet5", "maps", {}),
    "unet-maps": ("unet", "maps", {}),
    "lenet5-field": ("lenet5", "field", {"layer": "C3", "unit": (0, 0)}),
    "lenet5-table": ("lenet5", "table", {}),
    "vit-graph": ("vit_b_16", "graph", {}),
    "vit-macs": ("vit_b_16", "graph", {"color_by": "macs"}),
    "resnet152-graph": ("resnet152", "graph", {"page": "a4"}),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_pictures_of_the_docs_are_what_is_drawn(name, refresh):
    network, style, options = DRAWN[name]
    drawn = library.load(network).draw(style, **options).svg
    path = DOCS / f"{name}.svg"
    if refresh:
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn


# -- everybody's own text, and the same bytes

HOSTILE = """
archcalc: 1
name: '<script>alert(1)</script> & "50%" of A_B {C} \\input{x} ~^#$ 名 &amp;'
input: [1, 12, 12]
layers:
  - {name: a_1, op: conv2d, out_channels: 2, kernel_size: 3}
  - {name: b, op: max_pool2d, kernel_size: 2}
"""


@pytest.fixture
def hostile(tmp_path):
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    return str(path)


def test_text_that_comes_from_a_file_is_text_and_nothing_else(hostile):
    drawing = library.load(hostile).draw("maps")
    root = parsed(drawing)
    assert not list(root.iter(f"{SVG}script"))
    assert any(text.text.startswith('<script>alert(1)</script> & "50%"') for text in root.iter(f"{SVG}text"))
    assert "名" in drawing.svg


def test_a_picture_tells_readers_of_screens_what_is_on_it():
    root = parsed(library.load("lenet5").draw("maps"))
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "LeNet-5: its maps"
    assert root[1].tag == f"{SVG}desc"
    assert "C3: 16@10x10 by conv2d 5x5, table, tanh from S2." in root[1].text
    assert root[1].text.endswith("Sides and bars to scale.")


_PROGRAM = """
import archcalc
for style in {styles}:
    print(archcalc.load("lenet5").draw(style).svg)
print(archcalc.load("unet").draw("maps").tex)
"""


def test_the_same_network_gives_the_same_bytes():
    runs = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM.format(styles=STYLES)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


# -- TikZ

pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


@pdflatex
@pytest.mark.parametrize("name", ["lenet5", "unet", "hostile"])
def test_tikz_is_compiled_without_a_warning(name, hostile, tmp_path):
    tex = library.load(hostile if name == "hostile" else name).draw("maps").tex
    (tmp_path / "picture.tex").write_text(tex, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "picture.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    log = done.stdout.decode("utf-8", "replace")
    if "tikz.sty' not found" in log:
        pytest.skip("TikZ is not installed")
    assert done.returncode == 0, log[-2000:]
    assert not re.search(r"[Ww]arning|Overfull|Underfull|Missing character", log), log
    assert "(1 page" in log


def test_the_picture_alone_is_the_one_of_the_document(archcalc, inside):
    for ending in ("tex", "tikz"):
        assert archcalc("draw", "lenet5", "--style", "maps", "-o", f"lenet5.{ending}").status == 0
    whole, alone = ((inside / f"lenet5.{ending}").read_text("utf-8") for ending in ("tex", "tikz"))
    assert alone.startswith(r"\begin{tikzpicture}")
    assert alone.rstrip().endswith(r"\end{tikzpicture}")
    assert alone.rstrip() in whole
    assert r"{16@10x10}" in alone


# -- any network


@given(net=networks(max_layers=7))
@settings(max_examples=20)
def test_any_network_is_drawn_or_refused_in_a_sentence(net):
    for style in STYLES:
        try:
            drawing = net.draw(style)
        except library.ArchcalcError:
            assert style != "maps"
            continue
        ET.fromstring(drawing.svg)
        assert drawing.tex.rstrip().endswith(r"\end{document}")


# -- mistakes


def test_a_path_that_there_is_not_is_one_sentence():
    with pytest.raises(library.ArchcalcError) as error:
        library.load("lenet5").draw("maps", only="C33")
    assert str(error.value) == (
        "'LeNet-5' has no layer or block 'C33'\n"
        "  why: layers and blocks: C1, S2, C3, S4, C5, F6, OUTPUT\n"
        "  fix: C3"
    )


def test_a_chain_that_is_too_long_is_one_sentence():
    net = library.Net([library.layers.Conv2d(1, 1) for _ in range(120)], input=(1, 4, 4))
    with pytest.raises(library.ArchcalcError) as error:
        net.draw("maps")
    assert str(error.value) == (
        "121 layers and blocks are more than a picture of maps has room for, 100\n"
        "  fix: --depth 1, or --only and a block"
    )


def test_sizes_that_are_letters_are_not_drawn_to_scale():
    net = library.load("lenet5", symbolic=True)
    with pytest.raises(library.ArchcalcError) as error:
        draw(net.analysis, "maps")
    assert str(error.value) == (
        "maps are drawn to scale, and some sizes are letters\n  fix: set those that are letters"
    )


# -- fields


def filled(paths, colour):
    """The one path of a fill."""
    (found,) = [path for path in paths if path.get("fill") == colour]
    return found


def seen_cells(paths, high, wide):
    """Rows and columns of what is seen, counted in cells of the map, from a picture's own lengths."""
    plane, part = box(filled(paths, PAPER)), box(filled(paths, FAMILIES["conv"][0]))
    down, across = (plane[3] - plane[1]) / high, (plane[2] - plane[0]) / wide
    ends = [(part[1] - plane[1]) / down, (part[3] - plane[1]) / down]
    ends += [(part[0] - plane[0]) / across, (part[2] - plane[0]) / across]
    assert ends == pytest.approx([round(end) for end in ends], abs=0.03)
    top, bottom, left, right = map(round, ends)
    return (top, bottom - 1), (left, right - 1)


def found_by_trying(net, layer, unit, tries=4):
    """First and last rows and columns that change a unit when they change: lines are changed one by one."""
    np = pytest.importorskip("numpy")
    rng = np.random.default_rng(1)
    shape = tuple(net.input)
    x = rng.normal(size=shape)
    place = (slice(None), *unit)
    before = net.forward(x)[layer][place]
    spans = []
    for axis in (1, 2):
        met = []
        for i in range(shape[axis]):
            line = [slice(None)] * 3
            line[axis] = i
            for _ in range(tries):  # a maximum may hide a change
                changed = x.copy()
                changed[tuple(line)] = rng.normal(size=changed[tuple(line)].shape) * 9
                if not np.array_equal(net.forward(changed)[layer][place], before):
                    met.append(i)
                    break
        spans.append((met[0], met[-1]))
    return tuple(spans)


FIELDS = {
    "plain": """
  - {name: a, op: conv2d, out_channels: 3, kernel_size: 3, padding: 1, activation: tanh}
  - {name: b, op: avg_pool2d, kernel_size: 2}
  - {name: z, op: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
""",
    "strides, dilation and an uneven window": """
  - {name: a, op: conv2d, out_channels: 4, kernel_size: [3, 1], stride: [2, 1], padding: [1, 0]}
  - {name: b, op: conv2d, out_channels: 4, kernel_size: 3, dilation: 2, padding: 2}
  - {name: z, op: max_pool2d, kernel_size: 3, stride: 2, ceil_mode: true}
""",
    "a join of two ways": """
  - {name: a, op: conv2d, out_channels: 4, kernel_size: 5, padding: 2, activation: tanh}
  - {name: b, op: conv2d, out_channels: 4, kernel_size: 1, from: input}
  - {name: z, op: add, from: [a, b]}
""",
    "down and up again": """
  - {name: a, op: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  - {name: b, op: avg_pool2d, kernel_size: 2}
  - {name: c, op: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  - {name: up, op: conv_transpose2d, out_channels: 4, kernel_size: 2, stride: 2}
  - {name: z, op: concat, from: [a, up]}
""",
}


@pytest.mark.parametrize("unit", [(0, 0), (2, 1), (3, 3)])
@pytest.mark.parametrize("name", FIELDS)
def test_the_rectangle_on_the_input_is_what_changes_the_unit(name, unit):
    net = library.load(f"archcalc: 1\nname: n\ninput: [2, 12, 12]\nlayers:{FIELDS[name]}")
    unit = tuple(min(cell, size - 1) for cell, size in zip(unit, net["z"].output[1:], strict=True))
    first, *_ = groups(net.draw("field", layer="z", unit=unit), "station")
    assert seen_cells(first, 12, 12) == found_by_trying(net, "z", unit)


@pytest.mark.parametrize(("layer", "unit"), [("C3", (9, 4)), ("S4", (2, 2)), ("C5", (0, 0))])
def test_the_rectangle_of_lenet5_is_what_changes_the_unit(layer, unit):
    net = library.load("lenet5")
    first, *_ = groups(net.draw("field", layer=layer, unit=unit), "station")
    found = seen_cells(first, 32, 32)
    assert found == found_by_trying(net, layer, unit, tries=1)
    assert [last - start + 1 for start, last in found] == list(net.receptive_field(layer))


def test_a_field_that_is_larger_than_the_picture_is_drawn_with_the_padding_around():
    """ResNet-50's last maps see 427x427 of 224x224: 11 + 24 + 56 + 176 + 160, counted in its spec."""
    drawing = library.load("resnet50").draw("field", layer="layer4")
    first = groups(drawing, "station")[0]
    (around,) = [path for path in first if path.get("stroke-dasharray")]
    (wide, high), plane = sides(around), sides(filled(first, PAPER))
    assert [wide / plane[0] * 224, high / plane[1] * 224] == pytest.approx([427, 427], abs=0.2)
    assert sides(filled(first, FAMILIES["conv"][0])) == pytest.approx(plane, abs=0.02)
    assert "of a field of 427x427" in drawing.svg


def test_a_layer_inside_a_folded_block_has_its_field():
    drawing = library.load("resnet50").draw("field", layer="layer3.0.conv2", unit=(0, 13))
    first, *_, last = groups(drawing, "station")
    assert seen_cells(first, 224, 224) == ((0, 53), (155, 223))
    assert seen_cells(last, 14, 14) == ((0, 0), (13, 13))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("C3", "--unit", "10,4"),
            "'C3' has 10x10 units, counted from 0, and none at 10,4\n  fix: --unit 9,4",
        ),
        (("C3", "--unit", "3"), "'C3' has 10x10 units, counted from 0, and none at 3\n  fix: --unit 3,5"),
        (
            ("F6", "--unit", "3,3"),
            "'F6' gives a vector, each unit of which sees the same\n  fix: leave --unit out",
        ),
        (
            ("C3", "--unit", "4x4"),
            "--unit takes whole numbers, the row and the column, not '4x4'\n  fix: --unit 4,4",
        ),
        (("total",), "a field is that of a unit of one layer, and total is none"),
    ],
)
def test_a_unit_that_there_is_not_is_one_sentence(archcalc, inside, args, message):
    done = archcalc("draw", "lenet5", *args, "--style", "field", "-o", "field.svg")
    assert (done.status, done.err) == (2, f"{message}\n")
    assert not os.listdir(inside)


FIELD_NETWORKS = [
    ("lenet5", {}),
    ("lenet5", {"layer": "C3", "unit": (0, 0)}),
    ("lenet5", {"layer": "C5"}),
    ("resnet50", {"unit": (0, 6)}),
    ("unet", {}),
    ("googlenet", {}),
    ("vit_b_16", {}),
    ("bert-base", {}),
    ("dcgan", {}),
]


@pytest.mark.parametrize(("name", "options"), FIELD_NETWORKS, ids=str)
def test_nothing_of_a_field_lies_upon_another(browser, name, options):
    seen = look(browser, library.load(name).draw("field", **options))
    assert len(seen["wires"]) == len(seen["stations"]) - 1
    assert_apart({**seen, "wires": [(0, over) for _, over in seen["wires"]]})  # they lead from map to map


# -- tables


def test_the_marks_of_c3_are_those_of_table_i():
    """Table I of LeCun et al. 1998, typed from the paper: the maps of S2 that each map of C3 reads."""
    table = "012 123 234 345 045 015 0123 1234 2345 0345 0145 0125 0134 1245 0235 012345".split()
    panel = groups(library.load("lenet5").draw("table", layer="C3"), "panel")[0]
    planes = [box(path) for path in panel if path.get("fill") == PAPER]
    cell = (planes[0][2] - planes[0][0]) / 6
    assert [(right - left) / cell for left, _, right, _ in planes] == pytest.approx([6, 6, 3, 1], abs=0.01)
    assert all((bottom - top) / cell == pytest.approx(6, abs=0.01) for _, top, _, bottom in planes)
    found = {}
    for path in panel:
        if path.get("fill") in {fill for fill, _ in HUES}:
            x, y = (sum(box(path)[i::2]) / 2 for i in (0, 1))
            group = next(g for g, (left, _, right, _) in enumerate(planes) if left < x < right)
            column = (0, 6, 12, 15)[group] + int((x - planes[group][0]) / cell)
            found.setdefault(column, set()).add(int((y - planes[group][1]) / cell))
            assert path.get("fill") == HUES[group][0]
    assert [found[o] for o in range(16)] == [set(map(int, reads)) for reads in table]


def test_the_codes_are_pictures_of_7_by_12():
    net = library.load("lenet5")
    panel = groups(net.draw("table", layer="OUTPUT"), "panel")[0]
    planes = [box(path) for path in panel if path.get("fill") == PAPER]
    assert len(planes) == 10
    left, top, right, bottom = planes[3]
    pixel = (right - left) / 7
    assert (bottom - top) / pixel == pytest.approx(12, abs=0.01)
    inked = set()
    for a, b, c, d in [box(path) for path in panel if path.get("fill") == INK]:
        if left <= (a + c) / 2 <= right:
            row = round((b - top) / pixel)
            inked |= {(row, column) for column in range(round((a - left) / pixel), round((c - left) / pixel))}
            assert (d - b) / pixel == pytest.approx(1, abs=0.01)
    drawn = ["".join("X" if (r, c) in inked else "." for c in range(7)) for r in range(12)]
    digits = Path(library.__file__).with_name("layers") / "digits.txt"
    assert drawn == digits.read_text("ascii").split("\n\n")[3].split("\n")


def test_groups_are_blocks_on_the_diagonal():
    panel = groups(library.load("alexnet-2012").draw("table", layer="conv2"), "panel")[0]
    (plane,) = [box(path) for path in panel if path.get("fill") == PAPER]
    blocks = [box(path) for path in panel if path.get("fill") in {fill for fill, _ in HUES}]
    middle = (plane[0] + plane[2]) / 2, (plane[1] + plane[3]) / 2
    assert blocks == [
        pytest.approx((plane[0], plane[1], *middle), abs=0.05),
        pytest.approx((*middle, plane[2], plane[3]), abs=0.05),
    ]


TABLES = [
    ("lenet5", {}),
    ("alexnet-2012", {}),
    ("mobilenet_v1", {"layer": "stage1.dw"}),
    ("zipcode-1989", {"layer": "H2"}),
]


@pytest.mark.parametrize(("name", "options"), TABLES, ids=str)
def test_nothing_of_a_table_lies_upon_another(browser, name, options):
    seen = look(browser, library.load(name).draw("table", **options))
    for i, (text, at) in enumerate(seen["texts"]):
        assert not any(overlap(at, there) for _, there in seen["texts"][:i]), text
    for i, at in enumerate(seen["marks"]):
        assert not any(overlap(at, there) for there in seen["marks"][:i])
        assert at[2] <= seen["view"][2]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "lenet5",
            {"layer": "C1"},
            "'C1' has no connection table, no groups and no codes\n"
            "  why: a table is drawn of who reads whom, where that is not every map each",
        ),
        (
            "resnet50",
            {},
            "'ResNet-50' has no connection table, no groups and no codes\n"
            "  why: each of its layers reads all maps of the one before",
        ),
        (
            "mobilenet_v1",
            {},
            "13 layers of 'MobileNet v1' read some maps only; name one of them\n"
            "  why: stage1.dw, stage2.0.dw, stage2.1.dw, stage3.0.dw, stage3.1.dw, stage4.0.dw, stage4.1.dw, "
            "stage4.2.dw, stage4.3.dw, stage4.4.dw, stage4.5.dw, stage5.0.dw …",
        ),
    ],
)
def test_a_table_that_there_is_not_is_one_sentence(name, options, message):
    with pytest.raises(library.ArchcalcError) as error:
        library.load(name).draw("table", **options)
    assert str(error.value) == message
