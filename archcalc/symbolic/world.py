"""SymPy's answers to the functions of sizes; importing this registers them."""

from __future__ import annotations

from archcalc.dims import register
from archcalc.symbolic import conditions, division, terms, writing


class SymbolicWorld:
    """Sizes that are SymPy expressions."""

    total = staticmethod(terms.total)
    floor_div = staticmethod(division.floor_div)
    ceil_div = staticmethod(division.ceil_div)
    exact_div = staticmethod(division.exact_div)
    smallest = staticmethod(division.smallest)
    largest = staticmethod(division.largest)
    gcd = staticmethod(division.gcd)
    at_least = staticmethod(conditions.at_least)
    equal = staticmethod(conditions.equal)
    part = staticmethod(writing.part)
    is_whole = staticmethod(conditions.is_whole)


register("sympy", SymbolicWorld())
