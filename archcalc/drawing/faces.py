"""How a card looks: their words, line by line, and how large that makes them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.drawing.colours import INK, SOFT
from archcalc.drawing.lettering import shortened, width
from archcalc.errors import printable
from archcalc.render.figures import write

if TYPE_CHECKING:
    from archcalc.analysis import Row
    from archcalc.drawing.parts import Card, Line

SIZE, SMALL = 10.0, 9.0  # points of names and of figures
WIDEST = 190.0  # of a line on a card
_FORMULAS = 280.0  # of its figures: numbers are never cut, formulas are
_ONE_LINE = 132.0  # up to which figures stand beside the name
_SIDE = 8.0  # from a card's edge to its words
_STEP, _SMALL_STEP = 13.0, 11.0  # from line to line
_EDGE = 4.0  # above the first line and below the last of a row
_BETWEEN = 5.0  # words of one line


class Text(NamedTuple):
    """Words in one style, from a point."""

    x: float
    y: float
    text: str
    size: float = SIZE
    bold: bool = False
    colour: str = INK

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + width(self.text, self.size, bold=self.bold)


class Strip(NamedTuple):
    """A row on a card: from where to where, and what is written on it."""

    top: float
    bottom: float
    texts: list[Text]
    line: Line | None  # none where it is the card's title


class Face(NamedTuple):
    """A card as it looks, from its left top."""

    width: float
    height: float
    strips: list[Strip]

    @property
    def lines(self) -> list[list[Text]]:
        """Its words, line by line."""
        texts = [text for strip in self.strips for text in strip.texts]
        return [list(line) for _, line in groupby(texts, key=lambda text: text.y)]


def face(card: Card) -> Face:
    """A card with its words."""
    strips = []
    y = 0.0
    if card.title:
        texts = words(_SIDE, y + _EDGE, card.title, card.about)
        strips.append(Strip(y, y := texts[0].y + _EDGE - 0.5, texts, None))
    for line in card.lines:
        texts = _row(line, y + _EDGE)
        strips.append(Strip(y, y := texts[-1].y + _EDGE - 0.5, texts, line))
    wide = max(text.end for strip in strips for text in strip.texts) + _SIDE
    return Face(round(wide, 1), round(y, 1), strips)


def words(x: float, top: float, title: str, about: str) -> list[Text]:
    """A name in bold, and what it is."""
    name = Text(x, top + 0.8 * SIZE, shortened(printable(title), WIDEST, SIZE, bold=True), SIZE, bold=True)
    if not about:
        return [name]
    room = WIDEST - (name.end - x) - _BETWEEN
    said = shortened(printable(about), max(room, 60.0), SIZE)
    return [name, Text(name.end + _BETWEEN, name.y, said, colour=SOFT)]


def _row(line: Line, top: float) -> list[Text]:
    """The words of a row: its figures beside what it is, or below where that is long."""
    said = "" if line.name.rstrip("0123456789_") == line.said else line.said  # add_1 is an add
    texts = words(_SIDE, top, line.name, said)
    figures = counted(line.row)
    if not figures:
        return texts
    end = texts[-1].end + 2 * _BETWEEN
    if end + width(figures, SMALL) <= _ONE_LINE + _SIDE:
        return [*texts, Text(end, texts[0].y, figures, SMALL, colour=SOFT)]
    return [
        *texts,
        Text(_SIDE, texts[0].y + _SMALL_STEP, shortened(figures, _FORMULAS, SMALL), SMALL, colour=SOFT),
    ]


def counted(row: Row) -> str:
    """What there is to count of a row."""
    figures = [_figure(row.params, "params"), _figure(row.fixed, "fixed")]
    return " · ".join(filter(None, [*figures, _figure(row.macs, "MACs", short=True)]))


def _figure(value: Any, word: str, *, short: bool = False) -> str:
    """A figure with its word; nothing where there is none of it, or where nobody counts it."""
    if value is None or (isinstance(value, int) and value == 0):
        return ""
    return f"{brief(value) if short else write(value)} {word}"


def brief(value: Any) -> str:
    """A figure in three digits: 118M for 118,013,952."""
    if not isinstance(value, int) or value < 1000:
        return write(value)
    for size, sign in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if 2000 * value >= 1999 * size:  # 999,500 is 1M
            return f"{value / size:.3g}{sign}"
    return write(value)
