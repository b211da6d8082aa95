"""A page in one file: style, script and data inside it, and a policy that lets nothing else in."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from archcalc.web.markup import Markup, joined, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

# what would end the element, or a line of JavaScript's, is written as JSON writes it
_HELD = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def document(title: str, content: Sequence[Any], data: Any, scripts: Sequence[str], style: str = "") -> str:
    """The whole file."""
    style = asset("page.css") + style
    code = f'(() => {{\n"use strict";\n{"".join(map(asset, scripts))}}})();\n'
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(code)}"
    head = (
        tag("meta", charset="utf-8"),
        tag(
            "meta",
            http_equiv="Content-Security-Policy",
            content=f"{policy}; base-uri 'none'; form-action 'none'",
        ),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    held = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_HELD)
    body = (
        *content,
        tag("script", Markup(held), type="application/json", id="data"),
        tag("script", Markup(code)),
    )
    lines = (tag("head", joined(head, "\n")), tag("body", joined(body, "\n")))
    return f"<!DOCTYPE html>\n{tag('html', joined(lines, chr(10)), lang='en')}"


@cache
def asset(name: str) -> str:
    """A file of the page that comes with archcalc."""
    return files("archcalc.web").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """What a policy knows a script or a style by."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
