"""Slips in YAML with one likely mend: a colon without its space, a comma in braces, an open bracket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import Problem
from archcalc.expressions import sizes

if TYPE_CHECKING:
    from archcalc.spec.node import Document, Node, Pair

_TABS = "indent with spaces; YAML allows no tabs"
_SPACE = "a space after the colon, as in name: C1"
_QUOTES = "quotes around the text"


def diagnosis(document: Document, said: str, mark: Any, opened: Any) -> tuple[str, str, tuple[int, int]]:
    """What libyaml's complaint comes from, the mend, and the line and column to look at."""
    at = (mark.line, mark.column)
    text = document.line(mark.line)
    if "\t" in text[: mark.column + 1]:
        return said, _TABS, at
    for line in range(mark.line, max(mark.line - 2, -1), -1):
        column = _glued(document.line(line))
        if column:
            return "a colon without a space is part of the text", _SPACE, (line, column)
    if opened is not None and mark.line > opened.line:
        sign = document.line(opened.line)[opened.column : opened.column + 1]
        if sign and sign in "[{\"'":
            return f"this {sign} is not closed", "", (opened.line, opened.column)
    if "mapping values" in said:
        return _second_colon(document, said, mark)
    if text[mark.column : mark.column + 1] in ("]", "}"):
        return f"nothing opened this {text[mark.column]}", "", at
    return said, _QUOTES if "start any token" in said else "", at


def _second_colon(document: Document, said: str, mark: Any) -> tuple[str, str, tuple[int, int]]:
    """A colon where no key can stand: a second one on the line, or a line that begins too far right."""
    at = (mark.line, mark.column)
    text = document.line(mark.line)
    if ": " in text[: mark.column]:
        if text.lstrip().startswith("- ") and "{" not in text and ", " in text:
            return "a map on one line stands in braces", f"- {{{text.strip()[2:]}}}", at
        return "a second colon on the line", _QUOTES, at
    before = document.line(mark.line - 1) if mark.line else ""
    deep = len(text) - len(text.lstrip())
    if before.strip() and deep > len(before) - len(before.lstrip()):
        what = f"the line begins further right than line {mark.line}, which has its value already"
        return what, "", (mark.line, deep)
    return said, "", at


def _glued(text: str) -> int:
    """Where a colon stands without its space, as in name:C1; 0 for nowhere."""
    before, colon, after = text.partition(":")
    found = colon and after[:1].strip() and before.strip(" -{").isidentifier()
    return len(before) if found else 0


class Split:
    """Mends what YAML takes apart inside braces: `{name:C1}` and `{k: round_to(6, 8)}`."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def mended(self, pairs: dict[str, Pair], key: Node, empty: Node) -> bool:
        """Whether a key without a value was part of a pair, which then has been put together."""
        assert isinstance(key.value, str)
        if pairs:
            name, (_, last) = next(reversed(pairs.items()))
            if isinstance(last.value, str) and last.value.count("(") > last.value.count(")"):
                self.join(name, last, key.value)
                return True
        before, _, after = key.value.partition(":")
        if not before.isidentifier() or not after.strip() or before in pairs:
            return False
        fix = f"{before}: {after}"
        self.problems.append(Problem("a colon without a space is part of the text", fix=fix, place=key.place))
        empty.value, empty.line, empty.column, empty.width = after, key.line, key.column, key.width
        key.value = before
        pairs[before] = (key, empty)
        return True

    def join(self, name: str, last: Node, more: str) -> None:
        """Put an expression together again that was split at its comma."""
        assert isinstance(last.value, str)
        last.value = f"{last.value}, {more}"
        if last.value.count("(") > last.value.count(")"):
            return
        if listed := sizes(last.value):
            what, fix = "sizes are listed in square brackets", f"{name}: {listed}"
            at = (last.document, last.line, last.column, last.width)
            last.value = [type(last)(size, *at) for size in listed[1:-1].split(", ")]
        else:
            what = "a comma inside {...} ends the value, so an expression with one is quoted"
            fix = f'{name}: "{last.value}"'
        self.problems.append(Problem(what, fix=fix, place=last.place))
