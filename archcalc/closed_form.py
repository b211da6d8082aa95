"""A figure of a network as one closed form: how its cost depends on its sizes, and where that holds.

`closed(net, "params")` is the sum of all rows, multiplied out, collected, and grouped by the powers
of one letter. It equals the integer analysis at all sizes at which its conditions hold.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.folding import MOST, summary
from archcalc.measures import USUAL, Measures
from archcalc.memory import dtype_of
from archcalc.notes import conditions, read_everywhere
from archcalc.quantities import COUNTED, TABLE
from archcalc.shown import Shown
from archcalc.written import commas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.analysis import Analysis, Row
    from archcalc.render.page import Page
    from archcalc.symbolic.terms import Expr, Terms

QUANTITIES = (*COUNTED, "training_macs", "weights", "kept", "training")
"""Figures that are numbers for all sizes."""


class Term(NamedTuple):
    """A part of a formula, its value at the sizes of the file where they are known, and the rows it is of."""

    expression: Expr
    value: int | None
    rows: tuple[str, ...]


class Growth(NamedTuple):
    """How a formula grows with one letter, or with several sides of the input together."""

    letters: tuple[str, ...]
    size: str  # in the file
    times: Fraction | None  # as much where they are doubled there; None where that is unknown, or not valid
    fastest: str  # what outgrows the rest
    half: int | None = None  # the size from which that is more than half; 0 where it is already
    barred: str = ""  # the condition that does not hold there

    def cells(self) -> tuple[str, str, str, str]:
        """As words: the letters, their size, the factor, and what grows."""
        times = "-" if self.size == "?" else "not valid"
        if self.times is not None:
            times = f"× {float(self.times):.{2 if self.times < _LARGE else 0}f}"
        grows = self.fastest
        if self.half:
            grows += f", more than half from {self.letters[0]} = {self.half:,}"
            grows += f" (were it not for {self.barred})" if self.barred else ""
        return " and ".join(self.letters), self.size, times, grows


class Formula(Shown):
    """One figure as a function of the sizes that are letters.

    `formula(d=768, L=12)` is its value, an exact int; letters that are not named have their sizes of
    the file. `expression` is the closed form itself, a SymPy expression; `valid` says in
    words, and `holds` at some sizes, where the formula is that of the network. For many values in a row
    `at` takes a mapping of all letters and asks nothing.

    >>> import archcalc
    >>> formula = archcalc.formula("bert-base", "params", "d,L,heads,V,P")
    >>> print(formula.text)
    d²·(12·L + 1) + d·(P + V + 13·L + 5)
    >>> formula(d=1024, L=24, heads=16)
    335141888
    """

    def __init__(self, net: Analysis, quantity: str, layer: str, parts: dict[str, Terms]) -> None:
        self.net = net
        self.quantity = quantity
        self.layer = layer
        self.parts = parts  # the terms of each row
        self.dtype = ""  # of the numbers that it is the bytes of; nothing where it is not in bytes
        self.letter = ""  # by whose powers it is grouped; none where each term stands alone
        self.by_layer = False  # whether its terms are the rows instead

    # -- the closed form

    @cached_property
    def flat(self) -> Terms:
        """All terms, multiplied out and collected."""
        from archcalc.symbolic.terms import plus

        whole: Terms = {}
        for own in self.parts.values():
            whole = plus(whole, own)
        return whole

    @cached_property
    def expression(self) -> Expr:
        """The closed form as a SymPy expression, a sum of products."""
        from archcalc.symbolic.terms import rebuilt

        return rebuilt(self.flat)

    @cached_property
    def sums(self) -> tuple[Expr, ...]:
        """The closed form as it is written: groups by the powers of one letter, the highest first."""
        from archcalc.symbolic.polynomial import grouped

        return tuple(group.expression for group in grouped(self.flat, self.letter))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The groups that the formula is the sum of, each with its value and the rows that it is of."""
        from archcalc.symbolic.polynomial import Group, grouped, head_of
        from archcalc.symbolic.terms import ONE

        if self.by_layer:
            return tuple(
                self._term(Group(ONE, own).expression, {name: own}) for name, own in self.parts.items()
            )
        by_head: dict[Any, dict[str, dict[Any, Fraction]]] = {}
        for name, own in self.parts.items():
            for factors, number in own.items():
                rows = by_head.setdefault(head_of(factors, self.letter), {})
                rows.setdefault(name, {})[factors] = number
        groups = grouped(self.flat, self.letter)
        return tuple(self._term(group.expression, by_head[group.head]) for group in groups)

    def _term(self, expression: Expr, rows: Mapping[str, Terms]) -> Term:
        """A term with its value, and its rows, the largest first."""
        from archcalc.symbolic import value
        from archcalc.symbolic.terms import rebuilt

        if self.value is None:
            return Term(expression, None, tuple(rows))
        values = {name: value(rebuilt(own), self.sizes) for name, own in rows.items()}
        largest = sorted(rows, key=values.__getitem__, reverse=True)
        return Term(expression, value(expression, self.sizes), tuple(largest))

    # -- its letters, and where it holds

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """The letters of the network, in the order asked for; the formula may leave some out."""
        return tuple(self.net.graph.free or ())

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The sizes that the letters have in the file."""
        return self.net.graph.defaults

    @cached_property
    def sides(self) -> frozenset[str]:
        """The letters that are sides of an input: heights, widths, lengths."""
        shapes = self.net.graph.inputs.values()
        named = (pair for shape in shapes for pair in shape.named())
        return frozenset(letter for axis, size in named if axis != "C" for letter in _letters(size))

    @cached_property
    def conditions(self) -> tuple[Any, ...]:
        """What must hold of the letters, each condition once."""
        return tuple(self.net.graph.conditions)

    @cached_property
    def valid(self) -> tuple[str, ...]:
        """The sizes for which the formula is that of the network, in words: `H ≥ 32`."""
        return tuple(conditions(self.net))

    @cached_property
    def read_all(self) -> str:
        """When no row or column of a map is left unread, as `4 divides H and W`; or nothing."""
        return read_everywhere(self.net)

    def holds(self, sizes: Mapping[str, int] | None = None) -> bool:
        """Whether the network can be built at these sizes; where none are given, at those of the file."""
        known = self.sizes if sizes is None else sizes
        if any(known.get(name, 0) < 1 for name in self.letters):
            return False
        return all(condition.at(known) for condition in self.conditions)

    # -- its values

    def __call__(self, /, **sizes: int) -> int:
        """The value at these sizes, exactly; the other letters have their sizes of the file.

        Raises UsageError for a letter that there is not, and for sizes at which the formula does not hold.
        """
        known = {**self.sizes, **{name: self._size(name, size) for name, size in sizes.items()}}
        missing = [name for name in self.letters if name not in known]
        if missing:
            raise UsageError(f"{missing[0]} has no size: the file gives none")
        for condition in self.conditions:
            if not condition.at(known):
                at = ", ".join(f"{name} = {known[name]}" for name in condition.symbols)
                what = f"the formula does not hold at {at}"
                raise UsageError(Problem(what, (f"it is valid when {' and '.join(self.valid)}",)))
        return self.at(known)

    def _size(self, name: str, size: Any) -> int:
        """A size that was given for a letter, found right."""
        if name not in self.letters:
            why = (f"letters: {', '.join(self.letters)}",)
            raise UsageError(Problem(f"{quote(name)} is no letter here", why, likely(name, self.letters)))
        size = size.item() if hasattr(size, "item") else size
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise UsageError(f"{name} is a whole number from 1, not {quote(size)}")
        return size

    def at(self, sizes: Mapping[str, int]) -> int:
        """The value at sizes of all letters, whether or not it holds there."""
        from archcalc.symbolic import value

        return value(self.expression, sizes)  # type: ignore[no-any-return]

    @cached_property
    def value(self) -> int | None:
        """The value at the sizes of the file; None where that is unknown, or not valid."""
        return self.at(self.sizes) if self.holds() else None

    def doubled(self, *names: str) -> Fraction | None:
        """How many times as much it is with letters twice as large as in the file; None where unknown."""
        twice = {name: size * 2 if name in names else size for name, size in self.sizes.items()}
        return Fraction(self.at(twice), self.value) if self.value and self.holds(twice) else None

    @cached_property
    def growth(self) -> tuple[Growth, ...]:
        """How it grows with each of its letters; with several sides of the input together."""
        from archcalc.symbolic import symbols, text
        from archcalc.symbolic.polynomial import rate

        own = [name for name in self.letters if name in symbols(self.expression)]
        sides = [name for name in own if name in self.sides]
        found = [self._grows(name) for name in own if len(sides) < 2 or name not in sides]
        if len(sides) > 1:
            size = "x".join(str(self.sizes.get(name, "?")) for name in sides)
            nearly = f"nearly {text(rate(self.flat, sides))}"
            found.append(Growth(tuple(sides), size, self.doubled(*sides), nearly))
        return tuple(found)

    def _grows(self, name: str) -> Growth:
        from archcalc.symbolic import text
        from archcalc.symbolic.polynomial import Group, fastest
        from archcalc.symbolic.terms import ONE

        size = commas(self.sizes.get(name, "?"))
        grown = fastest(self.flat, name)
        if not grown:
            return Growth((name,), size, self.doubled(name), "-")
        top = Group(ONE, grown).expression
        half = self._half(name, top)
        barred = ""
        if half:
            there = {**self.sizes, name: half}
            barred = next((str(rule) for rule in self.conditions if not rule.at(there)), "")
        return Growth((name,), size, self.doubled(name), text(top), half, barred)

    def _half(self, name: str, part: Expr) -> int | None:
        """The size of a letter from which a part is more than half; 0 where it is; None at no size."""
        from archcalc.symbolic import value

        if self.value is None:
            return None

        def over(size: int) -> bool:
            there = {**self.sizes, name: size}
            return bool(2 * value(part, there) > self.at(there))

        low = high = self.sizes[name]
        if over(low):
            return 0
        while not over(high):
            low, high = high, 2 * high
            if high > _FAR:
                return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if over(middle) else (middle, high)
        return high

    # -- how it is written

    @property
    def text(self) -> str:
        """The formula as people write it."""
        from archcalc.symbolic import text

        return text(self.sums)

    @property
    def latex(self) -> str:
        """The formula in LaTeX's mathematics, without the dollars."""
        from archcalc.symbolic import latex

        return latex(self.sums)

    @property
    def python(self) -> str:
        """The formula as a function of Python's, its letters as parameters."""
        from archcalc.render.code import python

        return python(self)

    @property
    def javascript(self) -> str:
        """The formula as a function of JavaScript's that takes an object of sizes and gives a BigInt."""
        from archcalc.render.code import javascript

        return javascript(self)

    @property
    def about(self) -> str:
        """What the figure counts."""
        return f"{TABLE[self.quantity].about}{self.in_bytes}"

    @property
    def in_bytes(self) -> str:
        """That it is in bytes, and of which numbers: `, in bytes of int8`; nothing where it is not."""
        return f", in bytes of {self.dtype}" if self.dtype else ""

    def __str__(self) -> str:
        return self.text

    def page(self, width: int | None = None) -> Page:
        """The formula with its terms, its values and its growth."""
        from archcalc.render.formula import page

        return page(self, width)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"


