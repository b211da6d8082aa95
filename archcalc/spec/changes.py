"""How a spec differs from the one that it extends: patch, remove, replace, insert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import MissingError, SpecError, quote
from archcalc.spec.entries import PLACE, WHAT, Entries
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
        spec.bases = (base.document.path, *base.bases)
        spec.symbols, spec.input, spec.inputs = dict(base.symbols), base.input, dict(base.inputs)
        spec.outputs = list(base.outputs)
        spec.blocks = {name: block._replace(layers=list(block.layers)) for name, block in base.blocks.items()}
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

    def position(self, node: Node, name: str) -> tuple[list[Entry], int] | None:
        """The layers among which the one called `name` stands, and where; None after a complaint.

        `block.layer` is a layer of a block.
        """
        layers, local = self.spec.layers, name
        block, dot, inner = name.partition(".")
        if dot and block in self.spec.blocks:
            layers, local = self.spec.blocks[block].layers, inner
        for i, entry in enumerate(layers):
            if entry.name == local:
                return layers, i
        inside = [f"{block.name}.{e.name}" for block in self.spec.blocks.values() for e in block.layers]
        names = [entry.name for entry in self.spec.layers]
        mend = self.meant(name, [*names, *inside])
        why = f"layers of {self.spec.base}: {listed([*names, *inside] if dot else names)}"
        self.complain(node, f"{self.spec.base} has no layer {quote(name)}", why=why, fix=mend)
        return None

    def remove(self) -> None:
        for node in self.list("remove"):
            if not isinstance(node.value, str):
                self.complain(node, f"remove lists names of layers; this is {node.kind}")
                continue
            found = self.position(node, node.value)
            if found is not None:
                layers, i = found
                self.spec.gone[node.value] = node
                del layers[i]

    def patch(self) -> None:
        for name, at, node in self.map("patch"):
            found = self.position(at, name)
            if found is None:
                continue
            if not isinstance(node.value, dict):
                self.complain(node, f"a patch is a map of fields, not {node.kind}")
                continue
            layers, i = found
            layers[i] = self.patched(layers[i], node)

    def patched(self, entry: Entry, node: Node) -> Entry:
        assert isinstance(node.value, dict)
        pairs = dict(node.value)
        for key in ("name", *WHAT):
            if key in pairs:
                purpose = "give it another name" if key == "name" else "put another kind in its place"
                fix = f"replace, to {purpose}"
                self.complain(pairs.pop(key)[0], f"a patch cannot change {key}", fix=fix, layer=entry.name)
        place = {slot: pairs.pop(key)[1] for key, slot in PLACE.items() if key in pairs}
        given, own = place.get("arguments"), entry.arguments
        if (
            given is not None
            and own is not None
            and isinstance(given.value, dict)
            and isinstance(own.value, dict)
        ):
            merged = type(own)({**own.value, **given.value}, *given.spot)
            place["arguments"] = merged
        changed = entry._replace(fields={**entry.fields, **pairs}, **place)  # type: ignore[arg-type]
        self.only_its_keys(changed)
        return changed

    def replace(self) -> None:
        for name, at, node in self.map("replace"):
            found = self.position(at, name)
            if found is not None:
                layers, i = found
                renamed = isinstance(node.value, dict) and "name" in node.value
                entry = self.entry(node, None if renamed else layers[i].name)
                if entry:
                    old = layers[i].name
                    layers[i] = entry
                    if entry.name != old:
                        self.spec.gone[name] = at

    def sound_blocks(self) -> None:
        """Blocks still have layers, each of a name of its own."""
        for block in self.spec.blocks.values():
            self.unique(block.layers)
            if not block.layers:
                at = self.top["remove"][0] if "remove" in self.top else block.at
                self.complain(at, f"the block {quote(block.name)} has no layers left")

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
            first = (self.spec.layers, -1) if name == "input" and given == ["after"] else None
            found = first or self.position(where, name)
            if found is None:
                continue
            layers, at = found
            if given == ["after"]:
                after[name] = after.get(name, 0) + 1
                at += after[name]
            layers.insert(at, entry)
