"""The spec of a draft with its modules as blocks: those that are alike once, with arguments, and repeats."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.convert.alike import SLOT, Alike
from archcalc.convert.script import activation, named_inputs, script
from archcalc.convert.tree import Leaf, Module, sound
from archcalc.expressions import is_name, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.alike import Column, Ref
    from archcalc.convert.draft import Draft
    from archcalc.convert.script import Script
    from archcalc.convert.tree import Child

_FEATURES = frozenset({"out_channels", "out_features", "embedding_dim", "hidden_size", "head_dim"})
_MOST_TIMES = 64  # a size that is so many times another is written so


class Arg(NamedTuple):
    """An argument of a block: its name, the column that it is, and its default."""

    name: str
    column: int
    default: Any


class Template:
    """A block: a module that stands for all of a structure, its arguments, and what its columns are."""

    def __init__(self, name: str, module: Module, args: list[Arg], exprs: list[Any]) -> None:
        self.name = name
        self.module = module
        self.args = args
        self.exprs = exprs


def folded(draft: Draft, whole: Module) -> Script | None:
    """The spec with blocks; none where no module holds two layers."""
    if all(isinstance(child, Leaf) for child in whole.children):
        return None
    return Folding(draft, whole).script()


class Folding:
    """Writes blocks, those that are inside others first known and last written."""

    def __init__(self, draft: Draft, whole: Module) -> None:
        self.draft = draft
        self.whole = whole
        self.alike = Alike(draft, whole)
        self.members: dict[int, list[Module]] = {}
        self.templates: dict[int, Template] = {}
        self.names: set[str] = set()

    def script(self) -> Script:
        """The whole spec."""
        self.collect(self.whole)
        # what is inside a module has a lower number than it
        order = sorted(self.members)
        for structure in order:
            self.templates[structure] = self.template(structure)
        called = named_inputs(self.draft)
        wires = [called[id(source)] for source in self.alike.sources[id(self.whole)]]
        layers = self.entries(self.whole, list(self.alike.kin[id(self.whole)].values), wires)
        blocks: dict[str, Any] = {}
        self.written(self.whole, blocks)
        outputs = [self.alike.path(item, self.whole, short=True) for item in self.draft.outputs]
        last = self.whole.children[-1].name
        return script(self.draft, layers, [] if outputs == [last] else outputs, blocks, called)

    # -- which blocks there are

    def collect(self, module: Module) -> None:
        """Every module that is written as a block, by its structure."""
        copied = self.alike.copies(module)
        for child in module.children:
            if isinstance(child, Module):
                if copied or not self.alike.copies(child):
                    self.members.setdefault(self.alike.kin[id(child)].structure, []).append(child)
                self.collect(child)

    def written(self, module: Module, blocks: dict[str, Any]) -> None:
        """The blocks that a module uses, each followed by those that it uses."""
        for child in module.children:
            if not isinstance(child, Module):
                continue
            inner = child.children[0] if self.alike.copies(child) else child
            assert isinstance(inner, Module)
            template = self.templates[self.alike.kin[id(inner)].structure]
            if template.name in blocks:
                continue
            blocks[template.name] = self.block(template)
            self.written(template.module, blocks)

    def block(self, template: Template) -> dict[str, Any]:
        """A block as it is written."""
        sources = self.alike.sources[id(template.module)]
        wires = block_inputs(template.module, len(sources))
        layers = self.entries(template.module, template.exprs, wires)
        args = {arg.name: arg.default for arg in template.args}
        return {"args": args, "inputs": wires if len(wires) > 1 else [], "layers": layers}

    def template(self, structure: int) -> Template:
        """The block of a structure: numbers in which its modules differ are arguments."""
        alike, members = self.alike, self.members[structure]
        module = alike.fullest.get(structure, members[0])
        columns = alike.kin[id(module)].columns
        rows = [alike.kin[id(member)].values for member in members]
        needed = self.needed(module)
        varying: list[int] = []
        exprs: list[Any] = list(alike.kin[id(module)].values)
        for i in range(len(columns)):
            seen = {row[i] for row in rows if row[i] is not None}
            if len(seen) == 1:
                exprs[i] = seen.pop()
            elif len(seen) > 1 and i in needed:
                varying.append(i)
        args = self.arguments(module, columns, rows, varying, exprs)
        return Template(self.block_name(members[0]), module, args, exprs)

    def arguments(
        self,
        module: Module,
        columns: Sequence[Column],
        rows: list[tuple[Any, ...]],
        varying: list[int],
        exprs: list[Any],
    ) -> list[Arg]:
        """Arguments for the columns that differ: one for those that go together."""
        bases: list[tuple[int, list[Any]]] = []
        derived: dict[int, tuple[int, int]] = {}
        for i in sorted(varying, key=lambda i: (_size(rows, i), i)):
            own = [row[i] for row in rows]
            for base, theirs in bases:
                times = _times(columns[base], theirs, columns[i], own)
                if times:
                    derived[i] = (base, times)
                    break
            else:
                bases.append((i, own))
        taken = set(self.draft.symbols)
        args = {}
        for base, own in sorted(bases):
            wide = any(b == base and times > 1 for b, times in derived.values())
            name = _arg_name(columns[base], taken, wide=wide)
            taken.add(name)
            args[base] = Arg(name, base, _default(own, optional=not columns[base].field))
            exprs[base] = name
        for i, (base, times) in derived.items():
            exprs[i] = args[base].name if times == 1 else f"{times}*{args[base].name}"
        return list(args.values())

    def needed(self, module: Module) -> set[int]:
        """The columns that the lines of a block hold: others follow from those."""
        found: set[int] = set()
        offset = 0
        for child in module.children:
            width = self.width(child)
            if isinstance(child, Leaf):
                found |= set(range(offset, offset + width))
            else:
                found |= {offset + i for i in self.passed(child)}
            offset += width
        return found | set(range(offset, len(self.alike.kin[id(module)].columns)))

    def passed(self, child: Module) -> set[int]:
        """The columns of a module that are given where it is used."""
        if not self.alike.copies(child):
            return {arg.column for arg in self.templates[self.alike.kin[id(child)].structure].args}
        found: set[int] = set()
        offset = 0
        for copy in child.children:
            assert isinstance(copy, Module)
            template = self.templates[self.alike.kin[id(copy)].structure]
            found |= {offset + arg.column for arg in template.args}
            offset += self.width(copy)
        return found

    def width(self, child: Child) -> int:
        """How many columns a child has."""
        if isinstance(child, Leaf):
            return len(self.alike.hollow(child.item.layer).columns)
        return len(self.alike.kin[id(child)].columns)

    def block_name(self, module: Module) -> str:
        """What a block is called: as the class of its module, or as the module."""
        known = self.draft.classes.get(module.path, "")
        parts = [part for part in module.path.split(".") if not part.isdigit()]
        word = _snake(known) if known else (parts[-1] if parts else "block").rstrip("0123456789_-")
        base = name = sound(word or "block")
        number = 1
        while name in self.names:
            number += 1
            name = f"{base}_{number}"
        self.names.add(name)
        return name

    # -- lines

    def entries(self, module: Module, exprs: list[Any], inputs: list[str]) -> list[dict[str, Any]]:
        """A line for each child of a module."""
        found = []
        kin = self.alike.kin[id(module)]
        optional = self.alike.optional.get(kin.structure, ())
        there = dict(zip(optional, exprs[len(exprs) - len(optional) :], strict=True))
        offset, before = 0, inputs[0] if len(inputs) == 1 else ""
        for child in module.children:
            width = self.width(child)
            own = exprs[offset : offset + width]
            offset += width
            wires = [_wire(ref, inputs) for ref in self.alike.refs(child, module)]
            entry = self.leaf(child, own, module) if isinstance(child, Leaf) else self.use(child, own, wires)
            says = "op" if isinstance(child, Leaf) else "block"
            lead: dict[str, Any] = {"name": child.name, says: entry.pop(says)}
            if wires and wires != [before] and "from" not in entry:
                lead["from"] = wires[0] if len(wires) == 1 else wires
            entry = {**lead, **entry}
            if there.get(child.name, True) is not True:
                entry["when"] = there[child.name]
            found.append(entry)
            before = child.name
        return found

    def leaf(self, leaf: Leaf, exprs: list[Any], module: Module) -> dict[str, Any]:
        """The line of a layer, but for its name and wires."""
        item = leaf.item
        hollow = self.alike.hollow(item.layer)
        values = iter(zip(exprs, (default for _, default in hollow.columns), strict=True))
        entry: dict[str, Any] = {"op": item.layer.op}
        for name, written in hollow.fields.items():
            value, plain = _filled(written, values)
            if not plain:
                entry[name] = value
        if leaf.bent is not None:
            entry["activation"] = activation(leaf.bent.layer)
        if not item.trainable:
            entry["trainable"] = False
        if item.ties:
            entry["tie"] = dict(self.alike.tie(word, item, module) for word in item.ties)
        return entry

    def use(self, child: Module, exprs: list[Any], wires: list[str]) -> dict[str, Any]:
        """The line of a block, or of its copies."""
        copies = self.alike.copies(child)
        first = child.children[0] if copies else child
        assert isinstance(first, Module)
        template = self.templates[self.alike.kin[id(first)].structure]
        entry: dict[str, Any] = {"block": template.name}
        if len(wires) > 1:
            entry["from"] = dict(zip(block_inputs(template.module, len(wires)), wires, strict=True))
        width = self.width(first)
        rows = [exprs[i : i + width] for i in range(0, len(exprs), width)] if copies and width else [exprs]
        common, more = _given(template.args, rows)
        if common:
            entry["with"] = common
        if copies:
            entry["repeat"] = more if any(more) else len(child.children)
        return entry


def block_inputs(module: Module, count: int) -> list[str]:
    """What a block calls its inputs."""
    if count == 1:
        return ["input"]
    taken = {child.name for child in module.children}
    pool = [name for name in ("x", "y", "z", *(f"x{i}" for i in range(4, count + 200))) if name not in taken]
    return pool[:count]


def _wire(ref: Ref, inputs: list[str]) -> str:
    name, inner = ref
    if not name:
        return inputs[inner]
    return f"{name}.{inner}" if inner else name


def _filled(written: Any, values: Any) -> tuple[Any, bool]:
    """A field with its numbers, and whether it is what it would be anyway."""
    if isinstance(written, dict):
        return {key: _filled(part, values)[0] for key, part in written.items()}, False
    if isinstance(written, list):
        return [_filled(part, values)[0] for part in written], False
    if written != SLOT:
        return written, False
    value, default = next(values)
    return value, value == default and default is not None


def _given(args: list[Arg], rows: list[list[Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What all copies are given, and what each is given beside it."""
    common: dict[str, Any] = {}
    more: list[dict[str, Any]] = [{} for _ in rows]
    for arg in args:
        own = [row[arg.column] for row in rows]
        known = [value for value in own if value is not None]
        if not known:
            continue
        counts = Counter(known)
        most = max(counts, key=lambda value: (counts[value], value == arg.default))
        if most != arg.default:
            common[arg.name] = most
        for value, changed in zip(own, more, strict=True):
            if value is not None and value != most:
                changed[arg.name] = value
    return common, more


