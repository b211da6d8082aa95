"""Looking: what claims come to at one choice of sizes, and between which ends at many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis import Analysis
from archcalc.errors import ArchcalcError, Problem, UsageError
from archcalc.graph import build, build_between
from archcalc.intervals import Interval, ends
from archcalc.measures import Measures
from archcalc.quantities import COUNTED, TABLE
from archcalc.receptive import PARTS
from archcalc.verdicts import held

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.graph import Graph
    from archcalc.solution.unknowns import Unknown
    from archcalc.spec.figures import Figure
    from archcalc.verdicts import Verdict

Point = tuple[int, ...]
Box = tuple[tuple[int, "int | None"], ...]
"""For each unknown, the places of its first and its last value; None for no end."""
ANY = Interval(None, None, whole=False)
MOST = 5_000  # sizes and ranges that one search looks at
WORK = 300_000  # layers that it builds


class Claim(NamedTuple):
    """What is claimed of a figure, and the words for it."""

    text: str
    at: str
    quantity: str
    figure: Figure

    @property
    def bound(self) -> str:
        """`most`, `least`, or `equal`."""
        return {"<=": "most", "<": "most", ">=": "least", ">": "least"}.get(self.figure.relation, "equal")


class Look(NamedTuple):
    """One choice of sizes: the verdicts on the claims there, or why there is no such network."""

    sizes: tuple[Any, ...]
    verdicts: tuple[Verdict, ...] = ()
    wanted: Any = 0  # the figure that is to be as large, or as small, as can be
    problem: Problem | None = None

    @property
    def valid(self) -> bool:
        """Whether there is such a network."""
        return self.problem is None

    @property
    def fits(self) -> bool:
        """Whether all claims hold."""
        return self.valid and all(verdict.ok for verdict in self.verdicts)


class Bounds(NamedTuple):
    """Many choices of sizes at once: between which ends each figure lies."""

    figures: tuple[Any, ...]
    wanted: Any = ANY
    certain: bool = False  # each choice is a network for which every claim holds


class Looks:
    """One search: what was looked at so far, each once, within bounds."""

    def __init__(
        self,
        graph: Graph,
        unknowns: Sequence[Unknown],
        claims: Sequence[Claim],
        dtype: str,
        wanted: tuple[str, str] | None = None,
    ) -> None:
        self.graph = graph
        self.unknowns = unknowns
        self.claims = claims
        self.dtype = dtype
        self.wanted = wanted
        self.seen: dict[Point, Look] = {}
        self.bounds: dict[Box, Bounds | None] = {}
        self.work = 0

    def at(self, point: Point) -> Look:
        """What the claims come to at one choice of sizes."""
        if point not in self.seen:
            self._spend()
            values = tuple(u.values[i] for u, i in zip(self.unknowns, point, strict=True))
            self.seen[point] = self._look(values)
        return self.seen[point]

    def _look(self, values: tuple[Any, ...]) -> Look:
        try:
            measures = Measures(self.analysis(values), self.dtype)
            verdicts = tuple(held(measures, *claim) for claim in self.claims)
            wanted = measures.of(*self.wanted) if self.wanted else 0
        except ArchcalcError as error:
            self.work += len(self.graph.nodes)
            return Look(values, problem=error.problems[0])
        return Look(values, verdicts, wanted)

    def analysis(self, values: Sequence[Any]) -> Analysis:
        """The network at one choice of sizes. Raises SpecError where there is none."""
        sizes, given = self._sizes(values)
        graph = build(self.graph.spec, sizes, given, hints=False)
        self.work += len(graph.nodes)
        return Analysis(graph)

    def between(self, box: Box) -> Bounds | None:
        """Between which ends the figures of many choices lie; None where none of them is a network."""
        if box not in self.bounds:
            self._spend()
            values = [u.between(*places) for u, places in zip(self.unknowns, box, strict=True)]
            self.bounds[box] = self._between(values)
        return self.bounds[box]

    def onwards(self) -> Bounds | None:
        """Between which ends the figures lie from the smallest sizes on, whatever their domains."""
        return self._between([Interval(u.values[0], None, whole=u.whole) for u in self.unknowns])

    def _between(self, values: Sequence[Any]) -> Bounds | None:
        unknown = Bounds((ANY,) * len(self.claims))
        sizes, given = self._sizes(values)
        try:
            graph = build_between(self.graph.spec, sizes, given)
            if graph is None:
                return None
            self.work += 2 * len(graph.nodes)
            measures = Measures(Analysis(graph), self.dtype)
            figures = tuple(_between(measures, claim.at, claim.quantity) for claim in self.claims)
            wanted = _between(measures, *self.wanted) if self.wanted else ANY
        except (ArchcalcError, TypeError):  # what there is depends on where in the box one looks
            self.work += len(self.graph.nodes)
            return unknown
        settled = all(node.rules == [] and isinstance(node.times, int) for node in graph.nodes)
        pairs = list(zip(self.claims, figures, strict=True))
        return Bounds(figures, wanted, settled and all(surely(claim.figure, found) for claim, found in pairs))

    def hopeless(self, bounds: Bounds) -> bool:
        """Whether some claim holds nowhere between these bounds."""
        pairs = zip(self.claims, bounds.figures, strict=True)
        return any(not possibly(claim.figure, found) for claim, found in pairs)

    def _sizes(self, values: Sequence[Any]) -> tuple[dict[str, Any], Any]:
        """The symbols and the input of one choice."""
        graph = self.graph
        sizes, given = dict(graph.sizes), graph.given
        for unknown, value in zip(self.unknowns, values, strict=True):
            if unknown.axis is None:
                sizes[unknown.name] = value
            else:
                given = list(given or graph.input)
                given[unknown.axis] = value
        return sizes, given

    def _spend(self) -> None:
        if len(self.seen) + len(self.bounds) >= MOST or self.work > WORK:
            raise self.too_many()

    def too_many(self) -> UsageError:
        """The search is not over, and has looked at as much as it may."""
        looked = f"{len(self.seen):,} sizes and the bounds of {len(self.bounds):,} ranges were looked at"
        fewer = "a shorter range, or larger steps, leave fewer"
        if len(self.unknowns) > 1:
            fewer += "; so does setting one of the sizes"
        endless = [u for u in self.unknowns if u.length is None] or self.unknowns
        fix = " ".join(f"--for {u.name}={self.narrower(u)}" for u in endless)
        return UsageError(Problem("there are too many sizes to search", (looked, fewer), fix))

    def narrower(self, unknown: Unknown) -> str:
        """A domain of some sixteen sizes around that of the network."""
        now = self.graph.symbols.get(unknown.name)
        if unknown.axis is not None:
            now = self.graph.input[unknown.axis]
        if not isinstance(now, int) or now < 2:
            return "0.25:1.5:0.25" if not unknown.whole else "1:16"
        step = max(1, now // 4)
        return f"{step}:{16 * step}:{step}" if step > 1 else "1:16"


def _between(measures: Measures, at: str, quantity: str) -> Any:
    """Between which ends a figure lies; ANY where nothing is known of it."""
    if quantity in PARTS:
        return ANY
    graph = measures.analysis.graph
    repeated = not all(isinstance(node.times, int) for node in graph.nodes)
    if repeated and any(map(str.isdigit, at.split("."))):  # one copy, which may stand for others here
        return ANY
    found = measures.of(at, quantity)
    if not repeated or quantity in {*COUNTED, "weights", "output"} or quantity not in TABLE:
        return found
    # one copy stands for all, and a later one may hold more
    return Interval(ends(found)[0], None) if quantity == "peak" else ANY


def possibly(figure: Figure, found: Any) -> bool:
    """Whether a figure may hold somewhere between ends."""
    if isinstance(found, tuple):
        claimed = figure.value if isinstance(figure.value, tuple) else (figure.value,) * len(found)
        if len(claimed) != len(found):
            return False
        return all(possibly(figure._replace(value=v), part) for v, part in zip(claimed, found, strict=True))
    low, high = ends(found)
    value, within = figure.value, figure.within
    if isinstance(value, tuple):  # a shape of which nothing is known
        return True
    return {
        "<=": low is None or low <= value,
        "<": low is None or low < value,
        ">=": high is None or high >= value,
        ">": high is None or high > value,
        "=": (low is None or low <= value + within) and (high is None or high >= value - within),
    }[figure.relation]


def surely(figure: Figure, found: Any) -> bool:
    """Whether a figure holds everywhere between ends."""
    if isinstance(found, tuple) or isinstance(figure.value, tuple):
        return False
    low, high = ends(found)
    value, within = figure.value, figure.within
    return {
        "<=": high is not None and high <= value,
        "<": high is not None and high < value,
        ">=": low is not None and low >= value,
        ">": low is not None and low > value,
        "=": low is not None and high is not None and low >= value - within and high <= value + within,
    }[figure.relation]
