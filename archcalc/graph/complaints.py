"""Mistakes as they are met: where they stand, in what order they are told, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import Problem

MOST = 200_000
"""Layers of a network, blocks written out."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.layer import Found
    from archcalc.spec import Entry, Spec
    from archcalc.spec.node import Node as Text


class UnknownError(Exception):
    """An expression asks for a shape or a symbol that an earlier mistake left unknown."""


class TooManyError(Exception):
    """A network that grows past every bound as its blocks are written out."""

    def __init__(self, entry: Entry, path: str) -> None:
        super().__init__(path)
        self.entry = entry
        self.path = path


class EnoughError(Exception):
    """There is something to complain of, and a great deal that would still be built."""


class Complaints(list[Problem]):
    """The problems of a spec so far, each once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.seen: set[tuple[str, int, int, str]] = set()

    def about(
        self,
        node: Text,
        what: str,
        *,
        why: Sequence[str] = (),
        fix: str = "",
        more: str = "",
        layer: str = "",
        width: int = 0,
        told: Sequence[str] = (),
    ) -> None:
        """One more, at a node of the text; `told` says in what use of a block."""
        key = (node.document.name, node.line, node.column, what)
        if key in self.seen:  # a block says the same wherever it is used
            return
        self.seen.add(key)
        place = node.place
        if width:
            place = place._replace(width=width)
        self.append(Problem(what, (*why, *told), fix, more, layer, place))

    def within(
        self,
        pair: tuple[Text, Text] | None,
        found: Found,
        layer: str,
        op: Text,
        told: Sequence[str] = (),
    ) -> None:
        """A field's problem, at its key, its value or a part of that; at the op where it is not written."""
        (_, path), problem = found
        at = op if pair is None else _inside(pair, path)
        more = problem.more
        self.about(at, problem.what, why=problem.why, fix=problem.fix, more=more, layer=layer, told=told)

    def too_many(self, error: TooManyError) -> None:
        """A network that is too large once its blocks are written out."""
        entry = error.entry
        at = entry.repeat or entry.at
        self.about(at, f"more than {MOST:,} layers, blocks written out", layer=error.path)

    def told(self, spec: Spec) -> list[Problem]:
        """The problems as the file has them, from top to bottom, each once; those of other files last."""
        own = spec.document.name

        def key(problem: Problem) -> tuple[bool, int, int]:
            place = problem.place
            return (
                place is None or place.file != own,
                place.line if place else 0,
                place.column if place else 0,
            )

        return sorted(dict.fromkeys(self), key=key)


def _inside(pair: tuple[Text, Text], path: tuple[int, ...] | None) -> Text:
    """The node that a problem is about: the key, the value, or a part of it."""
    key, node = pair
    if path is None:
        return key
    for i in path:
        if isinstance(node.value, list) and i < len(node.value):
            node = node.value[i]
    return node
