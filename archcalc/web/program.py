"""The figures of a page as a program of numbered steps over its letters, each common part once.

The page runs the steps in whole numbers of any length. A figure, a side of a shape and a condition are
places in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.sweeping.compiling import Compiler
from archcalc.symbolic.terms import expression
from archcalc.web.standing import CLOSE, OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.web.letters import Lettered

NOTHING = -1
"""The place of a figure that is not defined."""
OPERATIONS = (
    "number", "letter", "add", "mul", "floor", "min", "max", "gcd", "less",
    "at_least_0", "is_0", "not_0", "not", "and",
)  # fmt: skip
"""What a step does, by its number; the page's script has the same list."""


class Program:
    """Steps so far, and the closed forms of what they reckon."""

    def __init__(self, own: Lettered) -> None:
        self.own = own
        self.compiler = Compiler()
        self.formulas: dict[int, Any] = {}  # those that hold a letter, by place

    def place(self, figure: Any) -> int:
        """The place of a figure: a number, a formula, or none."""
        if figure is None:
            return NOTHING
        formula = expression(figure)
        if formula.is_Integer:
            return self.compiler.number(int(formula))
        place = self.compiler.whole(formula)
        self.formulas.setdefault(place, formula)
        return place

    def marked(self, figure: Any) -> str:
        """What stands in a text for a figure that moves: its place."""
        return f"{OPEN}{self.place(figure)}{CLOSE}"

    def truth(self, condition: Any, *, holds: bool = True) -> int:
        """The place of a condition, or of its opposite: 1 where it holds, else 0."""
        if isinstance(condition, bool):
            return self.compiler.number(int(condition is holds))
        return self.compiler.truth(condition, holds=holds)

    def all(self, places: Iterable[int]) -> int:
        """Where all of some conditions hold; where there are none, everywhere."""
        found = self.compiler.all(places)
        return self.compiler.number(1) if found is None else found

    def even(self) -> int:
        """Where every quotient comes out even, as it must in a network."""
        return self.all(self.compiler.step("is_0", rest) for rest in self.compiler.inexact)

    def text(self, place: int) -> str:
        """The closed form at a place in the sizes that a reader knows; nothing for a plain number."""
        from archcalc.symbolic import text

        formula = self.formulas.get(place)
        return "" if formula is None else text(self.own.shown(formula))

    def written(self) -> dict[str, list[Any]]:
        """The steps as plain values: numbers as text, as JSON readers round them, and one list of steps."""
        numbers: dict[str, int] = {}
        steps: list[int] = []
        letters = [letter.name for letter in self.own.letters]
        for op, args in self.compiler.steps:
            steps.append(OPERATIONS.index(op))
            if op == "number":
                steps.append(numbers.setdefault(str(args[0]), len(numbers)))
            elif op == "letter":
                steps.append(letters.index(args[0]))
            else:
                steps += args
        return {"numbers": list(numbers), "steps": steps}
