"""What a spec is made of: layers, symbols, sources and figures as written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.dims import axes_of_rank
from archcalc.spec.find import called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.errors import Problem
    from archcalc.spec.node import Document, Node, Pair

SUMS = ("params", "fixed", "connections", "neurons", "macs", "flops")
"""Figures whose totals are sums of the rows."""
QUANTITIES = ("output", *SUMS, "receptive_field", "layers")
"""Figures that can be claimed."""


class Source(NamedTuple):
    """Where a figure was published."""

    authors: str = ""
    year: str = ""
    title: str = ""
    where: str = ""
    doi: str = ""
    url: str = ""

    def short(self) -> str:
        """`LeCun et al. 1998`."""
        names = [name.strip() for name in self.authors.split(",") if name.strip()]
        who = names[0] if len(names) == 1 else f"{names[0]} et al." if names else self.title
        return f"{who} {self.year}".strip()

    def cited(self) -> str:
        """`LeCun et al. 1998, Proc. IEEE 86(11), II.B`."""
        return ", ".join(part for part in (self.short(), self.where) if part)

    def long(self) -> str:
        """Authors, year and where, on one line."""
        lead = f"{self.authors} {self.year}".strip()
        return ", ".join(part for part in (lead, self.title, self.where) if part)


class Entry(NamedTuple):
    """A layer as written: its place in the network, and its kind's fields by key."""

    name: str
    op: str
    at: Node  # the layer's map
    op_at: Node
    fields: Mapping[str, Pair]
    reads: Node | None = None
    activation: Node | None = None
    trainable: Node | None = None


class Claim(NamedTuple):
    """One figure that an `expect` line holds."""

    at: str
    quantity: str
    value: Node
    key: Node
    line: Node
    cite: str = ""
    note: str = ""
    known_gap: str = ""
    sizes: Mapping[str, str] = {}


class Spec:
    """What the author wrote: no sizes yet, no shapes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.name = document.name
        self.base = ""
        self.note = ""
        self.cites: dict[str, Source] = {}
        self.symbols: dict[str, Pair] = {}
        self.input: Node | None = None
        self.layers: list[Entry] = []
        self.claims: list[Claim] = []
        self.gone: dict[str, Node] = {}  # names that stood in what it extends, and where they were taken away
        self.problems: list[Problem] = []

    def copy(self) -> Spec:
        """The same spec, whose lists are its own."""
        twin = Spec(self.document)
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, dict | list) else value)
        return twin

    def sizes_of_input(self) -> list[Node]:
        """The nodes of the input's sizes."""
        value = None if self.input is None else self.input.value
        if isinstance(value, list):
            return value
        return [node for _, _, node in self.input.pairs()] if self.input and isinstance(value, dict) else []

    def axes_of_input(self) -> tuple[str, ...]:
        """The names of the input's axes, as written or by rank."""
        if self.input is not None and isinstance(self.input.value, dict):
            return tuple(self.input.value)
        return axes_of_rank(len(self.sizes_of_input()))

    @property
    def shown(self) -> str:
        """What to type on a command line to mean this spec."""
        return called(self.document)
