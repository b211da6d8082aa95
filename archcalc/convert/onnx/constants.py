"""Nodes that compute shapes and other constants, folded as they are met."""

from __future__ import annotations

import operator
from math import ceil, floor, prod, sqrt
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx.file import FLOATS, Tensor
from archcalc.convert.onnx.values import Const, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.convert.onnx.file import Node
    from archcalc.convert.onnx.reader import Reader

_SMALL = 1024


def _divided(a: Any, b: Any) -> Any:
    if not b:
        return 0
    return int(a / b) if isinstance(a, int) and isinstance(b, int) else a / b


_PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": _divided,
    "Equal": operator.eq,
    "Greater": operator.gt,
    "Less": operator.lt,
    "Mod": lambda a, b: a % b if b else 0,
    "Min": min,
    "Max": max,
    "And": lambda a, b: a and b,
    "Or": lambda a, b: a or b,
    "GreaterOrEqual": operator.ge,
    "LessOrEqual": operator.le,
}
_ALONE: dict[str, Callable[[Any], Any]] = {
    "Neg": operator.neg,
    "Floor": floor,
    "Ceil": ceil,
    "Not": operator.not_,
    "Abs": abs,
    "Sqrt": lambda a: sqrt(a) if a >= 0 else 0.0,
}
_LARGEST = 1 << 62


def fold(reader: Reader, node: Node) -> bool:
    """Whether a node makes a constant, which is then known."""
    made = _folded(reader, node)
    if made is None:
        return False
    parts = _parts(node, made) if node.op == "Split" else [made]
    for output in range(len(node.outputs)):
        reader.give(node, parts[output] if output < len(parts) else Const(None), output)
    return True


def _folded(reader: Reader, node: Node) -> Const | None:
    if node.op == "Constant":
        return _constant(node)
    if node.op in ("Shape", "Size"):
        return _shape(reader, node)
    values = [reader.values[name] for name in node.inputs if name]
    if not all(isinstance(value, Const) for value in values):
        return None
    if not values and node.op not in ("Range", "RandomNormal", "RandomUniform"):
        return None
    consts = [value for value in values if isinstance(value, Const)]
    rule = _RULES.get(node.op)
    found = rule(node, consts) if rule else None
    if found is None:
        found = _general(node, consts)
    if found.data is not None and any(isinstance(n, int) and abs(n) > _LARGEST for n in found.data):
        return found._replace(data=None)
    return found


