"""`archcalc sweep`."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from archcalc.cli.arguments import Parser, shape, whole
from archcalc.cli.out import complain, deliver, replacing, save, width
from archcalc.cli.watch import Watch
from archcalc.errors import Problem, UsageError, printable, quote
from archcalc.sweeping.progress import Progress

if TYPE_CHECKING:
    from argparse import Namespace

    from archcalc.render.page import Page
    from archcalc.sweeping.result import Sweep

EXAMPLES = """
sweep lenet5 --set H=32:64:4
sweep mobilenet_v1 --set width=0.25:1:0.25 --set H=128:224:32 --best macs
sweep mobilenet_v1 --set width=0.25:2:0.05 --set H=96:256:32 --where 'params <= 5M' --pareto params,macs
sweep resnet50 --set H=128:256:32 --set n3=1:12 --where 'macs <= 4G' --best max:params
sweep person --set width=0.1:1:0.05 --dtype int8 --where 'weights <= 256KiB' --where 'peak <= 64KiB'
sweep bert-base --set L=1:24 --set d=128:1024:64 --set heads=1 -o sizes.csv
"""
FORMATS = ("table", "markdown", "latex", "fragment")
FILES = ("csv", "json", "parquet", "svg", "png")
_TABLES = {"md": "markdown", "tex": "latex"}  # files of the table that is printed


def run(args: list[str]) -> int:
    """Print what was chosen of many sizes, or write every row; 1 where no size is left."""
    given = _parser().read(args)
    if given is None:
        return 0
    if given.format not in FORMATS:
        raise UsageError(f"there is no format {quote(given.format)}; formats: {', '.join(FORMATS)}")
    if given.output is not None and _ending(given.output) in ("svg", "png") and not given.pareto:
        raise UsageError(Problem("a plot shows a front", fix="--pareto params,macs"))
    with Watch() as watch:
        return _swept(given, watch)


def _swept(given: Namespace, watch: Watch) -> int:
    """Sweep, and hand over what came of it."""
    from archcalc.sweeping.result import sweep

    found = sweep(
        given.spec,
        given.where,
        sizes=_domains(given.set),
        input=shape(given.input) if given.input else None,
        columns=given.columns,
        best=given.best or "",
        pareto=given.pareto or "",
        top=None if given.top is None else whole(given.top, "--top", "", "--top 10"),
        dtype=given.dtype or "float32",
        jobs=None if given.jobs is None else whole(given.jobs, "--jobs", "", "--jobs 2"),
        dask=given.dask or "",
        progress=_Watched(watch),
    )
    if given.output is not None:
        _write(found, given.output)
    page = _shown(found, given)
    watch.close()  # all is reckoned, and its line goes before anything is printed
    deliver(page, None)
    if given.output is not None:
        complain(f"wrote {printable(given.output)}")
    return 0 if found.counts.met else 1


def _shown(found: Sweep, given: Namespace) -> Page | str:
    """What is printed: the table, unless a file has it, and what became of the other sizes."""
    if given.format == "table":
        return found.page(width(), rows=given.output is None)
    from archcalc.sweeping.page import grid

    return grid(found).written(given.format)


def _domains(pairs: list[str]) -> dict[str, Any]:
    from archcalc.domains import assigned

    found: dict[str, Any] = {}
    for pair in pairs:
        name, domain = assigned(pair)
        if name in found:
            raise UsageError(
                Problem(f"{name} is set twice", fix=f"--set {name}={found[name].text},{domain.text}")
            )
        found[name] = domain
    return found


def _parser() -> Parser:
    parser = Parser("sweep", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="H=128:256:32",
        help="the values of a size: a:b:step with both ends, a list a,b,c, or one; may be repeated",
    )
    parser.add_argument("--input", metavar="1x28x28", help="replace the input's shape, channels first")
    parser.add_argument(
        "--where", action="append", default=[], metavar="CLAIM", help="keep what meets it, as 'params <= 5M'"
    )
    parser.add_argument(
        "--best", metavar="macs", help="the size with the least of a figure; max:FIGURE for the most"
    )
    parser.add_argument(
        "--pareto",
        metavar="A,B",
        help="the sizes that none beats in all of these; max:B where more is better",
    )
    parser.add_argument(
        "--columns", metavar="A,B", help="figures of a row: params, macs, C3.params, C5.H, ..."
    )
    parser.add_argument("--top", metavar="N", help="rows of the table")
    parser.add_argument("--dtype", metavar="int8", help="of figures in bytes: float32 where left out")
    parser.add_argument("--jobs", metavar="N", help="processes; every core for a long sweep where left out")
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="share the work on a Dask cluster, as tcp://host:8786"
    )
    parser.add_argument(
        "-f", "--format", default="table", metavar="FORMAT", help=f"of what is printed: {', '.join(FORMATS)}"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help=f"FILE.{', FILE.'.join((*FILES, *_TABLES))}")
    return parser


class _Watched(Progress):
    """A sweep on the line of a watch."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def told(self, sentence: str) -> None:
        """A sentence in place of the last."""
        self.watch.say(sentence)

    def done(self, points: int, of: int) -> None:
        """How far it is, and how fast."""
        rate = points / max(time.monotonic() - self.watch.start, 1e-9)
        left = (of - points) / rate if rate else 0
        more = f"   {left:,.0f} s left" if points < of else ""
        share = 100 * points // of
        self.watch.say(f"{points:,} of {of:,} sizes   {share} %   {rate / 1e6:.1f} M/s{more}")


def _write(found: Sweep, path: str) -> None:
    """A file of the rows that were chosen, or of all; or a picture of the front."""
    ending = _ending(path)
    if ending in _TABLES:
        from archcalc.sweeping.page import grid

        save(path, f"{grid(found).written(_TABLES[ending])}\n")
        return
    with replacing(path) as file:
        if ending == "parquet":
            found.parquet(file)
        elif ending in ("svg", "png"):
            picture = found.plot()
            file.write(picture.png() if ending == "png" else picture.svg.encode())
        else:
            for text in found.csv() if ending == "csv" else found.json():
                file.write(text.encode())


def _ending(path: str) -> str:
    """The format that the ending of a file asks for."""
    stem, ending = os.path.splitext(path)
    if ending[1:].lower() not in (*FILES, *_TABLES):
        why = (f"the ending says which: {', '.join('.' + f for f in (*FILES, *_TABLES))}",)
        raise UsageError(Problem(f"sweep writes no {ending or 'such'} file", why, f"{stem}.csv"))
    return ending[1:].lower()
