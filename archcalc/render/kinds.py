"""The kinds of layers as pages, made from their own declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc import register
from archcalc.errors import Problem, UsageError, quote
from archcalc.register import first, section
from archcalc.render.page import Column, Page, Table, wrap

if TYPE_CHECKING:
    from archcalc.fields import Field
    from archcalc.layer import Layer


_NARROW = 64  # columns under which a field's values stand below its name
_FAMILIES = ("conv", "pool", "dense", "activation", "shape", "regularisation")  # as one looks for them


def overview(width: int | None = None) -> Page:
    """Every kind, by family, with its first sentence."""
    order = {family: i for i, family in enumerate(_FAMILIES)}
    every = sorted(register.kinds(), key=lambda kind: order.get(kind.family, len(order)))
    rows = [[kind.op, kind.family, first(kind)] for kind in every]
    heads = [Column("op", right=False, style="op"), Column("family", right=False, style="dim")]
    table = Table([*heads, Column("what it does", right=False, sinks=True)], rows)
    page = Page([[], *table.lines(width), []])
    page.add((" all about one: archcalc ops conv2d", "dim"))
    page.add()
    return page


def card(op: str, width: int | None = None) -> Page:
    """All about one kind: shapes, fields, formulas, counts, source, other names.

    Raises UsageError with the likely op.
    """
    kind = register.kind(op)
    if kind is None:
        fix = register.meant(op)
        more = "" if fix else "all ops: archcalc ops"
        raise UsageError(Problem(f"there is no op {quote(op)}", fix=fix and f"archcalc ops {fix}", more=more))
    page = Page([[]])
    page.add((f" {kind.op}", "op"), (f"   {kind.family}", "dim"))
    page.extend([(line, "")] for line in wrap(first(kind), width, " "))
    page.add()
    for word in ("Shapes", "Counts", "Source"):
        if text := section(kind, word):
            _put(page, word.lower(), text, width)
    _formulas(page, kind, width)
    _fields(page, kind, width)
    if kind.also:
        page.add()
        _put(page, "also called", ", ".join(kind.also), width)
    page.add()
    return page


def _put(page: Page, name: str, text: str, width: int | None) -> None:
    for i, line in enumerate(wrap(text, width, " " * 15)):
        lead = f" {name:<14}" if i == 0 else " " * 15
        page.add((lead, "name"), line[15:])


def example(kind: type[Layer]) -> Layer:
    """A layer of the kind with its required fields set, to ask for its formulas."""
    required = {name: field for name, field in kind.fields.items() if field.required}
    return kind(**{name: field.examples[0] if field.examples else 2 for name, field in required.items()})


def _formulas(page: Page, kind: type[Layer], width: int | None) -> None:
    layer = example(kind)
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
    words = "name, from, activation, trainable" if kind.units else "name, from, trainable"
    page.extend([(line, "dim")] for line in wrap(f"on every layer: {words}", width, " " * 15))


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


def _default(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
