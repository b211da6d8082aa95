"""A Hypothesis strategy for whole networks, each of which builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import note, reject
from hypothesis import strategies as st

from archcalc import register
from archcalc.dims import Shape, axes_of_rank
from archcalc.errors import UsageError
from archcalc.loading import load
from archcalc.spec.write import text
from archcalc.testing.sketch import IDS, Sketch
from archcalc.testing.strategies import USUAL, known, shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from archcalc.layer import Layer
    from archcalc.network import Net


def networks(
    max_layers: int = 8,
    *,
    kinds: Iterable[str | type[Layer]] | None = None,
    input: Sequence[int] | dict[str, int] | None = None,
) -> SearchStrategy[Net]:
    """Networks of up to so many layers as written; a layer that is repeated counts once.

    They have branches, joins, blocks, repeats, activations and several outputs. `kinds` are the ops or
    classes that they are made of: all that have a forward pass, where nothing is said. `input` is the
    shape of one example: a small one is drawn, where nothing is said; `{"T": 5}` is one of indices.

    Every network is read from a text, which `to_yaml` gives back and a failing test prints.

    Raises UsageError where no such network can be.
    """
    if max_layers < 1:
        raise UsageError(f"a network is at least one layer, and max_layers is {max_layers}")
    chosen = _chosen(kinds)
    given = None if input is None else _shape(input)
    spelled = [given.axes] if given else [axes for axes in (*USUAL, IDS) if _readers(chosen, axes)]
    if not any(_readers(chosen, axes) for axes in spelled):
        where = f"axes {', '.join(spelled[0])}" if spelled else "an input"
        raise UsageError(f"none of {', '.join(kind.op for kind in chosen)} reads {where} alone")

    @st.composite
    def network(draw: DrawFn) -> Net:
        x = draw(shapes(*map(" ".join, spelled))) if given is None else given
        sketch = Sketch(draw, chosen, x, blocks={})
        sketch.grow(max_layers)
        if not sketch.entries:
            reject()
        spec = text(_content(sketch, x))
        note(spec)
        return load(spec)

    return network()


def _chosen(kinds: Iterable[str | type[Layer]] | None) -> list[type[Layer]]:
    """The kinds to draw from; an op that there is not is an error."""
    if kinds is None:
        return [kind for kind in register.kinds() if not kind.declared]
    named = list(kinds)
    unknown = [kind for kind in named if isinstance(kind, str) and register.kind(kind) is None]
    if unknown:
        raise UsageError(f"there is no kind {unknown[0]!r}")
    return [known(kind) if isinstance(kind, str) else kind for kind in named]


def _shape(given: Sequence[int] | dict[str, int]) -> Shape:
    if isinstance(given, Shape):
        return given
    return Shape(given.values(), given) if isinstance(given, dict) else Shape(given)


def _readers(kinds: Iterable[type[Layer]], axes: tuple[str, ...]) -> list[type[Layer]]:
    """The kinds that may read one tensor with these axes; of indices, those that name their axis."""
    return [
        kind
        for kind in kinds
        if kind.inputs[0] == 1 and (axes in kind.takes if kind.takes is not None else axes != IDS)
    ]


def _content(sketch: Sketch, x: Shape) -> dict[str, Any]:
    """The spec of what was drawn."""
    content: dict[str, Any] = {"archcalc": 1, "name": "drawn", "input": _written(x)}
    if sketch.blocks:
        content["blocks"] = {name: {"layers": entries} for name, entries in sketch.blocks.items()}
    content["layers"] = sketch.entries
    unread = sketch.unread()
    if unread != [sketch.last]:
        content["outputs"] = unread
    return content


def _written(x: Shape) -> Any:
    """An input as a spec has it: a list on the usual axes, indices with their dtype."""
    if x.axes == IDS:
        return {"shape": list(x), "dtype": "int"}
    return list(x) if x.axes == axes_of_rank(len(x)) else dict(x.named())
