"""The commands and their options, read from the parsers that read them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING
from unittest.mock import patch

from archcalc import cli
from archcalc.cli.arguments import Parser
from archcalc.render.markdown import escaped

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Iterator


def pages() -> dict[str, str]:
    """The page, by its path."""
    return {"reference/commands.md": "\n".join(_page()) + "\n"}


def _page() -> Iterator[str]:
    yield "# Every command\n"
    yield "Made from the parsers themselves, as what `--help` prints. A network is a file, a bundled name,"
    yield "or `-` for standard input. The exit status is 0 for yes, 1 for a figure that failed, 2 for a"
    yield "mistake.\n"
    for group, names in cli.GROUPS.items():
        yield f"## {group}\n"
        for name in names:
            yield from _command(name, _parser(name))
    yield "## options\n"
    for option, about in cli.OPTIONS.items():
        yield f"- `{option}`: {escaped(about)}"


def _command(name: str, parser: Parser) -> Iterator[str]:
    yield f"### archcalc {name}\n"
    yield f"{escaped(cli.COMMANDS[name])[:1].upper()}{escaped(cli.COMMANDS[name])[1:]}.\n"
    yield "| | |\n|:--|:--|"
    for action in parser._actions:  # noqa: SLF001  (argparse has no other list of them)
        yield f"| {_called(action)} | {escaped((action.help or '').replace('%%', '%'))} |"
    yield ""
    lines = [line.strip() for line in (parser.epilog or "").splitlines() if line.startswith("  ")]
    yield "```console"
    yield from (f"$ {line}" for line in lines)
    yield "```\n"


def _called(action: Action) -> str:
    """An option with what it takes, or an argument."""
    if not action.option_strings:
        more = " ..." if action.nargs in ("*", "+") else ""
        return f"`{(action.metavar or action.dest)}{more}`"
    takes = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(f"`{option}{takes}`" for option in action.option_strings)


class _Met(Exception):  # noqa: N818  (it is no error)
    """The parser of a command, on its way out of it."""


def _parser(name: str) -> Parser:
    """The parser that a command makes when it runs."""

    def met(parser: Parser, args: list[str]) -> None:
        raise _Met(parser)

    module = import_module(f"archcalc.cli.commands.{name}")
    with patch.object(Parser, "read", met):
        try:
            module.run([])
        except _Met as found:
            parser: Parser = found.args[0]
            return parser
    msg = f"{name} reads its arguments otherwise"
    raise AssertionError(msg)
