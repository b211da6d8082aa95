"""The report in any format, of one network or of several side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import Problem, UsageError
from archcalc.render.figures import report as figures
from archcalc.render.grid import WRITTEN, grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis
    from archcalc.conventions.compare import Counts
    from archcalc.folding import Choice
    from archcalc.render.exercise import Asked

FORMATS = ("table", "html", *WRITTEN, "json")


def report(
    nets: Sequence[Analysis],
    columns: Sequence[str] | None = None,
    format: str = "table",
    width: int | None = None,
    *,
    choice: Choice | None = None,
    exact: bool = False,
    dtype: str = "",
    optimizer: str = "",
    asked: Asked | None = None,
) -> Any:
    """A Page for `table`, text for the other formats; `html` is a page of its own, with everything in it.

    A table folds blocks where it would be long; the other formats have every row unless `choice` says
    otherwise. With a `dtype` a table and JSON say what memory takes, with an `optimizer` of a training
    step too. What is `asked` makes an exercise of it.

    Raises UsageError for an unknown format or column.
    """
    _known(format)
    chosen = bool(choice and choice.made)
    if format == "html":
        return _page(nets, chosen=bool(columns or dtype or asked or chosen))
    if asked:
        _alone(asked, nets, format, dtype)
    _refuse(format, several=len(nets) > 1, chosen=chosen, memory=bool(dtype))
    if len(nets) > 1 and format != "json":
        return _comparison(nets, columns, format, width)
    table = format == "table"
    read = format not in ("csv", "json")  # by people, who want few formulas side by side
    reports = [figures(net, columns, choice, short=read and net.graph.symbolic, few=table) for net in nets]
    if asked:
        from archcalc.render.exercise import sheet

        reports = [sheet(made, asked) for made in reports]
    if table:
        from archcalc.render.table import page

        shown = page(nets[0], reports[0], width, exact=exact)
        if dtype:
            from archcalc.render import footprint

            footprint.add(shown, nets[0].reference, dtype, optimizer, width)
        return shown
    if format == "json":
        from archcalc.render import json

        return json.document(nets, reports, dtype, optimizer)
    return grid(nets, reports).written(format)


def side_by_side(counts: Counts, format: str = "table", width: int | None = None) -> Any:
    """Ways of counting one network: a Page for `table`, text for the other formats.

    Raises UsageError for an unknown format.
    """
    _known(format)
    if format == "html":
        what = "a network's page has every way of counting to choose from"
        raise UsageError(Problem(what, fix="leave out --convention"))
    if format == "table":
        from archcalc.render.counts import page

        return page(counts, width)
    if format == "json":
        from archcalc.render import json

        return json.counts(counts)
    from archcalc.render.counts import grid as of_counts

    return of_counts(counts).written(format)


def _alone(asked: Asked, nets: Sequence[Analysis], format: str, dtype: str) -> None:
    """Refuse what an exercise cannot be made of."""
    if len(nets) > 1:
        raise UsageError("an exercise is of one network")
    if asked.blank and dtype:
        raise UsageError("an exercise says nothing of memory; leave --dtype and --train out")
    if asked.blank and format == "json":
        raise UsageError("an exercise is for people; json is for programs")


def _known(format: str) -> None:
    if format not in FORMATS:
        raise UsageError(f"there is no format {format!r}; formats: {', '.join(FORMATS)}")


def _refuse(format: str, *, several: bool, chosen: bool, memory: bool) -> None:
    """Complain of what a format has no room for."""
    if several and format != "json" and chosen:
        raise UsageError(
            "a comparison has a row for each network; depth, only, sort and top are for one, or for json"
        )
    if memory and format not in ("table", "json"):
        raise UsageError(f"memory stands under a table and in json, not in {format}")
    if memory and several and format == "table":
        raise UsageError("memory is told of one network at a time, or in json")


def _page(nets: Sequence[Analysis], *, chosen: bool) -> str:
    """The page of a network, or of several beside one another."""
    if chosen:
        why = ("its table has every column, and its reader sorts and unfolds it",)
        raise UsageError(Problem("a page leaves nothing out and chooses nothing", why, "-f fragment"))
    if len(nets) > 1:
        from archcalc.web.comparison import page as beside

        return beside(nets)
    from archcalc.web.page import page

    return page(nets[0])


def _comparison(
    nets: Sequence[Analysis], columns: Sequence[str] | None, format: str, width: int | None
) -> Any:
    """A row for each network."""
    if format == "table":
        from archcalc.render.table import comparison

        return comparison(nets, width, columns)
    return grid(nets, [], columns).written(format)
