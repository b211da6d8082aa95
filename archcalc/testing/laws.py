"""The laws of every layer of every kind: formulas and reference forward, held against each other."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc import forward
from archcalc.errors import ForwardError
from archcalc.intervals import OPEN, ends
from archcalc.lazy import np
from archcalc.testing import worlds
from archcalc.witness import Operations, Trace, count, leaves, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from archcalc.arrays import Array
    from archcalc.dims import Shape
    from archcalc.layer import Layer

    Shapes: TypeAlias = Sequence[Shape]


def check_laws(layer: Layer, *xs: Shape) -> None:
    """Assert every law for a layer on the shapes of inputs that it can read.

    Raises AssertionError that names the law, the layer and both sides.
    """
    refusal = layer.refusal(*xs) or next((r.what() for r in layer.requires(*xs) if r.holds is not True), "")
    if refusal:
        raise ValueError(f"{_on(layer, xs)}: cannot be read: {refusal}")
    for law in LAWS:
        if not (layer.declared and law in WITNESSED):
            law(layer, *xs)


def letters_agree(layer: Layer, *xs: Shape) -> None:
    """Formulas in letters give at these sizes what they give on ints."""
    found = _in_world(layer, xs, "in letters", worlds.letters)
    _same(layer, xs, "in letters", worlds.figures(layer, *xs), found)


def arrays_agree(layer: Layer, *xs: Shape) -> None:
    """Formulas on arrays give at each entry what they give on its ints."""
    entries = _in_world(layer, xs, "on arrays", worlds.arrays)
    for shapes, found in zip(worlds.entries(*xs), entries, strict=True):
        _same(layer, shapes, "on arrays", worlds.figures(layer, *shapes), found)


def intervals_hold(layer: Layer, *xs: Shape) -> None:
    """Formulas on intervals enclose what they give on the ints inside, and decide nothing that differs."""
    found = _in_world(layer, xs, "on intervals", worlds.intervals)
    for shapes in worlds.entries(*xs):
        ints = worlds.figures(layer, *shapes)
        _hold(
            ints.keys() == found.keys(),
            layer,
            shapes,
            "other quantities on intervals",
            list(ints),
            list(found),
        )
        for name, value in ints.items():
            low, high = ends(found[name])
            inside = found[name] is OPEN or (
                (low is None or low <= value) and (high is None or value <= high)
            )
            _hold(inside, layer, shapes, f"{name} on intervals", value, found[name])


def writing_agrees(layer: Layer, *xs: Shape) -> None:
    """Formulas as they are written out have the value that they give on ints."""
    found = _in_world(layer, xs, "as written", worlds.written)
    _same(layer, xs, "as written", worlds.figures(layer, *xs), found)


def _in_world(layer: Layer, xs: Shapes, world: str, run: Callable[..., Any]) -> Any:
    try:
        return run(layer, *xs)
    except Exception as error:
        raise AssertionError(f"{_on(layer, xs)}: no formulas {world}: {error!r}") from error


def _same(layer: Layer, xs: Shapes, world: str, ints: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    _hold(ints.keys() == found.keys(), layer, xs, f"other quantities {world}", list(ints), list(found))
    for name, value in ints.items():
        _hold(found[name] == value, layer, xs, f"{name} {world}", value, found[name])


def shapes_agree(layer: Layer, *xs: Shape) -> None:
    """The forward gives an array of the shape that `output` says."""
    y = _run(layer, xs, _inputs(layer, xs), forward.seeded(layer, xs))
    _hold(y.shape == tuple(layer.output(*xs)), layer, xs, "shape", layer.output(*xs), y.shape)


def tensors_agree(layer: Layer, *xs: Shape) -> None:
    """The forward reads every scalar of the tensors named, `params` counts them, others are refused."""
    named = forward.shapes(layer, xs)
    sizes = sum(prod(shape) for shape in layer.weights(*xs).values())
    _hold(layer.params(*xs) == sizes, layer, xs, "params, in sizes of weights", layer.params(*xs), sizes)
    given = forward.seeded(layer, xs)
    for name, shape in named.items():
        own = given[name].shape
        _hold(own == tuple(shape), layer, xs, f"shape of {name}", shape, own)
        _refused(layer, xs, {other: tensor for other, tensor in given.items() if other != name}, f"no {name}")
        _refused(layer, xs, {**given, name: given[name][..., None]}, f"{name} with an axis more")
    _refused(layer, xs, {**given, "another": np.zeros(1)}, "a tensor more")
    if named:
        y = _run(layer, xs, _inputs(layer, xs), {name: leaves(tuple(shape)) for name, shape in named.items()})
        read = set[Trace]().union(*(output.sources() for output in y.flat))
        held = sum(prod(shape) for shape in named.values())
        holds = 0 < len(read) <= held if layer.looks_up else len(read) == held  # looked up: some rows only
        _hold(holds, layer, xs, "scalars of tensors that are read", held, len(read))


def roads_agree(layer: Layer, *xs: Shape) -> None:
    """The fastest road gives the textbook's numbers, and leaves what it reads as it was."""
    tensors, inputs = forward.seeded(layer, xs), _inputs(layer, xs)
    expected = _run(layer, xs, inputs, tensors)
    before = [array.copy() for array in (*inputs, *tensors.values())]
    found = _run(layer, xs, inputs, tensors, swift=True)
    same = found.shape == expected.shape and bool(np.allclose(found, expected, 1e-7, 1e-9, equal_nan=True))
    _hold(same, layer, xs, "numbers by the fastest road", expected, found)
    kept = all(map(np.array_equal, before, (*inputs, *tensors.values())))
    _hold(kept, layer, xs, "what the fastest road reads", "as it was", "changed")


