"""What a witness says: shapes and numbers of another framework beside those of the reference pass."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.render.confirmation import signed
from archcalc.render.figures import write
from archcalc.render.page import WIDEST, Column, Page, Table, wrap

if TYPE_CHECKING:
    from archcalc.export.testimony import Row, Testimony

SCHEMA = 1


def page(found: Testimony, width: int | None = None) -> Page:
    """The rows, the parameters, and a sentence that says whether all agree."""
    shown = Page([[]])
    about = f"the same seeded tensors through NumPy and {found.witness} (seed {found.seed})"
    shown.title(found.name, about, width)
    shown.add()
    heads = ("layer", "shape by formula", "shape found", "largest difference")
    columns = [Column(head, right=i > 0, style="" if i else "name") for i, head in enumerate(heads)]
    cells = [_cells(row, found.tolerance) for row in found.rows]
    shown.extend([signed(line) for line in Table(columns, cells).lines(width)])
    shown.add()
    _verdict(shown, found, width)
    shown.add()
    return shown


def _cells(row: Row, tolerance: float) -> list[str]:
    """A row's figures, each with its sign."""
    if row.found is None:
        return [row.name, write(row.shape), "-" if row.ok else "✗ -", "-"]
    same = row.found == tuple(row.shape)
    shape = write(row.shape) if same else "x".join(map(str, row.found))
    shape = f"{'✓' if same else '✗'} {shape}"
    apart = f"✓ below {tolerance:.0e}" if row.ok else f"✗ {row.apart:.0e}"
    return [row.name, write(row.shape), shape, apart if same else "-"]


def _verdict(shown: Page, found: Testimony, width: int | None) -> None:
    same = found.params == found.counted
    sign, style = ("✓", "good") if same else ("✗", "bad")
    theirs = f"{found.witness} counts {found.counted:,}"
    shown.flow([[(sign, style), (f" parameters {found.params:,}; {theirs}", "")]], width)
    wrong = [row for row in found.rows if not row.ok]
    for row in wrong:
        why = "is missing there" if row.found is None else _difference(row, found)
        shown.extend([(line, "bad")] for line in wrap(f"✗ {row.name} {why}", width, " "))
    if not wrong:
        text = " every layer gives the same numbers"
        hint = ("a difference is a part of the largest number there", "dim")
        shown.flow([[("✓", "good"), (text, "")], [hint]], width, " " * 5)
    if found.unheard:
        text = f"! {found.witness} has no value of its own for {', '.join(found.unheard)}."
        shown.extend([(line, "dim")] for line in wrap(text, min(width or WIDEST, WIDEST), " "))


def _difference(row: Row, found: Testimony) -> str:
    if row.found != tuple(row.shape):
        return f"has another shape in {found.witness}"
    return f"differs by {row.apart:.0e} of the largest number there; {found.tolerance:.0e} is allowed"


def document(found: Testimony) -> str:
    """The same as JSON."""
    rows: list[dict[str, Any]] = [
        {
            "name": row.name,
            "output": list(row.shape),
            "found": None if row.found is None else list(row.found),
            "difference": row.apart if row.apart < float("inf") else None,
            "ok": row.ok,
        }
        for row in found.rows
    ]
    head = {"schema": SCHEMA, "archcalc": __version__, "name": found.name, "witness": found.witness}
    figures = {"seed": found.seed, "tolerance": found.tolerance, "ok": found.ok}
    params = {"params": found.params, "counted": found.counted}
    return dumps({**head, **figures, **params, "rows": rows}, indent=2)
