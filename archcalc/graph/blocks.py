"""Uses of a block: what it is given, and its layers under a path of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import quote
from archcalc.expressions import ExpressionError, names
from archcalc.graph.binding import Binding
from archcalc.graph.complaints import UnknownError
from archcalc.graph.frame import Frame
from archcalc.graph.sizes import Symbols, words
from archcalc.graph.values import Group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.spec import Entry
    from archcalc.spec.node import Node as Text
    from archcalc.spec.node import Pair
    from archcalc.spec.values import Block

_DEEPEST = 64  # blocks, one inside another


class Blocks(Binding):
    """Builds a block where it is used."""

    def layers(self, layers: list[Entry], frame: Frame) -> str:
        """Every layer; the node that makes what the last one gives."""
        raise NotImplementedError

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
        owner: str,
    ) -> str:
        """The layers of a block, under a path; the node that makes what the last one gives."""
        inputs = block.inputs or ("input",)
        given = sources or tuple(f"?{path}" for _ in inputs)  # what is unknown has no shape
        scope = Symbols(frame.outermost())
        inner = Frame(
            f"{path}.", scope, dict(zip(inputs, given, strict=True)), block.layers, self.axis, frame
        )
        values, spelled = self.arguments(entry, frame, inner, block)
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
        self.grouped(Group(path, block.name, 1, end, given, {**values, **spelled}))
        return end

    def arguments(
        self, entry: Entry, frame: Frame, inner: Frame, block: Block
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
            return _leaves(plain, frame), True
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


def _leaves(plain: Any, frame: Frame) -> Any:
    """A list or a map with each text as what it comes to where the block is used; words stay."""
    if isinstance(plain, list):
        return [_leaves(part, frame) for part in plain]
    if isinstance(plain, dict):
        return {key: _leaves(part, frame) for key, part in plain.items()}
    text = frame.given(plain)
    if not isinstance(text, str):
        return text
    try:
        return frame.scope.value(text)
    except (ExpressionError, UnknownError):
        return text


def is_word(text: str) -> bool:
    """Whether an argument may be a word, such as gelu or same."""
    return text.replace("_", "").isalnum()
