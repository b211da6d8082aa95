"""A solution: the answer first, then what it comes to and the next size beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.quantities import TABLE, header
from archcalc.render.agreement import as_claimed
from archcalc.render.figures import write
from archcalc.render.page import WIDEST, Column, Line, Page, Table, wrap
from archcalc.solution.answer import reason, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.solution import Answer, Solution
    from archcalc.solution.answer import Stretch
    from archcalc.solution.looks import Claim, Look
    from archcalc.verdicts import Verdict

_LISTED = 12  # sizes in a row, before they are told as a stretch
_NUMBERS = ("nothing", "it", "both", "all three", "all four", "all five")


def page(found: Solution, width: int | None = None) -> Page:
    """The answer, a table of figures, what is worth knowing of it, and how it was found."""
    shown = Page([[]])
    shown.title(*title(found), width)
    figures = table(found)
    if figures is not None:
        shown.add()
        shown.extend([_signed(line) for line in figures.lines(width)])
        shown.add()
    for note in notes(found):
        shown.extend([(line, "")] for line in wrap(note, min(width or WIDEST, WIDEST), " "))
    shown.extend([(line, "dim")] for line in wrap(looked(found), min(width or WIDEST, WIDEST), " "))
    shown.add()
    return shown


# -- the answer


def title(found: Solution) -> tuple[str, str]:
    """The answer, and what is to be said of it."""
    if not found.ok:
        return _refusal(found)
    if found.kind == "every":
        return _every(found), found.formula
    both = _both(found)
    if found.endless:
        return found.endless, f"all of these meet {both}; there is no largest"
    if len(found.answers) > 1 or found.more:
        total = len(found.answers) + found.more
        way = _WAYS.get(found.kind, f"{_kind(found)} alike")
        return f"{total:,} choices of {_and(found.unknowns)}", f"meet {both}; {way}"
    of = found.looked.all
    if not found.wanted:
        about = f"{_kind(found)}{f' of {of:,}' if of else ''} that meets {both}"
    else:
        about = f"{_kind(found)}{f' that meets {both}' if found.claims else ''}"
        about += f", of {of:,} choices" if of else ""
    return _sizes(found, found.answers[0].look), about


_WAYS = {
    "largest": "none can grow in one without shrinking in another",
    "smallest": "none can shrink in one without growing in another",
}


def _refusal(found: Solution) -> tuple[str, str]:
    """That there is no answer."""
    names = _and(found.unknowns)
    if found.none is not None:
        return f"no {names} gives a network", ""
    about = f"not even the {'largest' if found.kind == 'smallest' else 'smallest'}"
    if found.nearest:
        about = "these are the nearest on either side"
    return f"no {names} meets {_both(found)}", "" if found.kind == "every" and not found.nearest else about


def _both(found: Solution) -> str:
    """`it`, `both`, `all three`: as many claims as there are."""
    count = len(found.claims)
    return _NUMBERS[count] if count < len(_NUMBERS) else f"all {count}"


def _kind(found: Solution) -> str:
    """`the largest`, `the most MACs`."""
    word, _, figure = found.kind.partition(" ")
    if not figure:
        return f"the {word}"
    at, _, quantity = figure.rpartition(".")
    return f"the {word} {_named(at or 'total', quantity)}"


def _every(found: Solution) -> str:
    """All sizes that meet an equation: `H = 32, 33, 34, 35`, `H = 32 to 95`, `H ≥ 32`."""
    if not found.stretches:
        if len(found.answers) == 1 and not found.more:
            return _sizes(found, found.answers[0].look)
        return f"{len(found.answers) + found.more:,} choices of {_and(found.unknowns)}"
    name = found.unknowns[0]
    if len(found.stretches) == 1 and found.stretches[0].last is None:
        return found.endless
    return f"{name} = {', '.join(_stretch(each) for each in found.stretches)}"


def _stretch(each: Stretch) -> str:
    if each.length is None:
        return f"{size_text(each.first)} and more"
    if each.length == 1:
        return size_text(each.first)
    if each.length <= _LISTED and isinstance(each.first, int) and each.last - each.first + 1 == each.length:
        return ", ".join(map(str, range(each.first, each.last + 1)))
    return f"{size_text(each.first)} to {size_text(each.last)}"


def _sizes(found: Solution, look: Look) -> str:
    """`width = 0.35`, `H = 35, W = 35`."""
    pairs = zip(found.unknowns, look.sizes, strict=True)
    return ", ".join(f"{name} = {size_text(size)}" for name, size in pairs)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# -- the table


def table(found: Solution) -> Table | None:
    """The figures of an answer beside those of the next sizes, or of several answers one under another."""
    if found.closest is not None:
        return _beside(found, [(_headed(found, found.closest), found.closest)], "in the way")
    if found.nearest:
        return _beside(found, [(_headed(found, look), look) for look in found.nearest], "")
    if found.kind == "every" and (len(found.claims) == 1 and found.stretches):
        return None
    if len(found.answers) == 1 and found.kind != "every":
        return _one(found, found.answers[0])
    return _many(found) if found.answers else None


def _one(found: Solution, answer: Answer) -> Table | None:
    """A row for each claim, a column for the answer and one for each next size."""
    columns = [(_headed(found, answer.look), answer.look)]
    for i, each in enumerate(answer.beside):
        if each.look is not None:
            size = size_text(each.look.sizes[i])
            columns.append((size if len(found.unknowns) == 1 else f"{each.name} {size}", each.look))
    return _beside(found, columns, "binds", answer.binding)


def _headed(found: Solution, look: Look) -> str:
    pairs = zip(found.unknowns, look.sizes, strict=True)
    return ", ".join(f"{name} {size_text(size)}" for name, size in pairs)


def _beside(
    found: Solution, columns: Sequence[tuple[str, Look]], word: str, binding: Sequence[int] | None = None
) -> Table:
    """Claims down, sizes across; `word` stands by the claims that bind, or that fail."""
    rows = []
    for i, claim in enumerate(found.claims):
        cells = _cells([look.verdicts[i] for _, look in columns])
        binds = i in binding if binding is not None else not columns[0][1].verdicts[i].ok
        rows.append([_of(claim), *cells, _limit(claim), word if binds else ""])
    if found.wanted:
        rows.append([_named(*found.wanted), *(write(look.wanted) for _, look in columns), "", ""])
    heads = [Column("", right=False), *(Column(head) for head, _ in columns)]
    return Table(
        [
            *heads,
            Column("", right=False),
            Column("", right=False, style="bad" if word == "in the way" else "warn"),
        ],
        rows,
    )


def _many(found: Solution) -> Table:
    """An answer in each row: its sizes, its figures, and which claim binds."""
    rows = []
    for answer in found.answers:
        figures = [as_written(verdict) for verdict in answer.look.verdicts]
        binds = ", ".join(_of(found.claims[i]) for i in answer.binding)
        rows.append([*map(size_text, answer.look.sizes), *figures, binds])
    heads = [*found.unknowns, *(f"{_of(claim)} {_limit(claim)}" for claim in found.claims)]
    bound = any(row[-1] for row in rows)
    columns = [Column(head) for head in heads]
    if not bound:
        return Table(columns, [row[:-1] for row in rows])
    return Table([*columns, Column("binds", right=False, style="warn")], rows)


def _cells(verdicts: Sequence[Verdict]) -> list[str]:
    """A claim's figures, each with its sign; in full where one that holds is rounded to one that fails."""
    texts = [as_written(verdict) for verdict in verdicts]
    good, bad = (
        {text for text, v in zip(texts, verdicts, strict=True) if v.ok is ok} for ok in (True, False)
    )
    if good & bad:
        texts = [write(verdict.computed) for verdict in verdicts]
    return [f"{'✓' if v.ok else '✗'} {text}" for text, v in zip(texts, verdicts, strict=True)]


