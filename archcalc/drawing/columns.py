"""A long diagram in columns, as text is: cut where one wire passes, which goes on in the next column."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from archcalc.drawing.curves import rounded, split
from archcalc.drawing.layout import Bend, Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.drawing.scene import Box, Point

GUTTER = 34.0  # between columns
_LANE = 13.0  # from a column's end to the wire that goes on
_HEAD = 6.0  # of its arrow
_PAD = 9.0  # from the frame of a block that is cut to what is in it
_BAND = 15.0  # for the name that it bears again
_SHORT = 0.6  # part of a column from which on it may end, to leave a block whole


class Cut(NamedTuple):
    """A gap between cards that one tensor passes: where what is above it ends, and what is below begins."""

    top: float
    bottom: float
    wires: tuple[tuple[str, str], ...]  # from one card
    blocks: tuple[str, ...]  # that it goes through


def cuts(places: Places) -> list[Cut]:
    """Every gap where a diagram can be cut, from its top."""
    gaps = list(_gaps(places))
    tops = [top for top, _ in gaps]
    passing: list[list[tuple[str, str]]] = [[] for _ in gaps]
    for pair in places.wires:
        source, target = (places.cards[key] for key in pair)
        for i in range(bisect_left(tops, source[3] - 0.5), bisect_right(tops, target[1])):
            if gaps[i][1] <= target[1] + 0.5:
                passing[i].append(pair)
    return [
        _cut(places, *gap, tuple(wires))
        for gap, wires in zip(gaps, passing, strict=True)
        if len({source for source, _ in wires}) == 1
    ]


def _cut(places: Places, top: float, bottom: float, wires: tuple[tuple[str, str], ...]) -> Cut:
    """A gap without the ends of blocks that are in it."""
    through, above, below = [], top, bottom
    for path, boxes in places.blocks.items():
        _, start, _, end = boxes[0]
        if start < top and end > bottom:
            through.append(path)
        elif top < end < bottom:
            above = max(above, end)
        elif top < start < bottom:
            below = min(below, start)
    return Cut(above, below, wires, tuple(through))


def _gaps(places: Places) -> Iterator[tuple[float, float]]:
    """The stretches, from the top, where no card stands."""
    end = None
    for _, top, _, bottom in sorted(places.cards.values(), key=lambda box: box[1]):
        if end is not None and top > end:
            yield end, top
        end = bottom if end is None else max(end, bottom)


def wrapped(places: Places, count: int, every: Sequence[Cut], *, across: bool = False) -> Places:
    """The diagram in at most so many columns, as even as it can be cut; `across`, it was turned."""
    chosen = _chosen(places, count, every)
    if not chosen:
        return places
    return _Columns(places, chosen, across=across).places()


def _chosen(places: Places, count: int, every: Sequence[Cut]) -> list[Cut]:
    """The cuts that make the highest of so many columns as low as can be."""
    top = min(box[1] for box in places.cards.values())
    bottom = max(box[3] for box in places.cards.values())
    low, high, best = 0.0, bottom - top, []
    for _ in range(24):
        most = (low + high) / 2
        found = _filled(top, bottom, every, most)
        if found is not None and len(found) < count:
            high, best = most, found
        else:
            low = most
    return best


def _filled(top: float, bottom: float, every: Sequence[Cut], most: float) -> list[Cut] | None:
    """The cuts where no column is higher than `most`; None where that cannot be."""
    found: list[Cut] = []
    while bottom - top > most:
        fitting = [cut for cut in every if cut.bottom > top + 1 and cut.top > top and cut.top - top <= most]
        if not fitting:
            return None
        full = [cut for cut in fitting if cut.top - top >= _SHORT * most] or fitting
        least = min(len(cut.blocks) for cut in full)
        found.append([cut for cut in full if len(cut.blocks) == least][-1])
        top = found[-1].bottom
    return found


class _Columns:
    """Moves everything into its column."""

    def __init__(self, places: Places, chosen: Sequence[Cut], *, across: bool) -> None:
        self.old = places
        self.band = (_BAND, 0.0) if across else (0.0, _BAND)  # to the left and above, for a block's name
        self.cuts = chosen
        self.edges = [(a.bottom if a else -1e9, b.top if b else 1e9) for a, b in _pairs(chosen)]
        self.middles = [(cut.top + cut.bottom) / 2 for cut in chosen]
        self.frames = [self._frames(i) for i in range(len(self.edges))]
        self.boxes = [self._extent(i) for i in range(len(self.edges))]
        self.moves: list[Point] = []
        x = 0.0
        for left, top, right, _ in self.boxes:
            self.moves.append((x - left, -top))
            x += right - left + GUTTER

    def column(self, y: float) -> int:
        """The column that a height falls into."""
        return bisect_left(self.middles, y)

    def _frames(self, i: int) -> dict[str, Box]:
        """The pieces of blocks in a column, as they were before it was moved."""
        start, end = self.edges[i]
        before = self.cuts[i - 1].blocks if i else ()
        after = self.cuts[i].blocks if i < len(self.cuts) else ()
        found: dict[str, Box] = {}
        for path, ((left, top, right, bottom), *_) in reversed(self.old.blocks.items()):  # the inner first
            if bottom > start and top < end:
                over = len(before) - before.index(path) if path in before else 0
                under = len(after) - after.index(path) if path in after else 0
                upper = start - over * (_PAD + self.band[1]) if over else top
                lower = end + under * _PAD if under else bottom
                whole = left, top, right, bottom
                sides = self._sides(i, whole, path, found) if over or under else (left, right)
                found[path] = (sides[0], upper, sides[1], lower)
        return found

    def _sides(self, i: int, whole: Box, path: str, inner: Mapping[str, Box]) -> tuple[float, float]:
        """From where to where a piece of a block goes: as far as what is in it."""
        left, top, right, bottom = whole
        cards = {
            key: box
            for key, box in self.old.cards.items()
            if left < box[0] and box[2] < right and top < box[1] and box[3] < bottom
        }
        here = {key: box for key, box in cards.items() if self.column((box[1] + box[3]) / 2) == i}
        sides = [(box[0], box[2]) for box in here.values()]
        sides += [(box[0], box[2]) for name, box in inner.items() if name.startswith(f"{path}.")]
        for (source, target), bend in self.old.wires.items():
            if source in here and target in here:
                sides += [(x, x) for x, _ in bend.points]
            if source in here and bend.label and target in cards:
                sides.append((bend.label_box[0], bend.label_box[2]))
        if not sides:
            return left, right
        lefts, rights = zip(*sides, strict=True)
        return max(left, min(lefts) - _PAD - self.band[0]), min(right, max(rights) + _PAD)

    def _extent(self, i: int) -> Box:
        """What a column covers, before it is moved."""
        boxes = [box for box in self.old.cards.values() if self.column((box[1] + box[3]) / 2) == i]
        boxes += self.frames[i].values()
        for bend in self.old.wires.values():
            boxes += [(x, y, x, y) for x, y in bend.points if self.column(y) == i and self._inside(y, i)]
            if bend.label and self.column(bend.label[1]) == i and self._inside(bend.label[1], i):
                boxes.append(bend.label_box)
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )

    def _inside(self, y: float, i: int) -> bool:
        start, end = self.edges[i]
        return start <= y <= end

    # -- where everything is now

    def places(self) -> Places:
        """All in columns."""
        cards = {
            key: _moved(box, self.moves[self.column((box[1] + box[3]) / 2)])
            for key, box in self.old.cards.items()
        }
        blocks = {
            path: tuple(
                _moved(frames[path], move)
                for frames, move in zip(self.frames, self.moves, strict=True)
                if path in frames
            )
            for path in self.old.blocks
        }
        crossing: dict[tuple[str, str], list[int]] = {}
        for i, cut in enumerate(self.cuts):
            for pair in cut.wires:
                crossing.setdefault(pair, []).append(i)
        wires = {
            pair: self._across(pair, crossing[pair]) if pair in crossing else self._along(bend)
            for pair, bend in self.old.wires.items()
        }
        return Places(cards, blocks, wires)

    def _along(self, bend: Bend) -> Bend:
        """A wire that stays in its column."""
        dx, dy = self.moves[self.column(bend.points[0][1])]
        points = tuple((x + dx, y + dy) for x, y in bend.points)
        label = bend.label and (bend.label[0] + dx, bend.label[1] + dy)
        return Bend(points, (bend.tip[0] + dx, bend.tip[1] + dy), label, bend.size)

    def _across(self, pair: tuple[str, str], numbers: Sequence[int]) -> Bend:
        """A wire that goes on in the next column: down, to the gutter, up, and into it.

        Wires of one tensor go together as far as they can.
        """
        bend = self.old.wires[pair]
        points: list[Point] = []
        for i in numbers:
            upper = self._leaving(i, points)
            rest = self._entering(i, pair)
            (dx, dy), (ex, ey) = self.moves[i], self.moves[i + 1]
            upper = tuple((x + dx, y + dy) for x, y in upper)
            points = [*points, *upper[1:]] if points else list(upper)
            to = rest[0][0] + ex, rest[0][1] + ey
            gutter = ex + self.boxes[i + 1][0] - GUTTER / 2
            low = self.boxes[i][3] + dy + _LANE
            high = self.boxes[i + 1][1] + ey - _LANE
            x, y = points[-1]
            points += rounded([(x, y), (x, low), (gutter, low), (gutter, high), (to[0], high), to])[1:]
            label = _label(bend.size, to, gutter, low, high)
        points += [(x + ex, y + ey) for x, y in rest[1:]]
        tip = self._straight(*pair)[1] if len(rest) == 1 else bend.tip
        return Bend(tuple(points), (tip[0] + ex, tip[1] + ey), bend.label and label, bend.size)

    def _leaving(self, i: int, before: Sequence[Point]) -> tuple[Point, ...]:
        """From the card to the end of its column: straight where nothing stands in the way."""
        cut = self.cuts[i]
        source = cut.wires[0][0]
        left, _, right, bottom = self.old.cards[source]
        middle = (left + right) / 2
        if not before and self._free(i, middle, bottom, cut.top, source):
            return ((middle, bottom),)
        upper, _ = split(self.old.wires[cut.wires[0]].points, cut.top)
        return split(upper, self.cuts[i - 1].bottom)[1] if before else upper

    def _entering(self, i: int, pair: tuple[str, str]) -> tuple[Point, ...]:
        """From the start of a column to the card, or to its end where the wire goes on in yet another."""
        base, tip = self._straight(*pair)
        target = self.old.cards[pair[1]]
        inside = self.column((target[1] + target[3]) / 2) == i + 1
        if inside and self._free(i + 1, tip[0], self.cuts[i].bottom, tip[1], pair[1]):
            return (base,)
        return split(self.old.wires[pair].points, self.cuts[i].bottom)[1]

    def _straight(self, source: str, target: str) -> tuple[Point, Point]:
        """An arrow that comes from above, its base and its point, at the place of another."""
        left, top, right, _ = self.old.cards[target]
        x, y = self.old.wires[source, target].tip
        return (x, y - _HEAD), (x, y) if left + 4 < x < right - 4 and y < top + 1 else (left, 1e9)

    def _free(self, i: int, x: float, top: float, bottom: float, own: str) -> bool:
        """Whether no other card of a column stands between two heights."""
        return (
            all(
                key == own or not (left - 4 < x < right + 4 and above < bottom and below > top)
                for key, (left, above, right, below) in self.old.cards.items()
                if self.column((above + below) / 2) == i
            )
            and bottom < 1e8
        )


def _label(size: Point, to: Point, gutter: float, low: float, high: float) -> Point:
    """Where the words of a wire stand that goes on in the next column: before it, or along the gutter."""
    if size[0] > size[1]:
        return to[0] + size[0] / 2 + 2.0, high + _LANE / 2
    return gutter - size[0] / 2 - 1.0, (low + high) / 2


def _pairs(chosen: Sequence[Cut]) -> Iterator[tuple[Cut | None, Cut | None]]:
    """The cut before and the cut behind each column."""
    ends: list[Cut | None] = [None, *chosen, None]
    return pairwise(ends)


def _moved(box: Box, by: Point) -> Box:
    left, top, right, bottom = box
    return left + by[0], top + by[1], right + by[0], bottom + by[1]
