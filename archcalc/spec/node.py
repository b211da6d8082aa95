"""YAML text -> nodes that know their place. The text is hostile until it has been read.

libyaml's events are taken one by one and limits are checked as they arrive: composing in C
overflows the stack on some 25,000 brackets and kills the process.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archcalc.errors import Place, Problem, SpecError, quote
from archcalc.spec.mend import Split, diagnosis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEEPEST = 64  # levels
LARGEST = 16_000_000  # bytes
MOST = 2_000_000  # nodes, aliases written out


class Document:
    """A text with the name it goes by in messages, and the path that it was read from."""

    __slots__ = ("_text", "lines", "name", "path")

    def __init__(self, name: str, text: str | Callable[[], str], path: str = "") -> None:
        self.name = name
        self._text = text  # or what writes it, where it is seldom asked for
        self.path = path  # "" where nobody wrote a file
        self.lines: list[str] | None = None

    @property
    def text(self) -> str:
        """All of it."""
        if not isinstance(self._text, str):
            self._text = self._text()
        return self._text

    def line(self, number: int) -> str:
        """A line of the text, from 0."""
        if self.lines is None:
            self.lines = self.text.split("\n")
        return self.lines[number].rstrip("\r") if number < len(self.lines) else ""


class Node:
    """A scalar's text, a sequence's nodes, or a mapping's pairs by key, with its place."""

    __slots__ = ("column", "document", "line", "value", "width")

    value: str | list[Node] | dict[str, Pair]

    def __init__(self, value: Any, document: Document, line: int, column: int, width: int) -> None:
        self.value = value
        self.document = document
        self.line = line
        self.column = column
        self.width = width

    @property
    def place(self) -> Place:
        """Where it stands."""
        text = self.document.line(self.line)
        return Place(self.document.name, self.line + 1, self.column + 1, self.width, text)

    @property
    def spot(self) -> tuple[Document, int, int, int]:
        """Where it stands, as a node is made."""
        return self.document, self.line, self.column, self.width

    def plain(self) -> Any:
        """The node as str, list and dict, positions dropped."""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return {key: node.plain() for key, (_, node) in self.value.items()}

    def pairs(self) -> Iterator[tuple[str, Node, Node]]:
        """Key, the key's node, the value's node, of a mapping."""
        assert isinstance(self.value, dict)
        for key, (at, node) in self.value.items():
            yield key, at, node

    @property
    def kind(self) -> str:
        """What it is, in a reader's words."""
        if isinstance(self.value, str):
            return "text" if self.value else "nothing"
        return "a list" if isinstance(self.value, list) else "a map"


Pair: TypeAlias = "tuple[Node, Node]"


