"""The colours of rows, by families of kinds or by where the cost sits, and the legend that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.drawing.colours import FAMILIES, HEAT, HEAT_LINE, OTHER
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.folding import Folded
from archcalc.measures import Measures
from archcalc.quantities import header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis import Analysis, Row
    from archcalc.drawing.parts import Diagram, Line

COSTS = ("params", "macs", "memory")
_SHARES = (0.002, 0.01, 0.03, 0.08, 0.2)
"""Parts of a total from which on a card is of the next colour; a network's layers are many."""
_LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""And of a peak, which each layer reaches to some degree."""


class Paints(NamedTuple):
    """Fill and line of each row, and what they mean."""

    of: Callable[[Line], tuple[str, str]]
    legend: Sequence[tuple[tuple[str, str], str]]
    title: str = ""
    strong: bool = False  # so that words on them are all in ink


def paints(net: Analysis, diagram: Diagram, by: str) -> Paints:
    """Colours by `family`, `params`, `macs` or `memory`.

    Raises UsageError for another way, and for costs that are letters.
    """
    if by == "family":
        return _families(diagram)
    if by not in COSTS:
        ways = ("family", *COSTS)
        why = (f"ways to colour: {', '.join(ways)}",)
        raise UsageError(Problem(f"there is no colouring by {quote(by)}", why, likely(by, ways)))
    if net.graph.symbolic:
        raise UsageError("where the cost sits depends on the sizes; set those that are letters")
    return _memory(net) if by == "memory" else _shares(net, by)


def _families(diagram: Diagram) -> Paints:
    """A colour for each family of kinds; what is in blocks of several is grey."""
    met = {family(line.row) for card in diagram.cards for line in card.lines}
    legend = [(colours, name) for name, colours in FAMILIES.items() if name in met]
    if met - set(FAMILIES):
        others = sorted(met - set(FAMILIES) - {""})
        words = [*others, "blocks" if "" in met else ""]
        legend.append((OTHER, ", ".join(filter(None, words))))
    return Paints(lambda line: FAMILIES.get(family(line.row), OTHER), legend)


def family(row: Row) -> str:
    """The family of a row; of a block, the one of all that is in it, if there is one."""
    families = {node.layer.family for node in row.main}
    return row.main[0].layer.family if len(families) == 1 or not isinstance(row, Folded) else ""


def _shares(net: Analysis, figure: str) -> Paints:
    """A card's part of a total, that of all copies which it stands for."""
    whole = net.total[figure]
    if whole is None:
        raise UsageError(f"{net.convention.name} counts no {header(figure)} to colour by")

    def part(line: Line) -> float:
        return sum(row[figure] or 0 for row in line.rows) / whole if whole else 0.0

    title = f"part of all {header(figure) if figure == 'macs' else 'parameters'}, copies included"
    return _heat(part, _SHARES, title)


def _memory(net: Analysis) -> Paints:
    """How much is in memory while a layer runs, of the most at any time."""
    live = {each.node: each.total for each in Measures(net).live}
    most = max(live.values(), default=0)

    def part(line: Line) -> float:
        return max(live[node.name] for row in line.rows for node in row.nodes) / most if most else 0.0

    title = f"activations in memory while it runs, as part of the peak of {most:,} bytes in float32"
    return _heat(part, _LEVELS, title)


def _heat(part: Callable[[Line], float], bounds: Sequence[float], title: str) -> Paints:
    """The hotter the more."""

    def of(line: Line) -> tuple[str, str]:
        return HEAT[sum(part(line) >= bound for bound in bounds)], HEAT_LINE

    names = [f"{100 * bound:g}%" for bound in bounds]
    words = [f"below {names[0]}", *(f"from {name}" for name in names)]
    return Paints(
        of, [((fill, HEAT_LINE), word) for fill, word in zip(HEAT, words, strict=True)], title, strong=True
    )
