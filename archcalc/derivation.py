"""How a layer's figures come about: the formula in words, the numbers in it, the result.

The substitution is the kind's own formula, run on numbers that remember how they were written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

from archcalc.dims import Dim, Shape, literally, product, total
from archcalc.window import law
from archcalc.written import Written, commas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.analysis import Analysis, Row
    from archcalc.graph import Node
    from archcalc.layer import Layer
    from archcalc.receptive import Reach


class Step(NamedTuple):
    """A quantity's derivation: words, then lines of substitution, each with what stands beside it."""

    quantity: str
    words: str
    lines: tuple[tuple[str, str], ...] = ()
    beside: str = ""


class Equation(str):
    """A substitution with its result, and the written value that it is the text of."""

    __slots__ = ("written",)

    written: Any

    def __new__(cls, text: str, written: Any) -> Self:
        made = super().__new__(cls, text)
        made.written = written
        return made

    def __getnewargs__(self) -> tuple[str, Any]:  # type: ignore[override]
        return str(self), self.written


def equals(text: str, value: Any) -> str:
    """`6·26  =  156`, or the value alone where the text is no more than that."""
    shown = commas(value)
    return shown if text == shown else f"{text}  =  {shown}"


class _Part(NamedTuple):
    """A node of a row, its sizes remembering how they are used, and its figures."""

    node: Node
    layer: Layer
    xs: list[Shape]
    y: Shape
    figures: Row


def _parts(net: Analysis, row: Row) -> list[_Part]:
    return [
        _Part(
            node,
            node.layer.mapped(remember),
            [_remembered(x) for x in node.xs],
            _remembered(node.y),
            net.parts[node.name],
        )
        for node in row.nodes
    ]


def steps(net: Analysis, row: Row) -> Iterator[Step]:
    """The derivation of each figure of a layer, with what is folded into its row, and what it sees."""
    yield from counts(net, row)
    yield from sees(net, row.nodes[-1].name)


def counts(net: Analysis, row: Row) -> Iterator[Step]:
    """The derivation of a layer's output, and of all that is counted of it."""
    parts = _parts(net, row)
    node = next((n for n in row.main if n.layer.units), row.main[0])
    main = next(part for part in parts if part.node is node)
    yield _output(node, main.layer, main.xs)
    if row.neurons:
        yield _neurons(parts)
    yield from _tensors(row, parts)
    for node_, layer, *_ in parts:
        # from here on a formula that uses the parameters shows their number
        layer.__dict__["params"] = lambda *_, own=node_: remember(own.layer.params(*own.xs))
    yield from _connections(row, parts)
    yield from _macs(parts)
    if row.flops:
        yield _flops(row)


def _neurons(parts: list[_Part]) -> Step:
    """The units: all outputs of the kinds that compute some."""
    own = [part for part in parts if part.figures.neurons]
    words = [
        "declared by hand" if part.layer.declared else _axes_of(part.node.y) if part.node.y[1:] else "units"
        for part in own
    ]
    return _added("neurons", [(w, part.layer.neurons(part.y)) for w, part in zip(words, own, strict=True)])


def _axes_of(shape: Shape) -> str:
    return " · ".join(_AXES.get(axis, axis) for axis in shape.axes)


def _tensors(row: Row, parts: list[_Part]) -> Iterator[Step]:
    """What is trained and what is stored, node by node; what is another layer's is not counted again."""
    trained: list[_Term] = []
    stored: list[_Term] = []
    beside: list[str] = []
    for part in parts:
        node, layer = part.node, part.layer
        if node.owner:
            beside += [f"the tensors of {node.owner}, counted there"] if node.layer.weights(*node.xs) else []
            continue
        value: Dim = layer.params(*part.xs)
        for word, tie in node.ties.items():
            value = value - product(layer.weights(*part.xs).get(word, (0,)))
            beside.append(f"{word} is that of {tie.node}, counted there")
        if not literally(node.layer.params(*node.xs), 0):
            (trained if node.trainable else stored).append((layer.formula("params"), value))
        buffers = {word: s for word, s in layer.buffers(*part.xs).items() if word not in node.ties}
        if buffers and part.figures.fixed:
            names = ", ".join(name.replace("_", " ") for name in buffers)
            stored.append((names, total(product(shape) for shape in buffers.values())))
    if row.params:
        yield _added("params", trained, "; ".join(filter(None, [_dense(parts), *beside])))
    elif beside:
        yield Step("params", "; ".join(beside), (("0", ""),))
    if row.fixed:
        yield _added("fixed", stored, "stored, not trained")


