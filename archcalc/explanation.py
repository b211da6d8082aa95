"""Where a number comes from: the formula in words, the numbers in it, the result.

The substitution is the kind's own formula, run on numbers that remember how they were written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.dims import Dim, Shape, at_least, literally, product
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.shown import Shown
from archcalc.window import law
from archcalc.written import Written, commas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.analysis import Analysis, Row
    from archcalc.graph import Node
    from archcalc.layer import Layer
    from archcalc.receptive import Reach
    from archcalc.render.page import Page

QUANTITIES = ("output", "neurons", "params", "fixed", "connections", "macs", "flops", "receptive_field")
WORDS = {"macs": "MACs", "flops": "FLOPs", "receptive_field": "sees"}


class Step(NamedTuple):
    """A quantity's derivation: words, then lines of substitution, each with what stands beside it."""

    quantity: str
    words: str
    lines: tuple[tuple[str, str], ...] = ()
    beside: str = ""


class Explanation(Shown):
    """The derivation of a layer's figures. As text it is the substitution, or the whole blackboard."""

    def __init__(self, net: Analysis, row: Row, steps: list[Step]) -> None:
        self.net = net
        self.row = row
        self.steps = steps

    def __str__(self) -> str:
        if len(self.steps) == 1:
            step = self.steps[0]
            return "\n".join(text for text, _ in step.lines) or step.words
        return str(self.page())

    def page(self, width: int | None = None) -> Page:
        """The blackboard."""
        from archcalc.render.blackboard import page

        return page(self, width)


def explain(net: Analysis, name: str = "total", quantity: str | None = None) -> Explanation:
    """The derivation of a layer's figures, or of one of them; of the totals where no layer is named.

    Raises MissingError for a layer, UsageError for a quantity that there is not.
    """
    if quantity is not None and quantity not in QUANTITIES:
        why = (f"quantities: {', '.join(QUANTITIES)}",)
        what = f"there is no quantity {quote(quantity)} to explain"
        raise UsageError(Problem(what, why, likely(quantity, QUANTITIES)))
    row = net[name]
    if net.graph.symbolic:
        raise UsageError("explain writes numbers into formulas; for letters: archcalc report --symbolic")
    made = list(_totals(net) if name == "total" else _steps(net, row))
    if quantity is not None:
        made = [step for step in made if step.quantity == quantity] or [_nothing(row, quantity)]
    return Explanation(net, row, made)


def _nothing(row: Row, quantity: str) -> Step:
    """A quantity that the layer has none of, and where one would look for it."""
    fixed = quantity == "params" and row.fixed
    beside = f"its {commas(row.fixed)} scalars are fixed: stored, not trained" if fixed else ""
    return Step(quantity, "", ((f"0   {beside}".rstrip(), ""),))


def _totals(net: Analysis) -> Iterator[Step]:
    """The sums that the totals are."""
    for quantity in ("neurons", "params", "fixed", "connections", "macs", "flops"):
        parts = [row[quantity] for row in net.rows if row[quantity]]
        if not parts:
            continue
        text = " + ".join(map(commas, parts)) if len(parts) < 13 else f"{len(parts)} rows"
        yield Step(quantity, "Σ over layers", ((_is(text, net.total[quantity]), ""),))


def _is(text: str, value: Any) -> str:
    """`6·26  =  156`, or the value alone where the text is no more than that."""
    shown = commas(value)
    return shown if text == shown else f"{text}  =  {shown}"


def _steps(net: Analysis, row: Row) -> Iterator[Step]:
    node = next((n for n in row.main if n.layer.units), row.main[0])
    layer, y = node.layer.mapped(remember), _remembered(node.y)
    xs = [_remembered(x) for x in node.xs]
    yield _output(node, layer, xs)
    if node.layer.units:
        words = " · ".join(_AXES.get(axis, axis) for axis in node.y.axes) if node.y[1:] else "units"
        yield _step("neurons", words, product(y))
    if row.params or row.fixed:
        quantity = "params" if row.params else "fixed"
        beside = _dense(node) if quantity == "params" else "stored, not trained"
        yield _step(quantity, node.layer.formula("params"), layer.params(*xs), beside)
    # from here on a formula that uses the parameters shows their number
    layer.__dict__["params"] = lambda *_: remember(node.layer.params(*node.xs))
    links = layer.connections(*xs, y=y)
    if row.connections and links is not None:
        beside = _each_used(node)
        yield _step("connections", node.layer.formula("connections"), links, beside)
    if row.macs:
        beside = "a bias is not a MAC" if getattr(node.layer, "bias", False) else ""
        yield _step("macs", node.layer.formula("macs"), layer.work(*xs, y=y).mac, beside)
    if row.flops:
        yield _flops(row)
    yield from _sees(net, row)


_EACH = {1: "", 2: "high and wide, ", 3: "deep, high and wide, "}
_AXES = {"C": "maps", "H": "height", "W": "width", "D": "depth", "T": "length"}


