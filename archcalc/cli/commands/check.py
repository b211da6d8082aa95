"""`archcalc check`."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from archcalc.cli.arguments import Parser, add_sizes, load
from archcalc.cli.out import complain, deliver, width
from archcalc.cli.watch import Watch
from archcalc.errors import ArchcalcError, Problem, UsageError, quote
from archcalc.measures import USUAL
from archcalc.quantities import NAMES, REFERENCE
from archcalc.render.grid import WRITTEN

if TYPE_CHECKING:
    from argparse import Namespace

    from archcalc.render.page import Page
    from archcalc.verdicts import Verdicts

EXAMPLES = """
check lenet5
check lenet5 params=61706
check lenet5 C3.connections=156000 'macs <= 10M'
check lenet5 --dtype int8 'weights <= 64KiB' 'peak <= 8KiB'
check claims/lenet5-csdn-pytorch -v
check lenet5 -f github
check lenet5 lenet5-d2l -f markdown
check resnet50 macs=4.11G --convention fvcore
"""
FORMATS = ("table", "markdown", "latex", "fragment", "json", "github", "junit")
_SIGNS = "=<>≤≥"
_MACHINES = frozenset({"json", "github", "junit"})


def run(args: list[str]) -> int:
    """Hold published figures, or claims, against what is computed; 1 where one fails."""
    parser = Parser("check", EXAMPLES)
    parser.mixed = True
    parser.add_argument("spec", nargs="+", help="files, bundled names, or - for standard input; then claims")
    parser.add_argument("-f", "--format", default="table", metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead of printing")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for every figure, with its note")
    parser.add_argument(
        "--dtype", metavar="int8", help="of claims in bytes: float32 where left out, float16, int8, ..."
    )
    parser.add_argument(
        "--convention",
        metavar="NAME",
        default="",
        help="whose way of counting claims are: fvcore, torch, ..., or a file of your own",
    )
    add_sizes(parser)
    given = parser.read(args)
    if given is None:
        return 0
    if given.format not in FORMATS:
        raise UsageError(f"there is no format {quote(given.format)}; formats: {', '.join(FORMATS)}")
    claims = [word for word in given.spec if _is_claim(word)]
    names = [word for word in given.spec if not _is_claim(word)]
    if given.dtype and not claims:
        raise UsageError(
            Problem(
                "--dtype without a claim", ("a line of expect says its own dtype",), "'weights <= 256KiB'"
            )
        )
    if given.convention and not claims:
        why = ("a line of expect says its own convention",)
        raise UsageError(Problem("--convention without a claim", why, "macs=4.11G"))
    if not names:
        raise UsageError("check needs a network before its claims")
    for word in names[1:]:
        _complain_of_half(word)
    found, broken = _checked(names, claims, given)
    _tell(found, broken, given)
    if broken:
        return 2
    return 0 if all(verdicts.ok for _, verdicts in found) else 1


def _is_claim(word: str) -> bool:
    """Whether a word is a claim: it compares something, and is no file and no path to one."""
    if not any(sign in word for sign in _SIGNS) or os.path.exists(word):
        return False
    return not word.endswith((".yaml", ".yml")) and "/" not in word


def _complain_of_half(word: str) -> None:
    """Complain of half a claim where a network may stand: a figure without its number, or a number alone."""
    fix = ""
    if word in NAMES:
        fix = f"{word}=61706"
    elif word[:1].isdigit() and not os.path.exists(word):
        from archcalc.spec.figures import FigureError, figure

        with suppress(FigureError):
            fix = f"params={figure(word).text}"
    if fix:
        why = "a claim is a figure of the whole network or of a layer, compared with a number"
        raise UsageError(Problem(f"{quote(word)} is no claim", (why,), fix))


def _checked(
    names: list[str], claims: list[str], given: Namespace
) -> tuple[list[tuple[str, Verdicts]], list[tuple[str, ArchcalcError]]]:
    """Each network with its verdicts, and each that could not be checked with its mistakes."""
    from archcalc.verdicts import parse

    for claim in claims:  # one without a meaning is no network's mistake
        try:
            parse(claim)
        except UsageError as error:
            fix = _size(claim, names)
            raise UsageError(error.problems[0]._replace(fix=fix)) if fix else error from None
    found: list[tuple[str, Verdicts]] = []
    broken: list[tuple[str, ArchcalcError]] = []
    with Watch() as watch:
        for name in watch.over(names, "checking"):
            try:
                found.append(_judged(name, claims, given))
            except ArchcalcError as error:
                if given.format not in _MACHINES and len(names) == 1:
                    raise
                broken.append((name, error))
    return found, broken


def _size(claim: str, names: list[str]) -> str:
    """`--set depth=40` for `depth=40` where a network has a symbol of that name."""
    from archcalc.loading import load as plain

    word, _, size = claim.partition("=")
    try:
        known = any(word.strip() in plain(name).spec.symbols for name in names)
    except ArchcalcError:
        return ""
    return (
        f"--set {word.strip()}={size.strip()}"
        if known and size.strip().replace(".", "", 1).isdecimal()
        else ""
    )


def _judged(name: str, claims: list[str], given: Namespace) -> tuple[str, Verdicts]:
    """The verdicts on a network; it must have something to hold figures against."""
    net = load(name, given)
    found = net.check(*claims, dtype=given.dtype or USUAL, convention=given.convention or REFERENCE)
    if not found:
        fix = f"archcalc check {net.spec.shown} params=61706"
        raise UsageError(Problem(f"{net.name} has no expect lines, so there is nothing to check", fix=fix))
    return net.spec.shown, found


def _tell(
    found: list[tuple[str, Verdicts]], broken: list[tuple[str, ArchcalcError]], given: Namespace
) -> None:
    """The verdicts, and what kept others from being found: in the same format where a machine reads it."""
    if found or given.format in _MACHINES:
        deliver(_written(found, broken, given), given.output)
    if broken and given.format not in _MACHINES:
        complain("\n\n".join(str(error) for _, error in broken))


def _written(
    found: list[tuple[str, Verdicts]], broken: list[tuple[str, ArchcalcError]], given: Namespace
) -> Page | str:
    """The verdicts in the format asked for."""
    from archcalc.render import agreement, json, review

    verdicts = [each for _, each in found]
    if given.format == "json":
        return review.errors([error for _, error in broken], verdicts) if broken else json.verdicts(verdicts)
    if given.format == "github":
        mistakes = [review.github(problem) for _, error in broken for problem in error.problems]
        return "\n".join([*mistakes, *map(agreement.github, verdicts)])
    if given.format == "junit":
        return review.suites(found, broken) if broken else agreement.junit(found)
    if given.format == "markdown":
        return review.markdown(verdicts)
    if given.format in WRITTEN:
        return "\n\n".join(review.table(each).written(given.format) for each in verdicts)
    across = width() if given.output is None else None
    pages = [each.page(across, every=given.verbose) for each in verdicts]
    from archcalc.render.page import Page

    return Page([*(line for page in pages for line in page.lines[:-1]), []])
