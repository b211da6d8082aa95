"""Every figure of a row by its name: those that it holds, and those that its network has to be asked for."""

from __future__ import annotations

from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

from archcalc.dims import largest, total
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.quantities import COUNTED, TABLE

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row
    from archcalc.dims import Shape
    from archcalc.memory import Live
    from archcalc.receptive import Field

USUAL = "float32"
"""The dtype where none is named."""
FIELDS = ("receptive_field", "effective_stride", "effective_padding")


class Measures:
    """The figures of one network in one dtype; what is found for all layers at once is found once."""

    def __init__(self, analysis: Analysis, dtype: str = USUAL) -> None:
        self.analysis = analysis
        self.dtype = dtype

    def of(self, at: str | Row, quantity: str) -> Any:
        """A figure of a layer, a block, or `total`; of the row, where a row is given."""
        row = self.analysis[at] if isinstance(at, str) else at
        if quantity in COUNTED or quantity == "input":
            return row[quantity]
        if quantity in FIELDS:
            return self.field(row, quantity)
        if quantity in _OF_NODES:
            return _OF_NODES[quantity](self, row)
        shape = self.analysis.graph.output if self.is_total(row) else row.output
        return shape if quantity == "output" else _along(shape, quantity, row.name)

    def made_of(self, at: str, quantity: str) -> str:
        """What a figure in bytes consists of."""
        row = self.analysis[at]
        if quantity == "peak":
            return str(self.peak(row))
        if quantity == "weights":
            fixed = f" + {row.fixed:,} fixed" if row.fixed else ""
            return f"{row.params:,} params{fixed}"
        return ""

    def is_total(self, row: Row) -> bool:
        """Whether a row is the whole network."""
        return row is self.analysis.total

    # -- receptive fields

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The reach of every node."""
        from archcalc.receptive import fields

        return fields(self.analysis.graph)

    def field(self, row: Row, quantity: str = "receptive_field") -> Any:
        """A receptive field, effective stride or padding, along each axis of the input."""
        from archcalc.receptive import shape

        graph = self.analysis.graph
        if self.is_total(row):
            node = next(iter(graph.outputs.values()))
        elif row.name in graph.groups:
            node = graph.groups[row.name].node
        else:
            node = row.nodes[-1].name
        return shape(self.fields[node], quantity)

    # -- memory

    @cached_property
    def live(self) -> list[Live]:
        """What is in memory while each node runs."""
        from archcalc.memory import live

        return live(self.analysis.graph, self.dtype)

    def peak(self, row: Row) -> Live:
        """The most that activations take while a row runs, and at which layer."""
        from archcalc.memory import most

        names = {node.name for node in row.nodes}
        return most(self.live if self.is_total(row) else [each for each in self.live if each.node in names])

    def highest(self, row: Row) -> Any:
        """The most bytes that activations take while a row runs."""
        names = {node.name for node in row.nodes}
        totals: list[Any] = [each.total for each in self.live if self.is_total(row) or each.node in names]
        none: Any = 0
        return reduce(largest, totals, none)

    def weights(self, row: Row) -> Any:
        """Bytes of what a row stores."""
        from archcalc.memory import weights

        return weights(row, self.dtype)

    def kept(self, row: Row) -> Any:
        """Bytes that the backward pass reads again."""
        from archcalc.training import kept

        names = None if self.is_total(row) else [node.name for node in row.nodes]
        return kept(self.analysis.graph, self.dtype, names)

    # -- training

    @cached_property
    def macs(self) -> dict[str, Any]:
        """Multiply-accumulates of a training step, by node."""
        from archcalc.training import macs

        return macs(self.analysis.graph)

    def training_macs(self, row: Row) -> Any:
        """Multiply-accumulates of a training step on one example."""
        return total(self.macs[node.name].total for node in row.nodes)

    def training(self, row: Row) -> Any:
        """Bytes of a training step with Adam, of one example."""
        from archcalc.memory import bytes_of, dtype_of

        states = 3 * bytes_of(row.params, dtype_of(self.dtype))  # the gradient and two moments
        return self.weights(row) + states + self.kept(row)

    def layers(self, row: Row) -> int:
        """Rows that compute or keep something, as the 1998 paper counts seven."""
        return len(self.analysis.rows) if self.is_total(row) else len({node.row for node in row.nodes})


def _along(shape: Shape, axis: str, name: str) -> Any:
    """The size of an axis of what a row gives, such as the H of `C5.H`."""
    if axis in shape.axes:
        return shape[shape.axes.index(axis)]
    what = f"there is no figure {quote(axis)}, and {name} gives {shape!r}, which has no such axis"
    why = (f"its axes are {', '.join(shape.axes)}", f"figures: {', '.join(TABLE)}")
    raise UsageError(Problem(what, why, likely(axis, [*shape.axes, *TABLE])))


_OF_NODES = {
    "weights": Measures.weights,
    "peak": Measures.highest,
    "kept": Measures.kept,
    "training": Measures.training,
    "training_macs": Measures.training_macs,
    "layers": Measures.layers,
}
