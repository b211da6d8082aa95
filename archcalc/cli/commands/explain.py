"""`archcalc explain`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver, width
from archcalc.errors import Problem, UsageError, likely, quote

EXAMPLES = """
explain lenet5 C3
explain lenet5 C3 params
explain lenet5
explain lenet5 C5 --input 1x64x64
explain resnet18 layer2
explain lenet5 C3 -f markdown
explain lenet5 C3 -o C3.html
"""
FORMATS = ("text", "markdown", "html")
_ENDINGS = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html"}


def run(args: list[str]) -> int:
    """Print the blackboard of a layer or a block, or one line of it."""
    given = _parser().read(args)
    if given is None:
        return 0
    endings = (format for ending, format in _ENDINGS.items() if (given.output or "").endswith(ending))
    format = given.format or next(endings, "text")
    if format not in FORMATS:
        why = (f"formats: {', '.join(FORMATS)}",)
        raise UsageError(Problem(f"there is no format {quote(format)}", why, likely(format, FORMATS)))
    explanation = load(given.spec, given).explain(given.layer, given.quantity)
    if format != "text":
        from archcalc.render.lesson import WRITERS

        deliver(WRITERS[format](explanation), given.output)
        return 0
    across = None if given.output else width()
    deliver(explanation.page(across) if given.quantity is None else explanation, given.output)
    return 0


def _parser() -> Parser:
    parser = Parser("explain", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument("layer", nargs="?", default="total", help="a layer or a block; without it the totals")
    parser.add_argument("quantity", nargs="?", help="output, neurons, params, connections, macs, flops, ...")
    parser.add_argument("-f", "--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}; else as FILE ends")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    add_sizes(parser)
    return parser
