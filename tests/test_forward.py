"""The reference pass against loops that anyone can read, against PyTorch, and against itself."""

import itertools

import numpy as np
import pytest

import archcalc
from archcalc import forward, layers
from archcalc.dims import Shape
from archcalc.errors import ForwardError

RNG = np.random.default_rng(1998)


def run(layer, x, name="layer"):
    """The layer's tensors and what it gives."""
    tensors = forward.seeded(layer, [Shape(x.shape)], name)
    return tensors, layer.forward(x, **tensors)


def cell(x, c, h, w):
    """A cell of a map, 0 outside."""
    inside = 0 <= h < x.shape[1] and 0 <= w < x.shape[2]
    return x[c, h, w] if inside else 0.0


def naive_conv(x, weight, bias, y, stride=(1, 1), before=(0, 0), dilation=(1, 1), groups=1):
    """A convolution as its definition says it, one tap at a time, at the places of `y`."""
    found = np.zeros(y)
    each = weight.shape[0] // groups
    for o, h, w in itertools.product(*map(range, y)):
        first = (o // each) * weight.shape[1]
        found[o, h, w] = bias[o] if bias is not None else 0.0
        for c, i, j in itertools.product(*map(range, weight.shape[1:])):
            at = h * stride[0] + i * dilation[0] - before[0], w * stride[1] + j * dilation[1] - before[1]
            found[o, h, w] += weight[o, c, i, j] * cell(x, first + c, *at)
    return found


@pytest.mark.parametrize(
    ("fields", "y", "said"),
    [
        ({}, (4, 5, 6), {}),
        ({"stride": [2, 3]}, (4, 3, 2), {"stride": (2, 3)}),
        ({"padding": 2}, (4, 9, 10), {"before": (2, 2)}),
        ({"padding": [[0, 1], [2, 0]]}, (4, 6, 8), {"before": (0, 2)}),
        ({"dilation": [2, 3]}, (4, 3, 2), {"dilation": (2, 3)}),
        ({"groups": 2}, (4, 5, 6), {"groups": 2}),
        ({"padding": "same", "stride": 2}, (4, 4, 4), {"stride": (2, 2), "before": (1, 0)}),
        ({"bias": False, "groups": 4, "padding": 1, "stride": 2}, (4, 4, 4),
         {"stride": (2, 2), "before": (1, 1), "groups": 4}),
    ],
)  # fmt: skip
def test_conv2d_is_its_definition(fields, y, said):
    layer = layers.Conv2d(4, 3, **fields)
    x = RNG.standard_normal((4, 7, 8))
    tensors, found = run(layer, x)
    assert found.shape == y
    np.testing.assert_allclose(found, naive_conv(x, tensors["weight"], tensors.get("bias"), y, **said))


def test_a_table_is_a_full_convolution_with_zeros():
    table = [[0, 1], [2], [0, 2, 1]]
    x = RNG.standard_normal((3, 6, 6))
    tensors, found = run(layers.Conv2d(3, 3, table=table), x)
    full, link = np.zeros((3, 3, 3, 3)), 0
    for o, maps in enumerate(table):
        for c in maps:
            full[o, c] = tensors["weight"][link]
            link += 1
    np.testing.assert_allclose(found, naive_conv(x, full, tensors["bias"], (3, 4, 4)))


def windows(x, y, kernel, stride, padding):
    """For each output, the cells of the window that are inputs, and how many lie in input or padding."""
    for c, h, w in itertools.product(*map(range, y)):
        rows = [h * stride - padding + i for i in range(kernel)]
        columns = [w * stride - padding + j for j in range(kernel)]
        cells = [x[c, i, j] for i in rows for j in columns if 0 <= i < x.shape[1] and 0 <= j < x.shape[2]]
        high = sum(i < x.shape[1] + padding for i in rows)
        wide = sum(j < x.shape[2] + padding for j in columns)
        yield (c, h, w), cells, high * wide


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "ceil", "y"),
    [
        (2, 2, 0, False, (2, 3, 3)),
        (2, 2, 0, True, (2, 4, 3)),
        (3, 2, 1, False, (2, 4, 3)),
        (3, 2, 1, True, (2, 4, 4)),
        (2, 3, 1, True, (2, 3, 3)),  # the clamp: a window may not begin in the padding behind
        (3, 1, 0, True, (2, 5, 4)),
    ],
)
def test_pools_are_their_definitions(kernel, stride, padding, ceil, y, include):
    x = RNG.standard_normal((2, 7, 6))
    fields = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil}
    largest, mean = np.zeros(y), np.zeros(y)
    for place, cells, declared in windows(x, y, kernel, stride, padding):
        largest[place] = max(cells)
        mean[place] = sum(cells) / (declared if include else len(cells))
    np.testing.assert_allclose(run(layers.MaxPool2d(**fields), x)[1], largest)
    np.testing.assert_allclose(run(layers.AvgPool2d(**fields, count_include_pad=include), x)[1], mean)


