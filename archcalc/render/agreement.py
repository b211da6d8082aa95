"""A check: verdicts as a table, as annotations for GitHub, and as JUnit XML."""

from __future__ import annotations

from itertools import zip_longest
from math import inf
from typing import TYPE_CHECKING, Any

from archcalc.dims import Shape
from archcalc.errors import printable, wide
from archcalc.quantities import SIZED, TABLE, header
from archcalc.render import closings
from archcalc.render.figures import write
from archcalc.render.page import WIDEST, Column, Line, Page, Table, pad, wrap
from archcalc.shown import sized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.verdicts import Verdict, Verdicts

_ORDER = tuple(dict.fromkeys(("output", "layers", *TABLE)))
SIGN = {"agrees": "✓", "fails": "✗", "gap": "~", "closed": "✗"}
_STYLE = {"✓": "good", "✗": "bad", "~": "warn"}


def page(found: Verdicts, width: int | None = None, *, every: bool = False) -> Page:
    """Verdicts for a terminal: what fails and why, then what agrees, then the count."""
    shown = Page([[]])
    _heading(shown, found, width)
    if found.given and any(v.dtype for v in found) and all(map(_is_budget, found)):
        _budgets(shown, found, width)
        _beware(shown, found, width)
        shown.add()
        return shown
    wrong = [v for v in found if v.status != "agrees"]
    good = [v for v in found if v.status == "agrees"]
    listed = every or found.given
    _rows(shown, found, [*wrong, *(good if listed else [])], width, every=every)
    if not found.given and (wrong or every):
        shown.add()
    if not listed:
        shown.extend(_grid(good, width))
    _count(shown, found, width, blank=not listed and _blank(good))
    _beware(shown, found, width)
    shown.add()
    return shown


def _beware(shown: Page, found: Verdicts, width: int | None) -> None:
    """What may make every figure another than was meant."""
    for note in found.notes:
        lines = wrap(f"! {note}", min(width or WIDEST, WIDEST), " ")
        shown.extend([(line[:2], "warn" if line is lines[0] else "dim"), (line[2:], "dim")] for line in lines)


def _heading(shown: Page, found: Verdicts, width: int | None) -> None:
    sources = list(dict.fromkeys(v.source for v in found if v.source))
    if found.given or not sources:
        dtype = f", {found.dtype}, batch 1" if found.dtype else ""
        shown.title(found.name, f"input {write(found.input)}{dtype}", width)
    elif len(sources) == 1:
        shown.title(found.name, f"against {sources[0].long()}", width, " ")
    else:
        shown.title(found.name, "", width)
        for source in sources:
            shown.extend([(line, "dim")] for line in wrap(f"against {source.long()}", width, "   "))
    shown.add()


def _rows(
    shown: Page, found: Verdicts, verdicts: Sequence[Verdict], width: int | None, *, every: bool
) -> None:
    """A row for each verdict: sign, where, claimed and computed; then the reason, or the distance.

    Under a claim that fails stands what would close the gap.
    """
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
        if verdict.status == "fails":
            closing = found.closing(verdict, every=every)
            shown.extend(closings.lines(closing, verdict, width, every=every))


def _cells(verdict: Verdict) -> tuple[str, str, str, str]:
    """The line in the file, whose figure it is, what is claimed, and what was computed."""
    where = f":{verdict.place.line}" if verdict.place else ""
    return where, f"{verdict.at} {verdict.header}", claim(verdict), computed(verdict)


def _told(verdict: Verdict) -> str:
    """A figure by its name in specs, and whose way of counting it is."""
    return f"{verdict.quantity} as {verdict.convention}" if verdict.convention else verdict.quantity


def computed(verdict: Verdict) -> str:
    """What was computed, for a reader: bytes as the claim has them."""
    value = verdict.computed
    if verdict.quantity not in SIZED or not isinstance(value, int):
        return write(value)
    return f"{value:,} B" if not verdict.figure.binary else f"{value:,} B = {sized(value)}"


def _is_budget(verdict: Verdict) -> bool:
    """Whether a claim says how much there may be at most."""
    figure = verdict.figure
    return figure.relation in {"<=", "<"} and isinstance(verdict.computed, int) and figure.value > 0


_BAR = 20  # characters of a budget that is used up


def _budgets(shown: Page, found: Verdicts, width: int | None) -> None:
    """A row for each budget: how much of it is used, as a number and a bar, and what that consists of."""
    rows = []
    for verdict in found:
        claimed, value = verdict.figure, verdict.computed
        where = verdict.header if verdict.at == "total" else f"{verdict.at} {verdict.header}"
        limit = claimed.text.lstrip("<=≤ ")
        mine = as_claimed(verdict)
        share = value / claimed.value
        why = verdict.made_of if verdict.ok else distance(value, claimed.value)
        rows.append((verdict, where, mine, limit, share, why))
    names, amounts, limits = (max(wide(str(row[i])) for row in rows) for i in (1, 2, 3))
    longest = max(wide(_bar(row[4])) for row in rows)
    for verdict, where, mine, limit, share, why in rows:
        sign = SIGN[verdict.status]
        figures = f" {pad(where, names)}   {pad(mine, amounts, right=True)} of {pad(limit, limits)}"
        line = f"{figures}   {pad(_bar(share), longest)}  {f'{100 * share:.0f}%':>4}"
        if width is not None and len(" s") + wide(line) > width:
            line = f"{figures}  {100 * share:.0f}%"
        shown.add((f" {sign}", _STYLE[sign]), line)
        _because(shown, why, width)
    good = sum(verdict.ok for verdict in found)
    shown.add()
    count = f"{good} of {len(found)} budgets hold." if len(found) > 1 else f"{good} of 1 budget holds."
    shown.flow([[(count, "")], *_remedy(found)], width)


