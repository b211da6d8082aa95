"""One layer on one shape, without a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Shape, axes_of_rank, product
from archcalc.errors import ArchcalcError, Problem, SpecError, UsageError, quote
from archcalc.expressions import integer, names
from archcalc.fields import SIZES
from archcalc.loading import load
from archcalc.shown import Shown
from archcalc.spec.entries import ENTRY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.layer import Layer
    from archcalc.network import Net
    from archcalc.render.page import Page

_ELSEWHERE = frozenset(ENTRY) - {"trainable"}
"""Keys of a layer that lead out of it, to other layers."""
_PADDINGS = frozenset({"same", "valid", "rest"})


class Calculation(Shown):
    """The figures of a layer; as text, their derivation, or formulas where sizes are letters."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def __getattr__(self, quantity: str) -> Any:
        # params, macs, ...: figures of the one row
        if quantity.startswith("_"):
            raise AttributeError(quantity)
        return getattr(self.net.rows[0], quantity)

    @property
    def output(self) -> Shape:
        """The output's shape."""
        return self.net.output

    def page(self, width: int | None = None) -> Page:
        """The blackboard."""
        from archcalc.render.blackboard import formulas

        return (
            formulas(self.net.analysis, width) if self.net.symbolic else self.net.explain("layer").page(width)
        )


def kind(op: str) -> type[Layer]:
    """The kind that a word means.

    Raises UsageError with the likely spelling.
    """
    from archcalc import register as kinds

    found = kinds.kind_or_plugin(op)
    if found is None:
        fix = kinds.meant(op)
        more = "" if fix else "all ops: archcalc ops"
        raise UsageError(Problem(f"there is no op {quote(op)}", fix=fix, more=more))
    return found


def calc(op: str, /, *shapes: Any, **fields: Any) -> Calculation:
    """The figures of a layer of this kind on this shape, or on these where it reads several inputs.

    A shape is sizes in the usual order of their axes, or a map of named ones, as `{"C": 16, "T": 1000}`.
    Sizes may be letters, as `("C", "W", "W")` and `kernel_size="F"`: then figures are formulas.

    >>> calc("conv2d", (1, 32, 32), out_channels=6, kernel_size=5).params
    156
    >>> calc("add", (64, 56, 56), (64, 56, 56)).flops
    200704

    Raises UsageError where the op, a field or a shape does not fit.
    """
    found = kind(op)
    _alone(found, fields)
    shapes = tuple(_read(shape) for shape in shapes)
    _many(found, shapes)
    for shape in shapes:
        _flat(found, shape, fields)
    parts = [part for shape in shapes for part in _sizes(shape)]
    letters = dict.fromkeys(name for part in parts if isinstance(part, str) for name in names(part))
    letters |= dict.fromkeys(_letters(found, fields))
    content: dict[str, Any] = {"archcalc": 1, "name": op}
    if letters:
        content["symbols"] = dict.fromkeys(letters, 1)
    layer = {**fields, "name": "layer", "op": op}
    inputs = {f"x{i + 1}": _input(found, shape) for i, shape in enumerate(shapes)}
    if len(inputs) == 1:
        content["input"] = inputs["x1"]
    else:
        content["inputs"] = inputs or {"nothing": [1]}
        layer |= {"from": list(inputs)} if inputs else {}
    try:
        return Calculation(load({**content, "layers": [layer]}, symbolic=list(letters) or False))
    except SpecError as error:
        raise _bare(error) from None


def _read(shape: Any) -> Any:
    """A shape as given: a list or a map of sizes, one size, or text such as `1x32x32`."""
    if isinstance(shape, str):
        return [integer(part) if integer(part) is not None else part for part in shape.split("x")]
    if isinstance(shape, dict):
        return {axis: _plain(size) for axis, size in shape.items()}
    if isinstance(shape, int) or not hasattr(shape, "__iter__"):
        return [_plain(shape)]
    sizes = [_plain(size) for size in shape]
    if not sizes:
        raise UsageError("a shape has at least one size, as (400,)")
    return sizes


def _plain(size: Any) -> Any:
    """A size, of NumPy's integers as an int."""
    return size.item() if hasattr(size, "item") else size


def _sizes(shape: Any) -> list[Any]:
    return list(shape.values()) if isinstance(shape, dict) else list(shape)


def _input(found: type[Layer], shape: Any) -> Any:
    """An input as a spec has it; what is looked up is indices."""
    given = shape if isinstance(shape, dict) else list(shape)
    return {"shape": given, "dtype": "int"} if found.looks_up and len(given) == 1 else given


def _many(found: type[Layer], shapes: Sequence[Any]) -> None:
    """Refuse more inputs, or fewer, than a kind reads."""
    fewest, most = found.inputs
    if len(shapes) < fewest or (most is not None and len(shapes) > most):
        few = (
            f"{fewest} or more" if most is None else f"{fewest}" if fewest == most else f"{fewest} to {most}"
        )
        what = f"{found.op} reads {few} input{'s' * (few != '1')}, and {len(shapes)} are given"
        raise UsageError(what.replace("and 1 are given", "and 1 is given"))


def _alone(found: type[Layer], fields: Mapping[str, Any]) -> None:
    """Refuse keys that lead to other layers."""
    for key in fields:
        if key in _ELSEWHERE and key not in found.fields:
            why = ("an activation is a layer of its own",) if key == "activation" else ()
            raise UsageError(Problem(f"calc takes one layer, so {key} has no meaning here", why))


def _flat(found: type[Layer], shape: Any, fields: Mapping[str, Any]) -> None:
    """Refuse a layer that reads a vector on a shape with more axes; nothing stands before it to flatten."""
    sizes = [size for size in _sizes(shape) if isinstance(size, int) and size > 0]
    if len(sizes) != len(shape) or isinstance(shape, dict) or ("C",) not in (found.takes or ()):
        return
    x = Shape(sizes, axes_of_rank(len(sizes)))
    if not found.bound({}).refusal(x):
        return
    count, given = product(x), " ".join(f"{key}={value}" for key, value in fields.items())
    written = "·".join(map(str, x))
    what = f"{found.op} reads features on the last axis, and {'x'.join(map(str, x))} has {len(x)} axes"
    why = f"{written} = {count:,} numbers, and {found.op} does not guess how to read them"
    raise UsageError(Problem(what, (why,), f"archcalc calc {found.op} {count} {given}".rstrip()))


def _letters(found: type[Layer], fields: Mapping[str, Any]) -> Iterator[str]:
    """The names in the sizes of a layer; words of other fields are no letters."""
    for key, value in fields.items():
        field = found.fields.get(found.meant(key))
        if field is not None and field.sort in SIZES:
            for part in _inside(value):
                if isinstance(part, str):
                    yield from (name for name in names(part) if name not in _PADDINGS)


def _inside(value: Any) -> list[Any]:
    """Every value in nested fields."""
    if isinstance(value, dict):
        return [part for each in value.values() for part in _inside(each)]
    if isinstance(value, list | tuple):
        return [part for each in value for part in _inside(each)]
    return [value]


def _bare(error: SpecError) -> ArchcalcError:
    """The problems without the places in a file that nobody wrote."""
    bare = [
        p._replace(place=None, layer="", why=tuple(w for w in p.why if "→ layer" not in w))
        for p in error.problems
    ]
    return UsageError(bare)
