"""What is asked: sizes that are looked for, claims that are to hold, and the figure that decides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Shape
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.measures import USUAL, Measures
from archcalc.memory import dtype_of
from archcalc.quantities import SIZED, TABLE
from archcalc.solution.looks import Claim, Looks
from archcalc.solution.unknowns import Unknown, unknowns
from archcalc.verdicts import held, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis import Analysis
    from archcalc.solution.looks import Box


class Question(NamedTuple):
    """Sizes that are looked for, claims that are to hold, and the figure that decides, if one does."""

    net: Analysis
    unknowns: list[Unknown]
    claims: list[Claim]
    dtype: str
    wanted: tuple[str, str] | None = None
    most: bool = True  # of what is wanted

    @property
    def names(self) -> tuple[str, ...]:
        """What is looked for."""
        return tuple(unknown.name for unknown in self.unknowns)

    @property
    def box(self) -> Box:
        """All choices of sizes."""
        return tuple((0, None if u.length is None else u.length - 1) for u in self.unknowns)

    @property
    def in_bytes(self) -> bool:
        """Whether some figure depends on the dtype."""
        asked = [claim.quantity for claim in self.claims] + ([self.wanted[1]] if self.wanted else [])
        return any(quantity in SIZED for quantity in asked)

    def looks(self, claims: Sequence[Claim] | None = None) -> Looks:
        """A search for an answer; with no claims, for any network."""
        if claims is None:
            return Looks(self.net.graph, self.unknowns, self.claims, self.dtype, self.wanted)
        return Looks(self.net.graph, self.unknowns, claims, self.dtype)


def ask(
    net: Analysis,
    asked: Mapping[str, Any] | Sequence[str] | str,
    claims: Sequence[str],
    dtype: str = USUAL,
    most: str = "",
    least: str = "",
) -> Question:
    """The question that these words ask. Raises UsageError where they have no meaning together."""
    if net.graph.symbolic:
        raise UsageError("what is looked for is named, and no size stays a letter")
    looked_for = unknowns(net.graph, _asked(asked))
    read = [_claim(text, looked_for) for text in claims]
    if most and least:
        raise UsageError("most and least are two wishes, and one can be granted")
    wanted = _wanted(most or least) if most or least else None
    if not read and wanted is None:
        fix = f"archcalc solve {net.graph.spec.shown} --for {looked_for[0].name} 'macs <= 10M'"
        raise UsageError(Problem("solve needs a claim that is to hold", fix=fix))
    question = Question(net, looked_for, read, dtype_of(dtype).name, wanted, bool(most))
    _refuse_meaningless(Measures(net, question.dtype), question)
    return question


def _asked(asked: Mapping[str, Any] | Sequence[str] | str) -> Mapping[str, Any]:
    if isinstance(asked, str):
        return {asked: None}
    return asked if hasattr(asked, "keys") else dict.fromkeys(asked)  # type: ignore[return-value]


def _claim(text: str, looked_for: Sequence[Unknown]) -> Claim:
    """A claim as it was typed, read; one on a size that is looked for is its domain."""
    word = re.match(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*[<>=≤≥]", text)
    if word and word[1] in {unknown.name for unknown in looked_for}:
        name = word[1]
        what = f"{quote(text)} is about {name} itself, which is what is looked for"
        raise UsageError(Problem(what, ("its values are a range or a list",), f"--for {name}=1:64"))
    return Claim(text.strip(), *parse(text))


def _wanted(word: str) -> tuple[str, str]:
    """The figure that decides between sizes: `macs`, or of a layer `stage2.macs`."""
    at, _, quantity = word.rpartition(".")
    if quantity not in TABLE or not TABLE[quantity].unit:
        numbers = [name for name, each in TABLE.items() if each.unit]
        why = (f"figures: {', '.join(numbers)}",)
        raise UsageError(
            Problem(f"there is no figure {quote(word)} to decide by", why, likely(quantity, numbers))
        )
    return at or "total", quantity


def _refuse_meaningless(measures: Measures, question: Question) -> None:
    """Claims must have a meaning for the network as it is: its layers, and their figures."""
    for claim in question.claims:
        held(measures, *claim)
    if question.wanted and measures.of(*question.wanted) is None:
        at, quantity = question.wanted
        raise UsageError(f"{at} has no {quantity} to decide by")


def refuse_constant(question: Question, looks: Looks) -> None:
    """A claim that is the same at every size is for check, and a size that no claim depends on for --set."""
    bounds = looks.between(question.box)
    if bounds is None or any(map(_is_number, bounds.figures)):  # it may be another beyond the domain
        bounds = looks.onwards()
    for claim, figure in zip(question.claims, bounds.figures if bounds else (), strict=False):
        if _is_number(figure):
            what = f"{quote(claim.text)} does not depend on {' or '.join(question.names)}"
            shown = repr(figure) if isinstance(figure, Shape) else f"{figure:,}"
            at = "" if claim.at == "total" else f"{claim.at} "
            why = (f"{at}{claim.quantity} is {shown} at every size",)
            fix = f"archcalc check {question.net.graph.spec.shown} {quote(claim.text)}"
            raise UsageError(Problem(what, why, fix))
    for unknown in question.unknowns if len(question.unknowns) > 1 else ():
        alone = question._replace(unknowns=[unknown])
        bounds = alone.looks().onwards()
        figures = [*bounds.figures, *([bounds.wanted] if question.wanted else [])] if bounds else []
        if figures and all(map(_is_number, figures)):
            what = f"nothing that is asked depends on {unknown.name}"
            now = question.net.graph.symbols.get(unknown.name, unknown.values[0])
            raise UsageError(Problem(what, ("any of its sizes would do",), f"--set {unknown.name}={now}"))


def _is_number(figure: Any) -> bool:
    """Whether a figure is the same between its ends."""
    return all(map(_is_number, figure)) if isinstance(figure, tuple) else hasattr(figure, "denominator")
