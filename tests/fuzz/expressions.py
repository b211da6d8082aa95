"""Feed texts to the evaluator of expressions: each is an exact number or a truth, or one clear error.

    pip install atheris
    python tests/fuzz/expressions.py corpus -runs=1000000 -max_len=128

Not run by pytest. What it finds is replayed by `test_expressions.py`.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["archcalc.expressions"]):
    from archcalc.expressions import ExpressionError, Scope, evaluate

NAMES = {"H": 32, "W": 32, "d": 768, "half": Fraction(1, 2), "on": True, "n": 0}
BITS = 512  # no number that is let through is longer


def axis(layer: str, name: str) -> int:
    """What `C1.H` means here."""
    if (layer, name) == ("C1", "H"):
        return 28
    raise ExpressionError(f"no layer is called {layer!r}")


def read(data: bytes) -> None:
    """One text, in a scope as a layer has it, and over plain names."""
    text = data.decode("utf-8", "replace")
    for names in (Scope(NAMES, axis), NAMES):
        try:
            value = evaluate(text, names, axis)
        except ExpressionError as error:
            assert str(error).strip()
            assert len(str(error)) < 2000
        else:
            assert isinstance(value, int | Fraction), value
            assert max(value.numerator.bit_length(), value.denominator.bit_length()) <= BITS


SEEDS = """
1 + (s - 1)*(input.C != 4*width)|C1.H == 1|-(-H // 8)*8|round_to(d*half, 8)|ceil_div(H, 2)|min(H, W, d) - max(1, 2)
on and not (H < W or d >= 10**3)|0.25*d|1e3|2/3|H % 7 + W//3|a.b.c.H|((((((1))))))|1 if on else 2|[1, 2]|H[0]|'x'*9
0x10|1_000|lambda: 0|f(x)|H.__class__|True|3.14159|n/n|d*d*d*d*d*d*d*d|C1.H <= 28 < d|half*half|~H|H@W|1,|"
"""


def seed(folder: Path) -> None:
    """Texts to begin with."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(SEEDS.strip().replace("\n", "|").split("|")):
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        seed(Path(sys.argv[1]))
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
