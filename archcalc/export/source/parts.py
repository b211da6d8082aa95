"""What a layer is in a framework: what the constructor makes of it, and what the forward pass does."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.export.source.code import Bracket, call, listed, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Self

    from archcalc.export.source.code import Code


class Verbatim(str):
    """A text of source that the export makes itself."""

    __slots__ = ()


class Rows(tuple[str, ...]):
    """A call of a function on texts."""

    function: str

    def __new__(cls, function: str, rows: Iterable[str]) -> Self:
        made = super().__new__(cls, rows)
        made.function = function
        return made


REQUIRED: Any = type("Required", (), {"__repr__": lambda _: "required"})()


class Arg(NamedTuple):
    """A value in a call, and where it comes from: a field of the layer, or an axis that it reads."""

    value: Any
    field: str = ""
    axis: tuple[int, str] | None = None  # the number of the input, and the axis's name
    usual: Any = REQUIRED  # what is taken where nothing is said

    def code(self) -> Code:
        """The value as source."""
        value = self.value
        if isinstance(value, Verbatim):
            return str(value)
        if isinstance(value, Rows):
            return call(value.function, *map(quoted, value))
        if isinstance(value, list):
            return listed(Bracket("[", map(str, part), "]") for part in value)
        return literal(value)


class Make(NamedTuple):
    """What the constructor makes: a call of a function, or of a class."""

    function: str
    args: tuple[Arg, ...] = ()
    named: Mapping[str, Arg] = {}

    def every(self) -> dict[str, Arg]:
        """All arguments, those without a name by their place."""
        return {**{str(i): arg for i, arg in enumerate(self.args)}, **self.named}


class Part(NamedTuple):
    """A layer in a framework.

    `apply(this, inputs, args)` is what the forward pass does: `this` is what was made, `inputs` are
    variables, `args` texts by name. `tensors` maps the layer's tensors to their places under what was made:
    a path, and after `@` how ours is turned to be theirs, as `kernel@1,0`.
    """

    make: Make | None
    apply: Callable[[str, Sequence[str], Mapping[str, str]], Code]
    plain: bool = False  # apply is a call of what was made on all inputs and nothing else
    args: Mapping[str, Arg] = {}  # that the forward pass names
    after: tuple[str, ...] = ()  # statements of the constructor, of `{this}`
    tensors: Mapping[str, str] = {}
    module: Make | None = None  # what does the same as a module, where the forward pass does it alone

    def form(self) -> tuple[Any, ...]:
        """What two layers have in common that are made by one line of code, whatever their sizes."""
        named = {name: f"<{name}>" for name in self.args}
        applied = str(self.apply("<this>", [f"<{i}>" for i in range(8)], named))
        made = (self.make.function, *self.make.every()) if self.make else ()
        return (made, applied, self.plain, self.after, tuple(self.tensors.items()))


def whole(value: Any) -> Any:
    """A number as source has it: an int where it is one, else a float."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value
