"""Identifiers for what a spec names: made, never taken as they are, so that no name can become code."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 32  # characters, so that two names stand on one line
_TAKEN = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "self", "cls"})


class Names:
    """The identifiers of one scope: ASCII, unlike one another, and unlike what is taken."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._used = {*_TAKEN, *taken}

    def copy(self) -> Names:
        """The same names as a scope of their own."""
        return Names(self._used)

    def variable(self, text: str, otherwise: str = "layer") -> str:
        """`c1` of C1, `conv_bn` of convBn, `layer_3` of 3, `class_2` of class."""
        return self._free(_snake(text, otherwise), "_")

    def class_(self, text: str, otherwise: str = "Block") -> str:
        """`ConvBn` of conv_bn, `ResNet50` of ResNet-50, `Net12` of 12."""
        name = _camel(text, otherwise)
        return self._free(name, "_" if name[-1].isdigit() else "")

    def _free(self, name: str, gap: str) -> str:
        """The name, or the first of name_2, name_3, ... that is free."""
        found, count = name, 1
        while found in self._used:
            count += 1
            found = f"{name}{gap}{count}"
        self._used.add(found)
        return found


def _words(text: str) -> list[str]:
    """The runs of ASCII letters and digits."""
    return re.findall(r"[A-Za-z0-9]+", text[: 4 * _LONGEST])


def _snake(text: str, otherwise: str) -> str:
    parts = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower() for word in _words(text)]
    return _led("_".join(parts), f"{otherwise}_", otherwise)


def _camel(text: str, otherwise: str) -> str:
    parts = [word[0].upper() + word[1:] for word in _words(text)]
    joined = ""
    for part in parts:  # two numbers stay two
        joined += f"_{part}" if joined[-1:].isdigit() and part[0].isdigit() else part
    return _led(joined, otherwise, otherwise)


def _led(name: str, lead: str, otherwise: str) -> str:
    """A name that begins with a letter, and is no longer than fits."""
    if not name:
        return otherwise
    name = name if name[0].isalpha() else lead + name
    return name[:_LONGEST].rstrip("_")
