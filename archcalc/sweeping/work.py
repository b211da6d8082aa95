"""What is done with a stretch of boxes, here, in another process or on another machine.

A job says all that is needed, and a part has its number: to do it twice gives the same part twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archcalc.errors import ArchcalcError
from archcalc.sweeping.front import Rows, best, front, worse
from archcalc.sweeping.structure import HERE, REASON, UNREAD, VALID, WHOLE
from archcalc.sweeping.wanted import SIZE
from archcalc.sweeping.writing import csv_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.sweeping.grid import Box, Grid
    from archcalc.sweeping.structure import Structure
    from archcalc.sweeping.wanted import Aim, Wanted


class Misfit(NamedTuple):
    """Points at which a layer cannot be as it is: how many, and the first."""

    points: int
    first: int


class Counts:
    """What became of the points of a sweep: each is met, or one of the others."""

    def __init__(self) -> None:
        self.points = 0
        self.met = 0  # valid, and all claims hold
        self.unread = 0  # of these, with rows or columns that nothing reads
        self.exact = 0  # points that were reckoned in Python's ints
        self.misfits: dict[str, Misfit] = {}  # by layer

    @property
    def valid(self) -> int:
        """Points at which there is a network."""
        return self.points - sum(misfit.points for misfit in self.misfits.values())

    def misfit(self, layer: str, count: int, first: int) -> None:
        """Note that a layer does not fit at some points."""
        if count:
            before = self.misfits.get(layer, Misfit(0, first))
            self.misfits[layer] = Misfit(before.points + count, min(before.first, first))

    def add(self, other: Counts) -> None:
        """Count in what became of other points."""
        self.points += other.points
        self.met += other.met
        self.unread += other.unread
        self.exact += other.exact
        for layer, (count, first) in other.misfits.items():
            self.misfit(layer, count, first)


class Part(NamedTuple):
    """What came of a stretch of boxes."""

    number: int
    counts: Counts
    rows: Rows  # all that are met, the best few, the front, or a sample, as the job keeps
    best: Rows
    sample: Rows
    text: str = ""


class Job(NamedTuple):
    """A sweep as it is handed out: what to reckon, and what to keep of it."""

    grid: Grid
    structures: tuple[Structure, ...]
    wanted: Wanted
    stretch: int  # boxes of a part
    keep: str = "all"  # all rows that are met, `front`, `text` for rows as CSV, or `nothing` but the best
    top: int = 1
    every: int = 0  # a sample of the rows: one of so many points; 0 for none

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return -(-self.grid.boxes // self.stretch)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of figures."""
        return tuple(figure.name for figure in self.wanted.figures)

    def part(self, number: int) -> Part:
        """The part of a number."""
        counts, names = Counts(), self.names
        kept, top, sample = Kept(self), Rows.joined([], names), []
        for i in range(number * self.stretch, min((number + 1) * self.stretch, self.grid.boxes)):
            box = self.grid.box(i)
            rows = Rows.joined(list(self.found(box, counts)), names)
            if len(self.structures) > 1:
                rows = rows.take(np.argsort(rows.points))
            counts.points += box.points
            counts.met += len(rows)
            if self.every:
                sample.append(rows.take(rows.points % self.every == 0))
            if self.wanted.best is not None:
                top = self.best(Rows.joined([top, self.near(rows, top)], names))
            kept.add(rows)
        rows = kept.rows()
        text = csv_rows(self.grid, rows) if self.keep == "text" else ""
        if text:
            rows = Rows.joined([], names)
        return Part(number, counts, rows, top, Rows.joined(sample, names), text)

    def best(self, rows: Rows) -> Rows:
        """The best few of some rows."""
        assert self.wanted.best is not None
        return best(rows, self.values(rows, self.wanted.best), self.top)

    def near(self, rows: Rows, top: Rows) -> Rows:
        """The rows that may be among the best few: those that are no worse than the last of them."""
        assert self.wanted.best is not None
        if len(top) < self.top:
            return rows
        return rows.take(self.values(rows, self.wanted.best) <= self.values(top, self.wanted.best).max())

    def front(self, rows: Rows) -> Rows:
        """The front of some rows."""
        return front(rows, self.aimed(rows))

    def aimed(self, rows: Rows) -> list[Any]:
        """What the front goes by, each column the better the less it is."""
        return [self.values(rows, aim) for aim in self.wanted.front]

    def values(self, rows: Rows, aim: Aim) -> Any:
        """What an aim is about, the less the better: a figure, or the letter of a size."""
        name = aim.figure.name
        is_size = aim.figure.at == SIZE
        found = self.grid.letter(name, rows.points) if is_size else rows.columns[name]
        return found if aim.sign == 1 else -found

    def found(self, box: Box, counts: Counts) -> Iterator[Rows]:
        """The rows of a box that are met, structure by structure."""
        letters, ends = dict(self.grid.axes(box)), self.grid.ends(box)
        for structure in self.structures:
            rows = _Box(box, letters, ends, structure, counts).rows(self.wanted)
            if rows is not None:
                yield rows


