"""Other networks that come with archcalc, and where they differ from one that was claimed to be theirs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archcalc.alignment import align
from archcalc.analysis import Analysis
from archcalc.errors import ArchcalcError
from archcalc.gaps.values import Closing, Part, layers
from archcalc.graph import build
from archcalc.quantities import COUNTED
from archcalc.spec import bundled, find, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.alignment import Pair
    from archcalc.spec import Spec


def relatives(spec: Spec) -> tuple[list[str], list[str]]:
    """The bundled networks that stand beside a spec, or that it extends; and all others."""
    found = {name: path for name, path in bundled().items() if not name.startswith("claims/")}
    own = {spec.document.path, *(path for name, path in found.items() if name == spec.base)}
    beside = {os.path.dirname(path) for path in own if path in found.values()}
    names = [name for name, path in found.items() if path != spec.document.path]
    near = [name for name in names if os.path.dirname(found[name]) in beside or name == spec.base]
    return near, [name for name in names if name not in near]


def networks(names: list[str]) -> Iterator[tuple[str, Analysis]]:
    """Bundled networks by name, at their own sizes."""
    for name in names:
        try:
            yield name, Analysis(build(parse(find(name))))
        except ArchcalcError:  # a spec that cannot be built is its own tests' business
            continue


def told(net: Analysis, name: str, other: Analysis, at: str, quantity: str, value: Any) -> Closing:
    """Another network as what a claim was about."""
    parts = differences(net, other, quantity) if at == "total" and quantity in COUNTED else []
    return Closing(name, value, other.name, parts, f"archcalc diff {net.spec.shown} {name}")


def distance(net: Analysis, other: Analysis) -> tuple[int, int]:
    """How many layers of two networks read otherwise, and how many differ at all."""
    pairs = align(net, other)
    unlike = sum(not (pair.left and pair.right and pair.left.op == pair.right.op) for pair in pairs)
    return unlike, sum(bool(pair.change()) for pair in pairs)


def differences(net: Analysis, other: Analysis, quantity: str) -> list[Part]:
    """The layers in which a figure of two networks differs, those that change alike together."""
    found: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    for i, pair in enumerate(align(net, other)):
        by = _figure(pair.right, quantity) - _figure(pair.left, quantity)
        if by:
            what, alone = pair.change(), ""
            if not (pair.left and pair.right):
                what, alone = f"{'−' if pair.left else '+'} {what}", str(i)
            found.setdefault((what, alone), []).append((_called(pair), by))
    return [
        Part(layers(name for name, _ in each), what, sum(by for _, by in each))
        for (what, _), each in found.items()
    ]


def _figure(row: Any, quantity: str) -> Any:
    return 0 if row is None else row[quantity] or 0


def _called(pair: Pair) -> str:
    row = pair.left or pair.right
    assert row is not None
    return row.name
