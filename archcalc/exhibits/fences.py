"""Fences called `archcalc` in a Markdown page, and what was written beneath them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from archcalc.errors import Place, Problem, SpecError
from archcalc.exhibits.asked import of_yaml
from archcalc.spec.node import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.exhibits.asked import Asked

START = "<!-- archcalc docs wrote this from the fence above -->"
END = "<!-- /archcalc -->"
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*([^`\s]*)[^`]*$")


class Fence(NamedTuple):
    """A fence of a page, by lines that count from 0."""

    first: int  # of its body
    end: int  # after the line that closes it
    body: tuple[str, ...]
    written: tuple[int, int] | None  # what stands beneath it, marks included

    def asked(self, path: str) -> Asked:
        """What it asks for. Raises SpecError at the line of the page."""
        return of_yaml(Document(path, "\n" * self.first + "\n".join(self.body)))


def fences(lines: list[str], path: str) -> list[Fence]:
    """The fences of a page that are called archcalc.

    Raises SpecError for one that does not close, or a result without its end mark.
    """
    return list(_found(lines, path))


def _found(lines: list[str], path: str) -> Iterator[Fence]:
    at = 0
    while at < len(lines):
        opened = _FENCE.match(lines[at])
        at += 1
        if opened is None:
            continue
        first, sign = at, opened[1]
        closes = re.compile(rf" {{0,3}}{re.escape(sign[0])}{{{len(sign)},}}\s*$")
        while at < len(lines) and not closes.match(lines[at]):
            at += 1
        if opened[2] == "archcalc":
            if at == len(lines):
                raise _wrong("a fence that does not close", path, first - 1, lines)
            yield Fence(first, at + 1, tuple(lines[first:at]), _written(lines, at + 1, path))
        at += 1


def _written(lines: list[str], at: int, path: str) -> tuple[int, int] | None:
    """The lines of a result that begins at a line, or after a blank one."""
    start = at + 1 if at < len(lines) and not lines[at].strip() else at
    if start >= len(lines) or lines[start].strip() != START:
        return None
    for end in range(start, len(lines)):
        if lines[end].strip() == END:
            return start, end + 1
    raise _wrong(f"a result without its end, {END}", path, start, lines)


def _wrong(what: str, path: str, line: int, lines: list[str]) -> SpecError:
    return SpecError(Problem(what, place=Place(path, line + 1, 1, len(lines[line]), lines[line])))


def bare(text: str, path: str) -> str:
    """A page without the results beneath its fences, its lines where they were."""
    if START not in text:
        return text
    lines = text.split("\n")
    for fence in fences(lines, path):
        if fence.written:
            start, end = fence.written
            lines[start:end] = [""] * (end - start)
    return "\n".join(lines)
