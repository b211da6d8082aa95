"""Classes and functions that are written into a file, where Keras has none: never imported here.

Each stands on its own, but for those that it names. Maps come first.
"""

from __future__ import annotations

import math

import keras
from keras import layers, ops


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


def around(x, padding, value=0.0):
    """Cells around maps: so many, or so many along each axis, or pairs of both ends."""
    sides = padding if isinstance(padding, tuple) else (padding,) * (len(x.shape) - 2)
    pairs = [side if isinstance(side, tuple) else (side, side) for side in sides]
    return ops.pad(x, [(0, 0), (0, 0), *pairs], constant_values=value)


class PaddedConv1D(layers.Conv1D):
    """A convolution with as many cells of zeros before and after as one says."""

    def __init__(self, filters, kernel_size, *, padding, **options):
        super().__init__(filters, kernel_size, **options)
        self.cells = padding

    def build(self, shape):
        super().build((*shape[:2], None))

    def call(self, x):
        return super().call(around(x, self.cells))


class PaddedConv2D(layers.Conv2D):
    """A convolution with as many cells of zeros around the maps as one says."""

    def __init__(self, filters, kernel_size, *, padding, **options):
        super().__init__(filters, kernel_size, **options)
        self.cells = padding

    def build(self, shape):
        super().build((*shape[:2], None, None))

    def call(self, x):
        return super().call(around(x, self.cells))


class PaddedConv3D(layers.Conv3D):
    """A convolution with as many cells of zeros around the volumes as one says."""

    def __init__(self, filters, kernel_size, *, padding, **options):
        super().__init__(filters, kernel_size, **options)
        self.cells = padding

    def build(self, shape):
        super().build((*shape[:2], None, None, None))

    def call(self, x):
        return super().call(around(x, self.cells))


class PaddedDepthwiseConv1D(layers.DepthwiseConv1D):
    """A depthwise convolution with as many zeros before and after as one says."""

    def __init__(self, kernel_size, *, padding, **options):
        super().__init__(kernel_size, **options)
        self.cells = padding

    def build(self, shape):
        super().build((*shape[:2], None))

    def call(self, x):
        return super().call(around(x, self.cells))


class PaddedDepthwiseConv2D(layers.DepthwiseConv2D):
    """A depthwise convolution with as many zeros around the maps as one says."""

    def __init__(self, kernel_size, *, padding, **options):
        super().__init__(kernel_size, **options)
        self.cells = padding

    def build(self, shape):
        super().build((*shape[:2], None, None))

    def call(self, x):
        return super().call(around(x, self.cells))


class TableConv(layers.Layer):
    """A convolution in which a table says which input maps each output map sees."""

    def __init__(
        self,
        table,
        *,
        in_channels,
        kernel_size,
        strides,
        dilation_rate,
        padding=0,
        use_bias=True,
    ):
        super().__init__()
        self.links = [[i, o] for o, maps in enumerate(table) for i in maps]
        self.sizes = (in_channels, len(table), *kernel_size)
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.cells = padding
        self.use_bias = use_bias

    def build(self, shape):
        self.kernel = self.add_weight(shape=(len(self.links), *self.sizes[2:]))
        if self.use_bias:
            places = (1 for _ in self.sizes[2:])
            self.bias = self.add_weight(
                shape=(self.sizes[1], *places), initializer="zeros"
            )

    def call(self, x):
        kernel = ops.scatter(self.links, self.kernel, self.sizes)
        kernel = ops.transpose(kernel, (*range(2, len(self.sizes)), 0, 1))
        same = self.cells == "same"
        x = ops.conv(
            x if same else around(x, self.cells),
            kernel,
            self.strides,
            padding="same" if same else "valid",
            data_format="channels_first",
            dilation_rate=self.dilation_rate,
        )
        return x + self.bias if self.use_bias else x


class Subsample2D(layers.Layer):
    """For each map the sum of a window, times a trained coefficient, plus a bias."""

    def __init__(self, pool_size, strides):
        super().__init__()
        self.pool_size = pool_size
        self.strides = strides

    def build(self, shape):
        self.coefficient = self.add_weight(shape=(shape[1], 1, 1))
        self.bias = self.add_weight(shape=(shape[1], 1, 1), initializer="zeros")

    def call(self, x):
        means = ops.average_pool(
            x, self.pool_size, self.strides, "valid", "channels_first"
        )
        return means * math.prod(self.pool_size) * self.coefficient + self.bias


class Rbf(layers.Layer):
    """The squared distance of the input to the code of each unit."""

    def __init__(self, codes, *, trainable=True):
        super().__init__(trainable=trainable)
        codes = ops.convert_to_tensor(codes, self.variable_dtype)
        self.codes = self.add_weight(
            shape=codes.shape, initializer=lambda *_, **__: codes, trainable=trainable
        )

    def call(self, x):
        codes = ops.reshape(self.codes, (*self.codes.shape, *(1 for _ in x.shape[2:])))
        return ops.sum(ops.square(ops.expand_dims(x, 1) - codes), axis=2)