_LARGE = 100
"""From which a factor needs no decimals."""
_FAR = 2**40
"""Sizes that nobody builds."""
LAYER = "layer"
"""The grouping that is by rows and not by a letter."""


def closed(
    net: Analysis, quantity: str = "params", layer: str = "total", dtype: str = USUAL, group: str = ""
) -> Formula:
    """A figure of a network in letters, of a layer or block in it, or of all, as one closed form.

    `group` names a letter, by whose powers the terms stand together, or says `layer`; else it is the
    letter with the highest power. Figures in bytes are in a `dtype`.

    Raises UsageError for a figure that no formula gives, and for one that is too large to write down.
    """
    from archcalc.symbolic.polynomial import expanded, shorter
    from archcalc.symbolic.terms import expression

    if quantity not in QUANTITIES:
        raise _unknown(quantity)
    if not net.graph.symbolic:
        what = f"every size of {net.name} is a number, so there is no formula"
        raise UsageError(Problem(what, fix="--symbolic"))
    measures = Measures(net, dtype)
    whole = net[layer]
    total = measures.of(whole, quantity)
    if total is None:
        raise UsageError(f"{quantity} of {quote(layer)} are not defined")
    rows = {row.name: measures.of(row, quantity) for row in _rows(net, whole)} if TABLE[quantity].adds else {}
    rows = {name: figure for name, figure in rows.items() if figure is not None} or {layer: total}
    made = Formula(net, quantity, layer, {})
    made.dtype = dtype_of(dtype).name if TABLE[quantity].sized else ""
    if group and group != LAYER and group not in made.letters:
        why = (f"letters: {', '.join(made.letters)}; or {LAYER}",)
        what = f"there is no letter {quote(group)} to group by"
        raise UsageError(Problem(what, why, likely(group, made.letters)))
    kept = shorter(expression(total), made.sides)
    for name, figure in rows.items():
        if own := expanded(expression(figure), kept):
            made.parts[name] = own
    made.letter = group if group in made.letters else _leading(made)
    made.by_layer = group == LAYER and group not in made.letters
    return made


