"""An ONNX graph as a draft, node by node in its order."""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from archcalc.convert.draft import Draft, Input, Item
from archcalc.convert.onnx import constants, groups, inputs, notes, patterns
from archcalc.convert.onnx.file import OURS, Graph, in_file
from archcalc.convert.onnx.scopes import Scopes
from archcalc.convert.onnx.values import Const, Flow, names_for, unlike
from archcalc.dims import axes_of_rank
from archcalc.errors import ArchcalcError, ConvertError, Problem, quote
from archcalc.fields import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.convert.draft import Source
    from archcalc.convert.onnx.file import Model, Node
    from archcalc.convert.onnx.values import Value
    from archcalc.dims import Shape

_MOST_AXES = 12
_COMPUTED = re.compile(r"where(_\d+)?\Z")
"""Masks that an exporter computed and stored, by the name of the op that made them."""


_BROKEN = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, StopIteration, AssertionError)
"""What reading a node comes to that lacks inputs, or has attributes of another type than its op's."""


class Unsaid(Exception):  # noqa: N818  (not an error: an op that becomes opaque)
    """A node that the language has no kind for."""


class Reader:
    """Reads one model: what each name stands for, and the draft so far."""

    def __init__(self, model: Model, path: str, sizes: Mapping[str, int]) -> None:
        self.model = model
        self.path = path
        self.sizes = dict(sizes)
        self.graph = model.graph
        own = model.graph.name if model.producer == OURS else ""
        name = own or os.path.splitext(os.path.basename(path))[0] or "network"
        self.out = Draft(name)
        self.values: dict[str, Value] = {}
        try:
            self.nodes = patterns.rewritten(self.graph, model.functions)
        except ConvertError as error:
            raise in_file(error, path) from None
        self.readers: dict[str, list[Node]] = {}
        for node in self.nodes:
            for word in node.inputs:
                self.readers.setdefault(word, []).append(node)
        self.ends = {value.name for value in self.graph.outputs}
        self.scopes = Scopes(self.nodes, self.graph, grouped=bool(own))
        self.weights: dict[str, tuple[Item, str, bool]] = {}  # a stored tensor -> its first user
        self.ops: Counter[str] = Counter()
        self.batch = 1
        self.opened: dict[str, str] = {}  # symbols of the file, and the axes that they are
        self.done: set[int] = set()  # nodes that are part of one before them
        self.zeros: list[int] = []  # sizes of biases that the exporter left out
        self.told = any(node.scopes for node in self.nodes)  # whether nodes say which module they are of

    # -- the whole

    def draft(self) -> Draft:
        """The draft of the graph."""
        from archcalc.convert.attention import joined

        self.stored(self.graph)
        for given in self.graph.inputs:
            if given.name not in self.values:
                self.values[given.name] = inputs.value(self, given)
        for node in self.nodes:
            if not groups.put(self, node):
                self.one(node)
        found = [self.values.get(value.name) for value in self.graph.outputs]
        outputs = [flow.source for flow in found if isinstance(flow, Flow) and isinstance(flow.source, Item)]
        if not outputs:
            why = ("none of its outputs depends on an input",)
            raise ConvertError(Problem(f"{quote(self.path)} holds no layers", why))
        self.out.coverage.ops.update(self.ops)
        self.out.classes = self.scopes.classes
        self.out.ends(*outputs)
        joined(self.out)
        self.out.coverage.facts += notes.facts(self)
        return self.out

    def one(self, node: Node) -> None:
        """One node: a constant, something reckoned of indices, or what its op becomes."""
        from archcalc.convert.onnx.ops import OPS

        self.ops[node.op] += 1
        self.missing(node)
        try:
            if node.op == "If" and (known := self.const(node, 0)) and known.scalar is not None:
                self.branch(node, node.attributes["then_branch" if known.scalar else "else_branch"])
            elif not constants.fold(self, node) and not self.reckoned(node):
                OPS.get(node.op, _unknown)(self, node)
                self.left_out(node)
        except (Unsaid, ArchcalcError, FieldError):
            self.lacking(node)
        except _BROKEN as error:
            self.senseless(node, f"{type(error).__name__}: {error}")

    def branch(self, node: Node, graph: Graph) -> None:
        """The branch of an If that is taken whatever the input is, in its place."""
        self.stored(graph)
        for inner in graph.nodes:
            for word in inner.inputs:
                self.readers.setdefault(word, []).append(inner)
        for inner in graph.nodes:
            self.one(inner)
        for output, value in enumerate(graph.outputs):
            self.give(node, self.values[value.name], output)

    def stored(self, graph: Graph) -> None:
        """The tensors that a graph stores: those that were learned are weights."""
        for name, tensor in graph.tensors.items():
            learned = tensor.floats and not tensor.masks and not _COMPUTED.match(name)
            self.values[name] = Const(tensor.dims, tensor.data, tensor.floats, name if learned else "")

    def left_out(self, node: Node) -> None:
        """Note the size of a bias that an exporter left out of a convolution or a product."""
        made = self.values.get(node.outputs[0])
        if node.unbiased and not any(node.inputs[2:]) and isinstance(made, Flow):
            self.zeros.append(made.dims[made.axes.index("C")])

    def missing(self, node: Node) -> None:
        """Complain of a node that reads what nothing before it makes."""
        for word in node.inputs:
            if word and word not in self.values:
                later = any(word in other.outputs for other in self.nodes)
                what = f"{quote(self.path)}: the node {quote(node.name or node.op)} reads {quote(word)}"
                why = "which a later node makes: nodes stand in the order in which they run"
                raise ConvertError(Problem(f"{what}, which no node before it makes", (why,) if later else ()))

    # -- what handlers ask for

    def flow(self, name: str) -> Flow:
        """A tensor that a layer makes, made a parameter where it is stored. Raises Unsaid otherwise."""
        value = self.values.get(name)
        if isinstance(value, Flow):
            return value
        raise Unsaid("it reads a constant where a layer is expected")

    def const(self, node: Node, place: int) -> Const | None:
        """A constant that a node reads; None where there is none."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        value = self.values.get(name) if name else None
        return value if isinstance(value, Const) else None

    def known(self, node: Node, place: int) -> list[int] | None:
        """The whole numbers of a constant that a node reads."""
        found = self.const(node, place)
        return None if found is None else found.ints

    def give(self, node: Node, value: Value, output: int = 0) -> None:
        """Say what an output of a node is."""
        if output < len(node.outputs) and node.outputs[output]:
            self.values[node.outputs[output]] = value

    def put(self, node: Node, op: str, fields: Mapping[str, Any], *flows: Flow | Source) -> Item:
        """One more layer, in the module of a node."""
        sources = [flow.source if isinstance(flow, Flow) else flow for flow in flows]
        scope, word = self.scopes.of(node)
        return self.out.add(scope, op, fields, *sources, word=word or op)

    def same(self, node: Node, op: str, fields: Mapping[str, Any], flow: Flow) -> None:
        """A layer that keeps the shape of what it reads."""
        self.give(node, flow._replace(source=self.put(node, op, fields, flow)))

    def laid(self, node: Node, flow: Flow, axes: Sequence[str | None]) -> Flow:
        """The same with these axes: named otherwise, or a dimension of size 1 as an axis of its own."""
        if tuple(axes) == flow.axes:
            return flow
        for axis, size, was in zip(axes, flow.dims, flow.axes, strict=True):
            if axis is None and was is not None and size != 1:
                raise Unsaid(f"its axis {was} of {size} would be lost")
            if axis is not None and was is None and size != 1:
                raise Unsaid("the batch would be an axis")
        shape = {axis: size for axis, size in zip(axes, flow.dims, strict=True) if axis is not None}
        if tuple(shape) == flow.source.y.axes:
            return Flow(flow.source, flow.dims, tuple(axes))
        long = next((axis for axis, was in zip(axes, flow.axes, strict=True) if was == "T"), None)
        return Flow(self.reshape(node, flow.source, shape, long), flow.dims, tuple(axes))

    def reshape(self, node: Node, source: Source, shape: Mapping[str, int], long: str | None = "T") -> Source:
        """The same numbers along other axes; what was counted otherwise just before is counted from there.

        The axis `long` is as long as it comes, so that a spec of a sequence may be read at another length.
        """
        if isinstance(source, Item) and source.layer.op in ("reshape", "flatten"):
            before = source.reads[0]
            if before.y.axes == tuple(shape) and tuple(before.y) == tuple(shape.values()):
                return before
        if not shape:
            raise Unsaid("nothing would be left")
        if list(shape) == ["C"]:
            return self.put(node, "flatten", {}, source)
        spelled = {axis: "rest" if axis == long else size for axis, size in shape.items()}
        return self.put(node, "reshape", {"shape": spelled}, source)

    def permute(self, node: Node, flow: Flow, order: Sequence[str]) -> Source:
        """The same numbers with the axes in another order; what is turned back is as it was."""
        source = flow.source
        if (
            isinstance(source, Item)
            and source.layer.op == "permute"
            and source.reads[0].y.axes == tuple(order)
        ):
            return source.reads[0]
        return (
            source
            if source.y.axes == tuple(order)
            else self.put(node, "permute", {"axes": list(order)}, source)
        )

    def counted(self, node: Node, flow: Flow, dims: list[int]) -> Flow:
        """The same numbers counted along other dimensions."""
        if len(dims) > _MOST_AXES:
            raise Unsaid(f"{len(dims)} dimensions")
        batched = self.batch > 1
        if batched and (not flow.axes or flow.axes[0] is not None or not dims or dims[0] != self.batch):
            raise Unsaid("it mixes examples of the batch")
        lead = 1 if dims and dims[0] == (self.batch if flow.axes and flow.axes[0] is None else 1) else 0
        lead = lead if len(dims) > 1 else 0
        old = list(flow.source.y.named())
        kept = [size for size in dims[lead:] if size != 1]
        plain = [(name, size) for name, size in old if size != 1]
        if [size for _, size in plain] == kept and len(plain) == len(old):
            names = iter([name for name, _ in plain])
            axes = [None if size == 1 else next(names) for size in dims[lead:]]
            return Flow(flow.source, tuple(dims), (*[None] * lead, *axes))
        new = dims[lead:]
        if len(new) > 1:
            new = kept or [1]
        names_new = names_for(plain or old, new)  # type: ignore[arg-type]
        source = self.reshape(node, flow.source, dict(zip(names_new, new, strict=True)))
        left = iter(names_new)
        axes = [
            next(left) if size != 1 or (not kept and i == 0) else None for i, size in enumerate(dims[lead:])
        ]
        return Flow(source, tuple(dims), (*[None] * lead, *axes))

    def used(self, item: Item, word: str, const: Const | None, *, transposed: bool = False) -> None:
        """Note whose tensor a layer's is; one that another layer has is tied to it."""
        if const is None or not const.weight:
            return
        transposed = transposed != const.turned
        key = const.weight
        if self.told and _is_vector(const):  # another module's is equal by chance, as biases before training
            key = f"{key} of {item.path}"
        first = self.weights.get(key)
        if first is None:
            self.weights[const.weight] = self.weights[key] = (item, word, transposed)
            return
        from archcalc.convert.draft import Tied

        other, theirs, turned = first
        if other is item:
            return
        shape = tuple(item.layer.weights(*item.xs).get(word, ()))
        wanted = tuple(other.layer.weights(*other.xs).get(theirs, ()))
        flipped = turned != transposed
        if shape == (wanted[::-1] if flipped and len(wanted) == 2 else wanted):
            item.ties[word] = Tied(other, theirs, flipped and len(wanted) == 2)

    def shared(self, node: Node, item: Item, words: Sequence[str], start: int = 1) -> None:
        """Note whose tensors a layer's are, by the places at which a node reads them."""
        for place, word in enumerate(words, start):
            self.used(item, word, self.const(node, place))

    def parameter(self, node: Node, const: Const, axes: Sequence[str | None], word: str = "") -> Flow:
        """A stored tensor as a layer of its own."""
        dims = const.dims
        if dims is None:
            raise Unsaid("a constant of unknown shape")
        stored = self.graph.tensors.get(const.weight)
        if stored is not None and stored.size != const.size:
            return self.derived(node, const, stored.dims, axes)
        pairs = list(zip(axes, dims, strict=True))
        left = iter(unlike(axis or "A" for axis, size in pairs if axis is not None or size != 1))
        final = tuple(next(left) if axis is not None or size != 1 else None for axis, size in pairs)
        shape = {axis: size for axis, size in zip(final, dims, strict=True) if axis is not None}
        scope, _ = self.scopes.of(node)
        scope, word = self.scopes.tensor(const.weight, scope, word or "parameter")
        item = self.out.add(scope, "parameter", {"shape": shape}, word=word)
        if const.weight:
            self.used(item, "weight", const)
        else:
            item.trainable = False
        return Flow(item, dims, final)

    def derived(self, node: Node, const: Const, stored: tuple[int, ...], axes: Sequence[str | None]) -> Flow:
        """What is looked up in a stored tensor at places known beforehand: the tensor, and what is taken."""
        table = self.parameter(node, Const(stored, None, True, const.weight), axes_of_rank(len(stored)))
        assert const.dims is not None
        names = iter(
            unlike(axis or "A" for axis, size in zip(axes, const.dims, strict=True) if size != 1 or axis)
        )
        final = tuple(
            next(names) if size != 1 or axis else None for axis, size in zip(axes, const.dims, strict=True)
        )
        shape = {axis: size for axis, size in zip(final, const.dims, strict=True) if axis is not None}
        fields = {"num_params": 0, "num_macs": 0, "output_shape": shape}
        scope, _ = self.scopes.of(node)
        item = self.out.add(scope, "opaque", fields, table.source, word="looked_up")
        return Flow(item, const.dims, final)

    def reckoned(self, node: Node) -> bool:
        """Whether a node reckons with indices alone, as those that make places or a mask of tokens do."""
        values = [self.values[word] for word in node.inputs if word]
        flows = [value for value in values if isinstance(value, Flow)]
        if node.op in _MOVES or not flows or not all(isindex(flow) for flow in flows):
            return False
        if node.op == "Gather" and isinstance(values[0], Const) and values[0].weight:
            return False
        widest = max(flows, key=lambda flow: len(flow.dims))
        for output in range(len(node.outputs)):
            self.give(node, widest._replace(reckoned=True), output)
        return True

    # -- what has no kind

    def lacking(self, node: Node) -> None:
        """A node that has no kind, as an opaque layer."""
        try:
            self.opaque(node)
        except (ArchcalcError, FieldError, *_BROKEN) as error:
            self.senseless(node, str(error).partition("\n")[0])

    def senseless(self, node: Node, why: str) -> NoReturn:
        """Complain of a node that is not as its op is defined."""
        what = f"{quote(self.path)}: the node {quote(node.name or node.op)}, {node.op}, makes no sense"
        raise ConvertError(Problem(what, (why,))) from None

    def opaque(self, node: Node) -> None:
        """What a node reads and holds, and the shape of what it makes where that is known."""
        reads = [self.values[name] for name in node.inputs if name]
        for graph in node.attributes.values():
            reads += self.held(graph) if isinstance(graph, Graph) else ()
        flows = [value for value in reads if isinstance(value, Flow)]
        consts = [value for value in reads if isinstance(value, Const)]
        own = {
            const.weight: const.size for const in consts if const.weight and const.weight not in self.weights
        }
        if not flows:
            for output in node.outputs:
                if output:
                    self.values[output] = Const(None, None, floats=True)
            return
        shape = self.declared(node) or flows[0].source.y
        axes = tuple(shape.axes)
        scope, _ = self.scopes.of(node)
        item = self.out.opaque(scope, node.op, shape, sum(own.values()), *(flow.source for flow in flows))
        for name in own:
            self.weights[name] = (item, "declared", False)
        flow = Flow(item, (self.batch, *shape), (None, *axes))
        if shape is flows[0].source.y and len(flows[0].named) == len(shape):
            flow = flows[0]._replace(source=item)
        for output in node.outputs:
            if output:
                self.values[output] = flow

    def held(self, graph: Graph) -> Iterator[Value]:
        """What a graph inside a node stores, and what it reads of the graph around it."""
        made = {*graph.tensors, *(given.name for given in graph.inputs)}
        for name, tensor in graph.tensors.items():
            yield Const(tensor.dims, None, tensor.floats, name if tensor.floats else "")
        for node in graph.nodes:
            yield from (self.values[word] for word in node.inputs if word in self.values and word not in made)
            for inner in node.attributes.values():
                yield from self.held(inner) if isinstance(inner, Graph) else ()
            made |= {*node.outputs}

    def declared(self, node: Node) -> Shape | None:
        """The shape that the file gives a node's first output."""
        return None


_MOVES = frozenset({"Reshape", "Unsqueeze", "Squeeze", "Flatten", "Identity", "Slice"})
"""Ops that keep indices as they are."""


def _is_vector(const: Const) -> bool:
    return const.dims is not None and sum(size != 1 for size in const.dims) <= 1


def isindex(flow: Flow) -> bool:
    """Whether what flows are indices of an input."""
    source = flow.source
    while isinstance(source, Item) and source.layer.op in ("reshape", "permute", "slice"):
        source = source.reads[0]
    return isinstance(source, Input) and source.indices


def _unknown(_reader: Reader, node: Node) -> None:
    raise Unsaid(f"there is no kind for {node.op}")


__all__ = ["Reader", "Unsaid", "isindex"]
