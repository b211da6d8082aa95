"""A layer's formulas in every world, as ints: what law 1 compares."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from archcalc import symbolic
from archcalc.dims import Shape
from archcalc.intervals import Interval
from archcalc.lazy import np
from archcalc.written import Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.layer import Layer

Figures = dict[str, Any]
"""Every quantity and condition that a kind states, by name."""


def figures(layer: Layer, *xs: Shape) -> Figures:
    """Everything that the layer states of the shape, in the world of their sizes."""
    return dict(_stated(layer, xs))


def _stated(layer: Layer, xs: Sequence[Shape]) -> Iterator[tuple[str, Any]]:
    y = layer.output(*xs)
    for axis, size in y.named():
        yield f"output {axis}", size
    yield "params", layer.params(*xs)
    for word, shapes in (("weights", layer.weights(*xs)), ("buffers", layer.buffers(*xs))):
        for name, shape in shapes.items():
            for axis, size in shape.named():
                yield f"{word} {name} {axis}", size
    links = layer.connections(*xs, y=y)
    if links is not None:  # not defined for some kinds
        yield "connections", links
    yield "neurons", layer.neurons(y)
    work = layer.work(*xs, y=y)
    yield from zip(work._fields, work, strict=True)
    for word, rules in (("requires", layer.requires(*xs)), ("unread", layer.unread(*xs))):
        for i, rule in enumerate(rules):
            yield f"{word} {i}", rule.holds


def letters(layer: Layer, *xs: Shape) -> Figures:
    """With a letter for every size, each then put back."""
    sizes: dict[str, int] = {}
    numbers = count()

    def letter(size: Any) -> Any:
        if size == 0:  # letters are at least 1
            return size
        name = f"n{next(numbers)}"
        sizes[name] = size
        return symbolic.letter(name)

    found = figures(layer.mapped(letter), *(Shape(map(letter, x), x.axes) for x in xs))
    return {name: _put(value, sizes) for name, value in found.items()}


def _put(value: Any, sizes: dict[str, int]) -> Any:
    if isinstance(value, bool):
        return value
    return value.at(sizes) if isinstance(value, symbolic.Condition) else symbolic.value(value, sizes)


def written(layer: Layer, *xs: Shape) -> Figures:
    """With numbers that remember how they were written."""
    found = figures(layer.mapped(Written), *(Shape(map(Written, x), x.axes) for x in xs))  # type: ignore[arg-type]
    return {name: value if isinstance(value, bool) else int(value) for name, value in found.items()}


_ENTRIES = 3


def entries(*xs: Shape) -> list[tuple[Shape, ...]]:
    """The shapes, and the same with longer axes; channels stay, unless they are all there is."""
    return [tuple(_grown(x, more) for x in xs) for more in range(_ENTRIES)]


def _grown(x: Shape, more: int) -> Shape:
    stays = {"C"} if len(x) > 1 else set()
    return Shape([size if axis in stays else size + more for axis, size in x.named()], x.axes)


def arrays(layer: Layer, *xs: Shape) -> list[Figures]:
    """With arrays of sizes, an entry for each of some shapes; the figures of each entry."""
    each = entries(*xs)
    shapes = [
        Shape((np.array(sizes, dtype=np.int64) for sizes in zip(*same, strict=True)), x.axes)
        for x, same in zip(xs, zip(*each, strict=True), strict=True)
    ]
    found = figures(layer.mapped(lambda size: np.full(_ENTRIES, size, dtype=np.int64)), *shapes)
    spread = {name: np.broadcast_to(value, _ENTRIES).tolist() for name, value in found.items()}
    return [{name: values[i] for name, values in spread.items()} for i in range(_ENTRIES)]


def intervals(layer: Layer, *xs: Shape) -> Figures:
    """With intervals of sizes, which hold those of all `entries`."""
    longest = entries(*xs)[-1]
    shapes = [Shape(map(Interval, x, long), x.axes) for x, long in zip(xs, longest, strict=True)]
    return figures(layer.mapped(lambda size: Interval(size, size)), *shapes)
