"""The front of a sweep as a picture: two figures on axes, the front as steps with its points named."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archcalc.errors import Problem, UsageError, printable
from archcalc.expressions import whole
from archcalc.quantities import SIZED
from archcalc.sweeping.page import header
from archcalc.sweeping.table import Table
from archcalc.sweeping.writing import size_text

if TYPE_CHECKING:
    from archcalc.sweeping.result import Sweep
    from archcalc.sweeping.wanted import Figure

_WIDE, _HIGH = 640, 440  # points of the picture
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 48, 56, 56  # around the axes
_TICKS = 6
_DECADE = 30  # times between least and most from which an axis is logarithmic
_LABELS = 14  # points of a front that are named, first, last and those between with room
_FRONT, _CLOUD, _INK, _PALE = "#3b6fb5", "#b9c7da", "#333333", "#e4e4e4"


Point: TypeAlias = "tuple[Any, Any]"


class Plot(NamedTuple):
    """A picture. Notebooks show it."""

    svg: str

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as PNG, in the font that archcalc ships."""
        from archcalc.drawing.png import png

        return png(self.svg, scale)

    def _repr_svg_(self) -> str:
        return self.svg


class Axis:
    """A figure along a side: where a value stands, and the ticks."""

    def __init__(self, title: str, values: list[Any], start: float, end: float) -> None:
        self.title = title
        self.start, self.end = start, end
        low, high = min(values), max(values)
        self.log = low > 0 and high / low >= _DECADE
        self.ticks = _decades(low, high) if self.log else _even(low, high)
        self.low, self.high = self.ticks[0], self.ticks[-1]

    def place(self, value: Any) -> float:
        """Where a value stands."""
        low, high = (log10(v) if self.log else v for v in (self.low, self.high))
        value = log10(value) if self.log else value
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + float(share) * (self.end - self.start)


def _title(figure: Figure) -> str:
    """The figure, and its unit."""
    return f"{header(figure)}{', bytes' if figure.quantity in SIZED else ''}"


