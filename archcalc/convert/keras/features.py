"""Layers of Keras that weigh or look up features: dense, einsum, embeddings."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken, Fields
from archcalc.convert.keras.rules import rule
from archcalc.convert.keras.values import Flow, renamed

if TYPE_CHECKING:
    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader


def features(reader: Reader, flow: Flow) -> Flow:
    """A tensor whose last axis is the features, and that stands so."""
    if flow.axes[-1] != "C":
        flow = reader.named(flow, renamed(flow.axes, flow.axes[-1], "C"))
    return Flow(reader.turned(flow, flow.axes), flow.axes)


@rule("Dense")
def dense(reader: Reader, call: Call) -> Flow:
    """A weighted sum of the last axis."""
    flow, fields = features(reader, reader.one(call)), call.entry.fields
    own: dict[str, Any] = {"out_features": fields.whole("units")}
    if not fields.flag("use_bias", otherwise=True):
        own["bias"] = False
    made = flow._replace(source=reader.put("linear", own, flow))
    return reader.bent(made, fields.given.get("activation"))


@rule("EinsumDense")
def einsum_dense(reader: Reader, call: Call) -> Flow:
    """A weighted sum of the last axes, to one or more; declared where the equation says something else."""
    flow, fields = reader.one(call), call.entry.fields
    read, kernel, made = _equation(fields.text("equation"), len(flow.axes))
    sizes = dict(zip(read, flow.dims, strict=True))
    out = fields.given.get("output_shape")
    out = out if isinstance(out, list) else [out]
    out = [None] * (len(made) - len(out)) + out
    for letter, size in zip(made, out, strict=True):
        if letter not in sizes and size is not None:
            sizes[letter] = Fields({"output_shape": size}).whole("output_shape")
        if letter not in sizes:
            raise Broken(f"its equation makes an axis {letter} of which nothing says how large it is")
    gone = [letter for letter in read if letter not in made]
    new = [letter for letter in made if letter not in read]
    kept = [letter for letter in read if letter in made]
    bias = fields.text("bias_axes")
    plain = read == kept + gone and made == kept + new and sorted(kernel) == sorted(gone + new)
    if not plain or not gone or not new or (bias and sorted(bias) != sorted(new)):
        params = prod(sizes[letter] for letter in kernel) + (
            prod(sizes[letter] for letter in bias) if bias else 0
        )
        macs = prod(sizes[letter] for letter in dict.fromkeys([*read, *kernel]))
        axes = _made_axes(flow, read, made)
        return reader.bent(
            reader.declared(
                [flow],
                dict(zip(axes, (sizes[letter] for letter in made), strict=True)),
                axes,
                params=params,
                num_macs=macs,
            ),
            fields.given.get("activation"),
        )
    lead = flow.axes[: len(kept)]
    if len(gone) > 1 or flow.axes[-1] != "C":
        lead = tuple(f"A{i}" if axis == "C" else axis for i, axis in enumerate(lead))
        joined = {**dict(zip(lead, flow.dims, strict=False)), "C": prod(sizes[letter] for letter in gone)}
        flow = reader.shaped(flow, joined)
    flow = Flow(reader.turned(flow, flow.axes), flow.axes)
    own: dict[str, Any] = {"out_features": prod(sizes[letter] for letter in new)}
    if not bias:
        own["bias"] = False
    flow = flow._replace(source=reader.put("linear", own, flow))
    if len(new) > 1:
        names = (*lead, *(f"G{i}" for i in range(1, len(new))), "C")
        flow = reader.shaped(flow, dict(zip(names, (sizes[letter] for letter in made), strict=True)))
    return reader.bent(flow, fields.given.get("activation"))


def _made_axes(flow: Flow, read: list[str], made: list[str]) -> tuple[str, ...]:
    """Names for what an equation makes: letters that stay keep theirs."""
    named = dict(zip(read, flow.axes, strict=True))
    found = []
    for i, letter in enumerate(made):
        name = named.get(letter, "C" if i == len(made) - 1 else f"A{i}")
        found.append(name if name not in found else f"B{i}")
    return tuple(found)


def _equation(text: str, rank: int) -> tuple[list[str], list[str], list[str]]:
    """The letters of what is read, of the kernel, and of what is made, the batch left out."""
    sides = text.replace(" ", "").split("->")
    inputs = sides[0].split(",")
    if len(sides) != 2 or len(inputs) != 2:
        raise Broken(f"its equation {text[:60]!r} is none of an input and a kernel")
    read, kernel, made = inputs[0], inputs[1], sides[1]
    spare = iter("ZYXWVUTSRQPONM")
    if read.startswith("...") and made.startswith("..."):
        own = "".join(next(spare) for _ in range(rank + 1 - len(read) + 3))
        read, made = own + read[3:], own + made[3:]
    if len(read) != rank + 1 or len(set(read)) < len(read) or read[:1] != made[:1]:
        raise Broken(f"its equation {text[:60]!r} does not fit {rank} axes and the batch")
    if not set(made) <= set(read) | set(kernel) or not (read + kernel + made).isalpha():
        raise Broken(f"its equation {text[:60]!r} makes letters that it does not read")
    if len(set(made)) < len(made) or not made[1:]:
        raise Broken(f"its equation {text[:60]!r} makes nothing, or a letter twice")
    return list(read[1:]), list(kernel), list(made[1:])


@rule("Embedding", "ReversibleEmbedding")
def embedding(reader: Reader, call: Call) -> Flow:
    """A row of a table for each index."""
    flow, fields = reader.one(call), call.entry.fields
    own = {"num_embeddings": fields.whole("input_dim"), "embedding_dim": fields.whole("output_dim")}
    if len(flow.axes) == 1:
        flow = reader.named(flow, ("T",))
        return Flow(reader.put("embedding", own, flow), ("T", "C"))
    before = flow.sizes
    line = reader.shaped(flow, {"T": prod(before.values())})
    found = Flow(reader.put("embedding", own, line), ("T", "C"))
    names = tuple(f"A{i}" if axis == "C" else axis for i, axis in enumerate(before))
    return reader.shaped(found, {**dict(zip(names, before.values(), strict=True)), "C": own["embedding_dim"]})
