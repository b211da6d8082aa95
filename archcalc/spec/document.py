"""The Spec: layers, symbols, sources and figures as written, with what it extends folded in."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from archcalc.collector import paused
from archcalc.errors import MissingError, Problem, SpecError, quote
from archcalc.spec.find import called, find_base
from archcalc.spec.node import Document, Node, Pair, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = "1"
CHANGES = ("patch", "remove", "replace", "insert")
"""Keys that say how a spec differs from the one that it extends."""
TOP = ("archcalc", "name", "note", "cite", "symbols", "input", "layers", "expect", "extends", *CHANGES)
ENTRY = ("name", "op", "from", "activation", "trainable")
"""Keys that belong to a layer's place in the network; the others are its kind's fields."""
SOURCE = ("authors", "year", "title", "where", "doi", "url")
SUMS = ("params", "fixed", "connections", "neurons", "macs", "flops")
QUANTITIES = ("output", *SUMS, "receptive_field", "layers")
CLAIM = ("at", "set", "cite", "note", "known_gap")
_NAME = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_LONGEST_NAME = 100
_TAKEN = frozenset({"input", "output", "total"})
_LOOKED_UP = 20  # misspelt names; a search among 10,000 takes 0.1 s
_LISTED = 30  # names in a message
_LONGEST_CHAIN = 16  # specs that extend one another


class Source(NamedTuple):
    """Where a figure was published."""

    authors: str = ""
    year: str = ""
    title: str = ""
    where: str = ""
    doi: str = ""
    url: str = ""

    def short(self) -> str:
        """`LeCun et al. 1998`."""
        names = [name.strip() for name in self.authors.split(",") if name.strip()]
        who = names[0] if len(names) == 1 else f"{names[0]} et al." if names else self.title
        return f"{who} {self.year}".strip()

    def cited(self) -> str:
        """`LeCun et al. 1998, Proc. IEEE 86(11), II.B`."""
        return ", ".join(part for part in (self.short(), self.where) if part)

    def long(self) -> str:
        """Authors, year and where, on one line."""
        lead = f"{self.authors} {self.year}".strip()
        return ", ".join(part for part in (lead, self.title, self.where) if part)


class Entry(NamedTuple):
    """A layer as written: its place in the network, and its kind's fields by key."""

    name: str
    op: str
    at: Node  # the layer's map
    op_at: Node
    fields: Mapping[str, Pair]
    reads: Node | None = None
    activation: Node | None = None
    trainable: Node | None = None


class Claim(NamedTuple):
    """One figure that an `expect` line holds."""

    at: str
    quantity: str
    value: Node
    key: Node
    line: Node
    cite: str = ""
    note: str = ""
    known_gap: str = ""
    sizes: Mapping[str, str] = {}


class Spec:
    """What the author wrote: no sizes yet, no shapes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.name = document.name
        self.base = ""
        self.note = ""
        self.cites: dict[str, Source] = {}
        self.symbols: dict[str, Pair] = {}
        self.input: Node | None = None
        self.layers: list[Entry] = []
        self.claims: list[Claim] = []
        self.gone: dict[str, Node] = {}  # names that stood in what it extends, and where they were taken away
        self.problems: list[Problem] = []

    def sizes_of_input(self) -> list[Node]:
        """The nodes of the input's sizes."""
        value = None if self.input is None else self.input.value
        if isinstance(value, list):
            return value
        return [node for _, _, node in self.input.pairs()] if self.input and isinstance(value, dict) else []

    @property
    def shown(self) -> str:
        """What to type on a command line to mean this spec."""
        return called(self.document)


_KEPT: dict[tuple[str, str], Spec] = {}  # specs read lately, by name and text
_MOST_KEPT = 16
_LONGEST_KEPT = 50_000  # characters


def parse(document: Document, chain: tuple[str, ...] = ()) -> Spec:
    """The spec that a document is; its problems are collected in `problems`.

    A text that was read a moment ago is not read again: a property test loads one spec at many sizes.
    Raises SpecError where the text is no YAML, or not a map.
    """
    key = (document.name, document.text)
    if key in _KEPT:
        return _KEPT[key]
    with paused():
        spec = _parsed(document, chain)
    # what another file says may change while this one does not
    if not (spec.base or spec.problems) and len(document.text) <= _LONGEST_KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            del _KEPT[next(iter(_KEPT))]
        _KEPT[key] = spec
    return spec


