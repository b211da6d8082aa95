"""`archcalc docs`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser
from archcalc.cli.out import complain, save, show
from archcalc.errors import MissingError, Problem, SpecError, UsageError, printable, quote

if TYPE_CHECKING:
    from archcalc.exhibits.markdown import Filled

EXAMPLES = """
docs README.md
docs docs/*.md
docs README.md --check
"""
_PAGES = (".md", ".markdown")


def run(args: list[str]) -> int:
    """Write what the fences of Markdown pages ask for beneath them; 1 where a published figure fails."""
    parser = Parser("docs", EXAMPLES)
    parser.add_argument("page", nargs="+", help="Markdown files with fences called archcalc")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where a page is not fresh"
    )
    given = parser.read(args)
    if given is None:
        return 0
    pages = {path: _filled(path) for path in given.page}  # all of them, before anything is written
    failing = [sentence for filled, _ in pages.values() for sentence in filled.failing]
    for sentence in failing:
        complain(printable(sentence))
    if failing:
        whole = (
            "a published figure no longer agrees"
            if len(failing) == 1
            else f"{len(failing)} published figures no longer agree"
        )
        complain(f"{whole}: nothing was written.")
        return 1
    stale = [_put(path, filled, old, check=given.check) for path, (filled, old) in pages.items()]
    return 1 if given.check and any(stale) else 0


def _filled(path: str) -> tuple[Filled, str]:
    """A page as it should be, and as it is."""
    from archcalc.exhibits.markdown import filled

    if not path.endswith(_PAGES):
        raise UsageError(
            Problem(f"docs writes into Markdown, and {quote(path)} is none", ("it ends in .md",))
        )
    old = _read(path)
    found = filled(old, path)
    return found, old


def _read(path: str) -> str:
    """A page's text, its line ends as they are."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise SpecError(Problem(f"{quote(path)} is not UTF-8", fix="save the file as UTF-8")) from None
    except OSError as error:
        raise MissingError(f"{quote(path)} cannot be read: {error.strerror}") from None


def _put(path: str, filled: Filled, old: str, *, check: bool) -> bool:
    """Write a page and its pictures where they differ, or say so; whether they did."""
    changed = {name: svg for name, svg in filled.pictures.items() if not _is(name, svg)}
    if filled.text != old:
        changed[path] = filled.text
    for name, text in changed.items():
        if not check:
            save(name, text)
    page, names = printable(path), ", ".join(map(printable, changed))
    count = (
        f"{filled.fences} fence{'s' * (filled.fences != 1)}" if filled.fences else "no fence called archcalc"
    )
    if not changed:
        show(f"{page}: {count}{', fresh' if filled.fences else ''}")
    elif check:
        complain(f"{page}: not fresh: {names}\n  fix: archcalc docs {page}")
    else:
        show(f"{page}: {count}, wrote {names}")
    return bool(changed)


def _is(path: str, text: str) -> bool:
    """Whether a file has a text already."""
    return os.path.isfile(path) and _read(path) == text
