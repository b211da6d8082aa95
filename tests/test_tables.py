"""Tables to paste: LaTeX that compiles, Markdown that hosts read alike, fragments of HTML, exercises."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc as package
from archcalc.errors import UsageError
from archcalc.render import fragment, latex, markdown
from archcalc.render.grid import WRITTEN, Grid

HOSTILE = r"""\input{x} %&$#_{}~^<b>|`q`"[1]*--'' ,, ?` !` é ß Ł Σ λ 漢字 ﬁ 😀 §¶"""

TEX = shutil.which("pdflatex")


def compiled(folder, *tables, packages="booktabs,longtable"):
    """What TeX says of a document with some tables; it must not stop at an error."""
    body = "\n".join(tables)
    text = f"\\documentclass{{article}}\n\\usepackage{{{packages}}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    command = [TEX, "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    said = ran.stdout.decode("utf-8", "replace")
    assert ran.returncode == 0, said[-2000:]
    return said


@pytest.mark.skipif(TEX is None, reason="pdflatex is not installed")
def test_latex_is_compiled_by_tex(archcalc, tmp_path):
    commands = [
        ("report", "lenet5"),
        ("report", "lenet5-conv", "--symbolic"),
        ("report", "resnet18", "--columns", "output,params,share"),
        ("report", "lenet5", "alexnet", "vgg16"),
        ("report", "lenet5", "--convention", "fvcore,thop"),
        ("report", "lenet5", "--blank", "output,params", "--keep", "C1", "--hint"),
        ("check", "claims/lenet5-csdn-pytorch"),
        ("diff", "lenet5", "lenet5-keras"),
        ("sweep", "lenet5", "--set", "H=32:64:4"),
        ("solve", "person", "--dtype", "int8", "--for", "width=0.05:1:0.05", "macs <= 20M"),
    ]
    tables = [archcalc(*command, "-f", "latex").out for command in commands]
    said = compiled(tmp_path, *tables)
    assert "Overfull" not in said  # nothing sticks out of a line of article, where margins are not used


@pytest.mark.skipif(TEX is None, reason="pdflatex is not installed")
def test_any_text_is_taken_literally_by_tex(tmp_path):
    latin = "".join(chr(c) for c in range(0xA1, 0x180))
    words = [
        HOSTILE,
        latin,
        "[x]",
        "*",
        "αβγδεζηθικλμνξπρστυφχψω ΓΔΘΛΞΠΣΥΦΨΩ",
        "−×·⌊⌋⌈⌉→≤≥≠²³∞½°±√–—’…✓✗",
        "-----",
        "\u0301",
    ]
    grid = Grid(
        ["[a]", HOSTILE], [[word, word] for word in words], "lw", HOSTILE, HOSTILE, totals=[["*", "[1]"]]
    )
    long = grid._replace(body=[["*x", "[y]"]] * 60, name="--")
    compiled(tmp_path, grid.written("latex"), long.written("latex"), r"\listoftables")


@given(st.text(max_size=20))
def test_text_in_latex_has_no_command_of_its_author(text):
    shown = re.sub(r"\$[^$]*\$", "", latex.literally(text).replace(r"\$", ""))  # without signs of mathematics
    ours = re.sub(r"\\[a-zA-Z]+|\\[&%#_{}`'^~\"]", "", shown)
    assert not re.search(r"[\\%&#~^_$]", ours)
    assert ours.count("{") == ours.count("}")


def test_a_caption_names_the_rule_and_the_head_what_is_needed(archcalc):
    out = archcalc("report", "lenet5", "-f", "latex").out
    assert "a bias is a connection and not a MAC" in re.search(r"\\caption\{(.*)\}", out)[1]
    assert r"needs \usepackage{booktabs}" in out.splitlines()[0]
    tool = archcalc("report", "lenet5", "-f", "latex", "--convention", "fvcore").out
    assert "Counted per example as fvcore" in re.search(r"\\caption\{(.*)\}", tool)[1]


def test_a_long_table_goes_over_pages(archcalc):
    out = archcalc("report", "resnet50", "-f", "latex").out
    assert r"needs \usepackage{longtable,booktabs}" in out
    assert out.count(r"\begin{longtable}") == 1
    assert r"\endhead" in out
    assert r"\begin{table}" not in out


# -- Markdown


def test_markdown_is_read_by_a_renderer_as_the_cells_are():
    renderer = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    words = [
        HOSTILE,
        "a|b",
        "**b**",
        "~~x~~",
        "<script>",
        "&amp;",
        "$x$",
        "[l](u)",
        "![i](u)",
        "`c`",
        "\\|",
        "a_b_c",
    ]
    grid = Grid(["layer", "op"], [[word, word] for word in words], "lw", HOSTILE, "foot", task="*fill*")
    cells = _cells(renderer.render(grid.written("markdown")))
    assert cells == ["layer", "op", *(word for word in words for _ in range(2))]


class _Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells, self.tags, self.open = [], set(), False

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.open = True
            self.cells.append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data):
        if self.open:
            self.cells[-1] += data


def _cells(html):
    read = _Texts()
    read.feed(html)
    assert not read.tags & {"script", "b", "a", "img", "code", "strong", "del", "s"}
    return read.cells


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_cell_of_markdown_is_one_cell(text):
    shown = markdown.table(Grid(["a", "b"], [[text, "x"]], "ll", "", ""))
    assert all(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3 for line in shown.split("\n"))
    assert not re.search(r"[<>$]", shown)


