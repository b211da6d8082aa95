"""A text -> Spec, with what it extends folded in."""

from __future__ import annotations

from archcalc.collector import paused
from archcalc.errors import Problem, SpecError, quote
from archcalc.spec.changes import CHANGES, Changes
from archcalc.spec.claims import Claims
from archcalc.spec.node import Document, Node, read
from archcalc.spec.reading import keys
from archcalc.spec.values import Source, Spec

VERSION = "1"
TOP = (
    "archcalc", "name", "note", "cite", "symbols", "input", "inputs", "blocks", "layers", "outputs", "expect",
    "extends", *CHANGES,
)  # fmt: skip
SOURCE = Source._fields
_KEPT: dict[tuple[str, str, str], Spec] = {}  # specs read lately, by name, path and text
_MOST_KEPT = 16
_LONGEST_KEPT = 50_000  # characters


def parse(document: Document, chain: tuple[str, ...] = ()) -> Spec:
    """The spec that a document is; its problems are collected in `problems`.

    A text that was read a moment ago is not read again: a property test loads one spec at many sizes.
    Raises SpecError where the text is no YAML, or not a map.
    """
    key = (document.name, document.path, document.text)
    kept = _KEPT.get(key)
    if kept is not None:
        return kept.copy()
    with paused():
        spec = _parsed(document, *read(document), chain)
    # what another file says may change while this one does not
    if not (spec.base or spec.problems) and len(document.text) <= _LONGEST_KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(list(_KEPT))), None)
        _KEPT[key] = spec.copy()
    return spec


def laid(document: Document, node: Node) -> Spec:
    """The spec that nodes of a document are, which a program laid out itself."""
    with paused():
        return _parsed(document, node, [], ())


def _parsed(document: Document, node: Node, problems: list[Problem], chain: tuple[str, ...]) -> Spec:
    spec = Spec(document)
    spec.problems += problems
    if not isinstance(node.value, dict):
        sentence = f"a spec is a map of archcalc:, name:, input:, layers:; this is {node.kind}"
        raise SpecError(Problem(sentence, place=node.place))
    _Parser(spec, keys(node, TOP, "a spec", spec.problems), chain).run(node)
    return spec


class _Parser(Changes, Claims):
    """Reads a whole spec."""

    parse = staticmethod(parse)

    def run(self, node: Node) -> None:
        self.version(node)
        self.extends()
        if "name" in self.top:
            self.spec.name = self.text("name")
        self.spec.note = self.text("note")
        self.symbols()
        self.sources()
        self.inputs(node)
        self.blocks()
        self.layers(node)
        self.outputs()
        self.expect()

    def inputs(self, node: Node) -> None:
        """One input, or several by name; of a spec that extends another, in place of the other's."""
        spec = self.spec
        if "input" in self.top:
            spec.input, spec.inputs = self.top["input"][1], {}
        if "inputs" in self.top:
            if "input" in self.top:
                self.complain(self.top["inputs"][0], "both input and inputs", why="inputs names several")
                return
            spec.input, spec.inputs = None, {}
            for name, at, value in self.map("inputs"):
                if self.sound(at, name, "input"):
                    spec.inputs[name] = (at, value)
        if not spec.all_inputs() and not spec.problems:
            self.complain(node, "the spec has no input", fix="input: [1, 32, 32]")

    def outputs(self) -> None:
        """The layers that are outputs, where it is not the last one alone."""
        if "outputs" in self.top:
            self.spec.outputs = []
        for node in self.list("outputs"):
            if isinstance(node.value, str):
                self.spec.outputs.append(node)
            else:
                self.complain(node, f"outputs lists names of layers; this is {node.kind}")

    def version(self, node: Node) -> None:
        if "archcalc" not in self.top:
            why = "the first line says which version of the language follows"
            self.complain(node, "the spec does not say archcalc: 1", why=why, fix="archcalc: 1")
            return
        at = self.top["archcalc"][1]
        if at.value != VERSION:
            shown = quote(at.value) if isinstance(at.value, str) else at.kind
            self.complain(at, f"this archcalc reads version 1 of the language, not {shown}")

    def symbols(self) -> None:
        for name, at, value in self.map("symbols"):
            self.spec.symbols[name] = (at, value)

    def sources(self) -> None:
        for name, at, value in self.map("cite"):
            if not isinstance(value.value, dict):
                self.complain(value, f"a source is a map of {', '.join(SOURCE)}; this is {value.kind}")
                continue
            pairs = keys(value, SOURCE, "a source", self.spec.problems)
            words: dict[str, str] = {}
            for key, (_, node) in pairs.items():
                if isinstance(node.value, str):
                    words[key] = node.value
                else:
                    self.complain(node, f"{key} is text, not {node.kind}")
            for key in ("authors", "year"):
                if key not in pairs:
                    self.complain(at, f"the source {quote(name)} has no {key}")
            self.spec.cites[name] = Source(**words)

    def layers(self, node: Node) -> None:
        if self.spec.base or "extends" in self.top:
            if "layers" in self.top:
                why = "the layers come from the spec that it extends"
                fix = "patch, remove, replace or insert"
                self.complain(self.top["layers"][0], "layers beside extends", why=why, fix=fix)
            if self.spec.base:
                self.remove()
                self.patch()
                self.replace()
                self.insert()
                self.sound_blocks()
        else:
            self.spec.layers = [entry for item in self.list("layers") if (entry := self.entry(item))]
        if not self.spec.layers and not self.spec.problems:
            at = self.top["layers"][0] if "layers" in self.top else self.top.get("remove", (node,))[0]
            why = "a network is at least one layer, as - {name: fc, op: linear, out_features: 10}"
            self.complain(at, "the spec has no layers", why=why)
        self.unique(self.spec.layers)
