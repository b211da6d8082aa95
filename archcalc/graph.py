"""Spec and sizes -> Graph: every layer bound, wired and shaped, in the order given."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import archcalc.layers  # noqa: F401  (declaring the kinds registers them)
from archcalc import layer as kinds
from archcalc.collector import paused
from archcalc.dims import Dim, Shape, axes_of_rank, product
from archcalc.errors import Problem, SpecError, UsageError, quote
from archcalc.expressions import ExpressionError, Scope, is_name
from archcalc.fields import FieldError, flag, read_size
from archcalc.spec.document import likely

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.layer import Layer, Rule
    from archcalc.spec import Entry, Spec
    from archcalc.spec.node import Node as Text

_LONGEST_INPUT = 4  # axes
_TRAINABLE = flag("whether training changes its tensors", default=True)
_NO_ACTIVATION = frozenset({"", "~", "none", "null", "no", "false", "linear", "identity"})


class Node:
    """A layer with its name, its wires, and the shapes that it reads and makes."""

    __slots__ = ("entry", "inputs", "layer", "name", "row", "rules", "trainable", "x", "y")

    def __init__(self, name: str, layer: Layer, inputs: tuple[str, ...], x: Shape, y: Shape) -> None:
        self.name = name
        self.layer = layer
        self.inputs = inputs
        self.x = x
        self.y = y
        self.row = name  # the row of the table that it is part of
        self.trainable = True
        self.entry: Entry | None = None
        self.rules: list[Rule] = []  # conditions that hold for some sizes

    @property
    def unread(self) -> list[Rule]:
        """What the layer leaves unread, now or at some sizes."""
        return [rule for rule in self.layer.unread(self.x) if rule.holds is not True]

    def __repr__(self) -> str:
        return f"Node({self.name}: {self.layer.label()}, {self.x!r} -> {self.y!r})"


class Graph:
    """The network at some sizes: nodes in order, each reading nodes before it."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.symbols: dict[str, Any] = {}
        self.input = Shape(())
        self.written = Shape(())  # the input as the file has it
        self.nodes: list[Node] = []
        self.sizes: dict[str, Any] = {}  # what was set, given and left free, apart from the file
        self.given: Sequence[Any] | None = None
        self.free: tuple[str, ...] | None = None

    @property
    def symbolic(self) -> bool:
        """Whether some sizes are letters."""
        return self.free is not None

    @property
    def as_written(self) -> bool:
        """Whether every size is the one in the file."""
        return not self.sizes and self.given is None and not self.symbolic

    @property
    def defaults(self) -> dict[str, int]:
        """The sizes in the file of the symbols that are letters here."""
        plain = {name: node.value for name, (_, node) in self.spec.symbols.items() if name in (self.free or ())}
        return {name: int(text) for name, text in plain.items() if isinstance(text, str) and text.isdigit()}

    def at(self, given: Sequence[Any] | None = None, **sizes: Any) -> Graph:
        """The same spec with other sizes, or another input.

        Raises SpecError where a layer does not fit, UsageError for a symbol that there is not.
        """
        merged = {**self.sizes, **sizes}
        if given is None:
            return build(self.spec, merged, self.given, self.free)
        axes = {node.value for node in self.spec.sizes_of_input() if isinstance(node.value, str)}
        return build(self.spec, {k: v for k, v in merged.items() if k not in axes}, given, self.free)

    @property
    def output(self) -> Shape:
        """The shape that the last layer makes."""
        return self.nodes[-1].y


def build(
    spec: Spec,
    sizes: Mapping[str, Any] | None = None,
    input: Sequence[Any] | None = None,  # noqa: A002  (the word of the spec language)
    free: Iterable[str] | None = None,
) -> Graph:
    """The graph of a spec with some sizes set, its input replaced, and some symbols left free.

    `sizes` maps symbols to ints, fractions, SymPy expressions or integer arrays; `free` names
    symbols, or axes of the input, that stay letters.

    Raises SpecError with every mistake in the file; UsageError for a size that it does not have.
    """
    with paused():
        return _Builder(spec, dict(sizes or {}), input, free).run()


