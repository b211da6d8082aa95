"""A network counted by a convention: the same rows, with other figures, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc import familiar
from archcalc.analysis import Analysis, Row, stated, stored
from archcalc.conventions.variables import Values
from archcalc.dims import literally
from archcalc.errors import Problem, SpecError, quote
from archcalc.expressions import ExpressionError, evaluate
from archcalc.quantities import CONVENTIONAL
from archcalc.shown import Shown

if TYPE_CHECKING:
    from archcalc.conventions.values import Convention, Rule
    from archcalc.dims import Dim
    from archcalc.graph import Graph, Node
    from archcalc.render.page import Page


class Tally(NamedTuple):
    """MACs and FLOPs as a convention counts them, in the place of a row's work; None where it does not."""

    mac: Dim | None
    flops: Dim | None

    def plus(self, other: Tally) -> Tally:
        """Both, one after the other."""
        return Tally(_both(self.mac, other.mac), _both(self.flops, other.flops))

    @property
    def beside(self) -> Dim:
        """FLOPs that are not two for each MAC; 0 where either is not counted."""
        return 0 if self.mac is None or self.flops is None else self.flops - 2 * self.mac


def _both(a: Dim | None, b: Dim | None) -> Dim | None:
    return None if a is None or b is None else a + b


def plainly(row: Row, quantity: str) -> Dim:
    """What every convention is told by: parameters, MACs, and two FLOPs for each."""
    return 2 * row.macs if quantity == "flops" else row[quantity]  # type: ignore[no-any-return]


class Count(Shown, Analysis):
    """A network as a convention counts it: an Analysis whose params, macs and flops are the convention's.

    A figure that it does not count is None. As text, its report.
    """

    convention: Convention

    def __init__(self, analysis: Analysis, convention: Convention) -> None:
        self.convention = convention
        self._reference = analysis
        # ops that hold something and that no rule names, by quantity
        self.left_out: dict[str, list[str]] = {quantity: [] for quantity in convention.given}
        self._kept: dict[Any, dict[str, Dim | None]] = {}
        folds = _folded(analysis.graph)
        parts = {
            node.name: self._row(node, analysis.parts[node.name], folds=node.name in folds)
            for node in analysis.graph.nodes
        }
        super().__init__(analysis.graph, parts)

    @property
    def params(self) -> Any:
        """Parameters of the whole network."""
        return self.total.params

    @property
    def macs(self) -> Any:
        """Multiply-accumulates of the whole network."""
        return self.total.macs

    @property
    def flops(self) -> Any:
        """Floating-point operations of the whole network."""
        return self.total.flops

    @property
    def reference(self) -> Analysis:
        """The same network by the reference rule."""
        return self._reference

    def beside(self, quantity: str) -> dict[str, Dim]:
        """What it counts beside the parameters, the MACs, or two FLOPs for each, of the reference rule.

        By op, in the order met; less than 0 where it misses some.
        """
        found: dict[str, Dim] = {}
        for node in self.graph.nodes:
            if self.parts[node.name].unknown:
                continue
            more = self.parts[node.name][quantity] - plainly(self.reference.parts[node.name], quantity)
            if not literally(more, 0):
                op = node.layer.op
                found[op] = found.get(op, 0) + more
        return {op: more for op, more in found.items() if not _is_nothing(more)}

    def page(self, width: int | None = None) -> Page:
        """The report."""
        from archcalc.render.report import report

        return report([self], width=width)  # type: ignore[no-any-return]

    def _row(self, node: Node, row: Row, *, folds: bool) -> Row:
        """A node's figures."""
        times, held = node.times, node.held
        once = literally(times, 1)
        own = (row.params, row.fixed) if once else stored(node, stated(node))
        each = self._figures(node, *own, folds=folds)
        params, macs, flops = (each[quantity] for quantity in CONVENTIONAL)
        if not once:
            params = None if params is None else params * held
            macs, flops = (None if n is None else n * times for n in (macs, flops))
        return Row(
            row.name,
            row.nodes,
            params,
            row.fixed,
            row.connections,
            row.neurons,
            Tally(macs, flops),
            unknown=row.unknown,
        )

    def _figures(self, node: Node, params: Dim, fixed: Dim, *, folds: bool) -> dict[str, Dim | None]:
        """What the rules say of a node, once for all that are alike."""
        key = (familiar.alike(node.layer, node.xs), folds, params, fixed)
        known = self._kept.get(key)
        if known is None:
            values = Values(node, params, fixed, folds=folds)
            known = self._kept[key] = {q: self._figure(q, node, values) for q in CONVENTIONAL}
        return known

    def _figure(self, quantity: str, node: Node, values: Values) -> Dim | None:
        """One figure of a node; an op that no rule names counts 0, and is remembered."""
        if not self.convention.counts(quantity):
            return None
        rule = self.convention.rule(quantity, node.layer)
        if rule is not None:
            return applied(rule, values, quantity)
        missed = values["params"] if quantity == "params" else values["flops"]
        if not literally(missed, 0) and node.layer.op not in self.left_out[quantity]:
            self.left_out[quantity].append(node.layer.op)
        return 0


def applied(rule: Rule, values: Values, quantity: str) -> Dim:
    """What a rule comes to for a layer.

    Raises SpecError at the rule where that is no count.
    """
    try:
        found = evaluate(rule.text, values)
    except ExpressionError as error:
        raise SpecError(_about(rule, values, f"{quantity}: {error}")) from None
    whole = isinstance(found, int) and not isinstance(found, bool) and found >= 0
    if not whole and (isinstance(found, int) or type(found).__name__ == "Fraction"):
        what = f"{quantity}: {quote(rule.text)} comes to {found}, which is no count"
        raise SpecError(_about(rule, values, what))
    return found  # type: ignore[no-any-return]


def _about(rule: Rule, values: Values, what: str) -> Problem:
    node = values.node
    return Problem(what, (f"of {node.name}, {node.layer.label()} on {node.x!r}",), place=rule.node.place)


def _is_nothing(more: Dim) -> bool:
    """Whether a difference is 0, at all sizes where it is a formula."""
    if isinstance(more, int):
        return more == 0
    from archcalc.symbolic import text

    return text(more) == "0"


def _folded(graph: Graph) -> set[str]:
    """Batch norms right behind a convolution that nothing else reads, and those convolutions."""
    readers: dict[str, int] = dict.fromkeys(graph.outputs.values(), 1)
    for node in graph.nodes:
        for name in node.inputs:
            readers[name] = readers.get(name, 0) + 1
    found = set()
    for node in graph.nodes:
        before = graph.by_name.get(node.inputs[0]) if node.inputs else None
        if (
            node.layer.op == "batch_norm"
            and before
            and before.layer.family == "conv"
            and readers[before.name] == 1
        ):
            found |= {node.name, before.name}
    return found
