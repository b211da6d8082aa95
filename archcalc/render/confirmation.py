"""A verification: what the formulas announce beside what the forward pass found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.figures import write
from archcalc.render.page import WIDEST, Column, Line, Page, Table, wrap

if TYPE_CHECKING:
    from archcalc.verification import Row, Verification

_HEADS = ("layer", "shape by formula", "shape found", "connections found", "operations found")


def page(found: Verification, width: int | None = None) -> Page:
    """The rows, the totals, and a sentence that says whether all agree."""
    shown = Page([[]])
    shown.title(found.name, f"one forward pass in NumPy, seeded tensors (seed {found.seed})", width)
    shown.add()
    columns = [Column(head, right=i > 0, style="" if i else "name") for i, head in enumerate(_HEADS)]
    if not found.counted:
        columns = columns[:3]
    rows = [_cells(row)[: len(columns)] for row in found.rows]
    totals = [["total", "", "", *_cells(found.total)[3:]]] if found.counted else []
    lines = Table(columns, rows, totals, closed=bool(totals)).lines(width)
    shown.extend([signed(line) for line in lines])
    _verdict(shown, found, width)
    shown.add()
    return shown


def _cells(row: Row) -> list[str]:
    """A row's figures, each with its sign."""
    wrong = set(row.wrong)
    wired = "-" if row.found.connections is None else write(row.found.connections)
    done = "-" if row.found.operations is None else write(row.found.operations.total)
    return [
        row.name,
        write(row.expected.shape) if row.expected.shape is not None else "",
        f"{_sign('shape' in wrong)} {write(row.found.shape)}" if row.found.shape is not None else "",
        wired if wired == "-" else f"{_sign('connections' in wrong)} {wired}",
        done if done == "-" else f"{_sign(bool({'operations', 'values'} & wrong))} {done}",
    ]


def _sign(wrong: bool) -> str:
    return "✗" if wrong else "✓"


def signed(line: Line) -> Line:
    """The signs of a line in colour."""
    styles = {"✓": "good", "✗": "bad"}
    return [
        piece
        for text, style in line
        for piece in (
            [(text[0], styles[text[0]]), (text[1:], style)] if text[:1] in styles else [(text, style)]
        )
    ]


def _verdict(shown: Page, found: Verification, width: int | None) -> None:
    for row in (*found.rows, found.total):
        for name in row.wrong if row.name != "total" else ():
            expected, had = (getattr(side, name, "") for side in (row.expected, row.found))
            text = f"✗ {row.name}: {name} by formula {_text(expected)}, found {_text(had)}"
            if name == "values":
                text = f"✗ {row.name}: the counted pass and the fast pass give different numbers"
            shown.extend([(line, "bad")] for line in wrap(text, width, " "))
    if found.ok:
        text = "formulas and forward pass agree to the unit" if found.counted else "shapes and tensors agree"
        hint = ("figures from a paper: archcalc check", "dim")
        shown.flow([[("✓", "good"), (f" {text}", "")], [hint]], width, " " * 5)
    if found.note:
        shown.extend([(line, "dim")] for line in wrap(f"! {found.note}.", min(width or WIDEST, WIDEST), " "))


def _text(value: object) -> str:
    """Operations by what they are, other figures as they show themselves."""
    parts = getattr(value, "_asdict", None)
    if parts is None:
        return write(value)
    return ", ".join(f"{name} {count:,}" for name, count in parts().items() if count) or "none"
