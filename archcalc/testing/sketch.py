"""A network as it is drawn: layers written so far, and the tensors that the next may read."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from archcalc.spec.write import bare
from archcalc.testing.strategies import fitted, reads, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hypothesis.strategies import DrawFn

    from archcalc.dims import Shape
    from archcalc.layer import Layer

IDS = ("T",)
"""The axes of an input of indices."""
_SMALL = 100  # numbers; what a layer gives is at most four times the input, or this
_DEAREST = 50  # operations, or scalars, of a layer for each number that it may give
_MOST_INPUTS = 3  # of a kind that reads any number
_MOST_COPIES = 3
_MOST_IN_BLOCK = 3
_SELDOM = 4  # one in so many


class Sketch:
    """Layers drawn one by one, each on tensors that are there: nothing is drawn in vain."""

    def __init__(
        self,
        draw: DrawFn,
        kinds: Sequence[type[Layer]],
        x: Shape,
        blocks: dict[str, list[dict[str, Any]]],
        outer: Sketch | None = None,
    ) -> None:
        self.draw = draw
        self.kinds = kinds
        self.blocks = blocks
        self.outer = outer  # the network, of a sketch that is a block's
        self.most: int = 4 * max(_SMALL, prod(x)) if outer is None else outer.most
        self.entries: list[dict[str, Any]] = []
        self.tensors: dict[str, Shape] = {"input": x}
        self.read: set[str] = set()
        self.counts: dict[str, int] = {}
        self.last = "input"

    def unread(self) -> list[str]:
        """The layers that nothing reads: the outputs."""
        return [entry["name"] for entry in self.entries if entry["name"] not in self.read]

    def seldom(self) -> bool:
        """True now and then; false in what fails least."""
        return self.draw(st.integers(0, _SELDOM - 1)) == _SELDOM - 1

    def grow(self, most: int) -> None:
        """Up to so many layers more, those of blocks among them."""
        left = self.draw(st.integers(1, most))
        while left > 0:
            left -= self.draw(_step(self, left))

    def step(self, left: int) -> int:
        """One layer more, or a block of at most `left`; how many are done with, drawn or in vain."""
        source = self.last
        if self.outer is None:
            # both are asked for at each step, so that one more step before it does not shift their answers
            elsewhere, whole = self.seldom(), self.seldom()
            if elsewhere and self.entries:
                source = self.draw(st.sampled_from(list(self.tensors)))
            if whole and left > 1 and not self.ids(source):
                return self.block(source, left)
        kind = self.kind(source)
        drawn = self.layer(kind, source) if kind else None
        if drawn is not None:
            self.write(*drawn)
        return 1

    def ids(self, name: str) -> bool:
        """Whether a tensor holds indices."""
        return name == "input" and self.outer is None and self.tensors[name].axes == IDS

    # -- one layer

    def kind(self, source: str) -> type[Layer] | None:
        """A kind that may read the source, of a family drawn first: most kinds are activations."""
        ids = self.ids(source)
        axes = self.tensors[source].axes
        families: dict[str, list[type[Layer]]] = {}
        for kind in self.kinds:
            if kind.inputs[0] > 1 and ids:
                continue
            if not kind.inputs[0] and (self.outer or ids):  # in a block, what stands before it must be read
                continue
            if kind.takes == (IDS,) and not ids:  # it looks up, and these are numbers
                continue
            by_name = kind.takes is not None and axes in kind.takes
            if by_name or (kind.takes is None and not ids):
                families.setdefault(kind.family, []).append(kind)
        if not families:
            return None
        return self.draw(st.sampled_from(self.draw(st.sampled_from(list(families.values())))))

    def layer(self, kind: type[Layer], source: str) -> tuple[Layer, list[str]] | None:
        """A layer of the kind that reads the source, and others beside it where it reads several."""
        fewest, most = kind.inputs
        if not fewest:
            if not self.entries:  # the input must be read
                return None
            given = {name: self.value(field, source) for name, field in kind.fields.items()}
            return kind(**given), []
        many = 1 if most == 1 else self.draw(st.integers(fewest, most or _MOST_INPUTS))
        given = self.fields(kind, source)
        names = [source]
        while len(names) < many:
            beside = [name for name in self.tensors if self.reads(kind, given, [*names, name])]
            if not beside:
                break
            names.append(self.draw(st.sampled_from(beside)))
        found = fitted(kind, given, self.shapes(names)) if len(names) >= fewest else None
        return (found, names) if found and self.affordable(found, names) else None

    def reads(self, kind: type[Layer], given: dict[str, Any], names: list[str]) -> bool:
        """Whether the kind may read these together, its fields changed if need be."""
        alike = self.tensors[names[0]].axes == self.tensors[names[-1]].axes
        return alike and not self.ids(names[-1]) and fitted(kind, given, self.shapes(names)) is not None

    def fields(self, kind: type[Layer], source: str) -> dict[str, Any]:
        """Fields by chance; of a kind with examples, those of one that reads the source."""
        examples = list(kind.examples())
        if examples:
            x = self.tensors[source]
            more = kind.inputs[0] > 1  # what it reads beside is not known yet
            fit = [given for given, *_ in examples if more or reads(kind, given, (x,))]
            return self.draw(st.sampled_from(fit)) if fit else {}
        return {
            name: self.value(field, source)
            for name, field in kind.fields.items()
            if field.required or self.draw(st.booleans())
        }

    def value(self, field: Any, source: str) -> Any:
        """A field's value; a shape is that of the source, so that the two may be joined."""
        return dict(self.tensors[source].named()) if field.sort == "axes" else self.draw(values(field))

    def affordable(self, layer: Layer, names: list[str]) -> bool:
        """Whether it makes neither too many numbers nor too much work, so that a test stays fast."""
        xs = self.shapes(names)
        y = layer.output(*xs)
        costs: tuple[Any, ...] = (layer.work(*xs, y=y).flops, layer.params(*xs))
        return prod(y) <= self.most and max(costs) <= _DEAREST * self.most

    def shapes(self, names: Iterable[str]) -> tuple[Shape, ...]:
        """The shapes of some tensors."""
        return tuple(self.tensors[name] for name in names)

    # -- how it is written

    def write(self, layer: Layer, names: list[str]) -> None:
        """Write the layer, with an activation, copies or frozen tensors now and then."""
        xs = self.shapes(names)
        y = layer.output(*xs)
        entry: dict[str, Any] = {"op": layer.op}
        if names and names != [self.last]:
            entry["from"] = names if len(names) > 1 else names[0]
        entry |= {key: bare(value) for key, value in layer.given().items()}
        bends = [kind for kind in self.kinds if kind.bends and reads(kind, {}, (y,))]
        if layer.units and bends and self.seldom():
            kind = self.draw(st.sampled_from(bends))
            entry["activation"] = kind.op
            y = kind().output(y)
        if layer.weights(*xs) and self.seldom():
            entry["trainable"] = False
        self.repeated(entry, len(names) == 1 and xs[0] == y and xs[0].axes == y.axes)
        self.add(entry, layer.op, names, y)

    def repeated(self, entry: dict[str, Any], allowed: bool) -> None:
        """Several copies, now and then, with tensors of their own or in common."""
        if allowed and self.seldom():
            entry["repeat"] = self.draw(st.integers(2, _MOST_COPIES))
            if self.seldom():
                entry["shared"] = True

    def add(self, entry: dict[str, Any], word: str, names: list[str], y: Shape) -> None:
        """One entry more, with a name of its own."""
        self.counts[word] = self.counts.get(word, 0) + 1
        self.last = f"{word}_{self.counts[word]}"
        self.entries.append({"name": self.last, **entry})
        self.read.update(names)
        self.tensors[self.last] = y

    # -- blocks

    def block(self, source: str, left: int) -> int:
        """A block of up to `left` layers that reads the source; copies of it where the shape stays."""
        x = self.tensors[source]
        inner = Sketch(self.draw, self.kinds, x, self.blocks, self)
        inner.grow(min(left, _MOST_IN_BLOCK))
        if inner.entries:
            name = f"part_{len(self.blocks) + 1}"
            self.blocks[name] = inner.entries
            entry: dict[str, Any] = {"block": name}
            if source != self.last:
                entry["from"] = source
            y = inner.tensors[inner.last]
            self.repeated(entry, x == y and x.axes == y.axes)
            self.add(entry, "block", [source], y)
        return max(1, len(inner.entries))


@st.composite
def _step(draw: DrawFn, sketch: Sketch, left: int) -> int:
    """A step of its own, so that a failing network shrinks by whole layers."""
    outer, sketch.draw = sketch.draw, draw
    try:
        return sketch.step(left)
    finally:
        sketch.draw = outer
