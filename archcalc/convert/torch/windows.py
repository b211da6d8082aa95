"""Operations that slide a window over maps: convolutions and pools."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call, Tensor, Unknown, own, rule
from archcalc.convert.torch.layers import given_tensors, unlike, weight_of
from archcalc.convert.torch.ours import says
from archcalc.window import Axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.torch.reader import Reader
    from archcalc.convert.torch.sketch import Value

PLANES = {1: ("C", "T"), 2: ("C", "H", "W"), 3: ("C", "D", "H", "W")}


def each(given: Any, rank: int) -> list[int]:
    """A number for each axis."""
    listed = list(given) if isinstance(given, list | tuple) else [given]
    return listed * rank if len(listed) == 1 else listed


def sides(given: Any, rank: int) -> Any:
    """A number for each axis, or one for all, as a spec has them."""
    listed = each(given, rank)
    return listed[0] if len(set(listed)) == 1 else listed


def around(pads: Sequence[int], rank: int) -> Any:
    """Cells before and after each axis, the last axis first, as a spec has them: as short as may be."""
    pairs = list(zip(pads[::2], pads[1::2], strict=True))[::-1]
    if all(before == after for before, after in pairs):
        return sides([before for before, _ in pairs], rank)
    return [cells for pair in pairs for cells in pair]


def maps(r: Reader, c: Call, rank: int, given: Any = None) -> Value:
    """What a window slides over, with its axes by name; a size of 1 before the channels is taken off."""
    x = r.value(c["input"] if given is None else given, c)
    if len(x.sizes) == rank + 2 and x.sizes[0] == 1:
        x = r.shaped(x, x.sizes[1:], x.shape, c.scope)
    if len(x.sizes) != rank + 1:
        raise Unknown
    return r.sketch.called(x, PLANES[rank], c.scope)


def window(kernel: Sequence[int], stride: Any, dilation: Any = 1) -> list[Axis]:
    """The window along each axis, with as much padding as `same` takes."""
    rank = len(kernel)
    steps = zip(kernel, each(stride, rank), each(dilation, rank), strict=True)
    return [Axis(size, step, "same", apart) for size, step, apart in steps]


def around_before(r: Reader, c: Call, given: Any, axes: list[Axis], filling: float = 0) -> tuple[Any, Any]:
    """What a window slides over, and its padding, where that was put around it in the same statement."""
    step = r.said_with(c, given, "pad")
    if step is None or (Call(r, step.node).get("value") or 0) != filling:  # type: ignore[arg-type]
        return given, 0
    rank = len(axes)
    before, cells = step.reads[0], step.fields["padding"]
    if any(axis in cells for axis in before.axes[:-rank]):
        return given, 0
    pairs = [tuple(cells.get(axis, (0, 0))) for axis in before.axes[-rank:]]
    same = [axis.pads(size) for axis, size in zip(axes, before.sizes[-rank:], strict=True)]
    if pairs == same and says(r.module.get_submodule(step.scope), "pad_same"):
        return before, "same"
    return before, around([side for pair in reversed(pairs) for side in pair], rank)


@rule("conv1d", "conv2d", "conv3d")
def convolution(r: Reader, c: Call) -> Value:
    """A convolution; one with a filter for each map on its own is depthwise."""
    rank = int(c.op[4])
    weight = weight_of(c)
    kernel = weight.shape[2:]
    given, padding = c["input"], c["padding"]
    if padding == "valid" or not any(padding):
        given, padding = around_before(r, c, given, window(kernel, c["stride"], c["dilation"]))
    x = maps(r, c, rank, given)
    fields = {
        "kernel_size": sides(kernel, rank),
        **unlike(1, stride=sides(c["stride"], rank)),
        **unlike(0, padding=padding if isinstance(padding, str) else sides(padding, rank)),
        **unlike(1, dilation=sides(c["dilation"], rank)),
    }
    if c["bias"] is None:
        fields["bias"] = False
    groups = c["groups"]
    if 1 < groups == x.sizes[0] and rank < 3:
        more = unlike(1, depth_multiplier=weight.shape[0] // groups)
        return r.emit(
            c, f"depthwise_conv{rank}d", {**fields, **more}, [x], tensors=given_tensors(c, "weight", "bias")
        )
    fields = {"out_channels": weight.shape[0], **fields, **unlike(1, groups=groups)}
    return r.emit(c, f"conv{rank}d", fields, [x], tensors=given_tensors(c, "weight", "bias"))


@rule("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(r: Reader, c: Call) -> Value:
    """A transposed convolution."""
    rank = int(c.op[-2])
    weight = weight_of(c)
    x = maps(r, c, rank)
    fields = {
        "out_channels": weight.shape[1] * c["groups"],
        "kernel_size": sides(weight.shape[2:], rank),
        **unlike(1, stride=sides(c["stride"], rank)),
        **unlike(0, padding=sides(c["padding"], rank)),
        **unlike(0, output_padding=sides(c["output_padding"], rank)),
        **unlike(1, groups=c["groups"]),
        **unlike(1, dilation=sides(c["dilation"], rank)),
    }
    if c["bias"] is None:
        fields["bias"] = False
    return r.emit(c, f"conv_transpose{rank}d", fields, [x], tensors=given_tensors(c, "weight", "bias"))


@rule("convolution")
def any_convolution(r: Reader, c: Call) -> Value:
    """A convolution of any rank, by its general form."""
    rank = len(c["weight"].shape) - 2
    c.op = f"conv_transpose{rank}d" if c["transposed"] else f"conv{rank}d"
    return transposed(r, c) if c["transposed"] else convolution(r, c)


@rule("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices")
def largest(r: Reader, c: Call) -> Any:
    """The largest under a window."""
    rank = int(c.op[8])
    if c["dilation"] not in (1, [1] * len(c["dilation"])):
        raise Unknown
    x, fields = pooled(r, c, rank, -inf)
    single = not c.op.endswith("indices")
    y = r.emit(c, f"max_pool{rank}d", fields, [x], shape=None if single else first_shape(c))
    return y if single else [y, Tensor(first_shape(c))]


def first_shape(c: Call) -> tuple[int, ...]:
    """The shape of the first of several results."""
    return tuple(int(size) for size in c.node.meta["val"][0].shape)


@rule("avg_pool1d", "avg_pool2d", "avg_pool3d")
def mean_pool(r: Reader, c: Call) -> Value:
    """The mean under a window."""
    rank = int(c.op[8])
    if c.get("divisor_override") is not None:
        raise Unknown
    x, fields = pooled(r, c, rank, 0)
    if not c["count_include_pad"] and any(each(c["padding"], rank)):
        fields["count_include_pad"] = False
    return r.emit(c, f"avg_pool{rank}d", fields, [x])


def pooled(r: Reader, c: Call, rank: int, filling: float) -> tuple[Value, dict[str, Any]]:
    """What a pool slides over, and its fields."""
    kernel, stride = c["kernel_size"], c["stride"] or c["kernel_size"]
    given, padding = c["self"], sides(c["padding"], rank)
    if padding == 0 and not c["ceil_mode"]:
        given, padding = around_before(r, c, given, window(each(kernel, rank), stride), filling)
    return maps(r, c, rank, given), {
        "kernel_size": sides(kernel, rank),
        **unlike(sides(kernel, rank), stride=sides(stride, rank)),
        **unlike(0, padding=padding),
        **unlike(False, ceil_mode=c["ceil_mode"]),
    }


@rule("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def adaptive_mean(r: Reader, c: Call) -> Any:
    """The mean of each part of what is cut into as many as asked for; of one part, global."""
    rank = int(c.op[-2])
    return adaptive(r, c, rank, "avg")


@rule("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_largest(r: Reader, c: Call) -> Any:
    """The largest of each part."""
    y = adaptive(r, c, int(c.op[-2]), "max", first_shape(c))
    return [y, Tensor(y.shape)]


def adaptive(r: Reader, c: Call, rank: int, of: str, shape: tuple[int, ...] | None = None) -> Value:
    """A pool to a given size, whatever the input's."""
    x = maps(r, c, rank, c.get("self"))
    size = [n if wanted is None else wanted for wanted, n in zip(c["output_size"], x.sizes[1:], strict=True)]
    shape = c.shape if shape is None else shape
    if set(size) == {1} and flattened(c, shape):
        y = r.emit(c, f"global_{of}_pool{rank}d", {}, [x], x.axes[:1], shape=shape[: -rank or None])
        return r.aliased(y, shape)  # what reads it sees a vector
    return r.emit(c, f"adaptive_{of}_pool{rank}d", {"output_size": sides(size, rank)}, [x], shape=shape)


def flattened(c: Call, shape: tuple[int, ...]) -> bool:
    """Whether all that is done with a result, or the first of several, is to take off axes of size 1."""
    import operator

    vector = len(own(shape[:2]))
    users = [
        again
        for user in c.node.users
        for again in (user.users if user.target is operator.getitem else (user,))
    ]
    return bool(users) and all(
        user.op == "call_function"
        and getattr(user.target, "__name__", "").partition(".")[0]
        in ("flatten", "view", "reshape", "squeeze", "_unsafe_view", "mean")
        and len(own(user.meta["val"].shape)) == vector
        for user in users
    )
