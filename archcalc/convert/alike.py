"""Which modules of a draft are the same but for some numbers, so that one block is written for them.

A module is its children in order: what each is, and what it reads. The numbers in their fields are
columns beside it. A module that lacks a child which another one has, and reads past it, is the same
too: the child is there `when` an argument says so.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.convert.draft import Input
from archcalc.convert.script import activation
from archcalc.convert.tree import Leaf, Module
from archcalc.spec.write import bare

if TYPE_CHECKING:
    from archcalc.convert.draft import Draft, Item, Source
    from archcalc.convert.tree import Child
    from archcalc.layer import Layer

SLOT = "\0"
"""Stands for a number in the fields of a layer."""
_COUNTED = re.compile(r"(.*[A-Za-z])[_-](\d+)\Z")
_ROUNDS = 6  # lists, then modules that lack some; a module of copies may itself be a copy
Ref = tuple[str, Any]
"""What a child reads: another child, by name, and a path inside it; or an input of the module, by number."""


class Column(NamedTuple):
    """A number in a layer's fields: the layer's name in its module, the field, and its default."""

    child: str
    field: str
    default: int | None


class Hollow(NamedTuple):
    """A layer without its numbers, and those."""

    fields: dict[str, Any]
    columns: tuple[tuple[str, int | None], ...]
    values: tuple[int, ...]


class Kin(NamedTuple):
    """A module as others may be: what it is, its columns and their values, and children it may lack."""

    structure: int
    columns: tuple[Column, ...]
    values: tuple[Any, ...]


class Alike:
    """Structures of all modules of a draft."""

    def __init__(self, draft: Draft, whole: Module) -> None:
        self.draft = draft
        self.whole = whole
        self.ids: dict[Any, int] = {}  # a structure -> its number
        self.kin: dict[int, Kin] = {}  # by id of a module
        self.optional: dict[int, tuple[str, ...]] = {}  # a structure -> children that some modules lack
        self.lacking: dict[
            int, tuple[Module, frozenset[str]]
        ] = {}  # a structure -> a fuller one, what it lacks
        self.fullest: dict[int, Module] = {}  # a structure -> a module that has all its children
        self.sources: dict[int, list[Source]] = {}
        self.hollows: dict[int, Hollow] = {}
        self.see(whole)
        for _ in range(_ROUNDS):
            if not (self.lists(whole) or self.merged(whole)):
                break
            self.kin, self.fullest = {}, {}
            self.see(whole)

    # -- structures

    def see(self, module: Module) -> Kin:
        """The structure of a module, its children's first."""
        self.sources[id(module)] = module.sources(self.draft)
        parts, columns, values = [], [], []
        for child in module.children:
            what, own, numbers = self.child(child, module)
            parts.append((child.name, what, self.refs(child, module)))
            columns += own
            values += numbers
        key = tuple(parts)
        structure = self.ids.setdefault(key, len(self.ids))
        fuller = self.fuller(module, structure)
        if fuller is not None:
            kin = self.kin[id(fuller)]
            structure, columns = kin.structure, list(kin.columns)
            values = self.padded(module, fuller)
        else:
            self.fullest.setdefault(structure, module)
            columns += [Column(name, "", None) for name in self.optional.get(structure, ())]
            values += [True for _ in self.optional.get(structure, ())]
        found = self.kin[id(module)] = Kin(structure, tuple(columns), tuple(values))
        return found

    def fuller(self, module: Module, structure: int) -> Module | None:
        """The module that has all of another's children and more, where one was found and still is so."""
        found, lacks = self.lacking.get(structure, (None, frozenset[str]()))
        if found is None:
            return None
        kin = self.kin.get(id(found)) or self.see(found)
        if lacks <= {*self.optional.get(kin.structure, ())} and self.lacks(module, found) == lacks:
            return found
        del self.lacking[structure]  # what is inside one of them has become another
        return None

    def child(self, child: Child, module: Module) -> tuple[Any, list[Column], list[Any]]:
        """What a child is, its columns and their values."""
        if isinstance(child, Module):
            kin = self.kin.get(id(child)) or self.see(child)
            return kin.structure, list(kin.columns), list(kin.values)
        hollow = self.hollow(child.item.layer)
        bent = "" if child.bent is None else repr(activation(child.bent.layer))
        placed = (child.item.trainable, *(self.tie(word, child.item, module) for word in child.item.ties))
        what = (child.item.layer.op, repr(hollow.fields), bent, placed)
        return what, [Column(child.name, *column) for column in hollow.columns], list(hollow.values)

    def hollow(self, layer: Layer) -> Hollow:
        """A layer's fields without their numbers; those that are fallbacks are numbers too."""
        found = self.hollows.get(id(layer))
        if found is not None:
            return found
        fields: dict[str, Any] = {}
        columns: list[tuple[str, int | None]] = []
        values: list[int] = []
        for name, field in layer.fields.items():
            value = getattr(layer, name)
            fallback = None if field.required else field.fallback()
            written = None if value is None else bare(field.write(value))
            if type(written) is int and not field.required and fallback is not None:
                default = bare(field.write(fallback))
                columns.append((name, default if type(default) is int else None))
                values.append(written)
                fields[name] = SLOT
            elif field.required or value != fallback:
                fields[name] = _hollowed(written, name, columns, values)
        found = self.hollows[id(layer)] = Hollow(fields, tuple(columns), tuple(values))
        return found

    def tie(self, word: str, item: Item, module: Module) -> tuple[str, str]:
        """A tie by names: of a layer in the same module, or by its whole path."""
        tied = item.ties[word]
        inside = module.first <= tied.item.index <= module.last
        path = self.path(tied.item, module if inside else self.whole)
        return word, f"{path}.{tied.tensor}{'.T' * tied.transposed}"

    def path(self, item: Item, module: Module, *, short: bool = False) -> str:
        """The path of a layer from a module around it; in short, of the module that gives what it makes."""
        parts = []
        child: Child = module
        while isinstance(child, Module):
            child = child.child_of(item.index)
            parts.append(child.name)
            if short and child.last == item.index:
                break
        return ".".join(parts)

    def refs(self, child: Child, module: Module) -> tuple[Ref, ...]:
        """What a child reads."""
        reads = child.item.reads if isinstance(child, Leaf) else self.sources[id(child)]
        return tuple(self.ref(source, module) for source in reads)

    def ref(self, source: Source, module: Module) -> Ref:
        """What a source is called among the children of a module."""
        if isinstance(source, Input) or not module.first <= source.index <= module.last:
            number = next(i for i, own in enumerate(self.sources[id(module)]) if own is source)
            return "", number
        other = module.child_of(source.index)
        if source.index == other.last:
            return other.name, ""
        return other.name, self.path(source, other, short=True) if isinstance(other, Module) else ""

    # -- copies

    def lists(self, module: Module) -> bool:
        """Put children that are numbered, as encoder_layer_0, and alike into a module of their own."""
        changed = False
        for child in module.children:
            if isinstance(child, Module):
                changed |= self.lists(child)
        children: list[Child] = []
        names = {child.name for child in module.children}
        run: list[Module] = []
        for child in module.children:
            if isinstance(child, Module) and (not run or self.follows(run, child, module)):
                run.append(child)
                continue
            changed |= self.listed(run, children, names)
            run = [child] if isinstance(child, Module) else []
            if isinstance(child, Leaf):
                children.append(child)
        changed |= self.listed(run, children, names)
        module.children[:] = children
        return changed

    def listed(self, run: list[Module], children: list[Child], names: set[str]) -> bool:
        """Children as they are, or a module of copies."""
        match = _COUNTED.match(run[0].name) if run else None
        if match is None or len(run) == 1:
            children += run
            return False
        name = (
            run[0].name if match[1] in names else match[1]
        )  # a second list of copies is called by its first
        names.add(name)
        path = run[0].path.rpartition(".")[0]
        for number, child in enumerate(run):
            child.name = str(number)
        children.append(Module(name, f"{path}.{name}" if path else name, list(run)))
        return True

    def follows(self, run: list[Module], child: Module, module: Module) -> bool:
        """Whether a child is the next copy of those in a run."""
        last = run[-1]
        one, other = _COUNTED.match(last.name), _COUNTED.match(child.name)
        if not one or not other or one[1] != other[1] or int(other[2]) != int(one[2]) + 1:
            return False
        if self.kin[id(last)].structure != self.kin[id(child)].structure:
            return False
        return self.chained(last, child, module)

    def chained(self, one: Module, other: Module, module: Module) -> bool:
        """Whether a copy reads first what the one before makes, and else the same."""
        before, after = self.sources[id(one)], self.sources[id(other)]
        first = after[0] if after else None
        return (
            len(before) == len(after)
            and not isinstance(first, Input)
            and first is not None
            and first.index == one.last
            and all(a is b for a, b in zip(before[1:], after[1:], strict=True))
        )

    def copies(self, module: Module) -> bool:
        """Whether a module holds nothing but copies, numbered from 0, each reading the one before."""
        own = [child for child in module.children if isinstance(child, Module)]
        return (
            len(own) == len(module.children) > 1
            and [child.name for child in own] == [str(number) for number in range(len(own))]
            and len({self.kin[id(child)].structure for child in own}) == 1
            and all(self.chained(a, b, module) for a, b in pairwise(own))
        )

    # -- children that some lack

    def merged(self, module: Module) -> bool:
        """Find, among children that are numbered, those that are another without some of its children."""
        changed = False
        own = [child for child in module.children if isinstance(child, Module)]
        for child in own:
            changed |= self.merged(child)
        numbered = [child for child in own if child.name.isdigit() and not self.copies(child)]
        # one that lacks a child itself has the structure of the fuller one, and that is compared
        structures = dict.fromkeys(self.kin[id(child)].structure for child in numbered)
        kinds = {structure: self.fullest[structure] for structure in structures}
        by_size = sorted(kinds.values(), key=lambda child: -len(child.children))
        for fuller in by_size:
            for child in by_size:
                mine, theirs = self.kin[id(child)].structure, self.kin[id(fuller)].structure
                if mine in self.lacking or theirs in self.lacking or child is fuller:
                    continue
                lacks = self.lacks(child, fuller)
                if lacks and not self.holds(fuller, mine):
                    self.lacking[mine] = (fuller, lacks)
                    known = {*self.optional.get(theirs, ()), *lacks}
                    self.optional[theirs] = tuple(c.name for c in fuller.children if c.name in known)
                    changed = True
        return changed

    def holds(self, module: Module, structure: int) -> bool:
        """Whether a module, or a fuller one that stands for a part of it, has one of a structure inside."""
        for child in module.children:
            if isinstance(child, Module):
                own = self.kin[id(child)].structure
                fuller = self.lacking[own][0] if own in self.lacking else self.fullest[own]
                if structure in (own, self.kin[id(fuller)].structure) or self.holds(fuller, structure):
                    return True
        return False

    def lacks(self, child: Module, fuller: Module) -> frozenset[str]:
        """The children that a module lacks and is otherwise like another; none where it is unlike."""
        own = {part.name: part for part in child.children}
        missing = frozenset(part.name for part in fuller.children if part.name not in own)
        kept = [part for part in fuller.children if part.name in own]
        if (
            not missing
            or len(kept) != len(own)
            or len(self.sources[id(child)]) != len(self.sources[id(fuller)])
        ):
            return frozenset()
        through: dict[Ref, Ref] = {}
        for part in fuller.children:
            refs = self.refs(part, fuller)
            if part.name in missing:
                if len(set(refs)) != 1:
                    return frozenset()
                through[part.name, ""] = through.get(refs[0], refs[0])
                continue
            mine = own[part.name]
            wanted = tuple(through.get(ref, ref) for ref in refs)
            if self.child(part, fuller)[0] != self.child(mine, child)[0] or self.refs(mine, child) != wanted:
                return frozenset()
        return missing

    def padded(self, module: Module, fuller: Module) -> list[Any]:
        """A module's values in the columns of a fuller one."""
        own = {child.name: child for child in module.children}
        values: list[Any] = []
        for child in fuller.children:
            numbers = self.child(child, fuller)[2]
            there = child.name in own
            values += self.child(own[child.name], module)[2] if there else [None] * len(numbers)
        named = self.optional[self.kin[id(fuller)].structure]
        return [*values, *(name in own for name in named)]


def _hollowed(written: Any, field: str, columns: list[Any], values: list[int]) -> Any:
    """A value with its numbers taken out."""
    if isinstance(written, dict):
        return {key: _hollowed(part, field, columns, values) for key, part in written.items()}
    if isinstance(written, list):
        return [_hollowed(part, field, columns, values) for part in written]
    if type(written) is not int:
        return written
    columns.append((field, None))
    values.append(written)
    return SLOT
