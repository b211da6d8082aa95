"""Styled lines, and tables laid out so that no number or shape is ever cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archcalc.errors import printable, wide

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span: TypeAlias = "tuple[str, str]"
"""A text and its style: "", name, op, good, bad, warn or dim."""
Line: TypeAlias = "list[Span]"

# colours of a notebook, which read alike on a white page and on a dark one
_INLINE = {
    "name": "font-weight:bold", "op": "color:#00858a", "good": "color:#1d8b36", "bad": "color:#e0443a",
    "warn": "color:#a67200", "dim": "opacity:.7",
}  # fmt: skip
STYLES = {"name": "bold", "op": "cyan", "good": "green", "bad": "red", "warn": "yellow", "dim": "dim"}
SIGNS = {
    "−": "-", "·": "*", "×": "x", "²": "**2", "³": "**3", "^": "**", "≥": ">=", "≤": "<=",
    "⌊": "floor(", "⌋": ")", "⌈": "ceiling(", "⌉": ")",
}  # fmt: skip
"""Signs of formulas, and what a program reads instead."""
WIDEST = 100  # columns of prose and of what stands at the right, however wide the terminal
_SPLIT = 50  # columns from which two tables read better than cards


class Page:
    """Lines of styled text. It shows itself as plain text, or in colour through rich.

    Every text comes in by one door, where it loses what could steer a terminal or a build's log.
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines: list[Line] = []
        self.extend(lines)

    def add(self, *spans: Span | str) -> None:
        """One more line."""
        self.lines.append(_harmless([(span, "") if isinstance(span, str) else span for span in spans]))

    def extend(self, lines: Iterable[Line]) -> None:
        """More lines."""
        for line in lines:
            self.add(*line)

    def beside(self, *spans: Span) -> None:
        """More at the end of the last line."""
        self.lines[-1] = _harmless([*self.lines[-1], *spans])

    def title(self, name: str, about: str, width: int | None, gap: str = "   ") -> None:
        """A name and what is to be said of it, on one line where both fit."""
        if width is None or wide(printable(f" {name}{gap}{about}")) <= width:
            self.add((f" {name}", "name"), (f"{gap}{about}" if about else "", "dim"))
            return
        self.extend([(line, "name")] for line in wrap(name, width, " "))
        self.extend([(line, "dim")] for line in wrap(about, width, " ") if about)

    def flow(self, groups: Iterable[Line], width: int | None, gap: str = "   ") -> None:
        """Phrases one after the other, a new line before one that does not fit."""
        used = 0
        for group in groups:
            size = wide("".join(text for text, _ in group))
            if used and (width is None or used + len(gap) + size <= width):
                self.beside((gap, ""), *group)
                used += len(gap) + size
            else:
                self.extend(_broken(group, width))
                used = wide("".join(text for text, _ in self.lines[-1]))

    def __str__(self) -> str:
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self.lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        lines = ("".join(_inline(*span) for span in line).rstrip() for line in self.lines)
        return '<pre style="background:none;overflow-x:auto">{}</pre>'.format("\n".join(lines).strip("\n"))

    def __rich__(self) -> Any:
        from rich.text import Text

        whole = Text(no_wrap=True, overflow="ignore", end="")
        for i, line in enumerate(self.lines):
            whole.append("\n" if i else "")
            for text, style in line:
                whole.append(text, STYLES.get(style, ""))
        return whole


def _inline(text: str, style: str) -> str:
    """A text in its style, as HTML."""
    from html import escape

    return f'<span style="{_INLINE[style]}">{escape(text)}</span>' if text and style else escape(text)


def _broken(group: Line, width: int | None) -> list[Line]:
    """A phrase on lines of its own, its first span in its own style."""
    (head, style), *rest = group
    first, *more = wrap("".join(text for text, _ in group), width, " ")
    other = rest[-1][1] if rest else style
    return [
        [(first[: 1 + len(head)], style), (first[1 + len(head) :], other)],
        *([(line, other)] for line in more),
    ]


def _harmless(line: Line) -> Line:
    """A line that steers no terminal, and that a build's log does not take for a command."""
    whole = "".join([text for text, _ in line])
    if not whole.isprintable():
        line = [(printable(text), style) for text, style in line]
        whole = "".join([text for text, _ in line])
    if "##[" not in whole and not whole.lstrip().startswith("::"):
        return line
    return [(text.replace("#", "# ").replace("::", ": :"), style) for text, style in line]


def wrap(text: str, width: int | None, indent: str = "") -> list[str]:
    """A sentence in lines of at most `width` columns, words whole; one line where there is no limit."""
    text = printable(text.replace("\n", " "))
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


def equation(text: str, width: int | None, indent: str = "") -> list[str]:
    """A chain of equals in lines; where one is too long it breaks before an equals sign."""
    first, *rest = text.split("  =  ")
    lines = wrap(first, width, indent)
    for part in rest:
        more = f"=  {part}"
        if width is None or wide(lines[-1]) + 2 + wide(more) <= width:
            lines[-1] += f"  {more}"
        else:
            lines += wrap(more, width, indent)
    return lines


