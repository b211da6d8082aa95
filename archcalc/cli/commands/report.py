"""`archcalc report`."""

from __future__ import annotations

import os

from archcalc.cli.arguments import Parser, add_depth, add_sizes, depth, load, whole
from archcalc.cli.out import deliver, width
from archcalc.errors import Problem, UsageError
from archcalc.render.figures import HEADERS

EXAMPLES = """
report lenet5
report specs/lenet5.yaml --input 1x64x64
report lenet5 --symbolic --columns output,params
report lenet5 lenet5-pytorch lenet5-d2l
report lenet5 -f json
report lenet5 --sort macs --top 3
report resnet18 --depth 1 --columns output,params,share
report resnet18 --only layer3
report mobilenet_v1 --input 3x160x160 --set width=0.5 --dtype int8
report resnet50 --depth 1 --train sgd
"""


def run(args: list[str]) -> int:
    """Print or save the table of one network, or of several side by side."""
    given = _parser().read(args)
    if given is None:
        return 0
    if not given.spec and isinstance(given.symbolic, str):  # `report --symbolic lenet5`
        given.spec, given.symbolic = [given.symbolic], True
    if not given.spec and given.train and given.train != "adam":  # `report --train lenet5`
        given.spec, given.train = [given.train], "adam"
    if not given.spec:
        raise UsageError("report needs a network: a file, a bundled name, or - for standard input")
    from archcalc.folding import Choice
    from archcalc.render.report import report

    top = None if given.top is None else whole(given.top, "--top", "", "--top 10")
    choice = Choice(depth(given.depth), given.only, given.sort, top)
    nets = [load(name, given).analysis for name in given.spec]
    columns = None if given.columns is None else [c.strip().lower() for c in given.columns.split(",")]
    format = given.format or _ending(given.output)
    across = width() if given.output is None and format == "table" else None
    optimizer = given.train or ""
    dtype = given.dtype or ("float32" if optimizer else "")
    made = report(
        nets, columns, format, across, choice=choice, exact=given.exact, dtype=dtype, optimizer=optimizer
    )
    deliver(made, given.output)
    return 0


def _parser() -> Parser:
    parser = Parser("report", EXAMPLES)
    parser.add_argument("spec", nargs="*", help="a file, a bundled name, or - for standard input")
    parser.add_argument(
        "-f", "--format", metavar="FORMAT", help="table, markdown, latex, csv or json; else as FILE ends"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    every = ", ".join(HEADERS)
    parser.add_argument("--columns", metavar="A,B", help=f"{every}; of several networks also layers")
    add_depth(parser)
    parser.add_argument(
        "--only",
        default="",
        metavar="PATH",
        help="what stands under a block, as stage3; --depth then counts from there",
    )
    parser.add_argument("--sort", default="", metavar="FIGURE", help="the dearest first, as --sort macs")
    parser.add_argument("--top", metavar="N", help="the N dearest, and the others as one row")
    parser.add_argument(
        "--dtype", metavar="int8", help="memory of weights and activations in numbers of a type"
    )
    parser.add_argument(
        "--train", nargs="?", const="adam", metavar="adam", help="memory of a training step with an optimizer"
    )
    parser.add_argument("--exact", action="store_true", help="large figures in full on a terminal too")
    parser.add_argument(
        "--symbolic",
        nargs="?",
        const=True,
        metavar="H,W",
        help="leave symbols as letters: all, or those named",
    )
    add_sizes(parser)
    return parser


_DRAWN = frozenset({".svg", ".png", ".dot"})
_OTHERS = _DRAWN | {".pdf", ".html", ".htm", ".xml", ".xlsx", ".parquet", ".yaml", ".yml", ".jpg"}
_ENDINGS = {".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".json": "json"}


def _ending(path: str | None) -> str:
    """The format that the ending of a file asks for."""
    ending = os.path.splitext(path or "")[1].lower()
    if ending in _OTHERS:
        why = (f"it writes {', '.join(_ENDINGS)} and .txt",)
        fix = "archcalc draw" if ending in _DRAWN else ""
        raise UsageError(Problem(f"report writes no {ending} file", why, fix))
    return _ENDINGS.get(ending, "table")
