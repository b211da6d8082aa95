"""Two networks layer beside layer: by name, else in order, by what a layer is and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.analysis import Row


class Side(Protocol):
    """A network as one side of a comparison: an analysis, or a report that was saved."""

    rows: list[Row]
    total: Row

    @property
    def name(self) -> str:
        """The network's name."""


class Pair(NamedTuple):
    """A layer of one network and what stands in its place in the other; None where nothing does."""

    left: Row | None
    right: Row | None

    @property
    def name(self) -> str:
        """The name of the layer, of both where they differ."""
        names = [row.name for row in self if row is not None]
        return " → ".join(dict.fromkeys(names))

    def change(self) -> str:
        """What is another on the right, ops or shapes or fields: `rbf → linear`; nothing if alike."""
        left, right = self
        if left is None or right is None:
            alone = left or right
            return alone.op if alone else ""
        if left.op != right.op:
            return f"{left.op} → {right.op}"
        if left.output != right.output:
            return f"{left.output!r} → {right.output!r}"
        reads = "" if left.input == right.input else f"reads {left.input!r} → {right.input!r}"
        return _fields(left, right) or reads


def align(left: Side, right: Side) -> list[Pair]:
    """Each layer of both networks, once and in order.

    By name where at least half of the smaller network's layers are called as in the other; else by runs
    of layers that have as many channels, or that are of one family, whichever has more in common; and
    between those in order.
    """
    names = {row.name for row in left.rows} & {row.name for row in right.rows}
    if 2 * len(names) >= min(len(left.rows), len(right.rows)):
        return list(_by_name(left.rows, right.rows, names))
    return list(_in_order(left.rows, right.rows))


def _by_name(left: Sequence[Row], right: Sequence[Row], names: set[str]) -> Iterator[Pair]:
    """Layers of one name side by side; what only one network has, where it stands there."""
    others = {row.name: row for row in right}
    waiting = iter(right)
    for row in left:
        if row.name not in names:
            yield Pair(row, None)
            continue
        for other in waiting:  # what the other has before it
            if other.name == row.name:
                break
            if other.name not in names:
                yield Pair(None, other)
        yield Pair(row, others[row.name])
    yield from (Pair(None, other) for other in waiting if other.name not in names)


def _in_order(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    """Runs of layers that are alike, and what stands between them paired from the front."""
    from difflib import SequenceMatcher

    matches = [
        SequenceMatcher(None, [key(row) for row in left], [key(row) for row in right], autojunk=False)
        for key in (_channels, _family)
    ]
    for word, a, b, c, d in max(matches, key=SequenceMatcher.ratio).get_opcodes():
        both = min(b - a, d - c) if word in ("equal", "replace") else 0
        yield from (Pair(left[a + i], right[c + i]) for i in range(both))
        yield from (Pair(row, None) for row in left[a + both : b])
        yield from (Pair(None, row) for row in right[c + both : d])


def _channels(row: Row) -> object:
    axes = row.output.axes
    return row.output[axes.index("C")] if "C" in axes else tuple(row.output)


def _family(row: Row) -> object:
    return row.family


def _fields(left: Row, right: Row) -> str:
    """The fields that are written otherwise, of layers that are called alike: `bias: true → false`."""
    found = []
    for one, other in zip(left.main, right.main, strict=False):
        if type(one.layer) is not type(other.layer):  # which may be called alike, as one tanh and another
            found.append(f"{one.layer.op} → {other.layer.op}")
        else:
            for name in one.layer.fields:
                a, b = (getattr(node.layer, name) for node in (one, other))
                if a != b:
                    found.append(f"{name}: {_word(a)} → {_word(b)}")
    return ", ".join(found)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "none" if value is None else str(value)
