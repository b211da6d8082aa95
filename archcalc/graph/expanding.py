"""Layers written once and built where they are used: blocks, repeats, conditions, shared layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc import register as kinds
from archcalc.errors import quote
from archcalc.expressions import ExpressionError, is_name, names
from archcalc.fields import FieldError, flag
from archcalc.graph.binding import Binding
from archcalc.graph.complaints import MOST, EnoughError, TooManyError, UnknownError
from archcalc.graph.frame import Frame
from archcalc.graph.sizes import Symbols, words
from archcalc.graph.values import Group, moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.spec import Entry
    from archcalc.spec.node import Node as Text
    from archcalc.spec.node import Pair
    from archcalc.spec.values import Block

_DEEPEST = 64  # blocks, one inside another
_ENOUGH = 20_000  # uses of blocks, once there is something to complain of
_SHARED = flag("one set of tensors for all copies", default=False)
Overrides = dict[str, "Pair"]
_Copy = tuple[int, tuple[str, ...], int]  # where a copy's nodes begin, what it read, where its marks begin


class Expanding(Binding):
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
        return self.one(entry, frame, block, path, sources, {}, owner)

    def one(
        self,
        entry: Entry,
        frame: Frame,
        block: Block | None,
        path: str,
        sources: tuple[str, ...] | None,
        more: Overrides,
        owner: str,
    ) -> str:
        """A layer, or a block, at a path."""
        self.used_again(entry, path, frame, 1)
        if block is None:
            return self.layer(
                entry, frame, path, sources, {**entry.fields, **more} if more else entry.fields, owner
            )
        return self.block(entry, frame, block, path, sources, more, owner)

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
        block = self.spec.blocks.get(entry.what) if entry.says == "block" else None
        found = self.sources(entry, frame, before, block.inputs if block else ())
        if found is None:
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
            return self.times(entry, frame, block, path, sources, copies, owner, shared=shared)
        end = path
        complained = len(self.complaints)
        last: _Copy | None = None
        for i, more in enumerate(copies):
            copy = f"{path}.{i}"
            own = owner and f"{owner}.{i}"
            if shared and i:
                own = f"{path}.0" if not owner else f"{owner}.0"
            alike = i > 0 and more == copies[i - 1] and not (shared and i == 1)
            before, start, marks = sources, len(self.graph.nodes), len(self.marked)
            if alike and last and sources and self.same(last[1], sources):
                self.used_again(entry, copy, frame, 1)
                end = self.moved(f"{path}.{i - 1}", copy, last, sources, end)
            else:
                end = self.one(entry, frame, block, copy, sources, more, own)
            if len(self.complaints) > complained:
                break  # the copies after it would say the same
            nodes = len(self.graph.nodes)
            if nodes + (nodes - start) * (len(copies) - i - 1) > MOST:  # known before they are made
                raise TooManyError(entry, path)
            last = (start, before, marks) if before else None
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

    def moved(self, old: str, new: str, last: _Copy, sources: tuple[str, ...], end: str) -> str:
        """The nodes of the copy before once more, under another path and reading others."""
        graph = self.graph
        start, before, marks = last
        given = dict(zip(before, sources, strict=True))
        nodes = graph.nodes[start:]
        for node in nodes:
            graph.add(node.moved(old, new, given))
        for path in dict.fromkeys(self.marked[marks:]):
            there = moved(path, old, new, {})
            if path in self.ends:
                self.ends_at(there, moved(self.ends[path], old, new, given))
            group = graph.groups.get(path)
            if group is not None:
                self.grouped(group._replace(path=there, node=moved(group.node, old, new, given)))
            if path in self.entries:
                self.entries[there] = self.entries[path]
        return moved(end, old, new, given)

    def times(
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
        end = self.one(entry, frame, block, path, sources, {}, owner)
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
        return [{}] * count

    def overrides(self, entry: Entry, given: list[Text], path: str) -> list[Overrides] | None:
        """A map of what a copy changes, for each copy."""
        found: list[Overrides] = []
        for node in given:
            if not isinstance(node.value, dict):
                what = f"repeat lists a map for each copy, as [{{s: 2}}, {{}}]; this is {node.kind}"
                self.complaints.about(node, what, layer=path)
                return None
            found.append(node.value)
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
        except FieldError as error:
            self.complaints.about(entry.shared, f"shared {error}", fix=error.fix, layer=path)
            return False

    # -- blocks

    def block_of(self, entry: Entry, frame: Frame, path: str) -> Block | None:
        """The block that a layer uses; None after a complaint."""
        block = self.spec.blocks.get(entry.what)
        if block is None:
            if entry.what in self.spec.lost:
                return None
            known = ", ".join(self.spec.blocks) or "none"
            what = f"there is no block {quote(entry.what)}"
            fix = frame.scope.likely(entry.what, self.spec.blocks)
            self.complaints.about(entry.what_at, what, why=[f"blocks: {known}"], fix=fix, layer=path)
            return None
        if len(frame.blocks) >= _DEEPEST:
            what = f"more than {_DEEPEST} blocks, one inside another"
            self.complaints.about(entry.what_at, what, layer=path)
            return None
        if block.name in frame.blocks:
            round_ = " → ".join([*frame.blocks[frame.blocks.index(block.name) :], block.name])
            what = f"the block {block.name} uses itself: {round_}"
            self.complaints.about(entry.what_at, what, why=["a network has an end"], layer=path)
            return None
        return block

    def counted(self, entry: Entry, frame: Frame, block: Block, sources: tuple[str, ...]) -> bool:
        """Whether a block is given as many inputs as it reads."""
        names = block.inputs or ("input",)
        if len(sources) == len(names):
            return True
        if block.inputs:
            what = f"the block {block.name} reads {' and '.join(names)}, and from names {len(sources)}"
            fix = f"from: {{{', '.join(f'{name}: ...' for name in names)}}}"
        else:
            what, fix = f"the block {block.name} reads 1 layer, and from names {len(sources)}", ""
        at = entry.reads or entry.what_at
        self.complaints.about(at, what, fix=fix, layer=frame.path + entry.name, told=frame.told)
        self.miswired = True
        return False

    def block(
        self,
        entry: Entry,
        frame: Frame,
        block: Block,
        path: str,
        sources: tuple[str, ...] | None,
        more: Overrides,
        owner: str,
    ) -> str:
        """The layers of a block, under a path; the node that makes what the last one gives."""
        inputs = block.inputs or ("input",)
        given = sources or tuple(f"?{path}" for _ in inputs)  # what is unknown has no shape
        scope = Symbols(frame.outermost())
        inner = Frame(
            f"{path}.", scope, dict(zip(inputs, given, strict=True)), block.layers, self.axis, frame
        )
        values, spelled = self.arguments(entry, frame, inner, block, more)
        scope.update(values)
        inner.words, inner.blocks = spelled, (*frame.blocks, block.name)
        inner.owner = owner and f"{owner}."
        inner.trainable = self.trainable(entry, frame, path)
        inner.told = (f"{path} is the block {block.name}, used on line {entry.what_at.line + 1}", *frame.told)
        self.entries[path] = entry
        for other in block.layers:
            if other.name in block.inputs:
                what = f"a layer and an input are both called {other.name}"
                self.complaints.about(other.at, what, why=["wiring goes by name"])
        end = self.layers(block.layers, inner)
        frame.scope.used |= inner.scope.used - block.args.keys()
        self.unread_in.setdefault(id(block.layers), block.layers)
        self.grouped(Group(path, block.name, 1, end))
        return end

    def arguments(
        self, entry: Entry, frame: Frame, inner: Frame, block: Block, more: Overrides
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A block's arguments: numbers and truths, and what else was given, as written.

        What is given is read where the block is used; a default inside, where it sees those above it.
        """
        path = inner.path[:-1]
        # what stands beside `with` has been complained of
        given: dict[str, Pair] = {key: pair for key, pair in entry.fields.items() if key in block.args}
        at = entry.arguments
        if at is not None and isinstance(at.value, dict):
            given |= at.value
        elif at is not None:
            self.complaints.about(at, "with is a map, as {out: 64}", layer=path)
        given |= more
        self.strangers(given, frame, block, path)
        values: dict[str, Any] = {}
        spelled: dict[str, Any] = {}
        seen = inner.scope.names
        assert isinstance(seen, dict)
        for name, (_, default) in block.args.items():
            required = default.value == "required"
            if name not in given and required:
                self.missing(entry, block, name, path)
                values[name] = seen[name] = None
                continue
            node, frame_of_it = (given[name][1], frame) if name in given else (default, inner)
            value, word = self.argument(node, frame_of_it, path, name, required=required)
            if word:
                spelled[name] = inner.words[name] = value
                seen.pop(name, None)
            else:
                values[name] = seen[name] = value
        return values, spelled

    def strangers(self, given: Mapping[str, Pair], frame: Frame, block: Block, path: str) -> None:
        """Arguments that the block does not have."""
        for name, (key, _) in given.items():
            if name not in block.args:
                known = ", ".join(block.args) or "none"
                what = f"the block {block.name} has no argument {quote(name)}"
                fix = frame.scope.likely(name, block.args)
                self.complaints.about(key, what, why=[f"its arguments: {known}"], fix=fix, layer=path)

    def missing(self, entry: Entry, block: Block, name: str, path: str) -> None:
        """An argument that the block needs and is not given."""
        what = f"the block {block.name} needs {name}"
        why = [f"its arguments: {', '.join(block.args)}"]
        self.complaints.about(entry.what_at, what, why=why, fix=f"with: {{{name}: ...}}", layer=path)

    def argument(self, node: Text, frame: Frame, path: str, name: str, *, required: bool) -> tuple[Any, bool]:
        """An argument's value, and whether it stays as written: a word, a list, a map."""
        plain = frame.given(node.plain())
        if not isinstance(plain, str):
            return plain, True
        if plain in ("true", "false"):
            return plain == "true", False
        try:
            return frame.scope.value(plain), False
        except UnknownError:
            return None, False
        except ExpressionError as error:
            if is_word(plain) and (not error.fix or not required):
                return plain, True
            self.complaints.about(node, f"{name}: {error}", fix=error.fix, layer=path, told=frame.told)
            return None, False

    # -- what is used nowhere

    def idle(self) -> None:
        """Blocks that nothing uses, and arguments that their blocks do not use."""
        every = [self.spec.layers, *(block.layers for block in self.spec.blocks.values())]
        used = {entry.what for layers in every for entry in layers if entry.says == "block"}
        for block in self.spec.blocks.values():
            if block.at.document is not self.spec.document:
                continue
            if block.name not in used and not self.spec.base:
                self.complaints.about(block.at, f"the block {quote(block.name)} is used nowhere")
            texts = [text for entry in block.layers for text in words(entry)]
            texts += [str(default.value) for _, default in block.args.values()]
            mentioned = {word for text in texts for word in names(text)} | set(texts)
            for name, (key, _) in block.args.items():
                if name not in mentioned:
                    self.complaints.about(
                        key, f"the argument {quote(name)} of block {block.name} is used nowhere"
                    )


def is_word(text: str) -> bool:
    """Whether an argument may be a word, such as gelu or same."""
    return is_name(text) or text in {"none", "max", "min"} or text.replace("_", "").isalnum()
