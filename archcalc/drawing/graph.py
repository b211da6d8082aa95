"""The network as a diagram: a node for each row, shapes on the edges, counts on the nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.drawing.colours import FAMILIES, INK, LINE, OTHER, PAPER, SOFT
from archcalc.drawing.picture import Drawing
from archcalc.errors import printable
from archcalc.folding import Choice, Folded, said, view
from archcalc.render.figures import made, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis, Row


def draw(net: Analysis, *, depth: Any = None) -> Drawing:
    """The diagram of a network, from what it reads at the top to what it gives below.

    Blocks are folded to `depth` parts of their path, or else as in a report.
    """
    from graphviz import Digraph
    from graphviz.quoting import escape

    from archcalc.drawing.layout import BOLD, FONT, svg

    graph = Digraph("network")
    graph.attr(
        rankdir="TB", fontname=FONT, bgcolor=PAPER, fontcolor=INK, nodesep="0.35", ranksep="0.35", pad="0.15"
    )
    graph.attr(label=escape(_title(net) + "\n "), labelloc="t", fontsize="13")
    graph.attr(
        "node",
        fontcolor=INK,
        shape="box",
        style="rounded,filled",
        fontname=FONT,
        fontsize="11",
        margin="0.16,0.07",
    )
    graph.attr("edge", fontname=FONT, fontsize="10", color=LINE, fontcolor=SOFT, arrowsize="0.7")
    ends = {"shape": "plain", "style": "", "fontname": BOLD}
    rows = view(net, Choice(depth), few=True).rows
    for name in net.graph.inputs:
        key = _end("input", name, len(net.graph.inputs))
        graph.node(key, label=escape(printable(key)), **ends)
    for row in rows:
        fill, line = FAMILIES.get(_family(row), OTHER)
        graph.node(row.name, label=escape(_label(row)), fillcolor=fill, color=line)
    edges = _edges(net, rows)
    for source, target, shape in edges:
        if target in {row.name for row in rows}:
            graph.edge(source, target, label=escape(f"  {shape}"))
    given = made(net)
    for name in given:
        key = _end("output", name, len(given))
        graph.node(key, label=escape(printable(key)), **ends)
    for source, target, shape in edges:
        if target not in {row.name for row in rows}:
            graph.edge(source, target, label=escape(f"  {shape}"))
    return Drawing(net.name, lambda: svg(graph.source), dot=graph.source)


def _end(word: str, name: str, count: int) -> str:
    """What an input or an output is called: no layer's name has a space."""
    return word if count == 1 else f"{word} {name}"


def _title(net: Analysis) -> str:
    params = f"{write(net.total.params)} parameters"
    return printable(
        f"{net.name}: {params}, {write(net.total.connections)} connections, {write(net.total.macs)} MACs"
    )


def _family(row: Row) -> str:
    families = {node.layer.family for node in row.main}
    return row.main[0].layer.family if len(families) == 1 or not isinstance(row, Folded) else ""


def _label(row: Row) -> str:
    """Name and op, then what there is to count."""
    lines = [row.name, said(row)]
    counts = []
    if not _zero(row.params):
        counts.append(f"{write(row.params)} parameters")
    if not _zero(row.fixed):
        counts.append(f"{write(row.fixed)} fixed")
    if counts:
        lines.append(", ".join(counts))
    return "\n".join(map(printable, lines))


def _zero(value: Any) -> bool:
    return isinstance(value, int) and value == 0


def _edges(net: Analysis, rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Input to row, row to row and row to output, with the shapes that pass."""
    graph, given = net.graph, net.graph.outputs
    place = {node.name: row.name for row in rows for node in row.nodes}
    place |= {name: _end("input", name, len(graph.inputs)) for name in graph.inputs}
    pairs = [(name, place[node.name]) for node in graph.nodes for name in node.inputs]
    pairs += [(node, _end("output", name, len(given))) for name, node in given.items()]
    found: dict[tuple[str, str], dict[str, None]] = {}
    for name, target in pairs:
        source, shape = place[name], graph.shape(name)
        if source != target:
            found.setdefault((source, target), {})[write(shape)] = None
    return [(source, target, ", ".join(shapes)) for (source, target), shapes in found.items()]
