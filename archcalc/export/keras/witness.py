"""Keras as a witness: the exported source is run, and each layer's value is looked at."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from importlib import util
from typing import TYPE_CHECKING, Any

from archcalc.errors import ConvertError, Problem
from archcalc.export.keras.source import KerasSource
from archcalc.export.source.file import Spot
from archcalc.export.source.witness import SourceWitness, found, imported, laid
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from archcalc.arrays import Array
    from archcalc.forward import Tensors
    from archcalc.graph import Graph


def needed() -> None:
    """Refuse to go on without Keras, in one sentence. PyTorch computes, where nothing else is said."""
    if util.find_spec("keras") is None:
        raise ConvertError(Problem("Keras is not installed", (), "pip install keras"))
    if "KERAS_BACKEND" not in os.environ and util.find_spec("torch") is not None:
        os.environ["KERAS_BACKEND"] = "torch"


def witness(graph: Graph) -> KerasWitness:
    """Keras, for a network."""
    needed()
    return KerasWitness(graph)


class KerasWitness(SourceWitness):
    """A network in Keras, in float64."""

    source: KerasSource
    tolerance = 1e-5  # some of its functions compute in 32 bits, whatever they are given

    def __init__(self, graph: Graph) -> None:
        keras = _keras()
        self.name = f"Keras {keras.__version__}"
        super().__init__(graph, KerasSource(graph))
        with doubles():
            self.file = imported(self.source.text(watched=True))
            vars(self.file)["watch"] = lambda *_: None
            self.model: Any = getattr(self.file, self.source.name)()
            self.batch({name: np.zeros(tuple(map(int, shape))) for name, shape in graph.inputs.items()})

    def batch(self, inputs: Mapping[str, Array]) -> Any:
        """What the model gives for two examples, the second the first the other way round."""
        keras = _keras()
        given = []
        for name in self.graph.inputs:
            x = np.asarray(inputs[name])
            kind = "int32" if name in self.graph.indices else "float64"
            given.append(keras.ops.convert_to_tensor(np.stack([x, x[::-1]]), kind))
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", ".*softmax over axis", UserWarning
            )  # of one number: it may be asked for
            return self.model(*given, training=False) if len(given) == 1 else self.model(*given)

    @property
    def parameters(self) -> int:
        """Numbers that training changes, as Keras counts them."""
        return sum(int(np.prod(weight.shape)) for weight in self.model.trainable_weights)

    @property
    def stored(self) -> int:
        """Numbers that are kept and not trained."""
        return int(self.model.count_params()) - self.parameters

    def run(self, inputs: Mapping[str, Array], tensors: Mapping[str, Tensors]) -> dict[str, Array]:
        """What nodes give for one example."""
        with doubles():
            self.load(tensors)
            seen: dict[Spot, list[Any]] = {}
            paths = {id(found(self.model, path)): path for path in self.source.places() if path}
            paths[id(self.model)] = ""

            def watch(layer: Any, name: str, value: Any) -> None:
                if id(layer) in paths:
                    seen.setdefault(Spot(paths[id(layer)], name), []).append(value)

            vars(self.file)["watch"] = watch
            with told(watch):
                self.batch(inputs)
        return self.by_node(seen)

    def put(self, target: Any, ours: Array, order: str) -> None:
        target.assign(laid(ours, tuple(target.shape), order))

    def array(self, value: Any) -> Array | None:
        if isinstance(value, tuple | list):
            return None
        value = value.value if isinstance(value, _keras().Variable) else value
        found: Array = value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)
        return found


def _keras() -> Any:
    from importlib import import_module

    return import_module("keras")


@contextmanager
def told(watch: Callable[[Any, str, Any], None]) -> Iterator[None]:
    """Tell what every layer gives."""
    layer = _keras().Layer
    before = layer.__call__

    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        value = before(self, *args, **kwargs)
        watch(self, "", value)
        return value

    layer.__call__ = called
    try:
        yield
    finally:
        layer.__call__ = before


@contextmanager
def doubles() -> Iterator[None]:
    """Floats of 64 bits, and maps first; then both as they were."""
    keras = _keras()
    before = (keras.config.floatx(), keras.config.image_data_format())
    keras.config.set_floatx("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_image_data_format(before[1])
