"""Where results go: to a terminal in colour, to a pipe in full width, to a file in one move."""

from __future__ import annotations

import os
import sys
from typing import Any

from archcalc.errors import MissingError, Problem, quote
from archcalc.render.page import Page


def colour() -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR or a dumb one; anywhere with FORCE_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM", "") != "dumb"


def width() -> int | None:
    """Columns of the terminal; None in a pipe, where nothing limits a line."""
    if not sys.stdout.isatty():
        return None
    asked = os.environ.get("COLUMNS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except OSError:
        return None


def show(content: Any) -> None:
    """Print a Page or a text on standard output."""
    if isinstance(content, Page) and colour():
        from rich.console import Console

        console = Console(file=sys.stdout, force_terminal=True, highlight=False, soft_wrap=True)
        console.print(content.__rich__(), soft_wrap=True, crop=False, overflow="ignore", no_wrap=True)
        return
    _write(sys.stdout, f"{content}\n")


def complain(text: str) -> None:
    """Print on standard error."""
    sys.stdout.flush()
    _write(sys.stderr, f"{text}\n")


def _write(stream: Any, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:  # a terminal without ⌊, · or ✓
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))


def deliver(content: Any, path: str | None) -> None:
    """Print the result, or put it into a file."""
    if path is None:
        show(content)
    else:
        save(path, content if isinstance(content, bytes) else f"{content}\n")


def save(path: str, content: str | bytes) -> None:
    """Write a file beside its place and move it there, so that it is never seen half-written.

    Raises MissingError where the folder is not there or not to be written to.
    """
    import tempfile

    folder, name = os.path.split(path)
    if folder and not os.path.isdir(folder):
        what = f"the folder {quote(folder)} is not there"
        raise MissingError(Problem(what, fix=f"mkdir -p {folder}"))
    if os.path.isdir(path):
        raise MissingError(f"{quote(path)} is a folder, not a file")
    data = content if isinstance(content, bytes) else content.lstrip("\n").encode()
    written = ""
    try:
        with tempfile.NamedTemporaryFile(dir=folder or ".", prefix=f".{name[:40]}.", delete=False) as file:
            written = file.name
            file.write(data)
        os.chmod(written, 0o666 & ~_umask())
        os.replace(written, path)
    except OSError as error:
        if os.path.exists(written):
            os.remove(written)
        raise MissingError(f"{quote(path)} cannot be written: {error.strerror}") from None


def _umask() -> int:
    """The mask of new files, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
