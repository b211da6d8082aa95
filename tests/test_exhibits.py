"""`archcalc docs`: what Markdown pages ask for is written beneath their fences, and kept fresh."""

from __future__ import annotations

import pytest

from archcalc.exhibits import OPTIONS
from archcalc.exhibits.asked import SHOWS
from archcalc.exhibits.fences import bare

TINY = """\
archcalc: 1
name: Tiny
input: [1, 8, 8]
layers:
  - {name: c, op: conv2d, out_channels: 2, kernel_size: 3}
expect:
  - {at: total, params: 20}
"""
PAGE = """\
# Page

```archcalc
spec: tiny.yaml
columns: [output, params]
```
Words.
"""
WRITTEN = """\
# Page

```archcalc
spec: tiny.yaml
columns: [output, params]
```

<!-- archcalc docs wrote this from the fence above -->

**Tiny: 1 layer, input 1@8x8**

| layer | op         | output | params |
|:------|:-----------|-------:|-------:|
| c     | conv2d 3x3 |  2@6x6 |     20 |
| total |            |        |     20 |

*✓ 1 of 1 expected figures agree. Counted per example by the reference rule: a bias is a connection and not a MAC; pooling links are connections.*

<!-- /archcalc -->

Words.
"""


@pytest.fixture
def files(inside):
    """A function that writes files into an empty folder."""

    def write(**texts: str) -> None:
        for name, text in texts.items():
            (inside / name.replace("_", ".")).write_text(text, encoding="utf-8", newline="")

    write(tiny_yaml=TINY)
    return write


def test_a_table_is_written_beneath_its_fence_once(files, inside, archcalc):
    files(page_md=PAGE)
    assert archcalc("docs", "page.md").out == "page.md: 1 fence, wrote page.md\n"
    assert (inside / "page.md").read_text(encoding="utf-8") == WRITTEN
    assert archcalc("docs", "page.md").out == "page.md: 1 fence, fresh\n"
    assert (inside / "page.md").read_text(encoding="utf-8") == WRITTEN


def test_check_writes_nothing_and_says_what_is_not_fresh(files, inside, archcalc):
    files(page_md=WRITTEN.replace("     20 |\n| total", "     21 |\n| total"))
    before = (inside / "page.md").read_text(encoding="utf-8")
    ran = archcalc("docs", "--check", "page.md")
    assert (ran.status, ran.err) == (1, "page.md: not fresh: page.md\n  fix: archcalc docs page.md\n")
    assert (inside / "page.md").read_text(encoding="utf-8") == before
    assert archcalc("docs", "page.md").status == 0
    assert archcalc("docs", "--check", "page.md").status == 0


def test_a_published_figure_that_no_longer_agrees_stops_it(files, inside, archcalc):
    files(page_md=PAGE, tiny_yaml=TINY.replace("params: 20", "params: 21"))
    ran = archcalc("docs", "page.md")
    assert ran.status == 1
    assert ran.err == (
        "page.md:3: tiny.yaml:7:17: Tiny: total params: claimed 21, computed 20: the claim is 1 too high\n"
        "a published figure no longer agrees: nothing was written.\n"
    )
    assert (inside / "page.md").read_text(encoding="utf-8") == PAGE


def test_other_things_are_shown_as_markdown(files, inside, archcalc):
    asked = [
        "show: diagram",
        "show: diagram\nstyle: graph\nfile: other.svg\ncaption: A *caption*",
        "show: explain\nlayer: c\nquantity: params",
        "show: check",
    ]
    fences = [f"```archcalc\nspec: tiny.yaml\n{each}\n```\n" for each in asked]
    fences.append("~~~archcalc\nspec: bert-base\nshow: formula\nsymbols: [d, L]\n~~~\n")
    files(page_md="\n".join(fences))
    assert archcalc("docs", "page.md").out == "page.md: 5 fences, wrote other.svg, tiny.svg, page.md\n"
    text = (inside / "page.md").read_text(encoding="utf-8")
    assert "![Tiny: 20 parameters, 648 MACs](tiny.svg)" in text
    assert "![Tiny: 20 parameters, 648 MACs](other.svg)\n\nA *caption*" in text
    assert "<svg" in (inside / "tiny.svg").read_text(encoding="utf-8")
    assert r"$$2 \cdot \left(1 \cdot 3 \cdot 3 + 1\right) = 20$$" in text
    assert "| total | params   |      20 |       20 | ✓ agrees |" in text
    assert "```math\n\\text{params} = d^{2} \\cdot \\left(12 \\cdot L + 1\\right)" in text
    (inside / "tiny.svg").unlink()
    assert archcalc("docs", "--check", "page.md").err.startswith("page.md: not fresh: tiny.svg\n")


