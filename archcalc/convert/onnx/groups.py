"""Layers that archcalc wrote itself: what a node says of its layer, believed where the nodes bear it out.

A layer is written again as what it says it is, and held against its nodes in the file, one by one: ops,
wires, attributes, constants, the shapes of tensors. Where anything differs, the nodes are read as those
of any other exporter are.
"""

from __future__ import annotations

import json
from math import prod
from struct import pack, unpack
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.convert.onnx.file import Node, Tensor
from archcalc.dims import Shape
from archcalc.errors import ArchcalcError
from archcalc.fields import FieldError

if TYPE_CHECKING:
    from archcalc.convert.onnx.file import Graph, Value
    from archcalc.convert.onnx.reader import Reader
    from archcalc.layer import Layer

_LAYER = "archcalc layer"  # the op of a node that stands for a layer that was borne out
_LONGEST = 1_000_000  # characters that are said of a layer; a table of 400 by 400 maps fits
_LARGEST = 100_000_000  # a size, or a number in a field, of a layer that is written again
_LONG = 1_000_000  # the same where its places are written one by one
_MOST_CELLS = 10_000_000  # cells that windows see, where their numbers are written out
_MOST_WRONG = 100  # layers that are not borne out, until nothing more is believed
_BROKEN = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError, MemoryError)


class Told(NamedTuple):
    """A layer that was borne out."""

    layer: Layer
    fields: dict[str, Any]
    group: str
    tensors: dict[str, str]
    turned: tuple[str, ...]
    trainable: bool
    y: Shape
    nodes: tuple[Node, ...]


def axes(given: Value) -> tuple[str, ...] | None:
    """The names of an input's axes, where archcalc wrote it."""
    if not given.told or given.dims is None or len(given.told) > _LONGEST:
        return None
    try:
        named = json.loads(given.told)["axes"]
    except _BROKEN:
        return None
    if not isinstance(named, list) or len(named) != len(given.dims) - 1:
        return None
    plain = all(isinstance(axis, str) and axis.isidentifier() for axis in named)
    return tuple(named) if plain and len(set(named)) == len(named) else None


def gathered(graph: Graph) -> list[Node]:
    """The nodes of a graph, those of each layer that is borne out as one."""
    if not any(node.told for node in graph.nodes):
        return graph.nodes
    known: dict[str, Shape] = {}
    for given in graph.inputs:
        named, cells = axes(given), [size for size in (given.dims or ())[1:] if isinstance(size, int)]
        if named and len(named) == len(cells):
            known[given.name] = Shape(cells, named)
    sizes = {name: tensor.dims for name, tensor in graph.tensors.items()} | _made(graph)
    used: dict[str, dict[str, int]] = {}
    found: list[Node] = []
    i = wrong = 0
    while i < len(graph.nodes):
        node = graph.nodes[i]
        asked = node.told and wrong < _MOST_WRONG
        one = _borne_out(graph.nodes, i, known, sizes, used) if asked else None
        if one is None:
            found.append(node)
            i, wrong = i + 1, wrong + bool(asked)
            continue
        found.append(one)
        known[one.outputs[0]] = one.attributes["told"].y
        i += len(one.attributes["told"].nodes)
    return found


