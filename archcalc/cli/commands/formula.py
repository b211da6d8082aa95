"""`archcalc formula`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver, width

EXAMPLES = """
formula bert-base params --symbolic d,L,V,P
"""


def run(args: list[str]) -> int:
    """Print a figure of a network as one closed form of its sizes."""
    given = _parser().read(args)
    if given is None:
        return 0
    made = load(given.spec, given).formula(
        given.quantity, layer=given.layer, dtype=given.dtype, group=given.group
    )
    deliver(made.page(width()), given.output)
    return 0


def _parser() -> Parser:
    parser = Parser("formula", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument("quantity", nargs="?", default="params", help="params, macs, flops, ...")
    parser.add_argument("layer", nargs="?", default="total", help="a layer or a block; without it the total")
    parser.add_argument(
        "--symbolic", metavar="d,L", help="the symbols that are letters; without it all that can be"
    )
    parser.add_argument(
        "--group", default="", metavar="d", help="put terms together by powers of a letter, or by layer"
    )
    parser.add_argument(
        "--dtype", default="float32", metavar="int8", help="the type of numbers, for figures in bytes"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    add_sizes(parser)
    return parser
