"""Layers in order, each where it is used: conditions, and layers that are used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc import register as kinds
from archcalc.errors import quote
from archcalc.expressions import ExpressionError
from archcalc.graph.complaints import UnknownError
from archcalc.graph.repeats import Repeats, Use

if TYPE_CHECKING:
    from archcalc.graph.frame import Frame
    from archcalc.spec import Entry


class Expanding(Repeats):
    """Builds layers in order, each where it is used."""

    def layers(self, layers: list[Entry], frame: Frame) -> str:
        """Every layer; the node that makes what the last one gives."""
        before = ""
        for entry in layers:
            self.add(entry, frame, before)
            before = entry.name
        return frame.ends[before]

    def add(self, entry: Entry, frame: Frame, before: str) -> None:
        path = frame.path + entry.name
        holds = True if entry.when is None else self.holds(entry, frame, path)
        owner = frame.owner and frame.owner + entry.name
        whole: Entry | None = entry
        if entry.says == "share" and holds:
            whole, owner = self.first_user(entry, frame)
        end = path
        if holds is False:
            end = self.passed(entry, frame, before) or path
        elif holds and whole is not None:
            end = self.used(whole, frame, before, path, owner)
        # only now: a field cannot read the axes of its own layer
        frame.ends[entry.name] = end
        self.ends_at(path, end)

    def used(self, entry: Entry, frame: Frame, before: str, path: str, owner: str) -> str:
        """A layer or a block, once or repeated."""
        block = self.block_of(entry, frame, path) if entry.says == "block" else None
        sources: tuple[str, ...] | None = ()
        if entry.reads is not None or self.reads_any(entry):
            sources = self.sources(entry, frame, before, block.inputs if block else ())
        if entry.says == "block" and block is None:
            return path
        if block and sources is not None and not self.counted(entry, frame, block, sources):
            sources = None
        use = Use(entry, frame, block, path, sources, owner)
        return self.one(use) if entry.repeat is None else self.repeated(use)

    def reads_any(self, entry: Entry) -> bool:
        """Whether a layer reads others, so far as it is known what it is."""
        kind = kinds.kind_or_plugin(entry.what) if entry.says == "op" else None
        return kind is None or kind.inputs[1] != 0

    # -- conditions

    def holds(self, entry: Entry, frame: Frame, path: str) -> bool | None:
        """Whether a layer is there; None where a mistake left that unknown."""
        at = entry.when
        assert at is not None
        if not isinstance(at.value, str):
            self.complaints.about(at, f"when is a condition, as s != 1, not {at.kind}", layer=path)
            return None
        try:
            return frame.truth(at.value)
        except UnknownError:
            return None
        except ExpressionError as error:
            text = str(error)
            lead = f"when {text}" if text.startswith(("is ", "decides ")) else f"when: {text}"
            self.complaints.about(at, lead, fix=error.fix, layer=path, told=frame.told)
            self.miswired = True  # what it would read is not known
            return None

    def passed(self, entry: Entry, frame: Frame, before: str) -> str | None:
        """A layer that is not there passes its input through."""
        self.was_read.add(id(entry.at))
        first: Entry | None = entry
        while first is not None and first.says == "share":
            first = frame.entries.get(first.what) if first.what != first.name else None
        block = self.spec.blocks.get(first.what) if first is not None and first.says == "block" else None
        found = self.sources(entry, frame, before, block.inputs if block else ())
        kind = kinds.kind(entry.what) if entry.says == "op" else None
        if kind is not None and kind.inputs[1] == 0:
            what = f"when is false, and {kind.op} reads nothing that it could pass through"
            self.complaints.about(
                entry.when or entry.at, what, layer=frame.path + entry.name, told=frame.told
            )
            return None
        if not found:
            return None
        if len(found) > 1 and len(set(found)) > 1:
            what = f"when is false, so it passes its input through, and it reads {len(found)} layers"
            self.complaints.about(
                entry.reads or entry.at, what, layer=frame.path + entry.name, told=frame.told
            )
            return None
        return found[0]

    # -- shared layers

    def first_user(self, entry: Entry, frame: Frame) -> tuple[Entry | None, str]:
        """The layer that is used again, read from here; and its path, whose tensors it uses."""
        name, path = entry.what, frame.path + entry.name
        seen = {entry.name}
        first = frame.entries.get(name)
        while first is not None and first.says == "share" and name not in seen:
            seen.add(name)
            name = first.what
            first = frame.entries.get(name)
        if first is None or name in seen or name not in frame.ends:
            what = f"share names {quote(entry.what)}, and no layer above is called so"
            if entry.what == entry.name:
                what = f"share names {quote(entry.what)}, which is itself"
            fix = frame.scope.likely(entry.what, list(frame.ends))
            self.miswired = True
            self.complaints.about(entry.what_at, what, fix=fix, layer=path, told=frame.told)
            return None, ""
        self.mark(frame, entry.what)
        there = frame.path + name
        if there not in self.graph.by_name and there not in self.graph.groups:
            if not any(problem.layer.startswith(there) for problem in self.complaints):
                what = f"share names {quote(name)}, whose when is false, so it has no tensors"
                self.complaints.about(entry.what_at, what, layer=path, told=frame.told)
            return None, ""
        whole = first._replace(
            name=entry.name,
            at=entry.at,
            what_at=entry.what_at if first.says == "op" else first.what_at,
            reads=entry.reads,
            activation=entry.activation or first.activation,
            trainable=entry.trainable or first.trainable,
            when=None,
            tie=None,
        )
        return whole, there
