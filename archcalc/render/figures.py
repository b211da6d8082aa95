"""Which figures a report shows, and how each is written; shared by every format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Shape
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.folding import Folded, View, reads, view
from archcalc.render.page import SIGNS
from archcalc.spec.values import SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis, Row
    from archcalc.folding import Choice

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
    "effective_stride": "effective stride",
    "effective_padding": "effective padding",
    "share": "share",
}
"""Every column by its name in `--columns`, with its header."""
DEFAULT = ("output", *SUMS)
FORMULAS = ("output", "params", "macs")
_EXACT = 2**53  # JSON readers round integers past this


class Share:
    """A row's part of a total."""

    __slots__ = ("part", "whole")

    def __init__(self, part: int, whole: int) -> None:
        self.part = part
        self.whole = whole

    def __str__(self) -> str:
        if not self.part:
            return "0"
        if 2000 * self.part < self.whole:
            return "<0.1%"
        return f"{100 * self.part / self.whole:.1f}%"


class Blank:
    """A figure that the reader is to fill in."""

    __slots__ = ()

    def __str__(self) -> str:
        return "______"


BLANK = Blank()


class Exercise(NamedTuple):
    """What a sheet leaves open: columns, except in rows that are done as examples."""

    blank: tuple[str, ...]
    keep: tuple[str, ...]
    hint: bool = False  # whether the sheet says how to find them


class Report(NamedTuple):
    """A network's rows under some columns: what every format writes."""

    analysis: Analysis
    columns: tuple[str, ...]
    fields: dict[str, Any]
    view: View
    exercise: Exercise | None = None

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that are shown."""
        return self.view.rows

    @property
    def shared(self) -> str:
        """The figure that shares are of: the one sorted by, or MACs."""
        return self.view.sort or "macs"

    def total(self, column: str) -> Any:
        """A sum over the whole network; where sizes are letters, its closed form."""
        return BLANK if self.exercise and column in self.exercise.blank else self._sum("total", column)

    def _sum(self, name: str, column: str) -> Any:
        """A sum over a block, or over all; where sizes are letters, its closed form."""
        whole = self.analysis[name][column]
        if whole is None or isinstance(whole, int) or self.analysis.convention:
            return whole
        from archcalc.closed_form import closed

        try:
            return closed(self.analysis, column, name)
        except UsageError:  # too large to be multiplied out
            return whole

    def header(self, column: str) -> str:
        """A column's header."""
        return f"share of {HEADERS[self.shared]}" if column == "share" else HEADERS[column]

    def value(self, row: Row, column: str) -> Any:
        """A figure of a row."""
        if self.exercise and column in self.exercise.blank and row.name not in self.exercise.keep:
            return BLANK
        if column in SUMS:
            return self._sum(row.name, column) if isinstance(row, Folded) else getattr(row, column)
        if column == "share":
            part, whole = row[self.shared], self.analysis.total[self.shared]
            return None if part is None or not whole else Share(part, whole)
        if column in _FIELDS:
            field = self.fields.get(row.name)
            return _seen(field, column) if field else ""
        if column == "input":
            read = reads(row)
            return read if len(read) > 1 else read[0] if read else ""
        return "" if column == "output" and not row.output.axes else row[column]


def report(
    analysis: Analysis,
    columns: Sequence[str] | None = None,
    choice: Choice | None = None,
    *,
    short: bool = False,
    few: bool = False,
) -> Report:
    """A report with the columns asked for; `fixed` only where something is fixed, unless asked for.

    `short` keeps to the columns whose formulas fit side by side, `few` to as many rows as a reader
    takes in.

    Raises UsageError for a column that there is not.
    """
    rows = view(analysis, choice, few=few)
    if rows.sort and analysis.total[rows.sort] is None:
        given = analysis.convention
        what = f"{given.name} counts no {HEADERS[rows.sort]} to sort by"
        raise UsageError(Problem(what, fix=f"--sort {given.given[-1]}"))
    if columns is None:
        columns = _usual(analysis, rows, short=short, few=few)
    for column in columns:
        if column not in HEADERS:
            why = (f"columns: {', '.join(HEADERS)}",)
            what = f"there is no column {quote(column)}"
            raise UsageError(Problem(what, why, likely(column, HEADERS)))
    chosen = tuple(dict.fromkeys(c for c in columns if c != "op"))
    if "share" in chosen and analysis.graph.symbolic:
        raise UsageError("shares depend on the sizes; set those that are letters")
    return Report(analysis, chosen, _fields(analysis, rows) if _FIELDS & set(chosen) else {}, rows)


