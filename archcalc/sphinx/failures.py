"""What fails a build: pages on which something does not agree, told each time until it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

_LOG = logging.getLogger(__name__)
_KEPT = "archcalc_failing"  # the attribute of the environment with the pages that fail


def connect(app: Sphinx) -> None:
    """Have Sphinx say which pages are forgotten, joined from other processes, and done."""
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _join)
    app.connect("env-get-outdated", _again)
    app.connect("build-finished", _finish)


def fail(env: BuildEnvironment, document: str, sentence: str, place: Any) -> None:
    """Tell what does not agree, and fail the build when all has been told.

    The page is read again by every build, until nothing fails on it.
    """
    _LOG.error(sentence, location=place)
    _failing(env).add(document)


def _failing(env: BuildEnvironment) -> set[str]:
    """The pages that fail."""
    if not hasattr(env, _KEPT):
        setattr(env, _KEPT, set())
    found: set[str] = getattr(env, _KEPT)
    return found


def _forget(app: Sphinx, env: BuildEnvironment, document: str) -> None:
    """A page that is read anew has not failed yet."""
    _failing(env).discard(document)


def _join(app: Sphinx, env: BuildEnvironment, documents: set[str], other: BuildEnvironment) -> None:
    """Pages that another process has read."""
    _failing(env).update(_failing(other))


def _again(app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
    """Pages that failed are read anew, though nothing of theirs has changed."""
    return sorted(_failing(env))


def _finish(app: Sphinx, error: Exception | None) -> None:
    """The status of sphinx-build."""
    if error is None and _failing(app.env):
        app.statuscode = 1
