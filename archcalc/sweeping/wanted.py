"""What is asked of a sweep: figures as columns, claims that a row must meet, and what is best."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.measures import USUAL
from archcalc.memory import dtype_of
from archcalc.quantities import SIZED, TABLE
from archcalc.verdicts import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_REFUSED = frozenset({"output", "receptive_field", "effective_stride", "effective_padding"})
SIZE = ""
"""Where a figure is that is no figure, but a size that is swept."""
_SIDES = ("least", "most")


class Figure(NamedTuple):
    """A figure of the network, of a layer or of a block; or the size of an axis of what it gives."""

    at: str
    quantity: str
    dtype: str = USUAL

    @property
    def name(self) -> str:
        """What its column is called: `macs`, `C3.params`, `C5.H`."""
        return self.quantity if self.at in ("total", SIZE) else f"{self.at}.{self.quantity}"

    @property
    def axis(self) -> str:
        """The axis that it is the size of; nothing for a quantity."""
        return "" if self.quantity in TABLE else self.quantity


def figure(text: str, dtype: str = USUAL) -> Figure:
    """The figure of a column's name. Raises UsageError where it is not one that a sweep can have."""
    at, _, quantity = text.strip().rpartition(".")
    quantity = quantity.lower() if quantity.lower() in TABLE else quantity
    if quantity not in TABLE and (not at or likely(quantity, TABLE)):
        why = (f"figures: {', '.join(name for name in TABLE if name not in _REFUSED)}",)
        raise UsageError(Problem(f"there is no figure {quote(quantity)}", why, likely(quantity, TABLE)))
    if quantity in _REFUSED:
        why = ("a sweep compares numbers",)
        fix = f"{at or 'C5'}.H for a side of what a layer gives" if quantity == "output" else ""
        raise UsageError(Problem(f"{TABLE[quantity].header} has a size for each axis", why, fix))
    return Figure(at or "total", quantity, dtype_of(dtype).name if quantity in SIZED else USUAL)


class Claim(NamedTuple):
    """What a figure must be: not below `low`, not above `high`."""

    figure: Figure
    low: int | None
    high: int | None
    text: str

    def holds(self, values: Any) -> Any:
        """Where it holds of an array, or of an int."""
        if self.low is None:
            return values <= self.high
        return values >= self.low if self.high is None else (values >= self.low) & (values <= self.high)


def claim(text: str, dtype: str = USUAL) -> Claim:
    """A claim as `check` reads it, on figures that are whole numbers: `macs <= 300M`, `params = 1.3M`."""
    at, quantity, said = parse(text)
    wanted = figure(quantity if at == "total" else f"{at}.{quantity}", dtype)
    value = said.value
    if isinstance(value, tuple):
        raise UsageError(f"claim {quote(text)}: {said.text} is a shape, and {wanted.name} is a number")
    if said.binary and quantity not in SIZED:
        raise UsageError(f"claim {quote(text)}: {said.text} is in bytes, and {wanted.name} is not")
    low, high = {
        "=": (ceil(value - said.within), floor(value + said.within)),
        "<=": (None, floor(value)),
        "<": (None, ceil(value) - 1),
        ">=": (ceil(value), None),
        ">": (floor(value) + 1, None),
    }[said.relation]
    return Claim(wanted, low, high, text.strip())


class Aim(NamedTuple):
    """A figure that should be as small, or as large, as it can be."""

    figure: Figure
    sign: int  # 1 where the least is best, -1 where the most is

    def __str__(self) -> str:
        return f"{_SIDES[self.sign < 0]} {self.figure.name}"


def aim(text: str, dtype: str = USUAL, sizes: Collection[str] = ()) -> Aim:
    """An aim: `macs` is best least; `max:C5.H`, or `max:width` of a size that is swept, best most."""
    word, colon, name = text.strip().partition(":")
    if not colon:
        word, name = "min", word
    signs = {"min": 1, "max": -1}
    if word.strip() not in signs:
        raise UsageError(Problem(f"{quote(text)}: a direction is min or max", fix=f"max:{name.strip()}"))
    wanted = Figure(SIZE, name.strip()) if name.strip() in sizes else figure(name, dtype)
    return Aim(wanted, signs[word.strip()])


class Wanted(NamedTuple):
    """All that is asked: columns in their order, claims, the aim of the best, the aims of the front."""

    figures: tuple[Figure, ...]
    claims: tuple[Claim, ...]
    best: Aim | None
    front: tuple[Aim, ...]
    top: int | None = None

    @classmethod
    def of(
        cls,
        columns: Iterable[str] | None,
        where: Iterable[str],
        best: str,
        pareto: Iterable[str],
        top: int | None,
        dtype: str,
        sizes: Collection[str] = (),
    ) -> Wanted:
        """What the words ask for; columns are those named, or params, macs and whatever is asked about."""
        claims = tuple(claim(text, dtype) for text in where)
        wanted = aim(best, dtype, sizes) if best else None
        front = tuple(aim(text, dtype, sizes) for text in pareto)
        named = [figure(text, dtype) for text in columns] if columns is not None else []
        if columns is None:
            named = [Figure("total", "params"), Figure("total", "macs")]
        asked = [
            *(c.figure for c in claims),
            *((wanted.figure,) if wanted else ()),
            *(a.figure for a in front),
        ]
        if len(front) == 1:
            fix = f"--best {front[0].figure.name}"
            raise UsageError(Problem("a front is of two figures or more", fix=fix))
        if len({a.figure for a in front}) < len(front):
            raise UsageError("a front has each figure once")
        named = [each for each in dict.fromkeys([*named, *asked]) if each.at != SIZE]
        return cls(tuple(named), claims, wanted, front, top)
