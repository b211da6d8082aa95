"""Operations on numbers: sums and products number by number, and along axes."""

from __future__ import annotations

from math import isclose, isfinite, prod, sqrt
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call, Tensor, Unknown, own, places, plain, rule
from archcalc.convert.torch.exporting import BATCH
from archcalc.convert.torch.shapes import spread
from archcalc.convert.torch.sketch import Step, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.torch.reader import Reader


@rule("masked_fill", "where")
def masked(r: Reader, c: Call) -> Any:
    """What is read, some of it put to a constant: copies, which cost nothing."""
    if c.op.startswith("masked_fill"):
        x, mask, other = c["self"], c["mask"], c["value"]
    else:
        x, mask, other = c["self"], c["condition"], c["other"]
        if isinstance(mask, Value) and isinstance(mask.source, Step):
            raise Unknown
        if not isinstance(x, Value):
            x, other = other, x
    if not isinstance(x, Value) or isinstance(mask, Value) or isinstance(other, Value):
        raise Unknown
    if own(c.shape) != x.sizes:
        x = spread(r, c, aligned(r, c, x), own(c.shape))
    return r.emit(c, "identity", {}, [x], word="mask")


JOINS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "maximum": "maximum",
    "minimum": "minimum", "rsub": "subtract", "__add__": "add", "__mul__": "multiply",
}  # fmt: skip


@rule(*JOINS)
def join(r: Reader, c: Call) -> Any:
    """Two inputs number by number, or one and a constant."""
    op = c.op.removesuffix("_") if not c.op.startswith("__") else c.op
    a, b = c["self"], c["other"]
    if op == "rsub":
        a, b = b, a
    kind = JOINS[op]
    alpha = c.get("alpha", 1)
    if c.get("rounding_mode"):
        raise Unknown
    if isinstance(a, (int, float)) or isinstance(b, (int, float)):
        return with_constant(r, c, kind, a, b, alpha)
    if alpha != 1:
        b = r.emit(c, "rescale", {"scale": plain(alpha)}, [r.value(b, c)], shape=b.shape)
    if kind == "multiply":
        scaled = layer_scale(r, c, a, b)
        if scaled is not None:
            return scaled
    if kind == "add" and (biased := unit_bias(r, c, a, b)):
        return biased
    if kind in ("multiply", "divide") and isinstance(b, Tensor) and not b.name and set(b.shape) <= {1}:
        r.factors.append(c.scope or "the network itself")
        return r.emit(c, "rescale", {"scale": "1/2"}, [r.value(a, c)], word="scale")
    parts = [part for side in (a, b) for part in terms(r, c, kind, side)]
    return joined(r, c, kind, parts)


def terms(r: Reader, c: Call, kind: str, side: Any) -> list[Any]:
    """What a side of a sum or product is the sum or product of, in the same statement."""
    step = r.said_with(c, side, kind) if kind in ("add", "multiply") else None
    return step.reads if step and step.value.shape == c.shape else [side]


def unit_bias(r: Reader, c: Call, a: Any, b: Any) -> Value | None:
    """A convolution, and in the same statement a bias for each unit."""
    step = r.said_with(c, a, *(f"{kind}{n}d" for kind in ("conv", "depthwise_conv") for n in (1, 2, 3)))
    if step is None or step.fields.get("bias") is not False or not isinstance(b, Tensor) or not b.name:
        return None
    if b.part or own(b.shape) != step.value.sizes:
        return None
    step.fields["bias"] = "per_unit"
    r.owned(step, {"bias": b})
    return step.value


@rule("addcmul")
def add_product(r: Reader, c: Call) -> Value:
    """A sum of one and the product of two others."""
    if c["value"] != 1:
        raise Unknown
    a, b = c["tensor1"], c["tensor2"]
    y = layer_scale(r, c, a, b) or joined(r, c, "multiply", [a, b])
    return joined(r, c, "add", [y, c["self"]])


def with_constant(r: Reader, c: Call, kind: str, a: Any, b: Any, alpha: Any) -> Value:
    """A sum, product or quotient with a number."""
    first = isinstance(a, (int, float))
    x, number = (r.value(b, c), a) if first else (r.value(a, c), b)
    if not isfinite(number) or abs(number) > 1e300:
        raise Unknown
    if kind == "add":
        return r.emit(c, "rescale", {"offset": plain(number if first else number * alpha)}, [x], word="add")
    if kind == "subtract":
        if first:
            fields: dict[str, Any] = {"scale": -1, "offset": plain(number)}
        else:
            fields = {"offset": plain(-number * alpha)}
        return r.emit(c, "rescale", fields, [x], word="subtract")
    if kind == "multiply":
        table = r.said_with(c, x, "embedding")
        if table is not None and isclose(number, sqrt(table.fields["embedding_dim"])):
            table.fields["scale"] = True
            return x
        return r.emit(c, "rescale", {"scale": plain(number)}, [x], word="scale")
    if kind == "divide" and not first and number:
        scale = f"1/{plain(number)}" if isinstance(plain(number), int) else repr(1 / number)
        return r.emit(c, "rescale", {"scale": scale}, [x], word="scale")
    if kind == "divide" and number == 1:
        return r.emit(c, "power", {"exponent": -1}, [x], word="reciprocal")
    raise Unknown


