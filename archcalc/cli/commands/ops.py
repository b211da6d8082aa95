"""`archcalc ops`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import show, width
from archcalc.errors import UsageError, quote

EXAMPLES = """
ops
ops conv2d
ops pool
ops --plugin mykinds.py
ops -f json
"""


def run(args: list[str]) -> int:
    """Print every kind of layer, those of a family, or all about one."""
    parser = Parser("ops", EXAMPLES)
    parser.add_argument("op", nargs="?", help="a kind of layer, or a family of them")
    parser.add_argument("-f", "--format", default="table", metavar="FORMAT", help="table, or json for all")
    given = parser.read(args)
    if given is None:
        return 0
    if given.format not in {"table", "json"}:
        raise UsageError(f"there is no format {quote(given.format)}; formats: table, json")
    from archcalc.register import load_installed
    from archcalc.render import kinds

    if given.op is not None and given.format == "table":
        show(kinds.shown(given.op, width()))
        return 0
    load_installed()
    if given.format == "table":
        show(kinds.overview(width()))
        return 0
    from json import dumps

    every = [kind for kind in kinds.listed() if given.op in (None, kind["op"], kind["family"])]
    if not every:
        kinds.shown(given.op)  # tells what was meant
    show(dumps({"schema": 1, "kinds": every}, indent=2, ensure_ascii=False))
    return 0
