"""Recurrence in Keras, and the layers that wrap another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.activations import activation_of
from archcalc.convert.keras.fields import Broken
from archcalc.convert.keras.maps import sliding
from archcalc.convert.keras.model import Call, Entry, flattened
from archcalc.convert.keras.rules import RULES, Unsaid, rule
from archcalc.convert.keras.values import Flow, windowed
from archcalc.dims import Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.keras.reader import Reader
    from archcalc.network import Net

_OPS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn", "CuDNNLSTM": "lstm", "CuDNNGRU": "gru"}
_CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
CELLS = frozenset({*_CELLS, "StackedRNNCells"})
"""What a recurrence may be made of."""
_SIDES = ("concat", "sum", "mul", "ave")
_ALONG = frozenset(
    "Dense Activation ReLU LeakyReLU ELU Softmax Dropout BatchNormalization LayerNormalization Identity"
    " RMSNormalization GaussianNoise Rescaling AlphaDropout".split()
)
"""Layers to which one more axis in front is all the same."""


@rule(*_OPS)
def recurrent(reader: Reader, call: Call) -> list[Flow]:
    """A recurrence in one direction."""
    return _states(reader, call, call.entry, _read(reader, call))


def _read(reader: Reader, call: Call) -> tuple[Flow, list[Flow]]:
    """The sequence that is read, and states to begin with."""
    found = reader.reads(call)
    given = [tensor for name, tensor in call.kwargs.items() if name != "mask"]
    first = [reader.needed(tensor) for tensor in flattened(call.args)]
    more = [reader.needed(tensor) for tensor in flattened(given)] if first else []
    first = first or found[:1]
    return reader.named(first[0], ("T", "C")), [*first[1:], *(flow for flow in more if flow is not first[0])]


def fields_of(reader: Reader, entry: Entry) -> dict[str, Any]:
    """The fields of a recurrence; what the language has no word for is told."""
    fields, op = entry.fields, _OPS[entry.kind]
    own: dict[str, Any] = {"hidden_size": fields.whole("units")}
    after = fields.flag("reset_after", otherwise=reader.is_newer) or entry.kind == "CuDNNGRU"
    if entry.kind == "CuDNNLSTM" or not fields.flag("use_bias", otherwise=True):
        own["bias"] = entry.kind == "CuDNNLSTM"
    elif not (op == "gru" and after):
        own["bias"] = "single"
    if op == "gru" and not after:
        reader.fact(
            f"{entry.name} resets its state before the product and not after it; the work is the same."
        )
    _say_bends(reader, entry, op, own)
    if fields.flag("go_backwards", otherwise=False):
        reader.fact(f"{entry.name} reads its sequence from the end; the work is the same.")
    return own


def _say_bends(reader: Reader, entry: Entry, op: str, own: dict[str, Any]) -> None:
    """Activations other than the usual ones."""
    name, _ = activation_of(entry.fields.given.get("activation", "tanh"))
    if op == "rnn" and name == "relu":
        own["relu"] = True
    elif name != "tanh":
        reader.fact(f"{entry.name} bends its state by {name[:40]}; it is counted as tanh.")
    gate, _ = activation_of(entry.fields.given.get("recurrent_activation", "sigmoid"))
    if op != "rnn" and gate != "sigmoid":
        reader.fact(f"The gates of {entry.name} bend by {gate[:40]}; they are counted as sigmoid.")


def _states(reader: Reader, call: Call, entry: Entry, read: tuple[Flow, list[Flow]]) -> list[Flow]:
    """What a recurrence gives: all steps, or the last, and, where asked for, its states."""
    flow, before = read
    own, fields = fields_of(reader, entry), entry.fields
    whole = fields.flag("return_sequences", otherwise=False)
    asked = fields.flag("return_state", otherwise=False) and any(j for j in call.outputs)
    if not whole and not asked:
        own["last"] = True
    source = _standing(reader, flow)
    if before:
        item: Any = _begun(reader, entry, own, source, before)
    else:
        item = reader.put(_OPS[entry.kind], own, source)
    made = Flow(item, ("C",) if own.get("last") else ("T", "C"))
    if not asked:
        return [made]
    last = Flow(reader.put("select", {"axis": "T", "index": -1}, item, part="state", alone=True), ("C",))
    found = [made if whole else last, last]
    if _OPS[entry.kind] == "lstm" and 2 in call.outputs:
        cell = {"num_params": 0, "num_macs": 0, "output_shape": {"C": last.dims[0]}}
        found.append(Flow(reader.put("opaque", cell, item, part="cell", alone=True), ("C",)))
    return found


def _standing(reader: Reader, flow: Flow) -> Flow:
    return Flow(reader.turned(flow, ("T", "C")), ("T", "C"))


def _begun(reader: Reader, entry: Entry, own: dict[str, Any], flow: Flow, before: Sequence[Flow]) -> Any:
    """A recurrence that begins with a state: its figures are those of one that begins with zeros."""
    layer = reader.out.bound(_OPS[entry.kind], own)
    x = flow.source.y
    y = layer.output(x)
    work = layer.work(x, y=y)
    reader.fact(f"{entry.name} begins with a state that it is given; its figures are declared.")
    fields = {
        "num_params": layer.params(x),
        "num_macs": work.mac,
        "num_flops": work.flops,
        "num_neurons": layer.neurons(y),
        "output_shape": dict(y.named()),
    }
    return reader.put("opaque", fields, flow, *before)


@rule("RNN")
def cells(reader: Reader, call: Call) -> list[Flow]:
    """A recurrence of a cell, or of several, one on the other."""
    cell = call.entry.fields.given.get("cell")
    inner = Entry(cell)
    parts = (
        [Entry(part) for part in inner.fields.given.get("cells", [])]
        if inner.kind == "StackedRNNCells"
        else [inner]
    )
    flow, before = _read(reader, call)
    if before or not parts or any(part.kind not in _CELLS for part in parts):
        raise Broken("it is made of cells that are not known")
    found: list[Flow] = []
    for i, part in enumerate(parts):
        rest = call.entry.fields.given if i == len(parts) - 1 else {"return_sequences": True}
        kept = {name: rest.get(name) for name in ("return_sequences", "return_state", "go_backwards")}
        entry = Entry(
            {"class_name": _CELLS[part.kind], "name": part.name, "config": {**part.fields.given, **kept}}
        )
        reader.inner = (str(i),) if len(parts) > 1 else ()
        found = _states(reader, call, entry, (flow, []))
        flow = found[0]
    return found


def inner_of(call: Call) -> Entry:
    """The layer that a layer wraps."""
    return Entry(call.entry.fields.given.get("layer"), trainable=call.entry.trainable)


@rule("Bidirectional")
def bidirectional(reader: Reader, call: Call) -> list[Flow]:
    """A recurrence from both ends."""
    entry, fields = inner_of(call), call.entry.fields
    if entry.kind not in _OPS:
        raise Broken(f"it wraps a {entry.kind}, and must wrap a recurrence")
    flow, before = _read(reader, call)
    if before:
        raise Unsaid("a recurrence from both ends with a state", params=_both(reader, entry, flow))
    mode = fields.given.get("merge_mode", "concat")
    if mode not in _SIDES:
        raise Unsaid("both ends apart", params=_both(reader, entry, flow))
    own = fields_of(reader, entry) | {"bidirectional": True}
    if not entry.fields.flag("return_sequences", otherwise=False):
        own["last"] = True
    item = reader.put(_OPS[entry.kind], own, _standing(reader, flow))
    axes = ("C",) if own.get("last") else ("T", "C")
    if mode == "concat":
        return [Flow(item, axes)]
    units = own["hidden_size"]
    ends = [
        reader.put("slice", {"axis": "C", "start": start, "stop": start + units}, item, part=word, alone=True)
        for start, word in ((0, "forward"), (units, "backward"))
    ]
    op = {"sum": "add", "mul": "multiply", "ave": "average"}[mode]
    return [Flow(reader.put(op, {}, *ends, part=op, alone=True), axes)]


def _both(reader: Reader, entry: Entry, flow: Flow) -> int:
    own = fields_of(reader, entry) | {"bidirectional": True}
    return int(reader.out.bound(_OPS[entry.kind], own).params(flow.source.y))  # type: ignore[call-overload,no-any-return]


@rule("TimeDistributed")
def time_distributed(reader: Reader, call: Call) -> Flow | list[Flow]:
    """A layer at each place of a sequence: itself where one axis more is the same to it, or its figures."""
    entry = inner_of(call)
    reader.ops[entry.kind] += 1
    if entry.kind in _ALONG and entry.fields.given.get("axis", -1) in (-1, [-1]):
        inner = Call(entry, call.path, call.args, call.kwargs, call.scope)
        inner.outputs = call.outputs
        entry.name = call.entry.name
        return RULES[entry.kind](reader, inner)
    flow = reader.one(call)
    times, dims = flow.dims[0], flow.dims[1:]
    if not dims:
        raise Broken("it reads no sequence")
    net, axes = _alone(reader, entry, dims)
    sizes = dict(
        zip(("T", *(f"T{axis}" if axis == "T" else axis for axis in axes)), (times, *net.dims), strict=True)
    )
    figures = net.net
    item = reader.declared(
        [flow],
        sizes,
        tuple(sizes),
        params=figures.params,
        fixed=figures.fixed,
        num_macs=times * figures.macs,
        num_flops=times * figures.flops,
        num_neurons=times * figures.neurons,
    )
    reader.fact(
        f"{call.entry.name} applies {entry.name} at {times} places; its figures are {times} times those."
    )
    return item


class _Alone:
    """A layer on its own: its network, and the sizes of what it makes in Keras's order."""

    def __init__(self, net: Net, dims: list[int]) -> None:
        self.net = net
        self.dims = dims


