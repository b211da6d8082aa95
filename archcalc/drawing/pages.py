"""Pages that a picture may be sized to."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.errors import Problem, UsageError, likely, quote


class Paper(NamedTuple):
    """A page: its short and its long side, and what stays white at its edges, in points."""

    short: float
    long: float
    margin: float = 14.0

    @property
    def ways(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Its width and height, upright and across."""
        return (self.short, self.long), (self.long, self.short)


PAGES = {"none": None, "a4": Paper(595.28, 841.89), "letter": Paper(612.0, 792.0)}


def paper(name: str) -> Paper | None:
    """The page called so; none where a picture is as large as what is on it.

    Raises UsageError for another.
    """
    if name.lower() not in PAGES:
        why = (f"pages: {', '.join(PAGES)}",)
        raise UsageError(Problem(f"there is no page {quote(name)}", why, likely(name, PAGES)))
    return PAGES[name.lower()]
