"""Receptive fields: which cells of the input a unit sees, how far apart, and where the centres lie.

Source: Araujo, Norris and Sim 2019, Computing Receptive Fields of Convolutional Neural Networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Dim, Shape, ceil_div, floor_div, largest, literally
from archcalc.window import Tap, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.graph import Graph, Node


class Reach(NamedTuple):
    """Along one axis of the input: cells that a unit sees, step between neighbours, the first cell seen.

    `places` is how many units there are along the axis; where it is gone there is one, which sees
    what all before it saw. Where `whole`, every unit sees the same cells. A first cell below 0 lies
    in padding. Behind a layer that gives several units for a cell, the step is a fraction.
    """

    size: Any
    step: Any
    start: Any
    places: Any
    whole: bool = False

    @property
    def last(self) -> Any:
        """The first cell that the last unit sees."""
        return self.start if self.whole else self.start + (self.places - 1) * self.step

    @property
    def end(self) -> Any:
        """The last cell that any unit sees."""
        return self.last + self.size - 1

    @property
    def centres(self) -> tuple[Any, Any]:
        """The first and the last cell that a unit's field is centred on, both cells of an even field."""
        return self.start + floor_div(self.size - 1, 2), self.last + ceil_div(self.size - 1, 2)

    def told(self) -> Reach:
        """In whole cells: a cell that is seen in part is not seen."""
        from fractions import Fraction

        if not any(isinstance(part, Fraction) for part in self):
            return self
        return self._replace(size=self.size // 1, start=-(-self.start // 1), step=ratio(self.step, 1))


Field = dict[str, Reach]
"""The reach along each axis of the input; `memory.T` where another input has an axis of that name."""


def fields(graph: Graph) -> dict[str, Field]:
    """For each node, the reach of its units along each axis of the inputs but the channels."""
    found = _of_inputs(graph)
    axes = {name: {key: key.rpartition(".")[2] for key in field} for name, field in found.items()}
    for node in graph.nodes:
        parts = [
            _after(node, i, found[name], axes[name]) for i, name in enumerate(node.inputs) if name in found
        ]
        found[node.name] = _union([field for field, _ in parts])
        # an axis on which branches differ is that of the branch that still moves
        axes[node.name] = {key: axis for _, along in reversed(parts) for key, axis in along.items()}
    return {name: {key: reach.told() for key, reach in field.items()} for name, field in found.items()}


def _of_inputs(graph: Graph) -> dict[str, Field]:
    """Each input's own cells. Inputs that are as long along an axis share it."""
    sizes: dict[str, Dim] = {}
    found: dict[str, Field] = {}
    for name, shape in graph.inputs.items():
        field: Field = {}
        for axis, size in shape.named():
            if axis == "C":
                continue
            key = axis if sizes.setdefault(axis, size) == size else f"{name}.{axis}"
            field[key] = Reach(1, 1, 0, size)
        found[name] = field
    return found


def _after(node: Node, i: int, field: Field, axes: dict[str, str]) -> tuple[Field, dict[str, str]]:
    """The reach of a layer through one of its inputs, and the axes of its output along which it moves."""
    x = node.xs[i]
    after: Field = {}
    along: dict[str, str] = {}
    for key, reach in field.items():
        axis = axes.get(key, "")
        if axis not in x.axes:  # gone before: every unit sees the same
            after[key] = reach
            continue
        tap = node.layer.reach(axis, *node.xs, y=node.y, of=i)
        stays = axis in node.y.axes
        places = node.y[node.y.axes.index(axis)] if stays else 1
        after[key] = _through(reach, tap, places)
        if stays:
            along[key] = axis
    return after, along


def _through(reach: Reach, tap: Tap | None, places: Dim) -> Reach:
    """The reach of units that see some of the units before, by a tap, or all of them."""
    gone = reach.step * reach.places  # from one to the next, if there were more
    if tap is None:
        stretched = literally(reach.places, 1) and not literally(places, 1)  # one unit for many: no step
        step = gone if literally(places, 1) else 0 if stretched else reach.step
        return Reach(reach.end - reach.start + 1, step, reach.start, places, whole=True)
    step = gone if literally(tap.step, 0) else reach.step * tap.step
    if reach.whole:
        return Reach(reach.size, step, reach.start, places, whole=True)
    if literally(tap.step, 0):
        return Reach(reach.size, step, reach.start + tap.first * reach.step, places, whole=True)
    return Reach(
        reach.size + (tap.width - 1) * reach.step,
        reach.step * tap.step,
        reach.start + tap.first * reach.step,
        places,
    )


def _union(parts: list[Field]) -> Field:
    """What is seen through any of several inputs."""
    if len(parts) == 1:
        return parts[0]
    found: Field = {}
    for field in parts:
        for key, reach in field.items():
            found[key] = _both(found[key], reach) if key in found else reach
    return found


def _both(a: Reach, b: Reach) -> Reach:
    """The least reach that holds two: the earlier start, the later end.

    Of unlike steps it has the larger, and that of a branch of one place, as a gate for whole maps is,
    not at all. Where one sees the same everywhere, the other is taken as all that its
    units see together.
    """
    if a == b:
        return a
    whole = a.whole or b.whole
    moving = [reach.step for reach in (a, b) if not literally(reach.places, 1)] or [a.step, b.step]
    step, places = _largest(moving[0], moving[-1]), _largest(a.places, b.places)
    start = -_largest(-a.start, -b.start)
    ends = (a.end, b.end) if whole else (a.start + a.size - 1, b.start + b.size - 1)
    return Reach(_largest(*ends) - start + 1, step, start, places, whole)


def _largest(a: Any, b: Any) -> Any:
    """The larger of two, which may be fractions."""
    return max(a, b) if hasattr(a, "denominator") and hasattr(b, "denominator") else largest(a, b)


def shape(field: Field, part: str = "receptive_field") -> Shape:
    """One figure of a field along each axis: receptive_field, effective_stride or effective_padding."""
    return Shape([PARTS[part](reach) for reach in field.values()], list(field))


PARTS: dict[str, Callable[[Reach], Any]] = {
    "receptive_field": lambda reach: reach.size,
    "effective_stride": lambda reach: reach.step,
    "effective_padding": lambda reach: -reach.start,
}
