"""Tables of learned vectors: of words, of places, and tensors that stand on their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, at_least, product
from archcalc.fields import axes, dim, flag, number
from archcalc.layer import Layer, Rule, Work
from archcalc.layers.bases.places import sines
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array


DECLARED: Any = None


class Embedding(
    Layer,
    op="embedding",
    takes="T",
    also=("nn.Embedding", "token_embedding", "word_embedding", "lookup_table", "embed"),
):
    """Each index is replaced by its row of a learned table.

    Shapes   (T), of indices -> (T, embedding_dim)
    Counts   nothing: a row is looked up, and not multiplied; with scale a multiplication for each number
    Source   torch.nn.Embedding; scale as in Vaswani et al. 2017, 3.4
    """

    num_embeddings: Dim = dim(
        "rows of the table, one for each index",
        also=("vocab_size", "input_dim", "vocabulary_size", "n_vocab"),
    )
    embedding_dim: Dim = dim(
        "numbers in a row", also=("output_dim", "d_model", "features", "dim", "hidden_size")
    )
    scale: bool = flag("multiply each row by the square root of embedding_dim", default=False)
    looks_up = True
    formulas = {"params": "rows · numbers in a row"}

    def output(self, x: Shape) -> Shape:
        """A row for each index."""
        return Shape((*x, self.embedding_dim), (*x.axes, "C"))

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A row for each index that there may be."""
        return {"weight": Shape((self.num_embeddings, self.embedding_dim), ("index", "C"))}

    def work(self, x: Shape, y: Shape) -> Work:
        """Nothing, but for the scale."""
        return Work(mul=product(y)) if self.scale else Work()

    def vocabulary(self) -> Dim:
        """Indices count from 0 to the last row."""
        return self.num_embeddings

    def forward(self, x: Array, **tensors: Array) -> Array:
        """weight[x], times √d where it is scaled."""
        rows: Array = tensors["weight"][x]
        return rows * math.sqrt(int(self.embedding_dim)) if self.scale else rows  # type: ignore[call-overload]


class Position(Layer):
    """A vector for each place of a sequence, whatever stands there."""

    if TYPE_CHECKING:
        embedding_dim = DECLARED

    def refusal(self, *xs: Shape) -> str:
        """A sequence of features says how many; indices do not."""
        said = super().refusal(*xs)
        if not said and self.embedding_dim is None and xs[0].axes[-1] != "C":
            return f"{self.op} needs embedding_dim where it reads indices [T]"
        return said

    def output(self, x: Shape) -> Shape:
        """A vector for each place, as long as those read where nothing else is said."""
        return Shape((x[0], x[-1] if self.embedding_dim is None else self.embedding_dim), "T C")


class PositionEmbedding(
    Position,
    op="position_embedding",
    takes=("T", "T C"),
    also=("positional_embedding", "learned_position_embedding", "wpe", "keras_hub.PositionEmbedding"),
):
    """Each place of a sequence has its own row of a learned table.

    Shapes   (T) or (T, C) -> (T, embedding_dim): rows 0 to T − 1, which are to be added
    Counts   nothing: rows are looked up
    Source   Devlin et al. 2019, 3.2; Dosovitskiy et al. 2021, 3.1
    """

    num_embeddings: Dim = dim(
        "rows of the table, the longest sequence", also=("max_length", "max_position_embeddings", "n_ctx")
    )
    embedding_dim: Dim | None = dim(
        "numbers in a row; as many as the sequence has where left out",
        default=None,
        also=("output_dim", "d_model", "features", "dim", "hidden_size"),
    )
    looks_up = True
    formulas = {"params": "places · numbers in a row"}

    def requires(self, x: Shape) -> Iterable[Rule]:
        """There is a row for each place."""
        yield Rule(
            at_least(self.num_embeddings, x[0]),
            lambda: (
                f"the sequence has {x[0]} places, and there are {self.num_embeddings} position embeddings"
            ),
            lambda: "each place has a row of its own, and none is learned beyond the last",
            "num_embeddings",
        )

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A row for each place up to the longest sequence."""
        return {"weight": Shape((self.num_embeddings, self.output(x)[1]), ("place", "C"))}

    def forward(self, x: Array, **tensors: Array) -> Array:
        """weight[0 : T]."""
        return tensors["weight"][: x.shape[0]]


class SinusoidalPosition(
    Position,
    op="sinusoidal_position",
    takes=("T", "T C"),
    also=("sinusoidal_embedding", "positional_encoding", "sine_position_encoding", "SinePositionEncoding"),
):
    """Each place of a sequence has sines and cosines of its number, which nobody learns.

    Shapes   (T) or (T, C) -> (T, embedding_dim), which is to be added
    Counts   nothing: it depends on constants alone
    Source   Vaswani et al. 2017, 3.5
    """

    embedding_dim: Dim | None = dim(
        "numbers for each place; as many as the sequence has where left out",
        default=None,
        also=("output_dim", "d_model", "features", "dim", "hidden_size"),
    )

    def forward(self, x: Array, **tensors: Array) -> Array:
        """sin(t / 10000^(2i/d)) at 2i, and the cosine at 2i + 1."""
        width = x.shape[-1] if self.embedding_dim is None else int(self.embedding_dim)  # type: ignore[call-overload]
        return sines(x.shape[0], width)


class Parameter(Layer, op="parameter", also=("nn.Parameter", "learned_tensor", "class_token", "cls_token")):
    """A learned tensor that reads nothing: a class token, queries, a scale.

    Shapes   nothing -> shape
    Counts   nothing
    Source   torch.nn.Parameter; the class token of Dosovitskiy et al. 2021, 3.1
    """

    shape: Any = axes("its axes, each with its size", also=("size", "sizes", "output_shape"))
    inputs = (0, 0)
    formulas = {"params": "the product of its sizes"}

    def output(self) -> Shape:
        """Its shape."""
        return Shape((size for _, size in self.shape), (axis for axis, _ in self.shape))

    def weights(self) -> dict[str, Shape]:
        """Itself."""
        return {"weight": self.output()}

    def forward(self, **tensors: Array) -> Array:
        """Itself."""
        return tensors["weight"]


class Constant(Layer, op="constant", also=("const", "ones", "zeros", "arange", "causal_mask")):
    """Numbers that are known beforehand and that nobody trains or stores: a mask, places, angles.

    Shapes   nothing -> shape
    Counts   nothing: it depends on constants alone
    Source   torch.full; the reference forward has `value` everywhere, and no figure depends on it
    """

    shape: Any = axes("its axes, each with its size", also=("size", "sizes", "output_shape"))
    value: Any = number("what the reference forward has there", default=0, also=("fill", "fill_value"))
    inputs = (0, 0)

    def output(self) -> Shape:
        """Its shape."""
        return Shape((size for _, size in self.shape), (axis for axis, _ in self.shape))

    def forward(self, **tensors: Array) -> Array:
        """The value, everywhere."""
        return np.full([int(size) for _, size in self.shape], float(self.value))
