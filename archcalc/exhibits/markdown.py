"""Exhibits in a Markdown page: each written beneath the fence that asks for it, for any host to show."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from archcalc.closed_form import Formula
from archcalc.errors import UsageError
from archcalc.exhibits.exhibit import exhibit
from archcalc.exhibits.fences import END, START, Fence, fences
from archcalc.explanation import Explanation
from archcalc.quantities import header
from archcalc.render.grid import Grid
from archcalc.render.lesson import steps
from archcalc.render.markdown import escaped, table

if TYPE_CHECKING:
    from archcalc.exhibits.exhibit import Exhibit


class Filled(NamedTuple):
    """A page with what its fences ask for."""

    text: str
    pictures: dict[str, str]  # SVG, by the path that the page has it at
    failing: tuple[str, ...]  # published figures that no longer agree, each with the line of its fence
    fences: int  # how many there are


def filled(text: str, path: str) -> Filled:
    """A page with an exhibit beneath each of its fences called archcalc; old ones are replaced.

    Raises ArchcalcError for a fence that asks for what cannot be made.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    found = fences(lines, path)
    pictures: dict[str, str] = {}
    failing: list[str] = []
    for fence in reversed(found):  # from the last, so that lines before stay where they are
        made = exhibit(fence.asked(path), os.path.dirname(path))
        failing = [f"{path}:{fence.first}: {sentence}" for sentence in made.failing] + failing
        _replace(lines, fence, [START, "", *_written(made, path, pictures), "", END])
    return Filled(end.join(lines), pictures, tuple(failing), len(found))


def _replace(lines: list[str], fence: Fence, written: list[str]) -> None:
    """Put a result beneath its fence, a blank line between them."""
    start, end = fence.written or (fence.end, fence.end)
    before = [] if start > fence.end else [""]
    after = [] if end >= len(lines) or not lines[end].strip() else [""]
    lines[start:end] = [*before, *written, *after]


def _written(made: Exhibit, path: str, pictures: dict[str, str]) -> list[str]:
    """An exhibit as lines of Markdown."""
    content = made.content
    caption = [made.caption, ""] if made.caption else []
    note = ["", f"*{escaped(made.note)}*"] if made.note else []
    if isinstance(content, Grid):
        title = caption or ([f"**{escaped(made.title)}**", ""] if made.title else [])
        return [*title, *table(content).split("\n"), *note]
    if isinstance(content, Formula):
        name = header(content.quantity)
        return [*caption, "```math", rf"\text{{{name}}} = {content.latex}", "```", *note]
    if isinstance(content, Explanation):
        return [*caption, *steps(content)]
    name = _picture(made)
    if pictures.setdefault(os.path.join(os.path.dirname(path), name), content.svg) != content.svg:
        raise UsageError(f"{path}: two different pictures are called {name}; file: names one of them")
    shown = [f"![{escaped(made.title)}]({name})"]
    return [*shown, *(["", made.caption] if made.caption else []), *note]


def _picture(made: Exhibit) -> str:
    """The name of a diagram's file, beside the page."""
    stem = os.path.basename(made.asked.specs[0]).removesuffix(".yaml").removesuffix(".yml")
    name = made.asked.option("file") or f"{stem}.svg"
    plain = name.removesuffix(".svg").replace("-", "").replace("_", "").replace(".", "")
    if not name.endswith(".svg") or not plain.isalnum():
        raise UsageError(f"file is the name of an SVG file beside the page, as lenet5.svg, not {name!r}")
    return name
