"""What a graph is made of: nodes with their wires and shapes, and the sizes they were built at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.layer import Layer, Rule
    from archcalc.spec import Entry, Spec


class Node:
    """A layer with its name, its wires, and the shapes that it reads and makes."""

    __slots__ = ("entry", "inputs", "layer", "name", "row", "rules", "trainable", "xs", "y")

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

    def __repr__(self) -> str:
        return f"Node({self.name}: {self.layer.label()}, {', '.join(map(repr, self.xs))} -> {self.y!r})"


class Graph:
    """The network at some sizes: nodes in order, each reading nodes before it."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.symbols: dict[str, Any] = {}
        self.input = Shape(())
        self.written = ""  # the input as the file has it, as 1x32x32
        self.nodes: list[Node] = []
        self.by_name: dict[str, Node] = {}
        self.sizes: dict[str, Any] = {}  # what was set, given and left free, apart from the file
        self.given: Sequence[Any] | None = None
        self.free: tuple[str, ...] | None = None

    def add(self, node: Node) -> None:
        """One more node, which reads nodes before it."""
        self.nodes.append(node)
        self.by_name[node.name] = node

    def layer_of(self, name: str) -> str:
        """The layer, as the spec names it, that a node belongs to: of an activation, the layer it bends."""
        node = self.by_name.get(name)
        return node.entry.name if node and node.entry else name

    @property
    def symbolic(self) -> bool:
        """Whether some sizes are letters."""
        return bool(self.free)

    @property
    def as_written(self) -> bool:
        """Whether every size is the one in the file."""
        return not self.sizes and self.given is None and not self.symbolic

    @property
    def defaults(self) -> dict[str, int]:
        """The sizes in the file of the symbols that are letters here."""
        plain = {
            name: node.value for name, (_, node) in self.spec.symbols.items() if name in (self.free or ())
        }
        return {name: int(text) for name, text in plain.items() if isinstance(text, str) and text.isdigit()}

    def at(self, given: Sequence[Any] | None = None, /, **sizes: Any) -> Graph:
        """The same spec with other sizes, or another input; what is said now overrides what was said before.

        Raises SpecError where a layer does not fit, UsageError for a symbol that there is not.
        """
        from archcalc.graph.build import build

        axes = [node.value for node in self.spec.sizes_of_input()]
        before = {name: size for name, size in self.sizes.items() if given is None or name not in axes}
        if given is None and self.given is not None:
            pairs = zip(axes, self.given, strict=True)
            given = [sizes.get(str(part), size) for part, size in pairs]
        return build(self.spec, {**before, **sizes}, given, self.free)

    @property
    def output(self) -> Shape:
        """The shape that the last layer makes."""
        return self.nodes[-1].y
