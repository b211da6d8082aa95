"""How a rule says what a layer is in PyTorch, and which rule a kind has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from archcalc.errors import ConvertError, Problem
from archcalc.export.code import call
from archcalc.export.parts import Arg, Make, Part, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.export.code import Code
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
    """What a layer is in PyTorch.

    Raises ConvertError for a kind that has no counterpart.
    """
    load()
    found = RULES.get(node.layer.op)
    if found is None:
        why = ("such a layer has figures, and nothing that could be computed",)
        if not node.layer.declared:
            why = ("it is a kind of a plugin, and PyTorch has no module of that name",)
        what = f"{node.layer.op} cannot be exported to PyTorch"
        raise ConvertError(
            Problem(what, why, "replace it by layers that archcalc ops lists", layer=node.name)
        )
    return frozen(node, found(node))


def load() -> None:
    """Declare all rules."""
    from importlib import import_module

    for family in () if RULES else FAMILIES:
        import_module(f"archcalc.export.torch.{family}")


def frozen(node: Node, found: Part) -> Part:
    """A layer whose tensors training leaves alone, where it says so."""
    if node.trainable or not found.tensors or "codes" in found.tensors:
        return found
    return found._replace(after=(*found.after, "{this}.requires_grad_(False)"))


def module(
    function: str,
    *args: Any,
    tensors: str = "",
    after: Sequence[str] = (),
    channels: int = 1,
    **named: Any,
) -> Part:
    """A module that reads all inputs; `channels` is where they stand, if it wants them behind the batch.

    Its tensors have the names that they have in the layer, or are given as `ours=theirs`.
    """
    make = Make(function, tuple(map(_arg, args)), {name: _arg(value) for name, value in named.items()})
    pairs = (word.partition("=") for word in tensors.split())
    places = {ours: theirs or ours for ours, _, theirs in pairs}
    if channels == 1:
        return Part(make, _called, plain=True, after=tuple(after), tensors=places)

    def moved(this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
        return f"{this}({inputs[0]}.movedim({channels}, 1)).movedim(1, {channels})"

    return Part(make, moved, after=tuple(after), tensors=places)


def _called(this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
    return call(this, *inputs)


def does(template: str, *, as_module: Make | None = None, **args: Any) -> Part:
    """What the forward pass does alone: a template of inputs `{0}`, and of arguments by their names."""

    def applied(_this: str, inputs: Sequence[str], given: Mapping[str, str]) -> Code:
        return template.format(*inputs, **given)

    found = {name: _arg(value) for name, value in args.items()}
    return Part(None, applied, args=found, module=as_module)


def applied(found: Part, template: str) -> Part:
    """The same module, used otherwise: a template of `{this}` and of inputs."""

    def used(this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
        return template.format(*inputs, this=this)

    return found._replace(apply=used, plain=False)


def _arg(value: Any) -> Arg:
    return value if isinstance(value, Arg) else Arg(value)


def field(node: Node, name: str) -> Arg:
    """A field's value: one number for sides that are all alike."""
    value = whole(getattr(node.layer, name))
    if isinstance(value, tuple) and all(isinstance(side, int) for side in value):
        value = value[0] if all(side == value[0] for side in value) else tuple(value)
    return Arg(value, name)


def given(node: Node, **usual: Any) -> dict[str, Any]:
    """Fields, with what PyTorch takes where nothing is said."""
    return {name: field(node, name)._replace(usual=value) for name, value in usual.items()}


def differ(args: Mapping[str, Arg]) -> dict[str, Any]:
    """Those that are not as usual."""
    return {name: arg for name, arg in args.items() if arg.value != arg.usual}


def size(node: Node, axis: str = "C", of: int = 0) -> Arg:
    """The size of an axis of an input."""
    return Arg(node.xs[of][node.xs[of].axes.index(axis)], axis=(of, axis))


def dim(node: Node, axis: str = "C", of: int = 0) -> int:
    """Where an axis stands in a tensor, behind the batch."""
    return node.xs[of].axes.index(axis) + 1


def rank(node: Node) -> int:
    """How many axes stand beside the channels."""
    return len(node.xs[0]) - 1


def spread(node: Node, found: Part, alone: Sequence[bool]) -> Part:
    """A layer of several inputs, those without a batch spread to that of another."""
    batched = alone.index(False)

    def used(this: str, inputs: Sequence[str], args: Mapping[str, str]) -> Code:
        size = f"{inputs[batched]}.shape[0]"
        ranks = [", -1" * len(x) for x in node.xs]
        return found.apply(
            this,
            [
                f"{name}.expand({size}{rank})" if lonely else name
                for name, rank, lonely in zip(inputs, ranks, alone, strict=False)
            ],
            args,
        )

    return found._replace(apply=used, plain=False)
