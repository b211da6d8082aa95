"""The sizes a graph is built at: symbols, and the input's shape, as written, set, given or left free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Shape, axes_of_rank
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.expressions import ExpressionError, Scope, is_name, names
from archcalc.fields import FieldError, read_size
from archcalc.graph.complaints import Complaints, UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcalc.spec import Spec
    from archcalc.spec.node import Node as Text

_LONGEST_INPUT = 4  # axes


class _Symbols(dict[str, Any]):
    """Symbols by name; None for one that a mistake left unknown, as is then whatever reads it."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if value is None:
            raise UnknownError
        return value


class Sizes:
    """Every symbol's value and the input's shape; `input` is None where a mistake left it unknown."""

    def __init__(
        self,
        spec: Spec,
        sizes: dict[str, Any],
        given: Sequence[Any] | None,
        free: Iterable[str],
        complaints: Complaints,
    ) -> None:
        self.spec = spec
        self.given_sizes = dict(sizes)
        self.given = given
        self.free = tuple(free)
        self.complaints = complaints
        self.symbols: dict[str, Any] = _Symbols()
        self.scope = Scope(self.symbols)
        self.input: Shape | None = None
        self.written = ""  # the input as the file has it, as 1x32x32
        self.axis_symbols: set[str] = set()  # symbols that are axes of the input
        self.axes = self.axes_of_input()
        self.take_given()
        self.read_symbols()
        self.read_input()

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
        value = self.scope.value(self.given_sizes.get(name, node.value))
        if name in self.free:
            if type(value).__name__ == "Fraction":
                raise UsageError(f"{name} is {value}, and only a whole number can be left as a letter")
            from archcalc.symbolic import letter

            return letter(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return value if type(value).__name__ == "Fraction" else read_size(value, self.scope)

    def axes_of_input(self) -> list[tuple[str, str]]:
        """Each axis of the input with its size as written; none after a complaint."""
        return self.axes_of(self.spec.input)[0] if self.spec.input is not None else []

    def read_input(self) -> None:
        """The input's shape: given, or as written."""
        node, parts = self.spec.input, self.axes
        if node is None or not parts:
            return
        self.axis_symbols = {part for _, part in parts} & self.symbols.keys()
        try:
            sizes = [self.axis_size(node, i, axis, part) for i, (axis, part) in enumerate(parts)]
        except UnknownError:
            return
        if any(size is None for size in sizes):
            return
        axes = tuple(axis for axis, _ in parts)
        self.input = Shape(sizes, axes)
        self.written = "x".join(self.as_written(part) for _, part in parts)

    def axis_size(self, node: Text, i: int, axis: str, part: str) -> Any:
        """The size of an axis of the input, given or written; None after a complaint."""
        try:
            value = self.size_of(axis, part)
        except FieldError as error:
            assert not isinstance(node.value, str)
            at = node.value[i] if isinstance(node.value, list) else node.value[axis][1]
            text = str(error)
            self.complaints.about(
                at, f"input: {axis} {text}" if text.startswith("is ") else f"input: {text}", fix=error.fix
            )
            return None
        return value if self.given is None or part in self.symbols else self.given[i]

    def axes_of(self, node: Text) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
        """Each axis with its size as written."""
        if isinstance(node.value, str) or not 1 <= len(node.value) <= _LONGEST_INPUT:
            why = ("by rank [C], [T, C], [C, H, W] or [C, D, H, W], or named, as {C: 16, T: 1000}",)
            sizes = node.value.split("x") if isinstance(node.value, str) else []
            fix = f"input: [{', '.join(sizes)}]" if len(sizes) > 1 and all(map(str.isdigit, sizes)) else ""
            self.complaints.about(node, "input is a list of one to four sizes", why=why, fix=fix)
            return [], ()
        if isinstance(node.value, dict):
            pairs = [(key, value) for key, _, value in node.pairs()]
            for key, at, _ in node.pairs():
                if not is_name(key):
                    self.complaints.about(
                        at, f"{quote(key)} cannot name an axis", why=("a letter or a word does",)
                    )
                    return [], ()
        else:
            pairs = list(zip(axes_of_rank(len(node.value)), node.value, strict=True))
        for _, value in pairs:
            if not isinstance(value.value, str):
                self.complaints.about(value, f"a size is a number, not {value.kind}")
                return [], ()
        return [(axis, str(value.value)) for axis, value in pairs], tuple(axis for axis, _ in pairs)

    def take_given(self) -> None:
        """Read what was given: sizes, and the input, whose sizes its symbols take."""
        for name in self.given_sizes.keys() & set(self.free):
            raise UsageError(f"{name} is both set to {self.given_sizes[name]} and left as a letter")
        for name, size in self.given_sizes.items():
            if getattr(size, "ndim", 0):
                raise UsageError(f"{name} is an array; a network is built at one size, or in letters")
        if self.given is None or not self.axes:
            return
        self.given = self.given_input()
        for (axis, part), size in zip(self.axes, self.given, strict=True):
            shown = quote("x".join(map(str, self.given)))
            if part in self.free or axis in self.free:
                raise UsageError(f"input {shown} gives {axis}, which is left as a letter")
            if part in self.spec.symbols and self.given_sizes.setdefault(part, size) != size:
                what = f"input {shown} and {part} = {self.given_sizes[part]} do not agree"
                raise UsageError(Problem(what, (f"{part} is an axis of the input",)))

    def given_input(self) -> list[int]:
        """The sizes of a given input, each checked."""
        given = list(self.given or ())
        shown = quote("x".join(map(str, given)))
        if len(given) != len(self.axes):
            wanted = f"{len(self.axes)} axes, [{', '.join(axis for axis, _ in self.axes)}]"
            rest = "x".join(map(str, given[1:]))
            fix = (
                f"{rest}: one example is counted, without a batch" if len(given) == len(self.axes) + 1 else ""
            )
            what = f"input {shown} has {len(given)} sizes, and {self.spec.name} reads {wanted}"
            raise UsageError(Problem(what, fix=fix))
        sizes = []
        for (axis, _), size in zip(self.axes, given, strict=True):
            try:
                sizes.append(read_size(size, Scope()))
            except FieldError as error:
                raise UsageError(f"input {shown}: {axis} {error}") from None
        return sizes

    def size_of(self, axis: str, part: str) -> Any:
        """An axis's size: a letter, or what is written."""
        if axis in self.free and axis not in self.symbols:
            from archcalc.symbolic import letter

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
        for name, (at, _) in self.spec.symbols.items():
            if name not in others:
                self.complaints.about(at, f"the symbol {quote(name)} is used nowhere")
