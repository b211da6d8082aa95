"""What closes a gap, under the claim that fails: each candidate with its figure and where it differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import printable, wide
from archcalc.gaps.values import AND
from archcalc.render.figures import write
from archcalc.render.page import WIDEST, Line, pad, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.gaps import Closing, Closings, Part
    from archcalc.verdicts import Verdict

_SHOWN = 4  # candidates; the rest are named
_PARTS = 8  # lines of one candidate


def lines(found: Closings, verdict: Verdict, width: int | None, *, every: bool = False) -> list[Line]:
    """The candidates in words, or what was tried in vain."""
    claimed = figure(verdict)
    if not found:
        return _prose(f"nothing tried has {claimed}: {', '.join(found.tried)}", width) if found.tried else []
    lead = (
        f"{claimed} is what this has, its digits cut and not rounded:"
        if all(each.cut for each in found)
        else ""
    )
    shown = found if every else found[:_SHOWN]
    made: list[Line] = [[(f"   {lead or f'what has {claimed}:'}", "")]]
    for each in shown:
        made += _candidate(each, verdict, width, parts=each is found[0] or every)
    if len(found) > len(shown):
        names = ", ".join(each.what for each in found[len(shown) :])
        made += _prose(f"and {len(found) - len(shown)} more: {names}", width, 5)
    command = next((each.command for each in shown if each.command), "")
    if command:
        made += _prose(command, width)
    return made


def figure(verdict: Verdict) -> str:
    """What is claimed, thousands separated."""
    claimed = verdict.figure
    if isinstance(claimed.value, int) and not claimed.within:
        return f"{claimed.value:,}"
    return claimed.text


def brief(found: Closings) -> str:
    """The simplest candidate in one phrase, where there is no room for a table; nothing if there is none."""
    if not found:
        return ""
    first, more = found[0], len(found) - 1
    shown = f"{first.what} has {_value(first.value)}" + (", cut and not rounded" if first.cut else "")
    return shown + (f", and {more} more" if more else "")


def _value(value: Any) -> str:
    return repr(value) if isinstance(value, tuple) else write(value)


def _candidate(each: Closing, verdict: Verdict, width: int | None, *, parts: bool) -> list[Line]:
    """A candidate: what it is, its figure where the claim is rounded, and what it adds where."""
    if len(each.parts) > 1 and each.what == AND.join(part.what for part in each.parts):
        return _together(each.parts)
    one = each.parts[0] if len(each.parts) == 1 and each.parts[0].what == each.what else None
    rounded = verdict.figure.within or each.cut
    right = _value(each.value) if rounded else _signed(one.by) if one else ""
    about = one.where if one else each.note
    if not one and each.parts:
        about += f"; {_count(len(each.parts))}"
    made: list[Line] = [[("     ", ""), (printable(each.what), "name"), (f"   {right}" if right else "", "")]]
    used = sum(wide(text) for text, _ in made[0])
    if about and used + 3 + wide(about) <= min(width or WIDEST, WIDEST):
        made[0].append((f"   {printable(about)}", "dim"))
    elif about:
        made += _prose(about, width, 7)
    return made + (_table(each.parts, width) if parts and each.parts and not one else [])


def _together(parts: Sequence[Part]) -> list[Line]:
    """Changes that close a gap together, a line each."""
    words = [printable(f"{'and ' if i else ''}{part.what}") for i, part in enumerate(parts)]
    size = max(map(wide, words))
    return [
        [
            ("     ", ""),
            (pad(word, size), "name"),
            (f"   {_signed(part.by)}", ""),
            (f"   {part.where}", "dim"),
        ]
        for word, part in zip(words, parts, strict=True)
    ]


def _count(parts: int) -> str:
    return f"{parts} differences" if parts > 1 else "one difference"


def _signed(by: Any) -> str:
    if not isinstance(by, int):
        return ""
    return f"{'−' if by < 0 else '+'}{abs(by):,}"


def _table(parts: Sequence[Part], width: int | None) -> list[Line]:
    """Where, what and how much, a line each; the largest first where there are many."""
    shown = list(parts)
    if len(shown) > _PARTS:
        largest = sorted(shown, key=lambda part: -abs(part.by))[: _PARTS - 1]
        shown = [part for part in shown if part in largest]
    cells = [(printable(part.where), printable(part.what), _signed(part.by)) for part in shown]
    sizes = [max(wide(row[i]) for row in cells) for i in range(3)]
    made: list[Line] = []
    for where, what, by in cells:
        line = f"       {pad(where, sizes[0])}  {pad(what, sizes[1])}  {pad(by, sizes[2], right=True)}"
        if width is None or wide(line) <= width:
            made.append([(line, "")])
        else:
            made += [[(text, "")] for text in wrap(f"{where}: {what}  {by}", width, " " * 7)]
    rest = [part for part in parts if part not in shown]
    if rest:
        by = sum(part.by for part in rest)
        made.append([(f"       and {len(rest)} more  {_signed(by) or '±0'}", "dim")])
    return made


def _prose(text: str, width: int | None, indent: int = 3) -> list[Line]:
    return [[(line, "dim")] for line in wrap(text, min(width or WIDEST, WIDEST), " " * indent)]
