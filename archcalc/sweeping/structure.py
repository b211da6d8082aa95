"""A network over a grid, as long as it consists of the same layers: its formulas, and where they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from archcalc.sweeping.program import Program

HERE, VALID, UNREAD, WHOLE, REASON = ":here", ":valid", ":unread", ":whole", ":reason"
"""Names of results that are no figures: no figure's name begins with a colon."""


class Structure(NamedTuple):
    """Formulas, and where they hold. It is made of plain values, and travels.

    The program's results are the figures by name; `:here`, where the network consists of these layers;
    `:valid`, where their sizes go together; `:unread`, where rows or columns are left unread; `:whole`,
    where every quotient comes out even, as it must where it is valid; and `:reason0`, ..., where each
    condition of the layers in `reasons` holds. What is always true is left out, but for `:unread`,
    which is left out where it is always false.
    """

    program: Program
    reasons: tuple[str, ...] = ()
    broken: str = ""  # the layer for which there is no network here at all
    safe: bool = False  # nothing in it reaches 2^62 on the whole grid
    note: str = ""  # on what its figures leave out
