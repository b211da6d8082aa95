"""The texts of classes and functions that PyTorch lacks, as they are written into a file."""

from __future__ import annotations

import ast
import os
import re
from functools import cache

_USED = frozenset({"torch", "nn", "F", "math", "Tensor", "layer", "watch", "i"})


@cache
def helpers(folder: str = os.path.dirname(__file__)) -> dict[str, str]:
    """The texts of classes and functions that a framework lacks, by name, in their order."""
    path = os.path.join(folder, "written.py")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    plain = re.sub(r"  # (noqa|type: ignore).*", "", text)
    nodes = [node for node in ast.parse(plain).body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    return {node.name: ast.get_source_segment(plain, node) or "" for node in nodes}


def reserved() -> frozenset[str]:
    """Names that a file uses as they are, so that no argument and no variable is called by them."""
    return _USED | helpers().keys()
