"""A check: verdicts as a table, as annotations for GitHub, and as JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Shape
from archcalc.errors import printable, wide
from archcalc.render.figures import HEADERS, write
from archcalc.render.page import WIDEST, Column, Line, Page, Table, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.verdicts import Verdict, Verdicts

_ORDER = ("output", "layers", "params", "fixed", "connections", "neurons", "macs", "flops", "receptive_field")
SIGN = {"agrees": "✓", "fails": "✗", "gap": "~", "closed": "✗"}
_STYLE = {"✓": "good", "✗": "bad", "~": "warn"}


def page(found: Verdicts, width: int | None = None, *, every: bool = False) -> Page:
    """Verdicts for a terminal: what fails and why, then what agrees, then the count."""
    shown = Page([[]])
    _heading(shown, found, width)
    wrong = [v for v in found if v.status != "agrees"]
    good = [v for v in found if v.status == "agrees"]
    listed = every or found.given
    _rows(shown, [*wrong, *(good if listed else [])], width)
    if not found.given and (wrong or every):
        shown.add()
    if not listed:
        shown.extend(_grid(good, width))
    _count(shown, found, width, blank=not listed and _blank(good))
    shown.add()
    return shown


def _heading(shown: Page, found: Verdicts, width: int | None) -> None:
    sources = list(dict.fromkeys(v.source for v in found if v.source))
    if found.given or not sources:
        shown.title(found.name, f"input {write(found.input)}", width)
    elif len(sources) == 1:
        shown.title(found.name, f"against {sources[0].long()}", width, " ")
    else:
        shown.title(found.name, "", width)
        for source in sources:
            shown.extend([(line, "dim")] for line in wrap(f"against {source.long()}", width, "   "))
    shown.add()


def _rows(shown: Page, verdicts: Sequence[Verdict], width: int | None) -> None:
    """A row for each verdict: sign, where, claimed and computed; then the reason, or the distance."""
    rows = [tuple(map(printable, _cells(verdict))) for verdict in verdicts]
    sizes = [max(map(wide, column)) for column in zip(*rows, strict=True)]
    for verdict, (where, what, claimed, computed) in zip(verdicts, rows, strict=True):
        sign = SIGN[verdict.status]
        lead = f"{pad(where, sizes[0])} {pad(what, sizes[1])}" if sizes[0] else pad(what, sizes[1])
        figures = (
            f"claimed {pad(claimed, sizes[2], right=True)}   computed {pad(computed, sizes[3], right=True)}"
        )
        if width is None or len(" s ") + sum(sizes) + len("   claimed    computed  ") <= width:
            shown.add((f" {sign}", _STYLE[sign]), f" {lead}   {figures}")
        else:
            shown.add((f" {sign}", _STYLE[sign]), f" {where}{' ' if where else ''}{what}")
            shown.extend(
                [(line, "")] for line in wrap(f"claimed {claimed}   computed {computed}", width, " " * 3)
            )
        _because(shown, reason(verdict), width)


def _cells(verdict: Verdict) -> tuple[str, str, str, str]:
    """The line in the file, whose figure it is, what is claimed, and what was computed."""
    where = f":{verdict.place.line}" if verdict.place else ""
    name = HEADERS.get(verdict.quantity, verdict.quantity)
    return where, f"{verdict.at} {name}", _claimed(verdict), write(verdict.computed)


def _because(shown: Page, why: str, width: int | None) -> None:
    """A reason: beside its row where there is room, else under it."""
    used = sum(wide(text) for text, _ in shown.lines[-1])
    if why and used + 3 + wide(why) <= (width or 120):
        shown.beside((f"   {why}", "dim"))
    elif why:
        shown.extend([(line, "dim")] for line in wrap(why, min(width or WIDEST, WIDEST), " " * 8))


def _claimed(verdict: Verdict) -> str:
    """The claimed figure, thousands separated, with its relation where it is a bound."""
    figure = verdict.figure
    if isinstance(figure.value, tuple):
        return Shape(figure.value).text(str) if "[" in figure.text else figure.text
    if figure.relation == "=" and not figure.within and isinstance(figure.value, int):
        return f"{figure.value:,}"
    return figure.text


def reason(verdict: Verdict) -> str:
    """Why a verdict is what it is: the known gap, or how far the claim is off."""
    if verdict.status == "closed":
        return f"said to be a known gap, and it agrees now: {verdict.known_gap}"
    if verdict.status == "gap":
        return verdict.known_gap
    if verdict.status == "agrees":
        return verdict.note
    if verdict.figure.relation == "=":
        return verdict.off
    return distance(verdict.computed, verdict.figure.value)


def distance(computed: Any, claimed: Any) -> str:
    """How far a figure is past its bound: `12,154 too many`."""
    if isinstance(claimed, tuple) or not isinstance(computed, int) or computed == claimed:
        return ""
    gap = abs(computed - claimed)
    shown = f"{gap:,}" if isinstance(gap, int) else f"{float(gap):,.1f}"
    return f"{shown} {'too many' if computed > claimed else 'too few'}"


def _grid(verdicts: Sequence[Verdict], width: int | None) -> list[Line]:
    """What agrees: a row for each layer, a column for each quantity."""
    if not verdicts:
        return []
    columns = [q for q in _ORDER if any(v.quantity == q for v in verdicts)]
    cells: dict[str, dict[str, str]] = {}
    for verdict in verdicts:
        at = verdict.at
        if verdict.sizes:
            at += f" ({', '.join(f'{k}={v}' for k, v in verdict.sizes.items())})"
        row = cells.setdefault(at, {})
        exact = verdict.figure.relation == "=" and not verdict.figure.within
        row[verdict.quantity] = f"✓ {write(verdict.computed) if exact else verdict.figure.text}"
    heads = [Column("layer", right=False, style="name"), *(Column(HEADERS.get(q, q)) for q in columns)]
    names = [name for name in cells if not name.startswith("total")]
    rows = [[name, *(cells[name].get(q, "") for q in columns)] for name in names]
    totals = [[name, *(cells[name].get(q, "") for q in columns)] for name in cells if name not in names]
    lines = Table(heads, [*rows, *totals], closed=True).lines(width)
    return [[piece for span in line for piece in _signed(span)] for line in lines]


def _signed(span: tuple[str, str]) -> list[tuple[str, str]]:
    """A cell's sign in colour."""
    text, style = span
    return [("✓", "good"), (text[1:], style)] if text.startswith("✓") else [span]


