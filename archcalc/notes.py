"""What a reader of a report should know: figures declared by hand, cells left unread, layers that grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.analysis import Analysis
from archcalc.dims import Shape, literally
from archcalc.errors import ArchcalcError
from archcalc.folding import declared
from archcalc.graph import Graph, Node, odd_input, rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.layer import Rule


def notes(net: Analysis) -> list[str]:
    """What a reader should beware of, the most useful first."""
    found = net.spec.told + unknown(net) + by_hand(net) + odd(net)
    if not net.graph.symbolic:
        found += unread(net)
    return found + grows(net)


_FEW = 3
"""Names, or sentences of a kind, that a note has room for."""


def several(names: list[str], most: int = _FEW) -> str:
    """Names in a sentence, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names) if rest < 2 else f"{', '.join(names[:most])} and {rest} more"


def by_hand(net: Analysis) -> list[str]:
    """Which part of the totals is derived, and which the author declared."""
    names = [node.name for node in declared(net) if not node.layer.has_unknown_work()]
    if not names:
        return []
    whose = several(names)
    parts = []
    for quantity, words in (("params", "parameters"), ("macs", "MACs")):
        whole, hand = net.total[quantity], sum(net.parts[name][quantity] for name in names)
        if isinstance(whole, int) and hand:
            derived = min(1000 * (whole - hand) // whole, 999)  # never 100 % where it is not all
            parts.append((f"{derived / 10:.1f} % of the {words}", f"{(1000 - derived) / 10:.1f} %"))
    if len(parts) == 1:
        (share, rest), *_ = parts
        return [f"{share} are derived, {rest} declared by hand: {whose}."]
    if parts:
        shares = " and ".join(share for share, _ in parts)
        return [f"{shares} are derived, the rest declared by hand: {whose}."]
    return [f"figures declared by hand, not derived: {whose}."]


def unknown(net: Analysis) -> list[str]:
    """The layers whose work nobody knows, which totals of MACs and FLOPs leave out."""
    names = [node.name for node in net.graph.nodes if node.layer.has_unknown_work()]
    if not names:
        return []
    return [f"MACs and FLOPs leave out {several(names)}, whose work is unknown: there are at least these."]


def left_out(net: Analysis) -> list[str]:
    """The layers whose connections are not defined, which a total leaves out."""
    ops: dict[str, int] = {}
    for node in net.graph.nodes:
        if net.parts[node.name].connections is None:
            ops[node.layer.op] = ops.get(node.layer.op, 0) + 1
    if not ops:
        return []
    listed = several([f"{op} ({n:,} layer{'s' * (n != 1)})" for op, n in ops.items()], 6)
    return [f"connections leave out {listed}, where they are not defined."]


def odd(net: Analysis) -> list[str]:
    """An input that looks as if something else was meant, and what that might be."""
    found = []
    for shape in net.graph.inputs.values():
        meant, _, why = odd_input(shape).partition("; ")
        found += [f"{why}; perhaps {meant} is meant."] if why else []
    return found


def remarks(net: Analysis) -> list[str]:
    """What is worth knowing of formulas: a value of theirs, and the sizes at which everything is read."""
    if not net.graph.symbolic:
        return []
    found = [at_defaults(net)]
    if net.graph.numbers:
        found += kept_numbers(net)
    sizes = read_everywhere(net)
    if sizes:
        found.append(f"Every row and column is read when {sizes}.")
    return [sentence for sentence in found if sentence]


def kept_numbers(net: Analysis) -> list[str]:
    """The symbols that stay numbers where all were to be letters, and why."""
    given = net.graph.sizes
    numbers = {name: net.graph.symbols[name] for name in net.graph.numbers if name not in given}
    fractions = [name for name, size in numbers.items() if not isinstance(size, int)]
    found = []
    for names, why in (
        ([name for name in numbers if name not in fractions], "what decides what there is stays a number"),
        (fractions, "a letter stands for whole numbers, so a fraction stays a number"),
    ):
        if names:
            found.append(f"{', '.join(f'{name} = {numbers[name]}' for name in names)}: {why}.")
    return found


def read_everywhere(net: Analysis) -> str:
    """The sizes at which no row or column is left unread, as `4 divides H and W`; or nothing."""
    from archcalc.symbolic import read_all

    return read_all([rule.holds for _, rules in skipping(net.graph) for rule in rules]) or ""


def at_defaults(net: Analysis) -> str:
    """What the formulas come to at the sizes in the file, as `H = W = 32 gives 60,000 parameters`."""
    from archcalc.symbolic import symbols, text, value

    sizes = net.graph.defaults
    if not sizes or isinstance(net.total.params, int) or not sizes.keys() >= set(symbols(net.total.params)):
        return ""
    by_size: dict[int, list[str]] = {}
    for name, size in sizes.items():
        by_size.setdefault(size, []).append(name)
    where = ", ".join(" = ".join([*names, str(size)]) for size, names in by_size.items())
    return f"{where} gives {text(value(net.total.params, sizes))} parameters."


def conditions(net: Analysis) -> list[str]:
    """The sizes for which a symbolic network's formulas hold, as `H ≥ 32`."""
    if not net.graph.symbolic:
        return []
    from archcalc.symbolic import valid

    return valid(net.graph.conditions, list(net.graph.symbols))


def skipping(graph: Graph) -> Iterator[tuple[Node, list[Rule]]]:
    """The layers that leave something unread, now or at some sizes, that nothing reads beside them."""
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node)
    for node in graph.nodes:
        rules = node.unread
        if rules and not (is_point(node) and any(map(_reads_more, readers[node.inputs[0]]))):
            yield node, rules


