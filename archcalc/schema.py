"""JSON Schema (draft 7) of spec files, from the registered kinds: what editors complete and check by.

It knows the form of a spec, not its meaning: names that wires lead to, symbols and shapes are for
`archcalc check`. A size may be an expression everywhere, so a text is let through wherever a number
may stand. Keywords that hold for one type only stand side by side instead of under `anyOf`: an
editor then tells what is wrong, and not that nothing fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from archcalc import register
from archcalc.quantities import BITS, TABLE
from archcalc.spec.changes import CHANGES
from archcalc.spec.claims import CLAIM
from archcalc.spec.document import SOURCE, TOP
from archcalc.spec.entries import BLOCK, PLACE, WHAT
from archcalc.spec.values import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.fields import Field
    from archcalc.layer import Layer

Part: TypeAlias = "dict[str, Any]"

_NAME = "^[A-Za-z0-9_-]+$"
_IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_]*$"
_TAKEN = ["input", "output", "total"]
# true, false, or a block's argument; the words of YAML 1.1 are no truths here
_TRUTH = "^(?!([Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$)[A-Za-z_][A-Za-z0-9_]*$"
_FIGURE = r"^\s*(<=|>=|==|=|<|>|≤|≥)?\s*[+-]?[0-9]"

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
            "size": _size(1),
            "shape": _SHAPE,
            "input": _INPUT,
            "from": _FROM,
            "activation": _activation(bends),
            "entry": _entry(kinds),
            "layer": _layer(),
            "block": _block(),
            "claim": _claim(),
        },
    }


def _ref(name: str) -> Part:
    return {"$ref": f"#/definitions/{name}"}


def _about(text: str, **rest: Any) -> Part:
    return {"description": text, **rest}


# -- the file


def _top(bends: list[type[Layer]]) -> Part:
    """Every key of a file, each with what it holds."""
    named = {"type": "object", "propertyNames": _name()}
    at_top = {"properties": {"activation": _activation(bends, of_block=False)}}
    held = {
        "archcalc": _about("the version of the spec language", enum=[1, "1"]),
        "name": _about("what the network is called", **_TEXT),
        "note": _about("a remark, shown beside the report", **_TEXT),
        "cite": _about("where figures were published, by key", type="object", additionalProperties=_source()),
        "symbols": _about(
            "sizes by name, each with its default",
            type="object",
            propertyNames={"pattern": _IDENTIFIER},
            additionalProperties={"type": ["number", "string"], "minLength": 1},
        ),
        "input": _about("the input's shape, channels first and without a batch", **_all(_ref("input"))),
        "inputs": _about(
            "several inputs, by name", **named, additionalProperties=_ref("input"), minProperties=1
        ),
        "outputs": _about(
            "the layers that are outputs; without it the last one", type="array", items=_word()
        ),
        "blocks": _about("layers written once, by name", **named, additionalProperties=_ref("block")),
        "layers": _about("the layers, in order", type="array", minItems=1, items=_all(_ref("layer"), at_top)),
        "expect": _about("published figures, and budgets", type="array", items=_ref("claim")),
        "extends": _about(
            "the spec that this one differs from: a bundled name, or a path beside the file", **_word()
        ),
        **_changes(),
    }
    return {key: held[key] for key in TOP}


def _source() -> Part:
    return {
        "type": "object",
        "properties": dict.fromkeys(SOURCE, _TEXT),
        "required": ["authors", "year"],
        "additionalProperties": False,
    }


def _changes() -> Part:
    """What a spec changes of the one that it extends."""
    unchanged = {"type": "object", "properties": dict.fromkeys(("name", *WHAT), False)}
    where = {"after": _about("the layer that it follows", **_word())}
    where["before"] = _about("the layer that it precedes", **_word())
    sides = [{"required": [side]} for side in where]
    inserted = _all(_ref("entry"), {"required": ["name"], "properties": where, "oneOf": sides})
    held = {
        "patch": _about(
            "fields to change, by layer; block.layer is a layer of a block",
            type="object",
            additionalProperties=unchanged,
        ),
        "remove": _about("layers to leave out", type="array", items=_word()),
        "replace": _about(
            "layers to write anew, by name",
            type="object",
            additionalProperties=_all(_ref("entry"), _NOWHERE),
        ),
        "insert": _about("layers to put in, after or before one", type="array", items=inserted),
    }
    return {key: held[key] for key in CHANGES}


def _block() -> Part:
    held = {
        "args": _about(
            "its arguments, each with its default, or required",
            type="object",
            propertyNames={"pattern": _IDENTIFIER},
        ),
        "inputs": _about(
            "the names of its inputs, where there are several",
            type="array",
            items={"type": "string", "pattern": _IDENTIFIER},
        ),
        "layers": _about("its layers, in order", type="array", minItems=1, items=_ref("layer")),
    }
    return {
        "type": "object",
        "properties": {key: held[key] for key in BLOCK},
        "required": ["layers"],
        "additionalProperties": False,
    }


def _claim() -> Part:
    """A line of `expect`."""
    properties: Part = dict.fromkeys(CLAIM, _TEXT)
    properties["at"] = _about("the layer or block that the figure is of, or total", **_TEXT)
    properties["dtype"] = _about("of what numbers, for figures in bytes", **_TEXT, examples=list(BITS))
    properties["set"] = _about(
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
        return _about(f"{quantity.about}: as 60000, 1.8G, '<= 250k' or {{value: 1.8G, tol: 3%}}", **found)
    found["type"] = [*found["type"], "array"]
    sizes = {"items": {"type": ["integer", "string"], "minimum": 0}, "minItems": 1}
    return _about(f"{quantity.about}: a list of sizes, as [6, 28, 28]", **found, **sizes)


# -- a layer


def _layer() -> Part:
    """A layer of a list: it has a name, and its place is where it stands."""
    return _all(_ref("entry"), {"required": ["name"], **_NOWHERE})


def _entry(kinds: list[type[Layer]]) -> Part:
    """A layer, wherever it is written: its node's keys, and its kind's fields."""
    ops = {"enum": [kind.op for kind in kinds], "enumDescriptions": [register.first(kind) for kind in kinds]}
    properties = {
        "name": _about("what rows and wires call it", **_name()),
        "op": _about("the kind of layer; all of them: archcalc ops", **ops),
        "block": _about("the block that it uses", **_word()),
        "share": _about("the layer above that it is again, with the same tensors", **_word()),
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
        "from": _about("what it reads, where that is not the layer before", **_all(_ref("from"))),
        "with": _about("the arguments of its block", type="object", propertyNames={"pattern": _IDENTIFIER}),
        "repeat": _about(
            "how many copies, one after the other; or what each changes, as [{s: 2}, {}]",
            type=["integer", "string", "array"],
            minimum=1,
            minLength=1,
            minItems=1,
            items={"type": "object"},
        ),
        "shared": _about("whether all copies use one set of tensors", **_FLAG),
        "when": _about(
            "a condition without which its input passes through", type=["string", "boolean"], minLength=1
        ),
        "tie": _about(
            "tensors that are another layer's, as {weight: tok.weight}",
            type="object",
            minProperties=1,
            additionalProperties={"type": "string", "pattern": r"^.+\..+$"},
        ),
        "trainable": _about("whether training changes its tensors", **_FLAG),
        "activation": _about("what bends its outputs, as tanh", **_all(_ref("activation"))),
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
    found = {"properties": {name: _field(field) for name, field in kind.fields.items()}, **_only(keys)}
    required = [name for name, field in kind.fields.items() if field.required]
    return {**found, "required": required} if required else found


def _activation(bends: list[type[Layer]], *, of_block: bool = True) -> Part:
    """A word, or a map with the fields of that kind; inside a block the word may be an argument."""
    words = {"enum": [kind.op for kind in bends], "enumDescriptions": [register.first(k) for k in bends]}
    word = {"anyOf": [words, {"pattern": _IDENTIFIER}]} if of_block else words
    whole: Part = {"properties": {"op": word}, "required": ["op"]}
    if of_block:
        whole["allOf"] = [_when(_is(kind), _fields(kind, ("op",))) for kind in bends]
    return {"type": ["string", "object"], "if": {"type": "object"}, "then": whole, "else": word}


# -- a field


def _field(field: Field) -> Part:
    """What a field may hold, with the words that errors and `archcalc ops` show."""
    default = "" if field.required or field.default is None else f"; default {_plain(field.default)}"
    text = f"{field.about}: {field.values}{'; required' if field.required else default}"
    if field.also:
        text += f"; also called {', '.join(field.also)}"
    found = _about(text, **_SORTS.get(field.sort, _special)(field))
    if not field.required and isinstance(field.default, bool | int | str):
        found["default"] = field.default
    return found


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _size(low: int | None) -> Part:
    """A whole number, or an expression that comes out as one."""
    return {"type": ["integer", "string"], "minimum": low or 0, "minLength": 1}


def _sides(field: Field) -> Part:
    each = _size(field.low)
    listed = {"items": each, "minItems": field.rank, "maxItems": field.rank}
    return {**each, **listed, "type": [*each["type"], "array"]}


def _pads(field: Field) -> Part:
    """One for all sides, one for each axis, one for each side, or a pair for each axis."""
    side = _size(field.low)
    pair = {"items": side, "minItems": 2, "maxItems": 2}
    listed = {
        "items": {**side, **pair, "type": [*side["type"], "array"]},
        "minItems": field.rank,
        "maxItems": 2 * field.rank,
    }
    return {**side, **listed, "type": [*side["type"], "array"], "examples": ["same", "valid"]}


def _axes(field: Field) -> Part:
    """A size for each axis; where cells stand around an axis, a pair."""
    each = _size(field.low)
    pair = {"type": [*each["type"], "array"], "items": each, "minItems": 2, "maxItems": 2}
    listed = {**_SHAPE, "items": each, "additionalProperties": {**each, **pair}}
    return {**listed, **each, "type": ["integer", "string", "array", "object"]}


def _number(field: Field) -> Part:
    found: Part = {"type": ["number", "string"], "minLength": 1}
    bounds = {"minimum": field.low, "maximum": field.high}
    return {**found, **{key: bound for key, bound in bounds.items() if bound is not None}}


def _special(field: Field) -> Part:
    """A field whose reader alone knows what it takes; what tests try of it is shown."""
    return {"examples": list(field.examples)} if field.examples else {}


_SORTS: dict[str, Callable[[Field], Part]] = {
    "dim": lambda field: _size(field.low),
    "sides": _sides,
    "pads": _pads,
    "axes": _axes,
    "flag": lambda _: _FLAG,
    "number": _number,
}


# -- parts


def _all(*parts: Part) -> Part:
    """All of these: what stands beside a bare `$ref` is not read in draft 7."""
    return {"allOf": list(parts)}


def _word() -> Part:
    """A name of something; one of digits alone is a number to YAML."""
    return {"type": ["string", "integer"], "minLength": 1}


def _name() -> Part:
    return {"type": ["string", "integer"], "pattern": _NAME, "maxLength": 100, "not": {"enum": _TAKEN}}


_TEXT: Part = {"type": ["string", "number"]}
_FLAG: Part = {"type": ["boolean", "string"], "pattern": _TRUTH}
_NOWHERE: Part = {"properties": {"after": False, "before": False}}
_SHAPE: Part = {
    "type": ["array", "object"],
    "items": _ref("size"),
    "minItems": 1,
    "maxItems": 4,
    "propertyNames": {"pattern": _IDENTIFIER},
    "additionalProperties": _ref("size"),
    "minProperties": 1,
}
_INPUT: Part = {
    "type": ["array", "object"],
    "if": {"type": "object", "required": ["shape"]},
    "then": {
        "properties": {
            "shape": _about("the sizes, channels first", **_all(_ref("shape"))),
            "dtype": _about("int where it holds indices", enum=["int", "float"]),
        },
        "additionalProperties": False,
    },
    "else": {**_ref("shape")},
}
_FROM: Part = {
    "type": ["string", "integer", "array", "object"],
    "minLength": 1,
    "items": _word(),
    "minItems": 1,
    "additionalProperties": _word(),
    "minProperties": 1,
}
