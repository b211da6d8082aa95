"""`archcalc verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import show, width
from archcalc.cli.watch import Watch
from archcalc.errors import Problem, UsageError, quote
from archcalc.expressions import integer

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.graph import Graph

FORMATS = ("table", "json")
EXAMPLES = """
verify lenet5
verify lenet5-d2l --seed 7
verify lenet5 --input 1x36x36
verify lenet5 --with torch
verify vgg16 --max-memory 8GiB
"""


def run(args: list[str]) -> int:
    """Run the network once and hold every formula against what happens; 1 where one differs."""
    parser = Parser("verify", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument("--seed", default="0", metavar="N", help="another draw of tensors and input")
    parser.add_argument(
        "--with",
        dest="witness",
        metavar="NAME",
        help="torch, keras or onnx: the same tensors through that framework too, compared layer by layer",
    )
    parser.add_argument("-f", "--format", default="table", metavar="FORMAT", help="with --with: table, json")
    parser.add_argument(
        "--max-memory", metavar="SIZE", help="what a network of real size may take, as 8GiB; else 4GiB"
    )
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    seed = integer(given.seed)
    if seed is None:
        raise UsageError(f"--seed takes a whole number from 0, not {given.seed!r}")
    if given.format not in FORMATS or (given.format != "table" and given.witness is None):
        what = f"there is no format {quote(given.format)}; formats: {', '.join(FORMATS)}, json with --with"
        raise UsageError(what)
    graph = load(given.spec, given).graph
    if given.witness is not None:
        return _heard(graph, given.witness, seed, given.format)
    from archcalc.verification import verify

    with Watch() as watch:
        found = verify(graph, seed, _progress(graph, watch), _bytes(given.max_memory))
    show(found.page(width()))
    return 0 if found.ok else 1


def _bytes(text: str | None) -> int | None:
    """A size in bytes, as 8GiB."""
    from archcalc.spec.figures import FigureError, figure

    if text is None:
        return None
    try:
        found = figure(text)
    except FigureError:
        found = None
    if found is None or found.relation != "=" or type(found.value) is not int or found.value < 1:
        raise UsageError(Problem(f"--max-memory takes a size, not {quote(text)}", fix="--max-memory 8GiB"))
    return found.value


def _heard(graph: Graph, name: str, seed: int, form: str) -> int:
    """Compare with another framework; 1 where it gives other numbers."""
    from archcalc.export.testimony import hear, named
    from archcalc.render.testimony import document

    with Watch() as watch:
        watch.say(f"running {name}", at_once=True)
        found = hear(graph, named(name, graph), seed)
    show(document(found) if form == "json" else found.page(width()))
    return 0 if found.ok else 1


def _progress(graph: Graph, watch: Watch) -> Callable[[int, int, str], None]:
    """Tell a watch which layer the pass has come to."""
    row_of = {node.name: node.row for node in graph.nodes}
    rows = list(dict.fromkeys(row_of.values()))

    def tell(_done: int, _total: int, name: str) -> None:
        if row := row_of.get(name, ""):
            watch.say(f"counting {row}   {rows.index(row):,} of {len(rows):,} layers")

    return tell
