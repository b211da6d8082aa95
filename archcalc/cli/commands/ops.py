"""`archcalc ops`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import show, width

EXAMPLES = """
ops
ops conv2d
ops rbf
"""


def run(args: list[str]) -> int:
    """Print every kind of layer, or all about one."""
    parser = Parser("ops", EXAMPLES)
    parser.add_argument("op", nargs="?", help="a kind of layer")
    given = parser.read(args)
    if given is None:
        return 0
    from archcalc.render import kinds

    show(kinds.overview(width()) if given.op is None else kinds.card(given.op, width()))
    return 0
