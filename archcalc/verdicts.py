"""Analysis and claims -> Verdicts: published figures and budgets against what was computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archcalc.dims import Shape
from archcalc.errors import ArchcalcError, Problem, SpecError, UsageError, likely, quote
from archcalc.measures import USUAL, Measures
from archcalc.memory import dtype_of
from archcalc.quantities import REFERENCE, SIZED, header, unit
from archcalc.shown import Shown
from archcalc.spec.figures import Figure, FigureError, figure, read
from archcalc.spec.values import QUANTITIES, Claim, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.analysis import Analysis
    from archcalc.errors import Place
    from archcalc.gaps import Closings
    from archcalc.render.page import Page
    from archcalc.spec import Spec
    from archcalc.spec.node import Document

Sizes: TypeAlias = "tuple[tuple[str, Any], ...]"
_EXPLAINED = 3  # figures of a file that fail
_MANY = 100  # problems; nobody reads more
_CLAIM = r"(?s)(?:([A-Za-z0-9_.-]+)\.)?([A-Za-z_]+)\s*((?:<=|>=|==|=|<|>|≤|≥).+)\Z"


class Verdict(NamedTuple):
    """One figure held against what was computed."""

    at: str
    quantity: str
    figure: Figure
    computed: Any
    ok: bool
    source: Source | None = None
    note: str = ""
    known_gap: str = ""
    place: Place | None = None
    sizes: Mapping[str, Any] = {}
    dtype: str = ""  # of a figure in bytes
    made_of: str = ""  # what a figure consists of, where that says something
    convention: str = ""  # whose way of counting it is, where not the reference rule's

    @property
    def header(self) -> str:
        """What the figure is called: `MACs`, `MACs as fvcore`."""
        whose = f" as {self.convention}" if self.convention else ""
        return header(self.quantity) + whose

    @property
    def where(self) -> str:
        """The layer, and the sizes that the figure is at: `total (H=64)`."""
        sizes = ", ".join(f"{name}={size}" for name, size in self.sizes.items())
        return f"{self.at} ({sizes})" if sizes else self.at

    @property
    def status(self) -> str:
        """`agrees`, `fails`, `gap` (wrong, and known to be), or `closed` (said to be wrong, and right)."""
        if self.known_gap:
            return "closed" if self.ok else "gap"
        return "agrees" if self.ok else "fails"

    @property
    def off(self) -> str:
        """How far a claim that fails is off: `the claim is 1,706 too high`; nothing for a shape."""
        claimed, found = self.figure.value, self.computed
        if self.ok or isinstance(claimed, tuple) or not isinstance(found, int):
            return ""
        gap = abs(claimed - found)
        shown = f"{gap:,}" if isinstance(gap, int) else f"{float(gap):,.1f}"
        return f"the claim is {shown} too {'high' if claimed > found else 'low'}" if gap else ""

    @property
    def passes(self) -> bool:
        """Whether the build may go on."""
        return self.status in {"agrees", "gap"}


class Verdicts(Shown, tuple[Verdict, ...]):
    """Every verdict on a network, in the order claimed; as text, the table of `archcalc check`."""

    name: str
    input: Shape
    given: bool  # claims of a user's own, rather than the spec's
    dtype: str  # of what is in bytes; nothing where nothing is
    notes: list[str]  # on an input that looks as if something else was meant
    elsewhere: int  # claims at other sizes that were left out
    nets: Mapping[Sizes, Analysis]  # the networks that were judged, by the sizes that claims set

    @classmethod
    def of(cls, judging: _Judging, verdicts: Iterable[Verdict], *, given: bool = False) -> Verdicts:
        """Verdicts on the network that is judged."""
        from archcalc.notes import odd

        analysis = judging.analysis
        found = cls(verdicts)
        found.nets = judging.at_sizes
        found.name, found.input, found.given = analysis.graph.spec.name, analysis.graph.input, given
        found.dtype = next((verdict.dtype for verdict in found if verdict.dtype), "")
        found.notes, found.elsewhere = odd(analysis), 0
        return found

    def page(self, width: int | None = None, *, every: bool = False) -> Page:
        """What fails and why, what agrees, and the count; `every` has a line for each figure."""
        from archcalc.render.agreement import page

        return page(self, width, every=every)

    def remedy(self) -> str:
        """The command that asks at which size the budgets that fail would hold; nothing where none would."""
        from archcalc.solution.remedy import remedy

        failing = [verdict for verdict in self if not verdict.ok]
        net = self.nets.get(())
        return remedy(net, failing, self.dtype) if failing and net is not None else ""

    def closing(self, verdict: Verdict, *, every: bool = False) -> Closings:
        """What would close the gap of a verdict that fails: computed when it is asked for.

        Of a file's figures only the first few that fail are looked into, unless `every` one is asked for.
        """
        from archcalc.gaps import Closings, closing

        failing = [each for each in self if each.status == "fails" and not each.convention]
        if verdict not in (failing if every or self.given else failing[:_EXPLAINED]):
            return Closings.of((), ())
        return closing(self.nets[_key(verdict.sizes)], verdict)

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(verdict.passes for verdict in self)

    def count(self, status: str) -> int:
        """How many verdicts have a status."""
        return sum(verdict.status == status for verdict in self)


def parse(text: str) -> tuple[str, str, Figure]:
    """Where, what and how much a claim on the command line says: `C3.connections=156000`.

    Raises UsageError with the mend.
    """
    match = re.match(_CLAIM, text.strip())
    if match is None:
        why = ("a claim is a figure of the whole network or of a layer, compared with a number",)
        fix = "params=61706, C3.connections=156000 or 'macs <= 10M'"
        raise UsageError(Problem(f"{quote(text)} is no claim", why, fix))
    at, quantity = match[1] or "total", match[2]
    fix = likely(quantity, QUANTITIES)
    # behind a layer, another word may be an axis of what it gives; which there are, the network knows
    if quantity not in QUANTITIES and (fix or not match[1]):
        why = (f"figures: {', '.join(QUANTITIES)}",)
        raise UsageError(Problem(f"there is no figure {quote(quantity)}", why, fix))
    at = "total" if at == "output" else at  # `output.H` is of what the network gives
    try:
        return at, quantity, figure(match[3])
    except FigureError as error:
        lead = text.strip()[: match.start(3)].rstrip()
        fix = f"{lead}={error.fix}" if error.fix[:1] not in "<>" else f"'{lead} {error.fix}'"
        raise UsageError(Problem(f"claim {quote(text)}: {error}", fix=fix if error.fix else "")) from None


def judge(
    analysis: Analysis,
    claims: Iterable[str] | None = None,
    dtype: str = USUAL,
    *,
    convention: str = REFERENCE,
    here: bool = False,
) -> Verdicts:
    """Verdicts on the `expect` lines of a spec, or on claims given in their language.

    `dtype` is that of claims in bytes, and `convention` whose way of counting claims are; a line of
    `expect` says its own. `here` leaves out the lines that set sizes, each of which is a network of its own.
    Raises SpecError or UsageError for claims that have no meaning.
    """
    judging = _Judging(analysis, dtype_of(dtype).name, convention)
    if claims is not None:
        return Verdicts.of(judging, [judging.given(text) for text in claims], given=True)
    spec = analysis.graph.spec
    if spec.claims and not analysis.graph.as_written:
        own = analysis.graph.written
        why = f"the figures in the file hold for its own sizes, input {own}"
        fix = f"archcalc check {spec.shown}, or claims of your own for these sizes"
        what = "published figures at other sizes than they were published for"
        raise UsageError(Problem(what, (why,), fix))
    lines = [claim for claim in spec.claims if not (here and claim.sizes)]
    found = Verdicts.of(judging, judging.expected(lines))
    found.elsewhere = len(spec.claims) - len(lines)
    return found


def held(measures: Measures, text: str, at: str, quantity: str, claimed: Figure) -> Verdict:
    """The verdict on a claim of the user's own, as `parse` has read it.

    Raises UsageError where the claim has no meaning for what was measured.
    """
    value = measures.of(at, quantity)
    try:
        _comparable(claimed, value, quantity)
    except FigureError as error:
        raise UsageError(f"claim {quote(text)}: {error}") from None
    dtype = measures.dtype if quantity in SIZED else ""
    return Verdict(at, quantity, claimed, value, claimed.holds(value), dtype=dtype)


class _Judging:
    """One call of `judge`: networks at the sizes of the claims so far, and what was measured of them."""

    def __init__(self, analysis: Analysis, dtype: str, convention: str) -> None:
        self.analysis = analysis
        self.dtype = dtype
        self.convention = convention
        self.spec = analysis.graph.spec
        self.at_sizes: dict[Sizes, Analysis] = {(): analysis}
        self.measures: dict[tuple[Analysis, str], Measures] = {}
        self.counts: dict[tuple[Analysis, str], Analysis] = {}

    def given(self, text: str) -> Verdict:
        """The verdict on a claim of the user's own."""
        at, quantity, claimed = parse(text)
        counted = self.counted(self.analysis, self.convention, quantity)
        measures = self.measured(counted, self.dtype)
        found = held(measures, text, at, quantity, claimed)
        return found._replace(made_of=measures.made_of(at, quantity), convention=_name(counted))

    def expected(self, claims: Iterable[Claim]) -> list[Verdict]:
        """The verdicts on lines of `expect`; every line without a meaning is told, and told once."""
        problems: list[Problem] = []
        found: list[Verdict] = []
        graph = self.analysis.graph
        names = {"total", *self.analysis.parts, *graph.groups, *(row.name for row in self.analysis)}
        for claim in claims:
            if len(problems) > _MANY and claim.at not in names:  # its likely spelling is not looked up
                what = f"{quote(self.spec.name)} has no layer {quote(claim.at)}"
                problems.append(_about(claim, Problem(what), "at"))
                continue
            judged = self.judged(claim)
            if isinstance(judged, Verdict):
                found.append(judged)
            else:
                problems += judged
        if problems:
            raise SpecError(list(dict.fromkeys(problems)))
        return found

    def judged(self, claim: Claim) -> Verdict | list[Problem]:
        """The verdict on a claim, or what is wrong with it, each at the part of the claim at fault."""
        try:
            analysis = self.at(claim)
        except ArchcalcError as error:
            return [_about(claim, problem, "set") for problem in error.problems]
        try:
            analysis = self.counted(analysis, claim.convention, claim.quantity, self.spec.document)
        except ArchcalcError as error:
            return [_about(claim, problem, "convention") for problem in error.problems]
        try:
            claimed = read(claim.value)
            value = self.measured(analysis, claim.dtype or USUAL).of(claim.at, claim.quantity)
            _comparable(claimed, value, claim.quantity)
        except FigureError as error:
            return [Problem(f"{claim.quantity}: {error}", place=claim.value.place)]
        except ArchcalcError as error:
            return [_about(claim, problem, "at") for problem in error.problems]
        found = _verdict(self.spec, claim, claimed, value)
        return found._replace(convention=_name(analysis))

    def counted(
        self, analysis: Analysis, convention: str, quantity: str, beside: Document | None = None
    ) -> Analysis:
        """A network as a convention counts it: one that comes with archcalc, or a file beside the spec's.

        Raises MissingError or SpecError for one that there is not, UsageError where it does not count this.
        """
        if convention in {"", REFERENCE}:
            return analysis
        key = (analysis, convention)
        if key not in self.counts:
            from archcalc.conventions import named
            from archcalc.conventions.count import Count

            self.counts[key] = Count(analysis, named(convention, beside))
        found = self.counts[key].convention
        if not found.counts(quantity):
            why = f"it counts {', '.join(header(each) for each in found.given)}"
            raise UsageError(Problem(f"{found.name} counts no {header(quantity)}", (why,)))
        return self.counts[key]

    def at(self, claim: Claim) -> Analysis:
        """The network at the sizes that a claim sets."""
        key = _key(claim.sizes)
        if key not in self.at_sizes:
            from archcalc.analysis import Analysis
            from archcalc.graph import build

            self.at_sizes[key] = Analysis(build(self.spec, claim.sizes))
        return self.at_sizes[key]

    def measured(self, analysis: Analysis, dtype: str) -> Measures:
        """The figures of a network in a dtype, each found once."""
        key = (analysis, dtype)
        if key not in self.measures:
            self.measures[key] = Measures(analysis, dtype)
        return self.measures[key]


