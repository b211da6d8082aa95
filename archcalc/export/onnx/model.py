"""An ONNX model of a network: nodes, seeded tensors or their shapes, and the shape of every layer."""

from __future__ import annotations

import json
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx.file import OURS
from archcalc.errors import ConvertError, MissingError, Problem, UsageError
from archcalc.export.onnx.network import sketch
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.convert.onnx.file import Node
    from archcalc.dims import Shape
    from archcalc.export.onnx.network import Sketch, Written
    from archcalc.forward import Tensors
    from archcalc.graph import Graph

OPSET = 20
"""The first with Gelu; LayerNormalization, Mish, and pools that count padding as PyTorch does are older."""
IR = 10
"""The first in which nodes and inputs carry properties: what a layer's op, fields and axes are."""
BATCH = "batch"
LIMIT = 2**31
"""Bytes of one file: protocol buffers end there."""
SEEDED, NONE = "seeded", "none"


def model(
    graph: Graph,
    seed: int = 0,
    *,
    weights: str = SEEDED,
    tensors: Mapping[str, Tensors] | None = None,
    every: bool = False,
    dtype: str = "float32",
) -> Any:
    """The ModelProto of a network; with `every`, each layer's output is one of the model's.

    `tensors` are in place of seeded ones; without weights each tensor is zeros of its shape.

    Raises ConvertError for a kind that ONNX cannot say, ForwardError where sizes are letters or there is
    no forward pass, MissingError without the package.
    """
    from archcalc.forward import own, runnable

    onnx = package()
    runnable(graph, held=False)
    drawn = sketch(graph)
    kind = _kind(onnx, dtype)
    stored: list[Any] = []
    nodes: list[Any] = []
    if weights == NONE:
        for name, shape in drawn.shapes.items():
            nodes += _zeros(onnx, name, shape, kind)
    else:
        _fits(drawn, dtype)
        known: dict[str, Tensors] = {}
        for node in graph.nodes:
            known[node.name] = tensors[node.name] if tensors else own(node, known, seed)
        for name, (owner, word) in drawn.tensors.items():
            stored.append(onnx.numpy_helper.from_array(_array(known[owner][word], dtype), name))
    for layer in drawn.layers:
        nodes += _nodes(onnx, layer, dtype)
    return _whole(onnx, graph, drawn, nodes, stored, every=every, kind=kind)


def package() -> Any:
    """The onnx package. Raises MissingError where it is not installed."""
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
        import onnx.shape_inference
    except ImportError:
        what = "ONNX files are written and checked with the package onnx, which is not installed"
        raise MissingError(Problem(what, fix="pip install 'archcalc[onnx]'")) from None
    return onnx


def _fits(drawn: Sketch, dtype: str) -> None:
    """Raises UsageError where the tensors are too many for a file."""
    count = sum(prod(shape) for shape in drawn.shapes.values())
    size = count * int(dtype.removeprefix("float")) // 8
    if size >= LIMIT - 2**24:
        what = f"seeded weights would take {size / 1e9:,.1f} GB, and an ONNX file holds 2"
        why = f"{count:,} numbers of {dtype}, by chance and of no use to anybody"
        more = "--weights none writes the shapes alone: a small file that every tool counts in full"
        raise UsageError(Problem(what, (why,), more=more))


def _kind(onnx: Any, dtype: str) -> Any:
    return {"float32": onnx.TensorProto.FLOAT, "float64": onnx.TensorProto.DOUBLE}[dtype]


def _array(values: Any, dtype: str) -> Any:
    """Numbers as they are stored; one that is too small for its type is the smallest, and not 0."""
    array = np.asarray(values, order="C")
    if array.dtype.kind in "iu":
        return array.astype("int64")
    stored = array.astype(dtype)
    lost = (stored == 0) & (array != 0)
    return np.where(lost, np.finfo(dtype).tiny, stored) if lost.any() else stored


def _zeros(onnx: Any, name: str, shape: Shape, kind: Any) -> list[Any]:
    """A tensor of which only the shape is known."""
    sizes = onnx.helper.make_tensor("", onnx.TensorProto.INT64, [len(shape)], list(shape))
    zero = onnx.helper.make_tensor("", kind, [1], [0.0])
    of = onnx.helper.make_node("Constant", [], [f"{name}/shape"], f"{name}/shape", value=sizes)
    return [of, onnx.helper.make_node("ConstantOfShape", [of.output[0]], [name], name, value=zero)]


def _nodes(onnx: Any, layer: Written, dtype: str) -> list[Any]:
    """The nodes of a layer; the first says what the layer is."""
    made = [_node(onnx, node, dtype) for node in layer.nodes]
    entry = made[0].metadata_props.add()
    entry.key, entry.value = OURS, told(layer)
    return made


def told(layer: Written) -> str:
    """What a layer is: op, fields, what it reads and gives, its tensors, how many nodes it has."""
    from archcalc.convert.script import spelled

    node, place = layer.node, layer.place
    said = {
        "op": node.layer.op,
        "fields": spelled(node.layer.given()),
        "group": place.group,
        "gives": place.value,
        "reads": place.reads,
        "lead": "" if place.reads else place.lead,
        "tensors": place.tensors,
        "turned": place.turned,
        "nodes": len(layer.nodes),
    }
    said = {key: value for key, value in said.items() if value}
    return json.dumps(said if node.trainable else {**said, "trainable": False}, separators=(",", ":"))


def _node(onnx: Any, node: Node, dtype: str) -> Any:
    attributes = {
        key: onnx.numpy_helper.from_array(_array(value, dtype)) if hasattr(value, "dtype") else value
        for key, value in node.attributes.items()
    }
    return onnx.helper.make_node(node.op, list(node.inputs), list(node.outputs), node.name, **attributes)


def _whole(
    onnx: Any, graph: Graph, drawn: Sketch, nodes: list[Any], stored: list[Any], *, every: bool, kind: Any
) -> Any:
    """The graph with its inputs and outputs, and the shape of what each layer gives."""
    from archcalc import __version__

    def value(name: str, node: str, shape: Shape) -> Any:
        of = onnx.TensorProto.INT64 if node in graph.indices else kind
        return onnx.helper.make_tensor_value_info(name, of, [BATCH, *shape])

    inputs = [value(name, name, shape) for name, shape in graph.inputs.items()]
    for given, shape in zip(inputs, graph.inputs.values(), strict=True):
        entry = given.metadata_props.add()
        entry.key, entry.value = OURS, json.dumps({"axes": list(shape.axes)}, separators=(",", ":"))
    ends = {graph.layer_of(end) for end in graph.outputs.values()}
    infos: list[Any] = []
    outputs: list[Any] = []
    for node, place, _ in drawn.layers:
        info = value(place.value, node.name, node.y)
        (outputs if every or place.value in ends else infos).append(info)
    name = graph.spec.name or "network"
    body = onnx.helper.make_graph(nodes, name, inputs, outputs, stored, value_info=infos)
    opset = onnx.helper.make_opsetid("", OPSET)
    made = onnx.helper.make_model(body, opset_imports=[opset], ir_version=IR)
    made.producer_name, made.producer_version = OURS, __version__
    return made


def check(made: Any) -> None:
    """Hold a model against ONNX's own checker, and its shapes against ONNX's own inference.

    Raises ConvertError where they differ: a mistake of ours.
    """
    onnx = package()
    try:
        onnx.checker.check_model(made, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ConvertError(Problem("ONNX refuses the model", (str(error).partition("\n")[0],))) from None
