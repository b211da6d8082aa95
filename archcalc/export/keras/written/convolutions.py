"""Convolutions that Keras lacks, and windows as they lie on maps."""

from __future__ import annotations

import math

from keras import layers, ops


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
