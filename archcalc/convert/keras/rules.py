"""Which layer or operation of Keras is read by which function: rules enter themselves by declaring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from archcalc.convert.keras.model import Call
    from archcalc.convert.keras.reader import Reader
    from archcalc.convert.keras.values import Flow

    _Rule = TypeVar("_Rule", bound=Callable[..., Any])

RULES: dict[str, Callable[[Reader, Call], Flow | list[Flow]]] = {}
"""For each layer of Keras, by its class, what it becomes."""
OPERATIONS: dict[str, Callable[[Reader, Call], Flow | list[Flow]]] = {}
"""For each function of `keras.ops`, by its class, what it becomes."""


def rule(*kinds: str) -> Callable[[_Rule], _Rule]:
    """Enter a function as what these layers become."""
    return _entering(RULES, kinds)


def operation(*kinds: str) -> Callable[[_Rule], _Rule]:
    """Enter a function as what these operations become."""
    return _entering(OPERATIONS, kinds)


def _entering(table: dict[str, Any], kinds: tuple[str, ...]) -> Callable[[_Rule], _Rule]:
    def enter(function: _Rule) -> _Rule:
        table.update(dict.fromkeys(kinds, function))
        return function

    return enter


def declare() -> None:
    """Have every rule entered."""
    from archcalc.convert.keras import (  # noqa: F401
        activations,
        features,
        joins,
        maps,
        moves,
        norms,
        ops,
        recurrent,
        shapes,
        tensorflow,
        training,
    )  # fmt: skip


class Unsaid(Exception):  # noqa: N818  (not an error: a layer that becomes opaque)
    """A layer that the language has no kind for, with its tensors as far as they are known to be."""

    def __init__(self, why: str, params: int = 0, fixed: int = 0, like: Flow | None = None) -> None:
        super().__init__(why)
        self.params = params
        self.fixed = fixed
        self.like = like  # what has the shape of what it makes
