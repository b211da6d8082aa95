"""A Keras model as a list of calls: each layer as often as it is called, models inside models laid out.

Keras 3 writes what a call is given as `args` and `kwargs`, Keras 2 as lists of names. Here they are one.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any

from archcalc.convert.keras.fields import Broken, Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_CALLS = 50_000
_DEEPEST = 12  # models, one inside another
_NEAR = 8  # calls that may come next, of which the one that goes with the last is taken
_CHAINS = ("Sequential",)
_GRAPHS = ("Functional", "Model")

Key = tuple[str, int]
"""A call within a model: the layer's name, and which of its calls it is."""


class Tensor:
    """What flows: made by a call, or given. `shape` is what the file says of it, if it says anything."""

    __slots__ = ("flow", "shape")

    def __init__(self, shape: Any = None) -> None:
        self.shape = shape
        self.flow: Any = None  # what the reader has made of it


class Array:
    """Numbers that stand in a configuration, as nested lists."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Entry:
    """A layer, or an operation, as it stands in a configuration."""

    __slots__ = ("config", "fields", "kind", "module", "name", "nodes", "registered", "trainable")

    def __init__(self, given: Any, *, trainable: bool = True) -> None:
        if not isinstance(given, dict):
            raise Broken("it has a layer that is no map")
        self.kind = _text(given.get("class_name"), "a layer without a class_name")
        self.module = str(given.get("module") or "")
        self.registered = str(given.get("registered_name") or "")
        config = given.get("config")
        self.config: Any = config
        inside = config if isinstance(config, dict) else {}
        self.name = _text(
            given.get("name") or inside.get("name") or self.kind, "a layer whose name is no text"
        )
        self.fields = Fields(inside)
        self.trainable = trainable and inside.get("trainable") is not False
        self.nodes: Any = given.get("inbound_nodes")

    @property
    def is_model(self) -> bool:
        """Whether it holds layers of its own."""
        return self.is_chain or self.is_graph

    @property
    def is_chain(self) -> bool:
        """Whether it is a list of layers, one after the other."""
        if self.kind not in _CHAINS:
            return False
        return isinstance(self.config, list) or isinstance(self.fields.given.get("layers"), list)

    @property
    def is_graph(self) -> bool:
        """Whether its layers say what they read; a class of one's own may be one too."""
        given = self.fields.given
        return self.kind not in _CHAINS and "input_layers" in given and isinstance(given.get("layers"), list)

    @property
    def is_own(self) -> bool:
        """Whether it is an operation or a layer that comes with Keras."""
        return not self.module or self.module.partition(".")[0] in ("keras", "tensorflow", "tf_keras")

    @property
    def is_operation(self) -> bool:
        """Whether it is a function of `keras.ops`, which has no tensors of its own."""
        return self.module.startswith("keras.src.ops") or self.module.startswith("keras.ops")


class Call:
    """A layer that is applied: where it stands, and what it is given."""

    __slots__ = ("args", "entry", "kwargs", "outputs", "path", "scope", "word")

    def __init__(
        self,
        entry: Entry,
        path: tuple[str, ...],
        args: Any,
        kwargs: dict[str, Any],
        scope: tuple[str, ...] | None = None,
    ) -> None:
        self.entry = entry
        self.path = path  # of the models around it
        self.scope = path if scope is None else scope  # the same, where one that is called again has a number
        self.args = args
        self.kwargs = kwargs
        self.word = entry.name  # what it is called there
        self.outputs: dict[int, Tensor] = {}

    @property
    def key(self) -> tuple[str, ...]:
        """Which layer it is: another call of the same has the same tensors."""
        return (*self.path, self.entry.name)

    def tensors(self) -> list[Tensor]:
        """All tensors that it is given, in order."""
        return [*flattened(self.args), *flattened(self.kwargs)]


class Given:
    """An input of the whole model."""

    __slots__ = ("kind", "name", "readers", "tensor")

    def __init__(self, name: str, shape: Any, kind: str) -> None:
        self.name = name
        self.kind = kind  # its dtype
        self.tensor = Tensor(shape)


