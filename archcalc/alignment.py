"""Two networks layer beside layer: by name, else in order, by what a layer is and gives."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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

    By name where at least half of the smaller network's layers are called as in the other; what stands
    between them, or else the whole, in order, so that as much as may be is alike in op and shape.
    """
    names = {row.name for row in left.rows} & {row.name for row in right.rows}
    if 2 * len(names) >= min(len(left.rows), len(right.rows)):
        return list(_by_name(left.rows, right.rows, names))
    return list(_in_order(left.rows, right.rows))


def _by_name(left: Sequence[Row], right: Sequence[Row], names: set[str]) -> Iterator[Pair]:
    """Layers of one name side by side; what stands between them in order."""
    others = {row.name: row for row in right}
    waiting = iter(right)
    own: list[Row] = []
    for row in left:
        if row.name not in names:
            own.append(row)
            continue
        theirs: list[Row] = []
        for other in waiting:  # what the other has before it
            if other.name == row.name:
                break
            theirs += [other] if other.name not in names else []
        yield from _in_order(own, theirs)
        own = []
        yield Pair(row, others[row.name])
    yield from _in_order(own, [other for other in waiting if other.name not in names])


def _in_order(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    """Layers that are likest side by side, none before one that stands before it."""
    head = _shared(zip(left, right, strict=False))
    tail = _shared(zip(reversed(left[head:]), reversed(right[head:]), strict=False))
    ends = len(left) - tail, len(right) - tail
    yield from map(Pair, left[:head], right[:head])
    yield from _matched(left[head : ends[0]], right[head : ends[1]])
    yield from map(Pair, left[ends[0] :], right[ends[1] :])


def _shared(pairs: Iterable[tuple[Row, Row]]) -> int:
    """How many pairs from the first on are the same layer."""
    return sum(1 for _ in takewhile(lambda pair: _same(*pair), pairs))


def _same(one: Row, other: Row) -> bool:
    return (one.op, one.input, one.output, one.params) == (other.op, other.input, other.output, other.params)


_CELLS = 1_000_000  # of a table of pairs; about a second


def _matched(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    """The pairs whose likeness adds up to most, and each other layer alone."""
    if len(left) * len(right) > _CELLS:
        yield from _by_runs(left, right)
        return
    like = _Likeness()
    # best[i][j]: what the layers from i and from j on come to
    best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(right) - 1, -1, -1):
            row[j] = max(below[j], row[j + 1], below[j + 1] + like(left[i], right[j]))
    i = j = 0
    while i < len(left) and j < len(right):
        found = like(left[i], right[j])
        if found and best[i][j] == best[i + 1][j + 1] + found:
            yield Pair(left[i], right[j])
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield Pair(left[i], None)
            i += 1
        else:
            yield Pair(None, right[j])
            j += 1
    yield from (Pair(row, None) for row in left[i:])
    yield from (Pair(None, row) for row in right[j:])


class _Likeness:
    """How like two layers are; 0 where they are not to stand side by side."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, ...], int] = {}

    def __call__(self, one: Row, other: Row) -> int:
        found = self.known.get(key := (_look(one), _look(other)))
        if found is None:
            found = self.known[key] = _alike(*key)
        return found + _called_alike(one.name, other.name) if found else 0


def _look(row: Row) -> tuple[object, ...]:
    """What a layer is and gives, and whether it has tensors or multiplies."""
    return row.op, row.family, row.output, _channels(row), bool(row["params"] or row["fixed"] or row["macs"])


def _alike(one: tuple[Any, ...], other: tuple[Any, ...]) -> int:
    (op, family, output, channels, weighs), (op_, family_, output_, channels_, weighs_) = one, other
    kind, kind_ = op.partition(" ")[0].rstrip(","), op_.partition(" ")[0].rstrip(",")
    found = 6 if op == op_ else 5 if kind == kind_ else 4 if family == family_ else 0
    shapes = 2 if output == output_ else 1 if channels == channels_ else 0
    if not found and not (weighs and weighs_ and shapes and "norm" not in (family, family_)):
        return 0  # of other families only what has weights may have taken another's place
    return found + shapes


def _called_alike(one: str, other: str) -> int:
    """Whether a name is the other's, or that of a block that the other stands in."""
    if one == other:
        return 4
    return 2 if one.startswith(f"{other}.") or other.startswith(f"{one}.") else 0


def _by_runs(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    """Runs of layers that are alike, and what stands between them paired from the front."""
    from difflib import SequenceMatcher

    match = SequenceMatcher(None, [_channels(row) for row in left], [_channels(row) for row in right], False)
    for word, a, b, c, d in match.get_opcodes():
        both = min(b - a, d - c) if word in ("equal", "replace") else 0
        yield from (Pair(left[a + i], right[c + i]) for i in range(both))
        yield from (Pair(row, None) for row in left[a + both : b])
        yield from (Pair(None, row) for row in right[c + both : d])


def _channels(row: Row) -> object:
    axes = row.output.axes
    return row.output[axes.index("C")] if "C" in axes else tuple(row.output)


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
