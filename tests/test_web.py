"""The page of a network, looked at in a browser: its figures are Python's, and nothing leaves it."""

from __future__ import annotations

import random
from functools import cache

import pytest

from archcalc import load
from archcalc.errors import SpecError
from archcalc.web.comparison import page as beside
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


@cache
def html(name):
    """The page of a bundled network, made once for all tests."""
    return page(load(name).analysis)


@pytest.fixture
def opened(browser, tmp_path):
    """Open the page of a network: `opened("lenet5").tab`."""
    tabs = []

    def open_(net, **context):
        path = tmp_path / f"page{len(tabs)}.html"
        path.write_text(html(net) if isinstance(net, str) else page(net.analysis), encoding="utf-8")
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


# -- by hand and by eye


def focused(tab):
    return tab.evaluate("document.activeElement.dataset.figure ?? document.activeElement.id")


def test_a_figure_opens_its_derivation_and_closing_goes_back_to_it(opened):
    tab = opened("lenet5").tab
    tab.focus("#share")
    tab.keyboard.press("Tab")  # the convention, then the table's box, its headers, and one figure of it
    tab.locator('[data-row="2"] [data-figure="connections"]').focus()
    tab.keyboard.press("Enter")
    assert tab.inner_text("#what") == "C3: connections = 151,600"
    assert focused(tab) == "what"
    said = tab.inner_text("#derivation")
    assert "every weight and bias is used at each of 100 places" in said
    assert "✓ published: 151,600, LeCun et al. 1998" in said
    assert tab.locator("#derivation math").last.text_content() == "1,516·10·10=151,600"
    tab.keyboard.press("Escape")
    assert tab.locator("#panel").is_hidden()
    assert focused(tab) == "connections"


def test_a_derivation_says_what_its_letters_are_and_goes_on_in_the_next_line(opened):
    tab = opened("lenet5").tab
    tab.locator('[data-row="2"] [data-figure="output"]').click()
    said = tab.inner_text("#derivation")
    assert "W is the side of what it reads, high or wide, F is the side of its window, P is" in said
    tab.keyboard.press("Escape")
    tab.locator('[data-row="2"] [data-figure="params"]').click()
    texts = tab.locator("#derivation math").all_text_contents()
    assert texts[-5:] == ["6·(3·5·5+1)", "+6·(4·5·5+1)", "+3·(4·5·5+1)", "+1·(6·5·5+1)", "=1,516"]
    lines = "list => list.every((line) => line.scrollWidth <= line.clientWidth)"
    assert tab.locator("#derivation .line").evaluate_all(lines)


def test_the_panel_does_not_cover_the_figure_that_it_is_of(opened):
    tab = opened("lenet5").tab
    for row in (0, 3, 6):
        button = tab.locator(f'[data-row="{row}"] [data-figure="flops"]')
        button.scroll_into_view_if_needed()
        button.click()
        own, cover = button.bounding_box(), tab.locator("#panel").bounding_box()
        assert own["y"] + own["height"] <= cover["y"]
        tab.keyboard.press("Escape")


def test_the_table_is_one_stop_of_the_tab_key_and_arrows_go_through_it(opened):
    tab = opened("lenet5").tab
    assert tab.locator("#layers tbody [tabindex='0']").count() == 1
    tab.locator("#layers tbody [tabindex='0']").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "End", "ArrowLeft"):
        tab.keyboard.press(key)
    tab.keyboard.press("Enter")
    assert tab.inner_text("#what") == "C3: MACs = 150,000"
    assert tab.locator("#layers tbody [tabindex='0']").count() == 1


def test_a_header_sorts_down_then_up_then_not(opened):
    tab = opened("lenet5").tab
    header = tab.locator('[data-sort="macs"]')
    order = lambda: tab.locator("#layers tbody .label").all_inner_texts()  # noqa: E731  (one word)
    orders = []
    for _ in range(3):
        header.focus()
        tab.keyboard.press("Enter")
        orders.append((order(), header.evaluate("b => b.parentElement.getAttribute('aria-sort')")))
    net = load("lenet5")
    down = sorted(net.rows, key=lambda row: -row.macs)
    up = sorted(net.rows, key=lambda row: row.macs)
    names = [[row.name for row in rows] for rows in (down, up, net.rows)]
    assert orders == list(zip(names, ("descending", "ascending", "none"), strict=True))