def _alone(reader: Reader, entry: Entry, dims: list[int]) -> tuple[_Alone, tuple[str, ...]]:
    """A layer that reads one place of a sequence."""
    from archcalc.convert.keras.reader import Reader as Walk

    given = {"class_name": entry.kind, "config": entry.config, "name": entry.name}
    layers = [{"class_name": "InputLayer", "config": {"name": "place", "batch_shape": [None, *dims]}}, given]
    config: dict[str, Any] = {"class_name": "Sequential", "config": {"name": entry.name, "layers": layers}}
    if reader.is_newer:
        config["module"] = "keras"
    walk = Walk(config, reader.path, {})
    draft = walk.draft()
    if not draft.coverage.full:
        raise Unsaid("a layer at each place", params=draft.params)
    flow = walk.model.outputs[0].flow
    net = draft.net()
    return _Alone(net, flow.dims), flow.axes


@rule("SpectralNormalization")
def spectral(reader: Reader, call: Call) -> Flow | list[Flow]:
    """The layer that is wrapped: in inference its weights are as they are."""
    entry = inner_of(call)
    reader.ops[entry.kind] += 1
    if entry.kind not in RULES:
        raise Broken(f"it wraps a {entry.kind}, which is not known")
    reader.fact(f"{call.entry.name} keeps a vector that only training uses, which is not counted.")
    inner = Call(entry, call.path, call.args, call.kwargs, call.scope)
    inner.outputs = call.outputs
    return RULES[entry.kind](reader, inner)


