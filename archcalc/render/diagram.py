"""The network as a diagram: a node for each row, shapes on the edges, counts on the nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import Problem, UsageError, printable, quote
from archcalc.render.figures import write

if TYPE_CHECKING:
    from archcalc.analysis import Analysis, Row

# fill and line of each family of kinds, light enough for black text in print
_COLOURS = {
    "conv": ("#dbe9fb", "#3b6fb5"),
    "pool": ("#fbe7d3", "#b8702a"),
    "dense": ("#ddf0dc", "#3d8b42"),
    "activation": ("#f3e3f6", "#8e4a9e"),
}
_PLAIN = ("#eeeeee", "#777777")
FORMATS = ("svg", "png", "dot")


class Drawing:
    """A diagram: its DOT source, laid out when a picture is asked for. Notebooks show it."""

    def __init__(self, dot: str, name: str = "") -> None:
        self.dot = dot
        self.name = name
        self._svg = ""

    @property
    def svg(self) -> str:
        """The picture as SVG; the same network gives the same bytes on every machine."""
        if not self._svg:
            from archcalc.render.layout import svg

            self._svg = svg(self.dot)
        return self._svg

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as PNG, in the font that archcalc ships."""
        from archcalc.render.layout import png

        return png(self.svg, scale)

    def content(self, format: str, scale: float = 2.0) -> str | bytes:
        """The diagram as `svg`, `png` or `dot`.

        Raises UsageError for another format.
        """
        if format == "dot":
            return self.dot
        if format == "svg":
            return self.svg
        if format == "png":
            return self.png(scale)
        raise UsageError(Problem(f"there is no format {quote(format)}", (f"formats: {', '.join(FORMATS)}",)))

    def __repr__(self) -> str:
        return f"Drawing({printable(self.name)}, svg, png or dot)"

    def _repr_svg_(self) -> str:
        return self.svg


def draw(net: Analysis) -> Drawing:
    """The diagram of a network, from the input at the top to the output below."""
    from graphviz import Digraph
    from graphviz.quoting import escape

    from archcalc.render.layout import BOLD, FONT

    graph = Digraph("network")
    graph.attr(rankdir="TB", fontname=FONT, bgcolor="white", nodesep="0.35", ranksep="0.35", pad="0.15")
    graph.attr(label=escape(_title(net) + "\n "), labelloc="t", fontsize="13")
    graph.attr("node", shape="box", style="rounded,filled", fontname=FONT, fontsize="11", margin="0.16,0.07")
    graph.attr("edge", fontname=FONT, fontsize="10", color="#555555", fontcolor="#333333", arrowsize="0.7")
    ends = {"shape": "plain", "style": "", "fontname": BOLD}
    graph.node("input", label="input", **ends)
    for row in net.rows:
        fill, line = _COLOURS.get(_family(row), _PLAIN)
        graph.node(row.name, label=escape(_label(row)), fillcolor=fill, color=line)
    for source, target, shape in _edges(net):
        graph.edge(source, target, label=escape(f"  {shape}"))
    graph.node("output", label="output", **ends)
    graph.edge(net.rows[-1].name, "output", label=escape(f"  {write(net.output)}"))
    return Drawing(graph.source, net.name)


def _title(net: Analysis) -> str:
    params = f"{write(net.total.params)} parameters"
    return printable(
        f"{net.name}: {params}, {write(net.total.connections)} connections, {write(net.total.macs)} MACs"
    )


def _family(row: Row) -> str:
    return row.main[0].layer.family


def _label(row: Row) -> str:
    """Name and op, then what there is to count."""
    lines = [row.name, row.op]
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


def _edges(net: Analysis) -> list[tuple[str, str, str]]:
    """Row to row, with the shape that passes."""
    rows = {node.name: node.row for node in net.graph.nodes}
    shapes = {node.name: node.y for node in net.graph.nodes}
    found: dict[tuple[str, str], str] = {}
    for node in net.graph.nodes:
        for name in node.inputs:
            source = rows.get(name, "input")
            if source != node.row:
                found.setdefault((source, node.row), write(shapes.get(name, net.input)))
    return [(source, target, shape) for (source, target), shape in found.items()]
