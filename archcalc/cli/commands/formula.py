"""`archcalc formula`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver, width
from archcalc.errors import Problem, UsageError, likely, quote

EXAMPLES = """
formula bert-base params --symbolic d,L,V,P
formula lenet5 macs
formula resnet50 macs --symbolic H,W,width
formula gpt2 macs --symbolic d,L,T --group T --set V=32000
formula bert-base macs enc.attn
formula mobilenet_v1 weights --dtype int8 -f python
formula llama-2-7b params -o params.js
"""
FORMATS = ("text", "latex", "python", "javascript", "json")
_ENDINGS = {".tex": "latex", ".py": "python", ".js": "javascript", ".mjs": "javascript", ".json": "json"}


def run(args: list[str]) -> int:
    """Print or save a figure of a network as one closed form of its sizes."""
    given = _parser().read(args)
    if given is None:
        return 0
    format = given.format or _ending(given.output)
    if format not in FORMATS:
        why = (f"formats: {', '.join(FORMATS)}",)
        raise UsageError(Problem(f"there is no format {quote(format)}", why, likely(format, FORMATS)))
    net = load(given.spec, given)
    made = net.formula(given.quantity, layer=given.layer, dtype=given.dtype, group=given.group)
    if format == "text":
        deliver(made.page(None if given.output else width()), given.output)
        return 0
    from archcalc.render.formula import WRITERS

    deliver(WRITERS[format](made), given.output)
    return 0


def _ending(path: str | None) -> str:
    """The format that the ending of a file asks for."""
    return next((format for ending, format in _ENDINGS.items() if (path or "").endswith(ending)), "text")


def _parser() -> Parser:
    parser = Parser("formula", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    parser.add_argument("quantity", nargs="?", default="params", help="params, macs, flops, weights, ...")
    parser.add_argument("layer", nargs="?", default="total", help="a layer or a block; without it the total")
    parser.add_argument(
        "--symbolic", metavar="d,L", help="the symbols that are letters; without it all that can be"
    )
    parser.add_argument(
        "--group", default="", metavar="d", help="put terms together by the powers of a letter, or by layer"
    )
    parser.add_argument(
        "--dtype", default="float32", metavar="int8", help="the type of numbers, for figures in bytes"
    )
    parser.add_argument("-f", "--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}; else as FILE ends")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    add_sizes(parser)
    return parser
