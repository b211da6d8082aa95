"""Styled lines, and tables laid out so that no number or shape is ever cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archcalc.errors import printable, wide

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span: TypeAlias = "tuple[str, str]"
"""A text and its style: "", name, op, good, bad, warn or dim."""
Line: TypeAlias = "list[Span]"

STYLES = {"name": "bold", "op": "cyan", "good": "green", "bad": "red", "warn": "yellow", "dim": "dim"}
_CARDS = "cards"


class Page:
    """Lines of styled text. It shows itself as plain text, or in colour through rich."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines: list[Line] = list(lines)

    def add(self, *spans: Span | str) -> None:
        """One more line."""
        self.lines.append([(span, "") if isinstance(span, str) else span for span in spans])

    def extend(self, lines: Iterable[Line]) -> None:
        """More lines."""
        self.lines.extend(lines)

    def __str__(self) -> str:
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self.lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"

    def __rich__(self) -> Any:
        from rich.text import Text

        whole = Text(no_wrap=True, overflow="ignore", end="")
        for i, line in enumerate(self.lines):
            whole.append("\n" if i else "")
            for text, style in line:
                whole.append(text, STYLES.get(style, ""))
        return whole


def wrap(text: str, width: int | None, indent: str = "") -> list[str]:
    """A sentence in lines of at most `width` columns, words whole; one line where there is no limit."""
    if width is None or wide(indent + text) <= width:
        return [indent + text]
    lines, current = [], indent
    for word in text.split(" "):
        if current.strip() and wide(current) + 1 + wide(word) > width:
            lines.append(current)
            current = indent + word
        else:
            current += (" " if current.strip() else "") + word
    return [*lines, current]


class Column(NamedTuple):
    """A column's header and side, and whether it moves under the first where there is no room."""

    header: str
    right: bool = True
    style: str = ""
    sinks: bool = False


class Table:
    """Rows of cells under headers, two rules and a total; numbers right, words left."""

    def __init__(self, columns: Sequence[Column], rows: Sequence[Sequence[str]],
                 totals: Sequence[Sequence[str]] = (), *, closed: bool = False) -> None:  # fmt: skip
        self.closed = closed  # with a rule at the end
        self.columns = list(columns)
        self.rows = [list(map(printable, row)) for row in rows]
        self.totals = [list(map(printable, row)) for row in totals]

    def lines(self, width: int | None = None) -> list[Line]:
        """The table at a width: gaps shrink, then a column sinks under the name, then cards."""
        everything = range(len(self.columns))
        flat = [i for i in everything if not self.columns[i].sinks]
        for shown, gap in ((list(everything), 2), (list(everything), 1), (flat, 2), (flat, 1)):
            sizes = self.sizes(shown)
            if width is None or sum(sizes) + gap * (len(sizes) - 1) + margin(gap) <= width:
                return list(self.laid_out(shown, sizes, gap))
        return list(self.cards(width))

    def sizes(self, shown: Sequence[int]) -> list[int]:
        cells = [[c.header for c in self.columns], *self.rows, *self.totals]
        return [max(wide(row[i]) for row in cells) for i in shown]

    def width(self, width: int | None = None) -> int:
        """Columns that the table takes at a width."""
        return max(sum(wide(text) for text, _ in line) for line in self.lines(width))

    def laid_out(self, shown: Sequence[int], sizes: Sequence[int], gap: int) -> Iterable[Line]:
        left = " " * margin(gap)
        rule = [(left + "─" * (sum(sizes) + gap * (len(sizes) - 1)), "dim")]
        yield self.line([c.header for c in self.columns], shown, sizes, gap, header=True)
        yield rule
        sunk = [i for i in range(len(self.columns)) if i not in shown]
        for row in self.rows:
            yield self.line(row, shown, sizes, gap)
            for i in sunk:
                if row[i]:
                    yield [(left + "  ", ""), (row[i], self.columns[i].style)]
        if self.totals:
            yield rule
        yield from (self.line(row, shown, sizes, gap) for row in self.totals)
        if self.closed:
            yield rule

    def line(
        self,
        row: Sequence[str],
        shown: Sequence[int],
        sizes: Sequence[int],
        gap: int,
        *,
        header: bool = False,
    ) -> Line:
        spans: Line = [(" " * margin(gap), "")]
        for place, (i, size) in enumerate(zip(shown, sizes, strict=True)):
            column = self.columns[i]
            space = " " * (size - wide(row[i]))
            style = "dim" if header or row[i] in ("0", "·") else column.style
            if place:
                spans.append((" " * gap, ""))
            last = place == len(shown) - 1
            spans += [(space, ""), (row[i], style)] if column.right else [(row[i], style)]
            if not column.right and not last:
                spans.append((space, ""))
        return spans

    def cards(self, width: int | None) -> Iterable[Line]:
        """A card for each row: its name, then a line for each figure."""
        for row in [*self.rows, *self.totals]:
            yield [(row[0], "name")]
            for column, cell in list(zip(self.columns, row, strict=True))[1:]:
                if not cell:
                    continue
                if column.sinks:
                    yield [("  " + cell, column.style)]
                    continue
                space = " " * max(1, (width or 40) - 2 - wide(column.header) - wide(cell))
                yield [("  ", ""), (column.header, "dim"), (space, ""), (cell, column.style)]


def margin(gap: int) -> int:
    """Columns left free at the left: one, where there is room."""
    return 1 if gap > 1 else 0