def _name(analysis: Analysis) -> str:
    """The convention that a network is counted by; nothing where that is the reference rule."""
    return analysis.convention.name if analysis.convention else ""


def _key(sizes: Mapping[str, Any]) -> Sizes:
    """The sizes that a claim sets, as a key."""
    return tuple(sorted(sizes.items()))


def _verdict(spec: Spec, claim: Claim, claimed: Figure, value: Any) -> Verdict:
    source, place = spec.cites.get(claim.cite), claim.key.place
    ok = claimed.holds(value)
    dtype = dtype_of(claim.dtype or USUAL).name if claim.quantity in SIZED else ""
    rest = (source, claim.note, claim.known_gap, place, claim.sizes, dtype)
    return Verdict(claim.at, claim.quantity, claimed, value, ok, *rest)


def _about(claim: Claim, problem: Problem, key: str) -> Problem:
    """A problem at the part of the claim that led to it: `at`, or the sizes that it sets."""
    pairs = claim.line.value
    assert isinstance(pairs, dict)
    if problem.place is None:
        return problem._replace(place=pairs[key][1].place)
    if not claim.sizes:
        return problem
    sizes = ", ".join(f"{name} = {size}" for name, size in claim.sizes.items())
    return problem._replace(why=(*problem.why, f"line {claim.line.line + 1} sets {sizes}"))


def _comparable(claimed: Figure, value: Any, quantity: str) -> None:
    """Refuse a number against a shape, a shape against a number, and anything against a formula."""
    if claimed.binary and quantity not in SIZED:
        what = f"{claimed.text} is in bytes, and {header(quantity)} counts {unit(quantity)}"
        raise FigureError(what)
    shape = isinstance(value, tuple)
    if value is None or (shape and not value):
        raise FigureError("the layer has no such figure")
    if not all(hasattr(part, "denominator") for part in (value if shape else (value,))):
        raise FigureError(f"{quote(value)} is a formula while sizes are letters, and a claim needs numbers")
    maps = isinstance(value, Shape) and len(value) > 1 and value.axes[0] == "C"
    if maps and not isinstance(claimed.value, tuple):
        raise FigureError(f"a shape such as {value!r} is claimed by all its sizes, not by {claimed.text}")
    if isinstance(claimed.value, tuple) and not shape:
        raise FigureError(f"{claimed.text} is a shape, and the figure is a number")
