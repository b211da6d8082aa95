"""One network by every way of counting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.conventions import named, presets
from archcalc.conventions.count import Count
from archcalc.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.analysis import Analysis
    from archcalc.render.page import Page


class Counts(Shown, dict[str, Count]):
    """Counts of one network, each by what one types to mean its convention; as text, side by side."""

    def __init__(self, analysis: Analysis, names: Iterable[str] = ()) -> None:
        conventions = map(named, tuple(names) or presets())
        super().__init__({each.shown: Count(analysis, each) for each in conventions})
        self.analysis = analysis

    def of(self, quantity: str) -> dict[str, Any]:
        """What each convention that counts a quantity makes of it."""
        return {
            name: count.total[quantity] for name, count in self.items() if count.convention.counts(quantity)
        }

    def page(self, width: int | None = None) -> Page:
        """A table for each quantity, a row for each convention."""
        from archcalc.render.counts import page

        return page(self, width)
