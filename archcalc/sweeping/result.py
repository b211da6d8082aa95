"""A sweep as its user has it: columns, the front, the best, rows as they come, and itself as a table."""

from __future__ import annotations

from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from archcalc.domains import domain
from archcalc.errors import Problem, SpecError, UsageError, likely, quote
from archcalc.loading import spec_of
from archcalc.measures import USUAL
from archcalc.shown import Shown
from archcalc.sweeping.front import Rows
from archcalc.sweeping.grid import Grid
from archcalc.sweeping.progress import Progress
from archcalc.sweeping.running import cores, parts
from archcalc.sweeping.search import Source, structures
from archcalc.sweeping.table import Table
from archcalc.sweeping.wanted import Wanted
from archcalc.sweeping.work import Counts, Job, Part
from archcalc.sweeping.writing import csv_head, csv_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archcalc.graph import Graph
    from archcalc.render.page import Page
    from archcalc.sweeping.plot import Plot

_SHOWN = 20  # rows of a table
_HELD = 50_000_000  # rows that are put into arrays at once
_SAMPLE = 4_000  # rows that a plot shows besides its front
_STRETCH = 32  # boxes of a part


class Sweep(Shown):
    """Every combination of some sizes, reckoned when it is asked for."""

    def __init__(
        self,
        source: Source,
        grid: Grid,
        wanted: Wanted,
        *,
        jobs: int | None = None,
        dask: str = "",
        progress: Progress | None = None,
    ) -> None:
        self.source, self.grid, self.wanted = source, grid, wanted
        self.dask, self.jobs = dask, jobs
        self.progress = progress or Progress()
        self.structures = tuple(structures(source, grid, wanted.figures, self.progress.told))

    @property
    def name(self) -> str:
        """The network's name."""
        return self.source.spec.name

    # -- running

    def job(self, keep: str, top: int = 1, every: int = 0) -> Job:
        """The sweep as it is handed out."""
        boxes = self.grid.boxes
        stretch = max(1, min(_STRETCH, boxes // 8))
        return Job(self.grid, self.structures, self.wanted, stretch, keep, top, every)

    def run(self, job: Job) -> Iterator[Part]:
        """Every part in order, each told to whoever watches."""
        done = 0
        jobs = cores(self.jobs, job.parts)
        for part in parts(job, jobs, self.dask):
            done += part.counts.points
            self.progress.done(done, self.grid.points)
            yield part

    def chunks(self) -> Iterator[Table]:
        """All rows that are met, a table for each stretch of the grid: more than memory holds may come by."""
        for part in self.run(self.job("all")):
            if len(part.rows):
                yield Table(self.grid, part.rows)

    def parts(self, keep: str) -> Iterator[Part]:
        """What a file holds, part by part: the front, the best few of `top`, or else all; sets `counts`."""
        rows = self.chosen() if self.wanted.front or self.wanted.top else None
        if rows is not None:
            text = csv_rows(self.grid, rows) if keep == "text" else ""
            yield Part(0, self.counts, rows, rows, rows, text)
            return
        counts = Counts()
        for part in self.run(self.job(keep)):
            counts.add(part.counts)
            yield part
        self.__dict__["counts"] = counts

    def csv(self) -> Iterator[str]:
        """The front, the best few, or else all rows, as the text of a CSV file, piece by piece."""
        yield csv_head(self.grid, self.job("text").names)
        for part in self.parts("text"):
            yield part.text

    def json(self) -> Iterator[str]:
        """The same as JSON, piece by piece; figures beyond 2^53 also as text."""
        from archcalc.sweeping.files import json

        return json(self)

    def parquet(self, file: IO[bytes]) -> None:
        """The same as Parquet, into a file. Raises MissingError without pyarrow."""
        from archcalc.sweeping.files import parquet

        parquet(self, file)

    def plot(self) -> Plot:
        """The front among the others as a picture: `.svg` and `.png()`. Raises UsageError without a front."""
        from archcalc.sweeping.plot import plot

        return plot(self)

    # -- what is kept

    @cached_property
    def kept(self) -> Kept:
        """The counts, the best few, the front, the first rows and a sample, from one run."""
        return Kept(self)

    @cached_property
    def counts(self) -> Counts:
        """What became of every point."""
        return self.kept.counts

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """All rows that are met, as one array for each column.

        Raises UsageError where there are too many for one machine's memory; `chunks` has no limit.
        """
        found, held = [], 0
        job = self.job("all")
        for part in self.run(job):
            held += len(part.rows)
            if held > _HELD:
                what = f"more than {_HELD:,} rows at once"
                raise UsageError(Problem(what, fix="for table in sweep.chunks(), or a file"))
            found.append(part.rows)
        return Table(self.grid, Rows.joined(found, job.names)).columns

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each row that is met, as a dict of exact numbers."""
        return (row for table in self.chunks() for row in table)

    def __len__(self) -> int:
        """How many rows are met."""
        return self.counts.met

    @property
    def front(self) -> Table:
        """The Pareto front, by its first figure. Raises UsageError where none was asked for."""
        if not self.wanted.front:
            raise UsageError(Problem("this sweep has no front", fix="pareto=('params', 'macs')"))
        return Table(self.grid, self.kept.front)

    @property
    def best(self) -> dict[str, Any] | None:
        """The best row; None where no row is met. Raises UsageError where nothing was to be best."""
        if self.wanted.best is None:
            raise UsageError(Problem("this sweep looks for nothing best", fix="best='macs'"))
        return next(iter(Table(self.grid, self.kept.best)), None)

    def chosen(self) -> Rows | None:
        """The rows that were chosen: the front, or else the best few; None where all are asked for."""
        if self.wanted.front:
            return self.kept.front
        return self.kept.best if self.wanted.best else None

    def why(self, point: int) -> str:
        """What is wrong with the network at a point, as its author would be told."""
        try:
            self.source.graph(self.grid.values(point))
        except SpecError as error:
            first = error.problems[0]
            return f"{f'{first.layer}: ' if first.layer else ''}{first.what}"
        return ""

    def graph(self, point: int) -> Graph:
        """The network at a point of the grid."""
        return self.source.graph(self.grid.values(point))

    # -- shows itself

    def page(self, width: int | None = None, *, rows: bool = True) -> Page:
        """The table of what was chosen, or of the first rows, and what became of the rest."""
        from archcalc.sweeping.page import page

        return page(self, width, rows=rows)

    def _repr_html_(self) -> str:
        from archcalc.render.fragment import picture

        front = picture(self.plot().svg, f"{self.name}, the front") if self.wanted.front else ""
        return f"{self.page()._repr_html_()}{front}"


class Kept:
    """What one run leaves: counts, the best few, the front, the first rows, a sample of all."""

    def __init__(self, sweep: Sweep) -> None:
        wanted, grid = sweep.wanted, sweep.grid
        keep = "front" if wanted.front else "first" if wanted.best is None else "nothing"
        every = max(1, -(-grid.points // _SAMPLE)) if wanted.front else 0
        job = sweep.job(keep, top=wanted.top or _SHOWN, every=every)
        self.counts = Counts()
        none = Rows.joined([], job.names)
        self.front = self.best = self.first = none
        samples = []
        for part in sweep.run(job):
            self.counts.add(part.counts)
            samples.append(part.sample)
            if wanted.front:
                self.front = job.front(Rows.joined([self.front, part.rows], job.names))
            if wanted.best:
                self.best = job.best(Rows.joined([self.best, part.best], job.names))
            elif not wanted.front and len(self.first) < job.top:
                self.first = Rows.joined([self.first, part.rows], job.names).take(slice(0, job.top))
        self.sample = Rows.joined(samples, job.names)


def sweep(
    source: Any,
    where: Iterable[str] | str = (),
    *,
    sizes: Mapping[str, Any] | None = None,
    input: Sequence[Any] | None = None,
    columns: Iterable[str] | str | None = None,
    best: str = "",
    pareto: Iterable[str] | str = (),
    top: int | None = None,
    dtype: str = USUAL,
    jobs: int | None = 1,
    dask: str = "",
    progress: Progress | None = None,
    **swept: Any,
) -> Sweep:
    """Every combination of some sizes: `sweep("mobilenet_v1", "params <= 2M", width="0.25:1:0.25")`.

    Sizes are given as names, or in `sizes`: a number, a list, or a range `a:b:step` with both ends. `where`
    are claims that a row must meet, `columns` its figures, `best` and `pareto` what should be small, or
    `max:...` large. `jobs` processes share the work, or the workers of a `dask` scheduler.

    Raises UsageError for what has no meaning, SpecError for a network that has none.
    """

    def words(given: Iterable[str] | str) -> list[str]:
        return [given] if isinstance(given, str) else list(given)

    def split(given: Iterable[str] | str) -> list[str]:
        return [word for text in words(given) for word in text.split(",") if word.strip()]

    spec, before, given = spec_of(source, input)
    domains = {name: domain(values, name) for name, values in {**(sizes or {}), **swept}.items()}
    known = [*spec.symbols, *spec.axes_of_input()]
    if not domains:
        why = (f"symbols and axes of {spec.name}: {', '.join(dict.fromkeys(known)) or 'none'}",)
        fix = f"{known[0]}=128:256:32" if known else ""
        raise UsageError(Problem("a sweep needs sizes, each with its values", why, fix))
    for name in domains:
        if name not in known:
            why = (f"symbols and axes of {spec.name}: {', '.join(dict.fromkeys(known)) or 'none'}",)
            raise UsageError(Problem(f"there is no symbol {quote(name)} to sweep", why, likely(name, known)))
    sides = {*spec.axes_of_input(), *(str(node.value) for node in spec.sizes_of_input())}
    for name in domains.keys() & sides if given is not None else ():
        raise UsageError(f"{name} is swept, and the input gives it; only one of them can")
    varied = any(values.length > 1 for values in domains.values())
    alone = {n: d[0] for n, d in domains.items() if d.length == 1 and n in spec.symbols}
    single = alone if varied else {}
    fixed = {
        name: size for name, size in {**before, **single}.items() if name in single or name not in domains
    }
    grid = Grid({name: values for name, values in domains.items() if name not in single})
    wanted = Wanted.of(
        None if columns is None else split(columns), words(where), best, split(pareto), top, dtype, grid.names
    )
    both = [figure.name for figure in wanted.figures if figure.name in grid.names]
    if both:
        raise UsageError(f"{both[0]} is a size of this network and a figure, and a column has one name")
    return Sweep(Source(spec, fixed, given), grid, wanted, jobs=jobs, dask=dask, progress=progress)