def test_arrow_keys_move_a_slider_and_a_square_picture_stays_square(opened):
    tab = opened("lenet5").tab
    tab.locator("#size0").focus()
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
    tab.wait_for_function(
        "() => document.querySelector('[data-total=params]').textContent.startsWith('90,240')"
    )
    assert tab.input_value("[data-exact='1']") == "36"
    assert load("lenet5", input=(1, 36, 36)).params == 90240
    assert tab.evaluate("location.hash") == "#H=36&W=36"
    tab.click("#reset")
    assert tab.inner_text("[data-total=params]").split()[0] == "60,000"


def test_a_size_that_does_not_fit_says_why_and_shows_no_figure(opened):
    (seen,) = opened("lenet5").look([{"H": 31, "W": 32}])
    assert seen["said"] == "✗ C5 does not fit: it takes H ≥ 32. "
    assert {cell for row in seen["rows"].values() for cell in row["cells"].values()} <= {"–", ""}
    (seen,) = opened("lenet5").look([{"H": 34, "W": 32}])
    assert "S4 leaves a row or column unread; nothing is left over when 4 divides H" in seen["said"]


def test_figures_past_what_a_float_holds_are_exact(opened):
    far = {"H": 2**31 + 3, "W": 3**19}
    (seen,) = opened("lenet5").look([far])
    net = load("lenet5", sizes=far)
    assert net.macs > 2**53
    assert number(seen["rows"]["total"]["cells"]["macs"]) == net.macs
    assert number(seen["rows"]["total"]["cells"]["flops"]) == net.analysis.total.flops


OPEN_ALL = """() => {
  const wrong = [];
  let shown = 0;
  for (const button of document.querySelectorAll("#layers tbody [data-figure]")) {
    const quantity = button.dataset.figure, figure = button.textContent;
    if (quantity === "output" || figure === "0" || figure === "-") continue;
    button.click();
    const copies = button.closest("tr").querySelector(".times").textContent;
    const ends = [...document.querySelectorAll("#derivation math")].map((math) => math.textContent.split("=").at(-1));
    if (!copies && !button.closest("tr").matches(".block") && !ends.includes(figure)) wrong.push(document.querySelector("#what").textContent);
    shown += ends.length;
  }
  return {wrong, shown};
}"""


