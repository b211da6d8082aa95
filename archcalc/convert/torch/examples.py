"""What a module is tried on: shapes in words, or tensors of which only the shape is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.convert.torch.exporting import BATCH
from archcalc.errors import Problem, UsageError, quote
from archcalc.expressions import integer, is_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIX = "--input 3x224x224, or --input 128:int for tokens"
_TYPES = {"int": "int64", "long": "int64", "bool": "bool", "float": "float32"}


class Example(NamedTuple):
    """One input: its name where it is given by one, its sizes or symbols without a batch, its type."""

    name: str
    sizes: tuple[int | str, ...]
    dtype: str

    def at(self, symbols: Mapping[str, int]) -> tuple[int, ...]:
        """Its sizes with numbers for symbols."""
        missing = [size for size in self.sizes if isinstance(size, str) and size not in symbols]
        if missing:
            what = f"{quote(missing[0])} is a symbol, and is traced at some size"
            raise UsageError(Problem(what, fix=f"--set {missing[0]}=224"))
        return tuple(symbols[size] if isinstance(size, str) else size for size in self.sizes)


def read(text: str) -> Example:
    """`3x224x224`, `128:int`, `3xHxW`, or with the argument's name `input_ids=128:int`."""
    name, equals, rest = text.rpartition("=")
    shape, _, dtype = rest.partition(":")
    found: list[int | str] = []
    for part in shape.replace("×", "x").replace("@", "x").split("x"):
        size = integer(part)
        if size is not None and size > 0:
            found.append(size)
        elif is_name(part.strip()):
            found.append(part.strip())
        else:
            why = ("the sizes of one example without the batch, joined by x; :int for whole numbers",)
            raise UsageError(Problem(f"{quote(text)} is no shape", why, FIX))
    if dtype and dtype not in _TYPES:
        why = (f"types are {', '.join(_TYPES)}",)
        raise UsageError(Problem(f"{quote(text)}: there is no type {quote(dtype)}", why, "128:int"))
    if equals and not is_name(name):
        raise UsageError(Problem(f"{quote(name)} is no name of an argument", fix="input_ids=128:int"))
    return Example(name, tuple(found), _TYPES[dtype or "float"])


def example(given: Any, batch: int | None) -> Example:
    """Whatever stands for an input: a text, or a tensor with its batch."""
    if isinstance(given, str):
        return read(given)
    shape, dtype = getattr(given, "shape", None), getattr(given, "dtype", None)
    if shape is None or dtype is None:
        why = ("a tensor with its batch, or the shape of one example as a text, '3x224x224' or '128:int'",)
        raise UsageError(Problem(f"{type(given).__name__} stands for no input", why))
    sizes = [int(size) for size in shape]
    if batch is not None and len(sizes) <= batch:
        raise UsageError(
            Problem(f"an example of shape {sizes} has no axis {batch}", ("batch=None: no batch",))
        )
    if batch is not None:
        del sizes[batch]
    return Example("", tuple(sizes), str(dtype).removeprefix("torch."))


def batched(sizes: Sequence[int], batch: int | None) -> tuple[int, ...]:
    """Sizes with the batch among them."""
    return tuple(sizes) if batch is None else (*sizes[:batch], BATCH, *sizes[batch:])
