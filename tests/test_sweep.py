"""Integer arrays as sizes: every entry is what the ints give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.dims import (
    Shape,
    at_least,
    ceil_div,
    divides,
    equal,
    exact_div,
    floor_div,
    gcd,
    largest,
    smallest,
)
from archcalc.layers import Conv2d
from archcalc.window import Axis, output_size

FUNCTIONS = [floor_div, ceil_div, smallest, largest, gcd, at_least, equal, divides]
conv2d: Any = Conv2d  # whose fields also read one number for all sides
sizes = st.lists(st.integers(1, 10**6), min_size=1, max_size=8)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@given(many=sizes, one=st.integers(1, 50))
def test_each_entry_is_what_the_ints_give(function: Any, many: list[int], one: int) -> None:
    array = np.array(many)
    assert function(array, one).tolist() == [function(n, one) for n in many]
    assert function(one, array).tolist() == [function(one, n) for n in many]
    assert function(array, array[::-1]).tolist() == [
        function(a, b) for a, b in zip(many, many[::-1], strict=True)
    ]


@given(many=sizes, one=st.integers(1, 50))
def test_exact_quotients(many: list[int], one: int) -> None:
    quotients: Any = exact_div(np.array(many) * one, one)
    assert quotients.tolist() == many


@given(
    many=st.lists(st.integers(20, 500), min_size=1, max_size=8),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    pad=st.integers(0, 3),
    ceil=st.booleans(),
)
def test_windows(many: list[int], kernel: int, stride: int, pad: int, *, ceil: bool) -> None:
    axis: Any = Axis(kernel, stride, (pad, pad), 1, ceil)
    array = np.array(many)
    assert axis.places(array).tolist() == [axis.places(n) for n in many]
    assert axis.fits(array).tolist() == [axis.fits(n) for n in many]
    same: Any = Axis(kernel, stride, "same")
    assert same.places(array).tolist() == [same.places(n) for n in many]


def test_output_size_of_many() -> None:
    places: Any = output_size(np.array([32, 33, 64]), 5, S=2)
    assert places.tolist() == [14, 15, 30]


def test_a_layer_of_many_widths() -> None:
    widths = np.array([8, 16, 32])
    layer = conv2d(out_channels=widths, kernel_size=3)
    params = layer.params(Shape((3, 32, 32)))
    assert params.tolist() == [
        conv2d(out_channels=int(n), kernel_size=3).params(Shape((3, 32, 32))) for n in widths
    ]


def test_small_integers_do_not_wrap() -> None:
    small = np.array([100, 120], dtype=np.int8)
    quotients: Any = floor_div(small, 1)
    assert quotients.dtype == np.int64
    assert ceil_div(np.uint8(200), 3) == 67
    assert floor_div(np.int64(7), 2) == 3


def test_only_integers_are_sizes() -> None:
    for odd in (np.array([1.5]), np.array([True]), np.array([2**63], dtype=np.uint64), np.array(["4"])):
        with pytest.raises(TypeError, match="signed integers"):
            floor_div(odd, 2)
