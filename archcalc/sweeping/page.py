"""A sweep as a table: the front, the best, or the first rows; and below it what became of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.quantities import SIZED, TABLE
from archcalc.render.grid import Grid
from archcalc.render.page import WIDEST, Column, Page, Table, wrap
from archcalc.render.rule import COUNTED
from archcalc.shown import sized
from archcalc.sweeping.wanted import SIZE
from archcalc.sweeping.writing import size_text

if TYPE_CHECKING:
    from archcalc.sweeping.front import Rows
    from archcalc.sweeping.result import Sweep
    from archcalc.sweeping.wanted import Figure

_MOST = 20  # rows of a table, unless more are asked for
_LAYERS = 3  # that do not fit, told by name


def page(sweep: Sweep, width: int | None = None, *, rows: bool = True) -> Page:
    """What was chosen, and the count of the rest; without `rows` only what there is to say of them."""
    found = Page([[]])
    found.title(sweep.name, about(sweep), width)
    found.add()
    listed = shown(sweep) if rows else None
    if listed is not None and len(listed):
        found.extend(_table(sweep, listed).lines(width))
    limit = min(width or WIDEST, WIDEST)
    for sentence, style in [*_chosen(sweep, listed), *_rest(sweep)]:
        found.extend([(line, style)] for line in wrap(sentence, limit, " "))
    found.add()
    return found


def about(sweep: Sweep) -> str:
    """What was swept: `36 of width x 5 of H = 180 sizes`."""
    grid = sweep.grid
    named = " x ".join(
        f"{name} {domain.text}" if domain.length == 1 else f"{domain.length:,} of {name}"
        for name, domain in grid.domains.items()
    )
    return (
        f"{named} = {grid.points:,} sizes"
        if len(grid.names) > 1
        else f"{grid.points:,} sizes of {grid.names[0]}"
    )


def shown(sweep: Sweep) -> Rows:
    """The rows of the table."""
    rows = sweep.chosen()
    rows = sweep.kept.first if rows is None else rows
    return rows.take(slice(0, sweep.wanted.top or _MOST))


def header(figure: Figure) -> str:
    """A figure's header: `MACs`, `C3 params`, `C5.H`."""
    if figure.axis:  # of a layer, or a size that is swept
        return figure.name
    word = TABLE[figure.quantity].header
    return word if figure.at == "total" else f"{figure.at} {word}"


def write(figure: Figure, value: Any) -> str:
    """A figure in full; bytes in KiB too."""
    return f"{value:,}" if figure.quantity not in SIZED else sized(int(value))


def _table(sweep: Sweep, rows: Rows) -> Table:
    grid, wanted = sweep.grid, sweep.wanted
    columns = [Column(name, style="name") for name in grid.names]
    columns += [Column(header(figure)) for figure in wanted.figures]
    sizes = [[size_text(v) for v in grid.column(name, rows.points).tolist()] for name in grid.names]
    figures = [[write(f, v) for v in rows.columns[f.name].tolist()] for f in wanted.figures]
    body = [list(cells) for cells in zip(*sizes, *figures, strict=True)]
    return Table(columns, body, closed=True)


def grid(sweep: Sweep) -> Grid:
    """The same table for the writers of text."""
    rows = shown(sweep)
    said = [f"{sentence.removeprefix('! ')}." for sentence, _ in [*_chosen(sweep, rows), *_rest(sweep)]]
    return Grid.of(_table(sweep, rows), sweep.name, " ".join([*said, f"{COUNTED}."]), about(sweep))


def _chosen(sweep: Sweep, rows: Rows | None) -> list[tuple[str, str]]:
    """What the rows are."""
    wanted, counts = sweep.wanted, sweep.counts
    if not counts.met:
        return [("no size meets it" if wanted.claims else "no size is left", "bad")]
    lines = []
    if wanted.front:
        front = sweep.kept.front
        aims = ", ".join(map(str, wanted.front))
        more = f", the first {len(rows)} shown" if rows is not None and len(rows) < len(front) else ""
        lines.append((f"the Pareto front, {aims}: {_many(len(front), 'size')} that none beats{more}", ""))
        alike = int(front.counted().sum()) - len(front)
        if alike:
            lines.append((f"{_many(alike, 'size')} more with the same figures as one of these", "dim"))
    if wanted.best:
        best = sweep.best or {}
        at = ", ".join(f"{name} {size_text(best[name])}" for name in sweep.grid.names)
        name = wanted.best.figure.name
        value = best[name]
        shown = size_text(value) if wanted.best.figure.at == SIZE else f"{value:,}"
        lines.append((f"{wanted.best}: {shown} at {at}", "good"))
    if not wanted.front and rows is not None:
        left = counts.met - len(rows)
        if left:
            where = "" if wanted.best and wanted.top else ": -o FILE.csv has them all"
            lines.append((f"… and {_many(left, 'size')} more{where}", "dim"))
    return lines


def _rest(sweep: Sweep) -> list[tuple[str, str]]:
    """What became of the sizes that are not shown, none of them silently."""
    wanted, counts, grid = sweep.wanted, sweep.counts, sweep.grid
    lines = []
    if wanted.claims:
        claims = " and ".join(claim.text for claim in wanted.claims)
        lines.append((f"{counts.met:,} of {counts.valid:,} valid sizes meet {claims}", "dim"))
    lines += [(line, "warn") for line in misfits(sweep)]
    if counts.unread:
        lines.append(
            (f"! at {_many(counts.unread, 'size')} some rows or columns are read by nothing", "warn")
        )
    lines += [(f"! {note}", "warn") for note in dict.fromkeys(s.note for s in sweep.structures) if note]
    if counts.exact:
        lines.append((f"{_many(counts.exact, 'size')} reckoned in whole numbers beyond 2^62", "dim"))
    if len(sweep.structures) > 1:
        lines.append((f"{len(sweep.structures):,} structures among {_many(grid.points, 'size')}", "dim"))
    return lines


def misfits(sweep: Sweep) -> list[str]:
    """How many sizes do not fit, and an example for each of the layers that most of them fail at."""
    counts = sweep.counts
    out = counts.points - counts.valid
    if not out:
        return []
    lines = [f"! {out:,} of {counts.points:,} sizes do not fit, and are left out"]
    ordered = sorted(counts.misfits.items(), key=lambda pair: (-pair[1].points, pair[0]))
    for _, misfit in ordered[:_LAYERS]:
        at = ", ".join(f"{name} {size_text(v)}" for name, v in sweep.grid.values(misfit.first).items())
        lines.append(f"{misfit.points:,}: {sweep.why(misfit.first)}, as at {at}")
    left = sum(misfit.points for _, misfit in ordered[_LAYERS:])
    return [*lines, f"{left:,}: at {_many(len(ordered) - _LAYERS, 'other layer')}"] if left else lines


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"
