"""What a letter decides: a network in letters whose structure is that at one point, and where it is the same.

A building asks here whenever a letter stands in a condition or says how often something is repeated.
The answer is the one at the point, and what was asked is kept: wherever all of it has the same
answer, the network is built of the same layers, and its formulas hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

UNROLLED = 4
"""Copies that are built one by one before a repeat must keep its shape, or its number is fixed."""


class Choices:
    """Expressions in place of letters, their values at one point, and the conditions that were met there."""

    def __init__(
        self,
        letters: Mapping[str, Any],
        point: Mapping[str, int],
        *,
        counted: bool = False,
        within: Collection[str] = (),
    ) -> None:
        self.letters = letters  # what stands for a symbol: its letter, or an expression of it
        self.point = point  # the value of each letter
        self.counted = counted  # every repeat has the number of its copies at the point
        self.within = within  # paths of layers that are asked for, whose copies are told apart
        self.met: list[Any] = []  # conditions and, for what did not hold, their opposites

    def compares(self, word: str, a: Any, b: Any) -> bool:
        """Whether `a word b`, as Python's syntax tree calls it, at the point."""
        from archcalc.symbolic import at_least, equal

        if word in ("Eq", "NotEq"):
            return self.holds(equal(a, b)) is (word == "Eq")
        if word in ("GtE", "Lt"):
            return self.holds(at_least(a, b)) is (word == "GtE")
        return self.holds(at_least(b, a)) is (word == "LtE")

    def holds(self, condition: Any) -> bool:
        """Whether a condition holds at the point; it is kept where that is not so everywhere."""
        if isinstance(condition, bool):
            return condition
        found: bool = condition.at(self.point)
        met = (condition, found)
        if met not in self.met:
            self.met.append(met)
        return found

    def count(self, size: Any, path: str) -> Any:
        """How often what stands at a path is repeated: a letter, or its number at the point.

        A number where copies are asked for, and where it is none that copies can have.
        """
        from archcalc.symbolic import at_least, equal, value
        from archcalc.symbolic.conditions import is_whole

        sound = self.holds(is_whole(size)) and self.holds(at_least(size, 1))
        if sound and not self.counted and not any(layer.startswith(f"{path}.") for layer in self.within):
            return size
        found = value(size, self.point)
        self.holds(equal(size, found))
        return found
