"""Attention that a draft holds as products of matrices, put together as one layer.

Four linear layers, two products and a softmax between them are attention where nothing else reads
what is inside, and where parameters and multiply-accumulates stay what they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.convert.draft import Input, Item
from archcalc.dims import total
from archcalc.errors import LayerError

if TYPE_CHECKING:
    from archcalc.convert.draft import Draft, Source

_MOVES = frozenset({"reshape", "permute", "flatten", "dropout", "identity", "slice", "select", "tile"})
_SCALES = frozenset({"add", "subtract", "multiply", "maximum"})  # a mask or a scale, on scores
_FARTHEST = 24  # layers from a product back to its projection


class Found(NamedTuple):
    """A projection, whether it is turned by places, and whether it is scaled."""

    item: Item
    rotary: bool
    scaled: bool


def joined(draft: Draft) -> None:
    """Put every attention of a draft together."""
    if not any(item.layer.op == "softmax" for item in draft.items):
        return
    readers: dict[int, list[Item]] = {}
    for item in draft.items:
        for source in item.reads:
            readers.setdefault(id(source), []).append(item)
    for item in draft.items:
        for tied in item.ties.values():
            readers.setdefault(id(tied.item), []).append(item)
    instead: dict[int, Item] = {}
    for item in draft.items:
        if item.layer.op == "matmul" and (made := _attention(draft, item, readers)):
            instead[id(made[0])] = made[1]
    if not instead:
        return
    for item in [*draft.items, *instead.values()]:
        item.reads = tuple(instead.get(id(source), source) for source in item.reads)
    draft.items = [instead.get(id(item), item) for item in draft.items]
    draft.ends(*(instead.get(id(item), item) for item in draft.outputs))


def _attention(draft: Draft, mixed: Item, readers: dict[int, list[Item]]) -> tuple[Item, Item] | None:
    """The output's projection of an attention, and the layer that stands for all of it."""
    soft = _through(mixed.reads[0], _MOVES)
    scores, scaled = _scores(soft) if isinstance(soft, Item) and soft.layer.op == "softmax" else (None, False)
    out = _forward(mixed, readers)
    if scores is None or out is None or len(mixed.y) != 3 or len(scores.y) != 3:
        return None
    found = [_projection(source) for source in (scores.reads[0], scores.reads[1], mixed.reads[1])]
    if any(one is None for one in found):
        return None
    query, key, value = (one for one in found if one is not None)
    own = {id(one.item): one.item for one in (query, key, value)}
    read = [one.item.reads[0] for one in (query, key, value)]
    if any(source.y.axes != ("T", "C") for source in read) or any(item.ties for item in (*own.values(), out)):
        return None
    inside = _inside(out, {id(source) for source in read}, set(own))
    if inside is None or not _closed(inside, out, readers, draft):
        return None
    fields = _fields(scores, query, key, value, out, scaled=scaled or query.scaled or key.scaled)
    try:
        layer = draft.bound("attention", fields)
    except LayerError:
        return None
    sources = read if read[1] is not read[2] else read[:2] if read[0] is not read[1] else read[:1]
    item = Item(_common(query.item.scope, out.scope), "attention", layer, tuple(sources))
    return (out, item) if _agrees(item, [*own.values(), out], [scores, mixed], out) else None


def _through(source: Source, ops: frozenset[str]) -> Source:
    """What a source is made of, layers of these ops passed."""
    for _ in range(_FARTHEST):
        if not isinstance(source, Item) or source.layer.op not in ops or len(source.reads) != 1:
            break
        source = source.reads[0]
    return source


def _each(item: Item) -> bool:
    """Whether a layer scales each number, or masks it."""
    return item.layer.op == "rescale" or item.lacks == "Where"


def _scores(soft: Item) -> tuple[Item | None, bool]:
    """The product of queries and keys under a softmax, masks and scales passed."""
    source, scaled = soft.reads[0], False
    for _ in range(_FARTHEST):
        if not isinstance(source, Item):
            return None, scaled
        if source.layer.op == "matmul":
            return source, scaled
        if source.layer.op in _SCALES:
            sides = [part for part in source.reads if _leads(part)]
            if len(sides) != 1 or any(_learned(part) for part in source.reads if part is not sides[0]):
                return None, scaled
            source = sides[0]
        elif source.layer.op in _MOVES or _each(source):
            scaled = scaled or source.layer.op == "rescale"
            parts = [part for part in source.reads if _leads(part)]
            if len(parts) != 1:
                return None, scaled
            source = parts[0]
        else:
            return None, scaled
    return None, scaled


def _leads(source: Source, left: int = _FARTHEST) -> bool:
    """Whether a product of matrices is what a source is made of."""
    while isinstance(source, Item) and left:
        left -= 1
        if source.layer.op == "matmul":
            return True
        if source.layer.op in _SCALES:
            return any(_leads(part, left) for part in source.reads)
        if not (source.layer.op in _MOVES or _each(source)):
            return False
        source = source.reads[0]
    return False


