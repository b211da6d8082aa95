"""`archcalc draw`."""

from __future__ import annotations

import os

from archcalc.cli.arguments import Parser, add_depth, add_sizes, depth, load
from archcalc.cli.out import deliver
from archcalc.errors import Problem, UsageError, quote

EXAMPLES = """
draw lenet5 -o lenet5.svg
draw lenet5 -o lenet5.png --scale 3
draw lenet5 -o lenet5.dot
draw lenet5 > lenet5.dot
draw resnet18 --depth 1 -o resnet18.svg
"""


def run(args: list[str]) -> int:
    """Write a diagram; the file's ending says which kind."""
    parser = Parser("draw", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="FILE.svg, FILE.png or FILE.dot; without it, DOT is printed"
    )
    parser.add_argument("--scale", type=float, default=2.0, metavar="N", help="pixels per point of a PNG")
    add_depth(parser)
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    ending = _ending(given.output)
    if not given.scale > 0:
        raise UsageError(Problem(f"--scale takes a number above 0, not {given.scale:g}", fix="--scale 2"))
    content = load(given.spec, given).draw(depth(given.depth)).content(ending, given.scale)
    deliver(content, given.output)
    return 0


def _ending(path: str | None) -> str:
    """Which kind of diagram a file is, by its ending; DOT where there is no file."""
    from archcalc.render.diagram import FORMATS

    stem, ending = os.path.splitext(path or "-.dot")
    if ending[1:].lower() not in FORMATS:
        why = (f"the ending says which: {', '.join('.' + f for f in FORMATS)}",)
        raise UsageError(Problem(f"{quote(path)} has no ending of a diagram", why, f"{stem}.svg"))
    return ending[1:].lower()
