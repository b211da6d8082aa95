"""An exhibit made: what is shown, what is to be said of it, and whether its spec still agrees."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archcalc.errors import UsageError, printable, quote
from archcalc.loading import load
from archcalc.quantities import header
from archcalc.render import review
from archcalc.render.agreement import sentence
from archcalc.render.figures import report, write
from archcalc.render.grid import Grid, grid
from archcalc.render.table import agreement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcalc.closed_form import Formula
    from archcalc.drawing import Drawing
    from archcalc.exhibits.asked import Asked
    from archcalc.explanation import Explanation
    from archcalc.network import Net

    Content: TypeAlias = "Grid | Drawing | Formula | Explanation"


class Exhibit(NamedTuple):
    """What a document shows of a spec."""

    asked: Asked
    content: Content
    title: str  # where the author gives no caption
    note: str  # what is to be said of the figures, a sentence or none
    failing: tuple[str, ...]  # published figures that no longer agree, a sentence for each
    files: tuple[str, ...]  # that it was made from

    @property
    def caption(self) -> str:
        """What the author calls it, in the document's own markup, or nothing."""
        return self.asked.option("caption")


def exhibit(asked: Asked, folder: str) -> Exhibit:
    """What is asked for, made; paths are those of the document's folder.

    Raises ArchcalcError where it cannot be made. Figures that no longer agree are not raised, so that
    a document hears of all of them.
    """
    paths = [_path(name, folder) for name in asked.specs]
    given = [load(path) for path in paths]
    failing = [said for net in given for said in _checked(net)]
    nets = [_at_sizes(net, asked) for net in given]
    content, title, note = _MADE[asked.show](asked, nets)
    files = [os.path.realpath(path) for path in paths if os.path.isfile(path)]
    files += [file for net in given for file in net.spec.files]
    return Exhibit(
        asked, content, printable(title), printable(note), tuple(failing), tuple(dict.fromkeys(files))
    )


def _path(name: str, folder: str) -> str:
    """A file beside the document, or the name of a bundled network as it is."""
    if os.path.isabs(name):
        raise UsageError(f"a spec is a bundled name or a path beside the page, not {quote(name)}")
    stem, dot, _ = os.path.basename(name).rpartition(".")
    return os.path.relpath(os.path.join(folder, name)) if stem and dot and "\0" not in name else name


_KNOWN: dict[Any, tuple[str, ...]] = {}
"""What a check found, by the files that were checked: a page may show one spec many times."""


def _checked(net: Net) -> tuple[str, ...]:
    """A sentence for each published figure that no longer agrees."""
    files = net.spec.files
    key = (
        net.spec.document.name,
        net.spec.document.text,
        *((file, os.stat(file).st_mtime_ns) for file in files),
    )
    if key not in _KNOWN:
        _KNOWN[key] = tuple(_failing(net))
    return _KNOWN[key]


def _failing(net: Net) -> Iterator[str]:
    found = net.check()
    for verdict in found:
        if not verdict.passes:
            place = f"{verdict.place}: " if verdict.place else ""
            whose = f" ({verdict.source.short()})" if verdict.source else ""
            yield f"{place}{net.name}: {verdict.where} {verdict.header}{whose}: {sentence(found, verdict)}"


def _at_sizes(net: Net, asked: Asked) -> Net:
    """The network at the sizes asked for, or in letters."""
    shape = asked.option("input") or None
    symbolic = asked.symbols or asked.show == "formula"
    return load(net, sizes=asked.sizes, input=shape, symbolic=symbolic)


def _table(asked: Asked, nets: list[Net]) -> tuple[Grid, str, str]:
    """The figures of a network's layers, or of several networks."""
    convention = asked.option("convention")
    counted = [net.count(convention) if convention else net.analysis for net in nets]
    if len(counted) > 1:
        if asked.choice.made:
            raise UsageError("a comparison has a row for each network; depth, only, sort and top are for one")
        made = grid(counted, [], asked.columns)
        return made, "", made.foot
    (net,) = counted
    made = grid(counted, [report(net, asked.columns, asked.choice, short=net.graph.symbolic, few=True)])
    return made, made.title, f"{_agreement(nets[0], asked)}{made.foot}".strip()


def _agreement(net: Net, asked: Asked) -> str:
    """How many published figures agree, where the table is of the same figures."""
    same = net.spec.claims and net.graph.as_written and not asked.option("convention")
    return f"{agreement(net.check())}. " if same else ""


def _diagram(asked: Asked, nets: list[Net]) -> tuple[Drawing, str, str]:
    (net,) = nets
    made = net.draw(asked.option("style") or "graph", **asked.drawn)
    return made, _counts(net), ""


def _counts(net: Net) -> str:
    """A network in one line."""
    counts = f"{write(net.params)} parameters, {write(net.macs)} MACs"
    return f"{net.name}: {counts}"


def _formula(asked: Asked, nets: list[Net]) -> tuple[Formula, str, str]:
    (net,) = nets
    made = net.formula(asked.option("quantity") or "params", layer=asked.option("layer") or "total")
    held = f"Valid when {' and '.join(made.valid)}. " if made.valid else ""
    value = "" if made.value is None else f"{write(made.value)} at the sizes of the file."
    return made, f"{header(made.quantity)} of {net.name}", f"{held}{value}".strip()


def _explain(asked: Asked, nets: list[Net]) -> tuple[Explanation, str, str]:
    (net,) = nets
    made = net.explain(asked.option("layer") or "total", asked.option("quantity") or None)
    return made, "", ""


def _check(_: Asked, nets: list[Net]) -> tuple[Grid, str, str]:
    (net,) = nets
    found = net.check()
    if not found:
        raise UsageError(f"{net.name} has no expect lines, so there is nothing to check")
    made = review.table(found)
    return made, made.title, made.foot


_MADE: dict[str, Any] = {
    "table": _table,
    "diagram": _diagram,
    "formula": _formula,
    "explain": _explain,
    "check": _check,
}
