"""A table as a fragment of HTML, for a page of one's own, a notebook or a wiki.

Styles stand inline, as such places strip style sheets, and name no colour, so that a dark page is as
good as a light one. Nothing comes from a spec unescaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.errors import printable
from archcalc.render.figures import Blank
from archcalc.render.figures import write as written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.render.grid import Grid

_TABLE = "border-collapse:collapse;white-space:nowrap;font-variant-numeric:tabular-nums"
_CAPTION = "text-align:left;white-space:normal;padding:.3em .8em"
_BOX = (
    '<span style="display:inline-block;width:6em;height:1.3em;vertical-align:middle;border:1px solid;'
    'opacity:.6"></span>'
)
_RULE = ' style="border-top:1px solid"'


def write(grid: Grid) -> str:
    """A table with its caption, headers, rows and totals."""
    heads = _row(grid, grid.heads, head=True)
    body, totals = ("\n".join(_row(grid, row) for row in rows) for rows in (grid.body, grid.totals))
    foot = f"\n<tfoot{_RULE}>\n{totals}\n</tfoot>" if totals else ""
    said = ". ".join(part.rstrip(".") for part in (grid.title, grid.task, grid.foot) if part)
    caption = f'<caption style="{_CAPTION}">{text(said)}.</caption>'
    hints = "".join(f"\n<p>{text(hint)}</p>" for hint in grid.hints)
    return (
        f'<table style="{_TABLE}">\n{caption}\n<thead>\n{heads}\n</thead>\n'
        f"<tbody{_RULE}>\n{body}\n</tbody>{foot}\n</table>{hints}"
    )


def text(words: str) -> str:
    """Somebody else's text as HTML takes it literally."""
    return escape(printable(words))


def picture(svg: str, about: str) -> str:
    """A picture that stands by itself: its styles reach nothing else, and it keeps to the page's width."""
    from base64 import b64encode

    data = b64encode(svg.encode()).decode()
    return f'<img alt="{text(about)}" style="max-width:100%" src="data:image/svg+xml;base64,{data}">'


def _row(grid: Grid, cells: Sequence[object], *, head: bool = False) -> str:
    """A row; what stands at its left, and the headers, say what they are the heads of."""
    parts = []
    for i, (cell, side) in enumerate(zip(cells, grid.sides, strict=True)):
        tag, scope = ("th", f' scope="{"col" if head else "row"}"') if head or i == 0 else ("td", "")
        style = f"text-align:{'right' if side == 'r' else 'left'};padding:.2em .8em"
        style += ";white-space:normal" if side == "w" else ""
        shown = _BOX if isinstance(cell, Blank) else text(written(cell))
        parts.append(f'<{tag}{scope} style="{style}">{shown}</{tag}>')
    return f"<tr>{''.join(parts)}</tr>"
