"""Deep networks in few rows: blocks as sums, one part alone, the dearest first.

Whatever is chosen, the rows and what they leave out add up to the totals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.analysis import Row, add
from archcalc.dims import Shape, literally
from archcalc.errors import MissingError, Problem, UsageError, likely, quote
from archcalc.spec.values import SUMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.analysis import Analysis
    from archcalc.dims import Dim
    from archcalc.graph import Node

MOST = 40
"""Rows of a table that nobody asked to fold, or to unfold."""


class Folded(Row):
    """A block, or the copies of a repeated layer, as one row: the sum of the rows under its path."""

    __slots__ = ("block", "copies", "end", "rows")

    def __init__(self, net: Analysis, path: str, rows: list[Row]) -> None:
        whole = add(path, rows)
        super().__init__(
            path, whole.nodes, whole.params, whole.fixed, whole.connections, whole.neurons, whole.work,
            unknown=whole.unknown,
        )  # fmt: skip
        group = net.graph.groups[path]
        self.rows = rows
        self.block = group.block
        self.end = group.node
        self.copies = _copies(net, path)
        made = net.graph.shape(group.node)
        self.output = self.output if made is None else made
        read = reads(self)
        self.input = read[0] if read else Shape(())

    @property
    def op(self) -> str:
        """The name of the block, or what one would say of the layer, and how many copies there are."""
        if self.block:
            return self.block
        labels = {row.op for row in self.rows}
        return labels.pop() if len(labels) == 1 else self.rows[0].main[0].layer.op


def _copies(net: Analysis, path: str) -> Dim:
    """How many copies a folded row holds; in a repeat by a letter, in all of its copies."""
    groups = net.graph.groups
    copies = groups[path].copies
    parts = path.split(".")
    for n in range(1, len(parts)):
        outer = groups.get(".".join(parts[:n]))
        if outer and not isinstance(outer.copies, int):
            copies = outer.copies * copies
    return copies


def times(row: Row) -> Dim:
    """How many alike a row stands for: copies of a block, or a repeat that is left as a letter."""
    if isinstance(row, Folded):
        return row.copies
    return row.nodes[0].times if row.nodes else 1


def said(row: Row) -> str:
    """What the op cell says: `basic x 2`, `linear, gelu x L`, and which figures are declared by hand."""
    count = times(row)
    text = row.op
    if not literally(count, 1):
        shown = f"{count:,}" if isinstance(count, int) else _letters(count)
        text += f" x {shown}"
    marks = {node.layer.declared for node in row.nodes}
    if any(node.layer.has_unknown_work() for node in row.nodes):
        text += ", work unknown !"
    elif True in marks:
        text += ", declared !" if marks == {True} else ", declared in part !"
    return text


def _letters(count: Dim) -> str:
    from archcalc.symbolic import text

    shown = text(count)
    return f"({shown})" if " " in shown else shown


def reads(row: Row) -> list[Shape]:
    """The shapes that a row reads from outside it, in order; what a block reads twice is named once."""
    own = {node.name for node in row.nodes}
    found: list[tuple[str, Shape]] = []
    for node in row.nodes:
        pairs = [(name, x) for name, x in zip(node.inputs, node.xs, strict=True) if name not in own]
        met = {name for name, _ in found}
        found += [pair for pair in pairs if pair[0] not in met]
    return [shape for _, shape in found]


class View(NamedTuple):
    """The rows that a view shows, and the sums of those that it leaves out."""

    rows: Sequence[Row]
    depth: int = 0  # parts of a path that stay, behind `only`; 0 where nothing is folded
    only: str = ""  # the path that the rows stand under
    sort: str = ""  # the figure that they are sorted by
    part: Row | None = None  # the sum of what stands under that path
    rest: Row | None = None  # what is below the dearest, summed
    outside: Row | None = None  # what stands elsewhere, summed

    @property
    def others(self) -> Row | None:
        """Everything that is left out."""
        found = [row for row in (self.rest, self.outside) if row]
        if len(found) < 2:
            return found[0] if found else None
        return _sum(found, sum(number(row) for row in found))


def number(row: Row) -> int:
    """How many rows a sum of others stands for."""
    return int(row.name.split()[0].replace(",", ""))


def _sum(rows: Iterable[Row], many: int) -> Row:
    whole = add(f"{many:,} other{'s' * (many != 1)}", rows)
    whole.input = whole.output = Shape(())
    whole.nodes = []
    return whole


class Choice(NamedTuple):
    """What a reader asks to see of a deep network."""

    depth: Any = None  # parts of a path that stay, counted from `only` where that is given; or "all"
    only: str = ""
    sort: str = ""
    top: int | None = None

    @property
    def made(self) -> bool:
        """Whether anything is asked for."""
        return self != Choice()


def view(net: Analysis, choice: Choice | None = None, *, few: bool = False) -> View:
    """The rows chosen; with `few`, and where nobody said how many parts of a path stay, at most 40.

    Raises UsageError for what cannot be chosen, MissingError for a path that there is not.
    """
    depth, only, sort, top = _read(net, choice or Choice())
    rows = _under(net, only) if only else net.rows
    part = outside = None
    if only:
        own = {row.name for row in rows}
        elsewhere = [row for row in net.rows if row.name not in own]
        part = add(only, rows)
        outside = _sum(elsewhere, len(elsewhere)) if elsewhere else None
    if depth is None:
        depth = _fitting(net) if few and not only and top is None else 0
    elif only:
        depth = depth or 0
    shown = fold(net, rows, depth and depth + _parts(only))
    if len(shown) == len(rows):
        depth = 0
    rest = None
    if sort:
        shown = sorted(shown, key=lambda row: -(row[sort] or 0))
        if top is not None and top < len(shown):
            rest = _sum(shown[top:], len(shown) - top)
            shown = shown[:top]
    return View(shown, depth, only, sort, part, rest, outside)


def fold(net: Analysis, rows: list[Row], depth: int) -> list[Row]:
    """The rows with as many parts of their paths as `depth` says; all of them where it is 0."""
    if not depth:
        return rows
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(_head(row.name, depth), []).append(row)
    return [
        inside[0] if inside[0].name == path else Folded(net, path, inside) for path, inside in found.items()
    ]


def _head(name: str, depth: int) -> str:
    """The first parts of a path."""
    return ".".join(name.split(".", depth)[:depth])


def _parts(path: str) -> int:
    """How many parts a path has."""
    return path.count(".") + 1 if path else 0


def deepest(net: Analysis, only: str = "") -> int:
    """How many parts the longest path has, behind `only`."""
    rows = _under(net, only) if only else net.rows
    return max((_parts(row.name) for row in rows), default=1) - _parts(only)


def _fitting(net: Analysis, most: int = MOST) -> int:
    """The greatest depth whose rows a reader can take in; 0 where nothing need be folded."""
    if len(net.rows) <= most:
        return 0
    depth = 1
    while len({_head(row.name, depth + 1) for row in net.rows}) <= most and depth < deepest(net):
        depth += 1
    return depth


def summary(net: Analysis, most: int) -> list[Row]:
    """All of the network in few rows: folded as little as keeps it within `most`, where folding can."""
    return fold(net, net.rows, _fitting(net, most))


def block(net: Analysis, path: str) -> Folded:
    """A block, or a repeated layer, as one row."""
    return Folded(net, path, _under(net, path))


def inside(net: Analysis, row: Folded, most: int) -> list[Row]:
    """What a folded row is the sum of, a level down; all of its layers where they are few."""
    if len(row.rows) <= most:
        return row.rows
    return fold(net, row.rows, row.name.count(".") + 2)


def unfold(net: Analysis, shown: View) -> str:
    """What to type to see more of a folded network: `--depth 2, --only stage2`."""
    folded = [row for row in shown.rows if isinstance(row, Folded)]
    if not shown.depth or not folded:
        return ""
    deeper = str(shown.depth + 1) if shown.depth + 1 < deepest(net, shown.only) else "all"
    largest = max(folded, key=lambda row: len(row.rows))
    return f"unfold: --depth {deeper}, --only {largest.name}"


# -- what a reader asks for


def _read(net: Analysis, choice: Choice) -> tuple[int | None, str, str, int | None]:
    """The choice, each part of it found right."""
    depth = None if choice.depth is None else _depth(choice.depth)
    sort = choice.sort.strip().lower()
    if choice.top is not None and not _is_count(choice.top):
        raise UsageError(Problem(f"top takes a whole number from 1, not {choice.top!r}", fix="--top 10"))
    if choice.top is not None and not sort:
        sort = "macs"
    if sort and sort not in SUMS:
        why = (f"figures to sort by: {', '.join(SUMS)}",)
        raise UsageError(Problem(f"there is no figure {quote(sort)} to sort by", why, likely(sort, SUMS)))
    if sort and net.graph.symbolic:
        raise UsageError("which layers are dearest depends on the sizes; set those that are letters")
    return depth, choice.only.strip().rstrip("."), sort, choice.top


def _depth(given: Any) -> int:
    """Parts of a path that stay; 0 for all of them."""
    if given == "all":
        return 0
    if _is_count(given):
        return int(given)
    raise UsageError(Problem(f"depth takes a whole number from 1, or all, not {given!r}", fix="--depth 1"))


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 1


def _under(net: Analysis, path: str) -> list[Row]:
    """The rows under a path, or the one that is called so."""
    found = [row for row in net.rows if row.name == path or row.name.startswith(f"{path}.")]
    if found:
        return found
    tops = list(dict.fromkeys(_head(row.name, 1) for row in net.rows))
    known = [*net.graph.groups, *tops, *(row.name for row in net.rows)]
    why = f"layers and blocks: {', '.join(tops[:30])}{' …' if len(tops) > 30 else ''}"
    what = f"{quote(net.name)} has no layer or block {quote(path)}"
    raise MissingError(Problem(what, (why,), likely(path, known)))


# -- figures that the author declares by hand


def declared(net: Analysis) -> list[Node]:
    """The layers whose figures are the author's word."""
    return [node for node in net.graph.nodes if node.layer.declared]
