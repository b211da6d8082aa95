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
    from archcalc.network import load
    from archcalc.render.figures import write
    from archcalc.spec import bundled

    rows = []
    for name in sorted(bundled(), key=lambda name: name.replace("-", "~")):  # a variant after its base
        if name.startswith("claims/") is given.claims:
            net = load(name)
            rows.append([name, net.name, write(net.input), write(net.params), write(net.macs)])
    heads = [Column("name", right=False, style="name"), Column("network", right=False, sinks=True)]
    heads += [Column(word) for word in ("input", "params", "MACs")]
    lines = Table(heads, rows).lines(width())
    page = Page([[], *lines, []])
    page.add(
        (" look at one: archcalc report ", "dim"),
        ("claims/lenet5-medium" if given.claims else "lenet5", "op"),
    )
    page.add((" start from one: archcalc show lenet5 > mine.yaml", "dim"))
    show(page)
    return 0
