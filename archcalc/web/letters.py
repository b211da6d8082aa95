"""A network whose sizes are letters, at the point where they have the values of the network given."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis import Analysis
from archcalc.errors import Problem, SpecError, UsageError
from archcalc.graph import build
from archcalc.graph.choices import Choices
from archcalc.loading import deciding
from archcalc.spec.values import axes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_STEPS = 20  # parts of one, for a factor that is rounded
_FINEST = 1000  # parts of one that a size may be set in
_MOST = 24  # letters that a page has room for


class Letter(NamedTuple):
    """A size that may vary: a whole number of parts, mostly of one part."""

    name: str
    parts: int
    value: int  # in the network given, in parts

    def size(self, value: int) -> int | Fraction:
        """The size that a value of the letter stands for."""
        size = Fraction(value, self.parts)
        return size.numerator if size.denominator == 1 else size


class Lettered(NamedTuple):
    """A network in letters, and what was decided for it where they have their values."""

    net: Analysis
    letters: tuple[Letter, ...] = ()
    met: tuple[tuple[Any, bool], ...] = ()  # conditions, and whether they hold where the layers are these

    @property
    def point(self) -> dict[str, int]:
        """The value of each letter in the network given."""
        return {letter.name: letter.value for letter in self.letters}

    def shown(self, formula: Any) -> Any:
        """A formula of the letters as one of the sizes, which is how a reader knows them."""
        from archcalc.symbolic import letter
        from archcalc.symbolic.terms import expression

        parts = {letter(own.name): own.parts * letter(own.name) for own in self.letters if own.parts > 1}
        return expression(formula).xreplace(parts) if parts else formula


def lettered(net: Analysis) -> Lettered:
    """The network with all its sizes as letters that can be; without letters where its layers fix each.

    Raises UsageError for a network that is in letters already.
    """
    if net.graph.symbolic:
        what = "a page has a slider for each size, so none is left as a letter"
        raise UsageError(Problem(what, fix="leave out --symbolic"))
    freeing = _Freeing(net)
    names = freeing.names()
    for some in dict.fromkeys((names, tuple(n for n in names if n not in deciding(net.spec)))):
        found = freeing.found(some)
        if found:
            return found
    kept: tuple[str, ...] = ()
    for name in names:
        if freeing.found((*kept, name)):
            kept = (*kept, name)
    return freeing.found(kept) or Lettered(net)


class _Freeing:
    """One network of which sizes are freed."""

    def __init__(self, net: Analysis) -> None:
        self.net = net
        self.spec = net.spec
        self.sizes = dict(self._sizes())

    def names(self) -> tuple[str, ...]:
        """The sizes that may become letters: sides of the input, symbols, maps of the input."""
        return tuple(sorted(self.sizes, key="C".__eq__))[:_MOST]

    def _sizes(self) -> Iterator[tuple[str, int | Fraction]]:
        """Symbols, and sides of the inputs that are numbers, by name."""
        graph = self.net.graph
        known: dict[str, set[int]] = {}
        for name, node in self.spec.all_inputs().items():
            for (axis, part), size in zip(axes(node)[0], graph.inputs[name], strict=True):
                if part.value not in graph.symbols and axis not in graph.symbols:
                    known.setdefault(axis, set()).add(int(size))
        for axis, sizes in known.items():
            if len(sizes) == 1:  # one letter cannot stand for two sizes
                yield axis, sizes.pop()
        yield from graph.symbols.items()

    def found(self, names: tuple[str, ...]) -> Lettered | None:
        """The network with some sizes as letters; None where they cannot be, or there are none."""
        if not names:
            return None
        parts = {name: Fraction(self.sizes[name]).denominator for name in names}
        finer = {name: self._parts(name) if self._is_factor(name) else n for name, n in parts.items()}
        try:
            made = self._built(finer)
            kept = {name: n if _is_rounded(made.net, name) else parts[name] for name, n in finer.items()}
            return made if kept == finer else self._built(kept)
        except SpecError:
            return None

    def _is_factor(self, name: str) -> bool:
        """Whether a size that is a step larger gives a network too, so that it need not be whole."""
        graph = self.net.graph
        larger = {**graph.sizes, name: self.sizes[name] + Fraction(1, _STEPS)}
        try:
            build(self.spec, larger, graph.given, hints=False)
        except (SpecError, UsageError):
            return False
        return True

    def _parts(self, name: str) -> int:
        """How many parts of one a factor is set in: such that every value that is published is met."""
        claimed = [Fraction(claim.sizes[name]) for claim in self.spec.claims if name in claim.sizes]
        found = lcm(_STEPS, *(Fraction(size).denominator for size in (self.sizes[name], *claimed)))
        return found if found <= _FINEST else Fraction(self.sizes[name]).denominator

    def _built(self, parts: Mapping[str, int]) -> Lettered:
        from archcalc.symbolic import letter
        from archcalc.symbolic.terms import expression

        letters = tuple(Letter(name, n, int(self.sizes[name] * n)) for name, n in parts.items())
        formulas = {own.name: letter(own.name) / expression(own.parts) for own in letters}
        choices = Choices(formulas, {own.name: own.value for own in letters})
        sizes = {
            name: size
            for name, size in self.net.graph.symbols.items()
            if name not in parts and name in self.net.graph.sizes
        }
        others = {axis: size for axis, size in self.sizes.items() if axis not in self.net.graph.symbols}
        choices.letters = {**others, **formulas}
        free = dict.fromkeys((*parts, *others))
        graph = build(self.spec, sizes, None, tuple(free), hints=False, choices=choices)
        return Lettered(Analysis(graph), letters, tuple(choices.met))


def _is_rounded(net: Analysis, name: str) -> bool:
    """Whether a letter is used, and is rounded wherever it is: what it stands for need not be whole."""
    formulas = set(_formulas(net))
    return any(name in _names(formula) for formula in formulas) and not any(
        name in _bare(formula) for formula in formulas
    )


def _formulas(net: Analysis) -> Iterator[Any]:
    """The formulas that the figures of a network are made of."""
    for shape in net.graph.inputs.values():
        yield from _letters(shape)
    for node in net.graph.nodes:
        yield from _letters((node.times, node.held, *node.y))
        yield from _letters(size for shape in node.layer.weights(*node.xs).values() for size in shape)


def _letters(sizes: Iterable[Any]) -> Iterator[Any]:
    return (size for size in sizes if not isinstance(size, int))


def _names(formula: Any) -> set[str]:
    return {symbol.name for symbol in formula.free_symbols}


def _bare(formula: Any) -> set[str]:
    """The letters of a formula that stand outside every rounding."""
    import sympy

    from archcalc.symbolic.terms import RoundTo

    if isinstance(formula, (RoundTo, sympy.floor, sympy.ceiling)):
        return set()
    if isinstance(formula, sympy.Symbol):
        return {formula.name}
    return set().union(*map(_bare, formula.args))
