"""A Sphinx extension: the directive `archcalc`, and the fence of that name in MyST's Markdown.

Put `archcalc.sphinx` among the `extensions` of conf.py. A spec that has a mistake, or whose published
figures no longer agree, fails the build, with the place in the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.errors import ArchcalcError
from archcalc.sphinx import failures, styles
from archcalc.sphinx.directive import ArchcalcDirective
from archcalc.sphinx.nodes import register

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

_FENCES = "myst_fence_as_directive"
_MARKDOWN = (".md", ".markdown")


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    register(app)
    app.add_directive("archcalc", ArchcalcDirective)
    # another archcalc may say something else, so every page is read anew
    app.add_config_value("archcalc_version", __version__, "env", types=frozenset({str}))
    app.connect("config-inited", _fences)
    app.connect("config-inited", _signs)
    app.connect("builder-inited", styles.add)
    app.connect("source-read", _page)
    app.connect("include-read", _included)
    failures.connect(app)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _fences(app: Sphinx, config: Config) -> None:
    """MyST, where it is there, takes a fence called archcalc for the directive."""
    if _FENCES in config:
        setattr(config, _FENCES, {*getattr(config, _FENCES), "archcalc"})


_SIGNS = {"≥": r"\geq", "≤": r"\leq", "−": "-", "⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil",
          "⌉": r"\rceil", "→": r"\to", "Σ": r"\Sigma", "✗": r"\times", "✓": r"\surd"}  # fmt: skip


def _signs(app: Sphinx, config: Config) -> None:
    """LaTeX, where it is none that knows them all, is told the signs of figures."""
    known = "".join(
        rf"\DeclareUnicodeCharacter{{{ord(sign):04X}}}{{\ensuremath{{{how}}}}}"
        for sign, how in _SIGNS.items()
    )
    given = config.latex_elements.get("preamble", "")
    preamble = f"\\ifdefined\\DeclareUnicodeCharacter{known}\\fi\n{given}"
    config.latex_elements = {**config.latex_elements, "preamble": preamble}


def _page(app: Sphinx, document: str, content: list[str]) -> None:
    """A page without what `archcalc docs` wrote beneath its fences: here they show it themselves."""
    _bare(app, document, str(app.env.doc2path(document)), content)


def _included(app: Sphinx, path: Any, document: str, content: list[str]) -> None:
    """The same of a file that a page includes."""
    _bare(app, document, str(path), content)


def _bare(app: Sphinx, document: str, path: str, content: list[str]) -> None:
    if not path.endswith(_MARKDOWN):
        return
    from archcalc.exhibits.fences import bare

    try:
        content[0] = bare(content[0], path)
    except ArchcalcError as error:
        failures.fail(app.env, document, str(error), document)
