"""What kinds with a sliding window share: whether it fits, what it leaves unread, what its filters hold."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.arrays import contract, join, patches
from archcalc.dims import Dim, Shape, literally, product, shown, total
from archcalc.errors import likely
from archcalc.fields import FieldError, flag, special
from archcalc.layer import Layer, Rule, Work
from archcalc.window import Axis, axes, law, left_unread, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archcalc.arrays import Array
    from archcalc.expressions import Scope

DECLARED: Any = None
"""Stands, for type checkers, for a field that each kind of a family declares for itself."""


class Windowed(Layer):
    """A layer that slides a window over its maps. Subclasses have `kernel_size`."""

    __slots__ = ("_window",)  # beside the fields, which alone make a layer equal to another

    if TYPE_CHECKING:  # a kind declares the fields that it has
        kernel_size = DECLARED

    def window(self) -> list[Axis]:
        """The window along each axis of the maps; fields that a kind lacks are as if left out."""
        try:
            kept: list[Axis] = self._window  # type: ignore[has-type]  # a slot, and no field
        except AttributeError:
            kept = self._window = self._axes()
        return kept

    def default_stride(self) -> tuple[Dim, ...]:
        """The step where none is given."""
        return (1,) * len(self.kernel_size)

    def _axes(self) -> list[Axis]:
        ones = (1,) * len(self.kernel_size)
        have = self.__dict__.get
        return axes(
            self.kernel_size,
            have("stride") or self.default_stride(),
            have("padding", tuple((0, 0) for _ in ones)),
            have("dilation", ones),
            ceil=bool(have("ceil_mode", False)),
        )

    def plane(self, x: Shape) -> Iterator[Dim]:
        """The output's size along each axis: (W − F + 2P)/S + 1."""
        _, *plane = x
        return places(self.window(), tuple(plane))

    def requires(self, x: Shape) -> Iterable[Rule]:
        """The window fits into the padded map."""
        sizes = tuple(x[1:])
        window = self.window()
        for axis, size in zip(window, sizes, strict=True):
            yield Rule(
                axis.fits(size),
                lambda: _does_not_fit([a.span for a in window], sizes),
                lambda axis=axis, size=size: _arithmetic(axis, size),  # type: ignore[misc]
                "kernel_size",
            )

    def unread(self, x: Shape) -> Iterable[Rule]:
        """Windows leave no gaps and no holes, and reach the last row and column."""
        for name, axis, size in zip(x.axes[1:], self.window(), x[1:], strict=True):
            word = _CELLS.get(name, f"cell of {name}")
            for holds in (axis.leaves_no_gaps(size), axis.leaves_no_holes(), axis.reaches_the_end(size)):
                yield Rule(
                    holds,
                    lambda word=word, axis=axis, size=size: _counted(left_unread(axis, size), word),  # type: ignore[misc]
                )

    def label(self) -> str:
        """`conv2d 7x7/2 pad 3`: kernel, then stride and padding where they are not the default."""
        return window_label(self, self.default_stride())


PER_UNIT = "per_unit"
_FLAG = flag("")


def read_bias(given: Any, scope: Scope) -> bool | str:
    """Whether there is a bias, or `per_unit`: one for each unit in place of one for each map."""
    if given == PER_UNIT:
        return PER_UNIT
    try:
        return _FLAG.read(given, scope)  # type: ignore[no-any-return]
    except FieldError as error:
        if error.fix:  # a word for true or false in another language
            raise
        fix = likely(given, ("true", "false", PER_UNIT)) if isinstance(given, str) else ""
        sentence = str(error).removesuffix("true or false")
        raise FieldError(f"{sentence}true, false or {PER_UNIT}", fix=fix) from None


def biases() -> Any:
    """The field of a bias that may be each unit's own."""
    return special(
        "one bias for each output map; per_unit: one for each unit, as in LeCun et al. 1989",
        read_bias,
        "true, false or per_unit",
        default=True,
        also=("use_bias", "bias_term"),
        examples=(True, False, PER_UNIT),
    )