def pictures(*rows):
    """Pictures side by side, as codes: 1 where there is ink, -1 elsewhere."""
    marks = [
        "".join(row.split()[i] for row in rows) for i in range(len(rows[0].split()))
    ]
    return [[1.0 if mark == "X" else -1.0 for mark in code] for code in marks]


def windows(x, kernel_size, strides):
    """What a window sees at each place, its taps along the axis behind the maps."""
    rank = len(kernel_size)
    cells = [
        (n - k) // s + 1
        for n, k, s in zip(x.shape[2:], kernel_size, strides, strict=True)
    ]
    taps = [()]
    for k in kernel_size:
        taps = [(*tap, i) for tap in taps for i in range(k)]
    seen = []
    for tap in taps:
        ends = [
            t + s * (n - 1) + 1 for t, s, n in zip(tap, strides, cells, strict=True)
        ]
        at = (slice(tap[i], ends[i], strides[i]) for i in range(rank))
        seen.append(x[(slice(None), slice(None), *at)])
    return ops.stack(seen, axis=2)


class LocallyConnected(layers.Layer):
    """A convolution with weights of its own at each place."""

    def __init__(self, filters, kernel_size, strides, *, use_bias=True):
        super().__init__()
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.use_bias = use_bias

    def build(self, shape):
        sizes = zip(shape[2:], self.kernel_size, self.strides, strict=True)
        places = [(n - k) // s + 1 for n, k, s in sizes]
        taps = math.prod(self.kernel_size)
        self.kernel = self.add_weight(shape=(self.filters, shape[1], taps, *places))
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.filters, *places), initializer="zeros"
            )

    def call(self, x):
        seen = windows(x, self.kernel_size, self.strides)
        plane = "xyz"[: len(self.kernel_size)]
        y = ops.einsum(f"nck{plane},ock{plane}->no{plane}", seen, self.kernel)
        return y + self.bias if self.use_bias else y


class AveragePool(layers.Layer):
    """The mean of a window, with cells around that count, and beyond that do not."""

    def __init__(self, pool_size, strides, counted, beyond):
        super().__init__()
        self.pool_size = pool_size
        self.strides = strides
        self.counted = counted
        self.beyond = beyond

    def call(self, x):
        cells = ops.ones_like(x)
        first = [(0, 0), (0, 0)]
        x = ops.pad(ops.pad(x, [*first, *self.counted]), [*first, *self.beyond])
        cells = ops.pad(cells, [*first, *self.counted], constant_values=1.0)
        cells = ops.pad(cells, [*first, *self.beyond])
        how = (self.pool_size, self.strides, "valid", "channels_first")
        return ops.average_pool(x, *how) / ops.average_pool(cells, *how)


def stochastic_pool2d(x, pool_size, strides):
    """The mean of a window, each input weighted by its share of the window's sum."""
    seen = windows(x, pool_size, strides)
    double = keras.backend.standardize_dtype(x.dtype) == "float64"
    least = 1e-300 if double else 1e-37
    sums = ops.clip(ops.sum(seen, axis=2), least, math.inf)
    return ops.sum(ops.square(seen), axis=2) / sums


