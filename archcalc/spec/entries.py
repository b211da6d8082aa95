"""The layers of a spec, one map each, and the blocks that hold layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcalc.errors import likely, quote
from archcalc.expressions import is_name
from archcalc.spec.reading import Reading, keys
from archcalc.spec.values import Block, Entry

if TYPE_CHECKING:
    from archcalc.spec.node import Node, Pair

WHAT = ("op", "block", "share")
"""Keys of which a layer has one: what it is."""
ENTRY = (
    "name", *WHAT, "from", "with", "repeat", "shared", "when", "tie", "trainable", "activation",
)  # fmt: skip
"""Keys that belong to a layer's place in the network; the others are its kind's fields."""
BLOCK = ("args", "inputs", "layers")
PLACE = {
    "from": "reads",
    "activation": "activation",
    "trainable": "trainable",
    "with": "arguments",
    "repeat": "repeat",
    "shared": "shared",
    "when": "when",
    "tie": "tie",
}
"""Keys that say how a layer stands in its network, and what an Entry calls them, in its order."""
_OFTEN = frozenset({"times", "repeats", "copies", "count", "n"})  # other words for repeat
_MEANINGLESS = {
    "op": (("arguments", "with", "it is for the arguments of a block; fields stand beside op"),),
    "block": (
        (
            "activation",
            "activation",
            "it is short for a layer after one that computes units, and goes inside",
        ),
        ("tie", "tie", "a tensor belongs to a layer inside the block, and is tied there"),
    ),
    "share": (
        ("arguments", "with", "the shared layer has its arguments already"),
        ("repeat", "repeat", "the shared layer is repeated as it was the first time"),
        ("shared", "shared", "share says it already"),
        ("tie", "tie", "all its tensors are the shared layer's"),
    ),
}
_NAME = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_LONGEST_NAME = 100
_TAKEN = frozenset({"input", "output", "total"})


class Entries(Reading):
    """Reads layers and blocks."""

    def blocks(self) -> None:
        for name, at, node in self.map("blocks"):
            if not isinstance(node.value, dict):
                why = "one is written as {args: {out: required}, layers: [...]}"
                self.complain(node, f"a block is a map, not {node.kind}", why=why)
                self.spec.lost.add(name)
            elif self.sound(at, name, "block") and (block := self.block(name, at, node)):
                self.spec.blocks[name] = block
            else:
                self.spec.lost.add(name)

    def block(self, name: str, at: Node, node: Node) -> Block | None:
        """A block's map as a Block; None after a complaint."""
        pairs = keys(node, BLOCK, f"the block {quote(name)}", self.spec.problems)
        args: dict[str, Pair] = {}
        for arg, key, value in self.map("args", pairs):
            if value.value == "" and not value.width:
                self.complain(key, f"the argument {quote(arg)} has no default", fix=f"{arg}: required")
                args[arg] = (key, type(value)("required", *value.spot))
            elif not is_name(arg):
                why = "a name is letters, digits and _, and no word of the expression language"
                self.complain(key, f"{quote(arg)} cannot name an argument", why=why)
            else:
                args[arg] = (key, value)
        inputs = self.inputs_of(pairs)
        layers = [entry for item in self.list("layers", pairs) if (entry := self.entry(item))]
        if not layers:
            if not self.spec.problems:
                self.complain(at, f"the block {quote(name)} has no layers")
            return None
        self.unique(layers)
        return Block(name, at, args, inputs, layers)

    def inputs_of(self, pairs: dict[str, Pair]) -> tuple[str, ...]:
        """The names of a block's inputs, where there are several."""
        found = []
        for node in self.list("inputs", pairs):
            if isinstance(node.value, str) and node.value in found:
                self.complain(node, f"a second input called {quote(node.value)}")
            elif isinstance(node.value, str) and is_name(node.value):
                found.append(node.value)
            else:
                self.complain(node, "inputs lists names, as inputs: [x, memory]")
        return tuple(found)

    def unique(self, layers: list[Entry]) -> None:
        seen: dict[str, Entry] = {}
        for entry in layers:
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
        pairs = (
            {key: pair for key, pair in node.value.items() if key not in extra} if extra else dict(node.value)
        )
        replaced = name is not None
        if name is None:
            name = self.layer_name(node, pairs)
        says = self.says(node, pairs, name or "", replaced=replaced)
        if not says or name is None:
            return None
        what = pairs.pop(says)[1]
        pairs.pop("name", None)
        if not isinstance(what.value, str):
            self.complain(what, f"{says} is a word, not {what.kind}", layer=name)
            return None
        place = [pairs.pop(key)[1] if key in pairs else None for key in PLACE]
        entry = Entry(name, what.value, node, what, pairs, says, *place)
        self.only_its_keys(entry)
        return entry

    def says(self, node: Node, pairs: dict[str, Pair], name: str, *, replaced: bool) -> str:
        """Which of op, block and share says what the layer is; nothing after a complaint."""
        found = [key for key in WHAT if key in pairs]
        if len(found) == 1:
            return found[0]
        if found:
            what = f"a layer has one of op, block and share; this has {' and '.join(found)}"
            self.complain(pairs[found[1]][0], what, layer=name)
            return ""
        known = [key for key in pairs if likely(key, ["op"]) or key in {"type", "kind", "layer"}]
        fix = f"op: instead of {known[0]}:" if known else ""
        why = "" if known else "op says what kind of layer it is, as op: conv2d"
        if replaced:
            why = "replace writes a layer anew; patch changes some of its fields"
        self.complain(node, "a layer without op", why=why, fix=fix, layer=name)
        return ""

    def only_its_keys(self, entry: Entry) -> None:
        """A layer has the keys that mean something for what it is."""
        if entry.says != "op":
            self.without_fields(entry)
        if entry.shared is not None and entry.repeat is None and entry.says != "share":
            why = "it says whether the copies of a repeat use one set of tensors"
            self.complain(entry.shared, "shared without repeat", why=why, layer=entry.name)
        for slot, key, why in _MEANINGLESS[entry.says]:
            node: Node | None = getattr(entry, slot)
            if node is not None:
                self.complain(node, f"a layer with {entry.says} takes no {key}", why=why, layer=entry.name)

    def without_fields(self, entry: Entry) -> None:
        """A block takes its arguments under `with`, and a shared layer has its fields already."""
        for key, (at, value) in entry.fields.items():
            mend = "repeat" if key in _OFTEN else self.meant(key, ENTRY)
            block = self.spec.blocks.get(entry.what)
            if entry.says == "block" and block is not None and key not in block.args and not mend:
                why, fix = f"arguments of {entry.what}: {', '.join(block.args) or 'none'}", ""
            elif entry.says == "block":
                why = "" if mend else "what a block is given stands under with"
                shown = value.value if isinstance(value.value, str) else "..."
                fix = mend or f"with: {{{key}: {shown}}}"
            else:
                why, fix = "the shared layer has its fields already", mend
            what = f"a layer with {entry.says} has no key {quote(key)}"
            self.complain(at, what, why=why, fix=fix, layer=entry.name)

    def layer_name(self, node: Node, pairs: dict[str, Pair]) -> str | None:
        if "name" not in pairs:
            self.complain(node, "a layer without a name", why="rows and wires go by name, as name: C1")
            return None
        at = pairs["name"][1]
        if not isinstance(at.value, str):
            self.complain(at, f"a layer's name is a word, not {at.kind}")
            return None
        return at.value if self.sound(at, at.value, "layer") else None

    def sound(self, at: Node, name: str, what: str) -> bool:
        """Whether a name is one, after a complaint where it is not."""
        if len(name) > _LONGEST_NAME:
            self.complain(at, f"a name of {len(name)} characters; {_LONGEST_NAME} are allowed")
        elif not _NAME.match(name):
            self.complain(at, f"{quote(name)} is no name: letters, digits, _ and - make one")
        elif name in _TAKEN:
            self.complain(at, f"{quote(name)} cannot name a {what}: it means something of its own")
        else:
            return True
        return False
