"""Variables of a forward pass: `x` along the trunk, names of their own for branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from archcalc.export.source.code import Code
    from archcalc.export.source.items import Item
    from archcalc.export.source.names import Names


class Step(NamedTuple):
    """A statement of a forward pass: what it reads and gives, by the names of layers."""

    item: Item
    reads: tuple[str, ...]
    code: Callable[[Sequence[str]], Code]
    comment: str = ""
    atom: bool = False  # it is a name already, and needs no variable
    watched: str = ""  # what a witness calls the value, where no module gives it
    gives: str = ""
    again: bool = False  # it runs several times, and reads all but the first input each time

    @property
    def value(self) -> str:
        """The name of what it gives."""
        return self.gives or self.item.name


class Line(NamedTuple):
    """A statement with its variables."""

    step: Step
    target: str
    inputs: tuple[str, ...]


def named(
    steps: Sequence[Step], heads: Mapping[str, str], ends: tuple[str, ...], names: Names
) -> tuple[list[Line], list[str]]:
    """The statements with variables, and the variables of what is given.

    `heads` has the variables of the inputs; `names` makes others.
    """
    last = _last_reads(steps, ends)
    held = dict(heads)  # what each value is in
    own: dict[str, str] = {}  # the variable that a value's name was made into
    lines = []
    for i, step in enumerate(steps):
        inputs = tuple(held[name] for name in step.reads)
        if step.atom:
            held[step.value] = str(step.code(()))
            lines.append(Line(step, held[step.value], ()))
            continue
        live = {held[name] for name, place in last.items() if place > i and name in held}
        live |= {variable for variable in inputs[1:] if step.again}
        dying = [
            v for v in inputs if v not in live and (v == "x" or v not in heads.values()) and "." not in v
        ]
        if "x" in dying:
            target = "x"
        elif dying:
            target = dying[0]
        elif "x" not in live:
            target = "x"
        else:
            target = _head(steps, i, live, own, names)
        held[step.value] = target
        lines.append(Line(step, target, inputs))
    return lines, [held[name] for name in ends]


def _last_reads(steps: Sequence[Step], ends: tuple[str, ...]) -> dict[str, int]:
    """Where each value is read last; what is given is read at the end."""
    last: dict[str, int] = {}
    for i, step in enumerate(steps):
        last.update(dict.fromkeys(step.reads, i))
    last.update(dict.fromkeys(ends, len(steps)))
    return last


def _head(steps: Sequence[Step], i: int, live: set[str], own: dict[str, str], names: Names) -> str:
    """A variable for a branch: `y` beside `x` where the two are joined, else the name of its last layer."""
    chain, after = _chain(steps, i)
    if len(chain) > 1 and "y" not in live and (after is None or len(after.reads) == 2):
        return "y"
    word = chain[-1].item.name
    if word not in own:
        own[word] = names.variable(word)
    return own[word]


def _chain(steps: Sequence[Step], i: int) -> tuple[list[Step], Step | None]:
    """The steps that each read only the one before, from the i-th on; and what reads the last."""
    chain = [steps[i]]
    while True:
        readers = [step for step in steps[i + 1 :] if chain[-1].value in step.reads]
        if len(readers) != 1:
            return chain, None
        part = readers[0].item.part()
        joins = part is not None and part.make is None and len(set(readers[0].reads)) > 1
        if joins or readers[0].reads[0] != chain[-1].value:
            return chain, readers[0]
        chain.append(readers[0])
