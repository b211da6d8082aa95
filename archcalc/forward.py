"""The reference pass: seeded tensors, and what every layer gives for one example, in float64."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

from archcalc.errors import ForwardError, Problem, quote
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.arrays import Array
    from archcalc.dims import Shape
    from archcalc.graph import Graph, Node
    from archcalc.layer import Layer

    Tensors: TypeAlias = dict[str, Array]
    Activations: TypeAlias = dict[str, Array]
    """What each layer gives, by its name; `C1.before` is what the activation of C1 was given."""

_MOST = 10**9  # numbers held at once, 8 GB


def shapes(layer: Layer, xs: Sequence[Shape]) -> dict[str, Shape]:
    """The shape of every tensor that the layer's forward takes, trained or stored."""
    return {**layer.weights(*xs), **layer.buffers(*xs)}


def seeded(layer: Layer, xs: Sequence[Shape], name: str = "", seed: int = 0) -> Tensors:
    """Tensors for a layer called `name`: its own where its kind fixes them, others by chance.

    Chance depends on the seed and the two names alone, so a layer keeps its tensors when others change.
    """
    found = {}
    for tensor, shape in shapes(layer, xs).items():
        rng = _chance(seed, f"{name}/{tensor}")
        values = layer.values(tensor, tuple(shape), rng)
        found[tensor] = _uniform(shape, rng) if values is None else values
    return found


def tensors(graph: Graph, seed: int = 0) -> dict[str, Tensors]:
    """Every layer's tensors, by the layer's name; a shared or tied one stands under each that uses it.

    Raises ForwardError where sizes are letters, or there is more to hold than fits.
    """
    runnable(graph)
    found: dict[str, Tensors] = {}
    for node in graph.nodes:
        found[node.name] = own(node, found, seed)
    return found


def own(
    node: Node, known: Mapping[str, Tensors], seed: int = 0, given: Mapping[str, Any] | None = None
) -> Tensors:
    """A node's tensors, given or by chance; those of other nodes are taken from `known`.

    Raises ForwardError where those given do not fit.
    """
    if node.owner:
        if given is not None:
            raise ForwardError(
                Problem(f"its tensors are those of {node.owner}; give them there", layer=node.name)
            )
        return known[node.owner]
    tied = {}
    for word, tie in node.ties.items():
        theirs = known[tie.node][tie.tensor]
        tied[word] = theirs.T if tie.transposed else theirs
    if given is None:
        return seeded(node.layer, node.xs, node.name, seed) | tied
    for word, tie in node.ties.items():
        if word in given:
            what = f"{word} is tied to {tie.node}.{tie.tensor}; give it there"
            raise ForwardError(Problem(what, layer=node.name))
    return accept(node.layer, node.xs, {**given, **tied}, node.name)


def examples(graph: Graph, seed: int = 0) -> dict[str, Array]:
    """Inputs by chance: numbers normally distributed, or indices that every reader can look up."""
    runnable(graph)
    found: dict[str, Array] = {}
    for name, shape in graph.inputs.items():
        rng = _chance(seed, name)
        if name in graph.indices:
            found[name] = rng.integers(0, vocabulary(graph, name) or 2, tuple(shape))
        else:
            found[name] = rng.standard_normal(tuple(shape))
    return found


def vocabulary(graph: Graph, name: str) -> Any:
    """How many indices every reader of an input can look up; None where nothing looks them up."""
    views = {name}
    most: list[Any] = []
    for node in graph.nodes:
        if node.inputs[:1] and node.inputs[0] in views:
            most.append(node.layer.vocabulary())
            if node.layer.rearranges:
                views.add(node.name)
    return min((m for m in most if m is not None), default=None)


def run(
    graph: Graph,
    x: Any = None,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
) -> Activations:
    """What every layer gives for `x`, or for an input by chance; of several inputs `x` is a map by name.

    `given` has tensors by layer and name; a layer that it leaves out has seeded ones.

    Raises ForwardError for tensors, or an input, that do not fit; for letters; for a net too large.
    """
    runnable(graph)
    values = inputs(graph, x, seed)
    given = given or {}
    _known(given, [node.name for node in graph.nodes], "there is no layer")
    known: dict[str, Tensors] = {}
    for node in graph.nodes:
        used = known[node.name] = own(node, known, seed, given.get(node.name))
        values[node.name] = step(node.layer.reading(*node.xs), [values[name] for name in node.inputs], used)
    return _by_layer(graph, values)


def inputs(graph: Graph, x: Any, seed: int = 0) -> Activations:
    """The inputs that are given, as arrays; by chance where none is."""
    if x is None:
        return examples(graph, seed)
    given = x if isinstance(x, dict) else dict.fromkeys(graph.inputs, x)
    _known(given, list(graph.inputs), "there is no input")
    if not isinstance(x, dict) and len(graph.inputs) > 1:
        names = ", ".join(graph.inputs)
        raise ForwardError(f"the network has several inputs, {names}: give a map of arrays by name")
    missing = [name for name in graph.inputs if name not in given]
    if missing:
        raise ForwardError(f"the input {missing[0]} is not given")
    found: Activations = {}
    for name, shape in graph.inputs.items():
        word = "the input" if name == "input" else f"the input {name}"
        array = _array(given[name], shape, word)
        found[name] = _indices(array, vocabulary(graph, name), word) if name in graph.indices else array
    return found