def test_subsampling_is_a_sum_times_a_coefficient_plus_a_bias():
    x = RNG.standard_normal((2, 5, 4))
    tensors, found = run(layers.Subsample2d(2), x)
    for (c, h, w), cells, _ in windows(x, (2, 2, 2), 2, 2, 0):
        assert found[c, h, w] == pytest.approx(tensors["coefficient"][c] * sum(cells) + tensors["bias"][c])


@pytest.mark.parametrize("shape", [(6,), (6, 2, 3)])
def test_rbf_is_a_squared_distance(shape):
    x = RNG.standard_normal(shape)
    tensors, found = run(layers.Rbf(3), x)
    codes = tensors["codes"]
    assert set(codes.ravel()) == {-1.0, 1.0}
    for place in itertools.product(*map(range, found.shape)):
        unit, rest = place[0], place[1:]
        assert found[place] == pytest.approx(sum((x[(j, *rest)] - codes[unit, j]) ** 2 for j in range(6)))


def test_the_codes_of_ten_digits_are_pictures():
    codes = forward.seeded(layers.Rbf(10), [Shape((84,))])["codes"]
    assert codes.shape == (10, 84)
    named = forward.seeded(layers.Rbf(10, "digits"), [Shape((84,))], "other", 7)
    np.testing.assert_array_equal(codes, named["codes"])


@pytest.mark.parametrize("axes", ["C", "T C", "C H W"])
def test_softmax_sums_to_one_along_the_channels(axes):
    shape = Shape((2, 3, 4)[: len(axes.split())], axes)
    y = layers.Softmax().forward(RNG.standard_normal(tuple(shape)))
    np.testing.assert_allclose(y.sum(axis=shape.axes.index("C")), 1.0)


def test_linear_on_a_sequence_is_linear_on_each_vector():
    layer, x = layers.Linear(3), RNG.standard_normal((4, 5))
    tensors = forward.seeded(layer, [Shape((4, 5))])
    each = np.stack([layer.forward(vector, **tensors) for vector in x])
    np.testing.assert_allclose(layer.forward(x, **tensors), each)


def test_c5_as_convolution_and_as_full_connection_are_one_layer():
    convolution, connection = (archcalc.load(name) for name in ("lenet5", "lenet5-c5-linear"))
    given = forward.tensors(convolution.graph)
    c5 = given["C5"]
    flat = {**given, "C5": {"weight": c5["weight"].reshape(120, 400), "bias": c5["bias"]}, "unroll": {}}
    del flat["flat"]
    x = forward.examples(convolution.graph)["input"]
    one = forward.run(convolution.graph, x, given)
    other = forward.run(connection.graph, x, flat)
    for name in ("C1", "S4", "F6", "OUTPUT"):
        np.testing.assert_allclose(one[name], other[name])
    np.testing.assert_allclose(one["C5"].ravel(), other["C5"])


def test_a_seed_says_everything():
    graph = archcalc.load("lenet5").graph
    one, again, other = (forward.run(graph, seed=seed)["OUTPUT"] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_a_layer_keeps_its_tensors_when_others_change():
    long = archcalc.load("lenet5").graph
    c1 = "{name: C1, op: conv2d, out_channels: 6, kernel_size: 5}"
    short = archcalc.load(f"archcalc: 1\ninput: [1, 32, 32]\nlayers: [{c1}]\n").graph
    one, other = (forward.tensors(graph)["C1"]["weight"] for graph in (long, short))
    np.testing.assert_array_equal(one, other)


def broken(**changes):
    """LeNet-5's tensors with those of C1 changed; None takes one away."""
    c1 = {**forward.tensors(archcalc.load("lenet5").graph)["C1"], **changes}
    return {"C1": {name: tensor for name, tensor in c1.items() if tensor is not None}}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: {"given": broken(bias=None)}, "layer C1: bias is not given"),
        (lambda: {"given": broken(scale=np.ones(6))}, "layer C1: conv2d takes no tensor 'scale'"),
        (lambda: {"given": broken(bias=np.ones(5))}, r"layer C1: bias has the shape \[5\], not \[6\]"),
        (lambda: {"given": broken(bias="many")}, "layer C1: bias is no array of numbers"),
        (lambda: {"given": {"C9": {}}}, "there is no layer 'C9'"),
        (lambda: {"x": np.ones((32, 32))}, r"the input has the shape \[32, 32\], not \[1, 32, 32\]"),
        (lambda: {"seed": -1}, "a seed is a whole number from 0, not '-1'"),
    ],
)
def test_what_does_not_fit_is_refused(make, sentence):
    with pytest.raises(ForwardError, match=sentence):
        forward.run(archcalc.load("lenet5").graph, **make())


