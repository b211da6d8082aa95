"""The style *field*: what one unit sees, drawn back through the layers onto the input."""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

from archcalc.drawing.panes import Pane, Panes, plane
from archcalc.drawing.picture import Drawing
from archcalc.drawing.placing import longest
from archcalc.drawing.sight import Span, axes, sights, sizes, unit_of
from archcalc.drawing.stations import Station, stations
from archcalc.errors import Problem, UsageError, quote
from archcalc.receptive import fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis
    from archcalc.dims import Shape
    from archcalc.drawing.scene import Scene
    from archcalc.drawing.sight import Sight
    from archcalc.receptive import Field

_FEW = 9  # layers up to which all are drawn
_ALIKE = 1.25  # times between the sides of maps of about one size


def draw(net: Analysis, *, layer: str = "", unit: Sequence[int] | None = None, depth: Any = None) -> Drawing:
    """What a unit of a layer sees: its rectangle on each map behind it, and on the input.

    Without a layer the last one with maps, without a unit the one in the middle. Blocks are folded to
    `depth` parts of their path. Raises UsageError where sizes are letters, and for a unit that there is
    not, MissingError for a layer that there is not.
    """
    from archcalc.drawing.svg import svg
    from archcalc.drawing.tikz import tikz

    drawn = scene(net, layer, unit, depth)
    return Drawing(net.name, lambda: svg(drawn), tex=tikz(drawn))


def scene(net: Analysis, layer: str = "", unit: Sequence[int] | None = None, depth: Any = None) -> Scene:
    """The whole picture, before it is written in a format."""
    if net.graph.symbolic:
        raise UsageError(Problem("fields are drawn to scale, and some sizes are letters", fix="set those"))
    found = stations(net, depth)
    name, node, way = _target(net, layer, found)
    shape = net.graph.by_name[node].y
    cell = unit_of(shape, name, unit)
    kept = _few([station for station in way[:-1] if axes(station.shape)])
    own = Station(name, shape, tuple(way[-1].rows))
    seen = _Seen(net, node, cell)
    panes = [*(seen.pane(station) for station in kept), seen.own(own)]
    notes = [seen.sentence(name, panes[0])]
    if len(kept) < sum(bool(axes(station.shape)) for station in way[:-1]):
        notes.append("Of layers with maps of about one size the last is drawn.")
    if any(len(station.reads) > 1 for station in way):
        notes.append("Where ways join: what is seen through any of them.")
    return Panes(panes).scene(f"{net.name}: what a unit of {name} sees", notes)


def _target(net: Analysis, layer: str, found: list[Station]) -> tuple[str, str, list[Station]]:
    """The layer asked for, the node that gives its output, and the stations on the longest way to it."""
    ends = {station: _end(net, station.made[-1].name) for station in found if station.made}
    if not layer:
        layer = _last_with_maps(net, found)
    if layer == "total":
        raise UsageError("a field is that of a unit of one layer, and total is none")
    node = _end(net, layer)
    order = {known.name: i for i, known in enumerate(net.graph.nodes)}
    behind = [station for station, end in ends.items() if order[end] >= order[node]]
    if not behind:
        raise UsageError(Problem(f"{quote(layer)} is no layer of {quote(net.name)}"))
    last = min(behind, key=lambda station: order[ends[station]])
    return layer, node, longest(found, last)


def _end(net: Analysis, name: str) -> str:
    """The node that gives the output of a layer, or of a block."""
    group = net.graph.groups.get(name)
    return group.node if group else net[name].nodes[-1].name


def _last_with_maps(net: Analysis, found: list[Station]) -> str:
    """The last layer with maps of several units; else with a sequence."""
    for wanted in ({"H", "W"}, {"T"}):
        for station in reversed(found):
            several = max(sizes(station.shape), default=1) > 1
            if station.made and wanted <= set(station.shape.axes) and several:
                return station.made[-1].name
    raise UsageError(f"no layer of {quote(net.name)} has maps or places, so no unit sees a part of the input")


def _few(way: list[Station]) -> list[Station]:
    """All stations where they are few; else the input, and the last of each run of maps of about one size."""
    if len(way) < _FEW:
        return way
    kept = [way[0]]
    for station, after in pairwise(way[1:]):
        if _unlike(station, after):
            kept.append(station)
    return [*kept, way[-1]]


def _unlike(one: Station, other: Station) -> bool:
    """Whether maps differ in size by more than a part."""
    pairs = zip(plane(one.shape), plane(other.shape), strict=True)
    return any(max(pair) > _ALIKE * min(pair) for pair in pairs)


