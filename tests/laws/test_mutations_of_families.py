"""The test of the tests, for each family of kinds: a planted mistake, and a law that must fail."""

# ruff: noqa: ARG001, ARG005  (a wrong formula is given what the right one is given)

import pytest

from archcalc import layers
from archcalc.dims import Shape, ceil_div, exact_div, largest, product, total
from archcalc.layer import Work
from archcalc.layers import adaptive as pooling
from archcalc.layers import conv_transpose, embedding, join, layer_norm, norm, recurrent
from archcalc.testing import check_laws

EXAMPLES = {
    "transposed": [
        (layers.ConvTranspose2d(2, 3, stride=2, padding=1), Shape((2, 3, 4))),
        (layers.ConvTranspose2d(4, 2, groups=2, bias=False), Shape((4, 2, 3))),
        (layers.ConvTranspose1d(2, 3, stride=2, output_padding=1, dilation=2), Shape((3, 4), "C T")),
    ],
    "adaptive": [
        (layers.AdaptiveAvgPool2d([2, 3]), Shape((2, 6, 5))),
        (layers.AdaptiveMaxPool1d(3), Shape((2, 7), "C T")),
        (layers.AdaptiveMaxPool1d(4), Shape((1, 6), "C T")),
        (layers.GlobalAvgPool2d(), Shape((3, 4, 5))),
        (layers.GlobalMaxPool2d(), Shape((3, 4, 5))),
    ],
    "norm": [
        (layers.BatchNorm(), Shape((3, 2, 4))),
        (layers.InstanceNorm(affine=True), Shape((2, 3, 3))),
        (layers.GroupNorm(2), Shape((4, 3, 2))),
        (layers.LocalResponseNorm(3), Shape((4, 2, 2))),
        (layers.LayerNorm(), Shape((3, 4))),
        (layers.RmsNorm(), Shape((3, 4))),
    ],
    "attention": [
        (layers.Attention(2), Shape((3, 4))),
        (layers.Attention(4, num_kv_heads=2, head_dim=2, bias=False), Shape((3, 4)), Shape((5, 6))),
        (layers.Attention(1, window_size=2, causal=True), Shape((4, 2))),
        (layers.Attention(2, rotary=True, out_features=3), Shape((2, 4))),
    ],
    "recurrent": [
        (layers.Rnn(3, num_layers=2), Shape((3, 2))),
        (layers.Gru(2, bidirectional=True, bias="single"), Shape((3, 2))),
        (layers.Lstm(3), Shape((2, 4))),
        (layers.Lstm(3, proj_size=2, bidirectional=True, last=True), Shape((2, 4))),
    ],
    "grid": [
        (layers.Upsample(2, mode="bilinear"), Shape((2, 3, 4))),
        (layers.Upsample(size=[5, 3], mode="bilinear"), Shape((2, 2, 4))),
        (layers.Upsample([2, 3]), Shape((2, 3, 4))),
        (layers.PixelShuffle(2), Shape((8, 2, 3))),
        (layers.PixelUnshuffle(2), Shape((2, 4, 6))),
    ],
    "join": [
        (layers.Add(), Shape((2, 3)), Shape((2, 3)), Shape((2, 3))),
        (layers.Multiply(), Shape((1, 4, 5)), Shape((3, 1, 1))),
        (layers.Average(), Shape((4,)), Shape((4,))),
        (layers.Maximum(), Shape((4,)), Shape((4,))),
        (layers.Concat(), Shape((2, 3, 3)), Shape((4, 3, 3))),
        (layers.Concat("T"), Shape((1, 4)), Shape((5, 4))),
        (layers.Matmul(), Shape((2, 3)), Shape((3, 4))),
        (layers.Matmul(transpose_b=True), Shape((2, 3, 4)), Shape((2, 1, 4))),
    ],
    "embedding": [
        (layers.Embedding(7, 3), Shape((4,), "T")),
        (layers.Embedding(5, 2, scale=True), Shape((3,), "T")),
        (layers.PositionEmbedding(6), Shape((4, 3))),
        (layers.Parameter({"T": 2, "C": 3}),),
    ],
}


