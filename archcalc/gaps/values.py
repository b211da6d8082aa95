"""What a claim that fails may be a figure of: how a candidate is put, and what it comes to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


AND = " and "
"""Between what is done together."""


class Part(NamedTuple):
    """Where a candidate departs from the network as it is, and by how much."""

    where: str  # names of layers
    what: str
    by: Any  # what it adds to the figure; None for a shape


class Closing(NamedTuple):
    """Something that has exactly the figure that was claimed, or one that rounds to it."""

    what: str
    value: Any
    note: str = ""
    parts: Sequence[Part] = ()
    command: str = ""  # that shows it
    cut: bool = False  # the claim has its first digits, where rounding would give others


class Closings(tuple[Closing, ...]):
    """Every candidate that closes a gap, the simplest first, and what was tried."""

    tried: Sequence[str]

    @classmethod
    def of(cls, found: Sequence[Closing], tried: Sequence[str]) -> Closings:
        """Candidates, and in words what they were looked for among."""
        made = cls(found)
        made.tried = tuple(tried)
        return made


_FEW = 4
"""Names that a reader takes in at a glance."""


def layers(names: Iterable[str]) -> str:
    """Names of layers in a few words: `S2, S4`, `h.*.attn` for the copies of a block, `53 layers`."""
    known = list(dict.fromkeys(names))
    if len(known) <= _FEW:
        return ", ".join(known)
    alike = list(dict.fromkeys(re.sub(r"(?<=\.)[0-9]+(?=\.)", "*", name) for name in known))
    return ", ".join(alike) if len(alike) <= 2 else f"{len(known)} layers"
