"""The directive in documents of others: what it shows, what it refuses, and when a page is made anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import archcalc

pytest.importorskip("sphinx", reason="Sphinx runs the extension")
pytest.importorskip("myst_parser", reason="MyST reads its Markdown")

from sphinx.cmd.build import build_main

if TYPE_CHECKING:
    from pathlib import Path

CONF = 'extensions = ["myst_parser", "archcalc.sphinx"]\nproject = "example"\n'
TINY = """\
archcalc: 1
name: Tiny
cite: {we: {authors: Somebody, year: 2020}}
input: [1, 8, 8]
layers:
  - {name: c, op: conv2d, out_channels: 2, kernel_size: 3}
expect:
  - {at: total, params: 20, cite: we}
"""


class Project:
    """A folder with a Sphinx project, built in this process."""

    def __init__(self, folder: Path, capsys) -> None:
        self.folder = folder
        self.capsys = capsys
        self.write("conf.py", CONF)
        self.write("tiny.yaml", TINY)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def build(self, builder: str = "html", *options: str) -> int:
        """The exit status of sphinx-build; what it said is in `said`."""
        out = self.folder / "_build" / builder
        self.capsys.readouterr()
        status = build_main(["-N", "-b", builder, *options, str(self.folder), str(out)])
        shown = self.capsys.readouterr()
        self.said = shown.err.replace(f"{self.folder}{os.sep}", "")
        self.out = shown.out
        return status

    def made(self, name: str = "index.html", builder: str = "html") -> str:
        text = (self.folder / "_build" / builder / name).read_text(encoding="utf-8")
        return text.replace("&#64;", "@")  # as docutils has it


@pytest.fixture
def project(inside, capsys):
    return Project(inside, capsys)


def page(*parts: str) -> str:
    return "\n\n".join(["Example\n=======", *parts]) + "\n"


TABLE = ".. archcalc:: tiny.yaml\n   :columns: output, params"
FENCE = "# Example\n\n```archcalc\nspec: tiny.yaml\ncolumns: [output, params]\n```\n"
MYST = "# Example\n\n```{archcalc} tiny.yaml\n:columns: output, params\n```\n"


@pytest.mark.parametrize(("name", "text"), [("index.rst", page(TABLE)), ("index.md", MYST), ("index.md", FENCE)],
                         ids=["directive", "myst", "fence"])  # fmt: skip
def test_a_table_is_a_table_with_heads_of_columns_and_rows(project, name, text):
    project.write(name, text)
    assert project.build("html", "-W", "-n") == 0, project.said
    shown = re.sub(r"\s+", " ", project.made())
    assert '<table class="archcalc ' in shown
    assert "Tiny: 1 layer, input 1@8x8" in shown
    assert [re.sub("<[^>]+>", "", head).strip() for head in re.findall(r"<th .*?</th>", shown)] == [
        "layer", "op", "output", "params", "c", "total"
    ]  # fmt: skip
    assert '<td class="archcalc-number"><p>20</p></td>' in shown
    assert "1 of 1 published figures agree (Somebody 2020)" in shown


def test_everything_can_be_shown_and_referred_to(project):
    project.write("index.rst", page(
        "See :numref:`sizes` and :numref:`picture`.",
        ".. archcalc:: lenet5, lenet5-d2l\n   :columns: params\n   :caption: Two *networks*\n   :name: sizes",
        ".. archcalc:: tiny.yaml\n   :show: diagram\n   :caption: One layer\n   :name: picture",
        ".. archcalc:: bert-base\n   :show: formula\n   :symbols: d, L",
        ".. archcalc:: lenet5\n   :show: explain\n   :layer: C1\n   :quantity: params",
        ".. archcalc:: resnet50\n   :show: check",
        ".. archcalc:: lenet5\n   :symbols: H, W",
        ".. archcalc:: lenet5\n   :show: diagram\n   :depth: 1\n   :sizes: H=36, W=36",
    ))  # fmt: skip
    project.write("conf.py", CONF + "numfig = True\n")
    assert project.build("html", "-W", "-n") == 0, project.said
    shown = project.made()
    assert "See <a" in shown
    assert "Two <em>networks</em>" in shown
    assert "60,000" in shown
    assert "61,706" in shown
    assert '<div class="archcalc-svg"><svg' in shown
    assert 'aria-label="Tiny: 20 parameters, 648 MACs"' in shown
    assert "<msup>" in shown
    assert "Valid when 12 divides d. 109,482,240 at the sizes of the file." in shown
    assert "~ gap" in shown
    assert "7 of 8 figures agree." in shown
    assert "10,080·(⌊H/4⌋ − 7)·(⌊W/4⌋ − 7) + 49,920" in shown
    assert "mathjax" not in shown.lower()
    assert not re.findall(r'(?:src|<link[^>]*href)="http[^"]*"', shown)


def test_ids_of_drawings_on_one_page_are_their_own(project):
    drawing = ".. archcalc:: tiny.yaml\n   :show: diagram"
    project.write("index.rst", page(drawing, drawing))
    assert project.build("html", "-W") == 0, project.said
    ids = re.findall(r'\bid="([^"]+)"', project.made())
    assert len(ids) == len(set(ids))


def test_a_published_figure_that_no_longer_agrees_fails_the_build_each_time_until_it_does(project):
    project.write("index.rst", page(TABLE))
    project.write("tiny.yaml", TINY.replace("params: 20", "params: 21"))
    said = (
        "index.rst:4: ERROR: a published figure no longer agrees: tiny.yaml:8:17: Tiny: total params"
        " (Somebody 2020): claimed 21, computed 20: the claim is 1 too high"
    )
    for _ in range(2):  # the second build has nothing new to read
        assert project.build() == 1
        assert said in project.said
    assert "build finished with problems" in project.out
    assert "<p>20</p>" in project.made()  # what is computed is shown all the same
    project.write("tiny.yaml", TINY)
    assert project.build() == 0
    assert project.said == ""


def test_a_known_gap_is_shown_and_does_not_fail(project):
    project.write("index.rst", page(".. archcalc:: tiny.yaml\n   :show: check"))
    project.write("tiny.yaml", TINY.replace("params: 20", 'params: 21, known_gap: "a slip"'))
    assert project.build("html", "-W") == 0
    assert "a slip" in project.made()


def test_other_sizes_are_shown_and_the_published_ones_are_still_checked(project):
    project.write("index.rst", page(".. archcalc:: tiny.yaml\n   :input: 1x9x9"))
    assert project.build("html", "-W") == 0
    assert "2@7x7" in project.made()
    project.write("tiny.yaml", TINY.replace("params: 20", "params: 21"))
    assert project.build() == 1


MISTAKES = {
    ".. archcalc:: lenet6": "no file and no bundled network is called 'lenet6'\n  fix: lenet",
    ".. archcalc:: lenet5\n   :show: tabel": "there is no 'tabel' to show\n  why: it shows table, diagram, formula,"
    " explain, check\n  fix: table",
    ".. archcalc:: lenet5\n   :show: check\n   :depth: 1": "check has no option 'depth'\n  why: it takes caption, name",
    ".. archcalc:: lenet5\n   :sizes: H64": "sizes takes symbols and numbers, not 'H64'\n  fix: sizes: H=64, W=64",
    ".. archcalc:: lenet5\n   :columns: parms": "there is no column 'parms'",
    ".. archcalc:: lenet5\n   :show: diagram\n   :style: cubist": "there is no style 'cubist'",
    ".. archcalc:: lenet5, lenet1\n   :show: diagram": "diagram shows one network; several stand side by side in a table",
    ".. archcalc::": "which network is shown is not said\n  fix: spec: lenet5",
    ".. archcalc:: broken.yaml": "broken.yaml:5:44: layer c: conv2d has no field 'kernal_size'",
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_fails_the_build_at_its_line(project, text):
    project.write("index.rst", page("Words.", text))
    project.write(
        "broken.yaml",
        TINY.replace("cite: {we: {authors: Somebody, year: 2020}}\n", "").replace("kernel", "kernal"),
    )
    assert project.build() == 1
    assert project.said.startswith(f"index.rst:6: ERROR: {MISTAKES[text]}"), project.said


def test_a_mistake_in_a_fence_is_told_at_its_line(project):
    project.write("index.md", "# Example\n\nWords.\n\n```archcalc\nspec: lenet5\ncolums: params\n```\n")
    assert project.build() == 1
    assert project.said.startswith(
        "index.md:5: ERROR: there is no option 'colums'\n  why: options: show, columns"
    ), project.said


def test_a_page_is_made_anew_when_its_spec_or_what_that_extends_changes(project):
    project.write("index.rst", page(TABLE, ".. toctree::\n\n   other"))
    project.write("other.rst", "Other\n=====\n\n.. archcalc:: wide.yaml\n   :columns: params\n")
    project.write("wide.yaml", "archcalc: 1\nname: Wide\nextends: tiny.yaml\npatch: {c: {out_channels: 4}}\n")
    assert project.build("html", "-W") == 0, project.said
    assert project.build("html") == 0
    assert "no targets are out of date" in project.out
    project.write("wide.yaml", "archcalc: 1\nname: Wide\nextends: tiny.yaml\npatch: {c: {out_channels: 5}}\n")
    assert project.build("html") == 0
    assert "0 added, 1 changed, 0 removed" in project.out
    assert "<p>50</p>" in project.made("other.html")
    project.write(
        "tiny.yaml", TINY.replace("kernel_size: 3", "kernel_size: 1").replace("params: 20", "params: 4")
    )
    assert project.build("html") == 0
    assert "0 added, 2 changed, 0 removed" in project.out
    assert "<p>10</p>" in project.made("other.html")


def test_what_stands_written_beneath_a_fence_is_not_shown_twice(project, archcalc):
    project.write("index.md", FENCE)
    assert archcalc("docs", "index.md").status == 0
    assert "| c     | conv2d 3x3 |  2@6x6 |     20 |" in (project.folder / "index.md").read_text(
        encoding="utf-8"
    )
    assert project.build("html", "-W") == 0, project.said
    assert project.made().count("<table") == 1
    assert "/archcalc" not in project.made().partition("<body")[2]


HOSTILE = TINY.replace("name: Tiny", 'name: "</title><script>alert(1)</script>`_|x| \\\\input{x} \\u202e"')


def test_hostile_names_are_text(project):
    every = [
        f".. archcalc:: tiny.yaml\n   :show: {show}" for show in ("table", "diagram", "explain", "check")
    ]
    project.write("tiny.yaml", HOSTILE)
    project.write("index.rst", page(*every))
    assert project.build("html", "-W") == 0, project.said
    shown = project.made()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;`_|x|" in shown
    assert "\u202e" not in shown
    assert project.build("latex", "-W") == 0, project.said
    assert r"\input{x}" not in project.made("example.tex", "latex")


def test_latex_has_tables_formulas_and_pictures(project):
    project.write("index.rst", page(
        TABLE,
        ".. archcalc:: bert-base\n   :show: formula\n   :symbols: d, L",
        ".. archcalc:: tiny.yaml\n   :show: diagram\n   :caption: One layer",
        ".. archcalc:: lenet5\n   :symbols: H, W\n   :columns: output, params",
    ))  # fmt: skip
    project.write("conf.py", CONF + "latex_elements = {'fontpkg': ''}\n")
    assert project.build("latex", "-W") == 0, project.said
    text = project.made("example.tex", "latex")
    assert r"\begin{tabulary}{\linewidth}[t]{LLRR}" in text
    assert r"\text{params} = d^{2} \cdot \left(12 \cdot L + 1\right)" in text
    (picture,) = re.findall(r"\{(archcalc-[0-9a-f]+\.png)\}", text)
    folder = project.folder / "_build" / "latex"
    assert (folder / picture).read_bytes().startswith(b"\x89PNG")
    if shutil.which("pdflatex"):
        ran = subprocess.run(["pdflatex", "-interaction=nonstopmode", "example.tex"], cwd=folder, check=False,
                             capture_output=True, timeout=120)  # fmt: skip
        log = ran.stdout.decode(errors="replace")
        if "not found" not in log:  # LaTeX has what Sphinx needs of it
            assert "\n! " not in log, log[log.index("\n! ") :][:500]


@pytest.mark.parametrize("builder", ["text", "man"])
def test_builders_of_text_have_words_for_pictures_and_formulas(project, builder):
    project.write("index.rst", page(".. archcalc:: tiny.yaml\n   :show: diagram",
                                    ".. archcalc:: bert-base\n   :show: formula\n   :symbols: d, L"))  # fmt: skip
    assert project.build(builder, "-W") == 0, project.said
    shown = project.made({"text": "index.txt", "man": "example.1"}[builder], builder)
    assert "Tiny: 20 parameters, 648 MACs" in shown
    assert "d²·(12·L + 1)" in shown


def test_another_archcalc_reads_every_page_anew(project, monkeypatch):
    project.write("index.rst", page(TABLE))
    assert project.build() == 0
    monkeypatch.setattr("archcalc.sphinx.__version__", f"{archcalc.__version__}.1")
    assert project.build() == 0
    assert "updating environment: [config changed ('archcalc_version')] 1 added" in project.out


def test_pages_read_in_several_processes_fail_alike(project):
    names = [f"page{i}" for i in range(6)]
    project.write("index.rst", page(".. toctree::\n\n   " + "\n   ".join(names)))
    for name in names:
        project.write(f"{name}.rst", page(TABLE))
    project.write("tiny.yaml", TINY.replace("params: 20", "params: 21"))
    assert project.build("html", "-j2") == 1
    assert project.said.count("a published figure no longer agrees") == len(names)