def flattened(value: Any) -> Iterator[Tensor]:
    """The tensors in what a call is given."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from flattened(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from flattened(part)


class Model:
    """A model laid out: its inputs, its calls in an order in which they can run, its outputs."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.inputs: list[Given] = []
        self.calls: list[Call] = []
        self.whole = Entry(config)
        self.scopes: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.times: dict[tuple[str, ...], int] = {}
        self.outputs: list[Tensor] = self.laid_out(self.whole, (), None)

    def laid_out(self, entry: Entry, path: tuple[str, ...], given: list[Tensor] | None) -> list[Tensor]:
        """The outputs of a model that reads some tensors; None where it is the whole."""
        if len(path) > _DEEPEST:
            raise Broken(f"it has models inside models, more than {_DEEPEST} deep")
        if entry.is_chain:
            return self.chain(entry, path, given)
        return Graph(self, entry, path, given).outputs()

    def called(self, entry: Entry, path: tuple[str, ...], args: Any, kwargs: dict[str, Any]) -> Call:
        """A call put down."""
        if len(self.calls) >= _MOST_CALLS:
            raise Broken(f"it calls more than {_MOST_CALLS:,} layers")
        call = Call(entry, path, args, kwargs, self.scopes.get(path, path))
        self.calls.append(call)
        return call

    def input(self, entry: Entry, shape: Any) -> Tensor:
        """One more input of the whole."""
        made = Given(entry.name, shape, str(entry.fields.given.get("dtype") or "float32"))
        self.inputs.append(made)
        return made.tensor

    def chain(self, entry: Entry, path: tuple[str, ...], given: list[Tensor] | None) -> list[Tensor]:
        """The layers of a Sequential, one after the other."""
        own = entry.config if isinstance(entry.config, list) else entry.fields.given["layers"]
        layers = [Entry(part, trainable=entry.trainable) for part in own]
        if not layers:
            raise Broken(f"the model {entry.name!r} has no layers")
        if given is not None and len(given) != 1:
            raise Broken(f"the model {entry.name!r} reads one tensor, and is given {len(given)}")
        now = given[0] if given else None
        for layer in layers:
            if layer.kind == "InputLayer":
                now = now or self.input(layer, _shape_of(layer))
                continue
            if now is None:
                shape = _shape_of(layer) or entry.fields.given.get("build_input_shape")
                now = self.input(layer, shape or _built(layer))
            (now,) = self.applied(layer, path, [now], {}, [0])
        if now is None:
            raise Broken(f"the model {entry.name!r} has no layers")
        return [now]

    def applied(
        self, entry: Entry, path: tuple[str, ...], args: Any, kwargs: dict[str, Any], wanted: Sequence[int]
    ) -> list[Tensor]:
        """The outputs that are wanted of a layer or a model that is called."""
        if entry.is_model:
            tensors = [*flattened(args), *flattened(kwargs)]
            inside = (*path, entry.name)
            again = self.times[inside] = self.times.get(inside, -1) + 1
            name = f"{entry.name}_{again}" if again else entry.name
            self.scopes[inside] = (*self.scopes.get(path, path), name)
            outputs = self.laid_out(entry, inside, tensors)
            if max(wanted) >= len(outputs):
                raise Broken(f"output {max(wanted)} of {entry.name!r} is read, and it has {len(outputs)}")
            return [outputs[i] for i in wanted]
        call = self.called(entry, path, args, kwargs)
        return [call.outputs.setdefault(i, Tensor()) for i in wanted]


