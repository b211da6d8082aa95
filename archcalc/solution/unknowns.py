"""What is looked for: symbols, or axes of the input, each with the values that it may take."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.domains import domain
from archcalc.errors import Problem, SpecError, UsageError, likely, quote
from archcalc.expressions import whole
from archcalc.graph import build
from archcalc.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.graph import Graph

HUNDREDTH = Fraction(1, 100)
_SORTED = 100_000  # values of a domain that does not rise by itself


class Steps(NamedTuple):
    """Values from one step on, without an end."""

    step: Any = 1

    def __getitem__(self, i: Any) -> Any:
        return whole((i + 1) * self.step)


class Unknown(NamedTuple):
    """A size that is looked for, and its values in rising order."""

    name: str
    values: Sequence[Any] | Steps
    length: int | None = None  # how many values there are; None where there is no end
    axis: int | None = None  # its place in the input's shape, where it is no symbol

    @property
    def whole(self) -> bool:
        """Whether all its values are whole numbers."""
        if isinstance(self.values, Steps):
            return isinstance(self.values.step, int)
        return bool(getattr(self.values, "whole", True))

    def between(self, low: int, high: int | None) -> Any:
        """The interval of the values at two places and of all between."""
        if low == high:
            return self.values[low]
        return Interval(self.values[low], None if high is None else self.values[high], whole=self.whole)


def unknowns(graph: Graph, asked: Mapping[str, Any]) -> list[Unknown]:
    """Each size that is looked for, its domain read; one without a domain rises from its smallest value.

    Raises UsageError for a name that is none of the network's, and for one that has a size already.
    """
    if not asked:
        names = ", ".join(graph.spec.symbols) or ", ".join(graph.spec.axes_of_input())
        raise UsageError(Problem("solve needs a size to look for", (f"sizes: {names}",), "--for H"))
    return [_unknown(graph, name, given) for name, given in asked.items()]


def _unknown(graph: Graph, name: str, given: Any) -> Unknown:
    axis = None if name in graph.spec.symbols else _axis(graph, name)
    _refuse_given(graph, name)
    if given is None:
        return Unknown(name, Steps(HUNDREDTH if _multiplies(graph, name) else 1), axis=axis)
    values: Sequence[Any] = domain(given, name)
    if len(getattr(values, "runs", ())) > 1:
        if len(values) > _SORTED:
            raise UsageError(
                f"{name} has {len(values):,} sizes in several ranges; one range may have so many"
            )
        values = _rising(values)
    return Unknown(name, values, len(values), axis)


def _rising(values: Sequence[Any]) -> Sequence[Any]:
    """The values of several ranges in rising order."""
    found = tuple(sorted(values))
    if all(isinstance(value, int) for value in found):
        return found
    return _Fractions(found)


class _Fractions(tuple[Any, ...]):
    """Values of which some are no whole numbers."""

    __slots__ = ()
    whole = False


def _axis(graph: Graph, name: str) -> int:
    """The place of an axis of the input that no symbol stands for."""
    spec = graph.spec
    axes = spec.axes_of_input()
    known = list(dict.fromkeys([*spec.symbols, *axes]))
    if name not in axes:
        why = (f"sizes of {spec.name}: {', '.join(known)}",)
        several = [word.strip() for word in name.split(",")]
        if len(several) > 1 and set(several) <= set(known):
            fix = " ".join(f"--for {word}" for word in several)
            raise UsageError(Problem("each size to look for has an option of its own", why, fix))
        raise UsageError(Problem(f"there is no size {quote(name)} to look for", why, likely(name, known)))
    if len(graph.inputs) > 1:
        raise UsageError(
            f"{spec.name} has several inputs, and {name} is an axis of them; symbols can be looked for"
        )
    place = axes.index(name)
    part = str(spec.sizes_of_input()[place].value)
    if part in spec.symbols:
        raise UsageError(Problem(f"the axis {name} of the input is the symbol {part}", fix=f"--for {part}"))
    return place


def _refuse_given(graph: Graph, name: str) -> None:
    """A size cannot be both given and looked for."""
    if name in graph.sizes:
        raise UsageError(f"{name} is both set to {graph.sizes[name]} and looked for")
    if name in (graph.free or ()):
        raise UsageError(f"{name} is both a letter and looked for")
    parts = [str(node.value) for node in graph.spec.sizes_of_input()]
    if graph.given is not None and (name in parts or name in graph.spec.axes_of_input()):
        given = "x".join(map(str, graph.given))
        raise UsageError(f"the input is given as {given}, and {name}, which is looked for, is an axis of it")


def _multiplies(graph: Graph, name: str) -> bool:
    """Whether a symbol is a multiplier, as a width is: a fraction, or 1 where a half would do as well."""
    now = graph.symbols.get(name)
    if isinstance(now, Fraction):
        return True
    if now != 1:
        return False
    try:
        build(graph.spec, {**graph.sizes, name: Fraction(1, 2)}, graph.given, hints=False)
    except (SpecError, UsageError):
        return False
    return True
