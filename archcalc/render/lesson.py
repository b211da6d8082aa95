"""An explanation for a page of one's own: Markdown with LaTeX, or HTML with MathML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from archcalc import __version__
from archcalc.errors import printable
from archcalc.explanation import WORDS
from archcalc.folding import reads, said
from archcalc.render.figures import inputs, write
from archcalc.render.markdown import escaped
from archcalc.render.notation import latex, mathml

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.derivation import Step
    from archcalc.explanation import Explanation

_TALK = f"reference rule, per example; archcalc {__version__}"


def markdown(explanation: Explanation) -> str:
    """A heading, and for each figure its formula, and the substitution on a line of its own."""
    name, about = _heading(explanation)
    return "\n".join([f"### {escaped(name)}", "", escaped(about), "", *steps(explanation), f"*{_TALK}*"])


def steps(explanation: Explanation) -> list[str]:
    """The lines of a derivation in Markdown."""
    lines: list[str] = []
    for step in explanation.steps:
        formula = latex(step.words)
        words = f"${formula}$" if formula else escaped(step.words)
        lines += [f"**{WORDS.get(step.quantity, step.quantity)}** {words}".rstrip(), ""]
        for text, beside in step.lines:
            shown = latex(text)
            lines += [
                f"$${shown}$$" if shown else escaped(text),
                "",
                *([escaped(beside), ""] if beside else []),
            ]
        lines += [escaped(step.beside), ""] if step.beside else []
    return lines


_STYLE = """
body { font-family: Georgia, "Times New Roman", serif; margin: 2em; color: #222; background: #fff }
table { border-collapse: collapse }
th { text-align: left; font-weight: bold }
th, td { padding: .35em 1.2em .35em 0; vertical-align: baseline }
tr.figure > * { border-top: 1px solid #ddd }
p.beside { margin: .3em 0; max-width: 40em }
p.beside, footer { color: #666 }
math { font-size: 1.1em }
"""


def html(explanation: Explanation) -> str:
    """A page that needs nothing else: a row for each figure, with its formula, substitution and result."""
    name, about = (escape(printable(text)) for text in _heading(explanation))
    rows = "\n".join(_rows(step) for step in explanation.steps)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n<p>{about}</p>\n"
        f"<table>\n{rows}\n</table>\n<footer><p>{escape(_TALK)}</p></footer>\n</body>\n</html>"
    )


def _rows(step: Step) -> str:
    """The formula of a figure, its lines under it, and what is to be said of them."""
    word = escape(WORDS.get(step.quantity, step.quantity))
    cells = [mathml(step.words)] if step.words else []
    cells += [mathml(text) + _note(beside) for text, beside in step.lines]
    cells = cells or [""]
    cells[-1] += _note(step.beside)
    first, *rest = cells
    rows = [f'<tr class="figure"><th>{word}</th><td>{first}</td></tr>']
    return "\n".join([*rows, *(f"<tr><th></th><td>{cell}</td></tr>" for cell in rest)])


def _note(text: str) -> str:
    """A remark on what stands above it."""
    return f'<p class="beside">{escape(printable(text))}</p>' if text else ""


def _heading(explanation: Explanation) -> tuple[str, str]:
    """What is explained, and what it makes of what it reads."""
    row, net = explanation.row, explanation.net
    if row.name == "total":
        return net.name, inputs(net)
    read = write(reads(row))
    return f"{row.name} of {net.name}", f"{said(row)}, {f'{read} → ' if read else ''}{write(row.output)}"


WRITERS: dict[str, Callable[[Explanation], str]] = {"markdown": markdown, "html": html}
"""The formats beside the blackboard."""
