"""Another framework as a witness: the same tensors through it and the reference pass, layer by layer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from archcalc import forward
from archcalc.analysis import Analysis
from archcalc.errors import UsageError, likely, quote
from archcalc.lazy import np
from archcalc.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.arrays import Array
    from archcalc.dims import Shape
    from archcalc.forward import Tensors
    from archcalc.graph import Graph, Node
    from archcalc.render.page import Page

WITNESSES = {
    "torch": "archcalc.export.torch.witness",
    "keras": "archcalc.export.keras.witness",
    "onnx": "archcalc.export.onnx",
}
"""Names of witnesses, and the modules that have them: `witness(graph)` gives one."""


class Witness(Protocol):
    """A network in another framework."""

    name: str  # the framework
    tolerance: float  # how far apart numbers may be, as a part of the largest that a layer reads or gives

    @property
    def parameters(self) -> int:
        """Trained scalars, as the framework itself counts them; a shared one once."""

    def run(self, inputs: Mapping[str, Array], tensors: Mapping[str, Tensors]) -> dict[str, Array]:
        """What nodes give for one example, by their names; those that it has no value for left out."""


class Row(NamedTuple):
    """A row of the analysis: how far apart the two are, as a part of the largest number there."""

    name: str
    shape: Shape
    found: tuple[int, ...] | None  # None where the witness has no such layer
    apart: float
    ok: bool


class _Heard(NamedTuple):
    name: str
    witness: str
    seed: int
    tolerance: float
    rows: tuple[Row, ...]
    params: int  # trained scalars by our formulas
    counted: int  # and by the framework


class Testimony(Shown, _Heard):
    """What a witness says, row by row, beside the reference pass."""

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether every layer that the witness has agrees, and the parameters too."""
        return self.params == self.counted and all(row.ok for row in self.rows)

    @property
    def apart(self) -> float:
        """The largest difference of all layers."""
        return max((row.apart for row in self.rows), default=0.0)

    @property
    def unheard(self) -> list[str]:
        """Rows for which the framework has no value of its own."""
        return [row.name for row in self.rows if row.found is None]

    def page(self, width: int | None = None) -> Page:
        """The rows, the parameters, and a sentence that says whether all agree."""
        from archcalc.render.testimony import page

        return page(self, width)


def named(name: str, graph: Graph) -> Witness:
    """The witness of a name, for a network.

    Raises UsageError for one that there is not, ConvertError where its package is not installed.
    """
    if name not in WITNESSES:
        what = f"there is no witness {quote(name)}: {', '.join(WITNESSES)}"
        raise UsageError(what if not (fix := likely(name, WITNESSES)) else f"{what}; did you mean {fix}?")
    found: Witness = import_module(WITNESSES[name]).witness(graph)
    return found


def hear(graph: Graph, witness: Witness, seed: int = 0) -> Testimony:
    """Run a network in NumPy and in another framework on the same seeded tensors, and compare.

    Raises ForwardError where sizes are letters, or the network is too large to run.
    """
    inputs, tensors = forward.examples(graph, seed), forward.tensors(graph, seed)
    values = dict(inputs)
    for node in graph.nodes:
        read = [values[name] for name in node.inputs]
        values[node.name] = forward.step(node.layer.reading(*node.xs), read, tensors[node.name])
    heard = witness.run(inputs, tensors)
    analysis = Analysis(graph)
    ends = set(graph.outputs.values())
    rows = tuple(_row(row.name, row.nodes, values, heard, witness.tolerance, ends) for row in analysis.rows)
    params = analysis.total.params
    return Testimony(graph.spec.name, witness.name, seed, witness.tolerance, rows, params, witness.parameters)


def _row(
    name: str,
    nodes: Any,
    values: Mapping[str, Array],
    heard: Mapping[str, Array],
    tolerance: float,
    ends: set[str],
) -> Row:
    """The nodes of a row as one: the largest of their differences."""
    known = [node for node in nodes if node.name in heard]
    missed = any(node.name in ends and node.name not in heard for node in nodes)
    shape = nodes[-1].y
    if not known:
        return Row(name, shape, None, 0.0, not missed)
    apart = max(_apart(node, values, heard[node.name]) for node in known)
    odd = [node for node in known if heard[node.name].shape != tuple(node.y)]
    return Row(name, shape, heard[[*known, *odd][-1].name].shape, apart, not missed and apart <= tolerance)


def _apart(node: Node, values: Mapping[str, Array], theirs: Array) -> float:
    """The largest difference at a node, as a part of the largest number that it reads or gives."""
    ours = values[node.name]
    if theirs.shape != ours.shape:
        return float("inf")
    finite = np.isfinite(ours)
    if not np.array_equal(finite, np.isfinite(theirs)) or not np.array_equal(
        ours[~finite], theirs[~finite], equal_nan=True
    ):
        return float("inf")
    largest = max((_largest(values[name]) for name in node.inputs), default=0.0)
    scale = max(largest, _largest(ours)) or 1.0
    return _largest(ours[finite] - theirs[finite]) / scale


def _largest(values: Array) -> float:
    """The largest finite absolute value; 0 where there is none."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0
