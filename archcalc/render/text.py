"""Reports as Markdown, LaTeX and CSV: exact, escaped, and nothing cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archcalc import __version__
from archcalc.dims import Shape
from archcalc.errors import printable, wide
from archcalc.folding import said
from archcalc.quantities import CONVENTIONAL
from archcalc.render.counted import short_rule
from archcalc.render.figures import HEADERS, Share, plain, write
from archcalc.spec.values import SUMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcalc.analysis import Analysis
    from archcalc.render.figures import Report

    Chosen: TypeAlias = Sequence[str] | None  # columns of a comparison


class Grid(NamedTuple):
    """Cells under headers, and what stands below: what each format writes."""

    heads: list[str]
    body: list[list[object]]
    total: list[object]
    words: int  # columns at the left that hold words
    rule: str  # by which the figures were counted
    mark: str = ""  # the convention's name, which stands behind the headers of what it counts in CSV


def grid(nets: Sequence[Analysis], reports: Sequence[Report], chosen: Chosen = None) -> Grid:
    """Layers of one network, or totals of several under columns chosen."""
    rule, convention = short_rule(nets[0]), nets[0].convention
    mark = convention.name if convention else ""
    if len(nets) > 1:
        from archcalc.render.table import compared

        columns, rows = compared(nets, chosen)
        heads = ["network", *(HEADERS.get(c, c) for c in columns)]
        return Grid(heads, [[name, *figures] for name, figures in rows], [], 1, rule, mark)
    report = reports[0]
    heads = ["layer", "op", *(report.header(c) for c in report.columns)]
    others = report.view.others
    body: list[list[object]] = [
        [row.name, said(row), *(report.value(row, c) for c in report.columns)]
        for row in ([*report.rows, others] if others else report.rows)
    ]
    total = ["total", "", *(report.total(c) if c in SUMS else "" for c in report.columns)]
    return Grid(heads, body, total, 2, rule, mark)


def markdown(grid: Grid) -> str:
    """A pipe table, aligned to be read as text too."""
    heads, body, total, words, rule, _ = grid
    rows = [[pipe(write(cell)) for cell in row] for row in ([*body, total] if total else body)]
    heads = [pipe(head) for head in heads]
    sizes = [max(wide(row[i]) for row in [heads, *rows]) for i in range(len(heads))]

    def line(row: list[str]) -> str:
        cells = []
        for i, (cell, size) in enumerate(zip(row, sizes, strict=True)):
            space = " " * (size - wide(cell))
            cells.append(cell + space if i < words else space + cell)
        return f"| {' | '.join(cells)} |"

    line_below = "|" + "|".join(
        f":{'-' * (size + 1)}" if i < words else f"{'-' * (size + 1)}:" for i, size in enumerate(sizes)
    )
    talk = f"*{pipe(rule)}, per example; archcalc {__version__}*"
    return "\n".join([line(heads), line_below + "|", *map(line, rows), "", talk])


def pipe(text: str) -> str:
    """Text that a Markdown table takes literally."""
    text = printable(text)
    for sign in "\\|*_`<>[]":
        text = text.replace(sign, "\\" + sign)
    return text


def latex(grid: Grid) -> str:
    """A tabular of the booktabs package, which is all that it needs."""
    heads, body, total, words, rule, _ = grid
    side = "l" * words + "r" * (len(heads) - words)
    lines = [
        f"% {printable(rule)}, per example; archcalc {__version__}; needs \\usepackage{{booktabs}}",
        rf"\begin{{tabular}}{{{side}}}",
        r"\toprule",
        " & ".join(_tex(head) for head in heads) + r" \\",
        r"\midrule",
        *(" & ".join(_cell(cell) for cell in row) + r" \\" for row in body),
    ]
    if total:
        lines += [r"\midrule", " & ".join(_cell(cell) for cell in total) + r" \\"]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


_TEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$",
    "⌉": r"$\rceil$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def _tex(text: str) -> str:
    """Text that LaTeX takes literally."""
    return "".join(_TEX.get(c, c) for c in printable(text))


def _cell(value: object) -> str:
    if type(value) is int:
        return f"{value:,}".replace(",", "{,}") if value >= 1000 else str(value)
    if value is None or isinstance(value, str | Share):
        return _tex(write(value))
    if isinstance(value, Shape):
        return f"${_shape(value)}$"
    if isinstance(value, list):
        return " + ".join(map(_cell, value))
    from archcalc.closed_form import Formula
    from archcalc.symbolic import latex as formula

    return f"${value.latex if isinstance(value, Formula) else formula(value)}$"


def _shape(shape: Shape) -> str:
    """16@10x10 in mathematics."""
    sides = []
    for dim in shape:
        if isinstance(dim, int):
            sides.append(str(dim))
            continue
        from archcalc.symbolic import latex as formula

        text = formula(dim)
        sides.append(rf"\left({text}\right)" if " " in text else text)
    if len(sides) > 1 and shape.axes[0] == "C":
        return rf"{sides[0]}\,@\," + r" \times ".join(sides[1:])
    return r" \times ".join(sides)


def csv(grid: Grid) -> str:
    """Comma-separated values; figures without commas, shapes as 16x10x10, formulas in ASCII."""
    import csv as library
    import io

    heads, body, total, *_ = grid
    out = io.StringIO()
    writer = library.writer(out, lineterminator="\n")
    marked = {HEADERS[quantity] for quantity in CONVENTIONAL} if grid.mark else ()
    named = [f"{head} {grid.mark}" if head in marked else head for head in heads]
    writer.writerow([printable(head).lower().replace(" ", "_") for head in named])
    writer.writerows([_value(cell) for cell in row] for row in ([*body, total] if total else body))
    return out.getvalue().rstrip("\n")


def _value(cell: object) -> object:
    if cell is None:
        return ""
    if isinstance(cell, list):
        return " + ".join(str(_value(part)) for part in cell)
    if isinstance(cell, tuple):
        return "x".join(_side(plain(side), alone=len(cell) == 1) for side in cell)
    value = printable(cell) if isinstance(cell, str) else plain(cell)
    # a spreadsheet would run a text that begins like a formula
    return "'" + value if isinstance(value, str) and value[:1] in "=+-@" and value[:1] else value


def _side(side: object, *, alone: bool) -> str:
    """One size of a shape, a sum in brackets: `(H - 4)`."""
    text = str(side)
    return f"({text})" if not alone and set(text) & set("+-*/ ") else text


WRITERS: dict[str, Callable[[Grid], str]] = {
    "markdown": markdown,
    "latex": latex,
    "csv": csv,
}