@pytest.mark.parametrize(("name", "at"), [("lenet5", "H=45&W=60&C=3"), ("mobilenet_v1", "H=200&W=131&width=0.65"), ("vit_b_16", "H=100&d=960&L=3")])  # fmt: skip
def test_every_substitution_comes_to_its_figure_wherever_the_sliders_are(opened, name, at):
    tab = opened(name).tab
    tab.evaluate(f"location.hash = '{at}'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    found = tab.evaluate(OPEN_ALL)
    assert found["wrong"] == []
    assert found["shown"] > 30


def test_a_way_of_counting_is_chosen_and_follows_too(opened):
    tab = opened("resnet50").tab
    tab.evaluate("location.hash = 'H=160&W=160&n3=5&:count=fvcore'")
    tab.wait_for_function("() => document.querySelector('#convention').value === 'fvcore'")
    net = load("resnet50", sizes={"H": 160, "W": 160, "n3": 5}).count("fvcore")
    assert number(tab.inner_text("[data-total=macs]").split()[0]) == net.macs
    assert tab.inner_text("#counting").endswith("to a given size. It calls MACs flops.")
    batch_norm = tab.locator("#layers tr", has=tab.locator(".label", has_text="bn1")).first
    batch_norm.locator("[data-figure=macs]").click()
    said = tab.inner_text("#derivation")
    assert "fvcore counts batch_norm as (1 + affine)*I" in said
    assert "affine: 1 where it has weights" in said
    tab.keyboard.press("Escape")
    batch_norm.locator("[data-figure=flops]").click()
    assert "fvcore gives no FLOPs." in tab.inner_text("#derivation")


def test_a_published_figure_goes_to_the_sizes_that_it_is_of(opened):
    tab = opened("mobilenet_v1").tab
    tab.locator("[data-goes]", has_text="at width = 0.75").first.click()
    assert tab.input_value("[data-exact='2']") == "0.75"
    assert (
        number(tab.inner_text("[data-total=params]").split()[0])
        == load("mobilenet_v1", sizes={"width": "0.75"}).params
    )


def test_the_picture_and_the_table_are_linked_both_ways(opened):
    tab = opened("resnet50").tab
    row = tab.locator("#layers tr", has=tab.locator(".label", has_text="layer3.1")).first
    place = row.get_attribute("data-row")
    box = tab.locator(f'#picture [data-row~="{place}"]')
    row.hover()
    assert "on" in box.get_attribute("class")
    box.focus()
    assert "on" in row.get_attribute("class")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.closest('tr').dataset.row") == place


def test_the_picture_follows_the_sliders(opened):
    tab = opened("lenet5").tab
    texts = lambda: tab.locator("#picture text").all_text_contents()  # noqa: E731  (one word)
    assert {"1@32x32", "6@28x28", "10,164 params · 10.1k MACs"} <= set(texts())
    tab.evaluate("location.hash = 'H=64&W=40'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    assert {"1@64x40", "6@60x36", "272,244 params · 272k MACs"} <= set(texts())
    assert {"1@64x40", "6@60x36"} <= set(tab.locator("#maps text").all_text_contents())


def test_what_is_said_of_the_network_follows_too(opened):
    tab = opened("resnet50").tab
    assert tab.inner_text(".lede >> nth=1").startswith("ResNet-50 reads a picture of 224x224 pixels")
    tab.evaluate("location.hash = 'H=64&W=64&C=1&n2=9'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    net = load("resnet50", sizes={"H": 64, "W": 64, "n2": 9}, input=(1, 64, 64))
    assert tab.inner_text(".lede >> nth=1") == (
        "ResNet-50 reads a picture of 64x64 pixels in 1 channel and gives 1,000 numbers."
        f" It has {len(net.rows):,} layers with {net.params:,} parameters"
        f" and takes {net.macs:,} multiply-accumulates to run once."
    )
    for picture in ("#picture", "#maps"):
        texts = tab.locator(f"{picture} text").all_text_contents()
        assert any(text in ("bottleneck × 9", "bottleneck x 9") for text in texts), picture
        assert not any(text in ("bottleneck × 4", "bottleneck x 4") for text in texts), picture


def test_several_inputs_are_named_at_the_top(opened):
    tab = opened("bert-base").tab
    lede = tab.locator(".lede").last
    assert "reads 2 inputs, tokens (128) and segments (128), and gives 768 numbers." in lede.inner_text()
    tab.evaluate("location.hash = 'T=64&d=960'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    assert "reads 2 inputs, tokens (64) and segments (64), and gives 960 numbers." in lede.inner_text()


def test_the_number_of_copies_in_a_picture_follows_or_is_not_shown(opened):
    tab = opened("vit_b_16").tab
    texts = "list => list.map((text) => text.textContent).filter((text) => / [x×] \\d+(,|$)/.test(text) && !/^\\d/.test(text))"
    tab.evaluate("location.hash = 'L=24'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    found = tab.locator("#maps text, #picture text").evaluate_all(texts)
    assert {"encoder x 24, layer_norm", "encoder × 24", "attention × 24"} <= set(found)
    assert all("24" in text for text in found)
    tab = opened("vgg16").tab
    tab.evaluate("location.hash = 'n3=7&n4=8&n5=9'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    found = tab.locator("#maps text, #picture text").evaluate_all(texts)
    # conv3 and conv4 but for their first copies, and all of conv5, whose copies are alike
    assert found == [f"conv2d 3x3 pad 1, relu × {n}" for n in (6, 7, 9)]


def test_a_newcomer_sees_the_maps_the_connection_table_and_the_codes(opened):
    tab = opened("lenet5").tab
    assert "handwritten" in tab.inner_text(".lede >> nth=0")
    for picture in ("LeNet-5: its maps", "C3 reads S2 by its table", "The codes of OUTPUT"):
        assert tab.get_by_role("img", name=picture).is_visible()
    station = tab.locator('#maps [data-row="2"]')
    station.hover(force=True)
    assert "on" in tab.locator('#layers [data-row="2"]').get_attribute("class")


def test_of_blocks_that_are_alike_the_first_says_what_is_in_it(opened):
    tab = opened("resnet50").tab
    tab.locator(".walk summary").first.click()
    first = tab.locator(".walk > li").nth(4)
    assert first.inner_text().startswith("layer1.0 bottleneck 64@56x56 → 256@56x56")
    assert "64 filters of 3x3 slide over the 64 maps of 56x56 that it reads" in first.inner_text()
    tab.evaluate("location.hash = 'width=32'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    assert "32 filters of 3x3 slide over the 32 maps of 56x56 that it reads" in first.inner_text()
    assert "A block like layer1.1." in tab.inner_text(".walk")


def test_the_picture_of_maps_is_of_the_layers_that_the_table_has(opened):
    tab = opened("resnet50").tab
    tab.locator("#maps [data-row]").nth(2).hover(force=True)  # layer1
    assert tab.locator("#layers tr.on .label").all_inner_texts() == ["layer1.0", "layer1.1"]


def test_it_is_read_aloud(opened):
    tab = opened("lenet5").tab
    assert tab.get_by_role("slider", name="H height of the picture").count() == 1
    assert tab.get_by_role("spinbutton", name="H height of the picture").count() == 1
    assert tab.get_by_role("grid", name="The layers of LeNet-5, per example").count() == 1
    assert tab.get_by_role("rowheader", name="C3 conv2d 5x5, table, tanh").count() == 1
    tab.get_by_role("grid").get_by_role("button", name="150,000").click()
    assert tab.get_by_role("dialog", name="C3: MACs = 150,000").count() == 1
    assert (
        tab.get_by_role("img", name="MACs: C3 45.9%, C1 36.0%, C5 14.7%, F6 3.1%, OUTPUT 0.3%").count() == 1
    )
    assert "It fits wherever" in tab.get_by_role("status").inner_text()


@pytest.mark.parametrize("wide", [360, 1280])
def test_nothing_but_tables_scrolls_sideways(opened, wide):
    for name, at in (("lenet5", "H=999"), ("bert-base", "d=1536"), ("resnet50", "H=160&W=160&width=32&n1=9")):
        tab = opened(name, viewport={"width": wide, "height": 800}).tab
        assert tab.evaluate("document.documentElement.scrollWidth") <= wide
        tab.evaluate(f"location.hash = '{at}'")
        tab.wait_for_function("() => document.body.classList.contains('moved')")
        assert tab.evaluate("document.documentElement.scrollWidth") <= wide


def test_it_prints_without_what_is_only_for_a_screen(opened):
    tab = opened("lenet5").tab
    tab.locator('[data-figure="macs"]').first.click()
    tab.emulate_media(media="print")
    for hidden in ("#size0", "#panel", "#reset"):
        assert tab.locator(hidden).is_hidden()
    for seen in ("[data-exact='0']", "#layers", "#picture", "#published", "#said"):
        assert tab.locator(seen).is_visible()


def test_on_paper_it_is_light_whatever_the_theme(opened):
    tab = opened("lenet5", color_scheme="dark").tab
    fill = "paths => paths.map((path) => getComputedStyle(path).fill)"
    on_screen = tab.locator("#maps path, #picture path, .walk path").evaluate_all(fill)
    tab.emulate_media(media="print", color_scheme="dark")
    on_paper = tab.locator("#maps path, #picture path, .walk path").evaluate_all(fill)
    assert "rgb(23, 48, 79)" in on_screen
    assert "rgb(23, 48, 79)" not in on_paper
    assert "rgb(219, 233, 251)" in on_paper
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_without_scripts_every_figure_is_there(opened):
    tab = opened("lenet5", java_script_enabled=False).tab
    assert tab.locator('[data-row="2"] td').all_inner_texts()[:2] == ["16@10x10", "1,516"]
    assert tab.locator("#layers tbody tr").count() == 7


# -- hostile texts

NASTY = "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>\u2028\u2029\"'`${hit}&lt;"


def test_no_text_of_a_spec_runs_or_loads_anything(opened, browser, tmp_path):
    spec = {
        "archcalc": 1,
        "name": NASTY,
        "note": NASTY,
        "cite": {
            "a": {"authors": NASTY, "year": 1998, "where": NASTY, "url": "javascript:window.hit=1"},
            "b": {"authors": "B", "year": 2000, "url": 'https://example.org/" onmouseover="window.hit=1'},
        },
        "symbols": {"H": 8, "constructor": 3, "__proto__x": 2},
        "input": [1, "H", 8],
        "layers": [
            {"name": "a", "op": "conv2d", "out_channels": "constructor", "kernel_size": 3},
            {"name": "b", "op": "conv2d", "out_channels": "__proto__x", "kernel_size": 3},
        ],
        "expect": [{"at": "a", "params": 30, "cite": "a", "note": NASTY}, {"at": "a", "params": 31, "cite": "b", "known_gap": NASTY}],
    }  # fmt: skip
    net = load(spec)
    tab = opened(net).tab
    for button in tab.locator("#layers tbody [data-figure]").all():
        button.click()
    tab.evaluate("location.hash = 'H=9&constructor=4'")
    tab.wait_for_function("() => document.body.classList.contains('moved')")
    assert tab.evaluate("window.hit") is None
    assert "<script>window.hit=1</script>" in tab.inner_text("h1")
    links = tab.locator("a[href]").evaluate_all("list => list.map((a) => a.protocol)")
    assert set(links) <= {"https:", "http:", "file:"}
    path = tmp_path / "beside.html"
    path.write_text(beside([net.analysis, load("lenet5").analysis]), encoding="utf-8")
    other = Opened(browser, path)
    assert other.tab.evaluate("window.hit") is None
    assert (other.wrong, len(other.asked)) == ([], 1)
    other.context.close()


def test_the_policy_of_a_page_lets_in_nothing_that_is_not_its_own():
    text = html("lenet5")
    assert "default-src &#x27;none&#x27;" in text
    assert "unsafe" not in text
    assert text.count("<script") == 2
    assert " style=" not in text


@pytest.mark.parametrize(
    ("name", "most"),
    [("lenet5", 150_000), ("resnet50", 200_000), ("mobilenet_v1", 200_000), ("googlenet", 300_000)],
)
def test_a_page_is_small(name, most):
    assert len(html(name).encode()) < most


def test_a_network_without_sizes_that_vary_has_no_sliders(opened):
    layers = [
        {"name": "a", "op": "concat", "from": ["x", "y"]},
        {"name": "b", "op": "linear", "out_features": 2},
    ]
    net = load({"archcalc": 1, "name": "fixed", "inputs": {"x": [4], "y": [5]}, "layers": layers})
    tab = opened(net).tab
    assert tab.locator("[data-letter]").count() == 0
    assert "nothing to slide" in tab.inner_text("#controls")
    assert tab.inner_text("[data-total=params]").strip() == "20"


# -- several networks

CROSSING = """() => {
  const boxes = [...document.querySelectorAll(".chart g text")].map((text) => text.getBBox());
  const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y + 2 < b.y + b.height - 2 && b.y + 2 < a.y + a.height - 2;
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => meet(a, b))).length;
}"""


def test_several_networks_are_one_page(browser, tmp_path):
    names = [
        "lenet5",
        "lenet5-pytorch",
        "lenet5-d2l",
        "lenet5-conv",
        "lenet1",
        "resnet18",
        "resnet34",
        "vgg11",
        "vgg16",
    ]
    nets = [load(name) for name in names]
    path = tmp_path / "beside.html"
    path.write_text(beside([net.analysis for net in nets]), encoding="utf-8")
    it = Opened(browser, path, viewport={"width": 360, "height": 800})
    tab = it.tab
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.locator(".chart circle").count() == len(nets)
    assert tab.evaluate(CROSSING) == 0
    tab.click('[data-sort="params"]')
    order = tab.locator("#networks tbody th").all_inner_texts()
    assert order == [net.name for net in sorted(nets, key=lambda net: -net.params)]
    pair = tab.locator("details").nth(2)  # lenet5-conv differs in two layers
    pair.locator("summary").click()
    assert pair.locator("tbody tr:visible").count() == 7
    pair.locator(".only").check()
    assert pair.locator("tbody tr:visible").count() == 2
    assert (it.wrong, len(it.asked)) == ([], 1)
    it.context.close()


# -- the command line


def test_a_page_is_written_by_report_and_diff(archcalc, inside):
    for args in (["report", "lenet5"], ["report", "lenet5", "lenet1"], ["diff", "lenet5", "lenet1"]):
        ran = archcalc(*args, "-o", "x.html")
        assert (ran.status, ran.out, ran.err) == (0, "", "wrote x.html\n")
        assert (inside / "x.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (
        archcalc("report", "lenet5", "--convention", "fvcore", "-f", "html").out.count(" selected>fvcore<")
        == 1
    )


@pytest.mark.parametrize(
    ("more", "what", "fix"),
    [
        (["--depth", "1"], "a page leaves nothing out and chooses nothing", "-f fragment"),
        (["--columns", "params"], "a page leaves nothing out and chooses nothing", "-f fragment"),
        (["--symbolic"], "a page has a slider for each size, so none is left as a letter", "leave out --symbolic"),
        (["--convention", "all"], "a network's page has every way of counting to choose from", "leave out --convention"),
    ],
)  # fmt: skip
def test_what_a_page_has_no_use_for_is_refused(archcalc, more, what, fix):
    ran = archcalc("report", "lenet5", "-f", "html", *more)
    assert ran.status == 2
    assert what in ran.err
    assert f"fix: {fix}" in ran.err
