"""One layer as ONNX nodes: what a rule writes them with."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.onnx.file import Node
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.arrays import Array
    from archcalc.dims import Shape


class Part:
    """The nodes of one layer, in a group of its name; values are known by their names.

    Every value has the batch as its first dimension, and the layer's axes behind it.
    """

    def __init__(
        self,
        name: str,
        xs: Sequence[Shape],
        y: Shape,
        tensors: Mapping[str, str],
        lead: str,
        used: dict[str, int],
    ) -> None:
        self.name = name
        self.xs = tuple(xs)
        self.y = y
        self.tensors = tensors  # a word of the kind -> the value that it is
        self.lead = lead  # a value whose first dimension is the batch
        self.nodes: list[Node] = []
        self.used = used  # how often the group has a node of an op

    def __call__(self, op: str, *inputs: str, **attributes: Any) -> str:
        """One more node; the name of what it makes."""
        name = self._named(op)
        self.nodes.append(Node(op, name, inputs, (name,), attributes))
        return name

    def many(self, count: int, op: str, *inputs: str, **attributes: Any) -> list[str]:
        """One more node that makes several; their names."""
        name = self._named(op)
        made = [f"{name}.{i}" for i in range(count)]
        self.nodes.append(Node(op, name, inputs, tuple(made), attributes))
        return made

    def _named(self, op: str) -> str:
        """`C3/conv`, and `C3/conv_2` for the next."""
        word = op.lower()
        count = self.used[word] = self.used.get(word, 0) + 1
        return f"{self.name}/{word}" + (f"_{count}" if count > 1 else "")

    def constant(self, values: Any, *, whole: bool = False) -> str:
        """Numbers that are known beforehand: floats, or whole ones as of shapes and places."""
        array = np.array(values, dtype=np.int64 if whole else np.float64)
        return self("Constant", value=array)

    def whole(self, *values: int) -> str:
        """A list of whole numbers."""
        return self.constant(values, whole=True)

    def __getitem__(self, word: str) -> str:
        """A tensor of the layer."""
        return self.tensors[word]

    def get(self, word: str) -> str:
        """A tensor of the layer; nothing where it has none of this name."""
        return self.tensors.get(word, "")

    # -- what many rules say

    def reshape(self, x: str, *sizes: int) -> str:
        """The numbers of each example along other axes."""
        return self("Reshape", x, self.whole(0, *sizes))

    def counted(self, tensor: str, *sizes: int) -> str:
        """The numbers of a tensor, which has no batch, along other axes."""
        return self("Reshape", tensor, self.whole(*sizes))

    def permute(self, x: str, order: Sequence[int]) -> str:
        """The axes of each example in another order, counted without the batch."""
        if list(order) == list(range(len(order))):
            return x
        return self("Transpose", x, perm=[0, *(i + 1 for i in order)])

    def turned(self, matrix: str) -> str:
        """A matrix with its rows as columns."""
        return self("Transpose", matrix, perm=[1, 0])

    def times(self, x: str, number: float) -> str:
        """Every number times a constant one; 1 changes nothing."""
        return x if number == 1 else self("Mul", x, self.constant(float(number)))

    def plus(self, x: str, number: float) -> str:
        """Every number and a constant one; 0 changes nothing."""
        return x if number == 0 else self("Add", x, self.constant(float(number)))

    def laid(self, tensor: str, axes: Sequence[str], along: Sequence[str] = ("C",)) -> str:
        """A tensor on some axes of a value, with a dimension of 1 for each of the others after the first."""
        first = min(axes.index(axis) for axis in along)
        missing = [i - first for i in range(first, len(axes)) if axes[i] not in along]
        return self("Unsqueeze", tensor, self.whole(*missing)) if missing else tensor

    def spread(self, tensor: str, sizes: Sequence[int]) -> str:
        """What depends on no example, for each example of the batch."""
        batch = self("Shape", self.lead, start=0, end=1)
        shape = self("Concat", batch, self.whole(*sizes), axis=0)
        return self("Expand", tensor, shape)

    def channels_first(self, x: str, axes: Sequence[str]) -> tuple[str, list[int]]:
        """The value with its channels in front, and the order that undoes it."""
        at = list(axes).index("C")
        order = [at, *(i for i in range(len(axes)) if i != at)]
        return self.permute(x, order), [order.index(i) for i in range(len(axes))]

    def cells(self, x: str, places: Array, fill: float = 0.0) -> str:
        """Cells of each map by their numbers, counted from 1, row by row: 0 is a cell of padding.

        Gives (maps, cells of the window, places).
        """
        maps, *plane = self.xs[0]
        flat = self.reshape(x, maps, prod(plane))
        if (places == 0).any():
            around = self.whole(0, 0, 1, 0, 0, 0)
            flat = self("Pad", flat, around, self.constant(fill))
        else:
            places = places - 1
        seen = self("Gather", flat, self.whole(*places.reshape(-1)), axis=2)
        return self.reshape(seen, maps, *places.shape)
