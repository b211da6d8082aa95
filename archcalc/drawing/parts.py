"""What a diagram is made of: cards of rows in nested blocks, copies that are alike drawn once, and wires.

A card is a row, with the norms, activations and dropouts behind it that only it feeds. The figures are
those of a report with the same folding; nothing is counted here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.drawing.copies import Copies, head
from archcalc.drawing.wires import Wire, ends, skips
from archcalc.folding import Choice, said, view
from archcalc.render.figures import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.analysis import Analysis, Row
    from archcalc.dims import Dim

_BENEATH = frozenset({"norm", "activation", "regularisation"})


class Line:
    """A row as it is drawn: under the name that it has in its block, for itself and for its copies."""

    def __init__(self, name: str, rows: Sequence[Row], places: Sequence[int]) -> None:
        self.name = name
        self.rows = rows  # the one that is drawn, and the copies that are alike
        self.places = places  # of these in the report

    @property
    def row(self) -> Row:
        """The one that is drawn."""
        return self.rows[0]

    @property
    def said(self) -> str:
        """What one would say of it."""
        return said(self.row).replace(" x ", " × ")


class Card:
    """Rows under one another in one box; one without rows is an input or an output of the network."""

    def __init__(self, key: str, lines: list[Line], title: str = "", about: str = "") -> None:
        self.key = key  # what it is called in DOT: by its first row
        self.lines = lines
        self.title = title  # of the block, where the card is all of it
        self.about = about

    @property
    def rows(self) -> list[Row]:
        """All that it stands for."""
        return [row for line in self.lines for row in line.rows]


class Block(NamedTuple):
    """Cards and blocks in a frame, drawn once for so many copies."""

    path: str
    title: str
    about: str  # what it is, and how many
    items: Sequence[Card | Block]
    copies: Dim = 1

    @property
    def cards(self) -> Iterator[Card]:
        """The cards in it, at any depth."""
        return cards(self.items)

    @property
    def rows(self) -> list[Row]:
        """All that it stands for."""
        return [row for card in self.cards for row in card.rows]


class Diagram(NamedTuple):
    """All that is drawn of a network."""

    net: Analysis
    name: str
    whole: Row  # the sum of what is drawn
    items: Sequence[Card | Block]
    wires: Sequence[Wire]

    @property
    def cards(self) -> list[Card]:
        """Every card, from the inputs to the outputs."""
        return list(cards(self.items))

    @property
    def blocks(self) -> list[Block]:
        """Every block, the outer before the inner."""
        return list(_blocks(self.items))


def cards(items: Sequence[Card | Block]) -> Iterator[Card]:
    """The cards, at any depth."""
    for item in items:
        if isinstance(item, Card):
            yield item
        else:
            yield from cards(item.items)


def _blocks(items: Sequence[Card | Block]) -> Iterator[Block]:
    for item in items:
        if isinstance(item, Block):
            yield item
            yield from _blocks(item.items)


def diagram(net: Analysis, depth: Any = None, only: str = "", expand: Any = ()) -> Diagram:
    """What is drawn of a network, its blocks folded to `depth`, the repeats in `expand` copy by copy.

    With `only`, what stands under one path, between the layers that it reads and those that read it.
    """
    shown = view(net, Choice(depth, only))
    return _Parts(net, shown.rows, shown.only, expand).diagram(shown.part or net.total)


class _Parts:
    """Builds the parts of one diagram."""

    def __init__(self, net: Analysis, rows: Sequence[Row], only: str, expand: Any) -> None:
        self.net = net
        self.only = only
        self.places = {row.name: i for i, row in enumerate(rows)}
        self.ends = ends(net, rows, only)
        place = {node.name: row.name for row in rows for node in row.nodes} | dict(self.ends.inputs)
        self.sources = {
            row.name: [
                (place[name], name) for node in row.nodes for name in node.inputs if place[name] != row.name
            ]
            for row in rows
        }
        self.sources |= {key: [(place[tensor], tensor)] for key, tensor in self.ends.outputs.items()}
        self.copies = Copies(net, rows, self.sources, expand)
        self.readers: dict[str, list[str]] = {}
        for target, sources in self.sources.items():
            for source, _ in sources:
                self.readers.setdefault(source, []).append(target)

    def diagram(self, whole: Row) -> Diagram:
        """All of it."""
        named = {key: Card(key, [], title) for key, title in self.ends.titles.items()}
        before = [named[key] for key in dict.fromkeys(self.ends.inputs.values())]
        after = [named[key] for key in self.ends.outputs]
        rows = self.copies.tree
        inside = (
            [self.block("", self.only, rows)] if self.only in self.net.graph.groups else self.items("", rows)
        )
        items = [*before, *inside, *after]
        name = f"{self.net.name}: {self.only}" if self.only else self.net.name
        return Diagram(self.net, name, whole, items, self.wires(items))

    # -- blocks

    def items(self, path: str, rows: Sequence[Row]) -> list[Card | Block]:
        """What stands under a path, named from there."""
        found: list[Card | Block] = []
        for name, inside in head(path, rows).items():
            if inside[0].name == name:
                self.put(found, self.line(path, inside[0]))
            else:
                found.append(self.block(path, name, inside))
        return found

    def line(self, path: str, row: Row) -> Line:
        """A row, and those that it stands for."""
        alike = self.copies.alike(row)
        return Line(row.name[len(path) :].lstrip("."), alike, [self.places[each.name] for each in alike])

    def put(self, items: list[Card | Block], line: Line) -> None:
        """A row under the card that feeds it, where it only bends what that gives; else a card of its own."""
        sources = dict.fromkeys(source for source, _ in self.sources[line.row.name])
        row = line.row
        above = items[-1] if items else None
        if (
            isinstance(above, Card)
            and row.family in _BENEATH
            and len(row.main) == 1
            and list(sources) == [above.lines[-1].row.name]
            and self.readers[above.lines[-1].row.name] == [row.name]
            and above.lines[-1].row.output == row.output
            and len(line.rows) == len(above.lines[-1].rows)
        ):
            above.lines.append(line)
        else:
            items.append(Card(row.name, [line]))

    def block(self, path: str, name: str, rows: Sequence[Row]) -> Card | Block:
        """A block, or the copies of a repeated one."""
        title = name[len(path) :].lstrip(".")
        group = self.net.graph.groups[name]
        runs = self.copies.runs.get(name)
        if runs is None:
            return self.framed(name, title, group.block, self.items(name, rows), group.copies)
        inside: list[Card | Block] = []
        for first, last in runs:
            own = f"{name}.{first}"
            kept = [row for row in rows if row.name == own or row.name.startswith(f"{own}.")]
            alone = len(runs) == 1
            called = title if alone else f"{first} – {last}" if last > first else str(first)
            if kept[0].name == own:
                inside.append(self.repeated(own, called, kept[0], last + 1 - first))
            else:
                inside.append(self.framed(own, called, group.block, self.items(own, kept), last + 1 - first))
        return inside[0] if len(runs) == 1 else self.framed(name, title, group.block, inside, group.copies)

    def repeated(self, path: str, title: str, row: Row, copies: int) -> Card:
        """A layer that is repeated by itself."""
        line = self.line(path, row)
        line.name = title if copies == 1 else f"{title} × {copies}"
        return Card(row.name, [line])

    def framed(
        self, path: str, title: str, what: str, items: list[Card | Block], copies: Dim
    ) -> Card | Block:
        """A frame around parts; of a single card, its title."""
        many = "" if isinstance(copies, int) and copies == 1 else f"× {write(copies)}"
        about = " ".join(filter(None, [what, many]))
        if len(items) == 1 and isinstance(items[0], Card) and not items[0].title:
            items[0].title, items[0].about = title, about
            return items[0]
        return Block(path, title, about, items, copies)

    # -- wires

    def wires(self, items: Sequence[Card | Block]) -> list[Wire]:
        """Every wire between cards, each pair of them once."""
        card = {line.row.name: each.key for each in cards(items) for line in each.lines}
        card |= {key: key for key in self.ends.titles}
        found: dict[tuple[str, str], dict[str, None]] = {}
        named: dict[tuple[str, str], None] = {}
        tensors: set[str] = set()
        for target, key in card.items():
            for source, tensor in self.sources.get(target, ()):
                pair = card[self.copies.drawn(source)], key
                if pair[0] == key:
                    continue
                found.setdefault(pair, {})[write(self.net.graph.shape(tensor))] = None
                if tensor not in tensors:
                    tensors.add(tensor)
                    named[pair] = None
        passing = skips(list(card.values()), list(found))
        return [Wire(*pair, tuple(shapes), pair in passing, pair in named) for pair, shapes in found.items()]
