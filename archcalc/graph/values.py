"""What a graph is made of: nodes, their wires and shapes, the blocks they stand in, and their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Shape
from archcalc.spec.values import at_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.dims import Dim, Truth
    from archcalc.layer import Layer, Rule
    from archcalc.spec import Entry, Spec


class Tie(NamedTuple):
    """Another layer's tensor, in place of one of a layer's own."""

    node: str
    tensor: str
    transposed: bool


class Node:
    """A layer with its name, its wires, and the shapes that it reads and makes."""

    __slots__ = (
        "entry",
        "held",
        "inputs",
        "layer",
        "name",
        "owner",
        "row",
        "rules",
        "ties",
        "times",
        "trainable",
        "xs",
        "y",
    )

    def __init__(
        self, name: str, layer: Layer, inputs: tuple[str, ...], xs: tuple[Shape, ...], y: Shape
    ) -> None:
        self.name = name
        self.layer = layer
        self.inputs = inputs
        self.xs = xs
        self.y = y
        self.row = name  # the row of the table that it is part of
        self.trainable = True
        self.entry: Entry | None = None
        self.rules: list[Rule] = []  # conditions that hold for some sizes
        self.owner = ""  # the node whose tensors it uses, where they are not its own
        self.ties: dict[str, Tie] = {}  # tensors that are another node's
        self.times: Dim = 1  # how often it stands here, where a repeat is left as a letter
        self.held: Dim = 1  # and how many sets of tensors these have

    @property
    def x(self) -> Shape:
        """The first shape that it reads; of a layer that reads none, its own."""
        return self.xs[0] if self.xs else self.y

    @property
    def unread(self) -> list[Rule]:
        """What the layer leaves unread, now or at some sizes; of an axis that it leaves unread, one rule."""
        found = [rule for rule in self.layer.unread(*self.xs) if rule.holds is not True]
        open_ = [rule for rule in found if rule.holds is not False]
        return [*open_, *{rule.what(): rule for rule in found if rule.holds is False}.values()]

    def cloned(self, old: str, new: str, given: dict[str, str]) -> Node:
        """The same node in another copy of its block: under another path, reading other inputs."""
        n, none = len(old), _NONE
        inputs = tuple([given.get(name) or renamed(name, old, new, none) for name in self.inputs])
        twin = Node(new + self.name[n:], self.layer, inputs, self.xs, self.y)  # it stands under the old path
        if self.row != self.name:
            twin.row = renamed(self.row, old, new, none)
        twin.trainable, twin.entry, twin.rules = self.trainable, self.entry, self.rules
        if self.owner:
            twin.owner = renamed(self.owner, old, new, none)
        if self.ties:
            ties = self.ties.items()
            twin.ties = {word: tie._replace(node=renamed(tie.node, old, new, none)) for word, tie in ties}
        twin.times, twin.held = self.times, self.held
        return twin

    def __repr__(self) -> str:
        return f"Node({self.name}: {self.layer.label()}, {', '.join(map(repr, self.xs))} -> {self.y!r})"


def renamed(name: str, old: str, new: str, given: dict[str, str]) -> str:
    """A node's name in the next copy of its block; what the copy is given has other names there."""
    found = given.get(name)
    if found:
        return found
    n = len(old)
    return new + name[n:] if name.startswith(old) and name[n : n + 1] in _ENDS else name


_NONE: dict[str, str] = {}
_ENDS = ("", ".", ":")  # what may follow a layer's path in a node's name


class Group(NamedTuple):
    """A block where it is used, or the copies of a repeated layer: what stands under a path."""

    path: str
    block: str  # the name of the block; nothing where one layer is repeated
    copies: Dim  # how many stand under it as path.0, path.1, ...; 1 where it is not repeated
    node: str  # the node that makes what it gives
    inputs: tuple[str, ...] = ()  # the nodes that it reads, in the order of the block's inputs
    arguments: Mapping[str, Any] = {}  # the block's arguments, as they are here


class Graph:
    """The network at some sizes: nodes in order, each reading nodes before it."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.symbols: dict[str, Any] = {}
        self.inputs: dict[str, Shape] = {}  # by name; a single one is called input
        self.indices: set[str] = set()  # inputs, and nodes that re-arrange them, that hold indices
        self.written = ""  # the input as the file has it, as 1x32x32
        self.nodes: list[Node] = []
        self.by_name: dict[str, Node] = {}
        self.groups: dict[str, Group] = {}
        self.outputs: dict[str, str] = {}  # the outputs as the file names them, and the nodes that make them
        self.sizes: dict[str, Any] = {}  # what was set, given and left free, apart from the file
        self.given: Sequence[Any] | None = None
        self.free: tuple[str, ...] | None = None
        self.plain = False  # every size is known to be a number
        self.rules: list[Rule] = []  # conditions that hold for some sizes, on inputs and repeats
        self.numbers: tuple[str, ...] = ()  # symbols that could not be left as letters with the others

    def add(self, node: Node) -> None:
        """One more node, which reads nodes before it."""
        self.nodes.append(node)
        self.by_name[node.name] = node

    def shape(self, name: str) -> Shape | None:
        """What a node, or an input, gives; None for one that a mistake left out."""
        node = self.by_name.get(name)
        return node.y if node else self.inputs.get(name)

    def layer_of(self, name: str) -> str:
        """The layer that a node belongs to: of an activation, the layer it bends."""
        return name.removesuffix(ACTIVATION)

    def within(self, path: str) -> Iterator[Node]:
        """The nodes of a block, or of a repeated layer."""
        lead = path + "."
        return (node for node in self.nodes if node.name.startswith(lead))

    @property
    def input(self) -> Shape:
        """The shape of the input; of several, of the first."""
        return next(iter(self.inputs.values()), Shape(()))

    @property
    def output(self) -> Shape:
        """The shape of what the network gives; of several outputs, of the first."""
        return self.by_name[next(iter(self.outputs.values()))].y

    @property
    def symbolic(self) -> bool:
        """Whether some sizes are letters."""
        return bool(self.free)

    @property
    def conditions(self) -> list[Truth]:
        """What must hold of the letters, each condition once."""
        every = (*self.rules, *(rule for node in self.nodes for rule in node.rules))
        return list(dict.fromkeys(rule.holds for rule in every if rule.holds is not True))

    @property
    def as_written(self) -> bool:
        """Whether every size is the one in the file."""
        return not self.sizes and self.given is None and not self.symbolic

    @property
    def defaults(self) -> dict[str, int]:
        """The sizes that the letters have in the file, where it gives them one."""
        known = at_first(self.spec, self.sizes)
        return {name: known[name] for name in self.free or () if isinstance(known.get(name), int)}


ACTIVATION = ":activation"
"""What the node of an activation is called, after the layer that it bends: no name has a colon."""
