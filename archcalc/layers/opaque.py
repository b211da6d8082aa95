"""A layer whose inside is not described: the author declares its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, at_least
from archcalc.fields import axes, dim
from archcalc.layer import Layer, Rule, Work

if TYPE_CHECKING:
    from collections.abc import Iterable


class Opaque(Layer, op="opaque", also=("custom", "black_box")):
    """A layer whose figures are declared by hand, and believed.

    Shapes   any -> output_shape, or that of the first input
    Counts   what is declared; 2 FLOPs for each MAC unless num_flops says more; unknown where nothing is
    Source   the author of the spec: there is no forward, so nothing witnesses these figures
    """

    num_params: Dim = dim("trainable scalars", low=0, also=("params", "parameters", "n_params"))
    num_macs: Dim | None = dim(
        "multiply-accumulates on one example; unknown where left out",
        low=0,
        default=None,
        also=("macs", "mult_adds", "madds"),
    )
    num_flops: Dim | None = dim(
        "floating-point operations on one example, at least 2 for each MAC; exactly those where left out",
        low=0,
        default=None,
        also=("flops",),
    )
    num_fixed: Dim = dim(
        "scalars that are stored and not trained",
        low=0,
        default=0,
        also=("fixed", "num_buffers", "non_trainable"),
    )
    num_connections: Dim | None = dim(
        "links into its units; not defined where left out", low=0, default=None, also=("connections",)
    )
    num_neurons: Dim = dim("units that it computes", low=0, default=0, also=("neurons", "num_units", "units"))
    output_shape: Any = axes(
        "the axes of its output, each with its size; those of the first input where left out",
        default=None,
        also=("shape", "output_size"),
    )
    inputs = (1, None)
    declared = True
    formulas = dict.fromkeys(("params", "connections", "macs"), "declared by hand")

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """A multiply-accumulate is two FLOPs."""
        if self.num_flops is not None:
            macs = 0 if self.num_macs is None else self.num_macs
            yield Rule(
                at_least(self.num_flops, 2 * macs),
                lambda: f"{self.num_flops} FLOPs are fewer than 2 for each of {macs} MACs",
                lambda: "a multiply-accumulate is a multiplication and an addition",
                "num_flops",
            )

    def output(self, *xs: Shape) -> Shape:
        """As declared."""
        if self.output_shape is None:
            return xs[0]
        return Shape((size for _, size in self.output_shape), (axis for axis, _ in self.output_shape))

    def weights(self, *xs: Shape) -> dict[str, Shape]:
        """As many as declared, in one tensor."""
        return {"declared": Shape((self.num_params,))}

    def buffers(self, *xs: Shape) -> dict[str, Shape]:
        """As many as declared, in one tensor."""
        return {"declared_fixed": Shape((self.num_fixed,))}

    def connections(self, *xs: Shape, y: Shape) -> Dim | None:
        """As declared."""
        return self.num_connections

    def work(self, *xs: Shape, y: Shape) -> Work:
        """The MACs, and as additions what the FLOPs have beside them, since nobody said what they are."""
        if self.num_macs is None:
            return Work()
        if self.num_flops is None:
            return Work(mac=self.num_macs)
        return Work(mac=self.num_macs, add=self.num_flops - 2 * self.num_macs)

    def has_unknown_work(self) -> bool:
        """Whether the MACs are left out."""
        return self.num_macs is None

    def neurons(self, y: Shape) -> Dim:
        """As declared."""
        return self.num_neurons