def _refused(layer: Layer, xs: Shapes, given: Mapping[str, Array], word: str) -> None:
    try:
        forward.accept(layer, xs, given)
    except ForwardError:
        return
    raise AssertionError(f"{_on(layer, xs)}: accepts {word}")


def work_agrees(layer: Layer, *xs: Shape) -> None:
    """Scalars that count find the operations that `work` announces, and the floats' numbers."""
    inputs, tensors = _inputs(layer, xs), forward.seeded(layer, xs)
    floats = _run(layer, xs, inputs, tensors)
    counted, found = count(layer.reading(*xs), inputs, tensors)
    expected = Operations.of(layer.work(*xs, y=layer.output(*xs)))
    for name, announced, happened in zip(Operations._fields, expected, found, strict=True):
        _hold(announced == happened, layer, xs, f"{name} operations", announced, happened)
    close = np.allclose(counted, floats, equal_nan=True)
    _hold(close, layer, xs, "numbers of the exact pass", floats.ravel()[:5], counted.ravel()[:5])


def wiring_agrees(layer: Layer, *xs: Shape) -> None:
    """Scalars that remember find the links that `connections` announces; 0 where no units are computed."""
    announced = layer.connections(*xs, y=layer.output(*xs))
    if announced is None:  # not defined where a unit is a product of units
        return
    told = layer.reading(*xs)
    found = trace(told, _inputs(layer, xs), forward.seeded(layer, xs)) if layer.units else 0
    _hold(announced == found, layer, xs, "connections", announced, found)


def spelling_agrees(layer: Layer, *xs: Shape) -> None:
    """The fields as an author would write them make the same layer."""
    again = type(layer)(**layer.given())
    _hold(again == layer, layer, xs, "the layer of its own fields", layer, again)


def _inputs(layer: Layer, xs: Shapes) -> list[Array]:
    """Inputs by chance: numbers, or indices for a layer that looks them up."""
    rng = np.random.default_rng(sum(map(prod, xs)))
    found: list[Array] = [rng.standard_normal(tuple(x)) for x in xs]
    most: Any = layer.vocabulary()
    if most is not None:
        found[0] = rng.integers(0, int(most), tuple(xs[0]))
    return found


def _run(
    layer: Layer, xs: Shapes, inputs: list[Array], tensors: Mapping[str, Array], *, swift: bool = False
) -> Array:
    try:
        return forward.step(layer.reading(*xs), inputs, tensors, swift=swift)
    except Exception as error:
        shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
        raise AssertionError(f"{_on(layer, xs)}: the forward refuses {shapes}: {error!r}") from error


def _hold(holds: bool, layer: Layer, xs: Shapes, what: str, expected: Any, found: Any) -> None:
    """Raise where both sides differ; no assert, to which pytest would add a line of its own."""
    if not holds:
        raise AssertionError(f"{_on(layer, xs)}: {what}: expected {expected}, found {found}")


def _on(layer: Layer, xs: Shapes) -> str:
    return f"{layer!r} on {' and '.join(map(repr, xs)) or 'nothing'}"


LAWS: tuple[Callable[..., None], ...] = (
    letters_agree, arrays_agree, intervals_hold, writing_agrees, shapes_agree, tensors_agree, work_agrees,
    wiring_agrees, spelling_agrees, roads_agree,
)  # fmt: skip
"""Each takes a layer and the shapes of its inputs."""
WITNESSED = frozenset({shapes_agree, tensors_agree, work_agrees, wiring_agrees, roads_agree})
"""Laws that ask the forward, which a kind whose figures are declared does not have."""
