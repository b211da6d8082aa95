"""A network for a notebook: its table as HTML, what is to be said of it, and its diagram."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc.errors import printable
from archcalc.folding import view
from archcalc.render.figures import report, write
from archcalc.render.table import about, talk
from archcalc.render.text import grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis

_MOST = 60  # rows that a diagram is drawn for without being asked
_WORDS = 2  # columns of words, the rest are figures
# inline, as notebooks strip style sheets
_CELL = "white-space:nowrap;padding:0.2em 0.8em;text-align:"
_RULE = ";border-top:1px solid"


def table(net: Analysis) -> str:
    """A fragment of HTML: nothing in it comes from a spec unescaped."""
    shown = report(net, short=net.graph.symbolic, few=True)
    heads, body, total, _, rule, _ = grid([net], [shown])
    top = _row(heads, "th")
    rows = "".join(_row(row) for row in body)
    foot = f"<tfoot>{_row(total, rule=_RULE)}</tfoot>"
    caption = _text(f"{net.name}: {about(net, shown)}; {rule}, per example")
    whole = (
        '<table style="border-collapse:collapse">'
        f"<caption>{caption}</caption><thead>{top}</thead><tbody>{rows}</tbody>{foot}</table>"
    )
    said = "<br>".join(_text(sentence) for sentence, _ in talk(net, shown))
    return f"<div>{whole}<p>{said}</p>{_drawing(net)}</div>"


def _text(text: str) -> str:
    return escape(printable(text))


def _row(cells: Sequence[object], tag: str = "td", rule: str = "") -> str:
    parts = (f"<{tag}{_style(i, rule)}>{_text(write(cell))}</{tag}>" for i, cell in enumerate(cells))
    return f"<tr>{''.join(parts)}</tr>"


def _style(column: int, rule: str) -> str:
    return f' style="{_CELL}{"left" if column < _WORDS else "right"}{rule}"'


def _drawing(net: Analysis) -> str:
    if net.graph.symbolic or len(view(net, few=True).rows) > _MOST:
        return ""
    from archcalc.drawing import draw

    svg = draw(net).svg
    return svg[svg.index("<svg") :]