@rule("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def conv_lstm(reader: Reader, call: Call) -> Flow:
    """Its parameters; its work is not counted."""
    rank, fields = int(call.entry.kind[8]), call.entry.fields
    flow = reader.reads(call)[0]
    first = fields.text("data_format", "channels_last") == "channels_first"
    if len(flow.axes) != rank + 2:
        raise Broken(f"it reads {len(flow.axes)} axes beside the batch, and takes {rank + 2}")
    maps = flow.dims[1] if first else flow.dims[-1]
    filters = fields.whole("filters")
    area = 1
    for side in fields.wholes("kernel_size", rank):
        area *= side
    bias = int(fields.flag("use_bias", otherwise=True))
    params = 4 * filters * (area * (maps + filters) + bias)
    own = {**sliding(fields, rank), "out_channels": filters}
    if fields.text("padding", "valid") == "same":
        own["padding"] = "same"
    plane = Shape((maps, *(flow.dims[2:] if first else flow.dims[1:-1])), windowed(rank, first=True))
    layer = reader.out.bound(f"conv{rank}d", own)
    if any(rule.holds is False for rule in layer.requires(plane)):
        raise Broken("its window does not fit")
    sizes = dict(layer.output(plane).named())
    axes = windowed(rank, first=first)
    if fields.flag("return_sequences", otherwise=False):
        sizes, axes = {"T": flow.dims[0], **sizes}, ("T", *axes)
    item = reader.put("opaque", {"num_params": params, "output_shape": sizes}, flow)
    item.lacks = call.entry.kind
    return Flow(item, axes)
