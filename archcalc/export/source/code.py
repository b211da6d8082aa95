"""Python source as a formatter would leave it: texts quoted, long lines broken at their brackets."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from archcalc.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SIGNS = re.compile(r"""[][(){},]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")  # a text in quotes is one
WIDTH = 88
"""Columns of a line: what Black and ruff take when nothing else is said."""


class Bracket:
    """What stands in brackets: a head that ends with one, items, a tail that begins with its partner."""

    __slots__ = ("between", "head", "items", "tail")

    def __init__(self, head: str, items: Iterable[Code] = (), tail: str = ")", between: str = ",") -> None:
        self.head = head
        self.items = tuple(items)
        self.tail = tail
        self.between = between  # a comma, or an operator before each item but the first

    def __str__(self) -> str:
        return self.head + self.inside() + self.tail

    def inside(self) -> str:
        """The items on one line."""
        gap = ", " if self.between == "," else f" {self.between} " if self.between else " "
        return gap.join(map(str, self.items))

    def broken(self, room: int) -> list[str]:
        """The same on several lines: what a call is given on one where it fits, else each on its own."""
        lines = [self.head]
        called = len(self.head) > 1 and self.head != "*["  # a call or an index, and no list
        called = called or not self.between  # or what goes through one
        if called and len(self.inside()) <= room - 4:
            lines.append("    " + self.inside())
        else:
            for i, item in enumerate(self.items):
                lead = f"{self.between} " if i and self.between not in {",", ""} else ""
                end = "," if self.between == "," else ""
                lines += ["    " + line for line in laid_out(lead, item, end, room - 4)]
        return [*lines, self.tail]


Code: TypeAlias = "str | Bracket"


def call(function: str, *items: Code, **named: Code) -> Bracket:
    """A call: `nn.Conv2d(1, 6, kernel_size=5)`."""
    return Bracket(f"{function}(", [*items, *(_named(name, value) for name, value in named.items())])


def _named(name: str, value: Code) -> Code:
    if isinstance(value, str):
        return f"{name}={value}"
    return Bracket(f"{name}={value.head}", value.items, value.tail, value.between)


def listed(items: Iterable[Code]) -> Bracket:
    """A list."""
    return Bracket("[", items, "]")


def chained(operator: str, items: Sequence[Code]) -> Code:
    """`a + b + c`; in brackets only where it is too long for a line."""
    return items[0] if len(items) == 1 else Bracket("", items, "", operator)


def parted(text: str) -> Code:
    """A text that ends in brackets as what stands in them, so that it can be broken there."""
    open_: list[tuple[int, list[int]]] = []
    start, cuts, last = 0, list[int](), 0
    for match in _SIGNS.finditer(text):
        if match[0] in "([{":
            open_.append((match.start(), []))
        elif match[0] in ")]}" and open_:
            (start, cuts), last = open_.pop(), match.end()
        elif match[0] == "," and open_:
            open_[-1][1].append(match.start())
    if not last or last != len(text) or open_:
        return text
    ends = [start, *cuts, last - 1]
    items = [text[a + 1 : b].strip() for a, b in pairwise(ends)]
    return Bracket(text[: start + 1], items, text[-1])


def laid_out(lead: str, code: Code, end: str, room: int) -> list[str]:
    """`lead code end` as lines of at most `room` columns, as far as brackets allow."""
    whole = f"{lead}{code}{end}"
    if len(whole) <= room:
        return [whole]
    if isinstance(code, str):
        code = parted(code)
    if isinstance(code, str) or not code.items:
        return [whole]
    if not code.head:  # operators without brackets get some
        code = Bracket("(", code.items, ")", code.between)
    first, *inner, last = code.broken(room)
    return [lead + first, *inner, last + end]


def statement(lead: str, code: Code, comment: str = "", *, indent: int = 0) -> list[str]:
    """A statement, `x = f(y)`, with a comment behind it, or above where that is too long."""
    room = WIDTH - indent
    lines = laid_out(lead, code, "", room)
    if comment:
        said = f"# {remark(comment)}"
        if len(lines) == 1 and len(lines[0]) + 2 + len(said) <= room:
            lines = [f"{lines[0]}  {said}"]
        else:
            lines = [said, *lines]
    return [" " * indent + line if line else line for line in lines]


def remark(text: str) -> str:
    """A text that stands in a comment: on one line, whatever signs it holds."""
    return " ".join(printable(text).split())


def quoted(text: str) -> str:
    """A text as a literal in ASCII, in the quotes that a formatter would choose."""
    single = ascii("'\"" + text)[4:-1]  # both quotes before it, so that Python takes single ones
    if text.count('"') > text.count("'"):
        return f"'{single}'"
    double = single.replace("\\'", "'").replace('"', '\\"')
    return f'"{double}"'


def docstring(text: str) -> str:
    """A text that stands in a docstring: no quotes and no backslash of its own."""
    return remark(text).replace("\\", "/").replace('"', "'")


def literal(value: object) -> str:
    """A number, a truth, a text, None, or a tuple or list of those, as source."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value) if value is None or isinstance(value, int) else repr(float(value))  # type: ignore[arg-type]
