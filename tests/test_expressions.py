"""Expressions: exact, bounded, and closed to everything but arithmetic."""

from __future__ import annotations

import ast
import math
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.expressions import LONGEST, ExpressionError, Scope, evaluate, integer, is_name, names, number

NAMES = {"a": 7, "width": Fraction(1, 4), "H": 28}

# -- random arithmetic against Python's own fractions

leaves = st.one_of(
    st.integers(0, 99).map(lambda n: (str(n), Fraction(n))),
    st.tuples(st.integers(0, 99), st.integers(0, 99)).map(
        lambda p: (f"{p[0]}.{p[1]:02}", p[0] + Fraction(p[1], 100))
    ),
    st.sampled_from(sorted(NAMES)).map(lambda n: (n, Fraction(NAMES[n]))),
)
DIVIDE = {"/": lambda a, b: a / b, "//": lambda a, b: Fraction(a // b), "%": lambda a, b: a % b}
RING = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}


def joined(parts):
    (left, a), op, (right, b) = parts
    if op in DIVIDE and (a is None or not b):
        return f"({left}) {op} ({right})", None
    if a is None or b is None:
        return f"({left}) {op} ({right})", None
    return f"({left}) {op} ({right})", (DIVIDE | RING)[op](a, b)


def called(parts):
    name, (left, a), (right, b) = parts
    value = None if a is None or b is None else min(a, b) if name == "min" else max(a, b)
    return f"{name}({left}, {right})", value


trees = st.recursive(
    leaves,
    lambda sub: st.one_of(
        st.tuples(sub, st.sampled_from([*DIVIDE, *RING]), sub).map(joined),
        st.tuples(st.sampled_from(["min", "max"]), sub, sub).map(called),
        sub.map(lambda t: (f"-({t[0]})", None if t[1] is None else -t[1])),
    ),
    max_leaves=12,
)


@given(trees)
def test_arithmetic_is_that_of_exact_fractions(tree):
    text, expected = tree
    if len(text) > LONGEST:
        return
    if expected is None:
        with pytest.raises(ExpressionError, match="by zero"):
            evaluate(text, NAMES)
        return
    value = evaluate(text, NAMES)
    assert value == expected
    assert isinstance(value, int) == (expected.denominator == 1)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50))
def test_precedence_is_that_of_arithmetic(a, b, c):
    names = {"a": a, "b": b, "c": c}
    assert evaluate("a + b*c", names) == a + b * c
    assert evaluate("a - b - c", names) == a - b - c
    assert evaluate("-a*b + c", names) == -a * b + c
    if c:
        assert evaluate("a*b/c", names) == Fraction(a * b, c)
        assert evaluate("a*b // c", names) == math.floor(Fraction(a * b, c))
        assert evaluate("ceil_div(a, 7)", names) == math.ceil(Fraction(a, 7))


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9))
def test_conditions_are_those_of_python(a, b, c):
    names = {"a": a, "b": b, "c": c}
    assert evaluate("a < b <= c", names) is (a < b <= c)
    assert evaluate("a == b or not b != c and a >= c", names) is (a == b or (b == c and a >= c))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.7*360", 252),  # int(0.7*360) is 251 in floats
        ("2/3", Fraction(2, 3)),
        ("1.7159", Fraction(17159, 10000)),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("4*a", 28),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("1e3", 1000),
        ("1.5e-1", Fraction(3, 20)),
        ("012", 12),
        (" 6 ", 6),
    ],
)
def test_numbers_are_exact(text, value):
    assert evaluate(text, NAMES) == value


# -- round_to, against the function of MobileNet's released code, written out here


def make_divisible(v, divisor, min_value=None):
    """Copied in form from tensorflow/models, slim/nets/mobilenet/mobilenet.py."""
    if min_value is None:
        min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v:
        new_v += divisor
    return int(new_v)


@given(
    st.integers(1, 4096),
    st.sampled_from(["0.25", "0.35", "0.5", "0.75", "1", "1.4"]),
    st.sampled_from([4, 8, 16]),
)
def test_round_to_is_the_rule_of_mobilenet(channels, width, multiple):
    ours = evaluate(f"round_to({channels}*{width}, {multiple})", {})
    assert ours == make_divisible(Fraction(width) * channels, multiple)


@pytest.mark.parametrize(
    ("width", "channels"),
    # Keras, MobileNetV2 with alpha: the first convolution and the last bottleneck
    [("0.35", (16, 112)), ("0.5", (16, 160)), ("0.75", (24, 240)), ("1.4", (48, 448))],
)
def test_round_to_gives_the_channels_of_mobilenet_v2(width, channels):
    assert tuple(evaluate(f"round_to({c}*{width}, 8)", {}) for c in (32, 320)) == channels


# -- what is refused

REFUSED = {
    "Lambda": "lambda: 1",
    "IfExp": "1 if a else 2",
    "Dict": "{1: 2}",
    "Set": "{1, 2}",
    "ListComp": "[n for n in a]",
    "SetComp": "{n for n in a}",
    "DictComp": "{n: n for n in a}",
    "GeneratorExp": "(n for n in a)",
    "Await": "await a",
    "Yield": "(yield)",
    "YieldFrom": "(yield from a)",
    "Call": "open(a)",
    "FormattedValue": "f'{a}'",
    "JoinedStr": "f'a'",
    "Constant": "'a'",
    "Attribute": "a.real",
    "Subscript": "a[0]",
    "Starred": "min(*a, 1)",
    "List": "[1]",
    "Tuple": "(1, 2)",
    "Slice": "a[1:2]",
    "NamedExpr": "(b := 1)",
}
ALLOWED = {"BoolOp", "BinOp", "UnaryOp", "Compare", "Name"}


