"""Where specs are: beside the package, in a file, on standard input, or in the text itself."""

from __future__ import annotations

import os
import sys

from archcalc.errors import MissingError, Place, Problem, SpecError, likely, quote
from archcalc.shelf import bundled, folder, named
from archcalc.spec.node import LARGEST, Document


def _bundled_path(name: str) -> str | None:
    quick = os.path.join(folder(), name + ".yaml")
    if _is_plain(name) and os.path.isfile(quick):
        return quick
    return bundled().get(name)


def _is_plain(name: str) -> bool:
    return name.replace("-", "").replace("_", "").replace(".", "").isalnum()


def find(name: str) -> Document:
    """The document that a path, a bundled name or `-` means.

    Raises MissingError with the likely spelling.
    """
    if name == "-":
        return Document("<stdin>", _decode("<stdin>", sys.stdin.buffer.read(LARGEST + 1)))
    looks_like_path = os.sep in name or "/" in name or name.endswith((".yaml", ".yml"))
    if "\0" in name:
        raise MissingError(f"no file and no bundled network is called {quote(name)}")
    if looks_like_path or os.path.isfile(name):
        if os.path.exists(name):
            return Document(name, _decode(name, _bytes(name)), os.path.realpath(name))
        if not name.startswith("claims/"):
            raise MissingError(_missing(name))
    return _find_bundled(name)


def _find_bundled(name: str) -> Document:
    path = _bundled_path(name)
    if path is None:
        raise MissingError(_missing(name))
    return Document(os.path.basename(path), _decode(path, _bytes(path)), path)


def find_base(name: str, beside: Document, word: str = "extends") -> Document:
    """The document that `extends: name` means in the file `beside`: a bundled name, or a path beside it."""
    if os.path.isabs(name) or "://" in name or name.startswith("~"):
        msg = f"{word} takes a bundled name or a path beside the file, not {quote(name)}"
        raise MissingError(msg)
    if name.endswith((".yaml", ".yml")):
        inside = beside.name if os.path.isfile(beside.name) else beside.path
        return find(os.path.join(os.path.dirname(inside), name))
    return _find_bundled(name)


def called(document: Document) -> str:
    """What to type to mean a document: the name of a bundled spec, or the path that was typed."""
    top = folder() + os.sep
    if document.path.startswith(top) and os.path.basename(document.name) == document.name:
        return named(document.path[len(top) :])
    return document.name


def _missing(name: str) -> Problem:
    stem, dot, ending = name.rpartition(".")
    for other in {"yaml": ("yml",), "yml": ("yaml",)}.get(ending if dot else "", ("yaml", "yml")):
        near = f"{stem if dot and ending in ('yaml', 'yml') else name}.{other}"
        if os.path.isfile(near):
            return Problem(f"no file is called {quote(name)}", fix=near)
    close = likely(os.path.basename(name).removesuffix(".yaml"), bundled(), 0.5)
    parts = name.split(".")
    if (
        not close and len(parts) > 2 and all(map(str.isidentifier, parts))
    ):  # a path of Python, but for its colon
        why = "a PyTorch model goes by what makes it, after a colon"
        return Problem(f"no file and no bundled network is called {quote(name)}", (why,), f"{stem}:{ending}")
    return Problem(
        f"no file and no bundled network is called {quote(name)}",
        fix=close,
        more="all networks: archcalc list",
    )


def _bytes(path: str) -> bytes:
    """The file's bytes; its size is asked before it is read."""
    try:
        if os.path.isdir(path):
            raise MissingError(f"{quote(path)} is a folder, not a spec")
        if os.path.getsize(path) > LARGEST:
            size = os.path.getsize(path)
            sentence = f"a file of {size:,} bytes; a spec has at most {LARGEST:,}"
            raise SpecError(Problem(sentence, place=Place(path, 1, 1)))
        with open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise MissingError(f"{quote(path)} cannot be read: {error.strerror}") from None


def _decode(name: str, data: bytes) -> str:
    if len(data) > LARGEST:
        sentence = f"more than {LARGEST:,} bytes; a spec has at most that"
        raise SpecError(Problem(sentence, place=Place(name, 1, 1)))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        what = f"byte {data[error.start]:#04x} is not UTF-8"
        raise SpecError(
            Problem(what, fix="save the file as UTF-8", place=Place(name, line, column))
        ) from None
