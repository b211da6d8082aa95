"""A network in small: its rows from left to right, as high as their maps, as wide as their channels."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

from archcalc.drawing.colours import FAMILIES, OTHER
from archcalc.folding import view

if TYPE_CHECKING:
    from archcalc.analysis import Row
    from archcalc.network import Net

WIDE, HIGH = 240, 96
_GAP = 0.25  # between two rows, of the width of the narrowest
_MOST = 48  # rows; of more every so many stand for all


def svg(net: Net) -> str:
    """The picture, whose colours a page may make dark."""
    rows = [row for row in view(net.analysis, few=True).rows if row.output.axes]
    rows = rows[:: 1 + len(rows) // _MOST]
    sides, channels = zip(*map(_sizes, rows), strict=True)
    tallest = max(map(_log, sides))
    widths = [1 + _log(count) / 2 for count in channels]
    unit = WIDE / (sum(widths) + _GAP * (len(widths) - 1))
    boxes, x = [], 0.0
    for row, side, width in zip(rows, sides, widths, strict=True):
        high = 8 + (HIGH - 8) * _log(side) / (tallest or 1)
        fill, line = FAMILIES.get(row.main[0].layer.family, OTHER)
        boxes.append(
            f'<rect x="{x:.1f}" y="{(HIGH - high) / 2:.1f}" width="{width * unit:.1f}" height="{high:.1f}"'
            f' rx="1.5" fill="{fill}" stroke="{line}" stroke-width="0.8"/>'
        )
        x += (width + _GAP) * unit
    return (
        f'<span class="archcalc-svg"><svg viewBox="-1 -1 {WIDE + 2} {HIGH + 2}" aria-hidden="true">'
        f"{''.join(boxes)}</svg></span>"
    )


def _sizes(row: Row) -> tuple[int, int]:
    """The longest side of what a row gives, and its channels."""
    named = dict(row.output.named())
    channels = named.pop("C", 1)
    return max(named.values(), default=1), channels


def _log(size: int) -> float:
    return log2(max(1, size))