def test_every_kind_of_expression_that_python_has_is_allowed_or_refused_here():
    kinds = {kind.__name__ for kind in ast.expr.__subclasses__()} - {"TemplateStr", "Interpolation"}
    assert kinds == set(REFUSED) | ALLOWED


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_no_arithmetic_is_refused(text):
    with pytest.raises(ExpressionError):
        evaluate(text, NAMES)


@pytest.mark.parametrize("op", ["**", "<<", ">>", "&", "|", "^", "@", "in", "is", "not in", "is not"])
def test_operators_beside_arithmetic_are_refused(op):
    with pytest.raises(ExpressionError, match="not allowed"):
        evaluate(f"2 {op} a", NAMES)


@pytest.mark.parametrize(
    "text",
    ["~a", "+a", "__import__('os')", "a.__class__", "min(1, 2, key=a)", "min(1)", "round_to(1, 2, 3)", "().x", "1j",
     "0x10", "1_000", "...", "None", "True", "a b", "a;b", "a\nb", "", "a = 1", "６", "é"],
)  # fmt: skip
def test_more_that_is_refused(text):
    with pytest.raises(ExpressionError):
        evaluate(text, NAMES)


@pytest.mark.parametrize(
    "text",
    ["9" * 41, "1e100", "1e999999999", "*".join(["9" * 39] * 12), "1" + "+1" * 300, "(" * 250 + "1" + ")" * 249,
     "-" * 400 + "1", "not " * 120 + "a", "1+" * 200 + "1"],
    ids=["digits", "exponent", "huge exponent", "product", "long", "parentheses", "minus", "not", "sum"],
)  # fmt: skip
def test_what_would_be_costly_is_refused_at_once(text):
    start = time.monotonic()
    with pytest.raises(ExpressionError):
        evaluate(text, NAMES)
    assert time.monotonic() - start < 1


def test_a_sentence_quotes_the_part_at_fault():
    with pytest.raises(ExpressionError) as caught:
        evaluate("4 * (a + b[0])", NAMES)
    assert str(caught.value) == "'b[0]' is not allowed in an expression"


def test_an_unknown_symbol_gets_its_likely_spelling():
    with pytest.raises(ExpressionError) as caught:
        Scope(NAMES).value("2*widht")
    assert "unknown symbol 'widht'" in str(caught.value)
    assert caught.value.fix == "width"


# -- text at random

pieces = st.sampled_from("a width H 1 22 0.5 + - * / // % ** ( ) [ ] { } , : ; . = == != < <= and or not if else "
                         "lambda x for in min( max( ceil_div( round_to( ' \" \\ \n \t # @ ~ é ６ \0 True None".split(" "))  # fmt: skip


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(pieces, max_size=20).map(" ".join),
        st.lists(pieces, max_size=20).map("".join),
    )
)
def test_whatever_the_text_there_is_a_value_or_a_sentence(text):
    try:
        value = evaluate(text, NAMES)
    except ExpressionError as error:
        assert str(error)
    else:
        assert isinstance(value, int | Fraction)


@given(st.text(max_size=30))
def test_a_text_is_a_number_or_not_without_more_ado(text):
    try:
        value = number(text)
    except ExpressionError:
        return
    assert value is None or value == Fraction(text.strip())


# -- names


@pytest.mark.parametrize("name", ["H", "width", "d_model", "_x", "n2"])
def test_names(name):
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", "9x", "a b", "é", "a-b", "a.b", "lambda", "input", "total", "min", "true", "x" * 41]
)
def test_what_cannot_be_a_name(name):
    assert not is_name(name)


def test_fractions_do_not_grow_without_end():
    names = {"s": Fraction(1, 3)}
    with pytest.raises(ExpressionError, match="too large a number"):
        for _ in range(20):
            names["s"] = evaluate("s*s", names)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2*K", ["K"]),
        ("K*K + k // 2", ["K", "k"]),
        ("round_to(width*32, 8)", ["width"]),
        ("C1.H - input.W + p", ["p"]),
        ("s != 1 or input.C != out", ["s", "out"]),
        ("1e3 * 0.5 + 3", []),
        ("min( a, b)", ["a", "b"]),
    ],
)
def test_the_names_that_an_expression_uses(text, found):
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        (" 012 ", 12),
        ("²", None),
        ("６", None),
        ("-1", None),
        ("1_0", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_whole_numbers_are_of_the_digits_0_to_9(text, value):
    assert integer(text) == value


@pytest.mark.parametrize(
    ("text", "fix"), [("(3, 3)", "[3, 3]"), ("3x3", "[3, 3]"), ("3×5", "[3, 5]"), ("3y", "")]
)
def test_sizes_that_are_written_otherwise_are_listed(text, fix):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, NAMES)
    assert caught.value.fix == fix
