"""Embeddings, attention and recurrence in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import ConvertError, Problem
from archcalc.export.source.kinds.sequences import projections
from archcalc.export.source.parts import Arg, Make, Part, Verbatim
from archcalc.export.source.rules import applied, field, given, module, size
from archcalc.export.torch.framework import TORCH, writes

if TYPE_CHECKING:
    from archcalc.graph import Node


@writes("parameter")
def parameter(node: Node) -> Part:
    """nn.Parameter, with a batch of one."""
    shape = (1, *(int(cells) for cells in node.y))
    made = Make("nn.Parameter", (Arg(Verbatim(f"0.02 * torch.randn{shape}")),))
    return Part(made, lambda this, _inputs, _args: this, tensors={"weight": ""})


@writes("attention")
def attention(node: Node) -> Part:
    """Attention, and what it has to be told of other inputs."""
    query, key, value = (*node.xs, node.xs[-1], node.xs[-1])[:3]
    last = len(node.xs) - 1
    sizes = {}
    if key[1] != query[1]:
        sizes["key_features"] = size(node, of=min(1, last))
    if value[1] != key[1]:
        sizes["value_features"] = size(node, of=last)
    return projections(node, TORCH, "{word}.weight", sizes)


@writes("rnn", "gru", "lstm")
def recurrent(node: Node) -> Part:
    """nn.LSTM and its kin: all steps, or the state after the last."""
    layer: Any = node.layer
    named = given(node, num_layers=1, bidirectional=False)
    named["bias"] = Arg(bool(layer.bias), "bias", usual=True)
    if layer.op == "rnn":
        named["nonlinearity"] = Arg("relu" if layer.relu else "tanh", usual="tanh")
    if layer.op == "lstm":
        if layer.proj_size is not None and layer.proj_size >= layer.hidden_size:
            what = f"proj_size {layer.proj_size} is not below hidden_size {layer.hidden_size}"
            why = ("PyTorch's LSTM gives fewer numbers than it holds where it projects them",)
            raise ConvertError(Problem(what, why, layer=node.name))
        named["proj_size"] = Arg(layer.proj_size or 0, "proj_size", usual=0)
    named["batch_first"] = Arg(True)
    single = layer.bias == "single"
    found = module(
        f"nn.{layer.op.upper()}",
        size(node),
        field(node, "hidden_size"),
        tensors=" ".join(layer.weights(node.xs[0])),
        after=("single_bias({this})",) if single else (),
        **named,
    )
    return applied(found, _given(layer))


def _given(layer: Any) -> str:
    """All steps; or the state after the last, of both directions."""
    if not layer.last:
        return "{this}({0})[0]"
    state = "{this}({0})[1][0]" if layer.op == "lstm" else "{this}({0})[1]"
    return f"{state}[-2:].transpose(0, 1).flatten(1)" if layer.bidirectional else f"{state}[-1]"
