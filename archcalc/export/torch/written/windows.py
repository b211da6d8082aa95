"""Convolutions and pools that PyTorch lacks."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def pad_same(
    x: Tensor,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    value: float = 0.0,
) -> Tensor:
    """As much around the maps as a window takes for a place at each stride-th cell."""
    pads: list[int] = []
    for size, k, s in zip(x.shape[:1:-1], kernel[::-1], stride[::-1], strict=True):
        need = max((-(-size // s) - 1) * s + k - size, 0)
        pads += [need // 2, need - need // 2]
    return F.pad(x, pads, value=value)


class Subsample2d(nn.Module):
    """The sum of a window, times one trainable coefficient, plus one bias, for each map."""

    def __init__(
        self, channels: int, kernel_size: tuple[int, int], stride: tuple[int, int]
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        area = kernel_size[0] * kernel_size[1]
        self.coefficient = nn.Parameter(torch.full((channels, 1, 1), 1 / area))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(x, self.kernel_size, self.stride, divisor_override=1)
        return self.coefficient * x + self.bias


class TableConv(nn.Module):
    """A convolution whose output maps see only some input maps: for each a list of them."""

    outputs: Tensor
    inputs: Tensor

    def __init__(
        self,
        in_channels: int,
        table: list[list[int]],
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...] | int = 1,
        padding: tuple[int, ...] | int = 0,
        dilation: tuple[int, ...] | int = 1,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.table = table
        self.shape = (len(table), in_channels, *kernel_size)
        self.how = (stride, padding, dilation)
        seen = torch.tensor([(o, i) for o, maps in enumerate(table) for i in maps])
        self.register_buffer("outputs", seen[:, 0], persistent=False)
        self.register_buffer("inputs", seen[:, 1], persistent=False)
        bounds = [
            (len(maps) * math.prod(kernel_size)) ** -0.5 for maps in table for _ in maps
        ]
        windows = torch.empty(len(seen), *kernel_size).uniform_(-1, 1)
        scale = torch.tensor(bounds).reshape(-1, *(1 for _ in kernel_size))
        self.weight = nn.Parameter(scale * windows)
        self.bias = nn.Parameter(torch.zeros(len(table))) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        pairs = (self.outputs, self.inputs)
        weight = self.weight.new_zeros(self.shape).index_put(pairs, self.weight)
        convolution = (F.conv1d, F.conv2d, F.conv3d)[len(self.shape) - 3]
        return convolution(x, weight, self.bias, *self.how)


class LocallyConnected(nn.Module):
    """A convolution with weights of its own at each place."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        places: tuple[int, ...],
        stride: tuple[int, ...],
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.places = places
        self.stride = stride
        bound = (in_channels * math.prod(kernel_size)) ** -0.5
        weight = torch.empty(out_channels, in_channels, *kernel_size, *places)
        self.weight = nn.Parameter(weight.uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(out_channels, *places)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        for i, (k, s) in enumerate(zip(self.kernel_size, self.stride, strict=True)):
            x = x.unfold(i + 2, k, s)
        rank = len(self.places)
        x = x.flatten(2, rank + 1).flatten(3)
        weight = self.weight.flatten(2, rank + 1).flatten(3)
        y = torch.einsum("ncpk,ockp->nop", x, weight).unflatten(2, self.places)
        return y if self.bias is None else y + self.bias


class AveragePool(nn.Module):
    """The mean of a window, with cells around the maps that may count, and beyond that do not."""

    def __init__(
        self,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        pads: tuple[int, ...],
        beyond: tuple[int, ...],
        *,
        counted: bool,
    ) -> None:
        super().__init__()
        self.window = (kernel_size, stride)
        self.pads = pads
        self.beyond = beyond
        self.counted = float(counted)

    def forward(self, x: Tensor) -> Tensor:
        pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(self.pads) // 2 - 1]
        cells = F.pad(torch.ones_like(x), self.pads, value=self.counted)
        means = pool(F.pad(F.pad(x, self.pads), self.beyond), *self.window)
        return means / pool(F.pad(cells, self.beyond), *self.window)


def stochastic_pool2d(
    x: Tensor, kernel: tuple[int, int], stride: tuple[int, int]
) -> Tensor:
    """The mean of a window, each input weighted by its share of the window's sum."""
    sums = F.avg_pool2d(x, kernel, stride, divisor_override=1)
    squares = F.avg_pool2d(x * x, kernel, stride, divisor_override=1)
    return squares / sums.clamp(min=max(1e-300, torch.finfo(x.dtype).tiny))


def median_pool2d(
    x: Tensor, kernel: tuple[int, int], stride: tuple[int, int]
) -> Tensor:
    """The middle of a window's inputs in the order of their size; of two, the lower."""
    windows = x.unfold(2, kernel[0], stride[0]).unfold(3, kernel[1], stride[1])
    return windows.flatten(-2).median(-1).values


class MixedPool2d(nn.Module):
    """A learned mix of the largest input under a window and the mean."""

    def __init__(
        self, mixes: int, kernel_size: tuple[int, int], stride: tuple[int, int]
    ) -> None:
        super().__init__()
        self.window = (kernel_size, stride)
        self.mix = nn.Parameter(torch.full((mixes, 1, 1), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        largest, mean = F.max_pool2d(x, *self.window), F.avg_pool2d(x, *self.window)
        return self.mix * largest + (1 - self.mix) * mean
