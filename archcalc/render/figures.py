"""Which figures a report shows, and how each is written; shared by every format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Shape
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.render.page import SIGNS
from archcalc.spec.values import SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis, Row

HEADERS = {
    "op": "op",
    "input": "input",
    "output": "output",
    "params": "params",
    "fixed": "fixed",
    "connections": "connections",
    "neurons": "neurons",
    "macs": "MACs",
    "flops": "FLOPs",
    "receptive_field": "receptive field",
}
"""Every column by its name in `--columns`, with its header."""
DEFAULT = ("output", *SUMS)
FORMULAS = ("output", "params", "macs")
_EXACT = 2**53  # JSON readers round integers past this


class Report(NamedTuple):
    """A network's rows under some columns: what every format writes."""

    analysis: Analysis
    columns: tuple[str, ...]
    fields: dict[str, Any]

    def value(self, row: Row, column: str) -> Any:
        """A figure of a row."""
        if column == "receptive_field":
            return self.fields.get(row.name, "")
        return row[column]


def report(analysis: Analysis, columns: Sequence[str] | None = None, *, short: bool = False) -> Report:
    """A report with the columns asked for; `fixed` only where something is fixed, unless asked for.

    `short` keeps to the columns whose formulas fit side by side.

    Raises UsageError for a column that there is not.
    """
    if columns is None and short:
        columns = FORMULAS
    elif columns is None:
        fixed = analysis.total.fixed
        columns = [c for c in DEFAULT if c != "fixed" or not (isinstance(fixed, int) and fixed == 0)]
    for column in columns:
        if column not in HEADERS:
            why = (f"columns: {', '.join(HEADERS)}",)
            what = f"there is no column {quote(column)}"
            raise UsageError(Problem(what, why, likely(column, HEADERS)))
    chosen = tuple(dict.fromkeys(c for c in columns if c != "op"))
    fields: dict[str, Any] = {}
    if "receptive_field" in chosen:
        from archcalc.receptive import fields as reaches

        found = reaches(analysis.graph)
        for row in analysis:
            field = found[row.nodes[-1].name]
            fields[row.name] = Shape([reach.size for reach in field.values()], list(field))
    return Report(analysis, chosen, fields)


def write(value: Any) -> str:
    """A figure for a reader: thousands separated, shapes as 16@10x10, formulas as formulas."""
    if type(value) is int:
        return f"{value:,}"
    if isinstance(value, Shape):
        return repr(value)
    if isinstance(value, str):
        return value
    from archcalc.symbolic import text

    return text(value)


def plain(value: Any) -> Any:
    """A figure for a program: ints stay ints, shapes become lists, formulas become ASCII that parses."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value if isinstance(value, int | str) else parseable(write(value))


def parseable(sentence: str) -> str:
    """A formula or a condition for a program: signs and powers as in Python, numbers without commas."""
    plain = "".join(SIGNS.get(sign, sign) for sign in sentence)
    return re.sub(r"(?<=\d),(?=\d{3})", "", plain)


def exact(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures, with integers that JSON readers would round repeated as text under `exact`."""
    large = {key: str(v) for key, v in figures.items() if isinstance(v, int) and abs(v) > _EXACT}
    return {**figures, "exact": large} if large else figures
