"""The forward pass at real size: 32-bit floats, a layer's tensors at a time, in memory that is known before.

The textbook's form of a layer is its `forward`; what runs here is its `swift`, the same numbers by the
fastest road that NumPy has. Laws hold one against the other.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc import forward
from archcalc.errors import ForwardError, Problem
from archcalc.lazy import np
from archcalc.memory import last_read
from archcalc.shown import sized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.arrays import Array
    from archcalc.graph import Graph, Node

MOST = 4 << 30
"""Bytes that a pass may take where nobody says otherwise."""
_DRAWN = 8  # bytes of a number as chance gives it


class Need(NamedTuple):
    """The most that a pass takes at once, in bytes, and the layer at which it does."""

    bytes: int
    node: str


class Step(NamedTuple):
    """A layer that has been run: what it used, and what it gives."""

    node: Node
    tensors: forward.Tensors
    y: Array


def need(graph: Graph, *, given: bool = False, size: int = 4) -> Need:
    """The memory that a pass over a graph takes at the most, known before it starts.

    Activations live until they have been read for the last time, tensors until the last layer that uses
    them has run; those that are `given` are there already. `size` is the bytes of a number.
    """
    last, users = last_read(graph), _last_used(graph)
    alive = {name: prod(shape) for name, shape in graph.inputs.items()}
    held: dict[str, int] = {}
    most = Need(0, "")
    for i, node in enumerate(graph.nodes):
        own = 0 if node.owner or given else sum(map(prod, forward.shapes(node.layer, node.xs).values()))
        working: Any = node.layer.scratch(*node.xs, y=node.y)
        alive[node.name] = prod(node.y)
        at_once = sum(alive.values()) + sum(held.values()) + own + working
        found = size * at_once + _DRAWN * own
        if found > most.bytes:
            most = Need(found, node.name)
        if own and users.get(node.name, i) > i:
            held[node.name] = own
        held = {name: count for name, count in held.items() if users[name] > i}
        alive = {name: count for name, count in alive.items() if last.get(name, -1) > i}
    return most


def steps(
    graph: Graph,
    x: Any = None,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    *,
    dtype: str = "float32",
    most: int = MOST,
) -> Iterator[Step]:
    """Each layer as it is run; what nothing reads any more is let go.

    `given` has the tensors of every layer, by layer and name; without it they are drawn, and let go too.

    Raises ForwardError where a pass would take more than `most` bytes, for what does not fit, for letters.
    """
    forward.runnable(graph, held=False)
    found = need(graph, given=given is not None, size=np.dtype(dtype).itemsize)
    if found.bytes > most:
        what = f"a forward pass takes {sized(found.bytes)} at {found.node}, and may take {sized(most)}"
        fix = f"--max-memory {-(-found.bytes // 2**30)}GiB, or a smaller input"
        raise ForwardError(Problem(what, fix=fix))
    last, users = last_read(graph), _last_used(graph)
    values = {name: _as(array, dtype) for name, array in forward.inputs(graph, x, seed).items()}
    known: dict[str, forward.Tensors] = {}
    for i, node in enumerate(graph.nodes):
        if given is not None:
            used = dict(given[node.owner or node.name])
        else:
            drawn = forward.own(node, known, seed)
            used = {word: _as(array, dtype) for word, array in drawn.items()}
            del drawn
            known[node.name] = used
        xs = [values[name] for name in node.inputs]
        made = forward.step(node.layer.reading(*node.xs), xs, used, swift=True)
        y = values[node.name] = _as(made, dtype)
        yield Step(node, used, y)
        del xs, made, y, used
        for name in [name for name in known if users.get(name, -1) <= i]:
            del known[name]
        for name in [name for name in values if last.get(name, -1) <= i]:
            del values[name]


def infer(graph: Graph, x: Any = None, given: Any = None, seed: int = 0, **asked: Any) -> dict[str, Array]:
    """What the network gives, by the names of its outputs."""
    wanted = {node: name for name, node in graph.outputs.items()}
    made = ((node.name, y) for node, _, y in steps(graph, x, given, seed, **asked))
    return {wanted[node]: y for node, y in made if node in wanted}


def _as(array: Array, dtype: str) -> Array:
    """Numbers in a type; indices stay."""
    return array.astype(dtype, copy=False) if array.dtype.kind == "f" else array


def _last_used(graph: Graph) -> dict[str, int]:
    """The place of the last layer that uses the tensors of another."""
    return {
        name: i
        for i, node in enumerate(graph.nodes)
        for name in (node.owner, *(tie.node for tie in node.ties.values()))
        if name
    }
