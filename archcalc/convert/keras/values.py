"""What flows in a Keras model: the layer that makes it, and its axes in the order that Keras has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.convert.keras.fields import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.convert.draft import Source

MAPS = {1: ("T",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""The axes along which windows of so many sides slide."""
_LAST = {0: (), 1: ("C",), 2: ("T", "C"), 3: ("H", "W", "C"), 4: ("D", "H", "W", "C")}
_MOST_AXES = 12


class Flow(NamedTuple):
    """A tensor without its batch. The layer that makes it may have the axes in another order."""

    source: Source
    axes: tuple[str, ...]

    @property
    def dims(self) -> list[int]:
        """Its sizes in the order that Keras has."""
        sizes = dict(self.source.y.named())
        return [sizes[axis] for axis in self.axes]  # type: ignore[misc]  # a draft has numbers

    @property
    def sizes(self) -> dict[str, int]:
        """Its sizes by the names of its axes."""
        return dict(zip(self.axes, self.dims, strict=True))

    def place(self, axis: int) -> int:
        """An axis as Keras counts it, the batch being 0, as a place among the others."""
        found = axis + len(self.axes) if axis < 0 else axis - 1
        if not 0 <= found < len(self.axes):
            raise Broken(f"its axis is {axis}, and what it reads has {len(self.axes)} and the batch")
        return found

    def axis(self, axis: int) -> str:
        """The name of an axis as Keras counts it."""
        return self.axes[self.place(axis)]


def windowed(rank: int, *, first: bool) -> tuple[str, ...]:
    """The axes of maps in so many dimensions, the channels first or last."""
    return ("C", *MAPS[rank]) if first else (*MAPS[rank], "C")


def usual(rank: int, *, first: bool) -> tuple[str, ...]:
    """The axes of a tensor about which nothing else is known."""
    if rank > _MOST_AXES:
        raise Broken(f"it has a tensor of {rank} axes")
    if rank not in _LAST:
        return (*(f"A{i}" for i in range(1, rank)), "C")
    return ("C", *_LAST[rank][:-1]) if first and rank > 2 else _LAST[rank]


def renamed(names: Iterable[str], old: str, new: str) -> tuple[str, ...]:
    """Names in which one is another; if that was there, the two change places."""
    return tuple({old: new, new: old}.get(name, name) for name in names)
