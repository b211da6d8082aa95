"""`archcalc check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver, width
from archcalc.errors import Problem, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from archcalc.network import Net
    from archcalc.render.page import Page
    from archcalc.verdicts import Verdicts

EXAMPLES = """
check lenet5
check lenet5 params=61706
check lenet5 C3.connections=156000 'macs <= 10M'
check claims/lenet5-csdn-pytorch -v
check lenet5 -f github
"""
FORMATS = ("table", "json", "github", "junit")
_SIGNS = "=<>"


def run(args: list[str]) -> int:
    """Hold published figures, or claims, against what is computed; 1 where one fails."""
    parser = Parser("check", EXAMPLES)
    parser.add_argument("spec", nargs="+", help="files, bundled names, or - for standard input; then claims")
    parser.add_argument("-f", "--format", default="table", metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for every figure, with its note")
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    if given.format not in FORMATS:
        raise UsageError(f"there is no format {given.format!r}; formats: {', '.join(FORMATS)}")
    names = [word for word in given.spec if not any(sign in word for sign in _SIGNS)]
    claims = [word for word in given.spec if any(sign in word for sign in _SIGNS)]
    if not names:
        raise UsageError("check needs a network before its claims")
    nets = [load(name, given) for name in names]
    found = [_judged(net, claims) for net in nets]
    deliver(_written(nets, found, given), given.output)
    return 0 if all(verdicts.ok for verdicts in found) else 1


def _judged(net: Net, claims: list[str]) -> Verdicts:
    """The verdicts on a network; it must have something to hold figures against."""
    found = net.check(*claims)
    if not found:
        fix = f"archcalc check {net.spec.shown} params=61706"
        raise UsageError(Problem(f"{net.name} has no expect lines, so there is nothing to check", fix=fix))
    return found


def _written(nets: list[Net], found: list[Verdicts], given: Namespace) -> Page | str:
    """The verdicts in the format asked for."""
    from archcalc.render import agreement, json

    if given.format == "json":
        return json.verdicts(found)
    if given.format == "github":
        return "\n".join(map(agreement.github, found))
    if given.format == "junit":
        shown = (net.spec.shown for net in nets)
        return agreement.junit(list(zip(shown, found, strict=True)))
    across = width() if given.output is None else None
    pages = [verdicts.page(across, every=given.verbose) for verdicts in found]
    from archcalc.render.page import Page

    return Page([*(line for page in pages for line in page.lines[:-1]), []])
