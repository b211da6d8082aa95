"""What must hold of the letters: conditions as values, and the sizes from which they hold.

That a window fits is monotone in the picture's height, so the smallest one is found by bisection
on ints; that every row is read repeats with a period, so it is found by going once around.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sympy

from archcalc.symbolic.division import floor_div
from archcalc.symbolic.polynomial import is_nothing
from archcalc.symbolic.residues import Residues, residues
from archcalc.symbolic.terms import Expr, expression, letter, primitive, rebuilt, terms
from archcalc.symbolic.terms import is_whole as whole_term
from archcalc.symbolic.values import bounds, evaluator, symbols
from archcalc.symbolic.writing import latex, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.dims import Truth

_NEAR = 64  # sizes looked at one by one
_FAR = 40  # powers of two looked at beyond them


class Condition:
    """`difference >= 0` or `difference = 0`, for letters that are still open.

    It has no truth of its own: `if condition` raises.
    """

    __slots__ = ("difference", "relation", "symbols")

    def __init__(self, relation: str, difference: Expr) -> None:
        self.relation = relation  # ">=" or "="
        self.difference = difference
        self.symbols = symbols(difference)

    def at(self, sizes: Mapping[str, int]) -> bool:
        """Whether it holds at these values of its letters; a division by 0 does not."""
        try:
            found = evaluator(self.difference)(sizes)
        except ZeroDivisionError:
            return False
        return bool(found >= 0 if self.relation == ">=" else found == 0)

    def __bool__(self) -> bool:
        raise TypeError(f"{self} is open: it holds for some {' and '.join(self.symbols)} only")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Condition):
            return NotImplemented
        return (self.relation, self.difference) == (other.relation, other.difference)

    def __hash__(self) -> int:
        return hash((self.relation, self.difference))

    def __repr__(self) -> str:
        return f"Condition({self})"

    def __str__(self) -> str:
        left, word, right = self.said()
        return f"{text(left)} {word} {text(right)}"

    def latex(self) -> str:
        """The condition in LaTeX's mathematics."""
        left, word, right = self.said()
        return f"{latex(left)} {_LATEX[word]} {latex(right)}"

    def said(self) -> tuple[Expr, str, Expr]:
        """Both sides, and what is said between them: ≥, ≤, =, or divides."""
        return _divisibility(self) or _comparison(self)


_LATEX = {"≥": r"\geq", "≤": r"\leq", "=": "=", "divides": r"\mid"}


def at_least(a: Any, b: Any) -> Truth:
    """Whether a >= b: a bool where it is the same for all letters, else a Condition."""
    return _at_least(expression(a), expression(b))


@lru_cache(maxsize=8192)
def _at_least(a: Expr, b: Expr) -> Truth:
    difference = a - b
    low, high = bounds(difference)
    return low >= 0 or (high >= 0 and Condition(">=", _reduced(difference)))


def equal(a: Any, b: Any) -> Truth:
    """Whether a and b are the same size: a bool where that is known, else a Condition."""
    difference = expression(a) - expression(b)
    if is_nothing(difference):
        return True
    low, high = bounds(difference)
    return low <= 0 <= high and Condition("=", _reduced(difference))


def _reduced(difference: Expr) -> Expr:
    """The difference without the number that divides all of it."""
    content, bare = primitive(difference)
    return bare if content > 0 else -bare


def _divisibility(condition: Condition) -> tuple[Expr, str, Expr] | None:
    """4 divides C, for 4·⌊C/4⌋ = C, which is how dims.divides puts it; None where it is not of that form."""
    if condition.relation != "=":
        return None
    parts = terms(condition.difference)
    floors = (
        (f, base) for f in parts for base, exponent in f if exponent == 1 and isinstance(base, sympy.floor)
    )
    for factors, base in floors:
        step = rebuilt({factors - {(base, 1)}: abs(parts[factors])})
        rest = rebuilt({f: n for f, n in parts.items() if f != factors})
        whole = -rest if parts[factors] > 0 else rest
        if floor_div(whole, step) == base:
            return step, "divides", whole
    return None


def _comparison(condition: Condition) -> tuple[Expr, str, Expr]:
    """What is taken away moved to the other side, letters to the left."""
    parts = terms(condition.difference)
    left = {f: n for f, n in parts.items() if n > 0}
    right = {f: -n for f, n in parts.items() if n < 0}
    word = {">=": "≥", "=": "="}[condition.relation]
    if not any(left):
        left, right, word = right, left, word.replace("≥", "≤")
    return rebuilt(left), word, rebuilt(right)


def is_whole(size: Any) -> Truth:
    """Whether a size is whole: where a letter is divided, its divisor must divide it."""
    return _is_whole(expression(size))


@lru_cache(maxsize=8192)
def _is_whole(size: Expr) -> Truth:
    if all(whole_term(factors, number) for factors, number in terms(size).items()):
        return True  # together, as below, takes its time
    top, bottom = sympy.fraction(sympy.together(size))
    if bottom == 1:
        return True
    return equal(floor_div(top, bottom) * bottom, top)


