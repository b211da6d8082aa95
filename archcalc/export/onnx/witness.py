"""ONNX Runtime as a witness: the model with every layer's output, run on given tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import ConvertError, MissingError, Problem
from archcalc.export.onnx.model import model, package
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.arrays import Array
    from archcalc.forward import Tensors
    from archcalc.graph import Graph


_FEW = 100_000  # numbers of a network that is tried in 64 bits, for which most kernels of size are missing


class Runtime:
    """A network in ONNX Runtime: in 64-bit floats where it is small and the kernels are there, else in 32."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.runtime = _runtime()
        self.name = "ONNX Runtime"
        self.dtype = "float32"
        self.tolerance = 1e-5
        self.stored = 0  # numbers in the file's tensors
        self.why = ""  # what the runtime complained of last

    @property
    def parameters(self) -> int:
        """Trained scalars: the initializers of the file, less what the network stores and does not train."""
        from archcalc.analysis import Analysis

        if not self.stored:
            made = model(self.graph)
            self.stored = _numbers(made)
        return self.stored - int(Analysis(self.graph).total.fixed)

    def run(self, inputs: Mapping[str, Array], tensors: Mapping[str, Tensors]) -> dict[str, Array]:
        """What nodes give for one example, by their names.

        Raises ConvertError where ONNX Runtime runs the model in neither type.
        """
        from archcalc.export.onnx.network import sketch

        numbers = sum(array.size for own in tensors.values() for array in own.values())
        found = None
        if numbers <= _FEW:
            found = self.in_type("float64", 1e-7, inputs, tensors)  # an attribute, as an eps, has 32 bits
        if found is None:
            found = self.in_type("float32", 1e-5, inputs, tensors)
        if found is None:
            raise ConvertError(Problem("ONNX Runtime does not run the model", (self.why,)))
        return {layer.node.name: found[layer.place.value][0] for layer in sketch(self.graph).layers}

    def in_type(
        self, dtype: str, tolerance: float, inputs: Mapping[str, Array], tensors: Mapping[str, Tensors]
    ) -> dict[str, Array] | None:
        """What the model gives with floats of a type; None where a kernel of that type is missing."""
        self.dtype, self.tolerance = dtype, tolerance
        made = model(self.graph, tensors=tensors, every=True, dtype=dtype)
        self.stored = _numbers(made)
        options = self.runtime.SessionOptions()
        options.log_severity_level = 4  # errors are raised, and need not be printed too
        options.graph_optimization_level = self.runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            session = self.runtime.InferenceSession(
                made.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            names = [out.name for out in session.get_outputs()]
            return dict(zip(names, session.run(names, self.given(inputs)), strict=True))
        except Exception as error:  # noqa: BLE001  (its errors share no base, and a missing kernel is one)
            self.why = str(error).partition("\n")[0]
            return None

    def given(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The inputs as a batch of one."""
        indices = self.graph.indices
        return {
            name: np.asarray(x)[None].astype("int64" if name in indices else self.dtype)
            for name, x in inputs.items()
        }


def witness(graph: Graph) -> Runtime:
    """The witness for a network. Raises MissingError where a package is not installed."""
    package()
    return Runtime(graph)


def _numbers(made: Any) -> int:
    """Numbers in the initializers of a model."""
    return sum(int(np.prod(list(tensor.dims), dtype=np.int64)) for tensor in made.graph.initializer)


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError:
        what = "a network runs in ONNX Runtime with the package onnxruntime, which is not installed"
        raise MissingError(Problem(what, fix="pip install onnxruntime")) from None
    return onnxruntime
