"""What the parts of the schema have in common: references, names, sizes, texts."""

from __future__ import annotations

from typing import Any, TypeAlias

Part: TypeAlias = "dict[str, Any]"

NAME = "^[A-Za-z0-9_-]+$"
IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_]*$"
TAKEN = ["input", "output", "total"]
# true, false, or a block's argument; the words of YAML 1.1 are no truths here
TRUTH = "^(?!([Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$)[A-Za-z_][A-Za-z0-9_]*$"


def ref(name: str) -> Part:
    """What is defined under a name."""
    return {"$ref": f"#/definitions/{name}"}


def about(text: str, **rest: Any) -> Part:
    """A part with the words that editors show of it."""
    return {"description": text, **rest}


def size(low: int | None) -> Part:
    """A whole number, or an expression that comes out as one."""
    return {"type": ["integer", "string"], "minimum": low or 0, "minLength": 1}


def every(*parts: Part) -> Part:
    """All of these: what stands beside a bare `$ref` is not read in draft 7."""
    return {"allOf": list(parts)}


def word() -> Part:
    """A name of something; one of digits alone is a number to YAML."""
    return {"type": ["string", "integer"], "minLength": 1}


def name() -> Part:
    """The name of a layer, a block or an input."""
    return {"type": ["string", "integer"], "pattern": NAME, "maxLength": 100, "not": {"enum": TAKEN}}


TEXT: Part = {"type": ["string", "number"]}
FLAG: Part = {"type": ["boolean", "string"], "pattern": TRUTH}
NOWHERE: Part = {"properties": {"after": False, "before": False}}
SHAPE: Part = {
    "type": ["array", "object"],
    "items": ref("size"),
    "minItems": 1,
    "maxItems": 4,
    "propertyNames": {"pattern": IDENTIFIER},
    "additionalProperties": ref("size"),
    "minProperties": 1,
}
INPUT: Part = {
    "type": ["array", "object"],
    "if": {"type": "object", "required": ["shape"]},
    "then": {
        "properties": {
            "shape": about("the sizes, channels first", **every(ref("shape"))),
            "dtype": about("int where it holds indices", enum=["int", "float"]),
        },
        "additionalProperties": False,
    },
    "else": {**ref("shape")},
}
FROM: Part = {
    "type": ["string", "integer", "array", "object"],
    "minLength": 1,
    "items": word(),
    "minItems": 1,
    "additionalProperties": word(),
    "minProperties": 1,
}
