"""The formats that a network is exported to: which module writes each, and the endings of its files."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from archcalc.errors import Problem, UsageError, likely, quote

if TYPE_CHECKING:
    from archcalc.graph import Graph


class Format(NamedTuple):
    """A format: the function that makes it, `module:name` of a graph and a seed, and its files' endings."""

    maker: str
    endings: tuple[str, ...]
    about: str
    binary: bool = False  # it is bytes, which no terminal shows
    weights: tuple[str, ...] = ()  # what may be asked for of its weights


FORMATS = {
    "torch": Format("archcalc.export.torch:exported", (".py",), "PyTorch source"),
    "keras": Format("archcalc.export.keras:exported", (), "Keras source, channels first"),  # .py is torch
    "onnx": Format("archcalc.export.onnx:file", (".onnx",), "an ONNX file", True, ("seeded", "none")),
}


def chosen(name: str | None, path: str | None) -> str:
    """The format that is asked for by name, or else by a file's ending.

    Raises UsageError where neither says which.
    """
    known = ", ".join(FORMATS)
    if name is not None:
        if name not in FORMATS:
            raise UsageError(Problem(f"there is no format {quote(name)}; formats: {known}", fix=_fix(name)))
        if FORMATS[name].binary and path is None:
            why = ("it is bytes, and a terminal shows text",)
            raise UsageError(Problem(f"{name} is a file", why, f"-o model{FORMATS[name].endings[0]}"))
        return name
    ending = os.path.splitext(path or "")[1].lower()
    found = [word for word, form in FORMATS.items() if ending in form.endings]
    if len(found) == 1:
        return found[0]
    what = f"{quote(path)} does not say which format it is" if path else "export to which format?"
    if found:
        what = f"{ending} is the ending of {' and of '.join(found)}"
    raise UsageError(Problem(what, (f"formats: {known}",), f"--to {(found or ['torch'])[0]}"))


def _fix(name: str) -> str:
    """The format that a word surely means."""
    other = {"pytorch": "torch", "tensorflow": "keras", "tf": "keras", "ort": "onnx"}.get(name.lower(), "")
    found = other if other in FORMATS else likely(name, FORMATS)
    return f"--to {found}" if found else ""


def export(graph: Graph, name: str, seed: int = 0, weights: str | None = None) -> str | bytes:
    """A network in a format: source as text, other files as bytes; `weights` as the format has them.

    Raises UsageError for a format that there is not, ConvertError for what it cannot say.
    """
    if name not in FORMATS:
        chosen(name, None)
    module, _, function = FORMATS[name].maker.partition(":")
    make = getattr(import_module(module), function)
    if weights is None:
        return make(graph, seed)  # type: ignore[no-any-return]
    words = FORMATS[name].weights
    if weights not in words:
        what = f"weights of {name} are {' or '.join(words)}" if words else f"{name} has no weights to choose"
        raise UsageError(f"{what}, not {quote(weights)}" if words else what)
    return make(graph, seed, weights)  # type: ignore[no-any-return]
