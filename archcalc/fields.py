"""The fields of a layer kind: what each may hold, and how it reads what an author wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import axes_of_rank
from archcalc.errors import likely, quote
from archcalc.expressions import ExpressionError, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIRED: Any = type("Required", (), {"__repr__": lambda _: "required"})()
SIZES = frozenset({"dim", "sides", "pads", "axes"})
"""The sorts of field that hold sizes, which may be letters or arrays in another world."""
_LARGEST = 10**15  # a size; what is larger is a slip of the keyboard


class FieldError(ValueError):
    """A value that a field refuses: a sentence without the field's name, the rule, and the mend."""

    def __init__(self, sentence: str, why: str = "", fix: str = "", path: tuple[int, ...] = ()) -> None:
        super().__init__(sentence)
        self.why = why
        self.fix = fix
        self.path = path


class Field:
    """A field's words, its default, the other names it is known by, its reader, and the reader's range.

    `sort` is dim, sides, pads, axes, flag, number or special; `examples` are values of a special one.
    """

    __slots__ = (
        "_fallback", "about", "also", "default", "examples", "high", "low", "name", "rank", "read", "sort",
        "spell", "values",
    )  # fmt: skip

    def __init__(
        self,
        about: str,
        read: Callable[[Any, Scope], Any],
        default: Any,
        also: tuple[str, ...],
        values: str,
        *,
        sort: str = "special",
        low: int | None = None,
        high: int | None = None,
        rank: int = 1,
        examples: tuple[Any, ...] = (),
        spell: Callable[[Any], Any] | None = None,
    ) -> None:
        self.name = ""
        self.about = about
        self.read = read
        self.default = default
        self.also = also
        self.values = values
        self.sort = sort
        self.low = low
        self.high = high
        self.rank = rank
        self.examples = examples
        self.spell = spell
        self._fallback = REQUIRED

    def fallback(self) -> Any:
        """The default, read once."""
        if self._fallback is REQUIRED:
            self._fallback = None if self.default is None else self.read(self.default, Scope())
        return self._fallback

    def write(self, value: Any) -> Any:
        """The shortest spelling that `read` takes for a value that it gave."""
        if self.sort == "pads" and isinstance(value, tuple):
            alike = all(side == value[0][0] for pair in value for side in pair)
            return value[0][0] if alike else [list(pair) for pair in value]
        if self.sort == "sides" and isinstance(value, tuple):
            return value[0] if all(side == value[0] for side in value) else list(value)
        return self.spell(value) if self.spell and value is not None else value

    @property
    def required(self) -> bool:
        """Whether the author must give it."""
        return self.default is REQUIRED


