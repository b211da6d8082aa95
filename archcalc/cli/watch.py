"""How far long work is: one line on a terminal's standard error, and nothing in a pipe or a file."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Self

from archcalc.errors import printable, wide

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PATIENCE, _EVERY = 1.0, 0.1  # seconds
_NARROW = 80  # columns where the terminal does not say


class Watch:
    """A line that is written over, and taken away when the work is done."""

    def __init__(self) -> None:
        self.watched = sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"
        self.start = self.last = time.monotonic()
        self.shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def say(self, text: str, *, at_once: bool = False) -> None:
        """Write over the line, ten times a second at most, once the work takes long or `at_once`."""
        now = time.monotonic()
        if not self.watched or (not at_once and (now - self.start < _PATIENCE or now - self.last < _EVERY)):
            return
        self.last, self.shown = now, True
        sys.stderr.write(f"\r\x1b[K{_fitting(f' {printable(text)}')}")
        sys.stderr.flush()

    def over(self, names: Iterable[str], doing: str) -> Iterator[str]:
        """Names, one after the other, each with a word of how far it is."""
        names = list(names)
        for i, name in enumerate(names):
            self.say(f"{doing} {name}   {i + 1:,} of {len(names):,}")
            yield name

    def close(self) -> None:
        """Take the line away."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self.shown = False


def _fitting(text: str) -> str:
    """As much of a line as its row has room for: what runs over could not be written over."""
    try:
        room = os.get_terminal_size(sys.stderr.fileno()).columns or _NARROW
    except (OSError, ValueError):
        room = _NARROW
    if wide(text) < room:
        return text
    while wide(text) > room - 2:
        text = text[:-1]
    return f"{text}…"
