"""A diagram put on its sheet: cards, frames and wires where Graphviz has them, a heading, a legend."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from archcalc.drawing.arranging import EDGE, HEADING, LEGEND, arranged, extent, scaled
from archcalc.drawing.colours import INK, LINE, OTHER, RULE, SHADE, SHADE_2, SKIP, SOFT
from archcalc.drawing.curves import along, arrow
from archcalc.drawing.dot import label
from archcalc.drawing.faces import SIZE, SMALL, counted
from archcalc.drawing.lettering import shortened, width
from archcalc.drawing.scene import Area, Curve, Frame, Group, Scene, Words
from archcalc.errors import printable
from archcalc.folding import reads
from archcalc.render.figures import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archcalc.analysis import Row
    from archcalc.drawing.faces import Face, Text
    from archcalc.drawing.layout import Places
    from archcalc.drawing.pages import Paper
    from archcalc.drawing.paints import Paints
    from archcalc.drawing.parts import Block, Diagram, Line
    from archcalc.drawing.scene import Box, Mark, Point


def picture(
    diagram: Diagram,
    faces: Mapping[str, Face],
    paints: Paints,
    source: str,
    direction: str,
    sheet: Paper | None,
) -> Scene:
    """The whole picture."""
    found = arranged(source, diagram, direction, sheet)
    return _Sheet(diagram, faces, paints, found, down=direction == "down").scene(sheet)


def totals(whole: Row) -> str:
    """What all that is drawn comes to."""
    words = {"params": "parameters", "connections": "connections", "macs": "MACs"}
    known = [(whole[figure], word) for figure, word in words.items()]
    return ", ".join(f"{write(value)} {word}" for value, word in known if value is not None)


class _Sheet:
    """Draws one diagram whose places are known."""

    def __init__(
        self, diagram: Diagram, faces: Mapping[str, Face], paints: Paints, found: Places, *, down: bool
    ) -> None:
        self.down = down
        self.diagram = diagram
        self.faces = faces
        self.paints = paints
        self.found = found
        left, top, right, bottom = extent(found)
        more = (
            max(0.0, width(totals(diagram.whole), SIZE) - (right - left)) / 2
        )  # the diagram is in the middle
        self.extent = left - more, top, right + more, bottom

    def scene(self, sheet: Paper | None) -> Scene:
        """The picture, as large as what is on it, or as the page."""
        left, top, right, bottom = self.extent
        heading = self.heading()
        legend, rows = self.legend(max(right - left, 240.0))
        wide = max(right, *(mark.box[2] for mark in heading)) - left + 2 * EDGE
        high = bottom - top + HEADING + rows * LEGEND + 2 * EDGE
        marks = (*heading, *self.frames(), *self.wires(), *self.cards(), *legend)
        x, y, scale = left - EDGE, top - EDGE - HEADING, 1.0
        if sheet:
            scale, (paper_wide, paper_high) = scaled(wide, high, sheet)
            x -= (paper_wide / scale - wide) / 2
            y -= (paper_high / scale - high) / 2
            wide, high = paper_wide / scale, paper_high / scale
        return Scene(wide, high, self.diagram.name, self.about(), marks, scale, (x, y))

    def about(self) -> str:
        """What it shows, for those who do not see it."""
        rows = sum(len(line.places) for card in self.diagram.cards for line in card.lines)
        ends = [card for card in self.diagram.cards if not card.lines]
        shapes = {wire.source: wire for wire in self.diagram.wires}
        shapes |= {wire.target: wire for wire in self.diagram.wires}
        given = ", ".join(f"{card.title} {', '.join(shapes[card.key].shapes)}" for card in ends)
        return f"A graph of {rows:,} {'row' if rows == 1 else 'rows'}: {given}; {totals(self.diagram.whole)}."

    # -- around the diagram

    def heading(self) -> list[Words]:
        """The name, and what it comes to."""
        left, top, *_ = self.extent
        name = shortened(printable(self.diagram.name), 400.0, 15.0, bold=True)
        return [
            Words(left, top - HEADING + 12.0, name, 15.0, bold=True),
            Words(left, top - HEADING + 26.0, totals(self.diagram.whole), SIZE, SOFT),
        ]

    def legend(self, room: float) -> tuple[list[Mark], int]:
        """What the colours mean, in as many lines as it takes."""
        left, _, _, bottom = self.extent
        x, y, rows = left, bottom + LEGEND + 2.0, 1
        marks: list[Mark] = []
        if self.paints.title:
            marks.append(Words(x, y, self.paints.title, SMALL, SOFT))
            y, rows = y + LEGEND, 2
        entries: list[tuple[tuple[str, str], str]] = list(self.paints.legend)
        if any(wire.skips for wire in self.diagram.wires):
            entries.append((("", SKIP), "skip connection"))
        for (fill, line), word in entries:
            wide = 16.0 + width(word, SMALL) + 12.0
            if x > left and x + wide - left > room:
                x, y, rows = left, y + LEGEND, rows + 1
            if fill:
                marks.append(Frame((x, y - 8.0, x + 11.0, y + 1.0), fill, line, 0.8, (2.0, 2.0)))
            else:
                marks.append(
                    Curve(((x, y - 3.5), (x + 4, y - 3.5), (x + 8, y - 3.5), (x + 12, y - 3.5)), line, 1.2)
                )
            marks.append(Words(x + 16.0, y, word, SMALL, SOFT))
            x += wide
        return [Group("legend", tuple(marks))], rows + 1

    # -- blocks

    def frames(self) -> Iterator[Mark]:
        """The frames of blocks, the outer beneath the inner, each with its name."""
        depth = {block.path: 0 for block in self.diagram.blocks}
        for block in self.diagram.blocks:
            depth[block.path] = sum(block.path.startswith(f"{path}.") for path in depth)
        for block in self.diagram.blocks:
            shade = SHADE_2 if depth[block.path] % 2 else SHADE
            marks: list[Mark] = []
            for i, box in enumerate(self.found.blocks[block.path]):
                marks += [Frame(box, shade, RULE), *self.name(block, box, again=i > 0)]
            yield Group("block", tuple(marks), self.told(block))

    def name(self, block: Block, box: Box, *, again: bool) -> list[Words]:
        """What a block is, in two lines or in one, where no wire comes in."""
        left, top, right, _ = box
        title = printable(block.title) + (" …" if again else "")
        about = printable(block.about)
        wide = [width(title, SIZE, bold=True), width(about, SMALL)]
        stacked = self.down and not again
        room = max(wide) if stacked else sum(wide) + 5.0
        x, room = self.spot(left + 7.0, right - 7.0, top, room)
        found = [Words(x, top + 11.5, shortened(title, room, SIZE, bold=True), SIZE, bold=True)]
        if not stacked:
            x, room = x + wide[0] + 5.0, room - wide[0] - 5.0
        if about and room > 10.0:
            found.append(
                Words(x, top + (22.5 if stacked else 11.5), shortened(about, room, SMALL), SMALL, SOFT)
            )
        return found

    def spot(self, left: float, right: float, top: float, room: float) -> tuple[float, float]:
        """Where so wide a text stands at the top of a frame beside the wires, and how much room it has."""
        passing = [
            x for line in self.lines for x, y in line if top - 1 < y < top + 26 and left - 7 < x < right + 7
        ]
        ends = [left - 4.0, *sorted(passing), right + 4.0]
        free = [(a + 4.0, b - a - 8.0) for a, b in pairwise(ends)]
        for x, wide in free:
            if wide >= room:
                return x, room
        return max(free, key=lambda each: each[1])

    @cached_property
    def lines(self) -> list[list[Point]]:
        """Points along each wire, no two more than a little apart."""
        return [list(along(bend)) for bend in self.found.wires.values()]

    def told(self, block: Block) -> str:
        """Its figures, for a reader who asks."""
        from archcalc.analysis import add

        whole = add(block.path, block.rows)
        figures = counted(whole)
        return ": ".join(filter(None, [" ".join(filter(None, [block.path, block.about])), figures]))

    # -- wires

    def wires(self) -> Iterator[Mark]:
        """The wires, those that pass others by beneath, as they may go together for a while."""
        for wire in sorted(self.diagram.wires, key=lambda wire: not wire.skips):
            bend = self.found.wires[wire.source, wire.target]
            colour = SKIP if wire.skips else LINE
            marks: list[Mark] = [
                Curve(bend.points, colour, 1.3 if wire.skips else 0.9),
                Area(arrow(bend.points[-1], bend.tip), colour),
            ]
            if bend.label:
                x, y = bend.label
                marks.append(Words(x, y + 0.36 * SMALL, label(wire).strip(), SMALL, SOFT, "middle"))
            yield Group("wire", tuple(marks))

    # -- cards

    def cards(self) -> Iterator[Mark]:
        """The cards, a group for each row."""
        for card in self.diagram.cards:
            left, top, right, _ = self.found.cards[card.key]
            face = self.faces[card.key]
            marks: list[Mark] = []
            for i, strip in enumerate(face.strips):
                fill, line = self.paints.of(strip.line or card.lines[0]) if card.lines else OTHER
                ends = (4.0 if i == 0 else 0.0, 4.0 if i == len(face.strips) - 1 else 0.0)
                frame = Frame((left, top + strip.top, right, top + strip.bottom), fill, line, 0.8, ends)
                words = [self.written(text, left, top) for text in strip.texts]
                if strip.line:
                    marks.append(Group("layer", (frame, *words), _told(strip.line), tuple(strip.line.places)))
                else:
                    marks += [frame, *words]
            yield Group("card", tuple(marks))

    def written(self, text: Text, left: float, top: float) -> Words:
        """Words on a card."""
        colour = INK if self.paints.strong else text.colour
        return Words(left + text.x, top + text.y, text.text, text.size, colour, "start", text.bold)


def _told(line: Line) -> str:
    """A row's figures in full, for a reader who asks."""
    row = line.row
    shapes = f"{' + '.join(map(write, reads(row)))} → {write(row.output)}"
    more = f"{len(line.rows)} alike, each " if len(line.rows) > 1 else ""
    figures = ", ".join(
        f"{write(row[figure])} {word}"
        for figure, word in (
            ("params", "parameters"),
            ("fixed", "fixed"),
            ("macs", "MACs"),
            ("flops", "FLOPs"),
        )
        if row[figure] is not None
        and not (figure == "fixed" and isinstance(row.fixed, int) and not row.fixed)
    )
    return f"{row.name}: {line.said}; {shapes}; {more}{figures}"
