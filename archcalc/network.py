"""The user's one object: load a network, read its figures, ask for its views."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from archcalc.analysis import Analysis
from archcalc.dims import axes_of_rank
from archcalc.errors import Problem, UsageError, likely, quote
from archcalc.graph import build
from archcalc.spec import find, parse
from archcalc.spec.node import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archcalc.analysis import Row
    from archcalc.dims import Shape
    from archcalc.explanation import Explanation
    from archcalc.forward import Activations
    from archcalc.graph import Graph
    from archcalc.layer import Layer
    from archcalc.render.diagram import Drawing
    from archcalc.spec import Spec
    from archcalc.verdicts import Verdicts
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
        input: Sequence[int],
        name: str = "network",
    ) -> None:
        from archcalc.spec.write import document

        spec = parse(Document("<network>", document(layers, input, name)))
        self._of(build(spec))

    def _of(self, graph: Graph) -> None:
        self.graph = graph
        self.analysis = Analysis(graph)

    @property
    def spec(self) -> Spec:
        """What the author wrote."""
        return self.graph.spec

    # -- figures

    @property
    def name(self) -> str:
        """The network's name, as its spec has it."""
        return self.spec.name

    @property
    def symbolic(self) -> bool:
        """Whether some sizes are letters."""
        return self.graph.symbolic

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

    def at(self, *, input: Sequence[Any] | None = None, **sizes: Any) -> Net:
        """The same spec with other sizes, or another input."""
        return made(self.graph.at(input, **sizes))

    # -- verbs; each room is opened when it is asked for

    def report(
        self, columns: Sequence[str] | None = None, format: str = "table", width: int | None = None
    ) -> Any:
        """The table: a Page, or text in `markdown`, `latex`, `csv` or `json`."""
        from archcalc.render.report import report

        return report([self.analysis], columns, format, width)

    def check(self, *claims: str) -> Verdicts:
        """Verdicts on the spec's published figures, or on claims such as `params=61706`."""
        from archcalc.verdicts import judge

        return judge(self.analysis, claims or None)

    def explain(self, layer: str = "total", quantity: str | None = None) -> Explanation:
        """Where the figures of a layer come from: formula, substitution, result."""
        from archcalc.explanation import explain

        return explain(self.analysis, layer, quantity)

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

        return draw(self.analysis)

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

        return table(self.analysis)


def made(graph: Graph) -> Net:
    """The network of a graph."""
    net = Net.__new__(Net)
    net._of(graph)  # noqa: SLF001  (its own second constructor)
    return net


def load(
    source: Any,
    *,
    sizes: Mapping[str, Any] | None = None,
    input: Sequence[Any] | None = None,
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
        raise UsageError(
            f"a network is a path, a name, a text, a dict or a list, not {type(source).__name__}"
        )
    return made(build(spec, sizes, input, letters(spec, symbolic)))


def letters(spec: Spec, symbolic: Iterable[str] | bool) -> list[str] | None:
    """The names that stay letters: those asked for; for True all symbols, or else the input's axes."""
    if symbolic is False:
        return None
    if symbolic is True:
        if spec.symbols:
            return list(spec.symbols)
        return [axis for axis in axes_of_rank(len(spec.sizes_of_input())) if axis != "C"]
    names = list(symbolic)
    known = [*spec.symbols, *axes_of_rank(len(spec.sizes_of_input()))]
    for name in names:
        if name not in known:
            why = (f"symbols and axes of {spec.name}: {', '.join(dict.fromkeys(known))}",)
            raise UsageError(Problem(f"there is no symbol {quote(name)} to free", why, likely(name, known)))
    return names
