"""A sweep as JSON and as Parquet, written as its rows come: neither needs them all in memory."""

from __future__ import annotations

from json import dumps
from typing import IO, TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.errors import MissingError, Problem
from archcalc.render.figures import exact
from archcalc.sweeping.writing import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.sweeping.front import Rows
    from archcalc.sweeping.result import Sweep

_SCHEMA = 1
_DIGITS = 76  # of the widest decimal that Parquet has


def json(sweep: Sweep) -> Iterator[str]:
    """An object with the sizes, the rows, and at its end what became of the sizes without one."""
    head = {
        "schema": _SCHEMA,
        "archcalc": __version__,
        "name": sweep.name,
        "sizes": {name: domain.text for name, domain in sweep.grid.domains.items()},
        "where": [claim.text for claim in sweep.wanted.claims],
        "best": str(sweep.wanted.best or ""),
        "front": [str(aim) for aim in sweep.wanted.front],
    }
    yield "{" + "".join(f"\n  {dumps(key)}: {dumps(value)}," for key, value in head.items())
    yield '\n  "rows": ['
    between = "\n    "
    for part in sweep.parts("all"):
        for row in _rows(sweep, part.rows):
            yield between + dumps(row)
            between = ",\n    "
    counts = sweep.counts
    layers = {layer: misfit.points for layer, misfit in counts.misfits.items()}
    told = {"points": counts.points, "valid": counts.valid, "met": counts.met, "unread": counts.unread}
    yield f'\n  ],\n  "counts": {dumps({**told, "misfits": layers})}\n}}\n'


def _rows(sweep: Sweep, rows: Rows) -> Iterator[dict[str, Any]]:
    """Each row as a map: figures as numbers, and what a float would round as text under `exact`."""
    columns = {name: sweep.grid.column(name, rows.points).tolist() for name in sweep.grid.names}
    columns |= {name: column.tolist() for name, column in rows.columns.items()}
    for values in zip(*columns.values(), strict=True):
        yield exact({name: _plain(value) for name, value in zip(columns, values, strict=True)})


def _plain(value: Any) -> Any:
    """An int; a decimal as a number, and another fraction as text."""
    if isinstance(value, int):
        return value
    text = size_text(value)
    return text if "/" in text else float(text)


def parquet(sweep: Sweep, file: IO[bytes]) -> None:
    """A row group for each part; whole numbers are int64, and what is none is a decimal, or text."""
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        what = "a Parquet file needs pyarrow"
        raise MissingError(Problem(what, fix="pip install 'archcalc[parquet]'")) from None
    grid, wide = sweep.grid, not all(structure.safe for structure in sweep.structures)
    kinds = {name: _size_kind(pa, domain) for name, domain in grid.domains.items()}
    kinds |= {
        figure.name: pa.decimal256(_DIGITS, 0) if wide else pa.int64() for figure in sweep.wanted.figures
    }
    schema = pa.schema(list(kinds.items()), metadata={"archcalc": __version__, "network": sweep.name})
    with ParquetWriter(file, schema) as writer:
        for part in sweep.parts("all"):
            if not len(part.rows):
                continue
            columns = {name: grid.column(name, part.rows.points) for name in grid.names} | part.rows.columns
            arrays = [pa.array(_cells(columns[name], kind), type=kind) for name, kind in kinds.items()]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _size_kind(pa: Any, domain: Any) -> Any:
    """int64 for whole sizes, a decimal where one is exact, text for a third."""
    if domain.whole:
        return pa.int64()
    texts = [size_text(run.unit) for run in domain.runs]
    if any("/" in text for text in texts):
        return pa.string()
    return pa.decimal128(38, max(len(text.partition(".")[2]) for text in texts))


def _cells(column: Any, kind: Any) -> Any:
    """A column as pyarrow takes it."""
    if str(kind) == "int64":
        return column
    from decimal import Decimal

    texts = [size_text(value) for value in column.tolist()]
    return texts if str(kind) == "string" else [Decimal(text) for text in texts]
