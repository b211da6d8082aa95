"""A layer's configuration, read with its types checked: the file may hold anything."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

_LARGEST = 10**12
_DIGITS = 12  # of a number; with more it stands for a fraction


class Broken(Exception):  # noqa: N818  (a sentence, to which the reader adds the file)
    """A configuration that says something without a meaning."""


class Fields:
    """The values of one configuration, by name."""

    __slots__ = ("given",)

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    def whole(self, name: str, otherwise: int | None = None, least: int = 1) -> int:
        """A whole number."""
        found = self.given.get(name)
        found = otherwise if found is None else found
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if type(found) is not int or not least <= found <= _LARGEST:
            raise Broken(f"its {name} is {_shown(found)}, and must be a whole number from {least}")
        return found

    def wholes(self, name: str, count: int, otherwise: int | None = None, least: int = 1) -> list[int]:
        """As many whole numbers, or one for all."""
        found = self.given.get(name)
        found = otherwise if found is None else found
        if not isinstance(found, list):
            found = [found] * count
        if len(found) == 1:
            found = found * count
        if len(found) != count:
            raise Broken(f"its {name} has {len(found)} numbers, and there are {count} axes")
        return [Fields({name: part}).whole(name, None, least) for part in found]

    def flag(self, name: str, *, otherwise: bool) -> bool:
        """True or false."""
        found = self.given.get(name)
        if found is None:
            return otherwise
        if not isinstance(found, bool | int):
            raise Broken(f"its {name} is {_shown(found)}, and must be true or false")
        return bool(found)

    def text(self, name: str, otherwise: str = "") -> str:
        """A word."""
        found = self.given.get(name)
        if found is None:
            return otherwise
        if not isinstance(found, str):
            raise Broken(f"its {name} is {_shown(found)}, and must be a word")
        return found

    def number(self, name: str, otherwise: float | None = None) -> Any:
        """A number, exact: the decimal that it is written as."""
        found = self.given.get(name)
        found = otherwise if found is None else found
        exact = decimal(found)
        if exact is None:
            raise Broken(f"its {name} is {_shown(found)}, and must be a number")
        return exact

    def axes(self, name: str, otherwise: Any = None) -> list[int]:
        """One axis, or several, counted with the batch."""
        found = self.given.get(name)
        found = otherwise if found is None else found
        found = found if isinstance(found, list) else [found]
        if not found or not all(type(axis) is int and abs(axis) < 100 for axis in found):
            raise Broken(
                f"its {name} is {_shown(self.given.get(name))}, and must be an axis, or a list of axes"
            )
        return list(found)


def decimal(found: Any) -> Any:
    """A number of JSON as specs hold it: 0.16666666666666666 is 1/6; None for what is no number."""
    if type(found) is int:
        return found if abs(found) <= _LARGEST else None
    if not isinstance(found, float) or not isfinite(found) or abs(found) > _LARGEST:
        return None
    if found.is_integer():
        return int(found)
    near = Fraction(found).limit_denominator(1000)
    return str(near) if len(repr(found)) > _DIGITS and float(near) == found else found


def _shown(found: Any) -> str:
    text = repr(found)
    return text if len(text) <= 60 else f"{text[:57]}..."
