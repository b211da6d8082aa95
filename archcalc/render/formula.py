"""A closed form on a terminal: the formula, its terms, how it grows with each letter, where it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import printable
from archcalc.notes import kept_numbers, several
from archcalc.render.figures import HEADERS, Share, exact, parseable, write
from archcalc.render.page import WIDEST, Column, Page, Table, equation, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.closed_form import Formula, Growth, Term

_LETTERS = 12  # that a title names
_ROWS = 4  # names of rows beside a term


def page(formula: Formula, width: int | None = None) -> Page:
    """The formula laid out for a terminal of `width` columns, or for a pipe."""
    shown = Page([[]])
    where = "" if formula.layer == "total" else f" of {formula.layer}"
    letters = several(list(formula.letters), _LETTERS)
    shown.title(formula.net.name, f"{_header(formula)}{where} in {letters}{formula.in_bytes}", width)
    shown.add()
    first, *more = equation(f"{_header(formula)}  =  {formula.text}", width, " ")
    shown.add((first, "name"))
    shown.extend([(line, "name")] for line in more)
    terms = formula.terms
    if len(terms) > 1:
        shown.add()
        shown.extend(_terms(formula, terms).lines(width))
    growth = formula.growth
    if growth:
        shown.add()
        shown.extend(_growth(growth).lines(width))
    shown.add()
    for sentence in talk(formula):
        shown.extend([(line, "dim")] for line in wrap(sentence, min(width or WIDEST, WIDEST), " "))
    shown.add()
    return shown


def _header(formula: Formula) -> str:
    return HEADERS.get(formula.quantity, formula.quantity.replace("_", " "))


def _terms(formula: Formula, terms: tuple[Term, ...]) -> Table:
    """Each term, its value at the sizes of the file, and the layers that it is of."""
    from archcalc.symbolic import text

    known = formula.value is not None
    columns = [Column("term", right=False)]
    columns += [Column("in the file"), Column("share")] if known else []
    columns += [Column("layers", right=False, style="op")]
    rows = []
    for term in terms:
        figures = [write(term.value), str(Share(term.value or 0, formula.value or 1))] if known else []
        rows.append([text(term.expression), *figures, _layers(term.rows)])
    totals = [["total", write(formula.value), "", ""]] if known else []
    return Table(columns, rows, totals)


def _layers(rows: tuple[str, ...]) -> str:
    """The rows of a term by their names, or by their blocks where they are many."""
    names = list(rows)
    if len(names) > _ROWS:
        names = list(dict.fromkeys(name.partition(".")[0] for name in names))
    return printable(several(names, _ROWS))


def _growth(growth: tuple[Growth, ...]) -> Table:
    """For each letter its size in the file, what doubling it costs, and what grows fastest with it."""
    columns = [
        Column("letter", right=False, style="name"),
        Column("in the file"),
        Column("doubled"),
        Column("grows fastest", right=False),
    ]
    return Table(columns, [list(each.cells()) for each in growth])


def talk(formula: Formula) -> list[str]:
    """Where the formula holds, and what is worth knowing beside it."""
    held = list(formula.valid)
    found = [f"Valid when {' and '.join(held)}." if held else "Valid for all whole sizes from 1."]
    if formula.read_all:
        found.append(f"Every row and column is read when {formula.read_all}.")
    return [*found, *kept_numbers(formula.net)]


def document(formula: Formula) -> str:
    """The formula as JSON: every script of it, its terms, its growth, and where it holds."""
    import json

    from archcalc import __version__
    from archcalc.symbolic import text

    whole = {
        "archcalc": __version__,
        "network": formula.net.name,
        "layer": formula.layer,
        "quantity": formula.quantity,
        **({"dtype": formula.dtype} if formula.dtype else {}),
        "letters": {name: formula.sizes.get(name) for name in formula.letters},
        "text": formula.text,
        "latex": formula.latex,
        "python": formula.python,
        "javascript": formula.javascript,
        "grouped_by": "layer" if formula.by_layer else formula.letter,
        "terms": [
            exact({"text": text(term.expression), "value": term.value}) | {"layers": list(term.rows)}
            for term in formula.terms
        ],
        "growth": [_grown(each) for each in formula.growth],
        "valid": list(formula.valid),
        "every_row_and_column_is_read": formula.read_all,
    }
    return json.dumps({**whole, **exact({"value": formula.value})}, indent=2, ensure_ascii=False)


def _grown(growth: Growth) -> dict[str, object]:
    return {
        "letters": list(growth.letters),
        "doubled": None if growth.times is None else round(float(growth.times), 6),
        "fastest": growth.fastest,
        "more_than_half_from": growth.half,
    }


def latex(formula: Formula) -> str:
    """The formula in LaTeX's mathematics, and in a comment what it is and where it holds."""
    held = parseable(" and ".join(formula.valid)) or "all whole sizes from 1"
    where = "" if formula.layer == "total" else f" of {formula.layer}"
    what = printable(f"{_header(formula)}{where} of {formula.net.name}{formula.in_bytes}")
    return f"% {what}, {'valid when' if formula.valid else 'for'} {held}\n{formula.latex}"


WRITERS: dict[str, Callable[[Formula], str]] = {
    "latex": latex,
    "python": lambda formula: formula.python,
    "javascript": lambda formula: formula.javascript,
    "json": document,
}
"""The formats beside text."""
