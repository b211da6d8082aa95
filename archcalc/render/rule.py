"""The rule that figures were counted by, in a sentence under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.render.figures import HEADERS
from archcalc.spec.values import SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis

COUNTED = (
    "Counted per example by the reference rule: a bias is a connection and not a MAC; pooling links"
    " are connections"
)


def rule(net: Analysis, columns: Sequence[str], *, alone: bool = True) -> str:
    """Which rule the figures under some columns were counted by; nothing where none was.

    Of a network that stands `alone` the sentence says what is fixed in it.
    """
    if net.convention:
        others = [HEADERS[c] for c in columns if c in ("fixed", "connections", "neurons")]
        mixed = f"; {', '.join(others)} by the reference rule" if others else ""
        return f"Counted per example as {net.convention.title} counts{mixed}."
    if not set(SUMS) & set(columns):
        return ""
    fixed = f"; fixed = stored, not trained{_stored(net)}" if alone and "fixed" in columns else ""
    return f"{COUNTED}{fixed}."


def rule_of(net: Analysis) -> str:
    """The command that tells more of the rule."""
    return f"archcalc conventions {net.convention.shown if net.convention else 'reference'}"


def _stored(net: Analysis) -> str:
    """The tensors that are fixed, by layer: ` (the codes of OUTPUT)`."""
    names = [
        f"the {' and '.join(node.layer.weights(*node.xs))} of {node.name}"
        for node in net.graph.nodes
        if not node.trainable and node.layer.weights(*node.xs)
    ]
    return f" ({', '.join(names)})" if 0 < len(names) < 3 else ""