def is_size(value: Any) -> bool:
    """Whether the value is a size in some world: an int, symbols, an integer array, a written number."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    world = type(value).__module__.partition(".")[0]
    if world == "numpy":  # floats and truths are no sizes
        return getattr(getattr(value, "dtype", None), "kind", "") in "iuO"
    return world == "sympy" or (world == "archcalc" and not isinstance(value, tuple))


def _value(given: Any, scope: Scope) -> Any:
    """What a number or an expression comes to."""
    if isinstance(given, str) and not given:
        raise FieldError("is empty, and must be a number")
    try:
        return scope.value(given)
    except ExpressionError as error:
        raise FieldError(str(error), fix=error.fix) from None


def read_size(given: Any, scope: Scope, low: int = 1) -> Any:
    """A size of at least `low`, from a number or an expression.

    What stays a letter, or is an array, is not held against `low` here: see `rules`.
    """
    value = _value(given, scope)
    if getattr(value, "ndim", None) == 0 and is_size(value):
        value = int(value)  # a NumPy integer would wrap where an int does not
    if isinstance(value, int) and not isinstance(value, bool):
        if value < low:
            raise FieldError(f"is {_shown(given, value)}, and must be at least {low}")
        if value > _LARGEST:
            raise FieldError(f"is {_shown(given, value)}, and sizes end at {_LARGEST:,}")
        return value
    if type(value).__name__ in {"Fraction", "float"}:
        raise FieldError(f"is {_shown(given, value)}, and a size is a whole number")
    if not is_size(value):
        raise FieldError(f"is {_written(given)}, and must be a number")
    return value


def _shown(given: Any, value: Any) -> str:
    """A value as the author wrote it, and what it comes to."""
    text = str(value)
    if isinstance(given, str) and given.strip() != text:
        return f"{quote(given)} = {text}" if len(text) < 40 else quote(given)
    return text if len(text) < 40 else quote(text)


def _written(given: Any) -> str:
    if isinstance(given, list):
        return "a list"
    return "a map" if isinstance(given, dict) else quote(given)


def dim(about: str, *, low: int = 1, default: Any = REQUIRED, also: tuple[str, ...] = ()) -> Any:
    """A field that holds one size."""
    values = f"a number from {low}"
    return Field(about, lambda v, scope: read_size(v, scope, low), default, also, values, sort="dim", low=low)


def sides(
    about: str, *, rank: int = 2, default: Any = REQUIRED, also: tuple[str, ...] = (), low: int = 1
) -> Any:
    """A field that holds a size for each axis of a window; one number stands for all."""
    most = f"one or {rank}" if rank > 1 else "one"

    def read(given: Any, scope: Scope) -> Any:
        if given is None and default is None:
            return None
        if not isinstance(given, list | tuple):
            return (read_size(given, scope, low),) * rank
        if len(given) != rank:
            raise FieldError(f"has {len(given)} numbers, and takes {most}")
        return tuple(_part(i, v, scope, low) for i, v in enumerate(given))

    names = f", or [{', '.join(('d', 'h', 'w')[-rank:])}]" if rank > 1 else ""
    values = f"a number from {low}{names}"
    return Field(about, read, default, also, values, sort="sides", low=low, rank=rank)


def _part(i: int, given: Any, scope: Scope, low: int) -> Any:
    """One number of a list, with its place in any complaint."""
    try:
        return read_size(given, scope, low)
    except FieldError as error:
        error.path = (i, *error.path)
        raise


_PAD_LISTS = {
    1: "[before, after]",
    2: "[h, w], [top, bottom, left, right]",
    3: "[d, h, w], [front, back, top, bottom, left, right]",
}


def pads(about: str, *, rank: int = 2, default: Any = 0, also: tuple[str, ...] = ()) -> Any:
    """A field that holds the padding of a window: a number, one per axis, one per side, or a word."""

    def read(given: Any, scope: Scope) -> Any:
        if given in ("same", "valid"):
            return "same" if given == "same" else ((0, 0),) * rank
        if not isinstance(given, list | tuple):
            value = _padding(given, scope)
            return ((value, value),) * rank
        if all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in given):
            flat = [side for pair in given for side in pair]
        elif len(given) == rank:
            flat = [side for side in given for _ in range(2)]
        else:
            flat = list(given)
        if len(flat) != 2 * rank:
            most = f"one, {rank} or {2 * rank}" if rank > 1 else "one or 2"
            raise FieldError(f"has {len(flat)} numbers, and takes {most}")
        return tuple(
            (_part(i, flat[i], scope, 0), _part(i + 1, flat[i + 1], scope, 0)) for i in range(0, 2 * rank, 2)
        )

    lists = _PAD_LISTS[rank]
    values = f"a number from 0, {lists}, same or valid"
    return Field(about, read, default, also, values, sort="pads", low=0, rank=rank)


def _padding(given: Any, scope: Scope) -> Any:
    """A number of cells; a word that is none is a misspelt `same` or `valid`."""
    try:
        return read_size(given, scope, 0)
    except FieldError as error:
        if isinstance(given, str) and given.isalpha() and given not in scope.names:
            mend = error.fix or likely(given, ("same", "valid"), 0.6)
            if not mend:
                raise FieldError(f"is {quote(given)}, and takes numbers, same or valid") from None
            error.fix = mend
        raise


def axes(about: str, *, default: Any = REQUIRED, also: tuple[str, ...] = ()) -> Any:
    """A field that holds a shape: pairs of an axis and its size, in order; a list has the usual axes."""

    def read(given: Any, scope: Scope) -> Any:
        if isinstance(given, dict):
            odd = next((name for name in given if not str(name).isidentifier()), None)
            if odd is not None or not given:
                raise FieldError("is empty" if odd is None else f"names an axis {quote(odd)}", _SHAPES)
            return tuple((str(name), _sized(name, size, scope)) for name, size in given.items())
        sizes = given if isinstance(given, list | tuple) else (given,)
        if not 0 < len(sizes) <= _RANKS:
            raise FieldError(f"has {len(sizes)} numbers, and axes without names are 1 to {_RANKS}", _SHAPES)
        found = [_part(i, size, scope, 1) for i, size in enumerate(sizes)]
        return tuple(zip(axes_of_rank(len(found)), found, strict=True))

    def write(value: Any) -> Any:
        usual = tuple(name for name, _ in value) == axes_of_rank(len(value))
        return [size for _, size in value] if usual else dict(value)

    values = "a size for each axis, as {T: 1, C: 768}, or [3, 32, 32]"
    return Field(about, read, default, also, values, sort="axes", low=1, spell=write)


_RANKS = 4  # axes that have usual names
_SHAPES = "a shape has a size for each axis, as {T: 1, C: 768}, or [3, 32, 32] with the usual axes"


def _sized(name: str, given: Any, scope: Scope) -> Any:
    """The size of an axis, with its name in any complaint."""
    try:
        return read_size(given, scope)
    except FieldError as error:
        text = str(error)
        sentence = f"has an axis {name} that {text}" if text.startswith("is ") else text
        raise FieldError(sentence, error.why, error.fix) from None


def flag(about: str, *, default: Any = REQUIRED, also: tuple[str, ...] = ()) -> Any:
    """A field that is true or false."""

    def read(given: Any, scope: Scope) -> bool:
        if isinstance(given, bool):
            return given
        if given in ("true", "false", "True", "False"):
            return given in ("true", "True")
        if isinstance(given, str) and given.isidentifier() and given in scope.names:
            value = scope.value(given)
            if isinstance(value, bool):
                return value
        words = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
        fix = words.get(str(given).lower(), "")
        raise FieldError(f"is {_written(given)}, and must be true or false", fix=fix)

    return Field(about, read, default, also, "true or false", sort="flag")


def number(about: str, *, default: Any = REQUIRED, also: tuple[str, ...] = (), low: int | None = None,
           high: int | None = None) -> Any:  # fmt: skip
    """A field that holds an exact number: an int or a fraction, never a float."""

    def read(given: Any, scope: Scope) -> Any:
        if isinstance(given, float):
            given = repr(given)
        value = _value(given, scope)
        if isinstance(value, bool) or not (isinstance(value, int) or type(value).__name__ == "Fraction"):
            raise FieldError(f"is {_written(given)}, and must be a number")
        if (low is not None and value < low) or (high is not None and value > high):
            raise FieldError(f"is {_shown(given, value)}, and must be from {low} to {high}")
        return value

    values = "a number, as 1.7159 or 2/3"
    return Field(about, read, default, also, values, sort="number", low=low, high=high)


def special(
    about: str,
    read: Callable[[Any, Scope], Any],
    values: str,
    *,
    default: Any = REQUIRED,
    also: tuple[str, ...] = (),
    examples: tuple[Any, ...] = (),
    spell: Callable[[Any], Any] | None = None,
) -> Any:
    """A field with a reader of its own, its inverse, and values of it that tests may try."""
    return Field(about, read, default, also, values, examples=examples, spell=spell)
