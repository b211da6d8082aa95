"""Receptive fields: which cells of the input a unit sees, how far apart, and where the centres lie.

Source: Araujo, Norris and Sim 2019, Computing Receptive Fields of Convolutional Neural Networks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.dims import Dim, ceil_div, floor_div

if TYPE_CHECKING:
    from archcalc.graph import Graph, Node


class Reach(NamedTuple):
    """Along one axis of the input: cells that a unit sees, step between neighbours, the first cell seen.

    `places` is how many units there are along the axis; a vector has one, which sees what all
    before it saw. A first cell below 0 lies in padding.
    """

    size: Dim
    step: Dim
    start: Dim
    places: Dim

    @property
    def centres(self) -> tuple[Dim, Dim]:
        """The first and the last cell that a unit's field is centred on, both cells of an even field."""
        last = self.start + (self.places - 1) * self.step
        return self.start + floor_div(self.size - 1, 2), last + ceil_div(self.size - 1, 2)


Field = dict[str, Reach]


def fields(graph: Graph) -> dict[str, Field]:
    """For each node, the reach of its units along each axis of the input but the channels."""
    found: dict[str, Field] = {
        name: {axis: Reach(1, 1, 0, size) for axis, size in shape.named() if axis != "C"}
        for name, shape in graph.inputs.items()
    }
    for node in graph.nodes:
        found[node.name] = _next(node, found[node.inputs[0]] if node.inputs else {})
    return found


def _next(node: Node, field: Field) -> Field:
    """The reach after a layer."""
    field = dict(field)
    window = node.layer.window()
    if window is not None:
        for axis, size, along in zip(node.x.axes[1:], node.x[1:], window, strict=True):
            if axis not in field:
                continue
            before, _ = along.pads(size)
            reach = field[axis]
            field[axis] = Reach(
                reach.size + (along.span - 1) * reach.step,
                reach.step * along.stride,
                reach.start - before * reach.step,
                along.places(size),
            )
    for axis, reach in field.items():
        if axis not in node.y.axes and axis in node.x.axes:
            whole = reach.size + (reach.places - 1) * reach.step
            field[axis] = Reach(whole, reach.step * reach.places, reach.start, 1)
    return field
