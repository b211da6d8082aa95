"""What one unit sees, from its own layer back to the input: at each layer a range of cells along each axis.

Ranges are those of cells that there are; what falls on padding is left out where it falls.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archcalc.errors import Problem, UsageError, quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.dims import Shape
    from archcalc.graph import Graph, Node


class Span(NamedTuple):
    """Cells along an axis, the first and the last."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many there are."""
        return self.last - self.first + 1

    def joined(self, other: Span) -> Span:
        """The least range that holds two."""
        return Span(min(self.first, other.first), max(self.last, other.last))


Sight: TypeAlias = dict[str, Span]
"""The range along each axis but the channels."""


def axes(shape: Shape) -> list[str]:
    """The axes along which units lie apart."""
    return [axis for axis in shape.axes if axis != "C"]


def sizes(shape: Shape) -> list[int]:
    """How many units there are along each of these."""
    return [size for axis, size in zip(shape.axes, shape, strict=True) if axis != "C"]


def sights(graph: Graph, name: str, unit: Sequence[int]) -> dict[str, Sight]:
    """What a unit of a node sees of each node and input behind it, through any way; the node's own unit."""
    target = graph.by_name[name]
    own = zip(axes(target.y), unit, strict=True)
    found: dict[str, Sight] = {name: {axis: Span(cell, cell) for axis, cell in own}}
    for node in reversed(graph.nodes[: graph.nodes.index(target) + 1]):
        if node.name not in found:
            continue
        for i, source in enumerate(node.inputs):
            seen = _behind(node, i, found[node.name])
            if seen is not None:
                found[source] = _joined(found.get(source), seen)
    return found


def _joined(one: Sight | None, other: Sight) -> Sight:
    return other if one is None else {axis: span.joined(other[axis]) for axis, span in one.items()}


def _behind(node: Node, i: int, seen: Mapping[str, Span]) -> Sight | None:
    """What is seen of one input of a layer where some of its units are; None where that is padding alone."""
    x = node.xs[i]
    found = {}
    for axis, size in zip(axes(x), sizes(x), strict=True):
        tap = node.layer.reach(axis, *node.xs, y=node.y, of=i)
        if tap is None or axis not in seen:
            found[axis] = Span(0, size - 1)
            continue
        first, last = (end * tap.step + tap.first for end in seen[axis])
        found[axis] = Span(max(ceil(first), 0), min(floor(last + tap.width - 1), size - 1))
        if found[axis].size < 1:
            return None
    return found


def unit_of(shape: Shape, layer: str, given: Sequence[int] | None) -> tuple[int, ...]:
    """The unit asked for, or the one in the middle.

    Raises UsageError for one that there is not.
    """
    own = sizes(shape)
    if given is None:
        return tuple(size // 2 for size in own)
    if not own:
        raise UsageError(
            Problem(
                f"{quote(layer)} gives a vector, each unit of which sees the same", fix="leave --unit out"
            )
        )
    there = "x".join(map(str, own))
    inside = [min(cell, size - 1) for cell, size in zip(given, own, strict=False)]
    if len(given) != len(own) or list(given) != inside or min(given, default=0) < 0:
        what = f"{quote(layer)} has {there} units, counted from 0, and none at {','.join(map(str, given))}"
        mended = [max(cell, 0) for cell in inside] + [size // 2 for size in own[len(inside) :]]
        raise UsageError(Problem(what, fix=f"--unit {','.join(map(str, mended))}"))
    return tuple(given)
