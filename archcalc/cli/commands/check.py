"""`archcalc check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import deliver, width
from archcalc.errors import UsageError

if TYPE_CHECKING:
    from archcalc.network import Net

EXAMPLES = """
check lenet5
check lenet5 params=61706
check lenet5 C3.connections=156000 'macs <= 10M'
check claims/lenet5-csdn-pytorch -v
check lenet5 -f github
"""
FORMATS = ("table", "json", "github", "junit")
_SIGNS = "=<>"


def run(args: list[str]) -> int:
    """Hold published figures, or claims, against what is computed; 1 where one fails."""
    parser = Parser("check", EXAMPLES)
    parser.add_argument("spec", nargs="+", help="files, bundled names, or - for standard input; then claims")
    parser.add_argument("-f", "--format", default="table", metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for every figure, with its note")
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    if given.format not in FORMATS:
        raise UsageError(f"there is no format {given.format!r}; formats: {', '.join(FORMATS)}")
    names = [word for word in given.spec if not any(sign in word for sign in _SIGNS)]
    claims = [word for word in given.spec if any(sign in word for sign in _SIGNS)]
    if not names:
        raise UsageError("check needs a network before its claims")
    if len(names) > 1 and given.format in ("json", "junit"):
        raise UsageError(f"-f {given.format} takes one network")
    nets = [load(name, given) for name in names]
    found = [net.check(*claims) for net in nets]
    shown = [_written(net, verdicts, given) for net, verdicts in zip(nets, found, strict=True)]
    deliver(shown[0] if len(shown) == 1 else _joined(shown), given.output)
    return 0 if all(verdicts.ok for verdicts in found) else 1


def _joined(shown: list[Any]) -> Any:
    from archcalc.render.page import Page

    if isinstance(shown[0], Page):
        return Page([line for page in shown for line in page.lines[:-1]])
    return "\n".join(map(str, shown))


def _written(net: Net, verdicts: Any, given: Any) -> Any:
    """The verdicts in the format asked for."""
    if not verdicts:
        raise UsageError(f"{net.name} has no expect lines; claim something: archcalc check {net.spec.shown} params=61706")
    from archcalc.render import agreement, json

    if given.format == "json":
        return json.verdicts(verdicts)
    if given.format == "github":
        return agreement.github(verdicts)
    if given.format == "junit":
        return agreement.junit(verdicts, net.spec.shown)
    across = width() if given.output is None else None
    return verdicts.page(across, every=given.verbose)
