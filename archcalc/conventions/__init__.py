"""Ways of counting, as data: a file for each, and an engine that counts any network by any of them."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from archcalc.errors import MissingError, Problem, likely, quote

if TYPE_CHECKING:
    from archcalc.conventions.values import Convention
    from archcalc.spec.node import Document

_HERE = os.path.dirname(os.path.realpath(__file__))
_ORDER = (
    "reference", "macs", "torchvision", "torch", "torch-cpu", "fvcore", "timm", "thop", "ptflops",
    "ptflops-aten", "torchinfo", "calflops", "deepspeed", "onnx-tool", "keras",
)  # fmt: skip


@cache
def presets() -> tuple[str, ...]:
    """The conventions that come with archcalc, in the order in which they are listed."""
    return tuple(name for name in _ORDER if os.path.isfile(os.path.join(_HERE, f"{name}.yaml")))


def named(name: str, beside: Document | None = None) -> Convention:
    """The convention of a name, or of a file of one's own: a path, or one beside a spec's document.

    Raises MissingError with the names that there are, SpecError where the file is none.
    """
    if name in presets():
        return _preset(name)
    why = f"conventions: {', '.join(presets())}, or a file of your own, as mine.yaml"
    if name.endswith((".yaml", ".yml")):
        if beside is None and not os.path.exists(name):
            fix = likely(os.path.splitext(name)[0], presets())
            raise MissingError(Problem(f"there is no file {quote(name)}", (why,), fix))
        from archcalc.conventions.reading import parse
        from archcalc.spec.find import find, find_base

        document = find(name) if beside is None else find_base(name, beside, "convention")
        found = parse(document, presets())
        found.shown = name
        return found
    raise MissingError(Problem(f"there is no convention {quote(name)}", (why,), likely(name, presets())))


@cache
def _preset(name: str) -> Convention:
    from archcalc.conventions.reading import parse
    from archcalc.spec.node import Document

    path = os.path.join(_HERE, f"{name}.yaml")
    with open(path, encoding="utf-8") as file:
        return parse(Document(f"{name}.yaml", file.read(), path))
