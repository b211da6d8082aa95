"""What rules are written in: how a layer is made and applied, its fields, and the axes that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.code import call
from archcalc.export.source.parts import Arg, Make, Part, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from archcalc.export.source.code import Code
    from archcalc.graph import Node

# -- what a layer is


def module(
    function: str,
    *args: Any,
    tensors: str = "",
    after: Sequence[str] = (),
    **named: Any,
) -> Part:
    """A layer of the framework that reads all inputs.

    Its tensors have the names that they have in the layer, or are given as `ours=theirs`.
    """
    make = Make(function, tuple(map(_arg, args)), {name: _arg(value) for name, value in named.items()})
    pairs = (word.partition("=") for word in tensors.split())
    places = {ours: theirs or ours for ours, _, theirs in pairs}
    return Part(make, _called, plain=True, after=tuple(after), tensors=places)


def _called(this: str, inputs: Sequence[str], _args: Mapping[str, str]) -> Code:
    return call(this, *inputs)


def _arg(value: Any) -> Arg:
    return value if isinstance(value, Arg) else Arg(value)


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


def turned(name: str, *order: int) -> str:
    """The place of a tensor whose axes are those of ours in this order: `kernel@1,0`."""
    return f"{name}@{','.join(map(str, order))}"


def joins(node: Node, join: Callable[[list[str]], Code]) -> Part:
    """What the forward pass does with all inputs of a layer."""
    count = len(node.inputs)
    return Part(None, lambda _this, inputs, _args: join(list(inputs[:count])))


# -- values


def field(node: Node, name: str) -> Arg:
    """A field's value: one number for sides that are all alike."""
    value = whole(getattr(node.layer, name))
    if isinstance(value, tuple) and all(isinstance(side, int) for side in value):
        value = one(value)
    return Arg(value, name)


def one(values: Iterable[Any]) -> Any:
    """The value of all sides that are alike, or all of them."""
    each = tuple(values)
    return each[0] if len(set(each)) == 1 and isinstance(each[0], int) else each


def full(value: Any) -> tuple[int, ...]:
    """A size for each axis of the window."""
    return tuple(int(side) for side in value)


def given(node: Node, **usual: Any) -> dict[str, Any]:
    """Fields, with what the framework takes where nothing is said."""
    return {name: field(node, name)._replace(usual=value) for name, value in usual.items()}


def differ(args: Mapping[str, Arg]) -> dict[str, Any]:
    """Those that are not as usual."""
    return {name: arg for name, arg in args.items() if arg.value != arg.usual}


# -- axes


def size(node: Node, axis: str = "C", of: int = 0) -> Arg:
    """The size of an axis of an input."""
    return Arg(node.xs[of][node.xs[of].axes.index(axis)], axis=(of, axis))


def dim(node: Node, axis: str = "C") -> int:
    """Where an axis of the input stands in a tensor, behind the batch."""
    return node.xs[0].axes.index(axis) + 1


def rank(node: Node) -> int:
    """How many axes stand beside the channels."""
    return len(node.xs[0]) - 1
