"""Layers of Keras that count the same numbers along other axes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken
from archcalc.convert.keras.rules import rule
from archcalc.convert.keras.values import Flow, usual, windowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader


@rule("Flatten")
def flatten(reader: Reader, call: Call) -> Flow:
    """All numbers as one vector; maps that stand first are turned to stand last, as Keras does."""
    flow = reader.one(call)
    if len(flow.axes) > 1 and call.entry.fields.text("data_format") == "channels_first":
        flow = flow._replace(axes=(*flow.axes[1:], flow.axes[0]))
    if flow.axes == ("C",):
        return flow._replace(source=reader.put("flatten", {}, flow))
    if len([size for size in flow.dims if size != 1]) < 2:
        return Flow(reader.put("flatten", {}, flow), ("C",))
    return Flow(reader.put("flatten", {}, reader.turned(flow, flow.axes)), ("C",))


@rule("Reshape")
def reshape(reader: Reader, call: Call) -> Flow:
    """The same numbers along other axes."""
    return counted(reader, reader.one(call), call.entry.fields.given.get("target_shape"))


def counted(reader: Reader, flow: Flow, target: Any) -> Flow:
    """The same numbers along axes of these sizes, one of which may be −1."""
    target = target if isinstance(target, list) else [target]
    if not target or not all(type(size) is int and (size > 0 or size == -1) for size in target):
        raise Broken(f"its target shape is {str(target)[:60]}, and must be sizes, one of which may be -1")
    if target.count(-1) > 1 or len(target) > 12:
        raise Broken("its target shape has more than one size that is left over, or too many")
    whole, known = prod(flow.dims), prod(size for size in target if size > 0)
    if whole % known or (-1 not in target and whole != known):
        raise Broken(f"{whole:,} numbers cannot be counted as {'x'.join(map(str, target))}")
    sizes = [whole // known if size == -1 else size for size in target]
    if sizes == flow.dims:
        return flow
    return spelled(reader, flow, sizes, target)


def spelled(reader: Reader, flow: Flow, sizes: Sequence[int], target: Sequence[int] = ()) -> Flow:
    """The same numbers along axes of these sizes, called as is usual; for −1, what is left."""
    axes = usual(len(sizes), first=reader.first)
    if sorted(size for size in sizes if size != 1) == sorted(size for size in flow.dims if size != 1):
        axes = _kept(flow, sizes, axes)
    asked = ["rest" if size == -1 else own for size, own in zip(target or sizes, sizes, strict=True)]
    rank = len(sizes) - 1
    order = (
        windowed(rank, first=True)
        if rank in (2, 3) and set(axes) == set(windowed(rank, first=True))
        else axes
    )
    made = dict(zip(axes, asked, strict=True))
    if len([size for size in sizes if size != 1]) < 2:
        return Flow(reader.put("reshape", {"shape": {axis: made[axis] for axis in order}}, flow.source), axes)
    return reader.shaped(flow, made)


def _kept(flow: Flow, sizes: Sequence[int], axes: tuple[str, ...]) -> tuple[str, ...]:
    """Names in which those of the axes that stay are kept, where the usual ones leave room."""
    longs = iter([axis for axis, size in flow.sizes.items() if size != 1])
    names = [next(longs, None) if size != 1 else None for size in sizes]
    plain = [size for size in flow.dims if size != 1] == [size for size in sizes if size != 1]
    if not plain:
        return axes
    spare = iter([axis for axis in (*axes, "A1", "A2", "A3") if axis not in names])
    found = tuple(name or next(spare, f"B{i}") for i, name in enumerate(names))
    return found if len(set(found)) == len(found) else axes


@rule("Permute")
def permute(reader: Reader, call: Call) -> Flow:
    """The axes in another order: what makes them stays as it is until something reads them."""
    flow, dims = reader.one(call), call.entry.fields.given.get("dims")
    if not isinstance(dims, list) or sorted(map(repr, dims)) != sorted(
        repr(i + 1) for i in range(len(flow.axes))
    ):
        raise Broken(f"its dims are no order of {len(flow.axes)} axes, counted from 1")
    return flow._replace(axes=tuple(flow.axes[dim - 1] for dim in dims))


@rule("RepeatVector")
def repeat_vector(reader: Reader, call: Call) -> Flow:
    """A vector at each of some places."""
    flow = reader.named(reader.one(call), ("C",))
    line = reader.put("reshape", {"shape": {"T": 1, "C": "rest"}}, flow, part="row")
    return Flow(
        reader.put("tile", {"axis": "T", "times": call.entry.fields.whole("n")}, line, part="copies"),
        ("T", "C"),
    )


def repeated(reader: Reader, flow: Flow, axis: str, times: int) -> Flow:
    """Each place of an axis several times, one copy beside the other."""
    own = dict(flow.source.y.named())
    beside: dict[str, Any] = {}
    for name, size in own.items():
        beside |= {name: size, "copies": 1} if name == axis else {name: size}
    row = reader.put("reshape", {"shape": beside}, flow, part=f"{axis}_each", alone=True)
    row = reader.put("tile", {"axis": "copies", "times": times}, row, part=f"{axis}_copies", alone=True)
    long = {name: "rest" if name == axis else size for name, size in own.items()}
    return flow._replace(source=reader.put("reshape", {"shape": long}, row, part=f"{axis}_all", alone=True))
