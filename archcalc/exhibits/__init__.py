"""Exhibits: a table, a diagram, a formula, an explanation or a check of a spec, shown in a document.

Whoever shows one has its published figures checked as well, so that no document states what is no
longer so.
"""

from archcalc.exhibits.asked import OPTIONS, Asked
from archcalc.exhibits.exhibit import Exhibit, exhibit

__all__ = ["OPTIONS", "Asked", "Exhibit", "exhibit"]