def _blank(verdicts: Sequence[Verdict]) -> bool:
    """Whether the source leaves a cell of the table empty; only the total has layers, and no output."""
    if not any(verdict.source for verdict in verdicts):
        return False
    given = {(verdict.at, verdict.quantity) for verdict in verdicts}
    columns = {verdict.quantity for verdict in verdicts} - {"layers"}
    return any(
        (at, quantity) not in given and (at, quantity) != ("total", "output")
        for at in {verdict.at for verdict in verdicts}
        for quantity in columns
    )


def _count(shown: Page, found: Verdicts, width: int | None, *, blank: bool) -> None:
    """How many agree, how many are known not to, how many fail."""
    good, gaps = found.count("agrees"), found.count("gap")
    bad = len(found) - good - gaps
    text = f" {good} of {len(found)} agree"
    parts: list[Line] = [[("✗", "bad") if bad else ("✓", "good"), (text, "")]]
    if gaps:
        parts.append([("~", "warn"), (f" {gaps} known gap{'s' * (gaps != 1)}, shown and not failed", "")])
    if bad:
        parts.append([(f"{bad} fail{'s' * (bad == 1)}", "bad")])
    if blank:
        parts.append([("blank: the source gives no figure", "dim")])
    shown.flow(parts, width)


def github(found: Verdicts) -> str:
    """A workflow annotation for each verdict that a reader should see, and a line that sums up.

    Every line begins with words of ours, so that no text of a spec becomes a command of the log.
    """
    lines = []
    for verdict in found:
        if verdict.status == "agrees":
            continue
        kind = "notice" if verdict.status == "gap" else "error"
        place = verdict.place
        where = f"file={attribute(place.file)},line={place.line},col={place.column}" if place else ""
        title = attribute(f"{verdict.at} {verdict.quantity}")
        text = f"claimed {_claimed(verdict)}, computed {write(verdict.computed)}"
        why = reason(verdict)
        lines.append(
            f"::{kind} {where}{',' if where else ''}title={title}::"
            + message(text + (f": {why}" if why else ""))
        )
    good = found.count("agrees")
    lines.append(message(f"archcalc check: {found.name}: {good} of {len(found)} figures agree"))
    return "\n".join(lines)


def message(text: str) -> str:
    """Text in an annotation: one line, and no command of the older form, which may stand anywhere."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(text).replace("##[", "# #[")


def attribute(text: str) -> str:
    """A value among an annotation's attributes."""
    return message(text).replace(":", "%3A").replace(",", "%2C")


def junit(every: Sequence[tuple[str, Verdicts]]) -> str:
    """JUnit XML: a suite for each network under its name, a case for each figure; known gaps are skipped."""
    from xml.etree import ElementTree as Xml

    suites = Xml.Element("testsuites", _counts([v for _, found in every for v in found]))
    for shown, found in every:
        suite = Xml.SubElement(suites, "testsuite", {"name": printable(found.name), **_counts(found)})
        for verdict in found:
            name = printable(f"{verdict.at} {verdict.quantity} {verdict.figure.text}")
            case = Xml.SubElement(suite, "testcase", {"classname": printable(shown), "name": name})
            if verdict.place:
                case.set("file", printable(verdict.place.file))
                case.set("line", str(verdict.place.line))
            text = (
                f"claimed {_claimed(verdict)}, computed {write(verdict.computed)}. {reason(verdict)}".strip()
            )
            if verdict.status != "agrees":
                word = "failure" if not verdict.passes else "skipped"
                Xml.SubElement(case, word, {"message": printable(text)})
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True)


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    bad = sum(not v.passes for v in verdicts)
    gaps = sum(v.status == "gap" for v in verdicts)
    return {"tests": str(len(verdicts)), "failures": str(bad), "skipped": str(gaps)}
