"""The report on a terminal: a title, one table, and at most a few lines of talk under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from archcalc.dims import literally
from archcalc.errors import Problem, UsageError, likely, printable, quote, wide
from archcalc.folding import number, said, unfold
from archcalc.notes import by_hand, conditions, left_out, notes, remarks
from archcalc.render.exercise import hints, task
from archcalc.render.exercise import op as given
from archcalc.render.figures import FORMULAS, HEADERS, Share, inputs, made, outputs, write
from archcalc.render.page import WIDEST, Column, Page, Table, wrap
from archcalc.render.rule import rule, rule_of
from archcalc.render.units import Units, named
from archcalc.spec.values import SUMS
from archcalc.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcalc.analysis import Analysis, Row
    from archcalc.conventions.count import Count
    from archcalc.dims import Shape
    from archcalc.render.figures import Report
    from archcalc.verdicts import Verdicts

_WIDEST = 110  # columns of talk in a pipe, however wide the table


def page(net: Analysis, report: Report, width: int | None = None, *, exact: bool = False) -> Page:
    """The report of one network, laid out for a terminal of `width` columns, or for a pipe.

    On a terminal large columns are in millions or more, unless `exact`.
    """
    exact = exact or width is None or report.exercise is not None
    units = Units({} if exact else {c: net.total[c] for c in report.columns if c in SUMS})
    table = _table(report, units)
    if not table.fits(width):
        table = _table(report, units, bars=False)
    lines = table.lines(width)
    shown = Page([[]])
    across = max(wide("".join([text for text, _ in line])) for line in lines)
    indent = int(lines[0][0][0].startswith(" "))
    shown.extend(_title(net, report, min(across, _WIDEST, width or _WIDEST), width, indent))
    shown.add()
    if asked := task(report):
        shown.extend([(line, "")] for line in wrap(asked, min(width or _WIDEST, _WIDEST), " " * indent))
        shown.add()
    shown.extend(lines)
    if not table.totals:
        shown.extend(_sums(report, width))
    shown.add()
    foot = min(max(across, 60), _WIDEST) if width is None else min(width, max(across, WIDEST))
    for text, right in talk(net, report, units):
        _put(shown, text, right, foot, indent)
    shown.add()
    return shown


def _table(report: Report, units: Units, *, bars: bool = True) -> Table:
    whole, view = report.analysis.total, report.view
    counted = (whole[quantity] for quantity in ("params", "macs", "flops") if whole[quantity] is not None)
    symbolic = not isinstance(next(counted, 0), int)
    columns = [Column("layer", right=False, style="name"), Column("op", right=False, style="op", sinks=True)]
    columns += [
        Column(units.header(c, report.header(c)), right=not symbolic and (c != "share" or not bars))
        for c in report.columns
    ]
    longest = _longest(report) if bars else 0

    def cells(row: Row, op: str, name: str = "") -> list[str]:
        values = [(c, report.value(row, c)) for c in report.columns]
        written = [_bar(v, longest) if isinstance(v, Share) else units.write(c, v) for c, v in values]
        return [name or row.name, op, *written]

    rows = [cells(row, given(row) if report.exercise else said(row)) for row in report.rows]
    rows += [cells(view.rest, "")] if view.rest else []
    sums = set(SUMS) & set(report.columns)
    # several formulas of everything would push the columns apart: they stand below
    if not sums or (symbolic and len(sums) > 1):
        return Table(columns, rows, [])
    parts = [(view.part, view.only), (view.outside, "")] if view.part else []
    totals = [cells(row, "", name) for row, name in parts if row]
    total = ["total", "", *(units.write(c, report.total(c)) if c in SUMS else "" for c in report.columns)]
    return Table(columns, rows, [*_blank(report, totals), total])


def _blank(report: Report, totals: list[list[str]]) -> list[list[str]]:
    """Sums without what is no sum."""
    kept = [True, True, *(c in SUMS or c == "share" for c in report.columns)]
    return [[cell if keep else "" for cell, keep in zip(row, kept, strict=True)] for row in totals]


_BAR = 16  # columns of the longest bar
_EIGHTHS = " ▏▎▍▌▋▊▉"


def _longest(report: Report) -> int:
    """The largest share that a bar is drawn for."""
    every = [*report.rows, *(row for row in (report.view.rest, report.view.outside) if row)]
    return max((row[report.shared] or 0 for row in every), default=0) if "share" in report.columns else 0


def _bar(share: Share, longest: int) -> str:
    """A share with its bar, as `25.5% ████▌`; without one where there is no room."""
    if not longest:
        return str(share)
    whole, eighths = divmod(round(8 * _BAR * share.part / longest), 8)
    return f"{share!s:>5} {'█' * whole}{_EIGHTHS[eighths]}".rstrip()


def _sums(report: Report, width: int | None) -> list[list[tuple[str, str]]]:
    """The totals, a line for each."""
    lines: list[list[tuple[str, str]]] = []
    for column in (c for c in report.columns if c in SUMS):
        wrapped = wrap(write(report.total(column)), width, " " * 20)
        for i, line in enumerate(wrapped):
            lead = f" {'total ' + HEADERS[column]:<18} " if i == 0 else " " * 20
            lines.append([(lead, "name"), (line[20:], "")])
    return lines


def _title(
    net: Analysis, report: Report, across: int, width: int | None, indent: int
) -> list[list[tuple[str, str]]]:
    """The network's name, and on the right how many layers it has, what it reads, and what is shown."""
    left = " " * indent
    name = printable(net.name)  # before it is measured
    right = printable(about(net, report))
    space = across - wide(left + name) - wide(right)
    if space < 2 and width is not None:
        rest = [[(line, "dim")] for line in wrap(right, width, left)]
        return [*([(line, "name")] for line in wrap(name, width, left)), *rest]
    return [[(left + name, "name"), (" " * max(2, space), ""), (right, "dim")]]


