"""`archcalc import`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import complain, deliver
from archcalc.errors import ConvertError, Problem, UsageError, quote

EXAMPLES = """
import model.onnx
import model.onnx -o model.yaml
import model.onnx --strict
"""


def run(args: list[str]) -> int:
    """Write a network of another tool as a spec."""
    parser = Parser("import", EXAMPLES)
    parser.add_argument("source", help="a file of another tool, as model.onnx")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    parser.add_argument("--strict", action="store_true", help="an op that the language lacks is an error")
    given = parser.read(args)
    if given is None:
        return 0
    from archcalc.convert.formats import is_foreign, read

    if not is_foreign(given.source):
        what = f"import reads files of other tools, as model.onnx, not {quote(given.source)}"
        raise UsageError(Problem(what, more="what is read: archcalc import --help"))
    draft = read(given.source)
    text = draft.text()
    said = draft.coverage.sentence(draft.params)
    if given.strict and not draft.coverage.full:
        raise ConvertError(Problem(f"{quote(given.source)} is read in part: {said}"))
    deliver(text.rstrip("\n"), given.output)
    complain(f"read {said}")
    return 0
