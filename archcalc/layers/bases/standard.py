"""Numbers made standard: less their mean, over their deviation."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from archcalc.arrays import sqrt, total
from archcalc.layer import Work
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.arrays import Array
    from archcalc.dims import Dim


def standardising(numbers: Dim, groups: Dim) -> Work:
    """Operations for some numbers in equal groups.

    For n of them two sums (n − 1 additions each), n differences and eps; n squares; two means and
    n quotients; a root.
    """
    return Work(add=3 * numbers - groups, mul=numbers, div=numbers + 2 * groups, special=groups)


def mean(x: Array, axes: Sequence[int]) -> Array:
    """The mean along axes, which stay with size 1."""
    over = np.expand_dims(total(x, axes), tuple(axes))
    return over / prod(x.shape[i] for i in axes)  # type: ignore[no-any-return]


def standardised(x: Array, axes: Sequence[int], eps: float) -> Array:
    """(x − mean)/√(variance + eps), along axes."""
    away = x - mean(x, axes)
    return away / sqrt(mean(away * away, axes) + eps)
