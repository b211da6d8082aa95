"""An explanation as the blackboard: a line for each quantity, its substitution under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.errors import wide
from archcalc.explanation import WORDS
from archcalc.folding import Folded, reads, said
from archcalc.register import section
from archcalc.render.figures import inputs, write
from archcalc.render.page import WIDEST, Page, equation, pad, wrap
from archcalc.tables import named, runs

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row
    from archcalc.derivation import Step
    from archcalc.explanation import Explanation
    from archcalc.graph import Node
    from archcalc.verdicts import Verdict

Reads = tuple[int, ...]
_LARGEST_TABLE = 256  # maps on a side of a connection table that is drawn
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
        for node in explanation.row.nodes if not _is_sum(explanation.row) else ():
            if getattr(node.layer, "table", None) is not None:
                shown.add()
                _table(shown, node, explanation.net.graph.layer_of(node.inputs[0]), width)
        _agreement(shown, explanation, width)
    shown.add()
    return shown


def _is_sum(row: Row) -> bool:
    """Whether a row is a sum of layers, so that no one kind's formulas explain it."""
    return row.name == "total" or isinstance(row, Folded)


def _heading(shown: Page, explanation: Explanation, width: int | None) -> None:
    row, net = explanation.row, explanation.net
    if row.name == "total":
        shown.title(net.name, inputs(net), width)
        shown.add()
        return
    entry = None if isinstance(row, Folded) else row.main[0].entry
    written = entry is not None and bool(entry.at.document.path)  # by a person, in a file
    place = f"{entry.at.document.name}:{entry.at.line + 1}" if entry and written else ""
    alone = len(net) == 1 and not written  # a layer of archcalc calc has no name of its own
    _kind(shown, "" if alone else row.name, row, width)
    used = sum(wide(text) for text, _ in shown.lines[-1])
    if place and (width is None or used + 4 + len(place) <= width):
        space = max(4, min(width or WIDEST, WIDEST) - used - len(place) - 1)
        shown.beside((" " * space, ""), (place, "dim"))
    shown.add()


def _kind(shown: Page, name: str, row: Row, width: int | None) -> None:
    """A layer's name and op, and what it makes of its input."""
    read = write(reads(row))
    arrow = f"{read}  →  {write(row.output)}" if read else f"→  {write(row.output)}"
    shown.add((f" {name} " if name else "", "name"), (f" {said(row)}", "op"))
    used = sum(wide(text) for text, _ in shown.lines[-1])
    if width is None or used + 5 + wide(arrow) <= width:
        shown.beside(("     ", ""), (arrow, ""))
    else:
        shown.extend([(line, "")] for line in wrap(arrow, width, " "))


def _put(shown: Page, step: Step, width: int | None) -> None:
    """A quantity, its words, and its lines under them."""
    lead = f" {WORDS.get(step.quantity, step.quantity):<{_INDENT - 1}}"
    rest = list(step.lines)
    words = step.words
    if not words and rest:
        words, rest = rest[0][0], rest[1:]
    first, *more = equation(words, width, " " * _INDENT)
    shown.add((lead, "name"), (first[_INDENT:], ""))
    fits = not more and _fits(shown, step.beside, _limit(width), 49, 6)
    shown.extend([(line, "")] for line in more)
    for text, beside in rest:
        _line(shown, text, beside, width)
    if step.beside and not fits:
        _under(shown, step.beside, min(width or WIDEST, WIDEST))


def _limit(width: int | None) -> int:
    """Columns for remarks: a pipe has room for a little more than people like to read across."""
    return WIDEST + 10 if width is None else min(width, WIDEST)


def _line(shown: Page, text: str, beside: str, width: int | None) -> None:
    """A substitution, and what stands beside it, or under it where there is no room."""
    lines = equation(text, width, " " * _INDENT)
    shown.add(lines[0])
    fits = len(lines) == 1 and _fits(shown, beside, width, _INDENT + 34, 4)
    shown.extend([(line, "")] for line in lines[1:])
    if beside and not fits:
        _under(shown, beside, width)


def _fits(shown: Page, beside: str, width: int | None, column: int, gap: int) -> bool:
    """Put a remark beside the last line, if it fits."""
    used = sum(wide(text) for text, _ in shown.lines[-1])
    if not beside or (width is not None and max(used + gap, column) + wide(beside) > width):
        return False
    shown.beside((" " * max(4, column - used), ""), (beside, "dim"))
    return True


def _under(shown: Page, beside: str, width: int | None) -> None:
    shown.extend([(line, "dim")] for line in wrap(beside, width, " " * _INDENT))


class _Form(NamedTuple):
    """How wide a connection table is drawn."""

    indent: int
    size: int  # columns of a cell
    gap: str  # between groups


