"""Where the specs are that come with archcalc, and what they are called; it imports nothing of the rest."""

from __future__ import annotations

import os
from functools import cache

_HERE = os.path.dirname(os.path.realpath(__file__))


@cache
def folder() -> str:
    """The folder of the specs that come with archcalc."""
    inside = os.path.join(_HERE, "specs")  # in a wheel; in a checkout they stand beside the package
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_HERE), "specs")


def bundled() -> dict[str, str]:
    """The path of each spec that comes with archcalc, by name; `claims/...` are tutorials' figures."""
    found: dict[str, str] = {}
    top = folder()
    for where, folders, files in os.walk(top):
        folders.sort()
        for file in sorted(files):
            if file.endswith(".yaml"):
                path = os.path.join(where, file)
                found[named(os.path.relpath(path, top))] = path
    return found


def named(path: str) -> str:
    """What a bundled spec at a path is called: claims with their folder, networks without."""
    name = path.removesuffix(".yaml").replace(os.sep, "/")
    return name if name.startswith("claims/") else name.rpartition("/")[2]
