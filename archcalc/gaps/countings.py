"""The same network counted by other conventions: what other tools print for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.conventions import named, presets
from archcalc.conventions.count import Count
from archcalc.errors import ArchcalcError
from archcalc.gaps.values import Closing
from archcalc.quantities import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.analysis import Analysis
    from archcalc.conventions.values import Convention

_ALSO = {"params": ("params",), "macs": ("macs", "flops"), "flops": ("flops", "macs")}
"""Figures that a claim may be meant as: what one tool calls FLOPs another calls MACs."""


def countings(net: Analysis, at: str, quantity: str) -> Iterator[Closing]:
    """The figure as each convention has it; those that come to the same are told together."""
    found: dict[tuple[str, Any], list[Convention]] = {}
    for name in others() if quantity in _ALSO else ():
        convention = named(name)
        count = Count(net, convention)
        for word in _ALSO[quantity]:
            try:
                value = count[at][word] if convention.counts(word) else None
            except ArchcalcError:
                value = None
            if isinstance(value, int):
                found.setdefault((word, value), []).append(convention)
    for (word, value), conventions in found.items():
        names = [convention.name for convention in conventions]
        command = f"archcalc report {net.spec.shown} --convention {names[0]}"
        yield Closing(_words(names, word), value, _called(conventions, word), command=command)


def others() -> list[str]:
    """The conventions that are not archcalc's own."""
    return [name for name in presets() if named(name).tool]


def _words(names: list[str], quantity: str) -> str:
    """`MACs as thop and timm count them`."""
    last = " and ".join(names[-2:])
    verb = "counts" if len(names) == 1 else "count"
    return f"{TABLE[quantity].header} as {', '.join([*names[:-2], last])} {verb} them"


def _called(conventions: list[Convention], quantity: str) -> str:
    """What tools call the figure, where that is another word."""
    words = {each.calls[quantity]: each.name for each in conventions if quantity in each.calls}
    return "; ".join(f"{name} calls them {word}" for word, name in words.items())
