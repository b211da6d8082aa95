"""The constructor of a class: what it makes of each layer, of blocks, and of copies."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from archcalc.export.source.code import Bracket, call, listed, literal, statement
from archcalc.export.source.names import Names
from archcalc.export.source.parts import Arg, Make, Rows
from archcalc.export.source.saying import Saying
from archcalc.export.source.terms import ANY, alike, some

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.export.source.code import Code
    from archcalc.export.source.framework import Framework
    from archcalc.export.source.items import Class, Item
    from archcalc.export.source.parts import Part
    from archcalc.export.source.plan import Plan

    Matrix = list[list[Any] | None]


class Constants:
    """Values that stand above all classes."""

    def __init__(self) -> None:
        self.made = Names()
        self.lines: list[str] = []


class Making(Saying):
    """The constructor of one class; `texts` has the classes inside it."""

    def __init__(
        self,
        framework: Framework,
        plan: Plan,
        cls: Class,
        texts: Mapping[str, Making],
        constants: Constants,
    ) -> None:
        super().__init__(framework, plan, cls)
        self.name = cls.name
        self.texts = texts
        self.constants = constants
        self.attributes = Names(self.framework.taken)
        self.made = [line for item in cls.items for line in self.init(item)]

    # -- what is made

    def init(self, item: Item) -> list[str]:
        """The constructor's statements for a layer."""
        lines: list[str] = []
        if item.first is not None:
            item.attribute = item.first.attribute
        elif self.is_made(item):
            item.attribute = self.attributes.variable(item.name)
            lines = self.assigned(item)
        self.channels[item.name] = self.channel(item)
        return lines

    def is_made(self, item: Item) -> bool:
        """Whether the constructor makes anything of a layer."""
        part = item.part()
        return part is None or part.make is not None or item.sometimes

    def assigned(self, item: Item) -> list[str]:
        """`self.conv = nn.Conv2d(...)`, what has to be said after it, and its activation's module."""
        part, this = item.part(), f"self.{item.attribute}"
        after = [line.format(this=this) for line in part.after] if part else []
        lead = f"{this} = "
        code = self.copies(item) if item.repeated and not item.single else self.one(item, 0)
        if not item.sometimes:
            lines = statement(lead, code, indent=8)
            return [*lines, *self.afterwards(item, after)]
        condition, absent = self.condition(item), self.absent(item)
        short = f"{lead}{code} if {condition} else {absent}"
        if not after and len(short) <= 80:
            return [" " * 8 + short]
        return [
            f"        if {condition}:",
            *statement(lead, code, indent=12),
            *(" " * 12 + line for line in after),
            "        else:",
            f"            {lead}{absent}",
        ]

    def absent(self, item: Item) -> str:
        """What stands for a layer that a use does not have; of copies, what a loop goes through at once."""
        looped = item.repeated and not item.single and not self.sequential(item)
        return "[]" if looped else f"{self.framework.layers}Identity()"

    def afterwards(self, item: Item, after: list[str]) -> list[str]:
        """What has to be said after a layer is made, or after each of its copies."""
        if not after or not item.repeated or item.single:
            return [" " * 8 + line for line in after]
        this = f"self.{item.attribute}"
        return [
            f"        for layer in {this}:",
            *(" " * 12 + line.replace(this, "layer") for line in after),
        ]

    def condition(self, item: Item) -> str:
        """When a layer is there: the author's condition, or an argument of its own."""
        values = tuple(paths is not None for paths in item.paths)
        written = item.entry.when.value if item.entry.when is not None else None
        return self.say(values, written, of=("with", item.name))

    def one(self, item: Item, copy: int) -> Code:
        """The call that makes a layer, or one copy of it."""
        function, args = self.arguments(item)
        said = {}
        for name, (arg, matrix) in args.items():
            values = tuple(row[copy] if row else ANY for row in matrix)
            if alike(values) and _usual(some(values), arg):
                continue
            said[name] = self.said(item, name, arg, values, self.text_of(item, name, arg, copy), copy)
        return self.called(item, function, said)

    def called(self, item: Item, function: str, said: Mapping[str, Code]) -> Code:
        """A call with arguments, those without a name first."""
        args = [code for name, code in said.items() if name.isdigit()]
        named = {name: code for name, code in said.items() if not name.isdigit()}
        if item.inner is not None and len(named) > 1:  # the first says enough by its place
            first = next(iter(named))
            args = [named.pop(first)]
        elif item.inner is not None and not {"True", "False"} & set(map(str, named.values())):
            args, named = [*named.values()], {}
        return call(function, *args, **named)

    def arguments(self, item: Item) -> tuple[str, dict[str, tuple[Arg, Matrix]]]:
        """What makes a layer, and its arguments: of each the values by use and copy."""
        inner = item.inner
        if inner is not None:
            return self.of_block(item, self.texts[inner.name])
        made: list[list[Make] | None] = [
            [_make(part, sometimes=item.sometimes) for part in parts] if parts else None
            for parts in item.parts
        ]
        first = next(makes[0] for makes in made if makes)
        found: dict[str, tuple[Arg, Matrix]] = {}
        for name, arg in first.every().items():
            values = [makes and [make.every()[name].value for make in makes] for makes in made]
            found[name] = (arg, values)
        return first.function, found

    def of_block(self, item: Item, text: Making) -> tuple[str, dict[str, tuple[Arg, Matrix]]]:
        """The arguments of a block's class."""
        place = {use.path: i for i, use in enumerate(text.cls.uses)}
        found = {}
        for word, param in text.ordered():
            matrix = [paths and [param.values[place[f"{path}."]] for path in paths] for paths in item.paths]
            default = text.default(param)
            if default and all(literal(v) == default for row in matrix for v in row or ()):
                continue
            found[word] = (Arg(None, param.argument, param.axis), matrix)
        return text.name, found

    def said(
        self, item: Item, name: str, arg: Arg, values: tuple[Any, ...], written: object, copy: int
    ) -> Code:
        """One argument as source."""
        if alike(values) and (ANY not in values or type(some(values)) is not int):
            return self.constant(item, arg._replace(value=some(values)))
        size = None
        if arg.axis is not None and copy == 0:
            i, axis = arg.axis
            size = self.channels.get(item.reads[i]) if axis == "C" else None
        return self.say(values, written, size, (item.name, "" if name.isdigit() else name))

    def constant(self, item: Item, arg: Arg) -> Code:
        """A value that all uses have; a table or pictures stand above all classes, under a name."""
        if not isinstance(arg.value, list | Rows):
            return arg.code()
        word = "table" if isinstance(arg.value, list) else "codes"
        name = self.constants.made.variable(f"{item.name}_{word}").upper()
        self.constants.lines += statement(f"{name} = ", arg.code())
        return name

    def text_of(self, item: Item, name: str, arg: Arg, copy: int) -> object:
        """What the author wrote for an argument."""
        entry = item.entry
        own: Any = entry.fields
        if item.inner is not None:
            own = entry.arguments.value if entry.arguments is not None else {}
        pair = own.get(arg.field) if hasattr(own, "get") else None
        more: Any = entry.repeat.value if entry.repeat is not None else None
        if isinstance(more, list) and copy < len(more) and isinstance(more[copy].value, dict):
            pair = more[copy].value.get(arg.field, pair)
        return pair[1].value if pair else None

    def copies(self, item: Item) -> Code:
        """Copies as a sequence: those that are made alike in one expression."""
        inside = self.listed(item)
        if self.sequential(item):
            return call(self.framework.chain, *inside)
        only, whole = inside[0], listed(inside)
        if len(inside) == 1 and isinstance(only, Bracket) and only.head == "*[":
            whole = Bracket("[", only.items, "]", only.between)
        return call(self.framework.several, whole) if self.framework.several else whole

    def sequential(self, item: Item) -> bool:
        """Whether copies only pass on what the one before gives, and the framework does that by itself."""
        part = item.part()
        plain = item.inner is not None or (part is not None and part.plain and item.bend() is None)
        return plain and len(item.reads) == 1 and bool(self.framework.chain)

    def listed(self, item: Item) -> list[Code]:
        """Each copy; runs of copies that are made alike as one comprehension."""
        function, args = self.arguments(item)
        counts = tuple(len(paths) if paths else 0 for paths in item.paths)
        if not alike(counts):
            return self.head_and_rest(item, counts)
        whole_run = self.progression(item, function, args, counts[0])
        runs = _runs([[[row[i] for row in m if row] for _, m in args.values()] for i in range(counts[0])])
        if len(runs) > 2 and whole_run is not None:
            return [whole_run]
        found: list[Code] = []
        for start, count in runs:
            code = self.one(item, start)
            found.append(code if count == 1 else _each(code, literal(count)))
        return found

    def progression(
        self, item: Item, function: str, args: Mapping[str, tuple[Arg, Matrix]], count: int
    ) -> Code | None:
        """Copies whose sizes grow by the same step from one to the next."""
        said: dict[str, Code] = {}
        for name, (arg, matrix) in args.items():
            rows = [row for row in matrix if row]
            first = rows[0]
            if any(row != first for row in rows):
                return None
            steps = {b - a for a, b in pairwise(first) if type(a) is int and type(b) is int}
            if all(_usual(value, arg) for value in first):
                continue
            if all(value == first[0] for value in first):
                said[name] = arg._replace(value=first[0]).code()
            elif len(steps) == 1 and all(type(value) is int for value in first):
                said[name] = f"{first[0]} + {steps.pop()} * i"
            else:
                return None
        return _each(self.called(item, function, said), literal(count), "i")

    def head_and_rest(self, item: Item, counts: tuple[int, ...]) -> list[Code]:
        """Copies of a number that differs from use to use: the first may be made otherwise."""
        _, args = self.arguments(item)
        written = item.entry.repeat.value if item.entry.repeat is not None else None
        even = all(row[0] == value for _, m in args.values() for row in m if row for value in row)
        if even:
            count = self.say(counts, written, of=(item.name, "count"))
            return [_each(self.one(item, 0), count)]
        count = self.say(tuple(n - 1 for n in counts), f"{written} - 1", of=(item.name, "count"))
        return [self.one(item, 0), _each(self.one(item, 1), count)]


def _make(part: Part, *, sometimes: bool) -> Make:
    """What the constructor makes of a layer; of one that may be missing, a module."""
    found = part.make or (part.module if sometimes else None)
    assert found is not None
    return found


def _usual(value: Any, arg: Arg) -> bool:
    """Whether a value is what is taken where nothing is said."""
    return bool(value == arg.usual) and type(value) is type(arg.usual)


def _runs(keys: list[Any]) -> list[tuple[int, int]]:
    """Where runs of equal keys begin, and how long they are."""
    runs: list[tuple[int, int]] = []
    for i, key in enumerate(keys):
        if i and key == keys[i - 1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((i, 1))
    return runs


def _each(code: Code, count: str, variable: str = "_") -> Bracket:
    """`*[Block(64) for _ in range(3)]`."""
    return Bracket("*[", [code, f"for {variable} in range({count})"], "]", "")
