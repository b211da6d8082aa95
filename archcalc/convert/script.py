"""A spec as text, in the style of those that people write: a line for each layer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archcalc.convert.tree import Leaf
from archcalc.dims import axes_of_rank
from archcalc.spec.document import laid
from archcalc.spec.node import Document, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archcalc.convert.draft import Draft, Input, Item
    from archcalc.convert.tree import Module
    from archcalc.layer import Layer
    from archcalc.spec import Spec

_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_ .*/+()<>=-]*\Z", re.ASCII)
_LONGEST = 100  # characters of a name


def flow(value: Any) -> str:
    """A value as it stands in a line of YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join([f"{_key(key)}: {flow(part)}" for key, part in value.items()]) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if type(value) is int:
        return str(value)
    return _text(str(value))


def _text(text: str) -> str:
    """A text, in quotes where YAML would take it for something else."""
    if _PLAIN.match(text) and text[-1] != " " and not text.startswith("- "):
        return text
    from json import dumps

    return dumps(text)


_key = lru_cache(maxsize=256)(_text)  # the same few words in every line


class Script:
    """A spec that a program writes: its text, and the spec that is read of it."""

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        self.content = content
        self.document = Document(name, self.text)

    def text(self) -> str:
        """The spec in the spec language, a line for each layer."""
        return "\n".join(_lines(self.content)) + "\n"

    def spec(self) -> Spec:
        """The spec as if its text had been read: to write and to read it again takes as long as all else."""
        return laid(self.document, _Layout(self.document).map(self.content))


def _lines(content: Mapping[str, Any], lead: str = "", *, deep: bool = False) -> Iterator[str]:
    """Lines of a map; of a `deep` one each value stands on lines of its own."""
    for key, value in content.items():
        if deep or key == "blocks":
            yield f"{lead}{key}:"
            yield from _lines(value, f"{lead}  ", deep=not deep)
        elif key == "layers":
            yield f"{lead}layers:"
            yield from (f"{lead}  - {flow(entry)}" for entry in value)
        else:
            yield f"{lead}{key}: {flow(value)}"


class _Layout:
    """The nodes that reading the lines would give, each on its line."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.line = 0

    def map(self, content: Mapping[str, Any], *, deep: bool = False) -> Node:
        """What `_lines` writes of a map."""
        first, pairs = self.line, {}
        for key, value in content.items():
            at = self.node(key)
            if deep or key == "blocks":
                self.line += 1
                pairs[key] = at, self.map(value, deep=not deep)
            elif key == "layers":
                self.line += 1
                pairs[key] = at, Node([self.row(entry) for entry in value], self.document, at.line + 1, 0, 1)
            else:
                pairs[key] = at, self.row(value)
        return Node(pairs, self.document, first, 0, 1)

    def row(self, value: Any) -> Node:
        """A value that ends a line."""
        found = self.node(value)
        self.line += 1
        return found

    def node(self, value: Any) -> Node:
        """A value on this line."""
        found: Any
        if isinstance(value, dict):
            found = {str(key): (self.node(key), self.node(part)) for key, part in value.items()}
        elif isinstance(value, list | tuple):
            found = [self.node(part) for part in value]
        elif isinstance(value, bool):
            found = "true" if value else "false"
        else:
            found = str(value)
        return Node(found, self.document, self.line, 0, 1)


def script(
    draft: Draft,
    layers: list[dict[str, Any]],
    outputs: list[str],
    blocks: Mapping[str, Mapping[str, Any]] | None = None,
    inputs: Mapping[int, str] | None = None,
) -> Script:
    """The spec of a draft, of its layers as they are written."""
    content: dict[str, Any] = {"archcalc": 1, "name": draft.name}
    notes = draft.notes()
    if notes:
        content["note"] = " ".join(note if note.endswith(".") else f"{note}." for note in notes)
    if draft.symbols:
        content["symbols"] = draft.symbols
    if len(draft.inputs) == 1:
        content["input"] = shape_of(draft.inputs[0])
    else:
        content["inputs"] = {(inputs or {}).get(id(x), x.name): shape_of(x) for x in draft.inputs}
    if blocks:
        content["blocks"] = {
            name: {key: part for key, part in block.items() if part} for name, block in blocks.items()
        }
    content["layers"] = layers
    if outputs:
        content["outputs"] = outputs
    return Script(draft.name, content)


def shape_of(given: Input) -> Any:
    """An input's shape as an author writes it."""
    sizes = {axis: given.symbols.get(axis, size) for axis, size in given.y.named()}
    usual = ("T",) if given.indices and len(sizes) == 1 else axes_of_rank(len(sizes))
    shape = list(sizes.values()) if given.y.axes == usual else sizes
    return {"shape": shape, "dtype": "int"} if given.indices else shape


