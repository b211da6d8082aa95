"""Classes that our own PyTorch source brings along, known by their code, and not by their name.

A file that `archcalc export` wrote may have been edited: a class is taken for one of ours where each of its
functions is compiled to the same code, and the names that the code goes by mean the same.
"""

from __future__ import annotations

from functools import cache
from types import CodeType, FunctionType
from typing import Any

_IMPORTS = "import math\nimport torch\nimport torch.nn.functional as F\nfrom torch import Tensor, nn\n"
"""What a written file begins with: Python compiles a call of a module's function unlike that of a method."""


def ours(kind: type) -> bool:
    """Whether a class is one of ours, word for word."""
    wanted = _code(kind.__name__)
    if wanted is None:
        return False
    codes = {part.co_name: part for part in wanted.co_consts if isinstance(part, CodeType)}
    own = {name: part for name, part in vars(kind).items() if isinstance(part, FunctionType)}
    alike = own.keys() == codes.keys() and all(_same(own[name].__code__, codes[name]) for name in own)
    return alike and all(map(_plain, own.values())) and all(map(_known, kind.__bases__))


def says(module: Any, name: str) -> bool:
    """Whether the forward of a module calls a function of ours of this name."""
    forward, wanted = type(module).forward, _code(name)
    if not isinstance(forward, FunctionType) or name not in forward.__code__.co_names or wanted is None:
        return False
    function = forward.__globals__.get(name)
    return isinstance(function, FunctionType) and _same(function.__code__, wanted)


@cache
def _code(name: str) -> CodeType | None:
    """What a class or a function of ours is compiled to; None where none has that name."""
    from archcalc.export.source.library import texts

    text = texts("torch").get(name)
    whole = compile(_IMPORTS + text, "", "exec").co_consts if text is not None else ()
    return next((part for part in whole if isinstance(part, CodeType) and part.co_name == name), None)


def _same(one: CodeType, other: CodeType) -> bool:
    """Whether two functions do the same by the same names, wherever they stand."""
    words = ("co_code", "co_names", "co_varnames", "co_freevars", "co_argcount", "co_kwonlyargcount")
    return (
        all(getattr(one, word) == getattr(other, word) for word in words)
        and len(one.co_consts) == len(other.co_consts)
        and all(map(_alike, one.co_consts, other.co_consts))
    )


def _alike(one: Any, other: Any) -> bool:
    """Whether two constants are the same, and of one type."""
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same(one, other)
    return type(one) is type(other) and repr(one) == repr(other)


def _plain(function: FunctionType) -> bool:
    """Whether the names that code goes by are PyTorch's."""
    import math

    import torch
    import torch.nn.functional
    from torch import nn

    meant = {"torch": torch, "nn": nn, "F": torch.nn.functional, "math": math}
    return all(function.__globals__.get(name, module) is module for name, module in meant.items())


def _known(base: type) -> bool:
    """Whether a base is PyTorch's, or one of ours."""
    return base.__module__.startswith("torch.") or ours(base)
