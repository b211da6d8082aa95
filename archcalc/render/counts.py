"""Ways of counting side by side: what each makes of a network, and the ops that make the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.conventions.count import plainly
from archcalc.errors import printable, wide
from archcalc.quantities import CONVENTIONAL
from archcalc.render.counted import percent, plainly_said, signed, terms
from archcalc.render.figures import HEADERS, inputs, write
from archcalc.render.grid import Grid, sides
from archcalc.render.page import WIDEST, Column, Page, Table, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.conventions.compare import Counts
    from archcalc.render.page import Line

_LEAST = 30  # columns that a list of ops needs to stand beside its figure
_TALK = (
    "Per example. reference and macs are archcalc's own; the others are what a tool prints for the network"
    " written in modules, with nn.MultiheadAttention, in evaluation mode and with gradients on."
)


def page(counts: Counts, width: int | None = None) -> Page:
    """A row for each convention; then, for each quantity, what lies beside the reference rule."""
    net = counts.analysis
    across = min(width or WIDEST, WIDEST)
    shown = Page([[]])
    layers = f"{len(net.rows):,} layer{'s' * (len(net.rows) != 1)}"
    shown.title(printable(net.name), f"{layers}, {inputs(net)}, counted in {len(counts)} ways", width)
    if net.graph.symbolic:
        _formulas(shown, counts, across)
    else:
        _figures(shown, counts, width, across)
    shown.add()
    shown.extend([(line, "dim")] for line in wrap(_TALK, across, " "))
    rules, command = ("the rules and quirks of one:", "dim"), ("archcalc conventions fvcore", "op")
    shown.flow([[rules], [command]], width, " ")
    shown.add()
    return shown


def _formulas(shown: Page, counts: Counts, across: int) -> None:
    """Each quantity's formulas, with the conventions that agree on one."""
    for quantity in CONVENTIONAL:
        found: dict[str, list[str]] = {}
        for name, total in counts.of(quantity).items():
            found.setdefault(write(total), []).append(name)
        shown.add()
        shown.add((f" {HEADERS[quantity]}", "dim"))
        shown.add((" " + "─" * (across - 1), "dim"))
        for formula, names in found.items():
            shown.extend([(line, "name")] for line in wrap(", ".join(names), across, " "))
            shown.extend([(line, "")] for line in wrap(formula, across, "   "))


def _figures(shown: Page, counts: Counts, width: int | None, across: int) -> None:
    """Every total, then what lies beside the reference rule."""
    net = counts.analysis
    shown.add()
    shown.extend(_table(counts).lines(width))
    for quantity in CONVENTIONAL:
        groups = _groups(counts, quantity)
        if groups:
            shown.add()
            against = plainly_said(quantity, plainly(net.total, quantity))
            shown.extend(_differences(against, groups, across))


def _table(counts: Counts) -> Table:
    """Every convention with its totals, and its own word for MACs."""
    columns = [Column("counted as", right=False, style="name"), *(Column(HEADERS[q]) for q in CONVENTIONAL)]
    columns.append(Column("", right=False, style="dim", sinks=True))
    rows = [
        [name, *(write(count.total[q]) for q in CONVENTIONAL), _called(count.convention.calls)]
        for name, count in counts.items()
    ]
    return Table(columns, rows)


def _called(calls: Mapping[str, str]) -> str:
    """Which other words a tool has for what it prints."""
    return ", ".join(f"says {word} for {HEADERS[quantity]}" for quantity, word in calls.items())


def grid(counts: Counts) -> Grid:
    """A row for each convention, for the writers of text."""
    heads = ["counted as", "tool", *(HEADERS[q] for q in CONVENTIONAL)]
    body: list[list[object]] = [
        [name, count.convention.title, *(count.total[q] for q in CONVENTIONAL)]
        for name, count in counts.items()
    ]
    foot = "Counted per example, each as it says."
    return Grid(heads, body, sides(2, len(CONVENTIONAL)), printable(counts.analysis.name), foot)


Group = tuple[str, Any, str, str]
"""Names, the difference and its share, and the ops that make it."""


def _groups(counts: Counts, quantity: str) -> list[Group]:
    """Conventions that differ from the reference rule, those that differ alike together."""
    plain = plainly(counts.analysis.total, quantity)
    found: dict[str, list[str]] = {}
    more: dict[str, Any] = {}
    for name, total in counts.of(quantity).items():
        beside = counts[name].beside(quantity)
        if beside:
            text = terms(beside)
            found.setdefault(text, []).append(name)
            more[text] = total - plain
    return [
        (", ".join(names), signed(more[text]), _part(more[text], plain), text)
        for text, names in found.items()
    ]


def _part(more: Any, plain: Any) -> str:
    return percent(abs(more), plain) if isinstance(more, int) else ""


def _differences(against: str, groups: list[Group], across: int) -> list[Line]:
    """A heading, a rule, and for each group its figures and the ops that make them."""
    names, figures, shares = (max(wide(group[i]) for group in groups) for i in range(3))
    lead = 1 + names + 2 + figures + 2 + shares + 2
    lines: list[Line] = [[(line, "dim")] for line in wrap(f"beside {against}", across, " ")]
    lines.append([(" " + "─" * (across - 1), "dim")])
    for name, more, share, text in groups:
        if across - lead < _LEAST:  # under one another
            lines += [[(line, "name")] for line in wrap(name, across, " ")]
            lines += [[(line, "")] for line in wrap(f"{more}  {share}".rstrip(), across, "   ")]
            lines += [[(line, "dim")] for line in wrap(text, across, "   ")]
            continue
        first, *rest = wrap(text, across, " " * lead)
        figure = f"  {pad(more, figures, right=True)}  {pad(share, shares, right=True)}  "
        lines.append([(f" {pad(name, names)}", "name"), (figure, ""), (first[lead:], "dim")])
        lines += [[(line, "dim")] for line in rest]
    return lines
