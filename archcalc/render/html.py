"""A network for a notebook: its table as HTML and, beneath, its diagram."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.render.figures import report, write
from archcalc.render.text import grid

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

_MOST = 60  # rows that a diagram is drawn for without being asked
_WORDS = 2  # columns of words, the rest are figures


def table(net: Analysis) -> str:
    """A fragment of HTML: nothing in it comes from a spec unescaped."""
    heads, body, total = grid([net], [report(net)])
    top = "".join(f"<th{_side(i)}>{escape(head)}</th>" for i, head in enumerate(heads))
    rows = "".join(_row(row) for row in body)
    foot = f"<tfoot>{_row(total)}</tfoot>"
    caption = escape(f"{net.name}: {len(net)} layers, input {write(net.input)}; reference rule, per example")
    whole = (
        f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{rows}</tbody>{foot}</table>"
    )
    return f"<div>{whole}{_drawing(net)}</div>"


def _row(cells: list[object]) -> str:
    return (
        "<tr>"
        + "".join(f"<td{_side(i)}>{escape(write(cell))}</td>" for i, cell in enumerate(cells))
        + "</tr>"
    )


def _side(column: int) -> str:
    return ' style="text-align:left"' if column < _WORDS else ' style="text-align:right"'


def _drawing(net: Analysis) -> str:
    if len(net) > _MOST or net.graph.symbolic:
        return ""
    from archcalc.render.diagram import draw

    svg = draw(net).svg
    return svg[svg.index("<svg") :]
