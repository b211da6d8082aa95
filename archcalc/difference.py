"""Two networks side by side: what was added, taken away and changed, and what each change costs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.alignment import align
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.quantities import COUNTED
from archcalc.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.alignment import Pair, Side
    from archcalc.errors import Place
    from archcalc.render.page import Page

USUAL = ("params", "connections", "macs")
"""Figures that are compared where none are asked for."""


class Change(NamedTuple):
    """Layers that differ in the same way, or do not differ: where, how, and what it costs in all."""

    sign: str  # "~" changed, "+" added, "-" taken away, "" alike
    names: tuple[str, ...]
    what: str  # both sides of what is written otherwise; of layers that are alike, what they are
    by: dict[str, int]  # what it adds to each figure
    place: Place | None = None  # where the first of them is written

    @property
    def alike(self) -> bool:
        """Whether nothing differs."""
        return not self.sign


class Difference(Shown):
    """Two networks, and every layer in which they differ. As text, the table of `archcalc diff`.

    Raises UsageError where sizes are letters, or for a figure that rows do not hold.
    """

    def __init__(self, left: Side, right: Side, quantities: Sequence[str] | None = None) -> None:
        self.left, self.right = left, right
        if not all(isinstance(side.total.params, int) for side in (left, right)):
            raise UsageError("a difference is one of numbers; set the sizes that are letters")
        self.quantities = chosen(quantities)
        self.pairs = align(left, right)
        self.changes = _gathered(self.pairs)

    def total(self, quantity: str) -> tuple[Any, Any, Any]:
        """A figure of both networks, and what the second has more; None where it is not defined."""
        a, b = self.left.total[quantity], self.right.total[quantity]
        return a, b, None if a is None or b is None else b - a

    @property
    def same(self) -> bool:
        """Whether no layer is written otherwise and no figure differs."""
        return all(change.alike for change in self.changes)

    @property
    def renamed(self) -> int:
        """How many layers are alike and called otherwise."""
        pairs = [pair for pair in self.pairs if not _sign(pair)]
        return sum(pair.left.name != pair.right.name for pair in pairs if pair.left and pair.right)

    @property
    def costs_the_same(self) -> bool:
        """Whether every figure of every layer is the same, however it is written."""
        return not any(any(change.by.values()) for change in self.changes)

    def page(self, width: int | None = None) -> Page:
        """The table for a terminal of `width` columns, or for a pipe."""
        from archcalc.render.differences import page

        return page(self, width)

    def _repr_html_(self) -> str:
        from archcalc.render.differences import written

        return str(written(self, "fragment"))


def chosen(quantities: Sequence[str] | None) -> tuple[str, ...]:
    """The figures to compare.

    Raises UsageError for one that rows do not hold.
    """
    for name in quantities or ():
        if name not in COUNTED:
            what = f"a difference has no column {quote(name)}"
            raise UsageError(Problem(what, (f"columns: {', '.join(COUNTED)}",), likely(name, COUNTED)))
    return tuple(dict.fromkeys(quantities or USUAL))


def _gathered(pairs: Iterable[Pair]) -> list[Change]:
    """Copies of a block that differ in the same way together, where the first of them stands."""
    found: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs:
        sign = _sign(pair)
        what = pair.change() or (f"{_op(pair)}, at another cost" if sign else "")
        key = (re.sub(r"(?<=\.)[0-9]+(?=\.)", "*", pair.name), sign, what)
        found.setdefault(key, []).append(pair)
    changes: list[Change] = []
    for (_, sign, what), each in found.items():
        names = tuple(pair.name for pair in each)
        if sign:
            by = {q: sum(_more(pair, q) for pair in each) for q in COUNTED}
            changes.append(Change(sign, names, what, by, _place(each[0])))
        elif changes and changes[-1].alike:  # as those before
            changes[-1] = changes[-1]._replace(names=(*changes[-1].names, *names), what="")
        else:
            changes.append(Change("", names, _op(each[0]), dict.fromkeys(COUNTED, 0)))
    return changes


def _place(pair: Pair) -> Place | None:
    """Where the layer on the right is written, or else that on the left."""
    for row in (pair.right, pair.left):
        entry = row.main[0].entry if row is not None and row.nodes else None
        if entry:
            return entry.at.place
    return None


def _op(pair: Pair) -> str:
    row = pair.left or pair.right
    return row.op if row else ""


def _sign(pair: Pair) -> str:
    if pair.left is None:
        return "+"
    if pair.right is None:
        return "-"
    return "~" if pair.change() or any(_more(pair, q) for q in COUNTED) else ""


def _more(pair: Pair, quantity: str) -> int:
    """What the right has more; a figure that is not defined counts as none, and the total says so."""
    a, b = (0 if row is None else row[quantity] or 0 for row in pair)
    found: int = b - a
    return found
