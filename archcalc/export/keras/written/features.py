"""Weighted sums, distances, norms and gains."""

from __future__ import annotations

import keras
from keras import layers, ops


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


class TransposedDense(TiedDense):
    """The same with those weights turned over."""

    def call(self, x):
        if isinstance(self.source, layers.Embedding):
            x = ops.matmul(x, self.source.embeddings)
        else:
            x = ops.matmul(x, ops.transpose(self.source.kernel))
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
