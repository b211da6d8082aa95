"""Pictures inside a page: only shapes and text of them, their layers linked with the rows of the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from archcalc.drawing import draw
from archcalc.drawing.arranging import HEADING
from archcalc.drawing.stations import deep
from archcalc.errors import DrawingError, UsageError, printable
from archcalc.folding import Choice, view
from archcalc.web.markup import Markup, joined, scrolling, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis import Analysis
    from archcalc.drawing import Drawing
    from archcalc.web.live import Live

_SHAPES = frozenset({"g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line"})
_KEPT = _SHAPES | {"text", "tspan"}
_ATTRIBUTES = frozenset(
    "d points x y x1 y1 x2 y2 cx cy r rx ry dx dy width height fill stroke stroke-width stroke-dasharray"
    " stroke-linecap stroke-linejoin fill-opacity stroke-opacity opacity text-anchor font-size font-weight"
    " transform data-row".split()
)
_SHARED = ("fill", "stroke", "stroke-width")  # what shapes have from the group that they are in
_COPIES = re.compile(r"(^| )[×x] [\d,]+(?=$|, )")
_NUMBER = re.compile(r"-?\d+\.\d+")
_LONGEST = 400  # rows of a network that is drawn
_TITLE = 30.0  # points high
_WIDEST = 32  # maps of a table that is drawn
_PAGE = 1700.0  # points of a picture that is shrunk to the page; of a wider one a part is seen
_LESS = 0.65  # of its size


def graph(net: Analysis, places: Sequence[int], live: Live) -> Markup:
    """The diagram of a network, folded as its table is; nothing where it is too large to be laid out.

    `places` says which row of the page's table each row of the folded report is.
    """
    if len(places) > _LONGEST:
        return Markup("")
    drawn = draw(net, depth=view(net, few=True).depth or "all")
    return _inlined(drawn, HEADING, [[place] for place in places], live)


def maps(net: Analysis, names: Mapping[str, int], live: Live) -> Markup:
    """The maps of a network; nothing where they are too many to be drawn.

    `names` says which row of the page's table the layers and blocks are.
    """
    depth = deep(net)
    rows = [row.name for row in view(net, Choice(depth)).rows]
    if len(rows) > _LONGEST:
        return Markup("")
    linked = [[i for name, i in names.items() if f"{name}.".startswith(f"{row}.")] for row in rows]
    return _inlined(draw(net, "maps", depth=depth), _TITLE, linked, live, role="img")


def tables(net: Analysis) -> dict[str, Markup]:
    """For each layer that reads by a table, or has codes, a picture of these."""
    found = {}
    for row in net.rows:
        for node in row.nodes:
            table = getattr(node.layer, "table", None)
            if node.layer.op == "rbf" or (table and max(len(table), int(node.x[0])) <= _WIDEST):
                found[row.name] = _table(net, row.name)
    return found


def _table(net: Analysis, name: str) -> Markup:
    try:
        drawn = draw(net, "table", layer=name)
    except UsageError:  # codes that are no pictures
        return Markup("")
    return scrolling(_inlined(drawn, _TITLE, [], None, role="img"), f"table of {name}")


def _inlined(
    drawn: Drawing, top: float, linked: Sequence[Sequence[int]], live: Live | None, **known: str
) -> Markup:
    """A drawing as an element of a page, without its heading; nothing where it cannot be laid out."""
    try:
        light = drawn.themed("light")
    except DrawingError:
        return Markup("")
    svg = ElementTree.fromstring(light)  # noqa: S314  (of our own making)
    left, above, wide, high = map(float, svg.get("viewBox", "0 0 100 100").split())
    box = f"{left:.0f} {above + top:.0f} {wide:.0f} {high - top:.0f}"
    if known:
        known["aria-label"] = ". ".join(svg.findtext(f"{{*}}{name}", "") for name in ("title", "desc"))
    drawing = _Drawing(linked, live, above + top)
    parts = joined(drawing.part(child) for child in svg if not child.tag.endswith("}rect"))
    large = wide > _PAGE  # it would be too small to be read where all of it is seen
    known |= {"width": f"{wide * _LESS if large else wide:.0f}pt"}
    return tag("svg", parts, viewBox=box, class_=f"archcalc{' large' * large}", **known)


class _Drawing:
    """The elements of one picture, as they stay."""

    def __init__(self, linked: Sequence[Sequence[int]], live: Live | None, top: float) -> None:
        self.linked = linked
        self.live = live
        self.top = top  # what stands higher is the heading

    def part(self, element: Any, row: int = -1) -> Markup:
        """One element with what may stay of it; nothing where it is no shape and no text, or the heading."""
        name = element.tag.rpartition("}")[2]
        if name not in _KEPT or (name == "text" and float(element.get("y", 0)) < self.top):
            return Markup("")
        if name == "g":
            _share(element)
        kept = {key: _shorter(value) for key, value in element.attrib.items() if key in _ATTRIBUTES}
        if "data-row" in kept:
            rows = [str(i) for place in kept["data-row"].split() for i in self.linked[int(place)]]
            kept["data-row"] = " ".join(rows)
            row = int(rows[0]) if len(rows) == 1 else -1
        words = ""
        if name in ("text", "tspan"):
            words = printable((element.text or "").replace("\xa0", " ")).strip()
            kept |= _follows(self.live, words, row) if self.live else {}
        return tag(name, words, *(self.part(child, row) for child in element), **kept)


def _follows(live: Live, words: str, row: int) -> dict[str, str]:
    """What says which figures a text is of, where it is of some."""
    if row >= 0 and words and words == live.counts.get(row):
        return {"data-counts": str(row)}
    if row < 0 and words in live.shapes:
        return {"data-sides": live.shapes[words]}
    told = _told(live, words, row)
    return {"data-text": str(live.number(told))} if told != words else {}


def _told(live: Live, words: str, row: int) -> str:
    """A text with a place for the number of copies in it, or without it where it is not known whose."""
    written, marked = live.times.get(row, ("", ""))
    if written and words.endswith(written):
        return words.removesuffix(written) + marked
    told = ", ".join(live.copies.get(part, part) for part in words.split(", "))
    moves = told == words and live.copies and not words[:1].isdigit()
    return _COPIES.sub("", words) if moves else told


def _share(group: Any) -> None:
    """Colours that all shapes of a group have are the group's."""
    shapes = [child for child in group if child.tag.rpartition("}")[2] in _KEPT]
    for key in _SHARED:
        values = {shape.get(key) for shape in shapes}
        if len(shapes) > 1 and len(values) == 1 and None not in values:
            group.set(key, values.pop())
            for shape in shapes:
                del shape.attrib[key]


def _shorter(value: str) -> str:
    """Coordinates to a tenth of a point."""
    return _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
