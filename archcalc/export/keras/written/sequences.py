"""Places, attention and recurrence."""

from __future__ import annotations

import math

from keras import layers, ops


class PositionEmbedding(layers.Layer):
    """A learned vector for each place of a sequence."""

    def __init__(self, places, features):
        super().__init__()
        self.embeddings = self.add_weight(
            shape=(places, features), initializer="uniform"
        )

    def call(self, x):
        return ops.expand_dims(self.embeddings[: x.shape[1]], 0)


class SinusoidalPosition(layers.Layer):
    """Sines and cosines of each place of a sequence, as in Vaswani et al. 2017."""

    def __init__(self, features):
        super().__init__()
        self.features = features

    def call(self, x):
        i = ops.arange(self.features)
        places = ops.cast(
            ops.expand_dims(ops.arange(x.shape[1]), 1), self.compute_dtype
        )
        angles = places / 10000.0 ** (
            ops.cast(i - i % 2, self.compute_dtype) / self.features
        )
        return ops.expand_dims(
            ops.where(i % 2 == 0, ops.sin(angles), ops.cos(angles)), 0
        )


class Attention(layers.Layer):
    """Each head gives a place the mean of values, weighted by softmax of the scores."""

    def __init__(
        self,
        features,
        num_heads,
        *,
        num_kv_heads=None,
        head_dim=None,
        out_features=None,
        qkv_bias=True,
        out_bias=True,
        scale=None,
        causal=False,
    ):
        super().__init__()
        self.num_heads = num_heads
        self.head_dim = head_dim or features // num_heads
        self.scale = scale or self.head_dim**-0.5
        self.causal = causal
        pairs = (num_kv_heads or num_heads) * self.head_dim
        self.q = layers.Dense(num_heads * self.head_dim, use_bias=qkv_bias)
        self.k = layers.Dense(pairs, use_bias=qkv_bias)
        self.v = layers.Dense(pairs, use_bias=qkv_bias)
        self.out = layers.Dense(out_features or features, use_bias=out_bias)

    def heads(self, x):
        x = ops.reshape(x, (-1, x.shape[1], x.shape[2] // self.head_dim, self.head_dim))
        return ops.transpose(x, (0, 2, 1, 3))

    def call(self, query, key=None, value=None):
        key = query if key is None else key
        value = key if value is None else value
        q, k, v = (
            self.heads(self.q(query)),
            self.heads(self.k(key)),
            self.heads(self.v(value)),
        )
        q, k = self.placed(q, k)
        each = q.shape[1] // k.shape[1]
        k, v = (ops.repeat(x, each, axis=1) if each > 1 else x for x in (k, v))
        scores = ops.matmul(q, ops.swapaxes(k, -2, -1)) * self.scale
        ahead = ops.arange(k.shape[2]) - ops.expand_dims(ops.arange(q.shape[2]), 1)
        scores = self.hidden(scores, ahead)
        y = ops.transpose(ops.matmul(ops.softmax(scores), v), (0, 2, 1, 3))
        return self.out(ops.reshape(y, (-1, y.shape[1], y.shape[2] * y.shape[3])))

    def placed(self, q, k):
        return q, k

    def hidden(self, scores, ahead):
        return ops.where(ahead > 0, -math.inf, scores) if self.causal else scores


class PlacedAttention(Attention):
    """Attention by places: in a window, turned by rotary angles, or by distance."""

    def __init__(
        self,
        features,
        num_heads,
        *,
        window_size=None,
        rotary=False,
        relative_buckets=None,
        max_distance=128,
        **options,
    ):
        super().__init__(features, num_heads, **options)
        self.window_size = window_size
        self.rotary = rotary
        self.max_distance = max_distance
        self.relative = None  # a table of distances, its own or another layer's
        if relative_buckets:
            self.relative = layers.Embedding(relative_buckets, num_heads)

    def placed(self, q, k):
        return (self.rotated(q), self.rotated(k)) if self.rotary else (q, k)

    def hidden(self, scores, ahead):
        if self.relative is not None:
            rows = self.relative(self.buckets(ahead))
            scores = scores + ops.transpose(rows, (2, 0, 1))
        scores = super().hidden(scores, ahead)
        if self.window_size is not None:
            scores = ops.where(ops.abs(ahead) >= self.window_size, -math.inf, scores)
        return scores

    def rotated(self, x):
        half = x.shape[-1] // 2
        places = ops.cast(ops.expand_dims(ops.arange(x.shape[2]), 1), x.dtype)
        turns = ops.cast(ops.arange(half), x.dtype) / half
        angles = ops.tile(places * 10000.0**-turns, (1, 2))
        a, b = ops.split(x, 2, axis=-1)
        return x * ops.cos(angles) + ops.concatenate([-b, a], axis=-1) * ops.sin(angles)

    def buckets(self, ahead):
        rows, side = self.relative.input_dim, ops.zeros_like(ahead)
        distance = ops.maximum(-ahead, 0)
        if not self.causal:
            rows //= 2
            distance = ops.abs(ahead)
            side = ops.cast(ahead > 0, ahead.dtype) * rows
        near = rows // 2
        far = ops.log(ops.cast(ops.maximum(distance, 1), "float64") / near)
        far = far / math.log(self.max_distance / near) * (rows - near)
        far = ops.minimum(near + ops.cast(far, ahead.dtype), rows - 1)
        return side + ops.where(distance < near, distance, far)


class Recurrent(layers.Layer):
    """A recurrence, layer by layer, in one direction or from both ends."""

    gates = 1

    def __init__(
        self,
        units,
        *,
        num_layers=1,
        bidirectional=False,
        bias=2,
        proj_size=None,
        relu=False,
        last=False,
    ):
        super().__init__()
        self.units = units
        self.given = proj_size or units
        self.passes = [
            (layer, end)
            for layer in range(num_layers)
            for end in (("", "_reverse") if bidirectional else ("",))
        ]
        self.bias = bias
        self.proj_size = proj_size
        self.relu = relu
        self.last = last

    def build(self, shape):
        rows, ends = self.gates * self.units, 1 + any(end for _, end in self.passes)
        for layer, end in self.passes:
            name = f"_l{layer}{end}"
            read = shape[-1] if layer == 0 else ends * self.given
            shapes = {"weight_ih": (rows, read), "weight_hh": (rows, self.given)}
            shapes |= dict.fromkeys(("bias_ih", "bias_hh")[: self.bias], (rows,))
            if self.proj_size:
                shapes["weight_hr"] = (self.proj_size, self.units)
            for word, sizes in shapes.items():
                setattr(self, word + name, self.add_weight(shape=sizes))

    def call(self, x):
        last = []
        ends = 1 + any(end for _, end in self.passes)
        for i in range(0, len(self.passes), ends):
            both = [self.run(x, *self.passes[i + j]) for j in range(ends)]
            last = [y[:, 0 if j else -1] for j, y in enumerate(both)]
            x = ops.concatenate(both, axis=-1)
        return ops.concatenate(last, axis=-1) if self.last else x

    def run(self, x, layer, end):
        name = f"_l{layer}{end}"
        bias_ih = getattr(self, "bias_ih" + name) if self.bias else 0.0
        bias_hh = getattr(self, "bias_hh" + name) if self.bias > 1 else 0.0
        into = ops.transpose(getattr(self, "weight_ih" + name))
        again = ops.transpose(getattr(self, "weight_hh" + name))
        h = ops.zeros_like(x[:, 0, :1]) + ops.zeros((self.given,), x.dtype)
        cell = ops.zeros_like(x[:, 0, :1]) + ops.zeros((self.units,), x.dtype)
        steps = range(x.shape[1])
        given = []
        for t in reversed(steps) if end else steps:
            read = ops.matmul(x[:, t], into) + bias_ih
            kept = ops.matmul(h, again) + bias_hh
            h, cell = self.step(read, kept, h, cell)
            if self.proj_size:
                h = ops.matmul(h, ops.transpose(getattr(self, "weight_hr" + name)))
            given.append(h)
        return ops.stack(given[::-1] if end else given, axis=1)


class Rnn(Recurrent):
    """Each step gives tanh of sums of the input and of what the step before gave."""

    def step(self, read, kept, h, cell):
        return (ops.relu if self.relu else ops.tanh)(read + kept), cell


class Gru(Recurrent):
    """Two gates say how much of the state is read, and how much of it is kept."""

    gates = 3

    def step(self, read, kept, h, cell):
        r, z, new = ops.split(read, 3, axis=-1)
        r_kept, z_kept, new_kept = ops.split(kept, 3, axis=-1)
        r, z = ops.sigmoid(r + r_kept), ops.sigmoid(z + z_kept)
        return (1 - z) * ops.tanh(new + r * new_kept) + z * h, cell


class Lstm(Recurrent):
    """A cell beside the state is written, kept and read through gates."""

    gates = 4

    def step(self, read, kept, h, cell):
        i, f, new, o = ops.split(read + kept, 4, axis=-1)
        cell = ops.sigmoid(f) * cell + ops.sigmoid(i) * ops.tanh(new)
        return ops.sigmoid(o) * ops.tanh(cell), cell
