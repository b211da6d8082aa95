"""What may stand at the cursor of a command line: commands, options, specs, layers, symbols, values.

It is run at every press of a key, so it reads a table of the options and the text of a spec, and
imports nothing of what computes. The table, options.tsv, is held equal to the parsers by a test.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TABLE = os.path.join(os.path.dirname(__file__), "options.tsv")
SPECS = (".yaml", ".yml", ".onnx", ".json")  # files that a network is read from


class Word(NamedTuple):
    """A word that may stand there, and what it is."""

    text: str
    about: str = ""


class Argument(NamedTuple):
    """An option, or a place for words without one: its spellings, what it takes, and what it is for."""

    names: tuple[str, ...]  # of a place the empty tuple
    takes: str  # values, or `<kind>` of them; `,` at the end for a list, `?` where it may be left out
    about: str

    @property
    def takes_none(self) -> bool:
        """Whether no value follows."""
        return bool(self.names) and not self.takes


def arguments(command: str) -> list[Argument]:
    """The options of a command, and its places in order."""
    with open(TABLE, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [Argument(tuple(names.split()), takes, about) for of, names, takes, about in rows if of == command]


def words(typed: list[str]) -> list[Word]:
    """What may stand in place of the last word, which may be empty."""
    typed = _joined(typed)
    *before, current = typed
    if not before:
        return _begin(current, [*_commands(), Word("--version"), Word("--help")])
    known = arguments(before[0])
    options = {name: argument for argument in known for name in argument.names}
    if current.startswith("--") and "=" in current:
        name, _, current = current.partition("=")
        taken = options.get(name)
        found = _values(taken.takes, current, before[1:]) if taken else []
        return [Word(f"{name}={word.text}", word.about) for word in found]
    last = options.get(before[-1])
    free = _free(before[1:], options)
    if last and last.takes and not last.takes.endswith("?"):
        return _values(last.takes, current, free)
    if current.startswith("-"):
        return _begin(current, [Word(a.names[-1], a.about) for a in known if a.names])
    places = [argument for argument in known if not argument.names]
    found = _values(last.takes.rstrip("?"), current, free) if last else []
    if places:
        place = places[min(len(free), len(places) - 1)]
        if len(free) < len(places) or place.takes.endswith("*"):
            found += _values(place.takes.rstrip("*"), current, free)
    return found


def _joined(typed: list[str]) -> list[str]:
    """The words, where a shell has broken `--format=mark` into three."""
    found: list[str] = []
    for i, word in enumerate(typed):
        if word == "=" and found and found[-1].startswith("--"):
            if i == len(typed) - 1:
                found.append("")
            continue
        found.append(word)
    return found or [""]


def _free(typed: list[str], options: dict[str, Argument]) -> list[str]:
    """The words that are no options and no values of theirs."""
    found, takes = [], False
    for word in typed:
        known = options.get(word)
        if not takes and known is None and not word.startswith("--"):
            found.append(word)
        takes = known is not None and bool(known.takes) and not known.takes.endswith("?")
    return found


def _begin(current: str, found: Iterable[Word]) -> list[Word]:
    return [word for word in found if word.text.startswith(current)]


def _commands() -> list[Word]:
    from archcalc.cli import COMMANDS

    return [Word(name, about) for name, about in COMMANDS.items()]


def _values(takes: str, current: str, free: list[str]) -> list[Word]:
    """What an option or a place takes, as far as it is typed."""
    lead = ""
    if takes.endswith(","):
        takes, (lead, comma, current) = takes[:-1], current.rpartition(",")
        lead += comma
    found: list[Word] = []
    for kind in takes.split():
        found += _KINDS[kind](current, free) if kind in _KINDS else _begin(current, [Word(kind)])
    return [Word(lead + word.text, word.about) for word in found]


def _specs(current: str, _: list[str]) -> list[Word]:
    from archcalc.shelf import bundled

    names = [name for name in bundled() if current.startswith("claims/") or not name.startswith("claims/")]
    return [
        *_begin(current, map(Word, [*names, "claims/"][: None if current else -1])),
        *_files(current, SPECS),
    ]


def _files(current: str, endings: tuple[str, ...] = ()) -> list[Word]:
    """Files and folders on the way to what is typed."""
    folder, name = os.path.split(current)
    try:
        found = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return []
    words = []
    for entry in found:
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name):
            continue
        if entry.is_dir():
            words.append(Word(os.path.join(folder, entry.name) + "/"))
        elif not endings or entry.name.endswith(endings):
            words.append(Word(os.path.join(folder, entry.name)))
    return words if current or not endings else [word for word in words if not word.text.endswith("/")]


def _layers(current: str, free: list[str]) -> list[Word]:
    """Paths of layers, a part further than what is typed: `layer1`, then `layer1.0`."""
    from archcalc.cli.outline import Outline

    depth = current.count(".") + 1
    parts = (path for name in free for path in Outline(name).paths())
    return _begin(current, map(Word, dict.fromkeys(path for path in parts if path.count(".") < depth)))


def _symbols(current: str, free: list[str], sign: str = "") -> list[Word]:
    from archcalc.cli.outline import Outline

    outlines = [Outline(name) for name in free]
    names = [name for outline in outlines for name in (*outline.symbols, *outline.axes)]
    sizes = {k: v for outline in outlines for k, v in outline.symbols.items()}
    return _begin(current, [Word(f"{name}{sign}", sizes.get(name, "")) for name in dict.fromkeys(names)])


def _claims(current: str, free: list[str]) -> list[Word]:
    """A figure of the whole, or behind a layer's name one of the layer."""
    layer, dot, _ = current.rpartition(".")
    found = [Word(f"{layer}{dot}{name}=") for name in _QUANTITIES]
    return [*_begin(current, found), *(Word(f"{word.text}.") for word in _layers(current, free) if current)]


_QUANTITIES = ("params", "macs", "flops", "connections", "neurons", "output", "weights", "peak")
_KINDS: dict[str, Callable[[str, list[str]], list[Word]]] = {
    "<specs>": _specs,
    "<layers>": _layers,
    "<symbols>": _symbols,
    "<sizes>": lambda current, free: _symbols(current, free, "="),
    "<claims>": _claims,
    "<files>": lambda current, _: _files(current),
    "<any>": lambda *_: [],
}
