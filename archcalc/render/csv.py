"""A table as comma-separated values: figures without commas, shapes as 16x10x10, formulas in ASCII."""

from __future__ import annotations

import csv as library
import io
from typing import TYPE_CHECKING

from archcalc.errors import printable
from archcalc.quantities import CONVENTIONAL
from archcalc.render.figures import HEADERS, plain

if TYPE_CHECKING:
    from archcalc.render.grid import Grid


def write(grid: Grid) -> str:
    """A line of names, then a line for each row."""
    out = io.StringIO()
    writer = library.writer(out, lineterminator="\n")
    marked = {HEADERS[quantity] for quantity in CONVENTIONAL} if grid.mark else ()
    named = [f"{head} {grid.mark}" if head in marked else head for head in grid.heads]
    writer.writerow([printable(head).lower().replace(" ", "_") for head in named])
    writer.writerows([_value(cell) for cell in row] for row in grid.rows)
    return out.getvalue().rstrip("\n")


def _value(cell: object) -> object:
    if cell is None:
        return ""
    if isinstance(cell, list):
        return " + ".join(str(_value(part)) for part in cell)
    if isinstance(cell, tuple):
        return "x".join(_side(plain(side), alone=len(cell) == 1) for side in cell)
    value = printable(cell) if isinstance(cell, str) else plain(cell)
    # a spreadsheet would run a text that begins like a formula
    return "'" + value if isinstance(value, str) and value[:1] in "=+-@" and value[:1] else value


def _side(side: object, *, alone: bool) -> str:
    """One size of a shape, a sum in brackets: `(H - 4)`."""
    text = str(side)
    return f"({text})" if not alone and set(text) & set("+-*/ ") else text
