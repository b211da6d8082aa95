"""A network as a picture, in one of several styles.

A style is a module here with a function `draw(net, *, ...)` that gives a `Drawing`; what stands behind
the star are the options that it takes, each with a value that stands for nothing said.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from archcalc.drawing.picture import FORMATS, Drawing
from archcalc.errors import Problem, UsageError, likely, quote

if TYPE_CHECKING:
    from archcalc.analysis import Analysis

__all__ = ["FORMATS", "STYLES", "Drawing", "draw"]

STYLES = {
    "graph": "boxes and arrows, blocks as groups, shapes on the arrows",
    "maps": "feature maps as stacked planes, to scale, as the 1998 paper draws LeNet-5",
    "table": "which maps read which, group by group in colour, and fixed codes",
    "field": "what one unit sees, drawn back through the layers onto the input",
}
"""Every style by its name, which is its module's too."""


def draw(net: Analysis, style: str = "graph", **options: Any) -> Drawing:
    """A network in a style; an option that is None is not given.

    Raises UsageError for a style that there is not, and for an option that is another style's.
    """
    if style not in STYLES:
        why = (f"styles: {', '.join(STYLES)}",)
        raise UsageError(Problem(f"there is no style {quote(style)}", why, likely(style, STYLES)))
    drawn = import_module(f"archcalc.drawing.{style}").draw
    known = drawn.__kwdefaults__ or {}
    given = {word: value for word, value in options.items() if value is not None}
    for word in given:
        if word not in known:
            takes = f"it takes {', '.join(known)}"
            what = f"the style {style} takes no {quote(word)}"
            raise UsageError(Problem(what, (takes,), likely(word, known)))
    found = drawn(net, **given)
    assert isinstance(found, Drawing)
    return found
