"""Where in the source a node was made: what stands in one statement, its author meant as one thing.

PyTorch notes for each node the calls of `forward` that it was made in, each by file and line. A call of a
layer passes through PyTorch's own files, which are left out: what is left are statements of the author's.
"""

from __future__ import annotations

import ast
import linecache
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.fx import Node

    Place = tuple[tuple[str, int], ...]

_FRAME = re.compile(r'^\s*File "(.+)", line (\d+), in ', re.MULTILINE)


class Lines:
    """The statements that nodes were made in."""

    def __init__(self) -> None:
        import torch

        self.torch = os.path.dirname(torch.__file__) + os.sep
        self.starts: dict[str, dict[int, int]] = {}  # file -> line -> where its statement starts
        self.places: dict[Node, Place] = {}

    def place(self, node: Node) -> Place:
        """The statement in each forward that a node was made in, from the outermost to the innermost."""
        if node not in self.places:
            found = _FRAME.findall(node.meta.get("stack_trace") or "")
            self.places[node] = tuple(
                (path, self.start(path, int(line))) for path, line in found if not path.startswith(self.torch)
            )
        return self.places[node]

    def leave(self, node: Node) -> None:
        """Forget the innermost forward of a node: that of a module which is one layer."""
        self.places[node] = self.place(node)[:-1]

    def start(self, path: str, line: int) -> int:
        """Where the statement of a line starts; the line itself where its file is not to be read."""
        if path not in self.starts:
            self.starts[path] = _starts(path)
        return self.starts[path].get(line, line)

    def together(self, one: Node, other: Node) -> bool | None:
        """Whether two nodes were made in one statement; None where they are not of one forward."""
        a, b = self.place(one), self.place(other)
        if not a or a[:-1] != b[:-1] or a[-1][0] != b[-1][0]:
            return None
        return a == b


def _starts(path: str) -> dict[int, int]:
    """For each line of a file the first line of the innermost statement that it is in."""
    linecache.checkcache(path)  # it may have been edited since it was read
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except (SyntaxError, ValueError):
        return {}
    found: dict[int, int] = {}
    for node in ast.walk(tree):  # outer statements come before those inside them
        if isinstance(node, ast.stmt) and node.end_lineno is not None:
            found.update(dict.fromkeys(range(node.lineno, node.end_lineno + 1), node.lineno))
    return found
