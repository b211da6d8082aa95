"""The report in any format, of one network or of several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import UsageError
from archcalc.render.figures import report as figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis

FORMATS = ("table", "markdown", "latex", "csv", "json")


def report(
    nets: Sequence[Analysis],
    columns: Sequence[str] | None = None,
    format: str = "table",
    width: int | None = None,
) -> Any:
    """A Page for `table`, text for the other formats.

    Raises UsageError for an unknown format or column.
    """
    if format not in FORMATS:
        raise UsageError(f"there is no format {format!r}; formats: {', '.join(FORMATS)}")
    reports = [figures(net, columns, short=format == "table" and net.graph.symbolic) for net in nets]
    if format == "table":
        from archcalc.render import table

        return table.page(nets[0], reports[0], width) if len(nets) == 1 else table.comparison(nets, width)
    if format == "json":
        from archcalc.render import json

        return json.document(nets, reports)
    from archcalc.render import text

    return text.WRITERS[format](nets, reports)
