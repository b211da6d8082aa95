"""A test of the tests: plant a mistake, and a law or a table of figures must fail."""

# ruff: noqa: ARG001, ARG005  (a wrong formula is given what the right one is given)

from fractions import Fraction

import pytest

from archcalc import arrays, layers
from archcalc.dims import Shape, ceil_div, floor_div, product
from archcalc.layer import Rule, Work
from archcalc.layers.conv import Convolution
from archcalc.layers.pool import Pooling
from archcalc.testing import check_laws
from archcalc.window import Axis

EXAMPLES = [
    (layers.Conv2d(4, 3), (2, 5, 6)),
    (layers.Conv2d(4, [3, 2], stride=2, padding=1, groups=2), (4, 5, 6)),
    (layers.Conv2d(2, 2, dilation=3, padding=[[0, 1], [2, 0]]), (2, 6, 6)),
    (layers.Conv2d(3, 2, table=[[0], [0, 1], [1, 2]]), (3, 4, 4)),
    (layers.Conv2d(2, 3, padding="same", stride=2, bias=False), (1, 5, 4)),
    (layers.Subsample2d(2), (3, 5, 4)),
    (layers.MaxPool2d(3, stride=2, padding=1), (2, 4, 5)),
    (layers.MaxPool2d([2, 3], stride=1), (2, 3, 4)),
    (layers.AvgPool2d(2, stride=3, padding=1, ceil_mode=True), (2, 4, 6)),
    (layers.AvgPool2d(2, ceil_mode=True, count_include_pad=False), (2, 5, 5)),
    (layers.Linear(4), (3,)),
    (layers.Linear(4, bias=False), (2, 3)),
    (layers.Rbf(3), (5,)),
    (layers.Tanh(), (4,)),
    (layers.Tanh(2), (4,)),
    (layers.LecunTanh(), (2, 3)),
    (layers.Sigmoid(), (4,)),
    (layers.Relu(), (4,)),
    (layers.Softmax(), (2, 3)),
    (layers.Flatten(), (2, 3, 3)),
    (layers.Dropout(), (4,)),
]

# (layer, x) -> params, connections, macs, FLOPs, worked out by hand: what the laws cannot tell apart
FIGURES = [
    (layers.Conv2d(6, 5), (1, 32, 32), (156, 122304, 117600, 235200)),
    (layers.Subsample2d(2), (6, 28, 28), (12, 5880, 0, 5880)),
    (layers.Linear(84), (120,), (10164, 10164, 10080, 20160)),
    (layers.Rbf(10), (84,), (840, 840, 840, 2520)),
    (layers.LecunTanh(), (6, 28, 28), (0, 0, 0, 14112)),
]


def hold(examples=EXAMPLES, figures=FIGURES):
    """Assert the laws for every example, and every figure."""
    for layer, x in examples:
        check_laws(layer, Shape(x))
    for layer, sizes, expected in figures:
        x = Shape(sizes)
        y = layer.output(x)
        work = layer.work(x, y)
        assert (layer.params(x), layer.connections(x, y), work.mac, work.flops) == expected


def changed(kind, method, change):
    """The method's result, changed."""
    real = getattr(kind, method)
    return lambda self, *args: change(self, real(self, *args), *args)


def more_work(kind, **more):
    """The kind's work with something added for each output."""

    def change(_, work, x, y):
        return work.plus(Work(**{name: count * product(y) for name, count in more.items()}))

    return changed(kind, "work", change)


def bias_everywhere(self, x, y):
    return self.params(x) * product(y[1:]) + (product(y) if self.bias else 0)


def forget_groups(self, x):
    return [(self.out_channels, x[0])] if self.table is None else self.real_reads(x)


def table_as_full(self, x):
    return [(self.out_channels, floor_div(x[0], self.groups))]


def only_inputs(self, x, y):
    """Links without those to padding: here, of the part of the output that reads none."""
    shorter = Axis(self.kernel_size[0], self.stride[0]).places(x[1])
    return self.params(x) * shorter * y[2]


def transposed(self, x):
    weight = Shape((x[-1], self.out_features))
    return {"weight": weight, "bias": Shape((self.out_features,))} if self.bias else {"weight": weight}


def natural_span(self):
    return self.kernel


def long_span(self):
    return self.dilation * self.kernel


def ceil_places(self, size):
    if isinstance(self.padding, str) or self.ceil:
        return self.real_places(size)
    return ceil_div(self.padded(size), self.stride) + 1


def floor_places(self, size):
    return self.real_places(size) if self.padding == "same" else floor_div(self.padded(size), self.stride) + 1


def unclamped_places(self, size):
    if not self.ceil or isinstance(self.padding, str):
        return self.real_places(size)
    return ceil_div(self.padded(size), self.stride) + 1


def no_stride(self, size):
    return self.real_places(size) if self.padding == "same" else self.padded(size) + 1


def one_place_less(self, size):
    return self.real_places(size) - 1


def same_is_floor(self, size):
    return floor_div(size, self.stride) if self.padding == "same" else self.real_places(size)


def one_pad(self, size):
    if isinstance(self.padding, str):
        return size - 1
    return size - self.span + self.padding[0]


