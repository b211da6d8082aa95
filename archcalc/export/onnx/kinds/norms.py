"""Norms, and gains on their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.rules import writes
from archcalc.lazy import np

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


def gains(part: Part, count: int) -> tuple[str, str]:
    """The gain and the bias of a norm, ones and zeros where it has none."""
    weight = part.get("weight") or part.constant([1.0] * count)
    return weight, part.get("bias") or part.constant([0.0] * count)


@writes("batch_norm", "instance_norm")
def per_channel(part: Part, layer: Any, x: str) -> str:
    """A BatchNormalization with running statistics, an InstanceNormalization with those of the example."""
    first, back = part.channels_first(x, part.y.axes)
    weight, bias = gains(part, part.y[part.y.axes.index("C")])
    eps = float(layer.eps)
    if layer.track_running_stats:
        running = (part["running_mean"], part["running_var"])
        y = part("BatchNormalization", first, weight, bias, *running, epsilon=eps)
    else:
        y = part("InstanceNormalization", first, weight, bias, epsilon=eps)
    return part.permute(y, back)


@writes("group_norm")
def groups(part: Part, layer: Any, x: str) -> str:
    """An InstanceNormalization of the groups, then the gain and the bias of each channel."""
    count, axes = int(layer.num_groups), part.y.axes
    first, back = part.channels_first(x, axes)
    grouped = part.reshape(first, count, -1)
    ones, zeros = part.constant([1.0] * count), part.constant([0.0] * count)
    y = part("InstanceNormalization", grouped, ones, zeros, epsilon=float(layer.eps))
    at = axes.index("C")
    named = ("C", *(axis for axis in axes if axis != "C"))
    sizes = (part.y[at], *(size for axis, size in part.y.named() if axis != "C"))
    y = part.reshape(y, *sizes)
    for op, word in (("Mul", "weight"), ("Add", "bias")):
        y = part(op, y, part.laid(part[word], named)) if part.get(word) else y
    return part.permute(y, back)


@writes("local_response_norm")
def local_response(part: Part, layer: Any, x: str) -> str:
    """An LRN of maps; of an even number of channels the quotient, by the mean of squares of neighbours."""
    first, back = part.channels_first(x, part.y.axes)
    size = int(layer.size)
    alpha, beta, k = float(layer.alpha), float(layer.beta), float(layer.k)
    if size % 2 and len(part.y) == 3:
        return part.permute(part("LRN", first, size=size, alpha=alpha, beta=beta, bias=k), back)
    channels = part.y[part.y.axes.index("C")]
    ordered = [channels, *(n for axis, n in part.y.named() if axis != "C")]
    plane = part.reshape(part("Mul", first, first), 1, channels, -1)
    before, behind = size // 2, (size - 1) // 2
    padded = part("Pad", plane, part.whole(0, 0, before, 0, 0, 0, behind, 0))
    means = part("AveragePool", padded, kernel_shape=[size, 1], strides=[1, 1])
    around = part.reshape(part.plus(part.times(means, alpha), k), *ordered)
    return part.permute(part("Div", first, part("Pow", around, part.constant(beta))), back)


@writes("layer_norm")
def layer_norm(part: Part, layer: Any, x: str) -> str:
    """A LayerNormalization over the last axes; where others are normed over, they are put last for it."""
    axes = part.y.axes
    over = [i for i, axis in enumerate(axes) if layer.over == "all" or axis in layer.over]
    order = [*(i for i in range(len(axes)) if i not in over), *over]
    shape = [part.y[i] for i in over]
    weight, bias = part.get("weight"), part.get("bias")
    weight = weight or part("ConstantOfShape", part.whole(*shape), value=np.array([1.0]))
    inputs = (part.permute(x, order), weight, *([bias] if bias else []))
    y = part("LayerNormalization", *inputs, axis=-len(over), epsilon=float(layer.eps))
    return part.permute(y, [order.index(i) for i in range(len(axes))])


@writes("rms_norm")
def rms_norm(part: Part, layer: Any, x: str) -> str:
    """x over the root of the mean of its squares and eps, then the gain."""
    axes = part.y.axes
    over = [axis for axis in axes if layer.over == "all" or axis in layer.over]
    places = part.whole(*(axes.index(axis) - len(axes) for axis in over))
    mean = part("ReduceMean", part("Mul", x, x), places, keepdims=1)
    y = part("Div", x, part("Sqrt", part.plus(mean, float(layer.eps))))
    return part("Mul", y, part.laid(part["weight"], axes, over)) if layer.elementwise_affine else y


@writes("layer_scale")
def layer_scale(part: Part, layer: Any, x: str) -> str:
    """Each channel times its gain."""
    return part("Mul", x, part.laid(part["weight"], part.y.axes))