def about(net: Analysis, report: Report) -> str:
    """How many layers there are, what the network reads and gives, and which rows are shown."""
    view = report.view
    count = len(net.rows)
    parts = [f"{count:,} layer{'s' * (count != 1)}", inputs(net)]
    if net.convention:
        parts.append(f"counted as {net.convention.name}")
    if any(not isinstance(group.copies, int) for group in net.graph.groups.values()):
        parts[0] = f"{count:,} rows"  # how many layers these are is for the letters to say
    if view.only:
        own = count - (number(view.outside) if view.outside else 0)
        parts[0] = f"{own:,} of {parts[0]}, under {view.only}"
    if outputs(net):
        parts.append(outputs(net))
    if view.depth:
        parts.append(f"blocks folded to depth {view.depth}")
    if view.sort:
        parts.append(f"by {HEADERS[view.sort]}")
    held = conditions(net)
    if held:
        parts.append(f"for {' and '.join(held)}")
    return ", ".join(parts)


def talk(net: Analysis, report: Report, units: Units | None = None) -> list[tuple[str, str]]:
    """What stands under the table: a sentence, and the command that tells more."""
    if report.exercise:
        return [(rule(net, report.columns), ""), *((hint, "") for hint in hints(report))]
    lines: list[tuple[str, str]] = []
    if net.convention:
        from archcalc.render.counted import counted

        lines += [(sentence, "") for sentence in counted(cast("Count", net))]
    elif net.spec.claims and net.graph.as_written:
        lines.append((agreement(judge(net, here=True)), f"archcalc check {net.spec.shown}"))
    if not net.convention and {"macs", "flops"} & set(report.columns):
        lines += [(operations(report), "")]
    if units and units.exactly():
        lines.append((units.exactly(), "--exact"))
    worth = " ".join(remarks(net.reference))
    lines += [(worth, "")] if worth else []
    lines += [(f"! {note}", "") for note in notes(net.reference)]
    if "connections" in report.columns:
        lines += [(note, "") for note in left_out(net)]
    if counted_by := rule(net, report.columns):
        lines.append((counted_by, rule_of(net)))
    more = unfold(net, report.view)
    return [*lines, (more, "")] if more else lines


def agreement(verdicts: Verdicts) -> str:
    """How many figures agree, and who published them; without a source they are merely expected.

    Figures at other sizes than the network's own are only counted: each would be a network of its own.
    """
    count, good, others = len(verdicts), verdicts.count("agrees"), verdicts.elsewhere
    gaps, bad = verdicts.count("gap"), count - good - verdicts.count("gap")
    sources = list(dict.fromkeys(v.source.short() for v in verdicts if v.source))
    more = f" and {len(sources) - 2} more" if len(sources) > 2 else ""
    whose = f" ({', '.join(sources[:2])}{more})" if sources else ""
    sign, what = "✗" if bad else "✓", "published" if sources else "expected"
    if not count:
        return f"{others} expected figure{'s' * (others != 1)} at other sizes"
    here, elsewhere = (" at these sizes", f", {others} more at others") if others else ("", "")
    known = f", {gaps} known gap{'s' * (gaps != 1)}" if gaps else ""
    return f"{sign} {good} of {count} {what} figures agree{here}{whose}{known}{elsewhere}"


