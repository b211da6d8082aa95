"""`archcalc explain`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import show, width

EXAMPLES = """
explain lenet5 C3
explain lenet5 C3 params
explain lenet5
explain lenet5 C5 --input 1x64x64
explain resnet18 layer2
"""


def run(args: list[str]) -> int:
    """Print the blackboard of a layer or a block, or one line of it."""
    parser = Parser("explain", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument("layer", nargs="?", default="total", help="a layer or a block; without it the totals")
    parser.add_argument("quantity", nargs="?", help="output, neurons, params, connections, macs, flops, ...")
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    explanation = load(given.spec, given).explain(given.layer, given.quantity)
    show(explanation.page(width()) if given.quantity is None else explanation)
    return 0
