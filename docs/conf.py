"""The site: the Markdown pages as they are, and pages that are made of the package while it is built.

    sphinx-build -W --keep-going -n -b html docs build/site

Made are the gallery, a page for each kind of layer, the commands and the library's names; `docs/site`
has a module for each. They are put into folders that git does not keep.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import archcalc

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "site"))

project = "archcalc"
author = "archcalc's contributors"
project_copyright = author
release = version = archcalc.__version__
extensions = ["myst_parser", "archcalc.sphinx", "sphinx.ext.autodoc"]
exclude_patterns = ["tutorials-prose.md", "site"]  # the first is a part of another page
smartquotes = False  # an option is --depth, with two dashes
myst_heading_anchors = 4  # as GitHub has them

html_theme = "furo"
html_title = "archcalc"
html_static_path = ["site/static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#2b5fab", "color-brand-content": "#2b5fab"},
    "dark_css_variables": {"color-brand-primary": "#8ab4f8", "color-brand-content": "#8ab4f8"},
}

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # what a thing takes is said in words; signatures of thirty types are not read
autodoc_default_options = {"members": True}


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    import navigation

    app.connect("config-inited", made)
    app.connect("source-read", read)
    app.connect("autodoc-process-docstring", spoken)
    app.connect("html-page-context", navigation.place, priority=400)  # before the theme's
    app.connect("build-finished", turned)


def made(app: Sphinx, config: Config) -> None:
    """Write the pages that are made."""
    import commands
    import folders
    import gallery
    import kinds
    import library

    pages: dict[str, str] = {}
    for maker in (gallery, kinds, commands, library):
        pages |= maker.pages()
    folders.write(HERE, pages)


def turned(app: Sphinx, error: Exception | None) -> None:
    """Write the pages with sliders beside those of the site."""
    import gallery

    if error is None and app.builder.format == "html":
        for path, html in gallery.turned().items():
            (Path(app.outdir) / path).parent.mkdir(exist_ok=True)
            (Path(app.outdir) / path).write_text(html, encoding="utf-8")


def read(app: Sphinx, page: str, content: list[str]) -> None:
    """A page as the site has it: its place in the contents, and links that lead out of the folder."""
    import contents

    content[0] = contents.placed(page, contents.inward(page, content[0]))


def spoken(app: Sphinx, what: str, name: str, it: Any, options: Any, lines: list[str]) -> None:
    """A docstring, whose code stands between single backticks, in reStructuredText."""
    import library

    lines[:] = library.rst(lines)