def _indices(array: Array, most: int | None, word: str) -> Array:
    """Numbers as indices: whole, from 0, and below what can be looked up."""
    found: Array = array.astype(int)
    wrong = (found != array) | (found < 0) | (found >= (most or found.max() + 1))
    if wrong.any():
        below = f" to {most - 1}" if most else ""
        raise ForwardError(
            f"{word} holds {array[wrong].flat[0]:g}, and an index is a whole number from 0{below}"
        )
    return found


def _by_layer(graph: Graph, values: Activations) -> Activations:
    """Values by layer: after its activation, and as `C1.before` what the activation was given."""
    found: Activations = {}
    for node in graph.nodes:
        layer = graph.layer_of(node.name)
        if layer != node.name:
            found[f"{layer}.before"] = found[layer]
        found[layer] = values[node.name]
    return found


def step(layer: Layer, inputs: Sequence[Array], used: Mapping[str, Array], *, swift: bool = False) -> Array:
    """What one layer gives, in the textbook's form or by the fastest road."""
    # an exponential too large for a float is inf, and says so in the result
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return (layer.swift if swift else layer.forward)(*inputs, **used)


def accept(layer: Layer, xs: Sequence[Shape], given: Mapping[str, Any], name: str = "") -> Tensors:
    """Given tensors as arrays, exactly those that the layer takes.

    Raises ForwardError for one too many, one missing, or another shape.
    """
    wanted = shapes(layer, xs)
    _known(given, wanted, f"{layer.op} takes no tensor", name)
    missing = [tensor for tensor in wanted if tensor not in given]
    if missing:
        why = f"{layer.op} takes {', '.join(f'{word} {list(shape)}' for word, shape in wanted.items())}"
        what = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not given"
        raise ForwardError(Problem(what, (why,), layer=name))
    return {word: _array(given[word], shape, word, name) for word, shape in wanted.items()}


def _array(given: Any, shape: Shape, word: str, layer: str = "") -> Array:
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise ForwardError(Problem(f"{word} is no array of numbers", layer=layer)) from None
    if array.shape != tuple(shape):
        what = f"{word} has the shape {list(array.shape)}, not {list(shape)}"
        raise ForwardError(Problem(what, (f"its axes are {', '.join(shape.axes)}",), layer=layer))
    return array


def _known(given: Iterable[str], names: Iterable[str], sentence: str, layer: str = "") -> None:
    names = list(names)
    for name in given:
        if name not in names:
            why = f"there {'is' if len(names) == 1 else 'are'} {', '.join(names) or 'none'}"
            raise ForwardError(Problem(f"{sentence} {quote(name)}", (why,), layer=layer))


def runnable(graph: Graph, *, held: bool = True) -> None:
    """Refuse a graph whose sizes are not all numbers, that is opaque, or with `held` too large to hold."""
    foreign = {"sympy", "numpy"}
    symbols = [n for n, v in graph.symbols.items() if type(v).__module__.partition(".")[0] in foreign]
    named = [pair for shape in graph.inputs.values() for pair in shape.named()]
    axes = [n for n, v in named if type(v) is not int and str(v) not in symbols]
    names = list(dict.fromkeys([*symbols, *axes]))
    if names:
        left = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} left open"
        raise ForwardError(f"a forward pass needs a number for each size, and {left}")
    declared = [node.name for node in graph.nodes if node.layer.declared]
    if declared:
        why = ("such a layer has figures, and no forward pass",)
        raise ForwardError(
            Problem(f"{', '.join(declared[:3])} {'is' if len(declared) == 1 else 'are'} opaque", why)
        )
    if not held:
        return
    arrays = (shape for node in graph.nodes for shape in (*shapes(node.layer, node.xs).values(), node.y))
    count = sum(map(prod, arrays))
    if count > _MOST:
        raise ForwardError(f"a forward pass would hold {count:,} numbers, and holds {_MOST:,} at most")


def _chance(seed: int, name: str) -> Any:
    if type(seed) is not int or seed < 0:
        raise ForwardError(f"a seed is a whole number from 0, not {quote(seed)}")
    return np.random.default_rng((seed, crc32(name.encode())))


def _uniform(shape: Shape, rng: Any) -> Array:
    """Numbers within 1/sqrt(fan-in), or within 1 for a vector, whose fan-in its shape does not tell."""
    bound = prod(shape[1:]) ** -0.5
    return rng.uniform(-bound, bound, tuple(shape))  # type: ignore[no-any-return]