def test_ends_of_lines_stay_as_they_are(files, inside, archcalc):
    files(page_md=PAGE.replace("\n", "\r\n"))
    assert archcalc("docs", "page.md").status == 0
    assert (inside / "page.md").read_bytes().decode() == WRITTEN.replace("\n", "\r\n")


def test_fences_within_other_fences_are_left_alone(files, archcalc):
    files(page_md=f"````text\n{PAGE}````\n\n```archcalc-like\n```\n")
    assert archcalc("docs", "page.md").out == "page.md: no fence called archcalc\n"


def test_nothing_is_written_where_one_page_of_several_is_wrong(files, inside, archcalc):
    files(page_md=PAGE, other_md=PAGE.replace("tiny", "tini"))
    assert archcalc("docs", "page.md", "other.md").status == 2
    assert (inside / "page.md").read_text(encoding="utf-8") == PAGE


MISTAKES = {
    "```archcalc\nspec: tiny.yaml\n": "page.md:1:1: a fence that does not close\n    1 | ```archcalc\n      | ^^^^^^^^^^^\n",
    "```archcalc\nspec: tiny.yaml\n```\n<!-- archcalc docs wrote this from the fence above -->\n": "page.md:4:1: a result without"
    " its end, <!-- /archcalc -->\n",
    "\n```archcalc\n- a list\n```\n": "page.md:3:1: what is asked for is a map, not a list\n",
    "```archcalc\nspec: tiny.yaml\nshow: [a, b]\n```\n": "page.md:3:1: there is no 'a, b' to show\n",
    "```archcalc\nspec: tiny.yaml\ncolums: params\n```\n": "page.md:3:1: there is no option 'colums'\n    3 | colums: params\n"
    "      | ^^^^^^\n  why: options: ",
    "```archcalc\nspec: !!python/object:os.system x\n```\n": "page.md:2:7: ",
    "```archcalc\nspec: tiny.yaml\nspec: other.yaml\n```\n": "page.md:3:1: ",
    "```archcalc\nspec: /etc/passwd\n```\n": "a spec is a bundled name or a path beside the page, not '/etc/passwd'\n",
    "```archcalc\nspec: tiny.yaml\nshow: diagram\nfile: ../../x.svg\n```\n": "file is the name of an SVG file beside the page",
    "```archcalc\nspec: lenet5\nshow: diagram\nfile: a.svg\n```\n```archcalc\nspec: tiny.yaml\nshow: diagram\nfile: a.svg\n```\n":
    "page.md: two different pictures are called a.svg; file: names one of them",
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_at_its_line(files, archcalc, text):
    files(page_md=text)
    ran = archcalc("docs", "page.md")
    assert ran.status == 2
    assert ran.err.startswith(MISTAKES[text]), ran.err


@pytest.mark.parametrize(("name", "what"), [("none.md", "'none.md' cannot be read: No such file or directory"),
                                            ("tiny.yaml", "docs writes into Markdown, and 'tiny.yaml' is none")])  # fmt: skip
def test_a_file_that_is_no_page_is_refused(files, archcalc, name, what):
    files()
    ran = archcalc("docs", name)
    assert ran.status == 2
    assert ran.err.startswith(what)


def test_hostile_names_end_no_comment_and_open_no_link(files, inside, archcalc):
    files(
        page_md=PAGE, tiny_yaml=TINY.replace("name: Tiny", 'name: "--> <!-- /archcalc --> [x](http://x) <b>"')
    )
    assert archcalc("docs", "page.md").status == 0
    text = (inside / "page.md").read_text(encoding="utf-8")
    assert "&lt;b&gt;" in text
    assert r"\[x\](http://x)" in text
    assert archcalc("docs", "page.md").out.endswith("fresh\n")


def test_a_page_without_results_keeps_its_lines():
    plain = bare(WRITTEN, "page.md")
    assert plain.count("\n") == WRITTEN.count("\n")
    assert plain.split() == PAGE.split()


def test_every_option_belongs_to_something_that_is_shown():
    assert {"show", "caption", "name", *(word for words in SHOWS.values() for word in words)} == set(OPTIONS)