def _remedy(found: Verdicts) -> list[Line]:
    """How to find what would fit, where all that fails are budgets."""
    failing = [verdict for verdict in found if not verdict.ok]
    remedy = found.remedy() if found.given and all(map(_is_budget, failing)) else ""
    return [[(f"What would fit: {remedy}", "dim")]] if remedy else []


def as_claimed(verdict: Verdict) -> str:
    """The computed figure in the unit of the claim: `213.8 KiB`, `7.16 M`."""
    value, text = verdict.computed, verdict.figure.text
    if verdict.quantity in SIZED:
        return sized(value, decimal=not verdict.figure.binary)
    suffix = text.rstrip("B")[-1:]
    scale = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}.get(suffix)
    return f"{value / scale:,.2f} {suffix}" if scale else f"{value:,}"


_EIGHTHS = " ▏▎▍▌▋▊▉"


def _bar(share: float) -> str:
    """A share as a bar, to an eighth of a character; what is past the budget is cut at half as much again."""
    eighths = round(min(share, 1.5) * _BAR * 8)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _because(shown: Page, why: str, width: int | None) -> None:
    """A reason: beside its row where there is room, else under it."""
    used = sum(wide(text) for text, _ in shown.lines[-1])
    if why and used + 3 + wide(why) <= (width or 120):
        shown.beside((f"   {why}", "dim"))
    elif why:
        shown.extend([(line, "dim")] for line in wrap(why, min(width or WIDEST, WIDEST), " " * 8))


def claim(verdict: Verdict) -> str:
    """The claimed figure, thousands separated, with its relation where it is a bound; shapes as shapes."""
    figure, found = verdict.figure, verdict.computed
    if isinstance(figure.value, tuple):
        axes = found.axes if isinstance(found, Shape) and len(found) == len(figure.value) else None
        return Shape(figure.value, axes).text(str) if "[" in figure.text else figure.text
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
    """What agrees: a row for each layer, a column for each quantity.

    Where several figures are claimed for one cell the most exact comes first, each in a row of its own.
    """
    if not verdicts:
        return []
    columns = [q for q in _ORDER if any(v.quantity == q for v in verdicts)]
    cells: dict[str, dict[str, list[Verdict]]] = {}
    for verdict in verdicts:
        at = f"{verdict.where} as {verdict.convention}" if verdict.convention else verdict.where
        cells.setdefault(at, {}).setdefault(verdict.quantity, []).append(verdict)
    heads = [Column("layer", right=False, style="name"), *(Column(header(q)) for q in columns)]
    rows = [
        [name, *row]
        for name in sorted(cells, key=_is_total)
        for row in zip_longest(*(_signs(cells[name].get(q, [])) for q in columns), fillvalue="")
    ]
    lines = Table(heads, rows, closed=True).lines(width)
    return [[piece for span in line for piece in _signed(span)] for line in lines]


def _room(verdict: Verdict) -> float:
    """How far what is computed may lie from a claim; any distance from a bound."""
    return float(verdict.figure.within) if verdict.figure.relation == "=" else inf


def _is_exact(verdict: Verdict) -> bool:
    """Whether a claim leaves no room."""
    return _room(verdict) == 0


def _signs(verdicts: Sequence[Verdict]) -> list[str]:
    """What agrees in one cell, the most exact figure first."""
    return [
        f"✓ {computed(verdict) if _is_exact(verdict) else verdict.figure.text}"
        for verdict in sorted(verdicts, key=_room)
    ]


def _is_total(name: str) -> bool:
    return name == "total" or name.startswith("total (")


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
    shown.flow([*parts, *_remedy(found)], width)


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
        title = attribute(f"{verdict.at} {_told(verdict)}")
        lines.append(
            f"::{kind} {where}{',' if where else ''}title={title}::{message(sentence(found, verdict))}"
        )
    good = found.count("agrees")
    lines.append(message(f"archcalc check: {found.name}: {good} of {len(found)} figures agree"))
    return "\n".join(lines)


def sentence(found: Verdicts, verdict: Verdict) -> str:
    """A verdict in one line: what is claimed, what was computed, why they differ, and what has the figure."""
    text = f"claimed {claim(verdict)}, computed {computed(verdict)}"
    why = "; ".join(part for part in (reason(verdict), closings.brief(found.closing(verdict))) if part)
    return text + (f": {why}" if why else "")


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
            name = printable(f"{verdict.at} {_told(verdict)} {verdict.figure.text}")
            case = Xml.SubElement(suite, "testcase", {"classname": printable(shown), "name": name})
            if verdict.place:
                case.set("file", printable(verdict.place.file))
                case.set("line", str(verdict.place.line))
            if verdict.status != "agrees":
                word = "failure" if not verdict.passes else "skipped"
                Xml.SubElement(case, word, {"message": printable(sentence(found, verdict))})
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True)


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    bad = sum(not v.passes for v in verdicts)
    gaps = sum(v.status == "gap" for v in verdicts)
    return {"tests": str(len(verdicts)), "failures": str(bad), "skipped": str(gaps)}
