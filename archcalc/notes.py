"""What a reader of a report should know: cells left unread, layers that grow with the picture."""

from __future__ import annotations

from typing import Any

from archcalc.analysis import Analysis
from archcalc.errors import ArchcalcError
from archcalc.graph import odd_input


def notes(net: Analysis) -> list[str]:
    """What a reader should beware of, the most useful first."""
    found = odd(net)
    if not net.graph.symbolic:
        found += unread(net)
    return found + grows(net)


def odd(net: Analysis) -> list[str]:
    """An input that looks as if something else was meant, and what that might be."""
    meant, _, why = odd_input(net.input).partition("; ")
    return [f"{why}; perhaps {meant} is meant."] if why else []


def remarks(net: Analysis) -> list[str]:
    """What is worth knowing of formulas: a value of theirs, and the sizes at which everything is read."""
    if not net.graph.symbolic:
        return []
    from archcalc.symbolic import read_all

    found = [at_defaults(net)]
    sizes = read_all([rule.holds for node in net.graph.nodes for rule in node.unread])
    if sizes:
        found.append(f"Every row and column is read when {sizes}.")
    return [sentence for sentence in found if sentence]


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

    rules = [rule.holds for node in net.graph.nodes for rule in node.rules]
    return valid(rules, list(net.graph.symbols))


def unread(analysis: Analysis) -> list[str]:
    """Where a stride leaves rows or columns unread."""
    found: dict[str, list[str]] = {}
    for node in analysis.graph.nodes:
        left = " and ".join(rule.what() for rule in node.unread if rule.holds is False)
        if left:
            found.setdefault(left, []).append(node.name)
    return [f"the stride of {', '.join(names)} leaves {left} unread." for left, names in found.items()]


def grows(net: Analysis) -> list[str]:
    """Layers whose parameters depend on the height or width of the picture."""
    shape = net.input
    if len(shape) < 2 or "C" not in shape.axes:
        return []
    if net.graph.symbolic:
        letters = {str(size) for size in shape if not isinstance(size, int)}
        names = [row.name for row in net.rows if letters & _letters(row.params)]
    else:
        names = _larger(net)
    return [_grown(net, name) for name in names[:2]]


def _larger(net: Analysis) -> list[str]:
    """Rows that have more parameters on a picture twice as large."""
    double = [size if axis == "C" else 2 * size for axis, size in net.input.named()]
    try:
        large = Analysis(net.graph.at(double))
    except ArchcalcError:
        return []
    return [a.name for a, b in zip(net.rows, large.rows, strict=True) if a.params != b.params]


def _letters(formula: Any) -> set[str]:
    return {str(symbol) for symbol in getattr(formula, "free_symbols", ())}


def _grown(net: Analysis, name: str) -> str:
    row = net[name]
    flat = next((node for node in row.nodes if node.layer.op == "flatten"), None)
    sentence = f"{name} grows with the picture"
    if flat is None:
        before = net.graph.layer_of(row.nodes[0].inputs[0])
        return f"{sentence}: its parameters depend on the size of {before}."
    before = net.graph.layer_of(flat.inputs[0])
    return f"{sentence}: flatten feeds it all of {before}."
