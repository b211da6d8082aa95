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
    from collections.abc import Callable, Iterable, Iterator

    from hypothesis.strategies import DrawFn, SearchStrategy

    from archcalc.fields import Field
    from archcalc.layer import Layer

USUAL = (("C",), ("T", "C"), ("C", "H", "W"), ("C", "T"), ("C", "D", "H", "W"))
_CHANNELS, _CELLS, _DEEP = 4, 6, 3  # drawn up to these; volumes, which have a depth, up to the last
_FARTHEST = 12  # and mended up to this, so that windows fit
_NUMBERS = ("1", "0", "1/2", "2/3", "1.7159", "2")


def shapes(*axes: str) -> SearchStrategy[Shape]:
    """Small shapes with one of the given spellings of axes, such as `"C H W"`, or a usual one."""
    spelled = [tuple(each.split()) for each in axes] or list(USUAL)
    return st.sampled_from(spelled).flatmap(_sizes)


def _sizes(axes: tuple[str, ...]) -> SearchStrategy[Shape]:
    cells = _DEEP if "D" in axes else _CELLS
    each = (st.integers(1, _CHANNELS if axis == "C" else cells) for axis in axes)
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
    found = _search(kind, given, xs, _neighbours)
    return found and (kind(**found[0]), *found[1])


def fitted(kind: type[Layer], given: dict[str, Any], xs: tuple[Shape, ...]) -> Layer | None:
    """The layer on shapes that stay as they are, its fields changed until it reads them; None for none."""
    found = _search(kind, given, xs, _with_other_fields)
    return found and kind(**found[0])


def reads(kind: type[Layer], given: dict[str, Any], xs: tuple[Shape, ...]) -> bool:
    """Whether the kind with these fields reads the shapes."""
    return not _broken(kind, given, xs)


def _search(
    kind: type[Layer],
    given: dict[str, Any],
    xs: tuple[Shape, ...],
    near: Callable[[type[Layer], dict[str, Any], tuple[Shape, ...]], Iterator[Drawn]],
) -> Drawn | None:
    """From neighbour to neighbour, each with fewer conditions broken, until none is."""
    broken = _broken(kind, given, xs)
    while broken:
        for nearby in near(kind, given, xs):
            fewer = _broken(kind, *nearby)
            if fewer < broken:
                (given, xs), broken = nearby, fewer
                break
        else:
            return None
    return given, xs


def _broken(kind: type[Layer], given: dict[str, Any], xs: tuple[Shape, ...]) -> float:
    """How many conditions fail; infinite where the fields, or the axes, do not go together."""
    try:
        layer = kind(**given)
    except LayerError:
        return float("inf")
    if layer.refusal(*xs):
        return float("inf")
    broken = 0
    try:
        for rule in layer.requires(*xs):
            broken += rule.holds is not True
    except ValueError:  # a later condition speaks of an axis that an earlier one does not find
        assert broken, f"{layer!r} on {xs}: its first condition cannot be told"
        return float("inf")
    return broken


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


def _with_other_fields(kind: type[Layer], given: dict[str, Any], xs: tuple[Shape, ...]) -> Iterator[Drawn]:
    """The same with one field different, or left out; sizes of the shapes are tried too."""
    sizes = dict.fromkeys([*range(_CELLS + 1), *(size for x in xs for size in x)])
    for name, field in kind.fields.items():
        if name in given and field.default is not REQUIRED:
            yield {key: value for key, value in given.items() if key != name}, xs
        others: Iterable[Any] = field.examples
        if field.sort == "dim":
            others = (size for size in sizes if size >= (field.low or 0))
        elif field.sort == "sides":
            others = (1, 2)
        elif field.sort == "flag":
            others = (False, True)
        for other in others:
            yield {**given, name: other}, xs
