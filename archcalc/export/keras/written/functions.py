"""Functions of numbers: sizes that are rounded, activations, gates."""

from __future__ import annotations

from keras import ops


def round_to(value: int, multiple: int) -> int:
    """The nearest multiple, and one more where it fell below 90 % of the value."""
    rounded = max(multiple, (2 * value + multiple) // (2 * multiple) * multiple)
    return rounded + multiple if 10 * rounded < 9 * value else rounded


def lecun_tanh(x):
    """1.7159 tanh(2/3 x), as in LeCun et al. 1998."""
    return 1.7159 * ops.tanh(2 / 3 * x)


def reglu(x, axis=-1):
    """One half of the channels, where the other is above zero, times that."""
    a, b = ops.split(x, 2, axis)
    return a * ops.relu(b)


def geglu(x, axis=-1):
    """One half of the channels times the GELU of the other."""
    a, b = ops.split(x, 2, axis)
    return a * ops.gelu(b, approximate=False)


def swiglu(x, axis=-1):
    """One half of the channels times the SiLU of the other."""
    a, b = ops.split(x, 2, axis)
    return a * ops.silu(b)
