"""A check for reviewers: verdicts as a table in Markdown, and specs that could not be read, by format."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.errors import printable
from archcalc.render import closings
from archcalc.render.agreement import SIGN, attribute, claim, computed, junit, message, reason
from archcalc.render.grid import Grid
from archcalc.render.json import SCHEMA, lines, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.errors import ArchcalcError, Problem
    from archcalc.verdicts import Verdict, Verdicts

_HEAD = ("at", "quantity", "claimed", "computed", "verdict", "note")
_CHECKED = ("name", "ok", "verdicts", "notes")  # of each network, beside what could not be read


def table(found: Verdicts) -> Grid:
    """A row for each figure, for the writers of text; a source that is that of all stands below."""
    sources = {verdict.source for verdict in found}
    source = next(iter(sources)) if len(sources) == 1 else None
    body: list[list[object]] = [list(_cells(found, verdict, cited=source is None)) for verdict in found]
    foot = f"{found.count('agrees')} of {len(found)} figures agree."
    foot += f" Published by {source.cited()}." if source else ""
    told = any(row[-1] for row in body)
    heads, kept = (_HEAD, 6) if told else (_HEAD[:-1], 5)
    return Grid(list(heads), [row[:kept] for row in body], "llrrlw"[:kept], found.name, foot)


def markdown(every: Sequence[Verdicts]) -> str:
    """A heading and a pipe table for each network."""
    from archcalc.render.markdown import section

    return "\n\n".join(section(table(found)) for found in every)


def _cells(found: Verdicts, verdict: Verdict, *, cited: bool) -> list[str]:
    """A figure's row, its source in it unless that stands elsewhere."""
    source = verdict.source.cited() if verdict.source and cited else ""
    told = [part for part in (reason(verdict), closings.brief(found.closing(verdict)), source) if part]
    return [
        verdict.where,
        verdict.header,
        claim(verdict),
        computed(verdict),
        f"{SIGN[verdict.status]} {verdict.status}",
        "; ".join([*(part.removesuffix(".") for part in told[:-1]), *told[-1:]]),
    ]


# -- specs that could not be read


def github(problem: Problem) -> str:
    """A workflow annotation of a mistake."""
    place = problem.place
    where = f" file={attribute(place.file)},line={place.line},col={place.column}" if place else ""
    layer = f"layer {problem.layer}: " if problem.layer else ""
    fix = f"; fix: {problem.fix}" if problem.fix else ""
    return f"::error{where}::{message(f'{layer}{problem.what}{fix}')}"


def errors(broken: Sequence[ArchcalcError], found: Sequence[Verdicts] = ()) -> str:
    """The mistakes as JSON; under `networks` what could be checked all the same."""
    head = {"schema": SCHEMA, "archcalc": __version__, "ok": False}
    mistakes = [_error(problem) for error in broken for problem in error.problems]
    checked = [loads(verdicts([each])) for each in found]
    bodies = [{key: body[key] for key in _CHECKED if key in body} for body in checked]
    return lines({**head, "errors": mistakes, **({"networks": bodies} if bodies else {})})


def _error(problem: Problem) -> dict[str, Any]:
    place = problem.place
    body: dict[str, Any] = {"what": problem.what, "file": None, "line": None, "column": None}
    if place:
        body |= {"file": place.file, "line": place.line, "column": place.column}
    texts = {"layer": problem.layer, "fix": problem.fix, "why": list(problem.why)}
    return body | {key: text for key, text in texts.items() if text}


def suites(every: Sequence[tuple[str, Verdicts]], broken: Sequence[tuple[str, ArchcalcError]]) -> str:
    """JUnit XML, with an error for each mistake of a spec that could not be read."""
    from xml.etree import ElementTree as Xml

    root = Xml.fromstring(junit(every))  # noqa: S314  (our own text)
    count = sum(len(error.problems) for _, error in broken)
    root.set("tests", str(int(root.get("tests", "0")) + count))
    root.set("errors", str(count))
    for name, error in broken:
        own = str(len(error.problems))
        suite = Xml.SubElement(root, "testsuite", {"name": printable(name), "tests": own, "errors": own})
        for problem in error.problems:
            case = Xml.SubElement(suite, "testcase", {"classname": printable(name), "name": "spec"})
            Xml.SubElement(case, "error", {"message": printable(problem.what)}).text = printable(
                str(problem.place or "")
            )
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True)
