"""An ONNX file as its graph: nodes, tensors by their shapes, inputs and outputs.

Source   onnx.proto3 of the ONNX project for the numbers of the fields
"""

from __future__ import annotations

import os
import struct
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.convert.onnx.wire import BYTES, Wire, WireError
from archcalc.errors import ConvertError, MissingError, Problem, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.convert.onnx.wire import Bytes

_SMALL = 2048  # whole numbers of a tensor that are read; shapes are that short
_FEW = 64  # floats that are read: scales, limits, and the beginning of what may be a mask
_MOST_NODES = 200_000
_DEEPEST = 16  # graphs, one inside another
_LARGEST = 10**12  # numbers in one tensor
_INFINITE = 1e30
_LONGEST = 10_000  # characters of a list of module paths
_SCOPES, _CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
_CALL, _REWRITTEN = "pkg.torch.onnx.fx_node", "pkg.onnxscript.rewriter.rule_name"
OURS = "archcalc"
"""The property in which archcalc says what a layer, or an input, is."""
FLOATS = frozenset({1, 10, 11, 16})  # 32, 16 and 64 bits, and bfloat16
_FORMS = {1: "f", 2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 9: "?", 10: "e", 11: "d", 12: "I", 13: "Q"}


class Tensor(NamedTuple):
    """A stored tensor: its shape, its numbers where there are few, and whether they are floats."""

    name: str
    dims: tuple[int, ...]
    floats: bool
    data: tuple[Any, ...] | None = None
    masks: bool = False  # whether numbers in it are as good as infinite, so that nobody learned them

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return prod(self.dims)


class Node(NamedTuple):
    """An operation: its op, what it reads and makes by name, and its attributes."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    domain: str = ""
    scopes: tuple[str, ...] = ()  # module paths, where the exporter wrote them beside the node
    classes: tuple[str, ...] = ()
    folded: bool = False  # whether the exporter wrote that it folded a batch norm into it
    unbiased: bool = (
        False  # whether the exporter left out a bias of it that is all 0; one may have come since
    )
    told: str = ""  # what archcalc said of the layer that begins here


class Value(NamedTuple):
    """An input or an output: its dimensions, ints, names or None, and whether it holds floats."""

    name: str
    dims: tuple[int | str | None, ...] | None
    floats: bool
    told: str = ""  # what archcalc said of it


class Graph:
    """The nodes of a graph in order, its tensors by name, its inputs and outputs."""

    def __init__(self) -> None:
        self.name = ""
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}
        self.inputs: list[Value] = []
        self.outputs: list[Value] = []


class Given(NamedTuple):
    """In a function, an attribute that has the value of one where the function is called."""

    name: str


class Function(NamedTuple):
    """A function of the file: nodes between inputs and outputs of its own, and its attributes by default."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    attributes: dict[str, Any]


class Model(NamedTuple):
    """The main graph, functions that it uses, and who wrote it."""

    graph: Graph
    functions: dict[tuple[str, str], Function]
    opset: int
    producer: str


def opened(path: str) -> Model:
    """The model of a file.

    Raises MissingError where it cannot be opened, ConvertError where it is broken.
    """
    import mmap

    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                raise ConvertError(Problem(f"{quote(path)} is empty"))
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as data:
                return parsed(data, path)
    except OSError as error:
        raise MissingError(f"{quote(path)} cannot be read: {error.strerror or error}") from None


def parsed(data: Bytes, path: str = "model.onnx") -> Model:
    """The model of a file's bytes."""
    try:
        found = _Reading(Wire(data)).model(0, len(data))
    except (WireError, struct.error) as error:
        why = (str(error), "an ONNX file is one protobuf message; this one is cut off, damaged, or no ONNX")
        raise ConvertError(Problem(f"{quote(path)} cannot be read as ONNX", why)) from None
    except ConvertError as error:
        raise in_file(error, path) from None
    if not found.graph.nodes:
        lacks = ("an ONNX file has a graph with nodes; this one has none",)
        raise ConvertError(Problem(f"{quote(path)} cannot be read as ONNX", lacks))
    return found


