"""Networks back to text: a spec in the spec language, from layers, from a dict, or from another spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from archcalc.errors import UsageError
from archcalc.spec.entries import PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.dims import Shape
    from archcalc.spec.values import Block, Entry, Spec

_INTEGER = re.compile(r"(0|-?[1-9]\d{0,17})\Z", re.ASCII)


def text(content: Mapping[str, Any]) -> str:
    """A dict as YAML, a line for each layer.

    Raises UsageError for values that have no place in a spec.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """Lists of rows drawn as text keep a line for each."""

    Dumper.add_representer(list, _list)
    Dumper.add_representer(str, _string)
    try:
        return yaml.dump(
            dict(content),
            Dumper=Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,
            width=1000,
        )
    except yaml.YAMLError as error:
        msg = f"the dict holds what a spec cannot: {error.args[0] if error.args else error}"
        raise UsageError(msg) from None


def _string(dumper: Any, text: str) -> Any:
    # a next-line sign is a line break to YAML, and is kept only in quotes
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if "\x85" in text else None)


def _list(dumper: Any, rows: list[Any]) -> Any:
    picture = len(rows) > 1 and all(isinstance(row, str) and set(row) <= set("Xx. ") for row in rows)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", rows, flow_style=False if picture else None)


def bare(value: Any) -> Any:
    """A field's value as YAML holds it: exact fractions as text."""
    if isinstance(value, list | tuple):
        return [bare(part) for part in value]
    if isinstance(value, dict):
        return {key: bare(part) for key, part in value.items()}
    return value if isinstance(value, int | str) else str(value)


def spec_text(spec: Spec, sizes: Mapping[str, Any] | None = None, shape: Shape | None = None) -> str:
    """The spec in the spec language, with what it extends written out, at some sizes, on some input.

    Figures that a source gives for the sizes in the file are left out where the sizes are others.
    """
    changed = shape is not None or sizes is not None
    content: dict[str, Any] = {"archcalc": 1, "name": spec.name}
    if spec.note:
        content["note"] = spec.note
    if spec.cites:
        content["cite"] = {
            key: {
                field: _value(v) for field, v in source._asdict().items() if v or field in ("authors", "year")
            }
            for key, source in spec.cites.items()
        }
    if spec.symbols:
        content["symbols"] = {
            name: bare(sizes[name]) if changed and sizes else _value(node.plain())
            for name, (_, node) in spec.symbols.items()
        }
    if spec.input is not None:
        content["input"] = _value(spec.input.plain()) if shape is None else _input(spec, shape)
    if spec.inputs:
        content["inputs"] = {name: _value(node.plain()) for name, (_, node) in spec.inputs.items()}
    if spec.blocks:
        content["blocks"] = {name: _block(block) for name, block in spec.blocks.items()}
    content["layers"] = [_entry(entry) for entry in spec.layers]
    if spec.outputs:
        content["outputs"] = [node.plain() for node in spec.outputs]
    lines = {} if changed else {id(claim.line): claim.line for claim in spec.claims}
    if lines:
        content["expect"] = [_value(line.plain()) for line in lines.values()]
    return text(content)


def _input(spec: Spec, shape: Shape) -> Any:
    """An input's sizes; an axis that is a symbol keeps its name."""
    parts = [str(node.value) for node in spec.sizes_of_input()]
    sizes = [part if part in spec.symbols else int(size) for part, size in zip(parts, shape, strict=True)]
    return (
        sizes
        if isinstance(spec.input and spec.input.value, list)
        else dict(zip(shape.axes, sizes, strict=True))
    )


def _block(block: Block) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if block.args:
        found["args"] = {name: _value(node.plain()) for name, (_, node) in block.args.items()}
    if block.inputs:
        found["inputs"] = list(block.inputs)
    return {**found, "layers": [_entry(entry) for entry in block.layers]}


def _entry(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {"name": entry.name, entry.says: entry.what}
    if entry.reads is not None:
        found["from"] = entry.reads.plain()
    found |= {key: _value(node.plain()) for key, (_, node) in entry.fields.items()}
    for key, slot in PLACE.items():
        node = getattr(entry, slot)
        if node is not None and key != "from":
            found[key] = _value(node.plain())
    return found


def _value(plain: Any) -> Any:
    """A text as the number or truth that it spells, so that it is written without quotes."""
    if isinstance(plain, list):
        return [_value(part) for part in plain]
    if isinstance(plain, dict):
        return {key: _value(part) for key, part in plain.items()}
    if plain in ("true", "false"):
        return plain == "true"
    return int(plain) if _INTEGER.match(plain) else plain
