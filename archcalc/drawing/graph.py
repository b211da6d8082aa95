"""The network as boxes and arrows: blocks as groups, copies that are alike once, shapes on the arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.drawing.dot import dot
from archcalc.drawing.faces import face
from archcalc.drawing.mounting import picture, totals
from archcalc.drawing.pages import paper
from archcalc.drawing.paints import paints
from archcalc.drawing.parts import diagram
from archcalc.drawing.picture import Drawing
from archcalc.drawing.svg import svg
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.folding import deepest

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.drawing.parts import Diagram

MOST = 90
"""Cards of a diagram that nobody asked to fold, or to unfold."""
DIRECTIONS = ("down", "right")


def draw(
    net: Analysis,
    *,
    depth: int | str | None = None,
    only: str = "",
    expand: Any = (),
    direction: str = "down",
    color_by: str = "family",
    page: str = "none",
) -> Drawing:
    """The diagram of a network, from what it reads to what it gives.

    Blocks are folded to `depth` parts of their path, else as little as keeps the cards few; `only` draws
    what stands under one path. Copies of a repeat that are alike are drawn once, but for those in `expand`:
    the paths of repeats, how deep they are opened, or "all". `direction` is down or right, `color_by` family,
    params, macs or memory, `page` none, a4 or letter.
    """
    if direction not in DIRECTIONS:
        why = (f"directions: {', '.join(DIRECTIONS)}",)
        what = f"there is no direction {quote(direction)}"
        raise UsageError(Problem(what, why, likely(direction, DIRECTIONS)))
    sheet = paper(page)
    found = diagram(net, depth, only, expand) if depth is not None else _fitting(net, only, expand)
    paint = paints(net, found, color_by)
    faces = {card.key: face(card) for card in found.cards}
    source = dot(found, faces, paint.of, f"{found.name}: {totals(found.whole)}", direction)

    def made() -> str:
        return svg(picture(found, faces, paint, source, direction, sheet))

    return Drawing(net.name, made, dot=source)


def _fitting(net: Analysis, only: str, expand: Any) -> Diagram:
    """The diagram that is folded as little as keeps its cards few."""
    found = diagram(net, "all", only, expand)
    depth = deepest(net, only) if len(found.cards) > MOST else 1
    while len(found.cards) > MOST and depth > 1:
        depth -= 1
        found = diagram(net, depth, only, expand)
    return found
