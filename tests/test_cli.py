"""The command line: help, formats, colour, widths on a real terminal, exit codes, files."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import sys
import termios
from xml.etree import ElementTree

import pytest

from archcalc.cli import COMMANDS, GROUPS

RUN = "import sys; from archcalc.cli import main; sys.exit(main())"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
SMALL = "archcalc: 1\nname: Small\ninput: [1, 28, 28]\nlayers:\n  - {name: C1, op: conv2d, out_channels: 6, kernel_size: 5}\n"


def terminal(*args: str, columns: int = 80, **env: str) -> tuple[int, str]:
    """Run a command on a terminal of this width; its status, and what it showed."""
    pid, fd = pty.fork()
    if pid == 0:  # pragma: no cover
        keep = {
            k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
        }
        os.execve(
            sys.executable,
            [sys.executable, "-c", RUN, *args],
            {**keep, "TERM": "xterm-256color", "PYTHONUTF8": "1", **env},
        )
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    parts = []
    while select.select([fd], [], [], 30)[0]:
        try:
            part = os.read(fd, 65536)
        except OSError:  # Linux's way of saying that the other side has closed
            break
        if not part:
            break
        parts.append(part)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), b"".join(parts).decode().replace("\r\n", "\n")


# -- help


def test_alone_it_shows_every_command_once(archcalc):
    ran = archcalc()
    assert (ran.status, ran.err) == (0, "")
    for command, about in COMMANDS.items():
        assert re.search(rf"^ .{{11}} {command} +{re.escape(about)}$", ran.out, re.MULTILINE)
    assert sorted(c for group in GROUPS.values() for c in group) == sorted(COMMANDS)
    assert archcalc("--help").out == archcalc("-h").out == archcalc("help").out == ran.out
    assert all(len(line) <= 100 for line in ran.out.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help_with_examples_of_its_own(archcalc, command, flag):
    ran = archcalc(command, flag)
    assert (ran.status, ran.err) == (0, "")
    assert f"usage: archcalc {command}" in ran.out
    assert COMMANDS[command] in " ".join(ran.out.split())
    assert re.search(rf"^  archcalc {command}\b", ran.out, re.MULTILINE)


def test_version(archcalc):
    import archcalc as package

    assert archcalc("--version").out == archcalc("-V").out == f"archcalc {package.__version__}\n"


# -- mistakes of usage


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["reprot", "lenet5"], "there is no command 'reprot'\n  fix: archcalc report"),
        (["lenet5"], "there is no command 'lenet5'\n  fix: archcalc report lenet5"),
        (["net.yaml"], "fix: archcalc report net.yaml"),
        (["frobnicate"], "all commands: archcalc"),
        (["\x1b[31m"], r"there is no command '\x1b[31m'"),
        (["report"], "report needs a network"),
        (["report", "lenet5", "--colour"], "unrecognized arguments: --colour"),
        (["report", "lenet5", "--form", "json"], "unrecognized arguments"),
        (["report", "lenet5", "-f", "pdf"], "there is no format 'pdf'"),
        (["report", "lenet5", "--columns", "parms"], "there is no column 'parms'"),
        (["report", "lenet5", "--set", "H"], "--set takes a symbol and a number, not 'H'"),
        (["report", "lenet5", "--set", "H=big"], "--set takes a symbol and a number, not 'H=big'"),
        (["report", "lenet5", "--set", "Q=3"], "there is no symbol 'Q' to set"),
        (["report", "lenet5", "--set", "H=" + "9" * 50], "a number of 50 characters; 40 are allowed"),
        (["report", "lenet5", "--set", "H=0"], "H is"),
        (["report", "lenet5", "--set", "H=32.5"], "a size is a whole number"),
        (["report", "lenet5", "--input", "1xax3"], "--input takes sizes, not '1xax3'"),
        (["report", "t5-small", "--input", "source=9"], "inputs go by name for PyTorch alone"),
        (["report", "lenet5", "--input", "1x28x28"], "a 5x5 window does not fit into a 4x4 map"),
        (["report", "lenet5", "--input", "1x0x28"], "must be at least 1"),
        (["report", "lenet5", "--symbolic", "Q"], "there is no symbol 'Q' to free"),
        (["check"], "the following arguments are required: spec"),
        (["check", "params=3"], "check needs a network before its claims"),
        (["check", "lenet5", "parms=3"], "there is no figure 'parms'"),
        (["check", "lenet5", "params"], "'params' is no claim"),
        (["check", "lenet5", "61706"], "'61706' is no claim"),
        (["check", "lenet5", "-f", "xml"], "there is no format 'xml'"),
        (["explain", "lenet5", "C9"], "has no layer 'C9'"),
        (["explain", "lenet5", "C3", "beauty"], "beauty"),
        (["ops", "conv2"], "conv2d"),
        (["show", "lenet55"], "fix: lenet5"),
        (["report", "torchvision.models.resnet18"], "fix: torchvision.models:resnet18"),
        (["conventions", "metric"], "there is no convention 'metric'"),
        (["calc", "conv2d", "1x28x28", "out_channels=6"], "conv2d needs kernel_size"),
        (["calc", "conv2d", "1x28x28", "kernel_size"], "'kernel_size' is no field"),
        (["calc", "conv2d", "1x2?x28"], "'1x2?x28' is no shape"),
        (["calc", "dense", "84", "units=10"], "there is no op 'dense'\n  fix: linear"),
    ],
)  # fmt: skip
def test_a_mistake_exits_with_2_and_says_what(archcalc, args, said):
    ran = archcalc(*args)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert all(c.isprintable() or c == "\n" for c in ran.err)


def test_debug_shows_where_in_the_code(archcalc):
    ran = archcalc("report", "nothing", "--debug")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("Traceback")
    assert "MissingError: no file" in ran.err


# -- exit codes


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["check", "lenet5"], 0),
        (["check", "lenet5", "params=60000"], 0),
        (["check", "lenet5", "params=60000", "macs <= 1M"], 0),
        (["check", "lenet5", "params=61706"], 1),
        (["check", "lenet5", "params=60000", "macs <= 1k"], 1),
        (["check", "lenet5", "lenet5-d2l"], 0),
        (["check", "lenet5", "lenet5-d2l", "params=61706"], 1),
        (["check", "claims/lenet5-csdn-pytorch", "-v"], 0),
        (["check", "lenet5", "params=many"], 2),
        (["check", "nothing"], 2),
    ],
)
def test_exit_codes(archcalc, args, status):
    assert archcalc(*args).status == status


def test_a_failed_claim_says_by_how_much(archcalc):
    out = archcalc("check", "lenet5", "params=61706").out
    assert "claimed 61,706   computed 60,000" in out
    assert "1,706" in out


# -- formats


def test_json_is_versioned_and_adds_up(archcalc):
    found = json.loads(archcalc("report", "lenet5", "-f", "json").out)
    assert found["schema"] == 1
    assert found["counting"]["rule"] == "reference"
    for quantity in ("params", "fixed", "connections", "neurons", "macs", "flops"):
        assert found["total"][quantity] == sum(layer[quantity] for layer in found["layers"])
    assert found["total"]["params"] == 60_000
    assert [layer["output"] for layer in found["layers"]][2] == [16, 10, 10]
    assert "exact" not in found["total"]


def test_json_repeats_what_a_double_cannot_hold_as_text(archcalc, inside):
    lines = "  - {name: F1, op: linear, out_features: 123456789}\n  - {name: F2, op: linear, out_features: 987654321}\n"
    (inside / "huge.yaml").write_text(f"archcalc: 1\nname: Huge\ninput: [3]\nlayers:\n{lines}")
    found = json.loads(archcalc("report", "huge.yaml", "-f", "json").out)
    params = 987654321 * (123456789 + 1)
    assert params > 2**53
    assert found["layers"][1]["params"] == params
    assert found["layers"][1]["exact"]["params"] == str(params)
    assert found["total"]["exact"]["params"] == str(params + 123456789 * 4)
    assert "exact" not in found["layers"][0]


def test_several_networks_in_one_report(archcalc):
    names = ["lenet5", "lenet5-pytorch", "lenet-caffe"]
    found = json.loads(archcalc("report", *names, "-f", "json").out)
    assert [net["total"]["params"] for net in found["networks"]] == [60_000, 61_706, 431_080]
    table = archcalc("report", *names).out
    for name, params in zip(names, ("60,000", "61,706", "431,080"), strict=True):
        assert re.search(rf"^ {name} .*{params}", table, re.MULTILINE)
    rows = list(csv.reader(io.StringIO(archcalc("report", *names, "-f", "csv").out)))
    assert [row[0] for row in rows] == ["network", *names]


def test_csv_reads_back(archcalc):
    rows = list(csv.DictReader(io.StringIO(archcalc("report", "lenet5", "-f", "csv").out)))
    assert [row["layer"] for row in rows] == ["C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT", "total"]
    assert rows[2]["output"] == "16x10x10"
    assert sum(int(row["connections"]) for row in rows[:-1]) == int(rows[-1]["connections"]) == 340_908


HOSTILE = [
    ("|", "markdown", r"\|"),
    ("*a*", "markdown", r"\*a\*"),
    ("<script>", "markdown", "&lt;script&gt;"),
    ("[x](y)", "markdown", r"\[x\]"),
    ("$x$", "latex", r"\$x\$"),
    ("a_b%c&d#e{f}", "latex", r"a\_b\%c\&d\#e\{f\}"),
    ("\\input{x}", "latex", r"\textbackslash{}input\{x\}"),
]


@pytest.mark.parametrize(("name", "format", "shown"), HOSTILE)
def test_a_hostile_file_name_is_taken_literally(archcalc, inside, name, format, shown):
    safe = name.replace("/", "")
    (inside / f"{safe}.yaml").write_text(SMALL)
    out = archcalc("report", f"{safe}.yaml", "lenet5", "-f", format).out
    assert shown.split("](")[0] in out
    assert "<script>" not in out


@pytest.mark.parametrize("format", ["table", "markdown", "latex", "fragment", "csv", "json"])
def test_a_hostile_network_name_steers_nothing(archcalc, inside, format):
    (inside / "n.yaml").write_text(
        SMALL.replace("name: Small", r'name: "a|b $c$ <script> \e[31m \\end{tabular} =1+1"')
    )
    ran = archcalc("report", "n.yaml", "-f", format)
    assert ran.status == 0
    assert "\x1b" not in ran.out
    if format == "json":
        assert json.loads(ran.out)["name"] == "a|b $c$ <script> \x1b[31m \\end{tabular} =1+1"


def test_columns(archcalc):
    out = archcalc("report", "lenet5", "--columns", "output,params,receptive_field", "-f", "csv").out
    assert out.splitlines()[0] == "layer,op,output,params,receptive_field"
    assert 'C3,"conv2d 5x5, table, tanh",16x10x10,1516,14x14' in out


def test_check_as_json(archcalc):
    found = json.loads(archcalc("check", "claims/lenet5-csdn-pytorch", "-f", "json").out)
    assert found["ok"] is True
    gaps = [v for v in found["verdicts"] if v["status"] == "gap"]
    assert {(v["at"], v["quantity"], v["claimed"], v["computed"]) for v in gaps} >= {
        ("C1", "neurons", "156", 4704)
    }
    assert json.loads(archcalc("check", "lenet5", "params=1", "-f", "json").out)["ok"] is False


def test_check_as_annotations(archcalc, inside):
    (inside / "net.yaml").write_text(SMALL + "expect:\n  - {at: C1, params: 157}\n")
    ran = archcalc("check", "net.yaml", "-f", "github")
    assert ran.status == 1
    assert ran.out.startswith(
        "::error file=net.yaml,line=7,col=14,title=C1 params::claimed 157, computed 156"
    )


def test_check_as_junit(archcalc, inside):
    text = (
        SMALL
        + 'expect:\n  - {at: C1, params: 157}\n  - {at: C1, macs: 86400}\n  - {at: C1, neurons: 1, known_gap: "a <b> & c"}\n'
    )
    (inside / "net.yaml").write_text(text)
    ran = archcalc("check", "net.yaml", "-f", "junit")
    assert ran.status == 1
    root = ElementTree.fromstring(ran.out)
    assert root.attrib == {"tests": "3", "failures": "1", "skipped": "1"}
    cases = root.findall("testsuite/testcase")
    assert [case.find("failure") is not None for case in cases] == [True, False, False]
    assert "a <b> & c" in cases[2].find("skipped").get("message")


# -- files


@pytest.mark.parametrize("format", ["table", "markdown", "latex", "fragment", "csv", "json"])
def test_a_file_holds_what_would_be_printed(archcalc, inside, format):
    printed = archcalc("report", "lenet5", "-f", format).out
    ran = archcalc("report", "lenet5", "-f", format, "-o", "out")
    assert (ran.status, ran.out) == (0, "")
    assert (inside / "out").read_text().strip("\n") == printed.strip("\n")
    assert os.listdir(inside) == ["out"]


def test_a_failure_leaves_the_file_as_it_was(archcalc, inside, monkeypatch):
    (inside / "out.json").write_text("before")
    assert archcalc("report", "nothing", "-f", "json", "-o", "out.json").status == 2

    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    ran = archcalc("report", "lenet5", "-f", "json", "-o", "out.json")
    assert ran.status == 2
    assert "cannot be written: No space left on device" in ran.err
    assert (inside / "out.json").read_text() == "before"
    monkeypatch.undo()
    assert os.listdir(inside) == ["out.json"], "nothing half-written stays behind"


def test_standard_input(archcalc):
    assert "156" in archcalc("report", "-", stdin=SMALL).out
    assert archcalc("check", "-", "params=156", stdin=SMALL).status == 0


def test_show_gives_the_text_of_a_spec_and_the_whole_of_a_variant(archcalc):
    assert "extends: lenet5" in archcalc("show", "lenet5-pytorch").out
    whole = archcalc("show", "lenet5-pytorch", "--whole").out
    assert "extends" not in whole
    assert archcalc("check", "-", "params=61706", stdin=whole).status == 0


# -- terminals


def test_colour_only_on_a_terminal_that_wants_it(archcalc, monkeypatch):
    assert "\x1b" not in archcalc("report", "lenet5").out
    status, shown = terminal("report", "lenet5", columns=120)
    assert status == 0
    assert "\x1b[" in shown
    assert "\x1b" not in terminal("report", "lenet5", columns=120, TERM="dumb")[1]
    assert "\x1b" not in terminal("report", "lenet5", columns=120, NO_COLOR="1")[1]
    assert "\x1b" not in terminal("report", "lenet5", columns=120, NO_COLOR="1", FORCE_COLOR="1")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    forced = archcalc("report", "lenet5").out
    assert "\x1b[" in forced
    monkeypatch.delenv("FORCE_COLOR")
    assert ESCAPE.sub("", forced).rstrip() == archcalc("report", "lenet5").out.rstrip()


@pytest.fixture(scope="module")
def figures():
    from archcalc import load

    net = load("lenet5")
    rows = [[f"{row[q]:,}" for q in ("params", "connections", "neurons", "macs", "flops")] for row in net]
    shapes = [repr(row.output) for row in net]
    return (
        [cell for row in rows for cell in row]
        + shapes
        + ["60,000", "840", "340,908", "8,094", "326,520", "686,012"]
    )


@pytest.mark.parametrize("columns", [40, 70, 100, 200])
def test_nothing_is_cut_at_any_width_and_no_line_is_wider(columns, figures):
    status, shown = terminal("report", "lenet5", columns=columns, NO_COLOR="1")
    assert status == 0
    for figure in figures:
        assert re.search(rf"(?<![\d,@x]){re.escape(figure)}(?![\d,@x])", shown), figure
    assert max(map(len, shown.splitlines())) <= columns


@pytest.mark.parametrize("columns", [40, 70, 100])
@pytest.mark.parametrize(
    "args",
    [["check", "lenet5"], ["explain", "lenet5", "C3"], ["list"], ["ops"], ["ops", "conv2d"], ["conventions"], ["report", "lenet5", "lenet-caffe"]],
    ids=" ".join,
)  # fmt: skip
def test_other_pages_keep_to_the_width_where_words_can_be_broken(args, columns):
    status, shown = terminal(*args, columns=columns, NO_COLOR="1")
    assert status == 0
    if columns >= 100:
        assert max(map(len, shown.splitlines())) <= columns
    for number in re.findall(r"\d[\d,]{3,}", "".join(terminal(*args, columns=200, NO_COLOR="1")[1])):
        assert number in shown, f"{number} is cut"


@pytest.mark.parametrize("columns", [40, 50, 60, 80])
@pytest.mark.parametrize(
    "args",
    [["explain", "lenet5", "C3"], ["explain", "lenet5"], ["check", "claims/lenet5-csdn-pytorch"],
     ["check", "claims/lenet5-csdn-pytorch", "-v"], ["verify", "lenet5"], ["conventions"], ["ops", "conv2d"],
     ["check", "lenet5", "params=61706", "C3.output=6@28x28"], ["list"], ["report", "lenet5-conv", "--symbolic"],
     ["conventions", "reference"], ["conventions", "macs"], ["conventions", "--table"], ["report", "vit_b_16", "--convention", "all"],
     ["report", "lenet5", "--symbolic", "--convention", "all"]],
    ids=" ".join,
)  # fmt: skip
def test_no_page_is_wider_than_a_narrow_terminal(args, columns):
    _, shown = terminal(*args, columns=columns, NO_COLOR="1")
    lines = [line.rsplit("\x1b[K", 1)[-1] for line in shown.splitlines()]
    assert [line for line in lines if len(line) > columns] == []


@pytest.mark.parametrize(
    "args",
    [["report", "lenet5"], ["explain", "lenet5", "C3"], ["report", "lenet5", "lenet-caffe"]],
    ids=" ".join,
)
def test_hints_stay_near_on_a_wide_terminal(args):
    _, shown = terminal(*args, columns=240, NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= 100


def test_a_table_a_little_too_wide_becomes_two_and_cards_come_last():
    _, shown = terminal("report", "lenet5", columns=60, NO_COLOR="1")
    assert len(re.findall(r"^ ?layer ", shown, re.MULTILINE)) == 2
    assert len(re.findall(r"^ ?total ", shown, re.MULTILINE)) == 2
    _, shown = terminal("report", "lenet5", columns=45, NO_COLOR="1")
    assert not re.search(r"^ ?layer ", shown, re.MULTILINE)


def test_a_substitution_breaks_before_an_equals_sign():
    from archcalc.render.page import equation

    assert equation("1 + 2 + 3  =  6  =  six", 12, " ") == [" 1 + 2 + 3", " =  6", " =  six"]
    assert equation("1 + 2  =  3", None) == ["1 + 2  =  3"]


# -- hostile text

EVIL = r"\e[31m\n::error file=x::boom ##[error]boom"
HOSTILE_SPEC = f"""archcalc: 1
name: "::error file=x::boom {EVIL}"
note: "{EVIL}"
input: [1, 28, 28]
cite:
  a: {{authors: "{EVIL}", year: 1998, where: "::error file=x::boom {EVIL}", title: "{EVIL}"}}
