"""Solutions as JSON, for programs, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.render.figures import plain
from archcalc.render.grid import Grid
from archcalc.render.json import SCHEMA, lines
from archcalc.render.markdown import escaped
from archcalc.render.markdown import table as pipes
from archcalc.render.page import Column, Table
from archcalc.render.solved import looked, notes, table, title
from archcalc.solution.answer import reason, size_text

if TYPE_CHECKING:
    from archcalc.solution import Answer, Solution
    from archcalc.solution.looks import Look


def document(found: Solution) -> str:
    """The solution as JSON."""
    whole: dict[str, Any] = {"schema": SCHEMA, "archcalc": __version__, "name": found.name, "ok": found.ok}
    whole["for"] = list(found.unknowns)
    whole["claims"] = [claim.text for claim in found.claims]
    whole["kind"] = found.kind
    whole |= {"dtype": found.dtype} if found.dtype else {}
    whole["answers"] = [_answered(found, answer) for answer in found.answers]
    if found.stretches:
        whole["ranges"] = [[_number(each.first), _number(each.last)] for each in found.stretches]
    whole |= {"more": found.more} if found.more else {}
    whole |= {"without_end": found.endless} if found.endless else {}
    if found.closest is not None:
        whole["closest"] = _figures(found, found.closest)
    if found.nearest:
        whole["nearest"] = [_figures(found, look) for look in found.nearest]
    if found.none is not None:
        whole["refused"] = reason(found.none)
    whole["looked"] = {"sizes": found.looked.sizes, "ranges": found.looked.ranges, "of": found.looked.all}
    whole["notes"] = found.notes
    return lines(whole)


def _answered(found: Solution, answer: Answer) -> dict[str, Any]:
    """An answer with its next sizes."""
    body = _figures(found, answer.look)
    if answer.beside:
        body["binds"] = [found.claims[i].text for i in answer.binding]
        body["next"] = {
            each.name: None if each.look is None else _figures(found, each.look) for each in answer.beside
        }
    return body


def _figures(found: Solution, look: Look) -> dict[str, Any]:
    """Sizes, and the figure and the verdict of each claim."""
    sizes = {name: _number(size) for name, size in zip(found.unknowns, look.sizes, strict=True)}
    figures = [
        {"claim": claim.text, "computed": plain(verdict.computed), "ok": verdict.ok}
        for claim, verdict in zip(found.claims, look.verdicts, strict=True)
    ]
    return {"sizes": sizes, "figures": figures}


def _number(size: Any) -> Any:
    """A size for a program: a number, or text such as 1/3 where no decimal is exact."""
    if size is None or isinstance(size, int):
        return size
    text = size_text(size)
    return text if "/" in text else float(text)


def grid(found: Solution) -> Grid:
    """The figures of the answer for the writers of text, the answer over them and what is said under it.

    Where no figures stand beside the sizes, the sizes alone.
    """
    answer, about = title(found)
    figures = table(found) or Table([Column("answer", right=False)], [[answer]])
    foot = " ".join(f"{note.rstrip('.')}." for note in (*notes(found), looked(found)))
    return Grid.of(figures, answer, foot, about)


def markdown(found: Solution) -> str:
    """The solution as Markdown: the answer as a heading, the table, and what is said under it."""
    answer, about = title(found)
    text = [f"### {escaped(answer)}", "", escaped(about), ""] if about else [f"### {escaped(answer)}", ""]
    figures = table(found)
    if figures is not None:
        text += [pipes(Grid.of(figures, found.name, "")), ""]
    text += [f"- {escaped(note)}" for note in notes(found)]
    return "\n".join([*text, "", f"*{escaped(looked(found))}*"])
