"""Nodes that together are one operation, as exporters write it out: found, and put in its place.

A function of the file is written out first. Then gelu, silu, mish, hard sigmoid and swish, norms of
layers, groups and root mean squares are found by their last node, or by one that only they have.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx import lenet, quantised
from archcalc.convert.onnx.file import Given, Node, Tensor
from archcalc.convert.onnx.groups import gathered
from archcalc.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from archcalc.convert.onnx.file import Function, Graph

_MOST_NODES = 200_000
_DEEPEST = 16
_PLAIN = frozenset({"", "ai.onnx", "com.microsoft"})


def rewritten(graph: Graph, functions: Mapping[tuple[str, str], Function]) -> list[Node]:
    """The nodes of a graph, functions written out and patterns put together."""
    nodes: list[Node] = []
    for node in gathered(graph):
        _inline(node, functions, nodes, 0)
    return Patterns(quantised.spelled(nodes, graph), graph).run()


def _inline(node: Node, functions: Mapping[tuple[str, str], Function], nodes: list[Node], depth: int) -> None:
    """A node, or those of the function that it calls."""
    function = functions.get((node.domain, node.op)) if node.domain not in _PLAIN else None
    if function is None:
        nodes.append(node)
        if len(nodes) > _MOST_NODES:
            raise ConvertError(f"more than {_MOST_NODES:,} nodes")
        return
    if depth > _DEEPEST:
        raise ConvertError(f"functions more than {_DEEPEST} deep, one inside another")
    lead = f"{node.name or node.outputs[0] if node.outputs else node.op}/{len(nodes)}/"
    names = dict(zip(function.inputs, node.inputs, strict=False))
    names |= dict(zip(function.outputs, node.outputs, strict=False))
    given = {**function.attributes, **node.attributes}
    for inner in function.nodes:
        own = inner._replace(
            inputs=tuple(word and names.get(word, lead + word) for word in inner.inputs),
            outputs=tuple(word and names.get(word, lead + word) for word in inner.outputs),
            attributes=_filled(inner.attributes, given),
            scopes=inner.scopes or node.scopes,
            classes=inner.classes or node.classes,
        )
        _inline(own, functions, nodes, depth + 1)


def _filled(attributes: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a node in a function, with what the call gives; one that nothing gives is left out."""
    filled = {}
    for word, value in attributes.items():
        if not isinstance(value, Given):
            filled[word] = value
        elif value.name in given:
            filled[word] = given[value.name]
    return filled


