"""The laws of every layer of every kind: formulas and reference forward, held against each other."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc import forward
from archcalc.errors import ForwardError
from archcalc.lazy import np
from archcalc.testing import worlds
from archcalc.witness import Operations, Trace, count, leaves, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archcalc.arrays import Array
    from archcalc.dims import Shape
    from archcalc.layer import Layer


def check_laws(layer: Layer, x: Shape) -> None:
    """Assert every law for a layer on a shape that it can read.

    Raises AssertionError that names the law, the layer and both sides.
    """
    refusal = layer.refusal(x) or next((r.what() for r in layer.requires(x) if r.holds is not True), "")
    if refusal:
        raise ValueError(f"{layer!r} cannot read {x!r}: {refusal}")
    for law in LAWS:
        law(layer, x)


def letters_agree(layer: Layer, x: Shape) -> None:
    """Formulas in letters give at these sizes what they give on ints."""
    found = _in_world(layer, x, "in letters", worlds.letters)
    _same(layer, x, "in letters", worlds.figures(layer, x), found)


def arrays_agree(layer: Layer, x: Shape) -> None:
    """Formulas on arrays give at each entry what they give on its ints."""
    entries = _in_world(layer, x, "on arrays", worlds.arrays)
    for shape, found in zip(worlds.entries(x), entries, strict=True):
        _same(layer, shape, "on arrays", worlds.figures(layer, shape), found)


def writing_agrees(layer: Layer, x: Shape) -> None:
    """Formulas as they are written out have the value that they give on ints."""
    found = _in_world(layer, x, "as written", worlds.written)
    _same(layer, x, "as written", worlds.figures(layer, x), found)


def _in_world(layer: Layer, x: Shape, world: str, run: Callable[[Layer, Shape], Any]) -> Any:
    try:
        return run(layer, x)
    except Exception as error:
        raise AssertionError(f"{layer!r} on {x!r}: no formulas {world}: {error!r}") from error


def _same(layer: Layer, x: Shape, world: str, ints: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    assert ints.keys() == found.keys(), _said(layer, x, f"other quantities {world}", list(ints), list(found))
    for name, value in ints.items():
        assert found[name] == value, _said(layer, x, f"{name} {world}", value, found[name])


def shapes_agree(layer: Layer, x: Shape) -> None:
    """The forward gives an array of the shape that `output` says."""
    y = _run(layer, x, _input(x), forward.seeded(layer, x))
    assert y.shape == tuple(layer.output(x)), _said(layer, x, "shape", layer.output(x), y.shape)


def tensors_agree(layer: Layer, x: Shape) -> None:
    """The forward reads every scalar of the tensors named, `params` counts them, others are refused."""
    named = forward.shapes(layer, x)
    sizes = sum(prod(shape) for shape in layer.weights(x).values())
    assert layer.params(x) == sizes, _said(layer, x, "params, in sizes of weights", layer.params(x), sizes)
    given = forward.seeded(layer, x)
    for name, shape in named.items():
        own = given[name].shape
        assert own == tuple(shape), _said(layer, x, f"shape of {name}", shape, own)
        _refused(layer, x, {other: tensor for other, tensor in given.items() if other != name}, f"no {name}")
        _refused(layer, x, {**given, name: given[name][..., None]}, f"{name} with an axis more")
    _refused(layer, x, {**given, "another": np.zeros(1)}, "a tensor more")
    if named:
        y = _run(layer, x, _input(x), {name: leaves(tuple(shape)) for name, shape in named.items()})
        read = set[Trace]().union(*(output.sources() for output in y.flat))
        held = sum(prod(shape) for shape in named.values())
        assert len(read) == held, _said(layer, x, "scalars of tensors that are read", held, len(read))


def _refused(layer: Layer, x: Shape, given: Mapping[str, Array], word: str) -> None:
    try:
        forward.accept(layer, x, given)
    except ForwardError:
        return
    raise AssertionError(f"{layer!r} on {x!r} accepts {word}")


def work_agrees(layer: Layer, x: Shape) -> None:
    """Scalars that count find the operations that `work` announces, and the floats' numbers."""
    values, tensors = _input(x), forward.seeded(layer, x)
    floats = _run(layer, x, values, tensors)
    counted, found = count(layer, [values], tensors)
    expected = Operations.of(layer.work(x, layer.output(x)))
    for name, announced, happened in zip(Operations._fields, expected, found, strict=True):
        assert announced == happened, _said(layer, x, f"{name} operations", announced, happened)
    close = np.allclose(counted, floats, equal_nan=True)
    assert close, _said(layer, x, "numbers of the exact pass", floats.ravel()[:5], counted.ravel()[:5])


def wiring_agrees(layer: Layer, x: Shape) -> None:
    """Scalars that remember find the links that `connections` announces; 0 where no units are computed."""
    announced = layer.connections(x, layer.output(x))
    if announced is None:  # not defined where a unit is a product of units
        return
    found = trace(layer, [tuple(x)], forward.seeded(layer, x)) if layer.units else 0
    assert announced == found, _said(layer, x, "connections", announced, found)


def spelling_agrees(layer: Layer, x: Shape) -> None:
    """The fields as an author would write them make the same layer."""
    again = type(layer)(**layer.given())
    assert again == layer, _said(layer, x, "the layer of its own fields", layer, again)


def _input(x: Shape) -> Array:
    values: Array = np.random.default_rng(prod(x)).standard_normal(tuple(x))
    return values


def _run(layer: Layer, x: Shape, values: Array, tensors: Mapping[str, Array]) -> Array:
    try:
        return forward.step(layer, [values], tensors)
    except Exception as error:
        shapes = {name: list(tensor.shape) for name, tensor in tensors.items()}
        raise AssertionError(f"{layer!r} on {x!r}: the forward refuses {shapes}: {error!r}") from error


def _said(layer: Layer, x: Shape, what: str, expected: Any, found: Any) -> str:
    return f"{layer!r} on {x!r}: {what}: expected {expected}, found {found}"


LAWS: tuple[Callable[[Layer, Shape], None], ...] = (
    letters_agree, arrays_agree, writing_agrees, shapes_agree, tensors_agree, work_agrees, wiring_agrees,
    spelling_agrees,
)  # fmt: skip
