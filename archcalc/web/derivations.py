"""Where each figure of a page comes from: the kinds' own formulas, with places for what the letters move.

A substitution is a tree whose leaves are numbers and places of the program, so that it follows the
sliders; the page shows it only where it comes to the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.derivation import Equation, counts, remember
from archcalc.dims import Shape
from archcalc.errors import printable
from archcalc.web.plainly import does
from archcalc.web.standing import CLOSE, OPEN, Standing, standing
from archcalc.window import law
from archcalc.written import Written

if TYPE_CHECKING:
    from archcalc.analysis import Row
    from archcalc.derivation import Step
    from archcalc.graph import Node
    from archcalc.web.letters import Lettered
    from archcalc.web.program import Program


class Derivations:
    """Steps and texts, each once, and for every row the numbers of its steps by quantity."""

    def __init__(self, own: Lettered, program: Program) -> None:
        self.program = program
        self.words: dict[str, int] = {"": 0}
        self.steps: dict[str, int] = {}
        self.net = net = standing(own, program.marked)
        self.rows = [self.row(net, row) for row in net.rows]
        self.says = list(map(clean, does(net.rows)))

    def row(self, net: Any, row: Row) -> dict[str, int]:
        """The steps of a row's figures."""
        return {step.quantity: self.step(step, row) for step in counts(net, row)}

    def step(self, step: Step, row: Row) -> int:
        """The number of a step: its words, its words where a quotient is rounded, its lines, a remark."""
        import json

        node = next((n for n in row.main if n.layer.units), row.main[0])
        window = node.layer.window() if step.quantity == "output" else None
        own = OPEN in step.words or step.words.isdigit()  # a shape that says itself
        exact = rounded = self.word("" if own else step.words)
        if window:
            exact, rounded = (self.word(self.law(node, exact=exact)) for exact in (True, False))
            lines = [[self.tree(side), word] for side, word in self.sides(node)]
        else:
            lines = [line for text, beside in step.lines if (line := self.line(text, beside))]
        made = json.dumps([exact, rounded, lines, clean(step.beside)], ensure_ascii=False)
        return self.steps.setdefault(made, len(self.steps))

    def word(self, words: str) -> int:
        """The number of a formula in words."""
        return self.words.setdefault(clean(words), len(self.words))

    def law(self, node: Node, *, exact: bool) -> str:
        """The law of a window's places."""
        axes = node.layer.mapped(remember).window() or []
        return "; ".join(dict.fromkeys(law(axis, exact=exact) for axis in axes))

    def sides(self, node: Node) -> list[tuple[Any, str]]:
        """What a window makes of each side of its input."""
        window = node.layer.mapped(remember).window() or []
        x = Shape(map(remember, node.x), node.x.axes)
        pairs = zip(window, x[1:], node.x.axes[1:], strict=True)
        return [(axis.places(size), _SIDES.get(name, name)) for axis, size, name in pairs]

    def line(self, text: str, beside: str) -> list[Any] | None:
        """A substitution as a tree, or a sentence; nothing for one that holds at one size alone."""
        if isinstance(text, Equation):
            return [self.tree(text.written), clean(beside)]
        if OPEN in text or not any(map(str.isdigit, text)):
            return [clean(text), clean(beside)]
        return None

    def tree(self, value: Any) -> Any:
        """A written value: a number, a place in a list of its own, or an operation with its parts."""
        if isinstance(value, Written):
            if value.op:
                return [value.op, *map(self.tree, value.args)]
            value = value.value
        if isinstance(value, Standing):
            return [self.program.place(value.formula)]
        return value if abs(value) < _EXACT else str(value)


_SIDES = {"H": "high", "W": "wide", "D": "deep", "T": "long"}
_EXACT = 2**53  # JSON readers round integers past this


def clean(text: str) -> str:
    """A text that cannot steer anything, its marks kept."""
    pieces = text.split(OPEN)
    found = [printable(pieces[0])]
    for piece in pieces[1:]:
        place, _, rest = piece.partition(CLOSE)
        found.append(f"{OPEN}{place}{CLOSE}{printable(rest)}")
    return "".join(found)
