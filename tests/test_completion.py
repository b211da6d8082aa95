"""Completion in shells: every option of every command, networks, layers, symbols, and real Tabs."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from archcalc import load
from archcalc.cli import COMMANDS, completing
from archcalc.cli.arguments import Parser
from archcalc.cli.commands.completion import SHELLS
from archcalc.cli.completing import words
from archcalc.cli.outline import Outline
from archcalc.spec import bundled

# -- the table is that of the parsers


class _Found(Exception):  # noqa: N818  (no error: it carries a parser out of a command)
    pass


def parser(command):
    """The parser that a command makes."""
    module = import_module(f"archcalc.cli.commands.{command}")

    def stop(self, _):
        raise _Found(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Parser, "read", stop)
        with pytest.raises(_Found) as found:
            module.run(["lenet5"])
    return found.value.args[0], module


def formats(module):
    from archcalc.render.report import FORMATS

    name = module.__name__.rpartition(".")[2]
    known = {"report": FORMATS, "ops": ("table", "json")}.get(name) or getattr(module, "FORMATS", ())
    return " ".join(known) or "<any>"


def values(command, name, module):
    """What an option or a place takes, as the table has it."""
    from archcalc.conventions import presets
    from archcalc.drawing import STYLES
    from archcalc.explanation import QUANTITIES
    from archcalc.export import formats as exports
    from archcalc.export.testimony import WITNESSES
    from archcalc.layers import load_all
    from archcalc.quantities import BITS, COUNTED
    from archcalc.render.figures import HEADERS
    from archcalc.training import STATES

    figures = " ".join(COUNTED)
    columns = " ".join(HEADERS) if command == "report" else figures
    names = " ".join(presets())
    places = {
        "spec": "<specs> <claims>" if command == "check" else "<specs>", "left": "<specs>", "right": "<specs>",
        "layer": "<layers>", "quantity": " ".join(QUANTITIES) if command == "explain" else figures, "claims": "<claims>", "page": "<files>", "source": "<files>",
        "op": " ".join(load_all()), "shell": " ".join(SHELLS), "name": names, "model": "<files>", "file": "<files>",
    }  # fmt: skip
    options = {
        "--format": formats(module), "--output": "<files>", "--plugin": "<files>", "--columns": f"{columns},",
        "--blank": f"{columns},", "--keep": "<layers>,", "--only": "<layers>", "--sort": figures,
        "--convention": f"{names} all" if command == "report" else names, "--train": " ".join(STATES),
        "--symbolic": "<symbols>,", "--set": "<sizes>", "--for": "<sizes>", "--most": figures, "--least": figures,
        "--best": figures, "--pareto": f"{figures},", "--where": "<claims>", "--style": " ".join(STYLES),
        "--theme": "light dark auto", "--page": "a4 letter", "--direction": "down right",
        "--color-by": "family params macs memory", "--dtype": " ".join(BITS),
        "--expand": "<layers>,", "--group": "<symbols>", "--to": " ".join(exports.FORMATS),
        "--weights": " ".join(exports.FORMATS["onnx"].weights),
    }  # fmt: skip
    if command == "verify" and name == "--with":
        return " ".join(WITNESSES) or "<any>"
    return (options if name.startswith("-") else places).get(name, "<any>")


def table():
    """The table of options as it should be."""
    lines = []
    for command in COMMANDS:
        made, module = parser(command)
        for action in made._actions:
            about = " ".join((action.help or "").split())
            if not action.option_strings:
                many = "*" if action.nargs in ("*", "+") else ""
                lines.append((command, "", values(command, action.dest, module) + many, about))
                continue
            takes = "" if action.nargs == 0 else values(command, action.option_strings[-1], module)
            optional = "?" if action.nargs == "?" else ""
            lines.append((command, " ".join(action.option_strings), takes + optional, about))
    return "".join("\t".join(line) + "\n" for line in lines)


def test_the_table_of_options_is_that_of_the_parsers(request):
    made = table()
    if request.config.getoption("--refresh"):
        Path(completing.TABLE).write_text(made, encoding="utf-8")
    said = "refresh: pytest tests/test_completion.py --refresh"
    assert Path(completing.TABLE).read_text(encoding="utf-8") == made, said


# -- what is offered


def offered(*typed):
    return [word.text for word in words(list(typed))]


def test_commands_networks_layers_and_symbols_are_completed():
    assert offered("rep") == ["report"]
    assert "lenet5-pytorch" in offered("report", "lenet5")
    assert offered("explain", "lenet5", "C") == ["C1", "C3", "C5"]
    assert offered("explain", "resnet18", "layer1") == ["layer1"]
    assert offered("explain", "resnet18", "layer1.") == ["layer1.0", "layer1.1"]
    assert "layer1.0.conv1" in offered("report", "resnet18", "--only", "layer1.0.c")
    assert offered("report", "resnet18", "--set", "n") == ["n1=", "n2=", "n3=", "n4="]
    assert offered("report", "lenet5", "--symbolic", "H,W") == ["H,W"]


def test_options_and_their_values_are_completed():
    assert "--blank" in offered("report", "lenet5", "--b")
    assert offered("report", "lenet5", "-f", "mark") == ["markdown"]
    assert offered("report", "--format=lat") == ["--format=latex"]
    assert offered("report", "--format", "=", "lat") == ["latex"]  # as bash breaks words
    assert offered("report", "--columns", "output,par") == ["output,params"]
    assert offered("diff", "lenet5", "--columns", "macs,fl") == ["macs,flops"]
    assert offered("report", "lenet5", "--convention", "fv") == ["fvcore"]
    assert offered("report", "--train", "nest") == ["nesterov"]
    assert offered("calc", "max_pool2") == ["max_pool2d"]
    assert offered("completion", "z") == ["zsh"]
    assert offered("verify", "lenet5", "--with", "") == ["torch", "keras", "onnx"]
    assert offered("export", "lenet5", "--to", "") == ["torch", "keras", "onnx"]
    assert offered("export", "lenet5", "--weights", "n") == ["none"]


def test_claims_are_completed_behind_a_network():
    assert "params=" in offered("check", "lenet5", "par")
    assert offered("check", "lenet5", "C3.conn") == ["C3.connections="]


def test_files_are_completed(inside):
    (inside / "mine.yaml").write_text("archcalc: 1\nname: x\ninput: [3]\nlayers: [{name: a, op: linear}]\n")
    (inside / "notes.txt").write_text("")
    (inside / "specs").mkdir()
    assert offered("report", "min") == ["mine.yaml"]
    assert "notes.txt" not in offered("report", "no")
    assert offered("report", "spe") == ["specs/"]
    assert offered("report", "lenet5", "-o", "not") == ["notes.txt"]
    assert offered("explain", "mine.yaml", "") == ["a"]


@pytest.mark.parametrize(
    "typed", [[""], ["nonsense", ""], ["report", "nothing", "--set", ""], ["explain", "x", "y", "z", ""]]
)
def test_what_is_unknown_offers_little_and_breaks_nothing(typed, archcalc):
    assert archcalc("completion", "--words", *typed).status == 0


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "- [",
        "a: &a [*a]",
        "[" * 5000,
        "layers: 3",
        "layers: [3, {name: [1]}]",
        "\x00",
        "!!python/object:os.system x",
    ],
)
def test_a_broken_spec_is_no_error_while_one_types(text, archcalc, inside):
    (inside / "n.yaml").write_text(text)
    ran = archcalc("completion", "--words", "explain", "n.yaml", "")
    assert ran.err == ""


def test_specs_that_extend_themselves_end(inside):
    (inside / "n.yaml").write_text(
        "archcalc: 1\nextends: n.yaml\nblocks: {b: {layers: [{name: x, block: b, repeat: 999999}]}}\nlayers: [{name: y, block: b}]\n"
    )
    assert offered("explain", "n.yaml", "") == ["y"]


@pytest.mark.parametrize(
    "name",
    [
        "lenet5",
        "lenet5-c5-linear",
        "resnet18",
        "resnet34-a",
        "vgg16_bn",
        "bert-base",
        "googlenet-aux",
        "densenet121",
        "t5-small",
        "unet",
    ],
)
def test_every_row_of_a_network_is_offered(name):
    net = load(name)
    paths = set(Outline(name).paths())
    assert {row.name for row in net.rows} <= paths
    assert set(net.graph.groups) <= paths
    assert set(net.spec.symbols) == set(Outline(name).symbols)


def test_every_network_that_comes_with_it_can_be_outlined():
    assert all(Outline(name).paths() for name in bundled() if not name.startswith("claims/"))


# -- quick


@pytest.mark.parametrize(
    "typed", [["rep"], ["report", "len"], ["report", "lenet5", "--b"], ["report", "lenet5", "-f", ""]]
)
def test_completing_imports_next_to_nothing(typed):
    program = (
        "import sys; from archcalc.cli import main; before = set(sys.modules)\n"
        "main(sys.argv[1:]); print(*sorted(set(sys.modules) - before))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "completion", "--words", *typed],
        capture_output=True,
        text=True,
        check=True,
    )
    allowed = {"archcalc.shelf", "importlib", "importlib._bootstrap", "importlib._bootstrap_external"}
    loaded = ran.stdout.splitlines()[-1].split()
    assert {name for name in loaded if not name.startswith("archcalc.cli")} <= allowed


# -- real shells


def typed_into(command, script, keys, expected, seconds=20):
    """What a shell on a terminal shows after some keys, until it shows what is expected."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"PS1": "$ ", "TERM": "xterm", "HOME": "/nonexistent", "NO_COLOR": "1"}
        os.execvp(command[0], command)
    seen = b""

    def read(until, limit):
        nonlocal seen
        end = time.monotonic() + limit
        while time.monotonic() < end and not until(seen):
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break

    try:
        os.write(terminal, f"{script}; echo READY$((40 + 2))\n".encode())
        read(lambda text: b"READY42" in text, seconds)
        os.write(terminal, keys.encode())
        read(lambda text: expected.encode() in text.rpartition(b"READY42")[2], seconds)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return re.sub(
        r"\x1b\[[0-9;?]*[A-Za-z]|[\x07\r]", "", seen.decode("utf-8", "replace").rpartition("READY42")[2]
    )


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """A folder on PATH with this archcalc as a command."""
    program = tmp_path / "bin" / "archcalc"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\nfrom archcalc.cli import main\nsys.exit(main())\n")
    program.chmod(0o755)
    for shell, script in SHELLS.items():
        (tmp_path / f"script.{shell}").write_text(script)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(completing.__file__).parents[2]))
    return tmp_path


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes(on_path):
    program = (
        f"source {on_path}/script.bash; "
        'COMP_WORDS=(archcalc explain lenet5 C); COMP_CWORD=3; _archcalc; echo "${COMPREPLY[@]}"; '
        'COMP_WORDS=(archcalc report lenet5 --format = mark); COMP_CWORD=5; _archcalc; echo "${COMPREPLY[@]}"; '
        'COMP_WORDS=(archcalc report ""); COMP_CWORD=2; _archcalc; echo "${#COMPREPLY[@]}"'
    )
    ran = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, check=True)
    layers, format, count = ran.stdout.split("\n")[:3]
    assert layers == "C1 C3 C5"
    assert format == "markdown"
    assert int(count) >= 60  # networks


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_a_tab_in_bash(on_path):
    command = ["bash", "--norc", "--noprofile", "-i"]
    shown = typed_into(command, f". {on_path}/script.bash", "archcalc explain lenet5 OUT\t", "OUTPUT")
    assert "archcalc explain lenet5 OUTPUT " in shown


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_a_tab_in_zsh(on_path):
    shown = typed_into(
        ["zsh", "-f", "-i"], f". {on_path}/script.zsh", "archcalc explain lenet5 OUT\t", "OUTPUT"
    )
    assert "OUTPUT" in shown


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completes(on_path):
    program = f"source {on_path}/script.fish; complete -C 'archcalc explain lenet5 C'"
    ran = subprocess.run(["fish", "--no-config", "-c", program], capture_output=True, text=True, check=True)
    assert [line.split("\t")[0] for line in ran.stdout.splitlines()] == ["C1", "C3", "C5"]


# -- the command


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed(shell, archcalc):
    out = archcalc("completion", shell).out
    assert out.startswith(f"# completion of archcalc for {shell}\n")
    if found := shutil.which(shell):
        subprocess.run([found, "-n"], input=out.encode(), check=True)


def test_another_shell_is_told(archcalc):
    ran = archcalc("completion", "powershell")
    assert ran.status == 2
    assert ran.err.splitlines() == [
        "there is no completion for 'powershell'",
        "  why: shells: bash, zsh, fish",
    ]
