"""A question -> a Solution: searched for, and told with its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import UsageError
from archcalc.measures import USUAL, Measures
from archcalc.notes import leaving
from archcalc.solution.answer import Answer, Beside, Looked, Solution, Stretch, listed, reason, size_text
from archcalc.solution.question import Question, ask, refuse_constant
from archcalc.solution.search import Best, Every, First, Goal, Largest, Smallest, search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis import Analysis
    from archcalc.solution.looks import Box, Look, Point

LISTED = 20  # answers that are told with their figures
_SHORT = 60  # characters of a formula beside an answer


def solve(
    net: Analysis,
    asked: Mapping[str, Any] | Sequence[str] | str,
    claims: Sequence[str],
    dtype: str = USUAL,
    *,
    most: str = "",
    least: str = "",
) -> Solution:
    """The sizes at which all claims hold.

    Of claims that say how much there may be at most the largest sizes, of such as say only how much at
    least the smallest, and of an equation all. `most` and `least` name a figure that decides instead.
    Raises UsageError for a question that has no meaning, or would take too long.
    """
    return _Solving(ask(net, asked, claims, dtype, most, least)).run()


class _Solving:
    """One question on its way to a solution."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.unknowns, self.claims = question.unknowns, question.claims
        self.looks = question.looks()
        self.goal, kind = _goal(question)
        self.found = Solution(question.net.name, question.names, tuple(question.claims), kind)
        self.found.dtype = question.dtype if question.in_bytes else ""

    def run(self) -> Solution:
        """Search, and tell."""
        refuse_constant(self.question, self.looks)
        search(self.looks, self.goal, self.question.box)
        found = self.found
        count = [u.length for u in self.unknowns]
        total = None if None in count else _product(n for n in count if n is not None)
        found.looked = Looked(len(self.looks.seen), len(self.looks.bounds), total)
        found.wanted = self.looks.wanted
        if isinstance(self.goal, Every):
            self.tell_every(self.goal)
        else:
            self.tell(self.goal)
        if not found.ok:
            self.tell_why()
        return found

    # -- answers

    def tell(self, goal: Goal) -> None:
        """The answers, each with the next sizes beside it."""
        found = self.found
        points = sorted(goal.found)
        found.more = max(0, len(points) - LISTED)
        found.answers = [Answer(self.looks.at(point), self.beside(point)) for point in points[:LISTED]]
        if isinstance(goal, Largest) and goal.endless is not None:
            first = [(u, u.values[low]) for u, (low, _) in zip(self.unknowns, goal.endless, strict=True)]
            found.endless = ", ".join(f"{u.name} ≥ {size_text(size)}" for u, size in first)
            found.answers = []
        self.note_unread([answer.look for answer in found.answers])
        if isinstance(goal, Largest) and len(self.unknowns) == len(found.answers) == 1:
            self.note_smaller(found.answers[0], points[0])

    def note_smaller(self, answer: Answer, point: Point) -> None:
        """Where no claim stands in the way of a larger one, which smaller ones meet them."""
        if answer.binding:
            return
        goal = Smallest()
        search(self.looks, goal, ((0, point[0]),))
        least = self.looks.at(goal.found[0])
        if goal.found[0] not in (point, self.first(self.question.box)):
            name = self.found.unknowns[0]
            self.found.notes.append(f"the smallest that does is {name} = {size_text(least.sizes[0])}.")

    def beside(self, point: Point) -> tuple[Beside, ...]:
        """For each unknown the next size that is a network, or why there is none."""
        step = -1 if self.found.kind.startswith(("smallest", "least")) else 1
        return tuple(self.neighbour(point, i, step) for i in range(len(point)))

    def neighbour(self, point: Point, i: int, step: int) -> Beside:
        """The next network along one unknown."""
        unknown, place = self.unknowns[i], point[i] + step
        if place < 0 or place == unknown.length:
            return Beside(unknown.name, None)
        there = self.looks.at((*point[:i], place, *point[i + 1 :]))
        if there.valid:
            return Beside(unknown.name, there)
        last = None if unknown.length is None else unknown.length - 1
        own: Box = tuple((k, k) for k in point)
        side = (place, last) if step > 0 else (0, place)
        try:
            found = self.first((*own[:i], side, *own[i + 1 :]), above=step < 0)
        except UsageError:  # whether there is one is not known, and the answer stands without it
            found = None
        return Beside(unknown.name, None if found is None else self.looks.at(found), there.problem)

    def first(self, box: Box, *, above: bool = False) -> Point | None:
        """The smallest choice of a box that is a network, or the largest; None where there is none."""
        free = self.question.looks(())
        free.seen = {point: look._replace(verdicts=()) for point, look in self.looks.seen.items()}
        goal: Goal = Largest() if above else First()
        search(free, goal, box)
        return goal.found[0] if goal.found else None

    # -- equations

    def tell_every(self, goal: Every) -> None:
        """All answers: of one unknown as stretches, of several one by one."""
        found = self.found
        boxes = sorted(goal.boxes, key=lambda box: [low for low, _ in box])
        if len(self.unknowns) == 1:
            found.stretches = self.stretches([box[0] for box in boxes])
            last = found.stretches[-1:]
            if last and last[0].last is None:
                found.endless = f"{found.unknowns[0]} ≥ {last[0].first}"
        points = list(_points(boxes, LISTED))
        counts = [_product(high - low + 1 for low, high in box if high is not None) for box in boxes]
        found.more = max(0, sum(counts) - len(points))
        found.answers = [Answer(self.looks.at(point)) for point in points]
        if len(self.unknowns) == 1 and points:
            found.formula = self.formula()
            self.note_below(points[0])
        self.note_unread([answer.look for answer in found.answers])

    def stretches(self, sides: Sequence[tuple[int, int | None]]) -> list[Stretch]:
        """Neighbouring sides as one."""
        joined: list[tuple[int, int | None]] = []
        for low, high in sides:
            if joined and joined[-1][1] is not None and joined[-1][1] + 1 == low:
                joined[-1] = (joined[-1][0], high)
            else:
                joined.append((low, high))
        values = self.unknowns[0].values
        return [
            Stretch(
                values[low], None if high is None else values[high], None if high is None else high - low + 1
            )
            for low, high in joined
        ]

    def formula(self) -> str:
        """What the one claim is about in the letter that is looked for: `C5.H = ⌊H/4⌋ − 7, for H ≥ 32`."""
        from archcalc.analysis import Analysis
        from archcalc.errors import ArchcalcError
        from archcalc.graph import build
        from archcalc.notes import conditions
        from archcalc.render.figures import write

        unknown, claim = self.unknowns[0], self.claims[0]
        graph = self.question.net.graph
        if len(self.claims) > 1 or unknown.axis is not None or not unknown.whole:
            return ""
        try:
            free = Analysis(build(graph.spec, graph.sizes, graph.given, [unknown.name], hints=False))
            text = write(Measures(free, self.looks.dtype).of(claim.at, claim.quantity))
            held_for = " and ".join(conditions(free))
        except ArchcalcError:  # what it decides has no formula
            return ""
        at = "" if claim.at == "total" else f"{claim.at}."
        said = f"{at}{claim.quantity} = {text}" + (f", for {held_for}" if held_for else "")
        return said if len(said) <= _SHORT else ""

    # -- reasons

    def tell_why(self) -> None:
        """What stands in the way at the smallest sizes, or why there is no network at any."""
        self.nearest()
        if self.found.nearest:
            return
        smallest = self.first(self.question.box)
        if smallest is None:
            self.found.none = self.looks.at(tuple(low for low, _ in self.question.box)).problem
            return
        ends = all(unknown.length is not None for unknown in self.unknowns)
        last = self.first(self.question.box, above=True) if ends and self.found.kind == "smallest" else None
        self.found.closest = self.looks.at(last or smallest)

    def nearest(self) -> None:
        """For one equation in one unknown, the last size below it and the next one above."""
        if self.found.kind != "every" or len(self.claims) != 1 or len(self.unknowns) != 1:
            return
        (claim,) = self.claims
        if isinstance(claim.figure.value, tuple):
            return
        most = claim._replace(figure=claim.figure._replace(relation="<=", within=0))
        below = _Solving(self.question._replace(claims=[most]))
        try:
            search(below.looks, below.goal, self.question.box)
        except UsageError:  # of a figure that falls there may be no last one
            return
        for point in below.goal.found:
            above = below.neighbour(point, 0, 1).look
            if above is not None and not above.fits:  # else it is not one that the figure rises through
                self.found.nearest = [self.looks.at(point), above]

    def note_below(self, point: Point) -> None:
        """Why the size below the first answer is none."""
        if point[0] == 0:
            return
        below = self.looks.at((point[0] - 1,))
        if below.problem is not None:
            self.found.notes.append(
                f"at {self.found.unknowns[0]} = {below.sizes[0]} {reason(below.problem)}."
            )

    def note_unread(self, looks: Sequence[Look]) -> None:
        """At which of the answers a stride leaves something unread."""
        names: dict[str, None] = {}
        where = []
        for look in looks:
            left = leaving(self.looks.analysis(look.sizes))
            if left:
                where.append(_said(look.sizes))
                names |= dict.fromkeys(name for own in left.values() for name in own)
        if where:
            rows = "leaves rows or columns unread" if len(names) == 1 else "leave rows or columns unread"
            self.found.notes.append(f"at {listed(where)} {listed(list(names))} {rows}.")


def _goal(question: Question) -> tuple[Goal, str]:
    """What is searched for, and its name."""
    wanted, most = question.wanted, question.most
    if wanted:
        at = "" if wanted[0] == "total" else f"{wanted[0]}."
        return Best(most=most), f"{'most' if most else 'least'} {at}{wanted[1]}"
    sorts = {claim.bound for claim in question.claims}
    if "equal" in sorts:
        return Every(), "every"
    return (Smallest(), "smallest") if sorts == {"least"} else (Largest(), "largest")


def _product(sides: Any) -> int:
    from math import prod

    return prod(sides)


def _points(boxes: Sequence[Box], most: int) -> Any:
    """The first choices of some boxes."""
    from itertools import islice, product

    def of(box: Box) -> Any:
        return product(
            *(range(low, (low + most if high is None else min(high, low + most)) + 1) for low, high in box)
        )

    return islice((point for box in boxes for point in of(box)), most)


def _said(sizes: tuple[Any, ...]) -> str:
    return str(sizes[0]) if len(sizes) == 1 else "x".join(map(size_text, sizes))