def _learned(source: Source) -> bool:
    """Whether something learned is in what a source is made of."""
    todo, seen = [source], set()
    while todo:
        item = todo.pop()
        if isinstance(item, Item) and id(item) not in seen:
            seen.add(id(item))
            if item.layer.weights(*item.xs):
                return True
            todo += item.reads
    return False


def _projection(source: Source) -> Found | None:
    """The linear layer that queries, keys or values come from."""
    rotary = scaled = False
    for _ in range(_FARTHEST):
        if not isinstance(source, Item):
            return None
        op = source.layer.op
        if op == "linear":
            return Found(source, rotary, scaled)
        if op in _MOVES or _each(source) or (op == "concat" and len(set(map(id, source.reads))) == 1):
            scaled = scaled or (_each(source) and not rotary)
            source = source.reads[0]
        elif op in ("add", "concat", "multiply"):  # turned by places: parts of one projection
            parts = {id(found.item): found for part in source.reads if (found := _projection(part))}
            # a bias that is added on its own is no turning, and would be lost
            added = any(_learned(part) and _projection(part) is None for part in source.reads)
            if added or len(parts) != 1 or (op != "multiply" and len(source.reads) != 2):
                return None
            found = next(iter(parts.values()))
            return Found(found.item, True, found.scaled)
        else:
            return None
    return None


def _forward(mixed: Item, readers: dict[int, list[Item]]) -> Item | None:
    """The projection of the output."""
    item = mixed
    for _ in range(_FARTHEST):
        users = readers.get(id(item), [])
        if len(users) != 1:
            return None
        item = users[0]
        if item.layer.op == "linear":
            return item
        if item.layer.op not in ("reshape", "permute", "flatten", "dropout", "identity"):
            return None
    return None


def _inside(out: Item, ends: set[int], own: set[int]) -> list[Item] | None:
    """Every layer from the output's projection back to what the others read; masks are left out."""
    todo, found = [*out.reads], {}
    while todo:
        item = todo.pop()
        if isinstance(item, Input) or id(item) in ends or id(item) in found:
            continue
        if not (id(item) in own or _on_the_way(item, own)):
            continue
        found[id(item)] = item
        if len(found) > 400:
            return None
        if id(item) not in own:
            todo += item.reads
    return list(found.values())


def _on_the_way(item: Source, own: set[int], left: int = 60) -> bool:
    """Whether a layer comes after one of the projections."""
    todo, seen = [item], set()
    while todo and left:
        left -= 1
        one = todo.pop()
        if id(one) in own:
            return True
        if isinstance(one, Item) and id(one) not in seen:
            seen.add(id(one))
            todo += one.reads
    return False


def _closed(inside: list[Item], out: Item, readers: dict[int, list[Item]], draft: Draft) -> bool:
    """Whether nothing else reads what is inside."""
    own = {id(item) for item in inside} | {id(out)}
    ends = {id(item) for item in draft.outputs}
    return all(
        id(item) not in ends and all(id(reader) in own for reader in readers.get(id(item), []))
        for item in inside
    ) and not any(tied.item is out for reader in readers.get(id(out), []) for tied in reader.ties.values())


def _fields(
    scores: Item, query: Found, key: Found, value: Found, out: Item, *, scaled: bool
) -> dict[str, Any]:
    """The fields of an attention, as far as they are not what they would be anyway."""
    heads, size = scores.xs[0][0], scores.xs[0][2]
    features = query.item.xs[0][-1]
    fields: dict[str, Any] = {"num_heads": heads}
    if heads * size != features:
        fields["head_dim"] = size
    pairs = _width(key, value, query) // size if size else heads
    if pairs != heads and pairs:
        fields["num_kv_heads"] = pairs
    if out.y[-1] != features:
        fields["out_features"] = out.y[-1]
    inner, outer = query.item.layer.bias, out.layer.bias  # type: ignore[attr-defined]
    if inner == outer:
        if not inner:
            fields["bias"] = False
    else:
        fields["qkv_bias"], fields["out_bias"] = inner, outer
    if not scaled:
        fields["scale"] = False
    if query.rotary and key.rotary:
        fields["rotary"] = True
    return fields


def _width(key: Found, value: Found, query: Found) -> int:
    """Numbers of all heads' keys at one place."""
    if key.item is not value.item:
        return int(key.item.y[-1])
    if key.item is not query.item:
        return int(key.item.y[-1]) // 2
    return int(key.item.y[-1]) // 3


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The module that both are in."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return one[:count]


def _agrees(item: Item, linears: list[Item], products: list[Item], out: Item) -> bool:
    """Whether parameters, multiply-accumulates and the output are what they were."""
    layer, xs, y = item.layer, item.xs, item.y
    if any(rule.holds is False for rule in layer.requires(*xs)) or tuple(y) != tuple(out.y):
        return False
    params = total(one.layer.params(*one.xs) for one in linears)
    macs = total(one.layer.work(*one.xs, y=one.y).mac for one in [*linears, *products])
    return bool(layer.params(*xs) == params and layer.work(*xs, y=y).mac == macs)
