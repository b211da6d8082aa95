"""The diagram inside a page: only shapes and text of it, its layers linked with the rows of the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from archcalc.drawing import draw
from archcalc.errors import DrawingError, printable
from archcalc.web.markup import Markup, joined, tag

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

_KEPT = frozenset({"g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan"})
_ATTRIBUTES = frozenset(
    "d points x y x1 y1 x2 y2 cx cy r rx ry dx dy width height fill stroke stroke-width stroke-dasharray"
    " stroke-linecap stroke-linejoin fill-opacity stroke-opacity opacity text-anchor font-size font-weight"
    " transform data-row".split()
)
_NUMBER = re.compile(r"-?\d+\.\d+")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_LONGEST = 400  # rows of a network that is drawn


class Picture(NamedTuple):
    """The picture as an element of a page, and the rules that give it its dark colours."""

    element: Markup = Markup("")
    rules: str = ""


def picture(net: Analysis, places: list[int]) -> Picture:
    """The picture of a network; an empty one where it is too large to be laid out.

    `places` says which row of the page's table each row of the folded report is.
    """
    if len(places) > _LONGEST:
        return Picture()
    try:
        drawn = draw(net).themed("auto")
    except DrawingError:
        return Picture()
    style = _STYLE.search(drawn)
    svg = ElementTree.fromstring(drawn)  # noqa: S314  (of our own making)
    parts = joined(_part(child, places) for child in svg)
    box = svg.get("viewBox", "0 0 100 100")
    return Picture(tag("svg", parts, viewBox=box, class_="archcalc"), style[1] if style else "")


def _part(element: Any, places: list[int]) -> Markup:
    """One element with what may stay of it; nothing where it is no shape and no text."""
    name = element.tag.rpartition("}")[2]
    if name not in _KEPT:
        return Markup("")
    kept = {key: _shorter(value) for key, value in element.attrib.items() if key in _ATTRIBUTES}
    if "data-row" in kept:
        kept["data-row"] = " ".join(str(places[int(place)]) for place in kept["data-row"].split())
    words = printable((element.text or "").replace("\xa0", " ")).strip() if name in ("text", "tspan") else ""
    return tag(name, words, *(_part(child, places) for child in element), **kept)


def _shorter(value: str) -> str:
    """Coordinates to a tenth of a point."""
    return _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
