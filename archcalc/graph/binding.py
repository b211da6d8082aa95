"""One layer: its kind, its fields, its activation, its tensors, and the shape that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc import familiar
from archcalc import register as kinds
from archcalc.dims import Shape, agree, possible
from archcalc.errors import likely, quote
from archcalc.fields import FieldError, flag
from archcalc.graph import refusals
from archcalc.graph.complaints import UnknownError
from archcalc.graph.values import ACTIVATION, Node, Tie
from archcalc.graph.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.graph.frame import Frame
    from archcalc.layer import Layer, Rule
    from archcalc.spec import Entry
    from archcalc.spec.node import Node as Text

    Fields = Mapping[str, tuple[Text, Text]]

_NO_FIELDS: Fields = {}
_TRAINABLE = flag("whether training changes its tensors", default=True)
_NO_ACTIVATION = frozenset({"", "~", "none", "null", "no", "false", "linear", "identity"})


class Binding(Wiring):
    """Makes a node of a layer as written."""

    def kind(self, op: str, at: Text, layer: str) -> type[Layer] | None:
        """The kind of an op, or of the op that is surely meant, after a complaint."""
        found = kinds.kind_or_plugin(op)
        if found is None and op in self.spec.blocks:
            self.complaints.about(at, f"{quote(op)} is a block, not an op", fix=f"block: {op}", layer=layer)
        elif found is None:
            fix = kinds.meant(op)
            more = "" if fix else "all ops: archcalc ops"
            self.complaints.about(at, f"there is no op {quote(op)}", fix=fix, more=more, layer=layer)
            found = kinds.kind(fix)
        return found

    def layer(
        self,
        entry: Entry,
        frame: Frame,
        path: str,
        sources: tuple[str, ...] | None,
        owner: str = "",
    ) -> str:
        """A layer of an op at a path, reading some nodes; the node that makes what it gives."""
        kind = self.kind(entry.what, entry.what_at, path)
        if kind and sources is not None and not self.fits_count(entry, frame, kind, sources):
            sources = None
        layer = self.bind(path, frame, kind, entry.fields, entry.what_at) if kind else None
        node = self.shape(entry, path, layer, sources) if layer and sources is not None else None
        if node:
            node.trainable = self.trainable(entry, frame, path)
            node.times, node.held = frame.times, frame.held
            if owner:
                self.owned(entry, node, owner)
            if entry.tie is not None:
                self.tied(entry, frame, node)
        if entry.activation is None:
            return path
        return self.activation(entry, frame, path, node) or path

    def fits_count(self, entry: Entry, frame: Frame, kind: type[Layer], sources: Sequence[str]) -> bool:
        """Whether a kind reads so many layers."""
        fewest, most = kind.inputs
        if len(sources) >= fewest and (most is None or len(sources) <= most):
            return True
        few = (
            f"{fewest} or more" if most is None else f"{fewest}" if fewest == most else f"{fewest} to {most}"
        )
        what = f"{kind.op} reads {few} layer{'s' * (few != '1')}"
        if entry.reads is None:
            self.complaints.about(
                entry.what_at,
                f"{what}, and from does not name them",
                layer=frame.path + entry.name,
                told=frame.told,
            )
        else:
            what += f", and from names {len(sources)}"
            self.complaints.about(entry.reads, what, layer=frame.path + entry.name, told=frame.told)
        self.miswired = True
        return False

    def bind(self, path: str, frame: Frame, kind: type[Layer], fields: Fields, op: Text) -> Layer | None:
        """The layer of the fields as written, or None after complaints."""
        same, place = not frame.words, (kind, id(fields))
        if same and place in self.met:
            return self.met[place][0]
        given = {
            key: node.value if type(node.value) is str else node.plain() for key, (_, node) in fields.items()
        }
        alike = None
        if same:
            alike = (kind, *given.items())
            try:
                kept = self.bound.get(alike)
            except TypeError:  # lists are not kept
                alike = kept = None
            if kept is not None:
                self.met[place] = kept, fields
                return kept
        else:
            given = {key: frame.given(plain) for key, plain in given.items()}
        asked = frame.scope.asked
        try:
            values, problems = kind.read(given, frame.scope)
        except UnknownError:
            return None
        for found in problems:
            self.complaints.within(fields.get(found[0][0]), found, path, op, frame.told)
        if values is None:
            return None
        layer = kind.bound(values) if self.open else familiar.layer(kind, values)
        if same and asked == frame.scope.asked and not problems:
            self.met[place] = layer, fields
            if alike is not None:
                self.bound[alike] = layer
        return layer

    def shape(self, entry: Entry, path: str, layer: Layer, sources: tuple[str, ...]) -> Node | None:
        """A node on the shapes that it reads; None where one is unknown or refused."""
        graph = self.graph
        xs = tuple([x for source in sources if (x := graph.shape(source)) is not None])
        if len(xs) < len(sources):
            return None
        ids = bool(graph.indices) and not graph.indices.isdisjoint(sources)
        what = "makes of indices" if ids else "makes"
        y, rules = self.known(what, layer, xs), []
        if y is None:
            found = self.accepted(entry, path, layer, sources, xs)
            if found is None:
                return None
            rules, y = found, layer.output(*xs)
            if rules:
                y = Shape(map(possible, y), y.axes)
            else:
                self.learn(what, layer, xs, y)
        node = Node(path, layer, sources, xs, y)
        node.entry = entry
        node.rules = rules
        graph.add(node)
        if ids and layer.rearranges and sources[0] in graph.indices:
            graph.indices.add(path)
        return node

    def accepted(
        self, entry: Entry, path: str, layer: Layer, sources: tuple[str, ...], xs: tuple[Shape, ...]
    ) -> list[Rule] | None:
        """The conditions of a layer on what it reads that hold for some sizes; None where one is broken."""
        if layer.refusal(*xs):
            refusals.refuse(entry, path, layer, sources, xs, self.graph, self.complaints)
            return None
        if not self.fits_indices(entry, path, layer, sources):
            return None
        stated = layer.requires(*xs)
        rules = []
        for rule in (*layer.fields_hold(), *stated) if self.open else stated:
            if rule.holds is False:
                self.impossible = self.impossible or not self.complaints
                if rule.field == "kernel_size" and self.too_small is None:
                    self.too_small = len(self.complaints)
                refusals.broken(entry, path, rule, sources, xs, self.graph, self.complaints)
                return None
            if rule.holds is not True:
                rules.append(rule)
        return rules

    def fits_indices(self, entry: Entry, path: str, layer: Layer, sources: tuple[str, ...]) -> bool:
        """Whether what looks indices up reads indices, and what reckons with numbers reads numbers."""
        indices = self.graph.indices
        reads = [source for source in sources if source in indices]
        if layer.vocabulary() is not None and not reads:
            what = f"{layer.op} looks up indices, and {self.graph.layer_of(sources[0])} gives numbers"
            fix = "an input of dtype: int"
        elif reads and not (layer.rearranges or ("T",) in (layer.takes or ())):
            what = f"{layer.op} reckons with numbers, and {self.graph.layer_of(reads[0])} gives indices"
            fix = "an embedding between them"
        else:
            return True
        self.complaints.about(entry.what_at, what, fix=fix, layer=path)
        return False

    def activation(self, entry: Entry, frame: Frame, path: str, node: Node | None) -> str:
        """The activation of a layer, as a layer of its own after it; its node, or nothing."""
        at = entry.activation
        assert at is not None
        fields = _NO_FIELDS
        value = frame.given(at.value) if isinstance(at.value, str) else at.value
        if value == "none" and at.value in frame.words:
            return ""
        given = at.value
        if isinstance(value, dict) and isinstance(at.value, str):  # an argument that is a map
            given = {key: (at, type(at)(str(part), *at.spot)) for key, part in value.items()}
        if isinstance(given, dict):
            pairs = dict(given)
            pair = pairs.pop("op", None)
            if pair is None or not isinstance(pair[1].value, str):
                fix = "{op: tanh, slope: 2/3}"
                self.complaints.about(at, "an activation without op", fix=fix, layer=path)
                return ""
            word, op_at, fields = frame.given(pair[1].value), pair[1], pairs
        elif isinstance(value, str):
            word, op_at = value, at
        else:
            self.complaints.about(at, f"an activation is a word or a map, not {at.kind}", layer=path)
            return ""
        kind = self.bend(word, op_at, path)
        layer = self.bind(path, frame, kind, fields, op_at) if kind else None
        if not layer or not node:
            return ""
        if not node.layer.units:
            why = ["it is short for a layer after one that computes units"]
            own = f"{{name: {kind.op}, op: {kind.op}}}" if kind else ""
            fix = own and f"{own} as a layer after {entry.name}"
            self.complaints.about(at, f"{node.layer.op} takes no activation", why=why, fix=fix, layer=path)
        bent = self.shape(entry, path + ACTIVATION, layer, (path,))
        if not bent:
            return ""
        bent.row, bent.trainable = path, node.trainable
        bent.times, bent.held = node.times, node.held
        theirs = self.graph.by_name.get(node.owner + ACTIVATION) if node.owner else None
        if theirs is not None and theirs.entry is not None and theirs.entry.activation is entry.activation:
            bent.owner = theirs.owner or theirs.name
        return bent.name

    def bend(self, word: str, at: Text, path: str) -> type[Layer] | None:
        """The kind of activation that a word means, or surely means; None after a complaint."""
        found = kinds.kind_or_plugin(word)
        if found and found.bends:
            return found
        bends = {kind.op: kind for kind in kinds.kinds() if kind.bends}
        mend = kinds.meant(word) if kinds.meant(word) in bends else likely(word, bends)
        fix = mend or ("leave activation out" if word.lower() in _NO_ACTIVATION else "")
        what = f"{found.op} is no activation" if found else f"there is no activation {quote(word)}"
        self.complaints.about(at, what, why=[f"activations: {', '.join(bends)}"], fix=fix, layer=path)
        return bends.get(mend)

    def trainable(self, entry: Entry, frame: Frame, path: str) -> bool:
        """Whether training changes the tensors of a layer."""
        if entry.trainable is None:
            return frame.trainable
        try:
            given = frame.given(entry.trainable.plain())
            return bool(_TRAINABLE.read(given, frame.scope)) and frame.trainable
        except UnknownError:
            return True
        except FieldError as error:
            self.complaints.about(entry.trainable, f"trainable {error}", fix=error.fix, layer=path)
            return True

    def owned(self, entry: Entry, node: Node, owner: str) -> None:
        """A layer that uses the tensors of another, which must have the same shapes."""
        first = self.graph.by_name.get(self.first_of.setdefault(owner, owner))
        if first is None:  # it was not there the first time: this is the first
            self.first_of[owner] = node.name
            self.unlike += 1
            return
        own, others = node.layer.weights(*node.xs), first.layer.weights(*first.xs)
        for word, shape in others.items():
            if not agree(own.get(word, ()), shape):
                what = f"it shares the tensors of {owner}, and its {word} would be {_sized(own.get(word))}"
                why = [f"{owner} has {word} {_sized(shape)}, made for {', '.join(map(repr, first.xs))}"]
                self.complaints.about(entry.what_at, what, why=why, layer=node.name)
                return
        node.owner = first.owner or first.name

    def tied(self, entry: Entry, frame: Frame, node: Node) -> None:
        """Tensors of a layer that are another layer's."""
        at = entry.tie
        assert at is not None
        if not isinstance(at.value, dict):
            fix = f"tie: {{weight: {at.value}}}" if isinstance(at.value, str) and "." in at.value else ""
            self.complaints.about(at, "tie is a map, as {weight: tok.weight}", fix=fix, layer=node.name)
            return
        own = _stored(node)
        for word, (key, target) in at.value.items():
            if word not in own:
                why = [f"its tensors: {', '.join(own) or 'none'}"]
                what = f"{node.layer.op} has no tensor {quote(word)}"
                self.complaints.about(key, what, why=why, fix=likely(word, own), layer=node.name)
            elif not isinstance(target.value, str):
                self.complaints.about(
                    target, f"a tie is a tensor, as tok.weight, not {target.kind}", layer=node.name
                )
            else:
                self.tie(frame, node, word, own[word], target)

    def tie(self, frame: Frame, node: Node, word: str, shape: Shape, target: Text) -> None:
        """One tensor of a layer that is another layer's, perhaps transposed."""
        assert isinstance(target.value, str)
        text = target.value.removesuffix(".T")
        transposed = text != target.value
        path, _, tensor = text.rpartition(".")
        other = self.seen(frame, path)
        if other is None:
            if not any(problem.layer == path for problem in self.complaints):
                fix = frame.scope.likely(path, frame.known())
                what = f"tie names {quote(target.value)}, and no layer above is called {quote(path)}"
                self.complaints.about(target, what, fix=fix and f"{fix}.{tensor}", layer=node.name)
            return
        if other is node:
            what = f"tie names {quote(target.value)}, which is its own"
            self.complaints.about(
                target, what, why=["a tensor is tied to that of a layer above"], layer=node.name
            )
            return
        theirs = _stored(other)
        if tensor not in theirs:
            why = [f"tensors of {path}: {', '.join(theirs) or 'none'}"]
            what = f"{path} has no tensor {quote(tensor)}"
            self.complaints.about(target, what, why=why, fix=likely(tensor, theirs), layer=node.name)
            return
        plain = tuple(theirs[tensor])
        found, otherwise = (plain[::-1], plain) if transposed else (plain, plain[::-1])
        if not agree(found, shape):
            what = f"{word} is {_sized(shape)}, and {target.value} is {_sized(found)}"
            fix = text if transposed else f"{text}.T"
            if otherwise != tuple(shape):
                fix = ""
            self.complaints.about(target, what, fix=fix, layer=node.name)
            return
        node.ties = {**node.ties, word: Tie(other.owner or other.name, tensor, transposed)}

    def seen(self, frame: Frame, path: str) -> Node | None:
        """The layer that a path means here, or in what this block stands in."""
        scope: Frame | None = frame
        while scope is not None:
            found = self.graph.by_name.get(scope.path + path)
            if found is not None:
                self.read(found.name)
                if scope is not frame and found.name.startswith(frame.path.partition(".")[0] + "."):
                    self.unlike += 1  # in another copy it would be the same layer, and not that copy's
                return found
            scope = scope.outer
        return None


def _stored(node: Node) -> dict[str, Shape]:
    """The tensors of a layer, trained and not."""
    return {**node.layer.weights(*node.xs), **node.layer.buffers(*node.xs)}


def _sized(shape: Any) -> str:
    return "x".join(map(str, shape or ())) or "none"
