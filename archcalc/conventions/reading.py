"""A convention's file -> Convention. The text is as hostile as a spec's, and is read as strictly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.conventions.values import EVERY, FAMILIES, Convention, Rule
from archcalc.conventions.variables import VARIABLES
from archcalc.errors import Problem, SpecError, likely, quote
from archcalc.expressions import ExpressionError, evaluate, names
from archcalc.quantities import CONVENTIONAL
from archcalc.spec.node import read
from archcalc.spec.reading import keys, listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from archcalc.spec.node import Document, Node, Pair

VERSION = "1"
TEXTS = ("name", "about", "tool", "version", "call", "source")
TOP = ("convention", *TEXTS, "calls", "words", *CONVENTIONAL, "notes")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z", re.ASCII)
_TRIAL = {name: 1009 + 2 * i for i, name in enumerate(VARIABLES)}  # what a rule is tried on: no two alike


def parse(document: Document, taken: Collection[str] = ()) -> Convention:
    """The convention that a document is; `taken` are names of others.

    Raises SpecError with every mistake, each at its place.
    """
    node, problems = read(document)
    if not isinstance(node.value, dict):
        what = f"a convention is a map of convention:, name:, macs:, flops:; this is {node.kind}"
        raise SpecError(Problem(what, place=node.place))
    reader = _Reader(problems, taken)
    found = reader.read(node)
    if problems:
        raise SpecError(problems)
    return found


class _Reader:
    """One file being read."""

    def __init__(self, problems: list[Problem], taken: Collection[str]) -> None:
        self.problems = problems
        self.taken = taken

    def complain(self, node: Node, what: str, why: str = "", fix: str = "") -> None:
        self.problems.append(Problem(what, (why,) if why else (), fix, place=node.place))

    def read(self, node: Node) -> Convention:
        top = keys(node, TOP, "a convention", self.problems)
        self.version(node, top)
        texts = {key: self.text(top[key][1], key) for key in TEXTS if key in top}
        found = Convention(texts.pop("name", ""))
        self.named(node, top, found.name)
        for key, text in texts.items():
            setattr(found, key, text)
        found.calls = self.words(top, "calls", CONVENTIONAL)
        found.words = self.words(top, "words")
        found.notes = self.notes(top)
        for quantity in CONVENTIONAL:
            if quantity in top:
                found.rules[quantity] = self.rules(top[quantity][1], quantity)
        if not found.rules and not self.problems:
            self.complain(node, "a convention that counts nothing", "it counts params, macs or flops")
        return found

    def named(self, node: Node, top: dict[str, Pair], name: str) -> None:
        """Complain of a name that is missing, that is none, or that is another's."""
        if "name" not in top:
            self.complain(node, "a convention without a name", "every figure that it counts names it")
        elif name in self.taken:
            self.complain(
                top["name"][1], f"{quote(name)} comes with archcalc; another needs a name of its own"
            )
        elif name and not _NAME.match(name):
            self.complain(top["name"][1], f"{quote(name)} is no name: letters, digits, . _ and - make one")

    def version(self, node: Node, top: dict[str, Pair]) -> None:
        given = top["convention"][1] if "convention" in top else node
        if given.value != VERSION or given is node:
            what = "a convention says which version of this language it is written in"
            self.complain(given, what, fix=f"convention: {VERSION}")

    def text(self, node: Node, key: str) -> str:
        if isinstance(node.value, str) and node.value.strip():
            return node.value
        self.complain(node, f"{key} is text, not {node.kind}")
        return ""

    def words(self, top: dict[str, Pair], key: str, allowed: tuple[str, ...] = ()) -> dict[str, str]:
        """A map of texts."""
        if key not in top:
            return {}
        node = top[key][1]
        if not isinstance(node.value, dict):
            self.complain(node, f"{key} is a map, not {node.kind}")
            return {}
        pairs = keys(node, allowed, key, self.problems) if allowed else node.value
        return {word: self.text(value, word) for word, (_, value) in pairs.items()}

    def notes(self, top: dict[str, Pair]) -> tuple[str, ...]:
        if "notes" not in top:
            return ()
        node = top["notes"][1]
        if not isinstance(node.value, list):
            self.complain(node, f"notes is a list of sentences, not {node.kind}")
            return ()
        return tuple(self.text(item, "a note") for item in node.value)

    def rules(self, node: Node, quantity: str) -> dict[str, Rule]:
        """The rules of a quantity; one expression alone is for every op."""
        if isinstance(node.value, str):
            rule = self.rule(node, quantity)
            return {EVERY: rule} if rule else {}
        if not isinstance(node.value, dict):
            why = "one is written as {conv: mac, linear: mac + bias}, or as one expression for every op"
            self.complain(node, f"{quantity} is a map of ops, not {node.kind}", why)
            return {}
        found: dict[str, Rule] = {}
        for words, at, value in node.pairs():
            rule = self.rule(value, quantity)
            for word in words.split(","):
                op = self.op(word.strip(), at)
                if op in found:
                    self.complain(
                        at, f"a second rule for {op}", f"line {found[op].node.line + 1} has one already"
                    )
                elif op and rule:
                    found[op] = rule
        return found

    def op(self, word: str, at: Node) -> str:
        """An op, a family or `every`, after a complaint where it is none; what it surely means then."""
        from archcalc.layers import HOMES
        from archcalc.register import KINDS, kind_or_plugin, meant

        if word in {EVERY, *FAMILIES} or word in KINDS or any(word in ops.split() for ops in HOMES.values()):
            return word
        if kind_or_plugin(word) is not None:
            return word
        mend = meant(word) or likely(word, [*FAMILIES, EVERY])
        why = f"a rule is for an op, for {EVERY}, or for a family: {', '.join(FAMILIES)}"
        self.complain(at, f"there is no op {quote(word)}", "" if mend else why, mend)
        return ""

    def rule(self, node: Node, quantity: str) -> Rule | None:
        """An expression, tried once on numbers; None after a complaint."""
        if not isinstance(node.value, str):
            self.complain(node, f"a rule is an expression, as mac + bias, not {node.kind}")
            return None
        unknown = [name for name in names(node.value) if name not in VARIABLES]
        if unknown:
            why = f"variables: {listed(VARIABLES)}"
            self.complain(
                node,
                f"{quantity}: there is no variable {quote(unknown[0])}",
                why,
                likely(unknown[0], VARIABLES),
            )
            return None
        try:
            value = evaluate(node.value, _TRIAL)
        except ExpressionError as error:
            self.complain(node, f"{quantity}: {error}", fix=error.fix)
            return None
        if isinstance(value, bool):
            self.complain(node, f"{quantity}: {quote(node.value)} is true or false, and no count")
            return None
        return Rule(node.value.strip(), node)
