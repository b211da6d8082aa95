"""A table as Markdown: a pipe table, aligned to be read as text too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc import __version__
from archcalc.errors import printable, wide
from archcalc.render.figures import write as written
from archcalc.render.page import pad

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.render.grid import Grid

# hosts differ in the signs that a backslash takes the meaning from; a reference means itself to all
_ESCAPES = str.maketrans({
    **{sign: f"\\{sign}" for sign in "\\`*_[]|"},
    **{sign: f"&#{ord(sign)};" for sign in "~${}"},
    "&": "&amp;", "<": "&lt;", ">": "&gt;",
})  # fmt: skip


def escaped(text: str) -> str:
    """Somebody else's text, as Markdown takes it literally, in a table or out of one."""
    return printable(text).translate(_ESCAPES).replace("&#126; ", "~ ")  # which strikes nothing out


def write(grid: Grid) -> str:
    """A pipe table, and under it the rule; a sheet to be filled in says at its head what is asked."""
    head = f"### {escaped(grid.title)}\n\n{escaped(grid.task)}\n\n" if grid.task else ""
    said = f"*{escaped(f'{grid.foot} archcalc {__version__}'.strip())}*"
    hints = "".join(f"\n- {escaped(hint)}" for hint in grid.hints)
    return f"{head}{table(grid)}\n\n{said}" + (f"\n{hints}" if hints else "")


def section(grid: Grid) -> str:
    """A pipe table under a heading of its own."""
    return f"### {escaped(grid.title)}\n\n{table(grid)}\n\n{escaped(grid.foot)}"


def table(grid: Grid) -> str:
    """Headers, the sides of the columns, rows and totals."""
    heads = [escaped(head) for head in grid.heads]
    rows = [[escaped(written(cell)) for cell in row] for row in grid.rows]
    # words that nothing stands behind need no filling up
    loose = {len(heads) - 1} if grid.sides.endswith("l") else set()
    sizes = [
        3 if i in loose else max(3, *(wide(row[i]) for row in (heads, *rows))) for i in range(len(heads))
    ]
    right = [side == "r" for side in grid.sides]

    def line(row: Sequence[str]) -> str:
        cells = (
            pad(cell, size, right=figures) for cell, size, figures in zip(row, sizes, right, strict=True)
        )
        return f"| {' | '.join(cells)} |"

    rule = "|".join(
        f"{'-' * (size + 1)}:" if figures else f":{'-' * (size + 1)}"
        for size, figures in zip(sizes, right, strict=True)
    )
    return "\n".join([line(heads), f"|{rule}|", *map(line, rows)])
