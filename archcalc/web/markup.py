"""HTML that is safe by how it is made: what is not Markup already is escaped."""

from __future__ import annotations

from html import escape
from typing import Any

from archcalc.errors import printable

_EMPTY = frozenset({"meta", "input", "br"})


class Markup(str):
    """A piece of HTML, every text in it escaped."""

    __slots__ = ()


def text(content: object) -> Markup:
    """A text as HTML; what is HTML already stays."""
    return content if isinstance(content, Markup) else Markup(escape(printable(str(content))))


def joined(parts: Any, between: str = "") -> Markup:
    """Pieces one after the other."""
    return Markup(between.join(map(text, parts)))


def tag(name: str, /, *content: Any, **attributes: Any) -> Markup:
    """An element: its content, and its attributes, of which None and False are left out.

    `class_` and `for_` are class and for; other underscores are hyphens.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    inside = joined(content)
    return Markup(f"<{name}{given}>" if name in _EMPTY else f"<{name}{given}>{inside}</{name}>")


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    shown = name.rstrip("_").replace("_", "-")
    return f" {shown}" if value is True else f' {shown}="{text(value)}"'


def link(words: object, url: str) -> Markup:
    """A link to the web, or the words alone where the address is of another sort."""
    if not url.startswith(("https://", "http://")):
        return text(words)
    return tag("a", words, href=url, rel="noreferrer noopener", referrerpolicy="no-referrer")


def scrolling(content: Markup, name: str) -> Markup:
    """Something wide in a box of its own, which the keyboard can scroll too."""
    return tag("div", content, class_="scroll", tabindex="0", role="region", aria_label=name)
