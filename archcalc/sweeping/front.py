"""What no other row beats, kept as rows come: the best few, and the Pareto front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rows:
    """Some rows of a sweep: the numbers of their points, a column for each figure, and how many are alike."""

    def __init__(self, points: Any, columns: dict[str, Any], alike: Any = None) -> None:
        self.points = points
        self.columns = columns
        self.alike = alike  # None where each stands for itself

    def __len__(self) -> int:
        return len(self.points)

    def take(self, places: Any) -> Rows:
        """Rows at some places, or where a mask says so."""
        columns = {name: column[places] for name, column in self.columns.items()}
        return Rows(self.points[places], columns, None if self.alike is None else self.alike[places])

    def counted(self) -> Any:
        """How many rows each stands for."""
        return np.ones(len(self), dtype=np.int64) if self.alike is None else self.alike

    @classmethod
    def joined(cls, parts: Sequence[Rows], names: Sequence[str]) -> Rows:
        """All rows of some parts."""
        if not parts:
            return cls(np.empty(0, dtype=np.int64), {name: np.empty(0, dtype=np.int64) for name in names})
        if len(parts) == 1:
            return parts[0]
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in names}
        counted = any(part.alike is not None for part in parts)
        alike = np.concatenate([part.counted() for part in parts]) if counted else None
        return cls(np.concatenate([part.points for part in parts]), columns, alike)


def best(rows: Rows, values: Any, count: int) -> Rows:
    """The `count` rows with the least values, one for each row; of equals the first."""
    if len(rows) > count and values.dtype != object:
        near = values <= np.partition(values, count - 1)[count - 1]
        rows, values = rows.take(near), values[near]
    return rows.take(np.lexsort((rows.points, _ranks(values)))[:count])


def front(rows: Rows, columns: Sequence[Any]) -> Rows:
    """The rows that none beats: none has as little in every column, and less in one.

    Of rows with the same values the first stands for all, and `alike` says how many they are.
    """
    if not len(rows):
        return rows
    table = np.stack([_ranks(column) for column in columns], axis=1)
    order = np.lexsort((rows.points, *table.T[::-1]))
    table, rows = table[order], rows.take(order)
    first = np.append(True, (table[1:] != table[:-1]).any(axis=1))
    starts = np.flatnonzero(first)
    alike = np.add.reduceat(rows.counted(), starts)
    table, rows = table[starts], rows.take(starts)
    rows.alike = alike
    return rows.take(_stairs(table) if table.shape[1] == 2 else _unbeaten(table))


def _stairs(table: Any) -> Any:
    """Of two figures, sorted by the first: where the second falls below all before."""
    second = table[:, 1]
    lowest = np.minimum.accumulate(second)
    return np.append(True, second[1:] < lowest[:-1])


def _unbeaten(table: Any) -> Any:
    """Of any number of figures, sorted: the first is on the front, and so is the first that it leaves."""
    left = np.arange(len(table))
    kept = []
    while len(left):
        first = left[0]
        kept.append(first)
        left = left[(table[left] < table[first]).any(axis=1)]
    return np.array(kept)


def _ranks(values: Any) -> Any:
    """int64 as it is; Python's ints by their order, which is all that counts."""
    return np.unique(values, return_inverse=True)[1] if values.dtype == object else values


def worse(columns: Sequence[Any], of: Sequence[Any]) -> Any:
    """Which rows a front of two columns, sorted by the first, surely beats: a quick look before sorting."""
    (first, second), (ahead, low) = columns, of
    if any(column.dtype == object for column in (*columns, *of)):
        return np.zeros(len(first), dtype=bool)
    # the last of the front that has as little of the first has the least of the second
    place = np.searchsorted(ahead, first, side="right") - 1
    known = np.maximum(place, 0)
    return (place >= 0) & ((low[known] < second) | ((low[known] == second) & (ahead[known] < first)))
