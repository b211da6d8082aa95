"""A network as it was read elsewhere, layer by layer: from it a spec is written, and a network made.

A reader of a format makes a `Draft`, says what the inputs are, and adds layers in an order in which
they can be run. Every layer is bound and shaped as it is added, so that the reader can hold its
output against what the format says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Shape, product
from archcalc.errors import ConvertError, LayerError, Problem, SpecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.dims import Dim
    from archcalc.graph import Graph
    from archcalc.layer import Layer
    from archcalc.network import Net
    from archcalc.spec.node import Document


_DEEPEST = 16  # modules, one inside another; what is deeper is named as part of the last


class Tied(NamedTuple):
    """Another layer's tensor, perhaps transposed, in place of one of a layer's own."""

    item: Item
    tensor: str
    transposed: bool = False


class Input:
    """An input of the network: its name, the shape of one example, and the symbols that sizes have."""

    __slots__ = ("indices", "name", "symbols", "y")

    def __init__(self, name: str, shape: Shape, symbols: Mapping[str, str], *, indices: bool) -> None:
        self.name = name
        self.y = shape
        self.symbols = dict(symbols)  # axis -> symbol
        self.indices = indices


class Item:
    """A layer of a draft: where it stands, what it is, what it reads, and what it makes.

    `scope` is the path of the module that it is a part of; `word` is what it is called among
    several layers of that module.
    """

    __slots__ = (
        "folded",
        "index",
        "lacks",
        "layer",
        "own",
        "reads",
        "scope",
        "ties",
        "trainable",
        "word",
        "xs",
        "y",
    )

    def __init__(self, scope: tuple[str, ...], word: str, layer: Layer, reads: tuple[Source, ...]) -> None:
        self.scope = scope
        self.word = word
        self.layer = layer
        self.reads = reads
        self.xs: tuple[Shape, ...] = tuple(source.y for source in reads)
        self.y: Shape = layer.output(*self.xs)
        self.ties: dict[str, Tied] = {}
        self.trainable = True
        self.lacks = ""  # the op of the format that it stands for, where the language has none
        self.folded = False  # whether a batch norm is known to be folded into it
        self.own: bool | None = None  # a layer's own, or the activation of one, where the format says which
        self.index = -1

    @property
    def path(self) -> str:
        """The dotted path of its module."""
        return ".".join(self.scope)

    def __repr__(self) -> str:
        return f"Item({self.path or self.word}: {self.layer.label()} -> {self.y!r})"


Source = Input | Item


class Coverage:
    """What of a file could be said in the language, and what is opaque."""

    def __init__(self) -> None:
        self.ops: dict[str, int] = {}  # ops of the file that were read, and how often
        self.lacking: dict[
            str, tuple[int, Dim]
        ] = {}  # those that are opaque: how often, and their parameters
        self.facts: list[str] = []  # what else a reader should know

    def lacks(self, op: str, params: Dim = 0) -> None:
        """Note an op that has no kind."""
        count, sofar = self.lacking.get(op, (0, 0))
        self.lacking[op] = (count + 1, sofar + params)

    @property
    def full(self) -> bool:
        """Whether nothing is opaque."""
        return not self.lacking

    def sentence(self, params: int) -> str:
        """`97.2 % of the parameters, 31 of 33 ops; opaque: Foo (2)`."""
        known, lost = len(self.ops.keys() - self.lacking.keys()), len(self.lacking)
        hidden = sum(int(own) for _, own in self.lacking.values())  # type: ignore[call-overload]
        whole = params or 1
        share = f"{100 * (whole - hidden) / whole:.1f}".removesuffix(".0") if params else "100"
        if hidden and share == "100":
            share = "99.9"  # not all of them, however near
        text = f"{share} % of the parameters, {known} of {known + lost} kinds of ops"
        if lost:
            named = ", ".join(f"{op} ({count})" for op, (count, _) in self.lacking.items())
            text += f"; opaque, their work unknown: {named}"
        return text


class Draft:
    """A network that is being read: inputs, layers in order, outputs, and what could not be said.

    >>> draft = Draft("tiny")
    >>> x = draft.input("image", [("C", 1), ("H", 8), ("W", 8)])
    >>> conv = draft.add("stem.conv", "conv2d", {"out_channels": 4, "kernel_size": 3}, x)
    >>> draft.ends(conv)
    >>> draft.net().params, conv.y
    (40, 4@6x6)
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: list[Input] = []
        self.items: list[Item] = []
        self.outputs: list[Item] = []
        self.symbols: dict[str, int] = {}
        self.classes: dict[str, str] = {}  # the path of a module -> the name of its class, where known
        self.coverage = Coverage()
        self._bound: dict[Any, Layer] = {}

    def input(
        self,
        name: str,
        axes: Iterable[tuple[str, int]],
        *,
        indices: bool = False,
        symbols: Mapping[str, str] | None = None,
    ) -> Input:
        """One more input: its axes with their sizes, without a batch; `symbols` names sizes, by axis."""
        pairs = list(axes)
        shape = Shape((size for _, size in pairs), (axis for axis, _ in pairs))
        found = Input(name, shape, symbols or {}, indices=indices)
        for axis, symbol in found.symbols.items():
            self.symbols[symbol] = shape[shape.axes.index(axis)]
        self.inputs.append(found)
        return found

    def add(
        self,
        scope: str,
        op: str,
        fields: Mapping[str, Any] | None = None,
        *reads: Source,
        word: str = "",
        ties: Mapping[str, Tied] | None = None,
    ) -> Item:
        """One more layer, in the module `scope`, that reads inputs and layers that are there.

        Raises LayerError where its fields, or what it reads, do not go together.
        """
        layer = self.bound(op, fields or {})
        xs = tuple(source.y for source in reads)
        said = layer.refusal(*xs) if xs else ""
        if said:
            raise LayerError(said)
        broken = [rule for rule in layer.requires(*xs) if rule.holds is False]
        if broken:
            why = broken[0].why()
            raise LayerError(Problem(broken[0].what(), (why,) if why else ()))
        parts = tuple(scope.split(".")) if scope else ()
        if len(parts) > _DEEPEST:
            parts = (*parts[: _DEEPEST - 1], "-".join(parts[_DEEPEST - 1 :]))
        item = Item(parts, word or op, layer, reads)
        item.ties = dict(ties or {})
        item.index = len(self.items)
        self.items.append(item)
        return item

    def bound(self, op: str, fields: Mapping[str, Any]) -> Layer:
        """The layer of an op and its fields; those that are alike are one.

        Raises LayerError for what the kind refuses.
        """
        from archcalc.register import kind

        key = (op, repr(fields))
        found = self._bound.get(key)
        if found is None:
            known = kind(op)
            if known is None:
                raise LayerError(f"there is no op {op!r}")
            found = self._bound[key] = known(**fields)
        return found

    def opaque(self, scope: str, op: str, shape: Shape, params: int, *reads: Source, fixed: int = 0) -> Item:
        """A layer for an op of the format that the language lacks: its parameters, and its output's shape."""
        sizes = dict(shape.named())
        fields = {"num_params": params, "output_shape": sizes}
        if fixed:
            fields["num_fixed"] = fixed
        item = self.add(scope, "opaque", fields, *reads, word=op.lower())
        item.lacks = op
        return item

    def ends(self, *outputs: Item) -> None:
        """Say which layers are outputs, and drop those that nothing needs."""
        self.outputs = list(dict.fromkeys(outputs))
        needed: set[int] = set()
        todo = list(self.outputs)
        while todo:
            item = todo.pop()
            if id(item) not in needed:
                needed.add(id(item))
                todo += [source for source in item.reads if isinstance(source, Item)]
                todo += [tied.item for tied in item.ties.values()]
        self.items = [item for item in self.items if id(item) in needed]
        for index, item in enumerate(self.items):
            item.index = index
        read = {id(source) for item in self.items for source in item.reads}
        self.inputs = [given for given in self.inputs if id(given) in read]
        used = {symbol for given in self.inputs for symbol in given.symbols.values()}
        self.symbols = {symbol: size for symbol, size in self.symbols.items() if symbol in used}
        self.coverage.lacking = {}
        for item in self.items:
            if item.lacks:
                self.coverage.lacks(item.lacks, item.layer.params(*item.xs))

    @property
    def params(self) -> int:
        """Trainable scalars, a tied tensor once."""
        found: Any = 0
        for item in self.items:
            if item.trainable:
                weights = item.layer.weights(*item.xs)
                found = found + sum(
                    product(shape) for name, shape in weights.items() if name not in item.ties
                )
        return int(found)

    def notes(self, of: Sequence[str] = ()) -> list[str]:
        """What a reader of the spec should know: what is opaque, and what the format left open."""
        lead = [] if self.coverage.full else [self.coverage.sentence(self.params)]
        return [*of, *lead, *self.coverage.facts]

    def text(self) -> str:
        """The spec: modules as blocks and repeats where the draft has them, else a layer a line.

        Raises UsageError where the draft has no layers.
        """
        return self.written().text

    def net(self) -> Net:
        """The network of the spec."""
        from archcalc.network import made

        return made(self.graph())

    def written(self) -> Document:
        """The document of the spec, once its text has been read and is the same network."""
        from archcalc.graph import build
        from archcalc.spec import parse

        document = self.graph().spec.document
        if not self.same(build(parse(document))):
            raise ConvertError(f"a bug in archcalc: the spec of {self.name} is read as another network")
        return document

    def graph(self) -> Graph:
        """The graph of the spec: with blocks, where that is the same network layer by layer."""
        from archcalc.convert.blocks import folded
        from archcalc.convert.script import flat
        from archcalc.convert.tree import grown
        from archcalc.graph import build

        if not self.items:
            raise UsageError(f"{self.name}: there is no layer in it")
        whole = grown(self)
        script = folded(self, whole)
        if script:
            try:
                graph = build(script.spec())
            except SpecError:
                pass  # a block cannot say it; a list of layers can
            else:
                if self.same(graph):
                    return graph
            whole = grown(self)  # folding has named its modules anew
        return build(flat(self, whole).spec())

    def same(self, graph: Graph) -> bool:
        """Whether a graph has the layers of the draft in their order, each reading the same."""
        nodes = graph.nodes
        if len(nodes) != len(self.items):
            return False
        names = {node.name: item for node, item in zip(nodes, self.items, strict=True)}
        inputs = dict(zip(graph.inputs, self.inputs, strict=True))
        return (
            all(
                node.layer == item.layer
                and node.y == item.y
                and node.y.axes == item.y.axes
                and node.trainable == item.trainable
                and len(node.ties) == len(item.ties)
                and all(names.get(tie.node) is item.ties[word].item for word, tie in node.ties.items())
                and len(node.inputs) == len(item.reads)
                and all(
                    (names.get(a) or inputs.get(a)) is b for a, b in zip(node.inputs, item.reads, strict=True)
                )
                for node, item in zip(nodes, self.items, strict=True)
            )
            and [names.get(node) for node in graph.outputs.values()] == self.outputs
        )
