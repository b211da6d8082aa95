"""The figures that archcalc knows: what each is called, what it is counted in, whether it adds up."""

from __future__ import annotations

from typing import NamedTuple


class Quantity(NamedTuple):
    """A figure of a layer, a block or a network."""

    name: str  # in specs, claims and columns
    header: str  # over a column
    unit: str  # of what it counts, in the plural; nothing for a shape
    about: str
    adds: bool = False  # a total is the sum of its rows
    counted: bool = False  # every row of a report holds it
    sized: bool = False  # in bytes, so it depends on the dtype


_ALL = (
    Quantity("output", "output", "", "the shape of one example"),
    Quantity("params", "params", "scalars", "trainable scalars", True, True),
    Quantity("fixed", "fixed", "scalars", "scalars that are stored and not trained", True, True),
    Quantity("connections", "connections", "links", "links into units, biases included", True, True),
    Quantity("neurons", "neurons", "units", "units that the layer computes", True, True),
    Quantity("macs", "MACs", "multiply-accumulates", "multiply-accumulates for one example", True, True),
    Quantity("flops", "FLOPs", "operations", "floating-point operations for one example", True, True),
    Quantity("receptive_field", "receptive field", "", "cells of the input that a unit sees"),
    Quantity("effective_stride", "effective stride", "", "cells of the input from unit to unit"),
    Quantity("effective_padding", "effective padding", "", "cells that the first unit sees before the input"),
    Quantity(
        "training_macs", "training MACs", "multiply-accumulates", "forward and both kinds of gradient", True
    ),
    Quantity("weights", "weights", "bytes", "trainable and fixed scalars in memory", True, sized=True),
    Quantity("peak", "peak", "bytes", "the most that activations take at once", sized=True),
    Quantity("kept", "kept", "bytes", "activations that are kept for the backward pass", sized=True),
    Quantity("training", "training", "bytes", "weights, gradients, Adam's two moments, and kept", sized=True),
    Quantity("layers", "layers", "layers", "rows of the report"),
)
TABLE = {quantity.name: quantity for quantity in _ALL}
"""Every figure by its name, in the order in which they are listed."""
NAMES = tuple(TABLE)
COUNTED = tuple(name for name, quantity in TABLE.items() if quantity.counted)
"""Figures that every row holds, and whose totals are sums of the rows."""
CONVENTIONAL = ("params", "macs", "flops")
"""Figures that other tools count in other ways, so that a convention says how."""
REFERENCE = "reference"
"""The convention by which everything is counted where none is named."""
SIZED = tuple(name for name, quantity in TABLE.items() if quantity.sized)
"""Figures in bytes."""


def header(name: str) -> str:
    """What a figure is called; an axis of an output, such as H, by itself."""
    return TABLE[name].header if name in TABLE else name


def unit(name: str) -> str:
    """What a figure counts, in the plural; nothing for a shape."""
    return TABLE[name].unit if name in TABLE else "cells"


BITS = {
    "float64": 64, "float32": 32, "float16": 16, "bfloat16": 16, "float8": 8, "int32": 32, "int16": 16,
    "int8": 8, "uint8": 8, "int4": 4,
}  # fmt: skip
"""Bits of a number, by dtype."""
ALIASES = {
    "double": "float64", "fp64": "float64", "float": "float32", "fp32": "float32", "single": "float32",
    "half": "float16", "fp16": "float16", "bf16": "bfloat16", "fp8": "float8", "i8": "int8", "u8": "uint8",
}  # fmt: skip
"""Other names of dtypes."""
