"""The diagram inside a page: only shapes and text of it, its layers linked with the rows of the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from archcalc.drawing import draw
from archcalc.drawing.arranging import HEADING
from archcalc.errors import DrawingError, printable
from archcalc.folding import view
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


def picture(net: Analysis, live: Live, places: list[int]) -> Picture:
    """The picture of a network, folded as its table is; an empty one where it is too large to be laid out.

    `places` says which row of the page's table each row of the folded report is.
    """
    if len(places) > _LONGEST:
        return Picture()
    try:
        drawn = draw(net, depth=view(net, few=True).depth or "all").themed("auto")
    except DrawingError:
        return Picture()
    style = _STYLE.search(drawn)
    svg = ElementTree.fromstring(drawn)  # noqa: S314  (of our own making)
    left, top, wide, high = map(float, svg.get("viewBox", "0 0 100 100").split())
    box = f"{left:.0f} {top + HEADING:.0f} {wide:.0f} {high - HEADING:.0f}"
    drawing = _Drawing(live, places)
    parts = joined(drawing.part(child, outermost=True) for child in svg)
    return Picture(tag("svg", parts, viewBox=box, class_="archcalc"), style[1] if style else "")


class Live(NamedTuple):
    """What in the texts of a picture follows the sliders."""

    shapes: dict[
        str, str
    ]  # places of the sides, by how a shape is written; nothing where it is not one alone
    counts: dict[int, str]  # what there is to count of each row, as it is written


class _Drawing:
    """The elements of one picture, as they stay."""

    def __init__(self, live: Live, places: list[int]) -> None:
        self.live = live
        self.places = places

    def part(self, element: Any, row: int = -1, *, outermost: bool = False) -> Markup:
        """One element with what may stay of it; nothing where it is no shape and no text, or the heading."""
        name = element.tag.rpartition("}")[2]
        if name not in _KEPT or (outermost and name == "rect"):
            return Markup("")
        kept = {key: _shorter(value) for key, value in element.attrib.items() if key in _ATTRIBUTES}
        if "data-row" in kept:
            own = [self.places[int(place)] for place in kept["data-row"].split()]
            kept["data-row"] = " ".join(map(str, own))
            row = own[0] if len(own) == 1 else -1
        words = ""
        if name in ("text", "tspan"):
            words = printable((element.text or "").replace("\xa0", " ")).strip()
            kept |= self.follows(words, row)
        inner = [child for child in element if not (outermost and child.tag.endswith("}text"))]
        return tag(name, words, *(self.part(child, row) for child in inner), **kept)

    def follows(self, words: str, row: int) -> dict[str, str]:
        """What says which figures a text is of, where it is of some."""
        if row >= 0 and words and words == self.live.counts.get(row):
            return {"data-counts": str(row)}
        if row < 0 and words in self.live.shapes:
            return {"data-sides": self.live.shapes[words]}
        return {}


def _shorter(value: str) -> str:
    """Coordinates to a tenth of a point."""
    return _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
