"""The table of a page: a row for each layer, blocks as rows of their own above theirs, and the total."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from archcalc.folding import MOST, Folded, summary, times
from archcalc.quantities import COUNTED, TABLE
from archcalc.render.figures import write
from archcalc.web.markup import Markup, joined, tag

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row
    from archcalc.web.program import Program

COLUMNS = COUNTED
"""Figures of a row, in the order in which the page's data has them."""


class Entry(NamedTuple):
    """A row of the table: a layer, a block, or the total; the block that it stands in, by its place."""

    row: Row
    parent: int = -1

    @property
    def folds(self) -> bool:
        """Whether it is the sum of rows that stand under it."""
        return isinstance(self.row, Folded)

    @property
    def op(self) -> str:
        """What one would say of it; nothing of the total."""
        return self.row.op if self.row.nodes and self.row.name != "total" else ""


def entries(net: Analysis) -> list[Entry]:
    """Every row in order, blocks before what they hold, where there are many; the total last."""
    found: list[Entry] = []
    for row in summary(net, MOST):
        found.append(Entry(row))
        if isinstance(row, Folded):
            place = len(found) - 1
            found += [Entry(inner, place) for inner in row.rows]
    return [*found, Entry(net.total)]


def figures(entry: Entry, program: Program) -> list[int]:
    """The places of an entry's figures."""
    return [program.place(entry.row[quantity]) for quantity in COLUMNS]


def shape(entry: Entry, program: Program) -> list[int]:
    """The places of the sides of what it gives."""
    return [program.place(side) for side in entry.row.output] if entry.op else []


def copies(entry: Entry, program: Program) -> int:
    """The place of how many alike it stands for; of a block whose copies are not all alike, of all."""
    every = {node.times for node in entry.row.nodes} if entry.op else {1}
    return program.place(every.pop() if len(every) == 1 else times(entry.row))


def columns(net: Analysis) -> list[str]:
    """The figures that the table has a column for: params and MACs, and what is anywhere more than none."""
    return [q for q in COLUMNS if q in ("params", "macs", "flops") or any(row[q] != 0 for row in net.rows)]


def table(found: list[Entry], shown: list[str], name: str, marks: dict[tuple[str, str], str]) -> Markup:
    """The table as it stands in the file, at the sizes of the network given."""
    heads = [tag("th", _sorter("layer", "order"), scope="col", class_="name"), _head("output", "output")]
    heads += [_head(TABLE[q].header, q) for q in shown]
    heads.append(_head("share", "share"))
    body = [_row(i, entry, shown, marks) for i, entry in enumerate(found[:-1])]
    caption = tag("caption", f"The layers of {name}, per example", class_="quiet")
    return tag(
        "table",
        caption,
        tag("thead", tag("tr", joined(heads))),
        tag("tbody", joined(body, "\n")),
        tag("tfoot", _row(len(found) - 1, found[-1], shown, marks)),
        id="layers",
    )


def _head(words: str, key: str) -> Markup:
    return tag("th", _sorter(words, key), scope="col", aria_sort="none")


def _sorter(words: str, key: str) -> Markup:
    return tag("button", words, type="button", data_sort=key)


def _row(place: int, entry: Entry, shown: list[str], marks: dict[tuple[str, str], str]) -> Markup:
    """A row: its figures as plain text, which the script makes buttons of; the share is the script's."""
    row = entry.row
    cells = [tag("th", _named(entry), scope="row", class_="name")]
    figures = {"output": write(row.output) if entry.op else ""} | {q: write(row[q]) for q in shown}
    cells += [tag("td", text, class_=marks.get((row.name, q))) for q, text in figures.items()]
    cells.append(tag("td"))
    sort = "block" if entry.folds else "inner" if entry.parent >= 0 else None
    return tag(
        "tr", joined(cells), data_row=place, data_family=family(entry) if entry.op else None, class_=sort
    )


def _named(entry: Entry) -> Markup:
    lead = tag("span", entry.row.name, class_="label")
    if entry.folds:
        lead = tag("button", lead, type="button", aria_expanded="false", class_="fold")
    return joined((lead, " ", tag("span", entry.op, class_="op"))) if entry.op else lead


def family(entry: Entry) -> str:
    """What sort of layer it is, for its colour; of a block whose layers are of several sorts, nothing."""
    families = {node.layer.family for node in entry.row.main}
    return "" if entry.folds and len(families) > 1 else entry.row.family


def rules() -> str:
    """The colours of families of kinds, light and dark, as rules of a style sheet."""
    from archcalc.drawing.colours import FAMILIES, OTHER, themed

    light, dark = [], []
    for name, (fill, line) in {**FAMILIES, "": OTHER}.items():
        chosen = f"[data-family='{name}']"
        shade, edge = re.findall("#[0-9a-f]{6}", themed(f'<g fill="{fill}" stroke="{line}"/>', "dark"))
        light.append(f"{chosen}{{--fill:{fill};--line:{line}}}")
        dark.append(f"{chosen}{{--fill:{shade};--line:{edge}}}")
    return f"{''.join(light)}@media screen and (prefers-color-scheme:dark){{{''.join(dark)}}}"
