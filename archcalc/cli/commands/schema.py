"""`archcalc schema`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import deliver

EXAMPLES = """
schema > archcalc.schema.json
schema -o archcalc.schema.json
schema --plugin mykinds.py -o archcalc.schema.json
"""


def run(args: list[str]) -> int:
    """Print or save the JSON Schema of spec files, with the kinds of installed packages among the others."""
    parser = Parser("schema", EXAMPLES)
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    given = parser.read(args)
    if given is None:
        return 0
    from json import dumps

    from archcalc.register import load_installed
    from archcalc.schema import schema

    load_installed()
    deliver(dumps(schema(), indent=1, ensure_ascii=False), given.output)
    return 0
