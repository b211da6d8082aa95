"""What pooling kinds share: a window over each map on its own, and its fields over maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.arrays import patches
from archcalc.dims import Dim, Shape, at_least, product
from archcalc.fields import sides
from archcalc.layer import Rule
from archcalc.layers.bases.windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.arrays import Array

KERNEL = ("kernel", "pool_size", "size")
STEP = "step of the window; without it, the window's size"


class Pooling(Windowed):
    """A window over each map, in any number of axes."""

    units = True

    def default_stride(self) -> tuple[Dim, ...]:
        """The window's own size: windows side by side."""
        return self.kernel_size  # type: ignore[no-any-return]

    def requires(self, x: Shape) -> Iterable[Rule]:
        """The window fits, and never lies in padding alone, where there is nothing to pool."""
        yield from super().requires(x)
        for axis in self.window():
            for side in () if isinstance(axis.padding, str) else axis.padding:
                yield Rule(
                    at_least(axis.kernel, side + 1),
                    lambda axis=axis, side=side: f"a window of {axis.kernel} has room in a padding of {side}",  # type: ignore[misc]
                    lambda: "a window that reads padding alone has nothing to pool",
                    "padding",
                )

    def output(self, x: Shape) -> Shape:
        """(W − F + 2P)/S + 1 along each axis; as many maps as before."""
        return Shape((x[0], *self.plane(x)), x.axes)

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Each unit reads its window."""
        return product(self.kernel_size) * product(y)

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        area = "·".join("F" * len(self.kernel_size))
        return {"connections": f"{area} · maps · places"}.get(quantity, self.formulas.get(quantity, ""))

    def seen(self, x: Array, fill: float = 0.0) -> tuple[Array, tuple[int, ...]]:
        """What the window sees at each place, and the axes of the window in it."""
        return patches(x, self.window(), fill=fill), tuple(range(1, x.ndim))


class Plain2d(Pooling):
    """A window over maps without padding."""

    kernel_size: tuple[Dim, Dim] = sides("window height and width", also=KERNEL)
    stride: tuple[Dim, Dim] | None = sides(STEP, default=None, also=("strides",))
