"""A diagram as DOT: for Graphviz here to lay out, and for anybody's Graphviz to draw."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, TypeAlias

from archcalc.drawing.colours import INK, LINE, OTHER, PAPER, RULE, SHADE, SKIP, SOFT
from archcalc.drawing.faces import SIZE, SMALL
from archcalc.drawing.lettering import width
from archcalc.drawing.parts import Block
from archcalc.drawing.rising import levels, rising
from archcalc.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graphviz import Digraph

    from archcalc.drawing.faces import Face
    from archcalc.drawing.parts import Card, Diagram, Line
    from archcalc.drawing.wires import Wire

# This build of Graphviz knows text widths only from built-in tables, chosen by exact fontname; that of
# Arial is the one of the shipped face. An unknown name is measured as Times, far too narrow.
FONT = "Arial"
Paint: TypeAlias = "Callable[[Line], tuple[str, str]]"
"""Fill and line of a row."""
_STRAIGHT = "8"  # how much straighter a wire is than one that skips


def dot(diagram: Diagram, faces: Mapping[str, Face], paint: Paint, title: str, direction: str) -> str:
    """The source, with the size of each card and the words on it."""
    from graphviz import Digraph
    from graphviz.quoting import escape

    graph = Digraph("network")
    graph.attr(rankdir="TB" if direction == "down" else "LR", bgcolor=PAPER, fontname=FONT, fontcolor=INK)
    graph.attr(label=escape(printable(title)), labelloc="t", fontsize="13", nodesep="0.22", ranksep="0.18")
    graph.attr("node", shape="box", style="rounded,filled", fixedsize="true", fontname=FONT)
    graph.attr("node", fontsize=f"{SIZE:g}", fontcolor=INK)
    graph.attr("edge", color=LINE, arrowsize="0.6", fontname=FONT, fontsize=f"{SMALL:g}", fontcolor=SOFT)
    _put(graph, diagram.items, faces, paint)
    up = rising(diagram) if direction == "down" else set()
    for wire in diagram.wires:
        more = {"color": SKIP} if wire.skips else {"weight": _STRAIGHT}
        if wire.named:
            more["label"] = escape(label(wire))
        if wire.target in up and not (wire.skips and wire.source not in up):
            graph.edge(wire.target, wire.source, dir="back", **more)  # so that it is drawn upwards
        else:
            graph.edge(wire.source, wire.target, **more)
    if up:
        graph.attr(newrank="true")
        for wire in levels(diagram):
            with graph.subgraph() as level:
                level.attr(rank="same")
                level.node(wire.source)
                level.node(wire.target)
    return str(graph.source)


def label(wire: Wire) -> str:
    """What is written on a wire, with room at its ends."""
    return printable(f" {', '.join(wire.shapes)} ")


def _put(graph: Digraph, items: Sequence[Card | Block], faces: Mapping[str, Face], paint: Paint) -> None:
    """Cards and blocks, the blocks as clusters."""
    from graphviz.quoting import escape

    for item in items:
        if isinstance(item, Block):
            with graph.subgraph(name=f"cluster_{item.path}") as inner:
                inner.attr(label=_named(item), labeljust="l", fontsize=f"{SMALL:g}")
                inner.attr(style="rounded,filled", color=RULE, fillcolor=SHADE, margin="9")
                _put(inner, item.items, faces, paint)
        else:
            fill, line = paint(item.lines[0]) if item.lines else OTHER
            face = faces[item.key]
            lines = [" ".join(text.text for text in line) for line in face.lines]
            sides = {"width": f"{face.width / 72:.4f}", "height": f"{face.height / 72:.4f}"}
            graph.node(item.key, label=escape("\n".join(lines)), fillcolor=fill, color=line, **sides)


def _named(block: Block) -> str:
    """The name of a block in two lines, with as much room beside it, so that a wire may come in there."""
    from graphviz.quoting import escape

    lines = [printable(text) for text in (block.title, block.about) if text]
    wide = max(width(text, SIZE, bold=True) for text in lines) + 10.0
    lines[0] += " " * ceil((2 * wide - width(lines[0], SMALL)) / width(" ", SMALL))
    return "".join(escape(line) + "\\l" for line in lines)