def hold(family):
    """Assert the laws for every example of a family."""
    for layer, *xs in EXAMPLES[family]:
        check_laws(layer, *xs)


def changed(kind, method, change):
    """The method's result, changed; what it was asked with comes after it."""
    real = getattr(kind, method)

    def wrong(self, *xs, **named):
        return change(self, real(self, *xs, **named), *xs, **named)

    return kind, method, wrong


def less(kind, **parts):
    """The kind's work with another value for some operations: a function of the layer and its shapes."""

    def change(self, work, *xs, y=None):
        *xs, y = (*xs, y) if y is not None else xs
        return work._replace(**{name: part(self, work, *xs, y=y) for name, part in parts.items()})

    return changed(kind, "work", change)


def told(kind, method, wrong):
    return kind, method, wrong


def disjoint(self, x, y):
    """Windows that do not share cells."""
    return product(x)


def no_gcd(self, x, y):
    return product((x[0], *(n + o - 1 for n, o in zip(x[1:], self.output_size, strict=True))))


def no_pair(self, query):
    """As if each head of queries had its own keys."""
    inner, _, out = self.real_widths(query)
    return inner, inner, out


def one_gate_less(self):
    return self.real_each().plus(Work(mul=-1))


def per_number(numbers, groups):
    return Work(add=3 * numbers - groups, mul=numbers, div=numbers + 2 * groups, special=numbers)


def no_eps(numbers, groups):
    return Work(add=3 * numbers - 2 * groups, mul=numbers, div=numbers + 2 * groups, special=groups)


def one_mean(numbers, groups):
    return Work(add=3 * numbers - groups, mul=numbers, div=numbers + groups, special=groups)


def first_alone(self, *xs):
    return xs[0]


def widest(self, *xs):
    sizes = zip(*xs, strict=True)
    return Shape((largest(*pair) for pair in sizes), xs[0].axes)


def always_channels(self, *xs):
    channels = xs[0].axes.index("C")
    return Shape((total(x[i] for x in xs) if i == channels else n for i, n in enumerate(xs[0])), xs[0].axes)


def rows_first(self, work, x, y):
    """H before W: as many cells as in the columns of x."""
    means = y[0] * y[1] * x[2] + product(y)
    return work if self.mode == "nearest" else Work(add=means, mul=2 * means)


def one_pass(self, work, x, y):
    return work if self.mode == "nearest" else Work(add=product(y), mul=2 * product(y))


def of_four(self, work, x, y):
    return work if self.mode == "nearest" else Work(add=3 * product(y), mul=4 * product(y))


