"""Spec and sizes -> Graph: every layer bound, wired and shaped, in the order given."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import archcalc.layers  # noqa: F401  (declaring the kinds registers them)
from archcalc import register as kinds
from archcalc.collector import paused
from archcalc.errors import SpecError, UsageError, likely, quote
from archcalc.expressions import ExpressionError, Scope
from archcalc.fields import FieldError, flag
from archcalc.graph import refusals
from archcalc.graph.complaints import Complaints, UnknownError
from archcalc.graph.sizes import Sizes
from archcalc.graph.values import Graph, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.dims import Dim, Shape
    from archcalc.layer import Layer
    from archcalc.spec import Entry, Spec
    from archcalc.spec.node import Node as Text

_TRAINABLE = flag("whether training changes its tensors", default=True)
_NO_ACTIVATION = frozenset({"", "~", "none", "null", "no", "false", "linear", "identity"})
_MOST_TRIED = 1000  # layers of a network that is built again and again to find an input that fits


def build(
    spec: Spec,
    sizes: Mapping[str, Any] | None = None,
    input: Sequence[Any] | None = None,
    free: Iterable[str] | None = None,
) -> Graph:
    """The graph of a spec with some sizes set, its input replaced, and some symbols left free.

    `sizes` maps symbols to ints, fractions, SymPy expressions or integer arrays; `free` names
    symbols, or axes of the input, that stay letters.

    Raises SpecError with every mistake in the file; UsageError for a size that it does not have.
    """
    with paused():
        return _Builder(spec, dict(sizes or {}), input, free).run()


class _Builder:
    """One building: what has been wired, shaped and read so far."""

    def __init__(
        self,
        spec: Spec,
        sizes: dict[str, Any],
        given: Sequence[Any] | None,
        free: Iterable[str] | None,
        *,
        hints: bool = True,
    ) -> None:
        self.spec = spec
        self.complaints = Complaints(spec.problems)
        self.sizes = Sizes(spec, sizes, given, free or (), self.complaints)
        graph = self.graph = Graph(spec)
        graph.sizes, graph.given = dict(sizes), self.sizes.given
        graph.free = None if free is None else tuple(free)
        graph.symbols, graph.written = self.sizes.symbols, self.sizes.written
        self.shapes: dict[str, Shape | None] = {"input": self.sizes.input}
        if self.sizes.input is not None:
            graph.input = self.sizes.input
        self.ends: dict[str, str] = {}  # a layer's name -> the node that makes what it gives
        self.scope = Scope(graph.symbols, self.axis)
        self.names = {entry.name for entry in spec.layers}
        self.was_read: set[str] = set()
        self.hints = hints
        self.too_small: int | None = None  # the first complaint of a window that does not fit
        self.miswired = False  # a from that names nothing might have meant any layer

    def run(self) -> Graph:
        before = "input"
        for entry in self.spec.layers:
            self.add(entry, before)
            before = entry.name
        self.unread()
        if self.sizes.given is None and not self.complaints:
            self.sizes.unused(self.scope.used)
        if self.complaints:
            if self.too_small is not None and self.hints and len(self.spec.layers) <= _MOST_TRIED:
                fix = refusals.hint(self.graph, self.fits)
                self.complaints[self.too_small] = self.complaints[self.too_small]._replace(fix=fix)
            raise SpecError(self.complaints.told(self.spec))
        assert self.names <= self.graph.by_name.keys(), "a layer was lost"
        self.fold()
        return self.graph

    def fits(self, given: list[int]) -> bool:
        """Whether the network can be built on another input."""
        sizes = {k: v for k, v in self.sizes.given_sizes.items() if k not in self.sizes.axis_symbols}
        try:
            _Builder(self.spec, sizes, given, None, hints=False).run()
        except (SpecError, UsageError):
            return False
        return True

    def axis(self, name: str, axis: str) -> Dim:
        """The size that `C1.H` means."""
        if name not in self.ends and name != "input":
            near = self.scope.likely(name, [*self.ends, "input"])
            raise ExpressionError(f"{quote(name)} is no layer above", near and f"{near}.{axis}")
        shape = self.shapes.get(self.ends.get(name, name))
        if shape is None:
            raise UnknownError
        if axis not in shape.axes:
            raise ExpressionError(f"{name} has no axis {quote(axis)}; its axes are {', '.join(shape.axes)}")
        size: Dim = shape[shape.axes.index(axis)]
        return size

    def add(self, entry: Entry, before: str) -> None:
        kind = self.kind(entry, entry.op, entry.op_at)
        source = self.source(entry, before, kind)
        layer = self.bind(entry, kind, entry.fields, entry.op_at) if kind else None
        x = self.shapes.get(source) if source else None
        # only now: a field cannot read the axes of its own layer
        self.ends[entry.name] = entry.name
        self.shapes[entry.name] = None
        node = self.shape(entry, entry.name, layer, source or "", x) if layer else None
        if node:
            node.trainable = self.trainable(entry)
        if entry.activation:
            self.activation(entry, node)

    def kind(self, entry: Entry, op: str, at: Text) -> type[Layer] | None:
        found = kinds.kind(op)
        if found is None:
            fix = kinds.meant(op)
            more = "" if fix else "all ops: archcalc ops"
            self.complaints.about(at, f"there is no op {quote(op)}", fix=fix, more=more, layer=entry.name)
            found = kinds.kind(fix)
        return found

    def source(self, entry: Entry, before: str, kind: type[Layer] | None) -> str | None:
        """The node that the layer reads."""
        if entry.reads is None:
            self.was_read.add(before)
            return self.ends.get(before, before)
        node = entry.reads
        names = node.value if isinstance(node.value, list) else [node]
        if kind and len(names) != kind.inputs[0]:
            what = f"{kind.op} reads {kind.inputs[0]} layer, and from names {len(names)}"
            self.complaints.about(node, what, layer=entry.name)
            self.miswired = True
            return None
        return self.wire(entry, names[0]) if names else None

    def wire(self, entry: Entry, at: Text) -> str | None:
        name = at.value
        if isinstance(name, str) and (name == "input" or name in self.ends):
            self.was_read.add(name)
            return self.ends.get(name, name)
        self.miswired = True
        if isinstance(name, str) and name in self.spec.gone:
            self.gone(entry, at, self.spec.gone[name])
        elif isinstance(name, str) and name in self.names:
            what = f"from names {quote(name)}, which " + (
                "is itself" if name == entry.name else "stands below"
            )
            self.complaints.about(
                at, what, why=("a layer reads layers above it, so there are no cycles",), layer=entry.name
            )
        elif isinstance(name, str):
            fix = self.scope.likely(name, [*self.ends, "input"])
            if name.lstrip("-").isdigit():
                why: tuple[str, ...] = ("layers are wired by name, never by number",)
            else:
                last = list(islice(reversed(self.ends), 8))[::-1]
                why = (f"layers above: {', '.join(last if len(last) == 8 else ['input', *last])}",)
            self.complaints.about(
                at, f"from names {quote(name)}, and no layer is called so", why=why, fix=fix, layer=entry.name
            )
        else:
            self.complaints.about(at, f"from names layers; this is {at.kind}", layer=entry.name)
        return None

    def gone(self, entry: Entry, at: Text, taken: Text) -> None:
        """A layer reads one that the spec takes out of what it extends."""
        what = f"layer {entry.name} reads {quote(at.value)}, which is taken away here"
        where = f"line {at.line + 1}{'' if at.document is taken.document else f' of {at.document.name}'}"
        why = [f"its from is on {where}; patch can give it another"]
        self.complaints.about(taken, what, why=why, fix="")

    def bind(
        self, entry: Entry, kind: type[Layer], fields: Mapping[str, tuple[Text, Text]], op: Text
    ) -> Layer | None:
        """The layer of the fields as written, or None after complaints."""
        given = {key: node.plain() for key, (_, node) in fields.items()}
        try:
            values, problems = kind.read(given, self.scope)
        except UnknownError:
            return None
        for found in problems:
            self.complaints.within(fields.get(found[0][0]), found, entry.name, op)
        return kind.bound(values) if values is not None else None

    def shape(self, entry: Entry, name: str, layer: Layer, source: str, x: Shape | None) -> Node | None:
        """A node on the shape that it reads; None where that is unknown or refused."""
        if x is None:
            return None
        if layer.refusal(x):
            refusals.refuse(entry, layer, source, x, self.graph, self.complaints)
            return None
        rules = []
        for rule in (*layer.fields_hold(), *layer.requires(x)) if self.graph.symbolic else layer.requires(x):
            if rule.holds is False:
                if rule.field == "kernel_size" and self.too_small is None:
                    self.too_small = len(self.complaints)
                refusals.broken(entry, rule, source, self.graph, self.complaints)
                return None
            if rule.holds is not True:
                rules.append(rule)
        node = Node(name, layer, (source,), (x,), layer.output(x))
        node.entry = entry
        node.rules = rules
        self.shapes[name] = node.y
        self.graph.add(node)
        return node

    def activation(self, entry: Entry, node: Node | None) -> None:
        """The activation of a layer, as a layer of its own after it."""
        at = entry.activation
        assert at is not None
        fields: dict[str, tuple[Text, Text]] = {}
        if isinstance(at.value, dict):
            fields = dict(at.value)
            pair = fields.pop("op", None)
            if pair is None or not isinstance(pair[1].value, str):
                self.complaints.about(
                    at, "an activation without op", fix="{op: tanh, slope: 2/3}", layer=entry.name
                )
                return
            op_at = pair[1]
        elif isinstance(at.value, str):
            op_at = at
        else:
            self.complaints.about(at, f"an activation is a word or a map, not {at.kind}", layer=entry.name)
            return
        kind = self.bend(entry, op_at)
        if kind is None:
            return
        layer = self.bind(entry, kind, fields, op_at)
        if layer and node:
            if not node.layer.units:
                why = ["it is short for a layer after one that computes units"]
                self.complaints.about(at, f"{node.layer.op} takes no activation", why=why, layer=entry.name)
            bent = self.shape(entry, f"{entry.name}.activation", layer, entry.name, node.y)
            if bent:
                bent.row = entry.name
                self.ends[entry.name] = bent.name

    def bend(self, entry: Entry, at: Text) -> type[Layer] | None:
        """The kind of activation that a word means, or surely means; None after a complaint."""
        word = str(at.value)
        found = kinds.kind(word)
        if found and found.bends:
            return found
        bends = {kind.op: kind for kind in kinds.kinds() if kind.bends}
        mend = kinds.meant(word) if kinds.meant(word) in bends else likely(word, bends)
        fix = mend or ("leave activation out" if word.lower() in _NO_ACTIVATION else "")
        what = f"{found.op} is no activation" if found else f"there is no activation {quote(word)}"
        self.complaints.about(at, what, why=[f"activations: {', '.join(bends)}"], fix=fix, layer=entry.name)
        return bends.get(mend)

    def trainable(self, entry: Entry) -> bool:
        if entry.trainable is None:
            return True
        try:
            return bool(_TRAINABLE.read(entry.trainable.plain(), Scope()))
        except FieldError as error:
            self.complaints.about(entry.trainable, f"trainable {error}", fix=error.fix, layer=entry.name)
            return True

    def unread(self) -> None:
        """A layer that nothing reads, and that is not the last, was forgotten."""
        if self.miswired:
            return
        for entry in self.spec.layers[:-1]:
            if entry.name not in self.was_read:
                why = ["only the last layer is an output"]
                self.complaints.about(entry.at, "nothing reads this layer", why=why, layer=entry.name)

    def fold(self) -> None:
        """Put a layer that only re-arranges into the row of its one reader."""
        readers: dict[str, list[Node]] = {}
        for node in self.graph.nodes:
            for name in node.inputs:
                readers.setdefault(name, []).append(node)
        for node in reversed(self.graph.nodes):
            if node.layer.rearranges and len(readers.get(node.name, ())) == 1:
                node.row = readers[node.name][0].row
