"""What a network's classes hold: layers, blocks and copies, and the places where a block is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.graph.values import ACTIVATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.export.source.parts import Part
    from archcalc.graph import Node
    from archcalc.spec import Entry
    from archcalc.spec.values import Block


class Use(NamedTuple):
    """A place where a block's layers stand: the path before their names, and what the block is given."""

    path: str  # `stage2.1.`; nothing for the network itself
    arguments: Mapping[str, Any]
    inputs: Mapping[str, str]  # the names of its inputs, and the nodes that give them


class Item:
    """A layer, a block, or copies of one, in every use of a class; None where a use does not have it."""

    def __init__(
        self, entry: Entry, reads: tuple[str, ...], copy: int | None = None, *, bends: bool = False
    ) -> None:
        self.entry = entry
        self.copy = copy  # which copy it is, where copies are too unlike to be written as one
        self.bends = bends  # it is the entry's activation, which has tensors and is a layer of its own
        self.name = entry.name if copy is None else f"{entry.name}.{copy}"
        if bends:
            self.name += ACTIVATION
        self.reads = reads
        self.first: Item | None = None  # the layer whose tensors it uses, where that is another
        self.classes: list[Class | None] = []  # of a block, in each use
        self.nodes: list[list[Node] | None] = []  # of a layer its copies, in each use
        self.paths: list[list[str] | None] = []  # of a layer or a block its copies, in each use
        self.parts: list[list[Part] | None] = []
        self.bent: list[list[Part | None] | None] = []
        self.single = False  # one set of tensors for all copies
        self.attribute = ""

    @property
    def repeated(self) -> bool:
        """Whether it is written as several."""
        return self.entry.repeat is not None and self.copy is None

    @property
    def inner(self) -> Class | None:
        """The class of a block."""
        return next((found for found in self.classes if found is not None), None)

    @property
    def sometimes(self) -> bool:
        """Whether some uses do not have it."""
        return None in self.paths

    def part(self) -> Part | None:
        """The layer in the first use that has it."""
        return next((parts[0] for parts in self.parts if parts), None)

    def bend(self) -> Part | None:
        """Its activation in the first use that has it."""
        return next((parts[0] for parts in self.bent if parts), None)


class Class:
    """A block with the uses that one text serves."""

    def __init__(self, block: Block | None, uses: list[Use]) -> None:
        self.block = block
        self.uses = uses
        self.name = ""
        self.items: list[Item] = []
        self.alias: dict[str, str] = {}  # layers that no use has, and what is read in their place
        self.end: tuple[str, ...] = ()  # what it gives, by the names of its layers or inputs

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what it reads."""
        return tuple(self.uses[0].inputs)
