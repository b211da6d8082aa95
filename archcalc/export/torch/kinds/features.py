"""Weighted sums, distances and norms in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.export.source.kinds.features import distances, last, normed
from archcalc.export.source.parts import Arg, Part
from archcalc.export.source.rules import applied, dim, field, given, module, rank, size, turned
from archcalc.export.torch.framework import behind, writes

if TYPE_CHECKING:
    from archcalc.graph import Node


@writes("linear")
def linear(node: Node) -> Part:
    """nn.Linear."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    tensors = "weight bias" if bias else "weight"
    return module("nn.Linear", size(node), field(node, "out_features"), tensors=tensors, **_bias(bias))


def transposed(found: Part) -> Part:
    """The same with weights that lie turned over, as another layer has them."""
    make = found.make
    assert make is not None
    tensors = {**found.tensors, "weight": turned("weight", 1, 0)}
    return found._replace(make=make._replace(function="TransposedLinear"), tensors=tensors)


def _bias(bias: Any) -> dict[str, Any]:
    return {"bias": Arg(bool(bias), "bias", usual=True)}


@writes("bilinear")
def bilinear(node: Node) -> Part:
    """nn.Bilinear."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    sizes = (size(node), size(node, of=1), field(node, "out_features"))
    return module("nn.Bilinear", *sizes, tensors="weight bias" if bias else "weight", **_bias(bias))


@writes("rbf")
def rbf(node: Node) -> Part:
    """Squared distances to codes."""
    return distances(node, "2.0 * torch.randint(0, 2, {shape}) - 1")


# -- norms


def _eps(node: Node, usual: float) -> dict[str, Any]:
    return {"eps": Arg(float(node.layer.eps), "eps", usual=usual)}  # type: ignore[attr-defined]


def _gains(layer: Any) -> tuple[str, list[str]]:
    """The tensors of a norm's gains, and statements that take away those that it does not have."""
    if not layer.affine:
        return "", []
    gone = [word for word, there in (("weight", layer.scale), ("bias", layer.bias)) if not there]
    kept = " ".join(word for word in ("weight", "bias") if word not in gone)
    return kept, [f"{{this}}.{word} = None" for word in gone]


@writes("batch_norm", "instance_norm")
def per_channel(node: Node) -> Part:
    """nn.BatchNorm2d, nn.InstanceNorm2d."""
    layer: Any = node.layer
    instance = layer.op == "instance_norm"
    kept, gone = _gains(layer)
    named = _eps(node, 1e-5)
    named["momentum"] = Arg(float(layer.momentum), "momentum", usual=0.1)
    for word in ("affine", "track_running_stats"):
        named[word] = Arg(getattr(layer, word), word, usual=not instance)
    tensors = kept + (" running_mean running_var" if layer.track_running_stats else "")
    function = f"nn.{'Instance' if instance else 'Batch'}Norm"
    after, at = tuple(gone), dim(node)
    if rank(node) > 3:
        there, back = (f".movedim({at}, 1)", f".movedim(1, {at})") if at != 1 else ("", "")
        shape = [1, *(i for i in range(1, len(node.xs[0]) + 1) if i != at)]
        plane = tuple(node.xs[0][i - 1] for i in shape[1:])
        found = module(f"{function}1d", size(node), tensors=tensors, after=after, **named)
        return applied(found, f"{{this}}({{0}}{there}.flatten(2)).unflatten(2, {plane}){back}")
    found = module(f"{function}{max(1, rank(node))}d", size(node), tensors=tensors, after=after, **named)
    if instance and rank(node) == 0:  # of two axes PyTorch takes the first for the channels
        return applied(found, "{this}({0}.unsqueeze(-1)).squeeze(-1)")
    return behind(found, at)


@writes("group_norm")
def group_norm(node: Node) -> Part:
    """nn.GroupNorm."""
    layer: Any = node.layer
    kept, gone = _gains(layer)
    named = _eps(node, 1e-5)
    named["affine"] = Arg(layer.affine, "affine", usual=True)
    made = (field(node, "num_groups"), size(node))
    return behind(module("nn.GroupNorm", *made, tensors=kept, after=tuple(gone), **named), dim(node))


@writes("local_response_norm")
def response(node: Node) -> Part:
    """nn.LocalResponseNorm."""
    named = given(node, alpha=1e-4, beta=0.75, k=1)
    found = module("nn.LocalResponseNorm", field(node, "size"), **named)
    if rank(node) == 0:
        return applied(found, "{this}({0}.unsqueeze(-1)).squeeze(-1)")
    return behind(found, dim(node))


@writes("layer_norm", "rms_norm")
def over_axes(node: Node) -> Part:
    """nn.LayerNorm, nn.RMSNorm: over the last axes, so that others are moved there."""
    layer: Any = node.layer
    x, places = node.xs[0], normed(node)
    shape: Any = tuple(x[i - 1] for i in places)
    if len(places) == 1:
        shape = size(node, x.axes[places[0] - 1])
    norm = layer.op == "layer_norm"
    named = _eps(node, 1e-5) if norm else {"eps": Arg(float(layer.eps), "eps")}
    bias = norm and layer.bias and layer.elementwise_affine
    named["elementwise_affine"] = Arg(layer.elementwise_affine, "elementwise_affine", usual=True)
    if norm:
        named["bias"] = Arg(layer.bias, "bias", usual=True)
    tensors = " ".join(["weight"] * layer.elementwise_affine + ["bias"] * bias)
    found = module("nn.LayerNorm" if norm else "nn.RMSNorm", shape, tensors=tensors, **named)
    if places[0] == len(x) + 1 - len(places):  # they are the last
        return found
    here, there = last(places)
    return applied(found, f"{{this}}({{0}}.movedim({here}, {there})).movedim({there}, {here})")


@writes("layer_scale")
def scale(node: Node) -> Part:
    """A gain for each channel."""
    places = len(node.xs[0]) - dim(node)
    made = (size(node), places) if places else (size(node),)
    return module("LayerScale", *made, tensors="weight")
