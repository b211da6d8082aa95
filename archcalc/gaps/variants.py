"""The same network written otherwise: on another input, its strides elsewhere, LeNet-5 as others build it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archcalc.analysis import Analysis
from archcalc.errors import ArchcalcError
from archcalc.graph import build, rebuild
from archcalc.spec.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from archcalc.spec import Entry, Spec

SIDES = (
    28, 32, 64, 96, 128, 160, 192, 224, 227, 229, 231, 240, 256, 260, 288, 299, 300, 320, 380, 384, 416, 448,
    456, 512, 518, 528, 572, 600, 640,
)  # fmt: skip
"""Sides of pictures for which figures are published."""
LENGTHS = (1, 64, 128, 256, 384, 512, 514, 1024, 2048, 4096, 8192)
"""Lengths of sequences for which figures are published."""
_USUAL_SIZES = {
    "classes": (1, 2, 10, 20, 21, 100, 101, 200, 365, 1000, 1001, 21841, 21843),
    "V": (21128, 28996, 30000, 30522, 32000, 32128, 50257, 50265, 50304, 119547, 128256),
}
"""Sizes for which figures are published, by the names that specs give them."""
_MAPS, _SEQUENCE = 3, 1  # axes


class Variant(NamedTuple):
    """A network that differs in one thing."""

    what: str
    net: Analysis
    command: str = ""  # that builds it
    where: str = ""  # the layers in which it differs; nothing where it is all of them


def inputs(net: Analysis) -> Iterator[Iterator[Variant]]:
    """The network on other inputs that are usual: of other sides or lengths, and of other channels."""
    for shapes in _shapes(tuple(net.input)) if len(net.graph.inputs) == 1 else ():
        yield _on(net, shapes)


def _on(net: Analysis, shapes: Iterable[tuple[int, ...]]) -> Iterator[Variant]:
    for shape in shapes:
        try:
            found = Analysis(rebuild(net.graph, list(shape)))
        except ArchcalcError:
            continue
        text = "x".join(map(str, shape))
        command = f"archcalc report {net.spec.shown} --input {text}"
        yield Variant(f"an input of {found.input!r}", found, command)


def sizes(net: Analysis) -> Iterator[Variant]:
    """The network with another usual number of classes, or of words."""
    graph = net.graph
    for name, usual in _USUAL_SIZES.items():
        for size in usual if name in graph.symbols else ():
            if size == graph.symbols[name]:
                continue
            try:
                found = Analysis(rebuild(graph, **{name: size}))
            except ArchcalcError:
                continue
            yield Variant(f"{name} = {size}", found, f"archcalc report {net.spec.shown} --set {name}={size}")


def _shapes(own: tuple[int, ...]) -> Iterator[list[tuple[int, ...]]]:
    if len(own) == _MAPS:
        channels, *plane = own
        yield [(channels, side, side) for side in SIDES if [side, side] != plane]
        yield [(other, *plane) for other in (1, 3) if other != channels]
    elif len(own) == _SEQUENCE:
        yield [(length,) for length in LENGTHS if (length,) != own]


def written_otherwise(net: Analysis) -> Iterator[Variant]:
    """The network with one kind of layer, or one stride, written otherwise."""
    spec = net.spec
    for what, where, changed in (*_kinds(spec), *_strides(spec)):
        try:
            yield Variant(what, Analysis(build(changed, net.graph.sizes, net.graph.given)), where=where)
        except ArchcalcError:
            continue


def _kinds(spec: Spec) -> Iterator[tuple[str, str, Spec]]:
    """Layers as others build them: LeNet-5's table, pooling and RBF units, AlexNet's two groups."""
    for what, change in _USUAL.items():
        changed = {entry.name: new for entry in spec.layers if (new := change(entry)) is not None}
        if changed:
            other = spec.copy()
            other.layers = [changed.get(entry.name, entry) for entry in spec.layers]
            yield what, ", ".join(changed), other


def _without(field: str) -> Callable[[Entry], Entry | None]:
    def change(entry: Entry) -> Entry | None:
        if field not in entry.fields:
            return None
        return entry._replace(fields={key: pair for key, pair in entry.fields.items() if key != field})

    return change


def _plain_pooling(entry: Entry) -> Entry | None:
    return entry._replace(what="avg_pool2d") if entry.what == "subsample2d" else None


def _linear_scores(entry: Entry) -> Entry | None:
    if entry.what != "rbf":
        return None
    size = {key: pair for key, pair in entry.fields.items() if key == "out_features"}
    return entry._replace(what="linear", fields=size, trainable=None)


_USUAL = {
    "every map reads all maps, and not those of a table": _without("table"),
    "convolutions without groups": _without("groups"),
    "average pooling with nothing to train": _plain_pooling,
    "a full connection with biases in place of RBF units": _linear_scores,
}


def _strides(spec: Spec) -> Iterator[tuple[str, str, Spec]]:
    """The stride of a convolution in another convolution of its block."""
    for name, block in spec.blocks.items():
        for i, entry in enumerate(block.layers):
            if not _strides_on(entry):
                continue
            for j, other in enumerate(block.layers):
                if i != j and other.what == entry.what and not _strides_on(other) and other.reads is None:
                    changed = spec.copy()
                    moved = [*block.layers]
                    moved[i], moved[j] = _moved(entry, other)
                    changed.blocks = {**spec.blocks, name: block._replace(layers=moved)}
                    what = f"the stride of {name} in {other.name}, and not in {entry.name}"
                    yield what, "", changed


def _strides_on(entry: Entry) -> bool:
    """Whether a convolution has a stride of its own."""
    pair = entry.fields.get("stride")
    return "conv" in entry.what and pair is not None and pair[1].value != "1"


def _moved(entry: Entry, other: Entry) -> tuple[Entry, Entry]:
    """Both layers, the stride of the first in the second."""
    pair = entry.fields["stride"]
    one = Node("1", *pair[1].spot)
    first = entry._replace(fields={**entry.fields, "stride": (pair[0], one)})
    return first, other._replace(fields={**other.fields, "stride": pair})
