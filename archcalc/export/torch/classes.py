"""A block, or a network, as the source of one class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.export.code import Bracket, call, docstring, listed, literal, remark, statement
from archcalc.export.names import Names
from archcalc.export.parts import Arg, Make, Rows, whole
from archcalc.export.terms import ANY, Term, alike, asking, holds, same, some, translated
from archcalc.export.torch.attributes import TAKEN
from archcalc.export.torch.variables import Step, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archcalc.dims import Shape
    from archcalc.export.code import Code
    from archcalc.export.parts import Part
    from archcalc.export.plan import Class, Item, Plan
    from archcalc.spec import Entry

_FACTORS = range(2, 17)


class Param(NamedTuple):
    """An argument of a class: its values by use, and what a caller would say it is."""

    values: tuple[Any, ...]
    argument: str = ""  # the block's own argument
    axis: tuple[int, str] | None = None  # or an axis of an input
    of: tuple[str, str] | None = None  # or an argument of a layer inside


class Constants:
    """Values that stand above all classes."""

    def __init__(self) -> None:
        self.made = Names()
        self.lines: list[str] = []


class ClassText:
    """The source of one class; `texts` has those of the classes inside it."""

    def __init__(
        self, plan: Plan, cls: Class, name: str, texts: Mapping[str, ClassText], constants: Constants
    ) -> None:
        self.plan = plan
        self.constants = constants
        self.cls = cls
        self.name = name
        self.texts = texts
        self.count = len(cls.uses)
        self.attributes = Names(TAKEN)
        self.words = Names(_WORDS)  # arguments of the constructor
        self.params: dict[str, Param] = {}
        self.used: set[str] = set()
        self.channels: dict[str, Term | None] = {}
        self.returns_at_once = False  # whether the last statement's value is given as it is
        self._arguments()
        self.made = [line for item in cls.items for line in self.init(item)]
        self.forward(watched=False)

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
        plain, usual = [], []
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
        if alike(values):
            return str(Arg(some(values)).code())
        found = self.written(written, values) or (size.text if size and same(size.values, values) else None)
        found = found or self.guess(values)
        if found is None:
            found = self.words.variable("_".join(part for part in of if part))
            first = some(values)
            self.params[found] = Param(tuple(first if v is ANY else v for v in values), of=of)
        self.note(found)
        return found

    def note(self, text: str) -> None:
        """Note the arguments that a text uses."""
        self.used |= self.params.keys() & _identifiers(text)

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
        condition = self.condition(item)
        short = f"{lead}{code} if {condition} else nn.Identity()"
        if not after and len(short) <= 80:
            return [" " * 8 + short]
        return [
            f"        if {condition}:",
            *statement(lead, code, indent=12),
            *(" " * 12 + line for line in after),
            "        else:",
            f"            {lead}nn.Identity()",
        ]

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
            args, named = [named.pop(first)], named
        elif item.inner is not None and not {"True", "False"} & set(map(str, named.values())):
            args, named = [*named.values()], {}
        return call(function, *args, **named)

    def arguments(self, item: Item) -> tuple[str, dict[str, tuple[Arg, list[Any]]]]:
        """What makes a layer, and its arguments: of each the values by use and copy."""
        inner = item.inner
        if inner is not None:
            return self.of_block(item, self.texts[inner.name])
        parts = [parts and [_make(part, sometimes=item.sometimes) for part in parts] for parts in item.parts]
        first = next(makes[0] for makes in parts if makes)
        found = {}
        for name, arg in first.every().items():
            found[name] = (arg, [makes and [make.every()[name].value for make in makes] for makes in parts])
        return first.function, found

    def of_block(self, item: Item, text: ClassText) -> tuple[str, dict[str, tuple[Arg, list[Any]]]]:
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
        if alike(values):
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
        pair = own.get(arg.field) if isinstance(own, dict) or hasattr(own, "get") else None
        more = entry.repeat.value if entry.repeat is not None else None
        if isinstance(more, list) and copy < len(more) and isinstance(more[copy].value, dict):
            pair = more[copy].value.get(arg.field, pair)
        return pair[1].value if pair else None

    def copies(self, item: Item) -> Code:
        """Copies as a sequence: those that are made alike in one expression."""
        holder = "nn.Sequential" if self.sequential(item) else "nn.ModuleList"
        inside = self.listed(item)
        if holder == "nn.Sequential":
            return call(holder, *inside)
        only = inside[0]
        if len(inside) == 1 and isinstance(only, Bracket) and only.head == "*[":
            return call(holder, Bracket("[", only.items, "]", only.between))
        return call(holder, listed(inside))

    def sequential(self, item: Item) -> bool:
        """Whether copies only pass on what the one before gives."""
        part = item.part()
        plain = item.inner is not None or (part is not None and part.plain and item.bend() is None)
        return plain and len(item.reads) == 1

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
        self, item: Item, function: str, args: Mapping[str, tuple[Arg, list[Any]]], count: int
    ) -> Code | None:
        """Copies whose sizes grow by the same step from one to the next."""
        said: dict[str, Code] = {}
        for name, (arg, matrix) in args.items():
            rows = [row for row in matrix if row]
            first, steps = rows[0], {b - a for row in rows for a, b in zip(row, row[1:], strict=False)
                                     if type(a) is int and type(b) is int}  # fmt: skip
            if any(row != first for row in rows):
                return None
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

    def channel(self, item: Item) -> Term | None:
        """The channels of what a layer gives, as an expression."""
        sizes = self.sizes(item.name, "C")
        if sizes is None:
            return None
        if alike(sizes):
            return Term(literal(sizes[0]), sizes)
        for name in ("out_channels", "out_features", "embedding_dim", "hidden_size"):
            pair = item.entry.fields.get(name)
            if pair and (text := self.written(pair[1].value, sizes)):
                return Term(text, sizes)
        for name in item.reads:
            term = self.channels.get(name)
            if term and term.values == sizes:
                return term
        inner = item.entry.arguments.value if item.entry.arguments is not None else None
        for pair in inner.values() if isinstance(inner, dict) else ():
            if text := self.written(pair[1].value, sizes):
                return Term(text, sizes)
        terms = [self.channels.get(name) for name in item.reads]
        if len(terms) > 1 and all(terms):
            text = " + ".join(term.text for term in terms if term)
            if tuple(map(sum, zip(*(term.values for term in terms if term), strict=True))) == sizes:
                return Term(text, sizes)
        text = self.guess(sizes)
        return Term(text, sizes) if text else None

    # -- what the forward pass does

    def steps(self) -> Iterator[Step]:
        """The statements of the forward pass."""
        for item in self.cls.items:
            yield from self.step(item)

    def step(self, item: Item) -> Iterator[Step]:
        """The statements of one layer."""
        part, bend = item.part(), item.bend()
        this = f"self.{item.attribute}"
        comment = self.comment(item.name)
        again = bool(self.loops(item))
        if part is None or item.sometimes:
            yield Step(item, item.reads, self.loop(item, this, None), comment, again=again)
            return
        if part.make is not None and not item.reads:
            yield Step(item, (), lambda _inputs: this, comment, atom=True, watched=item.name)
            return
        if bend is None or part.plain:
            watched = "" if bend is None and part.plain else item.name
            reads = (*item.reads, *self.asked(item))
            yield Step(item, reads, self.loop(item, this, bend), comment, watched=watched, again=again)
            return
        before = f"{item.name}.before"
        yield Step(item, item.reads, self.loop(item, this, None), watched=before, gives=before)
        yield Step(item, (before,), _applied(bend, ""), comment, watched=item.name)

    def loop(self, item: Item, this: str, bend: Part | None) -> Callable[[Sequence[str]], Code]:
        """What a layer does with its inputs; `layer` stands for one of several copies."""
        part = item.part()

        def apply(inputs: Sequence[str]) -> Code:
            own = "layer" if self.loops(item) == "layers" else this
            if part is None or item.sometimes:
                return call(own, *inputs)
            made = part.apply(own, inputs, self.named_args(item, part, inputs))
            if bend is None:
                return made
            return bend.apply("", [str(made)], _texts(bend))

        return apply

    def asked(self, item: Item) -> tuple[str, ...]:
        """The layers whose sizes a forward pass asks for as it runs."""
        refs = [ref for _, found in self.running(item).values() for ref in found]
        return tuple(self.cls.alias.get(name, name) for name, _ in refs)

    def running(self, item: Item) -> dict[str, tuple[str, list[tuple[str, str]]]]:
        """The arguments that a forward pass finds from the sizes of what it reads."""
        part = item.part()
        found = {}
        for name, arg in part.args.items() if part else ():
            values = [parts[0].args[name].value for parts in item.parts if parts]
            written = item.entry.fields.get(arg.field)
            said = asking(written[1].value) if written and not alike(values) else None
            if said:
                found[name] = said
        return found

    def named_args(self, item: Item, part: Part, inputs: Sequence[str]) -> dict[str, str]:
        """The texts of the arguments that a forward pass names."""
        texts, at = _texts(part), len(item.reads)
        for name, (template, refs) in self.running(item).items():
            sizes = []
            for layer, axis in refs:
                place = self.shapes(self.cls.alias.get(layer, layer))[0].axes.index(axis)
                sizes.append(f"{inputs[at]}.shape[{place + 1}]")
                at += 1
            texts[name] = template.format(*sizes)
        return texts

    def loops(self, item: Item) -> str:
        """How copies are gone through: `layers` one by one, `times` the same one, or not at all."""
        if not item.repeated or (self.sequential(item) and not item.single):
            part = item.part()
            if not item.repeated or part is None or part.make is not None:
                return ""
        part = item.part()
        if item.single or (part is not None and part.make is None):
            return "times"
        return "layers"

    def forward(self, *, watched: bool) -> list[str]:
        """The lines of the forward pass."""
        steps = list(self.steps())
        variables = Names({*_WORDS, "x", "y"})
        heads = {
            name: "x" if name in {"input", "x"} else variables.variable(name) for name in self.cls.inputs
        }
        lines, ends = named(steps, heads, self.cls.end, variables)
        result = "Tensor" if len(ends) == 1 else f"tuple[{', '.join(['Tensor'] * len(ends))}]"
        items = ["self", *(f"{name}: Tensor" for name in heads.values())]
        head = statement("", Bracket("def forward(", items, f") -> {result}:"), indent=4)
        body: list[str] = []
        for line in lines:
            if line.step.atom:
                body += [f"        watch(self, {literal(line.step.watched)}, {line.target})"] * watched
                continue
            body += self.line(line.step, line.target, line.inputs, watched=watched)
        last = lines[-1] if lines else None
        self.returns_at_once = bool(
            last and not last.step.atom and len(ends) == 1 and self.may_return(last, ends[0])
        )
        if last and self.returns_at_once:
            tail = self.line(last.step, "", last.inputs, watched=False)
            count = len(self.line(last.step, last.target, last.inputs, watched=watched))
            body[len(body) - count :] = tail
        else:
            body.append(f"        return {', '.join(ends)}")
        return [*head, *body]

    def may_return(self, last: Any, end: str) -> bool:
        """Whether the last statement's value is all that is given."""
        return bool(last.target == end and not self.loops(last.step.item))

    def line(self, step: Step, target: str, inputs: Sequence[str], *, watched: bool) -> list[str]:
        """One statement, in a loop where there are copies."""
        loops = self.loops(step.item) if step.item.repeated else ""
        lead = f"{target} = " if target else "return "
        spy = [f'watch(self, {literal(step.watched)}, {target})'] if watched and step.watched and target else []
        code = step.code(inputs)
        if not loops:
            return [*statement(lead, code, step.comment, indent=8), *(" " * 8 + line for line in spy)]
        counts = tuple(len(paths) if paths else 0 for paths in step.item.paths)
        each = f"for layer in self.{step.item.attribute}:"
        if loops == "times":
            each = f"for _ in range({self.say(counts, None, of=(step.item.name, 'count'))}):"
        first = [] if target == inputs[0] else [f"        {target} = {inputs[0]}"]
        again = step.code([target, *inputs[1:]])
        return [
            *first,
            f"        {each}",
            *statement(lead, again, step.comment, indent=12),
            *(" " * 12 + line for line in spy),
        ]

    def comment(self, name: str) -> str:
        """The shape of what a layer gives."""
        shapes = self.shapes(name)
        axes = shapes[0].axes
        if any(shape.axes != axes for shape in shapes):
            return ""
        sizes = [self.size_text(name, axis, self.sizes(name, axis) or ()) for axis in axes]
        return type(shapes[0])(sizes, axes).text(str)

    def size_text(self, name: str, axis: str, sizes: tuple[Any, ...]) -> str:
        """A size in a comment: a number, an argument, or the axis's letter."""
        if alike(sizes):
            return str(sizes[0])
        if axis == "C":
            term = self.channels.get(name)
            said = term and _identifiers(term.text) <= {*self.used, "round_to", "min", "max"}
            return term.text.replace(" ", "") if term and said else "C"
        own = self.sizes(self.cls.inputs[0], axis)
        if own == sizes:
            return axis
        for factor in _FACTORS:
            if own and all(a == factor * b for a, b in zip(own, sizes, strict=True)):
                return f"{axis}/{factor}"
        return f"{axis}'"

    def text(self, ties: Sequence[str] = (), *, watched: bool = False) -> list[str]:
        """The whole class."""
        forward = self.forward(watched=watched)
        lines = [f"class {self.name}(nn.Module):", f'    """{docstring(self.about())}"""', ""]
        made = [*self.made, *(f"        {line}" for line in ties)]
        if made:
            head = Bracket("def __init__(", ["self", *self.signature()], ") -> None:")
            lines += [*statement("", head, indent=4), "        super().__init__()", *made, ""]
        return [*lines, *forward]

    def about(self) -> str:
        """What the class is."""
        if self.cls.block is None:
            spec = self.plan.graph.spec
            shapes = [*self.plan.graph.inputs.values(), self.plan.graph.output]
            return f"{remark(spec.name)[:40]}: {' and '.join(map(repr, shapes[:-1]))} to {shapes[-1]!r}."
        times = "used once" if self.count == 1 else f"used {self.count} times"
        return f"The block {self.cls.block.name}, {times}."


_WORDS = frozenset({"torch", "nn", "F", "math", "Tensor", "layer", "watch", "i", "round_to"})


def _applied(part: Part, this: str) -> Callable[[Sequence[str]], Code]:
    return lambda inputs: part.apply(this, inputs, _texts(part))


def _texts(part: Part) -> dict[str, str]:
    """The arguments that a forward pass names."""
    return {name: str(arg.code()) for name, arg in part.args.items()}


def _make(part: Part, *, sometimes: bool) -> Make:
    """What the constructor makes of a layer; of one that may be missing, a module."""
    found = part.make or (part.module if sometimes else None)
    assert found is not None
    return found


def _whole(values: Sequence[Any]) -> bool:
    return all(type(value) is int or value is ANY for value in values)


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


def _type(values: Sequence[Any]) -> str:
    for kind in (bool, int, str):
        if all(type(value) is kind for value in values):
            return kind.__name__
    if all(isinstance(value, int | float) for value in values):
        return "float"
    return "tuple[int, ...]" if all(isinstance(value, tuple) for value in values) else "object"


def _identifiers(text: str) -> set[str]:
    import re

    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))
