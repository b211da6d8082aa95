"""`archcalc show`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import show

EXAMPLES = """
show lenet5
show lenet5 > mine.yaml
show lenet5-pytorch --whole
"""


def run(args: list[str]) -> int:
    """Print the text of a spec."""
    parser = Parser("show", EXAMPLES)
    parser.add_argument("spec", help="a bundled name, or a file")
    parser.add_argument("--whole", action="store_true", help="with what it extends written out")
    given = parser.read(args)
    if given is None:
        return 0
    from archcalc.convert.formats import is_foreign, read
    from archcalc.spec import find

    if is_foreign(given.spec):
        show(read(given.spec).text().rstrip("\n"))
        return 0
    document = find(given.spec)
    if not given.whole:
        show(_unbound(document.text).rstrip("\n"))
        return 0
    from archcalc.loading import load

    show(load(given.spec).to_yaml().rstrip("\n"))
    return 0


def _unbound(text: str) -> str:
    """The text without the line that tells editors where the schema is: it holds beside the file alone."""
    first, _, rest = text.partition("\n")
    return rest if first.startswith("# yaml-language-server:") else text
