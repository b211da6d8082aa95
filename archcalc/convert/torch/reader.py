"""The walk over an exported graph: each node becomes a value, a constant, or a parameter to be placed."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.convert.torch.calls import (
    RULES,
    Call,
    Indices,
    Tensor,
    Unknown,
    flat,
    hint,
    own,
    shape_of,
)
from archcalc.convert.torch.lines import Lines
from archcalc.convert.torch.sketch import Axis, Given, Sketch, Step, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from torch.fx import Node

    from archcalc.convert.torch.examples import Example
    from archcalc.convert.torch.wholes import Part

MADE = frozenset(
    "new_zeros new_ones new_full new_empty zeros_like ones_like full_like empty_like rand_like randn_like"
    " _assert_tensor_metadata _assert_async sym_size sym_constrain_range_for_size".split()
)
"""Operations that read no number of what they are given."""


_NAMED = 6  # modules that a sentence names
_HOLDERS = ("Sequential", "ModuleList", "ModuleDict")  # classes that say nothing of what they hold


class Reader:
    """The walk: what every node has become, whose each parameter is, and the sketch that grows."""

    def __init__(self, module: torch.nn.Module, program: Any) -> None:
        self.module = module
        self.program = program
        self.sketch = Sketch()
        self.made: dict[Node, Any] = {}
        self.owners: dict[str, dict[str, tuple[Step, str, bool]]] = {}
        self.lines = Lines()
        self.names = _canonical(module)
        self.stored: dict[str, Tensor] = {}
        self.ops: dict[str, int] = {}
        self.factors: list[str] = []  # modules in which a factor is computed before the network runs
        self.placed: set[str] = set()
        self.classes: dict[str, str] = {}
        self.lost: list[tuple[str, int]] = []

    # -- the graph

    def looked_up(self, given: Any) -> Any:
        """An argument with what its nodes have become."""
        if hasattr(given, "op") and hasattr(given, "target"):
            return self.made.get(given)
        if isinstance(given, list | tuple):
            return [self.looked_up(part) for part in given]
        return given

    def facts(self) -> list[str]:
        """What a reader of the spec should know of it."""
        said = self.unused()
        if self.factors:
            parts = ", ".join(list(dict.fromkeys(self.factors))[:_NAMED])
            said.append(f"1/2 stands for a factor whose value is not read, which changes no figure: {parts}")
        return said

    def unused(self) -> list[str]:
        """The parameters that inference does not use, by the module that they are in."""
        found: dict[str, int] = {}
        for name, parameter in self.module.named_parameters():
            if name not in self.placed:
                owner = name.partition(".")[0]
                found[owner] = found.get(owner, 0) + parameter.numel()
        if not found:
            return []
        count, parts = sum(found.values()), ", ".join(list(found)[:_NAMED])
        return [f"{count:,} more parameters are not used in inference: {parts}"]

    def walk(self, inputs: Sequence[Example]) -> list[Value]:
        """Read every node; the values that are outputs."""
        from archcalc.convert.torch import patterns as arithmetic
        from archcalc.convert.torch import wholes

        given = iter(inputs)
        signature = self.program.graph_signature
        parts, passed = wholes.found(self)
        patterns, inside = arithmetic.found(self)
        passed |= inside
        live = _live(self.program.graph)
        self.classes = {
            name: type(part).__name__
            for name, part in self.module.named_modules()
            if type(part).__name__ not in _HOLDERS
        }
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                self.made[node] = self.placeholder(node, signature, given)
            elif node.op == "output":
                return self.ends(node, signature)
            elif node.op == "call_function" and node in live and node not in passed and node not in self.made:
                before = len(self.sketch.steps)
                if node in parts:
                    self.whole(parts[node])
                else:
                    self.made[node] = patterns[node](self) if node in patterns else self.called(node)
                for step in self.sketch.steps[before:]:
                    self.noted(step, node)
        return []

    def noted(self, step: Step, node: Node) -> None:
        """Note what operation a step was made for, and whether it is a statement of its own."""
        step.node = node
        before = step.reads[0].source if step.reads else None
        if isinstance(before, Step) and before.node is not None and before.node is not node:
            together = self.lines.together(node, before.node)
            step.own = None if together is None else not together

    def said_with(self, call: Call, value: Any, *ops: str) -> Step | None:
        """The step of a value, if its op is one of these, said with the call and read by it alone."""
        step = value.source if isinstance(value, Value) else None
        if not isinstance(step, Step) or step.op not in ops or step.node is None:
            return None
        alone = all(user in call.nodes for user in step.node.users)
        return step if alone and self.lines.together(step.node, call.node) else None

    def placeholder(self, node: Node, signature: Any, given: Iterator[Any]) -> Any:
        """A parameter, a buffer, a constant of the module, or an input."""
        value: Any = node.meta.get("val")
        if node.name in signature.inputs_to_parameters:
            name = signature.inputs_to_parameters[node.name]
            trained = self.module.get_parameter(name).requires_grad
            return self.kept(Tensor(shape_of(node), name=self.names.get(name, name), trained=trained))
        if node.name in signature.inputs_to_buffers:
            name = signature.inputs_to_buffers[node.name]
            # whole numbers are what is looked up with, and never part of a sum
            stored = name not in signature.non_persistent_buffers and value.dtype.is_floating_point
            return self.kept(Tensor(shape_of(node), name=self.names.get(name, name) if stored else ""))
        if node.name in signature.inputs_to_lifted_tensor_constants:
            return Tensor(shape_of(node))
        if not hasattr(value, "shape"):
            return value
        example = next(given)
        symbols = {i: size for i, size in enumerate(example.sizes) if isinstance(size, str)}
        name = node.name
        shape = shape_of(node)
        sizes = own(shape)
        made = Value(shape, sizes, tuple(Axis() for _ in sizes))
        made.source = Given(name, symbols, indices=not value.dtype.is_floating_point)
        self.sketch.inputs.append(made)
        return made

    def kept(self, tensor: Tensor) -> Tensor:
        """A parameter or a buffer, to be found by its name."""
        self.stored[tensor.name] = tensor
        return tensor

    def tensor(self, name: str) -> Tensor | None:
        """The parameter or buffer of this name, or of another that it has."""
        return self.stored.get(self.names.get(name, name))

    def whole(self, part: Part) -> None:
        """Make a module one layer; where it cannot be, what its operations are."""
        try:
            self.made[part.last] = part.layer()
        except (Unknown, ValueError, IndexError):
            for node in part.nodes:
                self.made[node] = self.called(node)
        else:
            kind = type(part.module).__name__
            self.ops[kind] = self.ops.get(kind, 0) + 1

    def called(self, node: Node) -> Any:
        """What a call becomes: by its rule, or opaque."""
        import operator

        if node.target is operator.getitem:
            place: Any = node.args[1]
            parts: Any = self.looked_up(node.args[0])
            return parts[place] if isinstance(parts, (list, tuple)) else parts
        if not hasattr(node.target, "_schema"):
            return constant(node)
        call = Call(self, node)
        op = call.op.removesuffix("_") if not call.op.startswith("__") else call.op
        known = RULES.get(op)
        try:
            numbers = self.index_work(call) or (constant(node) if self.constant(call) else None)
            if numbers is not None:
                return numbers
            result = self.opaque(call) if known is None else known(self, call)
        except (Unknown, ValueError, IndexError):  # also a use that a rule did not foresee
            result = self.opaque(call)
        else:
            if known is not None:
                self.ops[op] = self.ops.get(op, 0) + 1
        if call.op.endswith("_") and not call.op.startswith("__") and node.args:
            self.made[node.args[0]] = result  # type: ignore[index]  # what is changed in place is read on
        return result

    def index_work(self, call: Call) -> Indices | None:
        """A whole number made of indices that are read."""
        value: Any = call.node.meta.get("val")
        if not hasattr(value, "dtype") or value.dtype.is_floating_point or value.dtype.is_complex:
            return None
        parts = list(flat(call.args.values()))
        bases = [part.base for part in parts if isinstance(part, Indices)]
        inputs = [part for part in parts if isinstance(part, Value) and isinstance(part.source, Given)]
        bases += [part for part in inputs if part.source.indices]  # type: ignore[union-attr]
        if not bases:
            return None
        counted = call.op == "cumsum" or any(isinstance(p, Indices) and p.counted for p in parts)
        return Indices(call.shape, bases[0], counted=counted)

    def constant(self, call: Call) -> bool:
        """Whether a result depends on numbers alone that are known beforehand."""
        if call.op in MADE:
            return True
        return not any(
            isinstance(part, Value) or (isinstance(part, Tensor) and part.trained)
            for part in flat(call.args.values())
        ) and not any(isinstance(part, Tensor) and part.name for part in flat(call.args.values()))

    def ends(self, node: Node, signature: Any) -> list[Value]:
        """The values that are outputs of the network."""
        wanted = set(signature.user_outputs)
        found = []
        last: Any = node.args[0]
        for given in last:
            value = self.made.get(given) if hasattr(given, "name") and given.name in wanted else None
            if isinstance(value, Value) and value not in found:
                found.append(value if isinstance(value.source, Step) else self.same(value))
        return found

    def same(self, value: Value) -> Value:
        """An output that is an input, through a layer that does nothing."""
        return self.sketch.step("", "identity", {}, [value], Value(value.shape, value.sizes, value.axes))

    # -- steps

    def emit(
        self,
        call: Call,
        op: str,
        fields: dict[str, Any],
        reads: Sequence[Value],
        axes: tuple[Axis, ...] | None = None,
        *,
        shape: tuple[int, ...] | None = None,
        tensors: dict[str, Tensor] | None = None,
        word: str = "",
        scope: str | None = None,
    ) -> Value:
        """A step that makes the result of a call, on the axes of what it reads first unless told."""
        shape = call.shape if shape is None else shape
        axes = reads[0].axes if axes is None else axes
        value = Value(shape, own(shape), axes)
        self.sketch.step(call.scope if scope is None else scope, op, fields, reads, value, word)
        step = value.source
        assert isinstance(step, Step)
        self.owned(step, tensors or {})
        return value

    def owned(self, step: Step, tensors: dict[str, Tensor]) -> None:
        """Note whose each parameter is: its first user's, and any other's by a tie."""
        for word, tensor in tensors.items():
            if not tensor.name:
                continue
            key = f"{tensor.name}[{tensor.part}]" if tensor.part else tensor.name
            owner = self.owners.setdefault(key, {})
            if "" in owner:
                first, theirs, turned = owner[""]
                step.ties[word] = (first, theirs, turned != tensor.turned)
            else:
                owner[""] = (step, word, tensor.turned)
            self.placed.add(tensor.name)
        named = [tensor for tensor in tensors.values() if tensor.name]
        if named and not any(tensor.trained for tensor in named):
            step.trainable = False

    def place(self, tensor: Tensor, sizes: tuple[int, ...], shape: tuple[int, ...], call: Call) -> Value:
        """A tensor as a layer that reads nothing, with these sizes."""
        axes = tuple(Axis() for _ in sizes)
        fields = {"shape": dict(zip(axes, sizes, strict=True))}
        if not tensor.name:
            return self.sketch.step(call.scope, "constant", fields, [], Value(shape, sizes, axes), "constant")
        if tensor.part is not None or prod(sizes) != prod(tensor.whole):
            raise Unknown
        scope, _, word = tensor.name.rpartition(".")
        value = self.sketch.step(scope, "parameter", fields, [], Value(shape, sizes, axes), word)
        step = value.source
        assert isinstance(step, Step)
        straight = tensor.seen(tensor.shape)
        straight.turned = False
        self.owned(step, {"weight": straight})
        return value

    def value(self, given: Any, call: Call) -> Value:
        """Whatever was read as a value."""
        if isinstance(given, Value):
            return given
        if isinstance(given, Tensor):
            sizes = own(given.shape)
            return self.place(given, sizes, given.shape, call)
        raise Unknown

    def shaped(self, value: Value, sizes: tuple[int, ...], shape: tuple[int, ...], scope: str) -> Value:
        """The same numbers counted along other axes; those at both ends that stay are the same."""
        if sizes == value.sizes:
            return value if shape == value.shape else self.aliased(value, shape)
        axes = kept(value, sizes)
        made = Value(shape, sizes, axes)
        if len(sizes) == 1 and len(value.sizes) > 1:
            return self.sketch.step(scope, "flatten", {}, [value], made)
        return self.sketch.step(scope, "reshape", {"shape": counted(value, axes, sizes)}, [value], made)

    def aliased(self, value: Value, shape: tuple[int, ...]) -> Value:
        """The value as PyTorch sees it in another shape, which is the same of one example."""
        made = Value(shape, value.sizes, value.axes)
        made.source = value.source
        return made

    def opaque(self, call: Call) -> Any:
        """A layer for an operation that the language lacks."""
        result = call.node.meta.get("val")
        reads = [part for part in flat(call.args.values()) if isinstance(part, Value)]
        tensors = [part for part in flat(call.args.values()) if isinstance(part, Tensor) and part.name]
        if not hasattr(result, "shape"):
            return [self.unknown(call, part, reads, tensors) for part in result or ()]
        return self.unknown(call, result, reads, tensors) if reads else self.remade(call, tensors)

    def unknown(self, call: Call, result: Any, reads: list[Value], tensors: list[Tensor]) -> Any:
        """A layer for one result of such an operation; the first has its parameters."""
        shape = tuple(hint(size) for size in result.shape)
        if not reads:
            return Tensor(shape)
        fresh = [part for part in tensors if part.name not in self.placed]
        self.placed.update(part.name for part in fresh)
        params = sum(prod(part.whole) for part in fresh if part.trained)
        fixed = sum(prod(part.whole) for part in fresh if not part.trained)
        sizes = own(shape)
        axes = tuple(Axis() for _ in sizes)
        fields: dict[str, Any] = {
            "num_params": params,
            "output_shape": dict(zip(axes, sizes, strict=True)),
        }
        if fixed:
            fields["num_fixed"] = fixed
        value = self.sketch.step(
            call.scope, "opaque", fields, reads, Value(shape, sizes, axes), call.op.strip("_")
        )
        self.sketch.opaque[id(value.source)] = call.op
        return value

    def remade(self, call: Call, tensors: list[Tensor]) -> Tensor:
        """What is made of parameters alone: the one that has as many numbers; the others are told as lost."""
        kept = next((part for part in tensors if prod(part.whole) == prod(call.shape)), None)
        others = [part for part in tensors if part is not kept and part.name not in self.placed]
        self.placed.update(part.name for part in others)
        self.lost.append((call.op, sum(prod(part.whole) for part in others if part.trained)))
        return kept.seen(call.shape) if kept else Tensor(call.shape)


def constant(node: Node) -> Any:
    """A result that is known beforehand: its shape, or for several each one's."""
    value = node.meta.get("val")
    if hasattr(value, "shape"):
        return Tensor(shape_of(node))
    if isinstance(value, list | tuple):
        return [Tensor(tuple(hint(size) for size in part.shape)) for part in value]
    return value if value is None or isinstance(value, (int, float, bool)) else hint(value)