def _made(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shapes of tensors that a file without weights makes of nothing."""
    shapes = {
        node.outputs[0]: node.attributes["value"].data
        for node in graph.nodes
        if node.op == "Constant" and node.outputs and isinstance(node.attributes.get("value"), Tensor)
    }
    made = (node for node in graph.nodes if node.op == "ConstantOfShape" and node.inputs and node.outputs)
    return {node.outputs[0]: dims for node in made if (dims := shapes.get(node.inputs[0])) is not None}


def _borne_out(
    nodes: list[Node],
    first: int,
    known: dict[str, Shape],
    sizes: dict[str, tuple[int, ...]],
    used: dict[str, dict[str, int]],
) -> Node | None:
    """One node for the layer that begins at a place; None where its nodes are not what it says it is."""
    if len(nodes[first].told) > _LONGEST:
        return None
    try:
        told = json.loads(nodes[first].told)
        theirs = tuple(nodes[first : first + int(told["nodes"])])
        reads = tuple(told.get("reads", ()))
        return _written_again(told, theirs, reads, tuple(known[name] for name in reads), sizes, used)
    except (ArchcalcError, FieldError, *_BROKEN):
        return None


def _written_again(
    told: dict[str, Any],
    theirs: tuple[Node, ...],
    reads: tuple[str, ...],
    xs: tuple[Shape, ...],
    sizes: dict[str, tuple[int, ...]],
    used: dict[str, dict[str, int]],
) -> Node | None:
    from archcalc.export.onnx.network import Place, write
    from archcalc.forward import shapes
    from archcalc.register import kind

    found = kind(str(told["op"]))
    fields = dict(told.get("fields", {}))
    if found is None or found.declared or _largest(fields) > (_LONG if _one_by_one(found.op) else _LARGEST):
        return None
    layer = found(**fields)
    if layer.refusal(*xs) or any(rule.holds is not True for rule in layer.requires(*xs)):
        return None
    tensors, turned = dict(told.get("tensors", {})), tuple(told.get("turned", ()))
    for word, shape in shapes(layer, xs).items():
        dims = tuple(shape)[::-1] if word in turned else tuple(shape)
        if sizes.get(tensors[word]) != dims:
            return None
    y = layer.output(*xs)
    if too_large(layer, xs, y):
        return None
    group = str(told["group"])
    lead = reads[0] if reads else str(told["lead"])
    place = Place(group, str(told["gives"]), reads, tensors, turned, lead)
    counts = dict(used.get(group, {}))
    ours = write(layer, xs, y, place, counts)
    if len(ours) != len(theirs) or not all(map(same, ours, theirs)):
        return None
    used[group] = counts
    one = Told(layer, fields, group, tensors, turned, told.get("trainable") is not False, y, theirs)
    return Node(_LAYER, group, (*reads, *tensors.values()), (place.value,), {"told": one})


def too_large(layer: Layer, xs: tuple[Shape, ...], y: Shape) -> bool:
    """Whether to write the layer again would take long: a file may say anything of a few nodes."""
    largest = max((*y, *(size for x in xs for size in x)), default=0)
    if largest > (_LONG if _one_by_one(layer.op) else _LARGEST):
        return True
    cells = layer.op.startswith(_CELL_BY_CELL)
    return cells and prod((*y[1:], *layer.kernel_size)) > _MOST_CELLS  # type: ignore[attr-defined]  # of windows


_CELL_BY_CELL = ("locally_connected", "stochastic_pool", "median_pool")


def _one_by_one(op: str) -> bool:
    """Whether a rule writes a number for each place, or nodes for each layer of a recurrence."""
    return op.startswith((*_CELL_BY_CELL, "adaptive", "gather", "upsample", "rnn", "gru", "lstm"))


def _largest(value: Any) -> float:
    """The largest number in some fields."""
    if isinstance(value, (dict, list)):
        return max(map(_largest, value.values() if isinstance(value, dict) else value), default=0)
    return value if isinstance(value, (int, float)) else 0


def same(ours: Node, theirs: Node) -> bool:
    """Whether a node of the file is as we write it."""
    if (ours.op, ours.inputs, ours.outputs, theirs.domain) != (theirs.op, theirs.inputs, theirs.outputs, ""):
        return False
    if ours.attributes.keys() != theirs.attributes.keys():
        return False
    return all(_alike(value, theirs.attributes[key]) for key, value in ours.attributes.items())


def _alike(ours: Any, theirs: Any) -> bool:
    """Whether an attribute is the same; of a constant that is too long to be read, its shape."""
    if hasattr(ours, "dtype"):
        if not isinstance(theirs, Tensor) or theirs.dims != ours.shape:
            return False
        if theirs.floats != (ours.dtype.kind == "f"):
            return False
        return theirs.data is None or all(map(_equal, ours.reshape(-1).tolist(), theirs.data))
    if isinstance(ours, (list, tuple)):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(_alike, ours, theirs))
    return _equal(ours, theirs)


_LEAST = 2.0**-126  # of the 32-bit floats, by which smaller ones are written


def _equal(ours: Any, theirs: Any) -> bool:
    """Whether numbers are the same, floats as 32 bits hold them."""
    if isinstance(ours, float) and isinstance(theirs, (int, float)):
        return ours == theirs or (unpack("f", pack("f", ours))[0] or (ours and _LEAST)) == theirs
    return bool(ours == theirs)


def put(reader: Reader, node: Node) -> bool:
    """Whether a node stands for a layer that was borne out, which is then in the draft."""
    from archcalc.convert.onnx.values import Flow

    told = node.attributes.get("told")
    if not isinstance(told, Told):  # an attribute of a file is none, whatever its name
        return False
    reader.ops.update(own.op for own in told.nodes)
    reads = [reader.flow(name).source for name in node.inputs[: len(node.inputs) - len(told.tensors)]]
    item = reader.out.add(told.group, told.layer.op, told.fields, *reads)
    item.trainable = told.trainable
    item.own = f"{told.group}.before" not in node.inputs  # or it is the activation of its group
    for word, name in told.tensors.items():
        value = reader.values[name]
        reader.used(item, word, None if isinstance(value, Flow) else value, transposed=word in told.turned)
    reader.values[node.outputs[0]] = Flow(item, (reader.batch, *told.y), (None, *told.y.axes))
    return True