def in_file(error: ConvertError, path: str) -> ConvertError:
    """The same error, of a file."""
    return ConvertError(
        [problem._replace(what=f"{quote(path)}: {problem.what}") for problem in error.problems]
    )


class _Reading:
    """Walks the messages of a file."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.nodes = 0

    def model(self, start: int, end: int) -> Model:
        wire = self.wire
        graph, functions, opset, producer = Graph(), {}, 0, ""
        for number, sort, a, b in wire.fields(start, end):
            if sort != BYTES:
                continue
            if number == 7:
                graph = self.graph(a, b, 0)
            elif number == 8:
                domain, version = self.pair(a, b)
                opset = version if domain in ("", "ai.onnx") else opset
            elif number == 25:
                key, function = self.function(a, b)
                functions[key] = function
            elif number == 2:
                producer = wire.text(a, b)[:60]
        return Model(graph, functions, opset, producer)

    def pair(self, start: int, end: int) -> tuple[str, int]:
        """The domain and version of an opset."""
        domain, version = "", 0
        for number, sort, a, b in self.wire.fields(start, end):
            if number == 1 and sort == BYTES:
                domain = self.wire.text(a, b)
            elif number == 2 and sort != BYTES:
                version = a
        return domain, version

    def graph(self, start: int, end: int, depth: int) -> Graph:
        if depth > _DEEPEST:
            raise ConvertError(f"more than {_DEEPEST} graphs, one inside another")
        wire, graph = self.wire, Graph()
        for number, sort, a, b in wire.fields(start, end):
            if sort != BYTES:
                continue
            if number == 1:
                graph.nodes.append(self.node(a, b, depth))
            elif number == 5:
                tensor = self.tensor(a, b)
                graph.tensors[tensor.name] = tensor
            elif number == 15:
                raise ConvertError("it has sparse tensors, which are not read")
            elif number == 11:
                graph.inputs.append(self.value(a, b))
            elif number == 12:
                graph.outputs.append(self.value(a, b))
            elif number == 2:
                graph.name = wire.text(a, b)
        return graph

    def function(self, start: int, end: int) -> tuple[tuple[str, str], Function]:
        wire = self.wire
        name = domain = ""
        inputs, outputs, nodes, attributes = [], [], [], {}
        for number, sort, a, b in wire.fields(start, end):
            if sort != BYTES:
                continue
            if number == 1:
                name = wire.text(a, b)
            elif number == 11:
                word, value = self.attribute(a, b, 1)
                attributes[word] = value
            elif number == 10:
                domain = wire.text(a, b)
            elif number == 4:
                inputs.append(wire.text(a, b))
            elif number == 5:
                outputs.append(wire.text(a, b))
            elif number == 7:
                nodes.append(self.node(a, b, 1))
        return (domain, name), Function(tuple(inputs), tuple(outputs), tuple(nodes), attributes)

    def node(self, start: int, end: int, depth: int) -> Node:  # noqa: C901  (a branch for each field)
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise ConvertError(f"more than {_MOST_NODES:,} nodes")
        wire = self.wire
        inputs, outputs, attributes = [], [], {}
        name = op = domain = ""
        said: dict[str, str] = {}
        for number, sort, a, b in wire.fields(start, end):
            if sort != BYTES:
                continue
            if number == 1:
                inputs.append(wire.text(a, b))
            elif number == 2:
                outputs.append(wire.text(a, b))
            elif number == 3:
                name = wire.text(a, b)
            elif number == 4:
                op = wire.text(a, b)
            elif number == 5:
                word, value = self.attribute(a, b, depth)
                attributes[word] = value
            elif number == 7:
                domain = wire.text(a, b)
            elif number == 9:
                key, text = self.entry(a, b)
                said[key] = text
        return Node(op, name, tuple(inputs), tuple(outputs), attributes, domain, *_beside(said))

    def entry(self, start: int, end: int) -> tuple[str, str]:
        """A key and a text."""
        words = ["", ""]
        for number, sort, a, b in self.wire.fields(start, end):
            if sort == BYTES and number in (1, 2):
                words[number - 1] = self.wire.text(a, b)
        return words[0], words[1]

    def attribute(self, start: int, end: int, depth: int) -> tuple[str, Any]:  # noqa: C901  (the same)
        """An attribute's name and value: a number, a text, a list, a tensor or a graph."""
        wire = self.wire
        name = ""
        value: Any = None
        ints: list[int] = []
        floats: list[float] = []
        texts: list[str] = []
        for number, sort, a, b in wire.fields(start, end):
            if number == 1 and sort == BYTES:
                name = wire.text(a, b)
            elif number == 3 and sort != BYTES:
                value = a
            elif number == 2 and sort != BYTES:
                value = wire.floats(sort, a, b)[0]
            elif number == 4 and sort == BYTES:
                value = wire.text(a, b)
            elif number == 5 and sort == BYTES:
                value = self.tensor(a, b)
            elif number == 6 and sort == BYTES:
                value = self.graph(a, b, depth + 1)
            elif number == 8:
                ints += wire.numbers(sort, a, b)
                value = ints
            elif number == 7:
                floats += wire.floats(sort, a, b)
                value = floats
            elif number == 9 and sort == BYTES:
                texts.append(wire.text(a, b))
                value = texts
            elif number == 21 and sort == BYTES:
                value = Given(wire.text(a, b))
            elif number == 20 and value is None:
                value = {6: [], 7: [], 8: []}.get(a)  # an empty list is written as its type alone
        return name, value

    def tensor(self, start: int, end: int) -> Tensor:  # noqa: C901  (the same)
        """A tensor's name and shape, and its numbers where there are few."""
        wire = self.wire
        name, dtype = "", 0
        dims: list[int] = []
        raw: tuple[int, int] | None = None
        typed: list[tuple[int, int, int, int]] = []
        for number, sort, a, b in wire.fields(start, end):
            if number == 1:
                dims += wire.numbers(sort, a, b)
            elif number == 2 and sort != BYTES:
                dtype = a
            elif number == 8 and sort == BYTES:
                name = wire.text(a, b)
            elif number == 9 and sort == BYTES:
                raw = (a, b)
            elif number in (4, 5, 7, 10, 11):
                if len(typed) <= _SMALL:
                    typed.append((number, sort, a, b))
            elif number == 13 and sort == BYTES:
                self.outside(*self.entry(a, b), name)
        found = Tensor(name, tuple(dims), dtype in FLOATS)
        size = prod(dims)
        if (dims and min(dims) < 0) or size > _LARGEST:
            shown = "x".join(map(str, dims[:8]))
            raise ConvertError(f"the tensor {quote(name)} has the shape {shown[:80]}")
        if size > (_FEW if found.floats else _SMALL):
            masks = raw is not None and dtype == 1 and len(dims) > 1 and self.masks(*raw)
            return found._replace(masks=True) if masks else found
        data = self.raw(dtype, *raw) if raw else self.typed(dtype, typed)
        if data is None or len(data) != size:
            return found
        masks = found.floats and size > 1 and any(abs(number) > _INFINITE for number in data)
        return Tensor(name, tuple(dims), found.floats, tuple(data), masks)

    def masks(self, a: int, b: int) -> bool:
        """Whether one of the first floats of a large tensor is as good as infinite."""
        count = min(_FEW, (b - a) // 4)
        numbers = struct.unpack(f"<{count}f", self.wire.data[a : a + 4 * count])
        return bool(numbers) and (max(numbers) > _INFINITE or min(numbers) < -_INFINITE)

    def outside(self, key: str, text: str, name: str) -> None:
        """A tensor in another file is not opened, and must not lie outside the folder of this one."""
        if key != "location":
            return
        parts = text.replace("\\", "/").split("/")
        if text.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            why = ("weights are never read; a file that points elsewhere is not to be trusted",)
            what = f"the tensor {quote(name)} is stored outside the folder of the file, in {quote(text)}"
            raise ConvertError(Problem(what, why))

    def raw(self, dtype: int, a: int, b: int) -> list[Any] | None:
        form = _FORMS.get(dtype)
        if dtype == 16:
            halves = struct.unpack(f"<{(b - a) // 2}H", self.wire.data[a : a + (b - a) // 2 * 2])
            return [struct.unpack("<f", (half << 16).to_bytes(4, "little"))[0] for half in halves]
        if form is None or b - a > 8 * _SMALL:
            return None
        count = (b - a) // struct.calcsize(form)
        return list(struct.unpack(f"<{count}{form}", self.wire.data[a : a + count * struct.calcsize(form)]))

    def typed(self, dtype: int, parts: list[tuple[int, int, int, int]]) -> list[Any] | None:
        found: list[Any] = []
        for number, sort, a, b in parts:
            if sort == BYTES and b - a > 10 * _SMALL:
                return None
            if number == 4:
                found += self.wire.floats(sort, a, b)
            elif number == 10:
                if sort != BYTES:
                    found.append(struct.unpack("<d", (a & (2**64 - 1)).to_bytes(8, "little"))[0])
                else:
                    found += struct.unpack(f"<{(b - a) // 8}d", self.wire.data[a : a + (b - a) // 8 * 8])
            else:
                found += self.wire.numbers(sort, a, b)
        if dtype == 10 and parts and parts[0][0] == 5:  # half floats as the bits of integers
            found = [struct.unpack("<e", (bits & 0xFFFF).to_bytes(2, "little"))[0] for bits in found]
        return found

    def value(self, start: int, end: int) -> Value:
        """An input or output."""
        wire = self.wire
        name, dims, floats, told = "", None, True, ""
        for number, sort, a, b in wire.fields(start, end):
            if sort != BYTES:
                continue
            if number == 1:
                name = wire.text(a, b)
            elif number == 2:
                for inner, kind, c, d in wire.fields(a, b):
                    if inner == 1 and kind == BYTES:
                        dims, floats = self.tensor_type(c, d)
            elif number == 4:
                key, text = self.entry(a, b)
                told = text if key == OURS else told
        return Value(name, dims, floats, told)

    def tensor_type(self, start: int, end: int) -> tuple[tuple[int | str | None, ...] | None, bool]:
        wire = self.wire
        dims: list[int | str | None] | None = None
        dtype = 0
        for number, sort, a, b in wire.fields(start, end):
            if number == 1 and sort != BYTES:
                dtype = a
            elif number == 2 and sort == BYTES:
                dims = []
                for inner, kind, c, d in wire.fields(a, b):
                    if inner == 1 and kind == BYTES:
                        dims.append(self.dim(c, d))
        return (None if dims is None else tuple(dims)), dtype in FLOATS

    def dim(self, start: int, end: int) -> int | str | None:
        found: int | str | None = None
        for number, sort, a, b in self.wire.fields(start, end):
            if number == 1 and sort != BYTES:
                found = a
            elif number == 2 and sort == BYTES:
                found = self.wire.text(a, b) or None
        if isinstance(found, int) and not 0 < found <= _LARGEST:
            return None
        return found


def _beside(said: Mapping[str, str]) -> tuple[Any, ...]:
    """What an exporter wrote beside a node, as the last fields of one."""
    if not said:
        return ()
    rewritten = said.get(_REWRITTEN, "")
    return (
        _listed(said.get(_SCOPES, "")),
        _listed(said.get(_CLASSES, "")),
        "FuseBatchNorm" in rewritten,
        "RemoveOptionalBias" in rewritten and "_bias" in said.get(_CALL, ""),
        said.get(OURS, ""),
    )


def _listed(text: str) -> tuple[str, ...]:
    """The words of a list as PyTorch writes it: `['', 'layer1', 'layer1.0']`."""
    if not text or len(text) > _LONGEST:
        return ()
    return tuple(part.strip(" '\"") for part in text.strip("[] ").split(","))
