"""The directive `archcalc`: an exhibit of a spec as nodes of a document."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from archcalc.closed_form import Formula
from archcalc.errors import ArchcalcError, Problem, SpecError, UsageError, printable, wide
from archcalc.exhibits import OPTIONS, Asked, Exhibit, exhibit
from archcalc.exhibits.asked import asked, of_yaml
from archcalc.explanation import WORDS, Explanation
from archcalc.render.figures import write
from archcalc.render.grid import Grid
from archcalc.render.notation import latex, mathml
from archcalc.spec.node import Document
from archcalc.sphinx import failures
from archcalc.sphinx.nodes import equation, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils.nodes import Element, Node

    from archcalc.drawing import Drawing


class ArchcalcDirective(SphinxDirective):
    """A table, a diagram, a formula, an explanation or a check of a spec.

    The spec is its argument and the rest are options; or both stand in its content, as YAML.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(OPTIONS, directives.unchanged)

    def run(self) -> list[Node]:
        """The nodes of the exhibit; of what cannot be made, what is wrong."""
        path = self.get_source_info()[0]
        folder = os.path.dirname(path)
        try:
            made = exhibit(self._asked(path), folder)
        except ArchcalcError as error:
            self._fail(str(error))
            return [nodes.literal_block(str(error), str(error), classes=["archcalc-error"])]
        for file in made.files:
            self.env.note_dependency(file)
        for sentence in made.failing:
            self._fail(f"a published figure no longer agrees: {sentence}")
        return self._shown(made)

    def _asked(self, path: str) -> Asked:
        """What is asked for, by argument and options or by the content."""
        written = "\n".join(self.content)
        if not written.strip():
            return asked(self.arguments[0] if self.arguments else "", self.options)
        if self.arguments or self.options:
            why = ("the content is YAML that says all of it",)
            raise UsageError(Problem("a spec or options beside content", why, "spec: lenet5"))
        line = self.content_offset
        lead = "\n" * line  # so that a mistake is told at its line of the page
        try:
            return of_yaml(Document(path, lead + written))
        except SpecError as error:
            raise UsageError([problem._replace(place=None) for problem in error.problems]) from None

    def _fail(self, sentence: str) -> None:
        failures.fail(self.env, self.env.docname, printable_lines(sentence), self.get_location())

    def _shown(self, made: Exhibit) -> list[Node]:
        """An exhibit as nodes."""
        content = made.content
        if isinstance(content, Grid):
            found = self._table(made, content)
        elif isinstance(content, Formula):
            found = [_formula(content)]
        elif isinstance(content, Explanation):
            found = [_explanation(content)]
        else:
            found = [self._figure(made, content)]
        self.add_name(found[-1] if isinstance(content, Grid) else found[0])
        if made.note:
            found.append(nodes.paragraph(made.note, made.note, classes=["archcalc-note"]))
        if made.caption and isinstance(content, Formula | Explanation):
            found.insert(
                0, nodes.paragraph("", "", *self._inline(made.caption), classes=["archcalc-caption"])
            )
        return found

    def _inline(self, text: str) -> list[Node]:
        """The author's words in the document's own markup."""
        found: list[Node] = self.parse_inline(text, lineno=self.lineno)[0]
        return found

    def _table(self, made: Exhibit, grid: Grid) -> list[Node]:
        """A table with a heading for each column and each row."""
        whole = nodes.table(classes=["archcalc", "colwidths-auto"])
        words = self._inline(made.caption) if made.caption else [nodes.Text(made.title)]
        if words != [""]:
            whole += nodes.title("", "", *words)
        group = nodes.tgroup(cols=len(grid.heads))
        every = _cells(grid)
        for i, column in enumerate(zip(*every, strict=True)):
            group += nodes.colspec(colwidth=max(map(wide, column)), stub=int(i == 0))
        heads, *rows = (_row(row, grid) for row in every)
        group += nodes.thead("", heads)
        for row in rows[len(grid.body) :]:
            row["classes"].append("archcalc-total")
        group += nodes.tbody("", *rows)
        whole += group
        sides = grid.sides.replace("w", "l")
        sides = sides.upper() if len(rows) <= _ONE_PAGE else sides
        return [addnodes.tabular_col_spec(spec=sides), whole]

    def _figure(self, made: Exhibit, drawing: Drawing) -> Element:
        """A diagram with its caption."""
        words = self._inline(made.caption) if made.caption else []
        whole = nodes.figure("", picture(drawing.themed("light"), made.title), classes=["archcalc-diagram"])
        if words:
            whole += nodes.caption("", "", *words)
        return whole


def printable_lines(text: str) -> str:
    """A message whose lines hold nothing that steers a terminal."""
    return "\n".join(map(printable, text.split("\n")))


_ONE_PAGE = 25
"""Rows up to which LaTeX may break the text of a cell; a table over several pages does not do it."""


def _cells(grid: Grid) -> list[list[str]]:
    """Headers, rows and total as text."""
    rows: list[Sequence[object]] = [grid.heads, *grid.rows]
    return [[printable(write(cell)) for cell in row] for row in rows]


def _row(cells: Sequence[str], grid: Grid) -> Element:
    """A row of cells, numbers marked as such."""
    row = nodes.row()
    for text, side in zip(cells, grid.sides, strict=True):
        entry = nodes.entry(classes=_SIDES.get(side, []))
        entry += nodes.paragraph(text, text, classes=_signs(text))
        row += entry
    return row


_SIDES = {"r": ["archcalc-number"], "w": ["archcalc-prose"]}
"""The classes of a cell by its column's side: of figures, and of prose that may be wrapped."""
_SIGNS = {"✓": "archcalc-good", "✗": "archcalc-bad", "~": "archcalc-gap"}


def _signs(text: str) -> list[str]:
    """The class of a verdict."""
    return [_SIGNS[text[0]]] if text[:1] in _SIGNS else []


def _formula(formula: Formula) -> Element:
    """A closed form, with the figure that it is of."""
    from archcalc.quantities import header

    name = header(formula.quantity)
    text = f"{name}  =  {formula.text}"
    return equation(text, rf"\text{{{name}}} = {formula.latex}", mathml(text))


def _explanation(explanation: Explanation) -> Element:
    """A definition for each figure: its formula, then the substitution."""
    whole = nodes.definition_list(classes=["archcalc-explanation"])
    for step in explanation.steps:
        word = WORDS.get(step.quantity, step.quantity)
        lines = [(step.words, step.beside)] if step.words or step.beside else []
        definition = nodes.definition("", *(part for line in [*lines, *step.lines] for part in _line(*line)))
        whole += nodes.definition_list_item("", nodes.term(word, word), definition)
    return whole


def _line(text: str, beside: str) -> list[Element]:
    """A line of a derivation, as mathematics where it is that, and what is to be said of it."""
    found: list[Element] = []
    text = str(text)  # and no more than that: a document is kept in a file
    if text and latex(text):
        found.append(equation(text, latex(text), mathml(text)))
    elif text:
        found.append(nodes.paragraph(text, printable(text)))
    if beside:
        found.append(nodes.paragraph(beside, printable(beside), classes=["archcalc-note"]))
    return found