def _usual(analysis: Analysis, rows: View, *, short: bool, few: bool) -> Sequence[str]:
    """The columns where nobody asked for some."""
    if analysis.convention:
        return ["output", *analysis.convention.given, *(["share"] if few and rows.sort else [])]
    if short:
        return FORMULAS
    if few and rows.sort:
        return (*dict.fromkeys((*FORMULAS, rows.sort)), "share")
    fixed = analysis.total.fixed
    usual = [c for c in DEFAULT if c != "fixed" or not (isinstance(fixed, int) and fixed == 0)]
    return [*usual, "share"] if rows.sort else usual


_FIELDS = {"receptive_field", "effective_stride", "effective_padding"}


def _fields(analysis: Analysis, rows: View) -> dict[str, Any]:
    """What a unit of each row sees of the input."""
    from archcalc.receptive import fields

    found = fields(analysis.graph)
    ends = {row.name: row.end if isinstance(row, Folded) else row.nodes[-1].name for row in rows.rows}
    return {name: found.get(end, {}) for name, end in ends.items()}


def _seen(field: Any, column: str) -> Any:
    """One figure of a field along each axis; a step between cells is a fraction, as 1/2x1/2."""
    from archcalc.receptive import shape

    found = shape(field, column)
    return "x".join(map(str, found)) if any(getattr(side, "denominator", 1) != 1 for side in found) else found


def inputs(analysis: Analysis) -> str:
    """What a network reads: `input 3@224x224`, or `inputs tokens 128, segments 128`."""
    return _ends("input", analysis.graph.inputs)


def outputs(analysis: Analysis) -> str:
    """What a network gives, where that is more than one: `outputs fc 1000, aux 1000`."""
    given = made(analysis)
    return _ends("output", given) if len(given) > 1 else ""


def made(analysis: Analysis) -> dict[str, Shape]:
    """The outputs of a network, by name."""
    graph = analysis.graph
    return {name: graph.by_name[node].y for name, node in graph.outputs.items()}


def _ends(word: str, shapes: dict[str, Shape]) -> str:
    if len(shapes) == 1:
        return f"{word} {write(next(iter(shapes.values())))}"
    return f"{word}s {', '.join(f'{name} {write(shape)}' for name, shape in shapes.items())}"


def write(value: Any) -> str:
    """A figure for a reader: thousands separated, shapes as 16@10x10, formulas as formulas."""
    if type(value) is int:
        return f"{value:,}"
    if isinstance(value, Shape):
        return repr(value)
    if isinstance(value, str | Share | Blank):
        return str(value)
    if value is None:
        return "-"
    if isinstance(value, list):
        return " + ".join(map(write, value))
    from archcalc.closed_form import Formula
    from archcalc.symbolic import text

    return value.text if isinstance(value, Formula) else text(value)


def plain(value: Any) -> Any:
    """A figure for a program: ints stay ints, shapes become lists, formulas become ASCII that parses."""
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, Share):
        return round(value.part / value.whole, 6)
    if isinstance(value, Blank):
        return ""
    return value if value is None or isinstance(value, int | str) else parseable(write(value))


def parseable(sentence: str) -> str:
    """A formula or a condition for a program: signs and powers as in Python, numbers without commas."""
    plain = "".join(SIGNS.get(sign, sign) for sign in sentence)
    return re.sub(r"(?<=\d),(?=\d{3})", "", plain)


def exact(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures, with integers that JSON readers would round repeated as text under `exact`."""
    large = {key: str(v) for key, v in figures.items() if type(v) is int and abs(v) > _EXACT}
    return {**figures, "exact": large} if large else figures
