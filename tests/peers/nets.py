"""The networks that every tool is given, built in PyTorch, beside the specs that say the same.

Read by two programs: the tests, which need no PyTorch for it, and `tools.py`, which builds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Net(NamedTuple):
    """A network twice: the shape of one example and the function that builds it, and its spec."""

    shape: tuple[int, ...]
    build: Callable[[], Any]
    spec: str  # a bundled network, or a text
    tokens: int = 0  # how many there are to choose from, where it reads tokens


def lenet5() -> Any:
    from torch import nn

    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten()),
        *(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
    )


def d2l() -> Any:
    """Zhang et al. 2023, 7.6."""
    from torch import nn

    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2, stride=2)),
        *(nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2, stride=2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10)),
    )


def without_operators() -> None:
    """Let torchvision be imported where its operators in C++ cannot be loaded, as beside a PyTorch for CPUs.

    Its models do without them: the module that registers the operators' shapes becomes an empty one.
    """
    import sys
    import types

    sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("empty"))


def torchvision(name: str) -> Callable[[], Any]:
    """A model of torchvision with random weights."""

    def build() -> Any:
        import torchvision

        return torchvision.models.get_model(name, weights=None)

    return build


def weights(name: str) -> Callable[[], Any]:
    """The weights that torchvision published first for a network: what is printed beside them, not the numbers."""

    def build() -> Any:
        import torchvision

        return torchvision.models.get_model_weights(name).IMAGENET1K_V1

    return build


def timm(name: str) -> Callable[[], Any]:
    """A model of PyTorch Image Models, attention written as matrix products, as in its published tables."""

    def build() -> Any:
        import timm
        from timm.layers import set_fused_attn

        set_fused_attn(enable=False)
        return timm.create_model(name)

    return build


def keras(*layers: tuple[Any, ...]) -> Callable[[], Any]:
    """A chain of Keras: convolutions and full layers by their sizes, pooling, flattening."""

    def build() -> Any:
        from keras import Sequential
        from keras import layers as of

        kinds = {"conv": of.Conv2D, "pool": of.AveragePooling2D, "flat": of.Flatten, "dense": of.Dense}
        shape, *rest = layers
        return Sequential([of.Input(shape), *(kinds[kind](*args) for kind, *args in rest)])

    return build


def application(name: str) -> Callable[[], Any]:
    """A network that comes with Keras, with random weights."""

    def build() -> Any:
        import keras.applications

        return getattr(keras.applications, name)(weights=None)

    return build


WITH_BIASES = """archcalc: 1
name: ResNet-50, every convolution with a bias
extends: resnet50
patch:
  conv1: {bias: true}
  bottleneck.conv1: {bias: true}
  bottleneck.conv2: {bias: true}
  bottleneck.conv3: {bias: true}
  projection.conv: {bias: true}
