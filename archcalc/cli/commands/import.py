"""`archcalc import`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser, add_model, add_sizes, read_model
from archcalc.cli.out import complain, deliver
from archcalc.cli.watch import Watch
from archcalc.errors import ConvertError, Problem, UsageError, quote

if TYPE_CHECKING:
    import argparse

    from archcalc.convert.draft import Draft

EXAMPLES = """
import model.onnx
import model.onnx -o model.yaml
import model.onnx --strict
import model.keras
import torchvision.models:resnet50 --input 3x224x224 -o resnet50.yaml
import mynet.py:Net --input 3x32x32 --with classes=10
import transformers:GPT2Model --input T:int --set T=1024
"""


def run(args: list[str]) -> int:
    """Write a network of another tool as a spec."""
    parser = Parser("import", EXAMPLES)
    parser.add_argument(
        "source",
        help="a file of another tool, as model.onnx, or what makes a PyTorch module, as mynet.py:Net",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    parser.add_argument("--strict", action="store_true", help="an op that the language lacks is an error")
    add_sizes(parser)
    add_model(parser)
    given = parser.read(args)
    if given is None:
        return 0
    draft = _draft(given)
    text = draft.text()
    said = draft.coverage.sentence(draft.params)
    if given.strict and not draft.coverage.full:
        raise ConvertError(Problem(f"{quote(given.source)} is read in part: {said}"))
    deliver(text.rstrip("\n"), given.output)
    complain("\n".join([f"read {said}", *draft.coverage.facts]))
    return 0


def _draft(given: argparse.Namespace) -> Draft:
    """The draft of a file, or of a module that a factory makes."""
    from archcalc.cli.arguments import sizes
    from archcalc.convert.formats import is_foreign, read
    from archcalc.convert.torch.factory import EXAMPLE, is_factory

    if is_factory(given.source):
        return read_model(given.source, given)
    if not is_foreign(given.source) and not given.source.endswith(".json"):
        what = f"import reads files of other tools, as model.onnx, and PyTorch, not {quote(given.source)}"
        more = f"a PyTorch module goes by what makes it: {EXAMPLE}"
        raise UsageError(Problem(what, more=more))
    with Watch() as watch:
        watch.say(f"reading {given.source}", at_once=True)
        return read(given.source, sizes(given.set))
