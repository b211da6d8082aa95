"""What in the texts of a page follows the sliders, by how it is written there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from archcalc.drawing.faces import counted
from archcalc.folding import times
from archcalc.render.figures import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis
    from archcalc.web.program import Program
    from archcalc.web.rows import Entry


class Live:
    """Figures of a network in letters beside those in numbers, and texts with places, each once."""

    def __init__(
        self, letters: Analysis, numbers: Analysis, rows: Sequence[tuple[Entry, Entry]], program: Program
    ) -> None:
        self.letters = letters
        self.numbers = numbers
        self.rows = rows  # of the table, in letters and in numbers
        self.program = program
        self.texts: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text with places in it."""
        return self.texts.setdefault(text, len(self.texts))

    @cached_property
    def tops(self) -> list[int]:
        """The rows of the table that stand in no other."""
        return [i for i, (entry, _) in enumerate(self.rows[:-1]) if entry.parent < 0]

    @cached_property
    def counts(self) -> dict[int, str]:
        """What there is to count of a row."""
        return {i: counted(self.rows[i][1].row) for i in self.tops}

    @cached_property
    def times(self) -> dict[int, tuple[str, str]]:
        """How many there are of a row, and that with a place for the number, where it moves."""
        found = {}
        for i in self.tops:
            count, given = (times(entry.row) for entry in self.rows[i])
            if not isinstance(count, int):
                found[i] = f"× {given:,}", f"× {self.program.marked(count)}"
        return found

    @cached_property
    def copies(self) -> dict[str, str]:
        """How many there are of a block, with a place; of several that are written alike, the block alone."""
        found: dict[str, set[str]] = {}
        for path, group in self.letters.graph.groups.items():
            given = self.numbers.graph.groups[path].copies
            for sign in "×x" if not isinstance(group.copies, int) else "":
                lead = f"{group.block} {sign} ".lstrip()
                found.setdefault(f"{lead}{given:,}", set()).add(lead + self.program.marked(group.copies))
        blocks = {text: text.rpartition(" ")[0][:-1].strip() for text in found}
        return {text: told.pop() if len(told) == 1 else blocks[text] for text, told in found.items()}

    @cached_property
    def shapes(self) -> dict[str, str]:
        """The places of the sides of each shape; nothing where several are written alike."""
        pairs = [(own.row.output, entry.row.output) for own, entry in self.rows]
        inputs = zip(self.letters.graph.inputs.values(), self.numbers.graph.inputs.values(), strict=True)
        found: dict[str, set[str]] = {}
        for formula, number in (*pairs, *inputs):
            lead = "@ " if number.axes[:1] == ("C",) else ""
            sides = " ".join(str(self.program.place(side)) for side in formula)
            found.setdefault(write(number), set()).add(f"{lead}{sides}")
        return {text: sides.pop() if len(sides) == 1 else "" for text, sides in found.items() if text}
