"""YAML text -> nodes that know their place. The text is hostile until it has been read.

libyaml's events are taken one by one and limits are checked as they arrive: composing in C
overflows the stack on some 25,000 brackets and kills the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from archcalc.errors import Place, Problem, SpecError, printable, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEEPEST = 64  # levels
LARGEST = 16_000_000  # bytes
MOST = 2_000_000  # nodes, aliases written out


class Document:
    """A text with the name it goes by in messages."""

    __slots__ = ("lines", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.lines: list[str] | None = None

    def line(self, number: int) -> str:
        """A line of the text, from 0."""
        if self.lines is None:
            self.lines = self.text.split("\n")
        return self.lines[number].rstrip("\r") if number < len(self.lines) else ""


class Node:
    """A scalar's text, a sequence's nodes, or a mapping's pairs by key, with its place."""

    __slots__ = ("column", "document", "line", "size", "tall", "value", "width")

    value: str | list[Node] | dict[str, Pair]

    def __init__(self, value: Any, document: Document, line: int, column: int, width: int) -> None:
        self.value = value
        self.document = document
        self.line = line
        self.column = column
        self.width = width
        self.size = 1  # nodes, aliases written out
        self.tall = 0  # levels below

    @property
    def place(self) -> Place:
        """Where it stands."""
        text = self.document.line(self.line)
        return Place(self.document.name, self.line + 1, self.column + 1, self.width, text)

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
            return "text"
        return "a list" if isinstance(self.value, list) else "a map"


Pair: TypeAlias = "tuple[Node, Node]"


def read(document: Document) -> tuple[Node, list[Problem]]:
    """The document's one node, and the repeated keys in it.

    Raises SpecError for bad YAML, tags, several documents, and anything past the limits.
    """
    import gc

    switched = gc.isenabled()
    gc.disable()  # nodes never form cycles; 100,000 layers read in half the time
    try:
        return _Reader(document).read()
    finally:
        if switched:
            gc.enable()


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.anchors: dict[str, Node | None] = {}
        self.problems: list[Problem] = []
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
            raise self.bad(error) from None
        if node is None:
            raise SpecError(Problem("the file is empty", place=Place(self.document.name, 1, 1)))
        return node, self.problems

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
        text = self.document.line(mark.line)
        place = Place(self.document.name, mark.line + 1, mark.column + 1, 1, text)
        fix = ""
        if "tab" in said or "\t" in text[: mark.column + 1]:
            fix = "indent with spaces; YAML allows no tabs"
        elif _glued(text):
            fix = "a space after the colon, as in name: C1"
        elif "," in text and "{" in text and "(" in text:
            fix = "quote an expression with a comma inside {...}"
        return SpecError(Problem(f"bad YAML: {said}", fix=fix, place=place))

    def build(self, next_event: Callable[[], Any]) -> Node | None:
        """The node that the events describe, on a stack of our own."""
        root: Node | None = None
        stack: list[tuple[Node, Node | None]] = []  # open collection, the key that waits for a value
        while True:
            event = next_event()
            kind = type(event).__name__
            if kind == "ScalarEvent":
                node = self.scalar(event)
            elif kind == "AliasEvent":
                node = self.alias(event, len(stack))
            elif kind in {"MappingStartEvent", "SequenceStartEvent"}:
                node = self.collection(event, {} if kind == "MappingStartEvent" else [])
                if len(stack) >= DEEPEST:
                    raise self.refuse(event, f"more than {DEEPEST} levels, one inside another")
                stack.append((node, None))
                continue
            elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
                node, _ = stack.pop()
                self.close(node)
            elif kind == "DocumentStartEvent" and root is not None:
                raise self.refuse(event, "a second document; a spec is one")
            elif kind == "StreamEndEvent":
                return root
            else:
                continue
            if stack:
                self.put(stack, node)
            else:
                root = node

    def refuse(self, event: Any, sentence: str) -> SpecError:
        mark = event.start_mark
        place = Place(
            self.document.name, mark.line + 1, mark.column + 1, 1, self.document.line(mark.line)
        )
        return SpecError(Problem(sentence, place=place))

    def node(self, value: Any, event: Any, width: int) -> Node:
        if event.tag is not None:
            raise self.refuse(event, f"a tag, {quote(event.tag)}; a spec has none")
        self.count(event, 1)
        start = event.start_mark
        node = Node(value, self.document, start.line, start.column, width)
        if event.anchor is not None:
            # open until its collection ends, so that nothing can contain itself
            self.anchors[event.anchor] = node if isinstance(value, str) else None
        return node

    def count(self, event: Any, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MOST:
            raise self.refuse(event, f"more than {MOST:,} values, aliases written out")

    def scalar(self, event: Any) -> Node:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else 1
        return self.node(event.value, event, width)

    def collection(self, event: Any, value: Any) -> Node:
        node = self.node(value, event, 1)
        if event.anchor is not None:
            node.tall = -1
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: Any, depth: int) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            raise self.refuse(event, f"an alias to {quote(event.anchor)}, which is not defined above")
        if node.tall < 0:
            raise self.refuse(event, f"{quote(event.anchor)} contains itself")
        if depth + node.tall > DEEPEST:
            raise self.refuse(event, f"more than {DEEPEST} levels, one inside another")
        self.count(event, node.size)
        return node

    def close(self, node: Node) -> None:
        """Sum up a finished collection, for the aliases that may name it."""
        parts = node.value if isinstance(node.value, list) else [n for _, _, n in node.pairs()]
        node.size = 1 + sum(part.size for part in parts)
        node.tall = 1 + max((part.tall for part in parts), default=0)

    def put(self, stack: list[tuple[Node, Node | None]], node: Node) -> None:
        """Add a finished node to the innermost open collection."""
        inside, key = stack[-1]
        if isinstance(inside.value, list):
            inside.value.append(node)
        elif key is None:
            if not isinstance(node.value, str):
                place = node.place
                raise SpecError(Problem(f"{node.kind} cannot be a key", place=place))
            stack[-1] = (inside, node)
        else:
            self.pair(inside, key, node)
            stack[-1] = (inside, None)

    def pair(self, inside: Node, key: Node, node: Node) -> None:
        assert isinstance(inside.value, dict)
        assert isinstance(key.value, str)
        if key.value in inside.value:
            first = inside.value[key.value][0]
            why = (f"it stands on line {first.line + 1} already, and only one of them can hold",)
            self.problems.append(Problem(f"the key {quote(key.value)} is repeated", why, place=key.place))
            return
        inside.value[key.value] = (key, node)


def _glued(text: str) -> bool:
    """Whether a colon stands without its space, as in name:C1."""
    before, colon, after = printable(text).partition(":")
    return bool(colon and after[:1].strip() and before.strip(" -{").isidentifier())
