"""The register of layer kinds, by op and by the names that other tools give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import LayerError, likely

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.layer import Layer

KINDS: dict[str, type[Layer]] = {}
"""Every kind by its op."""
_SYNONYMS: dict[str, str] = {}


def enter(op: str, kind: type[Layer], words: Iterable[str]) -> None:
    """Enter a kind under its op and other names.

    Raises LayerError where the op is another kind's; the same declaration, run again, replaces itself.
    """
    own = KINDS.get(op)
    if own is not None and (own.__module__, own.__qualname__) != (kind.__module__, kind.__qualname__):
        whose = f"{own.__module__}.{own.__qualname__}"
        raise LayerError(f"there is a kind {op!r} already, {whose}; choose another op")
    KINDS[op] = kind
    for word in words:
        _SYNONYMS.setdefault(bare(word), op)


def bare(word: str) -> str:
    """A word without case, underscores and dashes, so that MaxPooling2D finds max_pooling_2d."""
    return word.lower().replace("_", "").replace("-", "")


def kind(op: str) -> type[Layer] | None:
    """The kind called exactly `op`."""
    return KINDS.get(op)


def meant(op: str) -> str:
    """The op that an unknown word surely means, or nothing."""
    return _SYNONYMS.get(bare(op)) or likely(op, KINDS)


def first(kind: type[Layer]) -> str:
    """What a kind does: the first sentence of its docstring."""
    return (kind.__doc__ or "").strip().partition("\n")[0]


def section(kind: type[Layer], word: str) -> str:
    """A section of the kind's docstring: Shapes, Counts or Source."""
    for line in (kind.__doc__ or "").splitlines():
        lead, _, text = line.strip().partition(" ")
        if lead == word:
            return text.strip()
    return ""


def kinds() -> Iterator[type[Layer]]:
    """Every kind, in the order declared."""
    return iter(KINDS.values())