def read(document: Document) -> tuple[Node, list[Problem]]:
    """The document's one node, and the repeated keys in it.

    Raises SpecError for bad YAML, tags, several documents, and anything past the limits.
    """
    return _Reader(document).read()


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.anchors: dict[str, _Anchored | None] = {}
        self.problems: list[Problem] = []
        self.split = Split(self.problems)
        self.nodes = 0

    def read(self) -> tuple[Node, list[Problem]]:
        import yaml

        self.check_text()
        try:
            parser: Any = yaml.CBaseLoader
        except AttributeError:  # PyYAML built without libyaml
            parser = yaml.BaseLoader
        try:
            node = self.build(parser(self.document.text).get_event)
        except yaml.YAMLError as error:
            self.too_deep(error, parser)
            raise self.bad(error) from None
        if node is None:
            raise SpecError(Problem("the file is empty", place=Place(self.document.name, 1, 1)))
        return node, self.problems

    def too_deep(self, error: Any, parser: Any) -> None:
        """Refuse at our own limit what libyaml refuses at its own.

        It looks ahead over open brackets, and gives up at some thousand before the events of the first
        ones come: those of the text up to there do.
        """
        if "nesting" in (getattr(error, "problem", None) or "") and error.problem_mark:
            with suppress(type(error)):
                self.build(parser(self.document.text[: error.problem_mark.index]).get_event)

    def check_text(self) -> None:
        """Refuse what libyaml would trip over in ways that have no place."""
        if len(self.document.text) > LARGEST:
            sentence = f"a spec of {len(self.document.text):,} characters; {LARGEST:,} are allowed"
            raise SpecError(Problem(sentence, place=Place(self.document.name, 1, 1)))

    def bad(self, error: Any) -> SpecError:
        """libyaml's complaint as ours."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        if mark is None:
            line = self.document.text.count("\n", 0, getattr(error, "position", 0) or 0)
            return SpecError(Problem(f"bad YAML: {said}", place=Place(self.document.name, line + 1, 1)))
        opened = getattr(error, "context_mark", None)
        what, fix, (line, column) = diagnosis(self.document, said, mark, opened)
        place = Place(self.document.name, line + 1, column + 1, 1, self.document.line(line))
        return SpecError(Problem(f"bad YAML: {what}", fix=fix, place=place))

    def build(self, next_event: Callable[[], Any]) -> Node | None:  # noqa: C901, PLR0912
        """The node that the events describe, on a stack of our own.

        One loop over every kind of event: a call for each would take half as long again.
        """
        from yaml import events

        scalar, alias = events.ScalarEvent, events.AliasEvent
        sequence, mapping, end = (
            events.SequenceStartEvent,
            events.MappingStartEvent,
            events.CollectionEndEvent,
        )
        document = self.document
        same = _Texts().setdefault  # one object for all texts that are alike
        outer: list[_Open] = []
        inner = _Open(Node([], document, 0, 0, 0), None, 0)  # holds the root
        while True:
            event = next_event()
            kind = type(event)
            if kind is scalar:
                start, stop = event.start_mark, event.end_mark
                width = stop.column - start.column if stop.line == start.line else 1
                text = event.value
                node = Node(same(text, text), document, start.line, start.column, width)
                self.nodes += 1
                if event.tag is not None or event.anchor is not None or self.nodes > MOST:
                    self.mark(event, node)
            elif kind is mapping or kind is sequence:
                if len(outer) >= DEEPEST:
                    raise self.refuse(event, f"more than {DEEPEST} levels, one inside another")
                outer.append(inner)
                inner = self.open(event, {} if kind is mapping else [])
                continue
            elif issubclass(kind, end):
                node, inner = self.close(inner, outer.pop())
            elif kind is alias:
                node = self.alias(event, inner, len(outer))
            elif kind is events.StreamEndEvent:
                return inner.node.value[0] if inner.node.value else None  # type: ignore[index, return-value]
            else:
                if kind is events.DocumentStartEvent and inner.node.value:
                    raise self.refuse(event, "a second document; a spec is one")
                continue
            value: Any = inner.node.value
            key = inner.key
            if type(value) is list:
                value.append(node)
            elif key is None:
                inner.key = node if kind is scalar else self.as_key(node)
            else:
                name = key.value
                if name in value or name == "<<" or not node.width:
                    self.pair(value, key, node)
                else:
                    value[name] = (key, node)
                inner.key = None

    def refuse(self, event: Any, sentence: str) -> SpecError:
        mark = event.start_mark
        text = self.document.line(mark.line)
        return SpecError(
            Problem(sentence, place=Place(self.document.name, mark.line + 1, mark.column + 1, 1, text))
        )

    def mark(self, event: Any, node: Node) -> None:
        """What is rare about a node: a tag, an anchor, or that it is one too many."""
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self.refuse(event, f"a tag, {quote(tag)}; a spec has none")
        if self.nodes > MOST:
            raise self.refuse(event, f"more than {MOST:,} values, aliases written out")
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)

    def open(self, event: Any, value: Any) -> _Open:
        """A collection that has begun; until it ends, nothing may name it."""
        start = event.start_mark
        node = Node(value, self.document, start.line, start.column, 1)
        self.nodes += 1
        if event.tag is not None or event.anchor is not None or self.nodes > MOST:
            self.mark(event, node)
            self.anchors[event.anchor] = None
        return _Open(node, event.anchor, self.nodes)

    def close(self, inner: _Open, outer: _Open) -> tuple[Node, _Open]:
        """The finished collection, and the one around it."""
        outer.tall = max(outer.tall, inner.tall + 1)
        if inner.anchor is not None:
            self.anchors[inner.anchor] = _Anchored(inner.node, self.nodes - inner.before + 1, inner.tall + 1)
        return inner.node, outer

    def alias(self, event: Any, inner: _Open, depth: int) -> Node:
        if event.anchor not in self.anchors:
            raise self.refuse(event, f"an alias to {quote(event.anchor)}, which is not defined above")
        found = self.anchors[event.anchor]
        if found is None:
            raise self.refuse(event, f"the alias {quote(event.anchor)} contains itself")
        if depth + found.tall > DEEPEST:
            raise self.refuse(event, f"more than {DEEPEST} levels, one inside another")
        inner.tall = max(inner.tall, found.tall)
        self.nodes += found.size
        if self.nodes > MOST:
            raise self.refuse(event, f"more than {MOST:,} values, aliases written out")
        return found.node

    def as_key(self, node: Node) -> Node:
        if isinstance(node.value, str):
            return node
        raise SpecError(Problem(f"{node.kind} cannot be a key", place=node.place))

    def pair(self, pairs: dict[str, Pair], key: Node, node: Node) -> None:
        """Enter a key and its value; a repeated key is a problem."""
        name = str(key.value)
        if name == "<<":
            why = ("YAML 1.2 has no merge keys; fields are written out, or a spec extends another",)
            raise SpecError(Problem("a merge key, <<; a spec has none", why, place=key.place))
        if not node.width and node.value == "" and self.split.mended(pairs, key, node):
            return
        if name in pairs:
            why = (f"it stands on line {pairs[name][0].line + 1} already, and only one of them can hold",)
            self.problems.append(Problem(f"the key {quote(name)} is repeated", why, place=key.place))
        else:
            pairs[name] = (key, node)


_Texts = dict[str, str]


class _Open:
    """A collection being read: its anchor, the nodes read before it, its levels, the key that waits."""

    __slots__ = ("anchor", "before", "key", "node", "tall")

    def __init__(self, node: Node, anchor: str | None, before: int) -> None:
        self.node = node
        self.anchor = anchor
        self.before = before
        self.tall = 0
        self.key: Node | None = None


class _Anchored(NamedTuple):
    """A node that aliases may name, its size with aliases written out, and its levels."""

    node: Node
    size: int
    tall: int
