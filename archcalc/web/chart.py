"""Networks as points: parameters along one side, multiply-accumulates along the other, each with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.drawing.lettering import shortened, width
from archcalc.quantities import TABLE
from archcalc.sweeping.plot import Axis, tick
from archcalc.web.markup import Markup, joined, tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.alignment import Side

_WIDE, _HIGH = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 20, 48  # around the axes
_SIZE, _HALF, _LONGEST = 12, 5, 190  # of letters, of a point, of a name
_RINGS = (9, 22, 36, 52, 70, 90)  # how far from its point a name may stand


class Box(NamedTuple):
    """A rectangle that something takes."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether they overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def chart(nets: Sequence[Side], x: str = "params", y: str = "macs") -> Markup:
    """The chart; nothing where a figure is not defined for one of them."""
    points = [(net.total[x], net.total[y]) for net in nets]
    if any(None in point for point in points):
        return Markup("")
    across = Axis(TABLE[x].header, [a for a, _ in points], _LEFT, _WIDE - _RIGHT)
    up = Axis(TABLE[y].header, [b for _, b in points], _HIGH - _BOTTOM, _TOP)
    places = [(across.place(a), up.place(b)) for a, b in points]
    names = [shortened(net.name, _LONGEST, _SIZE) for net in nets]
    pairs = zip(nets, points, strict=True)
    said = "; ".join(f"{net.name}: {a:,} {across.title}, {b:,} {up.title}" for net, (a, b) in pairs)
    inside = joined((*_axes(across, up), *_points(names, places)))
    return tag("svg", inside, viewBox=f"0 0 {_WIDE} {_HIGH}", class_="chart", role="img", aria_label=said)


def _axes(across: Axis, up: Axis) -> Iterator[Markup]:
    """Lines at the ticks, their values, and what the sides are."""
    for value in across.ticks:
        x = across.place(value)
        yield _line(x, up.start, x, up.end, "tick")
        yield _text(x, up.start + 18, tick(value), "middle")
    for value in up.ticks:
        y = up.place(value)
        yield _line(across.start, y, across.end, y, "tick")
        yield _text(across.start - 8, y + 4, tick(value), "end")
    yield _text(across.end, _HIGH - 8, f"{across.title} →", "end")
    yield _text(_LEFT, _TOP - 6, f"↑ {up.title}", "middle")


def _points(names: Sequence[str], places: Sequence[tuple[float, float]]) -> Iterator[Markup]:
    """Each network as a point with its name, and a line between them where it stands apart."""
    taken = [Box(x - _HALF, y - _HALF, x + _HALF, y + _HALF) for x, y in places]
    boxes = []
    for i, (x, y) in enumerate(places):
        box = _free(x, y, width(names[i], _SIZE), taken)
        boxes.append(box)
        taken += [box] if box else []
    for i, ((x, y), box) in enumerate(zip(places, boxes, strict=True)):
        parts = [tag("circle", cx=_short(x), cy=_short(y), r=_HALF)]
        if box is not None:
            near = min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)
            if abs(near[0] - x) + abs(near[1] - y) > _RINGS[1]:
                parts.append(_line(x, y, *near, "lead"))
            parts.append(_text(box.left, box.bottom - 3, names[i], "start"))
        yield tag("g", *parts, data_net=i)


def _free(x: float, y: float, wide: float, taken: Sequence[Box]) -> Box | None:
    """The nearest place for a name at a point where it meets nothing; None where there is none."""
    for ring in _RINGS:
        for left, base in (
            (x + ring, y + 4),
            (x - ring - wide, y + 4),
            (x - wide / 2, y - ring),
            (x - wide / 2, y + ring + _SIZE),
            (x + ring * 0.7, y - ring * 0.7),
            (x + ring * 0.7, y + ring * 0.7 + _SIZE),
            (x - ring * 0.7 - wide, y - ring * 0.7),
            (x - ring * 0.7 - wide, y + ring * 0.7 + _SIZE),
        ):
            box = Box(left, base - _SIZE, left + wide, base + 3)
            if _is_inside(box) and not any(box.meets(other) for other in taken):
                return box
    return None


def _is_inside(box: Box) -> bool:
    return box.left >= _LEFT and box.right <= _WIDE and box.top >= 0 and box.bottom <= _HIGH - _BOTTOM


def _line(x: float, y: float, to_x: float, to_y: float, kind: str) -> Markup:
    return tag("line", x1=_short(x), y1=_short(y), x2=_short(to_x), y2=_short(to_y), class_=kind)


def _text(x: float, y: float, words: str, side: str) -> Markup:
    return tag("text", words, x=_short(x), y=_short(y), **{"text-anchor": side})


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