def operations(report: Report) -> str:
    """The network's MACs where they are many, as `1.81 GMACs`, and what FLOPs are beside them."""
    total = report.analysis.total
    whole = named(total.macs, "MACs")
    if not whole:
        return split(report)
    if "flops" in report.columns:
        return f"{whole}; {split(report)}"
    more = "twice that" if literally(total.work.beside, 0) else "more than twice that"
    return f"{whole}; FLOPs are {more} (--columns flops)."


def split(report: Report) -> str:
    """FLOPs by term, as `FLOPs = 2 x MACs + 32,972: tanh 24,252, rbf 840`."""
    terms = report.analysis.terms()
    if not terms:
        unknown = any(row.unknown for row in report.analysis.rows)
        return f"FLOPs = 2 x MACs: nothing {'that is known ' * unknown}is computed beside them."
    if not isinstance(report.analysis.total.flops, int):
        return f"FLOPs = 2 x MACs + the operations of {', '.join(terms)}."
    beside = report.analysis.total.work.beside
    parts = ", ".join(f"{name} {write(value)}" for name, value in terms.items())
    return f"FLOPs = 2 x MACs + {write(beside)}: {parts}."


_SIGNS = {"✓": "good", "✗": "bad", "~": "warn", "!": "warn"}


def _put(page: Page, text: str, right: str, foot: int, indent: int) -> None:
    """A sentence in lines, its sign in colour, and on the right the command that tells more."""
    left = " " * indent
    lines = wrap(text, foot, left)
    for line in lines:
        sign = line.lstrip()[:1]
        if line is lines[0] and sign in _SIGNS:
            page.add((line[: len(left) + 1], _SIGNS[sign]), (line[len(left) + 1 :], "dim"))
        else:
            page.add((line, "dim"))
    if not right:
        return
    space = foot - wide(lines[-1]) - wide(right)
    if space >= 2:
        page.beside((" " * space, ""), (right, "op"))
    else:
        page.extend([(line, "op")] for line in wrap(right, foot, left + "  "))


def comparison(
    nets: Sequence[Analysis], width: int | None = None, chosen: Sequence[str] | None = None
) -> Page:
    """Several networks in one table, a row for each."""
    columns, rows = compared(nets, chosen)
    heads = [Column("network", right=False, style="name")]
    heads += [Column(HEADERS.get(c, c), right=c not in {"input", "output"}) for c in columns]
    table = Table(heads, [[name, *map(write, figures)] for name, figures in rows])
    lines = table.lines(width)
    shown = Page([[], *lines, []])
    foot = max(sum(wide(text) for text, _ in line) for line in lines) if width is None else min(width, WIDEST)
    for net in nets:
        for note in by_hand(net.reference):
            _put(shown, f"! {net.spec.shown}: {note}", "", foot, 1)
    if counted_by := rule(nets[0], columns, alone=False):
        _put(shown, counted_by, rule_of(nets[0]), foot, 1)
    shown.add()
    return shown


COMPARED = ("layers", "input", "output", *SUMS)
"""What a comparison of several networks can show."""


def compared(
    nets: Sequence[Analysis], chosen: Sequence[str] | None = None
) -> tuple[list[str], list[tuple[str, list[object]]]]:
    """The columns of a comparison, the usual ones or those chosen, and each network's figures under them.

    Raises UsageError for a column that a comparison has not.
    """
    columns = _usual(nets) if chosen is None else list(dict.fromkeys(chosen))
    for column in columns:
        if column not in COMPARED:
            why = (f"columns of several networks: {', '.join(COMPARED)}",)
            what = f"a comparison has no column {quote(column)}"
            raise UsageError(Problem(what, why, likely(column, COMPARED)))
    return columns, [(net.spec.shown, [_of_net(net, column) for column in columns]) for net in nets]


def _usual(nets: Sequence[Analysis]) -> list[str]:
    """The columns of a comparison where none are chosen."""
    if nets[0].convention:
        return ["layers", "input", *nets[0].convention.given]
    letters = any(net.graph.symbolic for net in nets)
    every = [c for c in SUMS if c in FORMULAS] if letters else SUMS  # formulas of everything would not fit
    sums = [c for c in every if c != "fixed" or any(not _is_zero(net.total.fixed) for net in nets)]
    return ["layers", "input", *sums]


def _of_net(net: Analysis, column: str) -> object:
    """A figure of a whole network."""
    if column == "layers":
        return len(net.rows)
    if column == "input":
        return reading(net)
    return _each(made(net)) if column == "output" else net.total[column]


def reading(net: Analysis) -> object:
    """The shape of the input, or of each input."""
    return _each(net.graph.inputs)


def _each(shapes: Mapping[str, Shape]) -> object:
    """The only shape, or all of them."""
    first, *more = shapes.values()
    return [first, *more] if more else first


def _is_zero(value: object) -> bool:
    return isinstance(value, int) and value == 0
