"""Full connections, products of matrices, and the attention that is made of them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.arithmetic import joined
from archcalc.convert.torch.calls import Call, Tensor, Unknown, own, plain, rule, turned
from archcalc.convert.torch.exporting import BATCH
from archcalc.convert.torch.layers import given_tensors, weight_of
from archcalc.convert.torch.shapes import spread
from archcalc.convert.torch.sketch import Axis, Step, Value

if TYPE_CHECKING:
    from archcalc.convert.torch.reader import Reader


@rule("linear")
def linear(r: Reader, c: Call) -> Value:
    """A full connection over the last axis."""
    weight = c["weight"]
    if not isinstance(weight, Tensor):
        raise Unknown
    return full(r, c, r.value(c["input"], c), weight, c["bias"])


@rule("addmm")
def addmm(r: Reader, c: Call) -> Value:
    """A full connection whose weights stand with a column for each unit."""
    weight, bias = c["mat2"], c["self"]
    fits = isinstance(weight, Tensor) and weight.name and (bias is None or isinstance(bias, Tensor))
    if not fits or (c["beta"], c["alpha"]) != (1, 1):
        raise Unknown
    return full(r, c, r.value(c["mat1"], c), turned(weight), bias)


def full(r: Reader, c: Call, x: Value, weight: Tensor, bias: Any) -> Value:
    """A `linear`, with weights (out, in)."""
    if isinstance(bias, Value):  # one that is computed: put together of parts
        y = full(r, c, x, weight, None)
        return joined(r, c, "add", [y, bias])
    if len(weight.shape) != 2 or not weight.name:
        raise Unknown
    x = r.sketch.called(x, ("C",), c.scope)
    fields: dict[str, Any] = {"out_features": weight.shape[0]}
    tensors = {"weight": weight}
    if bias is None:
        fields["bias"] = False
    else:
        tensors["bias"] = bias
    return r.emit(c, "linear", fields, [x], tensors=tensors)


@rule("bilinear")
def bilinear(r: Reader, c: Call) -> Value:
    """A weighted sum of products of two vectors."""
    xs = [r.sketch.called(r.value(c[name], c), ("C",), c.scope) for name in ("input1", "input2")]
    if any(len(x.sizes) != 1 for x in xs):
        raise Unknown
    fields = {"out_features": weight_of(c).shape[0], **({"bias": False} if c["bias"] is None else {})}
    return r.emit(c, "bilinear", fields, xs, (Axis("C"),), tensors=given_tensors(c, "weight", "bias"))


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
