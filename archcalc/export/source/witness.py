"""A framework as a witness: the source that is written for it is run, and each layer's value is looked at."""

from __future__ import annotations

import linecache
import os
import tempfile
from abc import ABC, abstractmethod
from importlib import util
from typing import TYPE_CHECKING, Any

from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from archcalc.arrays import Array
    from archcalc.export.source.file import Source, Spot
    from archcalc.forward import Tensors
    from archcalc.graph import Graph


def imported(text: str) -> ModuleType:
    """Source that the export has made, as a module; its file is gone then, and Python keeps its lines."""
    with tempfile.TemporaryDirectory(prefix="archcalc-") as folder:
        path = os.path.join(folder, "exported.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        spec = util.spec_from_file_location("archcalc_exported", path)
        assert spec is not None
        assert spec.loader is not None
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        linecache.cache[path] = len(text), None, text.splitlines(keepends=True), path
    return module


def found(model: Any, path: str) -> Any:
    """A layer or a tensor of a model by its path; numbers are places in lists."""
    for word in path.split("."):
        model = model[int(word)] if word.isdigit() else getattr(model, word)
    return model


def laid(ours: Array, shape: tuple[int, ...], order: str) -> Array:
    """A tensor as a framework has it: its axes counted as ours are, then turned."""
    if not order:
        return ours.reshape(shape)
    places = [int(place) for place in order.split(",")]
    sizes = [0] * len(places)
    for size, place in zip(shape, places, strict=True):
        sizes[place] = size
    return ours.reshape(sizes).transpose(places)


class SourceWitness(ABC):
    """A network in a framework; a batch of two examples runs, and the first is looked at."""

    model: Any

    def __init__(self, graph: Graph, source: Source) -> None:
        self.graph = graph
        self.source = source

    def load(self, tensors: Mapping[str, Tensors]) -> None:
        """Put tensors into the layers that hold them."""
        for name, path in self.source.modules.items():
            if self.graph.by_name[name].owner:
                continue
            for ours, place in self.source.plan.made[name].tensors.items():
                theirs, _, order = place.partition("@")
                target = found(self.model, f"{path}.{theirs}".strip("."))
                self.put(target, np.array(tensors[name][ours]), order)

    def by_node(self, seen: dict[Spot, list[Any]]) -> dict[str, Array]:
        """Values by node: a layer that runs several times gives those of its nodes in order."""
        values = {}
        for node in self.graph.nodes:
            spot = self.source.spots.get(node.name)
            given = seen.get(spot) if spot else None
            array = self.array(given.pop(0)) if given else None
            if array is not None:
                values[node.name] = array[0]
        return values

    @abstractmethod
    def put(self, target: Any, ours: Array, order: str) -> None:
        """Put one tensor where it belongs, its axes turned in this order where one is given."""

    @abstractmethod
    def array(self, value: Any) -> Array | None:
        """What a layer gave as an array; None where it gave no tensor."""