def _parsed(document: Document, chain: tuple[str, ...]) -> Spec:
    node, problems = read(document)
    spec = Spec(document)
    spec.problems += problems
    if not isinstance(node.value, dict):
        sentence = f"a spec is a map of archcalc:, name:, input:, layers:; this is {node.kind}"
        raise SpecError(Problem(sentence, place=node.place))
    _Parser(spec, keys(node, TOP, "a spec", spec.problems), chain).run(node)
    return spec


def keys(node: Node, allowed: Iterable[str], what: str, problems: list[Problem]) -> dict[str, Pair]:
    """A map's pairs; an unknown key is a problem, and is read as the key it surely means."""
    found: dict[str, Pair] = {}
    unknown: list[tuple[str, Node, Node]] = []
    allowed = tuple(allowed)
    for key, at, value in node.pairs():
        if key in allowed:
            found[key] = (at, value)
        else:
            unknown.append((key, at, value))
    for key, at, value in unknown:
        mend = likely(key, [k for k in allowed if k not in found])
        problems.append(
            Problem(
                f"{what} has no key {quote(key)}",
                fix=mend,
                more="" if mend else f"keys: {', '.join(allowed)}",
                place=at.place,
            )
        )
        if mend:
            found[mend] = (at, value)
    return found


def likely(word: str, known: Iterable[str]) -> str:
    """The known word that this is a misspelling of, or nothing."""
    if not word.isascii() or len(word) > 40:
        return ""
    from difflib import get_close_matches

    close = get_close_matches(word.lower().replace("-", "_"), list(known), 1, 0.75)
    return close[0] if close else ""


def _listed(names: Iterable[str]) -> str:
    """The first few names, for a reader."""
    few = list(islice(names, _LISTED + 1))
    return ", ".join(few[:_LISTED]) + (" …" if len(few) > _LISTED else "") or "none"


