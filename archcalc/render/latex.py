"""A table for a paper: booktabs in a float, or over pages where it is long, its caption naming the rule.

It takes any text literally, under pdfLaTeX, XeLaTeX and LuaLaTeX alike, and is set as small as a line
of LaTeX's own article asks for.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import decomposition

from archcalc import __version__
from archcalc.dims import Shape
from archcalc.errors import printable
from archcalc.folding import MOST
from archcalc.render.figures import Blank, Share
from archcalc.render.figures import write as written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.render.grid import Grid


def write(grid: Grid) -> str:
    """The table, with what it needs in a comment at its head."""
    long, size = len(grid.rows) > MOST, _size(grid)
    needs = "longtable,booktabs" if long else "booktabs"
    lines = [f"% by archcalc {__version__}; needs \\usepackage{{{needs}}}"]
    if size.width > _PAGE:
        lines.append("% wider than a page of article: fewer --columns, or a page on its side")
    return "\n".join([*lines, *(_pages(grid, size) if long else _float(grid, size))])


def _float(grid: Grid, size: _Size) -> Iterator[str]:
    """A table on one page; one that is wider than a line reaches into both margins alike."""
    left, right = (r"\makebox[\linewidth][c]{", "}") if size.width > _LINE else ("", "")
    yield from (r"\begin{table}", r"\centering", rf"\caption{{{_caption(grid)}}}", *_label(grid))
    yield from (*size.commands, rf"{left}\begin{{tabular}}{{{_columns(grid)}}}", r"\toprule")
    yield from (_row(grid.heads), r"\midrule", *_rows(grid), r"\bottomrule", rf"\end{{tabular}}{right}")
    yield from (*_hints(grid), r"\end{table}")


def _pages(grid: Grid, size: _Size) -> Iterator[str]:
    """A table over as many pages as it takes, its headers on each."""
    head = (r"\toprule", _row(grid.heads), r"\midrule")
    caption = rf"\caption{{{_caption(grid)}}}{''.join(_label(grid))}\\"
    margins = r"\setlength{\LTleft}{0pt plus 1fill minus 1fill}\setlength{\LTright}{\LTleft}"
    yield from (r"\begingroup", *size.commands, r"\setlength{\LTcapwidth}{\linewidth}", margins)
    yield from (rf"\begin{{longtable}}{{{_columns(grid)}}}", caption, *head, r"\endfirsthead", *head)
    yield from (r"\endhead", r"\midrule", rf"\multicolumn{{{len(grid.heads)}}}{{r@{{}}}}{{goes on}} \\")
    yield from (r"\endfoot", r"\bottomrule", r"\endlastfoot", *_rows(grid), r"\end{longtable}")
    yield from (*_hints(grid), r"\endgroup")


def _hints(grid: Grid) -> Iterator[str]:
    for hint in grid.hints:
        yield rf"\par\smallskip\parbox{{\linewidth}}{{{literally(hint)}}}"


def _rows(grid: Grid) -> Iterator[str]:
    yield from map(_row, grid.body)
    if grid.totals:
        yield from (r"\midrule", *map(_row, grid.totals))


def _row(cells: Sequence[object]) -> str:
    return rf"{' & '.join(map(_cell, cells))} \\"


def _columns(grid: Grid) -> str:
    """The columns of a tabular; sentences are broken."""
    return f"@{{}}{grid.sides.replace('w', rf'p{{{_SENTENCE}pt}}')}@{{}}"


def _caption(grid: Grid) -> str:
    return literally(" ".join(f"{part.rstrip('.')}." for part in (grid.title, grid.task, grid.foot) if part))


def _label(grid: Grid) -> Iterator[str]:
    """A label of the name, where letters are left of it."""
    name = re.sub(r"[^a-z0-9]+", "-", grid.name.lower()).strip("-")
    if name:
        yield rf"\label{{tab:{name}}}"


# -- as small as it has to be

_LINE, _PAGE = 340, 580  # points: a line of the article class in its ten point size, and paper beside it
_SENTENCE = 120  # points of a column that is broken into lines
# a size of type, what an average figure takes in it, and half the space between columns, in points
_SIZES = (("", 5.0, 6), (r"\small", 4.63, 5), (r"\footnotesize", 4.25, 4), (r"\scriptsize", 3.98, 3),
          (r"\tiny", 3.4, 2))  # fmt: skip
_NARROW, _BROAD = frozenset(" ,.:;'ijlt|!()[]f"), frozenset("mwMW@×−+=<>")


class _Size(NamedTuple):
    """A size of type with the space between columns, and the width in points that a table has in it."""

    commands: tuple[str, ...]
    width: float


def _size(grid: Grid) -> _Size:
    """The largest type in which a table is no wider than a line; a tiny one only where paper ends."""
    columns = zip(grid.sides, grid.heads, *grid.rows, strict=True)
    figures = sum(max(_figures(written(cell)) for cell in column) for side, *column in columns if side != "w")
    sentences = grid.sides.count("w") * _SENTENCE
    gaps = 2 * (len(grid.heads) - 1)
    sizes = [
        _Size(_commands(name, space), figures * figure + gaps * space + sentences)
        for name, figure, space in _SIZES
    ]
    *_, script, tiny = sizes
    fitting = [size for size in sizes[:-1] if size.width <= _LINE]
    best = fitting[0] if fitting else script if script.width <= _PAGE else tiny
    room = (r"\renewcommand{\arraystretch}{1.6}",) if grid.task else ()  # to write in by hand
    return best._replace(commands=(*best.commands, *room))


def _commands(name: str, space: int) -> tuple[str, ...]:
    return (name, rf"\setlength{{\tabcolsep}}{{{space}pt}}") if name else ()


def _figures(text: str) -> float:
    """How wide a text is, in average figures."""
    return sum(
        0.6 if c in _NARROW else 2.0 if c == "→" else 1.5 if c in _BROAD or c.isupper() else 1.0 for c in text
    )


# -- text that is taken literally

_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}", '"': r"\char34{}",
    "[": "{[}", "]": "{]}", "*": "{*}",  # behind \\ these would be its arguments
    "–": "--", "—": "---", "’": "'", "…": r"\ldots{}", "✓": r"$\surd$", "✗": r"$\times$",
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}",
    "ł": r"\l{}", "Ł": r"\L{}", "å": r"\aa{}", "Å": r"\AA{}",
}  # fmt: skip
_MATHS = {
    "−": "-", "×": r"\times", "·": r"\cdot", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil",
    "⌉": r"\rceil", "→": r"\to", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "²": "^2", "³": "^3", "∞": r"\infty",
    "½": r"\frac12", "₂": "_2", "°": r"^\circ", "±": r"\pm", "√": r"\surd",
    **dict(zip("αβγδεζηθικλμνξπρστυφχψω", (
        rf"\{name}" for name in (
            "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
            " upsilon varphi chi psi omega"
        ).split()
    ), strict=True)),
    **{letter: rf"\{name}" for letter, name in zip("ΓΔΘΛΞΠΣΥΦΨΩ", (
        "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
    ).split(), strict=True)},
}  # fmt: skip
_ACCENTS = {"0300": "`", "0301": "'", "0302": "^", "0303": "~", "0308": '"', "0327": "c ", "030C": "v "}


def literally(text: str) -> str:
    """Text as LaTeX takes it literally; what pdfLaTeX has no sign for stands there by its number."""
    text = re.sub(r"(?<=[-'?!,])(?=[-'`,])", "\0", printable(text))  # two that would become one sign
    parts = []
    for known, run in groupby(text, key=_known):
        own = "".join(run)
        parts.append("".join(map(_sign, own)) if known else _unknown(own))
    return "".join(parts)


def _known(sign: str) -> bool:
    return sign == "\0" or sign.isascii() or sign in _SIGNS or sign in _MATHS or bool(_accent(sign))


def _sign(sign: str) -> str:
    if sign == "\0":
        return "{}"
    if sign in _MATHS:
        return f"${_MATHS[sign]}$"
    return _SIGNS.get(sign) or _accent(sign) or sign


def _accent(sign: str) -> str:
    """A letter with an accent as every encoding of LaTeX's has it, or nothing."""
    letter, _, accent = decomposition(sign).partition(" ")
    if accent not in _ACCENTS or not (base := chr(int(letter, 16))).isascii():
        return ""
    return rf"\{_ACCENTS[accent]}{{{base}}}"


