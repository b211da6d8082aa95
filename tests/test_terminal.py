"""The terminal: six styles, nothing cut at any width, progress only where somebody watches."""

from __future__ import annotations

import io
import re
import sys

import pytest

from archcalc import cli
from archcalc.cli import watch as watching
from archcalc.cli.out import show
from archcalc.cli.watch import Watch
from archcalc.render.page import STYLES, Page


class Screen(io.StringIO):
    """A terminal, for archcalc to ask."""

    def isatty(self):
        return True


@pytest.fixture
def screen(monkeypatch):
    """What a command shows on a terminal of some columns."""

    def shown(*args, columns, **env):
        out = Screen()
        monkeypatch.setattr(sys, "stdout", out)
        for name, value in {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm", **env}.items():
            monkeypatch.setenv(name, value)
        if "FORCE_COLOR" in env:
            monkeypatch.delenv("NO_COLOR")
        cli.main(list(args))
        monkeypatch.undo()
        return out.getvalue()

    return shown


COMMANDS = [
    [], ["report", "lenet5"], ["report", "resnet18", "--depth", "1", "--columns", "output,params,share"],
    ["report", "lenet5", "alexnet", "vgg16"], ["report", "lenet5", "--convention", "all"],
    ["report", "lenet5-conv", "--symbolic"], ["report", "lenet5", "--dtype", "int8"],
    ["report", "lenet5", "--train", "sgd"], ["report", "lenet5", "--blank", "params", "--keep", "C1", "--hint"],
    ["formula", "lenet5", "params", "--symbolic", "H,W"], ["explain", "lenet5", "C3"], ["explain", "lenet5"],
    ["check", "lenet5"], ["check", "lenet5", "params=61706"], ["check", "claims/lenet5-csdn-pytorch", "-v"],
    ["check", "lenet5", "--dtype", "int8", "weights <= 64KiB"], ["diff", "lenet5", "lenet5-keras"], ["diff", "vgg16", "vgg16_bn"],
    ["calc", "conv2d", "3x224x224", "out_channels=64", "kernel_size=7"], ["verify", "lenet5"],
    ["solve", "lenet5", "--for", "H", "C5.H == 1"], ["sweep", "lenet5", "--set", "H=32:64:8", "--best", "macs"],
    ["list"], ["list", "--claims"], ["ops"], ["ops", "conv2d"], ["conventions"], ["conventions", "fvcore"],
    ["conventions", "--table"],
]  # fmt: skip


def breakable(line, columns):
    """Whether a line could have been shorter: words are never broken, and stand behind their indent."""
    words = line.split()
    if max(map(len, words)) > 30:  # a call, an address, a formula
        return False
    return len(words) > 1 and max(map(len, words)) + len(line) - len(line.lstrip()) <= columns


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_nothing_is_cut_at_any_width(args, screen):
    whole = screen(*args, columns=400)
    figures = set(re.findall(r"\d[\d,]*\d{3}", whole))
    for columns in (20, 28, 41, 57, 79, 110, 200):
        shown = screen(*args, columns=columns)
        assert ("…" in shown) <= ("…" in whole)
        assert not [figure for figure in figures if figure not in shown], columns
        wide = [line for line in shown.splitlines() if len(line) > columns and breakable(line, columns)]
        assert not wide or columns < 40, columns  # on so little a terminal goes on in the next line


# -- styles


def test_there_are_six_styles_and_no_more():
    assert len(STYLES) == 6
    assert len(set(STYLES.values())) == 6


@pytest.mark.parametrize("args", COMMANDS, ids=" ".join)
def test_every_command_keeps_to_the_six_styles(args, screen):
    codes = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
    known = {codes[style] for style in STYLES.values()} | {"0"}
    shown = screen(*args, columns=100, FORCE_COLOR="1")
    used = {code for found in re.findall(r"\x1b\[([\d;]*)m", shown) for code in found.split(";")}
    assert used <= known
    assert used, "nothing is coloured"


def test_a_word_of_another_style_is_a_mistake():
    pages = Page([[("x", "name")]])
    assert {style for line in pages.lines for _, style in line} <= {"", *STYLES}


# -- progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand."""
    now = [100.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    return now


def test_progress_is_told_after_a_second_and_taken_away(clock, monkeypatch):
    err = Screen()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    with Watch() as watch:
        watch.say("early")
        assert err.getvalue() == ""
        clock[0] += 1.5
        watch.say("counting C1")
        watch.say("at the same moment")
        assert err.getvalue() == "\r\x1b[K counting C1"
        clock[0] += 1
        watch.say("x" * 500)
        assert len(err.getvalue().rpartition("\x1b[K")[2]) < 80
    assert err.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("terminal", [io.StringIO, Screen])
def test_a_pipe_and_a_dumb_terminal_are_told_nothing(terminal, clock, monkeypatch):
    err = terminal()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "dumb" if terminal is Screen else "xterm")
    with Watch() as watch:
        clock[0] += 60
        watch.say("counting", at_once=True)
        assert list(watch.over(["a", "b"], "reading")) == ["a", "b"]
    assert err.getvalue() == ""


def test_names_in_progress_steer_no_terminal(monkeypatch):
    err = Screen()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    with Watch() as watch:
        watch.say("\x1b[31mevil", at_once=True)
    assert "\x1b[31m" not in err.getvalue()


def test_a_page_is_shown_as_it_is(capsys):
    show(Page([[("a", "name"), (" b", "dim")]]))
    assert capsys.readouterr().out == "a b\n"