class _Parser:
    def __init__(self, spec: Spec, top: dict[str, Pair], chain: tuple[str, ...]) -> None:
        self.spec = spec
        self.top = top
        self.chain = chain

    def complain(self, node: Node, what: str, *, why: str = "", fix: str = "", layer: str = "") -> None:
        self.spec.problems.append(Problem(what, (why,) if why else (), fix, layer=layer, place=node.place))

    def meant(self, word: str, known: Iterable[str]) -> str:
        """The name that this is a misspelling of; not looked for past the mistakes that are shown."""
        if len(self.spec.problems) >= _LOOKED_UP:
            return ""
        return next((name for name in known if name.lower() == word.lower()), "") or likely(word, known)

    def run(self, node: Node) -> None:
        self.version(node)
        self.extends()
        if "name" in self.top:
            self.spec.name = self.text("name")
        self.spec.note = self.text("note")
        self.symbols()
        self.sources()
        if "input" in self.top:
            self.spec.input = self.top["input"][1]
        elif self.spec.input is None and not self.spec.problems:
            self.complain(node, "the spec has no input", fix="input: [1, 32, 32]")
        self.layers(node)
        self.expect()

    def text(self, key: str) -> str:
        if key not in self.top:
            return ""
        node = self.top[key][1]
        if not isinstance(node.value, str):
            self.complain(node, f"{key} is text, not {node.kind}")
            return ""
        return node.value

    def map(self, key: str) -> Iterable[tuple[str, Node, Node]]:
        """The pairs under a key that holds a map."""
        if key not in self.top:
            return ()
        node = self.top[key][1]
        if not isinstance(node.value, dict):
            self.complain(node, f"{key} is a map, not {node.kind}")
            return ()
        return node.pairs()

    def list(self, key: str) -> list[Node]:
        if key not in self.top:
            return []
        node = self.top[key][1]
        if not isinstance(node.value, list):
            self.complain(node, f"{key} is a list, not {node.kind}")
            return []
        return node.value

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

    def extends(self) -> None:
        if "extends" not in self.top:
            for key in CHANGES:
                if key in self.top:
                    why = "it changes the layers of the spec named by extends"
                    self.complain(self.top[key][0], f"{key} without extends", why=why)
            return
        node = self.top["extends"][1]
        if not isinstance(node.value, str):
            self.complain(node, f"extends is the name of a spec, not {node.kind}")
            return
        base = self.base(node, node.value)
        if base is None:
            return
        spec = self.spec
        spec.base = node.value
        spec.symbols, spec.input = dict(base.symbols), base.input
        spec.cites = dict(base.cites)
        spec.layers = list(base.layers)
        spec.gone = dict(base.gone)
        spec.problems += base.problems

    def base(self, node: Node, name: str) -> Spec | None:
        """The spec that this one extends, or None after a complaint."""
        document = self.spec.document
        try:
            found = find_base(name, document)
            chain = (*self.chain, document.path)
            if found.path not in chain and len(chain) < _LONGEST_CHAIN:
                return parse(found, chain)
            whom = "itself" if found.path == document.path else f"{quote(name)}, which comes back to it"
            self.complain(
                node, f"the spec extends {whom}", why="what extends another must end at one that stands alone"
            )
        except MissingError as error:
            problem = error.problems[0]
            self.spec.problems.append(problem._replace(place=node.place))
        except SpecError as error:
            self.spec.problems += error.problems
        return None

    def layers(self, node: Node) -> None:
        if self.spec.base or "extends" in self.top:
            if "layers" in self.top:
                why = "the layers come from the spec that it extends"
                fix = "patch, remove, replace or insert"
                self.complain(self.top["layers"][0], "layers beside extends", why=why, fix=fix)
            self.remove()
            self.patch()
            self.replace()
            self.insert()
        else:
            entries = [self.entry(item) for item in self.list("layers")]
            self.spec.layers = [entry for entry in entries if entry]
        if not self.spec.layers and not self.spec.problems:
            at = self.top["layers"][0] if "layers" in self.top else self.top.get("remove", (node,))[0]
            why = "a network is at least one layer, as - {name: fc, op: linear, out_features: 10}"
            self.complain(at, "the spec has no layers", why=why)
        self.unique()

    def unique(self) -> None:
        seen: dict[str, Entry] = {}
        for entry in self.spec.layers:
            first = seen.setdefault(entry.name, entry)
            if first is entry:
                continue
            new, old = entry.at, first.at
            if new.document is not self.spec.document:  # what it extends came first
                new, old = old, new
            where = "" if old.document is new.document else f" of {old.document.name}"
            why = f"line {old.line + 1}{where} has one already, and wiring goes by name"
            self.complain(new, f"a second layer called {quote(entry.name)}", why=why)

    def entry(self, node: Node, name: str | None = None, extra: tuple[str, ...] = ()) -> Entry | None:
        """A layer's map as an Entry; None after a complaint."""
        if not isinstance(node.value, dict):
            lead = "{" if name else "- {name: C1, "
            why = f"one is written as {lead}op: conv2d, out_channels: 6, kernel_size: 5}}"
            self.complain(node, f"a layer is a map, not {node.kind}", why=why, layer=name or "")
            return None
        pairs = {key: pair for key, pair in node.value.items() if key not in extra}
        replaced = name is not None
        if name is None:
            name = self.layer_name(node, pairs)
        op_pair = pairs.get("op")
        if op_pair is None:
            known = [key for key in pairs if likely(key, ["op"]) or key in {"type", "kind", "layer"}]
            fix = f"op: instead of {known[0]}:" if known else ""
            why = "" if known else "op says what kind of layer it is, as op: conv2d"
            if replaced:
                why = "replace writes a layer anew; patch changes some of its fields"
            self.complain(node, "a layer without op", why=why, fix=fix, layer=name or "")
            return None
        if name is None or not isinstance(op_pair[1].value, str):
            if name is not None:
                self.complain(op_pair[1], f"op is a word, not {op_pair[1].kind}", layer=name)
            return None
        fields = {key: pair for key, pair in pairs.items() if key not in ENTRY}
        reads, activation, trainable = (
            pairs[key][1] if key in pairs else None for key in ("from", "activation", "trainable")
        )
        return Entry(name, op_pair[1].value, node, op_pair[1], fields, reads, activation, trainable)

    def layer_name(self, node: Node, pairs: dict[str, Pair]) -> str | None:
        if "name" not in pairs:
            self.complain(node, "a layer without a name", why="rows and wires go by name, as name: C1")
            return None
        at = pairs["name"][1]
        if not isinstance(at.value, str):
            self.complain(at, f"a layer's name is a word, not {at.kind}")
        elif len(at.value) > _LONGEST_NAME:
            self.complain(at, f"a name of {len(at.value)} characters; {_LONGEST_NAME} are allowed")
        elif not _NAME.match(at.value):
            self.complain(at, f"{quote(at.value)} is no name: letters, digits, _ and - make one")
        elif at.value in _TAKEN:
            self.complain(at, f"{quote(at.value)} cannot name a layer: it means something of its own")
        else:
            return at.value
        return None

    def position(self, node: Node, name: str) -> int | None:
        """Where the layer called `name` stands, or None after a complaint."""
        for i, entry in enumerate(self.spec.layers):
            if entry.name == name:
                return i
        names = [entry.name for entry in self.spec.layers]
        mend = self.meant(name, names)
        why = f"layers of {self.spec.base}: {_listed(names)}"
        self.complain(node, f"{self.spec.base} has no layer {quote(name)}", why=why, fix=mend)
        return None

    def remove(self) -> None:
        for node in self.list("remove"):
            if not isinstance(node.value, str):
                self.complain(node, f"remove lists names of layers; this is {node.kind}")
                continue
            i = self.position(node, node.value)
            if i is not None:
                self.spec.gone[node.value] = node
                del self.spec.layers[i]

    def patch(self) -> None:
        for name, at, node in self.map("patch"):
            i = self.position(at, name)
            if i is None:
                continue
            if not isinstance(node.value, dict):
                self.complain(node, f"a patch is a map of fields, not {node.kind}")
                continue
            self.spec.layers[i] = self.patched(self.spec.layers[i], node)

    def patched(self, entry: Entry, node: Node) -> Entry:
        assert isinstance(node.value, dict)
        pairs = dict(node.value)
        for key in ("name", "op"):
            if key in pairs:
                purpose = "put another kind in its place" if key == "op" else "give it another name"
                fix = f"replace, to {purpose}"
                self.complain(pairs.pop(key)[0], f"a patch cannot change {key}", fix=fix, layer=entry.name)
        nodes = {key: pairs.pop(key)[1] for key in ("from", "activation", "trainable") if key in pairs}
        return entry._replace(
            fields={**entry.fields, **pairs},
            reads=nodes.get("from", entry.reads),
            activation=nodes.get("activation", entry.activation),
            trainable=nodes.get("trainable", entry.trainable),
        )

    def replace(self) -> None:
        for name, at, node in self.map("replace"):
            i = self.position(at, name)
            if i is not None:
                renamed = isinstance(node.value, dict) and "name" in node.value
                entry = self.entry(node, None if renamed else name)
                if entry:
                    self.spec.layers[i] = entry
                    if entry.name != name:
                        self.spec.gone[name] = at

    def insert(self) -> None:
        for node in self.list("insert"):
            entry = self.entry(node, extra=("after", "before"))
            if entry is None or not isinstance(node.value, dict):
                continue
            given = [key for key in ("after", "before") if key in node.value]
            if len(given) != 1:
                what = "insert says after: or before: which layer"
                self.complain(node, what, layer=entry.name)
                continue
            _, where = node.value[given[0]]
            name = where.value if isinstance(where.value, str) else ""
            if name == "input" and given == ["after"]:
                self.spec.layers.insert(0, entry)
                continue
            i = self.position(where, name)
            if i is not None:
                self.spec.layers.insert(i + (given == ["after"]), entry)

    def expect(self) -> None:
        for node in self.list("expect"):
            if not isinstance(node.value, dict):
                fix = "- {at: total, params: 60000}"
                self.complain(node, f"a line of expect is a map, not {node.kind}", fix=fix)
                continue
            pairs = keys(node, (*CLAIM, *QUANTITIES), "expect", self.spec.problems)
            words = {key: self.word(pairs, key) for key in ("at", "cite", "note", "known_gap")}
            if "at" not in pairs:
                self.complain(
                    node, "expect without at", why="it says what the figure is of, as at: total or at: C1"
                )
                continue
            if words["cite"] and words["cite"] not in self.spec.cites:
                known = _listed(self.spec.cites)
                what = f"no source is called {quote(words['cite'])}"
                mend = self.meant(words["cite"], self.spec.cites)
                self.complain(pairs["cite"][1], what, why=f"sources under cite: {known}", fix=mend)
            self.claim(node, pairs, words)

    def word(self, pairs: dict[str, Pair], key: str) -> str:
        if key not in pairs:
            return ""
        node = pairs[key][1]
        if isinstance(node.value, str):
            return node.value
        self.complain(node, f"{key} is text, not {node.kind}")
        return ""

    def claim(self, node: Node, pairs: dict[str, Pair], words: dict[str, str]) -> None:
        sizes: dict[str, str] = {}
        if "set" in pairs:
            at = pairs["set"][1]
            if isinstance(at.value, dict) and all(isinstance(n.value, str) for _, _, n in at.pairs()):
                sizes = at.plain()
            else:
                self.complain(at, "set is a map of sizes, as in set: {H: 64}")
        held = [key for key in QUANTITIES if key in pairs]
        if not held:
            self.complain(node, "expect without a figure", why=f"figures: {', '.join(QUANTITIES)}")
        for key in held:
            at, value = pairs[key]
            rest = (words["cite"], words["note"], words["known_gap"], sizes)
            self.spec.claims.append(Claim(words["at"], key, value, at, node, *rest))
