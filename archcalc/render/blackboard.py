"""An explanation as the blackboard: a line for each quantity, its substitution under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import wide
from archcalc.explanation import WORDS
from archcalc.layer import section
from archcalc.render.figures import write
from archcalc.render.page import Page, wrap
from archcalc.tables import named, runs

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.explanation import Explanation, Step
    from archcalc.graph import Node
    from archcalc.verdicts import Verdict

Reads = tuple[int, ...]
_INDENT = 15  # columns before a formula
_GROUPS = " │"


def page(explanation: Explanation, width: int | None = None) -> Page:
    """The blackboard at a width."""
    shown = Page([[]])
    _heading(shown, explanation, width)
    for step in explanation.steps:
        _put(shown, step, width)
    if len(explanation.steps) > 1:
        _source(shown, explanation, width)
    for node in (
        explanation.row.nodes if len(explanation.steps) > 1 and explanation.row.name != "total" else ()
    ):
        if getattr(node.layer, "table", None) is not None:
            shown.add()
            _table(shown, node, explanation.net.graph.layer_of(node.inputs[0]))
    if len(explanation.steps) > 1:
        _agreement(shown, explanation, width)
    shown.add()
    return shown


def _heading(shown: Page, explanation: Explanation, width: int | None) -> None:
    row, net = explanation.row, explanation.net
    if row.name == "total":
        shown.add((f" {net.name}", "name"), (f"   input {write(net.input)}", "dim"))
        shown.add()
        return
    arrow = f"{write(row.input)}  →  {write(row.output)}"
    entry = row.main[0].entry
    written = entry is not None and bool(entry.at.document.path)  # by a person, in a file
    place = f"{entry.at.document.name}:{entry.at.line + 1}" if entry and written else ""
    alone = len(net) == 1 and not written  # a layer of archcalc calc has no name of its own
    spans = [] if alone else [(f" {row.name}", "name"), (" ", "")]
    spans += [(f" {row.op}", "op"), ("     ", ""), (arrow, "")]
    used = sum(wide(text) for text, _ in spans)
    space = max(4, (width or 100) - used - len(place) - 1)
    fits = width is None or used + 4 + len(place) <= width
    shown.add(*spans, *([(" " * space, ""), (place, "dim")] if fits and place else []))
    shown.add()


def _put(shown: Page, step: Step, width: int | None) -> None:
    """A quantity, its words, and its lines under them."""
    name = WORDS.get(step.quantity, step.quantity)
    lead = f" {name:<{_INDENT - 1}}"
    rest = list(step.lines)
    first = step.words
    if not first and rest:
        first, rest = rest[0][0], rest[1:]
    fits = wide(lead + first + step.beside) + 6 <= (width or 100)
    space = " " * max(4, 49 - wide(lead + first))
    shown.add(
        (lead, "name"), (first, ""), *([(space, ""), (step.beside, "dim")] if step.beside and fits else [])
    )
    for text, beside in rest:
        space = " " * max(4, 34 - wide(text))
        for i, line in enumerate(wrap(text, width, " " * _INDENT)):
            shown.add((line, ""), *([(space, ""), (beside, "dim")] if beside and i == 0 else []))
    if step.beside and not fits:
        for line in wrap(step.beside, width or 100, " " * _INDENT):
            shown.add((line, "dim"))


def _table(shown: Page, node: Node, source: str) -> None:
    """The connection table as a picture, its groups apart."""
    table, inputs = node.layer.table, node.x[0]  # type: ignore[attr-defined]
    groups = runs(table, inputs)
    order = [table.index(reads) for group in groups for reads in group] if _distinct(table) else []
    if order != list(range(len(table))):
        groups = [list(table)]
    size = max(2, len(str(len(table) - 1)) + 1)
    label = max(len(source) + 1 + len(str(inputs)), len(node.name))
    heads = [f"{o:>{size}}" for o in range(len(table))]
    _columns(shown, f"{node.name:<{label}}", groups, heads)
    for i in range(inputs):
        lead = f"{source if i == 0 else '':<{label - len(str(inputs))}}{i:>{len(str(inputs))}}"
        cells = [f"{'●' if i in reads else '·':>{size}}" for group in groups for reads in group]
        _columns(shown, lead, groups, cells)
    words = [named(group[0], inputs) if len(groups) > 1 else "" for group in groups]
    spans = [
        f"{' ' * (size - 1)}{word}".ljust(size * len(group))
        for word, group in zip(words, groups, strict=True)
    ]
    links = f"   {sum(map(len, table))} of {len(table) * inputs} pairs"
    shown.add((" " * (8 + label) + _GROUPS.join(spans).rstrip() + links, "dim"))


def _distinct(table: tuple[tuple[int, ...], ...]) -> bool:
    return len(set(table)) == len(table)


def _columns(shown: Page, lead: str, groups: list[list[Reads]], cells: list[str]) -> None:
    """A line of the table: a cell for each output map, its groups apart."""
    rest = iter(cells)
    parts = ("".join(next(rest) for _ in group) for group in groups)
    shown.add(("        " + lead, "dim"), (_GROUPS.join(parts), ""))


def _source(shown: Page, explanation: Explanation, width: int | None) -> None:
    """Where the formulas of the layer's kind come from."""
    if explanation.row.name == "total":
        return
    text = section(type(explanation.row.main[0].layer), "Source")
    for i, line in enumerate(wrap(text, width, " " * _INDENT)):
        shown.add((" formulas      " if i == 0 else " " * _INDENT, "name"), (line[_INDENT:], "dim"))


def _agreement(shown: Page, explanation: Explanation, width: int | None) -> None:
    """The published figures of this layer, and whether they agree."""
    from archcalc.verdicts import judge

    net, row = explanation.net, explanation.row
    if not net.graph.as_written or not net.spec.claims:
        return
    own = [v for v in judge(net) if v.at == row.name]
    if not own:
        return
    shown.add()
    for source in dict.fromkeys(v.source for v in own):
        of = [v for v in own if v.source == source]
        good = [_figure(v) for v in of if v.status == "agrees"]
        whose = f" as in {source.cited()}" if source else ""
        if good:
            text = f"✓ {_and(good)}{whose}"
            for line in wrap(text, width, " "):
                shown.add((line[:2], "good"), (line[2:], ""))
        for v in of:
            if v.status != "agrees":
                shown.add((f" ✗ {v.quantity} {v.figure.text} claimed{whose}: {v.known_gap}", "warn"))


def _figure(verdict: Verdict) -> str:
    """A figure that agrees, with its unit where the number alone would puzzle."""
    text = write(verdict.computed)
    return f"{text} layers" if verdict.quantity == "layers" else text


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def formulas(net: Analysis, width: int | None = None) -> Page:
    """A layer's figures as formulas in letters, and the sizes for which they hold."""
    from archcalc.notes import conditions

    row = net.rows[0]
    shown = Page([[]])
    shown.add((f" {row.op}", "op"), ("     ", ""), (f"{write(row.input)}  →  {write(row.output)}", ""))
    shown.add()
    for quantity in ("output", "neurons", "params", "connections", "macs", "flops"):
        value = write(row[quantity])
        if value != "0":
            for i, line in enumerate(wrap(value, width, " " * _INDENT)):
                lead = f" {WORDS.get(quantity, quantity):<{_INDENT - 1}}" if i == 0 else ""
                shown.add((lead, "name"), (line[len(lead) :], ""))
    held = conditions(net)
    if held:
        shown.add()
        for line in wrap(f"valid when {' and '.join(held)}", width, " " * _INDENT):
            shown.add((line, "dim"))
    shown.add()
    return shown
