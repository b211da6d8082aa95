"""The kinds of layers as pages, made from their own declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc import register
from archcalc.errors import LayerError, Problem, UsageError, likely, quote
from archcalc.register import first, section
from archcalc.render.page import Page, wrap
from archcalc.spec.entries import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.fields import Field
    from archcalc.layer import Layer
    from archcalc.render.page import Line


_NARROW = 64  # columns under which a field's values stand below its name, and a sentence below its op
_OPS = 19  # columns of the longest op
_FAMILIES = (
    "conv", "pool", "dense", "norm", "activation", "shape", "join", "embedding", "attention", "recurrent",
    "regularisation",
)  # fmt: skip
"""As one looks for them; the others follow."""


def families() -> dict[str, list[type[Layer]]]:
    """Every kind, by family."""
    found: dict[str, list[type[Layer]]] = {family: [] for family in _FAMILIES}
    for kind in register.kinds():
        found.setdefault(kind.family, []).append(kind)
    return {family: kinds for family, kinds in found.items() if kinds}


def overview(width: int | None = None) -> Page:
    """Every kind, by family, with its first sentence."""
    found = families()
    page = Page([[]])
    for family, kinds in found.items():
        page.add((f" {family}", "name"))
        page.extend(_listed(kinds, width))
        page.add()
    one, many = ("all about one: archcalc ops conv2d", "dim"), ("a family: archcalc ops pool", "dim")
    page.flow([[one], [many]], width, "     ")
    page.add()
    return page


def shown(word: str, width: int | None = None) -> Page:
    """All about a kind; or the kinds of a family, where the word is a family's.

    Raises UsageError with the likely op.
    """
    kind = register.kind_or_plugin(word)
    if kind is not None:
        return card(kind, width)
    found = families()
    if word in found:
        page = Page([[]])
        page.add((f" {word}", "name"))
        page.extend(_listed(found[word], width))
        page.add()
        return page
    fix = register.meant(word) or likely(word, found)
    more = "" if fix else "all ops: archcalc ops"
    raise UsageError(Problem(f"there is no op {quote(word)}", fix=fix and f"archcalc ops {fix}", more=more))


def _listed(kinds: Sequence[type[Layer]], width: int | None) -> Iterator[Line]:
    """A line for each kind: its op, and what it does; a second one only where the first is full."""
    indent = " " * (_OPS + 4)
    for kind in kinds:
        if width is not None and width < _NARROW:
            yield [(f"  {kind.op}", "op")]
            yield from ([(line, "")] for line in wrap(first(kind), width, "    "))
            continue
        lead, *rest = wrap(first(kind), width, indent)
        gap = max(len(indent), len(kind.op) + 4)  # of a plugin's op, which may be longer
        yield [(f"  {kind.op}".ljust(gap), "op"), (lead[len(indent) :], "")]
        yield from ([(line, "")] for line in rest)


def card(kind: type[Layer], width: int | None = None) -> Page:
    """All about one kind: shapes, fields, formulas, counts, source, other names."""
    page = Page([[]])
    page.add((f" {kind.op}", "op"), (f"   {kind.family}", "dim"))
    page.extend([(line, "")] for line in wrap(first(kind), width, " "))
    page.add()
    if kind.inputs != (1, 1):
        _put(page, "reads", _inputs(*kind.inputs), width)
    for word in ("Shapes", "Counts", "Source"):
        if text := section(kind, word):
            _put(page, word.lower(), text, width)
    _formulas(page, kind, width)
    _fields(page, kind, width)
    if kind.also:
        page.add()
        _put(page, "also called", ", ".join(kind.also), width)
    others = [other.op for other in families()[kind.family] if other is not kind]
    if kind.op == kind.family and others:  # the word for the family gives this page
        _put(page, "family", ", ".join(others), width)
    page.add()
    return page


def _inputs(fewest: int, most: int | None) -> str:
    """How many layers a kind reads."""
    if most is None:
        return f"{fewest} layers or more, named in order by from"
    if most == 0:
        return "no layer"
    if fewest == most:
        return f"{fewest} layers, named in order by from"
    return f"{fewest} to {most} layers, named in order by from"


def _put(page: Page, name: str, text: str, width: int | None) -> None:
    for i, line in enumerate(wrap(text, width, " " * 15)):
        lead = f" {name:<14}" if i == 0 else " " * 15
        page.add((lead, "name"), line[15:])


def example(kind: type[Layer]) -> Layer:
    """A layer of the kind with its required fields set, to ask for its formulas."""
    required = {name: field for name, field in kind.fields.items() if field.required}
    return kind(**{name: field.examples[0] if field.examples else 2 for name, field in required.items()})


def _formulas(page: Page, kind: type[Layer], width: int | None) -> None:
    try:
        layer = example(kind)
    except LayerError:  # of a plugin's field nobody knows what it takes
        return
    found = [(q, layer.formula(q)) for q in ("params", "connections", "macs") if layer.formula(q)]
    if layer.window() is not None:
        law = "W − F + 2P" if "padding" in kind.fields else "W − F"
        found.insert(0, ("output", f"⌊({law})/S⌋ + 1 along each axis"))
    for quantity, text in found:
        _put(page, quantity, text, width)


def _fields(page: Page, kind: type[Layer], width: int | None) -> None:
    page.add()
    if not kind.fields:
        page.add((" fields        ", "name"), ("none of its own", "dim"))
    for i, (name, field) in enumerate(kind.fields.items()):
        lead = " fields        " if i == 0 else " " * 15
        _field(page, lead, name, field, width)
    # with is for blocks, and an activation follows a layer that computes units
    keys = (key for key in PLACE if key != "with" and (kind.units or key != "activation"))
    words = f"on every layer: {', '.join(('name', *keys))}"
    page.extend([(line, "dim")] for line in wrap(words, width, " " * 15))


def _field(page: Page, lead: str, name: str, field: Field, width: int | None) -> None:
    """A field, and beside it, or under it on a narrow terminal, its values and what it is about."""
    beside = width is None or width >= _NARROW
    indent = " " * (33 if beside else 17)
    default = "required" if field.required else f"default {_default(field.default)}"
    values = wrap(f"{field.values}; {default}", width, indent)
    page.add((lead, "name"), (f"{name:<18}", "op"), values.pop(0)[33:] if beside else "")
    page.extend([(line, "")] for line in values)
    page.extend([(line, "dim")] for line in wrap(field.about, width, indent))
    if field.also:
        page.extend([(line, "dim")] for line in wrap(f"also called {', '.join(field.also)}", width, indent))


def listed() -> list[dict[str, Any]]:
    """Every kind as data: op, family, what it does, and its fields."""
    return [
        {
            "op": kind.op,
            "family": family,
            "about": first(kind),
            "also": list(kind.also),
            "inputs": list(kind.inputs),
            "fields": [_data(name, field) for name, field in kind.fields.items()],
        }
        for family, kinds in families().items()
        for kind in kinds
    ]


def _data(name: str, field: Field) -> dict[str, Any]:
    found = {"name": name, "about": field.about, "values": field.values, "required": field.required}
    if not field.required:
        found["default"] = _default(field.default)
    return {**found, "also": list(field.also)}


def _default(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