def kept(value: Value, sizes: tuple[int, ...]) -> tuple[Axis, ...]:
    """Axes for new sizes: at both ends those that have stayed, new ones between."""
    old = value.sizes
    low = 0
    while low < min(len(old), len(sizes)) and old[low] == sizes[low]:
        low += 1
    high = 0
    while high < min(len(old), len(sizes)) - low and old[-1 - high] == sizes[-1 - high]:
        high += 1
    middle = tuple(Axis() for _ in range(len(sizes) - low - high))
    return (*value.axes[:low], *middle, *value.axes[len(old) - high :])


def counted(value: Value, axes: tuple[Axis, ...], sizes: tuple[int, ...]) -> dict[Axis, Any]:
    """The size of each axis, but for one: that which others were joined to, or one that stays as it was."""
    fresh = [i for i, axis in enumerate(axes) if axis not in value.axes]
    stays = [i for i, axis in enumerate(axes) if axis in value.axes and axis.root.name != "C"]
    rest = fresh[0] if len(fresh) == 1 and sizes[fresh[0]] != 1 else stays[0] if stays else -1
    return {
        axis: "rest" if i == rest else size for i, (axis, size) in enumerate(zip(axes, sizes, strict=True))
    }


def _canonical(module: torch.nn.Module) -> dict[str, str]:
    """For every name of a parameter or buffer the first name of the same tensor."""
    first: dict[int, str] = {}
    found: dict[str, str] = {}
    named = (
        *module.named_parameters(remove_duplicate=False),
        *module.named_buffers(remove_duplicate=False),
    )
    for name, tensor in named:
        found[name] = first.setdefault(id(tensor), name)
    return found


def _live(graph: Any) -> set[Node]:
    """The nodes that the output needs, and those that change what it reads."""
    found: set[Node] = set()
    for node in reversed(graph.nodes):
        if node.op != "call_function":
            found.add(node)
            continue
        changes = getattr(getattr(node.target, "_schema", None), "is_mutable", False)
        if changes or any(user in found for user in node.users):
            found.add(node)
    return found
