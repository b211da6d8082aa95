"""The contents of the site, read from the lists on its first page, and links as the site has them."""

from __future__ import annotations

import posixpath
import re

MADE = {
    "The networks that come with it": ["gallery/index"],
    "Look up": ["reference/kinds/index", "reference/commands", "reference/api"],
}
"""Pages that are made, by the heading of the first page under which they stand."""
NAMES = {
    "gallery/index": "[Gallery](gallery/index.md): a page for each, with table, diagram and figures",
    "reference/kinds/index": "[Every kind of layer](reference/kinds/index.md), a page for each",
    "reference/commands": "[Every command](reference/commands.md) with its options",
    "reference/api": "[Every public name](reference/api.md) of the library",
}
OUTSIDE = {"CONTRIBUTING.md": "reference/contributing.md", "CHANGELOG.md": "reference/changelog.md",
           "tests/README.md": "reference/tests.md", "README.md": "index.md"}  # fmt: skip
"""Pages of the repository beside the folder of this documentation, and what they are called in it."""
_LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(`{3,}|~{3,})")


def placed(page: str, text: str) -> str:
    """A page with the contents that belong to it."""
    if page == "index":
        return _first(text)
    if page == "layers":
        return text + _tree("", _pages(text, "layers/"))
    return text


def _first(text: str) -> str:
    """The first page, with a list of contents for each of its headings."""
    head, *sections = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    parts, trees = [head], []
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        made = MADE.get(title, [])
        added = "".join(f"- {NAMES[name]}\n" for name in made)
        start, bullet, rest = body.partition("- ")
        parts += [f"## {title}\n", start, added, bullet, rest]
        if pages := [*made, *_pages(body, "")]:
            trees.append(_tree(title, pages))
    return "".join([*parts, *trees])


def _pages(text: str, folder: str) -> list[str]:
    """The pages that the lists of a text link to, in a folder."""
    lines = (line for line in text.split("\n") if line.startswith(("- ", "  ")))
    found = (target for line in lines for _, target in _LINK.findall(line))
    return list(
        dict.fromkeys(t.removesuffix(".md") for t in found if t.endswith(".md") and t.startswith(folder))
    )


def _tree(title: str, pages: list[str]) -> str:
    caption = f":caption: {title}\n" if title else ""
    listed = "\n".join(pages)
    return f"\n\n```{{toctree}}\n:hidden:\n{caption}\n{listed}\n```\n"


def inward(page: str, text: str) -> str:
    """A page whose links to files beside the folder lead to pages of the site, or are words alone."""
    if "../" not in text:
        return text
    folder = posixpath.dirname(page)
    lines, fence = text.split("\n"), ""
    for i, line in enumerate(lines):
        if match := _FENCE.match(line):
            fence = "" if fence and line.startswith(fence) else fence or match[1]
        elif not fence:
            lines[i] = _LINK.sub(lambda found: _inward(folder, *found.groups()), line)
    return "\n".join(lines)


def _inward(folder: str, words: str, target: str) -> str:
    path, sign, anchor = target.partition("#")
    whole = posixpath.normpath(posixpath.join("docs", folder, path))
    if "://" in target or not path or whole.startswith("docs/"):
        return f"[{words}]({target})"
    there = OUTSIDE.get(whole)
    return f"[{words}]({posixpath.relpath(there, folder or '.')}{sign}{anchor})" if there else words
