"""Operations on numbers: activations, sums and products number by number, along axes, and of matrices."""

from __future__ import annotations

from math import isclose, isfinite, prod, sqrt
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.exporting import BATCH
from archcalc.convert.torch.layers import full, turned
from archcalc.convert.torch.reader import Tensor, Unknown, own, places, rule
from archcalc.convert.torch.shapes import axis_at, spread
from archcalc.convert.torch.sketch import Axis, Step, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.torch.reader import Call, Reader

# -- one number at a time

PLAIN = {
    "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "silu": "silu", "mish": "mish",
    "hardswish": "hard_swish", "hardsigmoid": "hard_sigmoid", "log_sigmoid": "log_sigmoid", "selu": "selu",
    "softsign": "softsign",
}  # fmt: skip


def plain(given: Any) -> Any:
    """A constant as a spec has it."""
    if isinstance(given, float) and given == int(given) and abs(given) < 1e15:
        return int(given)
    return given


@rule(*PLAIN)
def activation(r: Reader, c: Call) -> Value:
    """An activation without fields."""
    return r.emit(c, PLAIN[c.op.removesuffix("_")], {}, [r.value(c["self"], c)])


@rule("gelu", "leaky_relu", "elu", "celu", "softplus", "hardtanh", "clamp", "clamp_min", "threshold")
def bent(r: Reader, c: Call) -> Value:
    """An activation with fields."""
    x = r.value(c["self"], c)
    op = c.op.removesuffix("_")
    fields: dict[str, Any] = {}
    if op == "gelu":
        fields = {} if c["approximate"] == "none" else {"approximate": c["approximate"]}
    elif op == "leaky_relu":
        fields = {} if c["negative_slope"] == 0.01 else {"negative_slope": c["negative_slope"]}
    elif op in ("elu", "celu"):
        if op == "elu" and (c["scale"], c["input_scale"]) != (1, 1):
            raise Unknown
        fields = {} if c["alpha"] == 1 else {"alpha": plain(c["alpha"])}
    elif op == "softplus":
        fields = {} if c["beta"] == 1 else {"beta": plain(c["beta"])}
    else:
        return clamped(r, c, x, op)
    return r.emit(c, op, fields, [x])


def clamped(r: Reader, c: Call, x: Value, op: str) -> Value:
    """Numbers cut off on one side, which is a rectifier where that is 0, or on both."""
    if op == "threshold":
        raise Unknown
    low, high = (c["min_val"], c["max_val"]) if op == "hardtanh" else (c["min"], c.get("max"))
    if isinstance(low, (Tensor, Value)) or isinstance(high, (Tensor, Value)):
        raise Unknown
    if low == 0 and high == 6:
        return r.emit(c, "relu6", {}, [x])
    if low == 0 and high is None:
        return r.emit(c, "relu", {}, [x])
    if low is None or high is None:
        bound = low if high is None else high
        edge = r.sketch.step(c.scope, "constant", *_scalar(x, bound), word="bound")
        return r.emit(c, "minimum" if low is None else "maximum", {}, [x, edge])
    return r.emit(c, "hard_tanh", {"min_val": plain(low), "max_val": plain(high)}, [x])


def _scalar(x: Value, bound: float) -> tuple[dict[str, Any], list[Value], Value]:
    sizes = (1,) * len(x.sizes)
    shape = dict(zip(x.axes, sizes, strict=True))
    return {"shape": shape, "value": plain(bound)}, [], Value(sizes, sizes, x.axes)


@rule("prelu")
def prelu(r: Reader, c: Call) -> Value:
    """A rectifier with a slope that is learned, for all channels or each."""
    x = r.value(c["self"], c)
    weight = c["weight"]
    if not isinstance(weight, Tensor):
        raise Unknown
    if weight.shape != (1,):
        place = places(x.shape)[1]
        if place is None or not x.axes[place].call("C"):
            raise Unknown
        return r.emit(c, "prelu", {"num_parameters": weight.shape[0]}, [x], tensors={"weight": weight})
    return r.emit(c, "prelu", {}, [x], tensors={"weight": weight})


