"""PyTorch as a witness: the exported source is run, and each layer's value is looked at."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import util
from typing import TYPE_CHECKING, Any

from archcalc.errors import ConvertError, Problem
from archcalc.export.source.file import Spot
from archcalc.export.source.witness import SourceWitness, imported, laid
from archcalc.export.torch.source import TorchSource
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import torch

    from archcalc.arrays import Array
    from archcalc.forward import Tensors
    from archcalc.graph import Graph


def needed() -> None:
    """Refuse to go on without PyTorch, in one sentence."""
    if util.find_spec("torch") is None:
        why = ("its CPU build is enough",)
        raise ConvertError(Problem("PyTorch is not installed", why, "pip install 'archcalc[torch]'"))


def module(graph: Graph) -> torch.nn.Module:
    """The network as a module of PyTorch, with PyTorch's own first weights."""
    needed()
    source = TorchSource(graph)
    made: torch.nn.Module = getattr(imported(source.text()), source.name)()
    return made


def witness(graph: Graph) -> TorchWitness:
    """PyTorch, for a network."""
    needed()
    return TorchWitness(graph)


class TorchWitness(SourceWitness):
    """A network in PyTorch, in float64."""

    name, tolerance = "PyTorch", 1e-9

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph, TorchSource(graph))
        self.file = imported(self.source.text(watched=True))
        with doubles():
            self.model: torch.nn.Module = getattr(self.file, self.source.name)().eval()

    @property
    def parameters(self) -> int:
        """Numbers that training changes, a tensor that two modules share once."""
        counts: list[int] = [p.numel() for p in self.model.parameters() if p.requires_grad]
        return sum(counts)

    @property
    def stored(self) -> int:
        """Numbers that are kept and not trained, but for counters of batches."""
        counts: list[int] = [p.numel() for p in self.model.parameters() if not p.requires_grad]
        state = self.model.state_dict()
        named = [buffer for name, buffer in self.model.named_buffers() if name in state]
        counts += [buffer.numel() for buffer in named if buffer.is_floating_point()]
        return sum(counts)

    def run(self, inputs: Mapping[str, Array], tensors: Mapping[str, Tensors]) -> dict[str, Array]:
        """What nodes give for one example."""
        import torch

        self.load(tensors)
        seen: dict[Spot, list[Any]] = {}
        paths = {id(part): path for path, part in self.model.named_modules()}
        wanted = {spot.module for spot in self.source.spots.values() if not spot.name}

        def watch(part: torch.nn.Module, name: str, value: Any) -> None:
            seen.setdefault(Spot(paths[id(part)], name), []).append(value)

        hooks = [
            part.register_forward_hook(_told(watch))
            for path, part in self.model.named_modules()
            if path in wanted
        ]
        vars(self.file)["watch"] = watch
        batch = [self.batch(inputs[name]) for name in self.graph.inputs]
        try:
            with torch.no_grad(), doubles():
                self.model(*batch)
        finally:
            for hook in hooks:
                hook.remove()
        return self.by_node(seen)

    def batch(self, x: Array) -> Any:
        """Two examples, the second the first the other way round; one where a norm is of the whole batch."""
        import torch

        examples = [x, x[::-1]]
        for node in self.graph.nodes:
            if node.layer.op == "batch_norm" and not node.layer.track_running_stats:  # type: ignore[attr-defined]
                examples = [x]
        return torch.from_numpy(np.stack(examples))

    def put(self, target: torch.Tensor, ours: Array, order: str) -> None:
        import torch

        with torch.no_grad():
            target.copy_(torch.from_numpy(laid(ours, tuple(target.shape), order)))

    def array(self, value: Any) -> Array | None:
        return value.detach().numpy() if hasattr(value, "detach") else None


def _told(watch: Callable[[Any, str, Any], None]) -> Callable[[Any, Any, Any], None]:
    return lambda part, _inputs, value: watch(part, "", value)


@contextmanager
def doubles() -> Iterator[None]:
    """Floats of 64 bits where nothing else is said."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
