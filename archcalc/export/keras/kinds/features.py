"""Weighted sums, distances and norms in Keras."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.export.keras.framework import writes
from archcalc.export.source.kinds.features import distances, last, normed
from archcalc.export.source.parts import Arg, Part, Verbatim, whole
from archcalc.export.source.rules import applied, dim, does, field, module, turned

if TYPE_CHECKING:
    from archcalc.graph import Node

DENSE = f"weight={turned('kernel', 1, 0)}"


def _bias(bias: Any) -> dict[str, Any]:
    return {"use_bias": Arg(bool(bias), "bias", usual=True)}


@writes("linear")
def linear(node: Node) -> Part:
    """layers.Dense."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    tensors = DENSE + (" bias" if bias else "")
    return module("layers.Dense", field(node, "out_features"), tensors=tensors, **_bias(bias))


@writes("bilinear")
def bilinear(node: Node) -> Part:
    """x₁ᵀ·W·x₂ + b."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    tensors = "weight=kernel bias" if bias else "weight=kernel"
    return module("Bilinear", field(node, "out_features"), tensors=tensors, **_bias(bias))


@writes("rbf")
def rbf(node: Node) -> Part:
    """Squared distances to codes."""
    return distances(node, "2.0 * keras.random.randint({shape}, 0, 2) - 1.0")


# -- norms


def _eps(node: Node, usual: float = 0.001) -> dict[str, Any]:
    return {"epsilon": Arg(float(node.layer.eps), "eps", usual=usual)}  # type: ignore[attr-defined]


def _gains(layer: Any) -> tuple[str, dict[str, Any]]:
    """The tensors of a norm's gain and bias, and which of the two it lacks."""
    there = {"scale": layer.affine and layer.scale, "center": layer.affine and layer.bias}
    kept = " ".join(["weight=gamma"] * there["scale"] + ["bias=beta"] * there["center"])
    return kept, {word: Arg(bool(has), usual=True) for word, has in there.items()}


@writes("batch_norm", "instance_norm")
def per_channel(node: Node) -> Part:
    """layers.BatchNormalization, or the statistics of the example."""
    layer: Any = node.layer
    kept, named = _gains(layer)
    if not layer.track_running_stats:
        return module("InstanceNormalization", axis=dim(node), tensors=kept, **_eps(node), **named)
    rest = float(1 - Fraction(str(whole(layer.momentum))))
    named |= {"momentum": Arg(rest, usual=0.99), **_eps(node)}
    tensors = f"{kept} running_mean=moving_mean running_var=moving_variance"
    return module("layers.BatchNormalization", axis=Arg(dim(node), usual=-1), tensors=tensors, **named)


@writes("group_norm")
def group_norm(node: Node) -> Part:
    """layers.GroupNormalization."""
    kept, named = _gains(node.layer)
    named |= {"axis": Arg(dim(node), usual=-1), **_eps(node)}
    return module("layers.GroupNormalization", field(node, "num_groups"), tensors=kept, **named)


@writes("local_response_norm")
def response(node: Node) -> Part:
    """a / (k + α/n · Σ a²)^β."""
    layer: Any = node.layer
    words = ", ".join(f"{word}={whole(getattr(layer, word))}" for word in ("alpha", "beta", "k"))
    return does(f"local_response_norm({{0}}, {{size}}, {words}, axis={dim(node)})", size=field(node, "size"))


@writes("layer_norm", "rms_norm")
def over_axes(node: Node) -> Part:
    """layers.LayerNormalization, layers.RMSNormalization."""
    layer: Any = node.layer
    axes, gained = normed(node), layer.elementwise_affine
    if layer.op == "rms_norm":
        if not gained:
            eps = float(layer.eps)
            return does(f"{{0}} * ops.rsqrt(ops.mean(ops.square({{0}}), {axes}, keepdims=True) + {eps})")
        return _along(node, axes, "layers.RMSNormalization", tensors="weight=scale", **_eps(node, 1e-6))
    bias = gained and layer.bias
    named: dict[str, Any] = {
        "scale": Arg(bool(gained), usual=True),
        "center": Arg(bool(bias), usual=True),
        **_eps(node),
    }
    tensors = " ".join(["weight=gamma"] * bool(gained) + ["bias=beta"] * bool(bias))
    return _along(node, axes, "layers.LayerNormalization", tensors=tensors, **named)


def _along(node: Node, axes: tuple[int, ...], function: str, **named: Any) -> Part:
    """A norm of the last axis, or of axes that are put last and back: on PyTorch, Keras has no others."""
    if axes == (len(node.xs[0]),):
        return module(function, **named)
    here, there = last(axes)
    if len(axes) > 1:
        named["axis"] = Verbatim(str(list(there)))
    found = module(function, **named)
    return applied(found, f"ops.moveaxis({{this}}(ops.moveaxis({{0}}, {here}, {there})), {there}, {here})")


@writes("layer_scale")
def scale(node: Node) -> Part:
    """A gain for each channel."""
    return module("LayerScale", axis=Arg(dim(node) - len(node.xs[0]) - 1, usual=-1), tensors="weight=gamma")
