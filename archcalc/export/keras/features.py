"""Weighted sums, distances and norms in Keras."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.export.keras.rules import rule, turned
from archcalc.export.parts import Arg, Part, Rows, Verbatim, whole
from archcalc.export.torch.features import beside
from archcalc.export.torch.rules import applied, dim, does, field, module

if TYPE_CHECKING:
    from archcalc.graph import Node

DENSE = f"weight={turned('kernel', 1, 0)}"


def _bias(bias: Any) -> dict[str, Any]:
    return {"use_bias": Arg(bool(bias), "bias", usual=True)}


@rule("linear")
def linear(node: Node) -> Part:
    """layers.Dense; a class of its own where its weights are another layer's table."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    if "weight" in node.ties and not node.owner:
        return module("TiedDense", field(node, "out_features"), tensors="bias" if bias else "", **_bias(bias))
    tensors = DENSE + (" bias" if bias else "")
    return module("layers.Dense", field(node, "out_features"), tensors=tensors, **_bias(bias))


@rule("bilinear")
def bilinear(node: Node) -> Part:
    """x₁ᵀ·W·x₂ + b."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    tensors = "weight=kernel bias" if bias else "weight=kernel"
    return module("Bilinear", field(node, "out_features"), tensors=tensors, **_bias(bias))


@rule("rbf")
def rbf(node: Node) -> Part:
    """Squared distances to codes: pictures as they are drawn, or what chance gives."""
    layer: Any = node.layer
    trained: dict[str, Any] = {"trainable": Arg(node.trainable, usual=True)}
    shape = (int(layer.out_features), int(node.xs[0][0]))
    codes = layer.codes
    if codes is None and shape == (10, 84):
        codes = "digits"
    if codes in (None, "seeded"):
        made = Arg(Verbatim(f"2.0 * keras.random.randint({shape}, 0, 2) - 1.0"))
        return module("Rbf", made, tensors="codes", **trained)
    if codes == "digits":
        from archcalc.layers.dense import digits

        rows = beside(digits(), 7)
    else:
        rows = beside(codes, len(codes[0]))
    return module("Rbf", Arg(Rows("pictures", rows)), tensors="codes", **trained)


# -- norms


def _eps(node: Node, usual: float = 0.001) -> dict[str, Any]:
    return {"epsilon": Arg(float(node.layer.eps), "eps", usual=usual)}  # type: ignore[attr-defined]


def _gains(layer: Any) -> tuple[str, dict[str, Any]]:
    """The tensors of a norm's gain and bias, and which of the two it lacks."""
    there = {"scale": layer.affine and layer.scale, "center": layer.affine and layer.bias}
    kept = " ".join(["weight=gamma"] * there["scale"] + ["bias=beta"] * there["center"])
    return kept, {word: Arg(bool(has), usual=True) for word, has in there.items()}


@rule("batch_norm", "instance_norm")
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


@rule("group_norm")
def group_norm(node: Node) -> Part:
    """layers.GroupNormalization."""
    kept, named = _gains(node.layer)
    named |= {"axis": Arg(dim(node), usual=-1), **_eps(node)}
    return module("layers.GroupNormalization", field(node, "num_groups"), tensors=kept, **named)


@rule("local_response_norm")
def response(node: Node) -> Part:
    """a / (k + α/n · Σ a²)^β."""
    layer: Any = node.layer
    words = ", ".join(f"{word}={whole(getattr(layer, word))}" for word in ("alpha", "beta", "k"))
    return does(f"local_response_norm({{0}}, {{size}}, {words}, axis={dim(node)})", size=field(node, "size"))


@rule("layer_norm", "rms_norm")
def over_axes(node: Node) -> Part:
    """layers.LayerNormalization, layers.RMSNormalization."""
    layer: Any = node.layer
    x = node.xs[0]
    places = [x.axes.index(name) + 1 for name in (x.axes if layer.over == "all" else layer.over)]
    axes: Any = tuple(sorted(places))
    axis = Arg(
        -1 if axes == (len(x),) else axes[0] if len(axes) == 1 else Verbatim(str(list(axes))), usual=-1
    )
    gained = layer.elementwise_affine
    if layer.op == "rms_norm":
        if not gained:
            eps = float(layer.eps)
            return does(f"{{0}} * ops.rsqrt(ops.mean(ops.square({{0}}), {axes}, keepdims=True) + {eps})")
        found = module("layers.RMSNormalization", axis=axis, tensors="weight=scale", **_eps(node, 1e-6))
        return found if axis.value == -1 else _moved(found, axes)
    bias = gained and layer.bias
    named: dict[str, Any] = {
        "scale": Arg(bool(gained), usual=True),
        "center": Arg(bool(bias), usual=True),
        **_eps(node),
    }
    tensors = " ".join(["weight=gamma"] * bool(gained) + ["bias=beta"] * bool(bias))
    found = module("layers.LayerNormalization", axis=axis, tensors=tensors, **named)
    return found if axis.value == -1 else _moved(found, axes)


def _moved(found: Part, axes: tuple[int, ...]) -> Part:
    """A norm whose axes are put last and back: on PyTorch, Keras's own norms over no others."""
    make = found.make
    assert make is not None
    last = tuple(range(-len(axes), 0))
    ends = [one[0] if len(one) == 1 else one for one in (axes, last)]
    named: dict[str, Any] = {name: arg for name, arg in make.named.items() if name != "axis"}
    if len(axes) > 1:
        named["axis"] = Arg(Verbatim(str(list(last))))
    there, back = f"{ends[0]}, {ends[1]}", f"{ends[1]}, {ends[0]}"
    return applied(
        found._replace(make=make._replace(named=named)),
        f"ops.moveaxis({{this}}(ops.moveaxis({{0}}, {there})), {back})",
    )


@rule("layer_scale")
def scale(node: Node) -> Part:
    """A gain for each channel."""
    return module("LayerScale", axis=Arg(dim(node) - len(node.xs[0]) - 1, usual=-1), tensors="weight=gamma")


@rule("rescale")
def rescale(node: Node) -> Part:
    """scale · a + offset."""
    layer: Any = node.layer
    factor, offset = whole(layer.scale), whole(layer.offset)
    text = {1: "{0}", -1: "-{0}"}.get(factor, "{scale} * {0}")
    if offset:
        text += " + {offset}"
    elif factor == 1:
        text = "{0} * 1"
    every = {"scale": factor, "offset": offset}
    args: dict[str, Any] = {name: Arg(every[name], name) for name in every if f"{{{name}}}" in text}
    return does(text, **args)
