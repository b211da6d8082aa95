"""Where stations stand: in columns by how far they are from the input, in lanes where they run side by side.

The longest way through the network is the first lane. What forks off it runs in lanes below, each free
from the fork to the join; a wire that passes stations by has a lane of its own. Where a network goes down
in resolution and up again, its wires across joining equals, each resolution is a lane: a U.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from archcalc.drawing.stations import Station

_STEP = 1.5  # times between one resolution and the next


class Wire(NamedTuple):
    """From a station to one that reads it, along a lane."""

    source: Station
    target: Station
    lane: int


class Placing(NamedTuple):
    """The column and the lane of each station, and the wires."""

    columns: dict[Station, int]
    lanes: dict[Station, int]
    wires: list[Wire]

    @property
    def crowded(self) -> bool:
        """Whether stations stand in more than one lane."""
        return len(set(self.lanes.values())) > 1


def place(found: list[Station]) -> Placing:
    """The places of stations in order."""
    columns = _columns(found)
    return _in_u(found, columns) or _in_lanes(found, columns)


def _columns(found: list[Station]) -> dict[Station, int]:
    """One further than what is read; what reads nothing stands just before its reader."""
    columns: dict[Station, int] = {}
    for station in found:
        columns[station] = max((columns[before] + 1 for before in station.reads), default=0)
    for station in reversed(found):
        if not station.reads and station.read_by:
            columns[station] = min(columns[after] for after in station.read_by) - 1
    least = min(columns.values())
    return {station: column - least for station, column in columns.items()}


def longest(found: list[Station], last: Station | None = None) -> list[Station]:
    """The longest way to a station, or to the one that is furthest."""
    columns = _columns(found)
    way = [last or max(found, key=lambda station: columns[station])]
    while way[-1].reads:
        way.append(max(way[-1].reads, key=lambda station: columns[station]))
    return way[::-1]


def _in_lanes(found: list[Station], columns: dict[Station, int]) -> Placing:
    """The spine, and below it a lane for each chain and each wire that runs beside it."""
    spine = longest(found)
    lanes = dict.fromkeys(spine, 0)
    wires = [Wire(a, b, 0) for a, b in pairwise(spine)]
    taken: list[list[tuple[int, int]]] = []
    done = {(wire.source, wire.target) for wire in wires}
    for start in found:
        if start in lanes:
            continue
        chain = [start]
        while follower := next((s for s in chain[-1].read_by if s not in lanes and s not in chain), None):
            chain.append(follower)
        before = min((columns[s] for s in start.reads), default=columns[start] - 1)
        after = max((columns[s] for s in chain[-1].read_by), default=columns[chain[-1]] + 1)
        lane = _free(taken, before + 1, after - 1)
        lanes.update(dict.fromkeys(chain, lane))
        ways = [*((s, start) for s in start.reads), *pairwise(chain)]
        ways += [(chain[-1], s) for s in chain[-1].read_by]
        wires += [Wire(a, b, lane) for a, b in ways if (a, b) not in done]
        done.update(ways)
    for target in found:
        for source in target.reads:
            if (source, target) in done:
                continue
            if columns[target] - columns[source] == 1:
                wires.append(Wire(source, target, lanes[target]))
            else:
                lane = _free(taken, columns[source] + 1, columns[target] - 1)
                wires.append(Wire(source, target, lane))
    return Placing(columns, lanes, wires)


def _free(taken: list[list[tuple[int, int]]], first: int, last: int) -> int:
    """The first lane below the spine that is free from a column to another; it is taken from then on."""
    for lane, spans in enumerate(taken):
        if all(last < begun or first > ended for begun, ended in spans):
            spans.append((first, last))
            return lane + 1
    taken.append([(first, last)])
    return len(taken)


def _in_u(found: list[Station], columns: dict[Station, int]) -> Placing | None:
    """A lane for each resolution, where wires across join stations of the same; else None."""
    if len(set(columns.values())) != len(found) or any(station.plane is None for station in found):
        return None
    ordered = sorted(found, key=lambda station: columns[station])
    lanes = {ordered[0]: 0}
    for before, station in pairwise(ordered):
        if before not in station.reads:
            return None
        assert before.plane
        assert station.plane
        down, up = before.plane[0] / station.plane[0], station.plane[0] / before.plane[0]
        lanes[station] = lanes[before] + (down >= _STEP) - (up >= _STEP)
    wires = [Wire(source, target, lanes[target]) for target in found for source in target.reads]
    across = [w for w in wires if columns[w.target] - columns[w.source] > 1]
    level = all(lanes[wire.source] == lanes[wire.target] for wire in across)
    if not across or not level or min(lanes.values()) < 0 or lanes[ordered[-1]] == max(lanes.values()):
        return None
    return Placing(columns, lanes, wires)
