"""Memory under a table: what is stored, what activations take, what is moved, what a training step holds."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from archcalc.errors import UsageError
from archcalc.measures import Measures
from archcalc.memory import Traffic, dtype_of
from archcalc.shown import sized
from archcalc.training import training

if TYPE_CHECKING:
    from archcalc.analysis import Analysis
    from archcalc.render.page import Page

_NORM = "batch_norm"
_MACS = "training MACs"


def terms(net: Analysis, dtype: str, optimizer: str = "") -> dict[str, tuple[int, str]]:
    """Bytes by name, each with what it consists of; of a training step where an optimizer is named.

    Raises UsageError for letters, and for a dtype or an optimizer that there is not.
    """
    dtype_of(dtype)
    if net.graph.symbolic:
        raise UsageError("memory is counted where every size is a number; leave --symbolic out")
    measures, moved = Measures(net, dtype), Traffic(net.graph, dtype)
    norms = any(node.layer.op == _NORM for node in net.graph.nodes)
    stored = measures.made_of("total", "weights") + ("; batch norm not folded" if norms else "")
    found = {
        "weights": (measures.of("total", "weights"), stored),
        "peak": (measures.of("total", "peak"), measures.made_of("total", "peak")),
    }
    traffic = sum(moved.of(row) for row in net.rows)
    each = (
        f"{traffic / net.total.macs:.2f} bytes for each MAC" if net.total.macs else "read and written by rows"
    )
    found["moved"] = (traffic, each)
    if optimizer:
        step = training(net, optimizer, dtype)
        found["gradients"] = (step.gradients, "one for each trainable scalar")
        found["optimizer"] = (step.optimizer, step.name)
        found["kept"] = (step.kept, "activations for the backward pass")
        found["training"] = (step.total, "weights, gradients, optimizer and kept")
        macs = measures.of("total", "training_macs")
        times = f"{macs / net.total.macs:.2f} times the forward pass" if net.total.macs else ""
        found[_MACS] = (macs, times)
    return found


def add(page: Page, net: Analysis, dtype: str, optimizer: str = "", width: int | None = None) -> None:
    """The lines under a table: bytes in powers of two and of ten, and what they consist of."""
    page.add((f" memory of one example, {dtype_of(dtype).name}", "dim"))
    for name, (count, made) in terms(net, dtype, optimizer).items():
        size = f"{sized(count):>11}  {sized(count, decimal=True):>11}"
        lead = f"{count:>24,}" if name == _MACS else size
        if not made:
            page.add((f" {name:<14}", "name"), lead)
        elif width is None or len(lead) + len(made) + _LEAD <= width:
            page.add((f" {name:<14}", "name"), lead, (f"   {made}", "dim"))
        else:  # what it consists of goes below
            page.add((f" {name:<14}", "name"), lead)
            for line in wrap(made, width - 3):
                page.add((f"   {line}", "dim"))
    page.add()


_LEAD = 18  # columns of a name, and of the gap before what a figure consists of


def plain(net: Analysis, dtype: str, optimizer: str = "") -> dict[str, Any]:
    """The same for JSON, in bytes."""
    found: dict[str, Any] = {"dtype": dtype_of(dtype).name}
    for name, (count, made) in terms(net, dtype, optimizer).items():
        if name == _MACS:
            found["training_macs"] = count
        else:
            found[name] = {"bytes": count, **({"made_of": made} if made else {})}
    return found
