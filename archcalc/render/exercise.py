"""A report as an exercise sheet: some columns to be filled in, some layers done as examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.folding import said
from archcalc.render.figures import HEADERS, Exercise, Report, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.analysis import Row
    from archcalc.layer import Layer


class Asked(NamedTuple):
    """What a reader asks of a sheet: columns to leave open, layers to keep, and whether to help."""

    blank: Sequence[str] = ()
    keep: Sequence[str] = ()
    hint: bool = False


def sheet(report: Report, asked: Asked) -> Report:
    """The report with its columns left open; without any it is the solution.

    Raises UsageError for a column or a layer that the table does not show.
    """
    names = [row.name for row in report.rows]
    for name in asked.keep:
        if name not in names:
            why = (f"rows: {', '.join(names[:_NAMED])}{', …' * (len(names) > _NAMED)}",)
            raise UsageError(Problem(f"there is no row {quote(name)} to keep", why, likely(name, names)))
    for column in asked.blank:
        if column not in report.columns:
            raise UsageError(_not_shown(report, column))
    if asked.hint and not asked.blank:
        raise UsageError(Problem("a hint is for what is left open", fix="--blank params,output"))
    if asked.hint and report.analysis.graph.symbolic:
        raise UsageError("hints are for sizes that are numbers; set those that are letters")
    if not asked.blank:
        return report
    blank = tuple(c for c in report.columns if c in asked.blank)
    return report._replace(exercise=Exercise(blank, tuple(asked.keep), hint=asked.hint))


_NAMED = 12  # rows that a complaint names


def _not_shown(report: Report, column: str) -> Problem:
    """A complaint of a column that cannot be left open."""
    what = f"there is no column {quote(column)} in this table to leave open"
    if column in HEADERS and column != "op":
        return Problem(what, fix=f"--columns {','.join([*report.columns, column])}")
    return Problem(what, (f"columns: {', '.join(report.columns)}",), likely(column, report.columns))


def task(report: Report) -> str:
    """What there is to do, as `Fill in output and params. C1 is done as an example`."""
    exercise = report.exercise
    if exercise is None:
        return ""
    asked = f"Fill in {_listed([report.header(column) for column in exercise.blank])}."
    if not exercise.keep:
        return asked
    done = "is done as an example" if len(exercise.keep) == 1 else "are done as examples"
    return f"{asked} {_listed(exercise.keep)} {done}."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(", ".join(names).rsplit(", ", 1))


def op(row: Row) -> str:
    """What a layer is, with all that its author gave: what is asked for cannot be told without it."""
    given = [text for node in row.main for text in _given(node.layer)] if len(row.nodes) < _FEW else []
    return ", ".join([said(row), *dict.fromkeys(given)])


_FEW = 6  # nodes of a row that is one layer, and no block


def _given(layer: Layer) -> Iterator[str]:
    """The sizes and truths that a layer's name leaves out: `out_channels 6`, `bias false`."""
    told = layer.label().replace(",", " ").split()
    for name, value in layer.given().items():
        if name == "table" and isinstance(value, list):
            yield f"{sum(map(len, value))} pairs of maps"
        elif isinstance(value, bool):
            yield f"{name} {str(value).lower()}"
        elif isinstance(value, int) and layer.fields[name].sort == "dim" and str(value) not in told:
            yield f"{name} {value}"


def hints(report: Report) -> list[str]:
    """The formula of each column that is left open, and the layers that it is for."""
    exercise = report.exercise
    if exercise is None or not exercise.hint:
        return []
    found = [_hint(report, column) for column in exercise.blank]
    if "output" in exercise.blank:
        found.append("W is a side of the input, F of the window, P the padding and S the stride.")
    return [hint for hint in found if hint]


def _hint(report: Report, column: str) -> str:
    from archcalc.explanation import QUANTITIES, explain

    if column not in QUANTITIES:
        return ""
    words: dict[str, list[str]] = {}
    for row in report.rows:
        (step, *_) = explain(report.analysis.reference, row.name, column).steps
        if step.words and step.words != write(row.output):
            words.setdefault(step.words, []).append(row.name)
    return f"{HEADERS[column]}: " + "; ".join(f"{text} for {_listed(names)}" for text, names in words.items())
