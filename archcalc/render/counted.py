"""What is said of figures that a convention counts: whose they are, and what makes the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.conventions.count import plainly
from archcalc.render.figures import HEADERS, write
from archcalc.render.units import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcalc.conventions.count import Count


def counted(net: Count) -> list[str]:
    """What the totals are beside those of the reference rule, and which ops have no rule."""
    found = [_against(net, quantity) for quantity in net.convention.given]
    missed = without_rule(net)
    if missed:
        found.append(f"Without a rule, so 0: {', '.join(missed)}.")
    return [sentence for sentence in found if sentence]


def without_rule(net: Count) -> list[str]:
    """Ops that hold something and have no rule: for parameters, or neither for MACs nor for FLOPs."""
    work = [set(net.left_out[quantity]) for quantity in ("macs", "flops") if quantity in net.left_out]
    missed = set.intersection(*work) if work else set()
    missed |= set(net.left_out.get("params", ()))
    return list(dict.fromkeys(op for ops in net.left_out.values() for op in ops if op in missed))


def _against(net: Count, quantity: str) -> str:
    """One total: `4.11 GMACs, called flops there: 22,328,320 (0.5 %) more than ...`."""
    total, beside = net.total[quantity], net.beside(quantity)
    plain: Any = plainly(net.reference.total, quantity)
    header, word = HEADERS[quantity], net.convention.calls.get(quantity, "")
    lead = named(total, header) or (f"{write(total)} {header}" if isinstance(total, int) else header)
    lead += f", called {word} there" if word else ""
    if not beside:
        same = "two for each MAC of the reference rule" if quantity == "flops" else "as by the reference rule"
        return "" if quantity == "params" else f"{lead}, {same}."
    if not isinstance(total, int):
        return f"{lead}, beside {plainly_said(quantity)}: {terms(beside)}."
    more: int = total - plain
    which = f"{write(abs(more))}{_share(more, plain)} {'more' if more >= 0 else 'fewer'}"
    return f"{lead}: {which} than {plainly_said(quantity, plain)}: {terms(beside)}."


def plainly_said(quantity: str, plain: Any = None) -> str:
    """What each quantity is held against: `the reference rule's 26 MACs`, `2 x MACs, 52`."""
    if quantity == "flops":
        return "2 x MACs" if plain is None else f"2 x MACs, {write(plain)}"
    figure = "" if plain is None else f"{write(plain)} "
    return f"the reference rule's {figure}{HEADERS[quantity]}"


def _share(more: int, plain: int) -> str:
    part = percent(abs(more), plain)
    return f" ({part})" if part else ""


def percent(part: Any, whole: Any) -> str:
    """A part of a whole as `0.5 %`; nothing where there is none, or they are formulas."""
    if not isinstance(part, int) or not isinstance(whole, int) or not whole or not part:
        return ""
    share = 1000 * part / whole
    return "<0.1 %" if share < 1 else f"{share / 10:,.1f} %"


def terms(beside: Mapping[str, Any]) -> str:
    """Ops with what each adds, the largest first; with their signs where one takes some away."""
    ops = list(beside.items())
    if all(isinstance(more, int) for _, more in ops):
        ops.sort(key=lambda each: -abs(each[1]))
    if all(not isinstance(more, int) or more > 0 for _, more in ops):
        return ", ".join(f"{op} {write(more)}" for op, more in ops)
    return ", ".join(f"{op} {signed(more)}" for op, more in ops)


def signed(more: Any) -> str:
    """A difference with its sign: `+1,000`, `−1,000`."""
    if not isinstance(more, int):
        return write(more)
    return f"{'−' if more < 0 else '+'}{write(abs(more))}"
