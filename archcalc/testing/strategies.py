"""Hypothesis strategies: shapes, and layers of any kind that can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import reject
from hypothesis import strategies as st

from archcalc import register
from archcalc.dims import Shape
from archcalc.errors import LayerError
from archcalc.expressions import Scope
from archcalc.fields import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn, SearchStrategy

    from archcalc.fields import Field
    from archcalc.layer import Layer

_USUAL = (("C",), ("T", "C"), ("C", "H", "W"))
_CHANNELS, _CELLS = 4, 6  # drawn up to these
_FARTHEST = 12  # and mended up to this, so that windows fit
_NUMBERS = ("1", "0", "1/2", "2/3", "1.7159", "2")


def shapes(*axes: str) -> SearchStrategy[Shape]:
    """Small shapes with one of the given spellings of axes, such as `"C H W"`, or a usual one."""
    spelled = [tuple(each.split()) for each in axes] or list(_USUAL)
    return st.sampled_from(spelled).flatmap(_sizes)


def _sizes(axes: tuple[str, ...]) -> SearchStrategy[Shape]:
    each = (st.integers(1, _CHANNELS if axis == "C" else _CELLS) for axis in axes)
    return st.tuples(*each).map(lambda sizes: Shape(sizes, axes))


def layers(kind: str | type[Layer]) -> SearchStrategy[Layer]:
    """Layers of a kind, each of which can read some shape."""
    return layer_and_inputs(kind).map(lambda drawn: drawn[0])


def known(op: str) -> type[Layer]:
    """The kind of this op. Raises KeyError where there is none."""
    found = register.kind(op)
    if found is None:
        raise KeyError(op)
    return found


_MOST_INPUTS = 3  # drawn for a kind that reads any number


@st.composite
def layer_and_inputs(draw: DrawFn, kind: str | type[Layer]) -> tuple[Any, ...]:
    """A layer of a kind, and the shapes of inputs that it can read: `(layer, x)`, or `(layer, x, x2)`."""
    found = known(kind) if isinstance(kind, str) else kind
    examples = list(found.examples())
    if examples:
        given, *xs = draw(st.sampled_from(examples))
        return (found(**given), *xs)
    x = draw(shapes(*(" ".join(axes) for axes in found.takes or ())))
    fewest, most = found.inputs
    many = draw(st.integers(fewest, _MOST_INPUTS if most is None else most))
    given = {}
    for name, field in found.fields.items():
        if field.required or draw(st.booleans()):
            given[name] = draw(values(field))
    mended = _mended(found, given, (x,) * many)
    return reject() if mended is None else mended


def values(field: Field) -> SearchStrategy[Any]:
    """What an author may write for a field, small."""
    low = field.low or 0
    if field.sort == "dim":
        return st.integers(low, low + 3)
    if field.sort == "sides":
        return st.lists(st.integers(1, 3), min_size=field.rank, max_size=field.rank)
    if field.sort == "pads":
        pair = st.lists(st.integers(0, 2), min_size=2, max_size=2)
        return st.lists(pair, min_size=field.rank, max_size=field.rank) | st.just("same")
    if field.sort in {"flag", "axes"}:
        return st.booleans() if field.sort == "flag" else shapes().map(lambda shape: dict(shape.named()))
    if field.sort == "number":
        return st.sampled_from([text for text in _NUMBERS if _within(field, text)])
    if not field.examples:
        raise TypeError(f"{field.name} has a reader of its own, and no examples")
    return st.sampled_from(field.examples)


def _within(field: Field, text: str) -> bool:
    value = Scope().value(text)
    return (field.low is None or value >= field.low) and (field.high is None or value <= field.high)


Drawn = tuple[dict[str, Any], tuple[Shape, ...]]


def _mended(kind: type[Layer], given: dict[str, Any], xs: tuple[Shape, ...]) -> tuple[Any, ...] | None:
    """The layer and shapes with single sizes changed until every condition holds; None where none helps.

    Rejecting instead would throw most draws away: groups must divide, tables match, windows fit.
    """
    broken = _broken(kind, given, xs)
    while broken:
        for nearby in _neighbours(kind, given, xs):
            fewer = _broken(kind, *nearby)
            if fewer < broken:
                (given, xs), broken = nearby, fewer
                break
        else:
            return None
    return (kind(**given), *xs)


def _broken(kind: type[Layer], given: dict[str, Any], xs: tuple[Shape, ...]) -> float:
    """How many conditions fail; infinite where the fields do not go together."""
    try:
        layer = kind(**given)
    except LayerError:
        return float("inf")
    if layer.refusal(*xs):
        return float("inf")
    return sum(rule.holds is not True for rule in layer.requires(*xs))


def _neighbours(kind: type[Layer], given: dict[str, Any], xs: tuple[Shape, ...]) -> Iterator[Drawn]:
    """The same with one size of a shape or one field different."""
    for k, x in enumerate(xs):
        for i, size in enumerate(x):
            for other in sorted(range(1, _FARTHEST + 1), key=lambda n: abs(n - size)):
                yield given, (*xs[:k], Shape((*x[:i], other, *x[i + 1 :]), x.axes), *xs[k + 1 :])
    for name, field in kind.fields.items():
        if name in given and field.default is not REQUIRED:
            yield {key: value for key, value in given.items() if key != name}, xs
        if field.sort == "dim":
            for other in range(field.low or 0, _CELLS + 1):
                yield {**given, name: other}, xs
