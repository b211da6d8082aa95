"""Sizes that lie somewhere between two ends: what a figure can be at most, and at least, over many sizes.

Every operation encloses: wherever the parts may lie, the result lies between the ends that it is given.
So what is not possible of an interval is possible of no size in it, and nothing need be monotone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import register
from archcalc.expressions import round_to
from archcalc.expressions import whole as whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable

End = Any  # an int or a fraction; None where there is no end


class Interval:
    """A size between two ends, both included, or without an end; `whole` where it can only be a whole one.

    What is a multiple of one and the same interval, and a number, remembers it: so 4·d is known to be 4·d,
    and d − 5 to be less than d.
    """

    __slots__ = ("high", "line", "low", "whole")

    def __init__(self, low: End, high: End, *, whole: bool = True, line: Line | None = None) -> None:
        self.low = low
        self.high = high
        self.whole = whole
        self.line = line or (self, 1, 0)

    def __add__(self, other: Any) -> Any:
        return _World().total((self, other))

    __radd__ = __add__

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Interval):
            root, times, more = self.line
            return _on(root, times * other, more * other)
        low, high = other.low, other.high
        own_low, own_high = self.low, self.high
        both = self.whole and other.whole
        if own_low is not None and low is not None and own_low >= 0 and low >= 0:
            return between(own_low * low, _product(own_high, high), whole=both)
        if None in (own_low, own_high, low, high):
            return self._open_product(other, both=both)
        corners = [own_low * low, own_low * high, own_high * low, own_high * high]
        return between(min(corners), max(corners), whole=both)

    __rmul__ = __mul__

    def _open_product(self, other: Interval, *, both: bool) -> Any:
        """The product where an end is missing: known where each factor has one sign."""
        if other.high is not None and other.high <= 0:
            return -(self * -other)
        if self.high is not None and self.high <= 0:
            return -(-self * other)
        return Interval(None, None, whole=both)

    def __truediv__(self, other: Any) -> Any:
        from fractions import Fraction

        low, high = ends(other)
        if low is None or low <= 0:
            return Interval(None, None, whole=False)
        inverse = Interval(0 if high is None else Fraction(1, high), Fraction(1, low), whole=False)
        return self * inverse

    def __rtruediv__(self, other: Any) -> Any:
        return Interval(other, other) / self

    def __floordiv__(self, other: Any) -> Any:
        return _World().floor_div(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _World().floor_div(other, self)

    def round_to(self, multiple: int) -> Any:
        """The nearest multiple by the rule of the spec language, which never falls where its size rises."""
        return between(*(None if end is None else round_to(end, multiple) for end in (self.low, self.high)))

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is many sizes, and has no one truth")

    def __repr__(self) -> str:
        low, high = ("…" if end is None else str(end) for end in (self.low, self.high))
        return f"{low} to {high}"


class Open:
    """What holds at some sizes of an interval, perhaps: it has no truth of its own."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise TypeError("it may hold at some sizes and not at others")


OPEN = Open()


Line = tuple["Interval", Any, Any]
"""An interval, how many times it is taken, and the number that is added."""


def _on(root: Interval, times: Any, more: Any) -> Any:
    """So many times an interval, and a number."""
    if times == 0:
        return whole_number(more)
    low = None if root.low is None else root.low * times + more
    high = None if root.high is None else root.high * times + more
    if times < 0:
        low, high = high, low
    only_whole = root.whole and isinstance(times, int) and isinstance(more, int)
    if low is not None and low == high:
        return whole_number(low)
    return Interval(low, high, whole=only_whole, line=(root, times, more))


def between(low: End, high: End, *, whole: bool = True) -> Any:
    """The interval of two ends; the number where they are one."""
    if low is not None and low == high:
        return whole_number(low)
    return Interval(low, high, whole=whole)


def ends(size: Any) -> tuple[End, End]:
    """The ends of an interval; of a number, itself twice."""
    return (size.low, size.high) if isinstance(size, Interval) else (size, size)


def is_whole(size: Any) -> bool:
    """Whether a size can only be a whole number."""
    return size.whole if isinstance(size, Interval) else isinstance(size, int)


def _sum(a: End, b: End) -> End:
    return None if a is None or b is None else a + b


def _product(a: End, b: End) -> End:
    """The product of two upper ends of what is not negative."""
    if a == 0 or b == 0:
        return 0
    return None if a is None or b is None else a * b


class _World:
    """The answers of intervals to the functions of sizes."""

    def total(self, sizes: Iterable[Any]) -> Any:
        number: Any = 0
        taken: dict[Interval, Any] = {}
        for size in sizes:
            if isinstance(size, Interval):
                root, times, more = size.line
                taken[root] = taken.get(root, 0) + times
                number += more
            else:
                number += size
        if len(taken) == 1:
            ((root, times),) = taken.items()
            return _on(root, times, number)
        low, high, only_whole = number, number, isinstance(number, int)
        for root, times in taken.items():
            part = root if times == 1 else _on(root, times, 0)
            own_low, own_high = ends(part)
            low, high = _sum(low, own_low), _sum(high, own_high)
            only_whole = only_whole and is_whole(part)
        return between(low, high, whole=only_whole)

    def floor_div(self, a: Any, b: Any) -> Any:
        if isinstance(b, int) and b == 1 and is_whole(a):
            return a  # and what it is a multiple of is not forgotten
        below, above = ends(b)
        if below is None or below <= 0:
            return Interval(None, None)
        low, high = ends(a)
        return between(_lowest(low, below, above), _highest(high, below, above))

    def ceil_div(self, a: Any, b: Any) -> Any:
        return -self.floor_div(-a, b)

    exact_div = floor_div

    def smallest(self, a: Any, b: Any) -> Any:
        for one, two in ((a, b), (b, a)):
            if self.at_least(one, two) is True:
                return two
        (low, high), (other, top) = ends(a), ends(b)
        least = None if low is None or other is None else min(low, other)
        return between(least, _least(high, top), whole=is_whole(a) and is_whole(b))

    def largest(self, a: Any, b: Any) -> Any:
        return -self.smallest(-a, -b)

    def gcd(self, a: Any, b: Any) -> Any:
        (low, high), (other, top) = ends(a), ends(b)
        if low is None or other is None or low < 1 or other < 1:
            return Interval(0, None)
        return between(1, _least(high, top))

    def at_least(self, a: Any, b: Any) -> Any:
        low, high = ends(a - b)
        if low is not None and low >= 0:
            return True
        return OPEN if high is None or high >= 0 else False

    def equal(self, a: Any, b: Any) -> Any:
        low, high = ends(a - b)
        if (low is not None and low > 0) or (high is not None and high < 0):
            return False
        return True if low == high == 0 else OPEN

    def possible(self, size: Any) -> Any:
        low, high = ends(size)
        if (low is not None and low >= 1) or (high is not None and high < 1):
            return size
        return between(1, high, whole=is_whole(size))

    def is_whole(self, size: Any) -> Any:
        return True if is_whole(size) else OPEN

    def part(self, size: Any) -> str:
        return f"({size!r})"


def _lowest(low: End, below: int, above: End) -> End:
    """The least quotient, rounded down: a negative number by the smallest divisor, others by the largest."""
    if low is None:
        return None
    return low // below if low < 0 else 0 if above is None else low // above


def _highest(high: End, below: int, above: End) -> End:
    """The greatest quotient, rounded down."""
    if high is None:
        return None
    return high // below if high >= 0 else -1 if above is None else high // above


def _least(a: End, b: End) -> End:
    """The smaller of two upper ends."""
    return b if a is None else a if b is None else min(a, b)


register("archcalc.intervals", _World())
