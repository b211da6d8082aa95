"""Wires that Graphviz bends without need, made straight where nothing is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.drawing.curves import along, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.drawing.layout import Bend, Places
    from archcalc.drawing.scene import Box

_BENT = 4.0  # points to the side from which on a wire is bent
_IN = 8.0  # from a card's corner to where a wire may meet it
_HEAD = 6.0  # of an arrow
_MUCH = 2000  # wires from which on they are left as they are


def straightened(places: Places) -> Places:
    """The same with every wire straight that can be."""
    wires = dict(places.wires)
    if len(wires) > _MUCH:
        return places
    for pair in places.wires:
        found = _straight(places._replace(wires=wires), pair)
        if found:
            wires[pair] = found
    return places._replace(wires=wires)


def _straight(places: Places, pair: tuple[str, str]) -> Bend | None:
    """One wire, straight; none where it is so, or cannot be."""
    bend = places.wires[pair]
    source, target = (places.cards[key] for key in pair)
    sides = [x for x, _ in bend.points]
    low, high = max(source[0], target[0]) + _IN, min(source[2], target[2]) - _IN
    if max(sides) - min(sides) < _BENT or low > high or target[1] - source[3] < 2 * _HEAD:
        return None
    middles = [(box[0] + box[2]) / 2 for box in (source, target)]
    for x in (*middles, (low + high) / 2):
        if not low <= x <= high:
            continue
        points = rounded([(x, source[3]), (x, target[1] - _HEAD)])
        label = bend.label and (x + bend.size[0] / 2 + 1.0, bend.label[1])
        found = bend._replace(points=tuple(points), tip=(x, target[1]), label=label)
        if _free(places, pair, (x - 4.0, source[3] + 0.5, x + 4.0, target[1] - 0.5), found):
            return found
    return None


def _free(places: Places, pair: tuple[str, str], way: Box, found: Bend) -> bool:
    """Whether neither the wire nor what is written on it meets anything else."""
    mine = [way, found.label_box] if found.label else [way]
    others = [box for key, box in places.cards.items() if key not in pair]
    others += [bend.label_box for other, bend in places.wires.items() if other != pair and bend.label]
    if any(_meet(own, box) for own in mine for box in others):
        return False
    around = (min(box[0] for box in mine), way[1], max(box[2] for box in mine), way[3])
    near = [
        bend
        for other, bend in places.wires.items()
        if other != pair and _meet(around, _hull([*bend.points, bend.tip]))
    ]
    return not any(_meet(own, (x, y, x, y)) for bend in near for x, y in along(bend) for own in mine)


def _hull(points: Sequence[tuple[float, float]]) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
