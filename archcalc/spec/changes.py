"""How a spec differs from the one that it extends: patch, remove, replace, insert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import MissingError, SpecError, quote
from archcalc.spec.entries import Entries
from archcalc.spec.find import find_base
from archcalc.spec.reading import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcalc.spec.node import Document, Node
    from archcalc.spec.values import Entry, Spec

CHANGES = ("patch", "remove", "replace", "insert")
"""Keys that say how a spec differs from the one that it extends."""
_LONGEST_CHAIN = 16  # specs that extend one another


class Changes(Entries):
    """Reads what a spec extends, and its changes to that, which apply in the order above."""

    parse: Callable[[Document, tuple[str, ...]], Spec]  # reads the spec that is extended

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
                return self.parse(found, chain)
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

    def position(self, node: Node, name: str) -> int | None:
        """Where the layer called `name` stands, or None after a complaint."""
        for i, entry in enumerate(self.spec.layers):
            if entry.name == name:
                return i
        names = [entry.name for entry in self.spec.layers]
        mend = self.meant(name, names)
        why = f"layers of {self.spec.base}: {listed(names)}"
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
        after: dict[str, int] = {}  # how many were put after a layer, so that they keep their order
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
            at = -1 if name == "input" and given == ["after"] else self.position(where, name)
            if at is None:
                continue
            if given == ["after"]:
                after[name] = after.get(name, 0) + 1
                at += after[name]
            self.spec.layers.insert(at, entry)
