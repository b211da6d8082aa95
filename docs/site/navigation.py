"""The list of pages at the side: the theme would have it made anew, with every heading, for each page."""

from __future__ import annotations

import posixpath
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from sphinx import addnodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def place(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Give a page its list in place of the one that the theme asks for."""
    if app.builder.format == "html":
        context["toctree"] = lambda **_: "".join(_lists(app, page, _listed(app.env, page)))


def _listed(env: BuildEnvironment, page: str) -> str:
    """The page of the list that a page belongs to: of one that stands in no list, its folder's."""
    return f"{posixpath.dirname(page)}/index" if "orphan" in env.metadata.get(page, {}) else page


def _lists(app: Sphinx, page: str, current: str) -> Iterator[str]:
    for caption, pages in _trees(app.env, "index"):
        yield f'<p class="caption" role="heading"><span class="caption-text">{escape(caption)}</span></p>'
        yield f"<ul>{''.join(_entry(app, page, current, each, 1) for each in pages)}</ul>"


def _entry(app: Sphinx, page: str, current: str, target: str, level: int) -> str:
    """A page in the list, with those below it."""
    below = [each for _, pages in _trees(app.env, target) for each in pages]
    here = "current" if target == current or current in below else ""
    link = app.builder.get_relative_uri(page, target) or "#"
    title = escape(app.env.titles[target].astext())
    inner = (
        f"<ul>{''.join(_entry(app, page, current, each, level + 1) for each in below)}</ul>" if below else ""
    )
    mark = " current-page" if target == current else ""
    return (
        f'<li class="toctree-l{level} {here}{mark}"><a class="{here} reference internal" href="{link}">'
        f"{title}</a>{inner}</li>"
    )


@cache
def _trees(env: BuildEnvironment, page: str) -> list[tuple[str, list[str]]]:
    """The lists of contents on a page, each with its caption and pages."""
    if page not in env.toctree_includes:
        return []
    found = env.get_doctree(page).findall(addnodes.toctree)
    return [(tree["caption"] or "", list(tree["includefiles"])) for tree in found]