class Patterns:
    """Finds patterns among nodes by who makes and who reads each value."""

    def __init__(self, nodes: list[Node], graph: Graph) -> None:
        self.nodes = nodes
        self.graph = graph
        self.maker = {word: node for node in nodes for word in node.outputs if word}
        self.readers: dict[str, list[Node]] = {}
        for node in nodes:
            for word in node.inputs:
                self.readers.setdefault(word, []).append(node)
        self.kept = {value.name for value in graph.outputs}
        self.gone: set[int] = set()
        self.instead: dict[int, Node] = {}

    def run(self) -> list[Node]:
        """The nodes, each pattern as one at the place of its last."""
        for node in self.nodes:
            for rule in _RULES.get(node.op, ()):
                if id(node) in self.gone or not node.outputs or not node.inputs:
                    break
                with suppress(LookupError, TypeError, AttributeError, ValueError):
                    rule(self, node)  # a broken node is no pattern, and is told of where it is read
        found = (self.instead.get(id(node), node) for node in self.nodes if id(node) not in self.gone)
        return [node for node in found if node.outputs]

    # -- looking around

    def made(self, word: str, *ops: str) -> Node | None:
        """The node of one of these ops that makes a value."""
        node = self.maker.get(word)
        return (
            node
            if node is not None and node.op in ops and node.inputs and id(node) not in self.gone
            else None
        )

    def reader(self, node: Node, *ops: str) -> Node | None:
        """The one node that reads what another makes, if of one of these ops."""
        users = self.readers.get(node.outputs[0], [])
        if len(users) != 1 or node.outputs[0] in self.kept or users[0].op not in ops or not users[0].outputs:
            return None
        return users[0]

    def number(self, word: str) -> Any:
        """The one number that a constant is; None where it is none."""
        tensor = self.graph.tensors.get(word)
        node = self.maker.get(word)
        if tensor is None and node is not None and node.op == "Constant":
            tensor = next(iter(node.attributes.values()), None)
        if isinstance(tensor, (int, float)):
            return tensor
        if isinstance(tensor, Tensor) and tensor.data and len(tensor.data) == 1:
            return tensor.data[0]
        return None

    def near(self, word: str, wanted: float) -> bool:
        """Whether a value is a constant, about a number."""
        found = self.number(word)
        return isinstance(found, (int, float)) and abs(found - wanted) <= 0.01 * abs(wanted) + 1e-6

    def split(self, node: Node, test: Callable[[str], bool]) -> str | None:
        """Of two inputs the one for which a test does not hold, where it holds for the other."""
        if len(node.inputs) != 2:
            return None
        a, b = node.inputs
        return b if test(a) else a if test(b) else None

    def put(
        self, last: Node, inner: Iterable[Node | None], op: str, inputs: tuple[str, ...], **attributes: Any
    ) -> None:
        """One node for a pattern, at the place of its last; others go where nothing else reads them."""
        own = {id(node) for node in inner if node is not None} | {id(last)}
        self.instead[id(last)] = last._replace(op=op, inputs=inputs, attributes=attributes, domain="")
        todo = [node for node in inner if node is not None and node is not last]
        changed = True
        while changed:
            changed = False
            for node in todo:
                users = [user for word in node.outputs for user in self.readers.get(word, [])]
                free = all(id(user) in self.gone or user is last for user in users)
                if (
                    id(node) not in self.gone
                    and free
                    and not self.kept & set(node.outputs)
                    and id(node) in own
                ):
                    self.gone.add(id(node))
                    changed = True

    # -- the patterns

    def gelu(self, erf: Node) -> None:
        """Gelu by an erf: x · ½ · (1 + erf(x/√2)), in any order of the products."""
        scaled = self.made(erf.inputs[0], "Div", "Mul")
        plus = self.reader(erf, "Add")
        if scaled is None or plus is None:
            return
        x = scaled.inputs[0] if self.number(scaled.inputs[0]) is None else scaled.inputs[-1]
        self.halved(x, plus, [scaled, erf, plus], {})

    def halved(self, x: str, plus: Node, inner: list[Node | None], fields: dict[str, Any]) -> None:
        """The products of x, a half and what is added to 1."""
        if self.split(plus, lambda word: self.near(word, 1)) is None:
            return
        first = self.reader(plus, "Mul")
        if first is None:
            return
        other = self.split(first, lambda word: word == plus.outputs[0])
        if other is None:
            return
        half = self.made(other, "Mul", "Div")
        if half is not None and x in half.inputs and other != x:
            self.put(first, [*inner, half], "Gelu", (x,), **fields)
            return
        second = self.reader(first, "Mul")
        if second is None:
            return
        if (other == x and self.split(second, lambda word: self.near(word, 0.5)) is not None) or (
            self.near(other, 0.5) and x in second.inputs
        ):
            self.put(second, [*inner, first], "Gelu", (x,), **fields)

    def tanh(self, tanh: Node) -> None:
        """Gelu by a tanh, and mish."""
        soft = self.made(tanh.inputs[0], "Softplus")
        times = self.reader(tanh, "Mul")
        if soft is not None and times is not None and soft.inputs[0] in times.inputs:
            self.put(times, [soft, tanh], "Mish", (soft.inputs[0],))
            return
        scaled = self.made(tanh.inputs[0], "Mul")
        plus = self.reader(tanh, "Add")
        if scaled is None or plus is None:
            return
        rest = self.split(scaled, lambda word: self.near(word, 0.7978845608))
        inner = self.made(rest, "Add") if rest else None
        cube = None
        for word in inner.inputs if inner else ():
            cube = cube or self.made(word, "Mul")
        x = self.split(inner, lambda word: cube is not None and word in cube.outputs) if inner else None
        if inner is None or cube is None or x is None or not any(self.near(w, 0.044715) for w in cube.inputs):
            return
        power = next((found for word in cube.inputs if (found := self.made(word, "Pow", "Mul"))), None)
        self.halved(x, plus, [scaled, inner, cube, power, tanh, plus], {"approximate": "tanh"})

    def sigmoid(self, node: Node) -> None:
        """The product of x and its sigmoid, plain or hard."""
        times = self.reader(node, "Mul")
        if times is not None and node.inputs[0] in times.inputs:
            op = "Swish" if node.op == "Sigmoid" else "HardSwish"
            if op == "Swish" or abs(node.attributes.get("alpha", 0.2) - 1 / 6) < 1e-3:
                self.put(times, [node], op, (node.inputs[0],))

    def clip(self, node: Node) -> None:
        """A hard sigmoid, min(max(x + 3, 0), 6)/6, and x times that."""
        plus = self.made(node.inputs[0], "Add")
        limits = [node.attributes.get("min"), node.attributes.get("max")]
        limits = [self.number(word) for word in node.inputs[1:3]] if len(node.inputs) > 2 else limits
        if plus is None or limits != [0, 6]:
            return
        x = self.split(plus, lambda word: self.near(word, 3))
        if x is None:
            return
        after = self.reader(node, "Div", "Mul")
        if after is None:
            return
        if x in after.inputs:
            last = self.reader(after, "Div", "Mul")
            if last is not None and any(self.near(word, 6) or self.near(word, 1 / 6) for word in last.inputs):
                self.put(last, [plus, node, after], "HardSwish", (x,))
            return
        if any(self.near(word, 6) or self.near(word, 1 / 6) for word in after.inputs):
            times = self.reader(after, "Mul")
            if times is not None and x in times.inputs:
                self.put(times, [plus, node, after], "HardSwish", (x,))
            else:
                self.put(after, [plus, node], "HardSigmoid", (x,), alpha=1 / 6)

    def root(self, node: Node) -> None:
        """The root of a variance plus eps: of a layer norm, or of a root mean square norm."""
        plus = self.made(node.inputs[0], "Add")
        if plus is None:
            return
        eps = next((found for word in plus.inputs if (found := self.number(word)) is not None), None)
        mean = next((found for word in plus.inputs if (found := self.made(word, "ReduceMean"))), None)
        square = self.made(mean.inputs[0], "Pow", "Mul") if mean else None
        if mean is None or square is None or eps is None:
            return
        x = square.inputs[0]
        inner: list[Node | None] = [square, mean, plus, node]
        under = self.reader(node, "Div", "Reciprocal")
        less = self.made(x, "Sub")
        if under is None:
            return
        axes = self.axes(mean)
        first = (
            self.made(less.inputs[1], "ReduceMean") if less is not None and len(less.inputs) == 2 else None
        )
        if less is not None and first is not None and first.inputs[0] == less.inputs[0] and x in under.inputs:
            self.gained(under, [*inner, less, first], "LayerNormalization", less.inputs[0], axes, eps)
            return
        if x in under.inputs and under.op == "Div":
            self.gained(under, inner, "RMSNormalization", x, axes, eps)
            return
        times = self.reader(under, "Mul")
        if times is not None and x in times.inputs:
            self.gained(times, [*inner, under], "RMSNormalization", x, axes, eps)

    def axes(self, node: Node) -> list[int] | None:
        """The axes of a reduction."""
        given = node.attributes.get("axes")
        if given is None and len(node.inputs) > 1:
            return self.whole(node.inputs[1])
        return given if isinstance(given, list) else None

    def whole(self, word: str) -> list[int] | None:
        """The numbers of a short constant."""
        tensor, maker = self.graph.tensors.get(word), self.maker.get(word)
        given: Any = tensor
        if tensor is None and maker is not None and maker.op == "Constant":
            given = next(iter(maker.attributes.values()), None)
        if isinstance(given, Tensor):
            given = list(given.data) if given.data else None
        return given if isinstance(given, list) else None

    def gained(
        self, last: Node, inner: list[Node | None], op: str, x: str, axes: list[int] | None, eps: Any
    ) -> None:
        """A norm with the gains and biases that stand after it."""
        if axes is None or (any(axis >= 0 for axis in axes) and op == "RMSNormalization"):
            return
        gains = ""
        times = self.reader(last, "Mul")
        weight = self.split(times, lambda word: word == last.outputs[0]) if times is not None else None
        if times is None or weight not in self.graph.tensors:
            self.put(last, inner, op, (x,), axes=axes, epsilon=eps)
            return
        gains = weight or ""
        plus = self.reader(times, "Add") if op == "LayerNormalization" else None
        bias = self.split(plus, lambda word: word == times.outputs[0]) if plus is not None else None
        if plus is not None and bias in self.graph.tensors:
            self.put(plus, [*inner, last, times], op, (x, gains, bias or ""), axes=axes, epsilon=eps)
        else:
            self.put(times, [*inner, last], op, (x, gains), axes=axes, epsilon=eps)

    def groups(self, node: Node) -> None:
        """A group norm: an instance norm of groups, then gains and biases of channels."""
        before = self.made(node.inputs[0], "Reshape")
        after = self.reader(node, "Reshape")
        scale = self.graph.tensors.get(node.inputs[1]) if len(node.inputs) > 1 else None
        maker = self.maker.get(node.inputs[1]) if len(node.inputs) > 1 else None
        if scale is None and maker is not None and maker.op == "Constant":
            scale = next(iter(maker.attributes.values()), None)
        if before is None or after is None or not isinstance(scale, Tensor) or not scale.dims:
            return
        inner: list[Node | None] = [before, node, after]
        times = self.reader(after, "Mul")
        weight = self.split(times, lambda word: word == after.outputs[0]) if times is not None else None
        fields = {"num_groups": scale.dims[0], "epsilon": node.attributes.get("epsilon", 1e-5)}
        if times is None or not weight:
            self.put(after, inner, "GroupNormalization", (before.inputs[0],), **fields)
            return
        plus = self.reader(times, "Add")
        bias = self.split(plus, lambda word: word == times.outputs[0]) if plus is not None else None
        if plus is not None and bias:
            self.put(plus, [*inner, times], "GroupNormalization", (before.inputs[0], weight, bias), **fields)


_RULES: dict[str, tuple[Callable[[Patterns, Node], None], ...]] = {
    "Erf": (Patterns.gelu,),
    "Tanh": (Patterns.tanh, lenet.tanh),
    "Sigmoid": (Patterns.sigmoid,),
    "HardSigmoid": (Patterns.sigmoid,),
    "Clip": (Patterns.clip,),
    "Sqrt": (Patterns.root,),
    "InstanceNormalization": (Patterns.groups,),
    "AveragePool": (lenet.subsampling,),
    "ReduceSum": (lenet.distances,),
    "Concat": (lenet.table,),
    "Conv": (lenet.table,),
}
