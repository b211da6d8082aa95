"""NumPy's answers to the functions of sizes, on integer arrays; importing this registers them.

A formula of a kind that is given an array for a size gives an array of figures, and a condition
gives a mask of the sizes at which it holds. int64 wraps without a word: these are a check on what
a sweep reckons, which proves first that nothing passes 2^62.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from archcalc.dims import register


class ArrayWorld:
    """Sizes that are integer arrays, or single integers of NumPy's."""

    def floor_div(self, a: Any, b: Any) -> Any:
        """a / b rounded down."""
        return _whole(a) // _whole(b)

    def ceil_div(self, a: Any, b: Any) -> Any:
        """a / b rounded up."""
        return -(-_whole(a) // _whole(b))

    def exact_div(self, a: Any, b: Any) -> Any:
        """a / b, where a condition beside it says that b divides a."""
        return self.floor_div(a, b)

    def smallest(self, a: Any, b: Any) -> Any:
        """The smaller of two sizes, entry by entry."""
        return np.minimum(_whole(a), _whole(b))

    def largest(self, a: Any, b: Any) -> Any:
        """The larger of two sizes, entry by entry."""
        return np.maximum(_whole(a), _whole(b))

    def gcd(self, a: Any, b: Any) -> Any:
        """The greatest common divisor, entry by entry."""
        return np.gcd(_whole(a), _whole(b))

    def at_least(self, a: Any, b: Any) -> Any:
        """Where a >= b."""
        return _whole(a) >= _whole(b)

    def equal(self, a: Any, b: Any) -> Any:
        """Where a and b are the same size."""
        return _whole(a) == _whole(b)

    def is_whole(self, size: Any) -> Any:
        """True: arrays of sizes hold integers."""
        return True

    def part(self, size: Any) -> str:
        """An array as it shows itself."""
        return str(size)


def _whole(size: Any) -> Any:
    """The size as int64, so that small ints do not wrap at 127.

    Raises TypeError for floats, unsigned sizes too large for int64 and sizes of another world.
    """
    array = np.asarray(size)
    if array.dtype.kind not in "iu" or not np.can_cast(array.dtype, np.int64):
        raise TypeError(f"sizes in an array are signed integers, not {array.dtype}")
    return array.astype(np.int64, copy=False)[()]


register("numpy", ArrayWorld())
