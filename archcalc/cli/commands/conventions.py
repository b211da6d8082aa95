"""`archcalc conventions`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import deliver, show, width
from archcalc.errors import UsageError, quote

EXAMPLES = """
conventions
conventions reference
conventions fvcore
conventions mine.yaml
conventions --table -f markdown
"""
FORMATS = ("table", "markdown", "latex", "csv")


def run(args: list[str]) -> int:
    """Print the conventions, one of them, what a rule may name, or all rules side by side."""
    given = _parser().read(args)
    if given is None:
        return 0
    from archcalc.render import conventions

    if given.format not in FORMATS:
        raise UsageError(f"there is no format {quote(given.format)}; formats: {', '.join(FORMATS)}")
    if given.table:
        deliver(conventions.side_by_side(given.format, width()), given.output)
    elif given.format != "table" or given.output:
        raise UsageError("--format and --output are for --table")
    elif given.variables:
        show(conventions.variables(width()))
    elif given.name:
        from archcalc.conventions import named

        show(conventions.one(named(given.name), width()))
    else:
        show(conventions.listing(width()))
    return 0


def _parser() -> Parser:
    parser = Parser("conventions", EXAMPLES)
    parser.add_argument("name", nargs="?", default="", help="one convention, or a file of your own")
    parser.add_argument("--table", action="store_true", help="every rule, op by op, tool by tool")
    parser.add_argument("--variables", action="store_true", help="what a rule may name")
    parser.add_argument("-f", "--format", default="table", metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    return parser
