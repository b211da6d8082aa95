"""`archcalc list`."""

from __future__ import annotations

from archcalc.cli.arguments import Parser
from archcalc.cli.out import show, width
from archcalc.render.page import Column, Page, Table

EXAMPLES = """
list
list --claims
"""


def run(args: list[str]) -> int:
    """Print every bundled network with its size and where its figures come from."""
    parser = Parser("list", EXAMPLES)
    parser.add_argument("--claims", action="store_true", help="the tutorials whose figures are checked")
    given = parser.read(args)
    if given is None:
        return 0
    rows = _rows(claims=given.claims)
    heads = [Column("name", right=False, style="name"), Column("network", right=False, sinks=True)]
    heads += [Column(word) for word in ("input", "params", "MACs")]
    lines = Table(heads, rows).lines(width())
    page = Page([[], *lines, []])
    one = "claims/lenet5-medium" if given.claims else "lenet5"
    page.flow([[("look at one:", "dim")], [("archcalc report ", "dim"), (one, "op")]], width(), " ")
    mine = ("archcalc show lenet5 > mine.yaml", "dim")
    page.flow([[("start from one:", "dim")], [mine]], width(), " ")
    show(page)
    return 0


def _rows(*, claims: bool) -> list[list[str]]:
    """A row for each bundled network, a variant after its base."""
    from archcalc.loading import load
    from archcalc.render.figures import write
    from archcalc.render.table import reading
    from archcalc.render.units import short
    from archcalc.spec import bundled

    rows = []
    for name in sorted(bundled(), key=lambda name: name.replace("-", "~")):
        if name.startswith("claims/") is claims:
            net = load(name)
            rows.append([name, net.name, write(reading(net.analysis)), short(net.params), short(net.macs)])
    return rows
