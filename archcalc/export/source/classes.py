"""A block, or a network, as the source of one class."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from archcalc.dims import Shape
from archcalc.export.source.code import Bracket, call, docstring, literal, remark, statement
from archcalc.export.source.making import Making
from archcalc.export.source.names import Names
from archcalc.export.source.saying import identifiers
from archcalc.export.source.terms import alike, asking
from archcalc.export.source.variables import Step, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archcalc.export.source.code import Code
    from archcalc.export.source.framework import Framework
    from archcalc.export.source.items import Class, Item
    from archcalc.export.source.making import Constants
    from archcalc.export.source.parts import Part
    from archcalc.export.source.plan import Plan
    from archcalc.export.source.variables import Line

_FACTORS = range(2, 17)


class ClassText(Making):
    """The source of one class."""

    def __init__(
        self,
        framework: Framework,
        plan: Plan,
        cls: Class,
        texts: Mapping[str, ClassText],
        constants: Constants,
    ) -> None:
        super().__init__(framework, plan, cls, texts, constants)
        self.returns_at_once = False  # whether the last statement's value is given as it is
        self.forward(watched=False)

    # -- what the forward pass does

    def steps(self, *, watched: bool) -> Iterator[Step]:
        """The statements of the forward pass."""
        for item in self.cls.items:
            yield from self.step(item, watched=watched)

    def step(self, item: Item, *, watched: bool) -> Iterator[Step]:
        """The statements of one layer; `watched` leaves its value before its activation to be seen."""
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
        if bend is None or part.plain or again or (not watched and _calls(bend)):  # a loop has both
            seen = "" if bend is None and part.plain else item.name
            reads = (*item.reads, *self.asked(item))
            yield Step(item, reads, self.loop(item, this, bend), comment, watched=seen, again=again)
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
            inner = str(made) if part.plain or _calls(bend) else f"({made})"
            return bend.apply("", [inner], _texts(bend))

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
        steps = list(self.steps(watched=watched))
        variables = Names({*self.framework.reserved(), "x", "y"})
        heads = {
            name: "x" if name in {"input", "x"} else variables.variable(name) for name in self.cls.inputs
        }
        lines, ends = named(steps, heads, self.cls.end, variables)
        head = self.opening(list(heads.values()), len(ends))
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

    def opening(self, inputs: Sequence[str], outputs: int) -> list[str]:
        """The first line of the forward pass."""
        head, tensor = f"def {self.framework.forward}(", self.framework.tensor
        if not tensor:
            return statement("", Bracket(head, ["self", *inputs], "):"), indent=4)
        result = tensor if outputs == 1 else f"tuple[{', '.join([tensor] * outputs)}]"
        items = ["self", *(f"{name}: {tensor}" for name in inputs)]
        return statement("", Bracket(head, items, f") -> {result}:"), indent=4)

    def may_return(self, last: Line, end: str) -> bool:
        """Whether the last statement's value is all that is given."""
        return bool(last.target == end and not self.loops(last.step.item))

    def line(self, step: Step, target: str, inputs: Sequence[str], *, watched: bool) -> list[str]:
        """One statement, in a loop where there are copies."""
        loops = self.loops(step.item) if step.item.repeated else ""
        lead = f"{target} = " if target else "return "
        spy = (
            [f"watch(self, {literal(step.watched)}, {target})"] if watched and step.watched and target else []
        )
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
        sizes: list[Any] = [self.size_text(name, axis, self.sizes(name, axis) or ()) for axis in axes]
        return Shape(sizes, axes).text(str)

    def size_text(self, name: str, axis: str, sizes: tuple[Any, ...]) -> str:
        """A size in a comment: a number, an argument, or the axis's letter."""
        if alike(sizes):
            return str(sizes[0])
        if axis == "C":
            term = self.channels.get(name)
            said = term and identifiers(term.text) <= {*self.used, "round_to", "min", "max"}
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
        base = self.framework.network if self.cls.block is None else self.framework.block
        lines = [
            f"class {self.name}({base}):",
            f'    """{docstring(self.about())}"""',
            "",
        ]
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
        times = "used once" if len(self.cls.uses) == 1 else f"used {len(self.cls.uses)} times"
        return f"The block {self.cls.block.name}, {times}."


def _applied(part: Part, this: str) -> Callable[[Sequence[str]], Code]:
    return lambda inputs: part.apply(this, inputs, _texts(part))


def _calls(bend: Part) -> bool:
    """Whether an activation is a function that is called on what stands before it, and on nothing else."""
    return re.match(r"[\w.]+\(_[,)]", str(bend.apply("", ["_"], _texts(bend)))) is not None


def _texts(part: Part) -> dict[str, str]:
    """The arguments that a forward pass names."""
    return {name: str(arg.code()) for name, arg in part.args.items()}
