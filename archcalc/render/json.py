"""Reports and verdicts as JSON, with a schema version, the counting rule and units."""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Any

from archcalc import __version__
from archcalc.dims import literally
from archcalc.folding import Folded, number, reads, times
from archcalc.notes import conditions, left_out, notes, remarks
from archcalc.quantities import CONVENTIONAL, TABLE
from archcalc.render.figures import exact, made, parseable, plain
from archcalc.spec.values import SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.analysis import Analysis, Row
    from archcalc.conventions.compare import Counts
    from archcalc.conventions.values import Convention
    from archcalc.dims import Shape
    from archcalc.gaps import Closing, Closings
    from archcalc.render.figures import Report
    from archcalc.verdicts import Verdict, Verdicts

SCHEMA = 1
_ALWAYS = SUMS


def counting(net: Analysis) -> dict[str, Any]:
    """By which rule figures were counted, for how much, and what each is counted in."""
    rule: dict[str, Any] = {"rule": "reference"}
    if net.convention:
        rule = _convention(net.convention)
    units = {name: TABLE[name].unit for name in SUMS}
    return {**rule, "per": "example", "unit": units}


def _convention(convention: Convention) -> dict[str, Any]:
    """A convention's name, its tool with the version that it was read from, and its own words."""
    found: dict[str, Any] = {"rule": convention.name}
    for key in ("tool", "version", "calls"):
        if getattr(convention, key):
            found[key] = getattr(convention, key)
    return found


def document(
    nets: Sequence[Analysis], reports: Sequence[Report], dtype: str = "", optimizer: str = ""
) -> str:
    """One network as an object; several under `networks`. With a dtype each says what memory it takes."""
    head = {"schema": SCHEMA, "archcalc": __version__, "counting": counting(nets[0])}
    bodies = [_network(net, report) for net, report in zip(nets, reports, strict=True)]
    if dtype:
        from archcalc.render.footprint import plain as memory

        for net, body in zip(nets, bodies, strict=True):
            body["memory"] = memory(net.reference, dtype, optimizer)
    whole = {**head, **bodies[0]} if len(bodies) == 1 else {**head, "networks": bodies}
    return lines(whole)


def lines(whole: dict[str, Any]) -> str:
    """An object with a line for each key, and for each item of a list of objects."""
    parts = []
    for key, value in whole.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = ",\n    ".join(dumps(item, ensure_ascii=False) for item in value)
            text = f"[\n    {items}\n  ]"
        else:
            text = dumps(value, ensure_ascii=False)
        parts.append(f"  {dumps(key)}: {text}")
    return _visible("{\n" + ",\n".join(parts) + "\n}")


