"""A report that was saved as JSON, as a network to compare with: a lock of what it cost then."""

from __future__ import annotations

from json import loads
from typing import Any

from archcalc.analysis import NOTHING, Row
from archcalc.dims import Shape
from archcalc.errors import Problem, SpecError, quote
from archcalc.quantities import COUNTED
from archcalc.register import kind

_MOST = 1_000_000  # brackets


class SavedRow(Row):
    """A row as a report had it."""

    __slots__ = ("_family", "_figures", "_label")

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(
            body["name"], [], body["params"], body["fixed"], body["connections"], body["neurons"]
        )
        read = body["inputs"][0] if body.get("inputs") else body.get("input")
        self.input, self.output = Shape(_sizes(read)), Shape(_sizes(body.get("output")))
        self.work = NOTHING
        self._label = str(body.get("label", ""))
        known = kind(str(body.get("op", "")))
        self._family = known.family if known else ""
        self._figures = {name: body[name] for name in COUNTED}

    @property
    def op(self) -> str:
        """What one would say aloud."""
        return self._label

    @property
    def family(self) -> str:
        """What sort of layer it is."""
        return self._family

    def __getitem__(self, quantity: str) -> Any:
        """A figure by its name."""
        return self._figures[quantity] if quantity in self._figures else super().__getitem__(quantity)


class Saved:
    """A network as a report had it: its rows and its total."""

    def __init__(self, name: str, text: str) -> None:
        try:
            body: Any = loads(text) if text.count("[") + text.count("{") < _MOST else None
            called: Any = body["name"]
            self.rows: list[Row] = [SavedRow(layer) for layer in body["layers"]]
            self.total: Row = SavedRow({"name": "total", **body["total"]})
            good = isinstance(called, str) and all(map(_counts, [*self.rows, self.total]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            good = False
        if not good:
            what = f"{quote(name)} is no report of one network"
            fix = f"archcalc report NETWORK -f json -o {name}"
            raise SpecError(Problem(what, ("a saved report has layers and a total",), fix))
        self._name: str = called

    @property
    def name(self) -> str:
        """The network's name."""
        return self._name


def _counts(row: Row) -> bool:
    """Whether a row holds figures: whole numbers, or nothing where one is not defined."""
    return all(row[name] is None or type(row[name]) is int for name in COUNTED)


def _sizes(given: Any) -> list[int]:
    if not isinstance(given, list) or not all(type(size) is int for size in given):
        return []
    return given