def mean(self, x, **_):
    return arrays.total(arrays.patches(x, self.window()), (1, 2)) / float(product(self.kernel_size))


def square_window(self, x, y):
    return self.kernel_size[0] * self.kernel_size[0] * product(y)


def divides_by_equality(self, x):
    return [Rule(x[0] % self.groups == 0, lambda: "groups do not divide the maps")]


def branch_on_a_size(self, x, y):
    return Work(compare=(product(self.kernel_size) - 1) * product(y) if y[1] > 0 else 0)


def rounded_by_python(self, size):
    return int((size - self.span) / self.stride) + 1 if self.padding == (0, 0) else self.real_places(size)


MUTATIONS = {
    "ceil for floor in places": (Axis, "places", ceil_places),
    "floor for ceil in ceil mode": (Axis, "places", floor_places),
    "no clamp in ceil mode": (Axis, "places", unclamped_places),
    "stride ignored": (Axis, "places", no_stride),
    "one place less": (Axis, "places", one_place_less),
    "same padding rounded down": (Axis, "places", same_is_floor),
    "padding on one side only": (Axis, "padded", one_pad),
    "dilation ignored in the span": (Axis, "span", property(natural_span)),
    "span one tap too long": (Axis, "span", property(long_span)),
    "groups forgotten": (Convolution, "reads", forget_groups),
    "table counted as full": (Convolution, "reads", table_as_full),
    "bias counted twice in connections": (Convolution, "connections", bias_everywhere),
    "taps on padding not counted": (Convolution, "connections", only_inputs),
    "bias forgotten in params": (
        Convolution, "params", lambda self, x: self.links(x) * product(self.kernel_size)),
    "convolution's bias counted as a MAC": (Convolution, "work", more_work(Convolution, mac=1)),
    "convolution's bias counted as an addition": (Convolution, "work", more_work(Convolution, add=1)),
    "subsampling's bias forgotten": (layers.Subsample2d, "connections", Pooling.connections),
    "subsampling's bias added for nothing": (
        layers.Subsample2d, "work", more_work(layers.Subsample2d, add=-1)),
    "comparisons off by one": (layers.MaxPool2d, "work", more_work(layers.MaxPool2d, compare=1)),
    "mean for maximum": (layers.MaxPool2d, "forward", mean),
    "mean without its division": (layers.AvgPool2d, "work", more_work(layers.AvgPool2d, div=-1)),
    "square windows assumed": (Pooling, "connections", square_window),
    "a condition by ==": (Convolution, "requires", divides_by_equality),
    "a branch on a size": (layers.MaxPool2d, "work", branch_on_a_size),
    "int() on a size": (Axis, "places", rounded_by_python),
    "linear's bias counted as a MAC": (layers.Linear, "work", more_work(layers.Linear, mac=1)),
    "linear's weight transposed": (layers.Linear, "weights", transposed),
    "linear's sequence forgotten": (layers.Linear, "connections", lambda self, x, y: self.params(x)),
    "rbf's differences forgotten": (layers.Rbf, "work", lambda self, x, y: Work(mac=product(y) * x[0])),
    "rbf's MACs as products and sums": (
        layers.Rbf, "work", lambda self, x, y: Work(mul=product(y) * x[0], add=2 * product(y) * x[0])),
    "softmax adds n": (
        layers.Softmax, "work", lambda self, x, y: Work(add=product(y), div=product(y), special=product(y))),
    "tanh's scalings forgotten": (layers.LecunTanh, "each", lambda self: Work(special=1)),
    "tanh's slope as its amplitude": (
        layers.Tanh, "each", lambda self: Work(mul=2 * (self.slope != 1), special=1)),
    "relu for free": (layers.Relu, "each", lambda self: Work()),
    "activations as connections": (layers.Relu, "connections", lambda self, x, y: product(y)),
    "flatten without its channels": (layers.Flatten, "output", lambda self, x: Shape((product(x[1:]),))),
    "an accumulator that starts at nothing": (
        arrays, "contract", lambda s, a, b, start=None: arrays.total(a * b, (1,)) if a.ndim > 1 else a * b),
}  # fmt: skip


def test_nothing_fails_without_a_mistake():
    hold()


@pytest.mark.parametrize("mistake", MUTATIONS)
def test_a_planted_mistake_is_found(monkeypatch, mistake):
    where, name, wrong = MUTATIONS[mistake]
    for kind, method in ((Axis, "places"), (Convolution, "reads")):
        monkeypatch.setattr(kind, f"real_{method}", getattr(kind, method), raising=False)
    if where is arrays:
        monkeypatch.setattr("archcalc.layers.dense.contract", wrong)
    monkeypatch.setattr(where, name, wrong)
    with pytest.raises(AssertionError):
        hold()


def test_each_scaling_of_tanh_is_one_multiplication():
    given = [(layers.Tanh(2), 1), (layers.Tanh(1, "2/3"), 1), (layers.Tanh(Fraction(1, 2), 2), 2)]
    for layer, scalings in given:
        assert layer.work(Shape((3,)), Shape((3,))).mul == 3 * scalings
        check_laws(layer, Shape((3,)))
