"""Modules that are one layer, however many operations they do: PyTorch's own, and those of our export.

Each is found by its class, its operations are passed over, and its fields are read from the module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import Call, Unknown, bare, plain, stood
from archcalc.convert.torch.layers import channels_first, unlike
from archcalc.convert.torch.ours import ours
from archcalc.convert.torch.sketch import Value
from archcalc.convert.torch.windows import PLANES, around, around_before, each, maps, sides, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.fx import Node

    from archcalc.convert.torch.reader import Reader

    Rule = Callable[["Part"], Value]

RULES: dict[str, Rule] = {}
"""For each class, by its name, what a module of it becomes."""


def whole(*names: str) -> Callable[[Rule], Rule]:
    """Enter a function as what modules of these classes become."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return enter


class Part:
    """A call of a module that is read as one layer."""

    def __init__(self, reader: Reader, module: Any, path: str, nodes: list[Node]) -> None:
        self.reader = reader
        self.module = module
        self.path = path
        self.nodes = nodes  # its operations
        self.last = next(node for node in nodes if any(user not in nodes for user in node.users))

    def layer(self) -> Value:
        """The layer that it becomes."""
        kind: type = type(self.module)
        if ours(kind):  # its own forward says nothing of what it stands beside
            self.reader.lines.leave(self.last)
        return RULES[kind.__name__](self)

    @property
    def call(self) -> Call:
        """Its last operation, in its own scope."""
        call = Call(self.reader, self.last, self.nodes)
        call.scope = self.path
        return call

    @property
    def x(self) -> Value:
        """What its operations read from outside, where that is one value."""
        given = [x for node in self.nodes for x in node.all_input_nodes if x not in self.nodes]
        found = {id(x): x for node in given if isinstance(x := self.reader.made.get(node), Value)}
        if len(found) != 1:
            raise Unknown
        return next(iter(found.values()))

    def fed(self, name: str) -> Value:
        """What the full connection of this name in it reads."""
        for node in self.nodes:
            if stood(node)[0] == f"{self.path}.{name}":
                return self.reader.value(self.reader.made.get(node.all_input_nodes[0]), self.call)
        raise Unknown

    def emit(self, op: str, fields: dict[str, Any], reads: list[Value], **names: str) -> Value:
        """A layer, and the parameters of its tensors, where there are any."""
        found = {ours: self.reader.tensor(f"{self.path}.{theirs}") for ours, theirs in names.items()}
        tensors = {name: tensor for name, tensor in found.items() if tensor is not None}
        return self.reader.emit(self.call, op, fields, reads, tensors=tensors, word=op)


def found(reader: Reader) -> tuple[dict[Node, Part], set[Node]]:
    """Each call of such a module by its last operation, and the operations before that."""
    modules = reader.module.named_modules(remove_duplicate=False)
    known = {path: module for path, module in modules if _known(module)}
    calls: dict[str, tuple[str, list[Node]]] = {}
    for node in reader.program.graph.nodes if known else ():
        stack = (node.meta.get("nn_module_stack") or {}).items()
        call = next(((key, bare(path)) for key, (path, _) in stack if bare(path) in known), None)
        if node.op == "call_function" and call:
            calls.setdefault(call[0], (call[1], []))[1].append(node)
    parts = [Part(reader, known[path], path, nodes) for path, nodes in calls.values() if _single(nodes)]
    inside = {node for part in parts for node in part.nodes if node is not part.last}
    return {part.last: part for part in parts}, inside


def _single(nodes: list[Node]) -> bool:
    """Whether one of these is all that others read."""
    return sum(any(user not in nodes for user in node.users) for node in nodes) == 1


def _known(module: Any) -> bool:
    """Whether a module is of a class that is known whole, and it and what it holds do as their classes do."""
    from torch import nn

    kind: type = type(module)
    if kind.__name__ not in RULES or not (getattr(nn, kind.__name__, None) is kind or ours(kind)):
        return False
    parts = list(module.modules())
    return all(getattr(nn, type(part).__name__, None) is type(part) for part in parts[1:]) and not any(
        "forward" in vars(part) or part._forward_hooks or part._forward_pre_hooks  # noqa: SLF001
        for part in parts
    )


# -- windows


def _window(part: Part, kernel: Any, stride: Any) -> tuple[Value, int, dict[str, Any]]:
    """What a pool slides over, along how many axes, and its fields."""
    rank = len(kernel)
    size = sides(kernel, rank)
    return (
        maps(part.reader, part.call, rank, part.x),
        rank,
        {
            "kernel_size": size,
            **unlike(size, stride=sides(stride, rank)),
        },
    )


@whole("Subsample2d")
def _subsample(part: Part) -> Value:
    x, _, fields = _window(part, part.module.kernel_size, part.module.stride)
    return part.emit("subsample2d", fields, [x], coefficient="coefficient", bias="bias")


