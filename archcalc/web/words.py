"""What a page says to somebody new: what the network is, what it is made of, what the figures mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.figures import write
from archcalc.web.markup import Markup, joined, link, tag
from archcalc.web.plainly import some

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.dims import Shape
    from archcalc.spec import Spec
    from archcalc.spec.values import Source

GLOSSARY = {
    "output": "The shape of what a layer gives. 6@28x28 is six maps of 28 by 28 numbers; 128 x 768 is a"
    " sequence of 128 places with 768 numbers each; 84 is a list of 84 numbers.",
    "params": "Parameters: the numbers that training finds, weights and biases. One that is used in many"
    " places is counted once.",
    "fixed": "Numbers that are stored with the network and never trained.",
    "connections": "Links from inputs to units. A unit that adds up 25 inputs and a bias has 26; a weight"
    " that is used in many places makes as many connections.",
    "neurons": "Units that compute something: one for each number of an output.",
    "macs": "Multiply-accumulates: a product that is added to a running sum. Most of the work of running"
    " the network once.",
    "flops": "Floating-point operations: two for each multiply-accumulate, and all others, such as those of"
    " activations and pooling.",
    "share": "The part of the whole that a layer takes, of the figure that is chosen above the table.",
}
"""What each column means, in a sentence or two."""


SYMBOLS = {
    "W": "the side of what it reads, high or wide",
    "F": "the side of its window",
    "P": "the padding at each end",
    "S": "the stride, from one place of the window to the next",
    "D": "the dilation, from cell to cell in the window",
}
"""The textbooks' letters, in formulas of windows."""
NAMES = {
    "params": "parameters",
    "fixed": "fixed numbers",
    "macs": "MACs",
    "flops": "FLOPs",
}
"""What totals are called, other than over a column."""
MORE = {"macs": ", multiply-accumulates", "flops": ", operations"}
"""And what is said besides where there is room."""
MAPS = (
    "Each stack is what a layer gives: a plane is a map, and planes are to scale at the sizes given. A small"
    " window is all that one number of the next layer is made of; lines lead from it to that number. Where"
    " lines go from end to end, each number is made of all of them."
)
BANDS = (
    "Each band is a sequence: its places one below the other, as wide as there are numbers at a place."
    " An arrow leads on place by place. Where lines go from end to end, each number is made of all before it."
)
HOW = (
    "Move a slider, and every figure follows. Open a figure to see where it comes from. All of it is worked"
    " out in this page, and nothing leaves it."
)


def lede(net: Analysis, layers: int, params: int | None, macs: int | None) -> str:
    """What the network reads and gives, and what it costs."""
    costs = [f"{params:,} parameters"] if params else []
    costs += [f"takes {macs:,} multiply-accumulates to run once"] if macs else []
    held = f" with {' and '.join(costs)}." if costs else "."
    return f"reads {_reading(net)} and gives {_giving(net)}. It has {some(layers, 'layer')}{held}"


def _reading(net: Analysis) -> str:
    shapes = net.graph.inputs
    if len(shapes) > 1:
        named = [f"{name} ({write(shape)})" for name, shape in shapes.items()]
        return f"{len(named)} inputs, {', '.join(named[:-1])} and {named[-1]},"
    ((name, shape),) = shapes.items()
    return _said(shape, indices=name in net.graph.indices)


def _said(shape: Shape, *, indices: bool = False) -> str:
    """A shape in words: `a picture of 32x32 pixels in 1 channel`."""
    sizes = dict(shape.named())
    axes = tuple(sizes)
    if axes == ("C", "H", "W"):
        return f"a picture of {sizes['H']}x{sizes['W']} pixels in {some(sizes['C'], 'channel')}"
    if axes == ("T",) and indices:
        return f"a sequence of {some(sizes['T'], 'token')}"
    if axes == ("T", "C"):
        return f"a sequence of {some(sizes['T'], 'place')} with {some(sizes['C'], 'number')} each"
    return f"{write(shape)} numbers"


def _giving(net: Analysis) -> str:
    return some(net.output[0], "number") if len(net.output) == 1 else write(net.output)


def sources(spec: Spec) -> Markup:
    """Where its figures were published."""
    found = [tag("li", cited(source)) for source in spec.cites.values()]
    return tag("ul", joined(found), class_="sources") if found else Markup("")


def cited(source: Source) -> Markup:
    """A source, linked where it has an address."""
    url = f"https://doi.org/{source.doi}" if source.doi else source.url
    return link(source.long(), url)


def glossary(headers: dict[str, str]) -> Markup:
    """A list of the columns with what each means."""
    parts = [joined((tag("dt", header), tag("dd", GLOSSARY[name]))) for name, header in headers.items()]
    return tag("dl", joined(parts))
