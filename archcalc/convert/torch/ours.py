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


@cache
def ours(kind: type) -> str:
    """The name of the class of ours that a class is, word for word; nothing where it is none."""
    from archcalc.export.source.library import texts

    text = texts("torch").get(kind.__name__)
    if text is None:
        return ""
    whole = compile(_IMPORTS + text, "", "exec")
    wanted = next((_codes(part) for part in whole.co_consts if isinstance(part, CodeType)), {})
    own = {name: part for name, part in vars(kind).items() if isinstance(part, FunctionType)}
    alike = own.keys() == wanted.keys() and all(_same(own[name].__code__, wanted[name]) for name in own)
    return kind.__name__ if alike and _plain(own) and all(map(_known, kind.__bases__)) else ""


def _codes(body: CodeType) -> dict[str, CodeType]:
    """The functions of a class, by name."""
    return {part.co_name: part for part in body.co_consts if isinstance(part, CodeType)}


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


def _plain(functions: dict[str, FunctionType]) -> bool:
    """Whether the names that code goes by are PyTorch's."""
    import math

    import torch
    import torch.nn.functional
    from torch import nn

    meant = {"torch": torch, "nn": nn, "F": torch.nn.functional, "math": math}
    return all(
        function.__globals__.get(name, module) is module
        for function in functions.values()
        for name, module in meant.items()
    )


def _known(base: type) -> bool:
    """Whether a base is PyTorch's, or one of ours."""
    return base.__module__.startswith("torch.") or bool(ours(base))
