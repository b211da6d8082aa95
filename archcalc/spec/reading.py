"""How any part of a spec is read: maps, lists and texts with their complaints, misspelt keys as mended."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from archcalc.errors import Problem, likely, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.spec.node import Node, Pair
    from archcalc.spec.values import Spec

_LOOKED_UP = 20  # misspelt names; a search among 10,000 takes 0.1 s
_LISTED = 30  # names in a message


def keys(node: Node, allowed: Iterable[str], what: str, problems: list[Problem]) -> dict[str, Pair]:
    """A map's pairs; an unknown key is a problem, and is read as the key it surely means."""
    found: dict[str, Pair] = {}
    unknown: list[tuple[str, Node, Node]] = []
    allowed = tuple(allowed)
    for key, at, value in node.pairs():
        if key in allowed:
            found[key] = (at, value)
        else:
            unknown.append((key, at, value))
    for key, at, value in unknown:
        mend = likely(key, [k for k in allowed if k not in found])
        problems.append(
            Problem(
                f"{what} has no key {quote(key)}",
                fix=mend,
                more="" if mend else f"keys: {', '.join(allowed)}",
                place=at.place,
            )
        )
        if mend:
            found[mend] = (at, value)
    return found


def listed(names: Iterable[str]) -> str:
    """The first few names, for a reader."""
    few = list(islice(names, _LISTED + 1))
    return ", ".join(few[:_LISTED]) + (" …" if len(few) > _LISTED else "") or "none"


class Reading:
    """A spec being read: its top-level keys, and what has been found so far."""

    def __init__(self, spec: Spec, top: dict[str, Pair], chain: tuple[str, ...]) -> None:
        self.spec = spec
        self.top = top
        self.chain = chain  # paths of the specs that extend this one

    def complain(self, node: Node, what: str, *, why: str = "", fix: str = "", layer: str = "") -> None:
        self.spec.problems.append(Problem(what, (why,) if why else (), fix, layer=layer, place=node.place))

    def meant(self, word: str, known: Iterable[str]) -> str:
        """The name that this is a misspelling of; not looked for past the mistakes that are shown."""
        if len(self.spec.problems) >= _LOOKED_UP:
            return ""
        return likely(word, known)

    def text(self, key: str) -> str:
        if key not in self.top:
            return ""
        node = self.top[key][1]
        if not isinstance(node.value, str):
            self.complain(node, f"{key} is text, not {node.kind}")
            return ""
        return node.value

    def map(self, key: str, pairs: dict[str, Pair] | None = None) -> Iterable[tuple[str, Node, Node]]:
        """The pairs under a key, of the spec or of one of its maps, that holds a map."""
        pairs = self.top if pairs is None else pairs
        if key not in pairs:
            return ()
        node = pairs[key][1]
        if not isinstance(node.value, dict):
            self.complain(node, f"{key} is a map, not {node.kind}")
            return ()
        return node.pairs()

    def list(self, key: str, pairs: dict[str, Pair] | None = None) -> list[Node]:
        pairs = self.top if pairs is None else pairs
        if key not in pairs:
            return []
        node = pairs[key][1]
        if not isinstance(node.value, list):
            self.complain(node, f"{key} is a list, not {node.kind}")
            return []
        return node.value
