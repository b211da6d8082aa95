"""The same network read otherwise: another figure of it, and what may be counted or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import product, total
from archcalc.gaps.values import AND, Closing, Part, layers
from archcalc.layer import FIXED, WEIGHTS
from archcalc.quantities import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archcalc.analysis import Analysis, Row
    from archcalc.graph import Node

_LONGEST_HEAD = 3  # layers, as those of AlexNet and VGG
_NUMBERS = ("params", "fixed", "connections", "neurons", "macs", "flops")


class Change(NamedTuple):
    """Something counted that is not, or left out that is, and what that adds."""

    what: str
    by: Any
    where: tuple[str, ...] = ()


# -- another figure


def others(row: Row, quantity: str, *, exact: bool) -> Iterator[Closing]:
    """The other figures of a layer, or of the network, and twice or half of one.

    A claim that is rounded is taken for a figure of the same sort alone: others are near it by chance.
    """
    if quantity in ("macs", "flops"):
        yield from _operations(row, quantity)
    for name in _NUMBERS if exact else ():
        value = row[name]
        if name != quantity and isinstance(value, int) and value and {name, quantity} != {"macs", "flops"}:
            yield Closing(TABLE[name].header, value, TABLE[name].about)
    own = row[quantity]
    if exact and isinstance(own, int) and own:
        if quantity != "macs":  # of those it has a name
            yield Closing("twice what is computed", 2 * own)
        if own % 2 == 0:
            yield Closing("half of what is computed", own // 2)


def _operations(row: Row, quantity: str) -> Iterator[Closing]:
    """Multiply-accumulates by another name, or by two."""
    if quantity == "flops":
        yield Closing("MACs", row.macs, "a multiply-accumulate is two FLOPs")
        yield Closing("2 x MACs", 2 * row.macs, "nothing but multiply-accumulates")
    else:
        yield Closing("FLOPs", row.flops, "every operation, two for a multiply-accumulate")
        yield Closing("2 x MACs", 2 * row.macs, "FLOPs of the multiply-accumulates alone")


# -- counted or left out


def changes(net: Analysis, row: Row, quantity: str) -> list[Change]:
    """What can be counted in or left out, each that makes a difference."""
    found = [*_CHANGES[quantity](net, row.nodes)] if quantity in _CHANGES else []
    if row is net.total and quantity in _NUMBERS:
        found += _left_out(net, quantity)
    return [change for change in found if change.by]


def changed(value: Any, chosen: Iterable[Change]) -> Closing:
    """The figure with some changes made."""
    chosen = list(chosen)
    parts = [Part(layers(change.where), change.what, change.by) for change in chosen]
    what = AND.join(change.what for change in chosen)
    return Closing(what, value + sum(change.by for change in chosen), parts=parts)


def _summed(what: str, parts: Iterable[tuple[str, Any]]) -> Change:
    """One change made in several layers."""
    each = [(name, by) for name, by in parts if by]
    return Change(what, sum(by for _, by in each), tuple(dict.fromkeys(name for name, _ in each)))


def _params(net: Analysis, nodes: list[Node]) -> Iterator[Change]:
    own = [node for node in nodes if not node.owner and node.trainable]
    norms = [node for node in nodes if node.layer.family == "norm"]
    yield _summed("running means and variances counted", ((n.row, net.parts[n.name].fixed) for n in norms))
    stored: dict[str, list[tuple[str, Any]]] = {}
    for node in nodes:
        if node not in norms:
            stored.setdefault(node.layer.op, []).append((node.row, net.parts[node.name].fixed))
    yield from (_summed(f"fixed tensors of {op} counted", parts) for op, parts in stored.items())
    yield _summed("biases left out", ((n.row, -sum(_biases(n).values())) for n in own if n.layer.units))
    yield _summed("a bias in each convolution and full connection", ((n.row, missing(n)) for n in own))
    yield _summed("batch norms folded into the convolutions", _folded(net, own))
    yield _summed("shared tensors counted at each use", ((n.row, _shared(n)) for n in nodes))
    yield from _embeddings(net, own)


def _biases(node: Node) -> dict[str, Any]:
    weights = node.layer.weights(*node.xs).items()
    return {name: product(shape) for name, shape in weights if "bias" in name and name not in node.ties}


def missing(node: Node) -> Any:
    """Parameters that a bias would add to a layer that has the choice, and has none."""
    layer = node.layer
    if not layer.units or getattr(layer, "bias", None) is not False:
        return 0
    whole = layer.bound({**layer.__dict__, "bias": True})
    return whole.params(*node.xs) - layer.params(*node.xs)


def _folded(net: Analysis, nodes: list[Node]) -> Iterator[tuple[str, Any]]:
    """A norm that goes into the convolution which it reads leaves a bias there."""
    by_name = net.graph.by_name
    for node in nodes:
        if node.layer.op != "batch_norm" or not node.inputs:
            continue
        before = by_name.get(node.inputs[0])
        if before is not None and before.layer.units:
            yield node.row, missing(before) - net.parts[node.name].params


def _shared(node: Node) -> Any:
    """Scalars of tensors that are another layer's."""
    if not node.trainable:
        return 0
    if node.owner:
        return node.layer.params(*node.xs)
    weights = node.layer.weights(*node.xs)
    return total(product(weights[word]) for word in node.ties if word in weights)


