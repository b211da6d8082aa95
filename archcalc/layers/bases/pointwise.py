"""What activations share: a number of operations for each element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.dims import product
from archcalc.errors import likely, quote
from archcalc.fields import REQUIRED, FieldError, special
from archcalc.layer import Layer, Work

if TYPE_CHECKING:
    from archcalc.dims import Shape
    from archcalc.expressions import Scope


class Activation(Layer):
    """A layer that changes each number on its own, or against its neighbours along the channels."""

    family = "activation"
    bends = True
    in_place = True
    keeps = "output"
    cost = Work()

    def each(self) -> Work:
        """Operations for one element."""
        return self.cost

    def work(self, x: Shape, y: Shape) -> Work:
        """Operations for one element, times the elements."""
        return self.each().times(product(y))


def word(about: str, words: tuple[str, ...], *, default: Any = REQUIRED, also: tuple[str, ...] = ()) -> Any:
    """A field that holds one of a few words."""
    values = f"{', '.join(words[:-1])} or {words[-1]}"

    def read(given: Any, _scope: Scope) -> str:
        if isinstance(given, str) and given in words:
            return given
        raise FieldError(f"is {quote(str(given))}, and must be {values}", fix=likely(str(given), words))

    return special(about, read, values, default=default, also=also, examples=words)
