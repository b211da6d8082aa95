"""Where everything of a picture of maps stands: stations, captions, words, wires; nothing upon another.

Where there is one lane of stations the words stand under the gaps, as in the 1998 paper, and a long
lane goes on in another line. Else each station has its words under it, in columns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.drawing.colours import SOFT
from archcalc.drawing.lettering import shortened, width
from archcalc.drawing.scene import Words, broken
from archcalc.drawing.stations import caption, sees_all
from archcalc.errors import printable

if TYPE_CHECKING:
    from archcalc.drawing.bodies import Body
    from archcalc.drawing.placing import Placing, Wire
    from archcalc.drawing.scene import Box, Point
    from archcalc.drawing.stations import Station

NAME, SHAPE, WORDS = 10.5, 9.5, 9.0
"""Sizes of type."""
MARGIN = 16.0
_LINE = 11.0  # from one line of words to the next
_CAPTION = 26.0  # points above a body
_GAP = 44.0  # between bodies
_APART = 10.0  # between texts
_TRACK = 7.0  # between wires side by side
_ACROSS = 108.0  # of words, and of a caption
_THIN = 10.0  # of a lane without stations
_BETWEEN = 26.0  # lanes, or lines of one
_ON = 24.0  # of a wire that goes on in the next line
_BEFORE_NUMBER = re.compile(r" (?=\d)")
_HELD = "\N{NO-BREAK SPACE}"
_PAGE = 1120.0  # past which a lane goes on in another line


class Cell:
    """A station with its texts."""

    def __init__(self, station: Station, body: Body, only: str = "") -> None:
        self.station = station
        self.body = body
        name = printable(station.name.removeprefix(f"{only}."))
        self.name = shortened(name, _ACROSS, NAME, bold=True)
        self.shape = shortened(caption(station), _ACROSS, SHAPE)
        words = _BEFORE_NUMBER.sub(_HELD, station.words)  # a number stays with the word before it
        self.words = [line.replace(_HELD, " ") for line in broken(words, _ACROSS, WORDS)] if words else []
        self.caption = max(width(self.name, NAME, bold=True), width(self.shape, SHAPE))
        self.said = max((width(line, WORDS) for line in self.words), default=0.0)
        self.x = self.y = 0.0  # the middle of the body
        self.lift = self.drop = 0.0  # of the caption and the words, out of the way of lines
        self.words_at: Point = (0.0, 0.0)  # the middle of their first line's top

    @property
    def reach(self) -> float:
        """From its middle to its side, the caption counted."""
        return max(self.body.width, self.caption) / 2

    @property
    def at(self) -> Point:
        """The left top of the body."""
        return self.x - self.body.width / 2, self.y - self.body.height / 2

    @property
    def box(self) -> Box:
        """What the body covers."""
        left, top = self.at
        return left, top, left + self.body.width, top + self.body.height

    def texts(self) -> list[Words]:
        """The name and the shape above it, and its words."""
        top = self.box[1] - self.lift
        found = [
            Words(self.x, top - 17.0, self.name, NAME, anchor="middle", bold=True),
            Words(self.x, top - 6.0, self.shape, SHAPE, anchor="middle"),
        ]
        x, y = self.words_at
        return found + [
            Words(x, y + _LINE * (i + 0.8), line, WORDS, SOFT, "middle") for i, line in enumerate(self.words)
        ]


class Sheet:
    """The places of all cells, and the ways of all wires."""

    def __init__(self, cells: list[Cell], placing: Placing, top: float) -> None:
        self.cells = {cell.station: cell for cell in cells}
        self.placing = placing
        self.top = top
        self.width = self.height = 0.0
        self.line: dict[Station, int] = {}  # of one lane that goes on in another line
        self.lane_y: dict[tuple[int, int], float] = {}  # by the line, and the lane
        self.breaks: set[Station] = set()  # stations that begin another line
        if placing.crowded:
            self._in_columns()
        else:
            self._in_line()

    # -- one lane of stations

    def _in_line(self) -> None:
        """Left to right, the words under the gaps, and the wires that pass by between."""
        order = sorted(self.cells.values(), key=lambda cell: self.placing.columns[cell.station])
        lines = self._lines(order)
        self._lift()
        y = self.top
        thin = sorted({wire.lane for wire in self.placing.wires} - {0})
        self.ends = [line[-1].x + line[-1].reach + _ON for line in lines]
        for n, line in enumerate(lines):
            middle = y + _CAPTION + max(cell.body.height / 2 + cell.lift for cell in line)
            y = middle + max(cell.body.height for cell in line) / 2 + 8.0
            self.lane_y.update(((n, lane), y + _THIN * (i + 0.5)) for i, lane in enumerate(thin))
            y += _THIN * len(thin) + 4.0 * bool(thin)
            for cell in line:
                cell.y = middle
                cell.words_at = (cell.words_at[0], y)
            y += _LINE * max(len(cell.words) for cell in line) + _BETWEEN
        self.height = y - _BETWEEN
        self.width = (
            MARGIN
            + max(max(cell.x + cell.reach, cell.words_at[0] + cell.said / 2) for cell in order)
            + (_ON if self.breaks else 0.0)
        )

    def _lines(self, order: list[Cell]) -> list[list[Cell]]:
        """The lane in as few lines as a page has room for, each about as long as the others."""
        best = _PAGE
        lines = self._filled(order, best)
        most = max(line[-1].x + line[-1].reach for line in lines)
        while most > 0 and 1 < len(lines) == len(self._filled(order, most)):
            best, most = most, most - 12.0
        return self._filled(order, best)

    def _filled(self, order: list[Cell], most: float) -> list[list[Cell]]:
        """The lane in lines, each as full as it can be."""
        lines: list[list[Cell]] = [[]]
        self.breaks = set()
        for cell in order:
            line = lines[-1]
            self._beside(line[-1] if line else None, cell)
            if line and cell.x + cell.reach > most:
                lines.append([])
                self._beside(None, cell)
                self.breaks.add(cell.station)
            lines[-1].append(cell)
            self.line[cell.station] = len(lines) - 1
        return lines

    def _beside(self, before: Cell | None, cell: Cell) -> None:
        """To the right of another, as near as bodies, captions and words let it."""
        half, reach = cell.body.width / 2, cell.reach
        if before is None:
            lead = max(_GAP, cell.said + 4.0) if cell.words else 0.0
            cell.x = MARGIN + lead + reach
            cell.words_at = (MARGIN + lead / 2, 0.0)
            return
        right = before.x + before.body.width / 2
        left = max(
            right + _GAP,
            before.x + before.reach + 8.0 + reach - half,
            2 * (before.words_at[0] + (before.said + cell.said) / 2 + _APART) - right,
        )
        cell.x = left + half
        cell.words_at = ((right + left) / 2, 0.0)

    # -- several

    def _in_columns(self) -> None:
        """In columns and lanes, the words under each station, and the wires in gaps between columns."""
        columns, tracks = self.placing.columns, self._tracks()
        x = MARGIN
        self.track_x: dict[tuple[int, Station], float] = {}
        for column in range(max(columns.values()) + 1):
            inside = [cell for cell in self.cells.values() if columns[cell.station] == column]
            wide = max(max(2 * cell.reach, cell.said) for cell in inside)
            for cell in inside:
                cell.x = x + wide / 2
            x += wide
            self.width = x + MARGIN
            ways = tracks.get(column, [])
            self.track_x.update(((column, end), x + 10.0 + _TRACK * i) for i, end in enumerate(ways))
            x += max(20.0 + _TRACK * len(ways), 30.0)
        self._in_lanes()

    def _in_lanes(self) -> None:
        """One lane below the other, those without stations thin."""
        lanes = self.placing.lanes
        self._lift()
        y = self.top
        for lane in sorted({*lanes.values(), *(wire.lane for wire in self.placing.wires)}):
            inside = [cell for cell in self.cells.values() if lanes[cell.station] == lane]
            if not inside:
                self.lane_y[0, lane] = y + _THIN / 2
                self.height = y = y + _THIN + 8.0
                continue
            middle = y + _CAPTION + max(cell.body.height / 2 + cell.lift for cell in inside)
            self.lane_y[0, lane] = middle
            for cell in inside:
                cell.y = middle
                cell.words_at = (cell.x, middle + cell.body.height / 2 + cell.drop + 4.0)
            self.height = max(cell.words_at[1] + _LINE * len(cell.words) for cell in inside)
            y = self.height + _BETWEEN

    def _tracks(self) -> dict[int, list[Station]]:
        """For each gap, the ends whose wires turn in it, from left to right."""
        found: dict[int, dict[Station, None]] = {}
        for wire in self.placing.wires:
            for gap, end in self._turns(wire):
                found.setdefault(gap, {})[end] = None
        return {gap: list(ends) for gap, ends in found.items()}

    def _turns(self, wire: Wire) -> list[tuple[int, Station]]:
        """The gaps in which a wire changes lanes, each by the column before it, with the end it turns for."""
        lanes, columns = self.placing.lanes, self.placing.columns
        found = []
        if lanes[wire.source] != wire.lane:
            found.append((columns[wire.source], wire.source))
        if lanes[wire.target] != wire.lane:
            found.append((columns[wire.target] - 1, wire.target))
        return found

    # -- wires

    def beside(self, wire: Wire) -> bool:
        """Whether nothing stands between the ends of a wire, so that lines may lead from one to the other."""
        columns, lanes = self.placing.columns, self.placing.lanes
        level = lanes[wire.source] == lanes[wire.target]
        near = columns[wire.target] - columns[wire.source] == 1
        return near and level and wire.target not in self.breaks

    def _lift(self) -> None:
        """Texts out of the way of lines from end to end, which slope where heights differ."""
        for wire in self.placing.wires:
            if not (self.beside(wire) and sees_all(wire.target)):
                continue
            source, target = self.cells[wire.source], self.cells[wire.target]
            start, end = source.x + source.body.width / 2, target.x - target.body.width / 2
            fall = (source.body.height - target.body.height) / 2 / (end - start)
            for cell, slope in ((source, -fall), (target, fall)):
                beyond = [max(wide - cell.body.width, 0.0) / 2 + 3.0 for wide in (cell.caption, cell.said)]
                cell.lift = max(cell.lift, slope * beyond[0])
                cell.drop = max(cell.drop, slope * beyond[1])

    def ways(self, wire: Wire) -> list[tuple[Point, ...]]:
        """The corners of a wire from one body to another; in parts where it goes on in another line."""
        source, target = self.cells[wire.source], self.cells[wire.target]
        start = (source.body.ends(source.at)[1], source.y)
        end = (target.body.ends(target.at)[0], target.y)
        if not self.placing.crowded:
            return self._passing(wire, start, end)
        points = [start]
        level = self.lane_y[0, wire.lane]
        for turn in self._turns(wire):
            x = self.track_x[turn]
            y = level if turn[1] is wire.source else end[1]
            points += [(x, points[-1][1]), (x, y)]
        return [(*points, end)]

    def _passing(self, wire: Wire, start: Point, end: Point) -> list[tuple[Point, ...]]:
        """Straight on, or down into a thin lane and up again."""
        first, last = self.line[wire.source], self.line[wire.target]
        if not wire.lane:
            if first == last:
                return [(start, end)]
            return [(start, (start[0] + _ON, start[1])), ((MARGIN, end[1]), end)]
        levels = [self.lane_y[n, wire.lane] for n in range(first, last + 1)]
        down, up = self.cells[wire.source].box[2] + 8.0, self.cells[wire.target].box[0] - 10.0
        out = (start, (down, start[1]), (down, levels[0]))
        into = ((up, levels[-1]), (up, end[1]), end)
        if first == last:
            return [(*out, *into)]
        between = [((MARGIN, y), (self.ends[n], y)) for n, y in enumerate(levels[1:-1], first + 1)]
        return [(*out, (self.ends[first], levels[0])), *between, ((MARGIN, levels[-1]), *into)]
