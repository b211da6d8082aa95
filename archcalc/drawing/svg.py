"""A scene as SVG: text stays text, everything is escaped, and the bytes are the same on every machine."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from archcalc.drawing.colours import PAPER
from archcalc.drawing.lettering import STACK
from archcalc.drawing.scene import Area, Curve, Frame, Grid, Group, Words
from archcalc.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.drawing.scene import Line, Mark, Point, Scene


def svg(scene: Scene) -> str:
    """The whole document, in the light colours."""
    left, top, wide, high = map(number, (*scene.at, scene.width, scene.height))
    size = f'width="{number(scene.width * scene.scale)}pt" height="{number(scene.height * scene.scale)}pt"'
    lines = [
        f'<svg {size} viewBox="{left} {top} {wide} {high}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{safe(scene.title)}</title>",
        f"<desc>{safe(scene.about)}</desc>",
        f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="{PAPER}"/>',
        f'<g font-family="{STACK}" stroke-linejoin="round">',
        *(line for mark in scene.marks for line in _mark(mark)),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """A length to a hundredth of a point, without noughts at its end."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def safe(text: str) -> str:
    """Somebody's text, as XML allows it."""
    return escape(printable(text))


def _mark(mark: Mark) -> Iterator[str]:
    """The elements of a mark, a line for each."""
    if isinstance(mark, Group):
        rows = f' data-row="{" ".join(map(str, mark.rows))}"' if mark.rows else ""
        yield f'<g class="{mark.kind}"{rows}>'
        if mark.about:
            yield f"<title>{safe(mark.about)}</title>"
        for part in mark.marks:
            yield from _mark(part)
        yield "</g>"
    elif isinstance(mark, Words):
        yield _words(mark)
    elif isinstance(mark, Area):
        yield f'<path d="{_path(mark.points)}Z" fill="{mark.fill}"{_stroke(mark)}/>'
    elif isinstance(mark, Frame):
        yield f'<path d="{_frame(mark)}" fill="{mark.fill}"{_stroke(mark)}/>'
    elif isinstance(mark, Curve):
        start, *rest = (f"{number(x)},{number(y)}" for x, y in mark.points)
        yield _line(f"M{start}C{' '.join(rest)}", mark)
    elif isinstance(mark, Grid):
        yield _line("".join(map(_path, mark.segments)), mark)
    else:
        yield _line(_rounded(mark), mark, ' stroke-dasharray="3 2.5"' if mark.dashed else "")


def _stroke(mark: Area | Frame) -> str:
    return f' stroke="{mark.line}" stroke-width="{number(mark.width)}"' if mark.line else ""


def _frame(frame: Frame) -> str:
    """Around a rectangle from the left end of its upper side."""
    left, top, right, bottom = frame.box
    upper, lower = frame.corners
    parts = [f"M{number(left + upper)},{number(top)}H{number(right - upper)}", _corner(upper, 1, 1)]
    parts += [f"V{number(bottom - lower)}", _corner(lower, -1, 1), f"H{number(left + lower)}"]
    parts += [_corner(lower, -1, -1), f"V{number(top + upper)}", _corner(upper, 1, -1)]
    return "".join(parts) + "Z"


def _corner(radius: float, x: int, y: int) -> str:
    """A quarter of a circle, clockwise."""
    turn = f"{number(radius)},{number(radius)} 0 0 1 {number(x * radius)},{number(y * radius)}"
    return f"a{turn}" if radius else ""


def _line(path: str, mark: Grid | Line | Curve, dashes: str = "") -> str:
    stroke = f'stroke="{mark.colour}" stroke-width="{number(mark.width)}"{dashes}'
    return f'<path d="{path}" fill="none" {stroke}/>'


def _words(words: Words) -> str:
    place = f'x="{number(words.x)}" y="{number(words.y)}" font-size="{number(words.size)}"'
    anchor = "" if words.anchor == "start" else f' text-anchor="{words.anchor}"'
    bold = ' font-weight="bold"' if words.bold else ""
    left, _, right, _ = words.box
    # a reader without a font of these widths sees it as wide all the same
    place += f' textLength="{number(right - left)}" lengthAdjust="spacingAndGlyphs"'
    return f'<text {place}{anchor}{bold} fill="{words.colour}">{safe(words.text)}</text>'


def _path(points: Iterable[Point]) -> str:
    """Straight from point to point; what is level or upright says only where it ends."""
    pairs = [(number(x), number(y)) for x, y in points]
    found = ["M" + ",".join(pairs[0])]
    for (before, above), (x, y) in pairwise(pairs):
        found.append(f"H{x}" if y == above else f"V{y}" if x == before else f"L{x},{y}")
    return "".join(found)


def _rounded(line: Line) -> str:
    """From point to point, its corners cut by curves."""
    points = line.points
    if not line.corner:
        return _path(points)
    found = [f"M{number(points[0][0])},{number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (ax, ay), (bx, by) = (_towards(corner, other, line.corner) for other in (before, after))
        curve = f"Q{number(corner[0])},{number(corner[1])} {number(bx)},{number(by)}"
        found.append(f"L{number(ax)},{number(ay)}{curve}")
    return "".join(found) + f"L{number(points[-1][0])},{number(points[-1][1])}"


def _towards(corner: Point, other: Point, radius: float) -> Point:
    """The point on an upright or level way from a corner to another: a radius on, or half-way."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    part = min(radius / length, 0.5) if length else 0.0
    return corner[0] + part * dx, corner[1] + part * dy
