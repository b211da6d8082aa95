"""Layers of Keras that act on features: dense, activations, norms, embeddings, and dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken, Fields, decimal
from archcalc.convert.keras.reader import Unsaid, rule
from archcalc.convert.keras.values import Flow, renamed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader

# -- activations

_PLAIN = {
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "log_sigmoid": "log_sigmoid",
    "hard_tanh": "hard_tanh",
    "hard_silu": "hard_swish",
    "hard_swish": "hard_swish",
    "silu": "silu",
    "swish": "silu",
    "mish": "mish",
    "tanh": "tanh",
    "softsign": "softsign",
    "softplus": "softplus",
}
_CLASSES = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "Softmax": "softmax",
}
"""Layers that may stand where an activation does."""


def activation_of(given: Any) -> tuple[str, Fields]:
    """The name of an activation, and what it is given."""
    if given is None:
        return "linear", Fields({})
    if isinstance(given, str):
        return given, Fields({})
    if isinstance(given, dict):
        config, kind = given.get("config"), given.get("class_name")
        if ">" in str(given.get("registered_name") or ""):
            raise Unsaid("an activation of its author's")
        if isinstance(config, str):
            return config, Fields({})
        if isinstance(kind, str):
            return _CLASSES.get(kind, kind), Fields(config if isinstance(config, dict) else {})
    raise Broken("its activation is neither a name nor a map")


def activated(reader: Reader, flow: Flow, given: Any, *, part: str = "act") -> Flow:
    """A tensor with an activation on each of its numbers, or along its last axis."""
    name, fields = activation_of(given)
    if name == "linear":
        return flow
    if name == "hard_sigmoid" and not reader.is_newer:  # clip(0.2·a + 0.5, 0, 1) in Keras 2
        straight = reader.put(
            "rescale", {"scale": "0.2", "offset": "0.5"}, flow, part=f"{part}_line", alone=True
        )
        item = reader.put("hard_tanh", {"min_val": 0, "max_val": 1}, straight, part=part, alone=True)
        return flow._replace(source=item)
    op, own = _bend(name, fields, flow)
    return flow._replace(source=reader.put(op, own, flow, part=part, alone=True))


def _bend(name: str, fields: Fields, flow: Flow) -> tuple[str, dict[str, Any]]:
    """The op of an activation, and its fields. Raises Unsaid where there is none."""
    own: dict[str, Any] = {}
    op = {"exp": "function", "exponential": "function"}.get(name, _PLAIN.get(name, name))
    if name == "relu":
        op, own = _relu(fields, flow)
    elif name in ("softmax", "log_softmax"):
        axis = flow.axis(fields.axes("axis", -1)[0])
        own = {} if axis == "C" else {"axis": axis}
    elif name in ("elu", "celu"):
        alpha = fields.number("alpha", 1)
        own = {} if alpha == 1 else {"alpha": alpha}
    elif name == "leaky_relu":
        slope = fields.given.get("negative_slope", fields.given.get("alpha", 0.2))
        own = {"negative_slope": Fields({"slope": slope}).number("slope")}
    elif name == "gelu" and fields.flag("approximate", otherwise=False):
        own = {"approximate": "tanh"}
    elif op == "function":
        own = {"function": "exp"}
    elif name not in _PLAIN and name not in ("gelu", "hard_sigmoid", "glu"):
        raise Unsaid(f"the activation {name}", like=flow)
    return op, own


def _relu(fields: Fields, flow: Flow) -> tuple[str, dict[str, Any]]:
    """A rectifier, as far as it is one with a name."""
    most = fields.given.get("max_value")
    slope = fields.number("negative_slope", 0)
    if fields.number("threshold", 0) != 0 or (most is not None and slope != 0):
        raise Unsaid("a rectifier with a threshold", like=flow)
    if slope != 0:
        return "leaky_relu", {"negative_slope": slope}
    if most is None:
        return "relu", {}
    top = fields.number("max_value")
    return ("relu6", {}) if top == 6 else ("hard_tanh", {"min_val": 0, "max_val": top})


@rule("Activation")
def activation(reader: Reader, call: Call) -> Flow:
    """An activation by its name."""
    return _alone(reader, reader.one(call), call.entry.fields.given.get("activation"))


@rule("ReLU", "LeakyReLU", "ELU", "Softmax")
def activation_layer(reader: Reader, call: Call) -> Flow:
    """An activation that is a layer."""
    flow, fields = reader.one(call), call.entry.fields
    if call.entry.kind == "LeakyReLU" and not {"negative_slope", "alpha"} & fields.given.keys():
        fields = Fields({"negative_slope": 0.3})
    op, own = _bend(_CLASSES[call.entry.kind], fields, flow)
    return flow._replace(source=reader.put(op, own, flow))


def _alone(reader: Reader, flow: Flow, given: Any) -> Flow:
    """An activation that bears the name of the layer."""
    name, fields = activation_of(given)
    if name == "linear":
        return flow
    if name == "hard_sigmoid" and not reader.is_newer:
        return activated(reader, flow, given)
    op, own = _bend(name, fields, flow)
    return flow._replace(source=reader.put(op, own, flow))


@rule("PReLU")
def prelu(reader: Reader, call: Call) -> Flow:
    """A slope for each map where the others are shared; declared where each number has one."""
    flow = reader.one(call)
    shared = call.entry.fields.given.get("shared_axes")
    names = {flow.axis(axis) for axis in call.entry.fields.axes("shared_axes")} if shared else set()
    own = {axis: size for axis, size in flow.sizes.items() if axis not in names}
    if not own or set(own) == {"C"}:
        fields = {"num_parameters": own["C"]} if own and own["C"] > 1 else {}
        return flow._replace(source=reader.put("prelu", fields, flow))
    count = 1
    for size in own.values():
        count *= size
    every = 1
    for size in flow.dims:
        every *= size
    sizes = dict(flow.source.y.named())
    return reader.declared([flow], sizes, flow.axes, params=count, num_macs=0, num_flops=2 * every)  # type: ignore[arg-type]


# -- features


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
        params = _product(sizes[letter] for letter in kernel) + (
            _product(sizes[letter] for letter in bias) if bias else 0
        )
        macs = _product(sizes[letter] for letter in dict.fromkeys([*read, *kernel]))
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
        joined = {**dict(zip(lead, flow.dims, strict=False)), "C": _product(sizes[letter] for letter in gone)}
        flow = reader.shaped(flow, joined)
    flow = Flow(reader.turned(flow, flow.axes), flow.axes)
    own: dict[str, Any] = {"out_features": _product(sizes[letter] for letter in new)}
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


def _product(sizes: Any) -> int:
    found = 1
    for size in sizes:
        found *= size
    return found


@rule("Embedding", "ReversibleEmbedding")
def embedding(reader: Reader, call: Call) -> Flow:
    """A row of a table for each index."""
    flow, fields = reader.one(call), call.entry.fields
    own = {"num_embeddings": fields.whole("input_dim"), "embedding_dim": fields.whole("output_dim")}
    if len(flow.axes) == 1:
        flow = reader.named(flow, ("T",))
        return Flow(reader.put("embedding", own, flow), ("T", "C"))
    before = flow.sizes
    line = reader.shaped(flow, {"T": _product(before.values())})
    found = Flow(reader.put("embedding", own, line), ("T", "C"))
    names = tuple(f"A{i}" if axis == "C" else axis for i, axis in enumerate(before))
    return reader.shaped(found, {**dict(zip(names, before.values(), strict=True)), "C": own["embedding_dim"]})


# -- norms


def channelled(reader: Reader, flow: Flow, axis: int) -> Flow:
    """A tensor in which an axis is called the channels."""
    name = flow.axis(axis)
    return flow if name == "C" else reader.named(flow, renamed(flow.axes, name, "C"))


@rule("BatchNormalization", "SyncBatchNormalization", "BatchNormalizationV1")
def batch_norm(reader: Reader, call: Call) -> Flow:
    """A batch norm along one axis."""
    fields = call.entry.fields
    axes = fields.axes("axis", -1)
    if len(axes) > 1:
        flow = reader.one(call)
        count = _product(flow.sizes[flow.axis(axis)] for axis in axes)
        gains = fields.flag("scale", otherwise=True) + fields.flag("center", otherwise=True)
        raise Unsaid("a batch norm along several axes", gains * count, 2 * count, flow)
    flow = channelled(reader, reader.one(call), axes[0])
    own = {"eps": fields.number("epsilon", 0.001), **_gains(fields)}
    return flow._replace(source=reader.put("batch_norm", own, flow))


def _gains(fields: Fields) -> dict[str, Any]:
    """Which of a gain and a bias a norm has, as far as it lacks one."""
    scale, center = fields.flag("scale", otherwise=True), fields.flag("center", otherwise=True)
    if not scale and not center:
        return {"affine": False}
    return {**({} if scale else {"scale": False}), **({} if center else {"bias": False})}


@rule("GroupNormalization")
def group_norm(reader: Reader, call: Call) -> Flow:
    """A norm of each group of channels; with as many groups as channels of each map."""
    fields = call.entry.fields
    flow = channelled(reader, reader.one(call), fields.axes("axis", -1)[0])
    groups = fields.whole("groups", 32, least=-1)
    groups = flow.sizes["C"] if groups == -1 else groups
    own = {"num_groups": groups, "eps": fields.number("epsilon", 0.001), **_gains(fields)}
    return flow._replace(source=reader.put("group_norm", own, flow))


@rule("LayerNormalization", "RMSNormalization")
def layer_norm(reader: Reader, call: Call) -> Flow:
    """A norm over the last axis, or over several."""
    flow, fields = reader.one(call), call.entry.fields
    over = [flow.axis(axis) for axis in fields.axes("axis", -1)]
    own: dict[str, Any] = {"eps": fields.number("epsilon", 0.001)}
    if over != ["C"]:
        own["over"] = over if len(over) > 1 else over[0]
    if call.entry.kind == "RMSNormalization" or fields.flag("rms_scaling", otherwise=False):
        return flow._replace(source=reader.put("rms_norm", own, flow))
    scale, center = fields.flag("scale", otherwise=True), fields.flag("center", otherwise=True)
    if scale:
        return flow._replace(source=reader.put("layer_norm", own | ({} if center else {"bias": False}), flow))
    item = reader.put("layer_norm", own | {"elementwise_affine": False}, flow)
    if not center:
        return flow._replace(source=item)
    sizes = {axis: size if axis in over else 1 for axis, size in item.y.named()}
    bias = reader.put("parameter", {"shape": sizes}, part="beta", alone=True)
    return flow._replace(source=reader.put("add", {}, item, bias, part="add", alone=True))


@rule("UnitNormalization")
def unit_norm(reader: Reader, call: Call) -> Flow:
    """Each over the root of the sum of squares along some axes."""
    flow, fields = reader.one(call), call.entry.fields
    over = [flow.axis(axis) for axis in fields.axes("axis", -1)]
    square = reader.put("power", {"exponent": 2}, flow, part="square")
    sums = reader.put("reduce", {"over": over, "function": "sum", "keep": True}, square, part="sum")
    root = reader.put("power", {"exponent": "1/2"}, sums, part="root")
    return flow._replace(source=reader.put("divide", {}, flow, root, part="divide"))


@rule("Normalization")
def normalization(reader: Reader, call: Call) -> Flow:
    """Each less its mean, over its deviation: both stored, or numbers of the configuration."""
    flow, fields = reader.one(call), call.entry.fields
    axis = fields.given.get("axis", -1)
    mean, variance = fields.given.get("mean"), fields.given.get("variance")
    if fields.flag("invert", otherwise=False):
        raise Unsaid("a norm that is undone", fixed=0 if mean else 2 * flow.dims[-1], like=flow)
    if mean is None and variance is None:
        axes = [] if axis is None else fields.axes("axis", -1)
        if len(axes) != 1:
            count = _product(flow.sizes[flow.axis(own)] for own in axes)
            raise Unsaid("one mean for everything, or for several axes", fixed=2 * count, like=flow)
        flow = channelled(reader, flow, axes[0])
        reader.fact(
            f"{call.entry.name} has a mean and a variance that are stored; Keras counts one number more,"
            f" how many examples they are of."
        )
        return flow._replace(source=reader.put("batch_norm", {"affine": False, "eps": 0}, flow))
    shape = dict.fromkeys(flow.source.y.axes, 1)
    if isinstance(mean, list) and axis is not None:
        shape[flow.axis(fields.axes("axis", -1)[0])] = flow.sizes[flow.axis(fields.axes("axis", -1)[0])]
    means = reader.put("constant", {"shape": shape}, part="mean")
    apart = reader.put("subtract", {}, flow, means, part="subtract")
    deviations = reader.put("constant", {"shape": shape, "value": 1}, part="deviation")
    return flow._replace(source=reader.put("divide", {}, apart, deviations, part="divide"))


@rule("LayerScale")
def layer_scale(reader: Reader, call: Call) -> Flow:
    """A gain for each channel."""
    flow = reader.one(call)
    if flow.axes[-1] != "C":
        raise Unsaid("a gain along another axis", flow.dims[-1], like=flow)
    return flow._replace(source=reader.put("layer_scale", {}, flow))


@rule("CustomScaleLayer")
def custom_scale(reader: Reader, call: Call) -> Flow:
    """The first, and the second times a number (Inception-ResNet)."""
    one, other = (reader.needed(tensor) for tensor in call.tensors())
    scaled = reader.put("rescale", {"scale": call.entry.fields.number("scale")}, other, part="scale")
    other = other._replace(source=scaled)
    sources = (one.source, reader.turned(other, one.source.y.axes))
    return one._replace(source=reader.put("add", {}, *sources, part="add"))


@rule("Rescaling")
def rescaling(reader: Reader, call: Call) -> Flow:
    """scale · a + offset."""
    flow, fields = reader.one(call), call.entry.fields
    lists = [fields.given.get(name) for name in ("scale", "offset")]
    if not any(isinstance(given, list) for given in lists):
        own = {"scale": fields.number("scale", 1), "offset": fields.number("offset", 0)}
        return flow._replace(source=reader.put("rescale", own, flow))
    made: Any = flow.source
    for name, op in (("scale", "multiply"), ("offset", "add")):
        given = fields.given.get(name, 0)
        many = isinstance(given, list) and len(given) > 1
        if not many and decimal(given) in (0, 1):
            continue
        shape = {axis: size if many and axis == flow.axes[-1] else 1 for axis, size in flow.source.y.named()}
        if many and len(given) != flow.dims[-1]:
            raise Broken(f"its {name} has {len(given)} numbers, and there are {flow.dims[-1]} channels")
        numbers = reader.put("constant", {"shape": shape, "value": 1}, part=name)
        made = reader.put(op, {}, made, numbers, part=op)
    return flow._replace(source=made)


# -- nothing in inference

_THROUGH: Mapping[str, str] = {
    "Dropout": "dropout",
    "SpatialDropout1D": "spatial_dropout",
    "SpatialDropout2D": "spatial_dropout",
    "SpatialDropout3D": "spatial_dropout",
    "AlphaDropout": "dropout",
    "StochasticDepth": "drop_path",
}


@rule(*_THROUGH)
def dropout(reader: Reader, call: Call) -> Flow:
    """Nothing in inference."""
    flow, fields = reader.one(call), call.entry.fields
    name = "drop_path_rate" if call.entry.kind == "StochasticDepth" else "rate"
    op = _THROUGH[call.entry.kind]
    return flow._replace(source=reader.put(op, {"p": fields.number(name, 0.5)}, flow))


@rule(
    *("GaussianNoise", "GaussianDropout", "ActivityRegularization", "Masking", "Identity", "MaskingV1"),
    *(
        "RandomFlip",
        "RandomRotation",
        "RandomZoom",
        "RandomContrast",
        "RandomBrightness",
        "RandomTranslation",
    ),
    *("RandomHue", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomGrayscale", "RandomErasing"),
    *(
        "RandomColorJitter",
        "RandomColorDegeneration",
        "RandomGaussianBlur",
        "RandomInvert",
        "RandomPerspective",
    ),
    *(
        "RandomPosterization",
        "RandomElasticTransform",
        "RandAugment",
        "AugMix",
        "MixUp",
        "CutMix",
        "Solarization",
    ),
)
def through(reader: Reader, call: Call) -> Flow:
    """What is read, as it is in inference."""
    flow = reader.one(call)
    return flow._replace(source=reader.put("identity", {}, flow))
