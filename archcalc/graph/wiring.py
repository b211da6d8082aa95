"""Which nodes a layer reads: the one before it, or those that its `from` names."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from archcalc.errors import quote
from archcalc.graph.building import Building
from archcalc.graph.values import ACTIVATION

if TYPE_CHECKING:
    from archcalc.graph.frame import Frame
    from archcalc.spec import Entry
    from archcalc.spec.node import Node as Text


class Wiring(Building):
    """Finds what a layer reads."""

    def sources(
        self, entry: Entry, frame: Frame, before: str, names: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        """The nodes that a layer reads, or a block whose inputs have these names; None after a complaint."""
        if entry.reads is None:
            return self.before(entry, frame, before)
        node = entry.reads
        if isinstance(node.value, dict):
            return self.by_name(entry, frame, names)
        found = [self.wire(entry, frame, name) for name in _listed(node)]
        return None if None in found else tuple(name for name in found if name is not None)

    def before(self, entry: Entry, frame: Frame, before: str) -> tuple[str, ...] | None:
        """The layer before, or at the beginning the input."""
        if before:
            self.mark(frame, before)
            return (frame.ends[before],)
        if len(frame.inputs) == 1:
            self.inputs_read.update(frame.inputs.values())
            return tuple(frame.inputs.values())
        self.miswired = True
        if not frame.inputs:
            return None
        names = ", ".join(frame.inputs)
        self.complaints.about(
            entry.what_at,
            f"from says which input the first layer reads: {names}",
            why=["a layer reads the one before it, and here there are several inputs before"],
            fix=f"from: {next(iter(frame.inputs), 'input')}",
            layer=frame.path + entry.name,
            told=frame.told,
        )
        return None

    def by_name(self, entry: Entry, frame: Frame, names: tuple[str, ...]) -> tuple[str, ...] | None:
        """The nodes that a map of a block's inputs names, in the order of those."""
        node = entry.reads
        assert node is not None
        assert isinstance(node.value, dict)
        if not names:
            self.complaints.about(node, "from names layers; this is a map", layer=frame.path + entry.name)
            self.miswired = True
            return None
        for key, (at, _) in node.value.items():
            if key not in names:
                what = f"the block {quote(entry.what)} has no input {quote(key)}"
                fix = frame.scope.likely(key, names)
                self.complaints.about(
                    at, what, why=[f"its inputs: {', '.join(names)}"], fix=fix, layer=entry.name
                )
        found = []
        for name in names:
            if name in node.value:
                found.append(self.wire(entry, frame, node.value[name][1]))
                continue
            what = f"the block {quote(entry.what)} reads {name}, and from does not say what that is"
            self.complaints.about(node, what, layer=entry.name)
            found.append(None)
        return None if None in found else tuple(name for name in found if name is not None)

    def wire(self, entry: Entry | None, frame: Frame, at: Text) -> str | None:
        """The node that a name in `from`, or in `outputs`, means; None after a complaint."""
        name = at.value
        if isinstance(name, str):
            if name in frame.inputs:
                self.inputs_read.add(frame.inputs[name])
                return frame.inputs[name]
            if name in frame.ends:
                self.mark(frame, name)
                return frame.ends[name]
            inner = self.inside(frame, name)
            if inner is not None:
                return inner
        self.miswired = True
        self.unknown(entry, frame, at)
        return None

    def mark(self, frame: Frame, name: str) -> None:
        """Note that a layer above is read."""
        self.was_read.add(id(frame.entries[name].at))

    def inside(self, frame: Frame, name: str) -> str | None:
        """The node that `stage2.1.conv` means: a layer of a block above."""
        first, dot, _ = name.partition(".")
        if not dot or first not in frame.ends:
            return None
        path = frame.path + name
        end = self.end(path)
        if end is not None:
            self.read(path)
        return end

    def unknown(self, entry: Entry | None, frame: Frame, at: Text) -> None:
        """A name that no layer above has."""
        name, verb = at.value, "from" if entry else "outputs"
        layer = frame.path + entry.name if entry else ""
        if not isinstance(name, str):
            self.complaints.about(at, f"{verb} names layers; this is {at.kind}", layer=layer)
        elif (taken := self.spec.gone.get(".".join([*frame.blocks[-1:], name]))) is not None:
            self.gone(entry, at, taken)
        elif name in frame.entries:
            own = entry is not None and name == entry.name
            what = f"from names {quote(name)}, which {'is itself' if own else 'stands below'}"
            why = ["a layer reads layers above it, so there are no cycles"]
            self.complaints.about(at, what, why=why, layer=layer, told=frame.told)
        elif name == "input" and len(frame.inputs) > 1:
            what = f"{verb} names 'input', and there are several inputs: {', '.join(frame.inputs)}"
            self.complaints.about(at, what, layer=layer, told=frame.told)
        else:
            self.nowhere(frame, at, name, layer)

    def nowhere(self, frame: Frame, at: Text, name: str, layer: str) -> None:
        """A name that no layer has."""
        first, dot, rest = name.partition(".")
        verb = "from" if layer else "outputs"
        if dot and first in frame.ends:
            if any(problem.layer.startswith(frame.path + first) for problem in self.complaints):
                return  # it may be what an earlier mistake left out
            lead = frame.path + first + "."
            known = [
                path.removeprefix(lead)
                for path in (*self.graph.by_name, *self.ends)
                if path.startswith(lead) and not path.endswith(ACTIVATION)
            ]
            fix = frame.scope.likely(rest, known)
            why = [
                f"layers of {first}: {', '.join(dict.fromkeys(known[:8]))}{' …' if len(known) > 8 else ''}"
            ]
            fix = fix and f"{first}.{fix}"
        else:
            fix = frame.scope.likely(name, frame.known())
            if name.lstrip("-").isdigit():
                why = ["layers are wired by name, never by number"]
            else:
                last = list(islice(reversed(frame.ends), 8))[::-1]
                why = [f"layers above: {', '.join(last if len(last) == 8 else [*frame.inputs, *last])}"]
                if frame.outer and name in frame.outer.ends:
                    why.append(
                        "names in a block are its own; what it reads from outside is one of its inputs"
                    )
        what = f"{verb} names {quote(name)}, and no layer is called so"
        self.complaints.about(at, what, why=why, fix=fix, layer=layer, told=frame.told)

    def gone(self, entry: Entry | None, at: Text, taken: Text) -> None:
        """A layer reads one that the spec takes out of what it extends."""
        reader = f"layer {entry.name}" if entry else "outputs"
        what = f"{reader} reads {quote(at.value)}, which is taken away here"
        where = f"line {at.line + 1}{'' if at.document is taken.document else f' of {at.document.name}'}"
        why = [f"its from is on {where}; patch can give it another"]
        self.complaints.about(taken, what, why=why, fix="")


def _listed(node: Text) -> list[Text]:
    return node.value if isinstance(node.value, list) else [node]
