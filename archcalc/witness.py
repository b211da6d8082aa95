"""Scalars that witness a forward pass: some count what is done to them, some remember where they come from.

They stand in object arrays in place of floats. The formulas of a kind are held against them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.forward import step
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.arrays import Array
    from archcalc.layer import Layer, Work


class Operations(NamedTuple):
    """Floating-point operations by what they are; a subtraction is an addition."""

    mul: int = 0
    add: int = 0
    div: int = 0
    compare: int = 0
    special: int = 0

    @classmethod
    def of(cls, work: Work) -> Operations:
        """What a kind's formula announces: a multiply-accumulate is one of each."""
        found = (work.mac + work.mul, work.mac + work.add, work.div, work.compare, work.special)
        return cls(*found)  # type: ignore[arg-type]

    def plus(self, other: Operations) -> Operations:
        """Both, one after the other."""
        return Operations(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def total(self) -> int:
        """All of them: the FLOPs."""
        return sum(self)


class Tally:
    """Operations done so far by the scalars that share it."""

    __slots__ = ("add", "compare", "div", "mul", "special")

    def __init__(self) -> None:
        self.mul = self.add = self.div = self.compare = self.special = 0

    def operations(self) -> Operations:
        """The same as a frozen value."""
        return Operations(self.mul, self.add, self.div, self.compare, self.special)

    def scalars(self, values: Array) -> Array:
        """The array with each number as a scalar that counts here."""
        return scalars(values.shape, [Count(value, self) for value in values.ravel().tolist()])


def scalars(shape: tuple[int, ...], found: list[Any]) -> Array:
    """An object array of scalars."""
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array.reshape(shape)


def _value(other: Any) -> float:
    return other.value if type(other) is Count else float(other)


def _quotient(a: float, b: float) -> float:
    """a / b; by 0 what NumPy gives."""
    try:
        return a / b
    except ZeroDivisionError:
        with np.errstate(all="ignore"):
            return float(np.float64(a) / b)


def _function(name: str, a: float) -> float:
    """A function of `math`; out of its range what NumPy gives."""
    try:
        return getattr(math, name)(a)  # type: ignore[no-any-return]
    except (OverflowError, ValueError):
        with np.errstate(all="ignore"):
            return float(getattr(np, name)(a))


class Count:
    """A number that counts each operation it takes part in; a change of sign is free."""

    __slots__ = ("tally", "value")

    def __init__(self, value: float, tally: Tally) -> None:
        self.value = value
        self.tally = tally

    # `_value` written out where millions pass: it takes a fifth of the time

    def __add__(self, other: Any) -> Count:
        tally = self.tally
        tally.add += 1
        return Count(self.value + (other.value if type(other) is Count else float(other)), tally)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Count:
        self.tally.add += 1
        return Count(self.value - _value(other), self.tally)

    def __rsub__(self, other: Any) -> Count:
        self.tally.add += 1
        return Count(_value(other) - self.value, self.tally)

    def __mul__(self, other: Any) -> Count:
        tally = self.tally
        tally.mul += 1
        return Count(self.value * (other.value if type(other) is Count else float(other)), tally)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Count:
        self.tally.div += 1
        return Count(_quotient(self.value, _value(other)), self.tally)

    def __rtruediv__(self, other: Any) -> Count:
        self.tally.div += 1
        return Count(_quotient(_value(other), self.value), self.tally)

    def __neg__(self) -> Count:
        return Count(-self.value, self.tally)

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return f"Count({self.value})"

    def larger(self, other: Any) -> Count:
        """The larger of two."""
        self.tally.compare += 1
        return Count(max(self.value, _value(other)), self.tally)

    def smaller(self, other: Any) -> Count:
        """The smaller of two."""
        self.tally.compare += 1
        return Count(min(self.value, _value(other)), self.tally)

    def constant(self, value: float) -> Count:
        """A number that costs nothing."""
        return Count(value, self.tally)

    cell = constant

    def _bent(self, name: str) -> Count:
        self.tally.special += 1
        return Count(_function(name, self.value), self.tally)

    # NumPy calls these where a function of its own meets an object array

    def exp(self) -> Count:
        """One special function."""
        return self._bent("exp")

    def tanh(self) -> Count:
        """One special function."""
        return self._bent("tanh")

    def sqrt(self) -> Count:
        """One special function."""
        return self._bent("sqrt")

    def log(self) -> Count:
        """One special function."""
        return self._bent("log")

    def sin(self) -> Count:
        """One special function."""
        return self._bent("sin")

    def cos(self) -> Count:
        """One special function."""
        return self._bent("cos")

    def erf(self) -> Count:
        """One special function."""
        return self._bent("erf")

    def power(self, exponent: float) -> Count:
        """One special function."""
        self.tally.special += 1
        return Count(float(np.power(self.value, exponent)), self.tally)


class Trace:
    """A number that remembers which inputs, padding cells and biases it was made from.

    It keeps its two parents and no list: a list at each step would grow with the square of a window.
    """

    __slots__ = ("left", "right")

    def __init__(self, left: Trace | None = None, right: Trace | None = None) -> None:
        self.left = left
        self.right = right

    def join(self, other: Any) -> Trace:
        """A number made from both; floats have no source, and weights stay floats."""
        if type(other) is not Trace or other is self or other is _NOWHERE:
            return self
        return other if self is _NOWHERE else Trace(self, other)

    __add__ = __radd__ = __sub__ = __rsub__ = join
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = larger = smaller = join

    def same(self) -> Trace:
        """A number made from this one alone."""
        return self

    __neg__ = exp = tanh = sqrt = log = sin = cos = erf = same

    def power(self, exponent: float) -> Trace:
        """A number made from this one alone."""
        return self

    def constant(self, value: float) -> Trace:
        """A number without a source."""
        return _NOWHERE

    def cell(self, value: float) -> Trace:
        """A cell of padding: a source of its own."""
        return Trace()

    def sources(self) -> set[Trace]:
        """The distinct leaves that it was made from."""
        found: set[Trace] = set()
        seen: set[Trace] = set()
        stack: list[Trace | None] = [self]
        while stack:
            node = stack.pop()
            if node is None or node in seen:
                continue
            if node.left is None:
                found.add(node)
                continue
            seen.add(node)
            stack.append(node.left)
            stack.append(node.right)
        found.discard(_NOWHERE)
        return found


_NOWHERE = Trace()


def leaves(shape: tuple[int, ...]) -> Array:
    """An array of fresh sources."""
    return scalars(shape, [Trace() for _ in range(math.prod(shape))])


def count(layer: Layer, inputs: Sequence[Array], tensors: Mapping[str, Array]) -> tuple[Array, Operations]:
    """What a layer gives, and the operations that it took, each really done."""
    tally = Tally()
    own = {name: tally.scalars(tensor) for name, tensor in tensors.items()}
    y = step(layer, [array if indices(array) else tally.scalars(array) for array in inputs], own)
    return y.astype(float), tally.operations()


def indices(array: Array) -> bool:
    """Whether the array holds indices, which are looked up and not reckoned with."""
    return bool(array.dtype.kind == "i")


def trace(layer: Layer, inputs: Sequence[Array], tensors: Mapping[str, Array]) -> int:
    """Links of a layer: for each output the inputs, padding cells and biases that it was made from."""
    own = {name: leaves(tensor.shape) if name == "bias" else tensor for name, tensor in tensors.items()}
    y = step(layer, [array if indices(array) else leaves(array.shape) for array in inputs], own)
    return sum(len(output.sources()) for output in y.flat)