MUTATIONS = {
    "transposed": {
        "groups forgotten": told(conv_transpose.Transposed, "seen", lambda self, maps: maps),
        "bias counted twice": changed(
            conv_transpose.Transposed, "params", lambda self, n, x: n + self.out_channels * self.bias),
        "links of the biases forgotten": told(
            conv_transpose.Transposed, "connections", lambda self, x, y: self.work(x, y).mac),
        "products at each cell of the output": less(
            conv_transpose.Transposed, mac=lambda self, work, x, y: exact_div(work.mac, product(x[1:])) * product(y[1:])),
        "output padding forgotten": changed(
            conv_transpose.Transposed, "output",
            lambda self, y, x: Shape((y[0], *(n - more for n, more in zip(y[1:], self.output_padding, strict=True))), y.axes)),
        "in and out turned over": changed(
            conv_transpose.Transposed, "weights",
            lambda self, found, x: found | {"weight": Shape((self.out_channels, self.seen(x[0]), *self.kernel_size))}),
    },
    "adaptive": {
        "windows that share nothing": told(pooling.Adaptive, "connections", disjoint),
        "one cell shared at most": told(pooling.Adaptive, "connections", no_gcd),
        "all windows of the longest size": told(
            pooling.Adaptive, "connections",
            lambda self, x, y: product((x[0], *(ceil_div(n, o) * o for n, o in zip(x[1:], y[1:], strict=True))))),
        "the mean's division forgotten": less(pooling.Mean, div=lambda *_, **__: 0),
        "an addition for each cell": less(pooling.Mean, add=lambda self, work, x, y: self.connections(x, y=y)),
        "a comparison for each cell": less(
            pooling.Largest, compare=lambda self, work, x, y: self.connections(x, y=y)),
        "a link for each unit": told(pooling.Global, "connections", lambda self, x, y: product(y)),
        "global pooling keeps a plane": told(pooling.Global, "output", lambda self, x: Shape((x[0], 1, 1))),
    },
    "norm": {
        "a missing gain": changed(norm.Refined, "refining", lambda self, work, y: work._replace(mul=0)),
        "a bias added twice": changed(norm.Refined, "refining", lambda self, work, y: work._replace(add=2 * work.add)),
        "a root for each number": (norm, "standardising", per_number),
        "eps forgotten": (norm, "standardising", no_eps),
        "one of the means for free": (layer_norm, "standardising", one_mean),
        "statistics of each number": changed(
            norm.PerChannel, "buffers", lambda self, found, x: dict.fromkeys(found, Shape(x))),
        "a root for each number in inference": less(
            norm.PerChannel, special=lambda self, work, x, y: product(y)),
        "groups as channels": told(
            layers.GroupNorm, "work",
            lambda self, x, y: norm.standardising(product(y), x[0]).plus(self.refining(y))),
        "one neighbour more": less(
            layers.LocalResponseNorm, add=lambda self, work, x, y: work.add + product(y)),
        "rms with a mean": less(layers.RmsNorm, add=lambda self, work, x, y: work.add + product(y)),
    },
    "attention": {
        "a missing scale": less(
            layers.Attention, mul=lambda self, work, *xs, y: work.mul - self.num_heads * self.scores(*xs)),
        "an exponential for each query": less(
            layers.Attention, special=lambda self, work, *xs, y: self.num_heads * xs[0][0]),
        "the softmax adds n": less(
            layers.Attention, add=lambda self, work, *xs, y: work.add + self.num_heads * xs[0][0]),
        "the output's projection forgotten": less(
            layers.Attention, mac=lambda self, work, *xs, y: work.mac - xs[0][0] * self.widths(xs[0])[0] * y[1]),
        "scores multiplied once": less(
            layers.Attention, mac=lambda self, work, *xs, y: work.mac - self.scores(*xs) * self.widths(xs[0])[0]),
        "keys of each head": told(layers.Attention, "widths", no_pair),
        "biases forgotten": changed(
            layers.Attention, "params", lambda self, n, *xs: n - (self.widths(xs[0])[2] if self.bias else 0)),
        "masked scores left out": changed(
            layers.Attention, "scores",
            lambda self, n, *xs: n if self.window_size is None else self.window_size * xs[0][0]),
    },
    "recurrent": {
        "one bias": changed(
            recurrent.Recurrent, "params",
            lambda self, n, x: n - (self.gates * self.hidden_size if self.bias is True else 0)),
        "a single bias counted twice": changed(
            recurrent.Recurrent, "params",
            lambda self, n, x: n + (self.gates * self.hidden_size if self.bias == "single" else 0)),
        "one way alone": less(
            recurrent.Recurrent, mac=lambda self, work, x, y: exact_div(work.mac, 2) if self.bidirectional else work.mac),
        "the state read for free": less(
            recurrent.Recurrent,
            mac=lambda self, work, x, y: work.mac - x[0] * self.gates * self.hidden_size * self.given_back()),
        "three gates of four": (layers.Lstm, "gates", 3),
        "a product of the cell forgotten": told(layers.Lstm, "each", one_gate_less),
        "a gate without its exponential": changed(
            layers.Gru, "each", lambda self, work: work._replace(special=work.special - 1)),
        "the projection for free": told(layers.Lstm, "work", recurrent.Recurrent.work),
        "the upper layers read the input": changed(
            recurrent.Recurrent, "passes", lambda self, found, x: [(name, x[1]) for name, _ in found]),
    },
    "grid": {
        "rows before columns": changed(layers.Upsample, "work", rows_first),
        "one axis for free": changed(layers.Upsample, "work", one_pass),
        "a mean of four at once": changed(layers.Upsample, "work", of_four),
        "r for r squared": told(
            layers.PixelShuffle, "output",
            lambda self, x: Shape((exact_div(x[0], self.upscale_factor), x[1] * self.upscale_factor, x[2] * self.upscale_factor))),
        "maps that stay": changed(layers.PixelShuffle, "output", lambda self, y, x: Shape((x[0], *y[1:]))),
        "blocks of r cells": changed(
            layers.PixelUnshuffle, "output",
            lambda self, y, x: Shape((x[0] * self.downscale_factor, *y[1:]))),
    },
    "join": {
        "an operation for each input": changed(
            join.Elementwise, "work", lambda self, work, *xs, y: self.each.times(len(xs) * product(y)).plus(Work(div=work.div))),
        "the mean's division forgotten": less(layers.Average, div=lambda *_, **__: 0),
        "the first input's shape": told(join.Elementwise, "output", first_alone),
        "a maximum adds": (layers.Maximum, "each", Work(add=1)),
        "concatenated as the widest": told(layers.Concat, "output", widest),
        "concatenated along the channels": told(layers.Concat, "output", always_channels),
        "a concatenation that works": told(layers.Concat, "work", lambda self, *xs, y: Work(add=product(y))),
        "the wrong inner size": told(
            layers.Matmul, "work", lambda self, *xs, y: Work(mac=xs[0][-2] * product(y))),
        "the second never turned over": told(
            layers.Matmul, "output", lambda self, *xs: Shape((*xs[0][:-1], xs[1][-1]), xs[0].axes)),
    },
    "embedding": {
        "a table turned over": told(
            layers.Embedding, "weights",
            lambda self, x: {"weight": Shape((self.embedding_dim, self.num_embeddings))}),
        "the scale forgotten": told(layers.Embedding, "work", lambda self, x, y: Work()),
        "a scale for each index": told(
            layers.Embedding, "work", lambda self, x, y: Work(mul=x[0]) if self.scale else Work()),
        "a row read as a matrix product": told(
            layers.Embedding, "work",
            lambda self, x, y: Work(mac=product(y) * self.num_embeddings, mul=product(y) if self.scale else 0)),
        "rows as connections": told(layers.Embedding, "connections", lambda self, x, y: product(y)),
        "a vector for each row of the table": told(
            embedding.Position, "output", lambda self, x: Shape((self.num_embeddings, x[-1]), "T C")),
        "a parameter without its tensor": told(layers.Parameter, "weights", lambda self: {}),
    },
}  # fmt: skip


@pytest.mark.parametrize("family", EXAMPLES)
def test_nothing_fails_without_a_mistake(family):
    hold(family)


@pytest.mark.parametrize(
    ("family", "mistake"), [(family, mistake) for family, known in MUTATIONS.items() for mistake in known]
)
def test_a_planted_mistake_is_found(monkeypatch, family, mistake):
    where, name, wrong = MUTATIONS[family][mistake]
    for kind, method in ((layers.Attention, "widths"), (layers.Lstm, "each")):
        monkeypatch.setattr(kind, f"real_{method}", getattr(kind, method), raising=False)
    monkeypatch.setattr(where, name, wrong)
    with pytest.raises(AssertionError):
        hold(family)
