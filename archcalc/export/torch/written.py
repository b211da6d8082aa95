"""Classes and functions that are written into a file, where PyTorch has none: its text, never imported here.

Each stands on its own, but for those that it names.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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


class LayerScale(nn.Module):
    """Each channel times a gain of its own; `places` axes stand after the channels."""

    def __init__(self, channels: int, places: int = 0, init: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(
            torch.full((channels, *(1 for _ in range(places))), init)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


class PositionEmbedding(nn.Embedding):
    """A learned vector for each place of a sequence."""

    def forward(self, x: Tensor) -> Tensor:
        places = torch.arange(x.shape[1], device=x.device)
        return super().forward(places.unsqueeze(0))


class SinusoidalPosition(nn.Module):
    """Sines and cosines of each place of a sequence, as in Vaswani et al. 2017."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features

    def forward(self, x: Tensor) -> Tensor:
        i = torch.arange(self.features, device=x.device)
        places = torch.arange(x.shape[1], device=x.device).unsqueeze(1)
        angles = places / 10000.0 ** ((i - i % 2) / self.features)
        return torch.where(i % 2 == 0, angles.sin(), angles.cos()).unsqueeze(0)


class Attention(nn.Module):
    """Each head gives a place the mean of all values, weighted by softmax of query times key."""

    def __init__(
        self,
        features: int,
        num_heads: int,
        *,
        num_kv_heads: int | None = None,
        head_dim: int | None = None,
        key_features: int | None = None,
        value_features: int | None = None,
        out_features: int | None = None,
        qkv_bias: bool = True,
        out_bias: bool = True,
        scale: float | None = None,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.head_dim = head_dim or features // num_heads
        self.scale = scale
        self.causal = causal
        inner = num_heads * self.head_dim
        pairs = (num_kv_heads or num_heads) * self.head_dim
        key_features = key_features or features
        self.q = nn.Linear(features, inner, bias=qkv_bias)
        self.k = nn.Linear(key_features, pairs, bias=qkv_bias)
        self.v = nn.Linear(value_features or key_features, pairs, bias=qkv_bias)
        self.out = nn.Linear(inner, out_features or features, bias=out_bias)

    def heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)

    def forward(
        self,
        query: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
    ) -> Tensor:
        key = query if key is None else key
        value = key if value is None else value
        q, k, v = (
            self.heads(self.q(query)),
            self.heads(self.k(key)),
            self.heads(self.v(value)),
        )
        y = self.mixed(q, k, v)
        return self.out(y.transpose(1, 2).flatten(2))

    def mixed(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(
            q,
            k,
            v,
            is_causal=self.causal,
            scale=self.scale,
            enable_gqa=q.shape[1] != k.shape[1],
        )


class PlacedAttention(Attention):
    """Attention that goes by places: in a window, turned by rotary angles, or by distance."""

    def __init__(
        self,
        features: int,
        num_heads: int,
        *,
        window_size: int | None = None,
        rotary: bool = False,
        relative_buckets: int | None = None,
        max_distance: int = 128,
        **options: int | bool | None,
    ) -> None:
        super().__init__(features, num_heads, **options)  # type: ignore[arg-type]
        self.window_size = window_size
        self.rotary = rotary
        self.max_distance = max_distance
        self.relative = (
            nn.Embedding(relative_buckets, num_heads) if relative_buckets else None
        )

    def mixed(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        if self.rotary:
            q, k = self.turned(q), self.turned(k)
        ahead = torch.arange(k.shape[2], device=q.device)
        ahead = ahead - torch.arange(q.shape[2], device=q.device).unsqueeze(1)
        hidden = torch.zeros_like(ahead, dtype=torch.bool)
        if self.causal:
            hidden = ahead > 0
        if self.window_size is not None:
            hidden = hidden | (ahead.abs() >= self.window_size)
        added = torch.zeros_like(ahead, dtype=q.dtype)
        if self.relative is not None:
            added = self.relative(self.buckets(ahead)).permute(2, 0, 1)
        return F.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=added.masked_fill(hidden, -torch.inf),
            scale=self.scale,
            enable_gqa=q.shape[1] != k.shape[1],
        )

    def turned(self, x: Tensor) -> Tensor:
        half = x.shape[-1] // 2
        places = torch.arange(x.shape[2], device=x.device, dtype=x.dtype).unsqueeze(1)
        turns = torch.arange(half, device=x.device, dtype=x.dtype) / half
        angles = (places * 10000.0**-turns).repeat(1, 2)
        a, b = x.chunk(2, -1)
        return x * angles.cos() + torch.cat([-b, a], -1) * angles.sin()

    def buckets(self, ahead: Tensor) -> Tensor:
        assert self.relative is not None
        rows, side = self.relative.num_embeddings, torch.zeros_like(ahead)
        distance = (-ahead).clamp(min=0)
        if not self.causal:
            rows //= 2
            distance, side = ahead.abs(), (ahead > 0) * rows
        near = rows // 2
        far = torch.log(distance.clamp(min=1).double() / near)
        far = far / math.log(self.max_distance / near) * (rows - near)
        far = (near + far.long()).clamp(max=rows - 1)
        return side + torch.where(distance < near, distance, far)


def single_bias(rnn: nn.RNNBase) -> None:
    """Leave a recurrence one bias for each gate: the other is held at zero."""
    for name in [
        name for name, _ in rnn.named_parameters() if name.startswith("bias_hh")
    ]:
        zeros = torch.zeros_like(getattr(rnn, name)).detach()
        delattr(rnn, name)
        rnn.register_buffer(name, zeros, persistent=False)
    rnn._init_flat_weights()  # noqa: SLF001


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