def _connections(row: Row, parts: list[_Part]) -> Iterator[Step]:
    """Links into units; where a unit is a product of units there are none to count."""
    if row.connections is None:
        by_hand = any(part.layer.declared for part in parts)
        why = "nobody declared them" if by_hand else "a unit here is no single sum of what it reads"
        yield Step("connections", f"not defined: {why}")
        return
    own = [part for part in parts if part.figures.connections]
    if own:
        terms = [(p.layer.formula("connections"), p.layer.connections(*p.xs, y=p.y)) for p in own]
        yield _added("connections", terms, _each_used(own[0].node))


def _macs(parts: list[_Part]) -> Iterator[Step]:
    own = [part for part in parts if part.figures.macs]
    if own:
        terms = [(part.layer.formula("macs"), part.layer.work(*part.xs, y=part.y).mac) for part in own]
        biased = any(getattr(part.node.layer, "bias", False) for part in own)
        yield _added("macs", terms, "a bias is not a MAC" if biased else "")


_EACH = {1: "", 2: "high and wide, ", 3: "deep, high and wide, "}
_AXES = {"C": "maps", "H": "height", "W": "width", "D": "depth", "T": "length"}


def remember(size: Dim) -> Written:
    """A size that remembers how it is used."""
    return Written(size if isinstance(size, int) else int(size))  # type: ignore[call-overload]


def _remembered(shape: Shape) -> Shape:
    return Shape(map(remember, shape), shape.axes)


_Term = tuple[str, Any]  # a formula in words, and its written value


def _added(quantity: str, terms: Iterable[_Term], beside: str = "") -> Step:
    """A step whose substitution is the sum of written values."""
    terms = list(terms)
    value = total(term for _, term in terms)
    number = int(value)  # type: ignore[call-overload]
    words = " + ".join(dict.fromkeys(words for words, _ in terms if words))
    text = commas(value) if isinstance(value, int) else str(value)
    return Step(quantity, words, ((Equation(equals(text, number), value), ""),), beside)


def _output(node: Node, layer: Layer, xs: list[Shape]) -> Step:
    """The size of the output along each axis that has a formula."""
    window = layer.window()
    if window is None:
        if node.layer.op == "flatten":
            text = equals("·".join(map(commas, node.x)), node.y[0])
            return Step("output", node.layer.formula("output"), ((text, ""),))
        return _derived(node, layer, xs)
    found: list[tuple[list[str], str]] = []
    for axis, size in zip(window, xs[0][1:], strict=True):
        found.append((axis.places(size).steps(), ""))  # type: ignore[attr-defined]
    sides = [_AXES[axis] for axis in node.x.axes[1:]]
    maps = f"in {node.y[0]} map{'s' * (node.y[0] != 1)}"
    unread = " and ".join(rule.what() for rule in node.unread if rule.holds is False)
    if all(steps == found[0][0] for steps, _ in found):
        lines = [("  =  ".join(found[0][0]), f"{_EACH[len(found)]}{maps}")]
    else:
        lines = [("  =  ".join(steps), side) for (steps, _), side in zip(found, sides, strict=True)]
        lines[-1] = (lines[-1][0], f"{sides[-1]}, {maps}")
    if unread:
        lines.append((f"the stride leaves {unread} unread", ""))
    return Step("output", _law(node), tuple(lines))


def _derived(node: Node, layer: Layer, xs: list[Shape]) -> Step:
    """The output of a layer without a window: a line for each side that is computed."""
    sides = zip(node.y.axes, layer.output(*xs), node.y, strict=True)
    lines = [
        (equals(str(side), int(size)), _SIDES.get(axis, axis))
        for axis, side, size in sides
        if isinstance(side, Written) and side.op
        if not all((axis, size) in x.named() for x in node.xs)  # as read
    ]
    if not lines:
        return Step("output", repr(node.y))
    return Step("output", node.layer.formula("output") or repr(node.y), tuple(lines))


_SIDES = {"C": "maps or features", "H": "high", "W": "wide", "D": "deep", "T": "long"}


def _law(node: Node) -> str:
    """The law of a window's places, with its bars where they act."""
    window = node.layer.mapped(remember).window() or []
    plain = node.layer.window() or []
    exact = all(axis.divides(size) for axis, size in zip(plain, node.x[1:], strict=True))
    laws = dict.fromkeys(law(axis, exact=exact) for axis in window)
    return "; ".join(laws)


