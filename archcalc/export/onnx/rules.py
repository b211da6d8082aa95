"""The rules by op: each writes the nodes of a kind of layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    Rule: TypeAlias = Callable[..., str]
    """Given the part, the layer and the values that it reads; gives the value that it makes."""

RULES: dict[str, Rule] = {}


def writes(*ops: str) -> Callable[[Rule], Rule]:
    """Enter a rule for some ops."""

    def enter(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, rule))
        return rule

    return enter


def rule(op: str) -> Rule | None:
    """The rule of an op; None where there is none."""
    from archcalc.export.onnx import kinds  # noqa: F401  (its modules enter their rules)

    return RULES.get(op)
