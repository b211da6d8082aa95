"""The question that a broken budget asks: which size to look for, as a command that can be typed."""

from __future__ import annotations

from fractions import Fraction
from shlex import quote as shell
from typing import TYPE_CHECKING, Any

from archcalc.analysis import Analysis
from archcalc.errors import ArchcalcError
from archcalc.expressions import whole
from archcalc.graph import build
from archcalc.measures import USUAL, Measures
from archcalc.quantities import SIZED
from archcalc.solution.answer import size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.verdicts import Verdict

_OFTEN = 3  # halves of halves that are tried


def remedy(net: Analysis, failing: Sequence[Verdict], dtype: str) -> str:
    """The command that asks for the size at which failing budgets hold; nothing where none is near.

    It is about the symbol of which the least of a change makes them hold, halved again and again, and
    rather about one of the network than one of its input.
    """
    graph = net.graph
    inputs = {str(node.value) for node in graph.spec.sizes_of_input()}
    known = dtype or USUAL
    ranks = {}
    for name, size in graph.symbols.items():
        if graph.given is None or name not in inputs:
            halvings = _halvings(net, name, size, failing, known)
            if halvings is not None:
                ranks[name] = (name in inputs, halvings)
    return _command(net, min(ranks, key=lambda name: ranks[name]), failing, known) if ranks else ""


def _halvings(net: Analysis, name: str, size: Any, failing: Sequence[Verdict], dtype: str) -> int | None:
    """How often a symbol is halved until the budgets hold; None where that is of no use."""
    graph = net.graph
    for times in range(1, _OFTEN + 1):
        size = _half(size)
        if size is None:
            return None
        try:
            smaller = build(graph.spec, {**graph.sizes, name: size}, graph.given, hints=False)
            measures = Measures(Analysis(smaller), dtype)
            found = [measures.of(verdict.at, verdict.quantity) for verdict in failing]
        except ArchcalcError:
            return None
        if all(verdict.figure.holds(value) for verdict, value in zip(failing, found, strict=True)):
            return times
        if found[0] >= failing[0].computed:
            return None
    return None


def _half(size: Any) -> Any:
    """About half of a size; None where it has none."""
    if isinstance(size, int):
        return size // 2 if size > 1 else Fraction(size, 2) if size == 1 else None
    return whole(size / 2) if isinstance(size, Fraction) else None


def _command(net: Analysis, name: str, failing: Sequence[Verdict], dtype: str) -> str:
    """`archcalc solve person --for width 'macs <= 7M'`, at the sizes that were set."""
    graph = net.graph
    words = ["archcalc solve", shell(graph.spec.shown)]
    if dtype != USUAL and any(verdict.quantity in SIZED for verdict in failing):
        words.append(f"--dtype {dtype}")
    if graph.given is not None:
        words.append(f"--input {'x'.join(map(str, graph.given))}")
    words += [f"--set {other}={size_text(size)}" for other, size in graph.sizes.items() if other != name]
    words.append(f"--for {name}")
    for verdict in failing:
        at = "" if verdict.at == "total" else f"{verdict.at}."
        words.append(shell(f"{at}{verdict.quantity} {verdict.figure.text}"))
    return " ".join(words)
