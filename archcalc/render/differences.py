"""A difference between two networks: a table, Markdown, HTML, JSON, and annotations for GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.gaps.values import layers as named
from archcalc.quantities import COUNTED, TABLE
from archcalc.render.figures import write
from archcalc.render.grid import Grid
from archcalc.render.page import Column, Line, Page, Table, wrap
from archcalc.render.rule import COUNTED as COUNTED_BY

if TYPE_CHECKING:
    from archcalc.difference import Change, Difference

_SIGNS = {"~": "~", "+": "+", "-": "−", "": " "}
_STYLES = {"~": "warn", "+": "good", "−": "bad"}


def page(found: Difference, width: int | None = None) -> Page:
    """Both names, a row for each change, the layers that are alike together, and both totals."""
    shown = Page([[]])
    shown.flow([[(found.left.name, "name")], [("→  ", "dim"), (found.right.name, "name")]], width, "  ")
    shown.add()
    shown.extend(_signed(line) for line in _table(found).lines(width))
    shown.add()
    shown.extend([(line, "dim")] for line in wrap(sentence(found), width, " "))
    shown.add()
    return shown


def _signed(line: Line) -> Line:
    """A row with its sign in colour."""
    made: Line = []
    for text, style in line:
        sign = text[:1] if style == "name" else ""
        made += [(sign, _STYLES[sign]), (text[1:], style)] if sign in _STYLES else [(text, style)]
    return made


def grid(found: Difference) -> tuple[list[str], list[list[str]], list[list[str]]]:
    """Headers; a row for each change, with its sign, where, what and figures; and the totals."""
    heads = ["layer", "change", *(TABLE[q].header for q in found.quantities)]
    rows = [
        [
            f"{_SIGNS[change.sign]} {_where(change)}",
            change.what,
            *(more(change.by[q]) for q in found.quantities),
        ]
        for change in found.changes
    ]
    each = [found.total(q) for q in found.quantities]
    totals = [
        ["  total", "", *(write(a) for a, _, _ in each)],
        ["  →", "", *(write(b) for _, b, _ in each)],
        ["  difference", "", *(more(by) for _, _, by in each)],
        ["", "", *(part(a, by) for a, _, by in each)],
    ]
    return heads, rows, totals if any(totals[3]) else totals[:3]


def _where(change: Change) -> str:
    """The names of the layers; of many that are alike, the first and the last."""
    names = change.names
    if change.alike and len(names) > 3:
        return f"{names[0]} … {names[-1]} ({len(names)} layers)"
    text = named(names)
    return f"{text} ({len(names)})" if "*" in text else text


def more(by: int | None) -> str:
    """What is added, with its sign."""
    if by is None:
        return "-"
    return f"{'−' if by < 0 else '+'}{abs(by):,}" if by else "="


def part(before: Any, by: int | None) -> str:
    """The same in percent of what it was."""
    if not before or not by:
        return ""
    tenths = (2000 * abs(by) + before) // (2 * before)
    return f"{'−' if by < 0 else '+'}{tenths // 10:,}.{tenths % 10}%" if tenths else "<0.1%"


def sentence(found: Difference) -> str:
    """How many layers differ, in how many ways, and what is left out of the sums."""
    renamed = f", {found.renamed} called otherwise" if found.renamed else ""
    if found.same:
        return f"no layer differs{renamed}"
    counts = [
        (sum(len(change.names) for change in found.changes if change.sign == sign), word)
        for sign, word in (("~", "changed"), ("+", "added"), ("-", "removed"), ("", "alike"))
    ]
    text = ", ".join(f"{count} {word}" for count, word in counts if count)
    undefined = [TABLE[q].header for q in found.quantities if found.total(q)[2] is None]
    left_out = f"; {', '.join(undefined)} are not defined for all" if undefined else ""
    return f"layers: {text}{renamed}{left_out}"


def table(found: Difference) -> Grid:
    """The table for the writers of text."""
    return Grid.of(_table(found), title(found), f"{sentence(found).capitalize()}. {COUNTED_BY}.")


def _table(found: Difference) -> Table:
    heads, rows, totals = grid(found)
    columns = [Column(f"  {heads[0]}", right=False, style="name"), Column(heads[1], right=False, sinks=True)]
    return Table([*columns, *map(Column, heads[2:])], rows, totals)


def title(found: Difference) -> str:
    """Both names."""
    return f"{found.left.name} → {found.right.name}"


def written(found: Difference, format: str, width: int | None = None, *, fails: bool = False) -> Page | str:
    """The difference as `table`, which is a Page, or as text in another format."""
    if format == "table":
        return page(found, width)
    if format == "html":
        from archcalc.web.comparison import page as beside

        return beside([found.left, found.right])
    if format == "markdown":
        from archcalc.render.markdown import section

        return section(table(found))
    if format == "github":
        return github(found, fails=fails)
    return json(found) if format == "json" else table(found).written(format)


def json(found: Difference) -> str:
    """Both networks, every change with its figures, and both totals."""
    from archcalc import __version__
    from archcalc.render.json import SCHEMA, lines

    def total(side: Any) -> dict[str, Any]:
        return {"name": side.name, "layers": len(side.rows), **{q: side.total[q] for q in COUNTED}}

    words = {"~": "changed", "+": "added", "-": "removed"}
    changes = [
        {"change": words[change.sign], "layers": list(change.names), "what": change.what, **change.by}
        for change in found.changes
        if not change.alike
    ]
    head = {"schema": SCHEMA, "archcalc": __version__, "same": found.same}
    return lines({**head, "left": total(found.left), "right": total(found.right), "changes": changes})


def github(found: Difference, *, fails: bool = False) -> str:
    """An annotation for each change, at its line of the spec, and a line that sums up.

    A change of cost is a warning, or an error where the build `fails` of it; any other is a notice.
    """
    from archcalc.render.agreement import attribute, message

    said = []
    for change in found.changes:
        if change.alike:
            continue
        kind = ("error" if fails else "warning") if any(change.by.values()) else "notice"
        place = change.place
        where = f"file={attribute(place.file)},line={place.line}," if place else ""
        changed = [q for q in found.quantities if change.by[q]] or [q for q in COUNTED if change.by[q]]
        costs = ", ".join(f"{more(change.by[q])} {TABLE[q].header}" for q in changed)
        text = f"{_SIGNS[change.sign]} {change.what}" + (f": {costs}" if costs else "")
        said.append(f"::{kind} {where}title={attribute(_where(change))}::{message(text)}")
    each = ", ".join(f"{more(found.total(q)[2])} {TABLE[q].header}" for q in found.quantities)
    return "\n".join([*said, message(f"archcalc diff: {title(found)}: {each}")])
