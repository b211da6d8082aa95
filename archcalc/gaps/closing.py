"""Verdict -> what closes its gap: readings of the network first, then variants of it, then other networks."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from archcalc.errors import ArchcalcError
from archcalc.gaps import countings, readings, relatives, variants
from archcalc.gaps.values import Closing, Closings, Part
from archcalc.measures import Measures
from archcalc.memory import dtype_of
from archcalc.quantities import BITS, COUNTED, SIZED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archcalc.analysis import Analysis
    from archcalc.gaps.variants import Variant
    from archcalc.verdicts import Verdict

_LARGEST = 3000  # nodes of a network that is built again and again
_LITTLE = 100  # parts of a figure; a variant that explains a rounded one differs by one of them at least
_TELLING = 1000  # a smaller figure is found in many networks by chance


def closing(net: Analysis, verdict: Verdict) -> Closings:
    """Everything that has the figure of a claim that fails, to the unit or rounded; the simplest first.

    `net` is the network at the sizes of the claim. A bound has no gap to close: for that one solves.
    """
    if verdict.ok or verdict.figure.relation != "=":
        return Closings.of((), ())
    return _Search(net, verdict).run()


_SORTS = {"flops": {"flops": "", "macs": "MACs"}}
"""Figures of another network that a claim may be meant as, and what is said of them: many call MACs FLOPs."""


class _Search:
    """One search: what was tried, and what fits."""

    def __init__(self, net: Analysis, verdict: Verdict) -> None:
        self.net = net
        self.at, self.quantity = verdict.at, verdict.quantity
        self.dtype = verdict.dtype or "float32"
        self.figure = verdict.figure
        self.computed = verdict.computed
        self.row = net[verdict.at]
        self.sorts = _SORTS.get(self.quantity, {self.quantity: ""})
        self.tried: list[str] = []
        self.nearly: list[Closing] = []  # have the digits of the claim, and round to others

    def run(self) -> Closings:
        found = [*self.fitting(self.read_otherwise())]
        if not found or self.exact:  # a rounded figure that is explained, others have by chance
            found += self.fitting(self.made_otherwise())
        if self.cut(self.computed):
            note = "its digits cut and not rounded" if found else ""
            return Closings.of(
                [Closing("the computed figure", self.computed, note, cut=True), *found], self.tried
            )
        if not found and not self.nearly:
            found = [*self.fitting(self.resized())]
        for several in (2, 3) if self.exact else ():
            found = found or [*self.fitting(self.together(several))]
        if not found and self.exact and self.at == "total" and self.figure.value >= _TELLING:
            found = [*self.fitting(self.others(relatives.relatives(self.net.spec)[1], "other networks"))]
        return Closings.of(found or self.nearly, self.tried)

    @property
    def exact(self) -> bool:
        """Whether the claim is one number, to the unit."""
        return isinstance(self.figure.value, int) and not self.figure.within

    @property
    def fine(self) -> bool:
        """Whether the claim is known to half a percent, or is a shape."""
        value = self.figure.value
        return isinstance(value, tuple) or 200 * self.figure.within <= abs(value)

    def read_otherwise(self) -> Iterator[Closing]:
        """Other figures of the network as it is."""
        if self.quantity in COUNTED:
            self.tried.append("other figures of it")
            yield from readings.others(self.row, self.quantity, exact=self.exact)
            self.tried.append(f"{len(countings.others())} conventions")
            yield from countings.countings(self.net, self.at, self.quantity)
            self.tried.append("parts counted or left out")
            for change in readings.changes(self.net, self.row, self.quantity):
                yield readings.changed(self.computed, [change])
        elif self.quantity in SIZED:
            self.tried.append("other types of numbers")
            yield from self.typed()

    def made_otherwise(self) -> Iterator[Closing]:
        """Networks that are one step away."""
        if len(self.net.graph.nodes) <= _LARGEST:
            self.tried.append("strides and layers written otherwise")
            yield from self.varied(variants.written_otherwise(self.net))
        near, _ = relatives.relatives(self.net.spec)
        yield from self.others(near, "networks beside it")

    def resized(self) -> Iterator[Closing]:
        """The network at other usual sizes, of which one is near a coarse figure by chance."""
        if len(self.net.graph.nodes) <= _LARGEST and self.fine:
            self.tried.append("usual inputs and sizes")
            for shapes in variants.inputs(self.net):
                yield from self.varied(self.moving(shapes))
            yield from self.varied(variants.sizes(self.net))

    def typed(self) -> Iterator[Closing]:
        """The figure in bytes where numbers have another type; those that are as long are told together."""
        for bits in sorted({*BITS.values()} - {BITS[dtype_of(self.dtype).name]}, reverse=True):
            names = [name for name, size in BITS.items() if size == bits]
            value = Measures(self.net, names[0]).of(self.at, self.quantity)
            command = f"archcalc report {self.net.spec.shown} --dtype {names[0]}"
            yield Closing(f"numbers of {' or '.join(names)}", value, command=command)

    def together(self, several: int) -> Iterator[Closing]:
        """Several things counted or left out together."""
        words = "two of these together"
        if several > 2:
            self.tried.remove(words)
            words = "two or three of these together"
        self.tried.append(words)
        changes = readings.changes(self.net, self.row, self.quantity)
        for each in combinations(changes, several):
            yield readings.changed(self.computed, each)

    def moving(self, every: Iterable[Variant]) -> Iterator[Variant]:
        """Variants of a size, unless the first of them shows that the figure does not depend on it."""
        for i, variant in enumerate(every):
            if i == 0 and self.value(variant.net, self.quantity) == self.computed:
                return
            yield variant

    def varied(self, every: Iterable[Variant]) -> Iterator[Closing]:
        """Variants with their figures."""
        for variant in every:
            for sort, said in self.sorts.items():
                own, value = self.value(self.net, sort), self.value(variant.net, sort)
                if value is None or value == own or not self.tells(value, own):
                    continue
                by = None if isinstance(value, tuple) else value - own
                what = f"{said}, {variant.what}" if said else variant.what
                parts = [Part(variant.where, what, by)] if variant.where else []
                yield Closing(what, value, parts=parts, command=variant.command)

    def tells(self, value: Any, own: Any) -> bool:
        """Whether a variant with a rounded figure says why; one that differs by little has it by chance."""
        return self.exact or isinstance(value, tuple) or _LITTLE * abs(value - own) >= own

    def others(self, names: list[str], words: str) -> Iterator[Closing]:
        """Other networks with their figures."""
        if names:
            self.tried.append(
                f"{len(names)} {words if len(names) > 1 else words.replace('networks', 'network')}"
            )
        found = []
        for name, net in relatives.networks(names):
            for sort, said in self.sorts.items():
                value = self.value(net, sort)
                if value is not None and (self.figure.holds(value) or self.cut(value)):
                    told = relatives.told(self.net, name, net, self.at, sort, value)
                    found.append(
                        (
                            relatives.distance(self.net, net),
                            told._replace(what=f"{said} of {name}") if said else told,
                        )
                    )
        yield from (told for _, told in sorted(found, key=lambda pair: pair[0]))  # the nearest first

    def value(self, net: Analysis, sort: str) -> Any:
        """A figure of a network; None where it has none that can be compared."""
        try:
            found = Measures(net, self.dtype).of(self.at, sort)
        except ArchcalcError:
            return None
        return found if isinstance(found, tuple) == isinstance(self.figure.value, tuple) else None

    def fitting(self, candidates: Iterable[Closing]) -> Iterator[Closing]:
        """Those that have the figure, each value and wording once."""
        for each in candidates:
            if self.figure.holds(each.value):
                yield each
            elif self.cut(each.value):
                self.nearly.append(each._replace(cut=True))

    def cut(self, value: Any) -> bool:
        """Whether a figure has the digits of the claim where it is cut, and not where it is rounded."""
        within = self.figure.within
        if not within or isinstance(value, tuple):
            return False
        return bool(0 < value - self.figure.value < 2 * within)
