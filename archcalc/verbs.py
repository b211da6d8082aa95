"""The command line's verbs as functions: each takes a network, or anything that `load` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.loading import load
from archcalc.network import Net

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from archcalc.closed_form import Formula
    from archcalc.difference import Difference
    from archcalc.drawing import Drawing
    from archcalc.explanation import Explanation
    from archcalc.solution import Solution
    from archcalc.verdicts import Verdicts
    from archcalc.verification import Verification


def _net(source: Any) -> Net:
    return source if isinstance(source, Net) else load(source)


def report(
    *sources: Any,
    columns: Sequence[str] | None = None,
    format: str = "table",
    depth: int | str | None = None,
    only: str = "",
    sort: str = "",
    top: int | None = None,
    convention: str = "reference",
) -> Any:
    """The table of one network, or several side by side, by the reference rule or as another tool counts."""
    from archcalc.folding import Choice
    from archcalc.render.report import report as made

    loaded = [_net(source) for source in sources]
    nets = [net.analysis if convention == "reference" else net.count(convention) for net in loaded]
    return made(nets, columns, format, choice=Choice(depth, only, sort, top))


def check(source: Any, *claims: str, dtype: str = "float32", convention: str = "reference") -> Verdicts:
    """Verdicts on the spec's published figures, or on claims.

    >>> check("lenet5", "params = 61706").ok
    False
    """
    return _net(source).check(*claims, dtype=dtype, convention=convention)


def diff(left: Any, right: Any, columns: Sequence[str] | None = None) -> Difference:
    """Two networks side by side: what was added, taken away and changed, and what each change costs."""
    from archcalc.difference import Difference

    return Difference(_net(left).analysis, _net(right).analysis, columns)


def verify(source: Any, seed: int = 0) -> Verification:
    """What one run of the reference forward pass finds."""
    return _net(source).verify(seed)


def explain(source: Any, layer: str = "total", quantity: str | None = None) -> Explanation:
    """Where a layer's figures come from."""
    return _net(source).explain(layer, quantity)


def formula(
    source: Any,
    quantity: str = "params",
    symbolic: Iterable[str] | str | None = None,
    *,
    layer: str = "total",
    dtype: str = "float32",
    group: str = "",
) -> Formula:
    """A figure as one closed form of the sizes that are left as letters.

    >>> print(formula("lenet5", "params", "H,W"))
    10,080·(⌊H/4⌋ − 7)·(⌊W/4⌋ − 7) + 49,920
    """
    return _net(source).formula(quantity, symbolic, layer=layer, dtype=dtype, group=group)


def solve(
    source: Any,
    sizes: Mapping[str, Any] | Sequence[str] | str,
    *claims: str,
    dtype: str = "float32",
    most: str = "",
    least: str = "",
) -> Solution:
    """The sizes at which all claims hold.

    >>> solve("lenet5", "H", "C5.H == 1").sizes
    [{'H': 32}, {'H': 33}, {'H': 34}, {'H': 35}]
    """
    return _net(source).solve(sizes, *claims, dtype=dtype, most=most, least=least)


def draw(source: Any, style: str = "graph", **options: Any) -> Drawing:
    """A picture of the network, as `net.draw`."""
    return _net(source).draw(style, **options)
