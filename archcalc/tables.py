"""Connection tables between maps: their groups, up to rotation, as the 1998 paper describes C3."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.dims import Dim

Table = tuple[tuple[int, ...], ...]


def pattern(reads: tuple[int, ...], inputs: int) -> tuple[int, ...]:
    """The gaps between the input maps that an output map sees, whichever rotation is smallest.

    Two output maps have the same pattern where one's maps are the other's, moved round the ring.

    >>> pattern((4, 5, 0), 6) == pattern((0, 1, 2), 6)
    True
    """
    maps = sorted(reads)
    gaps = [(b - a) % inputs or inputs for a, b in zip(maps, [*maps[1:], maps[0]], strict=True)]
    return min(tuple(gaps[i:] + gaps[:i]) for i in range(len(gaps)))


def runs(table: Table, inputs: Dim) -> list[list[tuple[int, ...]]]:
    """Output maps of one pattern together, in the order met."""
    return _runs(table, inputs if type(inputs) is int else 1 + max(max(reads) for reads in table))


@lru_cache(maxsize=64)
def _runs(table: Table, ring: int) -> list[list[tuple[int, ...]]]:
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for reads in table:
        found.setdefault(pattern(reads, ring), []).append(reads)
    return list(found.values())


def named(reads: tuple[int, ...], inputs: int) -> str:
    """What one would call the pattern: `3 neighbours`, `2 + 2`, `all`."""
    if len(reads) == inputs:
        return "all"
    gaps = pattern(reads, inputs)
    clusters: list[int] = []
    size = 1
    for gap in gaps:
        if gap == 1:
            size += 1
        else:
            clusters.append(size)
            size = 1
    if size > 1 and clusters:
        clusters[0] += size - 1
    if len(clusters) == 1:
        return f"{clusters[0]} neighbours" if clusters[0] > 1 else "1 map"
    return " + ".join(map(str, clusters))
