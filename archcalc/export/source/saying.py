"""What a class says of a size: a number, or an expression of its own arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.export.source.code import literal
from archcalc.export.source.names import Names
from archcalc.export.source.parts import Arg, whole
from archcalc.export.source.terms import ANY, Term, alike, holds, same, some, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcalc.dims import Shape
    from archcalc.export.source.framework import Framework
    from archcalc.export.source.items import Class, Item
    from archcalc.export.source.plan import Plan

_FACTORS = range(2, 17)
_OUT = ("out_channels", "out_features", "embedding_dim", "hidden_size")


class Param(NamedTuple):
    """An argument of a class: its values by use, and what a caller would say it is."""

    values: tuple[Any, ...]
    argument: str = ""  # the block's own argument
    axis: tuple[int, str] | None = None  # or an axis of an input
    of: tuple[str, str] | None = None  # or an argument of a layer inside


class Saying:
    """The arguments of one class, and what is said in terms of them."""

    def __init__(self, framework: Framework, plan: Plan, cls: Class) -> None:
        self.framework = framework
        self.plan = plan
        self.cls = cls
        self.words = Names(self.framework.reserved())
        self.params: dict[str, Param] = {}
        self.used: set[str] = set()
        self.channels: dict[str, Term | None] = {}
        self._arguments()

    # -- arguments of the constructor

    def _arguments(self) -> None:
        """The block's own arguments that differ from use to use, and the sizes of what it reads."""
        for argument in self.cls.block.args if self.cls.block else ():
            values = tuple(whole(use.arguments.get(argument)) for use in self.cls.uses)
            if not alike(values) and all(isinstance(value, int | float | str) for value in values):
                self.params[self.words.variable(argument)] = Param(values, argument)
        for name in self.cls.inputs:
            sizes = self.sizes(name, "C")
            if sizes is not None:
                self.channels[name] = self.of_input(name, "C", sizes)

    def of_input(self, name: str, axis: str, sizes: tuple[Any, ...]) -> Term:
        """The size of an axis of an input, as an argument where it differs."""
        if alike(sizes):
            return Term(literal(sizes[0]), sizes)
        i = self.cls.inputs.index(name)
        for word, param in self.params.items():
            if param.axis == (i, axis):
                return Term(word, sizes)
        lead = "in" if len(self.cls.inputs) == 1 else name
        word = self.words.variable(f"{lead}_{'channels' if axis == 'C' else axis}")
        self.params[word] = Param(sizes, axis=(i, axis))
        return Term(word, sizes)

    def sizes(self, name: str, axis: str) -> tuple[Any, ...] | None:
        """The sizes of an axis of a layer, or of an input, use by use."""
        shapes = self.shapes(name)
        if any(axis not in shape.axes for shape in shapes):
            return None
        return tuple(shape[shape.axes.index(axis)] for shape in shapes)

    def shapes(self, name: str) -> list[Shape]:
        """The shapes of a layer, or of an input, use by use."""
        return [self.plan.shape(self.cls, name, use) for use in self.cls.uses]

    def signature(self) -> list[str]:
        """The arguments that are used, with types and defaults, those without a default first."""
        plain: list[str] = []
        usual: list[str] = []
        for word, param in self.ordered():
            default = self.default(param)
            kind = _type(param.values)
            (usual if default else plain).append(f"{word}: {kind}" + (f" = {default}" if default else ""))
        return [*plain, *usual]

    def ordered(self) -> list[tuple[str, Param]]:
        """The arguments that are used: sizes of inputs, then the block's own, then others."""
        found = [(word, param) for word, param in self.params.items() if word in self.used]
        return sorted(found, key=lambda pair: (pair[1].axis is None, not pair[1].argument))

    def default(self, param: Param) -> str:
        """What the block takes where nothing is said, if that is a plain number that some use has."""
        if not param.argument or self.cls.block is None:
            return ""
        written = self.cls.block.args[param.argument][1].value
        return next((text for v in param.values if (text := literal(v)) == written), "")

    # -- what is said of a value

    def say(
        self,
        values: tuple[Any, ...],
        written: object = None,
        size: Term | None = None,
        of: tuple[str, str] = ("", ""),
    ) -> str:
        """A value as source: a number where all uses have the same, else of the class's arguments."""
        if alike(values) and ANY not in values:
            return str(Arg(values[0]).code())
        found = self.written(written, values) or (size.text if size and same(size.values, values) else None)
        if found is None and alike(values):
            return str(Arg(some(values)).code())
        found = found or self.guess(values)
        if found is None:
            found = self.words.variable("_".join(part for part in of if part))
            first = some(values)
            self.params[found] = Param(tuple(first if v is ANY else v for v in values), of=of)
        self.note(found)
        return found

    def note(self, text: str) -> None:
        """Note the arguments that a text uses."""
        self.used |= self.params.keys() & identifiers(text)

    def written(self, text: object, values: tuple[Any, ...]) -> str | None:
        """The author's own expression, where it can be said and holds."""
        if not isinstance(text, str):
            return None
        found = translated(text, self.name_of, self.axis_of)
        known = {word: param.values for word, param in self.params.items()}
        return found if found and holds(found, known, values) else None

    def name_of(self, name: str) -> str | None:
        """What a name of the author's is called here."""
        block = self.cls.block
        if block is not None and name in block.args:
            values = tuple(whole(use.arguments.get(name)) for use in self.cls.uses)
            if alike(values):
                return literal(values[0]) if isinstance(values[0], int) else None
            return next((word for word, param in self.params.items() if param.argument == name), None)
        value = self.plan.graph.symbols.get(name)
        return literal(value) if isinstance(value, int) else None

    def axis_of(self, name: str, axis: str) -> str | None:
        """What `input.C` is called here."""
        if name not in self.cls.inputs and name not in self.channels:
            return None
        sizes = self.sizes(name, axis)
        if sizes is None:
            return None
        if name in self.cls.inputs:
            return self.of_input(name, axis, sizes).text
        term = self.channels.get(name) if axis == "C" else None
        return literal(sizes[0]) if alike(sizes) else term and term.text

    def guess(self, values: tuple[Any, ...]) -> str | None:
        """An argument, or a multiple, a part or a sum of arguments, that has the same values."""
        for word, param in self.params.items():
            if same(param.values, values):
                return word
        for word, param in self.params.items():
            for factor in _FACTORS if _whole(values) and _whole(param.values) else ():
                if same([factor * v for v in param.values], values):
                    return f"{factor} * {word}"
                if all(v % factor == 0 for v in param.values) and same(
                    [v // factor for v in param.values], values
                ):
                    return f"{word} // {factor}"
        return None

    def channel(self, item: Item) -> Term | None:
        """The channels of what a layer gives, as an expression."""
        sizes = self.sizes(item.name, "C")
        if sizes is None or alike(sizes):
            return None if sizes is None else Term(literal(sizes[0]), sizes)
        terms = [term for name in item.reads if (term := self.channels.get(name))]
        text = next((text for written in _written(item) if (text := self.written(written, sizes))), None)
        text = text or next((term.text for term in terms if term.values == sizes), None)
        if text is None and len(terms) == len(item.reads) > 1:
            added = tuple(map(sum, zip(*(term.values for term in terms), strict=True)))
            text = " + ".join(term.text for term in terms) if added == sizes else None
        text = text or self.guess(sizes)
        return Term(text, sizes) if text else None


def _written(item: Item) -> Iterator[object]:
    """What the author wrote that may be the channels of what a layer gives."""
    pairs = [item.entry.fields[name] for name in _OUT if name in item.entry.fields]
    given = item.entry.arguments.value if item.entry.arguments is not None else None
    pairs += given.values() if isinstance(given, dict) else ()
    return (pair[1].value for pair in pairs)


def _whole(values: Sequence[Any]) -> bool:
    return all(type(value) is int or value is ANY for value in values)


def _type(values: Sequence[Any]) -> str:
    for kind in (bool, int, str):
        if all(type(value) is kind for value in values):
            return kind.__name__
    if all(isinstance(value, int | float) for value in values):
        return "float"
    return "tuple[int, ...]" if all(isinstance(value, tuple) for value in values) else "object"


def identifiers(text: str) -> set[str]:
    """The names in a text of source."""
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))
