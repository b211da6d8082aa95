"""What is said of shapes that do not fit: the numbers on both sides, the chain of shapes, the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.dims import Shape, product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from archcalc.graph.complaints import Complaints
    from archcalc.graph.values import Graph
    from archcalc.layer import Layer, Rule
    from archcalc.spec import Entry

_FEW = (1, 3, 4)  # channels of a picture: grey, colour, colour with transparency
_LONGEST_CHAIN = 8  # shapes told before the middle is left out
_WIDEST_CHAIN = 70  # characters of them
_LARGEST_INPUT = 4096  # cells along a side that are tried


def odd_input(shape: Shape) -> str:
    """A remark on an input whose channels seem to come last, or that seems to hold a batch."""
    if not all(isinstance(size, int) for size in shape):
        return ""
    given = "x".join(map(str, shape))
    if shape.axes == ("C", "H", "W") and shape[2] in _FEW and not {shape[0], shape[1]} & {*_FEW}:
        right = f"{shape[2]}x{shape[0]}x{shape[1]}"
        return f"{right}; {given} looks as if channels came last, and here they come first"
    if shape.axes == ("C", "D", "H", "W") and shape[0] == 1 and shape[1] in _FEW:
        return (
            f"{'x'.join(map(str, shape[1:]))}; {given} looks like a batch of one, and one example is counted"
        )
    return ""


def refuse(
    entry: Entry,
    path: str,
    layer: Layer,
    sources: Sequence[str],
    xs: Sequence[Shape],
    graph: Graph,
    complaints: Complaints,
) -> None:
    """A layer cannot read shapes with these axes."""
    bad = [i for i, x in enumerate(xs) if layer.refusal(x)] if len(xs) > 1 else [0]
    if len(xs) > 1:
        why = [*sides(sources, xs, graph)]
        complaints.about(entry.what_at, layer.refusal(*xs), why=why, layer=path)
        return
    x, source = xs[bad[0]], graph.layer_of(sources[bad[0]])
    what = f"{layer.refusal(x)}, and {source} gives {_described(x)}"
    why, fix = [f"{source} has the axes [{', '.join(x.axes)}]", f"{chain(sources[0], graph)} → {path}"], ""
    if layer.takes and ("C",) in layer.takes and len(x) > 1:
        what = f"{layer.op} reads features on the last axis, and {source} gives {_described(x)}"
        count = "·".join(map(str, x))
        if all(isinstance(size, int) for size in x):
            count += f" = {product(x):,}"
        why = [f"{count} numbers stand on {len(x)} axes, and {layer.op} does not guess how to read them"]
        fix = f"put {{name: flat, op: flatten}} before {entry.name}"
        if "C" in x.axes and x.axes[0] != "C":
            fix = ""
        elif x.axes == ("C", "T"):
            what = f"{layer.op} reads features on the last axis, C, and {source} gives {_described(x)}"
            why = [f"{source} has the axes [C, T], and T comes last"]
            fix = (
                "permute to [T, C]; to mix along T, reshape with {T: ..., C: ...}, which names the axes anew"
            )
    if layer.takes and ("T",) in layer.takes and sources[0] in graph.inputs:
        fix = f"an input of indices, as {{shape: [{x[0]}], dtype: int}}"
    complaints.about(entry.what_at, what, why=why, fix=fix, layer=path)


def sides(sources: Sequence[str], xs: Sequence[Shape], graph: Graph) -> Iterator[str]:
    """What each layer gives to a join, in one line, and how each came to it."""
    pairs = zip(sources, xs, strict=True)
    yield ", ".join(f"{graph.layer_of(source)} gives {x!r}" for source, x in pairs)
    for source in dict.fromkeys(sources):
        yield chain(source, graph)


def broken(
    entry: Entry,
    path: str,
    rule: Rule,
    sources: Sequence[str],
    xs: Sequence[Shape],
    graph: Graph,
    complaints: Complaints,
) -> None:
    """A condition of a layer does not hold on the shapes that it reads."""
    why = [rule.why()] if rule.why() else []
    if len(sources) > 1:
        why += sides(sources, xs, graph)
    elif sources:
        why.append(f"{chain(sources[0], graph)} → {path}")
    if graph.given is not None:
        given = "x".join(map(str, graph.input))
        why.append(f"{given} is the input given; the file says {graph.written}")
    pair = entry.fields.get(rule.field)
    if pair is None:
        complaints.about(entry.what_at, rule.what(), why=why, layer=path)
        return
    key, value = pair
    width = value.column + value.width - key.column if value.line == key.line else key.width
    complaints.about(key, rule.what(), why=why, layer=path, width=width)


def chain(source: str, graph: Graph) -> str:
    """The shapes that led here, from the input."""
    links: dict[str, str] = {}
    for _ in range(2 * _LONGEST_CHAIN):  # a repeated name may lead round in a circle
        if source not in graph.by_name or len(links) >= _LONGEST_CHAIN:
            break
        node = graph.by_name[source]
        links.setdefault(graph.layer_of(source), f"{node.y!r}")
        source = node.inputs[0] if node.inputs else ""
    told = [f"{name} {shape}" for name, shape in reversed(links.items())]
    cut = len(told) > 2 and sum(map(len, told)) > _WIDEST_CHAIN
    while len(told) > 2 and sum(map(len, told)) > _WIDEST_CHAIN:
        del told[0]
    if cut:
        told.insert(0, "…")
    if source in graph.by_name:
        told[0] = "…"
    if source in graph.by_name and len(graph.inputs) == 1:
        source = next(iter(graph.inputs))
    start = graph.inputs.get(source)
    name = "" if source == "input" else f"{source} "
    return " → ".join([f"{name}{start!r}", *told] if start is not None else told)


def hint(graph: Graph, fits: Callable[[list[int]], bool]) -> str:
    """Where windows do not fit, the smallest input at which they do, or the order of its axes."""
    fix = odd_input(graph.input)
    small = None if fix else smallest_input(graph.input, fits)
    if small is not None:
        fix = f"an input of at least {'x'.join(map(str, small[1:]))}"
        if tuple(graph.input) == (1, 28, 28):
            fix += "; 28x28 pictures are usually padded by 2 (see lenet5-d2l)"
    return fix


def smallest_input(shape: Shape, fits: Callable[[list[int]], bool]) -> list[int] | None:
    """The smallest input, from the one given upwards along each side, that every window fits."""
    if len(shape) < 2 or not all(isinstance(size, int) for size in shape):
        return None

    def grown(more: int) -> list[int]:
        return [shape[0], *(size + more for size in shape[1:])]

    high = 1
    while not fits(grown(high)):
        high *= 2
        if high > _LARGEST_INPUT:
            return None
    smallest = grown(high)
    for i in range(1, len(shape)):  # what fits along one axis does not depend on the others
        low, top = shape[i] - 1, smallest[i]
        while top - low > 1:
            middle = (low + top) // 2
            low, top = (low, middle) if fits([*smallest[:i], middle, *smallest[i + 1 :]]) else (middle, top)
        smallest[i] = top
    return smallest


def _described(shape: Shape) -> str:
    words = {
        ("C", "H", "W"): "maps",
        ("C", "D", "H", "W"): "volumes",
        ("T", "C"): "a sequence",
        ("C",): "a vector of",
    }
    return f"{words.get(shape.axes, 'an array')} {shape!r}"
