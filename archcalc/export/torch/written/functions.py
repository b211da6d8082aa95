"""Functions of numbers: sizes that are rounded, activations, gates."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def round_to(value: int, multiple: int) -> int:
    """The nearest multiple, and one more where it fell below 90 % of the value."""
    rounded = max(multiple, (2 * value + multiple) // (2 * multiple) * multiple)
    return rounded + multiple if 10 * rounded < 9 * value else rounded


def lecun_tanh(x: Tensor) -> Tensor:
    """1.7159 tanh(2/3 x), as in LeCun et al. 1998."""
    return 1.7159 * torch.tanh(2 / 3 * x)


def reglu(x: Tensor, dim: int = -1) -> Tensor:
    """One half of the channels, where the other is above zero, times that."""
    a, b = x.chunk(2, dim)
    return a * torch.relu(b)


def geglu(x: Tensor, dim: int = -1) -> Tensor:
    """One half of the channels times the GELU of the other."""
    a, b = x.chunk(2, dim)
    return a * F.gelu(b)


def swiglu(x: Tensor, dim: int = -1) -> Tensor:
    """One half of the channels times the SiLU of the other."""
    a, b = x.chunk(2, dim)
    return a * F.silu(b)
