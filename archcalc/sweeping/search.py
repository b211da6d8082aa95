"""The structures that a network has over a grid, each in closed form.

A network is built in letters at one point of the grid. What the letters decided there is kept as
conditions, and wherever those come out the same, the network consists of the same layers and its
formulas hold. The next network is built at the first point that is left, until none is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archcalc.analysis import Analysis
from archcalc.errors import Problem, SpecError, UsageError
from archcalc.graph import build
from archcalc.graph.choices import Choices
from archcalc.measures import Measures
from archcalc.notes import skipping
from archcalc.sweeping.compiling import Compiler
from archcalc.sweeping.grid import Grid
from archcalc.sweeping.structure import HERE, REASON, UNREAD, VALID, WHOLE, Structure
from archcalc.symbolic import equal
from archcalc.symbolic.terms import expression, letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction

    from archcalc.graph import Graph
    from archcalc.spec import Spec
    from archcalc.sweeping.program import Program
    from archcalc.sweeping.wanted import Figure

_MOST = 2_000
"""Structures of one sweep; each is a network that is built."""


class Source(NamedTuple):
    """What a sweep is of: a spec, and the sizes that are not swept."""

    spec: Spec
    sizes: dict[str, Any]
    input: Sequence[Any] | None

    def graph(self, point: dict[str, int | Fraction]) -> Graph:
        """The network at one point. Raises SpecError where the sizes do not go together."""
        axes = {name: size for name, size in point.items() if name not in self.spec.symbols}
        if not axes:
            return build(self.spec, {**self.sizes, **point}, self.input)
        rest = {name: size for name, size in point.items() if name not in axes}
        return build(self.spec, {**self.sizes, **rest}, self.input, tuple(axes), choices=Choices(axes, {}))


def structures(
    source: Source, grid: Grid, figures: Sequence[Figure], tell: Callable[[str], None]
) -> list[Structure]:
    """Every structure on a grid. Raises UsageError where there are too many, or a figure has no formula."""
    return _Search(source, grid, figures, tell).run()


class _Search:
    """The search for points at which the structure is not known yet."""

    def __init__(
        self, source: Source, grid: Grid, figures: Sequence[Figure], tell: Callable[[str], None]
    ) -> None:
        self.source, self.grid, self.figures, self.tell = source, grid, figures, tell
        self.found: list[Structure] = []
        self.deciding: set[str] = set()  # the sizes that what is known depends on
        self.fixed: set[str] = set()  # sizes that cannot be letters
        self.ends = grid.ends(grid.all())
        self.counted = any(figure.quantity == "layers" for figure in figures)

    def run(self) -> list[Structure]:
        """One structure after the other, each at the first point that is left."""
        before: set[str] = set()
        grid, box = self._deciding_grid(), 0
        while box < grid.boxes:
            left = self._left(grid, box)
            if left is None:
                box += 1
                continue
            if len(self.found) >= _MOST:
                names = ", ".join(sorted(self.deciding))
                why = (f"it changes with {names}, and each change is a network of its own",)
                raise UsageError(Problem(f"more than {_MOST:,} structures", why, f"fewer values of {names}"))
            point = {name: domain[0] for name, domain in self.grid.domains.items()} | grid.values(left)
            self.found.append(self.at(point))
            if len(self.found) % 20 == 0:
                self.tell(f"{len(self.found):,} structures")
            if self.deciding != before:
                before = set(self.deciding)
                grid, box = self._deciding_grid(), 0
        return self.found

    def _deciding_grid(self) -> Grid:
        """The grid of the sizes that decide; those that do not stand still."""
        return Grid({name: d for name, d in self.grid.domains.items() if name in self.deciding})

    def _left(self, grid: Grid, number: int) -> int | None:
        """The first point of a box where no structure holds; None where all is known."""
        if not self.found:
            return 0
        box = grid.box(number)
        letters, covered = dict(grid.axes(box)), np.zeros(box.shape, dtype=bool)
        for structure in self.found:
            if HERE not in structure.program.results:
                return None
            exact = not structure.program.only([HERE]).fits(grid.ends(box))
            covered |= structure.program.run(letters, [HERE], exact=exact)[HERE]
            if covered.all():
                return None
        return box.start + int(np.flatnonzero(~covered.ravel())[0])

    # -- one structure

    def at(self, point: dict[str, int | Fraction]) -> Structure:
        """The structure at a point, with as many sizes as letters as can be."""
        failed = []
        for fixed, counted in self._ways():
            try:
                return self._built(point, fixed, counted=counted)
            except SpecError as error:
                failed.append((_said(error), self.choices))
        try:
            self.source.graph(point)
        except SpecError as error:
            # where the letters' network has the same mistake, it does not come from their values
            choices = next((own for said, own in failed if said == _said(error)), None)
            return self._broken(choices or self._choices(point, set(self.grid.names), counted=True), error)
        names = self._freeable(point)
        return self._built(point, set(self.grid.names) - names, counted=True)

    def _ways(self) -> Iterable[tuple[set[str], bool]]:
        if not self.counted:
            yield self.fixed, False
        yield self.fixed, True

    def _freeable(self, point: dict[str, int | Fraction]) -> set[str]:
        """Sizes that can be letters together; the others are fixed from now on."""
        free: set[str] = set()
        for name in self.grid.names:
            if name in self.fixed:
                continue
            try:
                self._built(point, set(self.grid.names) - free - {name}, counted=True)
            except SpecError:
                self.fixed.add(name)
            else:
                free.add(name)
        return free

    def _broken(self, choices: Choices, error: SpecError) -> Structure:
        """Where there is no network: as far as what was met there is met again."""
        layer = error.problems[0].layer or "the network"
        return Structure(self._program(Compiler(), choices), broken=layer, safe=True)

    def _choices(self, point: dict[str, int | Fraction], fixed: set[str], *, counted: bool) -> Choices:
        letters, values = {}, {}
        for name, size in point.items():
            own = self.grid.letters[name]
            values[name] = own.value(size)
            letters[name] = (letter(name) - own.shift) / expression(own.parts)
        within = [figure.at for figure in self.figures if figure.at != "total"]
        found = Choices(letters, values, counted=counted, within=within)
        for name in fixed:
            found.holds(equal(letters[name], expression(point[name])))
            letters[name] = point[name]
        return found

    def _built(self, point: dict[str, int | Fraction], fixed: set[str], *, counted: bool) -> Structure:
        """The structure at a point, with some sizes as numbers."""
        choices = self.choices = self._choices(point, fixed, counted=counted)
        source = self.source
        graph = build(source.spec, source.sizes, source.input, self.grid.names, choices=choices)
        analysis = Analysis(graph)
        compiler = Compiler()
        for figure in self.figures:
            compiler.results[figure.name] = compiler.whole(_expression(analysis, figure))
        return self._conditions(analysis, compiler, choices)

    def _conditions(self, analysis: Analysis, compiler: Compiler, choices: Choices) -> Structure:
        """Where the structure is this one, where it is valid, and where it leaves something unread."""
        graph, reasons = analysis.graph, dict[int, str]()
        for rule in graph.rules:
            if rule.holds is not True:
                reasons.setdefault(compiler.truth(rule.holds), "input")
        for node in graph.nodes:
            for rule in node.rules:
                reasons.setdefault(compiler.truth(rule.holds), node.row)
        for i, place in enumerate(reasons):
            compiler.results[f"{REASON}{i}"] = place
        valid = compiler.all(reasons)
        if valid is not None:
            compiler.results[VALID] = valid
        unread = [rule.holds for _, rules in skipping(graph) for rule in rules]
        read = compiler.all(compiler.truth(holds) for holds in unread if holds is not False)
        if any(holds is False for holds in unread):
            compiler.results[UNREAD] = compiler.step("at_least_0", compiler.number(0))
        elif read is not None:
            compiler.results[UNREAD] = compiler.step("not", read)
        whole = compiler.all(compiler.step("is_0", rest) for rest in compiler.inexact)
        if whole is not None:
            compiler.results[WHOLE] = whole
        program = self._program(compiler, choices)
        note = _left_out(analysis) if any(f.quantity == "connections" for f in self.figures) else ""
        return Structure(program, tuple(reasons.values()), safe=program.fits(self.ends), note=note)

    def _program(self, compiler: Compiler, choices: Choices) -> Program:
        """The program, with where the structure holds among its results."""
        here = compiler.all(compiler.truth(condition, holds=holds) for condition, holds in choices.met)
        if here is not None:
            compiler.results[HERE] = here
        program = compiler.program()
        if here is not None:
            self.deciding |= program.letters([HERE])
        return program


def _left_out(analysis: Analysis) -> str:
    """The kinds of layer whose connections are not defined."""
    ops = dict.fromkeys(
        n.layer.op for n in analysis.graph.nodes if analysis.parts[n.name].connections is None
    )
    return f"connections leave out {', '.join(ops)}, where they are not defined" if ops else ""


def _said(error: SpecError) -> list[tuple[str, str]]:
    """What an error says, layer by layer."""
    return [(problem.layer, problem.what) for problem in error.problems]


def _expression(analysis: Analysis, figure: Figure) -> Any:
    """A figure of a network in letters."""
    import sympy

    measures = Measures(analysis, figure.dtype)
    if figure.quantity == "peak":
        row = analysis[figure.at]
        names = {node.name for node in row.nodes}
        live = [each for each in measures.live if figure.at == "total" or each.node in names]
        totals = list(dict.fromkeys(each.total for each in live))
        return sympy.Max(*totals, evaluate=False) if len(totals) > 1 else (totals or [0])[0]
    value = measures.of(figure.at, figure.quantity)
    if value is None:
        raise UsageError(f"{figure.at} has no {figure.quantity}")
    return value