def layer_scale(r: Reader, c: Call, a: Any, b: Any) -> Value | None:
    """A product with a gain for each channel, if it is one."""
    if isinstance(a, Tensor):
        a, b = b, a
    if not isinstance(a, Value) or not isinstance(b, Tensor) or not b.trained or b.part:
        return None
    if a.shape != c.shape:
        return None
    wide = (1,) * (len(a.shape) - len(b.shape)) + b.shape
    long = [i for i, size in enumerate(wide) if size != 1]
    if len(long) != 1 or a.shape[long[0]] != wide[long[0]] or prod(b.whole) != wide[long[0]]:
        return None
    place = places(a.shape)[long[0]]
    if place is None or not a.axes[place].call("C"):
        return None
    gain = b.seen(b.whole)
    return r.emit(c, "layer_scale", {}, [a], tensors={"weight": gain})


def joined(r: Reader, c: Call, op: str, given: Sequence[Any], word: str = "") -> Value:
    """A join of several, each spread to the axes of the result."""
    wide = sorted(range(len(given)), key=lambda i: not isinstance(given[i], Value))
    if not isinstance(given[wide[0]], Value):
        given = [r.value(part, c) for part in given]
    xs = [aligned(r, c, part) for part in given]
    lead = max(range(len(xs)), key=lambda i: (isinstance(given[i], Value), prod(xs[i].sizes)))
    axes = xs[lead].axes
    xs = [x if i == lead else r.sketch.alike(x, axes, c.scope) for i, x in enumerate(xs)]
    return r.emit(c, op, {}, xs, axes, word=word)


def aligned(r: Reader, c: Call, part: Any) -> Value:
    """What is read with an axis for each of the result's, of size 1 where it has none."""
    shape = c.shape
    wide = (1,) * (len(shape) - len(part.shape)) + tuple(part.shape)
    sizes = []
    for mine, whole in zip(wide, shape, strict=True):
        if whole == BATCH:
            continue
        sizes.append(mine // BATCH if mine % BATCH == 0 else mine)
    found = tuple(sizes) or (1,)
    if isinstance(part, Value):
        return r.shaped(part, found, part.shape, c.scope)
    return r.place(part, found, part.shape, c)


# -- along axes

REDUCED = {"mean": "mean", "sum": "sum", "amax": "max", "amin": "min"}


@rule(*REDUCED)
def reduced(r: Reader, c: Call) -> Any:
    """A mean, sum, maximum or minimum along axes; the mean or maximum of maps is global pooling."""
    x = r.value(c["self"], c)
    how, keep = REDUCED[c.op], bool(c.get("keepdim", False))
    dims = c.get("dim")
    if dims is None or dims == []:
        raise Unknown
    dims = [dim % len(x.shape) for dim in ([dims] if isinstance(dims, int) else dims)]
    at = places(x.shape)
    gone = [at[dim] for dim in dims]
    if any(place is None or x.shape[dim] % BATCH == 0 for place, dim in zip(gone, dims, strict=True)):
        raise Unknown
    long = [place for place in gone if place is not None and x.sizes[place] != 1]
    if not long:
        return r.shaped(x, own(c.shape), c.shape, c.scope)
    rank = len(x.sizes) - 1
    if (
        how in ("mean", "max")
        and rank in (1, 2, 3)
        and sorted(p for p in gone if p is not None) == [*range(1, rank + 1)]
    ):
        pooled = pool(r, c, x, rank, "avg" if how == "mean" else "max", keep=keep)
        if pooled is not None:
            return pooled
    over = [x.axes[place] for place in sorted(place for place in gone if place is not None)]
    left = tuple(axis for i, axis in enumerate(x.axes) if keep or i not in gone)
    keep = keep or not left
    fields: dict[str, Any] = {"over": over}
    if how != "mean":
        fields["function"] = how
    if keep:
        fields["keep"] = True
    return r.emit(c, "reduce", fields, [x], left or x.axes, word=how)


def pool(r: Reader, c: Call, x: Value, rank: int, of: str, *, keep: bool) -> Value | None:
    """The mean, or the largest, of every map, if these are maps."""
    from archcalc.convert.torch.windows import PLANES

    if rank == 1 and x.axes[0].root.name != "C":
        return None
    if not all(axis.call(name) for axis, name in zip(x.axes, PLANES[rank], strict=True)):
        return None
    if keep:
        return r.emit(c, f"adaptive_{of}_pool{rank}d", {"output_size": 1}, [x])
    return r.emit(c, f"global_{of}_pool{rank}d", {}, [x], x.axes[:1])