def test_letters_are_refused():
    net = archcalc.load("lenet5", symbolic=["H"])
    with pytest.raises(ForwardError, match="needs a number for each size, and H is left open"):
        forward.run(net.graph)


def test_a_network_too_large_to_hold_is_refused():
    net = archcalc.load([layers.Linear(10**6)], input=(10**6,))
    with pytest.raises(ForwardError, match="would hold 1,000,0"):
        forward.run(net.graph)


def torch_pairs(torch):
    """Layers with the same thing in PyTorch's functions."""
    f = torch.nn.functional
    conv = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}
    pool = {"stride": 2, "padding": 1, "ceil_mode": True}
    given = {**conv, "padding": [1, 2], "stride": [2, 1], "dilation": [1, 2]}
    return [
        (layers.Conv2d(6, 3, **given), (4, 9, 10), lambda x, t: f.conv2d(x, t["weight"], t["bias"], **conv)),
        (layers.Conv1d(6, 3, stride=2, padding=1, dilation=2, groups=2), (4, 11),
         lambda x, t: f.conv1d(x, t["weight"], t["bias"], 2, 1, 2, 2)),
        (layers.Conv3d(3, [2, 3, 1], stride=2, padding=[1, 0, 2]), (2, 4, 7, 5),
         lambda x, t: f.conv3d(x, t["weight"], t["bias"], 2, (1, 0, 2))),
        (layers.Conv2d(3, 3, bias="per_unit"), (2, 5, 6),
         lambda x, t: f.conv2d(x, t["weight"]) + t["bias"]),
        (layers.DepthwiseConv2d(3, depth_multiplier=2, dilation=2), (3, 7, 8),
         lambda x, t: f.conv2d(x, t["weight"], t["bias"], dilation=2, groups=3)),
        (layers.ConvTranspose1d(4, 3, stride=3, output_padding=2, padding=2), (3, 5),
         lambda x, t: f.conv_transpose1d(x, t["weight"], t["bias"], 3, 2, 2)),
        (layers.ConvTranspose2d(4, [3, 2], stride=2, padding=[1, 0], groups=2, output_padding=1, dilation=[1, 2]),
         (2, 3, 4),
         lambda x, t: f.conv_transpose2d(x, t["weight"], t["bias"], 2, (1, 0), 1, 2, (1, 2))),
        (layers.ConvTranspose3d(2, 3, stride=[1, 2, 3], padding=1, bias=False), (3, 2, 3, 3),
         lambda x, t: f.conv_transpose3d(x, t["weight"], None, (1, 2, 3), 1)),
        (layers.MaxPool2d(3, **pool), (4, 9, 10), lambda x, _: f.max_pool2d(x, 3, **pool)),
        (layers.AvgPool2d(3, **pool), (4, 9, 10), lambda x, _: f.avg_pool2d(x, 3, **pool)),
        (layers.AvgPool2d(3, **pool, count_include_pad=False), (4, 9, 10),
         lambda x, _: f.avg_pool2d(x, 3, **pool, count_include_pad=False)),
        (layers.Linear(3), (7,), lambda x, t: f.linear(x, t["weight"], t["bias"])),
        (layers.Softmax(), (5,), lambda x, _: f.softmax(x, 0)),
        (layers.Sigmoid(), (5,), lambda x, _: torch.sigmoid(x)),
        (layers.Relu(), (5,), lambda x, _: f.relu(x)),
        (layers.Tanh(), (5,), lambda x, _: torch.tanh(x)),
    ]  # fmt: skip


PAIRS = 16


@pytest.mark.parametrize("index", range(PAIRS))
def test_pytorch_gives_the_same_numbers(index):
    torch = pytest.importorskip("torch")
    pairs = torch_pairs(torch)
    assert len(pairs) == PAIRS
    layer, shape, function = pairs[index]
    x = RNG.standard_normal(shape)
    tensors, found = run(layer, x)
    wanted = function(torch.from_numpy(x)[None] if len(shape) == 3 else torch.from_numpy(x),
                      {name: torch.from_numpy(tensor) for name, tensor in tensors.items()})  # fmt: skip
    np.testing.assert_allclose(found, wanted.numpy().reshape(found.shape), atol=1e-10)
