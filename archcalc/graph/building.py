"""One building: what has been wired, shaped and read so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from archcalc import familiar
from archcalc.errors import quote
from archcalc.expressions import ExpressionError
from archcalc.graph.complaints import Complaints, UnknownError
from archcalc.graph.sizes import Sizes
from archcalc.graph.values import ACTIVATION, Graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.dims import Dim, Shape
    from archcalc.graph.choices import Choices
    from archcalc.graph.frame import Frame
    from archcalc.graph.values import Group
    from archcalc.layer import Layer
    from archcalc.spec import Entry, Spec


class Building:
    """The state of a building, and what its parts ask of it."""

    def __init__(
        self,
        spec: Spec,
        sizes: dict[str, Any],
        given: Sequence[Any] | None,
        free: Iterable[str] | None,
        *,
        hints: bool = True,
        choices: Choices | None = None,
    ) -> None:
        self.spec = spec
        self.complaints = Complaints(spec.problems)
        self.sizes = Sizes(spec, sizes, given, free or (), self.complaints, choices)
        graph = self.graph = Graph(spec)
        graph.sizes, graph.given = dict(sizes), self.sizes.given
        graph.free = None if free is None else tuple(free)
        graph.symbols, graph.written = self.sizes.symbols, self.sizes.written
        graph.inputs = {name: shape for name, shape in self.sizes.inputs.items() if shape is not None}
        graph.indices = self.sizes.indices
        graph.rules = self.sizes.rules
        self.ends: dict[str, str] = {}  # the path of a layer -> the node that makes what it gives, if another
        self.entries: dict[str, Entry] = {}  # blocks and repeated layers, by path
        self.marked: list[str] = []  # paths with an end of their own, or a group, in the order made
        self.inputs_read: set[str] = set()
        self.was_read: set[int] = set()  # layers, by their maps in the text
        self.bound: dict[Any, Layer] = {}  # layers of fields that no scope changes, by what they say
        self.met: dict[Any, tuple[Layer, Any]] = {}  # and by the map that they stand in, which is kept
        self.shaped: dict[Any, Shape] = {}  # what layers make of their inputs, where sizes are letters
        self.unread_in: dict[int, list[Entry]] = {}  # the layers of blocks that are used
        self.first_of: dict[str, str] = {}  # a layer whose tensors are used -> the first that has them
        self.unlike = 0  # layers that another copy of their block would have otherwise
        self.uses = 0  # layers and blocks built inside blocks, and copies
        self.hints = hints
        self.choices = choices
        self.between = False  # whether sizes lie between two ends
        self.too_small: int | None = None  # the first complaint of a window that does not fit
        self.open = graph.symbolic or not all(map(_is_number, (*sizes.values(), *(given or ()))))
        graph.plain = not self.open
        self.impossible = False  # the first complaint is of a condition that holds at no size
        self.miswired = False  # a from that names nothing might have meant any layer

    def ends_at(self, path: str, end: str) -> None:
        """Note that another node makes what the layer at a path gives."""
        if end != path:
            self.ends[path] = end
            self.marked.append(path)

    def grouped(self, group: Group) -> None:
        """Note a block, or a repeated layer."""
        self.graph.groups[group.path] = group
        self.marked.append(group.path)

    def end(self, path: str) -> str | None:
        """The node that makes what the layer at a path gives; None where there is no such layer."""
        return self.ends.get(path) or (path if path in self.graph.by_name else None)

    def known(self, what: str, layer: Layer, xs: tuple[Shape, ...]) -> Shape | None:
        """What a layer makes of some shapes, where it has been asked before."""
        if not self.open:
            return cast("Shape | None", familiar.recall(what, layer, xs))
        return self.shaped.get((what, *familiar.alike(layer, xs)))

    def learn(self, what: str, layer: Layer, xs: tuple[Shape, ...], y: Shape) -> None:
        """Keep what a layer makes of some shapes: for other networks too, where all sizes are numbers."""
        if self.open:
            self.shaped[what, *familiar.alike(layer, xs)] = y
        else:
            familiar.remember(what, layer, xs, y)

    def axis(self, frame: Frame, name: str, axis: str) -> Dim:
        """The size that `C1.H` means."""
        frame.scope.asked += 1
        source = frame.inputs.get(name) or frame.ends.get(name)
        self.inputs_read.add(name)
        if source is None:
            first, _, _ = name.partition(".")
            source = self.end(frame.path + name) if first in frame.ends else None
        if source is None:
            near = frame.scope.likely(name, frame.known())
            raise ExpressionError(f"{quote(name)} is no layer above", near and f"{near}.{axis}")
        shape = self.graph.shape(source)
        if shape is None:
            raise UnknownError
        if axis not in shape.axes:
            raise ExpressionError(f"{name} has no axis {quote(axis)}; its axes are {', '.join(shape.axes)}")
        size: Dim = shape[shape.axes.index(axis)]
        return size

    def read(self, path: str) -> None:
        """Note that something reads the layer at a path."""
        node = self.graph.by_name.get(path) or self.graph.by_name.get(path + ACTIVATION)
        entry = self.entries.get(path) or (node.entry if node else None)
        if entry is not None:
            self.was_read.add(id(entry.at))


def _is_number(size: Any) -> bool:
    """Whether a size that was given is one, rather than a letter or an interval."""
    return isinstance(size, str) or hasattr(size, "denominator")
