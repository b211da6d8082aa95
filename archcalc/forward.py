"""The reference pass: seeded tensors, and what every layer gives for one example, in float64."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

from archcalc.errors import ForwardError, Problem, quote
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.arrays import Array
    from archcalc.dims import Shape
    from archcalc.graph import Graph, Node
    from archcalc.layer import Layer

    Tensors: TypeAlias = dict[str, Array]
    Activations: TypeAlias = dict[str, Array]
    """What each layer gives, by its name; an activation `tanh` of C1 is `C1.activation`."""

_MOST = 10**9  # numbers held at once, 8 GB


def shapes(layer: Layer, x: Shape) -> dict[str, Shape]:
    """The shape of every tensor that the layer's forward takes, trained or stored."""
    return {**layer.weights(x), **layer.buffers(x)}


def seeded(layer: Layer, x: Shape, name: str = "", seed: int = 0) -> Tensors:
    """Tensors for a layer called `name`: its own where its kind fixes them, others by chance.

    Chance depends on the seed and the two names alone, so a layer keeps its tensors when others change.
    """
    found = {}
    for tensor, shape in shapes(layer, x).items():
        rng = _chance(seed, f"{name}/{tensor}")
        values = layer.values(tensor, tuple(shape), rng)
        found[tensor] = _uniform(shape, rng) if values is None else values
    return found


def tensors(graph: Graph, seed: int = 0) -> dict[str, Tensors]:
    """Every layer's tensors, by the layer's name.

    Raises ForwardError where sizes are letters, or there is more to hold than fits.
    """
    _runnable(graph)
    return {node.name: seeded(node.layer, node.x, node.name, seed) for node in graph.nodes}


def example(graph: Graph, seed: int = 0) -> Array:
    """An input by chance, normally distributed."""
    _runnable(graph)
    values: Array = _chance(seed, "input").standard_normal(tuple(graph.input))
    return values


def run(
    graph: Graph,
    x: Any = None,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
) -> Activations:
    """What every layer gives for `x`, or for an input by chance.

    `given` has tensors by layer and name; a layer that it leaves out has seeded ones.

    Raises ForwardError for tensors, or an input, that do not fit; for letters; for a net too large.
    """
    _runnable(graph)
    start = example(graph, seed) if x is None else _array(x, graph.input, "the input")
    given = given or {}
    _known(given, [node.name for node in graph.nodes], "there is no layer")
    values: Activations = {"input": start}
    for node in graph.nodes:
        own = given.get(node.name)
        used = seeded(node.layer, node.x, node.name, seed) if own is None else accept(node, own)
        values[node.name] = step(node, values, used)
    del values["input"]
    return values


def step(node: Node, values: Mapping[str, Array], used: Mapping[str, Array]) -> Array:
    """What one layer gives."""
    # an exponential too large for a float is inf, and says so in the result
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return node.layer.forward(*(values[name] for name in node.inputs), **used)


def accept(node: Node, given: Mapping[str, Any]) -> Tensors:
    """Given tensors as arrays, exactly those that the layer takes.

    Raises ForwardError for one too many, one missing, or another shape.
    """
    wanted = shapes(node.layer, node.x)
    _known(given, wanted, f"{node.layer.op} takes no tensor", node.name)
    missing = [name for name in wanted if name not in given]
    if missing:
        why = f"{node.layer.op} takes {', '.join(f'{n} {list(s)}' for n, s in wanted.items())}"
        what = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not given"
        raise ForwardError(Problem(what, (why,), layer=node.name))
    return {name: _array(given[name], shape, name, node.name) for name, shape in wanted.items()}


def _array(given: Any, shape: Shape, word: str, layer: str = "") -> Array:
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise ForwardError(Problem(f"{word} is no array of numbers", layer=layer)) from None
    if array.shape != tuple(shape):
        why = f"shapes are {list(shape)}, axes {', '.join(shape.axes)}"
        raise ForwardError(Problem(f"{word} has the shape {list(array.shape)}, not {list(shape)}", (why,), layer=layer))
    return array


def _known(given: Iterable[str], names: Iterable[str], sentence: str, layer: str = "") -> None:
    names = list(names)
    for name in given:
        if name not in names:
            why = f"there {'are' if len(names) > 1 else 'is'} {', '.join(names) or 'none'}"
            raise ForwardError(Problem(f"{sentence} {quote(name)}", (why,), layer=layer))


def _runnable(graph: Graph) -> None:
    """Refuse a graph whose sizes are not all ints, or that is too large to hold."""
    open_ = [n for n, v in graph.symbols.items() if type(v).__module__.partition(".")[0] in {"sympy", "numpy"}]
    open_ += [n for n, v in graph.input.named() if type(v) is not int and str(v) not in open_]
    if open_:
        what = f"a forward pass needs a number for each size, and {', '.join(open_)} {'is' if len(open_) == 1 else 'are'} left open"
        raise ForwardError(Problem(what, fix=f"{open_[0]}=32"))
    held = sum(prod(shape) for node in graph.nodes for shape in (*shapes(node.layer, node.x).values(), node.y))
    if held > _MOST:
        raise ForwardError(f"a forward pass would hold {held:,} numbers, and holds {_MOST:,} at most")


def _chance(seed: int, name: str) -> Any:
    if type(seed) is not int or seed < 0:
        raise ForwardError(f"a seed is a whole number from 0, not {quote(seed)}")
    return np.random.default_rng((seed, crc32(name.encode())))


def _uniform(shape: Shape, rng: Any) -> Array:
    """Numbers within 1/sqrt(fan-in), or within 1 for a vector, whose fan-in its shape does not tell."""
    bound = prod(shape[1:]) ** -0.5
    return rng.uniform(-bound, bound, tuple(shape))  # type: ignore[no-any-return]
