"""Where results go: to a terminal in colour, to a pipe in full width, to a file in one move."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from archcalc.errors import MissingError, Problem, printable, quote
from archcalc.expressions import integer
from archcalc.render.page import SIGNS, Page

if TYPE_CHECKING:
    from collections.abc import Iterator


def colour() -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR or a dumb one; FORCE_COLOR decides for any stream."""
    if os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced not in ("0", "false")
    return sys.stdout.isatty() and os.environ.get("TERM", "") != "dumb"


def width() -> int | None:
    """Columns of the terminal; None in a pipe, where nothing limits a line."""
    if not sys.stdout.isatty():
        return None
    asked = integer(os.environ.get("COLUMNS", ""))
    if asked:
        return asked
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except OSError:
        return None


def show(content: Any) -> None:
    """Print a Page or a text on standard output."""
    if isinstance(content, Page) and colour():
        from rich.console import Console

        console = Console(file=sys.stdout, force_terminal=True, highlight=False, soft_wrap=True)
        page = content if _can(sys.stdout, str(content)) else spelt(content, sys.stdout.encoding)
        console.print(page.__rich__(), soft_wrap=True, crop=False, overflow="ignore", no_wrap=True)
        return
    _write(sys.stdout, f"{content}\n")


def complain(text: str) -> None:
    """Print on standard error."""
    sys.stdout.flush()
    _write(sys.stderr, f"{text}\n")


def _write(stream: Any, text: str) -> None:
    stream.write(text if _can(stream, text) else spell(text, stream.encoding))


# what a stream gets that cannot write ours; signs keep their width where ASCII has one of it
ASCII = str.maketrans({
    **SIGNS, "^": "^", "✓": "ok", "✗": "FAIL", "→": "->", "●": "#", "Σ": "sum", "─": "-", "│": "|",
    "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "#",
    "▍": " ", "▎": " ", "▏": " ", "…": "...", "≈": "~", "’": "'", "–": "-",
})  # fmt: skip


def _can(stream: Any, text: str) -> bool:
    """Whether a stream can write a text; one without an encoding can write any."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def spell(text: str, encoding: str) -> str:
    """A text in ASCII as far as there are words for its signs; what is left over becomes `?`."""
    return text.translate(ASCII).encode(encoding, "replace").decode(encoding)


def spelt(page: Page, encoding: str) -> Page:
    """A page in ASCII."""
    return Page([(spell(text, encoding), style) for text, style in line] for line in page.lines)


def deliver(content: Any, path: str | None) -> None:
    """Print the result, or put it into a file and say so."""
    if path is None:
        show(content)
    else:
        save(path, content if isinstance(content, bytes) else f"{content}\n")
        complain(f"wrote {printable(path)}")


def save(path: str, content: str | bytes) -> None:
    """Write a file in one piece. Raises MissingError where it cannot be written."""
    with replacing(path) as file:
        file.write(content if isinstance(content, bytes) else content.lstrip("\n").encode())


@contextmanager
def replacing(path: str) -> Iterator[IO[bytes]]:
    """A file beside its place, moved there when all is written, so that it is never seen half-written.

    Raises MissingError where the folder is not there or not to be written to.
    """
    import tempfile

    folder, name = os.path.split(path)
    if folder and not os.path.isdir(folder):
        what = f"the folder {quote(folder)} is not there"
        raise MissingError(Problem(what, fix=f"mkdir -p {folder}"))
    if os.path.isdir(path):
        raise MissingError(f"{quote(path)} is a folder, not a file")
    written = ""
    try:
        with tempfile.NamedTemporaryFile(dir=folder or ".", prefix=f".{name[:40]}.", delete=False) as file:
            written = file.name
            yield file
        os.chmod(written, 0o666 & ~_umask())
        os.replace(written, path)
    except BaseException as error:
        if os.path.exists(written):
            os.remove(written)
        if isinstance(error, OSError):
            raise MissingError(f"{quote(path)} cannot be written: {error.strerror}") from None
        raise


def _umask() -> int:
    """The mask of new files, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
