"""The layers of a network in words, one after the other: what each reads, does and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.folding import Folded, reads
from archcalc.render.figures import write
from archcalc.web.markup import Markup, joined, tag
from archcalc.web.plainly import made_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis import Row
    from archcalc.web.rows import Entry


_MOST = 24  # layers of a block that anybody reads


class Walk:
    """The rows of a page's table in words; of blocks that are alike, the layers of the first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries[:-1]
        self.first: dict[tuple[str, int], int] = {}  # by what a block is called, and how many layers it has
        for i, entry in enumerate(self.entries):
            if entry.folds:
                self.first.setdefault(_kind(entry.row), i)
        self.opened = {i for (_, layers), i in self.first.items() if layers <= _MOST}

    def tells(self, place: int) -> bool:
        """Whether there is a sentence for a row."""
        parent = self.entries[place].parent
        return parent < 0 or parent in self.opened

    def written(
        self, said: Mapping[str, str], shapes: Mapping[str, str], pictures: Mapping[str, Markup]
    ) -> Markup:
        """The list: a sentence, and a picture where there is one, for each row by its name."""

        def items(parent: int) -> Markup:
            inside = [(i, entry.row) for i, entry in enumerate(self.entries) if entry.parent == parent]
            lead = f"{self.entries[parent].row.name}." if parent >= 0 else ""
            return joined((item(i, row, row.name.removeprefix(lead)) for i, row in inside), "\n")

        def item(place: int, row: Row, name: str) -> Markup:
            head = tag("p", tag("strong", name), *_ends(place, row, shapes))
            if not isinstance(row, Folded):
                return tag("li", head, tag("p", said[row.name], data_says=place), pictures.get(row.name, ""))
            first = self.first[_kind(row)]
            if first != place:
                return tag("li", head, tag("p", f"A block like {self.entries[first].row.name}."))
            inside = tag("details", tag("summary", "what is in it"), tag("ol", items(place)))
            return tag("li", head, tag("p", made_of(row)), inside if place in self.opened else "")

        return tag("ol", items(-1), class_="walk")


def _kind(row: Row) -> tuple[str, int]:
    assert isinstance(row, Folded)
    return row.op, len(row.rows)


def _ends(place: int, row: Row, shapes: Mapping[str, str]) -> tuple[Markup, ...]:
    """What a row is, reads and gives."""
    read = map(write, reads(row))
    reading = joined((tag("span", text, data_sides=shapes.get(text, "")) for text in read), " + ")
    gives = tag("span", write(row.output), data_gives=place)
    return tag("span", f" {row.op} ", class_="op"), tag("span", reading, " → ", gives, class_="shapes")
