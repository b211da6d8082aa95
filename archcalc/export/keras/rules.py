"""Which rule says what a kind is in Keras, and what rules share.

Maps come first throughout, as in a spec: a file sets `channels_first` once, at its top. A tensor's place
is its path under what was made, and after `@` how ours is turned to be theirs: `kernel@1,0`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from archcalc.errors import ConvertError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.export.parts import Part
    from archcalc.graph import Node

Rule: TypeAlias = "Callable[[Node], Part]"
RULES: dict[str, Rule] = {}
FAMILIES = ("windows", "features", "bending", "moving", "sequences")
"""The modules that declare rules."""


def rule(*ops: str) -> Callable[[Rule], Rule]:
    """Enter a rule for some kinds."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, function))
        return function

    return enter


def part(node: Node) -> Part:
    """What a layer is in Keras.

    Raises ConvertError for a kind that has no counterpart.
    """
    from importlib import import_module

    if not RULES:
        for family in FAMILIES:
            import_module(f"archcalc.export.keras.{family}")
    found = RULES.get(node.layer.op)
    if found is None:
        why = ("such a layer has figures, and nothing that could be computed",)
        if not node.layer.declared:
            why = ("it is a kind of a plugin, and Keras has no layer of that name",)
        what = f"{node.layer.op} cannot be exported to Keras"
        fix = "replace it by layers that archcalc ops lists"
        raise ConvertError(Problem(what, why, fix, layer=node.name))
    made = found(node)
    if node.trainable or not made.tensors or "codes" in made.tensors:
        return made
    return made._replace(after=(*made.after, "{this}.trainable = False"))


def turned(name: str, *order: int) -> str:
    """The place of a tensor, whose axes are those of ours in this order."""
    return f"{name}@{','.join(map(str, order))}"
