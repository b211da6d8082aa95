"""`archcalc solve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver, width
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.measures import USUAL
from archcalc.render.grid import WRITTEN

if TYPE_CHECKING:
    from archcalc.solution import Solution

EXAMPLES = """
solve lenet5 --for H 'C5.H == 1'
solve mobilenet_v1 --for width=0.05:1:0.05 'params <= 3M' 'macs <= 300M'
solve bert-base --for d 'params <= 50M'
solve person --dtype int8 --for width 'weights <= 512KiB' 'peak <= 128KiB'
solve mobilenet_v1 --for width=0.25:1:0.25 --for H=96:224:32 'macs <= 150M' --most params
"""
FORMATS = ("table", "markdown", "latex", "fragment", "json")


def run(args: list[str]) -> int:
    """Print the sizes at which claims hold; 1 where there are none."""
    parser = Parser("solve", EXAMPLES)
    parser.mixed = True
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument("claims", nargs="*", help="as in check: 'params <= 5M', 'C5.H == 1'")
    parser.add_argument(
        "--for",
        dest="sought",
        action="append",
        default=[],
        metavar="H=32:512:32",
        help="a size to look for, with its values: a range with both ends, a list, or all; may be repeated",
    )
    parser.add_argument("--most", metavar="FIGURE", default="", help="the sizes with the most of a figure")
    parser.add_argument("--least", metavar="FIGURE", default="", help="the sizes with the least of it")
    parser.add_argument("-f", "--format", default="table", metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    parser.add_argument("--dtype", metavar="int8", help="of claims in bytes: float32 where left out")
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    if given.format not in FORMATS:
        fix = likely(given.format, FORMATS)
        raise UsageError(
            Problem(f"there is no format {quote(given.format)}; formats: {', '.join(FORMATS)}", fix=fix)
        )
    found = load(given.spec, given).solve(
        _sought(given.sought), *given.claims, dtype=given.dtype or USUAL, most=given.most, least=given.least
    )
    deliver(_written(found, given.format, given.output), given.output)
    return 0 if found.ok else 1


def _sought(words: list[str]) -> dict[str, Any]:
    """The values of each size that is looked for, as typed; None for all there are."""
    found: dict[str, Any] = {}
    for word in words:
        name, equals, values = word.partition("=")
        name = name.strip()
        if not name or any(sign in name for sign in "<>≤≥!"):
            why = ("a symbol, or an axis of the input; claims stand by themselves",)
            raise UsageError(
                Problem(f"--for takes a size to look for, not {quote(word)}", why, "--for H=32:512:32")
            )
        if name in found:
            raise UsageError(f"--for {name} is given twice")
        found[name] = values.strip() if equals else None
    return found


def _written(found: Solution, format: str, output: str | None) -> Any:
    from archcalc.render import solutions

    if format == "json":
        return solutions.document(found)
    if format == "markdown":
        return solutions.markdown(found)
    if format in WRITTEN:
        return solutions.grid(found).written(format)
    return found.page(width() if output is None else None)
