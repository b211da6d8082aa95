"""The shipped font: its files, what it is called, and how wide a text is in it."""

from __future__ import annotations

import os
from functools import cache
from struct import unpack_from

FAMILY = "Archcalc Sans"  # the shipped family, of Arial's widths, as are the next three
STACK = f"{FAMILY},Arimo,Liberation Sans,Arial,Helvetica,sans-serif"

_FOLDER = os.path.join(os.path.dirname(__file__), "fonts")
REGULAR, BOLD = (os.path.join(_FOLDER, f"ArchcalcSans-{word}.ttf") for word in ("Regular", "Bold"))


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is, in points, without kerning; a sign that the font has not is taken for wide."""
    units, advances = _advances(BOLD if bold else REGULAR)
    return sum(advances.get(ord(sign), units) for sign in text) * size / units


def shortened(text: str, most: float, size: float, *, bold: bool = False) -> str:
    """A text that is at most so wide, its end left out where it has to be."""
    if width(text, size, bold=bold) <= most:
        return text
    while text and width(text + "…", size, bold=bold) > most:
        text = text[:-1]
    return text.rstrip() + "…"


@cache
def _advances(path: str) -> tuple[int, dict[int, int]]:
    """Units of the em, and the advance of each sign by its code point."""
    with open(path, "rb") as file:
        data = file.read()
    tables = {}
    for i in range(unpack_from(">H", data, 4)[0]):
        tag, _, at, _ = unpack_from(">4sIII", data, 12 + 16 * i)
        tables[tag] = at
    (units,) = unpack_from(">H", data, tables[b"head"] + 18)
    (longs,) = unpack_from(">H", data, tables[b"hhea"] + 34)
    wide = [unpack_from(">Hh", data, tables[b"hmtx"] + 4 * i)[0] for i in range(longs)]
    glyphs = _glyphs(data, tables[b"cmap"])
    return units, {code: wide[min(glyph, longs - 1)] for code, glyph in glyphs.items()}


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    """The glyph of each code point, by a font's table of format 4."""
    at = next(
        cmap + start
        for platform, _, start in (
            unpack_from(">HHI", data, cmap + 4 + 8 * i) for i in range(unpack_from(">H", data, cmap + 2)[0])
        )
        if platform in {0, 3} and unpack_from(">H", data, cmap + start)[0] == 4
    )
    count = unpack_from(">H", data, at + 6)[0] // 2
    ends, starts, deltas, offsets = (at + 14 + 2 * count * i + 2 * (i > 0) for i in range(4))
    found = {}
    for i in range(0, 2 * count, 2):
        (end,), (start,), (delta,) = (unpack_from(">H", data, table + i) for table in (ends, starts, deltas))
        (offset,) = unpack_from(">H", data, offsets + i)
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offset:
                (glyph,) = unpack_from(">H", data, offsets + i + offset + 2 * (code - start))
            if glyph or not offset:
                found[code] = (glyph + delta) & 0xFFFF
    return found
