"""What layers come to, remembered while the process lives: the same ones stand in many networks.

Only of layers and shapes whose sizes are plain integers. Each entry holds its layer, whose id is in its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.dims import Shape
    from archcalc.layer import Layer

_MOST = 10_000  # entries of each, some megabytes
_LAYERS: dict[Any, Layer] = {}
_KNOWN: dict[Any, tuple[Layer, Any]] = {}


def layer(kind: type[Layer], values: dict[str, Any]) -> Layer:
    """The layer of these values: the same object wherever it stands."""
    key = (kind, *values.items(), *map(type, values.values()))  # 1 and true are equal
    try:
        found = _LAYERS.get(key)
    except TypeError:  # a value that cannot be a key
        return kind.bound(values)
    if found is None:
        found = kind.bound(values)
        _keep(_LAYERS, key, found)
    return found


def alike(layer: Layer, xs: tuple[Shape, ...]) -> tuple[Any, ...]:
    """What two places have in common at which a layer makes the same, and states the same."""
    return (id(layer), *xs, *[x.axes for x in xs])


def recall(what: str, layer: Layer, xs: tuple[Shape, ...]) -> Any:
    """What is known of a layer on some shapes, or None."""
    found = _KNOWN.get((what, *alike(layer, xs)))
    return None if found is None else found[1]


def remember(what: str, layer: Layer, xs: tuple[Shape, ...], found: Any) -> None:
    """Keep something that is known of a layer on some shapes."""
    _keep(_KNOWN, (what, *alike(layer, xs)), (layer, found))


def forget() -> None:
    """Begin anew: what a kind states may have changed, as when a test plants a mistake in it."""
    _LAYERS.clear()
    _KNOWN.clear()


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    if len(kept) >= _MOST:
        kept.clear()
    kept[key] = value
