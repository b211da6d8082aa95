"""What notebooks show: each object by itself, as IPython and a real kernel ask for it."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import archcalc as package
from archcalc import load
from archcalc.render.page import _INLINE, STYLES, Page

OBJECTS = {
    "net": lambda: load("lenet5"),
    "symbolic": lambda: load("lenet5-conv", symbolic=True),
    "deep": lambda: load("resnet152"),
    "report": lambda: load("lenet5").report(),
    "exercise": lambda: load("lenet5").report(blank=["params"]),
    "check": lambda: load("lenet5").check(),
    "wrong": lambda: load("lenet5").check("params = 61706"),
    "diff": lambda: package.diff("lenet5", "lenet5-pytorch"),
    "explanation": lambda: load("lenet5").explain("C3"),
    "formula": lambda: load("lenet5").formula("params", "H,W"),
    "sweep": lambda: package.sweep("lenet5", H="32:40:4"),
    "front": lambda: package.sweep("mobilenet_v1", width="0.25:1:0.25", pareto=("macs", "max:params")),
    "solution": lambda: package.solve("lenet5", "H", "C5.H == 1"),
    "calc": lambda: package.calc("conv2d", (1, 32, 32), out_channels=6, kernel_size=5),
    "counts": lambda: load("lenet5").counts("fvcore", "thop"),
    "verification": lambda: load("lenet5").verify(),
}

# what JupyterLab's sanitizer lets through, of what is used here
TAGS = set("div p br table caption thead tbody tfoot tr th td span pre img".split())
ATTRIBUTES = {"style", "scope", "alt", "src"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(html):
    found = Tags()
    found.feed(html)
    assert not found.open
    return found


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_shows_itself_in_html_that_survives_a_sanitizer(name):
    html = OBJECTS[name]()._repr_html_()
    found = read(html)
    assert found.tags <= TAGS
    assert {word for word, _ in found.attributes} <= ATTRIBUTES
    for word, value in found.attributes:
        if word == "style":
            assert not re.search(r"url|expression|position|class", value)
        if word == "src":
            assert value.startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("name", ["net", "front"])
def test_the_picture_is_a_whole_one(name):
    html = OBJECTS[name]()._repr_html_()
    data = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)[1]
    root = ElementTree.fromstring(base64.b64decode(data))
    assert root.tag.endswith("svg")


def test_drawings_and_plots_are_pictures():
    assert "<svg" in load("lenet5").draw()._repr_svg_()
    assert "<svg" in OBJECTS["front"]().plot()._repr_svg_()


def test_the_text_is_the_page():
    page = load("lenet5").check().page()
    shown = re.sub(r"<[^>]*>", "", page._repr_html_()).replace("&#x27;", "'")
    assert [line.rstrip() for line in shown.split("\n")] == str(page).strip("\n").split("\n")


def test_names_are_escaped():
    evil = "<img src=x onerror=alert(1)>"
    page = Page([[(evil, "name"), (evil, "")]])
    assert "<img" not in page._repr_html_()


def luminance(colour):
    """Of a colour such as #1d8b36, as the Web Content Accessibility Guidelines 2.1 have it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("style", [style for style, css in _INLINE.items() if css.startswith("color")])
def test_a_colour_is_read_on_a_light_page_and_on_a_dark_one(style):
    own = luminance(_INLINE[style].partition(":")[2])
    for ground in ("#ffffff", "#111111"):
        low, high = sorted((own, luminance(ground)))
        assert (high + 0.05) / (low + 0.05) >= 4


def test_a_notebook_has_the_six_styles_of_the_terminal():
    assert _INLINE.keys() == STYLES.keys()


# -- with IPython, and a real kernel


@pytest.fixture(scope="module")
def formatter():
    return pytest.importorskip("IPython.core.formatters").DisplayFormatter()


@pytest.mark.parametrize("name", OBJECTS)
def test_ipython_shows_html_and_text(name, formatter):
    data, _ = formatter.format(OBJECTS[name]())
    assert {"text/plain", "text/html"} <= data.keys()
    assert "object at 0x" not in data["text/plain"]


def test_ipython_shows_a_network_as_its_table_where_there_is_no_html(formatter):
    data, _ = formatter.format(load("lenet5"))
    assert "340,908" in data["text/plain"]
    assert "image/svg+xml" in formatter.format(load("lenet5").draw())[0]
    assert formatter.format(OBJECTS["formula"]())[0]["text/latex"].startswith("$")


@pytest.mark.filterwarnings("ignore")  # those of the kernel's own packages
def test_a_notebook_runs(monkeypatch):
    client = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    from pathlib import Path

    import nbformat

    monkeypatch.setenv("PYTHONPATH", str(Path(package.__file__).parents[1]))
    cells = ["import archcalc", "archcalc.load('lenet5')", "archcalc.check('lenet5', 'params = 61706')"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    net, check = (cell.outputs[0].data for cell in book.cells[1:])
    assert "data:image/svg+xml" in net["text/html"]
    assert "340,908" in net["text/plain"]
    assert "61,706" in check["text/html"]
