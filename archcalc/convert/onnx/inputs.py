"""The inputs of a file: without their batch, their axes by who reads them, sizes that are open as symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.convert.onnx import groups
from archcalc.convert.onnx.values import Const, Flow
from archcalc.errors import ConvertError, Problem, quote

if TYPE_CHECKING:
    from archcalc.convert.onnx.file import Value as Declared
    from archcalc.convert.onnx.reader import Reader
    from archcalc.convert.onnx.values import Value

_USUAL = {"H": 224, "W": 224, "D": 16, "T": 128, "C": 16}
"""Sizes of axes that a file leaves open and nobody sets."""


def value(reader: Reader, given: Declared) -> Value:
    """An input of the network, without its batch."""
    dims = given.dims
    if dims is None:
        raise ConvertError(Problem(f"{quote(reader.path)}: the input {quote(given.name)} has no shape"))
    if len(dims) > 5:
        what = f"{quote(reader.path)}: the input {quote(given.name)} has {len(dims)} dimensions"
        raise ConvertError(Problem(what, ("a batch and one to four more are read",)))
    if not dims:
        return Const((), None, given.floats)
    axes = axes_of(reader, given)
    sizes: list[int] = []
    pairs: list[tuple[str, int]] = []
    symbols: dict[str, str] = {}
    for dim, axis in zip(dims, axes, strict=True):
        if axis is None:
            reader.batch = dim if isinstance(dim, int) else 1
            sizes.append(reader.batch)
            continue
        size = dim if isinstance(dim, int) else read_by(reader, given) if axis == "C" else 0
        if not size:
            symbol = symbols[axis] = symbol_of(reader, str(dim or axis), axis)
            size = reader.out.symbols.get(symbol) or reader.sizes.get(symbol) or _USUAL.get(axis, 16)
        sizes.append(size)
        pairs.append((axis, size))
    if not pairs:
        return Const(tuple(sizes), None, given.floats)
    source = reader.out.input(
        given.name, pairs, indices=not given.floats and len(pairs) == 1, symbols=symbols
    )
    return Flow(source, tuple(sizes), axes)


def read_by(reader: Reader, given: Declared) -> int:
    """How many channels an input has by the weights of what reads it; 0 where they do not say."""
    for node in reader.readers.get(given.name, []):
        stored = reader.graph.tensors.get(node.inputs[1]) if len(node.inputs) > 1 else None
        if stored is not None and len(stored.dims) > 1 and node.inputs[0] == given.name:
            count = node.attributes.get("group", 1)
            if node.op == "Conv" and isinstance(count, int):
                return stored.dims[1] * count
            if node.op in ("Gemm", "MatMul"):
                return stored.dims[bool(node.attributes.get("transB"))]
    return 0


def symbol_of(reader: Reader, name: str, axis: str) -> str:
    """A dimension's name as a symbol of the language."""
    from archcalc.expressions import is_name

    plain = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in name)
    if not is_name(plain):
        plain = axis
    reader.opened[plain] = axis
    return plain


def axes_of(reader: Reader, given: Declared) -> tuple[str | None, ...]:
    """The names of an input's axes, by its rank and by who reads it; the batch has none."""
    rank = len(given.dims or ())
    ours = groups.axes(given)
    if ours is not None:
        return None, *ours
    users = reader.readers.get(given.name, [])
    first = {node.op for node in users}
    if rank == 4:
        turned = any(node.op == "Transpose" and node.attributes.get("perm") == [0, 3, 1, 2] for node in users)
        return (None, "H", "W", "C") if turned else (None, "C", "H", "W")
    if rank == 3 and first & {"LSTM", "GRU", "RNN"}:
        return "T", None, "C"
    if rank == 3 and first & {"Conv", "BatchNormalization", "MaxPool", "AveragePool", "GlobalAveragePool"}:
        return None, "C", "T"
    return {
        1: ("T",) if not given.floats else ("C",),
        2: (None, "C") if given.floats else (None, "T"),
        3: (None, "T", "C"),
        5: (None, "C", "D", "H", "W"),
    }[rank]
