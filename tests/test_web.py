"""The page of a network, looked at in a browser: its figures are Python's, and nothing leaves it."""

from __future__ import annotations

import random

import pytest

from archcalc import load
from archcalc.errors import SpecError
from archcalc.web.letters import lettered
from archcalc.web.page import page
from archcalc.web.rows import COLUMNS

# what every open page is asked at some positions: all cells, the totals, and what is said of the sizes
LOOK = """async (hashes) => {
  const seen = [];
  for (const hash of hashes) {
    location.hash = hash;
    await new Promise((done) => setTimeout(done, 0));
    await new Promise(requestAnimationFrame);
    const rows = {};
    for (const tr of document.querySelectorAll("#layers [data-row]")) {
      const cells = {};
      for (const button of tr.querySelectorAll("[data-figure]")) cells[button.dataset.figure] = button.textContent;
      rows[tr.querySelector(".label").textContent] = {cells, times: tr.querySelector(".times").textContent};
    }
    seen.push({rows, fits: !document.body.classList.contains("unfit"), said: document.querySelector("#said").textContent});
  }
  return seen;
}"""


class Opened:
    """A page in a tab that counts what it asks for and what goes wrong."""

    def __init__(self, browser, path, **context):
        self.context = browser.new_context(**context)
        self.asked, self.wrong = [], []
        self.context.route("**/*", self._route)
        self.tab = self.context.new_page()
        self.tab.on("console", lambda message: self.wrong.append(message.text))
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.goto(path.as_uri())

    def _route(self, route):
        self.asked.append(route.request.url)
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            route.abort()

    def look(self, positions):
        return self.tab.evaluate(
            LOOK,
            ["&".join(f"{k}={float(v) if v % 1 else int(v)}" for k, v in at.items()) for at in positions],
        )


@pytest.fixture
def opened(browser, tmp_path):
    """Open the page of a network: `opened("lenet5").tab`."""
    tabs = []

    def open_(net, **context):
        path = tmp_path / f"page{len(tabs)}.html"
        path.write_text(page((load(net) if isinstance(net, str) else net).analysis), encoding="utf-8")
        tabs.append(Opened(browser, path, **context))
        return tabs[-1]

    yield open_
    for each in tabs:
        each.context.close()
        assert each.wrong == []
        assert len(each.asked) == 1  # the file itself


def positions(net, count, rng):
    """Sizes within a factor of four of a network's own, and now and then far beyond."""
    found, letters = [], lettered(net.analysis).letters
    for _ in range(count):
        at = {}
        for letter in letters:
            value = (
                letter.value if rng.random() < 0.4 else max(1, int(letter.value * 4 ** rng.uniform(-1, 1)))
            )
            at[letter.name] = letter.size(value)
        found.append(at)
    return found


def number(text):
    return None if text == "-" else int(text.replace(",", ""))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("lenet5", 60),
        ("resnet50", 25),
        ("mobilenet_v1", 25),
        ("bert-base", 30),
        ("vit_b_16", 30),
        ("vgg11", 20),
    ],
)
def test_every_figure_is_pythons_at_any_position_of_the_sliders(opened, name, count):
    net, rng = load(name), random.Random(name)
    asked = positions(net, count, rng)
    fitting = 0
    for at, seen in zip(asked, opened(net).look(asked), strict=True):
        sizes = {k: v for k, v in at.items() if k in net.graph.symbols}
        try:
            other = load(
                name, sizes=sizes, input=[at[axis] for axis in net.input.axes] if "C" in at else None
            )
        except SpecError:
            assert not seen["fits"], at
            continue
        if not seen["fits"]:
            assert "Other layers than these" in seen["said"], (at, seen["said"])
            continue
        fitting += 1
        total = seen["rows"]["total"]["cells"]
        assert {q: number(total[q]) for q in COLUMNS if q in total} == {
            q: other.analysis.total[q] for q in COLUMNS if q in total
        }, at
        for row, found in seen["rows"].items():
            if row in other.analysis.by_name:
                own = other[row]
                times = number(found["times"].removeprefix(" × ") or "1")
                assert found["cells"]["output"] == repr(own.output), (at, row)
                for quantity, cell in found["cells"].items():
                    if quantity != "output":
                        assert number(cell) == (None if own[quantity] is None else times * own[quantity]), (
                            at,
                            row,
                            quantity,
                        )
    assert fitting > count // 4
