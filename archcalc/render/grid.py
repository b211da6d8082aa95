"""Tables to be pasted elsewhere: cells under headers and what is said of them, for formats to write."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archcalc.folding import said
from archcalc.render.figures import HEADERS
from archcalc.render.rule import rule
from archcalc.spec.values import SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis
    from archcalc.render.figures import Report
    from archcalc.render.page import Table

    Chosen: TypeAlias = Sequence[str] | None  # columns of a comparison

WRITTEN = ("markdown", "latex", "fragment", "csv")
"""Formats that a grid can be written in: each is a room of that name beside this one."""


class Grid(NamedTuple):
    """Cells under headers, and what stands below: what each format writes."""

    heads: list[str]
    body: list[list[object]]
    sides: str  # of each column: l for words, w for sentences, which may be broken, r for figures
    name: str  # whose figures they are
    foot: str  # by which rule they were counted, and what else is to be said of all
    about: str = ""  # what else there is to know of it
    totals: list[list[object]] = []  # noqa: RUF012  (a tuple's default, which nobody changes)
    task: str = ""  # what there is to fill in
    hints: Sequence[str] = ()  # how
    mark: str = ""  # the convention's name, which stands behind the headers of what it counts in CSV

    @property
    def title(self) -> str:
        """What the table is about."""
        return f"{self.name}: {self.about}" if self.about else self.name

    @property
    def rows(self) -> list[list[object]]:
        """The body, and the totals below it."""
        return [*self.body, *self.totals]

    @classmethod
    def of(cls, table: Table, name: str, foot: str, about: str = "") -> Grid:
        """A terminal's table."""
        columns = "".join("r" if column.right else "l" for column in table.columns)
        heads = [column.header.strip() for column in table.columns]
        return cls(heads, _stripped(table.rows), columns, name, foot, about, _stripped(table.totals))

    def written(self, format: str) -> str:
        """The table as `markdown`, `latex`, `fragment` or `csv`."""
        text: str = import_module(f"archcalc.render.{format}").write(self)
        return text


def _stripped(rows: Sequence[Sequence[str]]) -> list[list[object]]:
    return [[cell.strip() for cell in row] for row in rows]


def sides(words: int, figures: int) -> str:
    """Columns of words at the left, and of figures behind them."""
    return "l" * words + "r" * figures


def grid(nets: Sequence[Analysis], reports: Sequence[Report], chosen: Chosen = None) -> Grid:
    """Layers of one network, or totals of several under columns chosen."""
    from archcalc.render.exercise import hints, op, task
    from archcalc.render.table import about, compared

    convention = nets[0].convention
    mark = convention.name if convention else ""
    if len(nets) > 1:
        columns, rows = compared(nets, chosen)
        heads = ["network", *(HEADERS.get(c, c) for c in columns)]
        body: list[list[object]] = [[name, *figures] for name, figures in rows]
        title = " and ".join(", ".join(name for name, _ in rows).rsplit(", ", 1))
        foot = rule(nets[0], columns, alone=False)
        return Grid(heads, body, sides(1, len(columns)), title, foot, mark=mark)
    report = reports[0]
    heads = ["layer", "op", *(report.header(c) for c in report.columns)]
    others = report.view.others
    body = [
        [row.name, op(row) if report.exercise else said(row), *(report.value(row, c) for c in report.columns)]
        for row in ([*report.rows, others] if others else report.rows)
    ]
    total: list[object] = ["total", "", *(report.total(c) if c in SUMS else "" for c in report.columns)]
    foot, known = rule(nets[0], report.columns), about(nets[0], report)
    columns_ = sides(2, len(report.columns))
    return Grid(heads, body, columns_, nets[0].name, foot, known, [total], task(report), hints(report), mark)