class _Seen:
    """What a unit sees, at each layer behind it."""

    def __init__(self, net: Analysis, node: str, unit: tuple[int, ...]) -> None:
        self.net = net
        self.unit = unit
        self.shape = net.graph.by_name[node].y
        self.sights = sights(net.graph, node, unit)
        self.fields = fields(net.graph)
        self.field = self.fields[node]

    def pane(self, station: Station) -> Pane:
        """A station behind the unit, or an input."""
        name = _end(self.net, station.made[-1].name) if station.made else station.name
        sight = self.sights.get(name, {})
        seen = _two(sight, station.shape)
        whole = seen
        if name in self.net.graph.inputs:
            field = _two(self.reached(name, station.shape), station.shape)
            sides = zip(field, seen, plane(station.shape), strict=True)
            whole = tuple(_beyond(*of) for of in sides)  # type: ignore[assignment]
            words = self.on_input(sight, whole, seen)
        else:
            words = [f"{_by(sight)} units", *_told(self.fields.get(name, {}), "each sees")]
        return Pane(
            station.name, station.shape, plane(station.shape), seen, whole, words, tuple(station.rows)
        )

    def own(self, station: Station) -> Pane:
        """The layer of the unit."""
        sight = {axis: Span(cell, cell) for axis, cell in zip(axes(self.shape), self.unit, strict=True)}
        seen = _two(sight, self.shape)
        lead = f"unit {_at(self.unit)}" if self.unit else "each unit"
        words = [lead, *_told(self.field, "sees at most" if self.sees_less() else "sees")]
        return Pane(station.name, self.shape, plane(self.shape), seen, seen, words, tuple(station.rows))

    def sees_less(self) -> bool:
        """Whether this unit sees less than the field of all, and not for padding: behind a finer layer."""
        for name, shape in self.net.graph.inputs.items():
            field, sight = self.reached(name, shape), self.sights.get(name, {})
            for axis, size in zip(axes(shape), sizes(shape), strict=True):
                inside = field[axis].first >= 0 and field[axis].last < size
                if inside and axis in sight and sight[axis].size < field[axis].size:
                    return True
        return False

    def reached(self, name: str, shape: Shape) -> Sight:
        """What the unit sees of an input, with what falls on padding, by the arithmetic of fields."""
        own = dict(zip(axes(self.shape), self.unit, strict=True))
        found = {}
        for axis, size in zip(axes(shape), sizes(shape), strict=True):
            reach = self.field.get(f"{name}.{axis}", self.field.get(axis))
            if reach is None:
                found[axis] = Span(0, size - 1)
                continue
            first = ceil(reach.start + (0 if reach.whole else own.get(axis, 0) * reach.step))
            found[axis] = Span(first, first + int(reach.size) - 1)
        return found

    def on_input(self, sight: Sight, whole: tuple[Span, Span], seen: tuple[Span, Span]) -> list[str]:
        """The rectangle in numbers."""
        words = [f"{_by(sight)} {_CELLS['W' in sight]}"]
        words += [f"{_ROWS.get(axis, axis)} {span.first} to {span.last}" for axis, span in sight.items()]
        if whole != seen:
            words.append(f"of a field of {'x'.join(str(span.size) for span in whole[: len(sight)])}")
        return words

    def sentence(self, name: str, first: Pane) -> str:
        """What is drawn, in a sentence."""
        unit = f"Unit {_at(self.unit)} of" if self.unit else "A unit of"
        where = "the input" if first.name == "input" else first.name
        text = f"{unit} {name} sees {first.words[0]} of {where}"
        spans = [words for words in first.words[1:] if words.startswith(tuple(_ROWS.values()))]
        text += f": {', '.join(spans)}." if spans else "."
        return text + (" The rest of its field, dashed, is padding." if first.beyond else "")


_CELLS = ("places", "pixels")
_ROWS = {"H": "rows", "W": "columns", "D": "slices", "T": "places"}


def _beyond(field: Span, seen: Span, size: int) -> Span:
    """What is seen, and what of the field lies past the edges of the map."""
    first = field.first if field.first < 0 else seen.first
    return Span(first, field.last if field.last >= size else seen.last)


def _two(sight: Sight, shape: Shape) -> tuple[Span, Span]:
    """The ranges down and across, of what is seen or of all of it."""
    own = zip(axes(shape), sizes(shape), strict=True)
    spans = [sight.get(axis, Span(0, size - 1)) for axis, size in own]
    down, across = spans[-2:] if len(spans) > 1 else [*spans, Span(0, 0), Span(0, 0)][:2]
    return down, across


def _at(unit: Sequence[int]) -> str:
    return ",".join(map(str, unit))


def _by(sight: Sight) -> str:
    return "x".join(str(span.size) for span in sight.values())


def _told(field: Field, lead: str) -> list[str]:
    """`sees 14x14, 2 apart`; nothing where the input has no places."""
    reaches = list(field.values())
    if not reaches:
        return []
    text = f"{lead} {'x'.join(str(int(reach.size)) for reach in reaches)}"
    steps = list(dict.fromkeys(str(reach.step) for reach in reaches))
    single = all(reach.whole or reach.places == 1 for reach in reaches)
    return [text if single else f"{text}, {'x'.join(steps)} apart"]
