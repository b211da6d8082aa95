"""What is on a picture, before it is written in a format: areas, lines and words, each in its colour.

Units: points; x to the right and y down. Colours are those of the light theme.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from archcalc.drawing.colours import INK, LINE, RULE
from archcalc.drawing.lettering import shortened, width

Point: TypeAlias = "tuple[float, float]"
Box: TypeAlias = "tuple[float, float, float, float]"
"""Left, top, right, bottom."""

_TIP = 6.0  # points from an arrow's tip to its base
_HALF = 2.4  # and from its middle to its side


class Area(NamedTuple):
    """A filled polygon with a line around it."""

    points: tuple[Point, ...]
    fill: str
    line: str = ""
    width: float = 0.8


class Frame(NamedTuple):
    """A rectangle whose upper corners, lower corners, or both are rounded."""

    box: Box
    fill: str
    line: str = ""
    width: float = 0.8
    corners: tuple[float, float] = (5.0, 5.0)  # the radius of the upper and of the lower ones


class Curve(NamedTuple):
    """Bézier curves end to end: a point, then three for each."""

    points: tuple[Point, ...]
    colour: str = LINE
    width: float = 0.9


class Line(NamedTuple):
    """A line through points."""

    points: tuple[Point, ...]
    colour: str = LINE
    width: float = 0.8
    corner: float = 0.0  # the radius that its corners are rounded by
    dashed: bool = False


class Grid(NamedTuple):
    """Many separate lines of one colour."""

    segments: tuple[tuple[Point, Point], ...]
    colour: str = RULE
    width: float = 0.5


class Words(NamedTuple):
    """A line of text; x is where it starts, ends or has its middle, y its baseline."""

    x: float
    y: float
    text: str
    size: float = 10.0
    colour: str = INK
    anchor: str = "start"  # start, middle or end
    bold: bool = False

    @property
    def box(self) -> Box:
        """What it covers."""
        wide = width(self.text, self.size, bold=self.bold)
        left = self.x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return left, self.y - 0.78 * self.size, left + wide, self.y + 0.22 * self.size


class Group(NamedTuple):
    """Marks that belong together; `rows` are the places in the report of the layers that they show."""

    kind: str
    marks: tuple[Mark, ...]
    about: str = ""  # what a reader is told who asks
    rows: tuple[int, ...] = ()


Mark: TypeAlias = "Area | Frame | Line | Curve | Grid | Words | Group"


class Scene(NamedTuple):
    """A picture: its size, what is on it, and what it is to those who do not see it."""

    width: float
    height: float
    title: str
    about: str
    marks: tuple[Mark, ...]
    scale: float = 1.0  # points of paper for a point of the picture
    at: Point = (0.0, 0.0)  # its left top


_ROUND = 0.5523  # of its radius from the end of a quarter of a circle to its point


def outline(frame: Frame) -> tuple[Point, ...]:
    """Around a frame from the left end of its upper side, as Bézier curves."""
    left, top, right, bottom = frame.box
    upper, lower = frame.corners
    turns = (
        ((right - upper, top), (right, top), (right, top + upper)),
        ((right, bottom - lower), (right, bottom), (right - lower, bottom)),
        ((left + lower, bottom), (left, bottom), (left, bottom - lower)),
        ((left, top + upper), (left, top), (left + upper, top)),
    )
    points: list[Point] = [(left + upper, top)]
    for start, corner, end in turns:
        points += [points[-1], start, start]
        points += [_on(start, corner, _ROUND), _on(end, corner, _ROUND), end]
    return tuple(points)


def _on(start: Point, end: Point, part: float) -> Point:
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def rectangle(box: Box, fill: str, line: str = "", width: float = 0.8) -> Area:
    """An upright rectangle."""
    left, top, right, bottom = box
    return Area(((left, top), (right, top), (right, bottom), (left, bottom)), fill, line, width)


def visible(box: Box, least: float = 2.6) -> Box:
    """A rectangle, about its middle at least as high and wide as can be seen."""
    left, top, right, bottom = box
    across, down = max(0.0, least - (right - left)) / 2, max(0.0, least - (bottom - top)) / 2
    return left - across, top - down, right + across, bottom + down


def arrow(points: tuple[Point, ...], colour: str = LINE, corner: float = 0.0) -> tuple[Line, Area]:
    """A line whose last stretch is upright or level, and the arrow at its end."""
    (from_x, from_y), (x, y) = points[-2:]
    if from_y == y:
        back = x - _TIP if x > from_x else x + _TIP
        head = ((x, y), (back, y - _HALF), (back, y + _HALF))
        base = (back, y)
    else:
        back = y - _TIP if y > from_y else y + _TIP
        head = ((x, y), (x - _HALF, back), (x + _HALF, back))
        base = (x, back)
    return Line((*points[:-1], base), colour, 0.8, corner), Area(head, colour)


def broken(text: str, most: float, size: float) -> list[str]:
    """The text in as few lines of at most a width as there can be, and these about as long as each other.

    It is broken at spaces; a word that is wider is cut short.
    """
    lines = _filled(text, most, size)
    widths = sorted(width(line, size) for line in lines)
    while len(lines) > 1:
        narrower = _filled(text, widths[-1] - 0.01, size)
        if len(narrower) > len(lines) or narrower == lines:  # one word alone may be the widest
            break
        lines, widths = narrower, sorted(width(line, size) for line in narrower)
    return [shortened(line, most, size) for line in lines]


def _filled(text: str, most: float, size: float) -> list[str]:
    """The text in lines, each as full as it can be."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and width(longer, size) > most:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
