"""Copies of a layer or a block: a number of them, what each changes, or as many as a letter says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc import register as kinds
from archcalc.dims import agree, at_least, is_whole
from archcalc.fields import FieldError, flag, read_size
from archcalc.graph.blocks import Blocks
from archcalc.graph.choices import UNROLLED
from archcalc.graph.complaints import MOST, EnoughError, TooManyError, UnknownError
from archcalc.graph.values import Group, renamed
from archcalc.layer import Rule

if TYPE_CHECKING:
    from archcalc.dims import Shape
    from archcalc.graph.frame import Frame
    from archcalc.spec import Entry
    from archcalc.spec.node import Node as Text
    from archcalc.spec.values import Block

_ENOUGH = 20_000  # uses of blocks, once there is something to complain of
_SHARED = flag("one set of tensors for all copies", default=False)


class Use(NamedTuple):
    """A layer or a block where it is built: what it reads, and whose tensors it uses."""

    entry: Entry
    frame: Frame
    block: Block | None
    path: str
    sources: tuple[str, ...] | None
    owner: str


class _Copy(NamedTuple):
    """A copy of a repeat: where its nodes and marks begin, what it reads, whose tensors it uses."""

    path: str
    start: int
    marks: int
    read: tuple[str, ...]
    owner: str


class Repeats(Blocks):
    """Builds copies, each reading the one before."""

    def one(self, use: Use) -> str:
        """A layer, or a block, at a path; the node that makes what it gives."""
        entry, frame, block, path, sources, owner = use
        self.used_again(entry, path, frame)
        if block is None:
            return self.layer(entry, frame, path, sources, owner)
        return self.block(entry, frame, block, path, sources, owner)

    def used_again(self, entry: Entry, path: str, frame: Frame) -> None:
        """Note that something is built, and stop where that has no end."""
        if frame.outer is None and entry.repeat is None:
            return
        self.uses += 1
        if self.uses > MOST:
            raise TooManyError(entry, path)
        if self.complaints and self.uses > _ENOUGH:
            raise EnoughError  # they are told, and the rest is not looked at

    def repeated(self, use: Use) -> str:
        """Copies of a layer or a block, each reading the one before."""
        entry, frame, block, path, sources, owner = use
        copies = self.copies(entry, frame, path)
        shared = self.is_shared(entry, frame, path)
        kind = kinds.kind(entry.what) if entry.says == "op" else None
        if kind is not None and kind.inputs[1] == 0:
            assert entry.repeat is not None
            what = f"{kind.op} reads nothing, so its copies would not be read by one another"
            self.complaints.about(entry.repeat, what, layer=path)
            return path
        if copies is None:
            return path
        self.entries[path] = entry
        if not isinstance(copies, list):
            return self.by_letter(use, copies, shared=shared)
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
                self.used_again(entry, copy, frame)
                end = self.cloned(last, copy, sources, end)
            else:
                unlike = self.unlike
                end = self.one(Use(_changed(entry, more), frame, block, copy, sources, own))
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
        keeps = all(a is not None and b is not None and _keeps(a, b) for a, b in shapes)
        return keeps and len(set(before)) == len(before) and not self.complaints

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
                made = renamed(group.node, old, new, given)
                read = tuple([renamed(name, old, new, given) for name in group.inputs])
                self.grouped(group._replace(path=there, node=made, inputs=read))
            if path in self.entries:
                self.entries[there] = self.entries[path]
        return renamed(end, old, new, given)

    def by_letter(self, use: Use, count: Any, *, shared: bool) -> str:
        """One block of rows for as many copies as a letter says; it must keep its shape."""
        if self.choices is None:
            self.counts(use, count)
        if self.choices is not None or self.between:
            return self.unrolled(use, count, shared=shared)
        entry, frame, block, path, sources, _ = use
        times, held = frame.times, frame.held
        frame.times = times * count
        frame.held = held if shared else held * count
        end = self.one(use)
        frame.times, frame.held = times, held
        was = self.graph.shape(sources[0]) if sources else None
        now = self.graph.shape(end)
        if was is not None and now is not None and not _keeps(was, now):
            assert entry.repeat is not None
            what = f"a repeat of {count} copies keeps its shape, and {path} makes {now!r} of {was!r}"
            why = ["a number of copies may change it; a letter stands for any number"]
            self.complaints.about(entry.repeat, what, why=why, layer=path)
        self.grouped(Group(path, block.name if block else "", count, end))
        return end

    def counts(self, use: Use, count: Any) -> None:
        """Note that a number of copies is whole, and at least 1."""
        rules = [
            Rule(at_least(count, 1), lambda: f"repeat is {count}, and must be at least 1"),
            Rule(is_whole(count), lambda: f"repeat is {count}, which is not whole"),
        ]
        self.graph.rules += rules
        broken = [rule.what() for rule in rules if rule.holds is False]
        if broken:
            assert use.entry.repeat is not None
            self.complaints.about(use.entry.repeat, broken[0], layer=use.path)

    def has(self, count: Any, copies: int) -> bool:
        """Whether there are so many copies. Raises TypeError where that is so at some sizes alone."""
        enough = at_least(count, copies)
        return bool(enough) if self.choices is None else self.choices.holds(enough)

    def unrolled(self, use: Use, count: Any, *, shared: bool) -> str:
        """Copies one by one until one keeps its shape; it stands for all that are left."""
        entry, frame, block, path, sources, owner = use
        end, first = path, owner and f"{owner}.0"
        for i in range(UNROLLED):
            own = (first or f"{path}.0") if shared and i else owner and f"{owner}.{i}"
            start, unlike, complained = len(self.graph.nodes), self.unlike, len(self.complaints)
            end = self.one(Use(entry, frame, block, f"{path}.{i}", sources, own))
            self.ends_at(f"{path}.{i}", end)
            if len(self.complaints) > complained or not sources:
                break
            same = unlike == self.unlike and self.same(sources[:1], (end,))
            if same or not self.has(count, i + 2):
                left = count - i if same else 1
                for node in self.graph.nodes[start:]:
                    node.times, node.held = node.times * left, node.held * (1 if shared else left)
                break
            sources = (end, *sources[1:])
        else:
            what = f"a repeat of {count} copies changes its shape {UNROLLED} times"
            why = ["copies that a letter counts are alike"]
            self.complaints.about(entry.repeat or entry.at, what, why=why, layer=path)
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
        try:
            count = read_size(frame.given(at.value), frame.scope)
            if not isinstance(count, int) and self.choices is not None:
                count = read_size(self.choices.count(count, path), frame.scope)
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


def _keeps(was: Shape, now: Shape) -> bool:
    """Whether a shape is surely the same as before."""
    return was.axes == now.axes and agree(was, now)


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
