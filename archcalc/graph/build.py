"""Spec and sizes -> Graph: every layer bound, wired and shaped, in the order given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.collector import paused
from archcalc.errors import SpecError, UsageError, quote
from archcalc.graph import refusals
from archcalc.graph.complaints import EnoughError, TooManyError
from archcalc.graph.expanding import Expanding
from archcalc.graph.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.graph.choices import Choices
    from archcalc.graph.values import Graph, Node
    from archcalc.spec import Entry, Spec

_MOST_TRIED = 1000  # layers of a network that is built again and again to find an input that fits


def build(
    spec: Spec,
    sizes: Mapping[str, Any] | None = None,
    input: Sequence[Any] | None = None,
    free: Iterable[str] | None = None,
    *,
    hints: bool = True,
    choices: Choices | None = None,
) -> Graph:
    """The graph of a spec with some sizes set, its input replaced, and some symbols left free.

    `sizes` maps symbols to ints, fractions, SymPy expressions or integer arrays; `free` names
    symbols, or axes of the input, that stay letters; `choices` answers where a letter decides.
    Without `hints` an input that is too small is refused at once, and no larger one is looked for.

    Raises SpecError with every mistake in the file; UsageError for a size that it does not have.
    """
    with paused():
        return _Builder(spec, dict(sizes or {}), input, free, hints=hints, choices=choices).run()


def build_between(spec: Spec, sizes: Mapping[str, Any], input: Sequence[Any] | None = None) -> Graph | None:
    """The graph of a spec at sizes that are intervals; None where a condition holds at none of them.

    Raises SpecError, or TypeError, where what there is depends on where in an interval a size lies.
    """
    with paused():
        builder = _Builder(spec, dict(sizes), input, None, hints=False)
        builder.between = True
        try:
            return builder.run()
        except SpecError:
            if builder.impossible:
                return None
            raise


def rebuild(graph: Graph, given: Sequence[Any] | None = None, /, **sizes: Any) -> Graph:
    """The graph of the same spec with other sizes, or another input; what is said now overrides before.

    Raises SpecError where a layer does not fit, UsageError for a symbol that there is not.
    """
    spec = graph.spec
    axes = [node.value for node in spec.sizes_of_input()]
    before = {name: size for name, size in graph.sizes.items() if given is None or name not in axes}
    taken = {*sizes, *(() if given is None else (*spec.axes_of_input(), *map(str, axes)))}
    free = tuple(name for name in graph.free or () if name not in taken)  # what is given is no letter
    if given is None and graph.given is not None:
        pairs = zip(axes, graph.given, strict=True)
        given = [sizes.get(str(part), size) for part, size in pairs]
    return build(spec, {**before, **sizes}, given, free or None)


class _Builder(Expanding):
    """Builds the whole network."""

    def run(self) -> Graph:
        spec, graph = self.spec, self.graph
        inputs = {name: name for name in spec.all_inputs()}
        top = Frame("", graph.symbols, inputs, spec.layers, self.axis)
        top.scope.choices = self.choices
        self.clashes(inputs, spec.layers)
        try:
            if spec.layers:
                self.layers(spec.layers, top)
                self.name_outputs(top)
        except TooManyError as error:
            self.complaints.too_many(error)
        except EnoughError:
            pass
        else:
            self.unread(top)
            if not self.complaints:
                self.idle()
        if self.sizes.given is None and not self.complaints:
            self.sizes.unused(top.scope.used)
        if self.complaints:
            if self.too_small is not None and self.hints and len(spec.layers) <= _MOST_TRIED:
                fix = refusals.hint(graph, self.fits)
                self.complaints[self.too_small] = self.complaints[self.too_small]._replace(fix=fix)
            raise SpecError(self.complaints.told(spec))
        self.fold()
        return graph

    def fits(self, given: list[int]) -> bool:
        """Whether the network can be built on another input."""
        sizes = {k: v for k, v in self.sizes.given_sizes.items() if k not in self.sizes.axis_symbols}
        try:
            _Builder(self.spec, sizes, given, None, hints=False).run()
        except (SpecError, UsageError):
            return False
        return True

    def clashes(self, inputs: Mapping[str, str], layers: list[Entry]) -> None:
        """A layer may not be called as an input is."""
        for entry in layers:
            if entry.name in inputs:
                what = f"a layer and an input are both called {entry.name}"
                self.complaints.about(entry.at, what, why=["wiring goes by name"])

    def name_outputs(self, top: Frame) -> None:
        """The nodes that make the outputs."""
        if not self.spec.outputs:
            last = self.spec.layers[-1].name
            self.graph.outputs[last] = top.ends[last]
            self.mark(top, last)
            if top.ends[last] in self.graph.inputs and not self.complaints:
                at = self.spec.layers[-1]
                what = "the network gives its input as it is"
                self.complaints.about(at.at, what, why=["no layer is left of it"], layer=last)
        for node in self.spec.outputs:
            found = self.wire(None, top, node)
            if found is not None and found in self.graph.inputs:
                self.complaints.about(
                    node, f"outputs names {quote(node.value)}, which gives the input as it is"
                )
            elif found is not None and str(node.value) in self.graph.outputs:
                self.complaints.about(node, f"outputs names {quote(node.value)} twice")
            elif found is not None:
                self.graph.outputs[str(node.value)] = found

    def unread(self, top: Frame) -> None:
        """A layer that nothing reads, and that is no output, was forgotten."""
        if self.miswired:
            return
        only = "only the last layer is an output"
        if self.spec.outputs:
            only = f"outputs: {', '.join(self.graph.outputs)}"
        self.forgotten(self.spec.layers, only)
        for name, (at, _) in () if self.complaints else self.spec.inputs.items():
            if name not in self.inputs_read and len(self.spec.inputs) > 1:
                self.complaints.about(at, f"nothing reads the input {name}")
        for layers in self.unread_in.values():
            self.forgotten(layers[:-1], "a block gives what its last layer makes")

    def forgotten(self, layers: list[Entry], why: str) -> None:
        """Complain of the layers among these that nothing reads."""
        read = {entry.name for entry in layers if id(entry.at) in self.was_read}
        for entry in layers:
            if entry.name not in read:
                self.complaints.about(entry.at, "nothing reads this layer", why=[why], layer=entry.name)

    def fold(self) -> None:
        """Put a layer that only re-arranges into the row of its one reader."""
        if not any(node.layer.rearranges for node in self.graph.nodes):
            return
        readers: dict[str, list[Node]] = {}
        for node in self.graph.nodes:
            for name in node.inputs:
                readers.setdefault(name, []).append(node)
        kept = set(self.graph.outputs.values())
        for node in reversed(self.graph.nodes):
            if node.name in kept:
                continue
            if node.layer.rearranges and len(readers.get(node.name, ())) == 1:
                node.row = readers[node.name][0].row
