"""The user's one object: load a network, read its figures, ask for its views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.analysis import Analysis
from archcalc.errors import UsageError
from archcalc.graph import build, rebuild
from archcalc.layer import Layer
from archcalc.measures import USUAL, Measures
from archcalc.quantities import REFERENCE
from archcalc.spec import parse
from archcalc.spec.node import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import torch

    from archcalc.analysis import Row
    from archcalc.closed_form import Formula
    from archcalc.conventions.compare import Counts
    from archcalc.conventions.count import Count
    from archcalc.difference import Difference
    from archcalc.dims import Shape
    from archcalc.drawing import Drawing
    from archcalc.explanation import Explanation
    from archcalc.export.testimony import Testimony
    from archcalc.forward import Activations
    from archcalc.graph import Graph
    from archcalc.solution import Solution
    from archcalc.spec import Spec
    from archcalc.sweeping.result import Sweep
    from archcalc.training import Training
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
        self._of(build(parse(Document("<network>", _text(layers, sizes_of(input), name)))))

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

    # -- figures that the whole network has to be asked for

    def measure(self, layer: str, quantity: str, dtype: str = USUAL) -> Any:
        """Any figure of a layer, a block or `total` by its name, those in bytes in a dtype."""
        return Measures(self.analysis, dtype).of(layer, quantity)

    def weights(self, dtype: str = USUAL) -> Any:
        """Bytes of all that is stored, trained or not, a shared tensor once."""
        return self.measure("total", "weights", dtype)

    def peak(self, dtype: str = USUAL) -> int:
        """The most bytes that the activations of one example take at once; archcalc.memory says where.

        Raises UsageError where sizes are letters.
        """
        return Measures(self.analysis, dtype).peak(self.analysis.total).total

    @property
    def training_macs(self) -> Any:
        """Multiply-accumulates of a training step on one example: forward, and both kinds of gradient."""
        return self.measure("total", "training_macs")

    def training(self, optimizer: str = "adam", dtype: str = USUAL, batch: int = 1) -> Training:
        """Bytes of a training step: weights, gradients, the optimizer's numbers, activations that are kept.

        Raises UsageError for an optimizer or a dtype that there is not.
        """
        from archcalc.training import training

        return training(self.analysis, optimizer, dtype, batch)

    def receptive_field(self, layer: str = "total") -> Shape:
        """Cells of the input that a unit of a layer sees, along each axis but the channels."""
        return self.measure(layer, "receptive_field")  # type: ignore[no-any-return]

    def effective_stride(self, layer: str = "total") -> Shape:
        """Cells of the input from one unit of a layer to the next, along each axis."""
        return self.measure(layer, "effective_stride")  # type: ignore[no-any-return]

    def effective_padding(self, layer: str = "total") -> Shape:
        """Cells that the first unit of a layer sees before the input begins, along each axis."""
        return self.measure(layer, "effective_padding")  # type: ignore[no-any-return]

    def __getitem__(self, name: str | int) -> Row:
        """The row of a layer, by its name or its place."""
        return self.rows[name] if isinstance(name, int) else self.analysis[name]

    def __contains__(self, name: object) -> bool:
        return name in self.analysis.by_name or name in self.analysis.parts

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    # -- the same network otherwise

    def at(self, /, *, input: Sequence[Any] | None = None, **sizes: Any) -> Net:
        """The same spec with other sizes, or another input."""
        return made(rebuild(self.graph, sizes_of(input), **sizes))

    # -- verbs; each room is opened when it is asked for

    def report(
        self,
        columns: Sequence[str] | None = None,
        format: str = "table",
        width: int | None = None,
        *,
        depth: int | str | None = None,
        only: str = "",
        sort: str = "",
        top: int | None = None,
        exact: bool = False,
        convention: str = REFERENCE,
        blank: Sequence[str] = (),
        keep: Sequence[str] = (),
        hint: bool = False,
    ) -> Any:
        """The table: a Page, or text: `markdown`, `latex`, `fragment`, `csv`, `json`, or a page, `html`.

        `depth` folds blocks to so many parts of their path, or `"all"` to none; `only` shows what stands
        under one path; `sort` names a figure, and `top` says how many of the dearest rows to show;
        `convention` counts as another tool does. With `blank` columns it is an exercise, in which the
        layers of `keep` are done as examples, with a `hint` or without.
        """
        from archcalc.folding import Choice
        from archcalc.render.exercise import Asked
        from archcalc.render.report import report

        choice = Choice(depth, only, sort, top)
        net = self.analysis if convention == REFERENCE else self.count(convention)
        asked = Asked(blank, keep, hint) if blank or keep or hint else None
        return report([net], columns, format, width, choice=choice, exact=exact, asked=asked)

    def count(self, convention: str = REFERENCE) -> Count:
        """The network as a convention counts it: a name, as `fvcore`, or the path of a file.

        >>> from archcalc import load
        >>> load("lenet5-pytorch").count("thop").macs
        418096

        Raises MissingError for a convention that there is not, SpecError for a file that is none.
        """
        from archcalc.conventions import named
        from archcalc.conventions.count import Count

        return Count(self.analysis, named(convention))

    def counts(self, *conventions: str) -> Counts:
        """The network by several conventions side by side; where none is named, by all that there are.

        Raises MissingError for a convention that there is not, SpecError for a file that is none.
        """
        from archcalc.conventions.compare import Counts

        return Counts(self.analysis, conventions)

    def check(self, *claims: str, dtype: str = USUAL, convention: str = REFERENCE) -> Verdicts:
        """Verdicts on the spec's published figures, or on claims such as `params=61706`.

        `dtype` is that of claims in bytes, such as `peak <= 128KiB`; `convention` whose way of counting
        claims are, such as fvcore's.
        """
        from archcalc.verdicts import judge

        return judge(self.analysis, claims or None, dtype, convention=convention)

    def solve(
        self,
        sizes: Mapping[str, Any] | Sequence[str] | str,
        *claims: str,
        dtype: str = USUAL,
        most: str = "",
        least: str = "",
    ) -> Solution:
        """The sizes at which all claims hold: `net.solve({"width": "0.05:1:0.05"}, "macs <= 20M")`.

        `sizes` names what is looked for, or maps it to the values that it may take. Of claims that say
        how much there may be at most the largest sizes are given, of such as say only how much at least
        the smallest, of an equation all; `most` or `least` names a figure that decides instead.
        Raises UsageError for a question that has no meaning, or would take too long.
        """
        from archcalc.solution import solve

        return solve(self.analysis, sizes, claims, dtype, most=most, least=least)

    def diff(self, other: Net, columns: Sequence[str] | None = None) -> Difference:
        """The network beside another: every change of a layer, and what it costs.

        Raises UsageError for a column that rows do not hold.
        """
        from archcalc.difference import Difference

        return Difference(self.analysis, other.analysis, columns)

    def explain(self, layer: str = "total", quantity: str | None = None) -> Explanation:
        """Where the figures of a layer come from: formula, substitution, result."""
        from archcalc.explanation import explain

        return explain(self.analysis, layer, quantity)

    def formula(
        self,
        quantity: str = "params",
        symbolic: Iterable[str] | str | None = None,
        *,
        layer: str = "total",
        dtype: str = USUAL,
        group: str = "",
    ) -> Formula:
        """A figure as one closed form of the sizes named in `symbolic`, as `"d,L"`, or of all.

        A network that is in letters already keeps its own. `group` is a letter, by whose powers the
        terms stand together, or `layer`.

        Raises UsageError for a figure that no formula gives, and for one too large to write down.
        """
        from archcalc.closed_form import closed
        from archcalc.loading import load

        net = self if self.symbolic else load(self, symbolic=True if symbolic is None else symbolic)
        return closed(net.analysis, quantity, layer, dtype, group)

    def verify(self, seed: int = 0) -> Verification:
        """The shapes, connections and operations found by running the reference forward pass.

        Raises ForwardError where sizes are letters, or the network is too large to run.
        """
        from archcalc.verification import verify

        return verify(self.graph, seed=seed)

    def export(self, format: str = "torch", seed: int = 0, weights: str | None = None) -> str | bytes:
        """The network for another framework: source code for `torch` as text, an `onnx` file as bytes.

        Of an ONNX file `weights` are `seeded`, or `none`: their shapes alone.

        Raises UsageError for a format that there is not, ConvertError for a layer that it does not have.
        """
        from archcalc.export.formats import export

        return export(self.graph, format, seed, weights)

    def to_torch(self) -> torch.nn.Module:
        """The network as a module of PyTorch, made by its exported source, with PyTorch's own weights.

        Raises ConvertError for a layer that PyTorch does not have, and where PyTorch is not installed.
        """
        from archcalc.export.torch.witness import module

        return module(self.graph)

    def hear(self, witness: str, seed: int = 0) -> Testimony:
        """The same seeded tensors through another framework, such as `torch`, layer by layer.

        Raises UsageError for a witness that there is not, ConvertError where its package is missing,
        ForwardError where sizes are letters, or the network is too large to run.
        """
        from archcalc.export.testimony import hear, named

        return hear(self.graph, named(witness, self.graph), seed)

    def forward(self, x: Any = None, tensors: Any = None, seed: int = 0) -> Activations:
        """What every layer gives for one example, by name, in float64; `C1.before` is before its activation.

        `x` has the input's shape; `tensors` has arrays by layer and name, and a layer that it leaves out
        has seeded ones. Raises ForwardError for what does not fit, for letters, for a net too large.
        """
        from archcalc.forward import run

        return run(self.graph, x, tensors, seed)

    def infer(
        self, x: Any = None, tensors: Any = None, seed: int = 0, *, max_memory: int | None = None
    ) -> Activations:
        """What the network gives for one example, by the names of its outputs, in float32, at real size.

        By the fastest road that NumPy has, in memory that is known before: `archcalc.swift.need(net.graph)`.
        `x` and `tensors` are as for `forward`, but `tensors` has those of every layer. Raises ForwardError
        where it would take more than `max_memory` bytes (4 GiB).
        """
        from archcalc import swift

        most = swift.MOST if max_memory is None else max_memory
        return swift.infer(self.graph, x, tensors, seed, most=most)

    def sweep(self, where: Iterable[str] | str = (), **asked: Any) -> Sweep:
        """Every combination of some sizes, as `net.sweep(H="128:256:32", best="macs")`."""
        from archcalc.sweeping.result import sweep

        return sweep(self, where, **asked)

    def draw(self, style: str = "graph", **options: Any) -> Drawing:
        """A picture: `.svg`, `.png()`, and `.dot` or `.tex` where the style has one.

        `net.draw(depth=1)` folds its blocks as a report does; archcalc.drawing.STYLES has the styles, and
        each takes the options of its `draw`. Raises DrawingError where it is too large to lay out.
        """
        from archcalc.drawing import draw

        return draw(self.analysis, style, **options)

    def to_yaml(self) -> str:
        """The network in the spec language at its own sizes, what it extends written out.

        Raises UsageError where sizes are letters.
        """
        from archcalc.spec.write import spec_text

        if self.symbolic:
            raise UsageError("a spec has a size for each symbol; set those that are letters")
        graph = self.graph
        if graph.as_written:
            return spec_text(self.spec)
        return spec_text(self.spec, graph.symbols, self.input if graph.given is not None else None)

    # -- shows itself

    def __repr__(self) -> str:
        return f"Net({self.name!r}, {len(self)} layers, params={self.params}, macs={self.macs})"

    def __str__(self) -> str:
        return str(self.report())

    def __rich__(self) -> Any:
        return self.report().__rich__()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self).strip("\n"), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        from archcalc.render.notebook import network

        return network(self.analysis)


def made(graph: Graph) -> Net:
    """The network of a graph."""
    net = Net.__new__(Net)
    net._of(graph)  # noqa: SLF001  (its own second constructor)
    return net


def _text(items: Iterable[Any], shape: Sequence[int], name: str) -> str:
    """A spec of layer objects; those without a name are numbered by op, as conv2d_1."""
    from archcalc.spec.write import bare, text

    counts: dict[str, int] = {}
    entries = []
    for item in items:
        called, layer = item if isinstance(item, tuple) and len(item) == 2 else ("", item)
        if not isinstance(layer, Layer) or not isinstance(called, str):
            raise UsageError(
                f"a layer is an object as layers.Conv2d(6, 5), or a name and one, not {item!r:.40}"
            )
        counts[layer.op] = counts.get(layer.op, 0) + 1
        fields = {key: bare(value) for key, value in layer.given().items()}
        entries.append({"name": called or f"{layer.op}_{counts[layer.op]}", "op": layer.op, **fields})
    return text({"archcalc": 1, "name": name, "input": list(shape), "layers": entries})


def sizes_of(given: Any) -> Any:
    """The sizes of a shape that is given, `1x28x28` read as on the command line, NumPy's integers as ints."""
    if given is None or isinstance(given, str):
        return given and given.split("x")
    return [size.item() if hasattr(size, "item") else size for size in given]
