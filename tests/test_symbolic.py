"""Formulas in letters: equal to the ints, in one normal form, and written as people write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from archcalc.analysis import Analysis
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
from archcalc.graph import Graph, build
from archcalc.layers import Conv2d
from archcalc.spec import find, parse
from archcalc.symbolic import (
    Condition,
    bounds,
    is_loose,
    latex,
    letter,
    part,
    read_all,
    shape,
    text,
    valid,
    value,
)
from archcalc.symbolic import round_to as rounded_to
from archcalc.symbolic.conditions import minima
from archcalc.window import Axis, output_size

C, F, H, K, P, S, W = map(letter, "CFHKPSW")
conv2d: Any = Conv2d  # whose fields also read one number for all sides

windows = st.builds(
    Axis,
    st.integers(1, 7),
    st.integers(1, 5),
    st.tuples(st.integers(0, 3), st.integers(0, 3))
    | st.integers(0, 3).map(lambda p: (p, p))
    | st.just("same"),
    st.integers(1, 3),
    st.booleans(),
).filter(lambda axis: axis.padding != "same" or not axis.ceil)


# -- the worlds agree


@given(st.lists(windows, min_size=1, max_size=4), st.integers(1, 400))
def test_nested_windows_agree_with_ints(stack: list[Axis], size: int) -> None:
    open_: Any = H
    number: Any = size
    for axis in stack:
        fits, reads = axis.fits(open_), axis.reaches_the_end(open_)
        for truth, known in ((fits, axis.fits(number)), (reads, axis.reaches_the_end(number))):
            assert (truth.at({"H": size}) if isinstance(truth, Condition) else truth) is known
        open_, number = axis.places(open_), axis.places(number)
    assert value(open_, {"H": size}) == number
    low, high = bounds(sympy.sympify(open_))
    assert low <= number <= high


@given(st.integers(1, 300), st.integers(1, 9), st.integers(0, 4), st.integers(1, 5), st.integers(1, 5))
def test_windows_of_letters_alone_agree_with_ints(w: int, f: int, p: int, s: int, t: int) -> None:
    sizes = {"W": w, "F": f, "P": p, "S": s, "T": t}
    inner = Axis(F, S, (P, P)).places(W)
    outer = Axis(F, letter("T"), (P, P)).places(inner)
    number = (w - f + 2 * p) // s + 1
    assert value(inner, sizes) == number
    assert value(outer, sizes) == (number - f + 2 * p) // t + 1
    assert value(Axis(F, S, "same").places(W), sizes) == -(-w // s)


@given(
    st.lists(
        st.tuples(st.integers(-6, 6), st.integers(-9, 9), st.integers(1, 12), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    st.integers(-5, 5).filter(bool),
    st.integers(1, 999),
)
def test_floors_and_ceilings_of_each_other_agree_with_ints(
    steps: list[tuple[int, int, int, bool]], first: int, size: int
) -> None:
    open_: Any = first * H
    number: Any = first * size
    for times, add, by, up in steps:
        divide = ceil_div if up else floor_div
        open_, number = divide(open_ * times + add, by), divide(number * times + add, by)
    assert value(open_, {"H": size}) == number


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_extremes_divisors_and_conditions_agree_with_ints(h: int, w: int, n: int) -> None:
    def formula(a: Any, b: Any) -> list[Any]:
        least, most = smallest(a, b + 3), largest(a - 2, smallest(b, n))
        rounded = [
            floor_div(least + 5, 3),
            ceil_div(most, n),
            floor_div(7 - least, n),
            ceil_div(1 - 2 * most, 3),
        ]
        return [least, most, gcd(a, n), gcd(a * b, b + 1), *rounded]

    sizes = {"H": h, "W": w}
    assert [value(dim, sizes) for dim in formula(H, W)] == formula(h, w)
    for truth, known in (
        (at_least(H, 2 * W - n), h >= 2 * w - n),
        (equal(H + n, W), h + n == w),
        (divides(n, H * W - 3), (h * w - 3) % n == 0),
        (divides(H, W), w % h == 0),
    ):
        assert (truth.at(sizes) if isinstance(truth, Condition) else truth) is known


# -- the normal form


def test_nested_floors_are_joined() -> None:
    assert floor_div(floor_div(H - 4, 2) - 4, 2) == floor_div(H, 4) - 3
    assert floor_div(floor_div(H, S) + 3, K) == floor_div(H + 3 * S, S * K)
    assert floor_div(H - 12, 4) == floor_div(H, 4) - 3
    assert floor_div(2 * H + 5, 4) == floor_div(H, 2) + 1
    assert ceil_div(ceil_div(H, 2), 3) == ceil_div(H, 6) == floor_div(H + 5, 6)
    assert floor_div(S * H + W, S) == H + floor_div(W, S)
    assert floor_div(H, -2) == floor_div(-H, 2)
    assert floor_div(H, 1) is H


def test_ceil_mode_does_not_double_at_each_layer() -> None:
    size = H
    for _ in range(12):
        size = Axis(2, 3, (1, 1), ceil=True).places(size)
    assert len(text(size)) < 100
    both = smallest(H, W)
    for _ in range(12):
        both = Axis(2, 3, (0, 0), ceil=True).places(both)
    assert len(text(both)) < 100


def test_division() -> None:
    assert exact_div(4 * C, 4) == C
    assert exact_div(C * S + 2 * S, S) == C + 2
    assert exact_div(C * C - 1, C - 1) == C + 1
    assert text(exact_div(C, 3)) == "C/3"
    with pytest.raises(ZeroDivisionError):
        floor_div(H, 0)


def test_common_divisors_stay_open() -> None:
    assert value(gcd(H, 7), {"H": 21}) == 7
    assert gcd(sympy.Integer(12), 18) == 6
    assert gcd(H, H) == H
    assert gcd(H, 1) == 1
    # a lone divisor is still a size of this world
    assert text(floor_div(gcd(H, 7), 2)) == "⌊gcd(7, H)/2⌋"


def test_only_sizes_are_taken() -> None:
    odd: Any
    for odd in ("H", 0.5, sympy.Float(2), None):
        with pytest.raises(TypeError):
            floor_div(H, odd)


def test_values_are_exact() -> None:
    big = 10**40 + 1
    assert value(floor_div(H * H, 3), {"H": big}) == big * big // 3
    assert value(H / 3, {"H": 7}) == Fraction(7, 3)
    with pytest.raises(KeyError, match="W"):
        value(H + W, {"H": 1})
    with pytest.raises(TypeError, match="sin"):
        value(sympy.sin(H), {"H": 1})


# -- letters


@pytest.mark.parametrize(
    "name",
    ["S", "E", "I", "N", "O", "Q", "pi", "lambda", "beta", "zoo", "__import__('os')", "a b", "1", "\x1b[2J"],
)
def test_a_name_is_a_plain_letter(name: str) -> None:
    size = letter(name)
    assert size is letter(name)
    assert size.is_Symbol
    assert value(size * 2 + 1, {name: 20}) == 41
    assert text(size + 1).isprintable()
    assert "\x1b" not in latex(size)


def test_a_letter_needs_a_name() -> None:
    odd: Any
    for odd in ("", 3, None):
        with pytest.raises(TypeError):
            letter(odd)


# -- conditions


def test_comparisons_are_decided_where_they_can_be() -> None:
    assert at_least(H, 1) is True
    assert at_least(H, H - 3) is True
    assert at_least(-H, 0) is False
    assert equal(H, H) is True
    assert equal((H + 1) * W, H * W + W) is True
    assert equal(H, 0) is False
    assert at_least(floor_div(H + 4, 6), floor_div(H, 6)) is True
    assert divides(1, H) is True
    assert divides(4, 8 * H) is True


def test_a_condition_has_no_truth_of_its_own() -> None:
    condition = at_least(H, 5)
    assert isinstance(condition, Condition)
    with pytest.raises(TypeError, match="H ≥ 5 is open"):
        bool(condition)
    assert condition == at_least(2 * H, 10)
    assert hash(condition) == hash(at_least(H, 5))
    assert condition != divides(5, H)


def test_conditions_are_written_as_said() -> None:
    assert str(at_least(W + 2 * P, F)) == "W + 2·P ≥ F"
    assert str(at_least(32, K)) == "K ≤ 32"
    assert str(equal(K, 16)) == "K = 16"
    assert str(divides(4, C)) == "4 divides C"
    assert str(divides(S, W - F + 2 * P)) == "S divides W + 2·P − F"
    assert str(divides(2, floor_div(H, 2) - 8)) == "2 divides ⌊H/2⌋"
    assert at_least(H, 5).latex() == r"H \geq 5"
    assert divides(4, C).latex() == r"4 \mid C"


def test_valid_merges_by_letter() -> None:
    many = [True, at_least(H, 5), at_least(floor_div(H, 4) - 7, 1), at_least(W, 3), at_least(W, 3)]
    assert valid(many) == ["H ≥ 32", "W ≥ 3"]
    assert valid(many, ["W", "H"]) == ["W ≥ 3", "H ≥ 32"]
    assert minima(many) == {"H": 32, "W": 3}
    assert valid([at_least(32, K), at_least(K, 3)]) == ["3 ≤ K ≤ 32"]
    assert valid([at_least(C, 4), at_least(4, C)]) == ["C = 4"]
    assert valid([divides(4, C), divides(6, C), at_least(W + 2 * P, F)]) == ["12 divides C", "W + 2·P ≥ F"]
    assert valid([equal(K, 16)]) == ["K = 16"]
    assert valid([at_least(K, 100_000)]) == ["K ≥ 100,000"]
    assert valid([]) == []
    assert valid([False]) == ["never"]
    assert valid([at_least(K, 5), at_least(3, K)]) == ["never"]


def test_a_condition_that_is_not_one_stretch_is_shown_as_it_is() -> None:
    assert valid([at_least(2 * floor_div(H, 2), H)]) == ["2·⌊H/2⌋ ≥ H"]
    bump = at_least(10 * H, H * H + 21)
    assert valid([bump]) == [str(bump)]


@given(st.lists(windows, min_size=1, max_size=3))
def test_the_smallest_valid_size_is_where_windows_start_to_fit(stack: list[Axis]) -> None:
    open_, conditions = H, []
    for axis in stack:
        conditions.append(axis.fits(open_))
        open_ = axis.places(open_)

    def fits(size: Any) -> bool:
        for axis in stack:
            if not axis.fits(size):
                return False
            size = axis.places(size)
        return True

    least = minima(conditions).get("H", 1)
    assert [fits(n) for n in range(1, least + 50)] == [n >= least for n in range(1, least + 50)]


def test_remainders() -> None:
    assert read_all([divides(4, H), divides(4, W)]) == "4 divides H and W"
    assert read_all([divides(2, H), divides(4, H), divides(3, W)]) == "4 divides H, and 3 divides W"
    assert read_all([divides(4, H - 2)]) == "H is 4k + 2"
    assert read_all([divides(4, H - 2), divides(4, W)]) == "4 divides W, and H is 4k + 2"
    assert read_all([divides(6, H * (H + 1))]) == "H is 3k or 3k + 2"
    assert read_all([equal(floor_div(H, 1024), ceil_div(H, 1024))]) == "1,024 divides H"
    assert read_all([True]) == ""
    assert read_all([]) == ""
    assert read_all([divides(4, H + W)]) is None
    assert read_all([divides(5000, H)]) is None
    assert read_all([divides(2, H), divides(2, H + 1)]) is None
    assert read_all([False]) is None
    assert read_all([equal(gcd(H, 7), 7)]) == "7 divides H"


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 4)), min_size=1, max_size=3))
def test_remainders_are_those_at_which_everything_is_read(stack: list[tuple[int, int]]) -> None:
    open_, fits, reads = H, [], []
    for kernel, stride in stack:
        axis = Axis(kernel, stride)
        fits.append(axis.fits(open_))
        reads.append(axis.reaches_the_end(open_))
        open_ = axis.places(open_)
    least = minima(fits).get("H", 1)
    sentence = read_all(reads, {"H": least})
    # floor(size/stride) joins into one remainder at most, so there is always an answer
    assert sentence is not None
    held = [n for n in range(least, least + 200) if all(c is True or c.at({"H": n}) for c in reads)]
    if not sentence:
        assert held == list(range(least, least + 200))
    elif " divides " in sentence:
        step = int(sentence.split()[0])
        assert held == [n for n in range(least, least + 200) if n % step == 0]
    else:
        step, rest = int(sentence.split()[2].rstrip("k")), int(sentence.split()[-1])
        assert held == [n for n in range(least, least + 200) if n % step == rest]


# -- writing


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (5, "5"),
        (-1234567, "−1,234,567"),
        (Fraction(-1, 2), "−1/2"),
        (H - H, "0"),
        (H, "H"),
        (-H, "−H"),
        (4 - H, "−H + 4"),
        (H - 4, "H − 4"),
        (1000 * H + 1000, "1,000·H + 1,000"),
        (H / 2 + sympy.Rational(1, 2), "H/2 + 1/2"),
        (C * F**2 + 1, "C·F² + 1"),
        (K * (C * F**2 + 1), "K·(C·F² + 1)"),
        (H**3 + W**2 + C**5, "C^5 + H³ + W²"),
        (floor_div(H, 2) - 2, "⌊H/2⌋ − 2"),
        (floor_div(H, 2) * floor_div(H, 2), "⌊H/2⌋²"),
        ((H - 4) ** 2, "(H − 4)²"),
        (156 * (H - 4) * (W - 4), "156·(H − 4)·(W − 4)"),
        ((4 - H) * (4 - W), "(H − 4)·(W − 4)"),
        (2 * (H - 4) * W - 3 * W * (H - 4) + 1, "−W·(H − 4) + 1"),
        (floor_div(3 * H + 1, 4), "⌊(3·H + 1)/4⌋"),
        (floor_div(H + 1, 2), "⌈H/2⌉"),
        (ceil_div(3 * H * W, 8), "⌈3·H·W/8⌉"),
        (ceil_div(H + W, 2), "⌈(H + W)/2⌉"),
        (sympy.ceiling(H / 3), "⌈H/3⌉"),
        (floor_div(W - F + 2 * P, S) + 1, "⌊(W + 2·P − F)/S⌋ + 1"),
        (floor_div(H, 2 * S), "⌊H/(2·S)⌋"),
        (floor_div(W, H + 1), "⌊W/(H + 1)⌋"),
        (C / (2 * S), "C/(2·S)"),
        (smallest(H, W + 1), "min(H, W + 1)"),
        (2 * largest(H, W), "2·max(H, W)"),
        (H + 7 - gcd(H, 7), "H − gcd(7, H) + 7"),
    ],
)
def test_text(size: Any, expected: str) -> None:
    assert text(size) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (12345, "12{,}345"),
        (H - 4, "H - 4"),
        (floor_div(H, 4), r"\left\lfloor \frac{H}{4} \right\rfloor"),
        (floor_div(3 * H + 1, 4), r"\left\lfloor \frac{3 \cdot H + 1}{4} \right\rfloor"),
        (ceil_div(H, 2), r"\left\lceil \frac{H}{2} \right\rceil"),
        (K * (C * F**2 + 1), r"K \cdot \left(C \cdot F^{2} + 1\right)"),
        (letter("out_maps") ** 2, r"{\mathit{out\_maps}}^{2}"),
        (letter("100%{x}"), r"\mathit{100\%\{x\}}"),
        (smallest(H, W), r"\min\left(H, W\right)"),
    ],
)
def test_latex(size: Any, expected: str) -> None:
    assert latex(size) == expected


def test_what_falls_apart_is_held() -> None:
    assert is_loose("H − 4")
    assert is_loose("−H")
    assert not is_loose("⌊H/2 − 1⌋")
    assert not is_loose("(H − 4)·2")
    sides = (1000, H, H - 4, 2 * H, floor_div(H, 2))
    assert [part(size) for size in sides] == ["1000", "H", "(H − 4)", "(2·H)", "⌊H/2⌋"]
    assert shape(Shape((6, H - 4, W - 4))) == "6@(H − 4)x(W − 4)"
    assert shape(Shape((1, H, W))) == "1@HxW"
    assert shape(Shape((120 * (H - 7) * W,))) == "120·W·(H − 7)"
    assert shape(Shape((1000,))) == "1000"
    assert shape(Shape((letter("T"), 768))) == "T x 768"


# -- networks


def lenet5() -> Graph:
    return build(parse(find("lenet5")), free=["H", "W"])


def test_lenet5_in_letters() -> None:
    graph = lenet5()
    sizes = {node.name: shape(node.y) for node in graph.nodes if ":" not in node.name}
    assert sizes == {
        "C1": "6@(H − 4)x(W − 4)",
        "S2": "6@(⌊H/2⌋ − 2)x(⌊W/2⌋ − 2)",
        "C3": "16@(⌊H/2⌋ − 6)x(⌊W/2⌋ − 6)",
        "S4": "16@(⌊H/4⌋ − 3)x(⌊W/4⌋ − 3)",
        "C5": "120@(⌊H/4⌋ − 7)x(⌊W/4⌋ − 7)",
        "flat": "120·(⌊H/4⌋ − 7)·(⌊W/4⌋ − 7)",
        "F6": "84",
        "OUTPUT": "10",
    }
    analysis = Analysis(graph)
    assert text(analysis["F6"].params) == "10,080·(⌊H/4⌋ − 7)·(⌊W/4⌋ − 7) + 84"
    assert text(analysis.total.params) == "10,080·(⌊H/4⌋ − 7)·(⌊W/4⌋ − 7) + 49,920"


def test_lenet5_is_valid_and_fully_read_as_the_paper_has_it() -> None:
    graph = lenet5()
    rules = [rule.holds for node in graph.nodes for rule in node.rules]
    unread = [rule.holds for node in graph.nodes for rule in node.unread]
    assert valid(rules, ["H", "W"], {"H": 32, "W": 32}) == ["H ≥ 32", "W ≥ 32"]
    assert read_all(unread, minima(rules)) == "4 divides H and W"


@given(st.integers(32, 80), st.integers(32, 80))
def test_lenet5_in_letters_agrees_with_lenet5_at_any_size(height: int, width: int) -> None:
    open_ = Analysis(lenet5()).total
    closed = Analysis(build(parse(find("lenet5")), sizes={"H": height, "W": width})).total
    for quantity in ("params", "fixed", "connections", "neurons", "macs", "flops"):
        assert value(open_[quantity], {"H": height, "W": width}) == closed[quantity]


def test_a_layer_of_letters_alone() -> None:
    layer = conv2d(out_channels=K, kernel_size=F, stride=S, padding=P)
    x = Shape((C, W, W))
    assert text(layer.output(x)[1]) == text(output_size(W, F, P, S)) == "⌊(W + 2·P − F)/S⌋ + 1"
    assert text(layer.params(x)) == "K·(C·F² + 1)"
    assert valid(rule.holds for rule in layer.requires(x)) == ["W + 2·P ≥ F"]


def test_grouped_maps_in_letters() -> None:
    layer = conv2d(out_channels=8, kernel_size=3, groups=4, padding=1)
    x = Shape((C, H, W))
    assert valid(rule.holds for rule in layer.requires(x)) == ["4 divides C"]
    assert text(layer.params(x)) == "18·C + 8"
    assert value(layer.params(x), {"C": 12}) == layer.params(Shape((12, 8, 8)))


def test_a_rounded_width_is_an_operator_in_latex() -> None:
    rounded: Any = rounded_to(K, 8)
    assert latex(10 * rounded) == r"10 \cdot \operatorname{round\_to}\left(K, 8\right)"
