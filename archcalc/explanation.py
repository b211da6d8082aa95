"""Where a number comes from: the formula in words, the numbers in it, the result.

A layer's figures come from its kind's own formulas, those of a block or a network are sums.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from archcalc.derivation import Step, equals, sees, steps
from archcalc.errors import MissingError, Problem, UsageError, likely, quote
from archcalc.folding import Folded, block, inside, summary
from archcalc.shown import Shown
from archcalc.written import commas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.analysis import Analysis, Row
    from archcalc.render.page import Page

QUANTITIES = ("output", "neurons", "params", "fixed", "connections", "macs", "flops", "receptive_field")
WORDS = {"macs": "MACs", "flops": "FLOPs", "receptive_field": "sees"}


class Explanation(Shown):
    """The derivation of a layer's figures. As text it is the substitution, or the whole blackboard."""

    def __init__(self, net: Analysis, row: Row, steps: list[Step]) -> None:
        self.net = net
        self.row = row
        self.steps = steps

    def __str__(self) -> str:
        if len(self.steps) == 1:
            step = self.steps[0]
            return "\n".join(text for text, _ in step.lines) or step.words
        return str(self.page())

    def page(self, width: int | None = None) -> Page:
        """The blackboard."""
        from archcalc.render.blackboard import page

        return page(self, width)


def explain(net: Analysis, name: str = "total", quantity: str | None = None) -> Explanation:
    """The derivation of a layer's or a block's figures, or of one of them; of the totals where none is named.

    Raises MissingError for a layer, UsageError for a quantity that there is not.
    """
    if quantity is not None and quantity not in QUANTITIES:
        why = (f"quantities: {', '.join(QUANTITIES)}",)
        what = f"there is no quantity {quote(quantity)} to explain"
        raise UsageError(Problem(what, why, _swapped(net, name, quantity) or likely(quantity, QUANTITIES)))
    alone = name in net.by_name or name in net.parts
    try:
        row = block(net, name) if name in net.graph.groups and not alone else net[name]
    except MissingError as error:
        fix = _swapped(net, name, "total") if quantity is None else ""
        raise MissingError(error.problems[0]._replace(fix=fix)) if fix else error from None
    if net.graph.symbolic:
        raise UsageError("explain writes numbers into formulas; for letters: archcalc report --symbolic")
    if name == "total":
        made = list(_sums(row, summary(net, _TERMS)))
    else:
        made = list(_of_block(net, row) if isinstance(row, Folded) else steps(net, row))
    if quantity is not None:
        made = [step for step in made if step.quantity == quantity] or [_nothing(row, quantity)]
    return Explanation(net, row, made)


def _swapped(net: Analysis, name: str, layer: str) -> str:
    """The command for a quantity that stands in the place of a layer; nothing where it is none."""
    known = layer == "total" or layer in net.by_name or layer in net.graph.groups
    if name.lower() not in QUANTITIES or not known:
        return ""
    return f"archcalc explain {net.spec.shown} {layer} {name.lower()}"


def _nothing(row: Row, quantity: str) -> Step:
    """A quantity that the layer has none of, and where one would look for it."""
    fixed = quantity == "params" and row.fixed
    beside = f"its {commas(row.fixed)} scalars are fixed: stored, not trained" if fixed else ""
    return Step(quantity, "", ((f"0   {beside}".rstrip(), ""),))


_TERMS = 12
"""Terms of a sum that are written out."""
_SUMS = ("neurons", "params", "fixed", "connections", "macs", "flops")


def _sums(whole: Row, rows: list[Row]) -> Iterator[Step]:
    """The sums that the figures of a network, or of a block, are."""
    for quantity in _SUMS:
        own = [row for row in rows if row[quantity]]
        found = [row[quantity] for row in own]
        left = _undefined(whole, rows) if quantity == "connections" else ""
        if not found:
            if left and whole.connections is None:
                yield Step(quantity, left)
            continue
        terms = _terms(found)
        text = " + ".join(terms) if len(terms) <= _TERMS else f"{len(found)} rows"
        yield Step(quantity, f"Σ over {_where(whole, own)}", ((equals(text, whole[quantity]), left),))


def _terms(figures: list[Any]) -> list[str]:
    """The terms of a sum, those that are alike side by side as one: `12·4,876,612`."""
    runs = ((commas(figure), len(list(run))) for figure, run in groupby(figures))
    return [f"{count}·{figure}" if count > 1 else figure for figure, count in runs]


_NAMES = 6  # terms of a sum that are named


def _where(whole: Row, rows: list[Row]) -> str:
    """What a sum is over: the parts of a block by their names there, where they are few."""
    if isinstance(whole, Folded) and len(rows) <= _NAMES:
        names = [row.name.removeprefix(f"{whole.name}.") for row in rows]
        copies = all(name.isdigit() for name in names)
        shown = [row.name for row in rows] if copies else names
        return " and ".join(", ".join(shown).rsplit(", ", 1))
    folded = [isinstance(row, Folded) for row in rows]
    return "layers" if not any(folded) else "blocks" if all(folded) else "layers and blocks"


def _undefined(whole: Row, rows: list[Row]) -> str:
    """Which kinds a sum of connections leaves out."""
    if all(row.connections is not None for row in rows) and not any(isinstance(row, Folded) for row in rows):
        return ""
    layers = ((node.layer, node.layer.connections(*node.xs, y=node.y)) for node in whole.nodes)
    ops = dict.fromkeys(layer.op for layer, links in layers if links is None)
    return f"not defined for {', '.join(ops)}" if ops else ""


def _of_block(net: Analysis, row: Folded) -> Iterator[Step]:
    """The sums that a block's figures are, and what a unit of its last layer sees."""
    rows = inside(net, row, _TERMS)
    beside = f"what {net.graph.layer_of(row.end)} gives"
    yield Step("output", repr(row.output), (), beside)
    yield from _sums(row, rows)
    yield from sees(net, row.end)
