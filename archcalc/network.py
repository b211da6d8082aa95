"""The user's one object: load a network, read its figures, ask for its views."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archcalc.collector import paused
from archcalc.errors import UsageError
from archcalc.spec import find, parse
from archcalc.spec.node import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archcalc.analysis import Analysis, Row
    from archcalc.verdicts import Verdicts
    from archcalc.dims import Shape
    from archcalc.explanation import Explanation
    from archcalc.forward import Activations
    from archcalc.graph import Graph
    from archcalc.layer import Layer
    from archcalc.render.diagram import Drawing
    from archcalc.spec import Spec
    from archcalc.verification import Verification


class Net:
    """A network at some sizes. Figures are exact ints, or formulas where sizes are letters.

    >>> from archcalc import Net, layers
    >>> net = Net([layers.Conv2d(6, 5), layers.Flatten(), layers.Linear(10)], input=(1, 28, 28))
    >>> net.params
    34726

    Raises SpecError, with every mistake, where the layers do not go together.
    """

    def __init__(
        self,
        layers: Iterable[Layer | tuple[str, Layer]],
        *,
        input: Sequence[int],  # noqa: A002  (the word of the spec language)
        name: str = "network",
    ) -> None:
        from archcalc.spec.write import document

        spec = parse(Document("<network>", document(layers, input, name)))
        self._set(spec, {}, None, None)

    @classmethod
    def _of(
        cls,
        spec: Spec,
        sizes: Mapping[str, Any],
        given: Sequence[Any] | None = None,
        free: Iterable[str] | None = None,
    ) -> Net:
        net = cls.__new__(cls)
        net._set(spec, sizes, given, free)
        return net

    def _set(
        self, spec: Spec, sizes: Mapping[str, Any], given: Sequence[Any] | None, free: Iterable[str] | None
    ) -> None:
        from archcalc.analysis import Analysis
        from archcalc.graph import build

        self.spec = spec
        self.sizes = dict(sizes)
        self.given = given
        self.free = None if free is None else tuple(free)
        with paused():
            self.graph: Graph = build(spec, self.sizes, given, self.free)
            self.analysis: Analysis = Analysis(self.graph)

    # -- figures

    @property
    def name(self) -> str:
        """The network's name, as its spec has it."""
        return self.spec.name

    @property
    def shown(self) -> str:
        """What to type on a command line to mean this network."""
        file = self.spec.document.name
        bare = os.path.basename(file).removesuffix(".yaml")
        from archcalc.spec.find import bundled, folder

        if os.path.isfile(os.path.join(folder(), bare + ".yaml")) and file.endswith(".yaml"):
            same = os.path.abspath(file) == os.path.join(folder(), bare + ".yaml") or file == bare + ".yaml"
            return bare if same else file
        path = os.path.abspath(file)
        return next((name for name, at in bundled().items() if at == path), file)

    @property
    def symbolic(self) -> bool:
        """Whether some sizes are letters."""
        return self.free is not None

    @property
    def defaults(self) -> dict[str, int]:
        """The sizes in the file of the symbols that are letters here."""
        plain = {name: node.value for name, (_, node) in self.spec.symbols.items() if name in (self.free or ())}
        return {name: int(text) for name, text in plain.items() if isinstance(text, str) and text.isdigit()}

    @property
    def as_written(self) -> bool:
        """Whether every size is the one in the file."""
        return not self.sizes and self.given is None and not self.symbolic

    @property
    def input(self) -> Shape:
        """The shape of one example."""
        return self.graph.input

    @property
    def output(self) -> Shape:
        """The shape of what the network gives for one example."""
        return self.graph.output

    @property
    def rows(self) -> list[Row]:
        """The figures of each layer, activations and re-arrangements folded in."""
        return self.analysis.rows

    @property
    def params(self) -> Any:
        """Trainable scalars."""
        return self.analysis.total.params

    @property
    def fixed(self) -> Any:
        """Scalars that are stored and not trained."""
        return self.analysis.total.fixed

    @property
    def connections(self) -> Any:
        """Links into units, biases included."""
        return self.analysis.total.connections

    @property
    def neurons(self) -> Any:
        """Units that the network computes; the inputs are not counted."""
        return self.analysis.total.neurons

    @property
    def macs(self) -> Any:
        """Multiply-accumulates for one example."""
        return self.analysis.total.macs

    @property
    def flops(self) -> Any:
        """Floating-point operations for one example."""
        return self.analysis.total.flops

    def __getitem__(self, name: str) -> Row:
        return self.analysis[name]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    # -- the same network otherwise

    def at(
        self, *, input: Sequence[Any] | None = None, **sizes: Any  # noqa: A002
    ) -> Net:
        """The same spec with other sizes, or another input."""
        merged = {**self.sizes, **sizes}
        if input is not None:
            axes = {str(getattr(node, "value", "")) for node in _parts(self.spec)}
            merged = {name: size for name, size in merged.items() if name not in axes}
        return Net._of(self.spec, merged, self.given if input is None else input, self.free)

    # -- verbs; each room is opened when it is asked for

    def report(self, columns: Sequence[str] | None = None, format: str = "table", width: int | None = None) -> Any:  # noqa: A002
        """The table: a Page, or text in `markdown`, `latex`, `csv` or `json`."""
        from archcalc.render.report import report

        return report([self], columns, format, width)

    def check(self, *claims: str) -> Verdicts:
        """Verdicts on the spec's published figures, or on claims such as `params=61706`."""
        from archcalc.verdicts import judge

        return judge(self.analysis, claims or None)

    def explain(self, layer: str = "total", quantity: str | None = None) -> Explanation:
        """Where the figures of a layer come from: formula, substitution, result."""
        from archcalc.explanation import explain

        return explain(self, layer, quantity)

    def verify(self, seed: int = 0) -> Verification:
        """The shapes, connections and operations found by running the reference forward pass."""
        from archcalc.verification import verify

        return verify(self.graph, seed=seed)

    def forward(self, x: Any = None, tensors: Any = None, seed: int = 0) -> Activations:
        """What every layer gives for one example, by name, in float64."""
        from archcalc.forward import run

        return run(self.graph, x, tensors, seed)

    def draw(self) -> Drawing:
        """A diagram: `.svg`, `.png()`, `.dot`, and `.save("net.svg")`."""
        from archcalc.render.diagram import draw

        return draw(self)

    def to_yaml(self) -> str:
        """The network in the spec language, what it extends written out."""
        from archcalc.spec.write import spec_text

        return spec_text(self.spec)

    # -- shows itself

    def __repr__(self) -> str:
        return f"Net({self.name!r}, {len(self)} layers, params={self.params}, macs={self.macs})"

    def __str__(self) -> str:
        return str(self.report())

    def __rich__(self) -> Any:
        return self.report().__rich__()

    def _repr_html_(self) -> str:
        from archcalc.render.html import table

        return table(self)


