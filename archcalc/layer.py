"""What a layer kind is: fields, the textbook's formulas, and a reference forward beside them.

A kind registers itself by being declared. It states primitives; totals, tables, diagrams and
explanations follow from them elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

from archcalc.dims import Shape, at_least, is_whole, product, total
from archcalc.errors import LayerError, Problem, likely, quote
from archcalc.expressions import Scope
from archcalc.fields import SIZES, Field, FieldError, dim, flag, is_size, number, pads, sides, special
from archcalc.register import bare, enter
from archcalc.spec.entries import ENTRY
from archcalc.window import Tap

__all__ = ["Found", "Layer", "Rule", "Work", "dim", "flag", "number", "pads", "sides", "special"]
# a kind of one's own needs no other import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import dataclass_transform

    import numpy

    from archcalc.arrays import Array
    from archcalc.dims import Dim, Truth
    from archcalc.window import Axis
else:

    def dataclass_transform(**_: object) -> Callable[[type], type]:
        """Tell type checkers, and only them, that fields make the constructor."""
        return lambda kind: kind


class Work(NamedTuple):
    """Primitive arithmetic: how many of each operation the reference forward does."""

    mac: Dim = 0
    add: Dim = 0
    mul: Dim = 0
    div: Dim = 0
    compare: Dim = 0
    special: Dim = 0

    def plus(self, other: Work) -> Work:
        """Both, one after the other."""
        return Work(
            self.mac + other.mac,
            self.add + other.add,
            self.mul + other.mul,
            self.div + other.div,
            self.compare + other.compare,
            self.special + other.special,
        )

    def times(self, count: Dim) -> Work:
        """The same, `count` times."""
        return Work(*(0 if type(n) is int and n == 0 else n * count for n in self))

    @property
    def beside(self) -> Dim:
        """Operations that are not multiply-accumulates."""
        return total(n for n in self[1:] if not (type(n) is int and n == 0))

    @property
    def flops(self) -> Dim:
        """2 for each multiply-accumulate, 1 for everything else."""
        return 2 * self.mac + self.beside


class Rule(NamedTuple):
    """A condition on shapes, and the sentence and reason for a reader when it fails."""

    holds: Truth
    what: Callable[[], str]
    why: Callable[[], str] = str
    field: str = ""  # the field that a reader would look at


class Product(NamedTuple):
    """Multiply-accumulates, and both sides of each: an input by its number, WEIGHTS, FIXED or INSIDE."""

    macs: Dim
    left: int
    right: int


WEIGHTS, FIXED, INSIDE = -1, -2, -3
"""Sides of a product: trainable tensors, stored ones, and what the layer has made itself."""


Found: TypeAlias = "tuple[tuple[str, tuple[int, ...] | None], Problem]"
"""A problem with the key, and the path in its value, that it is about; no path for the key itself."""
_VERBS = ("is ", "has ", "are ", "have ", "names ")  # a field's complaint goes on from its name


@dataclass_transform(field_specifiers=(dim, sides, pads, flag, number, special))
class Layer:
    """A layer of some kind. It maps one example; there is no batch axis.

    A kind sets `units` where each output is a unit that it computes, `takes` to the axes that it
    accepts (several spellings allowed, `None` for any), and the formulas below that differ. In those
    `x` is the input's shape and `y` the output's; a kind that reads several inputs takes `*xs`, sets
    `inputs`, and is given `y` by its name.
    """

    op: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()
    takes: ClassVar[tuple[tuple[str, ...], ...] | None] = None
    units: ClassVar[bool] = False
    family: ClassVar[str] = ""
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)  # the fewest and the most that it reads
    bends: ClassVar[bool] = False  # may stand as the activation of another layer
    rearranges: ClassVar[bool] = False  # moves numbers and makes none: part of its reader's row
    in_place: ClassVar[bool] = False  # its output may take the place of its input in memory
    looks_up: ClassVar[bool] = False  # reads only some rows of its tensors on one example
    keeps: ClassVar[str] = "inputs"  # what its backward pass reads: inputs, output, mask or nothing
    declared: ClassVar[bool] = False  # its figures are given by the author, and there is no forward
    fields: ClassVar[dict[str, Field]] = {}
    formulas: ClassVar[dict[str, str]] = {}
    _fallbacks: ClassVar[dict[str, Any]]

    def __init_subclass__(
        cls, op: str = "", takes: str | tuple[str, ...] | None = None, also: tuple[str, ...] = ()
    ) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        for name, field in own.items():
            field.name = field.name or name
        cls.fields = {**cls.fields, **own}
        if takes is not None:
            spelled = (takes,) if isinstance(takes, str) else takes
            cls.takes = tuple(tuple(axes.split()) for axes in spelled)
        if op:
            cls._declare(op, also)

    @classmethod
    def _declare(cls, op: str, also: tuple[str, ...]) -> None:
        """Enter the kind into the register; a name that is taken is a mistake in the kind."""
        clash = ({*ENTRY} | set(dir(Layer))) & cls.fields.keys()
        if clash:
            raise LayerError(
                f"kind {op!r}: a field may not be called {min(clash)!r}, which means something else"
            )
        cls.op, cls.also = op, also
        cls.family = cls.family or cls.__module__.rpartition(".")[2]
        enter(op, cls, (op, cls.__name__, *also))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = dict(zip(self.fields, args, strict=False))
        if len(args) > len(self.fields) or given.keys() & kwargs.keys():
            raise LayerError(f"{self.op} takes {len(self.fields)} fields, each once")
        values, problems = self.read({**given, **kwargs}, Scope())
        if problems or values is None:
            raise LayerError([problem for _, problem in problems])
        self.__dict__.update(values)

    @classmethod
    def read(cls, given: Mapping[str, Any], scope: Scope) -> tuple[dict[str, Any] | None, list[Found]]:
        """The fields' values, and what is wrong with them; no values where something is left unknown.

        A misspelt field whose mend is sure is read as mended.
        """
        values: dict[str, Any] = {}
        problems: list[Found] = []
        usable = True
        for key, value in given.items():
            name = key if key in cls.fields else cls._mended(key, given, problems)
            if not name:
                continue
            try:
                values[name] = cls.fields[name].read(value, scope)
            except FieldError as error:
                text = str(error)
                lead = f"{name}{' ' if text.startswith(_VERBS) else ': '}{text}"
                why = (error.why,) if error.why else ()
                problems.append(((key, error.path), Problem(lead, why, error.fix)))
                values[name], usable = None, False
        defaults = cls._defaults()
        for name in [name for name in cls.fields if name not in defaults and name not in values]:
            more = f"all fields: archcalc ops {cls.op}"
            why = (f"{name}: {cls.fields[name].about}",)
            problems.append((("", ()), Problem(f"{cls.op} needs {name}", why, more=more)))
            usable = False
        return {**defaults, **values} if usable else None, problems

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        """What the fields hold that need not be given, read once."""
        kept: dict[str, Any] | None = vars(cls).get("_fallbacks")
        if kept is None:
            kept = {name: field.fallback() for name, field in cls.fields.items() if not field.required}
            cls._fallbacks = kept
        return kept

    @classmethod
    def _mended(cls, key: str, given: Mapping[str, Any], problems: list[Found]) -> str:
        """The field that an unknown key surely means, after a complaint."""
        mend = cls.meant(key)
        what = f"{cls.op} has no field {quote(key)}"
        if key in ENTRY:
            why = ("it belongs to a layer's place in a network; in Python an activation is a layer after it",)
            problems.append(((key, None), Problem(what, why)))
            return ""
        if key in _RECEIVED and key not in cls.fields:
            why = ("what a layer receives is not written; it is known from the layer above",)
            problems.append(((key, None), Problem(what, why, "leave it out")))
            return ""
        if mend in given:
            what, mend = f"{what}; {mend} is given already", ""
        fix = mend or likely(key, ("name", "from", "activation", "trainable"))
        problems.append(((key, None), Problem(what, fix=fix, more=f"all fields: archcalc ops {cls.op}")))
        return mend

    @classmethod
    def bound(cls, values: dict[str, Any]) -> Layer:
        """A layer of values that have been read already."""
        layer = cls.__new__(cls)
        layer.__dict__.update(values)
        return layer

    @classmethod
    def meant(cls, key: str) -> str:
        """The field that an unknown key surely means, or nothing."""
        word = bare(key)
        for name, field in cls.fields.items():
            if word in {bare(name), *map(bare, field.also)}:
                return name
        return likely(key, cls.fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.op, repr(self)))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.given().items())
        return f"{type(self).__name__}({shown})"

    def given(self) -> dict[str, Any]:
        """The fields that differ from their defaults, as an author would write them."""
        found = {}
        for name, field in self.fields.items():
            value = getattr(self, name)
            if field.required or value != field.fallback():
                found[name] = field.write(value)
        return found

    @classmethod
    def examples(cls) -> Iterable[tuple[Any, ...]]:
        """Fields, then shapes, that go together, for tests of kinds where few of those drawn would."""
        return ()

    # -- what a kind states: formulas of the input's shape x and the output's shape y

    def requires(self, *x: Any) -> Iterable[Rule]:
        """Conditions without which the layer has no meaning on x."""
        return ()

    def fields_hold(self) -> Iterable[Rule]:
        """Conditions on fields that are letters: at least what the field allows, and whole."""
        for name, field in self.fields.items():
            if field.sort not in SIZES:
                continue
            for size in _flat(getattr(self, name)):
                if not isinstance(size, int) and is_size(size):
                    yield Rule(at_least(size, field.low or 0), field.values.__str__, field=name)
                    yield Rule(is_whole(size), field.values.__str__, field=name)

    def unread(self, *x: Any) -> Iterable[Rule]:
        """Conditions under which every input is read; a rule that fails says what is not, as `1 row`."""
        return ()

    def output(self, *x: Any) -> Shape:
        """The output's shape."""
        return x[0]  # type: ignore[no-any-return]

    def params(self, *x: Any) -> Dim:
        """Scalars in the weights, as a textbook writes it."""
        return total(product(shape) for shape in self.weights(*x).values())

    def weights(self, *x: Any) -> dict[str, Shape]:
        """The shape of each trainable tensor."""
        return {}

    def buffers(self, *x: Any) -> dict[str, Shape]:
        """The shape of each tensor that is stored and not trained."""
        return {}

    def connections(self, *x: Any, **y: Any) -> Dim | None:
        """Links into units: for each, the distinct inputs that it reads, and its bias.

        A tensor called `bias` holds such a bias. None where a unit is a product of units.
        """
        return 0

    def work(self, *x: Any, **y: Any) -> Work:
        """The operations of the reference forward."""
        return Work()

    def biases(self, *x: Any, **y: Any) -> Dim:
        """Weighted sums that a bias is added to; free in `work`, where a sum starts at its bias."""
        return product(y["y"]) if self.units and "bias" in self.weights(*x) else 0

    def has_unknown_work(self) -> bool:
        """Whether nobody knows what it computes: its MACs and FLOPs are then no figures, and not 0."""
        return False

    def vocabulary(self) -> Dim | None:
        """How many indices its first input may hold, counted from 0; None where it holds numbers."""
        return None

    def window(self) -> list[Axis] | None:
        """The window along each axis after the first, where the layer has one."""
        return None

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """What a unit sees of an axis of the input `of`; None where it sees, or may see, all of it.

        By its window; else its own place, where the axis is as long as before.
        """
        x, window = xs[of], self.window()
        i = x.axes.index(axis)
        if window is not None and i:
            return window[i - 1].tap(x[i])
        if self.declared or axis not in y.axes or x[i] != y[y.axes.index(axis)]:
            return None
        return Tap()

    def products(self, *xs: Shape, y: Shape) -> Iterable[Product]:
        """The multiply-accumulates, by what is multiplied with what."""
        macs = self.work(*xs, y=y).mac
        if not xs:
            return
        if self.weights(*xs):
            yield Product(macs, WEIGHTS, 0)
        elif self.buffers(*xs):
            yield Product(macs, FIXED, 0)
        else:
            yield Product(macs, 0, min(1, len(xs) - 1))

    def inside(self, *xs: Shape, y: Shape) -> Dim:
        """Numbers between its inputs and its output that the backward pass reads again."""
        return 0

    def label(self) -> str:
        """What one would say aloud: `conv2d 5x5/2 pad 2`."""
        return self.op

    def term(self) -> str:
        """What its operations are called where FLOPs are split."""
        return self.op

    def formula(self, quantity: str) -> str:
        """The words of a quantity's formula."""
        return self.formulas.get(quantity, "")

    def values(self, name: str, shape: tuple[int, ...], rng: numpy.random.Generator) -> Array | None:
        """A tensor's values where the kind says which, by chance or not; None where any will do."""
        return None

    def reading(self, *xs: Shape) -> Layer:
        """The same layer, told the axes that it reads where its forward goes by their names."""
        return self

    def forward(self, *x: Any, **tensors: Any) -> Array:
        """The layer itself, on one example, in the textbook's form."""
        raise NotImplementedError(self.op)

    def swift(self, *x: Any, **tensors: Any) -> Array:
        """The same numbers as `forward`, on floats alone, by the fastest road that NumPy has."""
        return self.forward(*x, **tensors)

    def scratch(self, *xs: Any, y: Any) -> Dim:
        """Numbers that the fastest road holds beside inputs, tensors and output, at the most."""
        return 2 * (total(product(x) for x in xs) + product(y))

    # -- what follows

    def neurons(self, y: Shape) -> Dim:
        """Units that the layer computes: all its outputs, or none."""
        return product(y) if self.units else 0

    def refusal(self, *xs: Shape) -> str:
        """Why the layer cannot read shapes with these axes; nothing where it can."""
        if self.takes is None or all(x.axes in self.takes for x in xs):
            return ""
        wanted = " or ".join(f"{_AXES.get(axes, 'axes')} [{', '.join(axes)}]" for axes in self.takes)
        return f"{self.op} reads {wanted}"

    def mapped(self, change: Callable[[Dim], Dim]) -> Layer:
        """The same layer with every size changed, 1 left alone where textbooks do not write it."""

        def each(name: str, value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(each(name, v) for v in value)
            if not is_size(value) or (name in _UNWRITTEN and value == 1):
                return value
            return change(value)

        kept = {name for name, field in self.fields.items() if field.sort not in SIZES}
        return self.bound({k: v if k in kept else each(k, v) for k, v in self.__dict__.items()})


_RECEIVED = frozenset(
    "in_channels in_features num_features input_size input_dim input_shape normalized_shape inplace".split()
)
_UNWRITTEN = frozenset({"dilation", "groups"})
_AXES = {
    ("C",): "a vector",
    ("T", "C"): "a sequence",
    ("C", "T"): "a signal",
    ("C", "H", "W"): "maps",
    ("C", "D", "H", "W"): "volumes",
}


def _flat(value: Any) -> Iterator[Any]:
    """The sizes in a field's value."""
    if isinstance(value, tuple):
        for part in value:
            yield from _flat(part)
    else:
        yield value
