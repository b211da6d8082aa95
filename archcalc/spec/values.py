"""What a spec is made of: layers, symbols, sources and figures as written."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import axes_of_rank
from archcalc.expressions import ExpressionError, Scope, whole
from archcalc.quantities import COUNTED, NAMES
from archcalc.spec.find import called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.errors import Problem
    from archcalc.spec.node import Document, Node, Pair

SUMS = COUNTED
"""Figures whose totals are sums of the rows."""
QUANTITIES = NAMES
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
    """A layer as written: what it is, its place in the network, and its kind's fields by key."""

    name: str
    what: str  # an op, the name of a block, or the name of the layer that it shares
    at: Node  # the layer's map
    what_at: Node
    fields: Mapping[str, Pair]
    says: str = "op"  # op, block or share
    reads: Node | None = None
    activation: Node | None = None
    trainable: Node | None = None
    arguments: Node | None = None  # with:
    repeat: Node | None = None
    shared: Node | None = None
    when: Node | None = None
    tie: Node | None = None


class Block(NamedTuple):
    """Layers that are written once and used by name."""

    name: str
    at: Node
    args: Mapping[str, Pair]
    inputs: tuple[str, ...]  # their names, where there are several
    layers: list[Entry]


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
    dtype: str = ""  # of figures in bytes; float32 where nothing is said
    convention: str = ""  # whose way of counting it is, where not the reference rule's


class Spec:
    """What the author wrote: no sizes yet, no shapes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.name = document.name
        self.base = ""
        self.bases: tuple[str, ...] = ()  # paths of the specs that it extends, the nearest first
        self.note = ""
        self.cites: dict[str, Source] = {}
        self.symbols: dict[str, Pair] = {}
        self.input: Node | None = None
        self.inputs: dict[str, Pair] = {}  # where there are several
        self.outputs: list[Node] = []  # where it is not the last layer alone
        self.blocks: dict[str, Block] = {}
        self.layers: list[Entry] = []
        self.claims: list[Claim] = []
        self.lost: set[str] = set()  # blocks that could not be read
        self.gone: dict[str, Node] = {}  # names that stood in what it extends, and where they were taken away
        self.problems: list[Problem] = []
        self.told: list[str] = []  # what whoever wrote it from another format has to say

    def copy(self) -> Spec:
        """The same spec, whose lists are its own."""
        twin = Spec(self.document)
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, dict | list) else value)
        return twin

    def all_inputs(self) -> dict[str, Node]:
        """The input's shape as written, called `input`, or those of several inputs by name."""
        if self.input is not None:
            return {"input": self.input}
        return {name: node for name, (_, node) in self.inputs.items()}

    def sizes_of_input(self) -> list[Node]:
        """The nodes of the sizes of every input."""
        return [size for node in self.all_inputs().values() for _, size in axes(node)[0]]

    def axes_of_input(self) -> tuple[str, ...]:
        """The names of the axes of every input, as written or by rank."""
        return tuple(dict.fromkeys(axis for node in self.all_inputs().values() for axis, _ in axes(node)[0]))

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the files that it was read from; none where nobody wrote one."""
        return tuple(path for path in (self.document.path, *self.bases) if path)

    @property
    def shown(self) -> str:
        """What to type on a command line to mean this spec."""
        return called(self.document)


def axes(node: Node) -> tuple[list[tuple[str, Node]], bool]:
    """The axes of an input's shape, each with its size as written, and whether it holds indices.

    The shape is a list of sizes, a map of named axes, or `{shape: ..., dtype: int}`; none where it is none.
    """
    value, whole = node.value, False
    if isinstance(value, dict) and "shape" in value:
        whole = "dtype" in value and value["dtype"][1].value == "int"
        value = value["shape"][1].value
    if isinstance(value, dict):
        return [(axis, size) for axis, (_, size) in value.items()], whole
    if not isinstance(value, list):
        return [], whole
    names = ("T",) if whole and len(value) == 1 else axes_of_rank(len(value))
    return list(zip(names, value, strict=True)), whole


def at_first(spec: Spec, sizes: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes of symbols and axes as the file gives them, but for those that are set."""
    known: dict[str, Any] = {}
    symbols = {**{name: node.value for name, (_, node) in spec.symbols.items()}, **sizes}
    sides = [(axis, side.value) for node in spec.all_inputs().values() for axis, side in axes(node)[0]]
    for name, given in (*symbols.items(), *sides):
        with suppress(ExpressionError):
            known.setdefault(name, whole(Scope(known).value(given)))
    return known