def pad(text: str, size: int, *, right: bool = False) -> str:
    """A text filled up with spaces, at its right or at its left."""
    space = " " * (size - wide(text))
    return space + text if right else text + space


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
        self.rows = [_printable(row) for row in rows]  # before they are measured
        self.totals = [_printable(row) for row in totals]

    def lines(self, width: int | None = None) -> list[Line]:
        """The table at a width: gaps shrink, a column sinks under the name, two tables, then cards."""
        everything, flat = self._everything(), self._flat()
        for shown, gap in ((everything, 2), (everything, 1), (flat, 2), (flat, 1)):
            sizes = self.sizes(shown)
            if width is None or _across(sizes, gap) <= width:
                return list(self.laid_out(shown, sizes, gap, width))
        parts = self.halves(width) if width and width >= _SPLIT else ()
        if parts:
            upper, lower = (part.lines(width) for part in parts)
            return [*upper, [], *lower]
        return list(self.cards(width))

    def _everything(self) -> list[int]:
        return list(range(len(self.columns)))

    def _flat(self) -> list[int]:
        return [i for i in self._everything() if not self.columns[i].sinks]

    def halves(self, width: int) -> Sequence[Table]:
        """Two tables that fit, the name in both, as alike in width as may be; none where that is in vain."""
        name, *rest = self._flat()
        found = []
        for cut in range(1, len(rest)):
            parts = [self.only(self._sunk() + rest[:cut], name), self.only(rest[cut:], name)]
            widest = max(_across(part.sizes(part._flat()), 1) for part in parts)  # noqa: SLF001  (its own kind)
            found.append((widest, cut, parts))
        widest, _, parts = min(found, default=(width + 1, 0, []))
        return parts if widest <= width else ()

    def _sunk(self) -> list[int]:
        return [i for i in self._everything() if self.columns[i].sinks]

    def fits(self, width: int | None) -> bool:
        """Whether its figures stand side by side at this width."""
        return width is None or _across(self.sizes(self._flat()), 1) <= width

    def only(self, chosen: Sequence[int], name: int) -> Table:
        """The table with some of its columns; totals that have nothing left to say are left out."""
        chosen = [name, *chosen]
        rows, totals = ([[row[i] for i in chosen] for row in part] for part in (self.rows, self.totals))
        columns = [self.columns[i] for i in chosen]
        return Table(columns, rows, [row for row in totals if any(row[1:])], closed=self.closed)

    def sizes(self, shown: Sequence[int]) -> list[int]:
        """The widths of some columns."""
        cells = [[c.header for c in self.columns], *self.rows, *self.totals]
        return [_widest([row[i] for row in cells]) for i in shown]

    def laid_out(
        self, shown: Sequence[int], sizes: Sequence[int], gap: int, width: int | None
    ) -> Iterable[Line]:
        """Headers, rows and totals; what is not shown as a column stands under the name."""
        left = " " * margin(gap)
        rule = [(left + "─" * (_across(sizes, gap) - margin(gap)), "dim")]
        yield self.line([c.header for c in self.columns], shown, sizes, gap, header=True)
        yield rule
        sunk = [i for i in range(len(self.columns)) if i not in shown]
        for row in self.rows:
            yield self.line(row, shown, sizes, gap)
            for i in sunk:
                if row[i]:
                    yield from ([(line, self.columns[i].style)] for line in wrap(row[i], width, left + "  "))
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
        """A row under its headers."""
        spans: Line = [(" " * margin(gap), "")]
        for place, (i, size) in enumerate(zip(shown, sizes, strict=True)):
            column, cell = self.columns[i], row[i]
            space = " " * (size - wide(cell))
            style = "dim" if header or cell in ("0", "·") else column.style
            before = " " * gap if place else ""
            if column.right:
                spans += [(before + space, ""), (cell, style)]
            else:
                spans += [(before, ""), (cell, style), (space if place < len(shown) - 1 else "", "")]
        return spans

    def cards(self, width: int | None) -> Iterable[Line]:
        """A card for each row: its name, then a line for each figure."""
        for row in [*self.rows, *self.totals]:
            yield from ([(line, "name")] for line in wrap(row[0], width))
            for column, cell in list(zip(self.columns, row, strict=True))[1:]:
                if not cell:
                    continue
                if column.sinks:
                    yield from ([(line, column.style)] for line in wrap(cell, width, "  "))
                    continue
                space = (width or 40) - 2 - wide(column.header) - wide(cell)
                if space > 0:
                    yield [("  ", ""), (column.header, "dim"), (" " * space, ""), (cell, column.style)]
                    continue
                yield [("  ", ""), (column.header, "dim")]
                yield from ([(line, column.style)] for line in wrap(cell, width, " " * 4))


def _printable(row: Sequence[str]) -> list[str]:
    """Cells without what could steer a terminal."""
    return list(row) if "".join(row).isprintable() else list(map(printable, row))


def _widest(texts: Sequence[str]) -> int:
    """Columns of the widest text."""
    return max(map(len if "".join(texts).isascii() else wide, texts))


def _across(sizes: Sequence[int], gap: int) -> int:
    """Columns that a table takes, its margin included."""
    return sum(sizes) + gap * (len(sizes) - 1) + margin(gap)


def margin(gap: int) -> int:
    """Columns left free at the left: one, where there is room."""
    return 1 if gap > 1 else 0
