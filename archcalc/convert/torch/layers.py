"""Operations that are layers: norms, tables, recurrences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call, Indices, Tensor, Unknown, own, rule
from archcalc.convert.torch.exporting import BATCH
from archcalc.convert.torch.sketch import Axis, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.fx import Node

    from archcalc.convert.torch.reader import Reader


def unlike(default: Any, **fields: Any) -> dict[str, Any]:
    """The fields that are not at their default."""
    return {name: value for name, value in fields.items() if value != default}


def weight_of(c: Call, name: str = "weight") -> Tensor:
    """A weight that is a parameter as it is stored."""
    weight = c[name]
    if not isinstance(weight, Tensor) or weight.part is not None or weight.turned:
        raise Unknown
    return weight


def given_tensors(c: Call, *names: str) -> dict[str, Tensor]:
    """The parameters among a call's arguments."""
    return {name: c[name] for name in names if isinstance(c.get(name), Tensor)}


@rule("batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm")
def batch_norm(r: Reader, c: Call) -> Value:
    """A batch norm by its running statistics."""
    x = channels_first(r, c)
    fields: dict[str, Any] = gains(c, c["eps"], 1e-5)
    kept = {key: c[name] for key, name in (("running_mean", "running_mean"), ("running_var", "running_var"))}
    tensors = given_tensors(c, "weight", "bias")
    if kept["running_mean"] is None:
        fields["track_running_stats"] = False
    elif c["running_mean"].trained:
        raise Unknown
    return r.emit(c, "batch_norm", fields, [x], tensors=tensors)


def channels_first(r: Reader, c: Call, given: Any = None) -> Value:
    """What is normed channel by channel: PyTorch's second axis is called C."""
    x = r.value(c["input"] if given is None else given, c)
    place = 1 if len(x.shape) > 1 else 0
    at = sum(size != BATCH for size in x.shape[:place])
    if at >= len(x.axes) or not x.axes[at].call("C"):
        axes = tuple(Axis("C" if i == at else "") for i in range(len(x.axes)))
        x = r.sketch.renamed(x, axes, c.scope)
    return x


def gains(c: Call, eps: float, usual: float) -> dict[str, Any]:
    """Which of gain and bias there are, and what is added to the variance."""
    fields: dict[str, Any] = unlike(usual, eps=eps)
    if c["weight"] is None and c["bias"] is None:
        fields["affine"] = False
    elif c["weight"] is None:
        fields["scale"] = False
    elif c["bias"] is None:
        fields["bias"] = False
    return fields


@rule("group_norm")
def group_norm(r: Reader, c: Call) -> Value:
    """A group norm."""
    x = channels_first(r, c)
    fields = {"num_groups": c["num_groups"], **gains(c, c["eps"], 1e-5)}
    return r.emit(c, "group_norm", fields, [x], tensors=given_tensors(c, "weight", "bias"))


@rule("instance_norm")
def instance_norm(r: Reader, c: Call) -> Value:
    """An instance norm; by running statistics, where it has them."""
    x = channels_first(r, c)
    fields = gains(c, c["eps"], 1e-5)
    if fields.pop("affine", True):
        fields["affine"] = True
    if not c["use_input_stats"]:
        fields["track_running_stats"] = True
    return r.emit(c, "instance_norm", fields, [x], tensors=given_tensors(c, "weight", "bias"))


@rule("layer_norm")
def layer_norm(r: Reader, c: Call) -> Value:
    """A norm over the last axes."""
    return over_last(r, c, "layer_norm", unlike(1e-5, eps=c["eps"]))


@rule("rms_norm")
def rms_norm(r: Reader, c: Call) -> Value:
    """A norm by the mean square over the last axes."""
    return over_last(r, c, "rms_norm", unlike(1e-6, eps=c["eps"] or 1.1920929e-07))


def over_last(r: Reader, c: Call, op: str, fields: dict[str, Any]) -> Value:
    """A norm over as many of the last axes as `normalized_shape` has."""
    x = r.value(c["input"], c)
    count = len(c["normalized_shape"])
    if count == 1:
        x = r.sketch.called(x, ("C",), c.scope)
    elif count == len(x.axes):
        fields = {"over": "all", **fields}
    else:
        fields = {"over": list(x.axes[-count:]), **fields}
    if c["weight"] is None:
        fields["elementwise_affine"] = False
    elif op == "layer_norm" and c["bias"] is None:
        fields["bias"] = False
    return r.emit(c, op, fields, [x], tensors=given_tensors(c, "weight", "bias"))


@rule("embedding")
def embedding(r: Reader, c: Call) -> Value:
    """Rows of a table: by indices that are read, by place, or always the same ones."""
    weight, indices = weight_of(c), c["indices"]
    rows, width = weight.shape
    x = indices.base if isinstance(indices, Indices) else indices
    by_place = isinstance(indices, Indices) and indices.counted
    if isinstance(indices, Tensor) and not isinstance(indices, Indices):
        sizes = own(indices.shape)
        x = next((x for x in r.sketch.inputs if x.source.indices and x.sizes == sizes[-1:]), None)  # type: ignore[union-attr]
        by_place = len_of(sizes) <= rows
        if x is None or not by_place or len_of(sizes) != sizes[-1]:
            return known_rows(r, c, weight, sizes)
    if not isinstance(x, Value):
        raise Unknown
    if len(x.sizes) > 1:
        x = r.sketch.step(c.scope, "flatten", {}, [x], Value((BATCH, 1), (len_of(x.sizes),), (Axis(),)))
    x = r.sketch.called(x, ("T",), c.scope)
    y = Value((BATCH, *x.sizes, width), (*x.sizes, width), (x.axes[0], Axis("C")))
    op = "position_embedding" if by_place and x.sizes[0] <= rows else "embedding"
    r.sketch.step(c.scope, op, {"num_embeddings": rows, "embedding_dim": width}, [x], y, op)
    r.owned(y.source, {"weight": weight})  # type: ignore[arg-type]
    if own(c.shape) == (1, *y.sizes):  # the same for every example: as good as one of its own
        return r.aliased(y, (BATCH, *c.shape[1:]))
    return r.shaped(y, own(c.shape), c.shape, c.scope)


