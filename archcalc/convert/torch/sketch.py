"""A network whose axes have places and not yet names, from which a draft with named axes is made.

PyTorch goes by places, the spec language by names. Axes that an operation keeps are one; one that
a layer needs by a name is given it, and those that nothing asks for are named at the end. Where two
names meet, a reshape that only renames stands between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch.fx import Node

    from archcalc.convert.draft import Draft, Source

_FREE = ("T", "N", "M", "K", "G", "P", "Q", "R", "S", "U", "V", "X", "Y", "Z")


class Axis:
    """An axis of values; two that have turned out to be one share their root."""

    __slots__ = ("_up", "hint", "holders", "name")

    def __init__(self, name: str = "", hint: str = "") -> None:
        self._up: Axis | None = None
        self.name = name
        self.hint = hint  # a name that would suit it
        self.holders: list[tuple[Axis, ...]] = []  # the axes of values that it is one of

    @property
    def root(self) -> Axis:
        """The axis that stands for all that are one with this."""
        axis = self
        while axis._up is not None:
            axis = axis._up
        if self._up is not None and axis is not self._up:
            self._up = axis
        return axis

    def free(self, name: str) -> bool:
        """Whether no value has this axis beside another of that name."""
        return not any(
            other.root.name == name for axes in self.holders for other in axes if other.root is not self
        )

    def call(self, name: str) -> bool:
        """Give it a name, if it has none and none beside it has that; whether it bears the name now."""
        root = self.root
        if not root.name and root.free(name):
            root.name = name
        return root.name == name

    def join(self, other: Axis) -> bool:
        """Make two axes one, if no value has both and no names clash; whether they are."""
        a, b = self.root, other.root
        if a is b:
            return True
        if len(a.holders) < len(b.holders):
            a, b = b, a
        if a.name and b.name and a.name != b.name:
            return False
        if any(axis.root is a for axes in b.holders for axis in axes):
            return False
        if (a.name and not b.name and not b.free(a.name)) or (b.name and not a.name and not a.free(b.name)):
            return False
        b._up = a  # noqa: SLF001  (its own)
        a.name = a.name or b.name
        a.hint = a.hint or b.hint
        a.holders += b.holders
        b.holders = []
        return True


class Value:
    """What an operation makes of one example: its sizes and axes, and the shape that PyTorch gives it."""

    __slots__ = ("axes", "shape", "sizes", "source")

    def __init__(self, shape: tuple[int, ...], sizes: tuple[int, ...], axes: tuple[Axis, ...]) -> None:
        self.shape = shape
        self.sizes = sizes
        self.axes = axes
        self.source: Step | Given | None = None
        for axis in dict.fromkeys(axis.root for axis in axes):
            if not axis.holders or axis.holders[-1] is not axes:
                axis.holders.append(axes)


class Given:
    """An input of the network."""

    __slots__ = ("indices", "name", "symbols")

    def __init__(self, name: str, symbols: Mapping[int, str], *, indices: bool) -> None:
        self.name = name
        self.symbols = dict(symbols)  # place of an axis -> its symbol
        self.indices = indices


class Step:
    """A layer to be: its op, and fields in which axes stand for their names."""

    __slots__ = ("fields", "node", "op", "own", "reads", "scope", "ties", "trainable", "value", "word")

    def __init__(
        self, scope: str, word: str, op: str, fields: dict[str, Any], reads: Sequence[Value], value: Value
    ) -> None:
        self.scope = scope
        self.word = word
        self.op = op
        self.fields = fields
        self.reads = list(reads)
        self.value = value
        self.ties: dict[str, tuple[Step, str, bool]] = {}  # tensor -> its owner, the tensor there, turned
        self.trainable = True
        self.node: Node | None = None  # the operation that it was made for
        self.own: bool | None = None  # whether its author gave it a statement of its own, where that is known
        value.source = self


class Sketch:
    """Inputs and steps in order."""

    def __init__(self) -> None:
        self.inputs: list[Value] = []
        self.steps: list[Step] = []
        self.opaque: dict[int, str] = {}  # a step that is opaque, by its id -> the operation's name

    def step(
        self,
        scope: str,
        op: str,
        fields: dict[str, Any],
        reads: Sequence[Value],
        value: Value,
        word: str = "",
    ) -> Value:
        """One more step; the value that it makes."""
        self.steps.append(Step(scope, word or op, op, fields, reads, value))
        return value

    # -- names

    def renamed(self, value: Value, axes: tuple[Axis, ...], scope: str) -> Value:
        """The same numbers on other axes."""
        made = Value(value.shape, value.sizes, axes)
        fields = {"shape": dict(zip(axes, value.sizes, strict=True))}
        return self.step(scope, "reshape", fields, [value], made)

    def called(self, value: Value, names: Sequence[str], scope: str) -> Value:
        """The value with its last axes called so, from the last on: by what they are, or by a reshape."""
        tail = value.axes[len(value.axes) - len(names) :]
        if all(axis.call(name) for axis, name in zip(tail, names, strict=True)):
            return value
        lead = tuple(Axis(hint=axis.root.name or axis.root.hint) for axis in value.axes[: -len(names)])
        fresh = (*lead, *(Axis() for _ in names))
        made = self.renamed(value, fresh, scope)
        for axis, name in zip(fresh[len(lead) :], names, strict=True):
            axis.call(name)
        return made

    def alike(self, value: Value, axes: tuple[Axis, ...], scope: str) -> Value:
        """The value on these axes: since its own are the same, or by a reshape."""
        joined = [axis.join(wanted) for axis, wanted in zip(value.axes, axes, strict=True)]
        return value if all(joined) else self.renamed(value, axes, scope)

    # -- the draft

    def needed(self, outputs: Iterable[Value]) -> list[Step]:
        """The steps that outputs need, in order."""
        wanted: set[int] = set()
        todo = [value.source for value in outputs]
        while todo:
            step = todo.pop()
            if isinstance(step, Step) and id(step) not in wanted:
                wanted.add(id(step))
                todo += [value.source for value in step.reads]
                todo += [owner for owner, _, _ in step.ties.values()]
        return [step for step in self.steps if id(step) in wanted]

    def onto(self, draft: Draft, outputs: Sequence[Value]) -> None:
        """Write the inputs and steps that are needed into a draft, every axis by its name."""
        from archcalc.convert.draft import Tied
        from archcalc.dims import Shape

        steps = self.needed(outputs)
        values = [*self.inputs, *(step.value for step in steps)]
        _name_all(values)
        made: dict[int, Source] = {}
        for value in self.inputs:
            given = value.source
            assert isinstance(given, Given)
            pairs = [(axis.root.name, size) for axis, size in zip(value.axes, value.sizes, strict=True)]
            symbols = {pairs[place][0]: symbol for place, symbol in given.symbols.items()}
            made[id(given)] = draft.input(given.name, pairs, indices=given.indices, symbols=symbols)
        for step in steps:
            reads = [made[id(value.source)] for value in step.reads]
            ties = {}
            for tensor, (owner, theirs, turned) in step.ties.items():
                item: Any = made[id(owner)]
                ties[tensor] = Tied(item, theirs, turned)
            fields = {key: _named(field) for key, field in step.fields.items()}
            if id(step) in self.opaque:
                shape = Shape(fields["output_shape"].values(), fields["output_shape"])
                name, fixed = self.opaque[id(step)], fields.get("num_fixed", 0)
                added = draft.opaque(step.scope, name, shape, fields["num_params"], *reads, fixed=fixed)
            else:
                added = draft.add(step.scope, step.op, fields, *reads, word=step.word, ties=ties)
            added.trainable = step.trainable
            added.own = step.own
            made[id(step)] = added
        draft.ends(*(made[id(value.source)] for value in outputs if isinstance(value.source, Step)))  # type: ignore[arg-type]


def _named(field: Any) -> Any:
    """A field with names in place of axes."""
    if isinstance(field, Axis):
        return field.root.name
    if isinstance(field, dict):
        return {_named(key): _named(part) for key, part in field.items()}
    if isinstance(field, list | tuple):
        return [_named(part) for part in field]
    return field


def _name_all(values: Iterable[Value]) -> None:
    """Give every axis a name that no axis beside it has."""
    for value in values:
        vector = len(value.axes) == 1
        for axis in value.axes:
            root = axis.root
            if root.name:
                continue
            wishes = (root.hint, *(("C",) if vector else ()), *_FREE)
            if not any(name and root.call(name) for name in wishes):
                number = 0
                while not root.call(f"A{number}"):
                    number += 1
