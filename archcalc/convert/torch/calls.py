"""What a call of an operation is given, and the rules that say what it becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.exporting import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from torch.fx import Node

    from archcalc.convert.torch.reader import Reader
    from archcalc.convert.torch.sketch import Value

    _Rule = TypeVar("_Rule", bound=Callable[..., Any])

RULES: dict[str, Callable[[Reader, Call], Any]] = {}
"""For each operation of PyTorch, by its name without a trailing `_`, what it becomes."""


def rule(*ops: str) -> Callable[[_Rule], _Rule]:
    """Enter a function as what these operations become."""

    def enter(function: _Rule) -> _Rule:
        RULES.update(dict.fromkeys(ops, function))
        return function

    return enter


class Unknown(Exception):  # noqa: N818  (it is no error: the operation becomes opaque)
    """An operation, or a use of one, that the language has no word for."""


class Tensor:
    """A parameter, or numbers that are known beforehand: placed as a layer where something reads it."""

    __slots__ = ("name", "part", "shape", "trained", "turned", "whole")

    def __init__(
        self,
        shape: tuple[int, ...],
        *,
        name: str = "",
        trained: bool = False,
        whole: tuple[int, ...] | None = None,
    ) -> None:
        self.shape = shape
        self.name = name  # of the parameter or the buffer; nothing where it was computed
        self.trained = trained
        self.whole = shape if whole is None else whole  # as it is stored
        self.turned = False
        self.part: tuple[int, int] | None = None  # rows of it, where it is a part

    def seen(self, shape: tuple[int, ...]) -> Tensor:
        """The same with axes of size 1 put in or taken out."""
        found = Tensor(shape, name=self.name, trained=self.trained, whole=self.whole)
        found.turned = self.turned
        found.part = self.part
        return found


def turned(weight: Tensor) -> Tensor:
    """A matrix the other way round."""
    found = weight.seen((*weight.shape[:-2], weight.shape[-1], weight.shape[-2]))
    found.turned = not weight.turned
    return found


class Indices(Tensor):
    """Whole numbers reckoned from indices that are read: what they are is index work, which is free."""

    __slots__ = ("base", "counted")

    def __init__(self, shape: tuple[int, ...], base: Value, *, counted: bool) -> None:
        super().__init__(shape)
        self.base = base  # the input
        self.counted = counted  # whether places were counted, as those of tokens that are no padding


class Call:
    """A node of the graph: its operation, its arguments by name, and the module it stands in."""

    def __init__(self, reader: Reader, node: Node, nodes: Sequence[Node] = ()) -> None:
        self.node = node
        self.nodes = nodes or (node,)  # of a module that is one layer, all its operations
        target: Any = node.target
        schema = target._schema  # noqa: SLF001  (PyTorch has no other name for it)
        self.op: str = schema.name.partition("::")[2]
        self.args: dict[str, Any] = {}
        for i, argument in enumerate(schema.arguments):
            if i < len(node.args):
                given: Any = node.args[i]
            elif argument.name in node.kwargs:
                given = node.kwargs[argument.name]
            else:
                given = argument.default_value
            self.args[argument.name] = reader.looked_up(given)
        self.scope, self.kind = stood(node)

    def __getitem__(self, name: str) -> Any:
        return self.args[name]

    def get(self, name: str, otherwise: Any = None) -> Any:
        """An argument, if the operation has one of that name."""
        return self.args.get(name, otherwise)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that PyTorch gives the result."""
        return shape_of(self.node)


def stood(node: Node) -> tuple[str, str]:
    """The path of the module that a node is in, and its class."""
    stack = node.meta.get("nn_module_stack") or {}
    if not stack:
        return "", ""
    path, kind = list(stack.values())[-1]
    kind = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
    return bare(path), kind.rpartition(".")[2]


def bare(path: str) -> str:
    """The path of a module, without the number of its call."""
    return ".".join(part.partition("@")[0] for part in path.split("."))


def shape_of(node: Node) -> tuple[int, ...]:
    """The shape of what a node makes, a symbol at the size it was traced with."""
    found = node.meta["val"]
    return tuple(hint(size) for size in found.shape)


def hint(size: Any) -> int:
    """A size, of a symbol the one that it was traced with."""
    return size if isinstance(size, int) else int(size.node.hint)


def own(shape: Sequence[int]) -> tuple[int, ...]:
    """The sizes of one example: the batch taken off; an axis that holds it with others keeps those."""
    found = []
    for size in shape:
        if size == BATCH:
            continue
        found.append(size // BATCH if size % BATCH == 0 and size else size)
    return tuple(found) or (1,)


def places(shape: Sequence[int]) -> list[int | None]:
    """For each axis of PyTorch's its place among those of one example, or none for the batch."""
    found: list[int | None] = []
    place = 0
    for size in shape:
        found.append(None if size == BATCH else place)
        place += size != BATCH
    return found


def flat(parts: Any) -> Iterator[Any]:
    """Everything in nested lists."""
    for part in parts:
        if isinstance(part, list | tuple):
            yield from flat(part)
        else:
            yield part


def plain(given: Any) -> Any:
    """A constant as a spec has it."""
    if isinstance(given, float) and given == int(given) and abs(given) < 1e15:
        return int(given)
    return given
