"""What layers share that go by the names of axes: how these are read, found, and told to a forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.errors import ForwardError, quote
from archcalc.expressions import is_name
from archcalc.fields import FieldError, read_size
from archcalc.layer import Layer, Rule

if TYPE_CHECKING:
    from archcalc.dims import Shape
    from archcalc.expressions import Scope

_FARTHEST = 10**15
BY_NAME = "axes go by name, never by number: C, T, D, H, W, or what a reshape calls them"


class ByName(Layer):
    """A layer whose forward looks for axes by their names, which an array does not have."""

    __slots__ = ("_names",)  # beside the fields, which alone make a layer equal to another

    def reading(self, *xs: Shape) -> Layer:
        """The same layer, told the axes that it reads."""
        told = self.bound(self.__dict__)
        object.__setattr__(told, "_names", xs[0].axes)
        return told

    @property
    def names(self) -> tuple[str, ...]:
        """The axes that the forward reads."""
        try:
            return self._names  # type: ignore[attr-defined,no-any-return]  # a slot
        except AttributeError:
            raise ForwardError(f"{self.op} goes by the names of axes, and was not told them") from None


def read_axis(given: Any, _scope: Scope) -> str:
    """The name of an axis."""
    if not isinstance(given, str) or not is_name(given):
        raise FieldError(f"is {quote(given)}, and must be the name of an axis", BY_NAME)
    return given


def read_place(given: Any, scope: Scope) -> Any:
    """A place on an axis, counted from 0, or from its end where it is below 0."""
    return None if given is None else read_size(given, scope, -_FARTHEST)


def has(name: str, x: Shape, field: str) -> Rule:
    """The input has an axis of this name."""
    return Rule(
        name in x.axes,
        lambda: f"there is no axis {quote(name)} in {x}",
        lambda: f"its axes are {', '.join(x.axes)}",
        field,
    )


def about(name: str, error: FieldError) -> FieldError:
    """A complaint of a size, with the axis that it is of."""
    text = str(error)
    joint = " that " if text.startswith("is ") else ": "
    return FieldError(f"has an axis {name}{joint}{text}", error.why, error.fix)