def _embeddings(net: Analysis, nodes: list[Node]) -> Iterator[Change]:
    for op, what in (("embedding", "embeddings"), ("position_embedding", "position embeddings")):
        parts = [(n.row, -net.parts[n.name].params) for n in nodes if n.layer.op == op]
        yield _summed(f"{what} left out", parts)
        if len(parts) > 1:
            yield from (Change(f"{name} left out", by) for name, by in parts)


def _connections(net: Analysis, nodes: list[Node]) -> Iterator[Change]:
    yield _summed("biases left out", ((n.row, -_added(n)) for n in nodes))
    pools = ((n.row, net.parts[n.name].connections or 0) for n in nodes if n.layer.family == "pool")
    yield _summed("links of pooling left out", ((row, -links) for row, links in pools))


def _macs(_: Analysis, nodes: list[Node]) -> Iterator[Change]:
    yield _summed("a bias counted at each output", ((n.row, _added(n)) for n in nodes))
    both = "products of activations with activations left out"
    yield _summed(both, ((n.row, -_among(n)) for n in nodes))


def _added(node: Node) -> Any:
    """Outputs to which a bias is added."""
    return product(node.y) if node.layer.units and _biases(node) else 0


def _among(node: Node) -> Any:
    """Multiply-accumulates neither side of which is stored: attention's two products."""
    products = node.layer.products(*node.xs, y=node.y)
    stored = {WEIGHTS, FIXED}
    return total(each.macs for each in products if not stored & {each.left, each.right})


def _neurons(net: Analysis, nodes: list[Node]) -> Iterator[Change]:
    if nodes is net.total.nodes:
        yield Change("the input counted", product(net.input))


_CHANGES: dict[str, Callable[[Analysis, list[Node]], Iterator[Change]]] = {
    "params": _params,
    "connections": _connections,
    "macs": _macs,
    "neurons": _neurons,
}


def _left_out(net: Analysis, quantity: str) -> Iterator[Change]:
    """The head left out, from the last layer that holds something, and what only further outputs need."""
    holds = [i for i, row in enumerate(net.rows) if row.params or row.fixed]
    for count, start in enumerate(_heads(net, holds), 1):
        rows = net.rows[start:]
        names = ", ".join(net.rows[i].name for i in holds[-count:])
        yield Change(f"{names} left out", -sum(row[quantity] or 0 for row in rows))
    for name in list(net.graph.outputs)[1:]:
        parts = _only_for(net, name)
        by = -sum(net.parts[part][quantity] or 0 for part in parts)
        yield Change(f"the output {name} left out", by)
    if len(net.graph.outputs) > 2:
        parts = {part for name in list(net.graph.outputs)[1:] for part in _only_for(net, name)}
        by = -sum(net.parts[part][quantity] or 0 for part in parts)
        yield Change("all outputs but the first left out", by)


def _heads(net: Analysis, holds: list[int]) -> Iterator[int]:
    """Where a head may begin: at the last layer that holds something, or at a full connection before it."""
    for place, start in enumerate(reversed(holds[1:][-_LONGEST_HEAD:])):
        if place and any(net.parts[n.name].params and n.layer.op != "linear" for n in net.rows[start].nodes):
            return
        yield start


def _only_for(net: Analysis, output: str) -> set[str]:
    """The nodes that an output needs, and the first output does not."""
    first = next(iter(net.graph.outputs))
    return _needed(net, output) - _needed(net, first)


def _needed(net: Analysis, output: str) -> set[str]:
    graph = net.graph
    found: set[str] = set()
    waiting = [graph.outputs[output]]
    while waiting:
        name = waiting.pop()
        if name in graph.by_name and name not in found:
            found.add(name)
            waiting += graph.by_name[name].inputs
    return found
