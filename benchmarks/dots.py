"""A plot of dots on a logarithmic axis, as SVG: a row for each name, a colour for each series."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10

COLOURS = ("#3b6fb5", "#c2702c", "#5a9a4f")
LEFT, RIGHT, TOP, ROW = 110, 610, 84, 26  # in pixels: the axis, the first row, the height of one
FONT = "Arimo,Liberation Sans,Arial,Helvetica,sans-serif"


def plot(title: str, series: tuple[str, ...], rows: dict[str, list[float]]) -> str:
    """The picture of `rows`: by name, seconds for each of the series; the fastest row first."""
    order = sorted(rows, key=lambda name: rows[name][0])
    every = [seconds for row in rows.values() for seconds in row]
    axis = Axis(floor(log10(min(every))), ceil(log10(max(every))), TOP + ROW * len(order))
    parts = [text(LEFT, 26, title, weight="bold"), *legend(series), *axis.lines()]
    for i, name in enumerate(order):
        y = TOP + ROW * i + ROW // 2
        ends = axis.at(min(rows[name])), axis.at(max(rows[name]))
        parts.append(text(LEFT - 12, y + 4, name, weight="normal" if i else "bold", anchor="end"))
        parts.append(f'<path d="M{ends[0]:.1f} {y}H{ends[1]:.1f}" stroke="#c8ccd2" stroke-width="2"/>')
        parts += (
            f'<circle cx="{axis.at(seconds):.1f}" cy="{y}" r="5" fill="{colour}">'
            f"<title>{escape(name)}, {escape(each)}: {seconds:.3g} s</title></circle>"
            for seconds, each, colour in zip(rows[name], series, COLOURS, strict=False)
        )
    width, height = RIGHT + 30, axis.bottom + 34
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
    page = '<rect width="100%" height="100%" fill="white"/>'
    return "\n".join([f'{head} font-family="{FONT}" font-size="12">', page, *parts, "</svg>\n"])


class Axis:
    """Powers of ten from left to right."""

    def __init__(self, low: int, high: int, bottom: int) -> None:
        self.low, self.high, self.bottom = low, high, bottom

    def at(self, seconds: float) -> float:
        """Where a time lies."""
        return LEFT + (RIGHT - LEFT) * (log10(seconds) - self.low) / (self.high - self.low)

    def lines(self) -> list[str]:
        """A line and a label for each power of ten."""
        parts = []
        for power in range(self.low, self.high + 1):
            x = self.at(10.0**power)
            label = f"{10.0**power:g} s"
            parts.append(f'<path d="M{x:.1f} {TOP - 8}V{self.bottom + 4}" stroke="#e4e7eb"/>')
            parts.append(text(round(x), self.bottom + 20, label, anchor="middle"))
        return parts


def legend(series: tuple[str, ...]) -> list[str]:
    """A dot and a name for each series."""
    parts = []
    for i, (name, colour) in enumerate(zip(series, COLOURS, strict=False)):
        x = LEFT + 6 + 120 * i
        parts += [f'<circle cx="{x}" cy="48" r="5" fill="{colour}"/>', text(x + 12, 52, name)]
    return parts


def text(x: int, y: int, said: str, *, weight: str = "normal", anchor: str = "start") -> str:
    """Words at a place."""
    where = f'x="{x}" y="{y}" text-anchor="{anchor}"'
    return f'<text {where} font-weight="{weight}" fill="#24292f">{escape(said)}</text>'
