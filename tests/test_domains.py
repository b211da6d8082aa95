"""Domains: the values that a size may take, as people write them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.domains import assigned, domain
from archcalc.errors import UsageError

SPELLED = [
    ("64", [64]),
    ("64, 96,128", [64, 96, 128]),
    ("128:256:32", [128, 160, 192, 224, 256]),  # both ends
    ("1:4", [1, 2, 3, 4]),
    ("1:2:0.3", [1, Fraction(13, 10), Fraction(8, 5), Fraction(19, 10)]),  # the end is not passed
    ("2/3", [Fraction(2, 3)]),
    ("32,64:128:32,7", [32, 64, 96, 128, 7]),  # in the order given
    ("0:2", [0, 1, 2]),
    (range(32, 129, 32), [32, 64, 96, 128]),
    (np.arange(3, 6), [3, 4, 5]),
    ([1, Fraction(1, 2), 0.25], [1, Fraction(1, 2), Fraction(1, 4)]),
    (7, [7]),
]


@pytest.mark.parametrize(("given", "values"), SPELLED, ids=lambda v: str(v)[:20])
def test_what_is_written_is_what_it_says(given, values):
    found = domain(given)
    assert list(found) == values == found[:] == [found[i] for i in range(len(found))]
    assert (found.low, found.high, len(found)) == (min(values), max(values), len(values))
    assert found.whole is all(isinstance(value, int) for value in values)
    assert all(value in found for value in values)
    assert all((value * found.denominator) % 1 == 0 for value in values)


def test_steps_of_a_twentieth_are_exact():
    widths = domain("0.25:2:0.05")
    assert len(widths) == 36
    assert widths.denominator == 20
    assert widths[-1] == 2
    assert widths[1] == Fraction(3, 10)


def test_a_range_is_never_written_out():
    assert len(domain("1:1000000000000000")) == 10**15
    assert domain("1:1000000000000000:3")[10**14] == 1 + 3 * 10**14


@given(
    st.integers(0, 40), st.integers(0, 40), st.integers(1, 9), st.integers(1, 4),
    st.integers(0, 40), st.integers(0, 40), st.integers(1, 9), st.integers(1, 4),
)  # fmt: skip
def test_a_size_is_there_once(a, more, step, parts, b, beyond, stride, portions):
    def values(first, more, step, parts):
        return {Fraction(n, parts) for n in range(first, first + more + 1, step)}

    text = f"{a}/{parts}:{a + more}/{parts}:{step}/{parts},{b}/{portions}:{b + beyond}/{portions}:{stride}/{portions}"
    both = values(a, more, step, parts) & values(b, beyond, stride, portions)
    if both:
        with pytest.raises(UsageError, match=r"^w has .* twice$"):
            domain(text, "w")
    else:
        assert set(domain(text)) == values(a, more, step, parts) | values(b, beyond, stride, portions)


WRONG = [
    ("", "w=: a number is missing"),
    ("a:3", "w=a:3: 'a' is no number"),
    ("64,", "w=64,: a number is missing"),
    ("3:1", "w=3:1: a range goes up, and 3 is above 1"),
    ("1:5:0", "w=1:5:0: a range goes up, in steps above 0; this step is 0"),
    ("1:2:3:4", "w=1:2:3:4: '1:2:3:4' has 4 numbers, and a range has a:b or a:b:step"),
    ("4,1:5", "w has 4 twice"),
    ("1:10000000000000000", "it has 10,000,000,000,000,000 sizes, and 1,000,000,000,000,000 are allowed"),
    ("1/0", "w=1/0: '1/0' is no number"),
    ("1e999", "exponent of more than two digits"),
    ("__import__('os')", "is no number"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[text or "nothing" for text, _ in WRONG])
def test_what_is_no_domain_is_told(text, sentence):
    with pytest.raises(UsageError) as told:
        domain(text, "w")
    assert sentence in str(told.value)


def test_an_option_names_its_size():
    assert assigned(" H = 32:64:32") == ("H", domain("32:64:32"))
    with pytest.raises(UsageError, match="--for takes a symbol and its sizes, not 'H'"):
        assigned("H", "--for")