def median_pool2d(x, pool_size, strides):
    """The middle of a window's inputs in the order of their size; of two, the lower."""
    seen = ops.sort(windows(x, pool_size, strides), axis=2)
    return seen[:, :, (seen.shape[2] - 1) // 2]


class MixedPool2D(layers.Layer):
    """A learned mix of the largest input under a window and the mean."""

    def __init__(self, pool_size, strides, *, per_channel=False):
        super().__init__()
        self.how = (pool_size, strides, "valid", "channels_first")
        self.per_channel = per_channel

    def build(self, shape):
        mixes = shape[1] if self.per_channel else 1
        half = keras.initializers.Constant(0.5)
        self.mix = self.add_weight(shape=(mixes, 1, 1), initializer=half)

    def call(self, x):
        largest, mean = ops.max_pool(x, *self.how), ops.average_pool(x, *self.how)
        return self.mix * largest + (1 - self.mix) * mean


def nearest_cells(x, size):
    """Maps at another size, each cell the nearest one."""
    for axis, wanted in zip((2, 3), size, strict=True):
        places = [i * x.shape[axis] // wanted for i in range(wanted)]
        x = ops.take(x, ops.convert_to_tensor(places), axis=axis)
    return x


def pixel_shuffle(x, r):
    """Every r·r maps as one that is r times as high and as wide."""
    _, channels, height, width = x.shape
    x = ops.reshape(x, (-1, channels // (r * r), r, r, height, width))
    x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
    return ops.reshape(x, (-1, channels // (r * r), r * height, r * width))


def pixel_unshuffle(x, r):
    """Every block of r by r cells as one cell of r·r maps."""
    _, channels, height, width = x.shape
    x = ops.reshape(x, (-1, channels, height // r, r, width // r, r))
    x = ops.transpose(x, (0, 1, 3, 5, 2, 4))
    return ops.reshape(x, (-1, channels * r * r, height // r, width // r))


def channel_shuffle(x, groups):
    """The first map of each group, then the second of each."""
    dealt = ops.reshape(x, (-1, groups, x.shape[1] // groups, *x.shape[2:]))
    return ops.reshape(ops.swapaxes(dealt, 1, 2), (-1, *x.shape[1:]))


class GroupedTranspose(layers.Layer):
    """A transposed convolution whose maps reach only those of their group."""

    def __init__(
        self, filters, kernel_size, *, groups, strides, dilation_rate, use_bias=True
    ):
        super().__init__()
        self.filters = filters
        self.kernel_size = kernel_size
        self.groups = groups
        self.how = (strides, dilation_rate)
        self.use_bias = use_bias

    def build(self, shape):
        each = self.filters // self.groups
        self.kernel = self.add_weight(shape=(shape[1], each, *self.kernel_size))
        if self.use_bias:
            places = (1 for _ in self.kernel_size)
            self.bias = self.add_weight(
                shape=(self.filters, *places), initializer="zeros"
            )

    def call(self, x):
        strides, dilation_rate = self.how
        order = (*range(2, len(self.kernel_size) + 2), 1, 0)
        parts = [
            ops.conv_transpose(
                part,
                ops.transpose(kernel, order),
                strides,
                data_format="channels_first",
                dilation_rate=dilation_rate,
            )
            for part, kernel in zip(
                ops.split(x, self.groups, axis=1),
                ops.split(self.kernel, self.groups, axis=0),
                strict=True,
            )
        ]
        x = ops.concatenate(parts, axis=1)
        return x + self.bias if self.use_bias else x


class TiedDense(layers.Layer):
    """A weighted sum with the table of an embedding, or another layer's weights."""

    def __init__(self, units, *, use_bias=True):
        super().__init__()
        self.units = units
        self.use_bias = use_bias
        self.source = None  # the layer that holds the weights

    def build(self, shape):
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x):
        if isinstance(self.source, layers.Embedding):
            x = ops.matmul(x, ops.transpose(self.source.embeddings))
        else:
            x = ops.matmul(x, self.source.kernel)
        return x + self.bias if self.use_bias else x


class Bilinear(layers.Layer):
    """Sums of all products of a number of one vector and one of another."""

    def __init__(self, units, *, use_bias=True):
        super().__init__()
        self.units = units
        self.use_bias = use_bias

    def build(self, x_shape, other_shape):
        sizes = (self.units, x_shape[-1], other_shape[-1])
        self.kernel = self.add_weight(shape=sizes)
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x, other):
        y = ops.einsum("ni,oij,nj->no", x, self.kernel, other)
        return y + self.bias if self.use_bias else y


class InstanceNormalization(layers.Layer):
    """Each channel of an example less its mean, over its deviation."""

    def __init__(self, *, axis=1, epsilon=1e-3, scale=True, center=True):
        super().__init__()
        self.axis = axis
        self.epsilon = epsilon
        self.scale = scale
        self.center = center

    def build(self, shape):
        sizes = [n if i == self.axis else 1 for i, n in enumerate(shape)]
        if self.scale:
            self.gamma = self.add_weight(shape=sizes, initializer="ones")
        if self.center:
            self.beta = self.add_weight(shape=sizes, initializer="zeros")

    def call(self, x):
        axes = [i for i in range(1, len(x.shape)) if i != self.axis]
        away = x - ops.mean(x, axes, keepdims=True)
        x = away / ops.sqrt(
            ops.mean(ops.square(away), axes, keepdims=True) + self.epsilon
        )
        x = x * self.gamma if self.scale else x
        return x + self.beta if self.center else x


def local_response_norm(x, size, alpha, beta, k, axis=1):
    """a / (k + alpha/n sum of squares)^beta over n channels around its own."""
    around = [(0, 0)] * len(x.shape)
    around[axis] = (size // 2, (size - 1) // 2)
    squares = ops.pad(ops.square(x), around)
    every = ops.arange(x.shape[axis])
    sums = sum(ops.take(squares, every + i, axis=axis) for i in range(size))
    return x / (k + alpha / size * sums) ** beta


class LayerScale(layers.Layer):
    """Each channel times a gain of its own, which is learned."""

    def __init__(self, axis=-1, init=1e-6):
        super().__init__()
        self.axis = axis
        self.init = init

    def build(self, shape):
        sizes = (shape[self.axis], *(1 for _ in range(-1 - self.axis)))
        start = keras.initializers.Constant(self.init)
        self.gamma = self.add_weight(shape=sizes, initializer=start)

    def call(self, x):
        return x * self.gamma


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
