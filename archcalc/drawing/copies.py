"""Copies of a repeat that are alike, so that one of them is drawn for all; which repeats are expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.folding import reads, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis import Analysis, Row

_FIGURES = ("family", "output", "params", "fixed", "connections", "neurons", "macs", "flops")

Sources: TypeAlias = "Mapping[str, Sequence[tuple[str, str]]]"
"""What each row reads: the rows, and the tensors of theirs."""


class Copies:
    """What is drawn of the copies of each repeat: runs of those that are alike, by their numbers."""

    def __init__(self, net: Analysis, rows: Sequence[Row], sources: Sources, expand: Any) -> None:
        self.net = net
        self.sources = sources
        self.runs: dict[str, list[tuple[int, int]]] = {}
        self.twin: dict[str, str] = {}  # each row that is not drawn, and the one that is drawn for it
        self.rows = {row.name: row for row in rows}
        self.outside = _read_from_outside(sources)
        self.tree = self.kept(rows, expanded(net, expand))
        self._alike: dict[str, list[Row]] = {}
        for row in rows:
            self._alike.setdefault(self.drawn(row.name), []).append(row)

    def drawn(self, name: str) -> str:
        """The row that is drawn for one."""
        while name in self.twin:
            name = self.twin[name]
        return name

    def alike(self, row: Row) -> list[Row]:
        """A row that is drawn, and those that it is drawn for."""
        return self._alike[row.name]

    def kept(self, rows: Sequence[Row], open_: set[str]) -> list[Row]:
        """The rows that are drawn: of each run of alike copies the first."""
        groups = self.net.graph.groups
        repeats = [
            path for path, group in groups.items() if isinstance(group.copies, int) and group.copies > 1
        ]
        inside: dict[str, dict[int, list[Row]]] = {path: {} for path in repeats if path not in open_}
        for row in rows:
            parts = row.name.split(".")
            for n in range(1, len(parts)):
                path = ".".join(parts[:n])
                if path in inside and parts[n].isdigit():
                    inside[path].setdefault(int(parts[n]), []).append(row)
        for path, copies in inside.items():
            if len(copies) > 1:
                self.collapse(path, copies)
        return [row for row in rows if row.name not in self.twin]

    def collapse(self, path: str, copies: Mapping[int, Sequence[Row]]) -> None:
        """Find the runs of alike copies under a path."""
        runs: list[tuple[int, int]] = []
        for i in copies:
            if runs and self.goes_on(path, copies, i):
                runs[-1] = (runs[-1][0], i)
            else:
                runs.append((i, i))
        self.runs[path] = runs
        for first, last in runs:
            for i in range(first + 1, last + 1):
                pairs = zip(copies[i], copies[first], strict=True)
                self.twin.update((own.name, drawn.name) for own, drawn in pairs)

    def goes_on(self, path: str, copies: Mapping[int, Sequence[Row]], i: int) -> bool:
        """Whether a copy is like the one before, which only this one reads."""
        before, after = (f"{path}.{n}" for n in (i - 1, i))
        own, others = copies[i], copies.get(i - 1, ())
        if len(own) != len(others):
            return False
        names = {row.name for row in (*own, *others)}
        return all(
            self.looks(old, before) == self.looks(new, after)
            and self.outside.get(old.name, set()) <= names
            and self.same_sources(old, new, before, after)
            for old, new in zip(others, own, strict=True)
        )

    def looks(self, row: Row, path: str) -> tuple[Any, ...]:
        """What is drawn of a row, named from the path of its copy."""
        here = f"{path}."
        return (
            row.name[len(path) :],
            said(row).replace(here, ""),
            [(shape, shape.axes) for shape in reads(row)],
            *(row[figure] if figure != "family" else row.family for figure in _FIGURES),
        )

    def same_sources(self, old: Row, new: Row, before: str, after: str) -> bool:
        """Whether a row reads in its copy what its twin reads in the one before."""
        pairs = zip(self.sources[old.name], self.sources[new.name], strict=False)
        if len(self.sources[old.name]) != len(self.sources[new.name]):
            return False
        for (a, _), (b, _) in pairs:
            if _under(a, before) or _under(b, after):
                if a[len(before) :] != b[len(after) :] or not (_under(a, before) and _under(b, after)):
                    return False
            elif a != b and not _under(b, before):
                return False
        return True


def _under(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _read_from_outside(sources: Sources) -> dict[str, set[str]]:
    """The readers of each row."""
    found: dict[str, set[str]] = {}
    for target, given in sources.items():
        for source, _ in given:
            found.setdefault(source, set()).add(target)
    return found


def head(path: str, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows under a path by their next part of it."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        end = row.name.find(".", len(path) + 1 if path else 0)
        found.setdefault(row.name if end < 0 else row.name[:end], []).append(row)
    return found


def expanded(net: Analysis, expand: Any) -> set[str]:
    """The paths of the repeats that are drawn copy by copy: down to a depth, by name, or all.

    Raises UsageError for a name that is no repeat's.
    """
    repeats = [
        path for path, group in net.graph.groups.items() if isinstance(group.copies, int) and group.copies > 1
    ]
    if expand == "all":
        return set(repeats)
    if isinstance(expand, int):
        if isinstance(expand, bool) or expand < 1:
            what = f"expand takes a whole number from 1, the name of a repeat, or all, not {expand!r}"
            raise UsageError(Problem(what, fix="--expand 1"))
        return {path for path in repeats if sum(_under(path, outer) for outer in repeats) <= expand}
    names = [expand] if isinstance(expand, str) else list(expand)
    for name in names:
        if name not in repeats:
            tops = [path for path in repeats if not any(_under(path, o) and path != o for o in repeats)]
            why = (
                f"repeats: {', '.join(tops[:30])}{' …' if len(tops) > 30 else ''}"
                if tops
                else "it repeats nothing"
            )
            raise UsageError(
                Problem(f"{quote(net.name)} has no repeat {quote(name)}", (why,), likely(name, repeats))
            )
    return {path for path in repeats if any(_under(path, name) for name in names)}