layers:
  - {{name: C1, op: conv2d, out_channels: 6, kernel_size: 5}}
expect:
  - {{at: C1, params: 157, cite: a, note: "::error file=x::boom {EVIL}"}}
  - {{at: C1, neurons: 1, cite: a, known_gap: "{EVIL}"}}
  - {{at: C1, macs: 86400, note: "{EVIL}"}}
"""


@pytest.mark.parametrize(
    "args",
    [["report"], ["report", "-f", "json"], ["report", "-f", "csv"], ["report", "-f", "markdown"],
     ["report", "-f", "latex"], ["check"], ["check", "-v"], ["check", "-f", "github"], ["check", "-f", "json"],
     ["check", "-f", "junit"], ["explain"], ["verify"], ["draw"]],
    ids=" ".join,
)  # fmt: skip
def test_no_free_text_steers_a_terminal_or_a_log(archcalc, inside, args):
    (inside / "n.yaml").write_text(HOSTILE_SPEC)
    for more in ([], ["C1"] if args == ["explain"] else []):
        ran = archcalc(args[0], "n.yaml", *more, *args[1:])
        assert ran.status in (0, 1), ran.err
        assert all(c.isprintable() or c in "\n\t" for c in ran.out + ran.err)
        lines = [line.strip() for line in ran.out.splitlines()]
        own = r"::(error|notice) file=n\.yaml,line=\d+,col=\d+,title=C1 \w+::claimed "
        assert not [line for line in lines if line.startswith("::") and not re.match(own, line)]
        if args[-1] not in ("json", "junit") and args[0] != "draw":
            assert "##[" not in ran.out


def test_every_annotation_line_is_ours(archcalc, inside):
    (inside / "n.yaml").write_text(HOSTILE_SPEC)
    *annotations, last = archcalc("check", "n.yaml", "-f", "github").out.splitlines()
    assert [line.split(" ")[0] for line in annotations] == ["::error", "::notice"]
    assert last.startswith("archcalc check: ::error file=x")
    assert last.endswith(": 1 of 3 figures agree")


# -- machine formats with letters


@pytest.mark.parametrize("name", ["lenet5", "lenet5-conv", "lenet5-d2l"])
def test_formulas_are_parseable_and_mean_the_same(archcalc, name):
    from sympy import Symbol, ceiling, expand, floor, sympify

    from archcalc import load

    net = load(name, symbolic=True).analysis
    names = {"H": Symbol("H"), "W": Symbol("W"), "floor": floor, "ceiling": ceiling}
    found = json.loads(archcalc("report", name, "--symbolic", "-f", "json").out)
    assert found["valid_when"]
    assert all(text.isascii() for text in found["valid_when"])
    for row, layer in zip(net.rows, found["layers"], strict=True):
        for quantity in ("params", "connections", "macs", "flops"):
            text = str(layer[quantity])
            assert text.isascii()
            ours = sympify(str(row[quantity]), locals=names)
            assert expand(sympify(text, locals=names) - ours) == 0
    rows = list(csv.reader(io.StringIO(archcalc("report", name, "--symbolic", "-f", "csv").out)))
    assert rows[1][2] in ("6x(H - 4)x(W - 4)", "6xHxW")
    assert all(cell.isascii() for row in rows for cell in row)


# -- notebooks


def test_the_notebook_table_is_spaced_ruled_and_escaped(inside):
    from archcalc import load

    html = load("lenet5")._repr_html_()
    assert "padding:" in html
    assert "white-space:nowrap" in html
    assert "border-top" in html.partition("<tfoot")[2]
    assert "published figures agree" in html
    assert "FLOPs = 2 x MACs" in html
    letters = load("lenet5-conv", symbolic=True)._repr_html_()
    assert "MACs</th>" in letters
    assert "connections</th>" not in letters
    (inside / "n.yaml").write_text(SMALL.replace("name: Small", 'name: "<script>boom</script>"'))
    assert "<script>" not in load("n.yaml")._repr_html_()


def test_a_drawing_says_what_it_is():
    from archcalc import load

    assert repr(load("lenet5").draw()) == "Drawing(LeNet-5, svg, png, pdf or dot)"


# -- files by their ending


@pytest.mark.parametrize(("ending", "begins"), [("csv", "layer,op"), ("md", "| layer"), ("tex", "% "), ("json", "{"), ("txt", " LeNet-5")])  # fmt: skip
def test_the_ending_of_a_file_gives_the_format(archcalc, inside, ending, begins):
    ran = archcalc("report", "lenet5", "-o", f"x.{ending}")
    assert (ran.status, ran.out, ran.err) == (0, "", f"wrote x.{ending}\n")
    assert (inside / f"x.{ending}").read_text().startswith(begins)
    archcalc("report", "lenet5", "-o", f"x.{ending}", "-f", "json")
    assert (inside / f"x.{ending}").read_text().startswith("{")


@pytest.mark.parametrize(("ending", "fix"), [("pdf", ""), ("xlsx", ""), ("svg", "archcalc draw")])
def test_a_report_writes_no_file_of_another_kind(archcalc, inside, ending, fix):
    ran = archcalc("report", "lenet5", "-o", f"x.{ending}")
    assert ran.status == 2
    assert f"report writes no .{ending} file" in ran.err
    assert fix in ran.err
    assert not list(inside.iterdir())


def test_all_letters_are_all_that_can_be(archcalc):
    out = " ".join(
        archcalc("report", "resnet50", "--symbolic", "--depth", "1", "--columns", "params").out.split()
    )
    assert "n1 = 3, n2 = 4, n3 = 6, n4 = 3: what decides what there is stays a number." in out
    assert "classes = 1000 gives 25,557,032 parameters" in out


# -- streams that cannot write our signs


@pytest.mark.parametrize("args", [["report", "lenet5-conv", "--symbolic"], ["explain", "lenet5", "C3"], ["check", "lenet5", "params=1"], ["report", "lenet5", "--input", "1x8x8"]], ids=" ".join)  # fmt: skip
@pytest.mark.parametrize("force", ["", "1"])
def test_a_stream_without_our_signs_gets_words(args, force):
    import subprocess

    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "FORCE_COLOR": force}
    piped = subprocess.run([sys.executable, "-c", RUN, *args], env=env, capture_output=True, check=False)
    _, shown = terminal(*args, columns=100, PYTHONIOENCODING="ascii", PYTHONUTF8="0", FORCE_COLOR=force)
    for text in (piped.stdout.decode("ascii") + piped.stderr.decode("ascii"), shown):
        assert text.isascii()
        assert "Error" not in text
        assert "?" not in text
        assert r"\u" not in text


def test_force_colour_of_nought_is_none_and_a_dumb_terminal_sees_no_progress():
    assert "\x1b" not in terminal("report", "lenet5", FORCE_COLOR="0")[1]
    assert "\x1b" not in terminal("verify", "lenet5", TERM="dumb")[1]


def test_scale_and_odd_inputs_in_plain_words(archcalc, inside):
    ran = archcalc("draw", "lenet5", "-o", "x.png", "--scale", "0")
    assert (ran.status, ran.err) == (2, "--scale takes a number above 0, not 0\n  fix: --scale 2\n")
    (inside / "n.yaml").write_text(
        SMALL.replace("[1, 28, 28]", "[28, 28, 3]").replace("kernel_size: 5", "kernel_size: 1")
    )
    out = archcalc("report", "n.yaml").out
    said = "! 28x28x3 looks as if channels came last, and here they come first; perhaps 3x28x28 is meant."
    assert said in " ".join(out.split())


def test_figures_without_a_source_are_expected_and_leave_no_blanks(archcalc, inside):
    (inside / "n.yaml").write_text(
        SMALL + "expect:\n  - {at: C1, params: 156}\n  - {at: total, macs: 86400}\n"
    )
    assert "1 of 1" not in archcalc("report", "n.yaml").out
    assert "✓ 2 of 2 expected figures agree" in archcalc("report", "n.yaml").out
    assert "blank:" not in archcalc("check", "n.yaml").out
    assert "blank:" in archcalc("check", "lenet5").out


def test_centres_of_maps_that_are_not_square(archcalc):
    out = archcalc("explain", "lenet5-conv", "C3", "--input", "1x36x40").out
    assert re.search(r"the centres cover pixels \d+ to \d+ high and \d+ to \d+ wide: \d+x\d+", out)


def test_kinds_without_units_take_no_activation_and_need_no_source(archcalc):
    assert "activation, trainable" in archcalc("ops", "conv2d").out
    assert "name, from, trainable" in archcalc("ops", "flatten").out


def test_columns_of_a_comparison(archcalc):
    rows = list(
        csv.reader(io.StringIO(archcalc("report", *_TWO, "-f", "csv", "--columns", "macs,params").out))
    )
    assert rows == [
        ["network", "macs", "params"],
        ["lenet5", "326520", "60000"],
        ["lenet5-d2l", "416520", "61706"],
    ]
    heads = archcalc("report", *_TWO, "--columns", "layers,output").out.split("\n")[1]
    assert heads.split() == ["network", "layers", "output"]
    assert "| params |" in archcalc("report", *_TWO, "--columns", "params", "-f", "markdown").out
    for column, fix in (("parms", "  fix: params\n"), ("share", "")):
        ran = archcalc("report", *_TWO, "--columns", column)
        assert (ran.status, ran.out) == (2, "")
        assert f"a comparison has no column '{column}'" in ran.err
        assert ran.err.endswith(fix)


_TWO = ("lenet5", "lenet5-d2l")


def test_help_lists_every_column(archcalc):
    from archcalc.render.figures import HEADERS

    said = archcalc("report", "--help").out
    assert all(column in said for column in HEADERS)
    assert "--depth then counts from there" in " ".join(said.split())


@pytest.mark.parametrize(
    ("args", "fix"),
    [
        (["params"], "archcalc explain lenet5 total params"),
        (["MACs"], "archcalc explain lenet5 total macs"),
        (["params", "C3"], "archcalc explain lenet5 C3 params"),
        (["C3", "parms"], "params"),
    ],
)
def test_a_quantity_in_the_place_of_a_layer(archcalc, args, fix):
    ran = archcalc("explain", "lenet5", *args)
    assert ran.status == 2
    assert ran.err.endswith(f"  fix: {fix}\n")
