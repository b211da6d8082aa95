"""The layers of a spec, one map each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.errors import likely, quote
from archcalc.spec.reading import Reading
from archcalc.spec.values import Entry

if TYPE_CHECKING:
    from archcalc.spec.node import Node, Pair

ENTRY = ("name", "op", "from", "activation", "trainable")
"""Keys that belong to a layer's place in the network; the others are its kind's fields."""
_NAME = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_LONGEST_NAME = 100
_TAKEN = frozenset({"input", "output", "total"})


class Entries(Reading):
    """Reads layers."""

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
