"""Convolutions: each output map sees some input maps through one window."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archcalc.dims import Dim, Shape, at_least, divides, equal, exact_div, literally, shown
from archcalc.errors import quote
from archcalc.fields import FieldError, dim, pads, read_size, sides, special
from archcalc.layer import Rule
from archcalc.layers.bases.windowed import Filters, biases, letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.arrays import Array
    from archcalc.expressions import Scope
    from archcalc.window import Pads, Sides

Table = tuple[tuple[int, ...], ...]
"""For each output map, the input maps that it sees."""


def read_table(given: Any, scope: Scope) -> Table | None:
    """A table from a picture (a row of X and . for each input map), from lists, or `full`."""
    if given is None or given == "full":
        return None
    if not isinstance(given, list | tuple) or not given:
        sentence = "is neither a picture, nor lists, nor full"
        raise FieldError(sentence, "a picture has a row of X and . for each input map")
    if all(isinstance(row, str) for row in given):
        return _picture(tuple(given))
    return tuple(_reads(i, row, scope) for i, row in enumerate(given))


@lru_cache(maxsize=64)
def _picture(rows: tuple[str, ...]) -> Table:
    marks = ["".join(row.split()) for row in rows]
    for i, row in enumerate(marks):
        odd = next((c for c in row if c not in "Xx."), None)
        if odd is not None:
            raise FieldError(f"has {odd!r} in row {i}, where X and . may stand", path=(i,))
        if len(row) != len(marks[0]):
            sentence = f"has {len(row)} columns in row {i} and {len(marks[0])} in row 0"
            raise FieldError(sentence, "a column stands for each output map", path=(i,))
    columns = tuple(
        tuple(i for i, c in enumerate(column) if c in "Xx") for column in zip(*marks, strict=True)
    )
    for o, column in enumerate(columns):
        if not column:
            raise FieldError(f"has no X in column {o}, so output map {o} would see nothing")
    return columns


def _reads(o: int, row: Any, scope: Scope) -> tuple[int, ...]:
    if not isinstance(row, list | tuple) or not row:
        raise FieldError(f"has no list of input maps for output map {o}", path=(o,))
    maps = []
    for value in row:
        try:
            maps.append(read_size(value, scope, 0))
        except FieldError:
            sentence = f"names {quote(value)} for output map {o}; input maps count from 0"
            raise FieldError(sentence, path=(o,)) from None
    if len(set(maps)) < len(maps):
        raise FieldError(f"names an input map twice for output map {o}", path=(o,))
    return tuple(maps)


class Convolution(Filters):
    """A convolution in any number of axes: its groups, or its table, say who sees whom.

    The fields are those for maps; a kind on other axes declares those that differ.
    """

    out_channels: Dim = dim("output maps", also=("filters", "num_output", "channels", "out_features", "maps"))
    kernel_size: Sides = sides(
        "window height and width", also=("kernel", "kernel_shape", "filter_size", "size", "k", "ksize")
    )
    stride: Sides = sides("step of the window", default=1, also=("strides", "subsample"))
    padding: Pads = pads(
        "cells of zeros around the maps; same: as many as keep ceil(size/stride)",
        default=0,
        also=("pad", "pads", "border_mode", "zero_padding"),
    )
    dilation: Sides = sides("step between taps", default=1, also=("dilation_rate", "dilations"))
    groups: Dim = dim("groups of maps that see only each other", default=1, also=("group", "num_groups"))
    bias: bool | str = biases()
    table: Table | None = special(
        "who sees whom: a row of X and . for each input map, or a list for each output map",
        read_table,
        "a picture, lists, or full",
        default=None,
        also=("connections", "connection_table", "connectivity"),
        examples=([[0], [0, 1], [1]], [[0, 2], [1, 2]], ["X X . .", ". X X X"]),
        spell=lambda table: [list(reads) for reads in table],
    )

    def requires(self, x: Shape) -> Iterable[Rule]:
        """Groups divide the maps, a table names maps that there are, and the window fits."""
        channels, *_ = x
        n = self.groups
        if not literally(n, 1):
            for maps, word in ((channels, "input"), (self.out_channels, "output")):
                yield Rule(
                    divides(n, maps),
                    lambda maps=maps, word=word: f"{n} groups do not divide {maps} {word} maps",  # type: ignore[misc]
                    field="groups",
                )
        if self.table is not None:
            yield from self.table_rules(channels)
        yield from super().requires(x)

    def table_rules(self, channels: Dim) -> Iterator[Rule]:
        """A table has an entry for each output map, and names only input maps that there are."""
        table = self.table or ()
        last = max(max(reads) for reads in table)
        yield Rule(
            equal(self.out_channels, len(table)),
            lambda: f"the table has {len(table)} output maps, and out_channels is {self.out_channels}",
            lambda: "a column of the picture, or a list, stands for each output map",
            "table",
        )
        yield Rule(
            at_least(channels, last + 1),
            lambda: f"the table reads input map {last}, and there are {channels}, counted from 0",
            field="table",
        )
        yield Rule(
            literally(self.groups, 1), lambda: "a table and groups both say who sees whom", field="groups"
        )

    def reads(self, x: Shape) -> list[tuple[Dim, Dim]]:
        """How many output maps see how many input maps, in the order of the output maps."""
        channels, *_ = x
        if self.table is None:
            seen = channels if literally(self.groups, 1) else exact_div(channels, self.groups)
            return [(self.out_channels, seen)]
        from archcalc.tables import runs

        return [(len(run), len(run[0])) for run in runs(self.table, channels)]

    def kernels(self, x: Shape) -> Shape:
        """A window for each pair of maps."""
        if self.table is None:
            return super().kernels(x)
        return Shape((sum(map(len, self.table)), *self.kernel_size), ("link", *x.axes[1:]))

    def label(self) -> str:
        """The window, then groups or table."""
        groups = "" if literally(self.groups, 1) else f" groups {shown(self.groups)}"
        return super().label() + groups + (", table" if self.table is not None else "")

    def formula(self, quantity: str) -> str:
        """The words of a formula; a table and groups change who sees whom."""
        if quantity == "params" and self.table is not None:
            weights = f"Σ over maps: maps it sees · {letters(self.kernel_size)} weights"
            return weights + {True: " + 1 bias", False: ""}.get(self.bias, ", + 1 bias for each unit")  # type: ignore[arg-type]
        return super().formula(quantity)

    def seen_word(self) -> str:
        """What one calls the number of input maps that an output map sees."""
        return "inputs" if literally(self.groups, 1) else "inputs/groups"

    def filters(self, weight: Array, channels: int) -> Iterator[tuple[slice, list[int], Array]]:
        """Runs of output maps, with the input maps that each of the run sees, and the windows on them."""
        if self.table is not None:
            link = 0
            for o, maps in enumerate(self.table):
                yield slice(o, o + 1), list(maps), weight[None, link : link + len(maps)]
                link += len(maps)
            return
        n = int(self.groups)  # type: ignore[call-overload]
        each, seen = int(self.out_channels) // n, channels // n  # type: ignore[call-overload]
        for g in range(n):
            run = slice(g * each, (g + 1) * each)
            yield run, list(range(g * seen, (g + 1) * seen)), weight[run]


class Conv1d(
    Convolution, op="conv1d", takes="C T", also=("convolution1d", "temporal_convolution", "nn.Conv1d")
):
    """Each output map sees the input maps of its group, or of its table, through a window along the signal.

    Shapes   (C, T) -> (out_channels, T')
    Counts   taps that fall on padding count as connections and as MACs
    Source   sizes as in Dumoulin and Visin 2016; torch.nn.Conv1d
    """

    kernel_size: Sides = sides(
        "window length", rank=1, also=("kernel", "kernel_shape", "filter_size", "size", "k", "ksize")
    )
    stride: Sides = sides("step of the window", rank=1, default=1, also=("strides", "subsample"))
    padding: Pads = pads(
        "cells of zeros before and after; same: as many as keep ceil(size/stride)",
        rank=1,
        default=0,
        also=("pad", "pads", "border_mode", "zero_padding"),
    )
    dilation: Sides = sides("step between taps", rank=1, default=1, also=("dilation_rate", "dilations"))


class Conv2d(
    Convolution,
    op="conv2d",
    takes="C H W",
    also=("conv", "convolution", "convolution2d", "convolutional", "nn.Conv2d"),
):
    """Each output map sees the input maps of its group, or of its table, through one window.

    Shapes   (C, H, W) -> (out_channels, H', W')
    Counts   taps that fall on padding count as connections and as MACs
    Source   LeCun et al. 1998, II.A; sizes as in Dumoulin and Visin 2016
    """


class Conv3d(Convolution, op="conv3d", takes="C D H W", also=("convolution3d", "nn.Conv3d")):
    """Each output volume sees the input volumes of its group, or of its table, through one window.

    Shapes   (C, D, H, W) -> (out_channels, D', H', W')
    Counts   taps that fall on padding count as connections and as MACs
    Source   Tran et al. 2015, section 3.1; sizes as in Dumoulin and Visin 2016
    """

    kernel_size: Sides = sides(
        "window depth, height and width",
        rank=3,
        also=("kernel", "kernel_shape", "filter_size", "size", "k", "ksize"),
    )
    stride: Sides = sides("step of the window", rank=3, default=1, also=("strides", "subsample"))
    padding: Pads = pads(
        "cells of zeros around the volumes; same: as many as keep ceil(size/stride)",
        rank=3,
        default=0,
        also=("pad", "pads", "border_mode", "zero_padding"),
    )
    dilation: Sides = sides("step between taps", rank=3, default=1, also=("dilation_rate", "dilations"))