def _parts(node: Node, whole: Const) -> list[Const]:
    """Equal parts of a constant."""
    axis, count = node.attributes.get("axis", 0), len(node.outputs)
    dims = whole.dims
    if dims is None or not -len(dims) <= axis < len(dims) or dims[axis] % count or len(node.inputs) > 1:
        return []
    axis %= len(dims)
    return [
        Const((*dims[:axis], dims[axis] // count, *dims[axis + 1 :]), None, whole.floats, whole.weight)
    ] * count


def _general(node: Node, consts: list[Const]) -> Const:
    """What is only known to be a constant; a form of a stored tensor where it is one."""
    weight = next((const.weight for const in consts if const.weight), "")
    same = (
        consts[0].dims
        if node.op in ("Identity", "Cast", "CastLike", "Dropout", "Neg", "Sqrt", "Sin", "Cos", "Split")
        else None
    )
    return Const(same, None, consts[0].floats if consts else True, weight)


def _constant(node: Node) -> Const:
    value = next(iter(node.attributes.values()), None)
    if isinstance(value, Tensor):
        large = value.floats and value.data is None
        return Const(value.dims, value.data, value.floats, node.outputs[0] if large else "")
    if isinstance(value, list):
        return Const((len(value),), tuple(value[:_SMALL]), any(isinstance(n, float) for n in value))
    if isinstance(value, (int, float)):
        return Const((), (value,), isinstance(value, float))
    return Const(None)


def _shape(reader: Reader, node: Node) -> Const | None:
    value = reader.values[node.inputs[0]] if node.inputs else Const(None)
    dims = value.dims
    if dims is None:
        return Const(None)
    if node.op == "Size":
        return Const((), (prod(dims),))
    start, end = node.attributes.get("start", 0), node.attributes.get("end", len(dims))
    taken = tuple(dims[start:end]) if isinstance(start, int) and isinstance(end, int) else dims
    return Const((len(taken),), taken)


# -- rules: each gives None where it does not know


def _gather(node: Node, consts: list[Const]) -> Const | None:
    data, at = consts[0], consts[1]
    axis = node.attributes.get("axis", 0)
    table = data.dims if data.weight and axis == 0 and data.dims is not None and len(data.dims) == 2 else (0,)
    if data.dims is None or at.dims is None or not isinstance(axis, int):
        return Const(None, None, data.floats, data.weight, table[0])
    axis = axis + len(data.dims) if axis < 0 else axis
    dims = (*data.dims[:axis], *at.dims, *data.dims[axis + 1 :])
    if data.data is not None and len(data.dims) == 1 and at.ints is not None:
        size = len(data.data)
        if all(-size <= i < size for i in at.ints):
            return Const(dims, tuple(data.data[i] for i in at.ints), data.floats)
    return Const(dims, None, data.floats, data.weight, table[0])


def _concat(node: Node, consts: list[Const]) -> Const | None:
    if all(const.data is not None and const.dims is not None and len(const.dims) == 1 for const in consts):
        data = tuple(number for const in consts for number in const.data or ())
        return Const((len(data),), data[:_SMALL], consts[0].floats) if len(data) <= _SMALL else None
    axis = node.attributes.get("axis", 0)
    first = consts[0].dims
    if first is None or any(const.dims is None or len(const.dims) != len(first) for const in consts):
        return None
    axis = axis + len(first) if axis < 0 else axis
    if not 0 <= axis < len(first):
        return None
    total = sum(const.dims[axis] for const in consts if const.dims)
    return Const((*first[:axis], total, *first[axis + 1 :]), None, consts[0].floats, consts[0].weight)


def _unsqueeze(node: Node, consts: list[Const]) -> Const | None:
    axes = node.attributes.get("axes") or (consts[1].ints if len(consts) > 1 else None)
    data = consts[0]
    if data.dims is None or axes is None:
        return None
    dims = list(data.dims)
    rank = len(dims) + len(axes)
    if rank > 16:
        return None
    for axis in sorted(axis + rank if axis < 0 else axis for axis in axes):
        dims.insert(axis, 1)
    return data._replace(dims=tuple(dims))


def _squeeze(node: Node, consts: list[Const]) -> Const | None:
    axes = node.attributes.get("axes") or (consts[1].ints if len(consts) > 1 else None)
    data = consts[0]
    if data.dims is None:
        return None
    rank = len(data.dims)
    gone = [axis + rank if axis < 0 else axis for axis in axes] if axes is not None else None
    kept = [size for i, size in enumerate(data.dims) if (i not in gone if gone is not None else size != 1)]
    return data._replace(dims=tuple(kept))


def _reshape(node: Node, consts: list[Const]) -> Const | None:
    data = consts[0]
    wanted = consts[1].ints if len(consts) > 1 else node.attributes.get("shape")
    if data.dims is None or wanted is None:
        return None
    dims = reshaped(data.dims, wanted)
    return None if dims is None else data._replace(dims=tuple(dims))


def reshaped(dims: tuple[int, ...], wanted: list[int], *, zero: bool = False) -> list[int] | None:
    """The dimensions of Reshape: 0 is as before, -1 what is left over; None where they do not fit."""
    found = [dims[i] if size == 0 and not zero and i < len(dims) else size for i, size in enumerate(wanted)]
    known = prod(size for size in found if size != -1)
    if found.count(-1) > 1 or any(size < -1 for size in found):
        return None
    if -1 in found:
        if known == 0 or prod(dims) % known:
            return None
        found[found.index(-1)] = prod(dims) // known
    return found if prod(found) == prod(dims) else None


def _slice(node: Node, consts: list[Const]) -> Const | None:
    data = consts[0]
    spans = slices(node, consts, data.dims)
    if spans is None or data.dims is None:
        return None
    if len(data.dims) == 1 and data.data is not None:
        taken = data.data[spans[0][0] : spans[0][1] : spans[0][2]] if spans else data.data
        return Const((len(taken),), taken, data.floats)
    places_of = [range(*spans.get(axis, (0, size, 1))) for axis, size in enumerate(data.dims)]
    dims = tuple(len(places) for places in places_of)
    if data.data is not None:
        from itertools import product

        steps = [prod(data.dims[i + 1 :]) for i in range(len(data.dims))]
        found = tuple(
            data.data[sum(a * b for a, b in zip(at, steps, strict=True))] for at in product(*places_of)
        )
        return Const(dims, found, data.floats)
    rows = data.dims[0] if data.weight and len(data.dims) == 2 else 0
    return Const(dims, None, data.floats, data.weight, rows)


def slices(
    node: Node, consts: list[Any], dims: tuple[int, ...] | None
) -> dict[int, tuple[int, int, int]] | None:
    """Start, stop and step along each axis that a Slice takes part of; None where they are not known."""
    if dims is None:
        return None
    if "starts" in node.attributes:
        starts, ends = node.attributes["starts"], node.attributes.get("ends")
        axes, steps = node.attributes.get("axes"), None
    else:
        given = [const.ints if isinstance(const, Const) else None for const in consts[1:]]
        starts, ends, axes, steps = (given + [None] * 4)[:4]
    if not isinstance(starts, list) or not isinstance(ends, list) or len(starts) != len(ends):
        return None
    axes = axes if isinstance(axes, list) else list(range(len(starts)))
    steps = steps if isinstance(steps, list) else [1] * len(starts)
    found = {}
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=False):
        place = axis + len(dims) if axis < 0 else axis
        if not 0 <= place < len(dims) or not step:
            return None
        found[place] = slice(start, end if not (step < 0 and end < -_LARGEST) else None, step).indices(
            dims[place]
        )
    return found


def _range(_node: Node, consts: list[Const]) -> Const | None:
    numbers = [const.scalar for const in consts]
    if len(numbers) != 3 or any(not isinstance(n, int) for n in numbers) or not numbers[2]:
        return None
    found = range(*numbers)
    return Const((len(found),), tuple(found) if len(found) <= _SMALL else None)


def _of_shape(node: Node, consts: list[Const]) -> Const | None:
    dims = consts[0].ints
    value = node.attributes.get("value")
    floats = value.floats if isinstance(value, Tensor) else True
    if dims is None or any(size < 0 for size in dims) or len(dims) > 16:
        return Const(None, None, floats)
    fill = value.data[0] if isinstance(value, Tensor) and value.data else 0.0
    size = prod(dims)
    # a file without weights makes them so; whether it is one, its reader decides
    return Const(
        tuple(dims), (fill,) * size if size <= _SMALL else None, floats, node.outputs[0] if floats else ""
    )


def _expand(_node: Node, consts: list[Const]) -> Const | None:
    data = consts[0]
    shape = consts[1].ints if len(consts) > 1 else None
    if data.dims is None or shape is None:
        return None
    dims = broadcast(data.dims, tuple(shape))
    if dims is None:
        return None
    size = prod(dims)
    scalar = data.scalar
    return data._replace(dims=dims, data=(scalar,) * size if scalar is not None and size <= _SMALL else None)


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that all are spread to; None where they do not go together."""
    rank = max((len(shape) for shape in shapes), default=0)
    found = [1] * rank
    for shape in shapes:
        for i, size in enumerate(shape, rank - len(shape)):
            if found[i] == 1:
                found[i] = size
            elif size not in (1, found[i]):
                return None
    return tuple(found)


def _transpose(node: Node, consts: list[Const]) -> Const | None:
    data = consts[0]
    if data.dims is None:
        return None
    perm = node.attributes.get("perm") or list(reversed(range(len(data.dims))))
    if sorted(perm) != list(range(len(data.dims))):
        return None
    dims = tuple(data.dims[i] for i in perm)
    turned = data.turned != (perm == [1, 0])
    return data._replace(dims=dims, data=_picked(data, dims, perm), turned=turned)


def _picked(data: Const, dims: tuple[int, ...], perm: list[int]) -> tuple[Any, ...] | None:
    """The numbers of a small constant in another order of its axes."""
    if data.data is None or data.dims is None:
        return None
    from itertools import product

    steps = [prod(data.dims[i + 1 :]) for i in range(len(data.dims))]
    return tuple(
        data.data[sum(at * steps[i] for at, i in zip(place, perm, strict=True))]
        for place in product(*map(range, dims))
    )


def _cast(node: Node, consts: list[Const]) -> Const | None:
    floats = node.attributes.get("to") in FLOATS
    data = consts[0].data
    if data is not None and not floats:
        data = tuple(int(number) if abs(number) < _LARGEST else 0 for number in data)
    return consts[0]._replace(floats=floats, data=data)


def _pair(node: Node, consts: list[Const]) -> Const | None:
    rule = _PAIRS[node.op]
    if len(consts) != 2:
        return consts[0] if len(consts) == 1 else None
    a, b = consts
    if a.dims is None or b.dims is None:
        return None
    dims = broadcast(a.dims, b.dims)
    weight = a.weight or b.weight
    if dims is None:
        return None
    if (
        a.data is None
        or b.data is None
        or (len(a.data) != len(b.data) and 1 not in (len(a.data), len(b.data)))
    ):
        return Const(dims, None, a.floats or b.floats, weight)
    count = max(len(a.data), len(b.data))
    left, right = (
        const.data * (count // max(1, len(const.data))) for const in (a, b) if const.data is not None
    )
    try:
        data = tuple(rule(x, y) for x, y in zip(left, right, strict=False))
    except (OverflowError, TypeError, ValueError):
        data = None
    return Const(dims, data, a.floats or b.floats, weight if data is None else "")


def _alone(node: Node, consts: list[Const]) -> Const | None:
    data = consts[0].data
    try:
        found = None if data is None else tuple(_ALONE[node.op](number) for number in data)
    except (OverflowError, ValueError):
        found = None
    return consts[0]._replace(data=found)


def _identity(node: Node, consts: list[Const]) -> Const | None:
    """A tensor under another name.

    An exporter writes it so for tensors that are equal. Vectors are equal by chance, as the biases of a fresh
    network are, and each is one of its own; matrices are equal where they are tied.
    """
    data = consts[0]
    if data.weight and data.dims is not None and len(data.dims) == 1 and node.outputs:
        return data._replace(weight=node.outputs[0])
    return data


def _dequantized(node: Node, consts: list[Const]) -> Const | None:
    """A tensor that is stored in whole numbers, as what it stands for."""
    return Const(consts[0].dims, None, floats=True, weight=consts[0].weight or node.inputs[0])


def _where(_node: Node, consts: list[Const]) -> Const | None:
    if len(consts) != 3 or any(const.dims is None for const in consts):
        return None
    dims = broadcast(*(const.dims for const in consts if const.dims is not None))
    if dims is None:
        return None
    test, a, b = consts
    if test.data and a.data and b.data and len({len(test.data), len(a.data), len(b.data)}) == 1:
        data = tuple(x if t else y for t, x, y in zip(test.data, a.data, b.data, strict=True))
        return Const(dims, data, a.floats)
    return Const(dims, None, a.floats)  # a mask: what is chosen by a condition is nothing learned


def _triangle(_node: Node, consts: list[Const]) -> Const | None:
    return Const(consts[0].dims, None, consts[0].floats)  # a mask of later places, and nothing learned


def _clip(node: Node, consts: list[Const]) -> Const | None:
    limits = iter(consts[1:])
    low, high = [next(limits).scalar if word else None for word in (*node.inputs[1:3], "", "")[:2]]
    data = consts[0].data
    if len(node.inputs) < 2 or data is None:
        return consts[0]._replace(data=None)
    data = tuple(number if low is None else max(number, low) for number in data)
    return consts[0]._replace(data=tuple(number if high is None else min(number, high) for number in data))


def _elements(_node: Node, consts: list[Const]) -> Const | None:
    return Const(consts[-1].dims, None, consts[0].floats)


_RULES: dict[str, Callable[[Node, list[Const]], Const | None]] = {
    "Gather": _gather,
    "Concat": _concat,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Slice": _slice,
    "Range": _range,
    "ConstantOfShape": _of_shape,
    "Expand": _expand,
    "Transpose": _transpose,
    "Cast": _cast,
    "Clip": _clip,
    "Where": _where,
    "Trilu": _triangle,
    "GatherElements": _elements,
    **dict.fromkeys(_PAIRS, _pair),
    **dict.fromkeys(_ALONE, _alone),
    "Identity": _identity,
    "DequantizeLinear": _dequantized,
}

__all__ = ["Flow", "broadcast", "fold", "reshaped", "slices"]
