"""The names that a spec gives, read from its text alone: quick enough to complete a word while one types."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archcalc.shelf import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 200_000  # bytes of a spec that is read while somebody types
_MOST = 4_000  # names
_DEEPEST = 8  # specs that extend one another, blocks in one another


class Outline:
    """Layers, blocks and symbols as they are written; what a condition leaves out stands here too."""

    def __init__(self, name: str) -> None:
        self.symbols: dict[str, str] = {}
        self.axes: list[str] = []
        self.blocks: dict[str, dict[str, Any]] = {}
        self.layers: dict[str, Any] = {}
        self._read(name, _DEEPEST)

    def _read(self, name: str, left: int) -> None:
        path = bundled().get(name, name)
        if not left or not os.path.isfile(path) or os.path.getsize(path) > _LARGEST:
            return
        whole = _parsed(path)
        base = whole.get("extends")
        if isinstance(base, str):
            beside = os.path.join(os.path.dirname(path), base)
            self._read(beside if base.endswith((".yaml", ".yml")) else base, left - 1)
        self.symbols |= {k: str(v) for k, v in _map(whole.get("symbols")).items()}
        for word, block in _map(whole.get("blocks")).items():
            place = self.blocks[word] = {}
            for layer in _list(_map(block).get("layers")):
                self._add(place, layer)
        self.axes = _axes(whole) or self.axes
        for removed in _list(whole.get("remove")):
            self.layers.pop(str(removed), None)
        for word, patch in (*_map(whole.get("patch")).items(), *_map(whole.get("replace")).items()):
            place, key = self._place(word)
            new = {**_map(place.get(key)), **_map(patch)}
            place[str(new.get("name", key))] = new
        for layer in _list(whole.get("layers")):
            self._add(self.layers, layer)
        for layer in _list(whole.get("insert")):
            place, _ = self._place(str(_map(layer).get("after", _map(layer).get("before", ""))))
            self._add(place, layer)

    def _place(self, word: str) -> tuple[dict[str, Any], str]:
        """The layers that a change is in, and the name there: `projection.conv` is in a block."""
        block, dot, name = word.rpartition(".")
        return (self.blocks.setdefault(block, {}), name) if dot else (self.layers, word)

    @staticmethod
    def _add(place: dict[str, Any], layer: Any) -> None:
        if "name" in _map(layer):
            place[str(layer["name"])] = layer

    def paths(self) -> list[str]:
        """The paths of layers and blocks, copies numbered, as `layer1.0.conv1`."""
        found: dict[str, None] = {}
        for path in self._under("", self.layers.values(), _DEEPEST):
            found[path] = None
            if len(found) >= _MOST:
                break
        return list(found)

    def _under(self, path: str, layers: Any, left: int) -> Iterator[str]:
        for layer in layers:
            if "name" not in _map(layer) or not left:
                continue
            own = f"{path}{layer['name']}"
            yield own
            copies = self._copies(layer.get("repeat"))
            for place in [own] if copies is None else [f"{own}.{i}" for i in range(copies)]:
                if copies is not None:
                    yield place
                block = self.blocks.get(str(layer.get("block")), {})
                yield from self._under(f"{place}.", block.values(), left - 1)

    def _copies(self, repeat: Any) -> int | None:
        """How many copies there are; None where nothing is repeated."""
        if repeat is None:
            return None
        if isinstance(repeat, list):
            return len(repeat)
        words = [self.symbols.get(word, word) for word in str(repeat).split()]
        if len(words) == 1 and words[0].isdecimal():
            return min(int(words[0]), _MOST)
        if len(words) == 3 and words[1] == "-" and words[0].isdecimal() and words[2].isdecimal():  # as L - 1
            return min(int(words[0]) - int(words[2]), _MOST)
        return 1  # what can be known without reckoning


def _parsed(path: str) -> dict[str, Any]:
    """A spec as maps, lists and texts; nothing where it cannot be read."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # texts only: no tag makes an object
    with open(path, encoding="utf-8") as file:
        return _map(yaml.load(file.read(), loader))  # noqa: S506  (it is the base of the safe one)


def _axes(whole: dict[str, Any]) -> list[str]:
    """Letters of the input's axes that `--set` takes."""
    given = [whole.get("input"), *_map(whole.get("inputs")).values()]
    shapes = [_map(each).get("shape", each) for each in given]
    return [axis for shape in shapes for axis in (_map(shape) or _list(shape)) if str(axis).isidentifier()]


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
