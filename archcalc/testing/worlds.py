"""A layer's formulas in every world, as ints: what law 1 compares."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from archcalc import symbolic
from archcalc.dims import Shape
from archcalc.lazy import np
from archcalc.written import Written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.layer import Layer

Figures = dict[str, Any]
"""Every quantity and condition that a kind states, by name."""


def figures(layer: Layer, x: Shape) -> Figures:
    """Everything that the layer states of the shape, in the world of their sizes."""
    return dict(_stated(layer, x))


def _stated(layer: Layer, x: Shape) -> Iterator[tuple[str, Any]]:
    y = layer.output(x)
    for axis, size in y.named():
        yield f"output {axis}", size
    yield "params", layer.params(x)
    for word, shapes in (("weights", layer.weights(x)), ("buffers", layer.buffers(x))):
        for name, shape in shapes.items():
            for axis, size in shape.named():
                yield f"{word} {name} {axis}", size
    links = layer.connections(x, y)
    if links is not None:  # not defined for some kinds
        yield "connections", links
    yield "neurons", layer.neurons(y)
    work = layer.work(x, y)
    yield from zip(work._fields, work, strict=True)
    for word, rules in (("requires", layer.requires(x)), ("unread", layer.unread(x))):
        for i, rule in enumerate(rules):
            yield f"{word} {i}", rule.holds


def letters(layer: Layer, x: Shape) -> Figures:
    """With a letter for every size, each then put back."""
    sizes: dict[str, int] = {}
    numbers = count()

    def letter(size: Any) -> Any:
        if size == 0:  # letters are at least 1
            return size
        name = f"n{next(numbers)}"
        sizes[name] = size
        return symbolic.letter(name)

    found = figures(layer.mapped(letter), Shape(map(letter, x), x.axes))
    return {name: _put(value, sizes) for name, value in found.items()}


def _put(value: Any, sizes: dict[str, int]) -> Any:
    if isinstance(value, bool):
        return value
    return value.at(sizes) if isinstance(value, symbolic.Condition) else symbolic.value(value, sizes)


def written(layer: Layer, x: Shape) -> Figures:
    """With numbers that remember how they were written."""
    found = figures(layer.mapped(Written), Shape(map(Written, x), x.axes))  # type: ignore[arg-type]
    return {name: value if isinstance(value, bool) else int(value) for name, value in found.items()}


def entries(x: Shape) -> list[Shape]:
    """The shape, and shapes with longer axes; channels stay, unless they are all there is."""
    stays = {"C"} if len(x) > 1 else set()
    grown = ([size if axis in stays else size + more for axis, size in x.named()] for more in range(3))
    return [Shape(sizes, x.axes) for sizes in grown]


def arrays(layer: Layer, x: Shape) -> list[Figures]:
    """With arrays of sizes, an entry for each of some shapes; the figures of each entry."""
    shapes = entries(x)
    sizes = Shape((np.array(each, dtype=np.int64) for each in zip(*shapes, strict=True)), x.axes)
    found = figures(layer.mapped(lambda size: np.full(len(shapes), size, dtype=np.int64)), sizes)
    spread = {name: np.broadcast_to(value, len(shapes)).tolist() for name, value in found.items()}
    return [{name: each[i] for name, each in spread.items()} for i in range(len(shapes))]
