"""Layers in order, each where it is used: conditions, shared layers, repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc import register as kinds
from archcalc.errors import quote
from archcalc.expressions import ExpressionError
from archcalc.fields import FieldError, flag
from archcalc.graph.blocks import Blocks
from archcalc.graph.complaints import MOST, EnoughError, TooManyError, UnknownError
from archcalc.graph.values import Group, renamed

if TYPE_CHECKING:
    from archcalc.graph.frame import Frame
    from archcalc.spec import Entry
    from archcalc.spec.node import Node as Text
    from archcalc.spec.values import Block

_ENOUGH = 20_000  # uses of blocks, once there is something to complain of
_SHARED = flag("one set of tensors for all copies", default=False)


class _Copy(NamedTuple):
    """A copy of a repeat: where its nodes and marks begin, what it reads, whose tensors it uses."""

    path: str
    start: int
    marks: int
    read: tuple[str, ...]
    owner: str


class Expanding(Blocks):
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
        kind = kinds.kind_or_plugin(entry.what) if entry.says == "op" else None
        if entry.reads is not None or kind is None or kind.inputs[1] != 0:
            sources = self.sources(entry, frame, before, block.inputs if block else ())
        if entry.says == "block" and block is None:
            return path
        if block and sources is not None and not self.counted(entry, frame, block, sources):
            sources = None
        if entry.repeat is not None:
            return self.repeated(entry, frame, block, path, sources, owner)
        return self.one(entry, frame, block, path, sources, owner)

    def one(
        self,
        entry: Entry,
        frame: Frame,
        block: Block | None,
        path: str,
        sources: tuple[str, ...] | None,
        owner: str,
    ) -> str:
        """A layer, or a block, at a path."""
        self.used_again(entry, path, frame, 1)
        if block is None:
            return self.layer(entry, frame, path, sources, owner)
        return self.block(entry, frame, block, path, sources, owner)

    def used_again(self, entry: Entry, path: str, frame: Frame, count: int) -> None:
        """Note that something is built, and stop where that has no end."""
        if frame.outer is None and entry.repeat is None:
            return
        self.uses += count
        if self.uses > MOST:
            raise TooManyError(entry, path)
        if self.complaints and self.uses > _ENOUGH:
            raise EnoughError  # they are told, and the rest is not looked at

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

    # -- repeats

    def repeated(
        self,
        entry: Entry,
        frame: Frame,
        block: Block | None,
        path: str,
        sources: tuple[str, ...] | None,
        owner: str,
    ) -> str:
        """Copies of a layer or a block, each reading the one before."""
        copies = self.copies(entry, frame, path)
        shared = self.is_shared(entry, frame, path)
        if copies is None:
            return path
        self.entries[path] = entry
        if not isinstance(copies, list):
            return self.by_letter(entry, frame, block, path, sources, copies, owner, shared=shared)
        kind = kinds.kind(entry.what) if entry.says == "op" else None
        if kind is not None and kind.inputs[1] == 0:
            assert entry.repeat is not None
            what = f"{kind.op} reads nothing, so its copies would not be read by one another"
            self.complaints.about(entry.repeat, what, layer=path)
            return path
        end = path
        complained, unlike = len(self.complaints), -1
        last: _Copy | None = None  # the copy before, where the next may be a clone of it
        for i, more in enumerate(copies):
            copy, own = f"{path}.{i}", owner and f"{owner}.{i}"
            if shared and i:
                own = f"{path}.0" if not owner else f"{owner}.0"
            start, marks, before = len(self.graph.nodes), len(self.marked), sources
            if (
                last
                and sources
                and last.owner == own
                and _alike(more, copies[i - 1])
                and self.same(last.read, sources)
            ):
                self.used_again(entry, copy, frame, 1)
                end = self.cloned(last, copy, sources, end)
            else:
                unlike = self.unlike
                end = self.one(_changed(entry, more), frame, block, copy, sources, own)
            if len(self.complaints) > complained:
                break  # the copies after it would say the same
            nodes = len(self.graph.nodes)
            if nodes + (nodes - start) * (len(copies) - i - 1) > MOST:  # known before they are made
                raise TooManyError(entry, path)
            last = _Copy(copy, start, marks, before, own) if before and unlike == self.unlike else None
            self.ends_at(copy, end)
            if sources:
                sources = (end, *sources[1:])
        self.grouped(Group(path, block.name if block else "", len(copies), end))
        return end

    def same(self, before: tuple[str, ...], now: tuple[str, ...]) -> bool:
        """Whether a copy reads what the one before read, as far as shapes go, so that it is built like it."""
        pairs = list(zip(before, now, strict=True))
        shapes = [(self.graph.shape(a), self.graph.shape(b)) for a, b in pairs]
        alike = all(a is not None and b is not None and a == b and a.axes == b.axes for a, b in shapes)
        return alike and len(set(before)) == len(before) and not self.complaints

    def cloned(self, last: _Copy, new: str, sources: tuple[str, ...], end: str) -> str:
        """The nodes of the copy before once more, under another path and reading others."""
        graph, old = self.graph, last.path
        given = dict(zip(last.read, sources, strict=True))
        nodes = graph.nodes[last.start :]
        for node in nodes:
            graph.add(node.cloned(old, new, given))
        for path in dict.fromkeys(self.marked[last.marks :]):
            there = renamed(path, old, new, {})
            if path in self.ends:
                self.ends_at(there, renamed(self.ends[path], old, new, given))
            group = graph.groups.get(path)
            if group is not None:
                self.grouped(group._replace(path=there, node=renamed(group.node, old, new, given)))
            if path in self.entries:
                self.entries[there] = self.entries[path]
        return renamed(end, old, new, given)

    def by_letter(
        self,
        entry: Entry,
        frame: Frame,
        block: Block | None,
        path: str,
        sources: tuple[str, ...] | None,
        count: Any,
        owner: str,
        *,
        shared: bool,
    ) -> str:
        """One block of rows for as many copies as a letter says; it must keep its shape."""
        times, held = frame.times, frame.held
        frame.times = times * count
        frame.held = held if shared else held * count
        end = self.one(entry, frame, block, path, sources, owner)
        frame.times, frame.held = times, held
        was = self.graph.shape(sources[0]) if sources else None
        now = self.graph.shape(end)
        if was is not None and now is not None and (was != now or was.axes != now.axes):
            assert entry.repeat is not None
            what = f"a repeat of {count} copies keeps its shape, and {path} makes {now!r} of {was!r}"
            why = ["a number of copies may change it; a letter stands for any number"]
            self.complaints.about(entry.repeat, what, why=why, layer=path)
        self.grouped(Group(path, block.name if block else "", count, end))
        return end

    def copies(self, entry: Entry, frame: Frame, path: str) -> Any:
        """What each copy changes, a map for each; or a letter for their number; None after a complaint."""
        at = entry.repeat
        assert at is not None
        if isinstance(at.value, dict):
            what = "repeat is a number, or a list with a map for each copy, as [{s: 2}, {}]"
            self.complaints.about(at, what, layer=path)
            return None
        if isinstance(at.value, list):
            return self.overrides(entry, at.value, path)
        from archcalc.fields import read_size

        try:
            count = read_size(frame.given(at.value), frame.scope)
        except UnknownError:
            return None
        except FieldError as error:
            text = str(error)
            lead = f"repeat {text}" if text.startswith("is ") else f"repeat: {text}"
            self.complaints.about(at, lead, fix=error.fix, layer=path, told=frame.told)
            return None
        if not isinstance(count, int):
            return count
        if count > MOST:
            raise TooManyError(entry, path)
        return [None] * count

    def overrides(self, entry: Entry, given: list[Text], path: str) -> list[Text] | None:
        """A map of what a copy changes, for each copy."""
        found: list[Text] = []
        for node in given:
            if not isinstance(node.value, dict):
                what = f"repeat lists a map for each copy, as [{{s: 2}}, {{}}]; this is {node.kind}"
                self.complaints.about(node, what, layer=path)
                return None
            found.append(node)
        if not found:
            assert entry.repeat is not None
            self.complaints.about(entry.repeat, "repeat lists no copies", layer=path)
            return None
        return found

    def is_shared(self, entry: Entry, frame: Frame, path: str) -> bool:
        """Whether all copies use one set of tensors."""
        if entry.shared is None:
            return False
        try:
            return bool(_SHARED.read(frame.given(entry.shared.plain()), frame.scope))
        except UnknownError:
            return False
        except FieldError as error:
            self.complaints.about(entry.shared, f"shared {error}", fix=error.fix, layer=path)
            return False


def _alike(one: Text | None, other: Text | None) -> bool:
    """Whether two copies change the same."""
    return one is other or (one is not None and other is not None and one.plain() == other.plain())


def _changed(entry: Entry, more: Text | None) -> Entry:
    """A layer with what one of its copies changes: fields, or arguments of its block."""
    if more is None or not isinstance(more.value, dict) or not more.value:
        return entry
    if entry.says != "block":
        return entry._replace(fields={**entry.fields, **more.value})
    own = entry.arguments.value if entry.arguments is not None else {}
    merged = {**(own if isinstance(own, dict) else {}), **more.value}
    return entry._replace(arguments=type(more)(merged, *more.spot))
