"""Conventions for a reader: all of them in a line each, one with its rules, and op by op, tool by tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.conventions import named, presets
from archcalc.conventions.values import EVERY
from archcalc.conventions.variables import VARIABLES
from archcalc.errors import wide
from archcalc.expressions import names
from archcalc.quantities import CONVENTIONAL, TABLE
from archcalc.render.grid import Grid, sides
from archcalc.render.page import WIDEST, Page, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.conventions.values import Convention
    from archcalc.layer import Layer

_MORE = (
    ("the rules and quirks of one", "archcalc conventions fvcore"),
    ("what all of them make of a network", "archcalc report resnet50 --convention all"),
    ("op by op, tool by tool", "archcalc conventions --table"),
    ("what a rule may name, for one of your own", "archcalc conventions --variables"),
)


def listing(width: int | None) -> Page:
    """Every convention that comes with archcalc, in a line or two."""
    across = min(width or WIDEST, WIDEST)
    shown = Page([[]])
    every = [named(name) for name in presets()]
    _pairs(shown, {each.name: _said(each) for each in every}, across)
    shown.add()
    sizes = max(len(words) for words, _ in _MORE)
    for words, command in _MORE:
        if 1 + sizes + 2 + len(command) <= across:
            shown.add((f" {words:<{sizes}}  ", "dim"), (command, "op"))
        else:
            shown.extend([(line, "dim")] for line in wrap(words, across, " "))
            shown.extend([(line, "op")] for line in wrap(command, across, "   "))
    shown.add()
    return shown


def _said(convention: Convention) -> str:
    """What it counts, and from which version that was read."""
    version = f" ({convention.title})" if convention.tool else ""
    return convention.about.rstrip(".") + version


def variables(width: int | None) -> Page:
    """What every name means that a rule may use."""
    across = min(width or WIDEST, WIDEST)
    shown = Page([[]])
    shown.extend([(line, "dim")] for line in wrap("In a rule, of one layer and one example:", across, " "))
    shown.add()
    _pairs(shown, {name: each.about for name, each in VARIABLES.items()}, across)
    shown.add()
    shown.extend(
        [(line, "dim")] for line in wrap("Signs: + - * / // % and min, max, ceil_div, round_to.", across, " ")
    )
    shown.add()
    return shown


def one(convention: Convention, width: int | None) -> Page:
    """A convention: whose it is, its words or its rules, and its quirks."""
    across = min(width or WIDEST, WIDEST)
    shown = Page([[]])
    shown.title(convention.name, convention.about, across)
    shown.add()
    head = {
        "tool": convention.title if convention.tool else "",
        "run by": convention.call,
        "read in": convention.source,
    }
    _pairs(shown, {key: text for key, text in head.items() if text}, across)
    if any(head.values()):
        shown.add()
    if convention.words:
        _pairs(shown, convention.words, across)
        shown.add()
    else:
        _rules(shown, convention, across)
    for note in convention.notes:
        shown.extend([(line, "dim")] for line in wrap(note, across, " "))
    if convention.notes:
        shown.add()
    return shown


def _rules(shown: Page, convention: Convention, across: int) -> None:
    """A table of rules for each quantity, then what its variables mean."""
    used: dict[str, None] = {}
    for quantity in convention.given:
        word = convention.calls.get(quantity, "")
        shown.add((f" {TABLE[quantity].header}{f', called {word}' if word else ''}", "name"))
        rules = written(convention, quantity)
        size = min(max(map(wide, rules)), across // 2)
        for ops, text in rules.items():
            *more, last = wrap(ops, size + 3, "   ")
            shown.extend([(line, "op")] for line in more)
            if size + 5 + wide(text) <= across:
                shown.add((f"{pad(last, size + 3)}  ", "op"), (text, ""))
            else:
                shown.add((last, "op"))
                shown.extend([(line, "")] for line in wrap(text, across, " " * 5))
            used |= dict.fromkeys(names(text))
        shown.add()
    _pairs(shown, {name: VARIABLES[name].about for name in VARIABLES if name in used}, across)
    shown.add()


def written(convention: Convention, quantity: str) -> dict[str, str]:
    """Expressions by the ops that share them, as the file has them; then what stands for all others."""
    lines: dict[int, list[str]] = {}
    texts: dict[int, str] = {}
    for op, rule in convention.rules[quantity].items():
        if op != EVERY:
            lines.setdefault(id(rule.node), []).append(op)
            texts[id(rule.node)] = rule.text
    found = {joined(ops): texts[key] for key, ops in lines.items()}
    rest = convention.rules[quantity].get(EVERY)
    found["every other op" if found else "every op"] = rest.text if rest else "0"
    return found


def joined(ops: Iterable[str]) -> str:
    """Ops in a list, those of one, two and three axes together: `max_pool1d/2d/3d`."""
    found: dict[str, list[str]] = {}
    for op in ops:
        match = re.fullmatch(r"(.+?)([123]d)", op)
        found.setdefault(match[1] if match else op, []).append(match[2] if match else "")
    return ", ".join(stem + "/".join(ranks) for stem, ranks in found.items())


def _pairs(shown: Page, pairs: Mapping[str, str], across: int) -> None:
    """A word, and beside it what there is to say."""
    size = max(map(wide, pairs), default=0) + 3
    for word, text in pairs.items():
        for i, line in enumerate(wrap(text, across, " " * (size + 1))):
            shown.add((f" {pad(word, size)}" if i == 0 else " " * (size + 1), "name"), (line[size + 1 :], ""))


def grid(quantity: str) -> Grid:
    """Op by op, what each convention counts: a row for ops that are alike to all of them.

    Conventions that have one rule for every op are left out: their column would say one thing.
    """
    from archcalc import layers
    from archcalc.register import KINDS

    every = [named(name) for name in presets()]
    columns = [each for each in every if each.counts(quantity) and set(each.rules[quantity]) != {EVERY}]
    rows: dict[tuple[str, ...], list[str]] = {}
    for op in layers.load_all():
        rows.setdefault(tuple(_rule(each, quantity, KINDS[op]) for each in columns), []).append(op)
    rest = max(rows, key=lambda texts: len(rows[texts]), default=())
    body: list[list[object]] = [[joined(ops), *texts] for texts, ops in rows.items() if texts != rest]
    body.append(["every other op", *rest])
    heads = [TABLE[quantity].header, *(each.name for each in columns)]
    name = f"{TABLE[quantity].header} of each op"
    return Grid(heads, body, sides(len(heads), 0), name, "By the rules of the convention files.")


def _rule(convention: Convention, quantity: str, kind: type[Layer]) -> str:
    """What a convention counts of a kind."""
    rule = convention.rule(quantity, kind)
    return rule.text if rule else "0"


def tables() -> list[Grid]:
    """A table for each quantity that conventions count in different ways."""
    return [made for made in map(grid, CONVENTIONAL) if len(made.heads) > 1]


def side_by_side(format: str, width: int | None) -> Page | str:
    """The tables of rules: on a terminal, or as text in another format."""
    if format != "table":
        return "\n\n".join(made.written(format) for made in tables())
    across = min(width or WIDEST, WIDEST)
    shown = Page([[]])
    for made in tables():
        quantity, *names = made.heads
        shown.add((f" {quantity}", "name"))
        for ops, *texts in made.body:
            shown.extend([(line, "op")] for line in wrap(str(ops), across, "  "))
            for text, whose in _alike(names, map(str, texts)).items():
                style = "dim" if text == "0" else ""
                shown.extend([(line, style)] for line in _beside(text, ", ".join(whose), across))
        shown.add()
    return shown


def _beside(text: str, names: str, across: int) -> list[str]:
    """A rule, and whose it is."""
    lead = f"    {pad(text, 24)} "
    if across - len(lead) < max(wide(word) for word in names.split(" ")):
        return [*wrap(text, across, "    "), *wrap(names, across, "      ")]
    first, *more = wrap(names, across, " " * len(lead))
    return [lead + first[len(lead) :], *more]


def _alike(names: Iterable[str], texts: Iterable[str]) -> dict[str, list[str]]:
    """Conventions by their rule; those that count nothing come last."""
    found: dict[str, list[str]] = {}
    for name, text in zip(names, texts, strict=True):
        found.setdefault(text, []).append(name)
    return dict(sorted(found.items(), key=lambda each: each[0] == "0"))
