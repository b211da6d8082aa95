"""Sizes, and the few functions of them where formulas leave polynomials.

A formula is written once and runs on Python ints, on SymPy expressions, on NumPy integer arrays
and on numbers that remember how they were written. `+`, `-` and `*` work on all of them; the
functions here choose by type. A world other than the ints registers its answers when it is first
needed, so a report on ints imports none of them.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Self


class Dim(Protocol):
    """A size: an int, or anything that adds and multiplies like one."""

    def __add__(self, other: Any, /) -> Dim: ...
    def __radd__(self, other: Any, /) -> Dim: ...
    def __sub__(self, other: Any, /) -> Dim: ...
    def __rsub__(self, other: Any, /) -> Dim: ...
    def __mul__(self, other: Any, /) -> Dim: ...
    def __rmul__(self, other: Any, /) -> Dim: ...


Truth: TypeAlias = Any
"""What a comparison of sizes gives: a bool on ints, a condition on symbols, a mask on arrays."""


class World(Protocol):
    """The answers of one kind of size other than int."""

    def floor_div(self, a: Dim, b: Dim) -> Dim: ...
    def ceil_div(self, a: Dim, b: Dim) -> Dim: ...
    def exact_div(self, a: Dim, b: Dim) -> Dim: ...
    def smallest(self, a: Dim, b: Dim) -> Dim: ...
    def largest(self, a: Dim, b: Dim) -> Dim: ...
    def gcd(self, a: Dim, b: Dim) -> Dim: ...
    def at_least(self, a: Dim, b: Dim) -> Truth: ...
    def equal(self, a: Dim, b: Dim) -> Truth: ...
    def part(self, size: Dim) -> str: ...
    def is_whole(self, size: Dim) -> Truth: ...


# the package that a foreign size comes from -> the room that answers for it; our own answer for themselves
_ROOMS = {"sympy": "archcalc.symbolic", "numpy": "archcalc.sweeping.world"}
_WORLDS: dict[str, World] = {}


def register(package: str, world: World) -> None:
    """Let `world` answer for sizes whose type comes from `package`."""
    _WORLDS[package] = world


def _world(*dims: Dim) -> World | None:
    """The world of the first size that is not a plain int; None where all are."""
    for dim in dims:
        if not isinstance(dim, int):
            package = _package(dim)
            if package not in _WORLDS:
                if package not in _ROOMS:
                    raise TypeError(f"{dim!r} is not a size")
                import_module(_ROOMS[package])
            return _WORLDS[package]
    return None


def _package(dim: Dim) -> str:
    """The package that a size comes from; of our own, the module."""
    module = type(dim).__module__
    return module if module.startswith("archcalc.") else module.partition(".")[0]


class Shape(tuple[Any, ...]):
    """Sizes with the names of their axes: maps `[C, H, W]`, sequences `[T, C]`, vectors `[C]`.

    >>> Shape((6, 28, 28), "C H W")
    6@28x28
    """

    axes: tuple[str, ...]

    def __new__(cls, dims: Iterable[Dim], axes: str | Iterable[str] | None = None) -> Self:
        shape = super().__new__(cls, dims)
        if axes is None:
            axes = axes_of_rank(len(shape))
        shape.axes = tuple(axes.split() if isinstance(axes, str) else axes)
        if len(shape.axes) != len(shape):
            raise ValueError(f"{len(shape)} sizes on the axes {', '.join(shape.axes)}")
        return shape

    def __getnewargs__(self) -> tuple[tuple[Any, ...], tuple[str, ...]]:
        return tuple(self), self.axes

    def named(self) -> Iterator[tuple[str, Dim]]:
        """Each axis with its size."""
        return zip(self.axes, self, strict=True)

    def __repr__(self) -> str:
        return self.text(shown)

    def text(self, write: Any) -> str:
        """`16@10x10` for maps, `128 x 768` for sequences, `84` for vectors."""
        parts = [write(dim) for dim in self]
        if len(parts) > 1 and self.axes[0] == "C":
            return f"{parts[0]}@{'x'.join(parts[1:])}"
        return (" x " if "C" in self.axes else "x").join(parts)


_AXES = {1: "C", 2: "T C", 3: "C H W", 4: "C D H W"}


def axes_of_rank(rank: int) -> tuple[str, ...]:
    """The usual names of the axes of a shape of this rank."""
    return tuple(_AXES[rank].split()) if rank in _AXES else tuple(f"axis{i}" for i in range(rank))


def shown(dim: Dim) -> str:
    """A size as it stands in a shape: `28`, `(H − 4)`."""
    if type(dim).__module__ == "fractions":  # no size, but a step between units may be one
        return str(dim)
    world = _world(dim)
    return world.part(dim) if world else str(dim)


def literally(dim: Dim | None, number: int) -> bool:
    """Whether a field was left at a number that textbooks do not write, such as dilation 1.

    A question about how the layer is written, not about a size: an int in every world.
    """
    return type(dim) is int and dim == number


def surely(truth: Truth) -> bool:
    """Whether a comparison is known to hold, whatever the symbols in it."""
    return truth is True


def product(dims: Iterable[Dim]) -> Dim:
    """The product of sizes; 1 for none."""
    result: Dim | None = None
    for dim in dims:
        result = dim if result is None else result * dim
    return 1 if result is None else result


def total(dims: Iterable[Dim]) -> Dim:
    """The sum of sizes; 0 for none."""
    dims = list(dims)
    if {*map(type, dims)} <= {int}:
        return sum(dims)
    at_once = getattr(_world(*dims), "total", None)  # a world may have a faster way than one by one
    return at_once(dims) if at_once else sum(dims)


def floor_div(a: Dim, b: Dim) -> Dim:
    """a / b rounded down."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    world = _world(a, b)
    assert world
    return world.floor_div(a, b)


