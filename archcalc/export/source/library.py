"""Classes and functions that a framework lacks, as the texts that are written into a file."""

from __future__ import annotations

import ast
import os
import re
from functools import cache
from importlib import import_module


@cache
def texts(framework: str) -> dict[str, str]:
    """The texts by name, in the order that a file has them, of `torch` or of `keras`."""
    package = import_module(f"archcalc.export.{framework}.written")
    found: dict[str, str] = {}
    for part in package.PARTS:
        with open(os.path.join(package.__path__[0], f"{part}.py"), encoding="utf-8") as file:
            plain = re.sub(r"  # (noqa|type: ignore).*", "", file.read())
        nodes = [node for node in ast.parse(plain).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        found.update((node.name, ast.get_source_segment(plain, node) or "") for node in nodes)
    return found
