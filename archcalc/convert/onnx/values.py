"""What flows along the wires of an ONNX graph: tensors that a layer makes, and constants."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.convert.draft import Source


class Flow(NamedTuple):
    """A tensor that a layer or an input makes: who makes it, its size along each dimension, and its axes.

    An axis without a name is not in the shape of the layer: the batch, or a dimension of size 1.
    """

    source: Source
    dims: tuple[int, ...]
    axes: tuple[str | None, ...]
    reckoned: bool = False  # indices that were computed from those of an input

    @property
    def named(self) -> tuple[str, ...]:
        """The axes that the layer has."""
        return tuple(axis for axis in self.axes if axis is not None)

    def place(self, axis: int) -> int:
        """A dimension counted from 0, however it is given."""
        return axis + len(self.dims) if axis < 0 else axis


class Const(NamedTuple):
    """A tensor that no example changes: its shape and numbers as far as known, and whose weights it is.

    `weight` names the stored tensor that it is a form of; `rows` is the length of a table that it is
    looked up in.
    """

    dims: tuple[int, ...] | None
    data: tuple[Any, ...] | None = None
    floats: bool = False
    weight: str = ""
    rows: int = 0
    turned: bool = False  # whether it is that tensor turned over

    @property
    def scalar(self) -> Any:
        """The one number that it holds everywhere; None where there is no such."""
        if self.data and all(number == self.data[0] for number in self.data):
            return self.data[0]
        return None

    @property
    def size(self) -> int:
        """How many numbers it has; 0 where that is not known."""
        return prod(self.dims) if self.dims is not None else 0

    @property
    def ints(self) -> list[int] | None:
        """Its numbers, where they are whole and known."""
        if self.data is None or not all(isinstance(number, int) for number in self.data):
            return None
        return [int(number) for number in self.data]


Value = Flow | Const


def names_for(before: Iterable[tuple[str, int]], after: list[int]) -> list[str]:
    """Names for axes that are counted anew: those that stay keep theirs, the rest have others."""
    old = list(before)
    names: list[str] = []
    i = j = 0
    while j < len(after) or i < len(old):
        left: list[tuple[str, int]] = []
        right: list[int] = []
        a = b = 1
        while True:
            if a == b and left and right:
                break
            if (a <= b and i < len(old)) or j >= len(after):
                if i >= len(old):
                    break
                a *= old[i][1]
                left.append(old[i])
                i += 1
            else:
                b *= after[j]
                right.append(after[j])
                j += 1
        names += _group([name for name, _ in left], len(right))
    return unlike(names)


def _group(old: list[str], count: int) -> list[str]:
    """Names for axes that some others become."""
    if count == 1 and len(old) == 1:
        return old
    if count == 1:
        return ["C" if "C" in old else "T"] if old else ["A"]
    if old == ["C"]:
        return [*(["heads"] if count == 2 else [f"G{i}" for i in range(1, count)]), "C"]
    if old == ["T"] and count == 2:
        return ["H", "W"]
    if len(old) == count:
        return old
    return [*(f"A{i}" for i in range(1, count)), old[-1] if old else "A"]


def unlike(names: Iterable[str]) -> list[str]:
    """The names, each once: a second one gets a number."""
    found: list[str] = []
    for plain in names:
        name, number = plain, 1
        while name in found:
            number += 1
            name = f"{plain}{number}"
        found.append(name)
    return found
