"""The tree of errors. Each says where, what, why, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN = 20  # problems printed in full; the rest are a count
_LONGEST_WORD = 40  # characters of a word that is looked for among others
_QUOTED = 60  # characters of somebody else's text in a message
_EXCERPT = 160  # characters of a source line
FOREIGN = frozenset(
    # activations
    "celu elu gelu glu hardsigmoid hardswish hardtanh leaky_relu leakyrelu lrelu mish prelu relu6 rrelu"
    " selu silu softmin softplus softsign swiglu swish"
    # operations
    " attention conv1d conv3d conv_transpose2d deconv2d embedding global_avg_pool2d gru lrn lstm rnn"
    " avg_pool1d avg_pool3d max_pool1d max_pool3d min_pool2d group_norm instance_norm layer_norm rms_norm"
    " subsample1d subsample3d unpool2d upsample2d bilinear"
    # commands
    " compare convert diff export graph help init plan plot print run solve sweep test train"
    # networks
    " alexnet bert convnext densenet efficientnet googlenet inception mobilenet resnet resnet18 resnet34"
    " resnet50 resnet101 resnet152 squeezenet unet vgg vgg11 vgg16 vgg19 vit yolo".split()
)
"""Well-known names of other things, which are never a misspelling of one of ours."""


def printable(text: str) -> str:
    """The text with control characters written out, so that it cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quote(text: object, limit: int = _QUOTED) -> str:
    """Somebody else's text in quotes, printable, cut in the middle past `limit`."""
    shown = printable(str(text))
    if len(shown) > limit:
        shown = f"{shown[: limit - 12]}…{shown[-8:]}"
    return f"'{shown}'"


def wide(text: str) -> int:
    """Columns that a printable text takes on a terminal: East Asian signs take two."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def likely(word: str, known: Iterable[str], near: float = 0.8) -> str:
    """The known word that this is a misspelling of, or nothing; `near` is how alike they must be.

    A name of something else is no misspelling: gelu is not relu, and import is not report.
    """
    if not word.isascii() or len(word) > _LONGEST_WORD:
        return ""
    plain = {_plain(name): name for name in known}
    if _plain(word) in plain:
        return plain[_plain(word)]
    if _plain(word) in FOREIGN:
        return ""
    from difflib import get_close_matches

    close = get_close_matches(_plain(word), list(plain), 1, near)
    close = close or [name for name in plain if _swapped(_plain(word), name)]
    return plain[close[0]] if close else ""


def _swapped(word: str, name: str) -> bool:
    """Whether two neighbouring letters stand the wrong way round, as in tahn."""
    if len(word) != len(name):
        return False
    differ = [i for i, (a, b) in enumerate(zip(word, name, strict=True)) if a != b]
    return len(differ) == 2 and differ[1] - differ[0] == 1 and sorted(word) == sorted(name)


def _plain(word: str) -> str:
    """A word without its case, and with one kind of dash."""
    return word.lower().replace("-", "_")


class Place(NamedTuple):
    """A stretch of text in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    width: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}:{self.column}"

    def excerpt(self) -> list[str]:
        """The line with carets under the stretch."""
        start = max(0, self.column - 1 - _EXCERPT // 2) if self.column > _EXCERPT else 0
        shown = self.text[start : start + _EXCERPT]
        before = printable(shown[: self.column - 1 - start])
        stretch = printable(shown[self.column - 1 - start :][: max(1, self.width)])
        number = f"{self.line:>5}"
        return [
            f"{number} | {printable(shown)}",
            f"{'':>5} | {' ' * wide(before)}{'^' * max(1, wide(stretch))}",
        ]


class Problem(NamedTuple):
    """One mistake: what is wrong, and as far as known where, why, and how to mend it."""

    what: str
    why: tuple[str, ...] = ()
    fix: str = ""
    more: str = ""
    layer: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        lead = f"{self.place}: " if self.place else ""
        lead += f"layer {printable(self.layer)}: " if self.layer else ""
        lines = [lead + printable(self.what)]
        if self.place and self.place.text.strip():
            lines += self.place.excerpt()
        for i, why in enumerate(self.why):
            lines.append(("  why: " if i == 0 else "       ") + printable(why))
        fix, more = printable(self.fix), printable(self.more)
        if fix:
            lines.append(f"  fix: {fix:<48}{more}" if more else f"  fix: {fix}")
        elif more:
            lines.append(f"       {more}")
        return "\n".join(lines)


class ArchcalcError(Exception):
    """Anything that archcalc refuses, with its problems; `str()` of it is what the user reads."""

    def __init__(self, problems: Problem | str | Sequence[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n\n".join(self._paragraphs())

    def _paragraphs(self) -> Iterable[str]:
        yield from map(str, self.problems[:_SHOWN])
        count = len(self.problems)
        if count > _SHOWN:
            yield f"and {count - _SHOWN:,} more: {count:,} errors, nothing was computed."
        elif count > 1:
            yield f"{count} errors, nothing was computed."


class SpecError(ArchcalcError):
    """A spec says something that has no meaning."""


class LayerError(ArchcalcError, ValueError):
    """A layer's fields, or the shape it is given, do not go together."""


class UsageError(ArchcalcError):
    """A command, a claim or an argument that is not understood."""


class MissingError(ArchcalcError):
    """A file, a network, a layer or a folder that is not there."""


class ConvertError(ArchcalcError):
    """A file of another tool that is broken, or says what the spec language cannot."""


class ForwardError(ArchcalcError):
    """A forward pass that cannot be run: tensors that do not fit, or too large."""


class DrawingError(ArchcalcError):
    """A diagram that could not be laid out."""
