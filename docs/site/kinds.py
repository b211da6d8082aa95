"""A page for each kind of layer, made from its own declaration."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gallery
import yaml

import archcalc
from archcalc.errors import LayerError, printable
from archcalc.register import first, section
from archcalc.render import kinds
from archcalc.render.markdown import escaped
from archcalc.render.notation import mathml
from archcalc.spec import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.layer import Layer

FIGURES = Path(__file__).parents[2] / "tests" / "kinds"
_COUNTED = ("output", "params", "connections", "neurons", "macs", "flops")
_FEW = 12  # networks that are named


def pages() -> dict[str, str]:
    """Every page, by its path."""
    families = kinds.families()
    found = {"reference/kinds/index.md": _index(families)}
    for family, own in families.items():
        for kind in own:
            found[f"reference/kinds/{kind.op}.md"] = "\n".join(_page(family, kind)) + "\n"
    return found


def _index(families: dict[str, list[type[Layer]]]) -> str:
    parts = ["# Every kind of layer", ""]
    parts += ["Made from the kinds themselves, as what `archcalc ops` prints.", ""]
    for family, own in families.items():
        parts += [f"## {family}", "", "| op | what it does |", "|:--|:--|"]
        parts += [f"| [{kind.op}]({kind.op}.md) | {escaped(first(kind))} |" for kind in own]
        parts += [""]
    return "\n".join(parts)


def _page(family: str, kind: type[Layer]) -> Iterator[str]:
    yield gallery.ORPHAN
    yield f"# {kind.op}\n"
    yield f"{escaped(first(kind))}\n"
    yield from _about(family, kind)
    yield from _formulas(kind)
    yield from _fields(kind)
    yield from _figures(kind)
    used = _used().get(kind.op, [])
    if used:
        yield "## Networks with it\n"
        names = [f"[{name}](../../{gallery.path(name)})" for name in used[:_FEW]]
        more = f" and {len(used) - _FEW} more" if len(used) > _FEW else ""
        yield f"{', '.join(names)}{more}\n"
    yield "## The kind itself\n"
    yield "All that archcalc knows of it: the formulas, and beside them the layer run once.\n"
    yield f"```python\n{_source(kind)}\n```\n"


def _about(family: str, kind: type[Layer]) -> Iterator[str]:
    """What is to be said of it, a line for each."""
    rows = [("family", f"[{family}](index.md#{family}), worked out in [prose](../../layers/{family}.md)")]
    rows += [
        (word.lower(), escaped(text))
        for word in ("Shapes", "Counts", "Source")
        if (text := section(kind, word))
    ]
    if kind.also:
        rows.append(("also called", escaped(", ".join(kind.also))))
    yield from _table(("", ""), rows)


def _formulas(kind: type[Layer]) -> Iterator[str]:
    """Its formulas, as mathematics."""
    try:
        layer = kinds.example(kind)
    except LayerError:
        return
    found = [(q, layer.formula(q)) for q in ("params", "connections", "macs") if layer.formula(q)]
    if not found:
        return
    yield "## Formulas\n"
    yield '```{raw} html\n<dl class="formulas simple">'
    for quantity, text in found:
        yield f"<dt>{quantity}</dt><dd>{mathml(printable(text))}</dd>"
    yield "</dl>\n```\n"
    yield f"On a terminal: `archcalc ops {kind.op}`.\n"


def _fields(kind: type[Layer]) -> Iterator[str]:
    yield "## Fields\n"
    if not kind.fields:
        yield "None of its own.\n"
        return
    rows = []
    for data in next(each for each in kinds.listed() if each["op"] == kind.op)["fields"]:
        default = "required" if data["required"] else f"`{data['default']}`"
        also = f" Also called {', '.join(data['also'])}." if data["also"] else ""
        rows.append(
            (f"`{data['name']}`", escaped(data["values"]), default, escaped(f"{data['about']}.{also}"))
        )
    yield from _table(("field", "values", "default", "what it is"), rows)


def _figures(kind: type[Layer]) -> Iterator[str]:
    """The figures that its tests hold it to, each with its source."""
    own = [row for row in _known() if row["layer"].split()[0] == kind.op]
    if not own:
        return
    yield "## Figures that it is held to\n"
    yield "Each was published or counted by hand, and is tested.\n"
    rows = []
    for row in own:
        figures = ", ".join(f"{name} {_figure(row[name])}" for name in _COUNTED if name in row)
        layer = row["layer"] if len(row["layer"]) < 120 else f"{row['layer'][:117]}..."
        rows.append((f"`{layer}`", _figure(row.get("input", "")), escaped(figures), escaped(row["source"])))
    yield from _table(("layer", "input", "figures", "source"), rows)


def _figure(value: Any) -> str:
    """A figure as it is typed: a number with commas, shapes as they are."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return " ".join(f"{axis}={size}" for axis, size in value.items())
    return ", ".join(map(_figure, value)) if isinstance(value, list) else str(value)


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{':--|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


@cache
def _classes(path: str) -> dict[str, str]:
    """The text of each class of a file."""
    text = Path(path).read_text(encoding="utf-8")
    lines = text.split("\n")
    nodes = (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
    return {node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in nodes}


def _source(kind: type[Layer]) -> str:
    return _classes(inspect.getfile(kind))[kind.__name__]


@cache
def _known() -> list[dict[str, Any]]:
    """The tables of figures of every family."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(FIGURES.glob("*.yaml")))
    return [row for text in texts for row in yaml.safe_load(text)]


@cache
def _used() -> dict[str, list[str]]:
    """The networks that hold a kind, by op."""
    found: dict[str, list[str]] = {}
    for name in bundled():
        if not name.startswith("claims/"):
            for op in dict.fromkeys(node.layer.op for node in archcalc.load(name).graph.nodes):
                found.setdefault(op, []).append(name)
    return found
