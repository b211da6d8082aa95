"""Attention: each place of a sequence takes a weighted mean of what others say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from archcalc.arrays import contract, exp, is_exact, stack, total
from archcalc.dims import Dim, Shape, at_least, divides, equal, exact_div, product, smallest
from archcalc.dims import total as summed
from archcalc.fields import dim, flag
from archcalc.layer import INSIDE, WEIGHTS, Layer, Product, Rule, Work
from archcalc.layers.bases.places import buckets, turned
from archcalc.lazy import np
from archcalc.window import Tap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array

    Sizes = tuple[Dim, Dim]


class Attention(
    Layer,
    op="attention",
    takes="T C",
    also=(
        "multi_head_attention", "multihead_attention", "self_attention", "cross_attention", "mha",
        "nn.MultiheadAttention", "scaled_dot_product_attention", "grouped_query_attention", "gqa", "mqa",
    ),
):  # fmt: skip
    """Each head gives a place the mean of all values, weighted by the softmax of query · key.

    Reads one sequence, or queries and a memory of keys and values, or queries, keys and values.

    Shapes   (T, C) -> (T, out_features); (T, C), (S, C2) -> (T, out_features)
    Counts   T·S scores in each head, masked ones too: two products; the softmax, and the scale, beside them
    Source   Vaswani et al. 2017, 3.2; num_kv_heads: Ainslie et al. 2023; relative_buckets: Raffel et al. 2020
    """  # fmt: skip

    num_heads: Dim = dim("heads", also=("heads", "n_heads", "nhead", "num_attention_heads", "h"))
    num_kv_heads: Dim | None = dim(
        "heads of keys and values, each shared by as many queries' heads; num_heads where left out",
        default=None,
        also=("num_key_value_heads", "kv_heads", "n_kv_heads", "num_query_groups"),
    )
    head_dim: Dim | None = dim(
        "numbers in a head's query, key and value; features / num_heads where left out",
        default=None,
        also=("key_dim", "d_kv", "d_head", "size_per_head", "qkv_dim"),
    )
    out_features: Dim | None = dim(
        "features of the output; as many as the queries' where left out",
        default=None,
        also=("output_dim", "out_channels"),
    )
    bias: bool = flag("a bias in all four projections", default=True, also=("use_bias", "attention_bias"))
    qkv_bias: bool | None = flag("whether queries, keys and values have one, if unlike bias", default=None)
    out_bias: bool | None = flag("whether the output has one, if unlike bias", default=None)
    scale: bool = flag(
        "divide scores by the square root of head_dim", default=True, also=("use_scale", "scaled")
    )
    causal: bool = flag(
        "a place gives no weight to later ones",
        default=False,
        also=("is_causal", "use_causal_mask", "masked"),
    )
    window_size: Dim | None = dim(
        "a place scores only itself, window_size − 1 before it, and as many after it where not causal",
        default=None,
        also=("sliding_window", "local", "attention_window", "window"),
    )
    relative_buckets: Dim | None = dim(
        "rows of a table, by distance, of what each head adds to its scores; none where left out",
        low=2,
        default=None,
        also=("relative_attention_num_buckets", "num_buckets"),
    )
    max_distance: Dim = dim(
        "from this distance on, all share the last bucket",
        low=2,
        default=128,
        also=("relative_attention_max_distance",),
    )
    rotary: bool = flag(
        "turn queries and keys by their places", default=False, also=("rope", "rotary_embedding")
    )
    units = True
    inputs = (1, 3)

    @property
    def looks_up(self) -> bool:  # type: ignore[override]  # asked of a layer, and only buckets are looked up
        """A short sequence reads few of the buckets."""
        return self.relative_buckets is not None

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """Heads divide the features and each other, keys and values are in pairs, windows on one sequence."""
        query, key, value = _three(xs)
        if self.head_dim is None:
            yield Rule(
                divides(self.num_heads, query[1]),
                lambda: f"{self.num_heads} heads do not divide {query[1]} features",
                lambda: "each head has features / num_heads of them, unless head_dim says how many",
                "num_heads",
            )
        if self.num_kv_heads is not None:
            yield Rule(
                divides(self.num_kv_heads, self.num_heads),
                lambda: f"{self.num_kv_heads} heads of keys do not divide {self.num_heads} heads of queries",
                lambda: "each head of keys and values is shared by as many heads of queries",
                "num_kv_heads",
            )
        yield Rule(
            equal(key[0], value[0]),
            lambda: f"there are {key[0]} keys and {value[0]} values",
            lambda: "they go in pairs",
        )
        if self.rotary:
            yield Rule(
                divides(2, self.head(query)),
                lambda: f"a head has {self.head(query)} numbers, and rotary turns pairs",
                field="rotary",
            )
        if self.window_size is not None:
            yield Rule(
                len(xs) == 1,
                lambda: "a window counts places of one sequence, and there are two",
                field="window_size",
            )
        if self.relative_buckets is not None:
            yield from self.bucket_rules(self.relative_buckets)

    def bucket_rules(self, buckets: Dim) -> Iterable[Rule]:
        """There are buckets for near and for far, on either side unless causal."""
        least = 2 if self.causal else 4
        yield Rule(
            at_least(buckets, least),
            lambda: f"relative_buckets is {buckets}, and must be at least {least}",
            lambda: "half are for near places, half for far ones; unless causal, half of each for later ones",
            "relative_buckets",
        )
        yield Rule(
            at_least(self.max_distance, buckets),
            lambda: f"max_distance is {self.max_distance}, and there are {buckets} buckets",
            field="max_distance",
        )

    def head(self, query: Shape) -> Dim:
        """Numbers in a head's query."""
        return exact_div(query[1], self.num_heads) if self.head_dim is None else self.head_dim

    def widths(self, query: Shape) -> tuple[Dim, Dim, Dim]:
        """Numbers of all heads' queries, of all heads' keys, and of the output."""
        # not heads · (features / heads), which an explanation would write out
        inner: Dim = query[1] if self.head_dim is None else self.num_heads * self.head_dim
        pairs = inner if self.num_kv_heads is None else self.num_kv_heads * self.head(query)
        out: Dim = query[1] if self.out_features is None else self.out_features
        return inner, pairs, out

    def output(self, *xs: Shape) -> Shape:
        """out_features for each query."""
        return Shape((xs[0][0], self.widths(xs[0])[2]), xs[0].axes)

    def projections(self, *xs: Shape) -> tuple[dict[str, Sizes], dict[str, Sizes]]:
        """Outputs and inputs of each projection: those with a bias, and those without."""
        query, key, value = _three(xs)
        inner, pairs, out = self.widths(query)
        biased: dict[str, Sizes] = {}
        plain: dict[str, Sizes] = {}
        inside = biased if self.qkv_bias or (self.qkv_bias is None and self.bias) else plain
        inside.update(q=(inner, query[1]), k=(pairs, key[1]), v=(pairs, value[1]))
        outside = biased if self.out_bias or (self.out_bias is None and self.bias) else plain
        outside["out"] = (out, inner)
        return biased, plain

    def params(self, *xs: Shape) -> Dim:
        """Four projections, and the table of distances."""
        biased, plain = self.projections(*xs)
        parts = [units * (features + 1) for units, features in biased.values()]
        parts += [units * features for units, features in plain.values()]
        if self.relative_buckets is not None:
            parts.append(self.relative_buckets * self.num_heads)
        return summed(parts)

    def weights(self, *xs: Shape) -> dict[str, Shape]:
        """A matrix, and a bias, for each projection."""
        biased, plain = self.projections(*xs)
        found = {f"{name}_weight": Shape(sizes, ("out", "in")) for name, sizes in {**biased, **plain}.items()}
        found |= {f"{name}_bias": Shape((units,)) for name, (units, _) in biased.items()}
        if self.relative_buckets is not None:
            found["relative_weight"] = Shape((self.relative_buckets, self.num_heads), ("bucket", "head"))
        return found

    def connections(self, *xs: Shape, y: Shape) -> None:
        """Not defined: a unit is a sum of products of units."""

    def scores(self, *xs: Shape) -> Dim:
        """Pairs of a query and a key that are scored."""
        query, key, _ = _three(xs)
        if self.window_size is None:
            return product((query[0], key[0]))
        places: Dim = query[0]
        seen = smallest(self.window_size, places)
        if self.causal:  # the first places have fewer before them
            return seen * places - exact_div(seen * (seen - 1), 2)
        return 2 * seen * places - seen * (seen - 1) - places

    def work(self, *xs: Shape, y: Shape) -> Work:
        """Projections of queries, keys and values, scores, their softmax, weighted means, the output."""
        query, key, value = _three(xs)
        inner, pairs, out = self.widths(query)
        scores = self.scores(*xs)
        each = self.num_heads * scores
        adds, muls = [self.num_heads * (scores - query[0])], []
        if self.scale:
            muls.append(each)
        if self.relative_buckets is not None:
            adds.append(each)
        if self.rotary:
            numbers = query[0] * inner + key[0] * pairs
            adds.append(numbers)
            muls.append(2 * numbers)
        read = (query[0] * query[1] * inner, key[0] * key[1] * pairs, value[0] * value[1] * pairs)
        macs = summed((*read, 2 * scores * inner, query[0] * inner * out))
        return Work(mac=macs, add=summed(adds), mul=summed(muls), div=each, special=each)

    def biases(self, *xs: Shape, y: Shape) -> Dim:
        """Every number that a projection with a bias makes."""
        places = {"q": xs[0][0], "k": _three(xs)[1][0], "v": _three(xs)[2][0], "out": xs[0][0]}
        return summed(places[name] * units for name, (units, _) in self.projections(*xs)[0].items())

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """All of what it scores; of two sequences, the place of the query itself."""
        if axis != "T":
            return super().reach(axis, *xs, y=y, of=of)
        if len(xs) > 1:
            return Tap() if of == 0 else None
        if self.window_size is None:
            return None
        before = self.window_size - 1
        return Tap(1, -1 * before, before + 1 if self.causal else 2 * before + 1)

    def products(self, *xs: Shape, y: Shape) -> Iterable[Product]:
        """Projections of what it reads, then two products of those, then the output's projection."""
        query, key, value = _three(xs)
        inner, pairs, out = self.widths(query)
        last = len(xs) - 1
        for i, x, units in ((0, query, inner), (min(1, last), key, pairs), (last, value, pairs)):
            yield Product(x[0] * x[1] * units, WEIGHTS, i)
        yield Product(2 * self.scores(*xs) * inner, INSIDE, INSIDE)
        yield Product(query[0] * inner * out, WEIGHTS, INSIDE)

    def inside(self, *xs: Shape, y: Shape) -> Dim:
        """Queries, keys, values, the softmax of the scores, and the means of the heads."""
        query, key, _ = _three(xs)
        inner, pairs, _ = self.widths(query)
        return 2 * query[0] * inner + 2 * key[0] * pairs + self.num_heads * self.scores(*xs)  # type: ignore[no-any-return]

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        return {
            "params": "queries, keys, values, output: units · (inputs + 1 bias) of each",
            "macs": "queries, keys, values + 2 · scores · units of all heads + output",
        }.get(quantity, "")

    def forward(self, *xs: Array, **tensors: Array) -> Array:
        """out · (softmax(q·k/√d)·v), head by head."""
        query, key, value = _three(xs)
        q, k, v = (_project(n, x, tensors) for n, x in (("q", query), ("k", key), ("v", value)))
        heads = int(self.num_heads)  # type: ignore[call-overload]
        pairs = heads if self.num_kv_heads is None else int(self.num_kv_heads)  # type: ignore[call-overload]
        q = q.reshape(len(q), pairs, heads // pairs, -1)
        k, v = k.reshape(len(k), pairs, -1), v.reshape(len(v), pairs, -1)
        if self.rotary:
            q, k = turned(q), turned(k)
        added = None
        if self.relative_buckets is not None:
            table, last = tensors["relative_weight"], int(self.max_distance)  # type: ignore[call-overload]
            rows = buckets(len(q), len(k), len(table), last, both=not self.causal)
            added = table[rows].transpose(2, 0, 1).reshape(pairs, -1, len(q), len(k))
        mixed = self.all_places(q, k, v, added) if self.window_size is None else self.windows(q, k, v, added)
        return _project("out", mixed.reshape(len(q), -1), tensors)

    def all_places(self, q: Array, k: Array, v: Array, added: Array | None) -> Array:
        """Every query on every key."""
        later = np.arange(len(k)) > np.arange(len(q))[:, None]
        return self.attend(q, k, v, added, later if self.causal else None)

    def windows(self, q: Array, k: Array, v: Array, added: Array | None) -> Array:
        """Each query on the keys of its window."""
        parts = []
        before = int(self.window_size) - 1  # type: ignore[call-overload]
        for t in range(len(q)):
            near = slice(max(t - before, 0), t + 1 if self.causal else t + before + 1)
            own = None if added is None else added[:, :, t : t + 1, near]
            parts.append(self.attend(q[t : t + 1], k[near], v[near], own)[0])
        return stack(parts)

    def attend(self, q: Array, k: Array, v: Array, added: Array | None, hidden: Array | None = None) -> Array:
        """Queries (T, pair, head, d), keys and values (S, pair, d) -> means (T, pair, head, d)."""
        scores = contract("tghd,sgd->ghts", q, k)
        if self.scale:
            scores = scores * (1 / math.sqrt(q.shape[-1]))
        if added is not None:
            scores = scores + added
        if hidden is not None:
            never = scores.flat[0].constant(-math.inf) if is_exact(scores) else -math.inf
            scores = np.where(hidden, never, scores)
        powers = exp(scores)
        return contract("ghts,sgd->tghd", powers / total(powers, (3,))[..., None], v)


def _three(xs: Any) -> Any:
    """Queries, keys and values: one sequence is all three, a memory the last two."""
    return (*xs, xs[-1], xs[-1])[:3]


def _project(name: str, x: Array, tensors: Any) -> Array:
    """weight · x + bias, at each place."""
    bias = tensors.get(f"{name}_bias")
    return contract("oi,ti->to", tensors[f"{name}_weight"], x, None if bias is None else bias[None, :])
