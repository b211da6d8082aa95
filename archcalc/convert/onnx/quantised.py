"""Operations on whole numbers, as those on full numbers that they stand for.

Quantised files have them in two ways: one op that holds scales and zero points among its inputs, as
QLinearConv; or a product of whole numbers that is scaled afterwards, as ConvInteger.

Source   the operators of the ONNX project, and of ONNX Runtime (com.microsoft)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.convert.onnx.file import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.onnx.file import Graph

_SCALED: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {
    # op -> what it stands for, and the places of its inputs with those of their scales
    "QLinearConv": ("Conv", ((0, 1), (3, 4), (8, 1))),
    "QLinearMatMul": ("MatMul", ((0, 1), (3, 4))),
    "QGemm": ("Gemm", ((0, 1), (3, 4), (6, 1))),
    "QLinearAdd": ("Add", ((0, 1), (3, 4))),
    "QLinearMul": ("Mul", ((0, 1), (3, 4))),
    "QLinearSigmoid": ("Sigmoid", ((0, 1),)),
    "QLinearLeakyRelu": ("LeakyRelu", ((0, 1),)),
    "QLinearSoftmax": ("Softmax", ((0, 1),)),
    "QLinearAveragePool": ("AveragePool", ((0, 1),)),
    "QLinearGlobalAveragePool": ("GlobalAveragePool", ((0, 1),)),
}
_WHOLE = {"ConvInteger": "Conv", "MatMulInteger": "MatMul"}
_BEGINS = "DynamicQuantizeLinear"


def spelled(nodes: list[Node], graph: Graph) -> list[Node]:
    """The nodes, those that reckon in whole numbers as what they stand for."""
    if not any(node.op in _SCALED or node.op in _WHOLE or node.op == _BEGINS for node in nodes):
        return nodes
    return _Spelling(nodes, graph).run()


class _Spelling:
    """Goes through nodes in order; what only scales or rounds has the name of what it reads."""

    def __init__(self, nodes: list[Node], graph: Graph) -> None:
        self.nodes = nodes
        self.graph = graph
        self.kept = {value.name for value in graph.outputs}
        self.same: dict[str, str] = {}  # a value -> the one that it is but for scale and rounding
        self.scales: set[str] = set()  # values that are scales, or products of those
        self.sums: dict[str, int] = {}  # a product of whole numbers -> the place of its node
        self.shaped = {node.outputs[0]: node for node in nodes if node.op == "Reshape" and node.outputs}
        self.found: list[Node] = []

    def run(self) -> list[Node]:
        for node in self.nodes:
            self.one(node._replace(inputs=tuple(self.same.get(word, word) for word in node.inputs)))
        return self.found

    def one(self, node: Node) -> None:
        """A node, or what it stands for."""
        if not node.outputs or not node.inputs:
            self.found.append(node)
        elif node.op == _BEGINS:
            self.scales |= {*node.outputs[1:2]}
            self.through(node, node.inputs[0])
        elif node.op in _WHOLE and len(node.inputs) > 1:
            inputs = [node.inputs[0], self.full(node.inputs[1])]
            self.sums[node.outputs[0]] = len(self.found)
            self.found.append(node._replace(op=_WHOLE[node.op], inputs=tuple(inputs)))
        elif node.op in _SCALED and not node.attributes.get("channels_last"):
            op, places = _SCALED[node.op]
            inputs = [
                self.full(node.inputs[i], node.inputs[scale])
                for i, scale in places
                if max(i, scale) < len(node.inputs)
            ]
            self.found.append(node._replace(op=op, domain="", inputs=tuple(inputs)))
        elif node.op == "Cast" and node.inputs[0] in self.sums:
            self.through(node, node.inputs[0])
        elif node.op == "Mul" and self.scales & {*node.inputs}:
            self.scaled(node)
        elif not self.biased(node):
            self.found.append(node)

    def full(self, word: str, scale: str = "") -> str:
        """A value in full numbers: one that is stored is dequantised."""
        if word not in self.graph.tensors:
            return word
        name = f"{word} in full"
        self.found.append(Node("DequantizeLinear", "", (word, scale or word), (name,), {}))
        return name

    def through(self, node: Node, word: str) -> None:
        """Say that what a node makes is what it reads."""
        self.same[node.outputs[0]] = word
        if node.outputs[0] in self.kept:
            self.found.append(Node("Identity", "", (word,), node.outputs[:1], {}))

    def scaled(self, node: Node) -> None:
        """A product with a scale: a scale where both are stored or scales, else nothing."""
        flows = [word for word in node.inputs if word not in self.scales and word not in self.graph.tensors]
        if flows:
            self.through(node, flows[0])
        else:
            self.scales.add(node.outputs[0])

    def biased(self, node: Node) -> bool:
        """Whether a node adds to a convolution of whole numbers its bias, which is then an input of that."""
        if node.op != "Add" or len(node.inputs) < 2:
            return False
        a, b = node.inputs[:2]
        product, other = (a, b) if a in self.sums else (b, a)
        shaped = self.shaped.get(other)
        if product not in self.sums or shaped is None or not self.is_vector(shaped.inputs):
            return False
        place = self.sums[product]
        if self.found[place].op != "Conv" or len(self.found[place].inputs) > 2:
            return False
        self.found[place] = self.found[place]._replace(inputs=(*self.found[place].inputs, shaped.inputs[0]))
        self.through(node, product)
        return True

    def is_vector(self, inputs: Sequence[str]) -> bool:
        stored = self.graph.tensors.get(inputs[0]) if inputs else None
        return stored is not None and len(stored.dims) == 1
