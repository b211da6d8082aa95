"""What solving gives: the sizes that meet the claims, and what stands in the way of the next ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.shown import Shown

if TYPE_CHECKING:
    from archcalc.errors import Problem
    from archcalc.render.page import Page
    from archcalc.solution.looks import Claim, Look


class Beside(NamedTuple):
    """The next size of one unknown beside an answer, the others as they are."""

    name: str
    look: Look | None  # None where there is no larger one, or none that is a network
    why: Problem | None = None  # why the very next one is no network

    @property
    def binding(self) -> list[int]:
        """The places of the claims that fail there."""
        verdicts = self.look.verdicts if self.look is not None else ()
        return [i for i, verdict in enumerate(verdicts) if not verdict.ok]


class Answer(NamedTuple):
    """Sizes that meet every claim."""

    look: Look
    beside: tuple[Beside, ...] = ()

    @property
    def binding(self) -> list[int]:
        """The places of the claims that keep it from growing, or from shrinking."""
        return sorted({i for each in self.beside for i in each.binding})


class Stretch(NamedTuple):
    """Sizes of one unknown from one to another, all of which meet every claim; `last` may have no end."""

    first: Any
    last: Any
    length: int | None


class Looked(NamedTuple):
    """How an answer was found: sizes that were looked at, ranges whose bounds were, and sizes in all."""

    sizes: int
    ranges: int
    all: int | None


class Solution(Shown):
    """The sizes that meet some claims; as text, the answer, and a table of what it comes to."""

    def __init__(self, name: str, unknowns: tuple[str, ...], claims: tuple[Claim, ...], kind: str) -> None:
        self.name = name  # of the network
        self.unknowns = unknowns
        self.claims = claims
        self.kind = kind  # "largest", "smallest", "every", "most macs", "least macs"
        self.dtype = ""  # of what is in bytes; nothing where nothing is
        self.answers: list[Answer] = []
        self.stretches: list[Stretch] = []  # of "every" in one unknown
        self.more = 0  # answers that are not listed
        self.endless = ""  # `H ≥ 33`, where every size from there on meets all claims
        self.wanted: tuple[str, str] | None = None  # the layer and the figure that decides
        self.closest: Look | None = None  # where nothing fits, the smallest network, or the largest
        self.nearest: list[Look] = []  # where no size meets an equation, those on either side of it
        self.none: Problem | None = None  # why there is no network at all
        self.formula = ""  # what an equation is about, in letters
        self.notes: list[str] = []
        self.looked = Looked(0, 0, None)

    @property
    def ok(self) -> bool:
        """Whether some sizes meet every claim."""
        return bool(self.answers or self.stretches or self.endless)

    @property
    def sizes(self) -> list[dict[str, Any]]:
        """The sizes of each answer, by name."""
        return [dict(zip(self.unknowns, answer.look.sizes, strict=True)) for answer in self.answers]

    def page(self, width: int | None = None) -> Page:
        """The answer, then a table with the next size beside it."""
        from archcalc.render.solved import page

        return page(self, width)


def listed(names: list[str], most: int = 6) -> str:
    """Names in a sentence, and how many more there are."""
    rest = len(names) - most
    first, last = (names[:most], f"{rest} more") if rest > 1 else (names[:-1], names[-1])
    return f"{', '.join(first)} and {last}" if first else last


def reason(problem: Problem) -> str:
    """A problem in a sentence: the layer, and what is wrong."""
    return f"{problem.layer}: {problem.what}" if problem.layer else problem.what


def size_text(size: Any) -> str:
    """A size as one types it: 0.35 for 7/20; 1/3 where there is no such decimal."""
    from fractions import Fraction

    if not isinstance(size, Fraction):
        return str(size)
    for digits in range(1, 10):
        if (size * 10**digits).denominator == 1:
            return f"{float(size):.{digits}f}"
    return str(size)
