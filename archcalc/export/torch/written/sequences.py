"""Places, attention and recurrence."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
