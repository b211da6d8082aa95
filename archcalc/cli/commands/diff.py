"""`archcalc diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver, width
from archcalc.errors import UsageError, quote

if TYPE_CHECKING:
    from argparse import Namespace

    from archcalc.alignment import Side

EXAMPLES = """
diff lenet5 lenet5-pytorch
diff resnet50 resnet50-v1 --columns params,macs,flops
diff lock.json mynet.yaml --exit-code
diff resnet18 resnet34 -f markdown
diff lenet5 lenet5-pytorch -o compare.html
"""
FORMATS = ("table", "html", "markdown", "latex", "fragment", "json", "github")


def run(args: list[str]) -> int:
    """Set two networks side by side; with --exit-code 1 where a figure differs."""
    parser = Parser("diff", EXAMPLES)
    parser.add_argument("left", help="a file, a bundled name, or a report saved as JSON")
    parser.add_argument("right", help="what it is compared with")
    parser.add_argument("-f", "--format", metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    parser.add_argument("--columns", metavar="A,B", help="figures to compare; params, connections and macs")
    parser.add_argument("--exit-code", action="store_true", help="end with 1 where a cost differs")
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    is_page = (given.output or "").lower().endswith((".html", ".htm"))
    format = given.format or ("html" if is_page else "table")
    if format not in FORMATS:
        raise UsageError(f"there is no format {quote(format)}; formats: {', '.join(FORMATS)}")
    from archcalc.difference import Difference
    from archcalc.render import differences

    columns = None if given.columns is None else [c.strip().lower() for c in given.columns.split(",")]
    found = Difference(_side(given.left, given), _side(given.right, given), columns)
    fails = given.exit_code and not found.costs_the_same
    across = width() if given.output is None else None
    deliver(differences.written(found, format, across, fails=fails), given.output)
    return int(fails)


def _side(name: str, given: Namespace) -> Side:
    """A network, or a report of one that was saved."""
    if not name.endswith(".json"):
        return load(name, given).analysis
    from archcalc.saved import Saved
    from archcalc.spec import find

    return Saved(name, find(name).text)
