"""What makes the site: its contents, its links, and the pages that it makes. CI builds all of it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from archcalc import cli
from archcalc.register import KINDS
from archcalc.spec import bundled

SITE = Path(__file__).parents[1] / "docs" / "site"
INDEX = SITE.parent / "index.md"


@pytest.fixture
def site(monkeypatch):
    """A function that imports a module of the site."""
    monkeypatch.syspath_prepend(str(SITE))
    for path in SITE.glob("*.py"):  # another test may have a module of that name, as a plugin is
        monkeypatch.delitem(sys.modules, path.stem, raising=False)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(SITE) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_every_page_stands_in_the_contents(site):
    contents = site("contents")
    text = contents.placed("index", contents.inward("index", INDEX.read_text(encoding="utf-8")))
    listed = text.split("```{toctree}", 1)[1]
    pages = {page.stem for page in SITE.parent.glob("*.md")} - {"index", "tutorials-prose"}
    assert [page for page in sorted(pages) if f"\n{page}\n" not in listed] == []
    assert "\ngallery/index\n" in listed
    assert "\nreference/contributing\n" in listed
    assert text.index("## Tutorials") < text.index("[Gallery](gallery/index.md)") < text.index("```{toctree}")


@pytest.mark.parametrize(("page", "link", "there"), [
    ("index", "[a](../CONTRIBUTING.md#set-up)", "[a](reference/contributing.md#set-up)"),
    ("tutorials/resnext", "[a](../zoo/resnet.md)", "[a](../zoo/resnet.md)"),
    ("tutorials/resnext", "[a](../../README.md)", "[a](../index.md)"),
    ("index", "[a](../specs/lenet5.yaml)", "a"),
    ("index", "[a](https://example.org/../b)", "[a](https://example.org/../b)"),
    ("index", "```\n[a](../README.md)\n```", "```\n[a](../README.md)\n```"),
])  # fmt: skip
def test_links_lead_to_pages_of_the_site(site, page, link, there):
    assert site("contents").inward(page, link) == there


def test_there_is_a_page_for_each_spec_and_each_kind_and_a_part_for_each_command(site, monkeypatch):
    monkeypatch.setattr(site("gallery"), "_has_formula", lambda *_: True)  # asked of each in CI
    gallery = site("gallery").pages()
    assert {f"gallery/{name.replace('/', '-')}.md" for name in bundled()} | {"gallery/index.md"} == set(
        gallery
    )
    assert "```{archcalc} lenet5\n:show: check\n```" in gallery["gallery/lenet5.md"]
    kinds = site("kinds").pages()
    ops = {op for op, kind in KINDS.items() if kind.__module__.startswith("archcalc.layers")}
    assert {f"reference/kinds/{op}.md" for op in ops} <= set(kinds)
    assert "class Conv2d" in kinds["reference/kinds/conv2d.md"]
    text = site("commands").pages()["reference/commands.md"]
    assert [name for name in cli.COMMANDS if f"### archcalc {name}\n" not in text] == []


def test_docstrings_are_put_into_restructuredtext(site):
    lines = ["Give `a*b` and *args, |x| of name_.", ">>> f(`x`)"]
    assert site("library").rst(lines) == [r"Give ``a*b`` and \*args, \|x\| of name\_.", ">>> f(`x`)"]


def test_links_that_lead_nowhere_are_found(site, tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="x"></p><p id="x"></p><a href="b.html">b</a><a href="a.html#y">y</a><a href="#x">x</a>'
        '<a href="https://example.org">e</a><a href="https://nowhere">n</a><img src="c.png">',
        encoding="utf-8",
    )
    assert site("links").problems(tmp_path) == [
        "a.html: the id x is there twice",
        "a.html: a.html#y leads to no heading of that page",
        "a.html: b.html leads to no page",
        "a.html: c.png leads to no page",
        "a.html: https://nowhere is no address",
    ]
