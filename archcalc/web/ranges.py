"""The values that a slider goes through, and the conditions that the sizes must meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.notes import skipping
from archcalc.symbolic import read_all, text, valid
from archcalc.symbolic.conditions import minima

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.web.letters import Letter, Lettered
    from archcalc.web.program import Program

_FARTHER = 4  # times the size in the file
_FEW = 16  # values that the slider of a small size has
_LONGEST_STEP = 64


class Range(NamedTuple):
    """What a slider goes through, in the letter's own values."""

    low: int
    high: int
    step: int


class Held(NamedTuple):
    """A condition in words, where in the program it is known, and the rows that it is of."""

    place: int
    says: str
    kind: str  # `valid`, `read`, or `layers`
    fails: list[tuple[int, str]] = []  # noqa: RUF012  (never added to): the place of each part, and its row


def ranges(own: Lettered) -> list[Range]:
    """For each letter from the least size that is valid to four times its own, in steps that stay valid."""
    conditions = [c for c in (*own.net.graph.conditions, *_met(own)) if not isinstance(c, bool)]
    least = minima(conditions, own.point)
    return [_range(own, letter, conditions, least.get(letter.name, 1)) for letter in own.letters]


def _met(own: Lettered) -> list[Any]:
    return [condition for condition, holds in own.met if holds]


def _range(own: Lettered, letter: Letter, conditions: list[Any], least: int) -> Range:
    value = letter.value
    about = [c for c in conditions if letter.name in c.symbols]

    def holds(size: int) -> bool:
        there = {**own.point, letter.name: size}
        return size >= 1 and all(c.at(there) for c in about)

    steps = (n for n in range(1, _LONGEST_STEP + 1) if all(holds(value + k * n) for k in (1, 2, 3)))
    step = next(steps, 1) if about else 1
    high = 2 * value if letter.parts > 1 else max(_FARTHER * value, _FEW)
    low = least + (value - least) % step
    while low < value and step > 1 and not holds(low):
        low += step
    return Range(min(low, value), value + max(1, (high - value) // step) * step, step)


def held(own: Lettered, program: Program) -> Iterator[Held]:
    """What must hold for there to be a network, for it to have these layers, for all to be read."""
    graph = own.net.graph
    rules = [(rule.holds, "the input") for rule in graph.rules]
    rules += [(rule.holds, node.row) for node in graph.nodes for rule in node.rules]
    yield from _told(own, program, "valid", rules)
    read = [(rule.holds, node.row) for node, rules in skipping(graph) for rule in rules]
    yield from _told(own, program, "read", read)
    for condition, holds in own.met:
        says = str(condition) if holds else _opposite(condition)
        yield Held(program.truth(condition, holds=holds), says, "layers")
    even = program.even()
    if program.compiler.steps[even].op != "number":
        yield Held(even, "every quotient comes out whole", "valid")


_LONG = 80  # characters that nobody takes in


def _opposite(condition: Any) -> str:
    left, word, right = condition.said()
    return f"{text(left)} {_OPPOSITES.get(word, f'not {word}')} {text(right)}"


_OPPOSITES = {"≥": "<", "≤": ">", "=": "≠", "divides": "does not divide"}


def _told(own: Lettered, program: Program, kind: str, rules: Iterable[tuple[Any, str]]) -> Iterator[Held]:
    """The conditions on the same letters together, in as few words as may be."""
    names = [letter.name for letter in own.letters]
    groups: dict[tuple[str, ...], dict[Any, list[str]]] = {}
    for condition, row in rules:
        if not isinstance(condition, bool):
            rows = groups.setdefault(condition.symbols, {}).setdefault(condition, [])
            rows.append(row)
    for symbols, found in groups.items():
        place = program.all(program.truth(condition) for condition in found)
        says = valid(found, names, own.point) if kind == "valid" else [read_all(found) or ""]
        words = " and ".join(filter(None, says)) or " and ".join(map(str, found))
        if len(words) > _LONG:
            words = f"what is asked of {' and '.join(symbols)}"
            words = (
                f"no row or column along {' and '.join(symbols)} is left over" if kind == "read" else words
            )
        fails = [(program.truth(condition), rows[0]) for condition, rows in found.items()]
        yield Held(place, _named(own, symbols, words), kind, fails)


def _named(own: Lettered, symbols: tuple[str, ...], words: str) -> str:
    """The sentence, and what its letters are parts of."""
    parts = [
        f"{letter.name} in {letter.parts}ths"
        for letter in own.letters
        if letter.parts > 1 and letter.name in symbols
    ]
    return f"{words} ({', '.join(parts)})" if parts else words
