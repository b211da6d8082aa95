"""The published figures of a page: each with its verdict, its source, and the way to where it holds."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.render.agreement import claim
from archcalc.render.figures import write
from archcalc.web.markup import Markup, joined, scrolling, tag
from archcalc.web.words import cited

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.spec.values import Source
    from archcalc.verdicts import Verdict, Verdicts
    from archcalc.web.letters import Letter

_SIGNS = {
    "agrees": ("✓", "agrees"),
    "fails": ("✗", "differs"),
    "gap": ("~", "known to differ"),
    "closed": ("✗", "agrees, though it was said to differ"),
}


def verdicts(net: Analysis) -> Verdicts | None:
    """The verdicts on what was published; None where nothing was, or for other sizes than these."""
    from archcalc.verdicts import judge

    return judge(net) if net.spec.claims and net.graph.as_written else None


def marks(found: Verdicts | None) -> dict[tuple[str, str], str]:
    """For each figure of the table that was published here, the class of its cell."""
    here = [v for v in found or () if not v.sizes and not v.convention]
    classes: dict[tuple[str, str], str] = {}
    for v in here:
        # one source that errs does not take away what another confirms
        if classes.get((v.at, v.quantity)) != "agrees":
            classes[v.at, v.quantity] = v.status
    return classes


def section(found: Verdicts, letters: tuple[Letter, ...]) -> Markup:
    """The table of published figures."""
    good = found.count("agrees")
    gaps = found.count("gap")
    rest = len(found) - good - gaps
    said = [f"{good} of {len(found)} agree"]
    said += [f"{gaps} {'is' if gaps == 1 else 'are'} known to differ, with the reason"] if gaps else []
    said += [f"{rest} differ{'s' * (rest == 1)}"] if rest else []
    heads = ("", "where", "figure", "published", "computed", "")
    top = tag("thead", tag("tr", joined(tag("th", head, scope="col") for head in heads)))
    table = tag(
        "table", top, joined(_of(source, found, letters) for source in _sources(found)), id="published"
    )
    return joined((tag("p", f"{', '.join(said)}."), scrolling(table, "published figures")))


def _sources(found: Verdicts) -> dict[Source | None, None]:
    """The sources, each once; None for what is given without one."""
    return dict.fromkeys(v.source for v in found)


def _of(source: Source | None, found: Verdicts, letters: tuple[Letter, ...]) -> Markup:
    """What one source says."""
    name = cited(source) if source else "counted by hand"
    head = tag("tr", tag("th", name, colspan=6, scope="rowgroup", class_="source"))
    return tag("tbody", head, joined((_row(v, letters) for v in found if v.source == source), "\n"))


def _row(verdict: Verdict, letters: tuple[Letter, ...]) -> Markup:
    sign, word = _SIGNS[verdict.status]
    why = " ".join(filter(None, (verdict.note, verdict.known_gap)))
    agrees = (tag("span", sign, aria_hidden="true"), tag("span", word, class_="spoken"))
    return tag(
        "tr",
        tag("td", *agrees, class_=verdict.status),
        tag("th", verdict.at, _sizes(verdict, letters), scope="row"),
        tag("td", verdict.header),
        tag("td", claim(verdict), class_="number"),
        tag("td", write(verdict.computed), class_="number"),
        tag("td", why, class_="quiet"),
    )


def _sizes(verdict: Verdict, letters: tuple[Letter, ...]) -> Markup:
    """The sizes that a figure is at, as a button that goes there."""
    if not verdict.sizes:
        return Markup("")
    said = ", ".join(f"{name} = {size}" for name, size in verdict.sizes.items())
    target = _target(verdict.sizes, letters)
    if target is None:
        return tag("span", f" at {said}", class_="quiet")
    return joined((" ", tag("button", f"at {said}", type="button", class_="goes", data_goes=target)))


def _target(sizes: Any, letters: tuple[Letter, ...]) -> str | None:
    """The values of letters at some sizes, as in an address; None where the page cannot go there."""
    parts = {letter.name: letter.parts for letter in letters}
    values = {name: Fraction(size) * parts.get(name, 0) for name, size in sizes.items()}
    if any(not value or value.denominator != 1 for value in values.values()):
        return None
    return "&".join(f"{[*parts].index(name)}={value}" for name, value in values.items())