@rule("softmax", "log_softmax", "_softmax", "_log_softmax", "special_softmax")
def softmax(r: Reader, c: Call) -> Value:
    """Numbers against the others along an axis."""
    x = r.value(c["self"], c)
    axis = axis_at(x, c["dim"])
    op = "log_softmax" if "log" in c.op else "softmax"
    return r.emit(c, op, {"axis": axis}, [x])


@rule("glu")
def glu(r: Reader, c: Call) -> Value:
    """One half of the channels times a sigmoid of the other."""
    x = r.value(c["self"], c)
    axis = axis_at(x, c["dim"])
    if not axis.call("C"):
        raise Unknown
    return r.emit(c, "glu", {}, [x])


FUNCTIONS = ("exp", "log", "sin", "cos", "erf", "abs")


@rule(*FUNCTIONS)
def function(r: Reader, c: Call) -> Value:
    """A function of each number."""
    return r.emit(c, "function", {"function": c.op.removesuffix("_")}, [r.value(c["self"], c)])


@rule("sqrt", "rsqrt", "reciprocal", "square")
def root(r: Reader, c: Call) -> Value:
    """A power by a name of its own."""
    exponent = {"sqrt": "1/2", "rsqrt": "-1/2", "reciprocal": -1, "square": 2}[c.op.removesuffix("_")]
    return r.emit(c, "power", {"exponent": exponent}, [r.value(c["self"], c)], word=c.op.removesuffix("_"))


@rule("pow")
def power(r: Reader, c: Call) -> Value:
    """A power with a constant exponent."""
    if not isinstance(c["exponent"], (int, float)) or not isinstance(c["self"], (Value, Tensor)):
        raise Unknown
    x = r.value(c["self"], c)
    if c["exponent"] == 1:
        return x
    return r.emit(c, "power", {"exponent": plain(c["exponent"])}, [x])


@rule("neg")
def negative(r: Reader, c: Call) -> Value:
    """The other sign."""
    return r.emit(c, "rescale", {"scale": -1}, [r.value(c["self"], c)], word="neg")


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


# -- number by number

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


# -- matrices


@rule("matmul", "bmm", "mm", "baddbmm")
def matmul(r: Reader, c: Call) -> Value:
    """A matrix product; with a parameter a full connection without a bias."""
    first, second = {"bmm": ("self", "mat2"), "mm": ("self", "mat2"), "baddbmm": ("batch1", "batch2")}.get(
        c.op, ("self", "other")
    )
    a, b = c[first], c[second]
    if isinstance(b, Tensor) and b.trained and len(b.shape) == 2 and isinstance(a, Value):
        return full(r, c, a, turned(b), None)
    y = multiplied(r, c, r.value(a, c), r.value(b, c), c.shape)
    if c.op != "baddbmm" or c["beta"] == 0:
        if c.op == "baddbmm" and c["alpha"] != 1:
            y = r.emit(c, "rescale", {"scale": plain(c["alpha"])}, [y], word="scale")
        return y
    if c["alpha"] != 1:
        y = r.emit(c, "rescale", {"scale": plain(c["alpha"])}, [y], word="scale")
    return joined(r, c, "add", [y, c["self"]])


def multiplied(r: Reader, c: Call, a: Value, b: Value, shape: tuple[int, ...]) -> Value:
    """Two values as stacks of matrices, all stacks of one shape."""
    if len(a.shape) < 2 or len(b.shape) < 2 or len(a.sizes) < 2 or len(b.sizes) < 2:
        raise Unknown
    rows, columns, inner = a.sizes[-2], b.sizes[-1], a.sizes[-1]
    stack_a, stack_b = a.sizes[:-2], b.sizes[:-2]
    wanted = own(shape)
    if stack_a != stack_b and prod(stack_b) == 1:  # one matrix for the whole stack
        a = r.shaped(a, (prod(stack_a) * rows, inner), a.shape, c.scope)
        b = r.shaped(b, (inner, columns), b.shape, c.scope)
        y = product(r, c, a, b, (*a.sizes[:-1], columns))
        return r.shaped(y, wanted, shape, c.scope)
    if stack_a != stack_b:
        lead = wanted[:-2]
        a, b = stretched(r, c, a, lead), stretched(r, c, b, lead)
    return r.aliased(product(r, c, a, b, wanted), shape)