class _Symbols(dict[str, Any]):
    """Symbols by name; None for one that a mistake left unknown, as is then whatever reads it."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if value is None:
            raise _UnknownError
        return value


_FEW = (1, 3, 4)  # channels of a picture: grey, colour, colour with transparency


def odd_input(shape: Shape) -> str:
    """A remark on an input whose channels seem to come last, or that seems to hold a batch."""
    if not all(isinstance(size, int) for size in shape):
        return ""
    given = "x".join(map(str, shape))
    if shape.axes == ("C", "H", "W") and shape[-1] in _FEW and shape[0] not in _FEW:
        right = f"{shape[2]}x{shape[0]}x{shape[1]}"
        return f"{right}; {given} looks as if channels came last, and here they come first"
    if shape.axes == ("C", "D", "H", "W") and shape[0] == 1 and shape[1] in _FEW:
        return f"{'x'.join(map(str, shape[1:]))}; {given} looks like a batch of one, and one example is counted"
    return ""


class _Builder:
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
        self.sizes = sizes
        self.given = given
        self.free = list(free) if free is not None else []
        self.problems: list[Problem] = list(spec.problems)
        self.graph = Graph(spec)
        self.graph.sizes, self.graph.given = dict(sizes), given
        self.graph.free = None if free is None else tuple(free)
        self.graph.symbols = _Symbols()
        self.shapes: dict[str, Shape | None] = {}
        self.ends: dict[str, str] = {}  # a layer's name -> the node that makes what it gives
        self.scope = Scope(self.graph.symbols, self.axis)
        self.among_symbols = Scope(self.graph.symbols)
        self.names = {entry.name for entry in spec.layers}
        self.read: set[str] = set()
        self.hints = hints
        self.too_small = False
        self.miswired = False  # a from that names nothing might have meant any layer
        self.axis_symbols: set[str] = set()

    def run(self) -> Graph:
        self.symbols()
        self.input()
        before = "input"
        for entry in self.spec.layers:
            self.layer(entry, before)
            before = entry.name
        self.unread()
        self.unused()
        if self.problems:
            if self.too_small and self.hints:
                self.hint()
            raise SpecError(_in_order(self.problems, self.spec))
        self.fold()
        return self.graph

    # -- symbols and the input

    def complain(self, node: Text, what: str, *, why: Sequence[str] = (), fix: str = "", more: str = "",
                 layer: str = "", width: int = 0) -> None:  # fmt: skip
        place = node.place
        if width:
            place = place._replace(width=width)
        self.problems.append(Problem(what, tuple(why), fix, more, layer, place))

    def symbols(self) -> None:
        values = self.graph.symbols
        for name, (at, node) in self.spec.symbols.items():
            if not is_name(name):
                why = ("a name is letters, digits and _, and no word of the expression language",)
                self.complain(at, f"{quote(name)} cannot name a symbol", why=why)
                continue
            try:
                values[name] = self.symbol(name, node)
            except _UnknownError:
                values[name] = None
            except (ExpressionError, FieldError) as error:
                text = str(error)
                below = [word for word in _words(str(node.value)) if word in self.spec.symbols and word not in values]
                reason = [f"a symbol reads those above it, and {below[0]} is not"] if below else []
                values[name] = None
                lead = f"symbol {name}{' ' if text.startswith('is ') else ': '}{text}"
                self.complain(node, lead, why=reason, fix=error.fix)
        for name in self.sizes:
            if name not in values:
                fix = likely(name, values)
                known = f"symbols of {self.spec.name}: {', '.join(values) or 'none'}"
                raise UsageError(Problem(f"there is no symbol {quote(name)} to set", (known,), fix))

    def symbol(self, name: str, node: Text) -> Any:
        if not isinstance(node.value, str):
            raise FieldError(f"is {node.kind}, and must be a number")
        given = self.sizes.get(name, node.value)
        if name in self.free:
            from archcalc.symbolic import letter

            return letter(name)
        value = self.among_symbols.value(given)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return value if type(value).__name__ == "Fraction" else read_size(value, self.scope)

    def input(self) -> None:
        graph, node = self.graph, self.spec.input
        self.shapes["input"] = None
        if node is None:
            return
        parts, axes = self.axes_of(node)
        if not parts:
            return
        self.axis_symbols = {part for _, part in parts} & self.graph.symbols.keys()
        try:
            # a symbol that stands for an axis takes the size that the axis is given
            self.replace(parts, axes)
            sizes = [self.axis_size(node, i, axis, part) for i, (axis, part) in enumerate(parts)]
        except _UnknownError:
            return
        if any(size is None for size in sizes):
            return
        graph.input = Shape(sizes, axes)
        graph.written = Shape([self.size_of(axis, part, free=False) for axis, part in parts], axes)
        self.shapes["input"] = graph.input

    def axis_size(self, node: Text, i: int, axis: str, part: str) -> Any:
        """The size of an axis of the input, given or written; None after a complaint."""
        try:
            value = self.size_of(axis, part)
        except FieldError as error:
            assert not isinstance(node.value, str)
            at = node.value[i] if isinstance(node.value, list) else node.value[axis][1]
            text = str(error)
            self.complain(at, f"input: {axis} {text}" if text.startswith("is ") else f"input: {text}", fix=error.fix)
            return None
        return value if self.given is None or part in self.graph.symbols else self.given[i]

    def axes_of(self, node: Text) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
        """Each axis with its size as written."""
        if isinstance(node.value, str) or not 1 <= len(node.value) <= _LONGEST_INPUT:
            why = ("by rank [C], [T, C], [C, H, W] or [C, D, H, W], or named, as {C: 16, T: 1000}",)
            sizes = node.value.split("x") if isinstance(node.value, str) else []
            fix = f"input: [{', '.join(sizes)}]" if len(sizes) > 1 and all(map(str.isdigit, sizes)) else ""
            self.complain(node, "input is a list of one to four sizes", why=why, fix=fix)
            return [], ()
        if isinstance(node.value, dict):
            pairs = [(key, value) for key, _, value in node.pairs()]
            for key, at, _ in node.pairs():
                if not is_name(key):
                    self.complain(at, f"{quote(key)} cannot name an axis", why=("a letter or a word does",))
                    return [], ()
        else:
            pairs = list(zip(axes_of_rank(len(node.value)), node.value, strict=True))
        for _, value in pairs:
            if not isinstance(value.value, str):
                self.complain(value, f"a size is a number, not {value.kind}")
                return [], ()
        return [(axis, str(value.value)) for axis, value in pairs], tuple(axis for axis, _ in pairs)

    def replace(self, parts: list[tuple[str, str]], axes: tuple[str, ...]) -> None:
        """Let the symbols that stand for axes take the sizes of a given input."""
        if self.given is None:
            return
        shown = "x".join(map(str, self.given))
        if len(self.given) != len(parts):
            wanted = f"{len(parts)} axes, [{', '.join(axes)}]"
            rest = "x".join(map(str, self.given[1:]))
            fix = f"{rest}: one example is counted, without a batch" if len(self.given) == len(parts) + 1 else ""
            what = f"input {quote(shown)} has {len(self.given)} sizes, and {self.spec.name} reads {wanted}"
            raise UsageError(Problem(what, fix=fix))
        for (axis, part), size in zip(parts, self.given, strict=True):
            try:
                read_size(size, self.scope)
            except FieldError as error:
                raise UsageError(f"input {quote(shown)}: {axis} {error}") from None
            if part in self.graph.symbols and part not in self.sizes:
                self.sizes[part] = size
                self.graph.symbols[part] = size
            elif part in self.sizes and self.graph.symbols[part] != size:
                what = f"input {quote(shown)} and {part} = {self.sizes[part]} do not agree"
                raise UsageError(Problem(what, (f"{part} is an axis of the input",)))

    def size_of(self, axis: str, part: str, *, free: bool = True) -> Any:
        if free and axis in self.free and axis not in self.graph.symbols:
            from archcalc.symbolic import letter

            return letter(axis)
        if not free and part in self.spec.symbols:
            node = self.spec.symbols[part][1]
            return node.value if isinstance(node.value, str) else part
        return read_size(part, self.scope)

    def axis(self, name: str, axis: str) -> Dim:
        """The size that `C1.H` means."""
        if name not in self.ends and name != "input":
            near = self.scope.likely(name, [*self.ends, "input"])
            raise ExpressionError(f"{quote(name)} is no layer above", near and f"{near}.{axis}")
        shape = self.shapes.get(self.ends.get(name, name))
        if shape is None:
            raise _UnknownError
        if axis not in shape.axes:
            raise ExpressionError(f"{name} has no axis {quote(axis)}; its axes are {', '.join(shape.axes)}")
        size: Dim = shape[shape.axes.index(axis)]
        return size

    # -- layers

    def layer(self, entry: Entry, before: str) -> None:
        kind = self.kind(entry, entry.op, entry.op_at)
        source = self.source(entry, before, kind)
        self.ends[entry.name] = entry.name
        self.shapes[entry.name] = None
        layer = self.bind(entry, kind, entry.fields, entry.op_at) if kind else None
        x = self.shapes.get(source) if source else None
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
            self.complain(at, f"there is no op {quote(op)}", fix=fix, more=more, layer=entry.name)
            found = kinds.kind(fix)
        return found

    def source(self, entry: Entry, before: str, kind: type[Layer] | None) -> str | None:
        """The node that the layer reads."""
        if entry.reads is None:
            self.read.add(before)
            return self.ends.get(before, before)
        node = entry.reads
        names = node.value if isinstance(node.value, list) else [node]
        if kind and len(names) != kind.inputs:
            what = f"{kind.op} reads {kind.inputs} layer, and from names {len(names)}"
            self.complain(node, what, layer=entry.name)
            self.miswired = True
            return None
        return self.wire(entry, names[0]) if names else None

    def wire(self, entry: Entry, at: Text) -> str | None:
        name = at.value
        if isinstance(name, str) and (name == "input" or name in self.ends):
            self.read.add(name)
            return self.ends.get(name, name)
        self.miswired = True
        if isinstance(name, str) and name in self.spec.gone:
            self.gone(entry, at, self.spec.gone[name])
        elif isinstance(name, str) and name in self.names:
            what = f"from names {quote(name)}, which " + ("is itself" if name == entry.name else "stands below")
            self.complain(at, what, why=("a layer reads layers above it, so there are no cycles",), layer=entry.name)
        elif isinstance(name, str):
            fix = self.scope.likely(name, [*self.ends, "input"])
            if name.lstrip("-").isdigit():
                why: tuple[str, ...] = ("layers are wired by name, never by number",)
            else:
                last = list(islice(reversed(self.ends), 8))[::-1]
                why = (f"layers above: {', '.join(last if len(last) == 8 else ['input', *last])}",)  # noqa: PLR2004
            self.complain(at, f"from names {quote(name)}, and no layer is called so", why=why, fix=fix, layer=entry.name)
        else:
            self.complain(at, f"from names layers; this is {at.kind}", layer=entry.name)
        return None

    def gone(self, entry: Entry, at: Text, taken: Text) -> None:
        """A layer reads one that the spec takes out of what it extends."""
        what = f"layer {entry.name} reads {quote(at.value)}, which is taken away here"
        where = f"line {at.line + 1}{'' if at.document is taken.document else f' of {at.document.name}'}"
        why = [f"its from is on {where}; patch can give it another"]
        self.complain(taken, what, why=why, fix="")

    def bind(self, entry: Entry, kind: type[Layer], fields: Mapping[str, tuple[Text, Text]], op_at: Text) -> Layer | None:
        """The layer of the fields as written, or None after complaints."""
        given = {key: node.plain() for key, (_, node) in fields.items()}
        try:
            values, problems = kind.read(given, self.scope)
        except _UnknownError:
            return None
        for (key, path), problem in problems:
            at = _inside(fields[key], path, problem) if key in fields else op_at
            self.problems.append(problem._replace(layer=entry.name, place=at.place))
        return kind.bound(values) if values is not None else None

    def shape(self, entry: Entry, name: str, layer: Layer, source: str, x: Shape | None) -> Node | None:
        """A node on the shape that it reads; None where that is unknown or refused."""
        if x is None:
            return None
        refusal = layer.refusal(x)
        if refusal:
            self.refuse(entry, layer, source, x)
            return None
        rules, broken = [], False
        for rule in layer.requires(x):
            if rule.holds is False:
                self.broken(entry, rule, source)
                broken = True
                break
            if rule.holds is not True:
                rules.append(rule)
        if broken:
            return None
        node = Node(name, layer, (source,), x, layer.output(x))
        node.entry = entry
        node.rules = rules
        self.shapes[name] = node.y
        self.graph.nodes.append(node)
        return node

    def refuse(self, entry: Entry, layer: Layer, source: str, x: Shape) -> None:
        source = source.partition(".")[0]  # an activation goes by the name of its layer
        what = f"{layer.refusal(x)}, and {source} gives {_described(x)}"
        why, fix = [f"{source} has the axes [{', '.join(x.axes)}]", f"{self.chain(source)} → {entry.name}"], ""
        if layer.takes and ("C",) in layer.takes and len(x) > 1:
            what = f"{layer.op} reads features on the last axis, and {source} gives {_described(x)}"
            count = "·".join(map(str, x))
            if all(isinstance(size, int) for size in x):
                count += f" = {product(x):,}"
            why = [f"{count} numbers stand on {len(x)} axes, and {layer.op} does not guess how to read them"]
            fix = f"put {{name: flat, op: flatten}} before {entry.name}"
        self.complain(entry.op_at, what, why=why, fix=fix, layer=entry.name)

    def broken(self, entry: Entry, rule: Rule, source: str) -> None:
        why = [rule.why()] if rule.why() else []
        why.append(f"{self.chain(source)} → {entry.name}")
        graph = self.graph
        if self.given is not None:
            given, written = ("x".join(map(str, shape)) for shape in (graph.input, graph.written))
            why.append(f"{given} is the input given; the file says {written}")
        self.too_small |= rule.field == "kernel_size"
        pair = entry.fields.get(rule.field)
        if pair is None:
            self.complain(entry.op_at, rule.what(), why=why, layer=entry.name)
            return
        key, value = pair
        width = value.column + value.width - key.column if value.line == key.line else key.width
        self.complain(key, rule.what(), why=why, layer=entry.name, width=width)

    def chain(self, source: str) -> str:
        """The shapes that led here, from the input."""
        nodes = {node.name: node for node in self.graph.nodes}
        links: list[str] = []
        while source in nodes:
            node = nodes[source]
            # an activation leaves the shape as it is, and folds into the layer before
            if "." not in node.name:
                links.append(f"{node.name} {node.y!r}")
            source = node.inputs[0]
        links.append(f"{self.graph.input!r}")
        links.reverse()
        if len(links) > 8:  # noqa: PLR2004
            links[1:-6] = ["…"]
        return " → ".join(links)

    def activation(self, entry: Entry, node: Node | None) -> None:
        """The activation of a layer, as a layer of its own after it."""
        at = entry.activation
        assert at is not None
        fields: dict[str, tuple[Text, Text]] = {}
        if isinstance(at.value, dict):
            fields = dict(at.value)
            pair = fields.pop("op", None)
            if pair is None or not isinstance(pair[1].value, str):
                self.complain(at, "an activation without op", fix="{op: tanh, slope: 2/3}", layer=entry.name)
                return
            op_at = pair[1]
        elif isinstance(at.value, str):
            op_at = at
        else:
            self.complain(at, f"an activation is a word or a map, not {at.kind}", layer=entry.name)
            return
        kind = self.bend(entry, op_at)
        if kind is None:
            return
        layer = self.bind(entry, kind, fields, op_at)
        if layer and node:
            if not node.layer.units:
                why = ["it is short for a layer after one that computes units"]
                self.complain(at, f"{node.layer.op} takes no activation", why=why, layer=entry.name)
            bent = self.shape(entry, f"{entry.name}.activation", layer, entry.name, node.y)
            if bent:
                bent.row = entry.name
                self.ends[entry.name] = bent.name

    def bend(self, entry: Entry, at: Text) -> type[Layer] | None:
        """The kind of activation that a word means, or surely means; None after a complaint."""
        word = str(at.value)
        found = kinds.kind(word)
        if found and found.family == "activation":
            return found
        bends = {kind.op: kind for kind in kinds.kinds() if kind.family == "activation"}
        mend = kinds.meant(word) if kinds.meant(word) in bends else likely(word, bends)
        fix = mend or ("leave activation out" if word.lower() in _NO_ACTIVATION else "")
        what = f"{found.op} is no activation" if found else f"there is no activation {quote(word)}"
        self.complain(at, what, why=[f"activations: {', '.join(bends)}"], fix=fix, layer=entry.name)
        return bends.get(mend)

    def trainable(self, entry: Entry) -> bool:
        if entry.trainable is None:
            return True
        try:
            return bool(_TRAINABLE.read(entry.trainable.plain(), Scope()))
        except FieldError as error:
            self.complain(entry.trainable, f"trainable {error}", fix=error.fix, layer=entry.name)
            return True

    # -- what only the whole network shows

    def unread(self) -> None:
        """A layer that nothing reads, and that is not the last, was forgotten."""
        if self.miswired:
            return
        for entry in self.spec.layers[:-1]:
            if entry.name not in self.read:
                why = ["only the last layer is an output"]
                self.complain(entry.at, "nothing reads this layer", why=why, layer=entry.name)

    def unused(self) -> None:
        if self.given is not None or self.problems:
            return
        texts = [str(value.value) for _, value in self.spec.symbols.values()]
        others = {word for text in texts for word in _words(text)}
        for name, (at, _) in self.spec.symbols.items():
            if name not in self.scope.used and name not in others:
                self.complain(at, f"the symbol {quote(name)} is used nowhere")

    def hint(self) -> None:
        """Where windows do not fit, the smallest input at which they do, or the order of its axes."""
        small = self.smallest_input()
        fix = odd_input(self.graph.input)
        if small is None and not fix:
            return
        if not fix and small is not None:
            fix = f"an input of at least {'x'.join(map(str, small[1:]))}"
        if tuple(self.graph.input) == (1, 28, 28):
            fix += "; 28x28 pictures are usually padded by 2 (see lenet5-d2l)"
        first = next(i for i, p in enumerate(self.problems) if "does not fit" in p.what)
        self.problems[first] = self.problems[first]._replace(fix=fix)

    def smallest_input(self) -> list[int] | None:
        """The smallest input, from the one given upwards along each side, that every window fits."""
        shape = self.graph.input
        if len(shape) < 2 or len(self.spec.layers) > 1000 or not all(isinstance(n, int) for n in shape):  # noqa: PLR2004
            return None
        sizes = {name: size for name, size in self.sizes.items() if name not in self.axis_symbols}

        def grown(more: int) -> list[int]:
            return [shape[0], *(size + more for size in shape[1:])]

        def fits(size: list[int]) -> bool:
            try:
                _Builder(self.spec, dict(sizes), size, None, hints=False).run()
            except (SpecError, UsageError):
                return False
            return True

        high = 1
        while not fits(grown(high)):
            high *= 2
            if high > 4096:  # noqa: PLR2004
                return None
        smallest = grown(high)
        for i in range(1, len(shape)):  # what fits along one axis does not depend on the others
            low, top = shape[i] - 1, smallest[i]
            while top - low > 1:
                middle = (low + top) // 2
                low, top = (low, middle) if fits([*smallest[:i], middle, *smallest[i + 1 :]]) else (middle, top)
            smallest[i] = top
        return smallest

    def fold(self) -> None:
        """Put a layer that only re-arranges into the row of its one reader."""
        readers: dict[str, list[Node]] = {}
        for node in self.graph.nodes:
            for name in node.inputs:
                readers.setdefault(name, []).append(node)
        for node in reversed(self.graph.nodes):
            if node.layer.family == "shape" and len(readers.get(node.name, ())) == 1:
                node.row = readers[node.name][0].row


class _UnknownError(Exception):
    """An expression asks for a shape or a symbol that an earlier mistake left unknown."""


def _in_order(problems: list[Problem], spec: Spec) -> list[Problem]:
    """The problems as the file has them, from top to bottom, each once."""
    own = spec.document.name

    def key(problem: Problem) -> tuple[bool, int, int]:
        place = problem.place
        return (place is None or place.file != own, place.line if place else 0, place.column if place else 0)

    return sorted(dict.fromkeys(problems), key=key)


def _inside(pair: tuple[Text, Text], path: tuple[int, ...], problem: Problem) -> Text:
    """The node that a problem is about: the key, the value, or a part of it."""
    key, node = pair
    if "has no field" in problem.what:
        return key
    for i in path:
        if isinstance(node.value, list) and i < len(node.value):
            node = node.value[i]
    return node


def _described(shape: Shape) -> str:
    words = {("C", "H", "W"): "maps", ("C", "D", "H", "W"): "volumes", ("T", "C"): "a sequence", ("C",): "a vector of"}
    return f"{words.get(shape.axes, 'an array')} {shape!r}"


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
