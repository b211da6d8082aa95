"""What commands share: parsers whose complaints are ours, and the options that choose a network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from archcalc.cli.watch import Watch
from archcalc.errors import Problem, UsageError, quote
from archcalc.expressions import ExpressionError, integer, number
from archcalc.fields import FieldError, read_size

if TYPE_CHECKING:
    from archcalc.convert.draft import Draft
    from archcalc.network import Net


class Parser(argparse.ArgumentParser):
    """A parser of one command, that raises instead of exiting."""

    mixed = False  # options may stand between the words of one list

    def __init__(self, command: str, examples: str) -> None:
        from archcalc.cli import COMMANDS

        lines = "\n".join(f"  archcalc {line.strip()}" for line in examples.strip().splitlines())
        super().__init__(
            prog=f"archcalc {command}",
            description=COMMANDS[command],
            epilog=f"examples:\n{lines}",
            # a width of our own spares argparse the import that asks the terminal for one
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=96),
            allow_abbrev=False,
            add_help=False,
        )
        self.command = command
        self.add_argument("-h", "--help", action="store_true", help="this text")
        if command not in _OWN_KINDS_ONLY:
            self.add_argument(
                "--plugin",
                action="append",
                default=[],
                metavar="MODULE",
                help="import kinds of your own first: a module, or the path of a .py file",
            )

    def error(self, message: str) -> NoReturn:
        """argparse's complaint as ours."""
        raise UsageError(Problem(f"{self.prog}: {message}", more=f"help: {self.prog} --help"))

    def read(self, args: list[str]) -> argparse.Namespace | None:
        """The arguments; None where help was asked for and has been shown."""
        if "-h" in args or "--help" in args:
            from archcalc.cli.out import show

            show(self.format_help().rstrip())
            return None
        given = self.parse_intermixed_args(args) if self.mixed else self.parse_args(args)
        for word in getattr(given, "plugin", ()):
            _plug(word)
        return given


_OWN_KINDS_ONLY = frozenset({"list", "conventions", "completion"})  # commands about what comes with archcalc


def _plug(word: str) -> None:
    """Import a plugin that was asked for by name, after the kinds that it may not redefine."""
    from archcalc.layers import load_all
    from archcalc.register import load_plugin

    load_all()
    load_plugin(word)


def add_sizes(parser: Parser) -> None:
    """The options that set sizes."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="H=64", help="set a symbol; may be repeated"
    )
    parser.add_argument(
        "--input",
        action="append",
        metavar="1x28x28",
        help="replace the input's shape, channels first; of a PyTorch model, the shape of one example",
    )


def add_model(parser: Parser) -> None:
    """The options of what makes a PyTorch model."""
    parser.add_argument(
        "--with",
        action="append",
        default=[],
        dest="arguments",
        metavar="classes=10",
        help="an argument of what makes a PyTorch model; may be repeated",
    )
    parser.add_argument(
        "--batch",
        metavar="0",
        default="0",
        help="which axis of its inputs is the batch, 0 if nothing is said",
    )


def add_depth(parser: Parser) -> None:
    """The option that folds blocks."""
    parser.add_argument(
        "--depth", metavar="N", help="fold blocks to N parts of their path, or all; else as a page has room"
    )


def depth(text: str | None) -> int | str | None:
    """The depth of `--depth 2` or `--depth all`."""
    if text is None or text.strip().lower() == "all":
        return text and "all"
    return whole(text, "--depth", ", or all", "--depth 1")


def whole(text: str, option: str, otherwise: str, fix: str) -> int:
    """A whole number from 1."""
    found = integer(text)
    if found is None or found < 1:
        raise UsageError(
            Problem(f"{option} takes a whole number from 1{otherwise}, not {quote(text)}", fix=fix)
        )
    return found


def sizes(pairs: list[str]) -> dict[str, Any]:
    """The sizes of `--set H=64 --set width=0.5`."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        try:
            value = number(text.strip()) if equals else None
        except ExpressionError as error:
            raise UsageError(f"--set {name}: {error}") from None
        if value is None:
            raise UsageError(
                Problem(f"--set takes a symbol and a number, not {quote(pair)}", fix="--set H=64")
            )
        found[name.strip()] = value
    return found


