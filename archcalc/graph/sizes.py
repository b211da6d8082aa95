"""The sizes a graph is built at: symbols, and the input's shape, as written, set, given or left free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Shape, at_least, is_whole
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.expressions import ExpressionError, Scope, is_name, names, number, whole
from archcalc.expressions import sizes as tuple_of
from archcalc.fields import FieldError, read_size
from archcalc.graph.complaints import Complaints, UnknownError
from archcalc.layer import Rule
from archcalc.spec.values import axes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archcalc.graph.choices import Choices
    from archcalc.spec import Entry, Spec
    from archcalc.spec.node import Node as Text

_LONGEST_INPUT = 4  # axes
_MOST_LETTERS = 100  # nobody reads a formula in more


class Symbols(dict[str, Any]):
    """Symbols by name; None for one that a mistake left unknown, as is then whatever reads it."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if value is None:
            raise UnknownError
        return value


class Sizes:
    """Every symbol's value and the shape of each input; None where a mistake left it unknown."""

    def __init__(
        self,
        spec: Spec,
        sizes: dict[str, Any],
        given: Sequence[Any] | None,
        free: Iterable[str],
        complaints: Complaints,
        choices: Choices | None = None,
    ) -> None:
        self.spec = spec
        self.given_sizes = dict(sizes)
        self.given = given
        self.free = tuple(free)
        if len(self.free) > _MOST_LETTERS:
            what = f"{len(self.free):,} symbols would be left as letters, and {_MOST_LETTERS} may be"
            raise UsageError(Problem(what, fix=f"--symbolic {','.join(self.free[:2])}"))
        self.complaints = complaints
        self.symbols: dict[str, Any] = Symbols()
        self.scope = Scope(self.symbols)
        self.scope.choices = choices
        self.letters: Mapping[str, Any] = choices.letters if choices else {}
        self.inputs: dict[str, Shape | None] = {}
        self.indices: set[str] = set()  # inputs that hold indices
        self.rules: list[Rule] = []  # what must hold of letters for the inputs to have sizes
        self.written = ""  # the input as the file has it, as 1x32x32
        self.axes = {name: self.axes_of(name, node) for name, node in spec.all_inputs().items()}
        self.parts = {part for pairs in self.axes.values() for _, part in pairs}
        self.take_given()
        self.read_symbols()
        self.axis_symbols = self.parts & self.symbols.keys()  # symbols that are axes of an input
        for name, node in spec.all_inputs().items():
            self.inputs[name] = self.read_input(name, node)

    def read_symbols(self) -> None:
        """Every symbol's value: set, left free, or as written."""
        values = self.symbols
        for name, (at, node) in self.spec.symbols.items():
            if not is_name(name):
                why = ("a name is letters, digits and _, and no word of the expression language",)
                self.complaints.about(at, f"{quote(name)} cannot name a symbol", why=why)
                continue
            try:
                values[name] = self.value(name, node)
            except UnknownError:
                values[name] = None
            except (ExpressionError, FieldError) as error:
                text = str(error)
                below = [
                    word
                    for word in names(str(node.value))
                    if word in self.spec.symbols and word not in values
                ]
                reason = [f"a symbol reads those above it, and {below[0]} is not"] if below else []
                values[name] = None
                lead = f"symbol {name}{' ' if text.startswith('is ') else ': '}{text}"
                self.complaints.about(node, lead, why=reason, fix=error.fix)
        for name in self.given_sizes:
            if name not in values:
                fix = likely(name, values)
                known = f"symbols of {self.spec.name}: {', '.join(values) or 'none'}"
                raise UsageError(Problem(f"there is no symbol {quote(name)} to set", (known,), fix))

    def value(self, name: str, node: Text) -> Any:
        """A symbol's value: a letter, what it was set to, or what is written."""
        if not isinstance(node.value, str):
            raise FieldError(f"is {node.kind}, and must be a number")
        value = whole(self.scope.value(self.given_sizes.get(name, node.value)))
        if name in self.letters:
            return self.letters[name]
        if name in self.free:
            if type(value).__name__ == "Fraction":
                raise UsageError(f"{name} is {value}, and only a whole number can be left as a letter")
            from archcalc.symbolic import letter

            return letter(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return value if type(value).__name__ == "Fraction" else read_size(value, self.scope)

    def read_input(self, name: str, node: Text) -> Shape | None:
        """An input's shape: given, or as written."""
        pairs = self.axes[name]
        if not pairs:
            return None
        if axes(node)[1]:
            self.indices.add(name)
        try:
            sizes = [self.axis_size(name, i, axis, part) for i, (axis, part) in enumerate(pairs)]
        except UnknownError:
            return None
        if any(size is None for size in sizes):
            return None
        self.holds(name, sizes)
        self.written = self.written or "x".join(self.as_written(part) for _, part in pairs)
        return Shape(sizes, tuple(axis for axis, _ in pairs))

    def holds(self, name: str, sizes: list[Any]) -> None:
        """Note that the sizes of an input that are made of letters are whole, and at least 1."""
        for size in sizes:
            if not isinstance(size, int):
                rules = Rule(at_least(size, 1), str), Rule(is_whole(size), str)
                self.rules += rules
                if any(rule.holds is False for rule in rules):
                    node = self.spec.all_inputs()[name]
                    self.complaints.about(node, f"an input has a size of {size}, which is none")

    def axis_size(self, name: str, i: int, axis: str, part: str) -> Any:
        """The size of an axis of an input, given or written; None after a complaint."""
        try:
            value = self.size_of(axis, part)
        except FieldError as error:
            at = axes(self.spec.all_inputs()[name])[0][i][1]
            text, lead = str(error), "input" if name == "input" else f"input {name}"
            what = f"{lead}: {axis} {text}" if text.startswith("is ") else f"{lead}: {text}"
            self.complaints.about(at, what, fix=error.fix)
            return None
        return value if self.given is None or part in self.symbols else self.given[i]

    def axes_of(self, name: str, node: Text) -> list[tuple[str, str]]:
        """Each axis of an input with its size as written; none after a complaint."""
        pairs, _ = axes(node)
        if isinstance(node.value, dict) and "shape" in node.value:
            self.shape_and_dtype(node)
        if not 1 <= len(pairs) <= _LONGEST_INPUT:
            why = ("by rank [C], [T, C], [C, H, W] or [C, D, H, W], or named, as {C: 16, T: 1000}",)
            sizes = node.value.split("x") if isinstance(node.value, str) else []
            fix = f"input: [{', '.join(sizes)}]" if len(sizes) > 1 and all(map(str.isdigit, sizes)) else ""
            if isinstance(node.value, str) and (listed := tuple_of(node.value)):
                fix = f"input: {listed}"
            lead = "input" if name == "input" else f"the input {name}"
            self.complaints.about(node, f"{lead} is a list of one to four sizes", why=why, fix=fix)
            return []
        if isinstance(node.value, dict):
            for key, at, _ in node.pairs():
                if not is_name(key):
                    self.complaints.about(
                        at, f"{quote(key)} cannot name an axis", why=("a letter or a word does",)
                    )
                    return []
        for _, value in pairs:
            if not isinstance(value.value, str):
                self.complaints.about(value, f"a size is a number, not {value.kind}")
                return []
        return [(axis, str(value.value)) for axis, value in pairs]

    def shape_and_dtype(self, node: Text) -> None:
        """An input written as a map of shape and dtype has no other keys, and a dtype that there is."""
        for key, at, value in node.pairs():
            if key not in {"shape", "dtype"}:
                self.complaints.about(
                    at, f"an input has no key {quote(key)}", fix=likely(key, ("shape", "dtype"))
                )
            elif key == "dtype" and value.value not in ("int", "float"):
                said = quote(value.value) if isinstance(value.value, str) else value.kind
                self.complaints.about(value, f"dtype is int or float, not {said}")

    def take_given(self) -> None:
        """Read what was given: sizes, and the input, whose sizes its symbols take."""
        for name in self.given_sizes.keys() & set(self.free):
            raise UsageError(f"{name} is both set to {self.given_sizes[name]} and left as a letter")
        for name, size in self.given_sizes.items():
            if getattr(size, "ndim", 0):
                raise UsageError(f"{name} is an array; a network is built at one size, or in letters")
        if self.given is None or not self.axes:
            return
        if len(self.axes) > 1:
            names = ", ".join(self.axes)
            sizes = ", ".join(sorted(part for part in self.parts if part in self.spec.symbols))
            why = (f"its sizes are the symbols {sizes}",) if sizes else ()
            what = f"an input is given, and {self.spec.name} has several: {names}"
            fix = f"--set {sizes.split(', ')[0]}={self.given[0]}" if sizes and len(self.given) == 1 else ""
            raise UsageError(Problem(what, why, fix))
        (pairs,) = self.axes.values()
        self.given = self.given_input(pairs)
        for (axis, part), size in zip(pairs, self.given, strict=True):
            shown = quote("x".join(map(str, self.given)))
            if part in self.free or axis in self.free:
                raise UsageError(f"input {shown} gives {axis}, which is left as a letter")
            if part in self.spec.symbols and number(str(self.given_sizes.setdefault(part, size))) != size:
                what = f"input {shown} and {part} = {self.given_sizes[part]} do not agree"
                raise UsageError(Problem(what, (f"{part} is an axis of the input",)))

    def given_input(self, pairs: list[tuple[str, str]]) -> list[int]:
        """The sizes of a given input, each checked."""
        given = list(self.given or ())
        shown = quote("x".join(map(str, given)))
        if len(given) != len(pairs):
            wanted = f"{len(pairs)} axes, [{', '.join(axis for axis, _ in pairs)}]"
            rest = "x".join(map(str, given[1:]))
            fix = f"{rest}: one example is counted, without a batch" if len(given) == len(pairs) + 1 else ""
            what = f"input {shown} has {len(given)} sizes, and {self.spec.name} reads {wanted}"
            raise UsageError(Problem(what, fix=fix))
        sizes = []
        for (axis, _), size in zip(pairs, given, strict=True):
            try:
                sizes.append(read_size(size, Scope()))
            except FieldError as error:
                raise UsageError(f"input {shown}: {axis} {error}") from None
        return sizes

    def size_of(self, axis: str, part: str) -> Any:
        """An axis's size: a letter, or what is written."""
        if axis in self.free and axis not in self.symbols:
            from archcalc.symbolic import letter

            if axis in self.letters:
                return self.letters[axis]
            sizes = {other for pairs in self.axes.values() for name, other in pairs if name == axis}
            if len(sizes) > 1:
                what = f"the inputs have different sizes along {axis}: {', '.join(sorted(sizes))}"
                why = ("one letter cannot stand for both; symbols can, as in x: [T, d] and memory: [S, d]",)
                raise UsageError(Problem(what, why))
            return letter(axis)
        return read_size(part, self.scope)

    def as_written(self, part: str) -> str:
        """A size as the file has it; of a symbol, what the file gives it."""
        value = self.spec.symbols[part][1].value if part in self.spec.symbols else part
        return value if isinstance(value, str) else part

    def unused(self, used: set[str]) -> None:
        """Complain of symbols that nothing uses."""
        texts = [str(value.value) for _, value in self.spec.symbols.values()]
        others = {word for text in texts for word in names(text)} | used | self.scope.used
        own = self.spec.document
        left = [
            name for name, (at, _) in self.spec.symbols.items() if name not in others and at.document is own
        ]
        if left:  # what decides against a layer leaves its symbols unread
            others |= {word for text in written(self.spec) for word in names(text)}
        for name in left:
            at, _ = self.spec.symbols[name]
            if name not in others:
                self.complaints.about(at, f"the symbol {quote(name)} is used nowhere")


def written(spec: Spec) -> Iterator[str]:
    """Every text of a spec in which a symbol may stand."""
    for layers in (spec.layers, *(block.layers for block in spec.blocks.values())):
        for entry in layers:
            yield from words(entry)
    for block in spec.blocks.values():
        for _, node in block.args.values():
            yield from _texts(node)


def words(entry: Entry) -> Iterator[str]:
    """Every text of a layer in which a symbol may stand."""
    for _, node in entry.fields.values():
        yield from _texts(node)
    for other in (
        entry.activation, entry.trainable, entry.arguments, entry.repeat, entry.shared, entry.when,
    ):  # fmt: skip
        if other is not None:
            yield from _texts(other)


def _texts(node: Text) -> Iterator[str]:
    if isinstance(node.value, str):
        yield node.value
        return
    inside = node.value if isinstance(node.value, list) else [value for _, value in node.value.values()]
    for value in inside:
        yield from _texts(value)
