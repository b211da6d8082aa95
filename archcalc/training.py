"""Training: multiply-accumulates of the backward pass, and what stays in memory for it.

A gradient with respect to one side of a product takes as many multiply-accumulates as the product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Dim, literally, product, total
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.layer import INSIDE, WEIGHTS
from archcalc.memory import Dtype, bytes_of, dtype_of, storages, weights
from archcalc.shown import sized

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.analysis import Analysis
    from archcalc.graph import Graph, Node

STATES = {
    "none": 0, "sgd": 0, "momentum": 1, "nesterov": 1, "adagrad": 1, "rmsprop": 1, "lion": 1,
    "adadelta": 2, "adam": 2, "adamw": 2, "nadam": 2, "lamb": 2,
}  # fmt: skip
"""Numbers that an optimizer keeps for each trainable scalar."""


class Macs(NamedTuple):
    """Multiply-accumulates of a training step on one example."""

    forward: Any = 0
    inputs: Any = 0  # gradients with respect to what layers read
    weights: Any = 0  # and with respect to what they train

    @property
    def total(self) -> Any:
        """All three."""
        return self.forward + self.inputs + self.weights

    def plus(self, other: Macs) -> Macs:
        """Both."""
        return Macs(*(a + b for a, b in zip(self, other, strict=True)))


def macs(graph: Graph) -> dict[str, Macs]:
    """For each node, its multiply-accumulates forward and backward.

    Nothing is done for a gradient that nobody asks for: with respect to the network's inputs, to
    what only frozen layers made, and to tensors that are not trained.
    """
    asked = learns(graph)
    return {node.name: _of(node, asked) for node in graph.nodes}


def learns(graph: Graph) -> set[str]:
    """The nodes whose output depends on a tensor that is trained."""
    found: set[str] = set()
    for node in graph.nodes:
        if _trains(node) or any(name in found for name in node.inputs):
            found.add(node.name)
    return found


def _trains(node: Node) -> bool:
    return node.trainable and bool(node.layer.weights(*node.xs))


def _of(node: Node, asked: set[str]) -> Macs:
    """A node's own."""
    forward: Dim = 0
    sides: dict[bool, Dim] = {True: 0, False: 0}  # of weights, of anything else
    for count, *both in node.layer.products(*node.xs, y=node.y):
        forward = forward + count
        for side in both:
            if side == WEIGHTS and node.trainable:
                sides[True] = sides[True] + count
            elif (side == INSIDE and node.name in asked) or (side >= 0 and node.inputs[side] in asked):
                sides[False] = sides[False] + count
    found = Macs(forward, sides[False], sides[True])
    return found if literally(node.times, 1) else Macs(*(n * node.times for n in found))


class Training(NamedTuple):
    """What a training step holds in memory, in bytes."""

    weights: Any
    gradients: Any
    optimizer: Any
    kept: Any  # activations that the backward pass reads
    name: str = "adam"
    dtype: str = "float32"
    batch: int = 1

    @property
    def total(self) -> Any:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.kept

    def __str__(self) -> str:
        states = f"{STATES[self.name]} for each trainable scalar, {self.name}"
        lines = (
            ("weights", self.weights, "trainable and fixed"),
            ("gradients", self.gradients, "one for each trainable scalar"),
            ("optimizer", self.optimizer, states),
            ("kept", self.kept, f"activations for the backward pass, batch {self.batch}"),
            ("total", self.total, self.dtype),
        )
        return "\n".join(
            f"{name:<10} {sized(size):>10}   {size:>16,}   {about}" for name, size, about in lines
        )


def training(analysis: Analysis, optimizer: str = "adam", dtype: str = "float32", batch: int = 1) -> Training:
    """What a training step with an optimizer takes, every number in one dtype.

    Raises UsageError for an optimizer, or a dtype, that there is not.
    """
    name = optimizer.lower()
    if name not in STATES:
        why = (f"optimizers: {', '.join(STATES)}",)
        raise UsageError(Problem(f"there is no optimizer {quote(optimizer)}", why, likely(name, STATES)))
    kind = dtype_of(dtype)
    stored = weights(analysis.total, dtype)
    gradients = bytes_of(analysis.total.params, kind)
    keep = kept(analysis.graph, dtype) * batch
    return Training(stored, gradients, STATES[name] * gradients, keep, name, kind.name, batch)


def kept(graph: Graph, dtype: str = "float32", names: Iterable[str] | None = None) -> Any:
    """Bytes that the backward pass reads again, for one example; of some nodes alone where they are named.

    Each tensor is kept once, whoever reads it; what lies before everything that is trained is not kept.
    """
    kind = dtype_of(dtype)
    asked = learns(graph)
    owner = storages(graph, train=True)
    wanted = None if names is None else set(names)
    times = {node.name: node.times for node in graph.nodes}
    seen: set[str] = set()
    parts: list[Any] = []
    for node in graph.nodes:
        if node.name not in asked:
            continue
        mine: list[Any] = []
        for name in _read_again(node, asked):
            root = owner[name]
            if root not in seen:
                seen.add(root)
                size = bytes_of(product(graph.shape(root) or ()), Dtype.of_input(graph, root, kind))
                mine.append(size * times.get(root, 1))
        if node.layer.keeps == "mask":
            mine.append(product(node.y) * node.times)
        inside = node.layer.inside(*node.xs, y=node.y)
        if not literally(inside, 0):
            mine.append(bytes_of(inside, kind) * node.times)
        if wanted is None or node.name in wanted:
            parts += mine
    return total(parts)


def _read_again(node: Node, asked: set[str]) -> tuple[str, ...]:
    """The tensors outside a node that its derivatives are written in."""
    layer = node.layer
    if layer.rearranges or layer.keeps in {"nothing", "mask"}:
        return ()
    if layer.keeps == "output":
        return (node.name,)
    work = layer.work(*node.xs, y=node.y)
    if literally(work.mac, 0):
        # sums, copies and constant shares: the derivative is the same everywhere
        bends = not all(literally(n, 0) for n in (work.mul, work.compare, work.special))
        return node.inputs if bends or _trains(node) else ()
    needed: set[int] = set()
    for _, left, right in layer.products(*node.xs, y=node.y):
        for side, other in ((left, right), (right, left)):
            wanted = (side == WEIGHTS and node.trainable) or (side >= 0 and node.inputs[side] in asked)
            if other >= 0 and (wanted or side == INSIDE):
                needed.add(other)
    return tuple(node.inputs[i] for i in sorted(needed))