def valid(
    conditions: Iterable[Truth], symbols: Iterable[str] = (), defaults: Mapping[str, int] | None = None
) -> list[str]:
    """The sizes for which all the conditions hold, in as few sentences as may be: `H ≥ 32`.

    `symbols` gives the order; `defaults` are sizes worth looking at, such as those of the file.
    """
    conditions = _open(conditions)
    ranges, others = _ranges(conditions, defaults or {})
    if False in conditions or any(high is not None and high < low for low, high in ranges.values()):
        return ["never"]
    steps = _by_letter(c for c in others if c.relation == "=")
    found: list[str] = []
    for name in dict.fromkeys([*symbols, *sorted({*ranges, *steps})]):
        low, high = ranges.get(name, (1, None))
        found += _range(name, low, high)
        own = steps.get(name, [])
        sentence = _sentence(name, _residues(own, name, low))
        if sentence:
            found.append(sentence)
            others = [c for c in others if c not in own]
    return list(dict.fromkeys([*found, *map(str, others)]))


def _by_letter(conditions: Iterable[Condition]) -> dict[str, list[Condition]]:
    """Those conditions that are about one letter, by its name."""
    found: dict[str, list[Condition]] = {}
    for condition in conditions:
        if len(condition.symbols) == 1:
            found.setdefault(condition.symbols[0], []).append(condition)
    return found


def _residues(conditions: list[Condition], name: str, start: int) -> Residues | None:
    return residues([(c.at, c.difference) for c in conditions], name, start)


def minima(conditions: Iterable[Truth], defaults: Mapping[str, int] | None = None) -> dict[str, int]:
    """The smallest size of each letter that has one of its own."""
    return {name: low for name, (low, _) in _ranges(_open(conditions), defaults or {})[0].items()}


def read_all(conditions: Iterable[Truth], least: Mapping[str, int] | None = None) -> str | None:
    """When all of some conditions on remainders hold: `4 divides H and W`, or `H is 4k + 2`.

    Looks from the `least` sizes on. "" where they always hold, None where no short answer exists.
    """
    conditions = _open(conditions)
    if not all(isinstance(c, Condition) and len(c.symbols) == 1 for c in conditions):
        return None
    together: dict[int, list[str]] = {}
    apart = []
    for name, own in sorted(_by_letter(conditions).items()):
        found = _residues(own, name, (least or {}).get(name, 1))
        sentence = _sentence(name, found)
        if found is None or (not sentence and found.period > 1):
            return None
        if found.period > 1 and found.zero:
            together.setdefault(found.period, []).append(text(letter(name)))
        elif sentence:
            apart.append(sentence)
    joint = [f"{text(n)} divides {_and(names)}" for n, names in together.items()]
    return ", and ".join([*joint, *apart])


def _open(conditions: Iterable[Truth]) -> list[Any]:
    """The conditions that are not settled, each once."""
    return list(dict.fromkeys(c for c in conditions if c is not True))


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _sentence(name: str, found: Residues | None) -> str:
    """`4 divides H`, `H is 4k + 2`; nothing where there is nothing short to say."""
    shown = text(name)
    if found is None or found.period == 1 or len(found.rests) > 3:
        return ""
    m = text(found.period)
    if found.zero:
        return f"{m} divides {shown}"
    return f"{shown} is " + " or ".join(f"{m}k + {text(r)}" if r else f"{m}k" for r in found.rests)


def _range(name: str, low: int, high: int | None) -> list[str]:
    shown = text(name)
    if high is None:
        return [f"{shown} ≥ {text(low)}"] if low > 1 else []
    if low == high:
        return [f"{shown} = {text(low)}"]
    return [f"{text(low)} ≤ {shown} ≤ {text(high)}" if low > 1 else f"{shown} ≤ {text(high)}"]


_Ranges = dict[str, tuple[int, int | None]]


def _ranges(conditions: list[Any], defaults: Mapping[str, int]) -> tuple[_Ranges, list[Any]]:
    """From where to where each letter may go, and the conditions that are not about that."""
    found: _Ranges = {}
    others = []
    for condition in conditions:
        if condition is False:
            continue
        ends = None
        if condition.relation == ">=" and len(condition.symbols) == 1:
            ends = _ends(condition, defaults.get(condition.symbols[0], 1))
        if ends is None:
            others.append(condition)
            continue
        low, high = found.get(condition.symbols[0], (1, None))
        highs = [h for h in (high, ends[1]) if h is not None]
        found[condition.symbols[0]] = (max(low, ends[0]), min(highs, default=None))
    return found, others


def _ends(condition: Condition, default: int) -> tuple[int, int | None] | None:
    """The first and the last size at which a condition in one letter holds; None where not one stretch."""
    (name,) = condition.symbols

    def holds(n: int) -> bool:
        return condition.at({name: n})

    powers = (2**k + d for k in range(_FAR) for d in (-1, 0, 1))
    looked = sorted({n for n in (*range(1, _NEAR), *powers, default) if n > 0})
    seen = [holds(n) for n in looked]
    turns = [i for i in range(1, len(seen)) if seen[i] is not seen[i - 1]]
    if not any(seen) or len(turns) > 1:
        return None
    if not turns:
        return 1, None
    edge = _edge(holds, looked[turns[0] - 1], looked[turns[0]])
    # a condition that flickers is not monotone, whatever the powers of two say
    around = range(max(1, edge - _NEAR), edge + _NEAR)
    if any(holds(n) is not (seen[-1] if n >= edge else seen[0]) for n in around):
        return None
    return (edge, None) if seen[-1] else (1, edge - 1)


def _edge(holds: Any, low: int, high: int) -> int:
    """The first size, above low and up to high, with high's answer."""
    there = holds(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) is there else (middle, high)
    return high