def _dense(parts: list[_Part]) -> str:
    """What a convolution with a table would have without it."""
    for node, layer, xs, *_ in parts:
        if getattr(node.layer, "table", None) is not None:
            full = layer.bound({**node.layer.__dict__, "table": None}).mapped(remember)
            value = full.params(*xs)
            text = equals(str(value), int(value)).replace("  ", " ")  # type: ignore[call-overload]
            return f"reading all {commas(node.x[0])} maps it would be {text}"
    return ""


def _each_used(node: Node) -> str:
    plane = node.y[1:]
    if node.layer.op.startswith("conv") and len(plane):
        places = product(plane)
        if not literally(places, 1):
            return f"every weight and bias is used at each of {commas(places)} places"
    return ""


def _flops(row: Row) -> Step:
    """Twice the multiply-accumulates, and what each node of the row does beside them."""
    terms: list[_Term] = []
    beside: list[str] = []
    if row.macs:
        terms.append(("2 · MACs", 2 * remember(row.macs)))
    for node in row.nodes:
        work = node.layer.work(*node.xs, y=node.y)
        count, outputs = work.beside, product(node.y)
        assert isinstance(count, int)
        if not count:
            continue
        each, rest = divmod(count, outputs)  # type: ignore[operator]
        if rest:
            each_op = [remember(n) for n in work[1:] if not literally(n, 0)]
            terms.append((f"operations of {node.layer.op}", total(each_op)))
        else:
            terms.append((f"{each} · outputs", each * remember(outputs)))
        beside.append(f"{node.layer.term()}: {_listed(work, 1 if rest else outputs)}")
    return _added("flops", terms, "; ".join(beside))


_OPERATIONS = ("", "additions", "multiplications", "divisions", "comparisons", "special functions")


def _listed(work: Any, outputs: Dim) -> str:
    """The operations of a layer for each output, as `4 additions, 1 multiplication`."""
    found = []
    for name, count in zip(_OPERATIONS[1:], work[1:], strict=True):
        if count:
            each, rest = divmod(count, outputs)
            shown = count if rest else each
            found.append(f"{commas(shown)} {name.removesuffix('s') if shown == 1 else name}")
    return " + ".join(found)


def sees(net: Analysis, name: str) -> Iterator[Step]:
    """What a unit of a node sees of the input, how far apart, and where the centres lie."""
    from archcalc.receptive import fields

    field = fields(net.graph).get(name)
    if not field:
        return
    reaches = list(field.values())
    by = "x".join(commas(reach.size) for reach in reaches)
    sizes = _sizes(net)
    cells = "pixels" if {"H", "W"} <= field.keys() else "places"
    if all(_all_of(reach, sizes[axis]) for axis, reach in field.items()):
        text = f"{by} {cells} of the input: all of it"
    else:
        steps = "x".join(dict.fromkeys(commas(reach.step) for reach in reaches))
        text = f"{by} {cells} of the input, {steps} apart"
    lines = [(text, "")]
    if any(not literally(reach.places, 1) and not reach.whole for reach in reaches):
        lines.append((_centres(field, sizes, cells), ""))
    yield Step("receptive_field", "", tuple(lines))


def _sizes(net: Analysis) -> dict[str, Dim]:
    """The sizes of the inputs along each axis of a field, `memory.T` where another input differs."""
    sizes: dict[str, Dim] = {}
    for name, shape in net.graph.inputs.items():
        for axis, size in shape.named():
            if sizes.setdefault(axis, size) != size:
                sizes[f"{name}.{axis}"] = size
    return sizes


def _all_of(reach: Reach, size: Dim) -> bool:
    """Whether every unit sees all cells of an axis."""
    return bool(reach.last <= 0 and reach.start + reach.size >= size)


def _centres(field: Any, sizes: dict[str, Dim], cells: str) -> str:
    # a step between cells is a fraction, and so may be where the last unit looks
    spans = [(tuple(side // 1 for side in reach.centres), axis) for axis, reach in field.items()]
    across = "x".join(commas(last - first + 1) for (first, last), _ in spans)
    (first, last), axis = spans[0]
    if all((span, sizes[other]) == (spans[0][0], sizes[axis]) for span, other in spans):
        return f"the centres cover {cells} {first} to {last} of {sizes[axis]}: {across}"
    sides = [f"{first} to {last} {_ACROSS.get(axis, 'long')}" for (first, last), axis in spans]
    return f"the centres cover {cells} {' and '.join(sides)}: {across}"


_ACROSS = {"H": "high", "W": "wide", "D": "deep"}
