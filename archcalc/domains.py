"""The values that a size may take: `32`, `32,64,128`, `128:256:32` with both ends, or lists of those.

A domain is never written out: a range of a billion sizes is three numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import gcd, lcm
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from archcalc.errors import Problem, UsageError, quote
from archcalc.expressions import ExpressionError, number, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from fractions import Fraction
    from typing import Self

    Size = int | Fraction

MOST = 10**15  # values of one domain
_PARTS = 100_000  # ranges and single values in one list
_RANGES = 100  # ranges in one list
_EXAMPLES = "a single size as 64, a list as 64,96,128, or a range with both ends as 64:256:32"


class Run(NamedTuple):
    """Values in even steps: `steps` of one `unit`, so that fractions are counted in whole numbers."""

    steps: range
    unit: Size

    def __contains__(self, value: object) -> bool:
        place = _fraction(value) / self.unit
        return place.denominator == 1 and place.numerator in self.steps

    @property
    def ends(self) -> tuple[Size, Size]:
        return self.steps[0] * self.unit, self.steps[-1] * self.unit


class Domain(Sequence["Size"]):
    """The values of one size, in the order given, each once: ints, and fractions where they are none.

    >>> domain("0.25:1:0.25")[:3]
    [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
    """

    def __init__(self, runs: Iterable[Run], text: str) -> None:
        self.runs = tuple(runs)
        self.text = text
        ends = [0]
        for run in self.runs:
            ends.append(ends[-1] + len(run.steps))
        self.starts, self.length = ends[:-1], ends[-1]

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, place: int) -> Size: ...
    @overload
    def __getitem__(self, place: slice) -> list[Size]: ...
    def __getitem__(self, place: int | slice) -> Any:
        """The value at a place, or those at a slice."""
        if isinstance(place, slice):
            return [self[i] for i in range(self.length)[place]]
        place = range(self.length)[place]  # a negative one from the end, and IndexError past it
        i = bisect_right(self.starts, place) - 1
        run = self.runs[i]
        return whole(run.steps[place - self.starts[i]] * run.unit)

    def __iter__(self) -> Iterator[Size]:
        return (whole(step * run.unit) for run in self.runs for step in run.steps)

    def __contains__(self, value: object) -> bool:
        return any(value in run for run in self.runs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Domain) and self.runs == other.runs

    def __hash__(self) -> int:
        return hash(self.runs)

    def __repr__(self) -> str:
        return f"Domain({self.text!r})"

    def stretch(self, places: range) -> list[Run]:
        """The values at places in a row, as even steps."""
        found = []
        for start, run in zip(self.starts, self.runs, strict=True):
            steps = run.steps[max(0, places[0] - start) : max(0, places[-1] + 1 - start)]
            if steps:
                found.append(run._replace(steps=steps))
        return found

    @property
    def low(self) -> Size:
        """The smallest value."""
        return whole(min(run.ends[0] for run in self.runs))  # type: ignore[no-any-return]

    @property
    def high(self) -> Size:
        """The largest value."""
        return whole(max(run.ends[1] for run in self.runs))  # type: ignore[no-any-return]

    @property
    def denominator(self) -> int:
        """What every value is a whole number of parts of: 20 for steps of 0.05, 1 for whole numbers."""
        units = (run.unit * gcd(*run.steps[:2]) if run.steps[0] else run.unit for run in self.runs)
        return lcm(*(unit.denominator for unit in units))

    @property
    def whole(self) -> bool:
        """Whether every value is a whole number."""
        return self.denominator == 1

    @classmethod
    def of(cls, given: Any, name: str) -> Self:
        """The domain of a text, a number, or numbers such as `range(32, 257, 32)`.

        Raises UsageError, which calls the size by its name.
        """
        if isinstance(given, cls):
            return given
        if isinstance(given, str):
            return cls(
                _distinct([_run(part.strip(), name, given) for part in _split(given, name)], name), given
            )
        if isinstance(given, range) and given:
            step = "" if given.step == 1 else f":{given.step}"
            return cls([Run(given, 1)], f"{given[0]}:{given[-1]}{step}")
        values = list(given) if hasattr(given, "__iter__") else [given]
        texts = [str(value.item() if hasattr(value, "item") else value) for value in values]
        return cls.of(",".join(texts), name)


def domain(given: Any, name: str = "size") -> Domain:
    """The values that a text, a number or a sequence gives to a size of this name."""
    return Domain.of(given, name)


def assigned(pair: str, option: str = "--set", example: str = "H=128:256:32") -> tuple[str, Domain]:
    """The name and the domain of `H=128:256:32`, as an option of the command line has it."""
    name, equals, text = pair.partition("=")
    if not equals or not name.strip():
        raise UsageError(
            Problem(
                f"{option} takes a symbol and its sizes, not {quote(pair)}",
                (_EXAMPLES,),
                f"{option} {example}",
            )
        )
    return name.strip(), domain(text, name.strip())


def _split(text: str, name: str) -> list[str]:
    parts = text.split(",")
    if len(parts) > _PARTS:
        raise UsageError(
            f"{name} lists {len(parts):,} sizes, and {_PARTS:,} may be listed; a range is a:b:step"
        )
    return parts


def _run(part: str, name: str, text: str) -> Run:
    """A single value, or a range."""
    numbers = [_number(word.strip(), name, text) for word in part.split(":")]
    if len(numbers) > 3:
        raise _refused(
            name, text, f"{quote(part)} has {len(numbers)} numbers, and a range has a:b or a:b:step"
        )
    if len(numbers) == 1:
        (value,) = numbers
        return Run(range(value.numerator, value.numerator + 1), _part(1, value.denominator))
    first, last, step = numbers if len(numbers) == 3 else (*numbers, 1)
    if step <= 0:
        raise _refused(name, text, f"a range goes up, in steps above 0; this step is {step}")
    if last < first:
        raise _refused(name, text, f"a range goes up, and {first} is above {last}", f"{name}={last}:{first}")
    count = int((last - first) // step) + 1
    if count > MOST:
        raise _refused(name, text, f"it has {count:,} sizes, and {MOST:,} are allowed")
    parts = lcm(first.denominator, step.denominator)
    start, stride = int(first * parts), int(step * parts)
    return Run(range(start, start + count * stride, stride), _part(1, parts))


def _number(word: str, name: str, text: str) -> Size:
    try:
        value: Any = number(word)
        if value is None and word.count("/") == 1:  # 2/3
            above, below = map(number, map(str.strip, word.split("/")))
            value = above / _fraction(below) if above is not None and below else None
    except ExpressionError as error:
        raise _refused(name, text, str(error)) from None
    if value is None:
        said = f"{quote(word)} is no number" if word else "a number is missing"
        raise _refused(name, text, said)
    return whole(value)  # type: ignore[no-any-return]


def _fraction(value: Any) -> Fraction:
    from fractions import Fraction

    return Fraction(value)


def _part(above: int, below: int) -> Size:
    """A fraction, and an int where it is one: ints are ten times as quick."""
    return above if below == 1 else _fraction(above) / below


def _refused(name: str, text: str, said: str, fix: str = "") -> UsageError:
    return UsageError(Problem(f"{name}={text if len(text) < 60 else quote(text)}: {said}", (_EXAMPLES,), fix))


def _distinct(runs: list[Run], name: str) -> list[Run]:
    """The runs, none of which has a value of another: a size twice would be counted twice."""
    singles: set[Size] = set()
    long = [run for run in runs if len(run.steps) > 1]
    if len(long) > _RANGES:
        raise UsageError(f"{name} lists {len(long):,} ranges, and {_RANGES} may be listed")
    for run in runs:
        if len(run.steps) == 1:
            value = run.ends[0]
            if value in singles or any(value in other for other in long):
                raise UsageError(f"{name} has {whole(value)} twice")
            singles.add(value)
    for i, run in enumerate(long):
        for other in long[:i]:
            both = _shared(run, other)
            if both is not None:
                raise UsageError(f"{name} has {both} twice")
    return runs


def _shared(one: Run, other: Run) -> Size | None:
    """The first value that two ranges have both; None where they share none."""
    parts = lcm(one.unit.denominator, other.unit.denominator)
    a, b = (
        range(int(run.ends[0] * parts), int(run.ends[1] * parts) + 1, int(run.steps.step * run.unit * parts))
        for run in (one, other)
    )
    common = gcd(a.step, b.step)
    if (b[0] - a[0]) % common:
        return None
    # a[0] + k·a.step = b[0] modulo b.step, by the inverse of a.step
    k = (b[0] - a[0]) // common * pow(a.step // common, -1, b.step // common) % (b.step // common)
    value, both = a[0] + k * a.step, lcm(a.step, b.step)
    value += max(0, -((value - max(a[0], b[0])) // both)) * both
    return whole(_fraction(value) / parts) if value in a and value in b else None
