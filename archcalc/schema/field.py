"""The schema of a field, from its declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.schema.parts import FLAG, SHAPE, Part, about, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.fields import Field


def of_field(field: Field) -> Part:
    """What a field may hold, with the words that errors and `archcalc ops` show."""
    default = "" if field.required or field.default is None else f"; default {_plain(field.default)}"
    text = f"{field.about}: {field.values}{'; required' if field.required else default}"
    if field.also:
        text += f"; also called {', '.join(field.also)}"
    found = about(text, **_SORTS.get(field.sort, _special)(field))
    if not field.required and isinstance(field.default, bool | int | str):
        found["default"] = field.default
    return found


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sides(field: Field) -> Part:
    each = size(field.low)
    listed = {"items": each, "minItems": field.rank, "maxItems": field.rank}
    return {**each, **listed, "type": [*each["type"], "array"]}


def _pads(field: Field) -> Part:
    """One for all sides, one for each axis, one for each side, or a pair for each axis."""
    side = size(field.low)
    pair = {"items": side, "minItems": 2, "maxItems": 2}
    listed = {
        "items": {**side, **pair, "type": [*side["type"], "array"]},
        "minItems": field.rank,
        "maxItems": 2 * field.rank,
    }
    return {**side, **listed, "type": [*side["type"], "array"], "examples": ["same", "valid"]}


def _axes(field: Field) -> Part:
    """A size for each axis; where cells stand around an axis, a pair."""
    each = size(field.low)
    pair = {"type": [*each["type"], "array"], "items": each, "minItems": 2, "maxItems": 2}
    listed = {**SHAPE, "items": each, "additionalProperties": {**each, **pair}}
    return {**listed, **each, "type": ["integer", "string", "array", "object"]}


def _number(field: Field) -> Part:
    found: Part = {"type": ["number", "string"], "minLength": 1}
    bounds = {"minimum": field.low, "maximum": field.high}
    return {**found, **{key: bound for key, bound in bounds.items() if bound is not None}}


def _special(field: Field) -> Part:
    """A field whose reader alone knows what it takes; what tests try of it is shown."""
    return {"examples": list(field.examples)} if field.examples else {}


_SORTS: dict[str, Callable[[Field], Part]] = {
    "dim": lambda field: size(field.low),
    "sides": _sides,
    "pads": _pads,
    "axes": _axes,
    "flag": lambda _: FLAG,
    "number": _number,
}
