"""Pools that Keras lacks, and maps at other sizes."""

from __future__ import annotations

import math

import keras
from keras import layers, ops

from archcalc.export.keras.written.convolutions import windows


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
