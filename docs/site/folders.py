"""Where pages that are made are put: into folders of their own, which git does not keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MADE = ("gallery", "reference")


def write(home: Path, pages: Mapping[str, str]) -> None:
    """Write pages by their paths where they differ, and take away those that are no longer made."""
    for name, text in pages.items():
        path = home / name
        assert path.parts[len(home.parts)] in MADE
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for folder in MADE:
        for path in (home / folder).rglob("*.*"):
            if path.is_file() and path.relative_to(home).as_posix() not in pages:
                path.unlink()