def _parts(spec: Spec) -> list[Any]:
    """The nodes of the input's sizes."""
    if spec.input is None or isinstance(spec.input.value, str):
        return []
    value = spec.input.value
    return value if isinstance(value, list) else [node for _, _, node in spec.input.pairs()]


def load(
    source: Any,
    *,
    sizes: Mapping[str, Any] | None = None,
    input: Sequence[Any] | None = None,  # noqa: A002
    symbolic: Iterable[str] | bool = False,
) -> Net:
    """The network of a path, a bundled name, a spec's text, a dict, or a list of layers.

    `sizes` sets symbols, `input` replaces the input's shape, `symbolic` names symbols that stay
    letters, or is True for all of them.

    >>> load("lenet5").params
    60000
    >>> load("lenet5", input=(1, 64, 64))["C5"].output
    120@9x9

    Raises SpecError, MissingError or UsageError, each with what, where, why and how to mend.
    """
    if isinstance(source, Net):
        spec = source.spec
    elif isinstance(source, dict):
        from archcalc.spec.write import text

        spec = parse(Document("<dict>", text(source)))
    elif isinstance(source, str) and "\n" in source:
        spec = parse(Document("<text>", source))
    elif isinstance(source, str | os.PathLike):
        spec = parse(find(os.fspath(source)))
    elif isinstance(source, list | tuple):
        if input is None:
            raise UsageError("a list of layers needs input=, the shape of one example")
        return Net(source, input=input)
    else:
        raise UsageError(f"a network is a path, a name, a text, a dict or a list, not {type(source).__name__}")
    return Net._of(spec, sizes or {}, input, letters(spec, symbolic))



def letters(spec: Spec, symbolic: Iterable[str] | bool) -> list[str] | None:
    """The names that stay letters: those asked for; for True all symbols, or else the input's axes."""
    if symbolic is False:
        return None
    if symbolic is True:
        if spec.symbols:
            return list(spec.symbols)
        from archcalc.dims import axes_of_rank

        return [axis for axis in axes_of_rank(len(_parts(spec))) if axis != "C"]
    names = list(symbolic)
    from archcalc.dims import axes_of_rank
    from archcalc.errors import Problem, quote
    from archcalc.spec.document import likely

    known = [*spec.symbols, *axes_of_rank(len(_parts(spec)))]
    for name in names:
        if name not in known:
            why = (f"symbols and axes of {spec.name}: {', '.join(dict.fromkeys(known))}",)
            raise UsageError(Problem(f"there is no symbol {quote(name)} to free", why, likely(name, known)))
    return names
