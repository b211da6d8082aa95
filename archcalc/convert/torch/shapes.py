"""Operations that only re-arrange: other axes, parts, copies, several tensors as one."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call, Tensor, Unknown, own, places, rule, turned
from archcalc.convert.torch.exporting import BATCH
from archcalc.convert.torch.sketch import Axis, Step, Value

if TYPE_CHECKING:
    from archcalc.convert.torch.reader import Reader


@rule(
    "contiguous", "clone", "detach", "alias", "to", "_to_copy", "type_as", "float", "half", "double",
    "lift_fresh_copy", "lift_fresh", "dropout", "alpha_dropout", "feature_dropout", "native_dropout",
    "identity", "view_as_real", "resolve_conj", "resolve_neg", "bfloat16", "positive",
)  # fmt: skip
def through(r: Reader, c: Call) -> Any:
    """What it reads: an operation that acts in training only, or on how numbers are stored."""
    given = next(iter(c.args.values()))
    if isinstance(given, Value) and c.op.endswith("dropout") and c.kind:
        share = c.get("p", 0.5)
        if not share:
            return given
        return r.emit(c, "dropout", {} if share == 0.5 else {"p": share}, [given])
    return given


@rule(
    "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "_unsafe_view", "view_as",
    "reshape_as", "_reshape_alias", "ravel", "squeeze_copy", "atleast_1d", "unsafe_view",
)  # fmt: skip
def reshaped(r: Reader, c: Call) -> Any:
    """The same numbers in another shape."""
    given = next(iter(c.args.values()))
    if isinstance(given, Tensor):
        if [n for n in given.shape if n != 1] == [n for n in c.shape if n != 1]:
            return given.seen(c.shape)
        given = r.value(given, c)
    return r.shaped(given, own(c.shape), c.shape, c.scope)


@rule("permute", "transpose", "t", "movedim", "swapaxes", "swapdims", "numpy_T", "mT", "adjoint", "moveaxis")
def permuted(r: Reader, c: Call) -> Any:
    """The axes in another order."""
    given = next(iter(c.args.values()))
    shape = given.shape
    order = _order(c, len(shape))
    if isinstance(given, Tensor):
        if order == [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2] and len(shape) == 2:
            return turned(given)
        given = r.value(given, c)
    at = places(shape)
    mine = [at[i] for i in order if at[i] is not None]
    return _in_order(r, c, given, [i for i in mine if i is not None])


def _in_order(r: Reader, c: Call, x: Value, mine: list[int]) -> Value:
    if mine == sorted(mine) or len(x.sizes) != len(mine):
        return r.aliased(x, c.shape)
    axes = tuple(x.axes[i] for i in mine)
    sizes = tuple(x.sizes[i] for i in mine)
    normed = _normed(c, x, axes)
    if normed is not None:
        return normed
    stay = [i for i in mine if x.sizes[i] != 1]
    if stay == sorted(stay):  # only axes of size 1 have moved
        return r.shaped(x, sizes, c.shape, c.scope)
    return r.emit(c, "permute", {"axes": list(axes)}, [x], axes, word="permute")


_NORMS = frozenset("layer_norm rms_norm batch_norm instance_norm group_norm local_response_norm".split())


def _normed(c: Call, x: Value, axes: tuple[Axis, ...]) -> Value | None:
    """A norm that axes were moved for and back after: the norm of what was moved, since it goes by names."""
    step = x.source
    if not isinstance(step, Step) or step.op not in _NORMS:
        return None
    moved = step.reads[0].source
    if not isinstance(moved, Step) or moved.op != "permute" or moved.reads[0].axes != axes:
        return None
    if step.node is None or len(step.node.users) != 1:
        return None
    step.reads = moved.reads
    step.value = Value(c.shape, moved.reads[0].sizes, axes)
    step.value.source = step
    return step.value


def _order(c: Call, rank: int) -> list[int]:
    """The old place of each new axis."""
    if "dims" in c.args:
        return [dim % rank for dim in c["dims"]]
    order = list(range(rank))
    if c.op in ("movedim", "moveaxis"):
        sources, wanted = ([c[k]] if isinstance(c[k], int) else list(c[k]) for k in ("source", "destination"))
        sources, wanted = [s % rank for s in sources], [w % rank for w in wanted]
        rest = iter(i for i in order if i not in sources)
        return [sources[wanted.index(i)] if i in wanted else next(rest) for i in order]
    names = [name for name in ("dim0", "axis0") if name in c.args]
    if names:
        a, b = c[names[0]] % rank, c[names[0].replace("0", "1")] % rank
    elif rank > 1:
        a, b = rank - 2, rank - 1
    else:
        return order
    order[a], order[b] = order[b], order[a]
    return order


def axis_at(x: Value, dim: int) -> Axis:
    """The axis that PyTorch counts as `dim`."""
    place = places(x.shape)[dim % len(x.shape)]
    if place is None or place >= len(x.axes):
        raise Unknown
    return x.axes[place]


def size_at(x: Value, dim: int) -> int:
    """Its size."""
    place = places(x.shape)[dim % len(x.shape)]
    assert place is not None
    return x.sizes[place]


@rule("slice", "narrow")
def sliced(r: Reader, c: Call) -> Any:
    """Some places of an axis."""
    given, dim = c[next(iter(c.args))], c["dim"]
    shape = given.shape
    dim = dim % len(shape)
    if c.op == "narrow":
        start, stop, step = c["start"], c["start"] + c["length"], 1
    else:
        start, stop, step = c["start"] or 0, c["end"], c["step"]
    size = shape[dim]
    first, last, step = slice(start, stop, step).indices(size)
    if (first, step) == (0, 1) and last == size:
        return given
    if isinstance(given, Tensor):
        if dim == 0 and given.name and step == 1 and not given.turned:
            return rows_of(given, first, last)
        given = r.value(given, c)
    return cut(r, c, given, dim, first, last, step, c.shape)


def rows_of(tensor: Tensor, first: int, last: int) -> Tensor:
    """Some rows of a parameter, as one of the matrices that are stored under one another."""
    found = tensor.seen((last - first, *tensor.shape[1:]))
    base = tensor.part[0] if tensor.part else 0
    found.part = (base + first, base + last)
    return found


def cut(
    r: Reader, c: Call, x: Value, dim: int, first: int, last: int, step: int, shape: tuple[int, ...]
) -> Value:
    """A `slice`, its end left out where it is that of the axis."""
    axis, size = axis_at(x, dim), x.shape[dim]
    if size % BATCH == 0:
        raise Unknown
    fields: dict[str, Any] = {"axis": axis}
    if first:
        fields["start"] = first
    if last != size:
        fields["stop"] = last
    if step != 1:
        fields["step"] = step
    return r.emit(c, "slice", fields, [x], shape=shape)


@rule("select")
def selected(r: Reader, c: Call) -> Any:
    """One place of an axis, which is then gone."""
    given, dim, index = c["self"], c["dim"], c["index"]
    if isinstance(given, Tensor):
        if given.shape[dim % len(given.shape)] == 1:
            return given.seen(c.shape)
        given = r.value(given, c)
    return taken(r, c, given, dim, index, c.shape)


def taken(r: Reader, c: Call, x: Value, dim: int, index: int, shape: tuple[int, ...]) -> Value:
    """A `select`; of an axis of size 1 a reshape, of the only axis a slice."""
    axis, size = axis_at(x, dim), size_at(x, dim)
    if size == 1 or len(x.sizes) == 1:
        if size > 1:
            index %= size
            fields: dict[str, Any] = {"axis": axis, "start": index, "stop": index + 1}
            return r.emit(c, "slice", fields, [x], shape=shape)
        return r.shaped(x, own(shape), shape, c.scope)
    axes = tuple(other for other in x.axes if other is not axis)
    index = -1 if index % size == size - 1 and size > 1 and index < 0 else index % size
    return r.emit(c, "select", {"axis": axis, "index": index}, [x], axes, shape=shape)


@rule("split", "chunk", "split_with_sizes", "tensor_split", "unbind", "unsafe_chunk", "unsafe_split")
def parts(r: Reader, c: Call) -> Any:
    """Several parts of an axis; those that nothing reads are dropped."""
    given, dim = c[next(iter(c.args))], c["dim"]
    shapes = [tuple(int(size) for size in part.shape) for part in c.node.meta["val"]]
    dim %= len(given.shape)
    if isinstance(given, Tensor):
        if not given.name:
            return [Tensor(shape) for shape in shapes]
        if dim == 0 and c.op != "unbind" and not given.turned:
            rows: list[Tensor] = []
            first = 0
            for shape in shapes:
                rows.append(rows_of(given, first, first + shape[0]))
                first += shape[0]
            return rows
        given = r.value(given, c)
    if c.op == "unbind":
        return [taken(r, c, given, dim, i, shape) for i, shape in enumerate(shapes)]
    if len(shapes) == 1:
        return [given]
    found, first = [], 0
    for shape in shapes:
        last = first + shape[dim]
        found.append(cut(r, c, given, dim, first, last, 1, shape))
        first = last
    return found


@rule("cat", "concat", "concatenate")
def concat(r: Reader, c: Call) -> Value:
    """Several end to end."""
    return end_to_end(r, c, c["tensors"], c["dim"])


def end_to_end(r: Reader, c: Call, given: list[Any], dim: int) -> Value:
    """A `concat` along an axis of one example."""
    shape = c.shape
    dim %= len(shape)
    place = places(shape)[dim]
    given = [part for part in given if not (isinstance(part, Tensor) and 0 in part.shape)]
    if place is None:
        raise Unknown
    if shape[dim] % BATCH == 0:
        raise Unknown
    whole = own(shape)
    xs: list[Value] = []
    for part in given:
        lengths = (*whole[:place], part.shape[dim], *whole[place + 1 :])
        x = part if isinstance(part, Value) else r.place(part, lengths, part.shape, c)
        xs.append(r.shaped(x, lengths, x.shape, c.scope))
    if len(xs) == 1:
        return xs[0]
    axes = xs[0].axes
    xs = [xs[0], *(r.sketch.alike(x, axes, c.scope) for x in xs[1:])]
    fields = {"axis": axes[place]}
    return r.emit(c, "concat", fields, xs, word="concat")


@rule("stack")
def stacked(r: Reader, c: Call) -> Value:
    """Several along an axis of their own."""
    dim = c["dim"] % len(c.shape)
    found = []
    for part in c["tensors"]:
        shape = (*c.shape[:dim], 1, *c.shape[dim + 1 :])
        x = r.value(part, c)
        found.append(r.shaped(x, own(shape), shape, c.scope))
    return end_to_end(r, c, found, dim)


@rule("expand", "expand_as", "broadcast_to")
def expanded(r: Reader, c: Call) -> Any:
    """Axes of size 1 spread to more."""
    given = c["self"]
    sizes = own(c.shape)
    if isinstance(given, Tensor):
        if prod(own(given.shape)) == prod(sizes) or not given.name:
            return given.seen(c.shape)
        given = r.value(given, c)
    aligned = own((1,) * (len(c.shape) - len(given.shape)) + given.shape)
    batch = sum(1 for size in c.shape if size == BATCH) - sum(1 for size in given.shape if size == BATCH)
    if batch:
        aligned = tuple(
            size
            for i, size in enumerate((1,) * (len(c.shape) - len(given.shape)) + given.shape)
            if c.shape[i] != BATCH
        )
    x = r.shaped(given, aligned, given.shape, c.scope)
    return r.aliased(spread(r, c, x, sizes), c.shape)


def spread(r: Reader, c: Call, x: Value, sizes: tuple[int, ...]) -> Value:
    """The value with each axis of size 1 as long as asked for."""
    for place, (one, size) in enumerate(zip(x.sizes, sizes, strict=True)):
        if one != size:
            fields = {"axis": x.axes[place], "times": size}
            longer = (*x.sizes[:place], size, *x.sizes[place + 1 :])
            x = r.sketch.step(c.scope, "tile", fields, [x], Value(x.shape, longer, x.axes))
    return x


@rule("repeat", "tile")
def repeated(r: Reader, c: Call) -> Any:
    """Copies along axes."""
    given = c["self"]
    times = list(c["repeats"] if "repeats" in c.args else c["dims"])
    shape = (1,) * (len(times) - len(given.shape)) + given.shape
    times = [1] * (len(shape) - len(times)) + times
    if isinstance(given, Tensor):
        wide = [n * k for n, k in zip(shape, times, strict=True) if k != BATCH]
        if prod(wide) == prod(given.shape):
            return given.seen(c.shape)
        given = r.value(given, c)
    x = given
    sizes = [n for n, k in zip(shape, times, strict=True) if BATCH not in (n, k)]
    counts = [k for n, k in zip(shape, times, strict=True) if BATCH not in (n, k)]
    if any(n % BATCH == 0 for n in sizes):
        raise Unknown
    x = r.shaped(x, tuple(sizes), x.shape, c.scope)
    for place, count in enumerate(counts):
        if count != 1:
            longer = (*x.sizes[:place], x.sizes[place] * count, *x.sizes[place + 1 :])
            fields = {"axis": x.axes[place], "times": count}
            x = r.sketch.step(c.scope, "tile", fields, [x], Value(x.shape, longer, x.axes))
    return r.aliased(x, c.shape)


@rule("repeat_interleave")
def interleaved(r: Reader, c: Call) -> Any:
    """Each place of an axis several times."""
    given, times, dim = c["self"], c["repeats"], c["dim"]
    if not isinstance(times, int) or dim is None:
        raise Unknown
    x = r.value(given, c)
    axis_at(x, dim)
    place = places(x.shape)[dim % len(x.shape)]
    assert place is not None
    between = (*x.sizes[: place + 1], 1, *x.sizes[place + 1 :])
    split = r.shaped(x, between, x.shape, c.scope)
    axes = (*x.axes[: place + 1], Axis(), *x.axes[place + 1 :]) if split.axes is x.axes else split.axes
    wide = (*x.sizes[: place + 1], times, *x.sizes[place + 1 :])
    fields = {"axis": axes[place + 1], "times": times}
    spread = r.sketch.step(c.scope, "tile", fields, [split], Value(x.shape, wide, axes))
    return r.shaped(spread, own(c.shape), c.shape, c.scope)
