"""`archcalc calc`."""

from __future__ import annotations

from typing import Any

from archcalc.cli.arguments import Parser
from archcalc.cli.out import show, width
from archcalc.errors import Problem, UsageError, quote
from archcalc.expressions import is_name

EXAMPLES = """
calc conv2d 3x224x224 out_channels=64 kernel_size=7 stride=2 padding=3
calc max_pool2d 64x112x112 kernel_size=3 stride=2 padding=1
calc linear 400 out_features=120
calc conv2d CxWxW out_channels=K kernel_size=F stride=S padding=P
"""


def run(args: list[str]) -> int:
    """Print the figures of one layer on one shape, with their derivation."""
    parser = Parser("calc", EXAMPLES)
    parser.add_argument("op", help="a kind of layer, as archcalc ops lists them")
    parser.add_argument("shape", help="the input's shape, channels first; letters give formulas")
    parser.add_argument("fields", nargs="*", metavar="field=value", help="the layer's fields")
    given = parser.read(args)
    if given is None:
        return 0
    from archcalc.calculation import calc

    fields = dict(_field(text) for text in given.fields)
    show(calc(given.op, _shape(given.shape), **fields).page(width()))
    return 0


def _shape(text: str) -> list[int | str]:
    """The sizes and letters of `3x224x224` or `CxWxW`."""
    found: list[int | str] = []
    for part in text.replace("×", "x").replace("@", "x").replace(",", "x").split("x"):
        if part.isdigit() and part.isascii() and len(part) < 16:
            found.append(int(part))
        elif is_name(part):
            found.append(part)
        else:
            what = f"{quote(text)} is no shape"
            raise UsageError(Problem(what, ("sizes or letters, channels first, joined by x",), "3x224x224"))
    return found


def _field(text: str) -> tuple[str, Any]:
    """A field and its value; `[3, 5]` and `3,5` are lists."""
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise UsageError(
            Problem(f"{quote(text)} is no field", ("fields are given as name=value",), "kernel_size=5")
        )
    value = value.strip()
    if value[:1] == "[" or "," in value:
        return name, [part.strip() for part in value.strip("[]").split(",")]
    return name, value
