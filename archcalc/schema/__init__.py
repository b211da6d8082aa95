"""JSON Schema (draft 7) of spec files, from the registered kinds: what editors complete and check by.

It knows the form of a spec, not its meaning: names that wires lead to, symbols and shapes are for
`archcalc check`. A size may be an expression everywhere, so a text is let through wherever a number
may stand. Keywords that hold for one type only stand side by side instead of under `anyOf`: an
editor then tells what is wrong, and not that nothing fits.
"""

from archcalc.schema.file import schema

__all__ = ["schema"]
