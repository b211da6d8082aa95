"""Nodes of a document that docutils has not: a diagram, and a formula that needs no script to be shown."""

from __future__ import annotations

import os
import re
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes

from archcalc.errors import printable

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Picture(nodes.General, nodes.Element):
    """A diagram, `svg`; within it what a page of text says instead."""


class Equation(nodes.General, nodes.Element):
    """A formula, `latex` and `mathml`; within it what a page of text says instead."""


def picture(svg: str, alt: str) -> Picture:
    """A diagram as a node, with words for who cannot see it."""
    return Picture("", _said(alt), svg=svg, alt=printable(alt))


def equation(text: str, latex: str, mathml: str) -> Equation:
    """A formula as a node."""
    return Equation("", _said(text), latex=latex, mathml=mathml)


def _said(text: str) -> nodes.paragraph:
    return nodes.paragraph(text, printable(text))


def register(app: Sphinx) -> None:
    """Say how each is written."""
    within: Any = (_nothing, _nothing)
    others = dict.fromkeys(("text", "man", "texinfo"), within)
    app.add_node(Picture, html=(_picture_html, None), latex=(_picture_latex, None), **others)
    app.add_node(Equation, html=(_equation_html, None), latex=(_equation_latex, None), **others)


def _nothing(self: Any, node: Picture | Equation) -> None:
    """What is within it says enough."""


def _picture_html(self: Any, node: Picture) -> None:
    """The drawing itself, its ids made its own, so that a page may hold several."""
    count = getattr(self, "archcalc_pictures", 0) + 1
    self.archcalc_pictures = count
    self.body.append(
        f'<div class="archcalc-svg">{_inline(node["svg"], node["alt"], f"archcalc{count}-")}</div>'
    )
    raise nodes.SkipNode


_ID = re.compile(r'( id="| href="#| xlink:href="#|url\(#)')
_WHOLE = re.compile(r"<svg[^>]*>")
_WIDE = re.compile(r'<svg [^>]*?width="([\d.]+)')


def _inline(svg: str, alt: str, prefix: str) -> str:
    """An SVG as a part of a page: without its prologue, with words for who cannot see it."""
    start = svg.index("<svg")
    svg = _ID.sub(rf"\g<1>{prefix}", svg[start:].rstrip())
    head = _WHOLE.match(svg)
    assert head is not None
    found = _WIDE.match(head[0])
    least = f' style="min-width: {_SMALLEST * float(found[1]):.0f}pt"' if found else ""
    opened = head[0][:-1].replace(' role="img"', "")
    return f'{opened} role="img" aria-label="{escape(alt)}"{least}>{svg[head.end() :]}'


_SMALLEST = 0.55  # how small a drawing may become before it is moved about under its frame


def _picture_latex(self: Any, node: Picture) -> None:
    """The drawing as a file beside the document, which is included."""
    from hashlib import sha256

    name = f"archcalc-{sha256(node['svg'].encode()).hexdigest()[:16]}.png"
    path = os.path.join(self.builder.outdir, name)
    if not os.path.exists(path):
        from archcalc.drawing.png import png

        with open(path, "wb") as file:
            file.write(png(node["svg"], _SCALE))
    room = rf"width={_across(node['svg'])},height=0.85\textheight,keepaspectratio"
    self.body.append(rf"\noindent\sphinxincludegraphics[{room}]{{{name}}}" + "\n")
    raise nodes.SkipNode


_SCALE = 3.0  # of a PNG: four pixels per point, fine enough for print
_PAGE = 430  # points across a page


def _across(svg: str) -> str:
    """How wide a drawing stands on a page: four fifths of its own size, and not more than the page."""
    found = _WIDE.search(svg)
    wide = 0.8 * float(found[1]) if found else _PAGE
    return f"{wide:.0f}bp" if wide < _PAGE else r"\linewidth"


def _equation_html(self: Any, node: Equation) -> None:
    ids = "".join(f'<span id="{escape(name)}"></span>' for name in node["ids"])
    shown = node["mathml"] if node["mathml"].startswith("<math") else f"<code>{escape(node.astext())}</code>"
    self.body.append(f'<div class="archcalc-formula">{ids}{shown}</div>\n')
    raise nodes.SkipNode


def _equation_latex(self: Any, node: Equation) -> None:
    self.body.append(f"\n\\begin{{equation*}}\n{node['latex']}\n\\end{{equation*}}\n")
    raise nodes.SkipNode
