"""`archcalc conventions`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import show, width
from archcalc.render.page import WIDEST, Page, wrap

EXAMPLES = """
conventions
conventions reference
"""


def run(args: list[str]) -> int:
    """Print what is counted."""
    parser = Parser("conventions", EXAMPLES)
    parser.add_argument("name", nargs="?", default="reference", help="a convention")
    given = parser.read(args)
    if given is None:
        return 0
    from archcalc.conventions import named

    convention = named(given.name)
    limit = min(width() or WIDEST, WIDEST)
    page = Page([[]])
    page.title(convention.name, convention.about, limit)
    page.add()
    for quantity, rule in convention.words.items():
        for i, line in enumerate(wrap(rule, limit, " " * 15)):
            page.add((f" {quantity:<14}" if i == 0 else " " * 15, "name"), line[15:])
    page.add()
    for note in convention.notes:
        page.extend([(line, "dim")] for line in wrap(note, limit, " "))
    page.add()
    show(page)
    return 0