@whole("MixedPool2d")
def _mixed(part: Part) -> Value:
    x, _, fields = _window(part, *part.module.window)
    more = unlike(False, per_channel=len(part.module.mix) > 1)
    return part.emit("mixed_pool2d", {**fields, **more}, [x], mix="mix")


@whole("AveragePool")
def _mean(part: Part) -> Value:
    module = part.module
    x, rank, fields = _window(part, *module.window)
    beyond = list(zip(module.beyond[::2], module.beyond[1::2], strict=True))[::-1]
    same = [axis.pads(size) for axis, size in zip(window(*module.window), x.sizes[1:], strict=True)]
    if beyond == same and not any(module.pads):
        fields |= {"padding": "same"} if any(map(any, same)) else {}
    else:
        fields |= unlike(0, padding=around(module.pads, rank))
        fields |= unlike(False, ceil_mode=any(cells > 0 for cells in module.beyond))
        fields |= unlike(True, count_include_pad=bool(module.counted)) if "padding" in fields else {}
    return part.emit(f"avg_pool{rank}d", fields, [x])


@whole("TableConv")
def _by_table(part: Part) -> Value:
    module = part.module
    rank = len(module.shape) - 2
    stride, padding, dilation = module.how
    given = part.x
    if not isinstance(padding, str) and not any(each(padding, rank)):
        steps = window(module.shape[2:], stride, dilation)
        given, padding = around_before(part.reader, part.call, given, steps)
    fields = {
        "out_channels": module.shape[0],
        "kernel_size": sides(module.shape[2:], rank),
        **unlike(1, stride=sides(stride, rank)),
        **unlike(0, padding=padding if isinstance(padding, str) else sides(padding, rank)),
        **unlike(1, dilation=sides(dilation, rank)),
        **unlike(True, bias=module.bias is not None),
        "table": [list(maps) for maps in module.table],
    }
    x = maps(part.reader, part.call, rank, given)
    return part.emit(f"conv{rank}d", fields, [x], weight="weight", bias="bias")


@whole("LocallyConnected")
def _local(part: Part) -> Value:
    module = part.module
    rank = len(module.places)
    steps = window(module.kernel_size, module.stride)
    given, padding = around_before(part.reader, part.call, part.x, steps)
    fields = {
        "out_channels": module.weight.shape[0],
        "kernel_size": sides(module.kernel_size, rank),
        **unlike(1, stride=sides(module.stride, rank)),
        **unlike(0, padding=padding),
        **unlike(True, bias=module.bias is not None),
    }
    x = maps(part.reader, part.call, rank, given)
    return part.emit(f"locally_connected{rank}d", fields, [x], weight="weight", bias="bias")


# -- features


@whole("Rbf")
def _rbf(part: Part) -> Value:
    x = part.reader.sketch.called(part.x, PLANES[2] if len(part.x.sizes) == 3 else ("C",), part.path)
    return part.emit("rbf", {"out_features": len(part.module.codes)}, [x], codes="codes")


@whole("LocalResponseNorm")
def _response(part: Part) -> Value:
    module = part.module
    x = channels_first(part.reader, part.call, part.x)
    usual = {"alpha": 1e-4, "beta": 0.75, "k": 1}
    own = {name: getattr(module, name) for name in usual}
    fields = {name: plain(value) for name, value in own.items() if value != usual[name]}
    return part.emit("local_response_norm", {"size": module.size, **fields}, [x])


# -- attention


@whole("Attention", "PlacedAttention")
def _attention(part: Part) -> Value:
    module = part.module
    query, key, value = (part.fed(name) for name in ("q", "k", "v"))
    reads = [query] if query is key is value else [query, key] if key is value else [query, key, value]
    reads = [part.reader.sketch.called(x, ("T", "C"), part.path) for x in reads]
    if module.scale not in (None, 1.0):
        raise Unknown
    features, inner, size = module.q.in_features, module.q.out_features, module.head_dim
    heads, pairs = inner // size, module.k.out_features // size
    inside, outside = module.q.bias is not None, module.out.bias is not None
    relative = getattr(module, "relative", None)
    fields = {
        "num_heads": heads,
        **unlike(heads, num_kv_heads=pairs),
        **(unlike(size, head_dim=size) if heads * size == features else {"head_dim": size}),
        **unlike(features, out_features=module.out.out_features),
        **({"bias": False} if not inside and not outside else {}),
        **({"qkv_bias": inside, "out_bias": outside} if inside != outside else {}),
        **unlike(True, scale=module.scale is None),
        **unlike(False, causal=module.causal),
        **unlike(None, window_size=getattr(module, "window_size", None)),
        **unlike(False, rotary=getattr(module, "rotary", False)),
    }
    if relative is not None:
        fields["relative_buckets"] = relative.num_embeddings
        fields |= unlike(128, max_distance=module.max_distance)
    names = {
        f"{word}_{kind}": f"{word}.{kind}" for word in ("q", "k", "v", "out") for kind in ("weight", "bias")
    }
    return part.emit("attention", fields, reads, **names, relative_weight="relative.weight")
