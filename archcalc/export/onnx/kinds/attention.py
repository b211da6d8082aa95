"""Attention: projections, scores, their softmax, weighted means, a projection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from archcalc.export.onnx.kinds.dense import project
from archcalc.export.onnx.kinds.embeddings import places
from archcalc.export.onnx.rules import writes
from archcalc.layers.bases.places import buckets
from archcalc.lazy import np

if TYPE_CHECKING:
    from archcalc.export.onnx.part import Part


@writes("attention")
def attention(part: Part, layer: Any, *inputs: str) -> str:
    """out · (softmax(q·k/√d)·v), all heads at once."""
    shapes = (*part.xs, part.xs[-1], part.xs[-1])[:3]
    values = (*inputs, inputs[-1], inputs[-1])[:3]
    inner, pairs, _ = map(int, layer.widths(shapes[0]))
    head = int(layer.head(shapes[0]))
    q, k, v = (
        project(part, x, part[f"{n}_weight"], part.get(f"{n}_bias"))
        for n, x in zip("qkv", values, strict=True)
    )
    length, seen = shapes[0][0], shapes[1][0]
    q = part.permute(part.reshape(q, length, inner // head, head), [1, 0, 2])
    k, v = (part.permute(part.reshape(m, seen, pairs // head, head), [1, 0, 2]) for m in (k, v))
    if layer.rotary:
        q, k = turned(part, q, length, head), turned(part, k, seen, head)
    if inner > pairs:
        k, v = (copied(part, m, pairs // head, inner // pairs, seen, head) for m in (k, v))
    scores = part("MatMul", q, part.permute(k, [0, 2, 1]))
    scores = masked(part, layer, part.times(scores, 1 / math.sqrt(head) if layer.scale else 1))
    means = part("MatMul", part("Softmax", scores, axis=-1), v)
    joined = part.reshape(part.permute(means, [1, 0, 2]), length, inner)
    return project(part, joined, part["out_weight"], part.get("out_bias"))


def copied(part: Part, x: str, heads: int, times: int, count: int, head: int) -> str:
    """Each head of keys or values as many times as heads of queries share it."""
    apart = part("Unsqueeze", x, part.whole(2))
    return part.reshape(part("Expand", apart, part.whole(1, 1, times, 1, 1)), heads * times, count, head)


def masked(part: Part, layer: Any, scores: str) -> str:
    """The scores, with what distances add to them, and without the places that are not seen."""
    length, seen = part.xs[0][0], (*part.xs, part.xs[-1])[1][0]
    if layer.relative_buckets is not None:
        scores = part("Add", scores, by_distance(part, layer, length, seen))
    edges = []
    if layer.causal:
        edges.append((1, 1))
    if layer.window_size is not None:
        edges.append((0, -int(layer.window_size)))
        edges += [] if layer.causal else [(1, int(layer.window_size))]
    for upper, k in edges:
        never = part("ConstantOfShape", part.whole(length, seen), value=np.array([-math.inf]))
        hidden = part("Trilu", never, part.constant(k, whole=True), upper=upper)
        scores = part("Add", scores, hidden)
    return scores


def by_distance(part: Part, layer: Any, length: int, seen: int) -> str:
    """What each head adds to the score of a query and a key: a row of the table for each distance."""
    rows = int(layer.relative_buckets)
    last = int(layer.max_distance)
    behind = buckets(length, 1, rows, last, both=not layer.causal)[:0:-1, 0]
    ahead = buckets(1, seen, rows, last, both=not layer.causal)[0]
    far = part("Gather", part["relative_weight"], part.whole(*behind, *ahead), axis=0)
    span = [part.constant(n, whole=True) for n in (0, seen, 1)]
    keys = part("Range", *span)
    span = [part.constant(n, whole=True) for n in (length - 1, -1, -1)]
    queries = part("Unsqueeze", part("Range", *span), part.whole(1))
    return part("Gather", part.turned(far), part("Add", queries, keys), axis=1)


def turned(part: Part, x: str, count: int, head: int) -> str:
    """Each pair of numbers, one from either half, turned by its place."""
    half = head // 2
    steps = 10000.0 ** (-np.arange(half) / half)
    angles = part("Mul", places(part, count), part.constant(np.concatenate([steps, steps])))
    a, b = part.many(2, "Split", x, axis=-1, num_outputs=2)
    crossed = part("Concat", part("Neg", b), a, axis=-1)
    return part("Add", part("Mul", x, part("Cos", angles)), part("Mul", crossed, part("Sin", angles)))
