"""A spec as text, in the style of those that people write: a line for each layer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archcalc.convert.tree import Leaf
from archcalc.dims import axes_of_rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archcalc.convert.draft import Draft, Input, Item
    from archcalc.convert.tree import Module
    from archcalc.layer import Layer

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


def document(
    draft: Draft,
    layers: Iterable[Mapping[str, Any]],
    outputs: list[str],
    blocks: Mapping[str, Mapping[str, Any]] | None = None,
    inputs: Mapping[int, str] | None = None,
) -> str:
    """The text of a spec."""
    lines = ["archcalc: 1", f"name: {flow(draft.name)}"]
    notes = draft.notes()
    if notes:
        lines.append(f"note: {flow(' '.join(note if note.endswith('.') else f'{note}.' for note in notes))}")
    if draft.symbols:
        lines.append(f"symbols: {flow(draft.symbols)}")
    if len(draft.inputs) == 1:
        lines.append(f"input: {flow(shape_of(draft.inputs[0]))}")
    else:
        named = {(inputs or {}).get(id(x), x.name): shape_of(x) for x in draft.inputs}
        lines.append(f"inputs: {flow(named)}")
    if blocks:
        lines.append("blocks:")
    for name, block in (blocks or {}).items():
        lines.append(f"  {name}:")
        lines += [f"    {key}: {flow(block[key])}" for key in ("args", "inputs") if block.get(key)]
        lines += ["    layers:", *(f"      - {flow(entry)}" for entry in block["layers"])]
    lines += ["layers:", *(f"  - {flow(entry)}" for entry in layers)]
    if outputs:
        lines.append(f"outputs: {flow(outputs)}")
    return "\n".join(lines) + "\n"


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


def flat(draft: Draft, whole: Module) -> str:
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
    return document(draft, entries, [] if outputs == [before] else outputs, inputs=names)


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
