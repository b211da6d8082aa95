"""What a picture of maps shows: its stations, each what some layers give, and what reads what."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Shape, literally
from archcalc.errors import DrawingError, Problem, UsageError, printable
from archcalc.folding import Choice, Folded, deepest, said, view
from archcalc.receptive import fields
from archcalc.render.figures import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis, Row
    from archcalc.graph import Node
    from archcalc.receptive import Field, Reach

MOST = 16
"""Stations of a picture that nobody asked to fold, or to unfold."""
LIMIT = 100
"""Stations that there is room for at all."""


class Station:
    """What a layer or a block gives, and the layers after it that only refine it in place."""

    def __init__(self, name: str, shape: Shape, rows: tuple[int, ...] = (), made: Sequence[Row] = ()) -> None:
        self.name = name
        self.shape = shape
        self.rows = list(rows)
        self.made = list(made)
        self.reads: list[Station] = []
        self.read_by: list[Station] = []
        self.seen: Field = {}  # of the one station that it reads, where it reads one

    @property
    def words(self) -> str:
        """How it is made: `conv2d 5x5, table, tanh`."""
        return printable(", ".join(map(said, self.made)))

    @property
    def family(self) -> str:
        """What sort of layer makes it, of a block the sort that does most of its work; nothing for inputs."""
        if not self.made:
            return ""
        row = self.made[0]
        if not isinstance(row, Folded):
            return row.family
        work: dict[str, int] = {}
        for inner in row.rows:
            work[inner.family] = work.get(inner.family, 0) + (inner.flops or 0)
        return max(work, key=work.__getitem__)

    @property
    def count(self) -> int:
        """How many maps there are, or features, or units."""
        plane = self.plane
        whole = prod(self.shape)
        return whole // prod(plane) if plane else whole

    @property
    def plane(self) -> tuple[int, int] | None:
        """How high and wide a map is; None for vectors, for sequences, and for maps of one cell."""
        axes = self.shape.axes
        if len(axes) < 3:
            return None
        high, wide = [n for axis, n in zip(axes, self.shape, strict=True) if axis != "C"][-2:]
        return None if high == wide == 1 else (high, wide)

    @property
    def band(self) -> tuple[int, int] | None:
        """How many places a sequence or a signal has, and how many features at each."""
        if len(self.shape) != 2:
            return None
        first, second = map(int, self.shape)
        return (first, second) if self.shape.axes[-1] == "C" else (second, first)

    def __repr__(self) -> str:
        return f"Station({self.name}, {self.shape!r})"


class _Part(NamedTuple):
    """Some layers on their own: what `fields` looks at of a graph."""

    inputs: dict[str, Shape]
    nodes: Sequence[Node]


def stations(net: Analysis, depth: Any = None, only: str = "") -> list[Station]:
    """The stations in order, the first ones what the layers shown read from outside.

    Blocks are folded to `depth` parts of their path, or so that a picture has room.
    Raises UsageError where sizes are letters, DrawingError where there are too many.
    """
    if net.graph.symbolic:
        what = "maps are drawn to scale, and some sizes are letters"
        raise UsageError(Problem(what, fix="set those that are letters"))
    found = _gathered(net, view(net, Choice(deep(net, only) if depth is None else depth, only)).rows)
    if len(found) > LIMIT:
        what = f"{len(found):,} layers and blocks are more than a picture of maps has room for, {LIMIT}"
        raise DrawingError(Problem(what, fix=f"--depth 1{'' if only else ', or --only and a block'}"))
    return found


def deep(net: Analysis, only: str = "") -> int:
    """The greatest depth at which a reader can take in the stations."""
    for depth in range(deepest(net, only), 1, -1):
        if len(_gathered(net, view(net, Choice(depth, only)).rows)) <= MOST:
            return depth
    return 1


def _gathered(net: Analysis, rows: Sequence[Row]) -> list[Station]:
    """The stations of some rows, wired."""
    own = {node.name for row in rows for node in row.nodes}
    place: dict[str, Station] = {}
    found: list[Station] = []
    for i, row in enumerate(rows):
        sources: dict[str, Station] = {}
        for name in dict.fromkeys(name for node in row.nodes for name in node.inputs):
            if name not in own and name not in place:
                place[name] = _outside(net, name)
                found.append(place[name])
            if name in place:
                sources[name] = place[name]
        station = _refined(row, sources)
        if station is None:
            station = Station(row.name, row.output, (), ())
            _wire(net, station, row, sources)
            found.append(station)
        station.rows.append(i)
        station.made.append(row)
        place.update((node.name, station) for node in row.nodes)
    return found


def _outside(net: Analysis, name: str) -> Station:
    """An input, or a layer that is not shown and is read."""
    shape = net.graph.shape(name)
    assert shape is not None
    lead = name.removesuffix(":activation")
    return Station(lead, shape)


def _refined(row: Row, sources: dict[str, Station]) -> Station | None:
    """The station that a row refines in place, and so is part of."""
    if isinstance(row, Folded) or not all(node.layer.in_place for node in row.nodes):
        return None
    before = list(dict.fromkeys(sources.values()))
    if len(before) != 1 or not before[0].made or before[0].shape != row.output:
        return None
    return before[0] if literally(row.nodes[0].times, 1) else None


def _wire(net: Analysis, station: Station, row: Row, sources: dict[str, Station]) -> None:
    """What a station reads, and what its units see of that."""
    station.reads = list(dict.fromkeys(sources.values()))
    for before in station.reads:
        before.read_by.append(station)
    if len(station.reads) != 1:
        return
    shapes = {name: net.graph.shape(name) for name in sources}
    end = row.end if isinstance(row, Folded) else row.nodes[-1].name
    seen = fields(_Part({k: v for k, v in shapes.items() if v is not None}, row.nodes))  # type: ignore[arg-type]
    station.seen = seen.get(end, {})


def window(station: Station) -> tuple[Reach, Reach] | None:
    """What a unit of maps sees of the maps before, high and wide, where that is a part of them."""
    reaches = tuple(station.seen.values())[-2:]
    if not station.seen or station.plane is None or station.reads[0].plane is None or len(reaches) != 2:
        return None
    return None if any(reach.whole for reach in reaches) else (reaches[0], reaches[1])


def sees_all(station: Station) -> bool:
    """Whether each of its units sees all of the one station before it."""
    if len(station.reads) != 1:
        return False
    before = station.reads[0].shape
    if not station.seen:  # a vector: units that are weighted sums see all of it
        return before.axes == ("C",) and any(node.layer.units for row in station.made for node in row.nodes)
    sizes = dict(before.named())
    return all(
        reach.whole or (reach.last <= 0 and reach.start + reach.size >= sizes.get(axis, reach.size + 1))
        for axis, reach in station.seen.items()
    )


def caption(station: Station) -> str:
    """The shape, as in `6@28x28`; maps of one cell as units."""
    return write(station.shape)
