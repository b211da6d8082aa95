"""The command line: the only room that reads arguments, prints, and exits."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from archcalc import __version__
from archcalc.errors import ArchcalcError, Problem, UsageError, likely, printable, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.render.page import Line, Page

COMMANDS = {
    "report": "sizes, parameters, connections, neurons, MACs and FLOPs of each layer",
    "formula": "a total as one formula of its sizes: how does it scale?",
    "explain": "where a number comes from: formula, substitution, source",
    "draw": "a picture (svg, png, pdf, dot)",
    "diff": "two networks side by side, and what each change costs",
    "check": "published figures and budgets: does it agree? exits 1 when not",
    "verify": "run it once in NumPy and count what really happens",
    "import": "a model of another tool, such as an ONNX file, as a spec",
    "export": "source code or a file for PyTorch and others",
    "calc": "one layer on one shape, without a file",
    "solve": "the sizes that meet a budget",
    "sweep": "many sizes at once: a table, what is best, the Pareto front",
    "docs": "tables, diagrams and formulas in Markdown pages, kept fresh",
    "list": "the networks that come with archcalc",
    "show": "the text of one, to start your own from",
    "ops": "the layers you can write",
    "schema": "the spec language as a JSON Schema, for completion in editors",
    "conventions": "what is counted",
    "completion": "commands, networks, layers and symbols completed in bash, zsh or fish",
}
GROUPS = {
    "look": ("report", "formula", "explain", "draw", "diff"),
    "trust": ("check", "verify"),
    "calculate": ("calc", "solve", "sweep"),
    "exchange": ("import", "export"),
    "tell": ("docs",),
    "find": ("list", "show", "ops", "schema", "conventions", "completion"),
}
OPTIONS = {
    "--version": "which archcalc this is",
    "--debug": "with any command: the traceback of an error",
}
_PIPE_CLOSED = 141  # as a shell reports a program that SIGPIPE ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 0 for yes, 1 for a figure that failed, 2 for a mistake."""
    args = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in args
    args = [arg for arg in args if arg != "--debug"]
    try:
        status = _run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  (the last place where one can be told as a sentence)
        _told(error, debug=debug)
        return 2
    return status


def _told(error: Exception, *, debug: bool) -> None:
    """Print what went wrong: a sentence, or with `--debug` where it was raised as well."""
    if debug:
        from traceback import format_exception

        _complain("".join(format_exception(error)).rstrip("\n"))
    elif isinstance(error, ArchcalcError):
        _complain(str(error))
    elif isinstance(error, (OSError, RecursionError, MemoryError)):
        said = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        _complain(f"archcalc could not go on: {said}")
    else:
        said = printable(f"{type(error).__name__}: {error}")
        if theirs := _of_others(error):
            _complain(f"{theirs}: {said}; it is called by archcalc, and --debug shows how")
            return
        _complain(f"a bug in archcalc: {said}; --debug shows where")


def _of_others(error: Exception) -> str:
    """The last line of somebody's own kind of layer that an error passed through, or nothing."""
    from archcalc.layer import Layer

    found, trace = "", error.__traceback__
    while trace is not None:
        code, kind = trace.tb_frame.f_code, trace.tb_frame.f_locals.get("self")
        if isinstance(kind, Layer) and not trace.tb_frame.f_globals["__name__"].startswith("archcalc."):
            found = f"{code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _run(args: list[str]) -> int:
    """Find the command and hand it its arguments."""
    if not args or args[0] in ("-h", "--help", "help"):
        from archcalc.cli.out import width

        _show(screen(width()))
        return 0
    if args[0] in ("-V", "--version"):
        _show(f"archcalc {__version__}")
        return 0
    command, rest = args[0], args[1:]
    if command not in COMMANDS:
        raise _unknown(command)
    from importlib import import_module

    status: int = import_module(f"archcalc.cli.commands.{command}").run(rest)
    return status


def _unknown(word: str) -> UsageError:
    """A word that is no command: a network to report, a misspelling, or neither."""
    from archcalc.spec import bundled

    if word in bundled() or word.endswith((".yaml", ".yml")):
        fix = f"archcalc report {word}"
    else:
        close = likely(word, COMMANDS)
        fix = f"archcalc {close}" if close else ""
    more = "" if fix else "all commands: archcalc"
    return UsageError(Problem(f"there is no command {quote(word)}", fix=fix, more=more))


def _show(content: object) -> None:
    from archcalc.cli.out import show

    show(content)


def _complain(text: str) -> None:
    from archcalc.cli.out import complain

    complain(text)


def screen(width: int | None = None) -> object:
    """One screen of what there is, with commands that work at once."""
    from archcalc.render.page import WIDEST, Page

    page = Page([[]])
    page.title("archcalc", "what a neural network costs, layer by layer, and why", width, "  ")
    page.add()
    for group, commands in GROUPS.items():
        for i, command in enumerate(commands):
            _listed(page, group if i == 0 else "", command, COMMANDS[command], width)
    page.add()
    for i, (option, about) in enumerate(OPTIONS.items()):
        _listed(page, "options" if i == 0 else "", option, about, width)
    page.add()
    examples = ("report lenet5", "explain lenet5 C3", "check lenet5 params=61706", "report --help")
    tries: list[Line] = [[(f"archcalc {example}", "")] for example in examples]
    page.flow([[("try:", "dim")], *tries], min(width or WIDEST, WIDEST), "  ")
    page.add()
    return page


_GROUP, _COMMAND = 11, 13  # columns of the start screen


def _listed(page: Page, group: str, command: str, about: str, width: int | None) -> None:
    """A command and what it does: beside it, or under it where there is too little room."""
    from archcalc.render.page import wrap

    lead = (f" {group:<{_GROUP}} ", "dim"), (f"{command:<{_COMMAND}}", "op")
    indent = _GROUP + 2 + _COMMAND
    if width is None or width > 2 * indent:
        first, *more = wrap(about, width, " " * indent)
        page.add(*lead, first[indent:])
        page.extend([(line, "")] for line in more)
        return
    if group:
        page.add((f" {group}", "dim"))
    page.add((f"  {command}", "op"))
    page.extend([(line, "")] for line in wrap(about, width, "    "))
