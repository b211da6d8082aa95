"""`archcalc report`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser, add_depth, add_sizes, depth, load, whole
from archcalc.cli.out import deliver, width
from archcalc.cli.watch import Watch
from archcalc.errors import Problem, UsageError
from archcalc.quantities import REFERENCE
from archcalc.render.figures import HEADERS
from archcalc.render.report import FORMATS

if TYPE_CHECKING:
    from argparse import Namespace

    from archcalc.analysis import Analysis
    from archcalc.render.exercise import Asked

EVERY = "all"

EXAMPLES = """
report lenet5
report specs/lenet5.yaml --input 1x64x64
report lenet5 --symbolic --columns output,params
report lenet5 lenet5-pytorch lenet5-d2l
report lenet5 -f json
report lenet5 -o lenet5.html
report lenet5 --sort macs --top 3
report resnet18 --depth 1 --columns output,params,share
report resnet18 --only layer3
report mobilenet_v1 --input 3x160x160 --set width=0.5 --dtype int8
report resnet50 --depth 1 --train sgd
report resnet50 --convention fvcore
report resnet50 --convention all
report lenet5 --columns output,params --blank output,params --keep C1
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
    if _several(given.convention):
        return _side_by_side(given)
    with Watch() as watch:
        names = watch.over(given.spec, "reading")
        nets = [_counted(load(name, given).analysis, given.convention) for name in names]
    columns = None if given.columns is None else _words(given.columns.lower())
    format = given.format or _ending(given.output)
    across = width() if given.output is None and format == "table" else None
    optimizer = given.train or ""
    dtype = given.dtype or ("float32" if optimizer else "")
    made = report(
        nets, columns, format, across,
        choice=choice, exact=given.exact, dtype=dtype, optimizer=optimizer, asked=_asked(given),
    )  # fmt: skip
    deliver(made, given.output)
    return 0


def _words(text: str) -> list[str]:
    """The words of a list with commas."""
    return [word.strip() for word in text.split(",")] if text else []


def _asked(given: Namespace) -> Asked | None:
    """What is asked of a sheet, if anything."""
    if not (given.blank or given.keep or given.hint):
        return None
    from archcalc.render.exercise import Asked

    return Asked(_words(given.blank.lower()), _words(given.keep), given.hint)


def _counted(net: Analysis, convention: str | None) -> Analysis:
    """The network by the convention asked for."""
    if convention in {None, REFERENCE}:
        return net
    from archcalc.conventions import named
    from archcalc.conventions.count import Count

    return Count(net, named(convention))


def _several(convention: str | None) -> bool:
    """Whether more than one way of counting is asked for."""
    return convention is not None and (convention == EVERY or "," in convention)


def _side_by_side(given: Namespace) -> int:
    """Print or save one network by several ways of counting."""
    from archcalc.conventions import presets
    from archcalc.conventions.compare import Counts
    from archcalc.render.report import side_by_side

    if len(given.spec) > 1:
        fix = "archcalc report lenet5 alexnet --convention fvcore"
        raise UsageError(Problem("several ways of counting are for one network at a time", fix=fix))
    for option in ("columns", "depth", "only", "sort", "top", "dtype", "train", "blank", "keep", "hint"):
        if getattr(given, option):
            raise UsageError(f"--{option} is for a table of layers, and several conventions give totals")
    names = [name.strip() for name in given.convention.split(",")]
    if EVERY in names:  # and those of one's own beside them
        names = [*presets(), *(name for name in names if name != EVERY and name not in presets())]
    format = given.format or _ending(given.output)
    across = width() if given.output is None and format == "table" else None
    deliver(side_by_side(Counts(load(given.spec[0], given).analysis, names), format, across), given.output)
    return 0


def _parser() -> Parser:
    parser = Parser("report", EXAMPLES)
    parser.add_argument("spec", nargs="*", help="a file, a bundled name, or - for standard input")
    parser.add_argument("-f", "--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}; else as FILE ends")
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
    parser.add_argument(
        "--convention",
        metavar="NAME",
        help="count as a tool does: fvcore, torch, ..., a file of your own, or all of them side by side",
    )
    parser.add_argument(
        "--blank",
        default="",
        metavar="A,B",
        help="an exercise: columns to be filled in",
    )
    parser.add_argument("--keep", default="", metavar="C1,S2", help="layers that it does as examples")
    parser.add_argument("--hint", action="store_true", help="formulas under it")
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
_OTHERS = _DRAWN | {".pdf", ".xml", ".xlsx", ".parquet", ".yaml", ".yml", ".jpg"}
_ENDINGS = {
    ".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".json": "json",
    ".html": "html", ".htm": "html",
}  # fmt: skip


def _ending(path: str | None) -> str:
    """The format that the ending of a file asks for."""
    ending = os.path.splitext(path or "")[1].lower()
    if ending in _OTHERS:
        why = (f"it writes {', '.join(_ENDINGS)} and .txt",)
        fix = "archcalc draw" if ending in _DRAWN else ""
        raise UsageError(Problem(f"report writes no {ending} file", why, fix))
    return _ENDINGS.get(ending, "table")
