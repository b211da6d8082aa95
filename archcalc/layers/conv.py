"""Convolutions: each output map sees some input maps through one window."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archcalc.arrays import contract, join, patches
from archcalc.dims import Dim, Shape, at_least, divides, equal, exact_div, literally, product, shown, total
from archcalc.errors import quote
from archcalc.fields import FieldError, dim, flag, pads, read_size, sides, special
from archcalc.layer import Rule, Work
from archcalc.layers.windowed import DECLARED, Windowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.arrays import Array
    from archcalc.expressions import Scope

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


class Convolution(Windowed):
    """The formulas of a convolution in any number of axes."""

    units = True
    if TYPE_CHECKING:
        out_channels = groups = bias = table = DECLARED

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

    def output(self, x: Shape) -> Shape:
        """(W − F + 2P)/S + 1 along each axis."""
        return Shape((self.out_channels, *self.plane(x)), x.axes)

    def reads(self, x: Shape) -> list[tuple[Dim, Dim]]:
        """How many output maps see how many input maps, in the order of the output maps."""
        channels, *_ = x
        if self.table is None:
            seen = channels if literally(self.groups, 1) else exact_div(channels, self.groups)
            return [(self.out_channels, seen)]
        from archcalc.tables import runs

        return [(len(run), len(run[0])) for run in runs(self.table, channels)]

    def links(self, x: Shape) -> Dim:
        """Pairs of an input map and an output map that sees it."""
        return total(maps * seen for maps, seen in self.reads(x))

    def params(self, x: Shape) -> Dim:
        """For each output map, the window over each map that it sees, and its bias."""
        area = product(self.kernel_size)
        each = [(maps, seen * area + 1 if self.bias else seen * area) for maps, seen in self.reads(x)]
        return total(maps * weights for maps, weights in each)

    def weights(self, x: Shape) -> dict[str, Shape]:
        """The window's weights for each pair of maps, then a bias for each output map."""
        channels, *_ = x
        if self.table is not None:
            weight = Shape((sum(map(len, self.table)), *self.kernel_size), ("link", *x.axes[1:]))
        else:
            seen = channels if literally(self.groups, 1) else exact_div(channels, self.groups)
            weight = Shape((self.out_channels, seen, *self.kernel_size), ("out", "in", *x.axes[1:]))
        return {"weight": weight, "bias": Shape((self.out_channels,))} if self.bias else {"weight": weight}

    def connections(self, x: Shape, y: Shape) -> Dim:
        """Every weight and bias is used at each place."""
        _, *plane = y
        return self.params(x) * product(plane)

    def work(self, x: Shape, y: Shape) -> Work:
        """Every weight is multiplied once at each place."""
        _, *plane = y
        return Work(mac=self.links(x) * product(self.kernel_size) * product(plane))

    def label(self) -> str:
        """The window, then groups or table."""
        groups = "" if literally(self.groups, 1) else f" groups {shown(self.groups)}"
        return super().label() + groups + (", table" if self.table is not None else "")

    def formula(self, quantity: str) -> str:
        """The words of a formula; a table and groups change who sees whom."""
        window = "·".join("F" * len(self.kernel_size))
        bias = " + 1" if self.bias else ""
        seen = "inputs" if literally(self.groups, 1) else "inputs/groups"
        if quantity == "params" and self.table is not None:
            return f"Σ over maps: maps it sees · {window} weights{bias and ' + 1 bias'}"
        return {
            "params": f"maps · ({seen} · {window}{bias})" if bias else f"maps · {seen} · {window}",
            "connections": "params · places",
            "macs": f"pairs of maps · {window} · places",
        }.get(quantity, "")

    def sees(self, channels: int) -> Iterator[tuple[slice, list[int]]]:
        """Runs of output maps, with the input maps that each of the run sees."""
        if self.table is not None:
            for o, maps in enumerate(self.table):
                yield slice(o, o + 1), list(maps)
            return
        n = int(self.groups)
        each, seen = int(self.out_channels) // n, channels // n
        for g in range(n):
            yield slice(g * each, (g + 1) * each), list(range(g * seen, (g + 1) * seen))

    def forward(self, x: Array, **tensors: Array) -> Array:
        """Each output map: its bias, then every weight times what the window sees under it."""
        weight, bias = tensors["weight"], tensors.get("bias")
        window = patches(x, self.window())
        rank = len(self.kernel_size)
        kernel, plane = "ijk"[:rank], "xyz"[:rank]
        parts, link = [], 0
        for maps, seen in self.sees(x.shape[0]):
            if self.table is not None:
                own = weight[None, link : link + len(seen)]
                link += len(seen)
            else:
                own = weight[maps]
            start = None if bias is None else bias[(maps, *(None,) * rank)]
            parts.append(contract(f"oc{kernel},c{kernel}{plane}->o{plane}", own, window[seen], start))
        return join(parts)


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

    out_channels: Dim = dim("output maps", also=("filters", "num_output", "channels", "out_features", "maps"))
    kernel_size: tuple[Dim, Dim] = sides(
        "window height and width", also=("kernel", "kernel_shape", "filter_size", "size", "k", "ksize")
    )
    stride: tuple[Dim, Dim] = sides("step of the window", default=1, also=("strides", "subsample"))
    padding: tuple[tuple[Dim, Dim], ...] | str = pads(
        "cells of zeros around the maps; same: as many as keep ceil(size/stride)",
        default=0,
        also=("pad", "pads", "border_mode", "zero_padding"),
    )
    dilation: tuple[Dim, Dim] = sides("step between taps", default=1, also=("dilation_rate", "dilations"))
    groups: Dim = dim("groups of maps that see only each other", default=1, also=("group", "num_groups"))
    bias: bool = flag("one bias for each output map", default=True, also=("use_bias", "bias_term"))
    table: Table | None = special(
        "who sees whom: a row of X and . for each input map, or a list for each output map",
        read_table,
        "a picture, lists, or full",
        default=None,
        also=("connections", "connection_table", "connectivity"),
        examples=([[0], [0, 1], [1]], [[0, 2], [1, 2]], ["X X . .", ". X X X"]),
        spell=lambda table: [list(reads) for reads in table],
    )