def is_point(node: Node) -> bool:
    """Whether a layer's window is one cell, as that of a projection beside a residual path."""
    window = node.layer.window() or []
    return bool(window) and all(literally(axis.kernel, 1) for axis in window)


def _reads_more(node: Node) -> bool:
    """Whether a layer reads what strides of single cells step over; what it leaves itself it is told for."""
    return not is_point(node) or not node.unread


def leaving(analysis: Analysis) -> dict[str, list[str]]:
    """The layers whose stride leaves something unread that nothing reads beside it, by what they leave."""
    found: dict[str, list[str]] = {}
    for node, rules in skipping(analysis.graph):
        left = " and ".join(rule.what() for rule in rules if rule.holds is False)
        if left:
            found.setdefault(left, []).append(node.name)
    return found


def unread(analysis: Analysis) -> list[str]:
    """Where a stride leaves rows or columns unread that nothing reads beside it."""
    found = leaving(analysis)
    if len(found) < _FEW:
        return [f"the stride of {several(names)} leaves {left} unread." for left, names in found.items()]
    every = [name for names in found.values() for name in names]
    return [f"the strides of {several(every)} leave rows or columns unread."]


def grows(net: Analysis) -> list[str]:
    """Layers whose parameters depend on the height or width of the picture."""
    shapes = [shape for shape in net.graph.inputs.values() if _has_sides(shape)]
    if not shapes:
        return []
    if net.graph.symbolic:
        letters = {str(size) for shape in shapes for size in shape if not isinstance(size, int)}
        names = [row.name for row in net.rows if letters & _letters(row.params)]
    else:
        names = _larger(net)
    found = [_grown(net, name) for name in names[: _FEW - 1]]
    rest = len(names) - len(found)
    return [*found, f"{rest:,} more layer{'s' * (rest != 1)} grow{'s' * (rest == 1)} too."] if rest else found


def _has_sides(shape: Shape) -> bool:
    return len(shape) > 1 and "C" in shape.axes


def _larger(net: Analysis) -> list[str]:
    """Rows that have more parameters on a picture twice as large."""
    if not _may_grow(net):
        return []
    double = [size for shape in net.graph.inputs.values() for size in _doubled(shape)]
    try:
        large = Analysis(rebuild(net.graph, double))
    except ArchcalcError:
        return []
    return [row.name for row in net.rows if _params(large, row.name) not in (None, row.params)]


def _params(net: Analysis, name: str) -> Any:
    row = net.by_name.get(name)
    return None if row is None else row.params


def _doubled(shape: Shape) -> Shape:
    """A picture twice as large; what has no sides as it is."""
    if not _has_sides(shape):
        return shape
    return Shape((size if axis == "C" else 2 * size for axis, size in shape.named()), shape.axes)


def _may_grow(net: Analysis) -> bool:
    """Whether a layer turns cells of a picture into features, or has parameters for each of them.

    That is cheap to ask of each layer, where the whole network at twice the size is not.
    """
    for node in {(id(node.layer), node.xs): node for node in net.graph.nodes}.values():
        xs = [_doubled(x) for x in node.xs]
        if xs == list(node.xs):
            continue
        if node.layer.rearranges or node.layer.params(*xs) != node.layer.params(*node.xs):
            return True
        before, now = (dict(shape.named()).get("C") for shape in (node.y, node.layer.output(*xs)))
        if before != now:
            return True
    return False


def _letters(formula: Any) -> set[str]:
    return {str(symbol) for symbol in getattr(formula, "free_symbols", ())}


def _grown(net: Analysis, name: str) -> str:
    row = net[name]
    flat = next((node for node in row.nodes if node.layer.op == "flatten"), None)
    sentence = f"{name} grows with the picture"
    if flat is None and not row.nodes[0].inputs:
        return f"{sentence}."
    if flat is None:
        before = net.graph.layer_of(row.nodes[0].inputs[0])
        return f"{sentence}: its parameters depend on the size of {before}."
    before = flat.inputs[0]
    while before in net.graph.by_name and net.graph.by_name[before].layer.rearranges:
        before = net.graph.by_name[before].inputs[0]
    before = net.graph.layer_of(before)
    return f"{sentence}: flatten feeds it all of {before}."
