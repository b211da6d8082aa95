"""A whole network as ONNX nodes and tensors; no package of ONNX is needed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.errors import ConvertError, Problem
from archcalc.export.onnx.part import Part
from archcalc.export.onnx.rules import rule

if TYPE_CHECKING:
    from archcalc.convert.onnx.file import Node
    from archcalc.dims import Shape
    from archcalc.graph import Graph
    from archcalc.graph import Node as Placed
    from archcalc.layer import Layer


class Place(NamedTuple):
    """Where a layer stands: its group, the value that it makes, those that it reads, and its tensors."""

    group: str
    value: str
    reads: tuple[str, ...]
    tensors: dict[str, str]
    turned: tuple[str, ...]  # words of tensors that are another layer's, with rows as columns
    lead: str  # a value whose first dimension is the batch


class Written(NamedTuple):
    """A layer as it was written: the node of the graph, its place, and its nodes."""

    node: Placed
    place: Place
    nodes: tuple[Node, ...]


class Sketch(NamedTuple):
    """The layers of a network in order, and the tensors that are stored, by name."""

    layers: tuple[Written, ...]
    tensors: dict[str, tuple[str, str]]  # the node of the graph, and its word for it
    shapes: dict[str, Shape]


def sketch(graph: Graph) -> Sketch:
    """A network's nodes, layer by layer, in groups of the layers' names.

    Raises ConvertError for a kind that no rule writes.
    """
    from archcalc.forward import shapes

    missing = [node for node in graph.nodes if rule(node.layer.op) is None]
    if missing:
        ops = ", ".join(dict.fromkeys(node.layer.op for node in missing))
        why = "its kind says what it costs, and not in ONNX's operators what it does"
        raise ConvertError(Problem(f"{ops} cannot be written as ONNX", (why,), layer=missing[0].name))
    values = {name: name for name in graph.inputs}
    tensors: dict[str, tuple[str, str]] = {}
    sizes: dict[str, Shape] = {}
    layers = []
    used: dict[str, dict[str, int]] = {}
    bent = {graph.layer_of(node.name) for node in graph.nodes if node.name != graph.layer_of(node.name)}
    for node in graph.nodes:
        for word, shape in shapes(node.layer, node.xs).items():
            if not node.owner and word not in node.ties:
                tensors[where := stored(graph, node, word)] = (node.name, word)
                sizes[where] = shape
        place = placed(graph, node, values, bent)
        values[node.name] = place.value
        made = write(node.layer, node.xs, node.y, place, used.setdefault(place.group, {}))
        layers.append(Written(node, place, made))
    return Sketch(tuple(layers), tensors, sizes)


def placed(graph: Graph, node: Placed, values: dict[str, str], bent: set[str]) -> Place:
    """Where a node of a graph stands; `bent` are the layers that have an activation."""
    from archcalc.forward import shapes

    group = graph.layer_of(node.name)
    value = f"{group}.before" if node.name == group and group in bent else group
    reads = tuple(values[name] for name in node.inputs)
    words = {word: stored(graph, node, word) for word in shapes(node.layer, node.xs)}
    turned = tuple(word for word, tie in node.ties.items() if tie.transposed)
    return Place(group, value, reads, words, turned, reads[0] if reads else next(iter(graph.inputs)))


def stored(graph: Graph, node: Placed, word: str) -> str:
    """Where a tensor of a layer is stored: under its own name, or as that of another layer."""
    tie = node.ties.get(word)
    if node.owner:
        return stored(graph, graph.by_name[node.owner], word)
    if tie is not None:
        return stored(graph, graph.by_name[tie.node], tie.tensor)
    group = graph.layer_of(node.name)
    return f"{group}.{word}" if node.name == group else f"{group}.activation.{word}"


def write(
    layer: Layer, xs: tuple[Shape, ...], y: Shape, place: Place, used: dict[str, int]
) -> tuple[Node, ...]:
    """The nodes of one layer; `used` says how often its group has each op so far, and is kept."""
    found = rule(layer.op)
    assert found is not None
    part = Part(place.group, xs, y, place.tensors, place.lead, used)
    for word in place.turned:
        part.tensors = {**part.tensors, word: part.turned(place.tensors[word])}
    last = found(part, layer, *place.reads)
    if not part.nodes or last not in part.nodes[-1].outputs:
        last = part("Identity", last)
    end = part.nodes[-1]
    outputs = tuple(place.value if made == last else made for made in end.outputs)
    return (*part.nodes[:-1], end._replace(outputs=outputs))
