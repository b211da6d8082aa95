"""Networks back to text: a spec in the spec language, from layers, from a dict, or from another spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from archcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.layer import Layer
    from archcalc.spec.values import Entry, Spec

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})\Z", re.ASCII)


def text(content: Mapping[str, Any]) -> str:
    """A dict as YAML, a line for each layer.

    Raises UsageError for values that have no place in a spec.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """Lists of rows drawn as text keep a line for each."""

    Dumper.add_representer(list, _list)
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


def _list(dumper: Any, rows: list[Any]) -> Any:
    picture = len(rows) > 1 and all(isinstance(row, str) and set(row) <= set("Xx. ") for row in rows)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", rows, flow_style=False if picture else None)


def document(layers: Iterable[Layer | tuple[str, Layer]], shape: Sequence[int], name: str) -> str:
    """A spec of layer objects; those without a name are numbered by op, as conv2d_1."""
    counts: dict[str, int] = {}
    entries = []
    for item in layers:
        called, layer = item if isinstance(item, tuple) else ("", item)
        counts[layer.op] = counts.get(layer.op, 0) + 1
        fields = {key: _bare(value) for key, value in layer.given().items()}
        entries.append({"name": called or f"{layer.op}_{counts[layer.op]}", "op": layer.op, **fields})
    return text({"archcalc": 1, "name": name, "input": list(shape), "layers": entries})


def _bare(value: Any) -> Any:
    """A field's value as YAML holds it: exact fractions as text."""
    if isinstance(value, list | tuple):
        return [_bare(part) for part in value]
    return value if isinstance(value, int | str) else str(value)


def spec_text(spec: Spec) -> str:
    """The spec in the spec language, with what it extends written out."""
    content: dict[str, Any] = {"archcalc": 1, "name": spec.name}
    if spec.note:
        content["note"] = spec.note
    if spec.cites:
        content["cite"] = {
            key: {field: _value(v) for field, v in source._asdict().items() if v}
            for key, source in spec.cites.items()
        }
    if spec.symbols:
        content["symbols"] = {name: _value(node.plain()) for name, (_, node) in spec.symbols.items()}
    if spec.input is not None:
        content["input"] = _value(spec.input.plain())
    content["layers"] = [_entry(entry) for entry in spec.layers]
    lines = {id(claim.line): claim.line for claim in spec.claims}
    if lines:
        content["expect"] = [_value(line.plain()) for line in lines.values()]
    return text(content)


def _entry(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {"name": entry.name, "op": entry.op}
    if entry.reads is not None:
        found["from"] = entry.reads.plain()
    found |= {key: _value(node.plain()) for key, (_, node) in entry.fields.items()}
    if entry.activation is not None:
        found["activation"] = _value(entry.activation.plain())
    if entry.trainable is not None:
        found["trainable"] = _value(entry.trainable.plain())
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
