"""A way of counting: for each op an expression, and in words what a reader should know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.quantities import CONVENTIONAL

if TYPE_CHECKING:
    from archcalc.layer import Layer
    from archcalc.spec.node import Node

EVERY = "every"
FAMILIES = ("conv", "pool", "dense", "norm", "activation", "shape", "join", "recurrent", "regularisation")
"""Families that a rule may name; those called as one of their ops are not among them."""


class Rule(NamedTuple):
    """What one op counts: an expression over the variables, and where it is written."""

    text: str
    node: Node


class Convention:
    """A way of counting, as its file says it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shown = name  # what to type to mean it: its name, or the path of its file
        self.about = ""
        self.tool = ""  # whose way it is, where it is a tool's
        self.version = ""  # of the tool, when its rules were read
        self.call = ""  # what one runs to see its figures
        self.source = ""  # where its rules can be read
        self.calls: dict[str, str] = {}  # what it calls a quantity, where that is another word
        self.words: dict[str, str] = {}  # definitions of quantities
        self.rules: dict[str, dict[str, Rule]] = {}  # by quantity, then by op, family or `every`
        self.notes: tuple[str, ...] = ()

    def counts(self, quantity: str) -> bool:
        """Whether it says anything about a quantity."""
        return quantity in self.rules

    def rule(self, quantity: str, layer: Layer | type[Layer]) -> Rule | None:
        """The rule for a layer: by its op, else by its family, else that for every op."""
        rules = self.rules[quantity]
        return (
            rules.get(layer.op)
            or (rules.get(layer.family) if layer.family in FAMILIES else None)
            or rules.get(EVERY)
        )

    @property
    def given(self) -> tuple[str, ...]:
        """The quantities that it counts."""
        return tuple(quantity for quantity in CONVENTIONAL if quantity in self.rules)

    @property
    def title(self) -> str:
        """The tool and its version, or the convention's own name."""
        return f"{self.tool} {self.version}".strip() or self.name

    def __repr__(self) -> str:
        return f"Convention({self.name!r}, {', '.join(self.given)})"
