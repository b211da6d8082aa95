"""The style sheet of what the directive makes, with the dark colours of drawings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archcalc.drawing import colours

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_NAME = "archcalc.css"
# how Furo and other themes say that a page is dark, or as the system of its reader has it
_DARK, _AUTO = '[data-theme="dark"]', '[data-theme="auto"]'
_VERDICTS = {"good": "#6cc070", "bad": "#ff7b72", "gap": "#d9bb4b"}


def add(app: Sphinx) -> None:
    """Have every page read it."""
    folder = os.path.join(app.doctreedir, "archcalc")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(os.path.dirname(__file__), _NAME), encoding="utf-8") as file:
        rules = file.read()
    chosen = f"@media screen {{\n{_dark(_DARK)}\n}}"  # paper is light
    system = f"@media screen and (prefers-color-scheme: dark) {{\n{_dark(_AUTO)}\n}}"
    with open(os.path.join(folder, _NAME), "w", encoding="utf-8") as file:
        file.write(f"{rules}{chosen}\n{system}\n")
    app.config.html_static_path.append(folder)
    app.add_css_file(_NAME)


def _dark(where: str) -> str:
    """The dark colours of drawings and verdicts, for pages that say so."""
    rules = [
        f'{where} .archcalc-svg [{what}="{light}"] {{ {what}: {dark}; }}'
        for light, dark in colours.DARK.items()
        for what in ("fill", "stroke", "stop-color")
    ]
    rules += [f"{where} .archcalc-{word} {{ color: {colour}; }}" for word, colour in _VERDICTS.items()]
    return "\n".join(rules)