"""
PICTURE = (3, 224, 224)
NETS = {
    "lenet5": Net((1, 32, 32), lenet5, "lenet5-pytorch"),
    "d2l": Net((1, 28, 28), d2l, "lenet5-d2l"),
    "alexnet": Net(PICTURE, torchvision("alexnet"), "alexnet"),
    "resnet50": Net(PICTURE, torchvision("resnet50"), "resnet50"),
    "mobilenet_v2": Net(PICTURE, torchvision("mobilenet_v2"), "mobilenet_v2"),
    "vit_b_16": Net(PICTURE, torchvision("vit_b_16"), "vit_b_16"),
}
PUBLISHED = """
alexnet vgg11 vgg13 vgg16 vgg16_bn vgg19 googlenet squeezenet1_0 resnet18 resnet34 resnet50 resnet101 resnet152
densenet121 densenet161 densenet169 densenet201 mobilenet_v2 mobilenet_v3_small mobilenet_v3_large efficientnet_b0
convnext_tiny vit_b_16
"""
TORCHVISION = {name: Net(PICTURE, weights(name), name) for name in PUBLISHED.split()}
TIMM = {
    "resnet50": Net(PICTURE, timm("resnet50"), "resnet50"),
    "mobilenet_v2": Net(PICTURE, timm("mobilenetv2_100"), "mobilenet_v2"),
    "vit_b_16": Net(PICTURE, timm("vit_base_patch16_224"), "vit_b_16"),
}
KERAS = {
    "lenet5": Net(
        (1, 32, 32),
        keras(
            (32, 32, 1), ("conv", 6, 5), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("conv", 120, 5), ("flat",),
            ("dense", 84), ("dense", 10),
        ),
        "lenet5-pytorch",
    ),
    "d2l": Net(
        (1, 28, 28),
        keras(
            (28, 28, 1), ("conv", 6, 5, 1, "same"), ("pool", 2), ("conv", 16, 5), ("pool", 2), ("flat",),
            ("dense", 120), ("dense", 84), ("dense", 10),
        ),
        "lenet5-d2l",
    ),
    "mobilenet_v2": Net(PICTURE, application("MobileNetV2"), "mobilenet_v2"),
    "resnet50": Net(PICTURE, application("ResNet50"), WITH_BIASES),
}  # fmt: skip


def unit(
    shape: tuple[int, ...], build: Callable[[Any], Any], *layers: str, axes: str = "T C", tokens: int = 0
) -> Net:
    """A network of one operation, the last of its layers."""

    def made() -> Any:
        from torch import nn

        return nn.Sequential(build(nn))

    given = f"[{', '.join(map(str, shape))}]"
    if len(shape) == 2:
        given = f"{{{', '.join(f'{axis}: {n}' for axis, n in zip(axes.split(), shape, strict=True))}}}"
    given = f"{{shape: {given}, dtype: int}}" if tokens else given
    lines = "".join(f"  - {{{layer}}}\n" for layer in (*layers[:-1], f"name: unit, {layers[-1]}"))
    return Net(shape, made, f"archcalc: 1\nname: unit\ninput: {given}\nlayers:\n{lines}", tokens)


def calls(function: Callable[..., Any], *parts: Any) -> Any:
    """A module that does what a function does with its input, and with the modules that it is given."""
    from torch import nn

    class Calls(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleList(parts)

        def forward(self, x: Any) -> Any:
            return function(x, *self.parts)

    return Calls()


def attention(nn: Any) -> Any:
    return calls(
        lambda x, each: each(x, x, x, need_weights=False)[0], nn.MultiheadAttention(8, 2, batch_first=True)
    )


def recurrent(kind: Any, *args: Any, **fields: Any) -> Any:
    """A recurrence whose last state nobody reads."""
    return calls(lambda x, each: each(x)[0], kind(*args, batch_first=True, **fields))


MAPS, WORDS = (4, 8, 8), (5, 16)
UNITS = {
    "conv1d": unit((4, 8), lambda nn: nn.Conv1d(4, 6, 3), "op: conv1d, out_channels: 6, kernel_size: 3", axes="C T"),
    "conv2d": unit(
        MAPS, lambda nn: nn.Conv2d(4, 6, 3, padding=1), "op: conv2d, out_channels: 6, kernel_size: 3, padding: 1"
    ),
    "conv2d without a bias": unit(
        MAPS, lambda nn: nn.Conv2d(4, 6, 3, bias=False), "op: conv2d, out_channels: 6, kernel_size: 3, bias: false"
    ),
    "conv2d in groups": unit(
        MAPS, lambda nn: nn.Conv2d(4, 6, 3, groups=2), "op: conv2d, out_channels: 6, kernel_size: 3, groups: 2"
    ),
    "conv2d of each map": unit(
        MAPS, lambda nn: nn.Conv2d(4, 4, 3, groups=4), "op: depthwise_conv2d, kernel_size: 3"
    ),
    "conv3d": unit(
        (2, 4, 4, 4), lambda nn: nn.Conv3d(2, 3, 2), "op: conv3d, out_channels: 3, kernel_size: 2"
    ),
    "conv_transpose2d": unit(
        MAPS,
        lambda nn: nn.ConvTranspose2d(4, 6, 2, stride=2),
        "op: conv_transpose2d, out_channels: 6, kernel_size: 2, stride: 2",
    ),
    "conv_transpose2d that overlaps": unit(
        MAPS,
        lambda nn: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, bias=False),
        "op: conv_transpose2d, out_channels: 6, kernel_size: 3, stride: 2, padding: 1, bias: false",
    ),
    "linear": unit((16,), lambda nn: nn.Linear(16, 10), "op: linear, out_features: 10"),
    "linear without a bias": unit(
        (16,), lambda nn: nn.Linear(16, 10, bias=False), "op: linear, out_features: 10, bias: false"
    ),
    "linear of a sequence": unit(WORDS, lambda nn: nn.Linear(16, 10), "op: linear, out_features: 10"),
    "linear of a sequence without a bias": unit(
        WORDS, lambda nn: nn.Linear(16, 10, bias=False), "op: linear, out_features: 10, bias: false"
    ),
    "batch_norm": unit(MAPS, lambda nn: nn.BatchNorm2d(4), "op: batch_norm"),
    "batch_norm without gains": unit(
        MAPS, lambda nn: nn.BatchNorm2d(4, affine=False), "op: batch_norm, affine: false"
    ),
    "layer_norm": unit(WORDS, lambda nn: nn.LayerNorm(16), "op: layer_norm"),
    "layer_norm without gains": unit(
        WORDS, lambda nn: nn.LayerNorm(16, elementwise_affine=False), "op: layer_norm, elementwise_affine: false"
    ),
    "group_norm": unit(MAPS, lambda nn: nn.GroupNorm(2, 4), "op: group_norm, num_groups: 2"),
    "instance_norm": unit(
        MAPS, lambda nn: nn.InstanceNorm2d(4, affine=True), "op: instance_norm, affine: true"
    ),
    "rms_norm": unit(WORDS, lambda nn: nn.RMSNorm(16), "op: rms_norm"),
    "local_response_norm": unit(MAPS, lambda nn: nn.LocalResponseNorm(3), "op: local_response_norm, size: 3"),
    "relu": unit(MAPS, lambda nn: nn.ReLU(), "op: relu"),
    "relu6": unit(MAPS, lambda nn: nn.ReLU6(), "op: relu6"),
    "leaky_relu": unit(MAPS, lambda nn: nn.LeakyReLU(), "op: leaky_relu"),
    "prelu": unit(MAPS, lambda nn: nn.PReLU(), "op: prelu"),
    "elu": unit(MAPS, lambda nn: nn.ELU(), "op: elu"),
    "gelu": unit(MAPS, lambda nn: nn.GELU(), "op: gelu"),
    "silu": unit(MAPS, lambda nn: nn.SiLU(), "op: silu"),
    "hard_swish": unit(MAPS, lambda nn: nn.Hardswish(), "op: hard_swish"),
    "hard_sigmoid": unit(MAPS, lambda nn: nn.Hardsigmoid(), "op: hard_sigmoid"),
    "softplus": unit(MAPS, lambda nn: nn.Softplus(), "op: softplus"),
    "tanh": unit(MAPS, lambda nn: nn.Tanh(), "op: tanh"),
    "sigmoid": unit(MAPS, lambda nn: nn.Sigmoid(), "op: sigmoid"),
    "softmax": unit(WORDS, lambda nn: nn.Softmax(-1), "op: softmax"),
    "log_softmax": unit(WORDS, lambda nn: nn.LogSoftmax(-1), "op: log_softmax"),
    "glu": unit(WORDS, lambda nn: nn.GLU(), "op: glu"),
    "max_pool2d": unit(MAPS, lambda nn: nn.MaxPool2d(2), "op: max_pool2d, kernel_size: 2"),
    "max_pool2d that overlaps": unit(
        MAPS, lambda nn: nn.MaxPool2d((3, 2), 1), "op: max_pool2d, kernel_size: [3, 2], stride: 1"
    ),
    "avg_pool1d": unit((4, 8), lambda nn: nn.AvgPool1d(2), "op: avg_pool1d, kernel_size: 2", axes="C T"),
    "avg_pool2d": unit(MAPS, lambda nn: nn.AvgPool2d((2, 2)), "op: avg_pool2d, kernel_size: 2"),
    "global_avg_pool2d": unit(MAPS, lambda nn: nn.AdaptiveAvgPool2d(1), "op: global_avg_pool2d"),
    "adaptive_avg_pool2d": unit(
        MAPS, lambda nn: nn.AdaptiveAvgPool2d((4, 2)), "op: adaptive_avg_pool2d, output_size: [4, 2]"
    ),
    "adaptive_max_pool2d": unit(
        MAPS, lambda nn: nn.AdaptiveMaxPool2d(2), "op: adaptive_max_pool2d, output_size: 2"
    ),
    "upsample": unit(MAPS, lambda nn: nn.Upsample(scale_factor=2), "op: upsample, scale_factor: 2"),
    "upsample, bilinear": unit(
        MAPS, lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"), "op: upsample, scale_factor: 2, mode: bilinear"
    ),
    "pixel_shuffle": unit(MAPS, lambda nn: nn.PixelShuffle(2), "op: pixel_shuffle, upscale_factor: 2"),
    "flatten": unit(MAPS, lambda nn: nn.Flatten(), "op: flatten"),
    "dropout": unit(MAPS, lambda nn: nn.Dropout(), "op: dropout"),
    "pad": unit(MAPS, lambda nn: nn.ZeroPad2d(1), "op: pad, padding: {H: 1, W: 1}"),
    "sum": unit(
        (16,), lambda nn: calls(lambda x, f: x + f(x), nn.Linear(16, 16)),
        "name: f, op: linear, out_features: 16", "op: add, from: [input, f]",
    ),
    "product": unit(
        (16,), lambda nn: calls(lambda x, f: x * f(x), nn.Linear(16, 16)),
        "name: f, op: linear, out_features: 16", "op: multiply, from: [input, f]",
    ),
    "matmul": unit(
        WORDS, lambda nn: calls(lambda x, f: x @ f(x).transpose(1, 2), nn.Linear(16, 16)),
        "name: f, op: linear, out_features: 16", "op: matmul, transpose_b: true, from: [input, f]",
    ),
    "attention": unit((5, 8), attention, "op: attention, num_heads: 2"),
    "embedding": unit(
        (5,), lambda nn: nn.Embedding(100, 16), "op: embedding, num_embeddings: 100, embedding_dim: 16", tokens=100
    ),
    "rnn": unit((5, 8), lambda nn: recurrent(nn.RNN, 8, 6), "op: rnn, hidden_size: 6"),
    "lstm": unit((5, 8), lambda nn: recurrent(nn.LSTM, 8, 6), "op: lstm, hidden_size: 6"),
    "lstm, two layers, both ways": unit(
        (5, 8),
        lambda nn: recurrent(nn.LSTM, 8, 6, 2, bidirectional=True),
        "op: lstm, hidden_size: 6, num_layers: 2, bidirectional: true",
    ),
    "lstm without biases": unit(
        (5, 8), lambda nn: recurrent(nn.LSTM, 8, 6, bias=False), "op: lstm, hidden_size: 6, bias: false"
    ),
    "gru": unit((5, 8), lambda nn: recurrent(nn.GRU, 8, 6), "op: gru, hidden_size: 6"),
}  # fmt: skip