def named_inputs(draft: Draft) -> dict[int, str]:
    """What each input is called in the spec."""
    from archcalc.convert.tree import sound

    if len(draft.inputs) == 1:
        return {id(draft.inputs[0]): "input"}
    names: dict[int, str] = {}
    for given in draft.inputs:
        base = name = sound(given.name)
        number = 0
        while name in names.values():
            number += 1
            name = f"{base}_{number}"
        names[id(given)] = name
    return names


def activation(layer: Layer) -> Any:
    """An activation inside another layer: its op, or a map where it has fields."""
    fields = layer.given()
    return {"op": layer.op, **spelled(fields)} if fields else layer.op


def spelled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as YAML holds them."""
    from archcalc.spec.write import bare

    return {key: bare(value) for key, value in fields.items()}


def flat(draft: Draft, whole: Module) -> Script:
    """The spec with every layer in one list."""
    names = named_inputs(draft)
    _names(whole, (), names, set(names.values()))
    bent = {id(leaf.item): leaf.bent for leaf in _leaves(whole) if leaf.bent is not None}
    folded = {id(item) for item in bent.values()}
    entries = []
    before = ""
    for item in draft.items:
        if id(item) in folded:
            continue
        name = names[id(item)]
        entry: dict[str, Any] = {"name": name, "op": item.layer.op}
        wires = [names[id(source)] for source in item.reads]
        if wires and wires != [before]:
            entry["from"] = wires[0] if len(wires) == 1 else wires
        entry |= spelled(item.layer.given())
        if id(item) in bent:
            entry["activation"] = activation(bent[id(item)].layer)
        entry |= placed(item, lambda other: names[id(other)])
        entries.append(entry)
        before = name
    if len(draft.inputs) == 1 and entries and entries[0].get("from") == "input":
        del entries[0]["from"]
    outputs = [names[id(item)] for item in draft.outputs]
    return script(draft, entries, [] if outputs == [before] else outputs, inputs=names)


def placed(item: Item, called: Any) -> dict[str, Any]:
    """Whose tensors a layer uses, and whether they are trained."""
    found: dict[str, Any] = {}
    if not item.trainable:
        found["trainable"] = False
    if item.ties:
        found["tie"] = {
            name: f"{called(tied.item)}.{tied.tensor}{'.T' * tied.transposed}"
            for name, tied in item.ties.items()
        }
    return found


def _leaves(module: Module) -> Iterable[Leaf]:
    for child in module.children:
        if isinstance(child, Leaf):
            yield child
        else:
            yield from _leaves(child)


def _names(module: Module, lead: tuple[str, ...], names: dict[int, str], taken: set[str]) -> None:
    """The flat name of every layer in a module, by its path."""
    for child in module.children:
        path = (*lead, child.name)
        if not isinstance(child, Leaf):
            _names(child, path, names, taken)
            continue
        whole = "_".join(path)
        base = name = whole if len(whole) <= _LONGEST else whole[-_LONGEST + 8 :]
        number = 0
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        for item in child.items:
            names[id(item)] = name
