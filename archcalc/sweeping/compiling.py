"""SymPy expressions and conditions -> a Program, by our own walk: nothing is printed, parsed or lambdified.

Every number is kept as a whole numerator over a whole denominator, so that a half of d stays exact.
What depends on the same letters is put together first: on a grid of H by W a part in H alone is
worked out once for each H.
"""

from __future__ import annotations

from functools import reduce
from math import lcm
from typing import TYPE_CHECKING, Any

import sympy

from archcalc.errors import Problem, UsageError
from archcalc.sweeping.program import Program, Step
from archcalc.symbolic.terms import Gcd, RoundTo, expression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.symbolic import Condition

    Ratio = tuple[int, int]  # the steps of a numerator and of a denominator

_MOST = 100_000  # steps of a program
_LONGEST = 4096  # bits of a number in it


class Compiler:
    """Steps so far, each of them once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.known: dict[Step, int] = {}
        self.support: list[frozenset[str]] = []  # the letters that each step depends on
        self.made: dict[Any, Ratio] = {}
        self.results: dict[str, int] = {}
        self.inexact: list[int] = []  # remainders that are 0 wherever the network is valid

    def program(self) -> Program:
        """What has been compiled."""
        return Program(self.steps, self.results)

    # -- steps

    def step(self, op: str, *args: Any) -> int:
        """The place of a step, which is made where there is none like it."""
        step = Step(op, args)
        if step not in self.known:
            if len(self.steps) >= _MOST:
                why = (f"more than {_MOST:,} operations for each size",)
                raise UsageError(Problem("this formula is too large to sweep", why, "sweep fewer sizes"))
            self.known[step] = len(self.steps)
            self.steps.append(step)
            own = args if op == "letter" else ()
            below = () if op in ("number", "letter") else args
            self.support.append(frozenset(own).union(*(self.support[arg] for arg in below)))
        return self.known[step]

    def number(self, value: int) -> int:
        """The step of a number."""
        if value.bit_length() > _LONGEST:
            raise UsageError(f"a formula with a number of {value.bit_length():,} bits")
        return self.step("number", value)

    def fold(self, op: str, places: Iterable[int]) -> int:
        """One operation over many steps, those that depend on the same letters first."""
        groups: dict[frozenset[str], list[int]] = {}
        for place in places:
            groups.setdefault(self.support[place], []).append(place)
        ordered = sorted(groups, key=lambda names: (len(names), sorted(names)))
        heads = [reduce(lambda a, b: self.two(op, a, b), sorted(groups[names])) for names in ordered]
        return reduce(lambda a, b: self.two(op, a, b), heads)

    def two(self, op: str, a: int, b: int) -> int:
        """One operation on two steps; on numbers its result."""
        values = [self.steps[place].args[0] for place in (a, b) if self.steps[place].op == "number"]
        if len(values) == 2 and op in _NUMBERS:
            return self.number(_NUMBERS[op](*values))
        idle = {"mul": 1, "add": 0}.get(op)
        for one, other in ((a, b), (b, a)):
            if idle is not None and self.steps[one] == ("number", (idle,)):
                return other
        return self.step(op, a, b)

    # -- expressions

    def ratio(self, expr: Any) -> Ratio:
        """An expression as a whole number over another."""
        found = self.made.get(expr)
        if found is None:
            found = self.made[expr] = self._ratio(expr)
        return found

    def _ratio(self, expr: Any) -> Ratio:
        if expr.is_Rational:
            return self.number(int(expr.p)), self.number(int(expr.q))
        if expr.is_Add:
            return self._sum([self._product(factors) for factors in _collected(expr)])
        if expr.is_Mul:
            return self._product(expr.args)
        if expr.is_Pow and expr.exp.is_Integer:
            above, below = (self._power(part, abs(int(expr.exp))) for part in self.ratio(expr.base))
            return (above, below) if expr.exp > 0 else (below, above)
        if isinstance(expr, (sympy.Min, sympy.Max)):
            return self._extreme("min" if isinstance(expr, sympy.Min) else "max", expr.args)
        return self._function(expr), self.number(1)

    def _product(self, factors: Iterable[Any]) -> Ratio:
        parts = [self.ratio(factor) for factor in factors]
        return self.fold("mul", [n for n, _ in parts]), self.fold("mul", [d for _, d in parts])

    def _sum(self, parts: list[Ratio]) -> Ratio:
        """A sum over one denominator: the least for numbers, the product for sizes."""
        below = sorted({d for _, d in parts})
        fixed = [d for d in below if self.steps[d].op == "number"]
        common = lcm(*(self.steps[d].args[0] for d in fixed))
        sizes = [d for d in below if d not in fixed]

        def raised(part: Ratio) -> int:
            n, d = part
            own = self.number(common // self.steps[d].args[0] if d in fixed else common)
            return self.fold("mul", [n, own, *(other for other in sizes if other != d)])

        above = self.fold("add", [raised(part) for part in parts])
        return above, self.fold("mul", [self.number(common), *sizes])

    def _extreme(self, op: str, args: Iterable[Any]) -> Ratio:
        """The least or the largest, over one denominator; over sizes the choices are whole."""
        parts = [self.ratio(arg) for arg in args]
        if any(self.steps[d].op != "number" for _, d in parts):
            parts = [(self.whole(arg), self.number(1)) for arg in args]
        common = lcm(*(self.steps[d].args[0] for _, d in parts))
        raised = [self.two("mul", n, self.number(common // self.steps[d].args[0])) for n, d in parts]
        return self.fold(op, raised), self.number(common)

    def _power(self, place: int, exponent: int) -> int:
        return reduce(lambda a, b: self.two("mul", a, b), [place] * exponent)

    def _function(self, expr: Any) -> int:
        """A letter, a rounding or a common divisor, each whole."""
        if isinstance(expr, sympy.Symbol):
            return self.step("letter", expr.name)
        if isinstance(expr, sympy.floor):
            return self._floor(*self.ratio(expr.args[0]))
        if isinstance(expr, sympy.ceiling):
            above, below = self.ratio(expr.args[0])
            return self._negative(self._floor(self._negative(above), below))
        if isinstance(expr, RoundTo):
            return self._rounded(*expr.args)
        if isinstance(expr, Gcd):
            return self.fold("gcd", [self.whole(arg) for arg in expr.args])
        raise UsageError(f"{type(expr).__name__} cannot be swept")

    def _floor(self, above: int, below: int) -> int:
        if self.steps[below] == ("number", (1,)):
            return above
        return self.step("floor", above, below)

    def _negative(self, place: int) -> int:
        return self.two("mul", self.number(-1), place)

    def _rounded(self, size: Any, multiple: Any) -> int:
        """`expressions.round_to`, in whole numbers alone: the size is n/d, the multiple m."""
        (n, d), m = self.ratio(size), self.whole(multiple)
        double = self.fold("mul", [self.number(2), n])
        up = self.two("add", double, self.two("mul", m, d))
        turns = self._floor(up, self.fold("mul", [self.number(2), m, d]))
        rounded = self.two("max", m, self.two("mul", turns, m))
        fell = self.step(
            "less", self.fold("mul", [self.number(10), rounded, d]), self.fold("mul", [self.number(9), n])
        )
        return self.two("add", rounded, self.two("mul", m, fell))

    def whole(self, size: Any) -> int:
        """An expression that is a whole number wherever the network is valid."""
        above, below = self.ratio(expression(size))
        if self.steps[below] == ("number", (1,)):
            return above
        quotient = self._floor(above, below)
        rest = self.two("add", above, self._negative(self.two("mul", quotient, below)))
        self.inexact.append(rest)
        return quotient

    # -- conditions

    def truth(self, condition: Condition, *, holds: bool = True) -> int:
        """A condition, or its opposite. A quotient by 0 makes it false: there is no such network."""
        above, below = self.ratio(condition.difference)
        # n/d >= 0 is n·d >= 0, and n/d = 0 is n = 0
        if condition.relation == ">=" and self.steps[below].op != "number":
            above = self.two("mul", above, below)
        place = self.step("at_least_0" if condition.relation == ">=" else "is_0", above)
        if self.steps[below].op != "number":
            place = self.step("and", place, self.step("not_0", below))
        return place if holds else self.step("not", place)

    def all(self, places: Iterable[int]) -> int | None:
        """Where all of some conditions hold; None where there are none."""
        found = sorted(set(places))
        return self.fold("and", found) if found else None


def _collected(expr: Any) -> list[tuple[Any, ...]]:
    """The terms of a sum, each as factors; what has the same factors but for one letter put together.

    p(width)·h² + q(width)·h² is (p + q)·h², and on a grid one product for each size instead of two.
    The letter is the one that leaves the fewest terms.
    """
    best = [(term,) for term in expr.args]
    for letter in sorted(expr.free_symbols, key=str) if len(expr.free_symbols) > 1 else ():
        groups: dict[Any, list[Any]] = {}
        for term in expr.args:
            own: list[Any] = []
            others: list[Any] = []
            for factor in sympy.Mul.make_args(term):
                (own if factor.free_symbols <= {letter} else others).append(factor)
            groups.setdefault(tuple(others), []).append(sympy.Mul(*own))
        if len(groups) < len(best):
            best = [(*others, sympy.Add(*own)) for others, own in groups.items()]
    return best


_NUMBERS: dict[str, Any] = {"add": lambda a, b: a + b, "mul": lambda a, b: a * b, "min": min, "max": max}
