"""Modules by the names of layers: Keras's own networks are flat, and say `conv2_block1_1_conv`.

A beginning that ends with a number, as `conv2_block1`, is a module where several layers one after the
other have it, and where there is another one that differs in its number.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcalc.convert.keras.model import Call

_ENDS = re.compile(r"(?<=[A-Za-z])_?\d+[a-z]?(?=_.)")
_FEWEST = 3  # layers of a module


def grouped(calls: Sequence[Call]) -> None:
    """Put the layers of a model into modules, and name them there."""
    for _, own in groupby(calls, lambda call: call.scope):
        _within(list(own))


def _within(calls: list[Call]) -> None:
    """The layers of one model, in modules one inside another."""
    names = [call.entry.name for call in calls]
    begins = {name: [name[: match.end()] for match in _ENDS.finditer(name)] for name in names}
    counts: dict[str, int] = {}
    for name in names:
        for begin in begins[name]:
            counts[begin] = counts.get(begin, 0) + 1
    stems: dict[str, set[str]] = {}
    for begin in counts:
        stems.setdefault(_stem(begin), set()).add(begin)
    plain = [_is_plain(call) for call in calls]
    runs = {begin: _runs(names, plain, begin) for begin, count in counts.items() if count >= _FEWEST}
    modules = {begin for begin, found in runs.items() if found == 1 and len(stems[_stem(begin)]) > 1}
    inside = _bridged(plain, [_last(begins[name], modules) for name in names])
    for call, begin in zip(calls, inside, strict=True):
        if begin:
            path = [
                other
                for other in begins.get(_any(names, begin), ())
                if other in modules and begin.startswith(other)
            ]
            call.scope = (*call.scope, *_parts(path))
            call.word = _own(call.entry.name, begin)


def _any(names: Sequence[str], begin: str) -> str:
    return next(name for name in names if name.startswith(f"{begin}_"))


def _stem(begin: str) -> str:
    """A beginning without its number."""
    return re.sub(r"_?\d+[a-z]?\Z", "", begin)


def _runs(names: Sequence[str], plain: Sequence[bool], begin: str) -> int:
    """In how many pieces the layers of a module stand, layers without a name of their own between them."""
    pieces, outside = 0, True
    for name, passed in zip(names, plain, strict=True):
        if name.startswith(f"{begin}_"):
            pieces += outside
            outside = False
        elif not passed:
            outside = True
    return pieces


def _is_plain(call: Call) -> bool:
    """Whether Keras gave a layer its name, as `add_3` to an Add, and no author."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", call.entry.kind)
    own = re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
    return re.fullmatch(rf"{re.escape(own)}(_\d+)?", call.entry.name) is not None


def _last(begins: Sequence[str], modules: set[str]) -> str:
    """The innermost module that a layer is in."""
    return next((begin for begin in reversed(begins) if begin in modules), "")


def _bridged(plain: Sequence[bool], inside: list[str]) -> list[str]:
    """The same, with layers that Keras named where both before and behind them one module stands."""
    found = list(inside)
    last = ""
    gap: list[int] = []
    for i, begin in enumerate(inside):
        if not begin and last and plain[i]:
            gap.append(i)
            continue
        if begin == last:
            for j in gap:
                found[j] = begin
        last, gap = begin, []
    return found


def _parts(path: Sequence[str]) -> list[str]:
    """`conv2`, `conv2_block1` as `conv_2`, `block_1`: what each adds, its number apart."""
    found, before = [], ""
    for begin in path:
        own = begin.removeprefix(before).strip("_")
        found.append(re.sub(r"(?<=[A-Za-z])(\d+)\Z", r"_\1", own))
        before = begin
    return found


def _own(name: str, begin: str) -> str:
    """What a layer is called in its module."""
    if name.startswith(f"{begin}_"):
        return name.removeprefix(f"{begin}_")
    return re.sub(r"_\d+\Z", "", name)
