"""How the places of a sequence enter: rows of a table by distance, rotation, sines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from archcalc.lazy import np

if TYPE_CHECKING:
    from archcalc.arrays import Array


def buckets(queries: int, keys: int, rows: int, last: int, *, both: bool) -> Array:
    """The row of a table for each query and key: near distances one each, far ones by their logarithm.

    With `both`, half of the rows are for keys ahead of the query; without, those count as near.

    Source: Raffel et al. 2020, 2.1.
    """
    ahead = np.arange(keys) - np.arange(queries)[:, None]
    distance: Array = np.maximum(-ahead, 0)
    side: Any = 0
    if both:
        rows //= 2
        distance, side = np.abs(ahead), np.where(ahead > 0, rows, 0)
    near = rows // 2
    far = np.log(np.maximum(distance, 1) / near) / math.log(last / near) * (rows - near)
    found: Array = side + np.where(distance < near, distance, np.minimum(near + far.astype(int), rows - 1))
    return found


def turned(x: Array) -> Array:
    """Each pair of numbers, one from either half, turned by its place times 10000^(−2i/d).

    Source: Su et al. 2021, equation 34.
    """
    half = x.shape[-1] // 2
    turns = np.arange(len(x))[:, None] * 10000.0 ** (-np.arange(half) / half)
    angles = np.concatenate([turns, turns], axis=1).reshape(len(x), *(1,) * (x.ndim - 2), -1)
    crossed = np.concatenate([-x[..., half:], x[..., :half]], axis=-1)
    y: Array = x * np.cos(angles) + crossed * np.sin(angles)
    return y


def sines(places: int, width: int) -> Array:
    """For each place t sin(t / 10000^(2i/d)) at 2i, and the cosine at 2i + 1.

    Source: Vaswani et al. 2017, 3.5.
    """
    i = np.arange(width)
    angles = np.arange(places)[:, None] / 10000.0 ** ((i - i % 2) / width)
    return np.where(i % 2 == 0, np.sin(angles), np.cos(angles))
