"""A network in a notebook: its table, what is to be said of it, and its diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.folding import view
from archcalc.render.figures import report
from archcalc.render.fragment import picture, text, write
from archcalc.render.grid import grid
from archcalc.render.table import talk

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

_MOST = 60  # rows that a diagram is drawn for without being asked


def network(net: Analysis) -> str:
    """A fragment of HTML."""
    shown = report(net, short=net.graph.symbolic, few=True)
    table = grid([net], [shown])
    said = "<br>".join(
        text(line) for line, _ in talk(net, shown) if line != table.foot
    )  # which the caption has
    return f"<div>{write(table)}<p>{said}</p>{_drawing(net)}</div>"


def _drawing(net: Analysis) -> str:
    if net.graph.symbolic or len(view(net, few=True).rows) > _MOST:
        return ""
    from archcalc.drawing import draw

    return picture(draw(net).svg, f"{net.name}, a diagram")
