"""Rows of a sweep as columns by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.sweeping.front import Rows
    from archcalc.sweeping.grid import Grid


class Table:
    """Rows as columns by name: the sizes, then the figures; integer arrays, or exact numbers as objects."""

    def __init__(self, grid: Grid, rows: Rows) -> None:
        self.columns = {name: grid.column(name, rows.points) for name in grid.names} | rows.columns
        self.alike = rows.counted()
        self.points = rows.points

    def __getitem__(self, name: str) -> Any:
        """A column by its name."""
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each row, as a dict of exact numbers."""
        lists = [column.tolist() for column in self.columns.values()]
        return (dict(zip(self.columns, values, strict=True)) for values in zip(*lists, strict=True))

    def __repr__(self) -> str:
        return f"Table({len(self):,} rows of {', '.join(self.columns)})"