def len_of(sizes: Sequence[int]) -> int:
    """How many numbers there are."""
    from math import prod

    return prod(sizes)


def known_rows(r: Reader, c: Call, weight: Tensor, sizes: tuple[int, ...]) -> Value:
    """Rows of a table that are known beforehand, as those of all places are."""
    rows, width = weight.shape
    sizes = tuple(size for size in sizes if size != 1) or (1,)
    table = r.place(weight, (rows, width), weight.shape, c)
    table = r.sketch.called(table, ("C",), c.scope)
    count = len_of(sizes)
    axis = table.axes[0]
    if count == rows:
        y = table
    elif count < rows and c.op == "embedding":
        y = Value((), (count, width), table.axes)
        r.sketch.step(c.scope, "slice", {"axis": axis, "stop": count}, [table], y)
    else:
        y = Value((), (count, width), table.axes)
        r.sketch.step(c.scope, "gather", {"axis": axis, "count": count}, [table], y)
    return r.shaped(y, own(c.shape), c.shape, c.scope)


@rule("lstm", "gru", "rnn_tanh", "rnn_relu")
def recurrent(r: Reader, c: Call) -> Any:
    """A recurrence over a sequence; of its last states often no more than the shape is known."""
    x = r.value(c["input"], c)
    if len(x.sizes) != 2 or c["train"]:
        raise Unknown
    op = c.op.partition("_")[0]
    weights = [tensor for tensor in c["params"] if isinstance(tensor, Tensor)]
    x = r.sketch.called(x, ("T", "C"), c.scope)
    passes = c["num_layers"] * (2 if c["bidirectional"] else 1)
    names = ["weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if c["has_biases"] else ())]
    projected = len(weights) == passes * (len(names) + 1)
    if projected:
        names.append("weight_hr")
    fields: dict[str, Any] = {
        "hidden_size": weights[0].shape[0] // {"lstm": 4, "gru": 3, "rnn": 1}[op],
        **unlike(1, num_layers=c["num_layers"]),
        **unlike(False, bidirectional=c["bidirectional"]),
        **({"relu": True} if c.op == "rnn_relu" else {}),
    }
    if projected:
        fields["proj_size"] = weights[1].shape[1]
    if not c["has_biases"]:
        fields["bias"] = False
    elif not any(weight.name for weight in weights[3 :: len(names)]):  # held at zero, and no parameter
        fields["bias"] = "single"
    tensors = {}
    for i, weight in enumerate(weights):
        layer, way = divmod(i // len(names), 2 if c["bidirectional"] else 1)
        tensors[f"{names[i % len(names)]}_l{layer}{'_reverse' if way else ''}"] = weight
    shapes = [tuple(int(size) for size in part.shape) for part in c.node.meta["val"]]
    last = _last_states(c)
    if last and not c["bidirectional"]:
        y = Value(last[0].meta["val"].shape, own(shapes[1])[1:], x.axes[1:])
        r.sketch.step(c.scope, op, {**fields, "last": True}, [x], y)
        r.owned(y.source, tensors)  # type: ignore[arg-type]  # it is that step
        r.made.update(dict.fromkeys(last, y))
        return [y] * len(shapes)
    y = r.emit(c, op, fields, [x], tensors=tensors, shape=shapes[0])
    return [y, *(state(r, c, y, shape) for shape in shapes[1:])]


def _last_states(c: Call) -> list[Node]:
    """What takes the state of the last layer, where nothing but that is read of a recurrence."""
    results = list(c.node.users)
    states = [node for result in results for node in result.users if result.args[1] == 1]
    alone = all(result.args[1] == 1 or not result.users for result in results)
    ends = (-1, c["num_layers"] - 1)
    takes = [node for node in states if "select.int" in str(node.target) and node.args[1] == 0]
    return states if alone and len(takes) == len(states) and all(n.args[2] in ends for n in takes) else []


def state(r: Reader, c: Call, y: Value, shape: tuple[int, ...]) -> Value:
    """The last state: of one layer and one direction the last step, else one of a size that is known."""
    sizes = own(shape)
    if sizes == (1, y.sizes[-1]) and not c["bidirectional"] and c["num_layers"] == 1:
        step: dict[str, Any] = {"axis": y.axes[0], "start": -1}
        return r.sketch.step(c.scope, "slice", step, [y], Value(shape, sizes, y.axes), "last")
    axes = tuple(Axis() for _ in sizes)
    fields = {"num_params": 0, "num_macs": 0, "output_shape": dict(zip(axes, sizes, strict=True))}
    made = r.sketch.step(c.scope, "opaque", fields, [y], Value(shape, sizes, axes), "state")
    r.sketch.opaque[id(made.source)] = f"state of {c.op}"
    return made
