"""Formulas in letters: the SymPy world, the conditions under which it holds, and how it is written.

Nothing here parses text: a name becomes a letter, and expressions come from the formulas alone.
"""

from archcalc.symbolic.conditions import Condition, at_least, equal, read_all, valid
from archcalc.symbolic.division import ceil_div, exact_div, floor_div, gcd, largest, round_to, smallest
from archcalc.symbolic.terms import letter
from archcalc.symbolic.values import bounds, symbols, value
from archcalc.symbolic.world import SymbolicWorld
from archcalc.symbolic.writing import is_loose, latex, part, shape, text

__all__ = [
    "Condition",
    "SymbolicWorld",
    "at_least",
    "bounds",
    "ceil_div",
    "equal",
    "exact_div",
    "floor_div",
    "gcd",
    "is_loose",
    "largest",
    "latex",
    "letter",
    "part",
    "read_all",
    "round_to",
    "shape",
    "smallest",
    "symbols",
    "text",
    "valid",
    "value",
]