def _even(low: Any, high: Any) -> list[Any]:
    """Round values in even steps of 1, 2 or 5 around the least and the most."""
    rough = Fraction(high - low) / _TICKS or Fraction(abs(low) or 1) / _TICKS
    power = Fraction(10) ** floor(log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    first, last = floor(low / step), ceil(high / step)
    return [whole(n * step) for n in range(first, max(last, first + 1) + 1)]


def _decades(low: int, high: int) -> list[int]:
    """Round values for a logarithmic axis: 1, 2 and 5 of each power of ten, or the powers alone."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    every = [n * 10**power for power in powers for n in ((1, 2, 5) if len(powers) <= 4 else (1,))]
    below = max((n for n in every if n <= low), default=every[0])
    above = min((n for n in every if n >= high), default=every[-1])
    return [n for n in every if below <= n <= above]


def tick(value: Any) -> str:
    """A round value as it stands at an axis: `500k`, `1.5M`, `20G`."""
    for size, sign in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= size:
            return f"{float(value / size):.10g}{sign}"
    return size_text(value)


def plot(sweep: Sweep) -> Plot:
    """The picture of the first two figures of a front. Raises UsageError where there is none."""
    if not sweep.wanted.front:
        raise UsageError(Problem("a plot shows a front", fix="--pareto params,macs"))
    if not len(sweep.kept.front):
        raise UsageError("no size is left, so there is no front to draw")
    return Plot(_Picture(sweep).svg())


class _Picture:
    """One drawing."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        first, second = sweep.wanted.front[:2]
        self.first, self.second = first.figure, second.figure
        self.outward = first.sign, second.sign  # 1 where the better is to the left, and below
        self.front = self.points(sweep.kept.front)
        self.cloud = sorted(set(self.points(sweep.kept.sample)) - set(self.front))
        every = [*self.front, *self.cloud]
        self.x = Axis(_title(self.first), [x for x, _ in every], _LEFT, _WIDE - _RIGHT)
        self.y = Axis(_title(self.second), [y for _, y in every], _HIGH - _BOTTOM, _TOP)

    def points(self, rows: Any) -> list[Point]:
        """The two figures, or sizes, of some rows."""
        columns = Table(self.sweep.grid, rows)
        pairs = zip(*(columns[f.name].tolist() for f in (self.first, self.second)), strict=True)
        return [(x, y) for x, y in pairs]

    def at(self, point: Point) -> tuple[float, float]:
        """Where a point stands."""
        return self.x.place(point[0]), self.y.place(point[1])

    def svg(self) -> str:
        """The whole document."""
        lines = [
            f'<svg width="{_WIDE}pt" height="{_HIGH}pt" viewBox="0 0 {_WIDE} {_HIGH}"'
            ' xmlns="http://www.w3.org/2000/svg">',
            f"<title>{_safe(self.sweep.name)}: {_safe(self.x.title)} and {_safe(self.y.title)}</title>",
            f'<rect width="{_WIDE}" height="{_HIGH}" fill="white"/>',
            f'<g font-family="{_family()}" font-size="11" fill="{_INK}">',
            *self.axes(),
            *self.marks(),
            *self.words(),
            "</g>",
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def axes(self) -> list[str]:
        """Pale lines at the ticks, and their values."""
        lines = []
        base, top = self.y.start, self.y.end
        for value in self.x.ticks:
            x = self.x.place(value)
            lines.append(_line(x, base, x, top, _PALE))
            lines.append(_text(x, base + 16, tick(value), "middle"))
        for value in self.y.ticks:
            y = self.y.place(value)
            lines.append(_line(self.x.start, y, self.x.end, y, _PALE))
            lines.append(_text(self.x.start - 8, y + 4, tick(value), "end"))
        lines.append(_line(self.x.start, base, self.x.end, base, _INK))
        lines.append(_line(self.x.start, base, self.x.start, top, _INK))
        return lines

    def marks(self) -> list[str]:
        """The others, and the front as steps with a dot at each of its points."""
        lines = ['<g class="others">', *(_dot(*self.at(point), 1.6, _CLOUD) for point in self.cloud), "</g>"]
        ordered = sorted(map(self.at, self.front))
        steps = [f"M{ordered[0][0]:.1f},{ordered[0][1]:.1f}"]
        turns = "H{x:.1f}V{y:.1f}" if self.outward[0] == 1 else "V{y:.1f}H{x:.1f}"
        steps += [turns.format(x=x, y=y) for x, y in ordered[1:]]
        path = f'd="{"".join(steps)}" fill="none" stroke="{_FRONT}" stroke-width="1.2" opacity="0.6"'
        lines += ['<g class="front">', f"<path {path}/>", *(_dot(x, y, 3.2, _FRONT) for x, y in ordered)]
        return [*lines, "</g>"]

    def words(self) -> list[str]:
        """The title, what the axes are, and the names of points that have room for one."""
        sweep, front = self.sweep, self.sweep.kept.front
        aims = ", ".join(map(str, sweep.wanted.front))
        claims = " and ".join(claim.text for claim in sweep.wanted.claims)
        about = f"{sweep.counts.met:,} sizes{f' that meet {claims}' if claims else ''}; front: {aims}"
        middle = (self.y.start + self.y.end) / 2
        lines = [
            _text(_LEFT, 24, sweep.name, "start", 'font-size="14" font-weight="bold"'),
            _text(_LEFT, 41, about, "start", 'fill="#666666"'),
            _text((self.x.start + self.x.end) / 2, _HIGH - 14, self.x.title, "middle"),
            _text(18, middle, self.y.title, "middle", f'transform="rotate(-90 18 {middle:.1f})"'),
        ]
        taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in map(self.at, self.front)]
        for i in _spread(len(front)):
            x, y = self.at(self.front[i])
            values = sweep.grid.values(int(front.points[i]))
            name = ", ".join(f"{n} {size_text(v)}" for n, v in values.items())
            wide = 5.3 * len(name)
            fits_right, fits_left = x + 6 + wide < _WIDE - 4, x - 6 - wide > self.x.start
            right = fits_right and (self.outward[0] == -1 or not fits_left)
            crossed = right == (self.outward[0] == 1)  # on the side where the front goes on: out of its way
            left, base = (
                x + 6 if right else x - 6 - wide,
                y + 13 if (self.outward[1] == 1) != crossed else y - 5,
            )
            box = (left, base - 9, left + wide, base + 3)
            if any(_overlap(box, other) for other in taken):
                continue
            taken.append(box)
            anchor = ("start", x + 6) if right else ("end", x - 6)
            lines.append(_text(anchor[1], base, name, anchor[0], 'font-size="10"'))
        return lines


def _spread(count: int) -> list[int]:
    """The points of a front that are named: the ends first, then those in even steps between."""
    if count <= _LABELS:
        return [0, *range(count - 1, 0, -1)]
    return list(dict.fromkeys([0, count - 1, *(i * (count - 1) // (_LABELS - 1) for i in range(_LABELS))]))


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _line(x: float, y: float, to_x: float, to_y: float, colour: str) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}"/>'


def _dot(x: float, y: float, radius: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, side: str, more: str = "") -> str:
    more = f" {more}" if more else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{side}"{more}>{_safe(text)}</text>'


def _safe(text: str) -> str:
    return escape(printable(text))


def _family() -> str:
    from archcalc.drawing.lettering import STACK

    return STACK
