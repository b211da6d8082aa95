"""A scene as TikZ: a document that pdflatex makes a page of, or the picture alone, for a paper's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.drawing.scene import Area, Curve, Frame, Grid, Group, Words, outline
from archcalc.drawing.svg import number
from archcalc.errors import printable
from archcalc.render.latex import literally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archcalc.drawing.scene import Line, Mark, Point, Scene

BEGIN, END = r"\begin{tikzpicture}", r"\end{tikzpicture}"

_HEAD = r"""% {title}
% By archcalc draw. A picture for a paper of your own is what FILE.tikz holds: \input it.
\RequirePackage{fix-cm}
\documentclass{article}
\usepackage[paperwidth={wide}bp, paperheight={high}bp, margin=0bp, noheadfoot]{geometry}
\usepackage{tikz}
\DeclareFontFamily{OMS}{cmss}{} % braces and bars of the sans serif are those of mathematics
\DeclareFontShape{OMS}{cmss}{m}{n}{<->ssub*cmsy/m/n}{}
\DeclareFontShape{OMS}{cmss}{bx}{n}{<->ssub*cmsy/b/n}{}
\DeclareFontFamily{OML}{cmss}{\skewchar\font=127}
\DeclareFontShape{OML}{cmss}{m}{n}{<->ssub*cmm/m/it}{}
\DeclareFontShape{OML}{cmss}{bx}{n}{<->ssub*cmm/b/it}{}
\pagestyle{empty}
\parindent=0pt
\topskip=0pt
\begin{document}
\sffamily
"""


def tikz(scene: Scene) -> str:
    """The whole document."""
    picture = [line for mark in scene.marks for line in _mark(mark)]
    colours = sorted({colour for mark in scene.marks for colour in _colours(mark)})
    head = _HEAD.replace("{wide}", number(scene.width)).replace("{high}", number(scene.height + 1))
    head = head.replace("{title}", _plain(scene.title))
    corners = f"(0,0) rectangle ({number(scene.width)},{number(scene.height)})"
    lines = [
        f"{BEGIN}[x=1bp, y=-1bp, inner sep=0pt, line join=round]",
        *(rf"\definecolor{{{_name(colour)}}}{{HTML}}{{{colour[1:].upper()}}}" for colour in colours),
        rf"\useasboundingbox {corners};",
        *picture,
        END,
        r"\end{document}",
    ]
    return head + "\n".join(lines)


def picture(document: str) -> str:
    """The picture of a document alone."""
    return document[document.index(BEGIN) : document.index(END) + len(END)]


def _plain(text: str) -> str:
    """A text in a comment: one line of ASCII."""
    return printable(text).encode("ascii", "replace").decode()


def _name(colour: str) -> str:
    return f"archcalc{colour[1:]}"


def _colours(mark: Mark) -> Iterator[str]:
    """The colours of a mark."""
    if isinstance(mark, Group):
        for part in mark.marks:
            yield from _colours(part)
    elif isinstance(mark, Area | Frame):
        yield from (colour for colour in (mark.fill, mark.line) if colour)
    else:
        yield mark.colour


def _mark(mark: Mark) -> Iterator[str]:
    """The commands of a mark, a line for each."""
    if isinstance(mark, Group):
        for part in mark.marks:
            yield from _mark(part)
    elif isinstance(mark, Words):
        yield _words(mark)
    elif isinstance(mark, Area | Frame):
        line = f", draw={_name(mark.line)}, line width={number(mark.width)}bp" if mark.line else ""
        path = _path(mark.points) if isinstance(mark, Area) else _curved(outline(mark))
        yield rf"\path[fill={_name(mark.fill)}{line}] {path} -- cycle;"
    elif isinstance(mark, Curve):
        yield _line(mark, _curved(mark.points))
    elif isinstance(mark, Grid):
        yield _line(mark, " ".join(map(_path, mark.segments)))
    else:
        corners = f", rounded corners={number(mark.corner)}bp" if mark.corner else ""
        dashes = ", dash pattern=on 3bp off 2.5bp" if mark.dashed else ""
        yield _line(mark, _path(mark.points), corners + dashes)


def _line(mark: Grid | Line | Curve, path: str, more: str = "") -> str:
    return rf"\draw[{_name(mark.colour)}, line width={number(mark.width)}bp{more}] {path};"


def _words(words: Words) -> str:
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[words.anchor]
    size = number(words.size)
    font = rf"\fontsize{{{size}bp}}{{{size}bp}}\selectfont" + (r"\bfseries" if words.bold else "")
    place = f"({number(words.x)},{number(words.y)})"
    text = literally(words.text)
    return rf"\node[anchor={anchor}, text={_name(words.colour)}, font={font}] at {place} {{{text}}};"


def _curved(points: Sequence[Point]) -> str:
    """Bézier curves end to end."""
    start, *rest = (f"({number(x)},{number(y)})" for x, y in points)
    threes = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return start + "".join(f" .. controls {a} and {b} .. {c}" for a, b, c in threes)


def _path(points: Iterable[Point]) -> str:
    return " -- ".join(f"({number(x)},{number(y)})" for x, y in points)
