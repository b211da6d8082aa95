"""Networks that go down and up again, as a U-Net does: their second half is drawn upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.drawing.parts import Card, cards

if TYPE_CHECKING:
    from archcalc.drawing.parts import Diagram
    from archcalc.drawing.wires import Wire

_FEWEST = 3  # skip connections, each around the next


def levels(diagram: Diagram) -> list[Wire]:
    """The skip connections that go from one side to the other, the outermost first; none where it is no U."""
    order = {card.key: i for i, card in enumerate(diagram.cards)}
    best: list[Wire] = []
    for wire in sorted(diagram.wires, key=lambda wire: -order[wire.source]):
        if wire.skips and (not best or order[wire.target] > order[best[0].target]):
            best = [wire, *best]
    return best if len(best) >= _FEWEST else []


def rising(diagram: Diagram) -> set[str]:
    """The cards that are drawn on the way up."""
    across = levels(diagram)
    if not across:
        return set()
    turned, found = False, set()
    for item in diagram.items:
        inside = [item.key] if isinstance(item, Card) else [card.key for card in cards([item])]
        turned = turned or across[-1].target in inside
        if turned:
            found |= set(inside)
    return set() if any(wire.source in found for wire in across) else found