class Kept:
    """The rows that a job keeps, as they come."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.parts: list[Rows] = []

    def add(self, rows: Rows) -> None:
        """More rows."""
        if self.job.keep == "nothing":
            return
        if self.job.keep == "front":
            if self.parts and len(self.job.wanted.front) == 2 and len(self.parts[0]):
                rows = rows.take(~worse(self.job.aimed(rows), self.job.aimed(self.parts[0])))
            self.parts = [self.job.front(Rows.joined([*self.parts, rows], self.job.names))]
        elif self.job.keep != "first" or sum(map(len, self.parts)) < self.job.top:
            self.parts.append(rows)

    def rows(self) -> Rows:
        """All that is kept."""
        return Rows.joined(self.parts, self.job.names)


class _Box:
    """One structure on one box."""

    def __init__(
        self,
        box: Box,
        letters: dict[str, Any],
        ends: dict[str, tuple[int, int]],
        structure: Structure,
        counts: Counts,
    ) -> None:
        self.box, self.letters, self.structure, self.counts = box, letters, structure, counts
        self.exact = not structure.safe and not structure.program.fits(ends)

    def run(self, names: list[str]) -> dict[str, Any]:
        """Some results, those that are always true left out."""
        wanted = [name for name in names if name in self.structure.program.results]
        return self.structure.program.run(self.letters, wanted, exact=self.exact)

    def full(self, mask: Any) -> Any:
        """A mask over the whole box."""
        return np.broadcast_to(mask, self.box.shape)

    def rows(self, wanted: Wanted) -> Rows | None:
        """The rows that are met; None where the structure is another."""
        found = self.run([HERE, VALID])
        here = found.get(HERE, True)
        if not np.any(here):
            return None
        if self.structure.broken:
            at = np.flatnonzero(self.full(here))
            self.counts.misfit(self.structure.broken, len(at), self.box.start + int(at[0]))
            return None
        valid = here & found.get(VALID, True)
        if not np.all(valid):
            self.misfits(here)
        if not np.any(valid):
            return None
        return self.met(valid, wanted)

    def misfits(self, here: Any) -> None:
        """Count the points that each layer rules out, a point for the first that does."""
        left = self.full(here)
        for i, layer in enumerate(self.structure.reasons):
            name = f"{REASON}{i}"
            fits = self.run([name])[name]
            out = np.flatnonzero(left & ~self.full(fits))
            if len(out):
                self.counts.misfit(layer, len(out), self.box.start + int(out[0]))
                left = left & self.full(fits)

    def met(self, valid: Any, wanted: Wanted) -> Rows:
        """The rows where every claim holds."""
        figures = self.run([figure.name for figure in wanted.figures])
        for claim in wanted.claims:
            valid = valid & claim.holds(figures[claim.figure.name])
        if self.exact:
            self.counts.exact += int(np.count_nonzero(self.full(valid)))
        if isinstance(valid, (bool, np.bool_)):
            at: Any = slice(None) if valid else slice(0, 0)
            points = np.arange(self.box.start, self.box.start + self.box.points)[at]
        else:
            at = np.flatnonzero(self.full(valid))
            points = at + self.box.start
        self.noted(valid)
        return Rows(points, {name: self.column(value, at) for name, value in figures.items()})

    def noted(self, valid: Any) -> None:
        """Count the rows that leave something unread, and be sure of every quotient."""
        found = self.run([UNREAD, WHOLE])
        if UNREAD in found:
            self.counts.unread += int(np.count_nonzero(self.full(valid & found[UNREAD])))
        if WHOLE in found and np.any(valid & ~self.full(found[WHOLE])):
            raise ArchcalcError("a figure of this network does not come out whole at sizes that are valid")

    def column(self, value: Any, at: Any) -> Any:
        """A figure at some of the points."""
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            value = np.array(value, dtype=object)
        if isinstance(value, np.ndarray) and value.shape == self.box.shape:
            full = value.reshape(-1)[at]
        else:
            full = np.broadcast_to(value, self.box.shape).ravel()[at]
        return full if full.dtype == object else full.astype(np.int64, copy=False)