# -- fragments


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_fragment_shows_a_text_as_it_stands(text):
    from archcalc.errors import printable

    shown = Grid(["a"], [[text]], "l", text, text).written("fragment")
    assert _cells(shown) == ["a", printable(text)]


def test_a_fragment_has_heads_that_say_what_they_are_heads_of(archcalc):
    out = archcalc("report", "lenet5", "-f", "fragment").out
    assert out.count('scope="col"') == 9
    assert out.count('scope="row"') == 8
    assert "<style" not in out
    assert not re.search(r"(?<!-)color:", out)  # that of the page is good
    assert fragment.text("<") == "&lt;"


@pytest.mark.parametrize("command", [
    ["check", "lenet5"], ["diff", "lenet5", "lenet5-keras"], ["sweep", "lenet5", "--set", "H=32:36:4"],
    ["solve", "lenet5", "--for", "H", "C5.H == 1"], ["report", "lenet5", "lenet5-d2l"],
], ids=lambda command: command[0])  # fmt: skip
def test_what_is_shown_is_a_table_to_paste(command, archcalc):
    for format in ("markdown", "latex", "fragment"):
        ran = archcalc(*command, "-f", format)
        assert ran.status == 0
        assert {"markdown": "", "latex": r"\begin{table}", "fragment": "<table"}[format] in ran.out
    assert set(WRITTEN) == {"markdown", "latex", "fragment", "csv"}


def test_a_source_that_is_that_of_all_figures_is_told_once(archcalc):
    assert archcalc("check", "lenet5", "-f", "markdown").out.count("LeCun") == 1


def test_a_sweep_writes_its_table_as_markdown_and_latex(archcalc, inside):
    sweep = ("sweep", "lenet5", "--set", "H=32:36:4")
    printed = archcalc(*sweep, "-f", "markdown").out
    assert archcalc(*sweep, "-o", "sizes.md").status == 0
    assert (inside / "sizes.md").read_text(encoding="utf-8") == printed
    assert archcalc(*sweep, "-o", "sizes.tex").status == 0
    assert r"\begin{tabular}" in (inside / "sizes.tex").read_text(encoding="utf-8")


# -- exercises

SHEET = ("report", "lenet5", "--columns", "output,params,macs")
ASKED = ("--blank", "output,params", "--keep", "C1,S2")


def rows(text):
    """Cells of a pipe table, by the first of each row."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {cells[0].strip(): [cell.strip().replace("\\", "") for cell in cells[2:]] for cells in lines}


def test_a_sheet_leaves_columns_open_and_keeps_examples(archcalc):
    solved, asked = (
        rows(archcalc(*SHEET, "-f", "markdown").out),
        rows(archcalc(*SHEET, *ASKED, "-f", "markdown").out),
    )
    assert asked["C1"] == solved["C1"]
    assert asked["S2"] == solved["S2"]
    assert asked["C3"] == ["______", "______", solved["C3"][2]]
    assert asked["total"] == ["", "______", solved["total"][2]]


@pytest.mark.parametrize("format", ["table", "markdown", "latex", "fragment", "csv"])
def test_a_sheet_does_not_tell_what_it_asks(format, archcalc):
    out = archcalc(*SHEET, *ASKED, "--hint", "-f", format).out
    for figure in (
        "1516",
        "1,516",
        "48,120",
        "48120",
        "10,164",
        "60,000",
        "60{,}000",
        "10x10",
        "686,012",
        "16@",
    ):
        assert figure not in out
    assert "156" in out  # the example


def test_without_blank_a_sheet_is_its_solution(archcalc):
    assert archcalc(*SHEET, "--keep", "C1").out == archcalc(*SHEET).out


def test_a_sheet_says_what_is_given_and_what_is_asked(archcalc):
    out = archcalc(*SHEET, *ASKED).out
    assert "Fill in output and params. C1 and S2 are done as examples." in out
    assert "out_channels 16, 60 pairs of maps" in out  # LeCun et al. 1998, Table I
    assert "Counted per example by the reference rule" in out
    assert "(W − F + 2P)/S + 1" not in out
    hinted = " ".join(archcalc(*SHEET, *ASKED, "--hint").out.split())
    assert "output: (W − F + 2P)/S + 1 for C1, C3 and C5" in hinted
    assert "units · (inputs + 1 bias) for F6" in hinted


def test_a_sheet_in_letters_has_totals_left_open(archcalc):
    out = archcalc("report", "lenet5-conv", "--symbolic", "--blank", "params", "-f", "markdown").out
    assert rows(out)["total"][1] == "______"


def test_a_sheet_in_python():
    page = package.load("lenet5").report(["output", "params"], blank=["params"], keep=["C1"])
    assert "Fill in params." in str(page)
    with pytest.raises(UsageError, match="no row 'C9' to keep"):
        package.load("lenet5").report(keep=["C9"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--blank", "parms"], "there is no column 'parms' in this table to leave open"),
        (["--blank", "share"], "there is no column 'share' in this table to leave open"),
        (["--blank", "params", "--keep", "C11"], "there is no row 'C11' to keep"),
        (["--hint"], "a hint is for what is left open"),
        (["--blank", "params", "-f", "json"], "an exercise is for people; json is for programs"),
        (["--blank", "params", "--dtype", "int8"], "an exercise says nothing of memory; leave --dtype and --train out"),
        (["lenet5-d2l", "--blank", "params"], "an exercise is of one network"),
        (["--symbolic", "--blank", "params", "--hint"], "hints are for sizes that are numbers; set those that are letters"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(args, said, archcalc):
    ran = archcalc("report", "lenet5", *args)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == said
