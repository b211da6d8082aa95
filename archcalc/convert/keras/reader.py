"""The walk over a model's calls: each becomes a layer of the draft, or several."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from archcalc.convert.draft import Draft, Item, Tied
from archcalc.convert.keras.fields import Broken
from archcalc.convert.keras.model import Model, Tensor, flattened
from archcalc.convert.keras.names import grouped
from archcalc.convert.keras.rules import OPERATIONS, RULES, Unsaid
from archcalc.convert.keras.values import Flow, usual
from archcalc.dims import Shape
from archcalc.errors import ArchcalcError, ConvertError, Problem, quote
from archcalc.fields import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.convert.draft import Source
    from archcalc.convert.keras.model import Call, Entry, Given

_USUAL = {"H": 224, "W": 224, "D": 16, "T": 128, "C": 16}
"""Sizes of axes that a model leaves open and nobody sets."""
_ONNX = "model.export('model.onnx', format='onnx')"
_LOOKS_UP = ("Embedding", "ReversibleEmbedding")
_NAMED = 5  # layers that a sentence names
_BUGS = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, StopIteration)
"""What a configuration comes to that has values of other types than Keras writes."""


def draft_of(config: dict[str, Any], path: str, sizes: Mapping[str, int]) -> Draft:
    """The draft of a model's configuration.

    Raises ConvertError for what is broken, or cannot be said.
    """
    from archcalc.convert.keras.rules import declare

    declare()

    try:
        return Reader(config, path, sizes).draft()
    except Broken as error:
        raise ConvertError(Problem(f"{quote(path)}: {error}")) from None
    except RecursionError:
        raise ConvertError(Problem(f"{quote(path)}: its configuration is nested without end")) from None
    except _BUGS as error:
        what = f"{quote(path)}: its configuration makes no sense ({type(error).__name__})"
        raise ConvertError(Problem(what)) from None


class Reader:
    """Reads one model: the draft so far, and whose tensors each layer has."""

    def __init__(self, config: dict[str, Any], path: str, sizes: Mapping[str, int]) -> None:
        self.path = path
        self.sizes = dict(sizes)
        self.out = Draft(os.path.splitext(os.path.basename(path))[0] or "network")
        self.first_items: dict[tuple[str, ...], list[Item]] = {}  # a layer -> what its first call came to
        self.taken: dict[tuple[str, ...], int] = {}  # a layer -> of those, how many this call has met
        self.opened: dict[str, str] = {}  # symbols -> axes
        self.ops: Counter[str] = Counter()
        self.now: Call | None = None
        self.inner: tuple[str, ...] = ()  # a layer inside the one that is called
        self.config = config
        self.first = False  # whether maps stand first where nothing else says so
        self.is_newer = "module" in config  # whether Keras 3 wrote it

    # -- the whole

    def draft(self) -> Draft:
        """The draft of the model."""
        whole = self.config
        self.model = self.laid_out()
        self.refuse_unknown()
        self.first = _first(call.entry for call in self.model.calls)
        grouped(self.model.calls)
        name = self.model.whole.name
        if os.path.basename(self.path) == "config.json" and name:
            self.out.name = name
        looked_up = {
            id(tensor)
            for call in self.model.calls
            if call.entry.kind in _LOOKS_UP
            for tensor in call.tensors()
        }
        for given in self.model.inputs:
            given.tensor.flow = self.input(given, indices=id(given.tensor) in looked_up)
        for call in self.model.calls:
            self.call(call)
        outputs = [flow.source for tensor in self.model.outputs if (flow := self.flow(tensor))]
        items = [source for source in outputs if isinstance(source, Item)]
        if not items:
            raise Broken("it has no layers between its inputs and its outputs")
        self.out.coverage.ops.update(self.ops)
        self.out.ends(*items)
        self.say(whole)
        return self.out

    def laid_out(self) -> Model:
        """The calls of the model. Raises ConvertError where only code says what they are."""
        from archcalc.convert.keras.model import Entry

        entry = Entry(self.config)
        if not entry.is_model:
            what = f"{quote(self.path)}: {quote(entry.kind)} is a class of its author's"
            why = (
                "its configuration holds what it is made with; what it does is in its code, which is not run"
            )
            if entry.kind in _LOOKS_UP or (entry.is_own and entry.kind in RULES):
                what = f"{quote(self.path)} holds a layer, {quote(entry.kind)}, and no model"
                raise ConvertError(Problem(what))
            raise ConvertError(Problem(what, (why,), _ONNX, "as ONNX it is read"))
        return Model(self.config)

    def refuse_unknown(self) -> None:
        """Complain of layers whose tensors only their code knows, all at once."""
        kinds: dict[str, list[str]] = {}
        for call in self.model.calls:
            for entry in _inside(call.entry):
                if entry.kind in ("Lambda", "__lambda__"):
                    kinds.setdefault("Lambda", []).append(entry.name)
                elif not entry.is_operation and not entry.is_model and not self.knows(entry):
                    kinds.setdefault(entry.kind, []).append(entry.name)
        problems = []
        for kind, names in kinds.items():
            some = ", ".join(quote(name) for name in dict.fromkeys(names[:_NAMED]))
            if kind == "Lambda":
                what = f"{quote(self.path)}: {some} is a Lambda, which is code in a file"
                why = "code from a file is not run, and without it nobody knows what the layer does"
            else:
                what = f"{quote(self.path)}: {some} is a {quote(kind)}, a class of its author's"
                why = "its tensors are in its code and not in the file, and unknown parameters are not 0"
            problems.append(Problem(what, (why,), _ONNX, "as ONNX it is read"))
        if problems:
            raise ConvertError(problems)

    def knows(self, entry: Entry) -> bool:
        """Whether a layer is one that comes with Keras, and is known here."""
        from archcalc.convert.keras.recurrent import CELLS

        return (entry.kind in RULES or entry.kind in CELLS) and entry.is_own and ">" not in entry.registered

    def say(self, whole: dict[str, Any]) -> None:
        """What a reader of the report should know."""
        facts = self.out.coverage.facts
        left = [name for name in self.opened if name in self.out.symbols]
        if left:
            shown = ", ".join(f"{name} is {self.out.symbols[name]}" for name in left)
            facts.append(f"The model leaves sizes open; where nobody says, {shown}.")

    # -- inputs

    def input(self, given: Given, *, indices: bool) -> Flow:
        """An input of the network, without its batch."""
        shape = given.tensor.shape
        if not isinstance(shape, list) or not shape:
            what = f"{quote(self.path)}: the input {quote(given.name)} has no shape"
            fix = "model.build((None, 224, 224, 3))"
            raise ConvertError(
                Problem(what, ("a model that was never built does not know one",), fix, "before it is saved")
            )
        dims = shape[1:]
        axes = ("T",) if indices and len(dims) == 1 else usual(len(dims), first=self.first)
        if not dims:
            dims, axes = [1], ("T",) if indices else ("C",)
        symbols, pairs = {}, []
        for axis, dim in zip(axes, dims, strict=True):
            size = dim
            if dim is None:
                symbols[axis] = axis
                self.opened[axis] = axis
                size = self.out.symbols.get(axis) or self.sizes.get(axis) or _USUAL.get(axis, 16)
            elif type(dim) is not int or not 1 <= dim <= 10**9:
                raise Broken(f"the input {given.name!r} has a size {dim!r}"[:120])
            pairs.append((axis, size))
        order = [pair for pair in pairs if pair[0] == "C"] + [pair for pair in pairs if pair[0] != "C"]
        pairs = order if len(pairs) > 2 else pairs
        source = self.out.input(given.name, pairs, indices=indices and len(pairs) == 1, symbols=symbols)
        return Flow(source, axes)

    # -- calls

    def call(self, call: Call) -> None:
        """One layer applied."""
        self.now, self.inner = call, ()
        self.taken[call.key] = 0
        self.ops[call.entry.kind] += 1
        try:
            made = self.made(call)
        except (ConvertError, Broken):
            raise
        except ArchcalcError as error:
            self.bad(call, error.problems[0].what, error.problems[0].why)
        except FieldError as error:
            self.bad(call, f"a field {error}")
        except _BUGS as error:
            self.bad(call, f"its configuration makes no sense ({type(error).__name__})")
        for j, tensor in call.outputs.items():
            if j >= len(made):
                raise Broken(f"output {j} of {call.entry.name!r} is read, and it has {len(made)}")
            tensor.flow = made[j]
            self.agree(call, tensor)

    def made(self, call: Call) -> list[Flow]:
        """What a layer makes; as opaque where the language lacks it."""
        table = OPERATIONS if call.entry.is_operation else RULES
        try:
            flows = table.get(call.entry.kind, _unknown)(self, call)
        except Unsaid as error:
            flows = self.lacking(call, error)
        except Broken as error:
            self.bad(call, str(error))
        return flows if isinstance(flows, list) else [flows]

    def bad(self, call: Call, what: str, why: tuple[str, ...] = ()) -> NoReturn:
        """Complain of a layer."""
        raise ConvertError(Problem(f"{quote(self.path)}: the layer {quote(call.entry.name)}: {what}", why))

    def agree(self, call: Call, tensor: Tensor) -> None:
        """Hold the shape of what a layer makes against what the file says it is."""
        said = tensor.shape
        if not isinstance(said, list) or tensor.flow is None:
            return
        own = tensor.flow.dims
        sizes = said[1:]
        if len(sizes) != len(own) or any(
            size is not None and size != mine for size, mine in zip(sizes, own, strict=True)
        ):
            if not sizes and own == [1]:
                return
            self.bad(call, f"it makes {_spelled(own)}, and the file says {_spelled(sizes)}")

    def lacking(self, call: Call, unsaid: Unsaid) -> list[Flow]:
        """A layer that the language lacks: its parameters where Keras gives it any, and the shape said."""
        reads = [self.needed(tensor) for tensor in call.tensors()]
        if not reads:
            raise Broken(f"the layer {call.entry.name!r} reads nothing")
        wanted = sorted(call.outputs)
        flows = []
        for j in wanted:
            shape = self.said(call, call.outputs[j], reads, unsaid.like)
            item = self.out.opaque(
                ".".join(map(_plain, call.scope)),
                call.entry.kind,
                Shape((size for _, size in shape), (axis for axis, _ in shape)),
                unsaid.params if j == wanted[0] else 0,
                *(flow.source for flow in reads),
                fixed=unsaid.fixed if j == wanted[0] else 0,
            )
            item.word = _plain(call.word)
            self.own(item)
            flows.append(Flow(item, tuple(axis for axis, _ in shape)))
        return [flows[wanted.index(j)] if j in wanted else flows[0] for j in range(wanted[-1] + 1)]

    def said(
        self, call: Call, tensor: Tensor, reads: Sequence[Flow], like: Flow | None
    ) -> list[tuple[str, int]]:
        """The axes and sizes that the file says an output has."""
        if like is not None:
            return list(zip(like.axes, like.dims, strict=True))
        sizes = tensor.shape[1:] if isinstance(tensor.shape, list) else None
        if sizes is None:
            what = f"the file does not say what a {call.entry.kind} makes, and there is no kind for it"
            self.bad(call, what)
        like = next((flow for flow in reads if len(flow.axes) == len(sizes)), None)
        axes = like.axes if like else usual(len(sizes) or 1, first=self.first)
        found = []
        for axis, size in zip(axes, sizes or [1], strict=True):
            known = like.sizes[axis] if size is None and like else size
            if type(known) is not int or not 1 <= known <= 10**12:
                self.bad(call, f"the file does not say how large a {call.entry.kind} makes its axis {axis}")
            found.append((axis, known))
        return found

    # -- what rules ask for

    def flow(self, tensor: Any) -> Flow | None:
        """What has become of a tensor."""
        return tensor.flow if isinstance(tensor, Tensor) else None

    def needed(self, tensor: Any) -> Flow:
        """What has become of a tensor. Raises Broken where nothing has, Unsaid where it is none."""
        if not isinstance(tensor, Tensor):
            raise Unsaid("it reads a constant where a layer is expected")
        if tensor.flow is None:
            raise Broken("it reads what is not made")
        return tensor.flow  # type: ignore[no-any-return]

    def reads(self, call: Call, most: int | None = None) -> list[Flow]:
        """The tensors that a layer reads by place, at most so many; masks are let go by the caller."""
        found = [self.needed(tensor) for tensor in flattened(call.args)]
        if not found:
            found = [self.needed(tensor) for tensor in flattened(call.kwargs)]
        if not found:
            raise Broken("it reads nothing")
        return found if most is None else found[:most]

    def one(self, call: Call) -> Flow:
        """The one tensor that a layer reads."""
        return self.reads(call)[0]

    def put(
        self, op: str, fields: Mapping[str, Any], *reads: Flow | Source, part: str = "", alone: bool = False
    ) -> Item:
        """One more layer, called as the layer that is being read, or as a part of it.

        What is put `alone` is a name's whole, though it has parts.
        """
        assert self.now is not None
        sources = [flow.source if isinstance(flow, Flow) else flow for flow in reads]
        name = "_".join((self.now.word, *self.inner))
        path = (*self.now.scope, name) if part and not alone else self.now.scope
        word = part if part and not alone else f"{name}_{part}" if part else name
        item = self.out.add(".".join(map(_plain, path)), op, fields, *sources, word=_plain(word))
        self.own(item)
        return item

    def own(self, item: Item) -> None:
        """Say whose tensors a layer has: those of the first call of the same, where there was one."""
        assert self.now is not None
        item.trainable = self.now.entry.trainable
        tensors = {**item.layer.weights(*item.xs), **item.layer.buffers(*item.xs)}
        if not tensors:
            return
        key = self.now.key
        firsts = self.first_items.setdefault(key, [])
        at = self.taken[key]
        self.taken[key] = at + 1
        if at >= len(firsts):
            firsts.append(item)
            return
        first = firsts[at]
        own = {**first.layer.weights(*first.xs), **first.layer.buffers(*first.xs)}
        if {name: tuple(shape) for name, shape in tensors.items()} != {
            name: tuple(shape) for name, shape in own.items()
        }:
            raise Broken("it is applied twice, to inputs that need tensors of other shapes")
        item.ties = {name: Tied(first, name) for name in tensors}

    def fact(self, sentence: str) -> None:
        """Note something that the spec does not show, once."""
        if sentence not in self.out.coverage.facts:
            self.out.coverage.facts.append(sentence)

    # -- axes

    def turned(self, flow: Flow, order: Sequence[str]) -> Source:
        """What makes a tensor, with its axes in this order."""
        source, order = flow.source, tuple(order)
        if source.y.axes == order:
            return source
        if isinstance(source, Item) and source.layer.op == "permute" and source.reads[0].y.axes == order:
            return source.reads[0]
        sizes = dict(source.y.named())
        longs = [[axis for axis in axes if sizes[axis] != 1] for axes in (source.y.axes, order)]
        if longs[0] == longs[1]:
            return self.put(
                "reshape", {"shape": {axis: sizes[axis] for axis in order}}, source, part="shaped", alone=True
            )
        return self.put("permute", {"axes": list(order)}, source, part="turned", alone=True)

    def named(self, flow: Flow, names: Sequence[str]) -> Flow:
        """The same tensor with its axes called otherwise, in Keras's order."""
        names = tuple(names)
        if flow.axes == names:
            return flow
        if len(names) != len(flow.axes):
            raise Broken(f"it reads {len(flow.axes)} axes beside the batch, and takes {len(names)}")
        source = self.turned(flow, flow.axes)
        sizes: dict[str, Any] = dict(zip(names, flow.dims, strict=True))
        if "T" in sizes:
            sizes["T"] = "rest"
        return Flow(self.put("reshape", {"shape": sizes}, source, part="named", alone=True), names)

    def shaped(self, flow: Flow, sizes: Mapping[str, Any], order: Sequence[str] | None = None) -> Flow:
        """The same numbers, in Keras's order, counted along other axes."""
        source = self.turned(flow, flow.axes)
        axes = tuple(sizes)
        long = [axis for axis, size in sizes.items() if size != 1]
        own = tuple(order or axes) if len(long) < 2 else axes
        if own == ("C",):
            if source.y.axes == ("C",):
                return Flow(source, axes)
            return Flow(self.put("flatten", {}, source), axes)
        return Flow(self.put("reshape", {"shape": {axis: sizes[axis] for axis in own}}, source), axes)

    def bent(self, flow: Flow, activation: Any) -> Flow:
        """A tensor with an activation on each of its numbers; as opaque where there is no kind for it."""
        from archcalc.convert.keras.activations import activated, activation_of

        try:
            return activated(self, flow, activation)
        except Unsaid:
            name = str(activation_of(activation)[0])[:40] if ">" not in str(activation) else "activation"
            item = self.put("opaque", {"num_params": 0}, flow, part="act", alone=True)
            item.lacks = name
            return flow._replace(source=item)

    def declared(
        self,
        flows: Sequence[Flow],
        sizes: Mapping[str, int],
        axes: Sequence[str],
        *,
        params: int,
        fixed: int = 0,
        **figures: int,
    ) -> Flow:
        """A layer whose figures are known here, though its inside cannot be said."""
        fields: dict[str, Any] = {"num_params": params, "output_shape": dict(sizes)}
        fields |= {"num_fixed": fixed} if fixed else {}
        fields |= {name: figure for name, figure in figures.items() if figure or name == "num_macs"}
        return Flow(self.put("opaque", fields, *flows), tuple(axes))


def _unknown(_reader: Reader, _call: Call) -> NoReturn:
    raise Unsaid("there is no kind for it")


def _first(entries: Iterable[Entry]) -> bool:
    """Whether more layers have their maps first than last."""
    formats = Counter(str(entry.fields.given.get("data_format")) for entry in entries)
    return formats["channels_first"] > formats["channels_last"]


def _inside(entry: Entry) -> Iterable[Entry]:
    """A layer and those that it wraps."""
    from archcalc.convert.keras.model import Entry

    yield entry
    for word in ("layer", "backward_layer", "cell"):
        given = entry.fields.given.get(word)
        if isinstance(given, dict) and "class_name" in given:
            yield from _inside(Entry(given))


def _plain(name: str) -> str:
    return name.replace(".", "_").replace("/", ".")[:200]


def _spelled(sizes: Sequence[Any]) -> str:
    return "x".join("?" if size is None else str(size)[:20] for size in sizes) or "one number"
