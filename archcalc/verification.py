"""Formulas against the reference pass: shapes, stored scalars, connections and operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc import forward, swift
from archcalc.analysis import Analysis, figures, stated
from archcalc.collector import paused
from archcalc.dims import Shape
from archcalc.lazy import np
from archcalc.shown import Shown
from archcalc.witness import Operations, count, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archcalc.arrays import Array
    from archcalc.graph import Graph, Node
    from archcalc.render.page import Page

MOST = 10_000_000
"""Operations counted one by one, in about ten seconds; of a larger network only shapes are checked."""


class Figures(NamedTuple):
    """What a formula announces, or what a pass finds; None where it was not looked for."""

    shape: Shape | None = None
    scalars: int = 0  # in tensors, trained or stored
    connections: int | None = 0
    operations: Operations | None = Operations()

    def plus(self, other: Figures) -> Figures:
        """Both, one after the other; the shape is the last one's."""
        links, work = self.connections, self.operations
        links = None if links is None or other.connections is None else links + other.connections
        work = None if work is None or other.operations is None else work.plus(other.operations)
        return Figures(other.shape, self.scalars + other.scalars, links, work)


class Row(NamedTuple):
    """A row of the analysis: what was expected and what was found."""

    name: str
    op: str
    expected: Figures
    found: Figures
    same: bool | None = True  # the counted pass gives the numbers of the float pass

    @property
    def wrong(self) -> list[str]:
        """The figures that were looked for and differ, by name."""
        pairs = zip(Figures._fields, self.expected, self.found, strict=True)
        names = [name for name, expected, found in pairs if found is not None and found != expected]
        return [*names, "values"] if self.same is False else names

    @property
    def ok(self) -> bool:
        """Whether everything that was looked for agrees."""
        return not self.wrong


class _Found(NamedTuple):
    name: str
    seed: int
    rows: tuple[Row, ...]
    total: Row
    note: str = ""


class Verification(Shown, _Found):
    """What one pass found, row by row; `note` says what was not looked for."""

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether every row and the total agree."""
        return all(row.ok for row in (*self.rows, self.total))

    def page(self, width: int | None = None) -> Page:
        """What the formulas announce and what was found, row by row."""
        from archcalc.render.confirmation import page

        return page(self, width)

    @property
    def counted(self) -> bool:
        """Whether operations and connections were counted."""
        return not self.note


def verify(
    graph: Graph,
    seed: int = 0,
    progress: Callable[[int, int, str], None] | None = None,
    most: int | None = None,
) -> Verification:
    """Run the network once and hold every formula against what happens.

    `progress(done, total, name)` is called before each layer, and once at the end. A network that is too
    large to be counted is run by the fastest road, in at most so many bytes (4 GiB).

    Raises ForwardError where sizes are letters, or the network is too large to run.
    """
    forward.runnable(graph, held=False)
    analysis = Analysis(graph)
    counted = analysis.total.flops <= MOST
    found = _counted(graph, seed) if counted else _run(graph, seed, swift.MOST if most is None else most)
    parts = {}
    with paused():
        for done, node in enumerate(graph.nodes):
            if progress:
                progress(done, len(graph.nodes), node.name)
            parts[node.name] = next(found)
    if progress:
        progress(len(graph.nodes), len(graph.nodes), "")
    rows = tuple(_fold(row.name, row.op, (parts[n.name] for n in row.nodes)) for row in analysis.rows)
    whole = _fold("total", "", rows)
    return Verification(graph.spec.name, seed, rows, whole, "" if counted else _note(analysis.total.flops))


def _note(flops: int) -> str:
    most = f"operations and connections are counted one by one up to {MOST:,} operations"
    seen = f"this network does {flops:,}, so only shapes and tensors were looked at"
    return f"{most}; {seen}; a smaller one (--input, --set) is counted"


def _fold(name: str, op: str, rows: Iterable[Row]) -> Row:
    """Rows as one."""
    first, *rest = rows
    expected, found, same = first.expected, first.found, [first.same]
    for row in rest:
        expected, found = expected.plus(row.expected), found.plus(row.found)
        same.append(row.same)
    agree = False if False in same else None if None in same else True
    return Row(name, op, expected, found, agree)


def _run(graph: Graph, seed: int, most: int) -> Iterator[Row]:
    """Every layer, run by the fastest road."""
    for node, tensors, y in swift.steps(graph, seed=seed, most=most):
        yield Row(node.name, "", _expected(node), _seen(node, tensors, y), None)


def _counted(graph: Graph, seed: int) -> Iterator[Row]:
    """Every layer: run on floats, then on scalars that count, then on scalars that remember."""
    values = forward.examples(graph, seed)
    known: dict[str, forward.Tensors] = {}
    for node in graph.nodes:
        layer = node.layer.reading(*node.xs)
        inputs = [values[name] for name in node.inputs]
        tensors = known[node.name] = forward.own(node, known, seed)
        result = values[node.name] = forward.step(layer, inputs, tensors)
        found, expected = _seen(node, tensors, result), _expected(node)
        again, operations = count(layer, inputs, tensors)
        if expected.connections is not None:
            wired = trace(layer, inputs, tensors) if layer.units else 0
            found = found._replace(connections=wired)
        same = again.shape == result.shape and bool(np.allclose(again, result, equal_nan=True))
        yield Row(node.name, "", expected, found._replace(operations=operations), same)


def _seen(node: Node, tensors: forward.Tensors, y: Array) -> Figures:
    """The shape that a layer gave, and the scalars that it holds."""
    shape = Shape(y.shape, node.y.axes if y.ndim == len(node.y) else None)
    held = 0 if node.owner else sum(t.size for word, t in tensors.items() if word not in node.ties)
    return Figures(shape, held, None, None)


def _expected(node: Node) -> Figures:
    """What the formulas of a layer announce."""
    row = figures(node, stated(node))
    stored: Any = row.params + row.fixed
    return Figures(node.y, stored, row.connections, Operations.of(row.work))