def _leading(formula: Formula) -> str:
    """The letter that costs most when it is doubled, or has the highest power; none of the input's sides."""
    from archcalc.symbolic.polynomial import power

    def weight(name: str) -> tuple[Any, int]:
        return formula.doubled(name) or 0, max(power(factors, name) for factors in formula.flat)

    names = [name for name in formula.letters if name not in formula.sides and formula.flat]
    names = [name for name in names if weight(name)[1] > 0]
    return max(names, key=weight, default="")


def _rows(net: Analysis, whole: Row) -> list[Row]:
    """The rows that a figure is the sum of."""
    if whole is net.total:
        return summary(net, MOST)
    return [net.parts[node.name] for node in whole.nodes]


def _letters(size: Any) -> tuple[str, ...]:
    """The letters in a size."""
    from archcalc.symbolic import symbols

    return () if isinstance(size, int) else symbols(size)


def _unknown(quantity: str) -> UsageError:
    """A figure that no closed form gives."""
    why = [f"quantities: {', '.join(QUANTITIES)}"]
    if quantity in TABLE:
        why.insert(0, "it is not a number that the sizes give by one rule")
        return UsageError(Problem(f"there is no formula of {quantity}", tuple(why)))
    return UsageError(
        Problem(f"there is no quantity {quote(quantity)}", tuple(why), likely(quantity, QUANTITIES))
    )
