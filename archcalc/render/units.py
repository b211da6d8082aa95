"""Large figures in millions and more, for a reader; what is exact stands beside them."""

from __future__ import annotations

from typing import Any

from archcalc.render.figures import HEADERS, write

_FROM = 100_000_000  # a column with a smaller total is read as easily in full
_COLUMN = ((10**15, 10**12, "T"), (10**11, 10**9, "G"), (_FROM, 10**6, "M"))
_NAMED = ((10**12, "T"), (10**9, "G"), (10**6, "M"))


_ALIKE = ("connections", "macs", "flops")  # are read beside one another, so in one unit


class Units:
    """The unit of each column of a table, by its total."""

    def __init__(self, totals: dict[str, Any]) -> None:
        known = {c: total for c, total in totals.items() if type(total) is int}
        large = max((known[c] for c in _ALIKE if c in known), default=0)
        rules = {c: large if c in _ALIKE and large >= _FROM else total for c, total in known.items()}
        self.sizes = {c: _unit(total) for c, total in rules.items() if total >= _FROM and known[c]}
        self.totals = {c: known[c] for c in self.sizes}

    def header(self, column: str, text: str) -> str:
        """A column's header, with its unit."""
        return f"{text}, {self.sizes[column][1]}" if column in self.sizes else text

    def write(self, column: str, value: Any) -> str:
        """A figure under its header."""
        if column not in self.sizes or type(value) is not int or not value:
            return write(value)
        size, _ = self.sizes[column]
        return _rounded(value, size, 2) if 200 * value >= size else "<0.01"

    def exactly(self) -> str:
        """The totals to the last digit, where they are shown rounded."""
        totals = ", ".join(f"{total:,} {HEADERS[column]}" for column, total in self.totals.items())
        return f"exactly {totals}" if totals else ""


def _unit(total: int) -> tuple[int, str]:
    return next((size, sign) for bound, size, sign in _COLUMN if total >= bound)


def _rounded(value: int, size: int, digits: int) -> str:
    """A quotient with so many decimals, a half rounded up; exact however large the value."""
    scale = 10**digits
    whole, rest = divmod((2 * value * scale + size) // (2 * size), scale)
    return f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"


def named(total: Any, word: str) -> str:
    """A large total as `1.81 GMACs`; nothing where it is read as easily in full."""
    text = short(total) if type(total) is int and total >= _FROM else ""
    return text and f"{text}{word}"


def short(total: Any) -> str:
    """A figure from a million as `1.81 G`, a smaller one in full."""
    if type(total) is not int or total < _NAMED[-1][0]:
        return write(total)
    size, sign = next((size, sign) for size, sign in _NAMED if total >= size)
    digits = 2 if total < 10 * size else 1 if total < 100 * size else 0
    return f"{_rounded(total, size, digits)} {sign}"
