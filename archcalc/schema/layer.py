"""The schema of a layer: its node's keys, and the fields of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc import register
from archcalc.schema.field import of_field
from archcalc.schema.parts import FLAG, IDENTIFIER, NOWHERE, Part, about, every, name, ref, word
from archcalc.spec.entries import PLACE, WHAT

if TYPE_CHECKING:
    from archcalc.layer import Layer

# the keys of a layer beside its kind's fields, by what says what it is
_OP_KEYS = ("name", "op", *(key for key in PLACE if key != "with"), "after", "before")
_BLOCK_KEYS = (
    "name",
    "block",
    *(key for key in PLACE if key not in {"activation", "tie"}),
    "after",
    "before",
)
_SHARE_KEYS = ("name", "share", "from", "when", "activation", "trainable", "after", "before")


def layer() -> Part:
    """A layer of a list: it has a name, and its place is where it stands."""
    return every(ref("entry"), {"required": ["name"], **NOWHERE})


def entry(kinds: list[type[Layer]]) -> Part:
    """A layer, wherever it is written: its node's keys, and its kind's fields."""
    ops = {"enum": [kind.op for kind in kinds], "enumDescriptions": [register.first(kind) for kind in kinds]}
    properties = {
        "name": about("what rows and wires call it", **name()),
        "op": about("the kind of layer; all of them: archcalc ops", **ops),
        "block": about("the block that it uses", **word()),
        "share": about("the layer above that it is again, with the same tensors", **word()),
        **_place(),
    }
    return {
        "type": "object",
        "properties": properties,
        "oneOf": [{"required": [key]} for key in WHAT],
        "allOf": [
            _when({"required": ["block"]}, _only(_BLOCK_KEYS)),
            _when({"required": ["share"]}, _only(_SHARE_KEYS)),
            *(_when(_is(kind), _fields(kind)) for kind in kinds),
        ],
    }


def _place() -> Part:
    """Keys that say how a layer stands in its network."""
    held = {
        "from": about("what it reads, where that is not the layer before", **every(ref("from"))),
        "with": about("the arguments of its block", type="object", propertyNames={"pattern": IDENTIFIER}),
        "repeat": about(
            "how many copies, one after the other; or what each changes, as [{s: 2}, {}]",
            type=["integer", "string", "array"],
            minimum=1,
            minLength=1,
            minItems=1,
            items={"type": "object"},
        ),
        "shared": about("whether all copies use one set of tensors", **FLAG),
        "when": about(
            "a condition without which its input passes through", type=["string", "boolean"], minLength=1
        ),
        "tie": about(
            "tensors that are another layer's, as {weight: tok.weight}",
            type="object",
            minProperties=1,
            additionalProperties={"type": "string", "pattern": r"^.+\..+$"},
        ),
        "trainable": about("whether training changes its tensors", **FLAG),
        "activation": about("what bends its outputs, as tanh", **every(ref("activation"))),
    }
    return {key: held[key] for key in PLACE}


def _is(kind: type[Layer]) -> Part:
    return {"required": ["op"], "properties": {"op": {"const": kind.op}}}


def _when(condition: Part, then: Part) -> Part:
    return {"if": condition, "then": then}


def _only(keys: tuple[str, ...]) -> Part:
    """No other keys than these; which values they hold is said elsewhere."""
    return {"patternProperties": {f"^({'|'.join(keys)})$": True}, "additionalProperties": False}


def _fields(kind: type[Layer], keys: tuple[str, ...] = _OP_KEYS) -> Part:
    """A kind's fields, and the keys that may stand beside them."""
    keys = tuple(key for key in keys if key != "activation" or kind.units)
    found = {"properties": {name: of_field(field) for name, field in kind.fields.items()}, **_only(keys)}
    required = [name for name, field in kind.fields.items() if field.required]
    return {**found, "required": required} if required else found


def activation(bends: list[type[Layer]], *, of_block: bool = True) -> Part:
    """A word, or a map with the fields of that kind; inside a block the word may be an argument."""
    words = {"enum": [kind.op for kind in bends], "enumDescriptions": [register.first(k) for k in bends]}
    word = {"anyOf": [words, {"pattern": IDENTIFIER}]} if of_block else words
    whole: Part = {"properties": {"op": word}, "required": ["op"]}
    if of_block:
        whole["allOf"] = [_when(_is(kind), _fields(kind, ("op",))) for kind in bends]
    return {"type": ["string", "object"], "if": {"type": "object"}, "then": whole, "else": word}
