"""`archcalc export`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver
from archcalc.errors import UsageError, quote
from archcalc.expressions import integer

EXAMPLES = """
export lenet5
export lenet5 -o lenet5.onnx
export llama-3-8b --weights none -o llama.onnx
export resnet50 --to torch -o resnet50.py
export gpt2 --set L=4 --set T=128 --to torch -o small_gpt.py
"""


def run(args: list[str]) -> int:
    """Write a network for another framework; source without a file is printed."""
    from archcalc.export.formats import FORMATS, chosen, export

    parser = Parser("export", EXAMPLES)
    parser.add_argument("spec", help="a file, a bundled name, or - for standard input")
    formats = "; ".join(f"{name}: {form.about}" for name, form in FORMATS.items())
    parser.add_argument("--to", metavar="FORMAT", help=f"{formats}; else as the file's ending says, or torch")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing source")
    parser.add_argument(
        "--seed", default="0", metavar="N", help="another draw of weights, where there are any"
    )
    parser.add_argument("--weights", metavar="WHICH", help="of ONNX: seeded, or none: their shapes alone")
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    seed = integer(given.seed)
    if seed is None:
        raise UsageError(f"--seed takes a whole number from 0, not {quote(given.seed)}")
    name = chosen(given.to or (None if given.output else "torch"), given.output)
    content = export(load(given.spec, given).graph, name, seed, given.weights)
    deliver(content.rstrip("\n") if isinstance(content, str) else content, given.output)
    return 0