def _size(rows: list[tuple[Any, ...]], i: int) -> int:
    return next(int(row[i]) for row in rows if row[i] is not None)


def _times(base: Column, theirs: list[Any], column: Column, own: list[Any]) -> int:
    """How many times a base a column is in every module; 0 where it is not."""
    alike = base.field == column.field or (base.field in _FEATURES and column.field in _FEATURES)
    if not alike or not column.field:
        return 0
    pairs = [(a, b) for a, b in zip(theirs, own, strict=True) if a is not None and b is not None]
    if not pairs or len(pairs) < sum(b is not None for b in own):
        return 0
    a, b = pairs[0]
    times = b // a if a else 0
    if column.field not in _FEATURES and times != 1:
        return 0
    return times if 1 <= times <= _MOST_TIMES and all(b == times * a for a, b in pairs) else 0


def _default(own: list[Any], *, optional: bool) -> Any:
    """What most modules are given, or required where there is no such thing."""
    known = [value for value in own if value is not None]
    value, count = Counter(known).most_common(1)[0]
    if len(known) < len(own) or optional or 2 * count > len(own):
        return value
    return "required"


def _arg_name(column: Column, taken: set[str], *, wide: bool) -> str:
    short = "width" if wide else "out"
    field = short if column.field in _FEATURES else column.field
    child = column.child.replace("-", "_")
    # a child that is a number cannot begin a name, and ends one
    more = [f"{child}_{field}", f"{field}_{child}"] if field else [f"has_{child}"]
    name: str
    for name in [field or child, *more]:
        if is_name(name) and name not in taken and names(name):
            return name
    number = 1
    while f"arg{number}" in taken:
        number += 1
    return f"arg{number}"


def _snake(name: str) -> str:
    """`BasicBlock` as `basic_block`."""
    import re

    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