def as_written(verdict: Verdict) -> str:
    """A figure in the unit of its claim."""
    return as_claimed(verdict) if isinstance(verdict.computed, int) else write(verdict.computed)


def _of(claim: Claim) -> str:
    """Whose figure a claim is about: `MACs`, `stage2 MACs`, `C5.H`."""
    return _named(claim.at, claim.quantity)


def _named(at: str, quantity: str) -> str:
    if at == "total":
        return header(quantity)
    return f"{at} {header(quantity)}" if quantity in TABLE else f"{at}.{quantity}"


def _limit(claim: Claim) -> str:
    """What is claimed: `of 5M`, `≥ 96`."""
    figure = claim.figure
    text = figure.text.lstrip("<>=≤≥ ")
    signs = {"<=": "of", ">=": "≥", "=": "="}
    return f"{signs.get(figure.relation, figure.relation)} {text}"


def _signed(line: Line) -> Line:
    """The signs of a row in colour."""
    styles = {"✓": "good", "✗": "bad"}
    return [
        piece
        for text, style in line
        for piece in (
            [(text[0], styles[text[0]]), (text[1:], style)] if text[:1] in styles else [(text, style)]
        )
    ]


# -- under it


def notes(found: Solution) -> list[str]:
    """Why there is no next size, what is left unread, how to choose among many."""
    told = list(found.notes)
    if found.none is not None:
        told.append(f"the smallest is refused: {reason(found.none)}.")
    if len(found.answers) == 1:
        told += [
            f"no next {each.name} was found: {reason(each.why)}."
            for each in found.answers[0].beside
            if each.look is None and each.why is not None
        ]
    if found.more:
        shown = len(found.answers)
        choose = "" if found.kind == "every" else "; --most macs decides between them"
        told.append(f"the first {shown} are shown, and there are {found.more:,} more{choose}.")
    return told


def looked(found: Solution) -> str:
    """Of which network this is, and how much was looked at to find it."""
    sizes, ranges, total = found.looked
    of = f" of {total:,}" if total is not None else ""
    lead = f"{found.name}{f', {found.dtype}, batch 1' if found.dtype else ''}"
    if sizes == total:
        return f"{lead}: {f'all {sizes:,} sizes' if sizes > 1 else 'its one size'} looked at."
    settled = f"the bounds of {ranges:,} range{'s' * (ranges != 1)} settle{'s' * (ranges == 1)}"
    if not sizes:
        return f"{lead}: {settled} it, and no size had to be looked at."
    text = f"{lead}: {sizes:,}{of} size{'s' * ((total or sizes) != 1)} looked at"
    return f"{text}, {settled} the rest." if ranges else f"{text}."
