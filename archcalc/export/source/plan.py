"""A network as classes: one for each block as it is used, its layers in the author's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.errors import ConvertError, Problem
from archcalc.export.source.items import Class, Item, Use
from archcalc.export.source.terms import asking
from archcalc.graph.values import ACTIVATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archcalc.dims import Shape
    from archcalc.export.source.parts import Part
    from archcalc.graph import Graph, Node
    from archcalc.spec import Entry


class Plan:
    """The classes of a network, inner ones first; `make(node)` says what a layer is in a framework."""

    def __init__(self, graph: Graph, make: Callable[[Node], Part]) -> None:
        self.graph = graph
        self.made: dict[str, Part] = {node.name: make(node) for node in graph.nodes}
        self.uses: dict[str, list[Use]] = {}  # of each block, inner ones first
        self.class_of: dict[str, Class] = {}  # by the path of a use
        self.closed()
        root = Use("", {}, {name: name for name in graph.inputs})
        self.walk(root, graph.spec.layers)
        self.uses = {name: self.uses[name] for name in sorted(self.uses, key=self.depth)}
        self.classes: list[Class] = []
        for name, uses in self.uses.items():
            block = graph.spec.blocks[name]
            for alike in self.alike(uses, block.layers):
                self.add(Class(block, alike), block.layers)
        self.root = Class(None, [root])
        self.add(self.root, graph.spec.layers)
        self.root.end = tuple(self.local(name) for name in self._outputs())

    def _outputs(self) -> list[str]:
        spec = self.graph.spec
        return [str(node.value) for node in spec.outputs] or [spec.layers[-1].name]

    def local(self, name: str) -> str:
        """What stands for a layer of the network that is passed through."""
        return self.root.alias.get(name, name)

    def add(self, cls: Class, layers: Sequence[Entry]) -> None:
        """A class, with its layers."""
        self.fill(cls, layers)
        self.classes.append(cls)
        self.class_of.update((use.path, cls) for use in cls.uses)

    # -- where blocks are used

    def walk(self, use: Use, layers: Sequence[Entry]) -> None:
        """Note every block that stands among some layers, those inside it first."""
        for entry in layers:
            for path in self.copies(use, entry) or ():
                group = self.graph.groups.get(path)
                if group is None or not group.block:
                    continue
                block = self.graph.spec.blocks[group.block]
                inner = Use(
                    f"{path}.",
                    group.arguments,
                    dict(zip(block.inputs or ("input",), group.inputs, strict=True)),
                )
                self.walk(inner, block.layers)
                self.uses.setdefault(group.block, []).append(inner)

    def depth(self, name: str) -> int:
        """How many blocks stand one inside another in a block."""
        layers = self.graph.spec.blocks[name].layers
        inner = {self.block_named(layers, entry) for entry in layers} & self.uses.keys()
        return 1 + max((self.depth(other) for other in inner), default=0)

    def block_named(self, layers: Sequence[Entry], entry: Entry) -> str:
        """The block that a layer uses, itself or through the layer that it shares."""
        by_name = {other.name: other for other in layers}
        while entry.says == "share":
            entry = by_name[entry.what]
        return entry.what if entry.says == "block" else ""

    def copies(self, use: Use, entry: Entry) -> list[str] | None:
        """The paths of a layer, one for each copy; None where a use does not have it."""
        path = use.path + entry.name
        group = self.graph.groups.get(path)
        if group is None:
            return [path] if path in self.graph.by_name else None
        first = self.graph.groups.get(f"{path}.0")
        again = not group.block or (first is not None and first.block == group.block)
        return [f"{path}.{i}" for i in range(int(group.copies))] if again else [path]  # type: ignore[call-overload]

    def closed(self) -> None:
        """Refuse a network that reads the inside of a block."""
        ends = {group.node for group in self.graph.groups.values()}
        reads = [(node.name, name) for node in self.graph.nodes for name in node.inputs]
        for reader, name in [*reads, *(("", name) for name in self.graph.outputs.values())]:
            for path, group in self.graph.groups.items():
                inside = name.startswith(f"{path}.") and not reader.startswith(f"{path}.")
                if inside and group.node != name and name not in ends:
                    why = ("a block is exported as a class, which gives what its last layer makes",)
                    what = f"it reads {name}, inside the block {path}" if reader else f"{name} is an output"
                    fix = "make it an output of the block's last layer, or write the block's layers out"
                    raise ConvertError(Problem(what, why, fix, layer=reader))

    # -- which uses one class serves

    def alike(self, uses: list[Use], layers: Sequence[Entry]) -> list[list[Use]]:
        """The uses in groups whose layers are the same but for sizes, and for layers that may be left out."""
        groups: list[tuple[list[Any], list[Use]]] = []
        for use in uses:
            forms = [self.form(use, entry) for entry in layers]
            for kept, members in groups:
                if all(map(_go_together, kept, forms)):
                    kept[:] = [old or new for old, new in zip(kept, forms, strict=True)]
                    members.append(use)
                    break
            else:
                groups.append((forms, [use]))
        return [members for _, members in groups]

    def form(self, use: Use, entry: Entry) -> _Form | None:
        """What a layer looks like in a use, whatever its sizes."""
        paths = self.copies(use, entry)
        if paths is None:
            return None
        first = self.graph.groups.get(paths[0])
        if first is not None and first.block:
            classes = [self.class_of[f"{path}."] for path in paths]
            held = len(paths) if len(paths) > 1 and self.owned(paths[1], paths[0]) else 0
            return _Form(_once([id(cls) for cls in classes]), len(classes[0].inputs) == 1, held)
        parts = [(self.made[path], self.made.get(path + ACTIVATION)) for path in paths]
        part, bent = parts[0]
        can = bent is None and (part.module is not None or (part.make is not None and part.plain))
        single = len(self.graph.by_name[paths[0]].inputs) == 1
        fields = entry.fields if len(paths) == 1 else {}
        what = _once([_said(*pair, fields) for pair in parts])
        if bent is not None and bent.make is not None:  # each copy is followed by a layer of its own
            what = what[:1] * len(paths) if len(what) == 1 else what
        held = len(paths) if part.make is None or (len(paths) > 1 and self.owned(paths[1], paths[0])) else 0
        return _Form(what, can and single and entry.says == "op" and len(what) == 1, held)

    # -- the layers of a class

    def fill(self, cls: Class, layers: Sequence[Entry]) -> None:
        """Put the layers into a class, as one text has them for all its uses."""
        before = ""
        items: dict[str, Item] = {}
        by_name = {entry.name: entry for entry in layers}
        for entry in layers:
            reads = tuple(cls.alias.get(name, name) for name in self.reads(cls, entry, before))
            before = entry.name
            if all(self.copies(use, entry) is None for use in cls.uses):
                cls.alias[entry.name] = reads[0]
                continue
            first = whole = self.whole(entry, by_name)
            form = next(found for use in cls.uses if (found := self.form(use, entry)))
            count = len(form.what)
            if count > 1:
                self.apart(cls.uses[0], entry)
            for copy in range(count) if count > 1 else (None,):
                for bends in (False, True):
                    read = reads[:1] if bends else reads
                    item = Item(whole._replace(name=entry.name), read, copy, bends=bends)
                    for use in cls.uses:
                        self.put(item, use)
                    if bends and item.part() is None:
                        continue
                    items[item.name] = item
                    if entry.says == "share":
                        item.first = items[Item(first, (), copy, bends=bends).name]
                    cls.items.append(item)
                    reads = (item.name, *reads[1:])
            if reads[0] != entry.name:
                cls.alias[entry.name] = reads[0]
        cls.end = (cls.alias.get(before, before),)

    def whole(self, entry: Entry, by_name: Mapping[str, Entry]) -> Entry:
        """A layer that is used again, as the first that has its tensors is written."""
        while entry.says == "share":
            entry = by_name[entry.what]
        return entry

    def put(self, item: Item, use: Use) -> None:
        """A layer as it is in one use."""
        paths = self.copies(use, item.entry)
        if paths is not None and item.copy is not None:
            paths = [paths[item.copy]]
        if paths is not None and item.bends:
            paths = [path + ACTIVATION for path in paths if self.bent(path, made=True)] or None
        item.paths.append(paths)
        group = self.graph.groups.get(paths[0]) if paths else None
        if paths is None or (group is not None and group.block):
            item.classes.append(None if paths is None else self.class_of[f"{paths[0]}."])
            item.nodes.append(None)
            item.parts.append(None)
            item.bent.append(None)
            if paths and len(paths) > 1:
                item.single = self.owned(paths[1], paths[0])
            return
        nodes = [self.graph.by_name[path] for path in paths]
        item.classes.append(None)
        item.nodes.append(nodes)
        item.parts.append([self.made[path] for path in paths])
        item.bent.append([self.bent(path, made=False) for path in paths])
        item.single = len(paths) > 1 and self.owned(paths[1], paths[0])

    def bent(self, path: str, *, made: bool) -> Part | None:
        """The activation of a layer, where it is one that the constructor makes, or one that it does not."""
        found = self.made.get(path + ACTIVATION)
        return found if found is not None and (found.make is not None) is made else None

    def owned(self, path: str, first: str) -> bool:
        """Whether a copy uses the tensors of the first."""
        one, other = ([self.graph.by_name.get(name), *self.graph.within(name)] for name in (path, first))
        pairs = [(a, b) for a, b in zip(one, other, strict=False) if a and b]
        return any(node.owner and node.owner == (other.owner or other.name) for node, other in pairs)

    def apart(self, use: Use, entry: Entry) -> None:
        """Refuse copies that share their tensors and are not alike."""
        paths = self.copies(use, entry) or []
        if any(self.owned(path, paths[0]) for path in paths[1:]):
            why = ("what several copies share is one module, and these do not go by the same text",)
            what = "its copies share their tensors, and are unlike"
            raise ConvertError(Problem(what, why, layer=use.path + entry.name))

    def reads(self, cls: Class, entry: Entry, before: str) -> Iterator[str]:
        """The names of what a layer reads, among the layers and inputs of its class."""
        reads = entry.reads
        if reads is None:
            paths = self.copies(cls.uses[0], entry) or ()
            if not (paths and paths[0] in self.graph.by_name and not self.graph.by_name[paths[0]].inputs):
                yield before or cls.inputs[0]
        elif isinstance(reads.value, dict):
            block = self.graph.spec.blocks[self.block_named(self._layers(cls), entry)]
            yield from (str(reads.value[name][1].value) for name in block.inputs)
        elif isinstance(reads.value, list):
            yield from (str(node.value) for node in reads.value)
        else:
            yield str(reads.value)

    def _layers(self, cls: Class) -> Sequence[Entry]:
        return cls.block.layers if cls.block else self.graph.spec.layers

    def shape(self, cls: Class, name: str, use: Use) -> Shape:
        """The shape of a layer, or of an input, in a use of a class."""
        node = use.inputs.get(name)
        if node is None:
            path = use.path + name
            group = self.graph.groups.get(path)
            node = group.node if group else path
            node = f"{node}{ACTIVATION}" if f"{node}{ACTIVATION}" in self.graph.by_name else node
            if node not in self.graph.by_name and node not in self.graph.inputs:  # passed through here
                item = next(item for item in cls.items if item.name == name)
                return self.shape(cls, item.reads[0], use)
        found = self.graph.shape(node)
        assert found is not None
        return found


class _Form(NamedTuple):
    """What a layer looks like, and whether a use may leave it out."""

    what: Any
    optional: bool
    copies: int  # how many, where the forward pass has to know it


def _once(each: list[Any]) -> tuple[Any, ...]:
    """What all are, once; all in order where they differ."""
    return (each[0],) if all(one == each[0] for one in each) else tuple(each)


def _said(part: Part, bent: Part | None, fields: Mapping[str, Any]) -> tuple[Any, ...]:
    """The form of a layer and its activation, and the numbers that its forward pass names.

    Those that the author wrote as sizes of what it reads are found as it runs.
    """
    args = [arg for found in (part, bent) if found for arg in found.args.values()]
    kept = [arg.value for arg in args if arg.field not in fields or not asking(fields[arg.field][1].value)]
    return part.form(), bent and bent.form(), tuple(kept)


def _go_together(one: _Form | None, other: _Form | None) -> bool:
    """Whether one text can serve both."""
    if one is None or other is None:
        there = one or other
        return there is None or there.optional
    return bool(one.what == other.what and one.copies == other.copies)
