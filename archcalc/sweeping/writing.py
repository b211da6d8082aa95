"""Rows as text: exact numbers, whatever their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fractions import Fraction

    from archcalc.sweeping.front import Rows
    from archcalc.sweeping.grid import Grid


def size_text(size: int | Fraction) -> str:
    """A size as one would write it: `0.25`, and `1/3` where no decimal is exact.

    >>> from fractions import Fraction
    >>> size_text(Fraction(7, 20)), size_text(Fraction(1, 3)), size_text(64)
    ('0.35', '1/3', '64')
    """
    if size.denominator == 1:
        return str(size.numerator)
    below, twos, fives = size.denominator, 0, 0
    while below % 2 == 0:
        below, twos = below // 2, twos + 1
    while below % 5 == 0:
        below, fives = below // 5, fives + 1
    if below != 1:
        return str(size)
    places = max(twos, fives)
    digits = str(abs(int(size * 10**places))).rjust(places + 1, "0")
    return f"{'-' * (size < 0)}{digits[:-places]}.{digits[-places:]}"


def texts(column: Any) -> list[str]:
    """A column as text."""
    if column.dtype == object:
        return [size_text(value) for value in column.tolist()]
    return list(map(str, column.tolist()))


def size_texts(grid: Grid, name: str, points: Any) -> list[str]:
    """The values of a size at some points as text; each value is written once."""
    places = grid.places(name, points)
    low, high = int(places.min()), int(places.max())
    if high - low > len(places):
        return texts(grid.column(name, points))
    table = np.array([size_text(size) for size in grid.domains[name][low : high + 1]], dtype=object)
    found: list[str] = table[places - low].tolist()
    return found


def csv_head(grid: Grid, names: tuple[str, ...]) -> str:
    """The first line of a CSV file."""
    return ",".join([*grid.names, *names]) + "\n"


def csv_rows(grid: Grid, rows: Rows) -> str:
    """The lines of some rows."""
    if not len(rows):
        return ""
    columns = [size_texts(grid, name, rows.points) for name in grid.names]
    columns += [texts(column) for column in rows.columns.values()]
    return "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"
