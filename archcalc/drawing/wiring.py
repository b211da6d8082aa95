"""Which layers read only some of the maps before them, and which; and fixed codes that are pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.dims import literally
from archcalc.errors import Problem, UsageError, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis
    from archcalc.graph import Node
    from archcalc.tables import Table

MOST = 4
"""Layers that are drawn together where nobody names one."""


class Wiring(NamedTuple):
    """The maps that each map of a layer reads."""

    name: str
    source: str
    inputs: int
    reads: Table
    kind: str  # table, groups or depthwise
    groups: int = 1

    @property
    def said(self) -> str:
        """`60 of 96 pairs of maps`."""
        pairs, every = sum(map(len, self.reads)), self.inputs * len(self.reads)
        how = {
            "table": "by its table",
            "groups": f"in {self.groups:,} groups",
            "depthwise": "each map on its own",
        }[self.kind]
        return f"{self.name} reads {self.source} {how}: {pairs:,} of {every:,} pairs of maps"


class Codes(NamedTuple):
    """What each unit of a layer compares with, as rows of signs."""

    name: str
    pictures: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def said(self) -> str:
        """`the codes of OUTPUT: 10 of 7x12`."""
        high, wide = len(self.pictures[0]), len(self.pictures[0][0])
        return f"The codes of {self.name}: {len(self.pictures)} of {wide}x{high}"


def found(net: Analysis, layer: str = "") -> list[Wiring | Codes]:
    """The tables and codes of a layer, or of all; where there are none, groups.

    Raises UsageError where there are none, or too many.
    """
    if layer:
        parts = [_of(net, node) for node in net[layer].nodes]
        named = [part for part in parts if part]
        if not named:
            why = ("a table is drawn of who reads whom, where that is not every map each",)
            raise UsageError(Problem(f"{quote(layer)} has no connection table, no groups and no codes", why))
        return named
    every = [part for node in net.graph.nodes if (part := _of(net, node))]
    for kinds in (("table", "codes"), ("groups",), ("depthwise",)):
        chosen = [part for part in every if getattr(part, "kind", "codes") in kinds]
        if len(chosen) > MOST:
            names = [part.name for part in chosen]
            why = (f"{', '.join(names[:12])}{' …' if len(names) > 12 else ''}",)
            what = f"{len(names)} layers of {quote(net.name)} read some maps only; name one of them"
            raise UsageError(Problem(what, why))
        if chosen:
            return chosen
    why = ("each of its layers reads all maps of the one before",)
    raise UsageError(Problem(f"{quote(net.name)} has no connection table, no groups and no codes", why))


def _of(net: Analysis, node: Node) -> Wiring | Codes | None:
    """The wiring or the codes of a node; None where each map reads every map."""
    layer = node.layer
    if layer.op == "rbf":
        return _codes(node)
    table, groups = getattr(layer, "table", None), getattr(layer, "groups", 1)
    multiplier = getattr(layer, "depth_multiplier", None)
    if not table and literally(groups, 1) and multiplier is None:
        return None
    if net.graph.symbolic:
        raise UsageError(
            Problem("a table is drawn cell by cell, and some sizes are letters", fix="set those")
        )
    source, inputs, outputs = net.graph.layer_of(node.inputs[0]), node.x[0], node.y[0]
    if table:
        return Wiring(node.name, source, inputs, table, "table")
    if multiplier is not None or groups == inputs:
        each = outputs // inputs
        return Wiring(
            node.name, source, inputs, tuple((o // each,) for o in range(outputs)), "depthwise", inputs
        )
    wide, each = inputs // groups, outputs // groups
    reads = tuple(tuple(range(o // each * wide, (o // each + 1) * wide)) for o in range(outputs))
    return Wiring(node.name, source, inputs, reads, "groups", groups)


def _codes(node: Node) -> Codes | None:
    """The codes where they are pictures, and not by chance."""
    from archcalc.layers.dense import PICTURE, digits

    high, wide = PICTURE
    codes: Sequence[Sequence[int]] | str | None = node.layer.codes  # type: ignore[attr-defined]
    if codes is None and tuple(node.layer.weights(*node.xs)["codes"]) == (10, high * wide):
        codes = "digits"
    if codes in (None, "seeded"):
        return None
    rows = digits() if isinstance(codes, str) else codes
    assert rows
    across = wide if len(rows[0]) == high * wide else len(rows[0])
    pictures = tuple(tuple(tuple(code[i : i + across]) for i in range(0, len(code), across)) for code in rows)
    return Codes(node.name, pictures)