def ceil_div(a: Dim, b: Dim) -> Dim:
    """a / b rounded up."""
    if isinstance(a, int) and isinstance(b, int):
        return -(-a // b)
    world = _world(a, b)
    assert world
    return world.ceil_div(a, b)


def exact_div(a: Dim, b: Dim) -> Dim:
    """a / b where a condition beside it says that b divides a."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    world = _world(a, b)
    assert world
    return world.exact_div(a, b)


def smallest(a: Dim, b: Dim) -> Dim:
    """The smaller of two sizes."""
    world = _world(a, b)
    return world.smallest(a, b) if world else min(a, b)  # type: ignore[call-overload]


def largest(a: Dim, b: Dim) -> Dim:
    """The larger of two sizes."""
    world = _world(a, b)
    return world.largest(a, b) if world else max(a, b)  # type: ignore[call-overload]


def gcd(a: Dim, b: Dim) -> Dim:
    """The greatest common divisor."""
    world = _world(a, b)
    return world.gcd(a, b) if world else math.gcd(a, b)  # type: ignore[arg-type]


def at_least(a: Dim, b: Dim) -> Truth:
    """Whether a >= b."""
    world = _world(a, b)
    return world.at_least(a, b) if world else a >= b  # type: ignore[operator]


def equal(a: Dim, b: Dim) -> Truth:
    """Whether a and b are the same size."""
    world = _world(a, b)
    return world.equal(a, b) if world else a == b


def is_whole(size: Dim) -> Truth:
    """Whether a size is a whole number."""
    world = _world(size)
    return world.is_whole(size) if world else True


def agree(one: Sequence[Dim], other: Sequence[Dim]) -> bool:
    """Whether sizes are surely the same, one by one."""
    if len(one) != len(other):
        return False
    return all(a is b or surely(equal(a, b)) for a, b in zip(one, other, strict=True))


def possible(size: Dim) -> Dim:
    """A size of what a layer gives, without what it cannot be: each is at least 1."""
    within = getattr(_world(size), "possible", None)  # of a world whose sizes have ends
    return within(size) if within else size


def divides(a: Dim, b: Dim) -> Truth:
    """Whether b is a multiple of a."""
    return equal(floor_div(b, a) * a, b)