def _table(shown: Page, node: Node, source: str, width: int | None) -> None:
    """The connection table as a picture, its groups apart."""
    table, inputs = node.layer.table, node.x[0]  # type: ignore[attr-defined]
    if max(inputs, len(table)) > _LARGEST_TABLE:
        shown.add((f"        {sum(map(len, table))} of {len(table) * inputs} pairs of maps", "dim"))
        return
    groups = runs(table, inputs)
    order = [table.index(reads) for group in groups for reads in group] if _distinct(table) else []
    if order != list(range(len(table))):
        groups = [list(table)]
    label = max(len(source) + 1 + len(str(inputs)), len(node.name))
    words = [named(group[0], inputs) for group in groups] if len(groups) > 1 else []
    form = _form(groups, words, label, width)
    _numbers(shown, pad(node.name, label), groups, form)
    for i in range(inputs):
        lead = pad(f"{source if i == 0 else ''}", label - len(str(inputs))) + f"{i:>{len(str(inputs))}}"
        cells = [f"{'●' if i in reads else '·':>{form.size}}" for group in groups for reads in group]
        _columns(shown, lead, groups, cells, form)
    spans = _spans(groups, words, form)
    if spans:
        shown.add((" " * (form.indent + label) + form.gap.join(spans), "dim"))
    links = f"{sum(map(len, table))} of {len(table) * inputs} pairs"
    shown.add((" " * (form.indent + label + form.size - 1) + links, "dim"))


def _form(groups: list[list[Reads]], words: list[str], label: int, width: int | None) -> _Form:
    """The widest form that fits: the margin goes first, then the space between columns, then the groups."""
    maps = sum(map(len, groups))
    size = max(2, len(str(maps - 1)) + 1)
    forms = [_Form(8, size, _GROUPS), _Form(1, size, _GROUPS), _Form(1, 2, _GROUPS), _Form(1, 2, "")]
    for form in forms:
        cells = form.size * maps + len(form.gap) * (len(groups) - 1)
        said = wide(form.gap.join(_spans(groups, words, form)))
        if width is None or form.indent + label + max(cells, said) <= width:
            return form
    return forms[-1]


def _spans(groups: list[list[Reads]], words: list[str], form: _Form) -> list[str]:
    """The words under the groups, each as wide as its group; none where they do not fit."""
    sizes = [form.size * len(group) for group in groups[:-1]]
    spans = [" " * (form.size - 1) + word for word in words]
    if not form.gap or any(wide(span) > size for span, size in zip(spans, sizes, strict=False)):
        return []
    return [*map(pad, spans, sizes), *spans[-1:]]


def _numbers(shown: Page, lead: str, groups: list[list[Reads]], form: _Form) -> None:
    """The maps' numbers over their columns; digit under digit where columns are narrow."""
    count = sum(map(len, groups))
    digits = len(str(count - 1))
    if digits < form.size:
        _columns(shown, lead, groups, [f"{o:>{form.size}}" for o in range(count)], form)
        return
    for place in range(digits):
        cells = [f"{f'{o:>{digits}}'[place]:>{form.size}}" for o in range(count)]
        _columns(shown, lead if place == digits - 1 else " " * wide(lead), groups, cells, form)


def _distinct(table: tuple[tuple[int, ...], ...]) -> bool:
    return len(set(table)) == len(table)


def _columns(shown: Page, lead: str, groups: list[list[Reads]], cells: list[str], form: _Form) -> None:
    """A line of the table: a cell for each output map, its groups apart."""
    rest = iter(cells)
    parts = ("".join(next(rest) for _ in group) for group in groups)
    shown.add((" " * form.indent + lead, "dim"), (form.gap.join(parts), ""))


def _source(shown: Page, explanation: Explanation, width: int | None) -> None:
    """Where the formulas of the layer's kind come from."""
    if _is_sum(explanation.row):
        return
    text = section(type(explanation.row.main[0].layer), "Source")
    for i, line in enumerate(wrap(text, width, " " * _INDENT) if text else ()):
        shown.add((" formulas      " if i == 0 else " " * _INDENT, "name"), (line[_INDENT:], "dim"))


def _agreement(shown: Page, explanation: Explanation, width: int | None) -> None:
    """The published figures of this layer, and whether they agree."""
    from archcalc.verdicts import judge

    net, row = explanation.net, explanation.row
    if not net.graph.as_written or not net.spec.claims:
        return
    own = [v for v in judge(net, here=True) if v.at == row.name]
    if not own:
        return
    shown.add()
    for source in dict.fromkeys(v.source for v in own):
        of = [v for v in own if v.source == source]
        good = [_figure(v) for v in of if v.status == "agrees"]
        whose = f" as in {source.cited()}" if source else ""
        if good:
            text = f"✓ {_and(good)}{whose}"
            for i, line in enumerate(wrap(text, width, " ")):
                shown.add((line[:2], "good" if i == 0 else ""), (line[2:], ""))
        for v in of:
            if v.status != "agrees":
                sign = "~" if v.status == "gap" else "✗"
                text = f"{sign} {v.quantity} {v.figure.text} claimed{whose}"
                text += f": {v.known_gap}" if v.known_gap else ""
                shown.extend([(line, "warn")] for line in wrap(text, width, " "))


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
    _kind(shown, "", row, width)
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
