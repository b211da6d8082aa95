"""The sliders: one for each size that may vary, with a field for exact values and what the size is for."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.expressions import names
from archcalc.web.markup import Markup, joined, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.spec import Entry, Spec
    from archcalc.web.letters import Letter, Lettered
    from archcalc.web.ranges import Range

_AXES = {"H": "height", "W": "width", "C": "channels", "D": "depth", "T": "length"}


def sliders(own: Lettered, ranges: list[Range]) -> Markup:
    """A slider for each letter, a box that keeps a picture square, and the way back."""
    if not own.letters:
        return tag("p", "Each size of this network is fixed by its layers, so there is nothing to slide.")
    made = [
        _slider(i, letter, between, own.net.spec)
        for i, (letter, between) in enumerate(zip(own.letters, ranges, strict=True))
    ]
    sides = [letter for letter in own.letters if letter.name in ("H", "W")]
    square = ""
    if len(sides) == 2 and sides[0].value == sides[1].value:
        box = tag("input", type="checkbox", id="square", checked=True)
        square = tag("label", box, " keep it square", class_="check")
    back = tag("button", "back to the sizes given", type="button", id="reset", disabled=True)
    return tag(
        "form", joined(made), tag("div", square, back, class_="more"), class_="sliders", autocomplete="off"
    )


def _slider(place: int, letter: Letter, between: Range, spec: Spec) -> Markup:
    said = about(spec, letter.name)
    ident = f"size{place}"
    name = tag("b", letter.name), tag("span", f" {said}", class_="quiet") if said else ""
    through = {"min": between.low, "max": between.high, "step": between.step, "value": letter.value}
    least = shown(letter, 1)
    exact = {"min": least, "step": least, "value": shown(letter, letter.value)}
    return tag(
        "div",
        tag("label", *name, for_=ident, id=f"{ident}n"),
        tag("input", type="range", id=ident, data_letter=place, **through),
        tag("input", type="number", aria_labelledby=f"{ident}n", data_exact=place, **exact),
        class_="size",
    )


def shown(letter: Letter, value: int) -> str:
    """The size that a letter's value stands for, as a decimal where it has few places."""
    size = Fraction(value, letter.parts)
    return str(size.numerator) if size.denominator == 1 else f"{float(size):g}"


def about(spec: Spec, name: str) -> str:
    """What a size is for: a side of the input, else the first field that it stands in."""
    sides = list(_sides(spec))
    axis = next((axis for axis, size in sides if name in (axis, size.value)), "")
    if axis in _AXES:
        axes = {axis for axis, _ in sides}
        return f"{_AXES[axis]} of the {'picture' if {'H', 'W'} <= axes else 'input'}"
    uses = list(_uses(spec, name))
    alone = [where for where, text in uses if text == name]
    found = alone or [where for where, _ in uses]
    return found[0] if found else ""


def _sides(spec: Spec) -> Iterator[tuple[str, Any]]:
    from archcalc.spec.values import axes

    for node in spec.all_inputs().values():
        yield from axes(node)[0]


def _uses(spec: Spec, name: str) -> Iterator[tuple[str, str]]:
    """Every field in which a symbol stands: `num_heads of attn`, and its text."""
    for entry in (*spec.layers, *(each for block in spec.blocks.values() for each in block.layers)):
        for word, text in _fields(entry):
            if name in names(text):
                yield f"{word.replace('_', ' ')} of {entry.name}", text


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.repeat is not None and isinstance(entry.repeat.value, str):
        yield "copies", entry.repeat.value
    given = [(key, node) for key, (_, node) in entry.fields.items()]
    if entry.arguments is not None and isinstance(entry.arguments.value, dict):
        given += [(key, node) for key, (_, node) in entry.arguments.value.items()]
    for key, node in given:
        for part in node.value if isinstance(node.value, list) else [node]:
            if isinstance(part.value, str):
                yield key, part.value
