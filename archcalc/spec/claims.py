"""The figures that a spec expects, a claim for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.errors import quote
from archcalc.quantities import ALIASES, BITS, CONVENTIONAL, REFERENCE, SIZED
from archcalc.spec.figures import FigureError, read
from archcalc.spec.reading import Reading, keys, listed
from archcalc.spec.values import QUANTITIES, Claim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcalc.spec.node import Node, Pair

CLAIM = ("at", "set", "dtype", "convention", "cite", "note", "known_gap")
_WORDS = ("at", "dtype", "convention", "cite", "note", "known_gap")


class Claims(Reading):
    """Reads the lines of `expect`."""

    def expect(self) -> None:
        """Every line; an unknown layer is told where all layers could be read."""
        sound = not self.spec.problems
        self.lines()
        names = dict.fromkeys(entry.name for entry in self.spec.layers) if sound else {}
        for claim in self.spec.claims if names else ():
            if claim.at not in {"", "total"} and claim.at.partition(".")[0] not in names:
                self.nowhere(claim, names)

    def nowhere(self, claim: Claim, names: Iterable[str]) -> None:
        """A claim about a layer that is not there."""
        why = f"layers: {listed(names)}, and total"
        pairs = claim.line.value
        assert isinstance(pairs, dict)
        what = f"{quote(self.spec.name)} has no layer {quote(claim.at)}"
        self.complain(pairs["at"][1], what, why=why, fix=self.meant(claim.at, [*names, "total"]))

    def lines(self) -> None:
        for node in self.list("expect"):
            if not isinstance(node.value, dict):
                fix = "- {at: total, params: 60000}"
                self.complain(node, f"a line of expect is a map, not {node.kind}", fix=fix)
                continue
            pairs = keys(node, (*CLAIM, *QUANTITIES), "expect", self.spec.problems)
            words = {key: self.word(pairs, key) for key in _WORDS}
            if "at" not in pairs:
                self.complain(
                    node, "expect without at", why="it says what the figure is of, as at: total or at: C1"
                )
                continue
            if words["cite"] and words["cite"] not in self.spec.cites:
                known = listed(self.spec.cites)
                what = f"no source is called {quote(words['cite'])}"
                mend = self.meant(words["cite"], self.spec.cites)
                self.complain(pairs["cite"][1], what, why=f"sources under cite: {known}", fix=mend)
            self.counted(pairs, words)
            self.claim(node, pairs, words)

    def counted(self, pairs: dict[str, Pair], words: dict[str, str]) -> None:
        """The dtype, and the way of counting, of a line."""
        if words["dtype"] and not any(key in SIZED for key in pairs):
            why = f"figures in bytes: {', '.join(SIZED)}"
            self.complain(pairs["dtype"][0], "dtype beside figures that are not in bytes", why=why)
        elif words["dtype"] and words["dtype"].lower() not in {*BITS, *ALIASES}:
            what = f"there is no dtype {quote(words['dtype'])}"
            mend = self.meant(words["dtype"], [*BITS, *ALIASES])
            self.complain(pairs["dtype"][1], what, why=f"dtypes: {', '.join(BITS)}", fix=mend)
        others = [key for key in QUANTITIES if key in pairs and key not in CONVENTIONAL]
        if words["convention"] not in {"", REFERENCE} and others:
            why = f"tools count {', '.join(CONVENTIONAL)} in ways of their own"
            what = f"convention beside {', '.join(others)}, which it does not count"
            self.complain(pairs["convention"][0], what, why=why)

    def word(self, pairs: dict[str, Pair], key: str) -> str:
        if key not in pairs:
            return ""
        node = pairs[key][1]
        if isinstance(node.value, str):
            return node.value
        self.complain(node, f"{key} is text, not {node.kind}")
        return ""

    def claim(self, node: Node, pairs: dict[str, Pair], words: dict[str, str]) -> None:
        sizes: dict[str, str] = {}
        if "set" in pairs:
            at = pairs["set"][1]
            if isinstance(at.value, dict) and all(isinstance(n.value, str) for _, _, n in at.pairs()):
                sizes = at.plain()
            else:
                self.complain(at, "set is a map of sizes, as in set: {H: 64}")
        held = [key for key in QUANTITIES if key in pairs]
        if not held:
            self.complain(node, "expect without a figure", why=f"figures: {', '.join(QUANTITIES)}")
        for key in held:
            at, value = pairs[key]
            try:
                read(value)
            except FigureError as error:
                self.complain(value, f"{key}: {error}", fix=error.fix)
                continue
            rest = (
                words["cite"],
                words["note"],
                words["known_gap"],
                sizes,
                words["dtype"],
                words["convention"],
            )
            self.spec.claims.append(Claim(words["at"], key, value, at, node, *rest))
