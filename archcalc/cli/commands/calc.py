"""`archcalc calc`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.cli.arguments import Parser
from archcalc.cli.out import show, width
from archcalc.errors import Problem, UsageError, quote
from archcalc.expressions import integer, is_name

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = """
calc conv2d 3x224x224 out_channels=64 kernel_size=7 stride=2 padding=3
calc max_pool2d 64x112x112 kernel_size=3 stride=2 padding=1
calc linear 400 out_features=120
calc add 64x56x56 64x56x56
calc embedding T:128 num_embeddings=30522 embedding_dim=768
calc conv2d CxWxW out_channels=K kernel_size=F stride=S padding=P
"""


def run(args: list[str]) -> int:
    """Print the figures of one layer on one shape, with their derivation."""
    parser = Parser("calc", EXAMPLES)
    parser.add_argument("op", help="a kind of layer, as archcalc ops lists them")
    parser.add_argument("shape", help="the input's shape, channels first; letters give formulas")
    parser.add_argument("fields", nargs="*", metavar="field=value", help="the layer's fields, or more inputs")
    given = parser.read(args)
    if given is None:
        return 0
    from archcalc.calculation import calc

    shapes, rest = _shapes(given.op, [given.shape, *given.fields])
    show(calc(given.op, *map(_shape, shapes), **_fields(given.op, rest)).page(width()))
    return 0


def _shapes(op: str, texts: list[str]) -> tuple[list[str], list[str]]:
    """The shapes, as many as the kind reads, and what follows them."""
    from archcalc.calculation import kind

    fewest, most = kind(op).inputs
    found: list[str] = []
    for text in texts:
        more = len(found) < fewest or ((most is None or len(found) < most) and ("x" in text or ":" in text))
        if "=" in text or not more:
            break
        found.append(text)
    if not found and fewest:
        found = texts[:1]  # told as what it is
    return found, texts[len(found) :]


def _shape(text: str) -> Any:
    """The sizes and letters of `3x224x224` or `CxWxW`; the named axes of `C:16xT:1000`."""
    if ":" in text:
        pairs = [part.partition(":") for part in text.replace("×", "x").split("x")]
        found_by_axis = {axis: _shape(size) for axis, _, size in pairs if is_name(axis)}
        if len(found_by_axis) < len(pairs) or any(len(sizes) != 1 for sizes in found_by_axis.values()):
            why = ("each axis has a name and one size, joined by x",)
            raise UsageError(Problem(f"{quote(text)} is no shape", why, "C:16xT:1000"))
        return {axis: size for axis, (size,) in found_by_axis.items()}
    found: list[int | str] = []
    for part in text.replace("×", "x").replace("@", "x").replace(",", "x").split("x"):
        size = integer(part)
        if size is not None:
            found.append(size)
        elif is_name(part):
            found.append(part)
        else:
            what = f"{quote(text)} is no shape"
            raise UsageError(Problem(what, ("sizes or letters, channels first, joined by x",), "3x224x224"))
    return found


def _fields(op: str, texts: Sequence[str]) -> dict[str, Any]:
    """The fields of `out_channels=64 kernel_size=7`, each given once."""
    found: dict[str, Any] = {}
    bare = [text for text in texts if "=" not in text]
    if bare:
        raise _unnamed(op, bare)
    for text in texts:
        name, value = _field(text)
        if name in found:
            raise UsageError(f"{quote(name)} is given twice")
        found[name] = value
    return found


def _unnamed(op: str, bare: Sequence[str]) -> UsageError:
    """Values without their names, which the kind's own required fields suggest."""
    from archcalc.calculation import kind

    fields = kind(op).fields
    required = [name for name, field in fields.items() if field.required]
    if bare[0] in fields:
        fix = f"{bare[0]}=5"
    elif len(bare) <= len(required):
        fix = " ".join(f"{name}={value}" for name, value in zip(required, bare, strict=False))
    else:
        fix = ""
    why = ("fields are given by name, as name=value",)
    more = "" if fix else f"all fields: archcalc ops {op}"
    return UsageError(Problem(f"{quote(' '.join(bare))} is no field", why, fix, more))


def _field(text: str) -> tuple[str, Any]:
    """A field and its value; `[3, 5]` and `3,5` are lists."""
    name, _, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not name or not value:
        what = f"{quote(text)} is no field"
        raise UsageError(Problem(what, ("fields are given by name, as name=value",), "kernel_size=5"))
    if value[:1] in ("[", "{"):
        from archcalc.spec.node import Document, read

        node, problems = read(Document(name, value))
        if problems:
            raise UsageError(problems)
        return name, node.plain()
    if "," in value and "(" not in value:
        return name, [part.strip() for part in value.split(",")]
    return name, value
