"""Weighted sums, distances and norms in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import ConvertError, Problem
from archcalc.export.parts import Arg, Part, Rows, Verbatim, whole
from archcalc.export.torch.rules import applied, dim, does, field, given, module, rank, rule, size

if TYPE_CHECKING:
    from archcalc.graph import Node


@rule("linear")
def linear(node: Node) -> Part:
    """nn.Linear."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    for word, tie in node.ties.items():
        if tie.transposed:
            what = f"{word} is tied to {tie.node}.{tie.tensor}, turned over"
            why = ("two modules of PyTorch share a tensor as it is",)
            raise ConvertError(Problem(what, why, layer=node.name))
    tensors = "weight bias" if bias else "weight"
    return module("nn.Linear", size(node), field(node, "out_features"), tensors=tensors, **_bias(bias))


def _bias(bias: Any) -> dict[str, Any]:
    return {"bias": Arg(bool(bias), "bias", usual=True)}


@rule("bilinear")
def bilinear(node: Node) -> Part:
    """nn.Bilinear."""
    bias = node.layer.bias  # type: ignore[attr-defined]
    sizes = (size(node), size(node, of=1), field(node, "out_features"))
    return module("nn.Bilinear", *sizes, tensors="weight bias" if bias else "weight", **_bias(bias))


@rule("rbf")
def rbf(node: Node) -> Part:
    """Squared distances to codes: pictures as they are drawn, or what chance gives."""
    layer: Any = node.layer
    trained: dict[str, Any] = {"trainable": Arg(node.trainable, usual=True)}
    shape = (layer.out_features, node.xs[0][0])
    codes = layer.codes
    if codes is None and shape == (10, 84):
        codes = "digits"
    if codes in (None, "seeded"):
        made = Arg(Verbatim(f"2.0 * torch.randint(0, 2, {shape}) - 1"))
        return module("Rbf", made, tensors="codes", **trained)
    if codes == "digits":
        from archcalc.layers.dense import digits

        rows = beside(digits(), 7)
    else:
        rows = beside(codes, len(codes[0]))
    return module("Rbf", Arg(Rows("pictures", rows)), tensors="codes", **trained)


def beside(codes: Any, width: int) -> list[str]:
    """Pictures of X and . that stand side by side."""
    marks = ["".join("X" if c > 0 else "." for c in code) for code in codes]
    height = -(-len(marks[0]) // width)
    return [" ".join(mark[i * width : (i + 1) * width] for mark in marks) for i in range(height)]


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


@rule("batch_norm", "instance_norm")
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
        before = "" if at == 1 else f".movedim({at}, 1)"
        behind = "" if at == 1 else f".movedim(1, {at})"
        shape = [1, *(i for i in range(1, len(node.xs[0]) + 1) if i != at)]
        plane = tuple(node.xs[0][i - 1] for i in shape[1:])
        found = module(f"{function}1d", size(node), tensors=tensors, after=after, **named)
        return applied(found, f"{{this}}({{0}}{before}.flatten(2)).unflatten(2, {plane}){behind}")
    function += f"{max(1, rank(node))}d"
    return module(function, size(node), tensors=tensors, after=after, channels=at, **named)


@rule("group_norm")
def group_norm(node: Node) -> Part:
    """nn.GroupNorm."""
    layer: Any = node.layer
    kept, gone = _gains(layer)
    named = _eps(node, 1e-5)
    named["affine"] = Arg(layer.affine, "affine", usual=True)
    made = (field(node, "num_groups"), size(node))
    return module("nn.GroupNorm", *made, tensors=kept, after=tuple(gone), channels=dim(node), **named)


@rule("local_response_norm")
def response(node: Node) -> Part:
    """nn.LocalResponseNorm."""
    named = given(node, alpha=1e-4, beta=0.75, k=1)
    found = module("nn.LocalResponseNorm", field(node, "size"), channels=dim(node), **named)
    return applied(found, "{this}({0}.unsqueeze(-1)).squeeze(-1)") if rank(node) == 0 else found


@rule("layer_norm", "rms_norm")
def over_axes(node: Node) -> Part:
    """nn.LayerNorm, nn.RMSNorm: over the last axes, so that others are moved there."""
    layer, x = node.layer, node.xs[0]
    fields: Any = layer
    axes = x.axes if fields.over == "all" else tuple(name for name in x.axes if name in fields.over)
    shape: Any = size(node, axes[0]) if len(axes) == 1 else tuple(x[x.axes.index(name)] for name in axes)
    norm = layer.op == "layer_norm"
    named = _eps(node, 1e-5) if norm else {"eps": Arg(float(fields.eps), "eps")}
    bias = norm and fields.bias and fields.elementwise_affine
    named["elementwise_affine"] = Arg(fields.elementwise_affine, "elementwise_affine", usual=True)
    if norm:
        named["bias"] = Arg(fields.bias, "bias", usual=True)
    tensors = " ".join(["weight"] * fields.elementwise_affine + ["bias"] * bias)
    found = module("nn.LayerNorm" if norm else "nn.RMSNorm", shape, tensors=tensors, **named)
    if axes == x.axes[len(x) - len(axes) :]:
        return found
    here = tuple(x.axes.index(name) + 1 for name in axes)
    there = tuple(range(-len(here), 0))
    source, target = (one[0] if len(one) == 1 else one for one in (here, there))
    return applied(found, f"{{this}}({{0}}.movedim({source}, {target})).movedim({target}, {source})")


@rule("layer_scale")
def scale(node: Node) -> Part:
    """A gain for each channel."""
    behind = len(node.xs[0]) - dim(node)
    made = (size(node), behind) if behind else (size(node),)
    return module("LayerScale", *made, tensors="weight")


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
    values = {"scale": factor, "offset": offset}
    args: dict[str, Any] = {name: Arg(v, name) for name, v in values.items() if f"{{{name}}}" in text}
    return does(text, **args)