def stretched(r: Reader, c: Call, x: Value, lead: tuple[int, ...]) -> Value:
    """A stack of matrices spread to another shape of stack."""
    sizes = (*(1,) * (len(lead) + 2 - len(x.sizes)), *x.sizes)
    return spread(r, c, r.shaped(x, sizes, x.shape, c.scope), (*lead, *sizes[-2:]))


def product(r: Reader, c: Call, a: Value, b: Value, sizes: tuple[int, ...]) -> Value:
    """A `matmul`; where the second was turned over just before, it is read as it was."""
    fields = {}
    source = b.source
    if isinstance(source, Step) and source.op == "permute" and source.value.axes == b.axes:
        before = source.reads[0]
        if before.axes == (*b.axes[:-2], b.axes[-1], b.axes[-2]):
            b, fields = before, {"transpose_b": True}
    for axis in a.axes[:-2]:
        axis.root.hint = axis.root.hint or ("heads" if len(a.axes) == 3 else "")
    b = r.sketch.alike(b, a.axes, c.scope)
    y = Value((), sizes, a.axes)
    return r.sketch.step(c.scope, "matmul", fields, [a, b], y, "matmul")


@rule("einsum")
def einsum(r: Reader, c: Call) -> Value:
    """A product of two, by letters, as a matrix product of what the letters say."""
    text = c["equation"].replace(" ", "")
    inputs, _, out = text.partition("->")
    letters = inputs.split(",")
    if len(letters) != 2 or "..." in text or any(len(set(part)) != len(part) for part in (*letters, out)):
        raise Unknown
    given = c["tensors"]
    sizes: dict[str, int] = {}
    for part, word in zip(given, letters, strict=True):
        sizes |= dict(zip(word, part.shape, strict=True))
    batch = {letter for letter, size in sizes.items() if size == BATCH}
    if len(batch) > 1:
        raise Unknown
    sizes = {letter: size // BATCH if size % BATCH == 0 else size for letter, size in sizes.items()}
    left, right = (("".join(x for x in word if x not in batch)) for word in letters)
    made = "".join(x for x in out if x not in batch)
    stack = [x for x in made if x in left and x in right]
    inner = [x for x in left if x in right and x not in made]
    rows = [x for x in left if x not in right]
    columns = [x for x in right if x not in left]
    if set(rows) - set(made) or set(columns) - set(made):
        raise Unknown
    a = laid(r, c, r.value(given[0], c), left, (stack, rows, inner), sizes)
    b = laid(r, c, r.value(given[1], c), right, (stack, columns, inner), sizes)
    fields = {"transpose_b": True}
    b = r.sketch.alike(b, a.axes, c.scope)
    flat = (*(sizes[x] for x in stack), prod(sizes[x] for x in rows), prod(sizes[x] for x in columns))
    y = r.sketch.step(c.scope, "matmul", fields, [a, b], Value((), flat, a.axes), "einsum")
    spread = (*stack, *rows, *columns)
    y = r.shaped(y, tuple(sizes[x] for x in spread) or (1,), (), c.scope)
    order = [spread.index(x) for x in made]
    if order != sorted(order):
        axes = tuple(y.axes[i] for i in order)
        fresh = Value((), tuple(y.sizes[i] for i in order), axes)
        y = r.sketch.step(c.scope, "permute", {"axes": list(axes)}, [y], fresh)
    return r.aliased(y, c.shape)


def laid(
    r: Reader,
    c: Call,
    x: Value,
    letters: str,
    groups: tuple[list[str], list[str], list[str]],
    sizes: dict[str, int],
) -> Value:
    """A factor with the stack's axes, then its own as one, then those that are summed as one."""
    stack, mine, inner = groups
    order = [letters.index(letter) for letter in (*stack, *mine, *inner)]
    if order != sorted(order):
        axes = tuple(x.axes[i] for i in order)
        fresh = Value((), tuple(x.sizes[i] for i in order), axes)
        x = r.sketch.step(c.scope, "permute", {"axes": list(axes)}, [x], fresh)
    wide = (*(sizes[s] for s in stack), prod(sizes[s] for s in mine), prod(sizes[s] for s in inner))
    if len(wide) == len(x.sizes):
        return x
    fresh_axes = (*x.axes[: len(stack)], *(Axis() for _ in range(2)))
    made = Value((), wide, fresh_axes)
    fields = {"shape": dict(zip(fresh_axes, wide, strict=True))}
    return r.sketch.step(c.scope, "reshape", fields, [x], made)


@rule("scaled_dot_product_attention")
def attention(r: Reader, c: Call) -> Value:
    """The core of attention, as two matrix products with a softmax between."""
    q, k, v = (r.value(c[name], c) for name in ("query", "key", "value"))
    if not len(q.sizes) == len(k.sizes) == len(v.sizes) or len(q.sizes) < 2:
        raise Unknown
    out = own(c.shape)
    heads, shared = q.sizes[:-2], k.sizes[:-2]
    if heads != shared:  # as many heads of queries to each of keys: they stand under one another
        if len(heads) != 1 or heads[0] % shared[0]:
            raise Unknown
        group = heads[0] // shared[0]
        q = r.shaped(q, (shared[0], group * q.sizes[-2], q.sizes[-1]), q.shape, c.scope)
    k = r.sketch.alike(k, q.axes, c.scope)
    scored = Value((), (*q.sizes[:-1], k.sizes[-2]), q.axes)
    for axis in q.axes[:-2]:
        axis.root.hint = axis.root.hint or ("heads" if len(q.axes) == 3 else "")
    y = r.sketch.step(c.scope, "matmul", {"transpose_b": True}, [q, k], scored, "scores")
    if c["scale"] != 1.0:
        by = c["scale"] or q.sizes[-1] ** -0.5
        y = r.sketch.step(c.scope, "rescale", {"scale": plain(by)}, [y], Value((), y.sizes, y.axes), "scale")
    y = masked_scores(r, c, y)
    y = r.sketch.step(c.scope, "softmax", {"axis": y.axes[-1]}, [y], Value((), y.sizes, y.axes))
    v = r.sketch.alike(v, y.axes, c.scope)
    mean = Value((), (*y.sizes[:-1], v.sizes[-1]), y.axes)
    y = r.sketch.step(c.scope, "matmul", {}, [y, v], mean, "means")
    return r.shaped(y, out, c.shape, c.scope)


def masked_scores(r: Reader, c: Call, scores: Value) -> Value:
    """Scores with a mask: one of numbers is added, one of truths hides places and costs nothing."""
    mask = c["attn_mask"]
    if mask is None:
        return scores
    node = c.node.kwargs.get("attn_mask") or (c.node.args[3] if len(c.node.args) > 3 else None)
    value: Any = getattr(node, "meta", {}).get("val")
    if isinstance(mask, Tensor) and not mask.name and not value.dtype.is_floating_point:
        return scores
    if isinstance(mask, Tensor) and not mask.name:  # numbers that are known: 0, or −∞ where hidden
        return scores
    sizes = own(mask.shape)
    while len(sizes) > len(scores.sizes) and sizes[0] == 1:
        sizes = sizes[1:]
    x = r.value(mask, c)
    wide = (*(1,) * (len(scores.sizes) - len(sizes)), *sizes)
    if wide != scores.sizes and any(w not in (1, s) for w, s in zip(wide, scores.sizes, strict=True)):
        raise Unknown
    x = r.shaped(x, wide, x.shape, c.scope)
    x = r.sketch.alike(x, scores.axes, c.scope)
    return r.sketch.step(c.scope, "add", {}, [scores, x], Value((), scores.sizes, scores.axes), "add")