class Graph:
    """The layers of a functional model, and what each of their calls reads."""

    def __init__(self, model: Model, entry: Entry, path: tuple[str, ...], given: list[Tensor] | None) -> None:
        self.model = model
        self.entry = entry
        self.path = path
        layers = [Entry(part, trainable=entry.trainable) for part in entry.fields.given["layers"]]
        self.layers = {layer.name: layer for layer in layers}
        if len(self.layers) < len(layers):
            raise Broken("it has two layers of one name")
        self.made: dict[tuple[str, int, int], Tensor] = {}
        self.hints: dict[tuple[str, int, int], Any] = {}
        self.wanted: dict[Key, list[int]] = {}
        self.calls: dict[Key, tuple[Any, dict[str, Any]]] = {}
        self.reads: dict[Key, set[Key]] = {}
        self.begin(given)
        for layer in layers:
            for i, node in enumerate(layer.nodes if isinstance(layer.nodes, list) else ()):
                self.node((layer.name, i), node)
        self.ends = self.references(entry.fields.given.get("output_layers"))
        for name, i, j in self.ends:
            self.want(name, i, j)

    # -- what the file says

    def begin(self, given: list[Tensor] | None) -> None:
        """The inputs: those that are given, or inputs of the whole."""
        names = [name for name, _, _ in self.references(self.entry.fields.given.get("input_layers"))]
        if given is not None and len(given) != len(names):
            raise Broken(
                f"the model {self.entry.name!r} reads {len(names)} tensors, and is given {len(given)}"
            )
        for i, name in enumerate(names):
            layer = self.layers.get(name)
            if layer is None:
                raise Broken(f"its input {name!r} is none of its layers")
            self.made[name, 0, 0] = given[i] if given else self.model.input(layer, _shape_of(layer))

    def references(self, found: Any) -> list[tuple[str, int, int]]:
        """Names, calls and outputs, as `["a", 0, 0]`, lists of them, and maps of them."""
        if isinstance(found, dict):
            found = list(found.values())
        if not isinstance(found, list) or not found:
            raise Broken("it does not say what its inputs and outputs are")
        if isinstance(found[0], str):
            return [_reference(found)]
        return [own for part in found for own in self.references(part)]

    def node(self, key: Key, node: Any) -> None:
        """What one call of a layer is given."""
        own: set[Key] = set()
        self.reads[key] = own
        if isinstance(node, dict):
            args = self.value(node.get("args") or [], own)
            kwargs = self.value(node.get("kwargs") or {}, own)
        else:
            args, kwargs = self.older(node, own)
        if not isinstance(kwargs, dict):
            raise Broken(f"the layer {key[0]!r} is called with arguments that have no names")
        self.calls[key] = args, kwargs

    def older(self, node: Any, own: set[Key]) -> tuple[Any, dict[str, Any]]:
        """A call as Keras 2 writes it: a list of `[name, call, output, arguments]`."""
        if not isinstance(node, list) or not node:
            raise Broken("a layer reads what is no list")
        if isinstance(node[0], str):
            node = [node]
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for part in node:
            if isinstance(part, list) and len(part) > 2 and part[0] == "_CONSTANT_VALUE":
                args.append(part[2])
            else:
                args.append(self.read(*_reference(part), own))
            if len(part) > 3 and isinstance(part[3], dict):
                kwargs |= {str(word): self.older_value(value, own) for word, value in part[3].items()}
        return args, kwargs

    def older_value(self, value: Any, own: set[Key]) -> Any:
        """An argument as Keras 2 writes it: a tensor by its name, a list of such, or a constant."""
        if (
            isinstance(value, list)
            and len(value) == 3
            and isinstance(value[0], str)
            and type(value[1]) is int
        ):
            return self.read(*_reference(value), own)
        if isinstance(value, list):
            return [self.older_value(part, own) for part in value]
        return self.value(value, own)

    def value(self, given: Any, own: set[Key]) -> Any:
        """What a call is given: references as they stand, until the tensors are made."""
        if isinstance(given, list):
            return [self.value(part, own) for part in given]
        if not isinstance(given, dict):
            return given
        kind, config = given.get("class_name"), given.get("config")
        inside = config if isinstance(config, dict) else {}
        if kind == "__keras_tensor__":
            name, i, j = _reference(inside.get("keras_history"))
            self.hints[name, i, j] = inside.get("shape")
            return self.read(name, i, j, own)
        plain: dict[Any, Any] = {
            "__slice__": slice(*(inside.get(word) for word in ("start", "stop", "step"))),
            "__ellipsis__": Ellipsis,
            "__tensor__": Array(inside.get("value")),
            "__numpy__": Array(inside.get("value")),
        }
        if isinstance(kind, str) and kind in plain:
            return plain[kind]
        return {str(word): self.value(part, own) for word, part in given.items()}

    def read(self, name: str, i: int, j: int, own: set[Key]) -> Reference:
        """An output of a call of a layer."""
        if name not in self.layers:
            raise Broken(f"something reads {name!r}, and no layer is called so")
        own.add((name, i))
        self.want(name, i, j)
        return Reference((name, i, j))

    def want(self, name: str, i: int, j: int) -> None:
        """Note that an output is read."""
        wanted = self.wanted.setdefault((name, i), [])
        if j not in wanted:
            wanted.append(j)

    # -- what comes of it

    def outputs(self) -> list[Tensor]:
        """Every call put down in an order in which they can run; the outputs."""
        for key in self.order():
            args, kwargs = self.calls[key]
            layer, wanted = self.layers[key[0]], self.wanted.get(key, [])
            made = self.model.applied(layer, self.path, self.filled(args), self.filled(kwargs), wanted or [0])
            for j, tensor in zip(wanted or [0], made, strict=True):
                name = (*key, j)
                tensor.shape = tensor.shape or self.hints.get(name)
                self.made[name] = tensor
        missing = [name for name in self.ends if name not in self.made]
        if missing:
            raise Broken(f"its output {missing[0][0]!r} is never made")
        return [self.made[name] for name in self.ends]

    def filled(self, value: Any) -> Any:
        """What a call is given, with tensors for references."""
        if isinstance(value, Reference):
            return self.made[value.name]
        if isinstance(value, list):
            return [self.filled(part) for part in value]
        if isinstance(value, dict):
            return {word: self.filled(part) for word, part in value.items()}
        return value

    def order(self) -> Iterator[Key]:
        """The calls, each after what it reads; of several, the one whose name goes on where the last was."""
        place = {key: -i for i, key in enumerate(self.calls)}
        begun = {(name, i) for name, i, _ in self.made}
        left = {key: len(own - begun) for key, own in self.reads.items()}
        readers: dict[Key, list[Key]] = {}
        for key, own in self.reads.items():
            for other in own - begun:
                if other not in self.calls:
                    raise Broken(
                        f"the layer {key[0]!r} reads call {other[1]} of {other[0]!r}, and there is none"
                    )
                readers.setdefault(other, []).append(key)
        ready = sorted((place[key], key) for key, count in left.items() if not count)
        last = ""
        done = 0
        while ready:
            at = max(
                range(max(0, len(ready) - _NEAR), len(ready)), key=lambda i: (_alike(ready[i][1][0], last), i)
            )
            _, key = ready.pop(at)
            last = key[0]
            done += 1
            yield key
            for other in readers.get(key, ()):
                left[other] -= 1
                if not left[other]:
                    insort(ready, (place[other], other))
        if done < len(self.calls):
            stuck = next(key[0] for key, count in left.items() if count)
            raise Broken(f"the layer {stuck!r} reads what it makes itself, by way of others")


class Reference:
    """A tensor that is not made yet."""

    __slots__ = ("name",)

    def __init__(self, name: tuple[str, int, int]) -> None:
        self.name = name


def _alike(one: str, other: str) -> int:
    """How many characters two names begin with alike."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _text(found: Any, what: str) -> str:
    if not isinstance(found, str) or not found:
        raise Broken(f"it has {what}")
    return found


def _reference(found: Any) -> tuple[str, int, int]:
    if (
        not isinstance(found, list)
        or len(found) < 3
        or not isinstance(found[0], str)
        or not all(type(number) is int and 0 <= number < _MOST_CALLS for number in found[1:3])
    ):
        raise Broken("a layer reads something that is no [name, call, output]")
    return found[0], found[1], found[2]


def _shape_of(entry: Entry) -> Any:
    """The shape that an input layer, or the first of a list, says that it reads."""
    given = entry.fields.given
    return given.get("batch_shape") or given.get("batch_input_shape")


def _built(entry: Entry) -> Any:
    """The shape that a layer was built with."""
    built = entry.fields.given.get("build_config")
    return built.get("input_shape") if isinstance(built, dict) else None
