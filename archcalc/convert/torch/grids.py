"""Places that are moved, put around or taken: rolls, padding, indices, other grids."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call, Tensor, Unknown, own, places, rule
from archcalc.convert.torch.layers import known_rows
from archcalc.convert.torch.shapes import axis_at, cut, size_at
from archcalc.convert.torch.sketch import Value

if TYPE_CHECKING:
    from archcalc.convert.torch.reader import Reader


@rule("roll")
def rolled(r: Reader, c: Call) -> Value:
    """Axes moved in a circle."""
    x = r.value(c["self"], c)
    shifts = [c["shifts"]] if isinstance(c["shifts"], int) else list(c["shifts"])
    dims = [c["dims"]] if isinstance(c["dims"], int) else list(c["dims"])
    if not dims:
        raise Unknown
    for shift, dim in zip(shifts, dims, strict=True):
        if shift:
            x = r.emit(c, "roll", {"axis": axis_at(x, dim), "shift": shift}, [x])
    return x


@rule("flip")
def flipped(r: Reader, c: Call) -> Any:
    """An axis the other way round, which is known rows of it."""
    x = r.value(c["self"], c)
    for dim in c["dims"]:
        x = r.emit(c, "gather", {"axis": axis_at(x, dim), "count": size_at(x, dim)}, [x], word="flip")
    return x


@rule("pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "replication_pad2d")
def padded(r: Reader, c: Call) -> Any:
    """Cells around some axes; what they hold, where it is not one value, no figure depends on."""
    given = c["self"]
    around = list(c["pad"] if "pad" in c.args else c["padding"])
    if not any(around):
        return given
    x = r.value(given, c)
    fields: dict[Any, list[int]] = {}
    for i in range(len(around) // 2):
        before, after = around[2 * i], around[2 * i + 1]
        if before < 0 or after < 0:
            dim = len(x.shape) - 1 - i
            size = size_at(x, dim)
            shape = (*x.shape[:dim], size + min(before, 0) + min(after, 0), *x.shape[dim + 1 :])
            x = cut(r, c, x, dim, max(-before, 0), size + min(after, 0), 1, shape)
            before, after = max(before, 0), max(after, 0)
        if before or after:
            fields[axis_at(x, -1 - i)] = [before, after]
    if not fields:
        return x
    more = {"value": c["value"]} if c.get("value") and abs(c["value"]) < 1e300 else {}
    return r.emit(c, "pad", {"padding": fields, **more}, [x], word="pad")


@rule("index")
def indexed(r: Reader, c: Call) -> Any:
    """Places of an axis that are known beforehand."""
    given = c["self"]
    wanted = [(i, index) for i, index in enumerate(c["indices"]) if index is not None]
    if len(wanted) != 1 or not isinstance(wanted[0][1], Tensor):
        raise Unknown
    dim, index = wanted[0]
    if isinstance(given, Tensor):
        if dim == 0 and len(given.shape) == 2 and given.name and not given.turned and not given.part:
            c.op = "index"
            return known_rows(r, c, given, own(index.shape))
        given = r.value(given, c)
    count = prod(own(index.shape))
    axis, place = axis_at(given, dim), places(given.shape)[dim]
    assert place is not None
    sizes = (*given.sizes[:place], count, *given.sizes[place + 1 :])
    y = Value(given.shape, sizes, given.axes)
    r.sketch.step(c.scope, "gather", {"axis": axis, "count": count}, [given], y)
    return r.shaped(y, own(c.shape), c.shape, c.scope)


@rule("index_select")
def index_selected(r: Reader, c: Call) -> Any:
    """Places of an axis that are known beforehand."""
    if not isinstance(c["index"], Tensor):
        raise Unknown
    x = r.value(c["self"], c)
    return r.emit(c, "gather", {"axis": axis_at(x, c["dim"]), "count": c["index"].shape[0]}, [x])


@rule("pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle")
def shuffled(r: Reader, c: Call) -> Value:
    """Maps for cells, and back."""
    x = r.value(c["self"], c)
    if len(x.sizes) != 3:
        raise Unknown
    x = r.sketch.called(x, ("C", "H", "W"), c.scope)
    key = {"pixel_shuffle": "upscale_factor", "pixel_unshuffle": "downscale_factor"}.get(c.op, "groups")
    return r.emit(c, c.op.removeprefix("native_"), {key: c[key]}, [x])


@rule(
    "upsample_nearest2d", "upsample_bilinear2d", "upsample_nearest1d", "_upsample_nearest_exact2d",
    "upsample_linear1d", "upsample_bicubic2d", "_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa",
)  # fmt: skip
def finer(r: Reader, c: Call) -> Any:
    """Maps on another grid."""
    x = c["input"] if "input" in c.args else c["self"]
    mode = "nearest" if "nearest" in c.op else "bilinear"
    if "bicubic" in c.op or "_aa" in c.op or "1d" in c.op:
        raise Unknown
    x = r.value(x, c)
    if len(x.sizes) != 3:
        raise Unknown
    x = r.sketch.called(x, ("C", "H", "W"), c.scope)
    size = own(c.shape)[1:]
    if size == x.sizes[1:]:
        return r.aliased(x, c.shape)
    factors = [big // small for big, small in zip(size, x.sizes[1:], strict=True)]
    whole = all(small * factor == big for small, factor, big in zip(x.sizes[1:], factors, size, strict=True))
    by_scale = whole and c.get("scale_factors") is not None
    field: dict[str, Any] = {"scale_factor": _one(factors)} if by_scale else {"size": _one(list(size))}
    return r.emit(c, "upsample", {**field, **({} if mode == "nearest" else {"mode": mode})}, [x])


def _one(both: list[int]) -> Any:
    return both[0] if both[0] == both[1] else both
