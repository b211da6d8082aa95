"""The gallery: a page for each spec that comes with archcalc, and one with a picture of each."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import silhouette

import archcalc
from archcalc.errors import ArchcalcError, printable
from archcalc.render.figures import inputs, outputs, write
from archcalc.render.units import short
from archcalc.spec import bundled
from archcalc.spec.find import folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.network import Net

REPOSITORY = Path(__file__).parents[2]
ORPHAN = "---\norphan: true\n---\n"
"""At the head of a page that stands in no list of contents: it is found from the page of all."""
FAMILIES = {
    "": ("LeNet and its relatives", "lenet"),
    "classic": ("AlexNet, VGG, GoogLeNet, SqueezeNet", "classic"),
    "resnet": ("Residual networks", "resnet"),
    "densenet": ("DenseNets", "densenet"),
    "mobile": ("Small ones", "mobile"),
    "modern": ("After 2020", "modern"),
    "maps": ("Maps out of maps", "maps"),
    "language": ("Language models", "language"),
    "claims": ("Tutorials, and what they claim", ""),
}
"""The folders of specs, with a heading for each and the page that tells of them."""
TURNED = ("lenet5", "resnet50", "mobilenet_v1", "unet", "vit_b_16")
"""Specs that have a page with sliders, too."""
FIGURES = {
    "params": ("parameters", "trained"),
    "macs": ("MACs", "for one example"),
    "flops": ("FLOPs", "for one example"),
    "neurons": ("neurons", ""),
    "connections": ("connections", ""),
}


def pages() -> dict[str, str]:
    """Every page, by its path."""
    nets = {name: archcalc.load(name) for name in bundled()}
    found = {"gallery/index.md": _index(nets)}
    for name, net in nets.items():
        found[path(name)] = _page(name, net)
    return found


def path(name: str) -> str:
    """The page of a spec."""
    return f"gallery/{name.replace('/', '-')}.md"


def turned() -> dict[str, str]:
    """The pages with sliders, by their path: HTML that needs nothing else of the site."""
    return {f"turned/{name}.html": archcalc.load(name).report(format="html") for name in TURNED}


def _family(net: Net) -> str:
    """The folder of a spec."""
    inside = os.path.relpath(net.spec.document.path, folder())
    return os.path.dirname(inside)


# -- the page of a spec


def _page(name: str, net: Net) -> str:
    return "\n".join([*_head(name, net), *_body(name, net)]) + "\n"


def _head(name: str, net: Net) -> Iterator[str]:
    """The name, whose network it is, and its figures."""
    yield ORPHAN
    yield f"# {_text(net.name)}"
    yield ""
    if net.spec.note:
        yield f"{_text(net.spec.note)}\n"
    for source in dict.fromkeys(net.spec.cites.values()):
        link = source.url or (f"https://doi.org/{source.doi}" if source.doi else "")
        yield f"- {_text(source.long())}{f' <{link}>' if link else ''}"
    yield ""
    yield _facts(net)
    yield ""
    yield f"`archcalc report {name}`"
    yield ""
    if name in TURNED:
        yield _raw(
            f"<p>{_turned(name, 'With sliders')}: its sizes to turn, each figure with its formula.</p>"
        )
        yield ""


def _facts(net: Net) -> str:
    """The totals, as a list of names and values."""
    facts = [("layers", f"{len(net):,}", _ends(net))]
    for quantity, (word, about) in FIGURES.items():
        value = getattr(net, quantity)
        if value is not None and value:
            facts.append((word, f"{value:,}" if value < 10**7 else short(value), about))
    parts = (
        f"<div><dt>{word}</dt><dd>{value}<small>{escape(printable(about))}</small></dd></div>"
        for word, value, about in facts
    )
    return _raw(f'<dl class="facts simple">{"".join(parts)}</dl>')


def _turned(name: str, words: str) -> str:
    """A link to a page with sliders, which Sphinx knows nothing of."""
    return f'<a class="reference external" href="../turned/{name}.html">{escape(printable(words))}</a>'


def _raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"


def _ends(net: Net) -> str:
    """What goes in and comes out."""
    ends = outputs(net.analysis) or f"output {write(net.output)}"
    return f"{inputs(net.analysis)}, {ends}"


def _body(name: str, net: Net) -> Iterator[str]:
    """Its table, its diagram, its published figures, its formulas, and its text."""
    yield from _shown("Layers", name, "table")
    yield from _shown("Diagram", name, "diagram")
    if _has_maps(net):
        yield "## Maps, to scale\n"
        yield from _directive(name, "diagram", ":style: maps")
    if net.spec.claims:
        yield from _shown("Published figures", name, "check")
    formulas = [quantity for quantity in ("params", "macs") if _has_formula(net, quantity)]
    if formulas:
        yield "## In letters\n"
        for quantity in formulas:
            yield from _directive(name, "formula", f":quantity: {quantity}")
    yield "## The spec\n"
    if net.spec.base:
        base = net.spec.base.removesuffix(".yaml")
        yield f"It is [{base}]({os.path.basename(path(base))}) with what follows changed.\n"
    where = os.path.relpath(net.spec.document.path, REPOSITORY / "docs" / "gallery")
    yield f"```{{literalinclude}} {where}\n:language: yaml\n```\n"
    title, page = FAMILIES[_family(net)]
    if page:
        yield f"More on it among its relatives: [{title}](../zoo/{page}.md).\n"


def _shown(title: str, name: str, show: str) -> Iterator[str]:
    yield f"## {title}\n"
    yield from _directive(name, show)


def _directive(name: str, show: str, *options: str) -> Iterator[str]:
    lines = "\n".join([f":show: {show}", *options])
    yield f"```{{archcalc}} {name}\n{lines}\n```\n"


def _has_maps(net: Net) -> bool:
    """Whether there are maps to be drawn."""
    return any("H" in shape.axes for shape in net.graph.inputs.values())


def _has_formula(net: Net, quantity: str) -> bool:
    """Whether a figure has a closed form that can be read on a page."""
    try:
        return len(net.formula(quantity).text) < _LONGEST
    except ArchcalcError:
        return False


_LONGEST = 600  # characters of a formula that anybody reads


# -- the page of all


def _index(nets: dict[str, Net]) -> str:
    parts = [
        "# Gallery",
        "",
        "Every spec that comes with archcalc. In the pictures the rows of a network stand from left to",
        "right, as high as their maps or sequences are long, as wide as their channels are many, in the",
        "colours of their kinds.",
        "",
        _raw(f"<p>With sliders: {', '.join(_turned(name, nets[name].name) for name in TURNED)}.</p>"),
        "",
    ]
    for family, (title, page) in FAMILIES.items():
        own = {name: net for name, net in nets.items() if _family(net) == family}
        parts += [f"## {title}", ""]
        parts += [f"[About them](../zoo/{page}.md)", ""] if page else []
        parts += ["```{raw} html", '<ul class="gallery">', *map(_card, own, own.values()), "</ul>", "```", ""]
    return "\n".join(parts)


def _card(name: str, net: Net) -> str:
    """A network in small."""
    link = os.path.basename(path(name)).replace(".md", ".html")
    about = f"{short(net.params)} parameters, {short(net.macs)} MACs" if net.macs else short(net.params)
    return (
        f'<li><a href="{escape(link)}">{silhouette.svg(net)}'
        f"<strong>{escape(printable(net.name))}</strong><span>{about}</span></a></li>"
    )


def _text(text: str) -> str:
    """Text that Markdown takes literally."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|~$" else c for c in printable(text))