def remember(size: Dim) -> Written:
    """A size that remembers how it is used."""
    return Written(int(size))  # type: ignore[call-overload]


def _remembered(shape: Shape) -> Shape:
    return Shape(map(remember, shape), shape.axes)


def _step(quantity: str, words: str, value: Dim, beside: str = "") -> Step:
    """A step whose substitution is a written value."""
    number = int(value)  # type: ignore[call-overload]
    return Step(quantity, words, ((_is(str(value), number), ""),), beside)


def _output(node: Node, layer: Layer, xs: list[Shape]) -> Step:
    """The size of the output along each axis that has a formula."""
    window = layer.window()
    if window is None:
        shape = repr(node.y)
        if node.layer.op == "flatten":
            text = _is("·".join(map(commas, node.x)), node.y[0])
            return Step("output", node.layer.formula("output"), ((text, ""),))
        return Step("output", f"{shape}", (), "")
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


def _law(node: Node) -> str:
    """The law of a window's places, with its bars where they act."""
    window = node.layer.mapped(remember).window() or []
    plain = node.layer.window() or []
    exact = all(axis.divides(size) for axis, size in zip(plain, node.x[1:], strict=True))
    laws = dict.fromkeys(law(axis, exact=exact) for axis in window)
    return "; ".join(laws)


def _dense(node: Node) -> str:
    """What a convolution with a table would have without it."""
    if getattr(node.layer, "table", None) is None:
        return ""
    full = node.layer.bound({**node.layer.__dict__, "table": None}).mapped(remember)
    value = full.params(_remembered(node.x))
    text = _is(str(value), int(value)).replace("  ", " ")  # type: ignore[call-overload]
    return f"reading all {commas(node.x[0])} maps it would be {text}"


def _each_used(node: Node) -> str:
    plane = node.y[1:]
    if node.layer.op.startswith("conv") and len(plane):
        places = product(plane)
        if not literally(places, 1):
            return f"every weight and bias is used at each of {commas(places)} places"
    return ""


def _flops(row: Row) -> Step:
    """Twice the multiply-accumulates, and what each node of the row does beside them."""
    words: list[str] = []
    parts: list[str] = []
    beside: list[str] = []
    if row.macs:
        words.append("2 · MACs")
        parts.append(f"2·{commas(row.macs)}")
    for node in row.nodes:
        work = node.layer.work(*node.xs, y=node.y)
        count, outputs = work.beside, product(node.y)
        assert isinstance(count, int)
        if not count:
            continue
        each, rest = divmod(count, outputs)  # type: ignore[operator]
        if rest:
            words.append(f"operations of {node.layer.op}")
            parts.append(" + ".join(commas(n) for n in work[1:] if not literally(n, 0)))
        else:
            words.append(f"{each} · outputs")
            parts.append(f"{each}·{commas(outputs)}")
        beside.append(f"{node.layer.term()}: {_listed(work, 1 if rest else outputs)}")
    text = _is(" + ".join(parts), row.flops)
    return Step("flops", " + ".join(words), ((text, ""),), "; ".join(beside))


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


def _sees(net: Analysis, row: Row) -> Iterator[Step]:
    """What a unit of the row sees of the input, how far apart, and where the centres lie."""
    from archcalc.receptive import fields

    field = fields(net.graph)[row.nodes[-1].name]
    if not field:
        return
    reaches = list(field.values())
    by = "x".join(commas(reach.size) for reach in reaches)
    sizes = dict(net.input.named())
    if all(_all_of(reach, sizes[axis]) for axis, reach in field.items()):
        text = f"{by} pixels of the input: all of it"
    else:
        steps = "x".join(dict.fromkeys(commas(reach.step) for reach in reaches))
        text = f"{by} pixels of the input, {steps} apart"
    lines = [(text, "")]
    if any(not literally(reach.places, 1) for reach in reaches):
        lines.append((_centres(field, sizes), ""))
    yield Step("receptive_field", "", tuple(lines))


def _all_of(reach: Reach, size: Dim) -> bool:
    """Whether every unit sees all cells of an axis."""
    last = reach.start + (reach.places - 1) * reach.step
    return bool(at_least(0, last) and at_least(reach.start + reach.size, size))


def _centres(field: Any, sizes: dict[str, Dim]) -> str:
    spans = [(reach.centres, axis) for axis, reach in field.items()]
    across = "x".join(commas(last - first + 1) for (first, last), _ in spans)
    (first, last), axis = spans[0]
    if all((span, sizes[other]) == (spans[0][0], sizes[axis]) for span, other in spans):
        return f"the centres cover pixels {first} to {last} of {sizes[axis]}: {across}"
    sides = [f"{first} to {last} {_ACROSS.get(axis, 'long')}" for (first, last), axis in spans]
    return f"the centres cover pixels {' and '.join(sides)}: {across}"


_ACROSS = {"H": "high", "W": "wide", "D": "deep"}
