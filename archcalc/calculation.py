"""One layer on one shape, without a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import ArchcalcError, Problem, SpecError, UsageError, quote
from archcalc.expressions import is_name
from archcalc.network import Net, load
from archcalc.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.dims import Shape
    from archcalc.render.page import Page


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


def calc(op: str, shape: Sequence[int | str], **fields: Any) -> Calculation:
    """The figures of a layer of this kind on this shape.

    Sizes may be letters, as `("C", "W", "W")` and `kernel_size="F"`: then figures are formulas.

    >>> calc("conv2d", (1, 32, 32), out_channels=6, kernel_size=5).params
    156

    Raises UsageError where the op, a field or the shape does not fit.
    """
    from archcalc import layer as kinds

    if kinds.kind(op) is None:
        import archcalc.layers  # noqa: F401  (declaring the kinds registers them)
    found = kinds.kind(op)
    if found is None:
        fix = kinds.meant(op)
        raise UsageError(
            Problem(f"there is no op {quote(op)}", fix=fix, more="" if fix else "all ops: archcalc ops")
        )
    letters = dict.fromkeys(
        part for part in (*shape, *_inside(fields)) if isinstance(part, str) and is_name(part)
    )
    words = {"same", "valid", "true", "false", "full", "digits", "seeded"}
    symbols = {name: 1 for name in letters if name not in words}
    content: dict[str, Any] = {"archcalc": 1, "name": op}
    if symbols:
        content["symbols"] = symbols
    content |= {"input": list(shape), "layers": [{"name": "layer", "op": op, **fields}]}
    try:
        return Calculation(load(content, symbolic=list(symbols) or False))
    except SpecError as error:
        raise _bare(error) from None


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
