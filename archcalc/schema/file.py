"""The schema of a whole file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc import register
from archcalc.quantities import BITS, TABLE
from archcalc.schema.layer import activation, entry, layer
from archcalc.schema.parts import (
    FROM,
    IDENTIFIER,
    INPUT,
    NOWHERE,
    SHAPE,
    TEXT,
    Part,
    about,
    every,
    name,
    ref,
    size,
    word,
)
from archcalc.spec.changes import CHANGES
from archcalc.spec.claims import CLAIM
from archcalc.spec.document import SOURCE, TOP
from archcalc.spec.entries import BLOCK, WHAT
from archcalc.spec.values import QUANTITIES

if TYPE_CHECKING:
    from archcalc.layer import Layer

_FIGURE = r"^\s*(<=|>=|==|=|<|>|≤|≥)?\s*[+-]?[0-9]"


def schema() -> Part:
    """The schema of a spec file, with every kind that is registered."""
    kinds = sorted(register.kinds(), key=lambda kind: kind.op)
    bends = [kind for kind in kinds if kind.bends]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "archcalc spec",
        "description": "A neural network, layer by layer.",
        "type": "object",
        "properties": _top(bends),
        "required": ["archcalc"],
        "additionalProperties": False,
        "not": {"required": ["input", "inputs"]},
        "if": {"required": ["extends"]},
        "then": {"properties": {"layers": False}},
        "else": {
            "required": ["layers"],
            "anyOf": [{"required": ["input"]}, {"required": ["inputs"]}],
            "properties": dict.fromkeys(CHANGES, False),
        },
        "definitions": {
            "size": size(1),
            "shape": SHAPE,
            "input": INPUT,
            "from": FROM,
            "activation": activation(bends),
            "entry": entry(kinds),
            "layer": layer(),
            "block": _block(),
            "claim": _claim(),
        },
    }


def _top(bends: list[type[Layer]]) -> Part:
    """Every key of a file, each with what it holds."""
    named = {"type": "object", "propertyNames": name()}
    at_top = {"properties": {"activation": activation(bends, of_block=False)}}
    held = {
        "archcalc": about("the version of the spec language", enum=[1, "1"]),
        "name": about("what the network is called", **TEXT),
        "note": about("a remark, shown beside the report", **TEXT),
        "cite": about("where figures were published, by key", type="object", additionalProperties=_source()),
        "symbols": about(
            "sizes by name, each with its default",
            type="object",
            propertyNames={"pattern": IDENTIFIER},
            additionalProperties={"type": ["number", "string"], "minLength": 1},
        ),
        "input": about("the input's shape, channels first and without a batch", **every(ref("input"))),
        "inputs": about(
            "several inputs, by name", **named, additionalProperties=ref("input"), minProperties=1
        ),
        "outputs": about("the layers that are outputs; without it the last one", type="array", items=word()),
        "blocks": about("layers written once, by name", **named, additionalProperties=ref("block")),
        "layers": about("the layers, in order", type="array", minItems=1, items=every(ref("layer"), at_top)),
        "expect": about("published figures, and budgets", type="array", items=ref("claim")),
        "extends": about(
            "the spec that this one differs from: a bundled name, or a path beside the file", **word()
        ),
        **_changes(),
    }
    return {key: held[key] for key in TOP}


def _source() -> Part:
    return {
        "type": "object",
        "properties": dict.fromkeys(SOURCE, TEXT),
        "required": ["authors", "year"],
        "additionalProperties": False,
    }


def _changes() -> Part:
    """What a spec changes of the one that it extends."""
    unchanged = {"type": "object", "properties": dict.fromkeys(("name", *WHAT), False)}
    where = {"after": about("the layer that it follows", **word())}
    where["before"] = about("the layer that it precedes", **word())
    sides = [{"required": [side]} for side in where]
    inserted = every(ref("entry"), {"required": ["name"], "properties": where, "oneOf": sides})
    held = {
        "patch": about(
            "fields to change, by layer; block.layer is a layer of a block",
            type="object",
            additionalProperties=unchanged,
        ),
        "remove": about("layers to leave out", type="array", items=word()),
        "replace": about(
            "layers to write anew, by name",
            type="object",
            additionalProperties=every(ref("entry"), NOWHERE),
        ),
        "insert": about("layers to put in, after or before one", type="array", items=inserted),
    }
    return {key: held[key] for key in CHANGES}


def _block() -> Part:
    held = {
        "args": about(
            "its arguments, each with its default, or required",
            type="object",
            propertyNames={"pattern": IDENTIFIER},
        ),
        "inputs": about(
            "the names of its inputs, where there are several",
            type="array",
            items={"type": "string", "pattern": IDENTIFIER},
        ),
        "layers": about("its layers, in order", type="array", minItems=1, items=ref("layer")),
    }
    return {
        "type": "object",
        "properties": {key: held[key] for key in BLOCK},
        "required": ["layers"],
        "additionalProperties": False,
    }


def _claim() -> Part:
    """A line of `expect`."""
    from archcalc.conventions import presets  # which stands below, for it counts what graphs hold

    properties: Part = dict.fromkeys(CLAIM, TEXT)
    properties["at"] = about("the layer or block that the figure is of, or total", **TEXT)
    properties["dtype"] = about("of what numbers, for figures in bytes", **TEXT, examples=list(BITS))
    properties["convention"] = about(
        "whose way of counting figures are, or the path of a file beside this one",
        **TEXT,
        examples=list(presets()),
    )
    properties["set"] = about(
        "the sizes that the figure is at",
        type="object",
        additionalProperties={"type": ["number", "string"], "minLength": 1},
    )
    return {
        "type": "object",
        "properties": {**properties, **{key: _figure(key) for key in QUANTITIES}},
        "required": ["at"],
        "anyOf": [{"required": [key]} for key in QUANTITIES],
        "additionalProperties": False,
    }


def _figure(name: str) -> Part:
    """A number, a comparison, or a number with a tolerance; of a shape a list too."""
    quantity = TABLE[name]
    found: Part = {
        "type": ["number", "string", "object"],
        "pattern": _FIGURE,
        "properties": {
            "value": {"type": ["number", "string"], "pattern": _FIGURE},
            "tol": {"type": ["number", "string"], "pattern": r"^\s*[0-9.]", "minimum": 0},
        },
        "required": ["value"],
        "additionalProperties": False,
    }
    if quantity.unit:
        return about(f"{quantity.about}: as 60000, 1.8G, '<= 250k' or {{value: 1.8G, tol: 3%}}", **found)
    found["type"] = [*found["type"], "array"]
    sizes = {"items": {"type": ["integer", "string"], "minimum": 0}, "minItems": 1}
    return about(f"{quantity.about}: a list of sizes, as [6, 28, 28]", **found, **sizes)