def shape(text: str, option: str = "--input") -> list[int]:
    """The sizes of `1x28x28`."""
    parts = text.lower().replace("×", "x").replace(",", "x").replace("@", "x").split("x")
    found = []
    for part in parts:
        if integer(part) is None:
            what = f"{option} takes sizes, not {quote(text)}"
            if "=" in text:
                why = "inputs go by name for PyTorch alone; of a file or a spec --set gives what may vary"
                raise UsageError(Problem(what, (why,)))
            raise UsageError(Problem(what, (f"{quote(part)} is no number",), f"{option} 1x28x28"))
        try:
            found.append(read_size(part.strip(), _NO_NAMES))
        except FieldError as error:
            raise UsageError(Problem(f"{option} {quote(text)}: a size {error}")) from None
    return found


def _no_names() -> Any:
    from archcalc.expressions import Scope

    return Scope()


_NO_NAMES = _no_names()


def load(name: str, args: argparse.Namespace) -> Net:
    """The network that a command is about, at the sizes asked for."""
    from archcalc import loading

    symbolic: Any = getattr(args, "symbolic", None) or False
    if isinstance(symbolic, str):
        symbolic = [part.strip() for part in symbolic.split(",") if part.strip()]
    inputs = getattr(args, "input", None) or []
    if _is_model(name):
        draft = read_model(name, args)
        _noted(draft)
        return loading.load(draft.net(), symbolic=symbolic)
    if len(inputs) > 1:
        raise UsageError("--input is given twice, and replaces one input; --set sets symbols of others")
    given = shape(inputs[0]) if inputs else None
    return loading.load(name, sizes=sizes(getattr(args, "set", [])), input=given, symbolic=symbolic)


def _is_model(name: str) -> bool:
    """Whether a name is that of a factory of a PyTorch module; no other has a colon."""
    if ":" not in name:
        return False
    from archcalc.convert.torch.factory import is_factory

    return is_factory(name)


def read_model(name: str, args: argparse.Namespace) -> Draft:
    """The draft of a PyTorch module that a factory makes, asked for by its name."""
    from archcalc.convert.torch import read
    from archcalc.convert.torch.factory import made

    called = name.rpartition(":")[2].rpartition(".")[2]
    traced = {symbol: int(size) for symbol, size in sizes(getattr(args, "set", [])).items()}
    batch = _batch(getattr(args, "batch", "0"))
    arguments, inputs = _arguments(getattr(args, "arguments", [])), getattr(args, "input", None) or []
    with Watch() as watch:
        watch.say(f"reading {name}", at_once=True)
        return read(made(name, arguments), inputs, {}, batch=batch, name=called, sizes=traced)


def _noted(draft: Draft) -> None:
    """Say on standard error what of a model could not be read, if anything."""
    from archcalc.cli.out import complain

    said = [] if draft.coverage.full else [f"read {draft.coverage.sentence(draft.params)}"]
    if said or draft.coverage.facts:
        complain("\n".join([*said, *draft.coverage.facts]))


def _batch(text: str) -> int | None:
    """Which axis is the batch, of `--batch 1` or `--batch none`."""
    if text.lower() == "none":
        return None
    found = integer(text)
    if found is None or found < 0:
        what = f"--batch takes the number of an axis, counted from 0, or none, not {quote(text)}"
        raise UsageError(Problem(what, fix="--batch 1"))
    return found


_WORDS = {"true": True, "false": False, "none": None}


def _arguments(pairs: list[str]) -> dict[str, Any]:
    """The arguments of `--with classes=10 --with bias=false`: numbers, truths, none, else words."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(
                Problem(f"--with takes a name and a value, not {quote(pair)}", fix="--with classes=10")
            )
        try:
            value = number(text)
        except ExpressionError:
            found[name] = _WORDS.get(text.lower(), text)
        else:
            found[name] = value if isinstance(value, int) or value is None else float(value)
    return found
