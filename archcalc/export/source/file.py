"""A network as a file of source, in the words of a framework."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from archcalc import __version__
from archcalc.analysis import Analysis
from archcalc.errors import ConvertError, Problem
from archcalc.export.source.classes import ClassText
from archcalc.export.source.code import docstring, literal, statement
from archcalc.export.source.library import texts
from archcalc.export.source.making import Constants
from archcalc.export.source.names import Names
from archcalc.export.source.plan import Plan
from archcalc.graph.values import ACTIVATION
from archcalc.render.page import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archcalc.export.source.code import Code
    from archcalc.export.source.framework import Framework
    from archcalc.export.source.items import Class, Item, Use
    from archcalc.export.source.parts import Part
    from archcalc.graph import Graph, Node
    from archcalc.graph.values import Tie

_LONE = frozenset({"parameter", "constant", "position_embedding", "sinusoidal_position"})
_SPREAD = frozenset({"concat", "attention", "bilinear"})


class Spot(NamedTuple):
    """Where a node's value is seen: what a module gives, or what is watched in its forward pass."""

    module: str
    name: str = ""


class Held(NamedTuple):
    """A tensor that a layer has from another: the layer, what it calls it, and whether it is turned over."""

    node: Node
    word: str
    turned: bool


class Source(ABC):
    """The text of a network in a framework, and the way back from it.

    `spots` says where the value of each node is seen, `modules` which module holds its tensors.
    Raises ConvertError for a network that has a layer without a counterpart, UsageError for letters.
    """

    framework: ClassVar[Framework]
    shared: ClassVar[str]  # which tensors layers may share

    def __init__(self, graph: Graph) -> None:
        _numbers(graph)
        self.graph = graph
        self.helpers = texts(self.framework.folder)
        self.alone: set[str] = set()  # nodes whose values have a batch of one, whatever is read
        self.plan = Plan(graph, self.part)
        names = Names(self.helpers)
        self.texts: dict[str, ClassText] = {}
        self.constants = Constants()
        for cls in self.plan.classes:
            otherwise = cls.block.name if cls.block else graph.spec.name
            cls.name = names.class_(otherwise, "Block" if cls.block else "Network")
            self.texts[cls.name] = ClassText(self.framework, self.plan, cls, self.texts, self.constants)
        self.name = self.plan.root.name
        self.spots: dict[str, Spot] = {}
        self.modules: dict[str, str] = {}
        self.placed: dict[str, str] = {"": ""}
        self.place(self.plan.root, self.plan.root.uses[0], "")

    def part(self, node: Node) -> Part:
        """A layer in the framework, its inputs spread to one batch where they are joined."""
        alone = [name in self.alone for name in node.inputs]
        if node.layer.op in _LONE or (alone and all(alone)):
            self.alone.add(node.name)
        found = self.made(node)
        if not node.trainable and found.tensors and "codes" not in found.tensors:
            found = found._replace(after=(*found.after, self.framework.frozen))
        if node.layer.op in _SPREAD and any(alone) and not all(alone):
            return self.spread(node, found, alone)
        return found

    def made(self, node: Node) -> Part:
        """A layer in the framework."""
        return self.framework.part(node)

    def spread(self, node: Node, found: Part, alone: Sequence[bool]) -> Part:
        """A layer of several inputs, those without a batch spread to that of another."""
        batched = alone.index(False)

        def used(this: str, inputs: Sequence[str], args: Mapping[str, str]) -> Code:
            size = f"{inputs[batched]}.shape[0]"
            each = [
                self.repeated(name, size, len(x)) if lonely else name
                for name, x, lonely in zip(inputs, node.xs, alone, strict=False)
            ]
            return found.apply(this, each, args)

        return found._replace(apply=used, plain=False)

    # -- where things are

    def place(self, cls: Class, use: Use, at: str) -> None:
        """Note where the layers of a class stand, in one of its uses."""
        i = [other.path for other in cls.uses].index(use.path)
        text = self.texts[cls.name]
        for item in cls.items:
            paths = item.paths[i]
            if paths is None:
                continue
            own = f"{at}.{item.attribute}".removeprefix(".")
            for copy, path in enumerate(paths):
                several = item.repeated and not item.single and bool(item.attribute)
                where = f"{own}.{copy}" if several else own
                if item.inner is not None:
                    self.inside(item, path, where, i)
                else:
                    self.leaf(text, item, path, where, at)
        last = cls.items[-1] if cls.items else None
        if last is not None and cls.end == (last.name,) and last.part() is not None:
            self.given(text, last, i, at)

    def inside(self, item: Item, path: str, where: str, i: int) -> None:
        """A block where it is used."""
        inner = item.classes[i]
        assert inner is not None
        if item.first is not None and item.first.classes[i] is not inner:
            why = ("its layers do not go by the same text at both sizes",)
            raise ConvertError(Problem(f"{path} shares a block, and reads another shape", why, layer=path))
        use = next(use for use in inner.uses if use.path == f"{path}.")
        self.placed[path] = where
        self.place(inner, use, where)

    def leaf(self, text: ClassText, item: Item, path: str, where: str, at: str) -> None:
        """A layer, and its activation."""
        node = self.graph.by_name[path]
        found = self.plan.made[path]
        if found.make is not None or item.sometimes:
            self.modules[path] = where
        bent = path + ACTIVATION if item.bend() else ""
        steps = [step.watched for step in text.step(item, watched=True) if step.watched]
        if (found.make is not None and found.plain and node.inputs) or item.sometimes:
            self.spots[path] = Spot(where)
        elif bent:
            self.spots[path] = Spot(at, f"{item.name}.before")
        else:
            self.spots[path] = Spot(at, item.name)
        if bent and steps:
            self.spots[bent] = Spot(at, item.name)

    def given(self, text: ClassText, last: Item, i: int, at: str) -> None:
        """What a class returns at once is seen as what its module gives."""
        if not text.returns_at_once:
            return
        paths = last.paths[i] or []
        if len(paths) != 1:
            return
        path = paths[0]
        node = path + ACTIVATION if path + ACTIVATION in self.graph.by_name else path
        if node in self.spots and self.spots[node].name == last.name:
            self.spots[node] = Spot(at)

    # -- the text

    def text(self, *, watched: bool = False) -> str:
        """The file; with `watched` it tells every value that no module gives to a function `watch`."""
        texts = list(self.texts.values())
        bodies = [t.text(self.tied() if t.cls is self.plan.root else (), watched=watched) for t in texts]
        constants = [self.constants.lines] if self.constants.lines else []
        own = [*constants, *bodies]
        blocks = [*self.called("\n".join(line for block in own for line in block)), *own, self.trial()]
        code = "\n\n\n".join("\n".join(block) for block in blocks)
        return "\n".join(self.head()) + "\n\n" + "\n".join(self.imports(code)) + "\n\n\n" + code + "\n"

    def head(self) -> Iterator[str]:
        """The docstring of the file."""
        spec, total = self.graph.spec, Analysis(self.graph).total
        yield f'"""{docstring(spec.name)[:70]}, in {self.framework.title}.'
        reads = " and ".join(
            f"[{', '.join(['N', *map(str, shape)])}]{' of indices' if name in self.graph.indices else ''}"
            for name, shape in self.graph.inputs.items()
        )
        fixed = f", {total.fixed:,} more are stored" if total.fixed else ""
        said = f"Reads {reads}, for a batch of N. {total.params:,} numbers are trained{fixed}."
        yield ""
        yield from wrap(docstring(said), 88)
        if spec.note:
            yield ""
            yield from wrap(docstring(spec.note), 88)
        yield ""
        yield f"Written by archcalc {__version__} from its spec."
        yield '"""'

    def called(self, code: str) -> list[list[str]]:
        """The classes and functions that a text uses, and those that they use, in the order of the file."""
        found: set[str] = set()
        for name, text in reversed(self.helpers.items()):
            if re.search(rf"(?<![.\w]){name}\(|^class \w+\({name}\)", code, re.MULTILINE):
                found.add(name)
                code += f"\n{text}"
        return [text.splitlines() for name, text in self.helpers.items() if name in found]

    def examples(self, *, indent: int) -> tuple[list[str], str]:
        """Statements that make an example of each input, and the shapes of what the model makes of them."""
        words = Names({"model", "count", "x", *self.framework.used})
        inputs = {name: "x" if name == "input" else words.variable(name) for name in self.graph.inputs}
        lines: list[str] = []
        for name, shape in self.graph.inputs.items():
            rows = self.vocabulary(name) if name in self.graph.indices else None
            made = self.example(literal((1, *map(int, shape))), rows)
            lines += statement(f"{inputs[name]} = ", made, indent=indent)
        called = f"model({', '.join(inputs.values())})"
        if len(self.graph.outputs) == 1:
            return lines, f"tuple({called}.shape)"
        return lines, f"[tuple(y.shape) for y in {called}]"

    def vocabulary(self, name: str) -> int:
        """How many indices an input may hold."""
        from archcalc.forward import vocabulary

        return int(vocabulary(self.graph, name) or 2)

    # -- tensors that layers share

    def ties(self, node: Node) -> dict[str, Held]:
        """The tensors of a layer that are another's, or of the layer whose tensors it uses."""
        first = self.graph.by_name[node.owner or node.name]
        return {word: self.holder(tie) for word, tie in first.ties.items()}

    def holder(self, tie: Tie) -> Held:
        """The layer that has a tied tensor as its own: that of a tie of a tie is the first."""
        other, word, turned = self.graph.by_name[tie.node], tie.tensor, tie.transposed
        while word in other.ties:
            tie = other.ties[word]
            other, word, turned = self.graph.by_name[tie.node], tie.tensor, turned != tie.transposed
        return Held(other, word, turned)

    def tied(self) -> list[str]:
        """Statements of the network's constructor by which layers share tensors."""
        found: list[str] = []
        for node in self.graph.nodes:
            for word, tie in () if node.owner else node.ties.items():
                held = self.holder(tie)
                said = self.sharing(node, word, held)
                if said is None:
                    what = f"{word} is tied to {tie.node}.{tie.tensor}{', turned over' * held.turned}"
                    raise ConvertError(Problem(what, (self.shared,), layer=node.name))
                found.append(said)
        return looped(found)

    # -- what a framework says of its own

    @abstractmethod
    def repeated(self, name: str, size: str, rank: int) -> str:
        """A tensor of one example as one of several, as code; behind the batch it has so many axes."""

    @abstractmethod
    def imports(self, code: str) -> list[str]:
        """The imports that a text needs."""

    @abstractmethod
    def sharing(self, node: Node, word: str, held: Held) -> str | None:
        """The statement by which a layer has another's tensor; None where there is none that does it."""

    @abstractmethod
    def example(self, sizes: str, rows: int | None) -> str:
        """Numbers by chance, as code; of indices, how many rows they may name."""

    @abstractmethod
    def trial(self) -> list[str]:
        """A run on one example, where the file is run by itself."""


def _numbers(graph: Graph) -> None:
    """Refuse a network some of whose sizes are letters."""
    if graph.symbolic:
        names = ", ".join(graph.free or ())
        raise ConvertError(Problem(f"source has a number for each size, and {names} is left open"))


def indexed(path: str) -> str:
    """`enc.0.attn` as `enc[0].attn`."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path)


def looped(lines: list[str]) -> list[str]:
    """Statements that differ by an index alone, as a loop."""
    found: list[str] = []
    i = 0
    while i < len(lines):
        run = [lines[i]]
        match = re.match(r"(self\.\w+)\[(\d+)\](.*)", lines[i])
        if match:
            head, first, rest = match[1], int(match[2]), match[3]
            while i + len(run) < len(lines) and lines[i + len(run)] == f"{head}[{first + len(run)}]{rest}":
                run.append(lines[i + len(run)])
            if len(run) > 1:
                part = "" if first == 0 else f"[{first}:]"
                found += [f"for layer in {head}{part}:", f"    layer{rest}"]
                i += len(run)
                continue
        found.append(lines[i])
        i += 1
    return found
