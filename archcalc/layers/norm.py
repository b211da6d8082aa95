"""Normalisation by statistics of each channel, or of groups of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.arrays import pad, power, sqrt, stack, total
from archcalc.dims import Dim, Shape, at_least, divides, product
from archcalc.fields import dim, flag, number
from archcalc.layer import Rule, Work
from archcalc.layers.bases.along import Along, channels, places
from archcalc.layers.bases.standard import standardised, standardising
from archcalc.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy

    from archcalc.arrays import Array
    from archcalc.window import Tap

DECLARED: Any = None


class Refined(Along):
    """A layer that ends with a gain and a bias for each channel, where it has them."""

    in_place = True
    if TYPE_CHECKING:
        affine = scale = bias = DECLARED

    def gains(self) -> tuple[str, ...]:
        """The tensors that it trains."""
        weight = ("weight",) if self.affine and self.scale else ()
        return (*weight, "bias") if self.affine and self.bias else weight

    def weights(self, x: Shape) -> dict[str, Shape]:
        """A gain and a bias for each channel."""
        return {name: Shape((channels(x),)) for name in self.gains()}

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        words = {"weight": "a gain", "bias": "a bias"}
        found = " and ".join(words[name] for name in self.gains())
        return {"params": f"{found} for each channel" if found else ""}.get(quantity, "")

    def refining(self, y: Shape) -> Work:
        """A multiplication for each gain, an addition for each bias, at each place."""
        work = Work()
        if self.affine and self.scale:
            work = work.plus(Work(mul=product(y)))
        return work.plus(Work(add=product(y))) if self.affine and self.bias else work

    def refined(self, y: Array, tensors: dict[str, Array]) -> Array:
        """gain · y + bias, channel by channel."""
        if "weight" in tensors:
            y = y * self.laid(tensors["weight"], y)
        return y + self.laid(tensors["bias"], y) if "bias" in tensors else y


class PerChannel(Refined):
    """Each channel less its mean over its deviation, as they were while training, or are over the places."""

    if TYPE_CHECKING:
        eps = track_running_stats = DECLARED

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """Where statistics are those of the example, a channel has more than one number."""
        yield from super().requires(*xs)
        if not self.track_running_stats:
            yield Rule(
                at_least(places(xs[0]), 2),
                lambda: f"{self.op} without running statistics needs more than one place",
                lambda: "the deviation of one number is 0",
            )

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """Its own place; all places where the statistics are those of the example."""
        return super().reach(axis, *xs, y=y, of=of) if self.track_running_stats else None

    def buffers(self, x: Shape) -> dict[str, Shape]:
        """The running mean and variance of each channel."""
        kept = ("running_mean", "running_var") if self.track_running_stats else ()
        return {name: Shape((channels(x),)) for name in kept}

    def work(self, x: Shape, y: Shape) -> Work:
        """A deviation for each channel, then a difference and a quotient for each number."""
        if not self.track_running_stats:
            return standardising(product(y), channels(y)).plus(self.refining(y))
        deviations = Work(add=channels(y), special=channels(y))
        return deviations.plus(Work(add=product(y), div=product(y))).plus(self.refining(y))

    def values(self, name: str, shape: tuple[int, ...], rng: numpy.random.Generator) -> Array | None:
        """A variance is above 0."""
        return rng.uniform(0.5, 1.5, shape) if name == "running_var" else None

    def forward(self, x: Array, **tensors: Array) -> Array:
        """(x − mean)/√(variance + eps), then the gain and the bias."""
        if self.track_running_stats:
            mean = self.laid(tensors["running_mean"], x)
            deviation = sqrt(self.laid(tensors["running_var"], x) + float(self.eps))
            return self.refined((x - mean) / deviation, tensors)
        others = tuple(i for i, name in enumerate(self.spelled(x)) if name != "C")
        return self.refined(standardised(x, others, float(self.eps)), tensors)

    def swift(self, x: Array, **tensors: Array) -> Array:
        """x · s + t, where s and t of each channel are known before."""
        if not self.track_running_stats:
            return self.forward(x, **tensors)
        scale = tensors.get("weight", 1) / np.sqrt(tensors["running_var"] + float(self.eps))
        y = x * self.laid(scale, x)
        y += self.laid(tensors.get("bias", 0) - tensors["running_mean"] * scale, x)
        return y


class BatchNorm(
    PerChannel,
    op="batch_norm",
    also=("batch_norm1d", "batch_norm2d", "batch_norm3d", "nn.BatchNorm2d", "batch_normalization", "bn"),
):
    """Each channel less its running mean, over its running deviation, times a gain, plus a bias.

    Shapes   any with channels -> the same
    Counts   √(variance + eps) once for each channel; for each number − / · + one each; as in inference
    Source   Ioffe and Szegedy 2015, algorithm 2
    """

    eps: Any = number("added to the variance", default="0.00001", also=("epsilon",), low=0)
    momentum: Any = number("share of a new batch in the running statistics; training only", default="0.1")
    affine: bool = flag("a gain and a bias for each channel", default=True)
    scale: bool = flag("the gain, where affine", default=True, also=("gain",))
    bias: bool = flag("the bias, where affine", default=True, also=("center", "beta"))
    track_running_stats: bool = flag(
        "running statistics are stored; without them, those of the example", default=True
    )


class InstanceNorm(
    PerChannel,
    op="instance_norm",
    also=("instance_norm1d", "instance_norm2d", "instance_norm3d", "nn.InstanceNorm2d"),
):
    """Each channel of the example less its mean over the places, over its deviation there.

    Shapes   any with channels and places -> the same
    Counts   per channel of n numbers 3n − 1 additions, n squares, n + 2 divisions, a root
    Source   Ulyanov, Vedaldi and Lempitsky 2016; defaults as in torch.nn.InstanceNorm2d
    """

    eps: Any = number("added to the variance", default="0.00001", also=("epsilon",), low=0)
    momentum: Any = number("share of a new batch in the running statistics; training only", default="0.1")
    affine: bool = flag("a gain and a bias for each channel", default=False)
    scale: bool = flag("the gain, where affine", default=True, also=("gain",))
    bias: bool = flag("the bias, where affine", default=True, also=("center", "beta"))
    track_running_stats: bool = flag(
        "running statistics are stored and used in place of the example's", default=False
    )


class GroupNorm(Refined, op="group_norm", also=("nn.GroupNorm", "group_normalization")):
    """Each group of channels less its mean, over its deviation, then a gain and a bias per channel.

    Shapes   any with channels -> the same
    Counts   per group of n numbers 3n − 1 additions, n squares, n + 2 divisions, a root
    Source   Wu and He 2018, equations 1 to 4; torch.nn.GroupNorm
    """

    num_groups: Dim = dim("groups of channels", also=("groups",))
    eps: Any = number("added to the variance", default="0.00001", also=("epsilon",), low=0)
    affine: bool = flag("a gain and a bias for each channel", default=True)
    scale: bool = flag("the gain, where affine", default=True, also=("gain",))
    bias: bool = flag("the bias, where affine", default=True, also=("center", "beta"))

    def requires(self, *xs: Shape) -> Iterable[Rule]:
        """The groups are equally large."""
        yield from super().requires(*xs)
        maps = channels(xs[0])
        yield Rule(
            divides(self.num_groups, maps),
            lambda: f"{self.num_groups} groups do not divide {maps} channels",
            field="num_groups",
        )
        yield Rule(
            at_least(product(xs[0]), 2 * self.num_groups),
            lambda: f"{self.num_groups} groups of {xs[0]!r} have one number each",
            lambda: "the deviation of one number is 0",
            "num_groups",
        )

    def reach(self, axis: str, *xs: Shape, y: Shape, of: int = 0) -> Tap | None:
        """All places: the statistics are those of the example."""
        return None

    def work(self, x: Shape, y: Shape) -> Work:
        """Statistics of each group, then the gain and the bias."""
        return standardising(product(y), self.num_groups).plus(self.refining(y))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """(x − mean)/√(variance + eps) in each group, then the gain and the bias."""
        groups: Any = self.num_groups
        first = np.moveaxis(x, self.place(x), 0)
        y = standardised(first.reshape(groups, -1), (1,), float(self.eps)).reshape(first.shape)
        return self.refined(np.moveaxis(y, 0, self.place(x)), tensors)


class LocalResponseNorm(
    Along, op="local_response_norm", also=("nn.LocalResponseNorm", "lrn", "cross_map_norm")
):
    """a / (k + α/n · Σ a²)^β, summed over n channels around its own, zeros beyond the last.

    Shapes   any with channels and places -> the same
    Counts   for each number a square, n additions, a product, a power, a division; α/n is free
    Source   Krizhevsky, Sutskever and Hinton 2012, 3.3; α over n as in torch.nn.LocalResponseNorm
    """

    size: Dim = dim("channels n in the sum", also=("local_size", "depth_radius"))
    alpha: Any = number("α", default="0.0001")
    beta: Any = number("β", default="0.75")
    k: Any = number("k", default=1, also=("bias",))
    in_place = True

    def work(self, x: Shape, y: Shape) -> Work:
        """n additions with k's, two products, a power and a division for each number."""
        every = product(y)
        return Work(add=self.size * every, mul=2 * every, div=every, special=every)

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Each over its neighbours' squares, raised to β."""
        size: Any = self.size
        first = np.moveaxis(x * x, self.place(x), 0)
        squares = pad(first, [(size // 2, (size - 1) // 2), *((0, 0) for _ in first.shape[1:])])
        parts = [squares[i : i + first.shape[0]] for i in range(size)]
        around = np.moveaxis(total(stack(parts), (0,)), 0, self.place(x))
        return x / power(float(self.k) + float(self.alpha) / size * around, float(self.beta))
