"""Analysis and claims -> Verdicts: published figures and budgets against what was computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Shape
from archcalc.errors import ArchcalcError, Problem, SpecError, UsageError, likely, quote
from archcalc.expressions import ExpressionError, number
from archcalc.shown import Shown
from archcalc.spec.values import QUANTITIES, Claim, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from fractions import Fraction

    from archcalc.analysis import Analysis, Row
    from archcalc.errors import Place
    from archcalc.render.page import Page
    from archcalc.spec import Spec
    from archcalc.spec.node import Node as Text

_SUFFIX = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_MANY = 100  # problems; nobody reads more
_LONG = 16  # digits that are read at once
# compiled at the first use, which a spec of plain numbers never comes to
_FIGURE = r"([+-]?[0-9][0-9,_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)\s*(k|M|G|T|Ki|Mi|Gi)?B?\Z"
_COMPARED = r"(?s)(<=|>=|==|=|<|>)\s*(.+)\Z"
_CLAIM = r"(?s)(?:([A-Za-z0-9_.-]+)\.)?([A-Za-z_]+)\s*((?:<=|>=|==|=|<|>).+)\Z"
_SHAPE = r"[0-9]+(?:(?:@|x| x )[0-9]+)*\Z"


class Figure(NamedTuple):
    """A claimed value: an exact number or shape, a rounded number, or a bound."""

    relation: str  # "=", "<=", ">=", "<", ">"
    value: Any  # int, Fraction, or a tuple of ints
    within: Any = 0  # how far ours may lie from it: half the last written digit, or the tolerance
    text: str = ""

    def holds(self, computed: Any) -> bool:
        """Whether a computed figure agrees."""
        if isinstance(self.value, tuple):
            return tuple(computed) == self.value
        if isinstance(computed, tuple):
            return all(self.holds(size) for size in computed)
        if self.relation == "=":
            return bool(abs(computed - self.value) <= self.within)
        return bool(_RELATIONS[self.relation](computed, self.value))


_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


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

    @property
    def status(self) -> str:
        """`agrees`, `fails`, `gap` (wrong, and known to be), or `closed` (said to be wrong, and right)."""
        if self.known_gap:
            return "closed" if self.ok else "gap"
        return "agrees" if self.ok else "fails"

    @property
    def passes(self) -> bool:
        """Whether the build may go on."""
        return self.status in {"agrees", "gap"}


class Verdicts(Shown, tuple[Verdict, ...]):
    """Every verdict on a network, in the order claimed; as text, the table of `archcalc check`."""

    name: str
    input: Shape
    given: bool  # claims of a user's own, rather than the spec's

    @classmethod
    def of(cls, analysis: Analysis, verdicts: Iterable[Verdict], *, given: bool = False) -> Verdicts:
        """Verdicts on this network."""
        found = cls(verdicts)
        found.name, found.input, found.given = analysis.graph.spec.name, analysis.graph.input, given
        return found

    def page(self, width: int | None = None, *, every: bool = False) -> Page:
        """What fails and why, what agrees, and the count; `every` has a line for each figure."""
        from archcalc.render.agreement import page

        return page(self, width, every=every)

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(verdict.passes for verdict in self)

    def count(self, status: str) -> int:
        """How many verdicts have a status."""
        return sum(verdict.status == status for verdict in self)


def figure(text: str) -> Figure:
    """The figure that a text claims: `60000`, `1.8G`, `<= 250k`, `6@28x28`.

    A figure with a suffix, a decimal point or an exponent is rounded: it agrees when ours rounds to it.
    Raises ValueError with a sentence.
    """
    shown = text.strip()
    if shown.isdigit() and shown.isascii() and len(shown) < _LONG:
        return Figure("=", int(shown), text=shown)
    relation, text = "=", shown
    if match := re.match(_COMPARED, text):
        relation, text = match[1].replace("==", "="), match[2].strip()
    if match := re.match(_FIGURE, text):
        return _number(relation, match, shown)
    if relation == "=" and re.match(_SHAPE, text):
        return Figure("=", tuple(int(n) for n in re.split(r"@| x |x", text)), text=text)
    msg = f"{quote(shown)} is no figure: 60000, 1.8G, '<= 250k' or 6@28x28 are"
    raise ValueError(msg)


def _number(relation: str, match: re.Match[str], shown: str) -> Figure:
    digits = match[1].replace(",", "").replace("_", "")
    try:
        exact = number(digits)
    except ExpressionError as error:
        raise ValueError(str(error)) from None
    assert exact is not None
    scale = _SUFFIX.get(match[2] or "", 1)
    mantissa, _, exponent = digits.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    rounded = bool(match[2]) or decimals or exponent
    within = _scaled(scale, int(exponent or 0) - decimals) if rounded and relation == "=" else 0
    value = exact * scale
    if relation == "=":
        shown = shown.lstrip("=").strip()
    return Figure(
        relation, getattr(value, "numerator", value) if value == int(value) else value, within, shown
    )


def _scaled(scale: int, power: int) -> Fraction:
    """Half of the last written digit."""
    from fractions import Fraction

    return Fraction(scale, 2) * Fraction(10) ** power


def read(node: Text) -> Figure:
    """The figure of an `expect` line: a number, a comparison, a list, or `{value: 1.8G, tol: 3%}`."""
    value = node.value
    if isinstance(value, str):
        return figure(value)
    if isinstance(value, list):
        sizes = [part.value for part in value]
        if not all(isinstance(size, str) and size.isdigit() and len(size) < _LONG for size in sizes):
            msg = "an output is a list of sizes, as [6, 28, 28]"
            raise ValueError(msg)
        return Figure("=", tuple(int(str(size)) for size in sizes), text=f"[{', '.join(map(str, sizes))}]")
    given = node.plain()
    if set(given) - {"value", "tol"} or "value" not in given or not isinstance(given["value"], str):
        msg = "a figure with a tolerance is {value: 1.8G, tol: 3%}"
        raise ValueError(msg)
    found = figure(given["value"])
    return found._replace(within=_tolerance(given.get("tol", "0"), found), text=found.text)


def _tolerance(text: Any, found: Figure) -> Any:
    from fractions import Fraction

    plain = str(text).strip()
    share = plain.endswith("%")
    value = number(plain.removesuffix("%").strip())
    if value is None or value < 0 or isinstance(found.value, tuple):
        msg = f"tol is a number or a percentage, not {quote(plain)}"
        raise ValueError(msg)
    return abs(found.value) * Fraction(value) / 100 if share else Fraction(value)


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
    if quantity not in QUANTITIES:
        fix = likely(quantity, QUANTITIES)
        why = (f"figures: {', '.join(QUANTITIES)}",)
        raise UsageError(Problem(f"there is no figure {quote(quantity)}", why, fix))
    try:
        return at, quantity, figure(match[3])
    except ValueError as error:
        raise UsageError(Problem(f"claim {quote(text)}: {error}")) from None


def computed(analysis: Analysis, at: str, quantity: str) -> Any:
    """What was computed for a figure; rows that do not have it raise ValueError."""
    row = analysis[at]
    if quantity == "layers":
        return layers(analysis) if at == "total" else 1
    if quantity == "output":
        return row.output if at != "total" else analysis.graph.output
    if quantity == "receptive_field":
        return _field(analysis, row)
    return row[quantity]


def layers(analysis: Analysis) -> int:
    """How many layers there are: rows that compute or keep something, as the 1998 paper counts seven."""
    return len(analysis.rows)


def _field(analysis: Analysis, row: Row) -> Shape:
    from archcalc.receptive import fields

    field = fields(analysis.graph)[row.nodes[-1].name]
    return Shape([reach.size for reach in field.values()], list(field))


def judge(analysis: Analysis, claims: Iterable[str] | None = None) -> Verdicts:
    """Verdicts on the `expect` lines of a spec, or on claims given in their language.

    Raises SpecError or UsageError for claims that have no meaning.
    """
    if claims is not None:
        return Verdicts.of(analysis, (_given(analysis, text) for text in claims), given=True)
    spec = analysis.graph.spec
    if spec.claims and not analysis.graph.as_written:
        own = "x".join(map(str, analysis.graph.written))
        why = f"the figures in the file hold for its own sizes, input {own}"
        fix = f"archcalc check {spec.shown}, or claims of your own for these sizes"
        raise UsageError(
            Problem("published figures at other sizes than they were published for", (why,), fix)
        )
    problems: list[Problem] = []
    found: list[Verdict] = []
    at_sizes: dict[tuple[tuple[str, str], ...], Analysis] = {(): analysis}
    names = {"total", *analysis.parts, *(row.name for row in analysis)}
    for claim in spec.claims:
        if len(problems) > _MANY and claim.at not in names:  # its likely spelling is not looked up
            what = f"{quote(spec.name)} has no layer {quote(claim.at)}"
            problems.append(_about(claim, Problem(what)))
            continue
        try:
            found.append(_judged(_at(spec, claim, at_sizes), claim, spec))
        except ValueError as error:
            problems.append(Problem(f"{claim.quantity}: {error}", place=claim.value.place))
        except ArchcalcError as error:
            problems += [_about(claim, problem) for problem in error.problems]
    if problems:
        raise SpecError(problems)
    return Verdicts.of(analysis, found)


def _about(claim: Claim, problem: Problem) -> Problem:
    """A problem at the part of the claim that led to it: `at`, or the sizes that it sets."""
    pairs = claim.line.value
    assert isinstance(pairs, dict)
    if problem.place is None:
        key = "set" if claim.sizes and "to set" in problem.what else "at"
        return problem._replace(place=pairs[key][1].place)
    if not claim.sizes:
        return problem
    sizes = ", ".join(f"{name} = {size}" for name, size in claim.sizes.items())
    return problem._replace(why=(*problem.why, f"line {claim.line.line + 1} sets {sizes}"))


def _given(analysis: Analysis, text: str) -> Verdict:
    at, quantity, claimed = parse(text)
    value = computed(analysis, at, quantity)
    try:
        _comparable(claimed, value)
    except ValueError as error:
        raise UsageError(f"claim {quote(text)}: {error}") from None
    return Verdict(at, quantity, claimed, value, claimed.holds(value))


def _at(spec: Spec, claim: Claim, known: dict[tuple[tuple[str, str], ...], Analysis]) -> Analysis:
    """The network at the sizes that a claim sets."""
    key = tuple(sorted(claim.sizes.items()))
    if key not in known:
        from archcalc.analysis import Analysis
        from archcalc.graph import build

        known[key] = Analysis(build(spec, claim.sizes))
    return known[key]


def _judged(analysis: Analysis, claim: Claim, spec: Spec) -> Verdict:
    claimed = read(claim.value)
    value = computed(analysis, claim.at, claim.quantity)
    _comparable(claimed, value)
    return Verdict(
        claim.at,
        claim.quantity,
        claimed,
        value,
        claimed.holds(value),
        spec.cites.get(claim.cite),
        claim.note,
        claim.known_gap,
        claim.key.place,
        claim.sizes,
    )


def _comparable(claimed: Figure, value: Any) -> None:
    """Refuse a number against a shape, and a shape against a number."""
    maps = isinstance(value, Shape) and len(value) > 1 and value.axes[0] == "C"
    if maps and not isinstance(claimed.value, tuple):
        raise ValueError(f"a shape such as {value!r} is claimed by all its sizes, not by {claimed.text}")
    if isinstance(claimed.value, tuple) and not isinstance(value, tuple):
        raise ValueError(f"{claimed.text} is a shape, and the figure is a number")  # noqa: TRY004  (of the text)