def _unknown(text: str) -> str:
    """Letters that only the engines of Unicode can set, and their numbers for the other."""
    numbers = " ".join(f"U+{ord(c):04X}" for c in text)
    return rf"\ifdefined\Umathchar {text}\else({numbers})\fi{{}}"


# -- figures


def _cell(value: object) -> str:
    if type(value) is int:
        return f"{value:,}".replace(",", "{,}") if value >= 1000 else str(value)
    if isinstance(value, Blank):
        return r"\rule{3em}{0.4pt}"
    if value is None or isinstance(value, str | Share):
        return literally(written(value))
    if isinstance(value, Shape):
        return f"${_shape(value)}$"
    if isinstance(value, list):
        return " + ".join(map(_cell, value))
    from archcalc.closed_form import Formula
    from archcalc.symbolic import latex as formula

    return f"${value.latex if isinstance(value, Formula) else formula(value)}$"


def _shape(shape: Shape) -> str:
    """16@10x10 in mathematics, its signs as close as in words."""
    sides = []
    for dim in shape:
        if isinstance(dim, int):
            sides.append(str(dim))
            continue
        from archcalc.symbolic import latex as formula

        text = formula(dim)
        sides.append(rf"({text})" if " " in text else text)
    if len(sides) > 1 and shape.axes[0] == "C":
        return rf"{sides[0]}@" + r"{\times}".join(sides[1:])
    return r"{\times}".join(sides)
