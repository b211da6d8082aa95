"""The layers of a draft as its modules hold them."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from archcalc.convert.draft import Input, Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.convert.draft import Draft, Source

_TAKEN = {"input": "in", "output": "out", "total": "all"}  # names that mean something of their own
_ODD = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 60


class Leaf:
    """A layer where it stands, with the activation that is folded into it."""

    __slots__ = ("bent", "item", "name")

    def __init__(self, name: str, item: Item) -> None:
        self.name = name
        self.item = item
        self.bent: Item | None = None

    @property
    def items(self) -> list[Item]:
        """The layer, and its activation."""
        return [self.item] if self.bent is None else [self.item, self.bent]

    @property
    def first(self) -> int:
        """The place of the layer among all."""
        return self.item.index

    @property
    def last(self) -> int:
        """The place of what makes its output."""
        return (self.bent or self.item).index


class Module:
    """A module: what it holds, in order."""

    __slots__ = ("children", "first", "last", "name", "path")

    def __init__(self, name: str, path: str, children: list[Child]) -> None:
        self.name = name
        self.path = path  # as the format has it
        self.children = children
        self.first: int = children[0].first
        self.last: int = children[-1].last

    @property
    def items(self) -> list[Item]:
        """Every layer in it."""
        return [item for child in self.children for item in child.items]

    def sources(self, draft: Draft) -> list[Source]:
        """What it reads from outside, in the order met."""
        found: dict[int, Source] = {}
        for item in draft.items[self.first : self.last + 1]:
            for source in item.reads:
                if isinstance(source, Input) or not self.first <= source.index <= self.last:
                    found.setdefault(id(source), source)
        return list(found.values())

    def child_of(self, index: int) -> Child:
        """The child that the layer at a place is in."""
        from bisect import bisect_right

        return self.children[bisect_right(self.children, index, key=lambda child: child.first) - 1]


Child = Leaf | Module


def grown(draft: Draft) -> Module:
    """The whole network as one module."""
    readers: dict[int, int] = {}
    for item in draft.items:
        for source in item.reads:
            readers[id(source)] = readers.get(id(source), 0) + 1
    for item in draft.outputs:
        readers[id(item)] = readers.get(id(item), 0) + 1
    children = _children(draft.items, 0, draft, readers)
    while len(children) == 1 and isinstance(children[0], Module):
        children = children[0].children  # one module around everything says nothing
    top = {given.name for given in draft.inputs}
    _named(children, top)
    return Module("", "", children)


def _children(items: list[Item], depth: int, draft: Draft, readers: dict[int, int]) -> list[Child]:
    """What a module holds: layers of its own, and runs of those of a module inside it."""
    found: list[Child] = []
    for part, run, below in _runs(items, depth):
        if not part:
            found += [Leaf(item.word, item) for item in run]
        elif len(run) == 1:
            found.append(Leaf(part, run[0]))
        else:
            inner = _children(run, below, draft, readers)
            if len(inner) == 1 and isinstance(inner[0], Leaf):
                inner[0].name = part
                found.append(inner[0])
                continue
            module = Module(part, ".".join(run[0].scope[:below]), inner)
            if module.sources(draft):
                found.append(module)
            else:  # a block reads something
                for child in inner:
                    child.name = f"{part}_{child.name}"
                found += inner
    found = _bent(found, readers)
    _named(found, set())
    return found


def _runs(items: list[Item], depth: int) -> Iterator[tuple[str, list[Item], int]]:
    """Layers one after another that are in the same module at a depth, and the depth below it.

    In none, an empty name. A list of modules that is gone through with other layers in between is no block:
    each of its modules stands alone, as `blocks-0`.
    """
    runs = [(part, list(run)) for part, run in groupby(items, lambda item: _part(item, depth))]
    of: dict[str, list[list[Item]]] = {}
    for part, run in runs:
        of.setdefault(part, []).append(run)
    parted = {part for part, own in of.items() if part and _is_parted(own, depth)}
    for part, run in runs:
        if part in parted:
            for inner, own in groupby(run, lambda item: _part(item, depth + 1)):
                yield f"{part}-{inner}", list(own), depth + 2
        else:
            yield part, run, depth + 1


def _part(item: Item, depth: int) -> str:
    return item.scope[depth] if len(item.scope) > depth else ""


def _is_parted(runs: list[list[Item]], depth: int) -> bool:
    """Whether runs of one module hold different modules each, and no layer of its own."""
    parts = [{_part(item, depth + 1) for item in run} for run in runs]
    every = set().union(*parts)
    return len(runs) > 1 and "" not in every and len(every) == sum(map(len, parts))


def _bent(children: list[Child], readers: dict[int, int]) -> list[Child]:
    """The same with each activation in the layer before it, where nothing else reads that."""
    found: list[Child] = []
    for child in children:
        before = found[-1] if found else None
        if (
            isinstance(child, Leaf)
            and child.item.layer.bends
            and not child.item.own
            and child.bent is None
            and isinstance(before, Leaf)
            and before.bent is None
            and before.item.layer.units
            and child.item.reads == (before.item,)
            and (child.item.own is False or not child.item.layer.weights(*child.item.xs))
            and readers.get(id(before.item)) == 1
        ):
            before.bent = child.item
        else:
            found.append(child)
    return found


def _named(children: list[Child], taken: set[str]) -> None:
    """Give every child a name that the language allows and that is its own."""
    taken = set(taken)
    counts: dict[str, int] = {}
    for child in children:
        name = sound(child.name)
        base, number = name, counts.get(name, 0)
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        counts[base] = number
        taken.add(name)
        child.name = name


def sound(name: str) -> str:
    """A name as the language allows it."""
    plain = _ODD.sub("_", name).strip("_") or "layer"
    if len(plain) > _LONGEST:
        plain = f"{plain[: _LONGEST - 20]}_{plain[-19:]}"
    return _TAKEN.get(plain, plain)
