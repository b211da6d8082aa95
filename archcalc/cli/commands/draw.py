"""`archcalc draw`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser, add_depth, add_sizes, depth, load
from archcalc.cli.out import deliver
from archcalc.errors import Problem, UsageError, quote
from archcalc.expressions import integer

if TYPE_CHECKING:
    from argparse import Namespace

    from archcalc.drawing import Drawing

EXAMPLES = """
draw lenet5 -o lenet5.svg
draw lenet5 -o lenet5.png --scale 3
draw lenet5 > lenet5.dot
draw resnet152 --page a4 -o resnet152.png
draw resnet50 --color-by macs --direction right -o where.svg
draw vit_b_16 --expand encoder -o all-twelve.svg
draw resnet18 --depth 1 -o resnet18.svg
draw lenet5 --style maps -o lenet5.svg
draw unet --style maps -o unet.tex
draw googlenet --style maps --only inception3a -o inception.svg
draw lenet5 C3 --style table -o C3.svg
draw lenet5 C3 --style field --unit 0,0 -o field.svg
"""


def run(args: list[str]) -> int:
    """Write a picture; the file's ending says in which format."""
    parser = Parser("draw", EXAMPLES)
    parser.mixed = True
    add_arguments(parser)
    given = parser.read(args)
    if given is None:
        return 0
    ending = _ending(given.output)
    if not given.scale > 0:
        raise UsageError(Problem(f"--scale takes a number above 0, not {given.scale:g}", fix="--scale 2"))
    drawing = load(given.spec, given).draw(given.style, **_options(given))
    content = drawing.content(ending or _source(drawing), given.scale, given.theme)
    deliver(content, given.output)
    return 0


def add_arguments(parser: Parser) -> None:
    """The arguments of the command."""
    from archcalc.drawing import STYLES

    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument("layer", nargs="?", help="a layer or a block, for a style that draws one")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="FILE.svg, .png, .pdf, .dot, ...; without it, DOT is printed"
    )
    styles = "; ".join(f"{style}: {said}" for style, said in STYLES.items())
    parser.add_argument("--style", default="graph", metavar="STYLE", help=styles)
    parser.add_argument("--scale", type=float, default=2.0, metavar="N", help="how much larger a PNG is")
    parser.add_argument(
        "--theme", default="auto", metavar="auto", help="light, dark, or auto: as the reader has"
    )
    parser.add_argument("--page", metavar="a4", help="as large as a page: a4 or letter; else as it needs")
    parser.add_argument("--only", metavar="PATH", help="draw what stands under one path")
    parser.add_argument(
        "--unit", metavar="ROW,COL", help="whose field, counted from 0; else the one in the middle"
    )
    add_depth(parser)
    parser.add_argument(
        "--expand",
        action="append",
        metavar="NAME",
        help="draw the copies of a repeat one by one: its name, or how deep, or all; may be repeated",
    )
    parser.add_argument("--direction", metavar="down", help="which way a graph goes: down or right")
    parser.add_argument(
        "--color-by", metavar="family", help="what a graph's colours say: family, params, macs or memory"
    )
    add_sizes(parser)


def _options(given: Namespace) -> dict[str, object]:
    """The options of a style, None where nothing is said."""
    return {
        "layer": given.layer,
        "unit": None if given.unit is None else _unit(given.unit),
        "depth": depth(given.depth),
        "only": given.only,
        "expand": _expand(given.expand),
        "direction": given.direction,
        "color_by": given.color_by,
        "page": given.page,
    }


def _expand(words: list[str] | None) -> object:
    """The repeats of `--expand 1`, `--expand all`, or `--expand layer1,layer2`."""
    if not words:
        return None
    names = [name.strip() for word in words for name in word.split(",")]
    if len(names) > 1 or not names[0].isdigit():
        return "all" if names == ["all"] else names
    return int(names[0])


def _unit(text: str) -> tuple[int, ...]:
    """The place of a unit, of `--unit 4,4`."""
    found = [integer(part) for part in text.split(",")]
    if None in found:
        what = f"--unit takes whole numbers, the row and the column, not {quote(text)}"
        raise UsageError(Problem(what, fix="--unit 4,4"))
    return tuple(n for n in found if n is not None)


def _source(drawing: Drawing) -> str:
    """What is printed where there is no file: DOT, or of a style without it SVG."""
    return "dot" if drawing.dot else "svg"


def _ending(path: str | None) -> str:
    """The format of a file, by its ending; nothing where there is no file."""
    from archcalc.drawing import FORMATS

    if path is None:
        return ""
    stem, ending = os.path.splitext(path)
    if ending[1:].lower() not in FORMATS:
        why = (f"the ending says which: {', '.join('.' + f for f in FORMATS)}",)
        raise UsageError(Problem(f"{quote(path)} has no ending of a diagram", why, f"{stem}.svg"))
    return ending[1:].lower()