def _visible(text: str) -> str:
    """JSON in which what cannot be printed, and might steer a terminal, is written as a number."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else _numbered(c) for c in text)


def _numbered(sign: str) -> str:
    return dumps(sign)[1:-1]  # a pair of numbers past the sixteenth bit


def _network(net: Analysis, report: Report) -> dict[str, Any]:
    sizes = {name: plain(value) for name, value in net.graph.symbols.items() if isinstance(value, int)}
    body: dict[str, Any] = {"name": net.name}
    body |= _ends("input", net.graph.inputs) | _ends("output", made(net))
    body["sizes"] = sizes
    if net.graph.symbolic:
        body["valid_when"] = [parseable(held) for held in conditions(net)]
    body |= _chosen(report)
    body["layers"] = [_layer(row, report) for row in report.rows]
    others = report.view.others
    if others:
        body["others"] = exact({"layers": number(others), **{q: plain(others[q]) for q in SUMS}})
    body["total"] = exact({"layers": len(net.rows), **{q: plain(report.total(q)) for q in SUMS}})
    if net.convention:
        body |= _beside(net)
    else:
        body["flops_beside_macs"] = {term: plain(value) for term, value in net.terms().items()}
    body["notes"] = remarks(net.reference) + notes(net.reference) + left_out(net)
    return body


def _beside(net: Any) -> dict[str, Any]:
    """What a convention counts beside the plain rule, by op, and which ops it has no rule for."""
    given = net.convention.given
    beside = {q: {op: plain(more) for op, more in net.beside(q).items()} for q in given}
    return {"beside": beside, "without_rule": {q: net.left_out[q] for q in given}}


def counts(every: Counts) -> str:
    """Ways of counting one network, an object for each."""
    net = every.analysis
    head = {"schema": SCHEMA, "archcalc": __version__, "name": net.name, **_ends("input", net.graph.inputs)}
    bodies = [
        exact({**_convention(count.convention), **{q: plain(count.total[q]) for q in CONVENTIONAL}})
        | _beside(count)
        for count in every.values()
    ]
    units = {name: TABLE[name].unit for name in CONVENTIONAL}
    return lines({**head, "per": "example", "unit": units, "conventions": bodies})


def _ends(word: str, shapes: dict[str, Shape]) -> dict[str, Any]:
    """The input or the output, or where there are several each by its name."""
    if len(shapes) == 1:
        return {word: plain(next(iter(shapes.values())))}
    return {f"{word}s": {name: plain(shape) for name, shape in shapes.items()}}


def _chosen(report: Report) -> dict[str, Any]:
    """Which rows there are, where that is not all of them in their order."""
    view = report.view
    return {key: getattr(view, key) for key in ("depth", "only", "sort") if getattr(view, key)}


def _layer(row: Row, report: Report) -> dict[str, Any]:
    """A row; of a folded one also which block it is, and how many layers and copies it holds."""
    body: dict[str, Any] = {"name": row.name, "op": row.main[0].layer.op, "label": row.op}
    if isinstance(row, Folded):
        body["op"] = row.block or body["op"]
        body |= {"block": row.block} if row.block else {}
        body |= {"copies": plain(row.copies), "layers": len(row.rows)}
    elif not literally(times(row), 1):
        body["times"] = plain(times(row))
    if any(node.layer.declared for node in row.nodes):
        body["declared"] = True
    read = reads(row)
    body |= {"input": plain(row.input)} if len(read) < 2 else {"inputs": plain(read)}
    body["output"] = plain(row.output)
    body |= {q: plain(row[q]) for q in _ALWAYS}
    extra = [c for c in report.columns if c not in (*_ALWAYS, "input", "output", "op")]
    return exact({**body, **{q: plain(report.value(row, q)) for q in extra}})


def verdicts(every: Sequence[Verdicts]) -> str:
    """A check as JSON: one network as an object, several under `networks`."""
    head = {"schema": SCHEMA, "archcalc": __version__, "ok": all(found.ok for found in every)}
    bodies = [
        {"name": found.name, "ok": found.ok, "verdicts": [_verdict(v, found.closing(v)) for v in found]}
        | ({"notes": found.notes} if found.notes else {})
        for found in every
    ]
    return lines({**head, **bodies[0]} if len(bodies) == 1 else {**head, "networks": bodies})


def _verdict(verdict: Verdict, closings: Closings) -> dict[str, Any]:
    body: dict[str, Any] = {
        "at": verdict.at,
        "quantity": verdict.quantity,
        "claimed": verdict.figure.text,
        "computed": plain(verdict.computed),
        "status": verdict.status,
    }
    if verdict.place:
        body["place"] = str(verdict.place)
    if verdict.source:
        body["source"] = verdict.source.long()
    for key in ("dtype", "convention", "made_of", "note", "known_gap"):
        if getattr(verdict, key):
            body[key] = getattr(verdict, key)
    if closings.tried:
        body["closes"] = [_closing(each) for each in closings]
    return exact(body)


def _closing(each: Closing) -> dict[str, Any]:
    parts = [{"where": part.where, "what": part.what, "by": part.by} for part in each.parts]
    body = {"what": each.what, "value": plain(each.value), "note": each.note, "parts": parts, "cut": each.cut}
    return exact({key: value for key, value in body.items() if value})