class Filters(Windowed):
    """Each output map sums, through one window, the input maps that it sees."""

    units = True
    if TYPE_CHECKING:
        out_channels = bias = DECLARED

    def maps(self, x: Shape) -> Dim:
        """How many output maps there are."""
        return self.out_channels  # type: ignore[no-any-return]

    def reads(self, x: Shape) -> list[tuple[Dim, Dim]]:
        """How many output maps see how many input maps, in the order of the output maps."""
        raise NotImplementedError

    def filters(self, weight: Array, channels: int) -> Iterator[tuple[slice, list[int], Array]]:
        """Runs of output maps, with the input maps that each of the run sees, and the windows on them."""
        raise NotImplementedError

    def links(self, x: Shape) -> Dim:
        """Pairs of an input map and an output map that sees it."""
        return total(maps * seen for maps, seen in self.reads(x))

    def output(self, x: Shape) -> Shape:
        """(W − F + 2P)/S + 1 along each axis."""
        return Shape((self.maps(x), *self.plane(x)), x.axes)

    def params(self, x: Shape) -> Dim:
        """For each output map, the window over each map that it sees, and its bias or those of its units."""
        area = product(self.kernel_size)
        if self.bias == PER_UNIT:
            return self.links(x) * area + product(self.output(x))
        each = [(maps, seen * area + 1 if self.bias else seen * area) for maps, seen in self.reads(x)]
        return total(maps * weights for maps, weights in each)

    def weights(self, x: Shape) -> dict[str, Shape]:
        """The window's weights for each pair of maps, then the biases."""
        weight = {"weight": self.kernels(x)}
        if self.bias == PER_UNIT:
            return {**weight, "bias": self.output(x)}
        return {**weight, "bias": Shape((self.maps(x),))} if self.bias else weight

    def kernels(self, x: Shape) -> Shape:
        """A window for each input map that an output map sees."""
        ((maps, seen),) = self.reads(x)
        return Shape((maps, seen, *self.kernel_size), ("out", "in", *x.axes[1:]))

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Every weight is used at each place, and so is a bias that is not one unit's own."""
        _, *plane = y
        if self.bias == PER_UNIT:
            return self.links(x) * product(self.kernel_size) * product(plane) + product(y)
        return self.params(x) * product(plane)

    def work(self, x: Shape, y: Shape) -> Work:
        """Every weight is multiplied once at each place."""
        _, *plane = y
        return Work(mac=self.links(x) * product(self.kernel_size) * product(plane))

    def label(self) -> str:
        """The window, then what is said of the filters."""
        return ", ".join([super().label(), *(["bias per unit"] if self.bias == PER_UNIT else [])])

    def formula(self, quantity: str) -> str:
        """The words of a formula."""
        window = letters(self.kernel_size)
        seen = f"{self.seen_word()} · {window}".removeprefix(" · ")
        links = "pairs of maps" if self.seen_word() else "maps"
        params, connections = f"maps · {seen}", "params · places"
        if self.bias == PER_UNIT:
            params, connections = f"{params} + units", f"{links} · {window} · places + units"
        elif self.bias:
            params = f"maps · ({seen} + 1)"
        macs = f"{links} · {window} · places"
        return {"params": params, "connections": connections, "macs": macs}.get(quantity, "")

    def seen_word(self) -> str:
        """What one calls the number of input maps that an output map sees; nothing where it is one."""
        return "inputs"

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Each output map: its bias, then every weight times what the window sees under it."""
        bias = tensors.get("bias")
        window, rank = patches(x, self.window()), len(self.kernel_size)
        if bias is not None and self.bias != PER_UNIT:
            bias = bias[(slice(None), *(None,) * rank)]
        kernel, plane = "ijk"[:rank], "xyz"[:rank]
        parts = []
        for maps, seen, own in self.filters(tensors["weight"], x.shape[0]):
            start = None if bias is None else bias[maps]
            parts.append(contract(f"oc{kernel},c{kernel}{plane}->o{plane}", own, window[seen], start))
        return join(parts)

    def swift(self, x: Array, **tensors: Array) -> Array:
        """The windows as columns, and one matrix product for each group of maps that see the same."""
        weight = tensors["weight"]
        runs = list(self.filters(weight, x.shape[0]))
        seen, each = len(runs[0][1]), len(runs[0][2])
        alike = len(runs) * each == len(weight) and len(runs) * seen == x.shape[0]
        if self.bias == PER_UNIT or not alike or getattr(self, "table", None) is not None:
            return self.forward(x, **tensors)
        window, rank = patches(x, self.window()), len(self.kernel_size)
        columns = window.reshape(len(runs), seen * prod(window.shape[1 : 1 + rank]), -1)
        y: Array = weight.reshape(len(runs), each, -1) @ columns
        y = y.reshape(len(weight), *window.shape[1 + rank :])
        if "bias" in tensors:
            y += tensors["bias"][(slice(None), *(None,) * rank)]
        return y

    def scratch(self, *xs: Any, y: Any) -> Dim:
        """The padded maps, and a column for each window."""
        (x,) = xs
        columns = x[0] * product(self.kernel_size) * product(y[1:])
        grown = product(n + axis.span for n, axis in zip(x[1:], self.window(), strict=True))
        return 2 * columns + 2 * x[0] * grown + 2 * product(y)  # type: ignore[no-any-return]


def window_label(layer: Layer, usual: tuple[Dim, ...]) -> str:
    """`conv2d 7x7/2 pad 3`: kernel, then stride and padding where they are not the usual ones."""
    have = layer.__dict__.get
    text = f"{layer.op} {_by(have('kernel_size', ()))}"
    stride = have("stride") or usual
    if stride != usual:
        text += f"/{_one(stride)}"
    padding = have("padding")
    if isinstance(padding, str):
        text += f" {padding}"
    elif padding and any(not literally(side, 0) for pair in padding for side in pair):
        flat = [side for pair in padding for side in pair]
        uneven = f"[{', '.join(map(shown, flat))}]"
        text += f" pad {uneven if flat[::2] != flat[1::2] else _one(flat[::2])}"
    dilation = have("dilation", ())
    if any(not literally(d, 1) for d in dilation):
        text += f" dilation {_one(dilation)}"
    return text + (" ceil" if have("ceil_mode") else "")


def letters(kernel: Sequence[Dim]) -> str:
    """`F·F`: the window's cells, in the textbooks' letters."""
    return "·".join("F" * len(kernel))


_CELLS = {"H": "row", "W": "column", "D": "slice", "T": "position"}
"""What one calls the cells across an axis."""


def _does_not_fit(spans: list[Dim], sizes: Sequence[Dim]) -> str:
    if len(spans) == 1:
        return f"a window of {shown(spans[0])} does not fit into a length of {shown(sizes[0])}"
    what = "map" if len(spans) == 2 else "volume"
    return f"a {_by(spans)} window does not fit into a {_by(sizes)} {what}"


def _by(sizes: Iterable[Dim]) -> str:
    """5x5."""
    return "x".join(map(shown, sizes))


def _one(sizes: Iterable[Dim]) -> str:
    """One size where all are the same, else all of them."""
    each = list(map(shown, sizes))
    return each[0] if len(set(each)) == 1 else "x".join(each)


def _arithmetic(axis: Axis, size: Dim) -> str:
    from archcalc.written import Written, commas

    pads = () if isinstance(axis.padding, str) else axis.padding
    if not all(isinstance(n, int) for n in (size, axis.kernel, axis.stride, axis.dilation, *pads)):
        return ""
    kernel, stride = Written(axis.kernel), Written(axis.stride)  # type: ignore[arg-type]
    padding = tuple(Written(p) for p in axis.padding)  # type: ignore[arg-type]
    pair = (padding[0], padding[0]) if padding[0] == padding[1] else padding
    written = Axis(kernel, stride, pair, axis.dilation, axis.ceil)  # type: ignore[arg-type]
    value = written.places(Written(size))  # type: ignore[arg-type]
    if axis.ceil:
        short = written.padded(Written(size))  # type: ignore[arg-type]
        return f"in ceil mode too a window fits once before the size is rounded, and {short} is below 0"
    result = commas(int(value))  # type: ignore[call-overload]
    return f"{law(written, exact=True)} = {value} = {result}, and a map needs at least 1"


def _counted(count: int | None, word: str) -> str:
    """`1 row`, `2 rows`, `3 cells of D`."""
    first, of, rest = word.partition(" of ")
    return f"{'some' if count is None else format(count, ',')} {first}{'s' * (count != 1)}{of}{rest}"
