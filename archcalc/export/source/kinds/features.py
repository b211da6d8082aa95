"""Weighted sums, distances and norms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.framework import shared
from archcalc.export.source.parts import Arg, Part, Rows, Verbatim, whole
from archcalc.export.source.rules import does, module

if TYPE_CHECKING:
    from archcalc.export.source.framework import Framework
    from archcalc.graph import Node


def distances(node: Node, chance: str) -> Part:
    """Squared distances to codes: pictures as they are drawn, or what chance gives, a text of `{shape}`."""
    layer: Any = node.layer
    trained: dict[str, Any] = {"trainable": Arg(node.trainable, usual=True)}
    shape = (int(layer.out_features), int(node.xs[0][0]))
    codes = layer.codes
    if codes is None and shape == (10, 84):
        codes = "digits"
    if codes in (None, "seeded"):
        return module("Rbf", Arg(Verbatim(chance.format(shape=shape))), tensors="codes", **trained)
    if codes == "digits":
        from archcalc.layers.dense import digits

        rows = beside(digits(), 7)
    else:
        rows = beside(codes, len(codes[0]))
    return module("Rbf", Arg(Rows("pictures", rows)), tensors="codes", **trained)


def beside(codes: Any, width: int) -> list[str]:
    """Pictures of X and . that stand side by side."""
    marks = ["".join("X" if c > 0 else "." for c in code) for code in codes]
    height = -(-len(marks[0]) // width)
    return [" ".join(mark[i * width : (i + 1) * width] for mark in marks) for i in range(height)]


def normed(node: Node) -> tuple[int, ...]:
    """Where the axes stand over which a norm is taken."""
    over = node.layer.over  # type: ignore[attr-defined]
    return tuple(i for i, name in enumerate(node.xs[0].axes, 1) if over == "all" or name in over)


def last(places: tuple[int, ...]) -> tuple[Any, Any]:
    """Axes, and where they stand when they are moved to the end."""
    ends = tuple(range(-len(places), 0))
    return (places[0], ends[0]) if len(places) == 1 else (places, ends)


@shared("rescale")
def rescale(node: Node, to: Framework) -> Part:
    """scale · a + offset."""
    layer: Any = node.layer
    factor, offset = whole(layer.scale), whole(layer.offset)
    text = {1: "{0}", -1: "-{0}"}.get(factor, "{scale} * {0}")
    if offset:
        text += " + {offset}"
    elif factor == 1:
        text = "{0} * 1"
    values = {"scale": factor, "offset": offset}
    args: dict[str, Any] = {name: Arg(v, name) for name, v in values.items() if f"{{{name}}}" in text}
    return does(text, **args)
