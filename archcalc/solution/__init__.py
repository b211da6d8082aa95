"""Solving for sizes: the largest that meet a budget, or all that meet an equation."""

from archcalc.solution.answer import Answer, Beside, Solution
from archcalc.solution.solve import solve

__all__ = ["Answer", "Beside", "Solution", "solve"]
