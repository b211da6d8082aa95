"""Distances, sums, gains, and branches that training drops."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Rbf(nn.Module):
    """The squared distance of the input to the code of each unit."""

    def __init__(self, codes: Tensor, *, trainable: bool = True) -> None:
        super().__init__()
        self.codes = nn.Parameter(codes, requires_grad=trainable)

    def forward(self, x: Tensor) -> Tensor:
        codes = self.codes.reshape(*self.codes.shape, *(1 for _ in x.shape[2:]))
        return (x.unsqueeze(1) - codes).square().sum(2)


def pictures(*rows: str) -> Tensor:
    """Pictures that stand side by side, as codes: 1 where there is ink, -1 elsewhere."""
    marks = [
        "".join(row.split()[i] for row in rows) for i in range(len(rows[0].split()))
    ]
    return torch.tensor(
        [[1.0 if mark == "X" else -1.0 for mark in code] for code in marks]
    )


class TransposedLinear(nn.Module):
    """A weighted sum by weights that lie turned over, so that they may be another layer's."""

    def __init__(
        self, in_features: int, out_features: int, *, bias: bool = True
    ) -> None:
        super().__init__()
        bound = in_features**-0.5
        weight = torch.empty(in_features, out_features).uniform_(-bound, bound)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.T, self.bias)


class LayerScale(nn.Module):
    """Each channel times a gain of its own; `places` axes stand after the channels."""

    def __init__(self, channels: int, places: int = 0, init: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(
            torch.full((channels, *(1 for _ in range(places))), init)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


class DropPath(nn.Module):
    """In training, an example skips this branch with probability p."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        kept = torch.empty(x.shape[0], *(1 for _ in x.shape[1:]), device=x.device)
        return x * kept.bernoulli_(1 - self.p) / (1 - self.p)
