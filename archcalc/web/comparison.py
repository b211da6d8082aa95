"""Networks side by side as one page: what each costs, a chart, and the layers of pairs of them aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.difference import Difference
from archcalc.errors import UsageError
from archcalc.quantities import COUNTED, TABLE
from archcalc.render.differences import more, part, sentence
from archcalc.render.figures import write
from archcalc.web import words
from archcalc.web.chart import chart
from archcalc.web.document import document
from archcalc.web.markup import Markup, joined, scrolling, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.alignment import Pair, Side
    from archcalc.analysis import Row

_MOST = 12  # networks whose layers are laid beside those of the first
_SIGNS = {"~": "changed", "+": "added", "−": "removed", "": "alike"}


def page(nets: Sequence[Side]) -> str:
    """The page of several networks: HTML that needs nothing else.

    Raises UsageError where sizes are letters.
    """
    if not all(isinstance(net.total.params, int) for net in nets):
        raise UsageError("networks are compared in numbers; set the sizes that are letters")
    first, *others = nets
    columns = [q for q in COUNTED if any(net.total[q] for net in nets)]
    pairs = [_aligned(Difference(first, other), columns, opened=len(others) == 1) for other in others[:_MOST]]
    rest = len(others) - len(pairs)
    left = tag("p", f"The layers of {rest} more are not laid out here.", class_="quiet") if rest else ""
    names = [net.name for net in nets]
    title = " and ".join(names) if len(names) == 2 else f"{len(names)} networks"
    content = (
        tag("header", tag("h1", title), tag("p", _lede(nets), class_="lede")),
        tag(
            "main",
            tag("section", tag("h2", "What each costs"), scrolling(_totals(nets, columns), "totals")),
            _chart(nets),
            tag("section", tag("h2", "Layer beside layer"), *pairs, left),
            tag("section", tag("h2", "What the figures mean"), _meaning(columns), id="meaning"),
            id="main",
        ),
        tag("footer", tag("p", f"archcalc {__version__}")),
    )
    return document(f"{', '.join(names[:4])}: archcalc", content, {}, ["elements.js", "compare.js"])


def _lede(nets: Sequence[Side]) -> str:
    """The least and the most of what they cost."""
    said = []
    for quantity, word in (("params", "parameters"), ("macs", "multiply-accumulates")):
        found = sorted((net.total[quantity], net.name) for net in nets if net.total[quantity] is not None)
        if found:
            (low, least), (high, most) = found[0], found[-1]
            same = (
                f"{low:,} {word} each"
                if low == high
                else f"from {low:,} {word} ({least}) to {high:,} ({most})"
            )
            said.append(same)
    return f"Here are {len(nets)} networks: {', and '.join(said)}."


def _meaning(columns: Sequence[str]) -> Markup:
    return words.glossary({q: TABLE[q].header for q in columns})


def _totals(nets: Sequence[Side], columns: Sequence[str]) -> Markup:
    """A row for each network, its figures with what they are beside those of the first."""
    heads = [
        _head("network", "order"),
        _head("layers", "layers"),
        *(_head(TABLE[q].header, q) for q in columns),
    ]
    body = [_network(i, net, nets[0], columns) for i, net in enumerate(nets)]
    top = tag("thead", tag("tr", joined(heads)))
    return tag("table", top, tag("tbody", joined(body, "\n")), id="networks")


def _head(text: str, key: str) -> Markup:
    button = tag("button", text, type="button", data_sort=key)
    return tag("th", button, scope="col", aria_sort="none", class_="name" if key == "order" else None)


def _network(place: int, net: Side, first: Side, columns: Sequence[str]) -> Markup:
    cells = [tag("th", net.name, scope="row", class_="name")]
    cells.append(tag("td", f"{len(net.rows):,}", data_value=len(net.rows)))
    for q in columns:
        mine, other = net.total[q], first.total[q]
        less = "" if not place or None in (mine, other) else _beside(other, mine)
        beside = tag("span", less, class_="was") if less else ""
        cells.append(tag("td", write(mine), beside, data_value=-1 if mine is None else mine))
    return tag("tr", joined(cells), data_net=place)


def _beside(before: int, after: int) -> str:
    """What a figure is beside another: `+2.8%`, or `× 426` where it is many times that."""
    if not before or not after:
        return "=" if before == after else ""
    if after < _TIMES * before:
        return part(before, after - before) or "="
    times = after / before
    return f"× {times:,.0f}" if times >= 10 else f"× {times:.1f}"


_TIMES = 3  # from which a multiple says more than percents


def _chart(nets: Sequence[Side]) -> Markup:
    drawn = chart(nets)
    if not drawn:
        return Markup("")
    said = tag("figcaption", "Each point is a network; lower is less to run, further left less to store.")
    return tag("section", tag("h2", "Parameters against MACs"), tag("figure", drawn, said), id="chart")


def _aligned(found: Difference, columns: Sequence[str], *, opened: bool) -> Markup:
    """Two networks layer beside layer, under their names."""
    left, right = found.left.name, found.right.name
    shown = [q for q in columns if q in (*found.quantities, "flops")]
    heads = [tag("th", head, scope="col") for head in ("", left, right, *(TABLE[q].header for q in shown))]
    body = joined((_pair(pair, shown) for pair in found.pairs), "\n")
    foot = tag(
        "tr", tag("td"), tag("th", "total", scope="row"), tag("td"), joined(_total(found, q) for q in shown)
    )
    box = tag("label", tag("input", type="checkbox", class_="only"), " only what differs", class_="check")
    parts = tag("thead", tag("tr", joined(heads))), tag("tbody", body), tag("tfoot", foot)
    table = tag("table", *parts, class_="aligned")
    summary = tag("summary", tag("strong", f"{left} → {right}"), f" {sentence(found)}")
    return tag("details", summary, tag("p", box), scrolling(table, f"{left} and {right}"), open=opened)


def _pair(pair: Pair, shown: Sequence[str]) -> Markup:
    """What stands in one place of both networks, and what the second has more."""
    sign = "+" if pair.left is None else "−" if pair.right is None else "~" if _differs(pair) else ""
    cells = [tag("td", tag("span", sign, aria_hidden="true"), tag("span", _SIGNS[sign], class_="spoken"))]
    alike = pair.left is not None and pair.right is not None and pair.left.op == pair.right.op
    change = tag("span", pair.change(), class_="was") if alike and sign else ""
    cells += [_side(pair.left), _side(pair.right, change)]
    cells += [_more(pair, q) for q in shown]
    return tag("tr", joined(cells), class_=f"sign-{_SIGNS[sign]}")


def _differs(pair: Pair) -> bool:
    assert pair.left is not None
    assert pair.right is not None
    return bool(pair.change()) or any(pair.left[q] != pair.right[q] for q in COUNTED)


def _side(row: Row | None, change: Markup | str = "") -> Markup:
    if row is None:
        return tag("td", class_="name")
    said = tag("span", f"{row.op}, {write(row.output)}", class_="op")
    return tag("td", tag("b", row.name), " ", said, change, class_="name")


def _more(pair: Pair, quantity: str) -> Markup:
    """A figure of both where it is the same, else both, and the difference."""
    before, after = (None if row is None else row[quantity] for row in pair)
    if before == after:
        return tag("td", write(before), class_="same")
    figures = [write(n) for row, n in zip(pair, (before, after), strict=True) if row is not None]
    return tag("td", " → ".join(figures), tag("span", more((after or 0) - (before or 0)), class_="was"))


def _total(found: Difference, quantity: str) -> Markup:
    before, after, gap = found.total(quantity)
    both = write(before) if before == after else f"{write(before)} → {write(after)}"
    parts: list[Any] = [both]
    if gap:
        beside = ", ".join(filter(None, (more(gap), _beside(before, after))))
        parts.append(tag("span", beside, class_="was"))
    return tag("td", *parts)
